import datetime as dt
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.base.errors import InputRefused
from tests.reference.layouts import PTP_HEADER, PTP_ROWS, ptp_text, sheet, zipped

NAME = "ccipra-v302r0-f1.txt"
MANUAL = "CPT Manual or CMS manual coding instruction"
SPOILT = "is not five characters (a number: spoilt by a spreadsheet?)"
EXPECTED = [
    ("0001A", "36591", False, dt.date(2022, 1, 1), dt.date(2023, 12, 31), "0", MANUAL),
    ("0001A", "90473", False, dt.date(2022, 1, 1), dt.date(2022, 1, 1), "9", MANUAL),
    ("45385", "45378", True, dt.date(1996, 1, 1), None, "0", "CPT Separate procedure definition"),
    ("45385", "45380", False, dt.date(2010, 4, 1), None, "1", "More extensive procedure"),
]


def as_numbers(row):
    """Cells as a spreadsheet keeps them: digits are numbers, unless a leading zero would be lost."""
    return [
        int(cell) if cell.isdigit() and not (len(cell) == 5 and cell[0] == "0") else cell or None
        for cell in row
    ]


def header_cells():
    return [line.split("\t") for line in PTP_HEADER]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (NAME, ptp_text()),
        ("CCIPRA-V302R0-F1.TXT", ptp_text()),
        (NAME, ptp_text(end="\n")),
        (NAME, ptp_text().encode("utf-16")),
        (NAME, ptp_text(header=())),
        (NAME, ptp_text(header=[*PTP_HEADER, "one more line of a newer release"])),
        ("ccipra-v302r0.csv", ptp_text()),
        ("ccipra-v302r0-f1.xlsx", sheet([*header_cells(), *map(as_numbers, PTP_ROWS)])),
        ("ccipra-v302r0-f1.xlsx", sheet([*header_cells(), *PTP_ROWS], first_sheet="Notice")),
        ("ccipra-v302r0-f1.zip", zipped({"ccipra-v302r0-f1.TXT": ptp_text().encode()})),
        (
            "x.zip",
            zipped(
                {"in.zip": zipped({"ccipra-v302r0-f1.TXT": ptp_text().encode()}), "readme.pdf": b"%PDF\0"}
            ),
        ),
        ("practitioner-2024q3.zip", zipped({"edits.TXT": ptp_text().encode()})),
    ],
)
def test_every_layout_gives_the_same_rows(desk, name, content):
    report = desk.take(desk.write(name, content))[0]
    assert desk.rows(report) == EXPECTED
    assert (report.edition.table, report.edition.edition) == ("ncci_ptp_practitioner", "2024Q3")


def test_counts_of_the_manifest_equal_the_source(desk):
    edition = desk.take(desk.write(NAME, ptp_text()))[0].edition
    assert edition.counts == {
        "rows": 4,
        "active": 2,
        "deleted": 2,
        "deleted_after_quarter": 0,
        "indicator_0": 2,
        "indicator_1": 1,
        "indicator_9": 1,
        "active_indicator_0": 1,
        "active_indicator_1": 1,
        "prior_1996": 1,
    }
    assert (edition.valid_from, edition.valid_to) == (dt.date(1996, 1, 1), dt.date(2024, 9, 30))
    assert edition.members[0]["header_lines"] == 6


def test_a_deletion_date_in_the_future_is_kept(desk):
    row = (
        "11042",
        "97597",
        "",
        "20100101",
        "20261231",
        "1",
        "Misuse of Column Two code with Column One code",
    )
    report = desk.take(desk.write(NAME, ptp_text([row])))[0]
    assert desk.rows(report, "deleted") == [(dt.date(2026, 12, 31),)]
    assert report.edition.counts["deleted_after_quarter"] == 1


def test_six_columns_of_older_releases_are_read(desk):
    report = desk.take(desk.write(NAME, ptp_text([row[:6] for row in PTP_ROWS])))[0]
    assert [row[:6] for row in desk.rows(report)] == [row[:6] for row in EXPECTED]


