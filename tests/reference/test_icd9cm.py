import datetime as dt

import pytest

from auditor.base.errors import InputRefused
from tests.reference.layouts import sheet, zipped

# Public descriptions of CMS.
ROWS = [
    ("0010", "Cholera due to vibrio cholerae", "Cholera d/t vib cholerae"),
    ("00320", "Localized salmonella infection, unspecified", "Local salmonella inf NOS"),
    ("38600", "Ménière's disease, unspecified", "Meniere's disease NOS"),
    ("460", "Acute nasopharyngitis [common cold]", "Acute nasopharyngitis"),
    ("V010", "Contact with or exposure to cholera", "Cholera contact"),
    ("E8000", "Railway accident involving collision, railway employee", "RR collision NOS-employ"),
]
NAME = "CMS32_DESC_LONG_DX.txt"
TITLES = ("DIAGNOSIS CODE", "LONG DESCRIPTION", "SHORT DESCRIPTION")


def text(column=1, rows=ROWS):
    return "".join(f"{row[0]:5} {row[column]}\r\n" for row in rows)


@pytest.mark.parametrize(
    ("name", "content", "short"),
    [
        (NAME, text().encode("cp1252"), False),
        ("cms31_desc_long_dx.TXT".replace("31", "32"), text().replace("\r\n", "\n"), False),
        ("CMS32_DESC_LONG_SHORT_DX.xlsx", sheet([TITLES, *ROWS]), True),
        (
            "V32LONG_SHORT_DX.csv",
            ",".join(TITLES) + "\r\n" + "".join(f'{c},"{a}",{b}\n' for c, a, b in ROWS),
            True,
        ),
        ("ICD-9-CM-v32-master-descriptions.zip", zipped({"icd9.txt": text().encode()}), False),
    ],
)
def test_every_layout_gives_the_same_rows(desk, name, content, short):
    report = desk.take(desk.write(name, content))[0]
    edition = report.edition
    assert desk.rows(report, "code, long_description, short_description", "code") == sorted(
        (code, long, brief if short else None) for code, long, brief in ROWS
    )
    assert (edition.table, edition.edition) == ("icd9cm", "FY2015")
    assert (edition.valid_from, edition.valid_to) == (dt.date(2014, 10, 1), dt.date(2015, 9, 30))
    assert edition.counts == {"rows": 6, "supplementary_v": 1, "external_cause_e": 1}


def test_short_descriptions_are_a_table_of_their_own(desk):
    report = desk.take(desk.write("CMS30_DESC_SHORT_DX.txt", text(2)))[0]
    assert (report.edition.table, report.edition.edition) == ("icd9cm_short", "FY2013")
    assert desk.rows(report, "code, short_description", "code")[0] == ("0010", "Cholera d/t vib cholerae")


def test_the_archive_of_a_version_gives_both_and_leaves_procedures_out(desk):
    members = {
        NAME: text().encode("cp1252"),
        "CMS32_DESC_SHORT_DX.txt": text(2).encode(),
        "CMS32_DESC_LONG_SHORT_DX.xlsx": sheet([TITLES, *ROWS]),
        "CMS32_DESC_LONG_SG.txt": b"0001 Therapeutic ultrasound of vessels of head and neck\r\n",
    }
    reports = desk.take(desk.zip("ICD-9-CM-v32-master-descriptions.zip", members))
    assert sorted(report.edition.table for report in reports) == ["icd9cm", "icd9cm_short"]
    assert len(reports[0].skipped) == 2


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("CMS30_DESC_LONG_DX 080612.txt", "FY2013"),
        ("CMS29_DESC_LONG_DX.101111.txt", "FY2012"),
        ("cmsv31-master-descriptions.txt", "FY2014"),
        ("V27LONG_SHORT_DX_110909.txt", "FY2010"),
        ("FY2010Diagnosis-ProcedureCodesFullTitles.txt", "FY2010"),
        ("I9diagnosesV25.txt", "FY2008"),
        ("v23_icd9.txt", "FY2006"),
    ],
)
def test_a_name_tells_the_version(desk, name, year):
    assert desk.take(desk.write(name, text()))[0].edition.edition == year


