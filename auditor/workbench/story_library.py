"""The reference library of stories: the rows that they bring, as editions that answer for the dates they are of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import duckdb

from auditor.base.codes import is_npi
from auditor.base.dates import OPEN_BEGIN, OPEN_END
from auditor.base.periods import Period
from auditor.reference import manifest, parts
from auditor.reference.columns import own_columns
from auditor.reference.editions import Edition, SourceFile
from auditor.reference.importers import aoc, coverage, mue
from auditor.reference.importers.interface import Staged, stage_rows
from auditor.reference.tables import TABLES
from auditor.synth.stories.model import Given, Story

_PROGRAMMES: Final = ("ncci", "medicaid")
_DAYS: Final = {"effective": "DATE", "deleted": "DATE"}
_PTP: Final = {
    "column_1": "VARCHAR",
    "column_2": "VARCHAR",
    "modifier_indicator": "VARCHAR",
    "rationale": "VARCHAR",
}
_COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    **{f"{whose}_ptp_{who}": {**_PTP, **_DAYS} for whose in _PROGRAMMES for who in ("practitioner", "hospital")},
    **{f"{whose}_mue_{who}": mue.COLUMNS for whose in _PROGRAMMES for who in ("practitioner", "hospital", "dme")},
    "ncci_aoc": aoc.COLUMNS,
    "coverage": coverage.COLUMNS,
}  # fmt: skip
"""Stored tables that rules know under another name; the others declare their columns themselves."""
_NOTE: Final = "Made for stories: not CMS's file; the rows are those that the stories need and no others."
_PUBLISHED: Final = date(1996, 1, 1)


@dataclass(frozen=True, slots=True)
class _Span:
    label: str
    first: date
    last: date


def write_library(stories: Iterable[Story], folder: Path, npis: Sequence[str] = ()) -> tuple[str, ...]:
    """Write editions of every table that a story brings rows of; returns the tables. Raises ValueError, KeyError.

    Tables of which each period has an edition of its own get one for each period that a row is in force in. Where a
    story brings rows of the NPI registry, the valid ones of `npis` stand in it too, as individuals.
    """
    rows: dict[str, dict[str, Given]] = {}
    days: dict[str, set[date]] = {}
    for story in stories:
        for table, given in story.tables.items():
            for row in given:
                rows.setdefault(table, {})[json.dumps(row, sort_keys=True, default=str)] = row
            days.setdefault(table, set()).update(_days_of(story))
    if "nppes" in rows:
        known = {str(row["npi"]) for row in rows["nppes"].values()}
        rows["nppes"] |= {
            number: _individual(number) for number in npis if number not in known and is_npi(number)
        }
    for table in sorted(rows):
        listed = list(rows[table].values())
        for span in _spans(table, days[table]):
            _write(folder, table, span, [row for row in listed if _reaches(row, span)])
    return tuple(sorted(rows))


def _individual(number: str) -> Given:
    first = date(2006, 1, 1)
    return {"npi": number, "entity_type": "1", "enumerated_on": first, "effective": first, "deleted": None}


def _days_of(story: Story) -> set[date]:
    offsets = [offset for line in story.lines for offset in (line.day, line.day + line.days - 1)]
    return {date.fromordinal(first.toordinal() + offset) for first in story.on for offset in offsets}


def _spans(table: str, days: set[date]) -> Sequence[_Span]:
    """The periods of a table's editions; one for all dates where a newest edition answers by its rows' dates."""
    if TABLES[table].answers in ("rows", "documents"):
        return [_Span("", OPEN_BEGIN, OPEN_END)]
    quarters = {f"{day.year}Q{(day.month + 2) // 3}" for day in days}
    periods = [Period.parse(label) for label in sorted(quarters)]
    if TABLES[table].answers == "history":
        return [_Span(periods[-1].label, OPEN_BEGIN, periods[-1].last)]
    return [_Span(period.label, period.first, period.last) for period in periods]


def _reaches(row: Given, span: _Span) -> bool:
    return (row.get("effective") or OPEN_BEGIN) <= span.last and (
        row.get("deleted") or OPEN_END
    ) >= span.first


def _write(folder: Path, table: str, span: _Span, rows: Sequence[Given]) -> None:
    columns = dict(_COLUMNS.get(table) or {**own_columns()[table], **_DAYS})
    per_period = "effective" not in columns or TABLES[table].answers in ("period", "until_next")
    if per_period:
        columns = {name: kind for name, kind in columns.items() if name not in _DAYS}
    for row in rows:
        unknown = sorted(set(row) - set(columns) - set(_DAYS))
        if unknown:
            raise ValueError(f"{table} has no column {unknown[0]}; it has {', '.join(columns)}")
    digest = sha256(json.dumps([table, span.label, *rows], sort_keys=True, default=str).encode()).hexdigest()
    target = folder / table / f"{span.label or 'stories'}-{digest[:10]}"
    target.mkdir(parents=True)
    valid = (span.first, span.last) if per_period else (None, None)
    staged = Staged(
        columns=[*columns], order=[*TABLES[table].key], rows=len(rows), counts={"rows": len(rows)}, members=[],
        valid_from=valid[0], valid_to=valid[1],
    )  # fmt: skip
    with duckdb.connect() as con:
        stage_rows(con, columns, (_values(row, columns) for row in rows))
        written = parts.write(con, staged, target)
    manifest.write(
        Edition(
            table=table, edition_id=target.name, edition=span.label or _PUBLISHED.isoformat(), revision=None,
            published=min(_PUBLISHED, span.first), published_basis="given", imported_at="", layout="stories",
            files=(SourceFile("stories", digest),), rows=len(rows), parts=written, counts=staged.counts,
            valid_from=valid[0], valid_to=valid[1], notes=(_NOTE,), columns=tuple(columns),
        ),
        target,
    )  # fmt: skip


def _values(row: Given, columns: Mapping[str, str]) -> list[Any]:
    return [row.get(name) for name in columns]
