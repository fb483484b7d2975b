"""Months that a feed lacks, or of which it has far fewer lines than of those around them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.claims.profile.months import odd_months


def even(*months: str, lines: int = 100) -> dict[str, int]:
    return dict.fromkeys(months, lines)


def test_a_feed_without_a_gap_has_none() -> None:
    assert odd_months(even("2023-11", "2023-12", "2024-01", "2024-02")) == ()


def test_a_feed_without_a_line_has_no_gap() -> None:
    assert odd_months({}) == ()
    assert odd_months({}, {"2024-01"}) == ()


def test_months_without_a_line_are_one_gap_across_the_turn_of_the_year() -> None:
    (gap,) = odd_months(even("2023-11", "2024-02") | {"2024-03": 80})
    assert (gap.first, gap.last, gap.months, gap.lines, gap.usual) == ("2023-12", "2024-01", 2, 0, 100)
    assert not gap.at_edge


def test_a_month_below_a_quarter_of_those_around_it_is_thin_and_one_at_a_quarter_is_not() -> None:
    around = even("2024-01", "2024-02", "2024-04", "2024-05")
    (gap,) = odd_months(around | {"2024-03": 24})
    assert (gap.first, gap.last, gap.lines, gap.usual, gap.at_edge) == ("2024-03", "2024-03", 24, 100, False)
    assert odd_months(around | {"2024-03": 25}) == ()


def test_of_a_handful_of_lines_no_number_is_few() -> None:
    assert odd_months(even("2024-01", "2024-02", "2024-04", lines=19) | {"2024-03": 1}) == ()
    assert len(odd_months(even("2024-01", "2024-02", "2024-04", lines=20) | {"2024-03": 1})) == 1


def test_the_first_and_the_last_month_are_said_to_be_at_the_edge() -> None:
    gaps = odd_months({"2024-01": 3, "2024-05": 2} | even("2024-02", "2024-03", "2024-04"))
    assert [(gap.first, gap.at_edge) for gap in gaps] == [("2024-01", True), ("2024-05", True)]


def test_thin_months_in_a_row_are_one_gap() -> None:
    around = even("2024-01", "2024-02", "2024-05", "2024-06", "2024-07")
    (gap,) = odd_months(around | {"2024-03": 5, "2024-04": 6})
    assert (gap.first, gap.last, gap.months, gap.lines) == ("2024-03", "2024-04", 2, 11)


def test_what_a_payer_lacks_of_the_months_of_the_feed_is_a_gap_before_between_and_after() -> None:
    feed = {f"2024-{month:02}" for month in range(1, 9)}
    gaps = odd_months(even("2024-03", "2024-06"), feed)
    assert [(gap.first, gap.last, gap.at_edge) for gap in gaps] == [
        ("2024-01", "2024-02", True),
        ("2024-04", "2024-05", False),
        ("2024-07", "2024-08", True),
    ]


def test_a_month_that_the_feed_lacks_is_no_gap_of_a_payer() -> None:
    assert odd_months(even("2024-01", "2024-05"), {"2024-01", "2024-05"}) == ()


def test_a_wrong_year_is_one_gap_of_many_months() -> None:
    (gap,) = odd_months({"0001-01": 1, "9999-12": 1})
    assert (gap.first, gap.last, gap.months) == ("0001-02", "9999-11", 9999 * 12 - 2)


@given(
    st.dictionaries(
        st.integers(0, 40).map(lambda n: f"{2020 + n // 12}-{n % 12 + 1:02}"), st.integers(1, 300)
    )
)
def test_every_month_between_has_lines_or_is_in_one_gap_of_none(lines: dict[str, int]) -> None:
    gaps = odd_months(lines)
    empty = sum(gap.months for gap in gaps if not gap.lines)
    if lines:
        first, last = min(lines), max(lines)
        whole = (int(last[:4]) - int(first[:4])) * 12 + int(last[5:]) - int(first[5:]) + 1
        assert empty + len(lines) == whole
    assert [gap.first for gap in gaps] == sorted(gap.first for gap in gaps)
    for gap in gaps:
        held = [count for month, count in lines.items() if gap.first <= month <= gap.last]
        assert sum(held) == gap.lines and len(held) in (0, gap.months)
