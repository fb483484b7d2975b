"""Tables with a line of titles: read by the names of their columns, cell by cell, in csv, tab text or xlsx.

What most CMS files have in common is here once: the header is found by its titles wherever it stands (titles that are
split over several lines are joined from top to bottom), an unknown title refuses the file instead of shifting its
neighbours, a cell of another shape rejects its row with the reason, and AMA descriptors are dropped at the door.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import ClassVar, Literal

from auditor.base.dates import OPEN_END
from auditor.base.errors import InputRefused
from auditor.base.periods import Period
from auditor.reference.importers.interface import (
    Importer,
    Job,
    Part,
    Peek,
    Recognised,
    Staged,
    stage_rows,
)
from auditor.reference.importers.records import Rejects, csv_records, sheet_records, tab_records

Kind = Literal["text", "code", "whole", "decimal", "date", "flag"]

_TYPES: Mapping[Kind, str] = {
    "text": "VARCHAR",
    "code": "VARCHAR",
    "whole": "INTEGER",
    "decimal": "DECIMAL(18,6)",
    "date": "DATE",
    "flag": "BOOLEAN",
}
_HEADER_DEPTH = 8
_WHOLE = re.compile(r"[+-]?\d{1,9}")
_DECIMAL = re.compile(r"[+-]?(?:\d{1,12}(?:,\d{3})*(?:\.\d*)?|\.\d+)")
# A spreadsheet stores 0.07 as 7.0000000000000007E-2.
_SMALL = re.compile(r"[+-]?\d(?:\.\d+)?E-\d{1,2}")
_FLAGS = {"y": True, "yes": True, "1": True, "n": False, "no": False, "0": False}


@dataclass(frozen=True)
class Column:
    """One stored column.

    `titles` are the titles under which it is published, compared by `plain` (letters and digits, lower case). `shape`
    is what a code must look like. A cell in `blanks` counts as empty; an empty cell of a `needed` column rejects its
    row. `optional` columns may be missing from the file. `descriptor`: the AMA's text, kept only on request.
    """

    name: str
    titles: tuple[str, ...]
    kind: Kind = "text"
    shape: re.Pattern[str] | None = None
    needed: bool = False
    optional: bool = False
    descriptor: bool = False
    blanks: frozenset[str] = frozenset({""})

    @property
    def sql_type(self) -> str:
        """The column's type in DuckDB."""
        return _TYPES[self.kind]


@dataclass(frozen=True)
class Header:
    """Where the columns of a file stand: place of each by name, and how many cells the header has."""

    places: Mapping[str, int]
    width: int = 0


