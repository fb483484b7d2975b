"""Windows of time as the plain evaluator lays them: so many months and days around a day, both ends inclusive."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import Any

from auditor.engine.plain_conditions import Roles, reader
from auditor.engine.plain_dates import plus_days, plus_months
from auditor.rules import model as m

Laid = tuple[date | None, date | None]
"""First and last day of a window; None is open."""


def laid(span: m.Span, day: date) -> Laid:
    """A span around a day."""
    if span.calendar == "year":
        return date(day.year, 1, 1), date(day.year, 12, 31)
    if span.calendar == "month":
        return _first_of_month(day), _last_of_month(day)
    start, end = None, None
    if span.start is not None:
        start = plus_months(day, span.start.months)
        start = plus_days(_first_of_month(start) if span.whole_months else start, span.start.days)
    if span.end is not None:
        end = plus_months(day, span.end.months)
        end = plus_days(_last_of_month(end) if span.whole_months else end, span.end.days)
    return start, end


def inside(window: Laid, day: date | None) -> bool:
    """Whether a day lies in a window that has been laid; a day that is not known lies in none."""
    start, end = window
    return day is not None and (start is None or start <= day) and (end is None or day <= end)


class Around:
    """A window of a rule, ready to be laid around days."""

    def __init__(self, window: m.Window, dx_ptr_known: bool) -> None:
        self._spans = dict(window.spans)
        self._by = reader(window.by, dx_ptr_known) if window.by is not None else None

    def day(self, day: date | None, roles: Roles, extra: Mapping[str, Any]) -> Laid | None:
        """The window around a day; None where the day is not known, or no window is named for the field's value."""
        span = self._spans.get("" if self._by is None else self._by(roles, extra))
        return None if span is None or day is None else laid(span, day)

    def widest(self, day: date | None) -> Laid | None:
        """From the first to the last day of all windows that the rule may lay around the day; None as :meth:`day`."""
        if day is None or not self._spans:
            return None
        starts, ends = zip(*(laid(span, day) for span in self._spans.values()), strict=True)
        return (
            None if None in starts else min(starts),
            None if None in ends else max(ends),
        )


def _first_of_month(day: date) -> date:
    return day.replace(day=1)


def _last_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
