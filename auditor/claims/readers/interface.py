"""The seam between formats and the canonical model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, Protocol

import duckdb

from auditor.claims.feed import ReadOptions
from auditor.claims.refusals import NotClaims
from auditor.claims.sources.intake import Source

CLAIMS: Final = "claims"
"""The part of a source that holds claim lines."""


__all__ = ["ASIDE", "CLAIMS", "DIAGNOSTICS", "NotClaims", "Reader", "Staged"]


@dataclass(frozen=True)
class Staged:
    """A source ready to be read by one SQL statement.

    `select` is a SELECT with a VARCHAR column for every field in `fields`, named as the field, rows in source
    order; `has_position` says that it also has `source_pos` BIGINT, else the position is the order of the rows.
    `date_of_claim` says that it has a BOOLEAN column of that name, true where the line's date is the claim's.
    `recheck`, called with the number of rows that `select` gave (None: it failed), returns None when they are all
    there, or a slower staging that must be read instead. `malformed` counts the rows that `select` leaves out because
    they are no claim lines; `malformed_select` gives them with the columns of `ASIDE`. `diagnostics_select` gives what
    the reader noticed, with the columns of `DIAGNOSTICS`. `source_rows` counts the records of the source where one of
    them is not one line. `remittance` says that the lines are a payer's answer to claims, which may be joined to them.
    `one_modifier` says that modifiers stand in one column called by one of them, of which the cells tell how many it
    takes. `named_providers` are the headers, by field, of columns taken for NPIs that may hold names; `total_charge` is
    the header of charges that may be those of claims. `date_orders` says of a column of dates whether 03/04/2024 is in
    March (which it is where nothing is said), April or neither.
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
    diagnostics_select: str = ""
    source_rows: int | None = None
    remittance: bool = False
    one_modifier: bool = False
    date_orders: Mapping[str, Literal["month", "day", "unknown"]] = field(default_factory=dict)
    total_charge: str = ""
    named_providers: Mapping[str, str] = field(default_factory=dict)
    recheck: Callable[[int | None], Staged | None] = field(default=lambda rows: None)


ASIDE: Final = (
    ("source_pos", "BIGINT"), ("reason_code", "VARCHAR"), ("reason", "VARCHAR"), ("claim_id", "VARCHAR"),
    ("line_no", "VARCHAR"), ("charge", "VARCHAR"), ("paid", "VARCHAR"),
)  # fmt: skip
"""A row that is no claim line: its place, why, and its dollars as the text they were."""

DIAGNOSTICS: Final = (
    ("name", "VARCHAR"), ("severity", "VARCHAR"), ("says", "VARCHAR"), ("source_pos", "BIGINT"),
    ("byte_offset", "BIGINT"), ("claim_id", "VARCHAR"),
)  # fmt: skip
"""What a reader noticed: a short name, note, warning or error, words without a value, its place, the claim if any."""


class Reader(Protocol):
    """Reads one layout of claims. Readers of one name share a layout: each takes its own part of a source."""

    name: str

    def recognises(self, con: duckdb.DuckDBPyConnection, source: Source) -> str | None:
        """What part `source` plays in this layout, by its content and not its name; None for another layout.

        `claims` holds claim lines; any other word is a file that stands beside them (patients, claim headers).
        Raises NotClaims for content of this family that holds no claims.
        """
        ...

    def stage(
        self,
        con: duckdb.DuckDBPyConnection,
        source: Source,
        options: ReadOptions,
        workspace: Path,
        beside: Mapping[str, tuple[Source, ...]],
    ) -> Staged:
        """Prepare `source`, which holds claims; `beside` are the other sources of this layout by their part, and under
        `claims` all that hold claims, in the order in which they are read.

        Raises InputRefused when a needed field has no column, NotClaims when there is nothing to audit in it.
        """
        ...
