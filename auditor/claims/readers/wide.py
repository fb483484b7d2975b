"""Layouts in which a record is not yet a claim line: laid down as named columns of text, then made into lines by SQL.

A source is read once, wholly, into a Parquet file of the workspace that has the columns a layout needs and the place of
every record. What makes lines of it (one record may give many, or needs another file beside it) is one SELECT, whose
result is laid down in order before the canonical step reads it: no join stands between a file and the table of lines.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from auditor.base.errors import InputRefused
from auditor.claims.blanks import plain_blanks
from auditor.claims.readers import exact_csv
from auditor.claims.readers.table import NULLS, read_error
from auditor.claims.sources.intake import Source, blank_lines
from auditor.claims.sources.sniff import DELIMITERS, HEAD_BYTES, Dialect
from auditor.claims.words import literal

_ROWS_IN_A_GROUP = 20_480
_serial = itertools.count()
_UNREADABLE = (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException)


@dataclass(frozen=True)
class Laid:
    """A source laid down. `relation` has `pos` BIGINT, from 1, and a VARCHAR for every column that was asked for.

    `known` are
    these columns, `present` those that the source has; the others are NULL. Blanks around a value are gone and nothing
    left is NULL. `rows` counts the records of the relation, `malformed` those that are none; `aside` is a SELECT of
    these with the columns of `ASIDE`, or empty.
    """

    relation: str
    known: frozenset[str]
    present: frozenset[str]
    rows: int
    malformed: int = 0
    aside: str = ""


@dataclass(frozen=True)
class Heads:
    """The header of a source; `dialect` says how a text is cut, None for Parquet and where there is no header.

    `quoted` says that its names stand in quotes.
    """

    headers: tuple[str, ...]
    dialect: Dialect | None
    quoted: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The headers as names of columns, in lower case."""
        return tuple(header.lower() for header in self.headers)


def new_file(workspace: Path) -> Path:
    """A new name for a Parquet file in the workspace."""
    return workspace / f"wide-{next(_serial)}.parquet"


def heads_of(con: duckdb.DuckDBPyConnection, source: Source) -> Heads:
    """The header of a source: its first line that is not blank, or the columns of Parquet. None of a text without."""
    if source.xlsx:
        return Heads((), None)
    if source.parquet:
        try:
            rows = con.execute(f"DESCRIBE SELECT * FROM {_read_parquet(source.path)}").fetchall()
        except duckdb.Error:
            return Heads((), None)
        return Heads(tuple(str(row[0]) for row in rows), None)
    with source.path.open(encoding="utf-8-sig", newline="", errors="replace") as stream:
        lines = stream.read(HEAD_BYTES).splitlines()
    skip = next((n for n, line in enumerate(lines) if line.strip()), None)
    if skip is None:
        return Heads((), None)
    best: tuple[str, ...] = ()
    dialect = None
    for delimiter in DELIMITERS:
        try:
            headers = tuple(value.strip() for value in next(csv.reader([lines[skip]], delimiter=delimiter)))
        except csv.Error:
            continue
        if len(headers) > max(len(best), 1):
            best, dialect = headers, Dialect(delimiter, headers, skip)
    return Heads(best, dialect, '"' in lines[skip])


def lay_down(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    heads: Heads,
    wanted: Sequence[str],
    workspace: Path,
    *,
    quote: str = '"',
    cut: exact_csv.Cut | None = None,
) -> Laid:
    """Lay down the `wanted` columns of a table with a header. `cut` is used where the fast reader does not get all,
    in place of :func:`exact_csv.records`.

    Raises InputRefused where a wanted name stands twice in the header, and for content that cannot be read.
    """
    names = heads.names
    twice = sorted({name for name in names if name in wanted and names.count(name) > 1})
    if twice:
        raise InputRefused(
            f"two columns are called {twice[0].upper()}", where=source.name, mend="Drop one of them."
        )
    places = {name: names.index(name) for name in wanted if name in names}
    if heads.dialect is None:
        return _lay_parquet(con, source, heads, places, wanted, workspace)
    width = len(names) + _surplus(source, heads.dialect)
    value = _trimmed if source.ascii else lambda n: _trimmed(n, plain_blanks)
    columns = {name: value(f"c{place}") for name, place in places.items()}
    rejects = f"wide_rejects_{next(_serial)}"
    relation = _read_csv(source.path, heads.dialect, width, quote, rejects)
    target = new_file(workspace)
    try:
        rows = copy(con, f"SELECT {_listed(columns)} FROM {relation}", target)
        found = con.execute(f"SELECT count(*) FROM {rejects}").fetchone()
    except _UNREADABLE:
        rows, found = -1, None
    for name in (rejects, f"{rejects}_scan"):
        con.execute(f"DROP TABLE IF EXISTS {name}")
    if found == (0,) and _all_there(source, rows):
        return Laid(_laid(target, wanted, columns, True), frozenset(wanted), frozenset(columns), rows)
    return _exactly(con, source, heads.dialect, columns, wanted, workspace, cut)


