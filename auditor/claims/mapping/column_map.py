"""A column map: what a user says of a file whose headers do not tell what its columns hold.

It is data, read from a file (`map_file`) or made of a plain `field: header` mapping, applied to the headers of a
file (`headers`) and turned into SQL where its cells are staged (`map_sql`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from auditor.claims.model import plain_key

VERSION: Final = 1
"""The version of the form of the map that this program writes and reads."""
EXCEL_DAYS: Final = "excel"
"""The date format of a spreadsheet's day numbers: 45413 is 2024-05-01."""
POSITION: Final = "position"
"""The constant of line_no in a file without numbers of lines: each takes its position in its claim."""


@dataclass(frozen=True)
class Split:
    """A cell of several values: the part between `separator`s that is meant, counted from 1."""

    separator: str
    part: int


@dataclass(frozen=True)
class Written:
    """Where the values of one field stand, and how they are written.

    `columns` are headers, of which the first that a file has is taken; `constant` stands in their place.
    `date_format` is as the user wrote it (`DD/MM/YYYY`, `%d/%m/%Y`, `excel`), blank for the usual forms; `decimal` is
    the decimal mark; `split` takes one of several values in a cell.
    """

    columns: tuple[str, ...] = ()
    constant: str = ""
    date_format: str = ""
    decimal: str = "."
    split: Split | None = None

    @property
    def is_plain(self) -> bool:
        """Whether the cells are taken as they stand."""
        return not (self.constant or self.date_format or self.split) and self.decimal == "."


@dataclass(frozen=True)
class ColumnMap:
    """What a user says of a file: a :class:`Written` a field, and what holds for the whole feed.

    `line_of_business` and `payer_id` fill lines that say nothing of theirs; `delimiter` is how a text is cut; columns
    in `ignore` are not looked at. `made_for` are the headers for which the map was made, `name` is the file it was
    read from; neither decides anything.
    """

    fields: Mapping[str, Written] = field(default_factory=lambda: MappingProxyType({}))
    line_of_business: str = ""
    payer_id: str = ""
    delimiter: str = ""
    ignore: tuple[str, ...] = ()
    made_for: tuple[str, ...] = ()
    name: str = field(default="", compare=False)

    def __bool__(self) -> bool:
        """Whether it says anything."""
        return bool(self.fields or self.line_of_business or self.payer_id or self.delimiter or self.ignore)

    def recorded(self) -> dict[str, Any]:
        """All that bears on the result, as plain data: `field: header` where nothing else is said of a field."""
        told: dict[str, Any] = {name: _recorded(written) for name, written in self.fields.items()}
        feed = {
            name: value
            for name in ("line_of_business", "payer_id", "delimiter")
            if (value := str(getattr(self, name)))
        }
        if feed:
            told["feed"] = feed
        if self.ignore:
            told["ignore"] = list(self.ignore)
        if self.made_for:
            told["made_for"] = {"header": signature(self.made_for), "columns": list(self.made_for)}
        return told


NO_MAP: Final = ColumnMap()


def as_column_map(said: ColumnMap | Mapping[str, Any] | None) -> ColumnMap:
    """A map of what was `recorded`, or of plain `field: header`; a map passes through."""
    if isinstance(said, ColumnMap):
        return said
    if not said:
        return NO_MAP
    feed = said.get("feed") or {}
    return ColumnMap(
        {name: _written(value) for name, value in said.items() if name not in ("feed", "ignore", "made_for")},
        str(feed.get("line_of_business", "")),
        str(feed.get("payer_id", "")),
        str(feed.get("delimiter", "")),
        tuple(said.get("ignore") or ()),
        tuple((said.get("made_for") or {}).get("columns", ())),
    )


def signature(headers: Sequence[str]) -> str:
    """Twelve hex digits that tell one header from another, whatever its case, blanks and punctuation."""
    return hashlib.sha256("\n".join(map(plain_key, headers)).encode()).hexdigest()[:12]


def _recorded(written: Written) -> Any:
    if written.is_plain and len(written.columns) == 1:
        return written.columns[0]
    told: dict[str, Any] = {}
    if written.columns:
        told["column"] = written.columns[0] if len(written.columns) == 1 else list(written.columns)
    for name in ("constant", "date_format"):
        if value := getattr(written, name):
            told[name] = value
    if written.decimal != ".":
        told["decimal"] = written.decimal
    if written.split is not None:
        told["split"] = {"separator": written.split.separator, "part": written.split.part}
    return told


def _written(value: Any) -> Written:
    if not isinstance(value, Mapping):
        return Written((str(value),))
    columns = value.get("column", ())
    split = value.get("split")
    return Written(
        (columns,) if isinstance(columns, str) else tuple(columns),
        str(value.get("constant", "")),
        str(value.get("date_format", "")),
        str(value.get("decimal", ".")),
        None if split is None else Split(str(split["separator"]), int(split["part"])),
    )
