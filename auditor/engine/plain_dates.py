"""Days counted on by months and days, as the plain evaluator does it."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta


def plus_months(day: date, months: int) -> date:
    """The day so many months on, at most the last of its month: 31 January and one month is 28 or 29 February.

    What would lie before the first or after the last day that there is is that day.
    """
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    if year < date.min.year:
        return date.min
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def plus_days(day: date, days: int) -> date:
    """The day so many days on; what would lie before the first or after the last day that there is is that day."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.min if days < 0 else date.max
