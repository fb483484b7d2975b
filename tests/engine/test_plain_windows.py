"""Windows of time in the second evaluator: month ends, leap days, whole months, open ends."""

from __future__ import annotations

from datetime import date

import pytest

from auditor.engine.plain_dates import plus_days, plus_months
from auditor.engine.plain_windows import Around, inside, laid
from auditor.rules import model as m


@pytest.mark.parametrize(
    ("day", "months", "wanted"),
    [
        ("2024-01-31", 1, "2024-02-29"),
        ("2023-01-31", 1, "2023-02-28"),
        ("2024-03-31", -1, "2024-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2024-12-15", 1, "2025-01-15"),
        ("2024-01-15", -1, "2023-12-15"),
        ("2024-01-31", -11, "2023-02-28"),
        ("2024-05-31", 0, "2024-05-31"),
        ("2024-05-31", 200_000, "9999-12-31"),
        ("2024-05-31", -200_000, "0001-01-01"),
    ],
)
def test_months_are_counted_to_the_end_of_a_shorter_month(day: str, months: int, wanted: str) -> None:
    assert plus_months(date.fromisoformat(day), months) == date.fromisoformat(wanted)


def test_days_beyond_what_there_is_are_the_last_that_there_are() -> None:
    assert plus_days(date(9999, 12, 31), 1) == date.max
    assert plus_days(date(1, 1, 1), -1) == date.min
    assert plus_days(date(2024, 2, 28), 2) == date(2024, 3, 1)


Bound = m.Bound


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [
        (m.Span(Bound(0, -1), Bound(0, 90)), "2024-01-30", "2024-04-30"),
        (m.Span(Bound(-1, 0), Bound(1, 0)), "2023-12-31", "2024-02-29"),
        (m.Span(Bound(-1, 1), Bound(1, 1)), "2024-01-01", "2024-03-01"),
        (m.Span(Bound(-11, 0), Bound(-1, 0), whole_months=True), "2023-02-01", "2023-12-31"),
        (m.Span(Bound(1, 0), Bound(1, 0), whole_months=True), "2024-02-01", "2024-02-29"),
        (m.Span(Bound(0, 2), Bound(0, -2), whole_months=True), "2024-01-03", "2024-01-29"),
        (m.Span(calendar="year"), "2024-01-01", "2024-12-31"),
        (m.Span(calendar="month"), "2024-01-01", "2024-01-31"),
        (m.Span(None, Bound(0, -1)), None, "2024-01-30"),
        (m.Span(Bound(), None), "2024-01-31", None),
        (m.Span(None, None), None, None),
    ],
)
def test_a_span_is_moved_by_months_then_to_the_ends_of_months_then_by_days(
    span: m.Span, first: str | None, last: str | None
) -> None:
    wanted = tuple(None if text is None else date.fromisoformat(text) for text in (first, last))
    assert laid(span, date(2024, 1, 31)) == wanted


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [("2024-05-15", "2024-03-01", "2024-06-30"), ("2024-01-01", "2023-11-01", "2024-02-29"),
     ("2024-03-31", "2024-01-01", "2024-04-30")],
)  # fmt: skip
def test_whole_months_go_from_a_first_of_a_month_to_a_last_whatever_the_day(
    day: str, first: str, last: str
) -> None:
    span = m.Span(Bound(-2, 0), Bound(1, 0), whole_months=True)
    assert laid(span, date.fromisoformat(day)) == (date.fromisoformat(first), date.fromisoformat(last))


def test_a_month_window_of_a_leap_day_is_its_own_month() -> None:
    assert laid(m.Span(calendar="month"), date(2024, 2, 29)) == (date(2024, 2, 1), date(2024, 2, 29))


@pytest.mark.parametrize(
    ("day", "wanted"),
    [("2024-01-09", False), ("2024-01-10", True), ("2024-01-20", True), ("2024-01-21", False)],
)
def test_both_ends_lie_inside(day: str, wanted: bool) -> None:
    window = (date(2024, 1, 10), date(2024, 1, 20))
    assert inside(window, date.fromisoformat(day)) is wanted
    assert inside((None, window[1]), date.fromisoformat(day)) is (day < "2024-01-21")
    assert inside((window[0], None), date.fromisoformat(day)) is (day > "2024-01-09")


def test_no_day_lies_in_no_window_and_none_is_laid_around_it() -> None:
    assert not inside((None, None), None)
    assert Around(m.Window((("", m.Span()),)), True).day(None, {}, {}) is None


def test_a_window_by_the_value_of_a_field_is_none_for_a_value_that_is_not_named() -> None:
    ref = m.FieldRef("fee", "global_days", "table:fees", "text")
    around = Around(m.Window((("000", m.Span()), ("010", m.Span(Bound(), Bound(0, 10)))), ref), True)
    day = date(2024, 7, 10)
    assert around.day(day, {"fee": {"global_days": "010"}}, {}) == (day, date(2024, 7, 20))
    assert around.day(day, {"fee": {"global_days": "090"}}, {}) is None
    assert around.day(day, {"fee": {"global_days": None}}, {}) is None
