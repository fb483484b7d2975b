"""A pack's own tables: ``tables/NAME.yaml`` says what the columns are, ``tables/NAME.csv`` holds the dated rows.

Lists of a payer's policy stand so: codes that need prior authorisation, filing limits, frequency limits. A rule names
such a table as it names one of the library's. Its rows answer for every date, so that a code without a row in force is
*not listed*, not *not evaluated*.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from auditor.base.errors import InputRefused
from auditor.rules.fields import TABLE_FIELDS, FieldType
from auditor.rules.library_tables import TableFields
from auditor.rules.pack_rows import DAYS, KINDS, read_rows
from auditor.rules.shapes import known_keys, line_of, nearest, section, text, texts
from auditor.rules.yaml_strict import LineDict, read_bytes, read_yaml, refuse, told

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FOLDER: Final = "tables"
ANSWERS: Final = (date(1, 1, 1), date(9999, 12, 31))
"""The dates for which a pack's own table answers: all."""
MOST_BYTES: Final = 50_000_000
MOST_COLUMNS: Final = 60
_KEYS = ("title", "columns", "key", "code_column", "source", "url")
_TABLE_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}\Z")
_COLUMN_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_TAKEN = frozenset({"answers", "coverage", "coverage_policy", "descriptor", "ncci_aoc_listed"})
"""Names of tables that an audit makes besides those a rule may name."""
_SPECIAL = frozenset({"row_no", "edition", "primaries", "covered_elsewhere", *DAYS})
"""Columns that mean something of their own in every table."""
RESERVED: Final = frozenset(
    (
        "all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create "
        "default deferrable desc describe distinct do else end except false fetch for foreign from group having in "
        "initially intersect into lambda lateral leading limit not null offset on only or order pivot pivot_longer "
        "pivot_wider placing primary qualify references returning select show some summarize symmetric table then to "
        "trailing true union unique unpivot using variadic when where window with"
    ).split()
)
"""Words of SQL that cannot name a column."""


@dataclass(frozen=True)
class TableSpec:
    """A pack's own table.

    ``fields`` are those that a rule may read of a row, with their types; ``columns`` the table's own of them, in the
    order of ``rows``, whose last two values are the first and the last day in force (inclusive). Amounts are in cents.
    ``key`` names a row among those in force on one day. ``code_column`` holds CPT or HCPCS codes, and nothing else.
    ``edition`` is the pack's id and version, ``sha256`` that of the two files one after the other.
    """

    name: str
    title: str
    columns: Mapping[str, FieldType]
    key: tuple[str, ...]
    code_column: str
    source: str
    url: str
    edition: str
    path: Path
    sha256: str
    rows: tuple[tuple[Any, ...], ...] = field(repr=False)

    @property
    def fields(self) -> Mapping[str, FieldType]:
        """The fields of a row by name."""
        return {"edition": "text", **self.columns, "effective": "date", "deleted": "date"}

    @property
    def sql_columns(self) -> dict[str, str]:
        """The SQL types of the table's own columns."""
        return {name: KINDS[kind] for name, kind in self.columns.items()}


def load_pack_tables(folder: Path, edition: str = "") -> dict[str, TableSpec]:
    """The tables of the pack in ``folder``, by name; none where it has no ``tables/``.

    ``edition`` is the pack's id and version, the folder's name if it has none. Raises InputRefused (exit 3), naming
    file and line, for whatever is not a sound table: nothing is skipped and nothing is guessed.
    """
    place = folder / FOLDER
    if not place.is_dir():
        return {}
    found = [path for path in place.iterdir() if not path.name.startswith(".")]
    named = {end: {path.stem: path for path in found if path.suffix == end} for end in (".yaml", ".csv")}
    for one, other in ((".yaml", ".csv"), (".csv", ".yaml")):
        for name in sorted(set(named[one]) - set(named[other])):
            raise refuse(
                named[one][name], 1, "table refused", f"it has no {FOLDER}/{name}{other} beside it",
                "a table is two files: what its columns are (.yaml) and its rows (.csv)",
            )  # fmt: skip
    return {
        name: load_table(path, named[".csv"][name], edition or folder.name)
        for name, path in sorted(named[".yaml"].items())
    }


def load_table(described: Path, listed: Path, edition: str) -> TableSpec:
    """One table of the two files that make it. Raises InputRefused."""
    name = described.stem
    data = read_yaml(described)
    known_keys(described, data, _KEYS)
    for needed in ("title", "columns", "key", "source"):
        if not data.get(needed):
            raise refuse(
                described, line_of(data), f"`{needed}` is missing", "a table says what it is and where it is from",
                f"add `{needed}:`",
            )  # fmt: skip
    _check_name(described, name)
    columns = _columns(described, section(described, data, "columns"))
    key = texts(described, data, "key")
    for place, column in enumerate(key):
        if column not in columns or column in key[:place]:
            raise refuse(
                described, line_of(data, "key"), f"key `{column}` refused",
                "it is named twice" if column in columns else "it is no column of the table", nearest(column, columns),
            )  # fmt: skip
    code_column = text(described, data, "code_column")
    if code_column and columns.get(code_column) != "text":
        raise refuse(
            described, line_of(data, "code_column"), f"`code_column: {code_column}` refused",
            "it must be a column of type text", nearest(code_column, columns),
        )  # fmt: skip
    content = read_bytes(listed, MOST_BYTES)
    spec = TableSpec(
        name=name,
        title=text(described, data, "title"),
        columns=columns,
        key=key,
        code_column=code_column,
        source=text(described, data, "source"),
        url=text(described, data, "url"),
        edition=edition,
        path=listed,
        sha256=hashlib.sha256(read_bytes(described, MOST_BYTES) + content).hexdigest(),
        rows=(),
    )
    return replace(spec, rows=tuple(read_rows(listed, content, columns, key, code_column)))


