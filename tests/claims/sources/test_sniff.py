import pytest

from auditor.base.errors import InputRefused
from auditor.claims.sources import sniff


@pytest.mark.parametrize(
    ("headers", "kind"),
    [(["DML_IND", "BENE_ID", "CLM_ID"], "RIF"), (["DESYNPUF_ID", "CLM_ID"], "DE-SynPUF"),
     (["Id", "PATIENTID", "PROVIDERID", "PRIMARYPATIENTINSURANCEID"], "Synthea")],
)  # fmt: skip
def test_a_layout_of_its_own_is_not_read_as_a_plain_table(headers, kind):
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


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be"])
def test_text_of_four_bytes_a_character_is_refused_with_its_name(read, table, encoding):
    with pytest.raises(InputRefused, match="UTF-32"):
        read(table("A,1,P,2024-07-01,99213,1,10,8").encode(encoding))
