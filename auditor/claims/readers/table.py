"""Delimited text and Parquet as columns of text: what every layout of one row a line has in common."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from auditor.base.errors import InputRefused
from auditor.claims import sniff
from auditor.claims.blanks import plain_blanks
from auditor.claims.headers import HeaderMap
from auditor.claims.intake import Source, blank_lines
from auditor.claims.model import MODIFIER_COLUMNS_OF_A_CLAIM
from auditor.claims.readers import exact_csv
from auditor.claims.readers.interface import Staged
from auditor.claims.words import literal

# What exports write for a missing value, beside nothing at all.
NULLS = ("", "NULL", "null", "\\N")
_serial = itertools.count()


@dataclass(frozen=True)
class Table:
    """The outline of a source: headers, and for text how it is cut, for Parquet the types of its columns."""

    headers: tuple[str, ...]
    dialect: sniff.Dialect | None
    types: tuple[str, ...] = ()


def outline(con: duckdb.DuckDBPyConnection, source: Source) -> Table:
    """Read the outline of `source`. Raises InputRefused when it is no table or damaged."""
    if source.parquet:
        try:
            rows = con.execute(f"DESCRIBE SELECT * FROM {_read_parquet(source.path)}").fetchall()
        except duckdb.Error:
            raise _damaged_parquet(source) from None
        return Table(tuple(row[0] for row in rows), None, tuple(row[1] for row in rows))
    with source.path.open("rb") as stream:
        raw = stream.read(sniff.HEAD_BYTES)
        complete = not stream.read(1)
    dialect = sniff.dialect(raw.decode("utf-8", "ignore"), complete, source.name)
    return Table(dialect.headers, dialect)


def stage_table(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    table: Table,
    header_map: HeaderMap,
    layout: str,
    workspace: Path,
) -> Staged:
    """Stage the mapped columns of `source`, all as text."""
    columns = header_map.columns
    mods = sum(1 for name in columns if name.startswith("mod") and name != "modifiers")
    staged = Staged(
        select="",
        fields=frozenset(columns),
        unmapped=header_map.unmapped,
        format=layout,
        date_of_claim=len(columns.get("date_from", ())) > 1,
        modifier_columns=MODIFIER_COLUMNS_OF_A_CLAIM if "modifiers" in columns else mods,
    )
    if table.dialect is None:
        select = _projection(columns, lambda n: _parquet_text(table, n))
        if "file_row_number" in (header.lower() for header in table.headers):
            # The file has a column of the name under which DuckDB would give the position; the order tells it too.
            return replace(staged, select=f"SELECT {select} FROM {_read_parquet(source.path)}")
        relation = _read_parquet(source.path, ", file_row_number = true")
        select += ", file_row_number + 1 AS source_pos"
        return replace(staged, select=f"SELECT {select} FROM {relation}", has_position=True)
    select = _projection(columns, lambda n: f"c{n}" if source.ascii else plain_blanks(f"c{n}"))
    rejects = f"claim_rejects_{next(_serial)}"
    relation = _read_csv(source.path, table.dialect, len(table.headers), rejects)

    def recheck(rows: int | None) -> Staged | None:
        if rows is None:
            return _exactly(source, table, select, staged, workspace)
        found = con.execute(f"SELECT count(*) FROM {rejects}").fetchone()
        con.execute(f"DROP TABLE {rejects}; DROP TABLE {rejects}_scan")
        if found == (0,) and _all_there(source, rows):
            return None
        return _exactly(source, table, select, staged, workspace)

    return replace(staged, select=f"SELECT {select} FROM {relation}", recheck=recheck)


def _projection(columns: Mapping[str, tuple[int, ...]], value: Callable[[int], str]) -> str:
    parts = []
    for name, places in columns.items():
        values = [value(n) for n in places]
        if name == "date_to":
            parts.append(f"{_date_to(columns, values, value)} AS {name}")
        else:
            parts.append(
                f"coalesce({', '.join(values)}) AS {name}" if len(values) > 1 else f"{values[0]} AS {name}"
            )
        if name == "date_from" and len(values) > 1:
            parts.append(f"({values[0]} IS NULL) AS date_of_claim")
    return ", ".join(parts)


def _date_to(columns: Mapping[str, tuple[int, ...]], values: list[str], value: Callable[[int], str]) -> str:
    """The end of a line; the claim's own end only for a line that takes the claim's beginning too."""
    first = columns.get("date_from", ())
    if len(values) < 2 or len(first) < 2:
        return f"coalesce({', '.join(values)})"
    return f"coalesce({values[0]}, CASE WHEN {value(first[0])} IS NULL THEN {values[1]} END)"


def _parquet_text(table: Table, place: int) -> str:
    name = '"' + table.headers[place].replace('"', '""') + '"'
    if table.types[place].endswith("[]"):
        return f"array_to_string({name}, ',')"
    if table.types[place] != "VARCHAR":
        return f"CAST({name} AS VARCHAR)"
    return f"nullif({plain_blanks(name)}, '')"


def _read_parquet(path: Path, more: str = "") -> str:
    """A Parquet file as a relation: its folders' names are no columns, however they are written."""
    return f"read_parquet({literal(path)}, hive_partitioning = false{more})"


def _read_csv(path: Path, dialect: sniff.Dialect, width: int, rejects: str | None) -> str:
    names = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(width))
    nulls = ", ".join(literal(null) for null in NULLS)
    keep = f", store_rejects = true, rejects_table = '{rejects}', rejects_scan = '{rejects}_scan', rejects_limit = 1"
    return (
        f"read_csv({literal(path)}, hive_partitioning = false, auto_detect = false, header = true, "
        f"skip = {dialect.skip}, "
        f"delim = {literal(dialect.delimiter)}, quote = '\"', escape = '\"', nullstr = [{nulls}], "
        f"columns = {{{names}}}{keep if rejects else ''})"
    )


def _all_there(source: Source, rows: int) -> bool:
    """Whether `rows` and a header are the lines that the intake counted on its own."""
    if source.lines is None or source.lines == rows + 1:
        return True
    return source.lines - blank_lines(source.path) == rows + 1


def _exactly(source: Source, table: Table, select: str, staged: Staged, workspace: Path) -> Staged:
    """Stage a copy in which every row has the header's number of values and its own number."""
    assert table.dialect is not None
    number = next(_serial)
    sound, aside = workspace / f"sound-{number}.csv", workspace / f"malformed-{number}.csv"
    malformed = exact_csv.rewrite(source.path, sound, aside, table.dialect, NULLS)
    width = len(table.headers)
    plain = sniff.Dialect(",", (), 0)
    rows, others = _read_csv(sound, plain, width + 1, None), _read_csv(aside, plain, 2, None)
    return replace(
        staged,
        select=f"SELECT {select}, CAST(c{width} AS BIGINT) AS source_pos FROM {rows}",
        has_position=True,
        malformed=malformed,
        malformed_select=f"SELECT CAST(c0 AS BIGINT) AS source_pos, c1 AS reason FROM {others}",
    )


def _damaged_parquet(source: Source) -> InputRefused:
    return InputRefused(
        "the Parquet file is damaged or cut short", where=source.name, mend="Copy or export the file again."
    )


def read_error(source: Source) -> InputRefused:
    """The error for content that DuckDB could not read to its end."""
    if source.parquet:
        return _damaged_parquet(source)
    return InputRefused(
        "the text cannot be read as a table", where=source.name, mend="Export the file again, as CSV."
    )
