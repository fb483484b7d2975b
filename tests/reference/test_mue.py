import datetime as dt

import pytest

from auditor.base.errors import InputRefused
from tests.reference.layouts import MUE_TITLES, NOTICE, mue_text, sheet, zipped

NAME = "MCR_MUE_PractitionerServices_Eff_07-01-2024.csv"
ROWS = [
    ("0002M", 1, "3 Date of Service Edit: Clinical", "Nature of Analyte"),
    ("36416", 0, "3 Date of Service Edit: Clinical", "CMS Policy"),
    ("A0425", 250, "1 Line Edit", "Clinical: Data"),
    ("99291", 1, "2 Date of Service Edit: Policy", "Code Descriptor / CPT Instruction"),
]
SPOILT = "is not five characters (a number: spoilt by a spreadsheet?)"
EXPECTED = [
    ("0002M", 1, "3", "Nature of Analyte"),
    ("36416", 0, "3", "CMS Policy"),
    ("99291", 1, "2", "Code Descriptor / CPT Instruction"),
    ("A0425", 250, "1", "Clinical: Data"),
]
SHEET = sheet(
    [
        [NOTICE],
        ["HCPCS/\nCPT Code", MUE_TITLES["practitioner"], "MUE Adjudication Indicator", "MUE Rationale"],
        *ROWS,
    ]
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (NAME, mue_text(ROWS)),
        (NAME.upper(), mue_text(ROWS).replace("\r\n", "\n")),
        (NAME, b"\xef\xbb\xbf" + mue_text(ROWS).encode()),
        (NAME.replace(".csv", ".xlsx"), SHEET),
        ("practitioner-services-mue-2024q3.zip", zipped({NAME: mue_text(ROWS).encode()})),
    ],
)
def test_every_layout_gives_the_same_rows(desk, name, content):
    report = desk.take(desk.write(name, content))[0]
    assert desk.rows(report, "* EXCLUDE (effective, deleted)") == EXPECTED
    assert desk.rows(report, "DISTINCT effective, deleted") == [(dt.date(2024, 7, 1), dt.date(2024, 9, 30))]
    edition = report.edition
    assert (edition.table, edition.edition) == ("ncci_mue_practitioner", "2024Q3")
    assert (edition.valid_from, edition.valid_to) == (dt.date(2024, 7, 1), dt.date(2024, 9, 30))


def test_counts_know_the_value_0(desk):
    counts = desk.take(desk.write(NAME, mue_text(ROWS)))[0].edition.counts
    assert counts == {"rows": 4, "mai_1": 1, "mai_2": 1, "mai_3": 2, "mai_none": 0, "value_0": 1}


@pytest.mark.parametrize("setting", ["practitioner", "hospital", "dme"])
def test_the_second_columns_title_names_the_table(desk, setting):
    path = desk.write("table_Eff_07-01-2024.csv", mue_text(ROWS, setting=setting))
    assert desk.take(path)[0].edition.table == f"ncci_mue_{setting}"


@pytest.mark.parametrize("options", [{}, {"setting": "practitioner"}])
def test_a_title_that_contradicts_name_or_option_is_refused(desk, options):
    name = "table_Eff_07-01-2024.csv" if options else NAME
    with pytest.raises(InputRefused, match="its content is the hospital table"):
        desk.take(desk.write(name, mue_text(ROWS, setting="hospital")), **options)


def test_the_quarter_stands_in_the_name_or_must_be_said(desk):
    path = desk.write("mue.csv", mue_text(ROWS))
    with pytest.raises(InputRefused, match="--edition"):
        desk.take(path)
    assert desk.take(path, edition="2023Q1")[0].edition.valid_from == dt.date(2023, 1, 1)


def test_rows_without_an_indicator_are_kept_without_one(desk):
    report = desk.take(desk.write(NAME, mue_text([("99213", 2, "", "")])))[0]
    assert desk.rows(report, "code, value, mai, rationale") == [("99213", 2, None, "")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("99 91", 1, "3 x", ""), "code is not five characters"),
        (("9929", 1, "3 x", ""), f"code {SPOILT}"),
        (("1.00E+10", 1, "3 x", ""), f"code {SPOILT}"),
        (("99291", -1, "3 x", ""), "value is not a whole number"),
        (("99291", "1.5", "3 x", ""), "value is not a whole number"),
        (("99291", 1, "4 x", ""), "adjudication indicator does not begin with 1, 2 or 3"),
        (("99291", 1, "3 x", "", "more"), "not two to four columns"),
    ],
)
def test_a_row_of_another_shape_is_rejected_with_its_line(desk, row, reason):
    edition = desk.take(desk.write(NAME, mue_text([*ROWS[:3], row])))[0].edition
    assert edition.rejected == {reason: 1}
    assert edition.rejected_examples == ({"file": NAME, "line": 8, "reason": reason},)


def test_a_code_twice_is_suspicious(desk):
    path = desk.write(NAME, mue_text([*ROWS, ROWS[0]]))
    with pytest.raises(InputRefused, match="repeat the code"):
        desk.take(path)
    assert desk.take(path, accept=True)[0].edition.census == {"codes_twice": 1}


def test_a_file_without_values_is_refused(desk):
    with pytest.raises(InputRefused, match="no MUE value"):
        desk.take(desk.write(NAME, mue_text([])))


def test_a_cut_file_with_an_open_quote_is_refused(desk):
    with pytest.raises(InputRefused, match=r"record that begins on line 9"):
        desk.take(desk.write(NAME, mue_text(ROWS) + '"99213,1'))
