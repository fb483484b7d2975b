"""Delimited text and Parquet as columns of text: what every layout of one row a line has in common."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import duckdb

from auditor.base.errors import InputRefused
from auditor.claims.amounts.total_charges import total_header
from auditor.claims.blanks import plain_blanks
from auditor.claims.mapping.column_map import NO_MAP, ColumnMap
from auditor.claims.mapping.header_row import find_header, split_lines
from auditor.claims.mapping.headers import HeaderMap, is_one_modifier
from auditor.claims.model import MODIFIER_COLUMNS_OF_A_CLAIM
from auditor.claims.readers import exact_csv, footers
from auditor.claims.readers.interface import Staged
from auditor.claims.readers.projection import projection, unsplit_notes
from auditor.claims.sources import sniff
from auditor.claims.sources.intake import Source, blank_lines
from auditor.claims.words import literal

# What exports write for a missing value, beside nothing at all.
NULLS = ("", "NULL", "null", "\\N")
_serial = itertools.count()


_TAIL_BYTES: Final = 1 << 14
_TAIL_ROWS: Final = 12


@dataclass(frozen=True)
class Table:
    """The outline of a source: headers, and for text how it is cut, for Parquet the types of its columns.

    `columns` are the names by which DuckDB knows those of Parquet. `above` counts the lines before the last one of the
    header that are not blank: titles of a report, the upper row of a header of two. `quoted_above` says that one of
    them holds a quote, by which lines are joined or not.
    """

    headers: tuple[str, ...]
    dialect: sniff.Dialect | None
    types: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    above: int = 0
    quoted_above: bool = False


def outline(con: duckdb.DuckDBPyConnection, source: Source, column_map: ColumnMap = NO_MAP) -> Table:
    """Read the outline of `source`. Raises InputRefused when it is no table or damaged.

    The header of a text is looked for below titles, by the fields and the columns of `column_map` that it names.
    """
    if source.xlsx:
        raise InputRefused(
            "this is a workbook of Excel", where=source.name, mend="Leave --format out, or say --format xlsx."
        )
    if source.parquet:
        try:
            rows = con.execute(f"DESCRIBE SELECT * FROM {_read_parquet(source.path)}").fetchall()
            written = _parquet_names(con, source.path)
        except duckdb.Error:
            raise _damaged_parquet(source) from None
        columns = tuple(str(row[0]) for row in rows)
        headers = written if len(written) == len(columns) else columns
        return Table(headers, None, tuple(row[1] for row in rows), columns)
    with source.path.open("rb") as stream:
        raw = stream.read(sniff.HEAD_BYTES)
        complete = not stream.read(1)
    return _outline_of_text(raw.decode("utf-8", "ignore"), complete, source.name, column_map)


def _outline_of_text(head: str, complete: bool, where: str, column_map: ColumnMap) -> Table:
    """The delimiter is the one under which most headers are known, then the one that makes most columns."""
    lines = list(io.StringIO(head.removeprefix("\ufeff"), newline=""))
    filled = sum(1 for line in lines if line.strip())
    if not filled:
        raise InputRefused(
            "the file is empty", where=where, mend="Give a file with a header and claim lines."
        )
    if not complete and filled == 1:
        raise sniff.unknown_kind(where)
    names = [column for written in column_map.fields.values() for column in written.columns]
    best: tuple[tuple[int, int], Table] | None = None
    for delimiter in [column_map.delimiter] if column_map.delimiter else sniff.DELIMITERS:
        records = split_lines(lines, delimiter)
        found = find_header([record for record, _ in records], names)
        if found is None:
            continue
        last = found.row + found.rows - 1
        skip = records[last - 1][1] if last else 0
        above = lines[:skip]
        table = Table(
            found.headers,
            sniff.Dialect(delimiter, found.headers, skip),
            above=sum(1 for line in above if line.strip("\r\n")),
            quoted_above=any('"' in line for line in above),
        )
        score = (found.known, len(found.headers))
        if best is None or score > best[0]:
            best = (score, table)
    if best is None or len(best[1].headers) < 2:
        raise sniff.unknown_kind(where)
    return best[1]


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
        fields=header_map.fields,
        unmapped=header_map.unmapped,
        format=layout,
        date_of_claim=len(columns.get("date_from", ())) > 1,
        modifier_columns=MODIFIER_COLUMNS_OF_A_CLAIM if "modifiers" in columns else mods,
        notes=header_map.notes,
        one_modifier=is_one_modifier(table.headers, columns),
        named_providers=header_map.named_providers,
        total_charge=total_header(table.headers, columns),
    )
    if table.dialect is None:
        parquet = _read_parquet(source.path)
        notes = unsplit_notes(con, parquet, header_map, lambda n: _parquet_text(table, n), source.name)
        staged = replace(staged, notes=(*staged.notes, *notes))
        select = projection(header_map, lambda n: _parquet_text(table, n))
        if "file_row_number" in (header.lower() for header in table.headers):
            # The file has a column of the name under which DuckDB would give the position; the order tells it too.
            return replace(staged, select=f"SELECT {select} FROM {parquet}")
        relation = _read_parquet(source.path, ", file_row_number = true")
        select += ", file_row_number + 1 AS source_pos"
        return replace(staged, select=f"SELECT {select} FROM {relation}", has_position=True)

    def value(place: int) -> str:
        return f"c{place}" if source.ascii else plain_blanks(f"c{place}")

    select = projection(header_map, value)
    judge = footers.judge_of(table.headers, columns)
    unread = csv_relation(source.path, table.dialect, len(table.headers), None)
    notes = unsplit_notes(con, unread, header_map, value, source.name)
    staged = replace(staged, notes=(*staged.notes, *notes))
    if table.quoted_above or _has_footer(source.path, table.dialect, judge):
        return _exactly(source, table, select, staged, workspace, judge)
    rejects = f"claim_rejects_{next(_serial)}"
    relation = csv_relation(source.path, table.dialect, len(table.headers), rejects)

    def recheck(rows: int | None) -> Staged | None:
        if rows is None:
            return _exactly(source, table, select, staged, workspace, judge)
        found = con.execute(f"SELECT count(*) FROM {rejects}").fetchone()
        con.execute(f"DROP TABLE {rejects}; DROP TABLE {rejects}_scan")
        if found == (0,) and _all_there(source, rows, table.above):
            return None
        return _exactly(source, table, select, staged, workspace, judge)

    return replace(staged, select=f"SELECT {select} FROM {relation}", recheck=recheck)


def _has_footer(path: Path, dialect: sniff.Dialect, judge: footers.Judge) -> bool:
    """Whether one of the last rows is no claim line but a total, a remark or the like."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - _TAIL_BYTES))
        tail = stream.read().decode("utf-8", "ignore")
    lines = [line for line in io.StringIO(tail, newline="") if line.strip()]
    rows = csv.reader(lines[1:][-_TAIL_ROWS:], delimiter=dialect.delimiter)
    try:
        return any(judge.reason(row) is not None for row in rows)
    except csv.Error:
        return False


