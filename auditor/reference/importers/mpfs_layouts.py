"""What the files of one RVU release share: PPRRVU, GPCI and ANES, in the archives RVUyyA (January) to RVUyyD (October).

An edition answers until the next one begins, at most to the end of its calendar year: rates are made for a year and
corrected in it. RVUyyAR is a correction of January. Spreadsheets take leading zeros away; they are given back where no
other reading is possible, and counted. Lines of one text cell below the data are footnotes.

Sources: PPRRVU25_JAN and ANES2025 as published (csv and fixed-width text), CMS record layout `RVUyyA.pdf`; names as
listed on CMS's page "PFS Relative Value Files".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import ClassVar

from auditor.base.errors import InputRefused
from auditor.base.periods import Kind as PeriodKind
from auditor.base.periods import Period
from auditor.reference.importers.interface import Job, Part, Peek, Staged
from auditor.reference.importers.records import Rejects
from auditor.reference.importers.titled import (
    Column,
    Fault,
    Header,
    TitledImporter,
)
from auditor.reference.names import NameFacts, name_facts
from auditor.reference.text import clean_lines

FIXED = "fixed"
RESTORED = Column("restored", (), "whole", optional=True)
"""Marks a row whose leading zeros were given back. Never stored."""

# Of the fixed-width text only the layout until 2025 is known: in 2026 columns were added.
_LAST_FIXED_YEAR = 2025
_FOOTNOTE = "footnote"
_RELEASE = re.compile(r"(?<![a-z])rvu(20\d\d|\d\d)([a-d])(r?)(?![a-z])")
_MEMBER = re.compile(r"pprrvu(20\d\d|\d\d)[-_ ]?(jan|apr|jul|oct)")
_OF_YEAR = re.compile(r"(?<![a-z])(?:gpci|anes)[-_ ]?(20\d\d|\d\d)(?!\d)")
_MONTHS = {"jan": 1, "apr": 2, "jul": 3, "oct": 4}
_SPOILT = re.compile(r"\d{1,4}|\d(?:\.\d+)?E\+?\d+", re.IGNORECASE)
Repairs = Mapping[str, tuple[re.Pattern[str], int]]
"""By column: cells of this pattern lack zeros in front, which fill them up to this width."""


def quarters_stated(name: str) -> Iterator[str]:
    """Quarters that a file's or archive's name (lower case) states: RVU25D, PPRRVU2025_Oct, PPRRVU25_JAN."""
    for match in _RELEASE.finditer(name):
        yield f"{_year(match[1])}Q{'abcd'.index(match[2]) + 1}"
    for match in _MEMBER.finditer(name):
        yield f"{_year(match[1])}Q{_MONTHS[match[2]]}"


def years_stated(name: str) -> Iterator[str]:
    """Years that a name (lower case) states: GPCI2025, ANES2025, RVU25D."""
    for match in (*_OF_YEAR.finditer(name), *_RELEASE.finditer(name)):
        yield _year(match[1])


def corrects(names: Iterable[str]) -> bool:
    """Whether one of the names is that of a correction release (RVU24AR)."""
    return any(match[3] for name in names for match in _RELEASE.finditer(name.lower()))


def released_in(names: Iterable[str]) -> Period | None:
    """The quarter of the release that a file came with, by the names around it."""
    return next((Period.parse(q) for name in names for q in quarters_stated(name.lower())), None)


def publish_with_release(staged: Staged, part: Part) -> None:
    """Take the first day of the release that a file came with as its publication, which it does not tell itself."""
    release = released_in(part.leaf.names)
    if release is not None:
        staged.published = release.first
        staged.remarks.append(
            f"it came with the release of {release.label}: unless said otherwise, published {release.first}"
        )


def _year(digits: str) -> str:
    return digits if len(digits) == 4 else f"{20 if int(digits) < 80 else 19}{digits}"


class ReleaseImporter(TitledImporter):
    """A table of an RVU release, as csv, xlsx or fixed-width text.

    `slices` cut a record of the fixed-width text, `record` is its shape, `begins` what every line of data begins with;
    lines before the first are headings. `repairs` as said there. `footnotes`: lines below the data may be footnotes.
    """

    slices: ClassVar[Mapping[str, slice]]
    record: ClassVar[re.Pattern[str]]
    begins: ClassVar[re.Pattern[str]]
    repairs: ClassVar[Repairs]
    footnotes: ClassVar[bool] = True
    periods: ClassVar[tuple[PeriodKind, ...]] = ("year", "quarter", "day")

    def stated(self, name: str) -> Iterator[str]:
        """Periods that one name (lower case) states."""
        return years_stated(name)

    def named(self, names: Sequence[str]) -> NameFacts:
        """Period, and revision 1 for a correction release. Raises InputRefused for names of different periods."""
        facts = name_facts(names, self.stated)
        return replace(facts, revision=1 if corrects(names) else None)

    def is_fixed(self, peek: Peek) -> bool:
        """Whether it is text whose lines of data have the shape of a record, at least half of them."""
        if peek.is_sheet:
            return False
        data = [line for line in peek.lines if self.begins.match(line)]
        return bool(data) and 2 * sum(map(self._is_record, data)) >= len(data)

    def stage(self, job: Job, parts: Sequence[Part]) -> Staged:
        """Lay out the one file of an edition, which answers at most until the end of its year."""
        part = parts[0]
        first, _ = job.bounds
        if part.layout == FIXED and first.year > _LAST_FIXED_YEAR:
            raise InputRefused(
                f"its fixed-width layout is known until {_LAST_FIXED_YEAR} only",
                where=part.leaf.place,
                why="In 2026 columns were added, and a column taken for its neighbour would make every figure wrong",
                mend="Import the csv or xlsx file of the same release",
            )
        staged = super().stage(job, parts)
        staged.valid_to = date(first.year, 12, 31)
        _count_footnotes(staged)
        restored = job.con.execute("SELECT count(*) FROM staged WHERE restored > 0").fetchall()[0][0]
        if restored:
            staged.census["leading_zeros_restored"] = int(restored)
            staged.remarks.append(f"{restored:,} rows had lost leading zeros, which were given back to them")
        staged.columns = [name for name in staged.columns if name != RESTORED.name]
        return staged

    def rows(
        self, part: Part, wanted: Sequence[Column], rejects: Rejects, job: Job
    ) -> Iterator[tuple[object, ...]]:
        """The file's rows as values of the wanted columns. Footnotes and rows of another shape go to `rejects`."""
        source = self._sliced(part) if part.layout == FIXED else self._below_header(part, job.variant)
        for line, cells, header in source:
            values = self._row(cells, header, wanted, part.layout)
            if isinstance(values, str):
                rejects.add(part.leaf.name, line, values)
            else:
                yield tuple(values[column.name] for column in wanted)

    def cut(self, line: str) -> list[str]:
        """A record of the fixed-width text as cells, in the order of `slices`."""
        return [line[place].strip() for place in self.slices.values()]

    def cell(self, column: Column, text: str) -> object:
        """One cell as a value; a code that a spreadsheet took for a number is a fault of its own."""
        value = super().cell(column, text)
        if isinstance(value, Fault) and column.kind == "code" and _SPOILT.fullmatch(text):
            return Fault(f"{column.name.replace('_', ' ')} was spoilt by a spreadsheet (taken for a number)")
        return value

    def _row(
        self, cells: list[str], header: Header, wanted: Sequence[Column], layout: str
    ) -> dict[str, object] | str:
        """One row's values, or why it has none."""
        width = max(header.places.values()) + 1
        if not cells:
            return "not a record of the fixed-width layout"
        if self.footnotes and " " in cells[0] and not any(cells[1:]):
            return _FOOTNOTE
        if any(cells[width:]):
            return "row has more cells than the header"
        if layout == "csv" and len(cells) < width:
            return "row has fewer cells than the header"
        values = self._typed(cells, header, wanted)
        fault = values if isinstance(values, str) else self.row_fault(values)
        return values if fault is None else fault

    def _typed(
        self, cells: Sequence[str], header: Header, wanted: Sequence[Column]
    ) -> dict[str, object] | str:
        """Values by column name, with leading zeros given back, or why the row cannot be read."""
        mended = list(cells)
        for name, (pattern, width) in self.repairs.items():
            at = header.places.get(name)
            if at is not None and at < len(mended) and pattern.fullmatch(mended[at]):
                mended[at] = mended[at].zfill(width)
        values = super()._typed(mended, header, wanted)
        if not isinstance(values, str):
            values[RESTORED.name] = int(mended != list(cells))
        return values

    def _is_record(self, line: str) -> bool:
        return self.record.fullmatch(line.rstrip()) is not None

    def _below_header(self, part: Part, variant: str) -> Iterator[tuple[int, list[str], Header]]:
        """Records after the header that are not blank."""
        header: Header | None = None
        above: list[list[str]] = []
        for line, cells in self.records(part):
            if header is None:
                above = [*above[-8:], cells]
                header = self._header(part, above, variant)
            elif any(cells):
                yield line, cells, header

    def _sliced(self, part: Part) -> Iterator[tuple[int, list[str], Header]]:
        """Lines of the fixed-width text after its headings: a footnote is one cell, a broken record none."""
        header = Header({name: at for at, name in enumerate(self.slices)})
        begun = False
        for number, line in enumerate(clean_lines(part.leaf.path), start=1):
            is_data = self.begins.match(line) is not None
            begun = begun or is_data
            if not begun or not line.strip():
                continue
            if self._is_record(line):
                yield number, self.cut(line), header
            else:
                yield number, [line.strip()] if self.footnotes and not is_data else [], header


def _count_footnotes(staged: Staged) -> None:
    """Footnotes are told as such, not as rows that were rejected."""
    notes = staged.rejected.pop(_FOOTNOTE, 0)
    if notes:
        staged.counts["footnotes"] = notes
        staged.examples = [example for example in staged.examples if example.reason != _FOOTNOTE]
        for member in staged.members:
            member["rejected"] = sum(staged.rejected.values())
