"""Calendar quarters, the time unit of CMS edit files."""

from __future__ import annotations

import re
from datetime import date, timedelta

OPEN_END = date(9999, 12, 31)
OPEN_BEGIN = date(1900, 1, 1)
_QUARTER = re.compile(r"(\d{4})[Qq]([1-4])")


def quarter_of(day: date) -> str:
    """The quarter that holds `day`, as `2024Q3`."""
    return f"{day.year:04d}Q{(day.month - 1) // 3 + 1}"


def quarter_bounds(quarter: str) -> tuple[date, date]:
    """First and last day of `2024Q3`, both inclusive. Raises ValueError for any other shape."""
    match = _QUARTER.fullmatch(quarter.strip())
    if match is None:
        raise ValueError(f"{quarter!r} is not a quarter; write it as 2024Q3")
    year, number = int(match[1]), int(match[2])
    if year == 0:
        raise ValueError(f"{quarter!r} is not a quarter; year 0000 does not exist")
    first = date(year, 3 * number - 2, 1)
    if number == 4:
        return first, date(year, 12, 31)
    return first, date(year, 3 * number + 1, 1) - timedelta(days=1)


def next_quarter(quarter: str) -> str:
    """The quarter after `quarter`. Raises ValueError as `quarter_bounds` does."""
    first, _ = quarter_bounds(quarter)
    return f"{first.year + 1:04d}Q1" if first.month == 10 else f"{first.year:04d}Q{first.month // 3 + 2}"
