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
_MONTH = re.compile(rf"(?<![a-z])({'|'.join(MONTHS)})(?:[a-z]*[-_ ]*|[a-z]*\.?[ _-]+)(20\d\d)(?!\d)")


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


def months_stated(text: str) -> Iterator[date]:
    """The first day of every month that a text states in words: `April 2025`, `jan-2024`."""
    for match in _MONTH.finditer(text.lower()):
        yield date(int(match[2]), MONTHS.index(match[1]) + 1, 1)