class TitledImporter(Importer):
    """An importer of tables with titles. A subclass names its columns; most need no more.

    `columns` by variant; `ignored` are further titles that the file may have and that are not stored; any other title
    refuses the file. `may_be_empty`: variants of which a file without rows is sound. `marks`: titles that, all of them
    in one header, make a file one of this kind. `order`: columns to sort by (default: the table's key). Hooks:
    `variant_of` (which of the tables a header is), `dated` (period and publication from the lines above the header),
    `row_fault` (a check over a whole row), `refined` (rows that do not belong, columns to add), `finished` (census).
    """

    columns: ClassVar[Mapping[str, Sequence[Column]]]
    ignored: ClassVar[frozenset[str]] = frozenset()
    may_be_empty: ClassVar[frozenset[str]] = frozenset()
    marks: ClassVar[Sequence[frozenset[str]]]
    order: ClassVar[Sequence[str]] = ()
    split_header: ClassVar[bool] = False
    unknown_titles: ClassVar[Literal["refuse", "ignore"]] = "refuse"

    def recognise(self, peek: Peek) -> Recognised | None:
        """By a header that has all titles of one of `marks`."""
        for layout, rows in peek.ways:
            for at, titles in self._headers(rows):
                if any(mark <= set(titles) for mark in self.marks):
                    variant = self.variant_of(titles)
                    period, published = self.dated(peek.lines[: at + 1])
                    return Recognised(layout, variant, period, published)
        return None

    def variant_of(self, titles: Sequence[str]) -> str | None:
        """Which of `tables` a header with these plain titles is; None when name or user must tell."""
        return "*" if "*" in self.tables else None

    def dated(self, above: Sequence[str]) -> tuple[str | None, date | None]:
        """Period and day of publication that the lines down to the header tell."""
        return None, None

    def row_fault(self, values: Mapping[str, object]) -> str | None:
        """Why a row whose cells are sound is not; None when it is sound."""
        return None

    def refined(self, job: Job, parts: Sequence[Part], rows: int) -> int:
        """Change the table `staged` before it is counted; returns how many of its rows are left."""
        return rows

    def finished(self, job: Job, staged: Staged) -> None:
        """Look at the whole table `staged`: add counts, suspicions, remarks, dates."""

    def stage(self, job: Job, parts: Sequence[Part]) -> Staged:
        """Lay out the file of an edition, or its several files one below the other."""
        place = ", ".join(part.leaf.place for part in parts)
        rejects = Rejects()
        wanted = [c for c in self.columns[job.variant] if job.keep_descriptors or not c.descriptor]
        found = (row for part in parts for row in self.rows(part, wanted, rejects, job))
        rows = self.refined(job, parts, stage_rows(job.con, {c.name: c.sql_type for c in wanted}, found))
        job.advance(rows)
        if not rows and job.variant not in self.may_be_empty:
            raise InputRefused(
                f"it holds no row of {self.tables[job.variant].title}",
                where=place,
                why=_reasons(rejects),
                mend="Check that it is the file that CMS publishes, whole and unedited",
            )
        names = [c.name for c in wanted]
        first, last = _days_of(job.period)
        order = self.order or self.tables[job.variant].key
        staged = Staged(
            columns=names,
            order=[name for name in order if name in names],
            rows=rows,
            counts={"rows": rows},
            members=[{"name": place, "rows": rows, "rejected": rejects.total}],
            valid_from=first,
            valid_to=last,
            rejected=rejects.reasons,
            examples=rejects.examples,
        )
        if "effective" in names:
            staged.valid_from = staged.valid_from or _one(job, "min(effective)")
        twice = _twice(job, [name for name in self.tables[job.variant].key if name in names])
        if twice:
            staged.census["rows_twice"] = twice
            staged.suspicions.append(f"{twice:,} rows repeat the key of another row")
        self.finished(job, staged)
        return staged

    def rows(
        self, part: Part, wanted: Sequence[Column], rejects: Rejects, job: Job
    ) -> Iterator[tuple[object, ...]]:
        """The file's rows as values of the wanted columns. Rows of another shape are counted in `rejects`."""
        records = iter(self.records(part))
        header: Header | None = None
        above: list[list[str]] = []
        for line, cells in records:
            if header is None:
                above = [*above[-_HEADER_DEPTH:], cells]
                header = self._header(part, above, job.variant)
                continue
            if not any(cells):
                continue
            values = self._typed(cells, header, wanted)
            fault = values if isinstance(values, str) else self.row_fault(values)
            if fault is not None:
                rejects.add(part.leaf.name, line, fault)
            elif not isinstance(values, str):
                yield tuple(values[column.name] for column in wanted)

    def records(self, part: Part) -> Iterable[tuple[int, list[str]]]:
        """The part's records with their lines, header included. For layouts that must first be cut or joined."""
        return records_of(part)

    def _headers(self, rows: Sequence[Sequence[str]]) -> Iterator[tuple[int, list[str]]]:
        """Every row that may be a header, with its plain titles: alone, and joined with those above it."""
        for at, cells in enumerate(rows):
            yield at, [plain(cell) for cell in cells]
            if self.split_header:
                for depth in range(2, min(_HEADER_DEPTH, at + 1) + 1):
                    yield at, joined(rows[at - depth + 1 : at + 1])

    def _header(self, part: Part, above: Sequence[Sequence[str]], variant: str) -> Header | None:
        """The header, when it ends with the last of these rows. Raises InputRefused for titles that are not known."""
        for titles in (titles for at, titles in self._headers(above) if at == len(above) - 1):
            if any(mark <= set(titles) for mark in self.marks):
                return self._places(part, titles, variant)
        return None

    def _places(self, part: Part, titles: Sequence[str], variant: str) -> Header:
        columns = self.columns[variant]
        by_title = {title: column.name for column in columns for title in column.titles}
        places: dict[str, int] = {}
        unknown: list[str] = []
        for at, title in enumerate(titles):
            name = by_title.get(title)
            if name is not None and name not in places:
                places[name] = at
            elif name is not None or (title and title not in self.ignored):
                unknown.append(title)
        missing = [c.name for c in columns if c.name not in places and not c.optional and not c.descriptor]
        if missing or (unknown and self.unknown_titles == "refuse"):
            raise InputRefused(
                "its columns are not those of the published layout: "
                + "; ".join(
                    told
                    for told in (
                        f"missing {', '.join(missing)}" if missing else "",
                        f"unknown {', '.join(unknown[:8])}" if unknown else "",
                    )
                    if told
                ),
                where=part.leaf.place,
                why="A column taken for its neighbour would make every figure wrong",
                mend="If CMS changed the layout, update the program; else download the file again",
            )
        return Header(places, len(titles))

    def _typed(
        self, cells: Sequence[str], header: Header, wanted: Sequence[Column]
    ) -> dict[str, object] | str:
        """Values by column name, or why the row cannot be read."""
        values: dict[str, object] = {}
        for column in wanted:
            at = header.places.get(column.name)
            text = cells[at] if at is not None and at < len(cells) else ""
            value = self.cell(column, text)
            if isinstance(value, Fault):
                return value.reason
            values[column.name] = value
        return values

    def cell(self, column: Column, text: str) -> object:
        """One cell as a value of its column, None for blank; `Fault` when it has another shape."""
        text = text.strip()
        if text in column.blanks or not text:
            return Fault(f"{spoken(column)} is blank") if column.needed else None
        if column.shape is not None and column.shape.fullmatch(text) is None:
            return Fault(f"{spoken(column)} has another shape than published")
        value = _PARSERS[column.kind](text)
        return Fault(f"{spoken(column)} is not {_NOUNS[column.kind]}") if value is None else value


