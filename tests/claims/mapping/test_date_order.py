"""Day first or month first: never both in one column, and never guessed."""

import pytest

from auditor.claims.mapping.date_order import decide


def dated(*days):
    return [f"C{n},1,P,{day},99213,1,10,8" for n, day in enumerate(days)]


def read_days(got):
    return got.column("SELECT date_from::VARCHAR FROM claim_line ORDER BY line_id")


def test_a_file_that_writes_the_day_first_is_read_so_and_said(read, table):
    got = read(table(*dated("25/07/2024", "03/07/2024", "31/07/2024")))
    assert read_days(got) == ["2024-07-25", "2024-07-03", "2024-07-31"]
    assert got.rows("SELECT line_id, source_pos FROM claim_line ORDER BY 1") == [(0, 1), (1, 2), (2, 3)]
    assert got.feed.notes[0] == "file0.csv: date_from is written day first (DD/MM/YYYY) and read so"


def test_where_it_cannot_be_told_what_could_be_both_is_set_aside(read, table):
    got = read(table(*dated("25/07/2024", "03/07/2024", "07/25/2024", "07/07/2024", "2024-07-09")))
    assert read_days(got) == ["2024-07-25", "2024-07-25", "2024-07-07", "2024-07-09"]
    assert got.rows("SELECT source_pos, reason_code FROM set_aside") == [(2, "date_from_invalid")]
    assert "could be read both ways" in got.feed.notes[0]


def test_one_slip_among_many_changes_nothing(read, table):
    got = read(table(*dated(*["07/25/2024"] * 20, "25/07/2024", "03/04/2024")))
    assert read_days(got)[-1] == "2024-03-04"
    assert got.rows("SELECT source_pos, reason_code FROM set_aside") == [(21, "date_from_invalid")]


def test_a_column_that_does_not_tell_is_not_read_beside_one_that_is_day_first(read, table):
    paid = ["03/08/2024", "2024-08-09"]
    rows = [f"{row},{day}" for row, day in zip(dated("25/07/2024", "26/07/2024"), paid, strict=True)]
    got = read(table(*rows, more="paid_date"))
    assert got.column("SELECT paid_date::VARCHAR FROM claim_line ORDER BY line_id") == [None, "2024-08-09"]


def test_each_file_is_asked_on_its_own_and_quoted_ones_too(read, table):
    got = read(table(*dated('"25/07/2024"', "03/07/2024")), table(*dated("07/03/2024")).replace("C0", "D"))
    assert read_days(got) == ["2024-07-25", "2024-07-03", "2024-07-03"]


@pytest.mark.parametrize(
    ("counts", "order"),
    [((0, 0, 9), None), ((0, 5, 9), "month"), ((5, 0, 9), "day"), ((1, 0, 9), "unknown"), ((5, 5, 20), "unknown"),
     ((1, 20, 40), "month"), ((40, 2, 60), "day"), ((1, 19, 40), "unknown")],
)  # fmt: skip
def test_what_decides(counts, order):
    assert decide(*counts) == order


def test_dates_that_could_all_be_both_are_read_month_first_and_said_with_their_number(read, table):
    got = read(table(*dated("07/08/2024", "03/07/2024", "05/05/2024", "2024-07-09")))
    assert read_days(got)[0] == "2024-07-08"
    assert got.feed.notes[0].startswith(
        "file0.csv: all 2 dates of date_from could be month first or day first; the month is taken first"
    )
    assert got.column("SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'claim_rejects%'") == [0]


@pytest.mark.parametrize(
    "days", [("07/08/2024", "07/25/2024"), ("2024-07-08",), ("07/07/2024",), ("08-JUL-2024",)]
)
def test_nothing_is_said_of_dates_that_can_be_read_one_way(read, table, days):
    assert not any("could be month first" in note for note in read(table(*dated(*days))).feed.notes)


def test_each_column_is_told_by_its_own_dates(read, table):
    rows = [f"{row},07/0{n % 5 + 2}/2024" for n, row in enumerate(dated(*["07/25/2024"] * 30, "25/07/2024"))]
    got = read(table(*rows, more="paid_date"))
    assert [note for note in got.feed.notes if "could be month first" in note] == [
        "file0.csv: all 31 dates of paid_date could be month first or day first; the month is taken first (07/08/2024 "
        "is a day of July). If it is the day, say so as date_format in a column map"
    ]