def head_rows(source: Source, table: Table, most: int) -> list[list[str]]:
    """The first rows of a text below its header, cut as the header is; rows of another width are left out."""
    assert table.dialect is not None
    with source.path.open(encoding="utf-8-sig", newline="") as stream:
        records = _below(table.dialect.skip)(stream, table.dialect.delimiter, len(table.headers))
        next(records, None)
        sound = (record for record in itertools.islice(records, 4 * most) if isinstance(record, list))
        return list(itertools.islice(sound, most))


def _parquet_text(table: Table, place: int) -> str:
    name = '"' + table.columns[place].replace('"', '""') + '"'
    if table.types[place].endswith("[]"):
        return f"array_to_string({name}, ',')"
    if table.types[place] == "TIMESTAMP WITH TIME ZONE":
        # A moment: its day is that of UTC on every machine, and not that of the zone of this one.
        return f"CAST(make_timestamp(epoch_us({name})) AS VARCHAR)"
    if table.types[place] != "VARCHAR":
        return f"CAST({name} AS VARCHAR)"
    return f"nullif({plain_blanks(name)}, '')"


def _parquet_names(con: duckdb.DuckDBPyConnection, path: Path) -> tuple[str, ...]:
    """The columns as the file names them: DuckDB, to which `paid` and `Paid` are one, calls the second `Paid_1`."""
    rows = con.execute(
        f"SELECT name, coalesce(num_children, 0) FROM parquet_schema({literal(path)})"
    ).fetchall()
    names: list[str] = []
    within = 0  # parts of a nested column that are still to come
    for name, children in rows[1:]:
        if within == 0:
            names.append(str(name))
        else:
            within -= 1
        within += int(children)
    return tuple(names)


