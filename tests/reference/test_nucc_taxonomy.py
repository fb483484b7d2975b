import datetime as dt

import pytest

from auditor.base.errors import InputRefused
from auditor.base.periods import Period
from auditor.reference import Library
from auditor.reference.editions import choose
from tests.reference.kinds import csv_text, kinds_of, tab_text
from tests.reference.layouts import sheet

NAME = "nucc_taxonomy_251.csv"
TITLES = [
    "Code", "Grouping", "Classification", "Specialization", "Definition", "Notes", "Display Name", "Section",
]  # fmt: skip
ROWS = [
    [
        "207KA0200X", "Testers", "Tester", "Of Things", "Tests,\n<br/>daily", "[7/1/2003: new]", "Tester of Things",
        "Individual",
    ],
    ["261QR0400X", "Houses", "House", "", "", "", "House", "Non-Individual"],
]  # fmt: skip
EXPECTED = [
    ("207KA0200X", "Testers", "Tester", "Of Things", "Tester of Things", "Individual", dt.date(2025, 7, 1), None),
    ("261QR0400X", "Houses", "House", None, "House", "Non-Individual", dt.date(2025, 7, 1), None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (NAME, csv_text(TITLES, *ROWS)),
        (NAME.upper(), b"\xef\xbb\xbf" + csv_text(TITLES, *ROWS).encode()),
        ("nucc_taxonomy_251.txt", tab_text(TITLES, *([c.replace("\n", " ") for c in row] for row in ROWS))),
        ("nucc_taxonomy_251.xlsx", sheet([TITLES, *ROWS])),
    ],
)
def test_every_layout_gives_the_same_rows_without_definitions(desk, name, content):
    report = desk.take(desk.write(name, content))[0]
    edition = report.edition
    assert desk.rows(report) == EXPECTED
    assert (edition.table, edition.edition, edition.published) == (
        "nucc_taxonomy", "2025-07-01", dt.date(2025, 7, 1),
    )  # fmt: skip
    assert (edition.valid_from, edition.valid_to) == (dt.date(2025, 7, 1), None)
    assert edition.counts == {"rows": 2, "individual": 1, "non_individual": 1}
    assert not edition.descriptors


def test_definitions_are_kept_on_request_only(desk):
    report = desk.take(desk.write(NAME, csv_text(TITLES, *ROWS)), keep_descriptors=True)[0]
    assert desk.rows(report, "description, notes", "code")[0] == (ROWS[0][4], ROWS[0][5])
    assert report.edition.descriptors


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("nucc_taxonomy_250.csv", "2025-01-01"),
        ("nucc_taxonomy_261.csv", "2026-07-01"),
        ("taxonomy v24.1.csv", "2024-07-01"),
        ("NUCC-Taxonomy-Version-23.0.csv", "2023-01-01"),
    ],
)
def test_the_version_in_the_name_tells_the_first_day(desk, name, day):
    assert desk.take(desk.write(name, csv_text(TITLES, *ROWS)))[0].edition.edition == day


@pytest.mark.parametrize("name", ["taxonomy.csv", "nucc_taxonomy_252.csv", "nucc_taxonomy_2510.csv"])
def test_a_name_without_a_version_needs_the_day_said(desk, name):
    path = desk.write(name, csv_text(TITLES, *ROWS))
    with pytest.raises(InputRefused, match="--edition"):
        desk.take(path)
    assert desk.take(path, edition="2024-01-01")[0].edition.valid_from == dt.date(2024, 1, 1)


def test_each_version_answers_until_the_next_one(desk):
    for name, rows in (("nucc_taxonomy_250.csv", ROWS), (NAME, ROWS[:1])):
        desk.take(desk.write(name, csv_text(TITLES, *rows)))
    answers = choose(Library.open(desk.library).editions(), as_of=None, carry_forward=frozenset())
    assert [(a.date_from, a.date_to) for a in answers] == [
        (dt.date(2025, 1, 1), dt.date(2025, 6, 30)),
        (dt.date(2025, 7, 1), Period.parse("2025-07-01").last),
    ]


def test_dates_of_the_older_form_are_read(desk):
    titles = [*TITLES[:5], "Effective Date", "Deactivation Date", "Last Modified Date", "Notes"]
    row = [*ROWS[1][:5], "4/2/2003", "6/30/2016", "7/1/2016", ""]
    report = desk.take(desk.write(NAME, csv_text(titles, row)))[0]
    assert desk.rows(report, "effective, deleted") == [(dt.date(2003, 4, 2), dt.date(2016, 6, 30))]
    assert report.edition.valid_from == dt.date(2025, 7, 1)


@pytest.mark.parametrize(
    ("at", "cell", "reason"),
    [
        (0, "207KA0200", "code has another shape than published"),
        (0, "2.08E+09", "code has another shape than published"),
        (0, "", "code is blank"),
        (1, "", "grouping is blank"),
        (7, "Both", "section has another shape than published"),
    ],
)
def test_a_row_of_another_shape_is_rejected_with_its_line(desk, at, cell, reason):
    bad = [cell if place == at else text for place, text in enumerate(ROWS[1])]
    edition = desk.take(desk.write(NAME, csv_text(TITLES, *ROWS, bad)))[0].edition
    assert edition.rejected_examples == ({"file": NAME, "line": 5, "reason": reason},)


def test_a_code_twice_is_suspicious(desk):
    with pytest.raises(InputRefused, match="repeat the key"):
        desk.take(desk.write(NAME, csv_text(TITLES, *ROWS, ROWS[0])))


@pytest.mark.parametrize(
    ("titles", "match"),
    [([*TITLES, "Extra"], "unknown extra"), ([*TITLES[:3], "Subclass", *TITLES[4:]], "no table known")],
)
def test_other_columns_than_published_are_refused(desk, titles, match):
    with pytest.raises(InputRefused, match=match):
        desk.take(desk.write(NAME, csv_text(titles, *ROWS)))


def test_a_file_is_known_by_one_importer_only():
    assert kinds_of(csv_text(TITLES, *ROWS)) == ["NUCC provider taxonomy"]
