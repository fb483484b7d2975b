import datetime as dt

import pytest

from auditor.base.errors import InputRefused
from auditor.reference.importers.aoc import as_date
from tests.reference.layouts import AOC_HEADER, aoc_line, sheet

NAME = "AOC_V2024Q2-MCR.txt"
ROWS = [
    ("1", "11045", "", "11042", "", "2011001", "", ""),
    ("1", "22552", "", "22551", "2023365", "2013001", "2024060", "see manual"),
    ("2", "76937", "", "CCCCC", "", "2013001", "", ""),
    ("3", "88311", "2024366", "88305", "", "2013091", "", ""),
]
SPOILT = "is not five characters (a number: spoilt by a spreadsheet?)"
EXPECTED = [
    ("1", "11045", None, "11042", None, dt.date(2011, 1, 1), None, ""),
    (
        "1",
        "22552",
        None,
        "22551",
        dt.date(2023, 12, 31),
        dt.date(2013, 1, 1),
        dt.date(2024, 2, 29),
        "see manual",
    ),
    ("2", "76937", None, "CCCCC", None, dt.date(2013, 1, 1), None, ""),
    ("3", "88311", dt.date(2024, 12, 31), "88305", None, dt.date(2013, 4, 1), None, ""),
]
NOTICE = ["CPT codes and data only are copyright 2023 American Medical Association."]
JULIAN = [title + " Julian" if title.endswith("DT") else title for title in AOC_HEADER]


def tab(rows, header=AOC_HEADER):
    return "".join("\t".join(row) + "\r\n" for row in (header, *rows))


def fixed(rows):
    return "".join(aoc_line(*row) + "\r\n" for row in rows)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (NAME, tab(ROWS)),
        (NAME.upper(), tab(ROWS, JULIAN).replace("\r\n", "\n")),
        (NAME, fixed(ROWS)),
        (NAME, fixed(ROWS).replace(" " * 58 + "\r\n", "\r\n")),
        (NAME.replace("txt", "xlsx"), sheet([NOTICE, JULIAN, *ROWS])),
        (
            NAME.replace("txt", "xlsx"),
            sheet([NOTICE, AOC_HEADER, *([int(c) if c.isdigit() else c for c in r] for r in ROWS)]),
        ),
    ],
    ids=["tab", "tab, julian titles", "fixed", "fixed, cut ends", "xlsx text", "xlsx numbers"],
)
def test_every_layout_gives_the_same_rows(desk, name, content):
    report = desk.take(desk.write(name, content))[0]
    assert desk.rows(report, "* EXCLUDE (deleted)") == EXPECTED
    assert (report.edition.table, report.edition.edition) == ("ncci_aoc", "2024Q2")
    assert report.edition.counts == {
        "rows": 4, "active": 2, "deleted": 2, "type_1": 2, "type_2": 1, "type_3": 1, "contractor_defined": 1,
    }  # fmt: skip


def test_a_record_of_the_fixed_width_is_97_characters():
    assert len(aoc_line(*ROWS[1])) == 97


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("4", "11045", "", "11042", "", "2011001", "", ""), "type is not 1, 2 or 3"),
        (("1", "1104-", "", "11042X", "", "2011001", "", ""), "add-on code is not five characters"),
        (("1", "1104", "", "11042", "", "2011001", "", ""), f"add-on code {SPOILT}"),
        (("1", "11045", "", "CCCC", "", "2011001", "", ""), "primary code is not five characters"),
        (("1", "11045", "", "1E+10", "", "2011001", "", ""), f"primary code {SPOILT}"),
        (("1", "11045", "", "11042", "", "2011366", "", ""), "effective is not a date"),
        (("1", "11045", "", "11042", "2023000", "2011001", "", ""), "primary deleted is not a date"),
        (("1", "11045", "", "11042", "", "", "", ""), "effective date is missing"),
    ],
)
def test_a_row_of_another_shape_is_rejected_with_its_line(desk, row, reason):
    edition = desk.take(desk.write(NAME, tab([*ROWS, row])))[0].edition
    assert edition.rejected == {reason: 1}
    assert edition.rejected_examples == ({"file": NAME, "line": 6, "reason": reason},)


def test_a_cut_record_of_the_fixed_width_is_rejected(desk):
    edition = desk.take(desk.write(NAME, fixed(ROWS) + "111046\r\n"))[0].edition
    assert edition.rejected == {"not a record of 97 characters": 1}


@pytest.mark.parametrize(
    ("row", "fact"),
    [
        (ROWS[0], "stand in the file twice"),
        (("1", "11045", "", "11045", "", "2011001", "", ""), "the add-on of itself"),
        (("1", "11045", "", "11043", "", "2024183", "", ""), "after the edition's quarter"),
    ],
)
def test_a_suspicious_table_is_refused_unless_accepted(desk, row, fact):
    path = desk.write(NAME, tab([*ROWS, row]))
    with pytest.raises(InputRefused, match=fact):
        desk.take(path)
    assert fact in desk.take(path, accept=True)[0].edition.accepted[0]


def test_a_row_never_in_force_is_told(desk):
    row = ("1", "11046", "", "11043", "", "2011010", "2011001", "")
    assert "never in force" in desk.take(desk.write(NAME, tab([*ROWS, row])))[0].edition.remarks[0]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024060", dt.date(2024, 2, 29)),
        ("2024366", dt.date(2024, 12, 31)),
        ("2023366", None),
        ("2024000", None),
        ("20240229", dt.date(2024, 2, 29)),
        ("2024-02-29", dt.date(2024, 2, 29)),
        ("2024-02-30", None),
        ("0000001", None),
        ("", None),
        ("tomorrow", None),
    ],
)
def test_dates_are_day_of_year_or_calendar(text, day):
    assert as_date(text) == day