def test_latin_1_rationale_is_read(desk):
    row = (*PTP_ROWS[2][:6], "Ménière's")
    report = desk.take(desk.write(NAME, ptp_text([row]).encode("latin-1")))[0]
    assert desk.rows(report, "rationale") == [("Ménière's",)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("4538A1", "45378", "", "19960101", "*", "0", "x"), "Column 1 is not five characters"),
        (("4538", "45378", "", "19960101", "*", "0", "x"), f"Column 1 {SPOILT}"),
        (("45385", "1.00E+10", "", "19960101", "*", "0", "x"), f"Column 2 {SPOILT}"),
        (("45385", "100", "", "19960101", "*", "0", "x"), f"Column 2 {SPOILT}"),
        (("45385", "453.8", "", "19960101", "*", "0", "x"), "Column 2 is not five characters"),
        (("45385", "45378", "", "19961301", "*", "0", "x"), "effective date is not a date"),
        (("45385", "45378", "", "", "*", "0", "x"), "effective date is not a date"),
        (("45385", "45378", "", "19960101", "never", "0", "x"), "deletion date is neither a date nor *"),
        (("45385", "45378", "", "19960101", "*", "2", "x"), "modifier indicator is not 0, 1 or 9"),
        (
            ("45385", "45378", "#", "19960101", "*", "0", "x"),
            "the flag of edits prior to 1996 is neither blank nor *",
        ),
        (("45385", "45378", "", "19960101", "*", "0", "x", "y"), "not six or seven columns"),
        (("45385", "45378", "", "19960101", "*"), "not six or seven columns"),
    ],
)
def test_a_row_of_another_shape_is_rejected_with_reason_and_line(desk, row, reason):
    rows = [*PTP_ROWS[:2], row, *PTP_ROWS[2:]]
    edition = desk.take(desk.write(NAME, ptp_text(rows)))[0].edition
    assert edition.rejected == {reason: 1}
    assert edition.rows == 4
    assert edition.rejected_examples == ({"file": NAME, "line": 9, "reason": reason},)
    assert any("1 rows were rejected" in remark for remark in edition.remarks)


def test_a_first_row_with_a_fault_is_rejected_and_not_taken_for_a_header(desk):
    rows = [("4538", "45378", "", "19960101", "*", "0", "x"), *PTP_ROWS]
    edition = desk.take(desk.write(NAME, ptp_text(rows)))[0].edition
    assert (edition.members[0]["header_lines"], sum(edition.rejected.values())) == (6, 1)


def test_blank_lines_are_no_rows(desk):
    text = ptp_text() + "\r\n\t\t\t\t\t\t\r\n\r\n"
    edition = desk.take(desk.write(NAME, text))[0].edition
    assert (edition.rows, edition.rejected) == (4, {})


def test_a_number_that_lost_its_leading_zeros_is_rejected(desk):
    rows = [*header_cells(), *PTP_ROWS, [100, "36000", None, 19960101, "*", 1, "x"]]
    edition = desk.take(desk.write("ccipra-v302r0-f1.xlsx", sheet(rows)))[0].edition
    assert edition.rejected == {f"Column 1 {SPOILT}": 1}


def test_many_rejected_rows_refuse_the_file_unless_accepted(desk):
    rows = [*PTP_ROWS, *[("4538", "45378", "", "19960101", "*", "0", "x")] * 5]
    path = desk.write(NAME, ptp_text(rows))
    with pytest.raises(InputRefused, match=r"5 of 9 rows have another shape .*line 11"):
        desk.take(path)
    edition = desk.take(path, accept=True)[0].edition
    assert "5 of 9 rows" in edition.accepted[0]


SUSPICIOUS = {
    "effective date is after": [("45385", "45378", "", "20240101", "20230101", "0", "x")],
    "whose two dates differ": [("45385", "45378", "", "20230101", "20240101", "9", "x")],
    "in force together": [
        ("45385", "45378", "", "20100101", "*", "0", "x"),
        ("45385", "45378", "", "20200101", "*", "1", "x"),
    ],
    "both directions": [
        ("45385", "45378", "", "20100101", "*", "0", "x"),
        ("45378", "45385", "", "20200101", "20240930", "1", "x"),
    ],
    "after the edition's quarter": [("45385", "45378", "", "20241001", "*", "0", "x")],
    "pair a code with itself": [("45385", "45385", "", "20100101", "*", "0", "x")],
}


