"""Medicaid's NCCI files: PTP of six columns, MUE of three, by names and by content."""

import csv
import datetime as dt
import io

import pytest

from auditor.base.errors import InputRefused
from auditor.reference import Library
from tests.reference.layouts import MUE_TITLES, PTP_ROWS, mue_text, ptp_text, sheet, zipped

SENTENCE = "This file should NOT be used by state Medicaid programs as their edit file."
PTP_NAME = "medicaid-ncci-q1-2026-ptp-edits-practitioner-services.txt"
MUE_NAME = "MCD-MUE-PractitionerServices-Effective_07012026.txt"
PTP_TITLES = ("Col1", "Col2", "EffDt", "DelDt", "ModifierIndicator 0=not allowed", "PTP Edit Rationale")
PTP = [
    ("0001A", "36591", "20220101", "20231231", "0", "Invented reason"),
    ("0001A", "90473", "20220101", "20220101", "9", "Invented reason"),
    ("45385", "45378", "20101001", "", "0", "Invented reason"),
    ("E0100", "E0105", "20101001", "", "1", "Another reason"),
]
MUE_HEADER = ("HCPCS/CPT Code", MUE_TITLES["practitioner"], "MUE Rationale")
SPOILT = "is not five characters (a number: spoilt by a spreadsheet?)"
EXPECTED = [
    ("0001A", "36591", False, dt.date(2022, 1, 1), dt.date(2023, 12, 31), "0", "Invented reason"),
    ("0001A", "90473", False, dt.date(2022, 1, 1), dt.date(2022, 1, 1), "9", "Invented reason"),
    ("45385", "45378", False, dt.date(2010, 10, 1), None, "0", "Invented reason"),
    ("E0100", "E0105", False, dt.date(2010, 10, 1), None, "1", "Another reason"),
]
MUE = [
    ("0002M", 1, "Invented reason"),
    ("36416", 0, "CMS Policy"),
    ("A0425", 250, "1 Invented, with a comma"),
]


def ptp(rows=PTP, end="\r\n", notice=SENTENCE):
    lines = ["Invented title\t\t\t\t\t", notice, "\t".join(PTP_TITLES), *("\t".join(row) for row in rows)]
    return "".join(line + end for line in lines)


def mue(rows=MUE, title=MUE_TITLES["practitioner"], quote=False):
    """The tab text: a quoted notice of several lines, then titles and rows."""
    head = f'"Invented notice\n\nof several lines\n{SENTENCE}"\t\t\n'
    body = [("HCPCS/CPT Code", title, "MUE Rationale"), *rows]
    cells = [[f'"{cell}"' if quote else str(cell) for cell in row] for row in body]
    return head + "".join("\t".join(row) + "\r\n" for row in cells)


def mue_csv(rows=MUE):
    out = io.StringIO()
    csv.writer(out).writerows(
        [["Notice", "", ""], ["HCPCS/CPT Code", MUE_TITLES["practitioner"], "MUE Rationale"], *rows]
    )
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (PTP_NAME, ptp()),
        (PTP_NAME, ptp(end="\n").encode("utf-16")),
        (PTP_NAME, ptp([(*row[:5], row[5]) if row[3] else (*row[:3], "*", *row[4:]) for row in PTP])),
        (PTP_NAME.replace("txt", "xlsx"), sheet([["Title"], [SENTENCE], PTP_TITLES, *PTP])),
        (
            PTP_NAME.replace("txt", "zip"),
            zipped({"edits.txt": ptp().encode(), "edits.xlsx": sheet([PTP_TITLES, *PTP])}),
        ),
        ("practitioner-2026q1.txt", ptp(notice="Invented notice")),
    ],
    ids=["tab", "utf-16", "star", "xlsx", "archive", "name without a programme"],
)
def test_ptp_of_six_columns_is_read(desk, name, content):
    report = desk.take(desk.write(name, content))[0]
    assert desk.rows(report) == EXPECTED
    assert (report.edition.table, report.edition.edition) == ("medicaid_ptp_practitioner", "2026Q1")
    assert (report.edition.counts["active"], report.edition.members[0]["header_lines"]) == (2, 3)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (MUE_NAME, mue()),
        (MUE_NAME, mue().encode("latin-1")),
        (MUE_NAME, mue(quote=True)),
        (MUE_NAME.replace("txt", "csv"), mue_csv()),
        (MUE_NAME.replace("txt", "xlsx"), sheet([["Notice"], MUE_HEADER, *MUE])),
        (MUE_NAME, mue(title="MUE Values")),
        ("practitioner_Eff_07-01-2026.csv", mue_csv()),
    ],
    ids=["tab", "latin-1", "quoted", "csv", "xlsx", "title without a setting", "name without a programme"],
)  # fmt: skip
def test_mue_of_three_columns_is_read(desk, name, content):
    report = desk.take(desk.write(name, content))[0]
    assert desk.rows(report, "code, value, mai, rationale") == [(c, v, None, why) for c, v, why in MUE]
    assert (report.edition.table, report.edition.edition) == ("medicaid_mue_practitioner", "2026Q3")
    assert (report.edition.counts["mai_none"], report.edition.rejected) == (3, {})


@pytest.mark.parametrize(
    ("name", "content", "table"),
    [
        ("medicaid-ncci-2026-q3-ptp-edits-durable-medical-equipment.txt", ptp(), "medicaid_ptp_dme"),
        ("medicaid-ncci-q2-2026-ptp-edits-outpatient-hospital-services.txt", ptp(), "medicaid_ptp_hospital"),
        ("medicaid-ncci-2026-q3-mue-edits.txt", mue(title=MUE_TITLES["hospital"]), "medicaid_mue_hospital"),
        ("MCD-MUE-DME-v2026q3-F1-D.txt", mue(title="MUE Values"), "medicaid_mue_dme"),
    ],
)
def test_each_setting_has_its_table(desk, name, content, table):
    assert desk.take(desk.write(name, content))[0].edition.table == table