class KnownTables(Mapping[str, "Mapping[str, FieldType]"]):
    """The fields of a pack's own tables and of the library's; equal where the files of the pack's tables are.

    It does not change, and has a hash, by which the loader knows a rule that it has made before.
    """

    def __init__(self, specs: Mapping[str, TableSpec]) -> None:
        self._own = {name: TableFields(spec.fields, spec.key, spec.title) for name, spec in specs.items()}
        self._files = tuple(sorted((name, spec.sha256) for name, spec in specs.items()))

    def __getitem__(self, name: str) -> Mapping[str, FieldType]:
        return self._own[name] if name in self._own else TABLE_FIELDS[name]

    def __contains__(self, name: object) -> bool:
        return name in self._own or name in TABLE_FIELDS

    def __iter__(self) -> Iterator[str]:
        return iter({**dict.fromkeys(TABLE_FIELDS), **dict.fromkeys(self._own)})

    def __len__(self) -> int:
        return len(TABLE_FIELDS.keys() | self._own.keys())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KnownTables) and self._files == other._files

    def __hash__(self) -> int:
        return hash(self._files)


def known_tables(specs: Mapping[str, TableSpec]) -> Mapping[str, Mapping[str, FieldType]]:
    """The fields of every table that a rule may name, these and the library's: the loader's ``tables``."""
    return KnownTables(specs)


def clash(name: str, first: str, second: str) -> InputRefused:
    """The refusal of a table that two packs have; ``first`` and ``second`` are the packs as messages name them."""
    return InputRefused(
        f"table {told(name)} stands in two packs",
        where=f"{told(first)} and {told(second)}",
        why="a rule that names it could mean either",
        mend="rename one of the two, and what its rules say of it",
    )


def attach_pack_tables(con: DuckDBPyConnection, specs: Iterable[TableSpec]) -> None:
    """Make ``ref_<name>`` of each table and add to ``ref_answers`` that it answers for all dates.

    Columns: row_no (by key and days), edition, those of the table, effective and deleted (inclusive, 9999-12-31 where
    open); amounts in cents.
    """
    con.execute(
        "CREATE TABLE IF NOT EXISTS ref_answers (table_name VARCHAR, setting VARCHAR, date_from DATE, date_to DATE, "
        "edition VARCHAR)"
    )
    specs = sorted(specs, key=lambda spec: spec.name)
    for spec in specs:
        kinds = {**spec.sql_columns, "effective": "DATE", "deleted": "DATE"}
        own = ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())
        con.execute(f"CREATE OR REPLACE TABLE ref_{spec.name} (row_no BIGINT, edition VARCHAR, {own})")
        if spec.rows:
            picked = ", ".join(f'unnest(?::{kind}[]) AS "{name}"' for name, kind in kinds.items())
            order = ", ".join(f'"{name}"' for name in (*spec.key, "effective"))
            con.execute(
                f"INSERT INTO ref_{spec.name} SELECT row_number() OVER (ORDER BY {order}), ?, * FROM (SELECT {picked})",
                [spec.edition, *(list(column) for column in zip(*spec.rows, strict=True))],
            )
    if specs:
        names, editions = [spec.name for spec in specs], [spec.edition for spec in specs]
        con.execute("DELETE FROM ref_answers WHERE table_name IN (SELECT unnest(?))", [names])
        con.execute(
            "INSERT INTO ref_answers SELECT unnest(?), '*', ?::DATE, ?::DATE, unnest(?)",
            [names, *ANSWERS, editions],
        )


def _check_name(path: Path, name: str) -> None:
    if not _TABLE_NAME.match(name):
        raise refuse(
            path, 1, f"table name `{name}` refused", "a name is made of small letters, digits and _, and begins with "
            "a letter", "rename both files, as in prior_auth_codes.yaml and prior_auth_codes.csv",
        )  # fmt: skip
    if name in _TAKEN or name in TABLE_FIELDS or _is_stored(name):
        raise refuse(
            path, 1, f"table name `{name}` refused", "the reference library has a table of that name",
            "rename both files: put the payer's name before it",
        )  # fmt: skip


def _is_stored(name: str) -> bool:
    from auditor.reference.tables import TABLES

    return name in TABLES


def _columns(path: Path, block: LineDict) -> dict[str, FieldType]:
    found: dict[str, FieldType] = {}
    for name, kind in block.items():
        line = line_of(block, name)
        if not _COLUMN_NAME.match(name) or name in RESERVED:
            why = "it is a word of SQL" if name in RESERVED else "it is made of small letters, digits and _"
            raise refuse(
                path, line, f"column name `{name}` refused", why, "call it otherwise, as in max_units"
            )
        if name in _SPECIAL:
            every = (
                "every table has it without being asked"
                if name in {"edition", *DAYS}
                else "it has a meaning of its own"
            )
            raise refuse(path, line, f"column `{name}` refused", every, "leave it out, or call it otherwise")
        if kind not in KINDS:
            raise refuse(
                path,
                line,
                f"column `{name}`: type `{kind}` is not known",
                "the set is closed",
                nearest(str(kind), KINDS),
            )
        found[name] = kind
    if not found or len(found) > MOST_COLUMNS:
        raise refuse(
            path, block.line, "`columns` refused", f"a table has 1 to {MOST_COLUMNS}", "name its columns"
        )
    return found
