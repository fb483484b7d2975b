"""Workbooks of Excel (xlsx, xlsm): every sheet that has a claims header, one row a claim line.

A row's place is its number in the sheet, as Excel shows it; rows of a further sheet go on from the first row that no
sheet has. What its cells hold is told in `cells`.
"""

from __future__ import annotations

import contextlib
import csv
import itertools
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from auditor.base.errors import InputRefused, InternalCheckFailed
from auditor.claims.amounts.total_charges import total_header
from auditor.claims.blanks import plain_blanks
from auditor.claims.feed import ReadOptions
from auditor.claims.mapping.column_map import ColumnMap, as_column_map
from auditor.claims.mapping.header_row import ROWS_LOOKED_AT, HeaderRow, find_header
from auditor.claims.mapping.headers import (
    HeaderMap,
    field_of,
    is_one_modifier,
    lacking_of,
    map_headers,
    require_needed,
)
from auditor.claims.model import BY_NAME, MODIFIER_COLUMNS_OF_A_CLAIM
from auditor.claims.readers import footers
from auditor.claims.readers.cells import Cells, Filling, Seen
from auditor.claims.readers.first_look import ROWS, refuse_unlike
from auditor.claims.readers.interface import CLAIMS, Staged
from auditor.claims.readers.projection import projection, unsplit_notes
from auditor.claims.readers.rows import Rows
from auditor.claims.readers.table import csv_relation
from auditor.claims.readers.workbook import Sheet, Workbook, damaged
from auditor.claims.sources import sniff
from auditor.claims.sources.intake import Source

