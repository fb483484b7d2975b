import datetime as dt

import pytest

from auditor.base.errors import InputRefused
from tests.reference.kinds import csv_text, kinds_of

TITLES = (
    "LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,GENERAL,SPECIALTY,UPIN,NPI,DOB,ADDRESS,CITY,STATE,ZIP,EXCLTYPE,EXCLDATE,"
    "REINDATE,WAIVERDATE,WVRSTATE"
).split(",")
NONE = "00000000"


def row(npi, kind="1128a1", begins="20200319", ends=NONE, waived=NONE, state="", business=""):
    person = ["", "", ""] if business else ["INVENTED", "NAME", ""]
    return [*person, business, "OTHER", "NURSE", "", npi, "19600101", "1 ROAD", "TOWN", "NY", "11235", kind,
            begins, ends, waived, state]  # fmt: skip


ROWS = [
    row("1000000012"),
    row("1000000020", "BRCH CIA", "20210520", "20230115"),
    row("1000000038", "1128a1", "20180101", waived="20190101", state="TX", business="INVENTED LLC"),
    row("0000000000", "1128a4", "20240418"),
]
PICKED = "npi, exclusion_types, is_entity, excluded_on, reinstated_on, waiver_date, waiver_states, effective, deleted"


def day(text):
    return dt.date.fromisoformat(text)


def test_a_row_is_in_force_from_its_exclusion_to_the_day_before_its_reinstatement(desk):
    report = desk.take(desk.write("UPDATED.csv", csv_text(TITLES, *ROWS)))[0]
    assert desk.rows(report, PICKED) == [
        ("1000000012", "1128a1", False, day("2020-03-19"), None, None, None, day("2020-03-19"), None),
        ("1000000020", "BRCH CIA", False, day("2021-05-20"), day("2023-01-15"), None, None, day("2021-05-20"),
         day("2023-01-14")),
        ("1000000038", "1128a1", True, day("2018-01-01"), None, day("2019-01-01"), "TX", day("2018-01-01"), None),
    ]  # fmt: skip


def test_nothing_of_the_person_is_stored(desk):
    report = desk.take(desk.write("UPDATED.csv", csv_text(TITLES, *ROWS)), keep_descriptors=True)[0]
    assert "INVENTED" not in repr(desk.rows(report))
    assert set(report.edition.columns) == set(PICKED.split(", "))


def test_rows_without_an_npi_are_counted_and_told(desk):
    edition = desk.take(desk.write("UPDATED.csv", csv_text(TITLES, *ROWS)))[0].edition
    assert edition.census == {"listed": 4, "without_npi": 1}
    assert edition.remarks == (
        "1 of 4 exclusions on the list have no NPI: claims cannot be held against them",
    )
    assert edition.counts == {"rows": 3, "entities": 1, "reinstated": 1, "waived": 1}


def test_the_list_answers_to_the_end_of_the_month_of_its_newest_exclusion(desk):
    edition = desk.take(desk.write("UPDATED.csv", csv_text(TITLES, *ROWS)))[0].edition
    assert (edition.valid_from, edition.valid_to) == (day("1900-01-01"), day("2024-04-30"))
    assert (edition.edition, edition.published, edition.published_basis) == (
        "2024-04-30", day("2024-04-30"), "file",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            [row("1000000012", "1128b4", "20200101"), row("1000000012", "1128a1", "20210101")],
            [("1128a1, 1128b4", day("2020-01-01"), None)],
        ),
        (
            [row("1000000012", begins="20200101"), row("1000000012", begins="20200101")],
            [("1128a1", day("2020-01-01"), None)],
        ),
        (
            [row("1000000012", begins="20200101", ends="20200601"), row("1000000012", begins="20210101")],
            [("1128a1", day("2020-01-01"), day("2020-05-31")), ("1128a1", day("2021-01-01"), None)],
        ),
        (
            [row("1000000012", begins="20200101", ends="20210101"), row("1000000012", begins="20210101")],
            [("1128a1", day("2020-01-01"), None)],
        ),
    ],
    ids=["overlapping", "twice", "apart", "day on day"],
)
def test_exclusions_of_one_npi_that_overlap_are_one(desk, rows, expected):
    path = desk.write("UPDATED.csv", csv_text(TITLES, *rows, row("0000000000"), row("", begins="20240101")))
    report = desk.take(path)[0]
    assert desk.rows(report, "exclusion_types, effective, deleted", "effective") == expected


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ([row("1000000012", ends="20240101"), row("1000000020", begins="20210101", ends="20240101")], "reinstatement"),
        ([row("1000000012", begins="20240401"), row("1000000020", begins="20240418")], "one month"),
    ],
)  # fmt: skip
def test_a_monthly_supplement_is_refused(desk, rows, match):
    with pytest.raises(InputRefused, match=match):
        desk.take(desk.write("UPDATED.csv", csv_text(TITLES, *rows)))


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row("3000000012"), "npi has another shape than published"),
        (row("100000001"), "npi has another shape than published"),
        (row("1000000012", begins="20201301"), "effective is not a date"),
        (row("1000000012", begins=NONE), "effective is not a date"),
        (row("1000000012", ends="soon"), "deleted is not a date"),
        (row("1000000012", kind=""), "exclusion types is blank"),
    ],
)
def test_a_row_of_another_shape_is_rejected_with_its_line(desk, bad, reason):
    edition = desk.take(desk.write("UPDATED.csv", csv_text(TITLES, *ROWS, bad)))[0].edition
    assert (edition.rows, edition.rejected_examples) == (
        3,
        ({"file": "UPDATED.csv", "line": 6, "reason": reason},),
    )


@pytest.mark.parametrize(
    ("titles", "rows", "match"),
    [
        ([*TITLES, "SCORE"], [[*ROWS[0], "1"]], "unknown score"),
        (TITLES[:16] + TITLES[17:], [ROWS[0][:16] + ROWS[0][17:]], "missing waiver_date"),
        (TITLES, [row("0000000000")], "holds no row"),
    ],
)
def test_other_files_are_refused(desk, titles, rows, match):
    with pytest.raises(InputRefused, match=match):
        desk.take(desk.write("UPDATED.csv", csv_text(titles, *rows)))


def test_a_file_is_known_by_one_importer_only():
    assert kinds_of(csv_text(TITLES, *ROWS)) == ["OIG list of excluded individuals and entities (LEIE)"]