def test_setting_and_quarter_can_be_said(desk):
    reports = desk.take(desk.write("edits.txt", ptp()), edition="2026Q1", setting="hospital")
    assert reports[0].edition.table == "medicaid_ptp_hospital"


@pytest.mark.parametrize(
    ("name", "content"),
    [("ccipra-v320r0-f1.txt", ptp()), ("MCR_MUE_PractitionerServices_Eff_07-01-2026.csv", mue_csv())],
)
def test_medicares_name_over_medicaids_columns_is_refused(desk, name, content):
    with pytest.raises(InputRefused, match="its columns are those of Medicaid's file"):
        desk.take(desk.write(name, content), accept=True)
    assert desk.visible() == []


@pytest.mark.parametrize(
    ("name", "content"),
    [(PTP_NAME, ptp_text()), (MUE_NAME, mue_text([("99291", 1, "2 Date of Service Edit: Policy", "x")]))],
)
def test_medicaids_name_over_medicares_columns_is_refused_unless_accepted(desk, name, content):
    path = desk.write(name, content)
    with pytest.raises(InputRefused, match="those of Medicare's file although its name says Medicaid"):
        desk.take(path)
    edition = desk.take(path, accept=True)[0].edition
    assert edition.table.startswith("medicaid_")
    assert edition.remarks[-1].startswith("accepted on import: the columns of")


def test_medicares_tables_stay_medicares(desk):
    reports = desk.take(
        desk.write("practitioner-2026q1.txt", ptp_text()),
        desk.write("mue_Eff_07-01-2026.csv", mue_text([("99291", 1, "", "x")])),
        desk.write("hospital-2026q1.txt", ptp_text([row[:6] for row in PTP_ROWS])),
    )
    tables = sorted(report.edition.table for report in reports)
    assert tables == ["ncci_mue_practitioner", "ncci_ptp_hospital", "ncci_ptp_practitioner"]


def test_the_download_folder_of_the_coverage_database_says_nothing_of_medicaid(desk):
    path = desk.zip("mcd-2026.zip", {"ccipra-v320r0-f1.txt": ptp_text().encode()})
    assert desk.take(path)[0].edition.table == "ncci_ptp_practitioner"


def test_one_with_a_programme_in_its_name_and_one_without_are_one_edition_only_when_the_same(desk):
    named, silent = desk.write(PTP_NAME, ptp()), desk.write("practitioner-2026q1.txt", ptp())
    assert len(desk.take(named, silent)) == 1
    other = desk.write("practitioner-2026q1.txt", ptp(PTP[:3]))
    with pytest.raises(InputRefused, match="two different files are the same part"):
        desk.take(named, other)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("100", "36591", "20220101", "", "0", "x"), f"Column 1 {SPOILT}"),
        (("45385", "45378", "20221301", "", "0", "x"), "effective date is not a date"),
        (("45385", "45378", "20220101", "never", "0", "x"), "deletion date is neither a date nor *"),
        (("45385", "45378", "20220101", "", "7", "x"), "modifier indicator is not 0, 1 or 9"),
        (("45385", "45378", "20220101", "", "0", "x", "y"), "not five or six columns"),
        (("45385", "45378", "20220101", ""), "not five or six columns"),
    ],
)  # fmt: skip
def test_a_ptp_row_of_another_shape_is_rejected_with_its_line(desk, row, reason):
    edition = desk.take(desk.write(PTP_NAME, ptp([*PTP[:2], row, *PTP[2:]])))[0].edition
    assert (edition.rejected, edition.rejected_examples[0]["line"]) == ({reason: 1}, 6)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("1E+05", 1, "x"), f"code {SPOILT}"),
        (("99291", "many", "x"), "value is not a whole number"),
        (("99291", 1, "x", "y"), "not two to three columns"),
    ],
)
def test_an_mue_row_of_another_shape_is_rejected(desk, row, reason):
    assert desk.take(desk.write(MUE_NAME, mue([*MUE, row])))[0].edition.rejected == {reason: 1}


def test_a_replacement_is_a_second_publication(desk):
    name = "medicaid-ncci-2026-q3{}-ptp-edits-practitioner-services.txt"
    desk.take(desk.write(name.format(""), ptp()))
    desk.take(desk.write(name.format("-r1"), ptp(PTP[:3])), published=dt.date(2026, 8, 1))
    editions = Library.open(desk.library).editions()
    assert [(e.edition, e.revision) for e in editions] == [("2026Q3", None), ("2026Q3", 1)]


def test_a_workbook_goes_on_in_its_next_sheets(desk):
    import openpyxl

    book = openpyxl.Workbook()
    for name, rows in (
        ("notice", [[SENTENCE]]),
        ("f1", [PTP_TITLES, *PTP[:2]]),
        ("f2", [PTP_TITLES, *PTP[2:]]),
        ("end", [["x"]]),
    ):
        page = book.create_sheet(name)
        for row in rows:
            page.append(list(row))
    out = io.BytesIO()
    book.save(out)
    report = desk.take(desk.write(PTP_NAME.replace("txt", "xlsx"), out.getvalue()))[0]
    assert desk.rows(report) == EXPECTED
    assert report.edition.rejected == {}


def test_a_medicaid_name_never_becomes_medicares_add_on_table(desk):
    from tests.reference.test_aoc import ROWS, tab

    with pytest.raises(InputRefused, match="only Medicare's add-on code edits are known"):
        desk.take(desk.write("AOC_V2024Q2-MCD.txt", tab(ROWS)))