ROWS_OF_A_SHEET = 1_048_576
"""Rows that a sheet can have: the places of the next sheet's rows begin after them."""
_serial = itertools.count()
_SEEN = {
    "unvalued": (
        "formula_without_value", "error",
        "cells hold a formula and no value and are read as blank; open the workbook in Excel and save it",
    ),
    "errors": ("cell_error", "warning", "cells hold an error of the spreadsheet (#N/A, #REF!)"),
    "rounded": (
        "number_rounded", "warning",
        "numbers of more than 15 digits were rounded by the spreadsheet; as text they would not be",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Outline:
    """A sheet with a header: where the header stands, which column holds which field, the first rows below it."""

    sheet: Sheet
    header: HeaderRow
    first_row: int
    header_map: HeaderMap
    rows: list[list[str]]


@contextlib.contextmanager
def open_workbook(path: Path, name: str) -> Iterator[tuple[Workbook, Cells]]:
    """Open the workbook that messages call `name`. Raises InputRefused when it is damaged or protected."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise damaged(name) from error
    with archive:
        workbook = Workbook(archive, name)
        yield workbook, Cells(workbook)


def header_of_sheet(
    cells: Cells, sheet: Sheet, said: ColumnMap, most: int
) -> tuple[HeaderRow, int, list[list[str]]] | None:
    """The header of a sheet, its last row, and up to `most` rows below it; None for a sheet without a row."""
    head = list(itertools.islice(cells.rows(sheet, Seen()), ROWS_LOOKED_AT + most))
    columns = [column for written in said.fields.values() for column in written.columns]
    header = find_header([row for _, row in head], columns)
    if header is None:
        return None
    last = header.row + header.rows - 1
    below = head[last + 1 :][:most]
    filling = Filling(cells.merged(sheet), _repeatable([field_of(name) or "" for name in header.headers]))
    for number, row in below:
        filling.fill(number, row)
    return header, head[last][0], [row for _, row in below]


def outline_sheet(cells: Cells, sheet: Sheet, said: ColumnMap, name: str) -> Outline | None:
    """The outline of a sheet; None for one without a row. Raises InputRefused when its header contradicts itself."""
    found = header_of_sheet(cells, sheet, said, ROWS)
    if found is None:
        return None
    header, first_row, below = found
    if not said:
        _refuse_layouts_of_text(header.headers, name)
    return Outline(sheet, header, first_row, map_headers(header.headers, said, name), below)


def _refuse_layouts_of_text(headers: Sequence[str], name: str) -> None:
    """Layouts that are read by rules of their own are read as text: their columns fill each other's blanks."""
    sniff.refuse_known_layouts(headers, name)
    if sniff.is_tuva(headers):
        raise InputRefused(
            "a sheet holds Tuva's medical_claim, which is read from CSV or Parquet",
            where=name,
            mend="Save the sheet as CSV.",
        )


def _repeatable(fields: Sequence[str]) -> frozenset[int]:
    """The columns, of which the `fields` are told, whose values may stand for several rows: all but amounts."""
    return frozenset(
        place
        for place, name in enumerate(fields)
        if name not in BY_NAME or BY_NAME[name].kind not in ("money", "number")
    )


class SpreadsheetReader:
    """Reads workbooks of Excel."""

    name = "xlsx"

    def recognises(self, con: duckdb.DuckDBPyConnection, source: Source) -> str | None:
        """Every workbook; what is in it is looked at when it is read."""
        return CLAIMS if source.xlsx else None

    def stage(
        self,
        con: duckdb.DuckDBPyConnection,
        source: Source,
        options: ReadOptions,
        workspace: Path,
        beside: Mapping[str, tuple[Source, ...]],
    ) -> Staged:
        """See `Reader.stage`."""
        said = as_column_map(options.column_map)
        with open_workbook(source.path, source.name) as (workbook, cells):
            chosen, notes = _claims_sheets(workbook, cells, said, source.name)
            aside = Rows(workspace, ("claim_id",))
            laid = []
            for place, outline in enumerate(chosen):
                refuse_unlike(outline.rows, outline.header_map, source.name)
                offset = place * ROWS_OF_A_SHEET
                if offset:
                    notes.append(
                        f"{source.name}: row 1 of sheet '{outline.sheet.name}' is place {offset + 1:,}"
                    )
                laid.append(_Laid(outline, workspace, offset))
                laid[-1].write(cells, aside)
        return _staged(con, source, laid, aside, notes)


def _claims_sheets(
    workbook: Workbook, cells: Cells, said: ColumnMap, name: str
) -> tuple[list[Outline], list[str]]:
    """The sheets that hold claims, and what is said of the others. Raises InputRefused when there is none."""
    chosen: list[Outline] = []
    lacking: list[Outline] = []
    notes: list[str] = []
    hidden = 0
    refused: InputRefused | None = None
    for sheet in workbook.sheets:
        if sheet.hidden:
            hidden += 1
            notes.append(f"{name}: sheet '{sheet.name}' is hidden and not read; show it if it holds claims")
            continue
        try:
            outline = outline_sheet(cells, sheet, said, name)
        except InputRefused as error:
            refused = refused or error
            notes.append(f"{name}: sheet '{sheet.name}' is not read: {error.what}")
            continue
        if outline is None:
            notes.append(f"{name}: sheet '{sheet.name}' is empty")
        elif lacking_of(outline.header_map):
            lacking.append(outline)
            what = " and ".join(" or ".join(group) for group in lacking_of(outline.header_map))
            notes.append(f"{name}: sheet '{sheet.name}' is not read: it has no column for {what}")
        else:
            chosen.append(outline)
    if chosen:
        return chosen, notes
    if refused is not None:
        raise refused
    if lacking:
        best = max(lacking, key=lambda one: len(one.header_map.columns))
        require_needed(best.header_map, best.header.headers, name)
    raise InputRefused(
        "no sheet that is shown has a row" if hidden else "the workbook has no row",
        where=name,
        mend="Show the sheet with the claims." if hidden else "Export the claims again.",
    )


class _Laid:
    """A sheet laid down as text: columns c0, c1, ..., and the place of the row."""

    def __init__(self, outline: Outline, workspace: Path, offset: int) -> None:
        self.outline, self.offset = outline, offset
        self.path = workspace / f"sheet-{next(_serial)}.csv"
        self.width = len(outline.header.headers)
        self.rows = 0

    def write(self, cells: Cells, aside: Rows) -> None:
        """Lay the rows below the header down; those that are no claim lines go to `aside`."""
        outline, offset, width = self.outline, self.offset, self.width
        judge = footers.judge_of(outline.header.headers, outline.header_map.columns)
        fields = [""] * width
        for name, places in outline.header_map.columns.items():
            for place in places:
                fields[place] = name
        filling = Filling(cells.merged(outline.sheet), _repeatable(fields))
        seen, beyond = Seen(), 0
        with self.path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow([*(f"c{n}" for n in range(width)), "source_pos"])
            for row, values in cells.rows(outline.sheet, seen):
                filling.fill(row, values)
                if row <= outline.first_row:
                    continue
                reason = judge.reason(values)
                if reason is not None:
                    aside.aside(offset + row, footers.CODES[reason], reason)
                    continue
                if len(values) > width:
                    beyond += any(values[width:])
                    del values[width:]
                writer.writerow([*values, *[""] * (width - len(values)), offset + row])
                self.rows += 1
        for kind, (name, severity, says) in _SEEN.items():
            if count := getattr(seen, kind):
                aside.diagnose(name, severity, f"{count:,} {says}", offset + seen.first[kind])
        if beyond:
            says = f"{beyond:,} rows have values to the right of the header, which are not read"
            aside.diagnose("beyond_header", "warning", says, offset + outline.first_row)

    @property
    def total_header(self) -> str:
        """The header of charges that may be those of claims."""
        return total_header(self.outline.header.headers, self.outline.header_map.columns)

    def relation(self) -> str:
        """What was laid down, as a relation."""
        return csv_relation(self.path, sniff.Dialect(",", (), 0), self.width + 1, None)


def _staged(
    con: duckdb.DuckDBPyConnection, source: Source, laid: list[_Laid], aside: Rows, notes: list[str]
) -> Staged:
    fields = frozenset().union(*(one.outline.header_map.fields for one in laid))
    order = sorted(fields)
    selects = []
    modifiers = MODIFIER_COLUMNS_OF_A_CLAIM
    for one in laid:
        header_map = one.outline.header_map
        columns = header_map.columns
        if "modifiers" not in columns:
            modifiers = min(modifiers, sum(1 for name in columns if name.startswith("mod")))
        notes += [*header_map.notes]
        notes += unsplit_notes(con, one.relation(), header_map, _cell, source.name)
        values = ", ".join(
            name if name in header_map.fields else f"CAST(NULL AS VARCHAR) AS {name}" for name in order
        )
        text = f"{projection(header_map, _cell)}, CAST(c{one.width} AS BIGINT) AS source_pos"
        selects.append(f"SELECT {values}, source_pos FROM (SELECT {text} FROM {one.relation()})")
    written = sum(one.rows for one in laid)

    def recheck(rows: int | None) -> Staged | None:
        if rows is not None and rows != written:
            raise InternalCheckFailed(f"{written:,} rows of a workbook were laid down and {rows:,} read back")
        return None

    staged = aside.staged(con, "xlsx", always=frozenset({"claim_id"}), modifier_columns=modifiers)
    return replace(
        staged,
        select=" UNION ALL ".join(selects),
        fields=fields,
        unmapped=tuple(dict.fromkeys(name for one in laid for name in one.outline.header_map.unmapped)),
        notes=tuple(dict.fromkeys(notes)),
        recheck=recheck,
        total_charge=next(filter(None, (one.total_header for one in laid)), ""),
        named_providers=dict(item for one in laid for item in one.outline.header_map.named_providers.items()),
        one_modifier=any(
            is_one_modifier(one.outline.header.headers, one.outline.header_map.columns) for one in laid
        ),
    )


def _cell(place: int) -> str:
    return plain_blanks(f"c{place}")
