import pytest

from auditor.base.errors import InputRefused
from auditor.claims import sniff


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_the_one_that_makes_known_headers(delimiter):
    head = delimiter.join(["claim_id", "line_no", "a,b;c|d" if delimiter == "\t" else "x y"]) + "\n1\n"
    assert sniff.dialect(head, True, "f").delimiter == delimiter


def test_blank_lines_and_quotes_before_and_in_the_header():
    dialect = sniff.dialect('\n\r\n"claim_id","line\nno",code\n', True, "f")
    assert (dialect.skip, dialect.headers) == (2, ("claim_id", "line\nno", "code"))


@pytest.mark.parametrize("text", ["just words\nand more\n", "claim_id\n1\n"])
def test_text_without_columns_is_of_unknown_kind(text):
    with pytest.raises(InputRefused, match="unknown kind"):
        sniff.dialect(text, True, "f")


def test_a_line_that_never_ends_is_of_unknown_kind():
    with pytest.raises(InputRefused, match="unknown kind"):
        sniff.dialect("a,b" * 20_000, False, "f")


def test_nothing_but_blank_lines_is_empty():
    with pytest.raises(InputRefused, match="empty"):
        sniff.dialect("\n\n", True, "f")


@pytest.mark.parametrize(
    ("headers", "kind"),
    [(["DML_IND", "BENE_ID", "CLM_ID"], "RIF"), (["DESYNPUF_ID", "CLM_ID"], "DE-SynPUF"),
     (["Id", "PATIENTID", "PROVIDERID", "PRIMARYPATIENTINSURANCEID"], "Synthea")],
)  # fmt: skip
def test_layouts_of_later_versions_are_named(headers, kind):
    with pytest.raises(InputRefused, match=kind):
        sniff.refuse_known_layouts(headers, "f")


def test_tuva_is_known_by_its_columns():
    headers = [
        "claim_id",
        "claim_line_number",
        "claim_type",
        "person_id",
        "hcpcs_modifier_1",
        "revenue_center_code",
    ]
    assert sniff.is_tuva(headers)
    assert sniff.is_tuva([header.upper() for header in reversed(headers)])
    assert not sniff.is_tuva(headers[:-1])
