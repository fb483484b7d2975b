import datetime as dt
from decimal import Decimal

import pytest

from auditor.base.errors import InputRefused
from tests.reference.kinds import csv_text, kinds_of, tab_text
from tests.reference.layouts import sheet

D = Decimal
TITLES = [
    "HCPCS", "Pre_Evaluation_Time", "Pre_Positioning_Time", "Pre_Service_Scrub_Dress_Wait_Time",
    "Median_Intra_Service_Time", "Immediate_Post_Service_Time", "99204", "99213", "99214", "99238", "Total_Time",
]  # fmt: skip
ABOVE = ["CY 2024 Physician Time"]
ROWS = [
    ["49505", "30", "10", "15", "60", "20", "", "2", "", "0.5", "200"],
    ["99214", "7", "", "", "30", "10", "", "", "", "", "47"],
    ["0001F", "", "", "", "", "", "", "", "", "", "0"],
]
EXPECTED = [
    ("0001F", None, None, None, None, D(0)),
    ("49505", D(30), D(60), "99213:2, 99238:0.5", D(135), D(200)),
    ("99214", D(7), D(30), None, D(47), D(47)),
]
PICKED = "code, pre_evaluation, intra, visits, day_minutes, total"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("time.csv", csv_text(ABOVE, TITLES, *ROWS)),
        ("time.txt", tab_text(ABOVE, TITLES, *ROWS)),
        ("time.xlsx", sheet([ABOVE, TITLES, *ROWS])),
        ("CMS-1784-F_PHYS_TIME_CY2024.csv", csv_text([t.replace("_", " ") for t in TITLES], *ROWS)),
    ],
)
def test_every_layout_gives_the_same_rows(desk, name, content):
    report = desk.take(desk.write(name, content))[0]
    assert desk.rows(report, PICKED) == EXPECTED
    edition = report.edition
    assert (edition.table, edition.edition, edition.rejected) == ("physician_time", "2024", {})
    assert (edition.valid_from, edition.valid_to) == (dt.date(2024, 1, 1), dt.date(2024, 12, 31))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["4950", *ROWS[0][1:]], "code has another shape than published"),
        (["49506", "x", *ROWS[0][2:]], "pre evaluation is not a number"),
        (["49506", *ROWS[0][1:7], "two", *ROWS[0][8:]], "visits are not a number"),
        (["49506", *ROWS[0][1:-1], ""], "total is blank"),
    ],
)
def test_a_row_of_another_shape_is_rejected_with_its_line(desk, row, reason):
    edition = desk.take(desk.write("time.csv", csv_text(ABOVE, TITLES, *ROWS, row)))[0].edition
    assert (edition.rows, edition.rejected_examples) == (
        3,
        ({"file": "time.csv", "line": 6, "reason": reason},),
    )


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        (
            [ABOVE, TITLES, ["49505", "30", "10", "15", "60", "20", "", "", "", "", "100"]],
            "less than the minutes",
        ),
        ([ABOVE, TITLES, *ROWS, ROWS[0]], "repeat the key"),
        ([ABOVE, [*TITLES, "Work RVU"], [*ROWS[0], "1"]], "unknown workrvu"),
        ([TITLES, *ROWS], "--edition"),
        ([ABOVE, TITLES[:3], ["49505", "1", "2"]], "no table known"),
    ],
)
def test_other_files_are_refused(desk, rows, match):
    with pytest.raises(InputRefused, match=match):
        desk.take(desk.write("time.csv", csv_text(*rows)))


def test_a_file_is_known_by_one_importer_only():
    assert kinds_of(csv_text(ABOVE, TITLES, *ROWS)) == ["Physician time"]
