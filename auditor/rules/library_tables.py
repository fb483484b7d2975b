"""What a rule may ask of the library's tables beyond those of NCCI and coverage, as their importers declare it.

The importers are looked at when such a table is named for the first time: programs that name none start without them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from auditor.rules.fields import FieldType

V = TypeVar("V")

_TYPES: dict[str, FieldType] = {
    "VARCHAR": "text",
    "INTEGER": "integer",
    "DECIMAL(18,6)": "number",
    "DATE": "date",
    "BOOLEAN": "flag",
}
"""Amounts are numbers here: those of a fee schedule have more decimals than cents have."""


class TableFields(dict[str, "FieldType"]):
    """The fields of a table that is not the library's, with what names one of its rows and what it is called."""

    def __init__(self, fields: Mapping[str, FieldType], key: tuple[str, ...], title: str) -> None:
        super().__init__(fields)
        self.key, self.title = key, title


class WithLibrary(Mapping[str, V], Generic[V]):
    """A mapping by table: what is given for some tables, what the library's declare for all others."""

    def __init__(self, given: Mapping[str, V], made: Callable[[str], V]) -> None:
        self._given, self._made, self._known = given, made, dict[str, V]()

    def __getitem__(self, name: str) -> V:
        if name in self._given:
            return self._given[name]
        if name not in self._known:
            if name not in _columns():
                raise KeyError(name)
            self._known[name] = self._made(name)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._given
        yield from (name for name in _columns() if name not in self._given)

    def __len__(self) -> int:
        return len(list(iter(self)))


class OwnName(dict[str, str]):
    """A mapping by table that gives a table's own name where it holds no other."""

    def __missing__(self, name: str) -> str:
        return name


def fields_of_table(name: str) -> dict[str, FieldType]:
    """The fields of a row of one of the library's tables, with its edition and its days in force."""
    own = {column: _TYPES[kind] for column, kind in _columns()[name].items()}
    return {"edition": "text", **own, "effective": "date", "deleted": "date"}


def key_of_table(name: str) -> tuple[str, ...]:
    """What names a row of the table, without its days, so that it is the same after a re-issue."""
    from auditor.reference.tables import TABLES

    own = _columns()[name]
    return tuple(column for column in TABLES[name].key if column in own)


def title_of_table(name: str) -> str:
    """What the table is called where its row is cited."""
    from auditor.reference.tables import TABLES

    return TABLES[name].title


@lru_cache(maxsize=1)
def _columns() -> Mapping[str, Mapping[str, str]]:
    from auditor.reference.columns import own_columns

    return own_columns()
