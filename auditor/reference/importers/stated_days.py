"""Days that names of files and title lines state: `OrderReferring_2026-07-17.csv`, `as of Apr 14 2025`, `20240513`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_SHAPES = (
    re.compile(r"(?<!\d)(?P<year>20\d\d)[-_.]?(?P<month>\d\d)[-_.]?(?P<day>\d\d)(?!\d)"),
    re.compile(r"(?<!\d)(?P<month>\d{1,2})[-_./](?P<day>\d{1,2})[-_./](?P<year>20\d\d)(?!\d)"),
)
_SPOKEN = re.compile(rf"(?<![a-z])({'|'.join(MONTHS)})[a-z]*\.?[ _-]+(\d{{1,2}}),?[ _-]+(20\d\d)(?!\d)")
_NAMED = rf"({'|'.join(MONTHS)})[a-z]*"
_MONTH_YEAR = re.compile(rf"(?<![a-z]){_NAMED}[-_ .,]*(20\d\d)(?!\d)")
_YEAR_MONTH = re.compile(rf"(?<!\d)(20\d\d)[-_ .,]*{_NAMED}(?![a-z])")

_CALENDAR_YEAR = re.compile(r"(?:(?<![a-z])cy|calendar[-_ ]*year)[-_ ]*(20\d\d)(?!\d)", re.IGNORECASE)


def days_stated(text: str) -> Iterator[date]:
    """Every day that a text states, in lower case; what is no day of the calendar is passed over."""
    text = text.lower()
    found = [
        (int(m["year"]), int(m["month"]), int(m["day"])) for shape in _SHAPES for m in shape.finditer(text)
    ]
    found += [(int(m[3]), MONTHS.index(m[1]) + 1, int(m[2])) for m in _SPOKEN.finditer(text)]
    for year, month, day in found:
        try:
            yield date(year, month, day)
        except ValueError:
            continue


def iso_days(text: str) -> Iterator[str]:
    """The same as labels of editions."""
    return (day.isoformat() for day in days_stated(text))


def quarters_begun(text: str) -> Iterator[str]:
    """Labels of the quarters whose first month a text names (`April 2025`, `2024_january`); no others."""
    text = text.lower()
    found = [(int(m[2]), MONTHS.index(m[1])) for m in _MONTH_YEAR.finditer(text)]
    found += [(int(m[1]), MONTHS.index(m[2])) for m in _YEAR_MONTH.finditer(text)]
    for year, month in found:
        if month % 3 == 0:
            yield f"{year}Q{month // 3 + 1}"


def calendar_years(text: str) -> Iterator[str]:
    """Every calendar year that a text states as such: `CY 2024`, `calendar-year-2024`, `PHYS_TIME_CY2024`."""
    return (match[1] for match in _CALENDAR_YEAR.finditer(text))
