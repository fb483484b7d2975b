import datetime as dt

import pytest

from auditor.base.errors import InputRefused
from tests.reference.kinds import csv_text, kinds_of, tab_text
from tests.reference.layouts import sheet

AUDIO = "Can Audio-only Interaction Meet the Requirements?"
TITLE = ["LIST OF MEDICARE TELEHEALTH SERVICES effective January 1, 2024 - updated November 13, 2023"]
TITLES = ["Code", "Short Descriptor", "Status", AUDIO, "Medicare Payment Limitations"]
ROWS = [
    ["90837", "words", "Permanent", "Yes", ""],
    ["97110", "words", "Provisional", "", ""],
    ["92002", "words", "Available up Through December 31, 2024", "", "Non-covered service"],
    ["0362T", "words", "Temporary Addition for the PHE for the COVID-19 Pandemic", "No", ""],
    ["G0108", "words", "", "Yes*", ""],
]
EXPECTED = [
    ("0362T", "temporary", False, None, None),
    ("90837", "permanent", True, None, None),
    ("92002", "temporary", False, "Non-covered service", dt.date(2024, 12, 31)),
    ("97110", "provisional", False, None, None),
    ("G0108", None, True, None, None),
]
PICKED = "code, kind, audio_only, limitations, available_to"
NAME = "List of Telehealth Services for Calendar Year 2024.xlsx"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (NAME, sheet([TITLE, TITLES, *ROWS])),
        ("list.csv", csv_text(TITLE, TITLES, *ROWS)),
        ("list.txt", tab_text(TITLE, TITLES, *ROWS)),
        ("list.csv", csv_text(TITLE, ["Notes on the list"], [], TITLES, *ROWS, [], ["* A note below."])),
        ("list.csv", csv_text(TITLE, [TITLES[0], TITLES[3], TITLES[2], TITLES[4], TITLES[1]],
                              *([row[0], row[3], row[2], row[4], row[1]] for row in ROWS))),
    ],
    ids=["xlsx", "csv", "tab", "notes", "another order"],
)  # fmt: skip
def test_every_layout_gives_the_same_rows(desk, name, content):
    report = desk.take(desk.write(name, content))[0]
    assert desk.rows(report, PICKED) == EXPECTED
    edition = report.edition
    assert (edition.table, edition.edition, edition.published, edition.rejected) == (
        "telehealth_services", "2024", dt.date(2023, 11, 13), {},
    )  # fmt: skip
    assert (edition.valid_from, edition.valid_to) == (dt.date(2024, 1, 1), dt.date(2024, 12, 31))
    assert edition.counts == {"rows": 5, "permanent": 1, "provisional": 1, "temporary": 2, "audio_only": 2}
    assert "description" not in edition.columns


def test_a_list_without_status_and_audio_says_nothing_of_them(desk):
    rows = [
        ["CY 2026 Final List of Medicare Telehealth Services"],
        ["HCPCS", "Short Descriptor"],
        ["90837", "words"],
    ]
    report = desk.take(desk.write("list.xlsx", sheet(rows)))[0]
    assert report.edition.edition == "2026"
    assert desk.rows(report, "code, status, kind, audio_only") == [("90837", None, None, None)]


def test_the_action_of_a_year_is_its_status(desk):
    rows = [["CY 2026 Final List of Medicare Telehealth Services"], ["HCPCS", "Short Descriptor", "Action"],
            ["90837", "words", "Permanent"]]  # fmt: skip
    report = desk.take(desk.write("list.xlsx", sheet(rows)))[0]
    assert desk.rows(report, "status, kind") == [("Permanent", "permanent")]


@pytest.mark.parametrize(
    ("title", "name", "year"),
    [
        ("List of Medicare Telehealth Services for CY 2022 - updated January 5, 2022", "a.csv", "2022"),
        ("List of Medicare Telehealth Services", "list-telehealth-services-calendar-year-2023.csv", "2023"),
        ("2025 Final List of Medicare Telehealth Services", "a.csv", "2025"),
    ],
)
def test_title_line_or_name_tells_the_year(desk, title, name, year):
    assert desk.take(desk.write(name, csv_text([title], TITLES, *ROWS)))[0].edition.edition == year


def test_a_list_of_no_year_needs_it_said_and_years_that_differ_refuse_it(desk):
    path = desk.write("list.csv", csv_text(["Medicare Telehealth Services"], TITLES, *ROWS))
    with pytest.raises(InputRefused, match="--edition"):
        desk.take(path)
    assert desk.take(path, edition="2024")[0].edition.edition == "2024"
    other = desk.write("calendar-year-2023.csv", csv_text(["Telehealth Services CY 2024"], TITLES, *ROWS))
    with pytest.raises(InputRefused, match="content is of 2024"):
        desk.take(other)


def test_descriptors_are_kept_on_request_only(desk):
    report = desk.take(desk.write(NAME, sheet([TITLE, TITLES, *ROWS])), keep_descriptors=True)[0]
    assert desk.rows(report, "DISTINCT description") == [("words",)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["9083", "words", "Permanent", "", ""], "code has another shape than published"),
        (["90837", "words", "Permanent", "maybe", ""], "audio only is neither yes nor no"),
    ],
)
def test_a_row_of_another_shape_is_rejected_with_its_line(desk, row, reason):
    edition = desk.take(desk.write("a.csv", csv_text(TITLE, TITLES, *ROWS[1:], row)))[0].edition
    assert (edition.rows, edition.rejected_examples) == (4, ({"file": "a.csv", "line": 7, "reason": reason},))


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ([TITLE, [*TITLES, "Price"], [*ROWS[0], "1"]], "unknown price"),
        ([TITLE, TITLES, ["x", "y"]], "holds no row"),
        ([TITLE, TITLES, *ROWS, ROWS[0]], "repeat the key"),
        ([["A list"], TITLES[:3], *(row[:3] for row in ROWS)], "no table known"),
    ],
)
def test_other_files_are_refused(desk, rows, match):
    with pytest.raises(InputRefused, match=match):
        desk.take(desk.write("a.csv", csv_text(*rows)))


def test_a_file_is_known_by_one_importer_only():
    assert kinds_of(csv_text(TITLE, TITLES, *ROWS)) == ["Medicare telehealth services"]
