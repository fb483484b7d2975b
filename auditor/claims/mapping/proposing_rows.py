"""The tables of a claims file as a column map is proposed for them: their headers and first rows, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from auditor.base.errors import InputRefused
from auditor.claims.mapping.column_map import ColumnMap
from auditor.claims.mapping.header_row import find_header, holds_values
from auditor.claims.readers import footers, recognise
from auditor.claims.readers.interface import NotClaims
from auditor.claims.readers.plain import PlainReader
from auditor.claims.readers.spreadsheet import SpreadsheetReader, header_of_sheet, open_workbook
from auditor.claims.readers.table import head_rows, outline, parquet_rows
from auditor.claims.sources.gather import gather
from auditor.claims.sources.intake import Source, take_in

ROWS = 1_000
"""Rows of a table that a proposal looks at."""


@dataclass(frozen=True)
class Sample:
    """A table: the file, its sheet if it is one, its format, headers, first rows, and how many fields it names."""

    file: str
    sheet: str
    format: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    known: int


@dataclass(frozen=True)
class Known:
    """A file of a layout that is read by itself, and needs no map."""

    file: str
    layout: str


def samples(
    con: duckdb.DuckDBPyConnection, path: Path | str, workspace: Path, said: ColumnMap
) -> list[Sample | Known]:
    """Every table of the files that `path` names, and every file of a known layout. Raises InputRefused.

    `said` is a map as far as there is one: its delimiter and its columns help to find the header.
    """
    found: list[Sample | Known] = []
    refusals: list[InputRefused] = []
    for file in gather([path], workspace):
        for source in take_in(file.path, workspace):
            try:
                reader = recognise(con, source, "auto")[0].reader
                if isinstance(reader, SpreadsheetReader):
                    found.extend(_of_workbook(source, said))
                elif isinstance(reader, PlainReader):
                    found.append(_of_table(con, source, said))
                else:
                    found.append(Known(source.name, reader.name))
            except NotClaims as refusal:
                refusals.append(refusal)
    if not found:
        raise refusals[0] if refusals else InputRefused("there is no table", where=Path(path).name)
    return found


def require_header(sample: Sample) -> None:
    """Raise InputRefused when the first row holds values instead of names: a claim would be taken for the header."""
    if sample.known == 0 and holds_values(sample.headers):
        raise InputRefused(
            "the first row seems to hold values and no names of columns",
            where=sample.file,
            mend="Put a line with names above it, any names; then propose a map again.",
        )


def _of_workbook(source: Source, said: ColumnMap) -> Iterator[Sample]:
    with open_workbook(source.path, source.name) as (workbook, cells):
        for sheet in workbook.sheets:
            if sheet.hidden:
                continue
            outlined = header_of_sheet(cells, sheet, said, ROWS)
            if outlined is not None:
                header, _, rows = outlined
                yield _sample(source.name, sheet.name, "xlsx", header.headers, rows, header.known)


def _of_table(con: duckdb.DuckDBPyConnection, source: Source, said: ColumnMap) -> Sample:
    table = outline(con, source, said)
    known = find_header([table.headers])
    rows = parquet_rows(con, source, table, ROWS) if source.parquet else head_rows(source, table, ROWS)
    layout = "parquet" if source.parquet else "csv"
    return _sample(source.name, "", layout, table.headers, rows, known.known if known else 0)


def _sample(
    file: str, sheet: str, layout: str, headers: Sequence[str], rows: Sequence[Sequence[str]], known: int
) -> Sample:
    """A sample without the rows that are no claims: totals, remarks, the header once more."""
    judge = footers.judge_of(headers, {})
    kept = (tuple(row) for row in rows if any(row) and judge.reason(row) is None)
    return Sample(file, sheet, layout, tuple(headers), tuple(kept), known)