def lay_lines(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    columns: Mapping[str, str],
    wanted: Sequence[str],
    sound: str,
    workspace: Path,
) -> Laid:
    """Lay down a text without delimiter or header: `columns` are SQL over `line`; `sound` is SQL that a record meets.

    Blank lines are no records. A line that is not sound is counted malformed.
    """
    text = (
        f"read_csv({literal(source.path)}, hive_partitioning = false, auto_detect = false, header = false, "
        "delim = '\x01', quote = '', escape = '', nullstr = '\x02', max_line_size = 16777216, "
        "columns = {'line': 'VARCHAR'})"
    )
    target = new_file(workspace)
    listed = _listed({name: _trimmed(sql) for name, sql in columns.items()})
    told = f"coalesce({sound}, false) AS sound, {_trimmed('line')} IS NULL AS blank"
    try:
        read = copy(con, f"SELECT {told}, {listed} FROM {text}", target)
    except _UNREADABLE:
        raise read_error(source) from None
    if source.lines is not None and source.lines - blank_lines(source.path) != read:
        raise read_error(source)
    counted = con.execute(
        f"SELECT count(*) FILTER (sound), count(*) FILTER (NOT sound AND NOT blank) "
        f"FROM read_parquet({literal(target)}, hive_partitioning = false)"
    ).fetchone()
    rows, malformed = counted or (0, 0)
    staged = f"read_parquet({literal(target)}, hive_partitioning = false, file_row_number = true)"
    base = f"(SELECT *, file_row_number + 1 AS pos FROM {staged})"
    aside = (
        "SELECT pos AS source_pos, 'row_malformed' AS reason_code, 'the line is not of its layout' AS reason, "
        f"{_nothing('claim_id', 'line_no', 'charge', 'paid')} FROM {base} WHERE NOT sound AND NOT blank"
    )
    chosen = _columns_or_null(wanted, columns)
    relation = f"(SELECT {chosen}, pos FROM {base} WHERE sound)"
    return Laid(
        relation,
        frozenset(wanted),
        frozenset(columns),
        rows,
        malformed,
        aside if malformed else "",
    )


def require(laid: Laid, needed: Sequence[tuple[str, ...]], layout: str, where: str) -> None:
    """Raise InputRefused, naming the columns, where none of a group of `needed` columns is present."""
    lacking = [" or ".join(map(str.upper, group)) for group in needed if not laid.present & set(group)]
    if lacking:
        raise InputRefused(
            f"this {layout} file has no column {', '.join(lacking)}",
            where=where,
            why="Without it no line can be audited.",
            mend="Export the file again with all columns of its layout.",
        )


def numbered(pattern: str, last: int) -> tuple[str, ...]:
    """`pattern` with 1 to `last` in place of its `#`."""
    return tuple(pattern.replace("#", str(n)) for n in range(1, last + 1))


def _trimmed(x: str, plain: Callable[[str], str] = lambda x: x) -> str:
    return f"nullif(trim({plain(x)}, ' \t\r'), '')"


def _listed(columns: Mapping[str, str]) -> str:
    # A table of nothing but its places still has rows.
    return ", ".join(f"{sql} AS {name}" for name, sql in columns.items()) or "true AS nothing"


def _columns_or_null(wanted: Sequence[str], present: Mapping[str, object]) -> str:
    return ", ".join(name if name in present else f"CAST(NULL AS VARCHAR) AS {name}" for name in wanted)


def _nothing(*names: str) -> str:
    return ", ".join(f"CAST(NULL AS VARCHAR) AS {name}" for name in names)