@pytest.mark.parametrize("fact", SUSPICIOUS)
def test_a_suspicious_table_is_refused_unless_accepted_on_record(desk, fact):
    path = desk.write(NAME, ptp_text(SUSPICIOUS[fact]))
    with pytest.raises(InputRefused, match=fact) as refused:
        desk.take(path)
    assert refused.value.exit_code == 3
    assert desk.visible() == []
    edition = desk.take(path, accept=True)[0].edition
    assert fact in edition.accepted[0]
    assert any(f"accepted on import: {edition.accepted[0]}" == remark for remark in edition.remarks)


def test_past_periods_that_overlap_are_told_and_do_not_refuse(desk):
    rows = [
        ("45385", "45378", "", "20000101", "20101231", "0", "x"),
        ("45385", "45378", "", "20050101", "20121231", "1", "x"),
        ("45378", "45385", "", "20050101", "20121231", "1", "x"),
    ]
    edition = desk.take(desk.write(NAME, ptp_text(rows)))[0].edition
    assert edition.census["overlapping_rows_ever"] == 1
    assert "overlap" in edition.remarks[0]


def test_periods_one_after_the_other_and_indicator_9_do_not_overlap(desk):
    rows = [
        ("45385", "45378", "", "20000101", "20101231", "0", "x"),
        ("45385", "45378", "", "20110101", "*", "1", "x"),
        ("45385", "45378", "", "20120101", "20120101", "9", "x"),
    ]
    edition = desk.take(desk.write(NAME, ptp_text(rows)))[0].edition
    assert (edition.census["duplicate_active_rows"], edition.census["overlapping_rows_ever"]) == (0, 0)


def test_exceptions_are_listed(desk):
    rows = [*PTP_ROWS, ("11042", "97597", "", "20230101", "20240101", "9", "x")]
    assert desk.take(desk.write(NAME, ptp_text(rows)), accept=True)[0].edition.exceptions == ("11042 97597",)


def test_a_ptp_file_without_rows_is_refused(desk):
    with pytest.raises(InputRefused, match="no row of PTP edits"):
        desk.take(desk.write(NAME, ptp_text([])))


def test_a_line_without_end_is_refused(desk):
    with pytest.raises(InputRefused, match="line of more than"):
        desk.take(desk.write(NAME, ptp_text() + "9" * 200_000 + "\n"))


# Without U+0080 to U+00BF no latin-1 text can be taken for UTF-8.
RATIONALE = st.characters(max_codepoint=0xFF, exclude_categories=["C", "Z"]).filter(
    lambda c: not "\x80" <= c <= "\xbf"
)
codes = st.from_regex("[0-9]{4}[0-9A-Z]|[A-Z][0-9]{4}", fullmatch=True)
days = st.dates(dt.date(1990, 1, 1), dt.date(2030, 12, 31))
ptp_rows = st.tuples(
    codes,
    codes,
    st.booleans(),
    days,
    st.none() | days,
    st.sampled_from("019"),
    st.text(RATIONALE, max_size=12),
)


def as_line(row):
    first, second, old, begun, gone, indicator, why = row
    return (
        first, second, "*" if old else "", f"{begun:%Y%m%d}", "*" if gone is None else f"{gone:%Y%m%d}", indicator, why,
    )  # fmt: skip


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ptp_rows, min_size=1, max_size=20), encoding=st.sampled_from(["latin-1", "utf-8"]))
def test_any_rows_come_out_as_they_went_in(desk, rows, encoding):
    path = desk.write(NAME, ptp_text(map(as_line, rows)).encode(encoding))
    with tempfile.TemporaryDirectory(dir=desk.folder) as library:
        desk = replace(desk, library=Path(library))
        report = desk.take(path, accept=True)[0]
        stored = desk.rows(report)
    assert Counter(stored) == Counter(rows)
    counts = report.edition.counts
    assert counts["active"] == sum(row[4] is None for row in rows)
    assert counts["indicator_9"] == sum(row[5] == "9" for row in rows)
