"""The seam between formats and the canonical model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import duckdb

from auditor.claims.feed import ReadOptions
from auditor.claims.intake import Source


@dataclass(frozen=True)
class Staged:
    """A source ready to be read by one SQL statement.

    `select` is a SELECT with a VARCHAR column for every field in `fields`, named as the field, rows in source
    order; `has_position` says that it also has `source_pos` BIGINT, else the position is the order of the rows.
    `date_of_claim` says that it has a BOOLEAN column of that name, true where the line's date is the claim's.
    `recheck`, called with the number of rows that `select` gave (None: it failed), returns None when they are all
    there, or a slower staging that must be read instead. `malformed` counts the rows that `select` leaves out because
    they are no rows of a table; `malformed_select` gives them as (source_pos BIGINT, reason VARCHAR). `date_orders`
    says of a column of dates whether 03/04/2024 is in March (which it is where nothing is said), April or neither.
    """

    select: str
    fields: frozenset[str]
    format: str
    has_position: bool = False
    date_of_claim: bool = False
    modifier_columns: int = 0
    unmapped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    malformed: int = 0
    malformed_select: str = ""
    date_orders: Mapping[str, Literal["month", "day", "unknown"]] = field(default_factory=dict)
    recheck: Callable[[int | None], Staged | None] = field(default=lambda rows: None)


class Reader(Protocol):
    """Reads one layout of claims."""

    name: str

    def recognises(self, con: duckdb.DuckDBPyConnection, source: Source) -> bool:
        """Whether the content, not the name, is of this layout."""
        ...

    def stage(
        self, con: duckdb.DuckDBPyConnection, source: Source, options: ReadOptions, workspace: Path
    ) -> Staged:
        """Prepare `source`; raises InputRefused when a needed field has no column."""
        ...