def _laid(path: Path, wanted: Sequence[str], columns: Mapping[str, object], counted: bool) -> str:
    """The file of a laid source as a relation; `counted`: the place of a record is its place in the file."""
    chosen = _columns_or_null(wanted, columns)
    if counted:
        return (
            f"(SELECT {chosen}, file_row_number + 1 AS pos "
            f"FROM read_parquet({literal(path)}, hive_partitioning = false, file_row_number = true))"
        )
    return f"(SELECT {chosen}, pos FROM read_parquet({literal(path)}, hive_partitioning = false))"


def _read_parquet(path: Path) -> str:
    return f"read_parquet({literal(path)}, hive_partitioning = false)"


def copy(con: duckdb.DuckDBPyConnection, select: str, target: Path) -> int:
    """Write the rows of `select` to a Parquet file, in their order, and return their number."""
    done = con.execute(
        f"COPY ({select}) TO {literal(target)} (FORMAT parquet, COMPRESSION lz4, ROW_GROUP_SIZE {_ROWS_IN_A_GROUP})"
    ).fetchone()
    return 0 if done is None else int(done[0])


def _surplus(source: Source, dialect: Dialect) -> int:
    """1 where records end with a delimiter more than the header has, as some exports write them; else 0."""
    with source.path.open(encoding="utf-8-sig", newline="", errors="replace") as stream:
        head = [line for line in stream.read(HEAD_BYTES).splitlines() if line.strip()]
    first = head[1].split(dialect.delimiter) if len(head) > 1 else []
    return int(len(first) == len(dialect.headers) + 1 and not first[-1].strip())


def _read_csv(path: Path, dialect: Dialect, width: int, quote: str = '"', rejects: str = "") -> str:
    names = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(width))
    nulls = ", ".join(literal(null) for null in NULLS)
    keep = f", store_rejects = true, rejects_table = '{rejects}', rejects_scan = '{rejects}_scan', rejects_limit = 1"
    return (
        f"read_csv({literal(path)}, hive_partitioning = false, auto_detect = false, header = true, "
        f"skip = {dialect.skip}, delim = {literal(dialect.delimiter)}, quote = {literal(quote)}, "
        f"escape = {literal(quote)}, nullstr = [{nulls}], columns = {{{names}}}{keep if rejects else ''})"
    )


def _all_there(source: Source, rows: int) -> bool:
    """Whether `rows` and a header are the lines that the intake counted on its own, where it could."""
    if source.lines is None or source.lines == rows + 1:
        return True
    return source.lines - blank_lines(source.path) == rows + 1


def _exactly(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    dialect: Dialect,
    columns: Mapping[str, str],
    wanted: Sequence[str],
    workspace: Path,
    cut: exact_csv.Cut | None,
) -> Laid:
    """Lay down record by record, with those that are none named."""
    number, width = next(_serial), len(dialect.headers)
    sound, aside = workspace / f"wide-sound-{number}.csv", workspace / f"wide-aside-{number}.csv"
    malformed = exact_csv.rewrite(source.path, sound, aside, dialect, NULLS, cut)
    plain = Dialect(",", (), 0)
    target = new_file(workspace)
    rows = copy(
        con,
        f"SELECT {_listed(columns)}, CAST(c{width} AS BIGINT) AS pos FROM {_read_csv(sound, plain, width + 1)}",
        target,
    )
    others = (
        "SELECT CAST(c0 AS BIGINT) AS source_pos, 'row_malformed' AS reason_code, c1 AS reason, "
        f"{_nothing('claim_id', 'line_no', 'charge', 'paid')} FROM {_read_csv(aside, plain, 2)}"
    )
    return Laid(
        _laid(target, wanted, columns, False),
        frozenset(wanted),
        frozenset(columns),
        rows,
        malformed,
        others if malformed else "",
    )


def _lay_parquet(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    heads: Heads,
    places: Mapping[str, int],
    wanted: Sequence[str],
    workspace: Path,
) -> Laid:
    columns = {
        name: _trimmed('CAST("' + heads.headers[place].replace('"', '""') + '" AS VARCHAR)', plain_blanks)
        for name, place in places.items()
    }
    target = new_file(workspace)
    try:
        rows = copy(
            con,
            f"SELECT {_listed(columns)} FROM {_read_parquet(source.path)}",
            target,
        )
    except _UNREADABLE:
        raise read_error(source) from None
    return Laid(_laid(target, wanted, columns, True), frozenset(wanted), frozenset(columns), rows)
