"""Dates that systems fill in where they have none, and years of two digits."""

import pytest

from auditor.claims.mapping.column_map import ColumnMap, Written

FILLERS = [
    "00/00/0000", "0000-00-00", "99999999", "9999-12-31", "12/31/9999", "0", "00000000", "0.0", "1900-01-01",
    "2999-12-31", "31-DEC-9999", "9999-12-31 00:00:00", "  /  /", "N/A", "99/99/9999",
]  # fmt: skip


def notes_of(got, part):
    return [note for note in got.feed.notes if part in note]


@pytest.mark.parametrize("filler", FILLERS)
def test_a_filler_of_date_to_is_blank(read, table, filler):
    got = read(table(f"C,1,P,2024-07-02,99213,1,10,8,{filler}", more="date_to"))
    assert got.rows("SELECT date_to::VARCHAR, days, is_span FROM claim_line") == [("2024-07-02", 1, False)]
    assert notes_of(got, "1 line: date_to is a filler")


@pytest.mark.parametrize("wrong", ["2024-02-30", "9", "2024", "tomorrow", "13/45/2024"])
def test_a_date_to_that_is_wrong_and_no_filler_sets_its_line_aside(read, table, wrong):
    got = read(table(f"C,1,P,2024-07-02,99213,1,10,8,{wrong}", more="date_to"))
    assert got.aside() == [(1, "date_to is not a date")]


def test_a_filler_of_date_from_sets_its_line_aside(read, table):
    got = read(table("C,1,P,00/00/0000,99213,1,10,8", "C,2,P,9999-12-31,99213,1,10,8"))
    assert [reason for _, reason in got.aside()] == ["date_from is not a date"] * 2


def test_fillers_of_other_dates_are_blank_and_counted(read, table):
    got = read(
        table(
            "C,1,P,2024-07-02,99213,1,10,8,99999999,0",
            "D,1,P,2024-07-02,99213,1,10,8,2024-07-20,",
            more="paid_date,dob",
        )
    )
    assert got.rows("SELECT paid_date::VARCHAR, birth_date FROM claim_line ORDER BY line_id") == [
        (None, None), ("2024-07-20", None)
    ]  # fmt: skip
    assert notes_of(got, "1 line: paid_date is not a date; taken as blank")
    assert notes_of(got, "1 line: birth_date is not a date; taken as blank")


def test_the_first_of_1900_is_a_birthday_and_no_day_of_payment(read, table):
    got = read(table("C,1,P,2024-07-02,99213,1,10,8,1900-01-01,1900-01-01", more="paid_date,dob"))
    assert got.rows("SELECT paid_date, birth_date::VARCHAR FROM claim_line") == [(None, "1900-01-01")]
    assert notes_of(got, "1 line: paid_date is not a date; taken as blank")


def test_a_filler_is_one_by_a_map_too(read, table):
    column_map = ColumnMap({"date_to": Written(("end",), date_format="DD/MM/YYYY")})
    got = read(table("C,1,P,2024-07-02,99213,1,10,8,31/12/9999", more="end"), column_map=column_map)
    assert got.rows("SELECT date_to::VARCHAR FROM claim_line") == [("2024-07-02",)]


def test_fillers_do_not_tell_the_order_of_day_and_month(read, table):
    rows = [
        f"C{n},1,P,07/0{n}/2024,99213,1,10,8,{end}" for n, end in enumerate(["07/25/2024", "31/12/9999"], 1)
    ]
    got = read(table(*rows, more="date_to"))
    assert got.column("SELECT date_to::VARCHAR FROM claim_line ORDER BY line_id") == [
        "2024-07-25",
        "2024-07-02",
    ]


@pytest.mark.parametrize("day", ["07/02/24", "7-2-24", "02-Jul-24", "07/02/24 10:30"])
def test_a_year_of_two_digits_points_to_the_map_that_reads_it(read, table, day):
    got = read(table(f"C,1,P,{day},99213,1,10,8,", f"D,1,P,2024-07-02,99213,1,10,8,{day}", more="date_to"))
    said = "has a year of two digits; `auditor claims map` proposes a date_format (MM/DD/YY) that reads it"
    assert got.aside() == [(1, f"date_from {said}"), (2, f"date_to {said}")]
    assert notes_of(got, "2 lines: a date has a year of two digits")
    assert "date_format" in notes_of(got, "NO LINE WAS AUDITED")[0]


def test_a_map_with_a_short_year_reads_it_and_says_nothing(read, table):
    column_map = ColumnMap({"date_from": Written(("date_from",), date_format="MM/DD/YY")})
    got = read(table("C,1,P,07/02/24,99213,1,10,8"), column_map=column_map)
    assert got.column("SELECT date_from::VARCHAR FROM claim_line") == ["2024-07-02"]
    assert not notes_of(got, "two digits")