@dataclass(frozen=True)
class Fault:
    """Why a cell cannot be read."""

    reason: str


def records_of(part: Part) -> Iterable[tuple[int, list[str]]]:
    """The records of a csv, tab or xlsx part with their line numbers (from 1)."""
    return {"csv": csv_records, "tab": tab_records, "xlsx": sheet_records}[part.layout](part)


def plain(title: str) -> str:
    """A title as it is compared: letters and digits only, lower case."""
    return re.sub(r"[^a-z0-9]", "", title.lower())


def joined(rows: Sequence[Sequence[str]]) -> list[str]:
    """Titles that are split over several lines, joined from top to bottom, plain."""
    width = max((len(row) for row in rows), default=0)
    return [plain("".join(row[at] for row in rows if at < len(row))) for at in range(width)]


def spoken(column: Column) -> str:
    """A column's name in a sentence."""
    return column.name.replace("_", " ")


def as_date(text: str) -> date | None:
    """A day written YYYYMMDD, YYYY-MM-DD (with or without a time), M/D/YYYY; None for anything else."""
    for form, size in (("%Y%m%d", 8), ("%Y-%m-%d", 10)):
        try:
            return datetime.strptime(text[:size], form).date() if _date_like(text, size) else None
        except ValueError:
            continue
    match = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)
    try:
        return date(int(match[3]), int(match[1]), int(match[2])) if match else None
    except ValueError:
        return None


def _date_like(text: str, size: int) -> bool:
    if len(text) != size and not (size == 10 and re.match(r"\d{4}-\d\d-\d\d[ T]\d", text)):
        raise ValueError(text)
    return True


def _as_decimal(text: str) -> Decimal | None:
    text = text.replace("$", "").strip()
    if _SMALL.fullmatch(text):
        return round(Decimal(text), 12)
    if _DECIMAL.fullmatch(text) is None:
        return None
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None


def _as_whole(text: str) -> int | None:
    return int(text) if _WHOLE.fullmatch(text) else None


def _as_text(text: str) -> str:
    return text


def _as_flag(text: str) -> bool | None:
    return _FLAGS.get(text.lower())


_PARSERS: Mapping[Kind, Callable[[str], object]] = {
    "text": _as_text,
    "code": _as_text,
    "whole": _as_whole,
    "decimal": _as_decimal,
    "date": as_date,
    "flag": _as_flag,
}
_NOUNS: Mapping[Kind, str] = {
    "text": "a text",
    "code": "a code",
    "whole": "a whole number",
    "decimal": "a number",
    "date": "a date",
    "flag": "yes or no",
}


def _days_of(period: Period | None) -> tuple[date | None, date | None]:
    """First and last day of a period, None where it has none."""
    if period is None:
        return None, None
    return period.first, None if period.last == OPEN_END else period.last


def _reasons(rejects: Rejects) -> str:
    return "; ".join(f"{count:,} × {reason}" for reason, count in sorted(rejects.reasons.items())[:5])


def _one(job: Job, expression: str) -> date | None:
    found: date | None = job.con.execute(f"SELECT {expression} FROM staged").fetchall()[0][0]
    return found


def _twice(job: Job, key: Sequence[str]) -> int:
    """How many rows have a key that another row has."""
    if not key:
        return 0
    named = ", ".join(key)
    query = f"SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM staged GROUP BY {named} HAVING n > 1)"
    return int(job.con.execute(query).fetchall()[0][0])
