"""Every field that a rule may ask: of claim lines, claims, pairs, sums, clocks and absent lines, and of each table."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from auditor.base.errors import UsageError
from auditor.reference.importers import IMPORTERS
from auditor.reference.importers.titled import TitledImporter
from auditor.rules import fields
from auditor.rules.pack_tables import TableSpec
from auditor.workbench.field_words import EVERY_ROW, ROLES, TABLES, meaning


@dataclass(frozen=True)
class AskedField:
    """One field: its name, its type and what it is, in one sentence."""

    name: str
    type: str
    about: str


@dataclass(frozen=True)
class FieldsOf:
    """The fields of one kind of role, or the columns of one table; ``title`` says what it is."""

    name: str
    kind: str
    title: str
    fields: tuple[AskedField, ...]


def field_list(packs: Sequence[TableSpec] = (), name: str = "") -> list[FieldsOf]:
    """The fields of every kind of role and of every table of the library and of ``packs``; or of that called ``name``.

    Raises UsageError (exit 2) for a name that is neither, with the nearest.
    """
    own = {spec.name: spec for spec in packs}
    known = list(dict.fromkeys([*ROLES, *fields.TABLE_FIELDS, *own]))
    wanted = {"claim_line": "line"}.get(name, name)
    if name and wanted not in known:
        near = difflib.get_close_matches(name, known, 1)
        raise UsageError(
            f"no kind of role and no table is called {name}",
            where="ROLE | TABLE",
            why="a role that a rule names itself is a line, a claim, a sum or a row of a table",
            mend=f"did you mean {near[0]}?" if near else f"one of {', '.join(ROLES)}, or a table",
        )
    return [_fields_of(item, own) for item in known if not name or item == wanted]


def _fields_of(name: str, packs: Mapping[str, TableSpec]) -> FieldsOf:
    if name in ROLES:
        title, types, _ = ROLES[name]
        found = [AskedField(field, kind, meaning(field, name)) for field, kind in types.items()]
        return FieldsOf(name, "role", title, tuple(found))
    spec = packs.get(name)
    columns = spec.fields if spec is not None else fields.TABLE_FIELDS[name]
    title = f"{spec.title} (pack {spec.edition})" if spec is not None else fields.TABLE_NAMES[name]
    about = (
        {column: _of_pack(column, spec) for column in spec.columns} if spec is not None else _of_library(name)
    )
    return FieldsOf(
        name,
        "table",
        title,
        tuple(
            AskedField(column, kind, about.get(column) or EVERY_ROW.get(column) or f"{_spoken(column)}.")
            for column, kind in columns.items()
        ),
    )


def _of_library(table: str) -> Mapping[str, str]:
    """What the columns of one of the library's tables are."""
    if table in TABLES:
        return TABLES[table]
    return {column: f"Published as {title}." for column, title in _published().get(table, {}).items()}


@lru_cache(maxsize=1)
def _published() -> Mapping[str, Mapping[str, str]]:
    """By table and column: the title under which a column is published."""
    return {
        table.name: {column.name: column.titles[0] for column in importer.columns[variant] if column.titles}
        for importer in IMPORTERS
        if isinstance(importer, TitledImporter)
        for variant, table in importer.tables.items()
    }


def _of_pack(column: str, spec: TableSpec) -> str:
    """What a column of a pack's own table is."""
    if column == spec.code_column:
        return "The code that the row is about."
    if column in spec.key:
        others = [name for name in spec.key if name != column]
        return f"Names the row, together with {' and '.join(others)}." if others else "Names the row."
    return f"{_spoken(column)}, as the row says it."


def _spoken(name: str) -> str:
    return name.replace("_", " ").strip().capitalize()