@pytest.mark.parametrize("name", ["icd9.txt", "CMS33_DESC_LONG_DX.txt", "v12.txt"])
def test_a_name_without_a_known_version_is_refused(desk, name):
    with pytest.raises(InputRefused, match="--edition"):
        desk.take(desk.write(name, text()))


def test_a_year_after_the_last_version_is_refused(desk):
    with pytest.raises(InputRefused, match="Version 32 was the last"):
        desk.take(desk.write("icd9.txt", text()), edition="FY2016")


def test_a_version_may_repeat_the_one_before(desk):
    desk.take(desk.write("CMS31_DESC_LONG_DX.txt", text()))
    assert desk.take(desk.write(NAME, text() + "\r\n"))[0].edition.accepted == ()


@pytest.mark.parametrize(
    "content",
    [
        "0001 Therapeutic ultrasound of vessels of head and neck\n0002 Therapeutic ultrasound of heart\n",
        "0001  Therapeutic ultrasound of vessels of head and neck\n0002  Therapeutic ultrasound of heart\n",
        "00100 Invented words\n00102 Other invented words\n99213 More invented words\n",
        "00501 Holtsville NY\n01001 Agawam MA\n",
        "A000  Cholera due to Vibrio cholerae 01, biovar cholerae\nA001  Cholera\n",
        "001   A group\n002   Another group\n00300 A third\n",
        "0010  Cholera, of which I want to tell\n00320 is a number\nand this is a letter\n",
        "0010  Cholera\n0011  Cholera, eltor\n",
        "Dear all,\n\n0010  Cholera due to vibrio cholerae\n00320 Localized salmonella infection\n",
    ],
    ids=[
        "procedures",
        "procedures, wide",
        "CPT",
        "zip codes",
        "ICD-10",
        "groups",
        "letter",
        "one length",
        "mail",
    ],
)
def test_other_lists_of_codes_and_words_are_not_taken_for_it(desk, content):
    with pytest.raises(InputRefused, match="no table known here"):
        desk.take(desk.write("CMS32_DESC_LONG_DX.txt", content))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("46 x", "not a code in columns 1 to 5 and a description from column 7"),
        ("46    Acute bronchitis", "code is a number that a spreadsheet made of it"),
        ("V0    Contact", "code is not an ICD-9-CM code without its dot"),
        ("46.0  Acute bronchitis", "code is a number that a spreadsheet made of it"),
        ("460", "not a code in columns 1 to 5 and a description from column 7"),
        ("      Acute", "code is blank"),
    ],
)
def test_a_line_of_another_shape_is_rejected_with_its_place(desk, line, reason):
    filler = [(f"{number}", f"Invented description {number}", "") for number in range(7000, 7060)]
    edition = desk.take(desk.write(NAME, text(rows=[*ROWS, *filler]) + line + "\r\n"))[0].edition
    assert edition.rejected == {reason: 1}
    assert edition.rejected_examples[0]["line"] == 67


def test_codes_that_lost_their_leading_zeros_are_told(desk):
    low = [(f"00{number}", "Invented description", "x") for number in range(20, 32)]
    rows = [[int(code) if code.isdigit() else code, *texts] for code, *texts in [*ROWS, *low]]
    path = desk.write("CMS32_DESC_LONG_SHORT_DX.xlsx", sheet([TITLES, *rows]))
    with pytest.raises(InputRefused, match=r"13 of 18 rows have another shape .*spreadsheet"):
        desk.take(path)


def test_a_code_above_another_is_suspicious(desk):
    path = desk.write(NAME, text(rows=[*ROWS, ("0032", "Localized salmonella infections", "x")]))
    with pytest.raises(InputRefused, match="headers or lost their leading zeros"):
        desk.take(path)
    edition = desk.take(path, accept=True)[0].edition
    assert "headers" in edition.accepted[0]
    assert "headers" in edition.remarks[-1]


def test_an_unknown_title_refuses_the_file(desk):
    path = desk.write("CMS32.csv", ",".join((*TITLES, "PRICE")) + "\n0010,Cholera,Cholera,1\n")
    with pytest.raises(InputRefused, match="unknown price"):
        desk.take(path)
