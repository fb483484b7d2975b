import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.claims.checks import amount
from auditor.claims.mapping.column_map import Split, Written
from auditor.claims.mapping.map_sql import as_written, parts_beyond


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as connection:
        yield connection


def told(con, value, written):
    sql = f"SELECT {as_written('x', written)} FROM (SELECT CAST(? AS VARCHAR) AS x)"
    return con.execute(sql, [value]).fetchone()[0]


@pytest.mark.parametrize(
    ("said", "cell", "day"),
    [
        ("DD/MM/YYYY", "03/04/2024", "2024-04-03"),
        ("DD/MM/YYYY", "3/4/2024 00:00:00", "2024-04-03"),
        ("DD/MM/YYYY", "2024-04-03", "2024-04-03"),
        ("DD/MM/YYYY", "04/13/2024", "? 04/13/2024"),
        ("DD/MM/YYYY", "  ", "  "),
        ("DD/MM/YYYY", None, None),
        ("MM/DD/YY", "04/03/24", "2024-04-03"),
        ("MMDDYYYY", "04032024", "2024-04-03"),
        ("MMDDYYYY", "4032024", "? 4032024"),
        ("YYYYMMDD", "20240403.0", "2024-04-03"),
        ("%d.%m.%Y", "3.4.2024", "2024-04-03"),
        ("excel", "45385", "2024-04-03"),
        ("excel", "45385.25", "2024-04-03"),
        ("excel", "99213", "? 99213"),
        ("excel", "2024-04-03", "2024-04-03"),
    ],
)
def test_a_date_is_read_by_its_format_and_what_is_not_of_it_stays_visibly_wrong(con, said, cell, day):
    assert told(con, cell, Written(("a",), date_format=said)) == day


@pytest.mark.parametrize(
    ("cell", "number"),
    [("1.234,56", "1234.56"), ("12,5", "12.5"), ("1.250", "1250"), ("-3,00", "-3.00"), ("(3,00)", "(3.00)"),
     ("€ 12,00", "12.00"), ("1 234,00", "1234.00"), ("12.50", "? 12.50"), ("abc", "? abc"), ("", ""), (None, None)],
)  # fmt: skip
def test_a_decimal_comma_is_read_and_a_decimal_point_is_then_no_number(con, cell, number):
    assert told(con, cell, Written(("a",), decimal=",")) == number


@given(cents=st.integers(-(10**11), 10**11))
def test_any_amount_written_with_a_comma_keeps_its_cents(con, cents):
    whole, part = divmod(abs(cents), 100)
    cell = f"{'-' if cents < 0 else ''}{whole:,}".replace(",", ".") + f",{part:02}"
    assert amount(told(con, cell, Written(("a",), decimal=","))) == cents


def test_a_split_takes_its_part_and_nothing_else(con):
    both = [told(con, "25,59", Written(("a",), split=Split(",", part))) for part in (1, 2, 3)]
    assert both == ["25", "59", None]
    assert told(con, " 25   59 ", Written(("a",), split=Split(" ", 2))) == "59"
    assert told(con, "99213 - WORDS - MORE", Written(("a",), split=Split(" - ", 1))) == "99213"


def test_parts_that_are_not_taken_are_seen(con):
    row = con.execute(f"SELECT {parts_beyond('x', ',', 2)} FROM (SELECT '25,59,76' AS x)").fetchone()
    assert row == (True,)


def test_a_date_within_a_split_is_read_after_it(con):
    assert told(
        con, "01.02.2024-03.02.2024", Written(("a",), date_format="DD.MM.YYYY", split=Split("-", 2))
    ) == ("2024-02-03")
