"""Which file of the feed a source is, and its columns laid down: of fixed width, or exported with headers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb

from auditor.base.errors import InputRefused
from auditor.claims.readers.cclf.layouts import LAYOUTS, Layout
from auditor.claims.readers.wide import Laid, heads_of, lay_down, lay_lines
from auditor.claims.sources.intake import Source
from auditor.claims.sources.sniff import HEAD_BYTES
from auditor.claims.words import literal

SUMMARY = "summary"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_SUMMARY_LINE = re.compile(r"\s*(?:CCLF([0-9AB])\b.*|File Number\s*)\|.*\|.*\|.*", re.IGNORECASE)
_SAMPLE = 25
_NOTHING = ("~", "1000-01-01", "0001-01-01", "9999-12-31")
"""What the feed writes where there is no value, and no day."""
_INSERTED = 11
"""Characters of the Medicare Beneficiary Identifier, which stood in no record before 2018."""


@dataclass(frozen=True)
class File:
    """A file of the feed: its layout, and whether it has `headers` or records of fixed `width` (0: with headers)."""

    layout: Layout
    form: Literal["fixed", "headers"]
    width: int = 0


def file_of(con: duckdb.DuckDBPyConnection, source: Source) -> File | None:
    """Which file of the feed `source` is, by its content.

    Raises InputRefused for one of the layout before 2018, whose positions are not known here.
    """
    if source.xlsx:
        return None
    names = frozenset(heads_of(con, source).names)
    for layout in LAYOUTS:
        if names >= layout.signature:
            return File(layout, "headers")
    if source.parquet:
        return None
    records = _sample(source)
    width = max(map(len, records), default=0)
    for layout in LAYOUTS:
        if _is_most(layout, records, 0):
            return File(layout, "fixed", width)
    for layout in LAYOUTS[:6]:
        if _is_most(layout, records, _INSERTED):
            raise InputRefused(
                f"this is a CCLF{layout.number} file of a layout older than the Medicare Beneficiary Identifier, "
                "and where its columns stand is not known here",
                where=source.name,
                why="A column taken for its neighbour would make every figure wrong.",
                mend="Ask for the files in a layout of 2018 or later, or export them with the names of their columns.",
            )
    return None


def is_summary(source: Source) -> bool:
    """Whether this is CCLF0: the number of records of each file of a delivery."""
    if source.parquet or source.xlsx:
        return False
    records = _sample(source)
    return bool(records) and all(_SUMMARY_LINE.fullmatch(record) for record in records)


def laid_down(con: duckdb.DuckDBPyConnection, source: Source, file: File, workspace: Path) -> Laid:
    """Lay down the columns of the file's layout; a column that its records are too short for is not present."""
    layout = file.layout
    wanted = tuple(layout.columns)
    if file.form == "headers":
        laid = lay_down(con, source, heads_of(con, source), wanted, workspace)
        return Laid(
            _without_fillers(laid.relation, wanted),
            laid.known,
            laid.present,
            laid.rows,
            laid.malformed,
            laid.aside,
        )
    columns = {
        name: f"substr(line, {first}, {last - first + 1})"
        for name, (first, last) in layout.columns.items()
        if first <= file.width
    }
    days = {
        name: f"substr(line, {first}, {last - first + 1})"
        for name, (first, last) in layout.columns.items()
        if name in (*layout.certain, *layout.days)
    }
    sound = [f"regexp_full_match({days[name]}, '{_DAY}')" for name in layout.certain]
    sound += [
        f"(regexp_full_match({days[name]}, '{_DAY}') OR trim({days[name]}) IN ('', '~'))"
        for name in layout.days
    ]
    laid = lay_lines(con, source, columns, wanted, " AND ".join(sound), workspace)
    return Laid(
        _without_fillers(laid.relation, wanted),
        laid.known,
        laid.present,
        laid.rows,
        laid.malformed,
        laid.aside,
    )


def beyond(file: File, name: str) -> tuple[str, ...]:
    """A note where records are longer than any layout that is known."""
    if file.form == "headers" or file.width <= file.layout.widths[1]:
        return ()
    return (
        f"{name}: records of {file.width} characters, {file.width - file.layout.widths[1]} more than the layout "
        f"that is known (CCLF{file.layout.number}, information packet version 36); what follows is not read",
    )


def _without_fillers(relation: str, wanted: tuple[str, ...]) -> str:
    listed = ", ".join(map(literal, _NOTHING))
    columns = ", ".join(f"CASE WHEN {name} NOT IN ({listed}) THEN {name} END AS {name}" for name in wanted)
    return f"(SELECT {columns}, pos FROM {relation})"


def _spans(layout: Layout, names: tuple[str, ...]) -> list[tuple[int, int]]:
    return [layout.columns[name] for name in names]


def _is_most(layout: Layout, records: list[str], earlier: int) -> bool:
    """Whether more than half of some records are of a layout; a few may be damaged, and are then set aside."""
    return 2 * sum(_is_of(layout, record, earlier) for record in records) > len(records)


def _is_of(layout: Layout, record: str, earlier: int) -> bool:
    """Whether a record has its dates where this layout has them, `earlier` characters to the left."""

    def cut(span: tuple[int, int]) -> str:
        return record[span[0] - 1 - earlier : span[1] - earlier]

    if not all(re.fullmatch(_DAY, cut(span)) for span in _spans(layout, layout.certain)):
        return False
    blank_or_day = rf"(?:{_DAY})|~?\s*"
    if not all(re.fullmatch(blank_or_day, cut(span)) for span in _spans(layout, layout.days)):
        return False
    if layout.number == "9":
        return (
            re.fullmatch(r"[MHR][0-9A-Z ]{11}[0-9A-Z ]{0,11}.{0,60}", record) is not None
            and len(record) >= 23
        )
    if layout.number == "8":
        return re.fullmatch(r"[0-9A-Z ]{22}.*", record) is not None
    return re.fullmatch(r"\s*[0-9]{1,13}\s*", record[:13]) is not None


def _sample(source: Source) -> list[str]:
    with source.path.open(encoding="utf-8-sig", newline="", errors="replace") as stream:
        text = stream.read(HEAD_BYTES)
        complete = not stream.read(1)
    lines = text.splitlines()
    whole = lines if complete else lines[:-1]
    return [line for line in whole if line.strip()][:_SAMPLE]
