"""What a reading is asked for, and what it tells about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from auditor.claims.model import LINES_OF_BUSINESS

Format = Literal["auto", "csv", "parquet", "tuva"]
FORMATS: tuple[str, ...] = ("auto", "csv", "parquet", "tuva")
LINES_PER_PARTITION = 2_000_000

_FEDERAL = frozenset({"medicare", "medicare_advantage", "medicaid"})


@dataclass(frozen=True)
class ReadOptions:
    """How to read. `column_map` goes from a canonical field to the header that holds it.

    `line_of_business` fills lines whose file says nothing; `payer_id` likewise. `partitions` cuts the work by
    patient; None makes one partition per 2,000,000 lines.
    """

    format: str = "auto"
    column_map: Mapping[str, str] = field(default_factory=dict)
    line_of_business: str = LINES_OF_BUSINESS[0]
    payer_id: str | None = None
    partitions: int | None = None


@dataclass(frozen=True)
class Extent:
    """How far the rows read reach: first and last service day (None: no row has one), lines of business."""

    days: tuple[date, date] | None
    lines_of_business: frozenset[str]

    @property
    def is_medicaid(self) -> bool:
        """Whether those that follow federal edits are all of Medicaid; commercial lines ask no such table."""
        return self.lines_of_business & _FEDERAL == {"medicaid"}


@dataclass(frozen=True)
class InputFile:
    """One file read: base name, format, SHA-256 and size in bytes of the file as given, rows of data in it."""

    name: str
    format: str
    sha256: str
    bytes: int
    rows: int


@dataclass(frozen=True)
class ClaimsFeed:
    """What was read. The lines themselves stand in the connection's tables.

    `fields` are the canonical fields for which some file has a column, and the columns of `claim_line` made of
    them (modifiers, dx, pointed_dx, denied, provider_id). `payment_method` is `line`, `none` (no paid column) or
    `header_allocated` (some header payments were repeated on every line and counted once). `modifier_columns` is
    the smallest number of modifier columns of any file.
    """

    files: tuple[InputFile, ...]
    fields: frozenset[str]
    notes: tuple[str, ...]
    payment_method: str
    line_of_business_defaulted: bool
    modifier_columns: int
    partitions: int
    unmapped_columns: tuple[str, ...]
