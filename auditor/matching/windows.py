"""Windows of time as SQL: whether one day lies in a window laid around another, both ends inclusive."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from auditor.matching.sql import literal
from auditor.rules import model as m


def inside(day: str, anchor: str, window: m.Window, by: str = "") -> str:
    """SQL, never NULL: ``day`` lies in the window around ``anchor``; ``by`` is the SQL of the field that chooses it."""
    return f"coalesce({_chosen(window, by, lambda span: _inside(day, anchor, span), 'FALSE')}, FALSE)"


def first_day(anchor: str, window: m.Window, by: str = "") -> str:
    """SQL of the window's first day, NULL where it is open or there is no window."""
    return _chosen(window, by, lambda span: start_of(anchor, span) or "NULL::DATE", "NULL::DATE")


def last_day(anchor: str, window: m.Window, by: str = "") -> str:
    """SQL of the window's last day, NULL where it is open or there is no window."""
    return _chosen(window, by, lambda span: end_of(anchor, span) or "NULL::DATE", "NULL::DATE")


def days_around(window: m.Window) -> tuple[int | None, int | None]:
    """How many days before and after its day the widest span of a window reaches, rounded up; None where one is open.

    A calendar period reaches as far as it does from its last day and from its first.
    """
    before = [_days_to(span, span.start, -1) for _, span in window.spans]
    after = [_days_to(span, span.end, 1) for _, span in window.spans]
    return _furthest(before), _furthest(after)


def _days_to(span: m.Span, bound: m.Bound | None, side: int) -> int | None:
    if span.calendar:
        return 365 if span.calendar == "year" else 30
    if bound is None:
        return None
    month = 31 if side * bound.months > 0 else 28
    return side * (month * bound.months + bound.days) + (30 if span.whole_months else 0)


def _furthest(reached: Sequence[int | None]) -> int | None:
    known = [days for days in reached if days is not None]
    return max([0, *known]) if len(known) == len(reached) else None


def _chosen(window: m.Window, by: str, made: Callable[[m.Span], str], otherwise: str) -> str:
    if window.by is None:
        return made(window.spans[0][1])
    cases = " ".join(f"WHEN {literal(value)} THEN {made(span)}" for value, span in window.spans)
    return f"CASE {by} {cases} ELSE {otherwise} END"


def _inside(day: str, anchor: str, span: m.Span) -> str:
    tests = [f"({anchor}) IS NOT NULL AND ({day}) IS NOT NULL"]
    start, end = start_of(anchor, span), end_of(anchor, span)
    if start:
        tests.append(f"{day} >= {start}")
    if end:
        tests.append(f"{day} <= {end}")
    return f"({' AND '.join(tests)})"


def start_of(anchor: str, span: m.Span) -> str:
    """SQL of the first day of a span, empty where it is open."""
    if span.calendar:
        return f"CAST(date_trunc('{span.calendar}', {anchor}) AS DATE)"
    if span.start is None:
        return ""
    moved = _months(anchor, span.start.months)
    if span.whole_months:
        moved = f"CAST(date_trunc('month', {moved}) AS DATE)"
    return _days(moved, span.start.days)


def end_of(anchor: str, span: m.Span) -> str:
    """SQL of the last day of a span, empty where it is open."""
    if span.calendar == "year":
        return f"make_date(year({anchor}), 12, 31)"
    if span.calendar:
        return f"last_day({anchor})"
    if span.end is None:
        return ""
    moved = _months(anchor, span.end.months)
    if span.whole_months:
        moved = f"last_day({moved})"
    return _days(moved, span.end.days)


def _months(day: str, months: int) -> str:
    return f"CAST({day} + to_months({months}) AS DATE)" if months else day


def _days(day: str, days: int) -> str:
    return f"({day} + ({days}))" if days else day
