"""Price lists that CMS makes anew every quarter: how their quarter is told, and titles that vary by what stands
behind.

Each quarter's newest publication answers for that quarter alone (period): codes come and go with the quarters, and
that a code has no price is asked as well as its price.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import ClassVar

from auditor.base.dates import quarter_of
from auditor.base.periods import Kind as PeriodKind
from auditor.reference.importers.interface import Peek, Recognised
from auditor.reference.importers.stated_days import days_stated, quarters_begun
from auditor.reference.importers.titled import TitledImporter
from auditor.reference.names import NameFacts, name_facts, quarters

_EFFECTIVE = re.compile(r"effective\W+(.{6,20}?)\s*(?:through|thru|to|-|–)\s", re.IGNORECASE)


class QuarterlyImporter(TitledImporter):
    """A price list of a quarter. `begins`: titles known by their beginning, with what they are read as.

    `others`: what a line above the titles says in files of like titles that are another list.
    """

    periods: ClassVar[tuple[PeriodKind, ...]] = ("quarter",)
    begins: ClassVar[Mapping[str, str]] = {}
    others: ClassVar[re.Pattern[str] | None] = None

    def recognise(self, peek: Peek) -> Recognised | None:
        """By its titles, unless a line above them says that it is another list."""
        found = super().recognise(peek)
        if found is None or self.others is None:
            return found
        rows = dict(peek.ways)[found.layout]
        at = next(at for at, titles in self._headers(rows) if any(mark <= set(titles) for mark in self.marks))
        return None if any(map(self.others.search, peek.lines[:at])) else found

    def dated(self, above: Sequence[str]) -> tuple[str | None, date | None]:
        """The quarter that the lines above the titles tell: by its days, else by the month in which it begins."""
        days = {
            quarter_of(day)
            for line in above
            for match in _EFFECTIVE.finditer(line)
            for day in list(days_stated(match[1]))[:1]
        }
        told = days or {quarter for line in above for quarter in quarters_begun(line)}
        return (told.pop() if len(told) == 1 else None), None

    def named(self, names: Sequence[str]) -> NameFacts:
        """The quarter in the name, as such or by the month in which it begins."""
        return name_facts(names, lambda name: (*quarters(name), *quarters_begun(name)))

    def _headers(self, rows: Sequence[Sequence[str]]) -> Iterator[tuple[int, list[str]]]:
        for at, titles in super()._headers(rows):
            yield at, [self._read_as(title) for title in titles]

    def _read_as(self, title: str) -> str:
        return next((name for begin, name in self.begins.items() if title.startswith(begin)), title)