def _read_parquet(path: Path, more: str = "") -> str:
    """A Parquet file as a relation: its folders' names are no columns, however they are written."""
    return f"read_parquet({literal(path)}, hive_partitioning = false{more})"


def parquet_rows(con: duckdb.DuckDBPyConnection, source: Source, table: Table, most: int) -> list[list[str]]:
    """The first rows of a Parquet file, as the text that is read of them."""
    cells = ", ".join(f"coalesce({_parquet_text(table, place)}, '')" for place in range(len(table.headers)))
    try:
        return [
            list(row)
            for row in con.execute(
                f"SELECT {cells} FROM {_read_parquet(source.path)} LIMIT {most}"
            ).fetchall()
        ]
    except duckdb.Error:
        raise _damaged_parquet(source) from None


def csv_relation(path: Path, dialect: sniff.Dialect, width: int, rejects: str | None) -> str:
    """A text as a relation of columns c0, c1, ...; what is no row goes to the table `rejects`, or is an error."""
    names = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(width))
    nulls = ", ".join(literal(null) for null in NULLS)
    keep = f", store_rejects = true, rejects_table = '{rejects}', rejects_scan = '{rejects}_scan', rejects_limit = 1"
    return (
        f"read_csv({literal(path)}, hive_partitioning = false, auto_detect = false, header = true, "
        f"skip = {dialect.skip}, "
        f"delim = {literal(dialect.delimiter)}, quote = '\"', escape = '\"', nullstr = [{nulls}], "
        f"columns = {{{names}}}{keep if rejects else ''})"
    )


def _all_there(source: Source, rows: int, above: int) -> bool:
    """Whether `rows`, a header and the lines `above` are the lines that the intake counted on its own."""
    expected = rows + 1 + above
    if source.lines is None or source.lines == expected:
        return True
    return source.lines - blank_lines(source.path) == expected


def _below(skip: int, judge: footers.Judge | None = None) -> exact_csv.Cut:
    """Cuts records after `skip` lines; a row that `judge` tells is no claim line becomes the reason."""

    def cut(lines: Iterator[str], delimiter: str, width: int) -> Iterator[list[str] | str]:
        for place, record in enumerate(
            exact_csv.records(itertools.islice(lines, skip, None), delimiter, width)
        ):
            reason = None if place == 0 or judge is None or isinstance(record, str) else judge.reason(record)
            yield reason or record

    return cut


def _exactly(
    source: Source, table: Table, select: str, staged: Staged, workspace: Path, judge: footers.Judge
) -> Staged:
    """Stage a copy in which every row has the header's number of values and its own number."""
    assert table.dialect is not None
    number = next(_serial)
    sound, aside = workspace / f"sound-{number}.csv", workspace / f"malformed-{number}.csv"
    cut = _below(table.dialect.skip, judge)
    malformed = exact_csv.rewrite(source.path, sound, aside, table.dialect, NULLS, cut)
    width = len(table.headers)
    plain = sniff.Dialect(",", (), 0)
    rows, others = csv_relation(sound, plain, width + 1, None), csv_relation(aside, plain, 2, None)
    return replace(
        staged,
        select=f"SELECT {select}, CAST(c{width} AS BIGINT) AS source_pos FROM {rows}",
        has_position=True,
        malformed=malformed,
        malformed_select=(
            f"SELECT CAST(c0 AS BIGINT) AS source_pos, {reason_code('c1')} AS reason_code, c1 AS reason, "
            f"NULL AS claim_id, NULL AS line_no, NULL AS charge, NULL AS paid FROM {others}"
        ),
    )


def reason_code(reason: str) -> str:
    """SQL: the code of a reason for which a row was set aside as it was read."""
    cases = " ".join(f"WHEN {literal(text)} THEN {literal(code)}" for text, code in footers.CODES.items())
    return f"CASE {reason} {cases} ELSE 'row_malformed' END"


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
