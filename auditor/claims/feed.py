"""What a reading is asked for, and what it tells about itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from auditor.claims.identity import SCOPES
from auditor.claims.mapping.column_map import NO_MAP, ColumnMap
from auditor.claims.model import LINES_OF_BUSINESS
from auditor.claims.remittance.match_rates import MatchRates

FORMATS: tuple[str, ...] = (
    "auto", "csv", "parquet", "xlsx", "x12", "fhir", "tuva", "rif", "cclf", "desynpuf", "synthea"
)  # fmt: skip
"""What a user may say of the claims; `auto` tells by content."""
LINES_PER_PARTITION = 2_000_000

_FEDERAL = frozenset({"medicare", "medicare_advantage", "medicaid"})


@dataclass(frozen=True)
class ReadOptions:
    """How to read. `column_map` is what the user says of a file whose headers do not tell.

    `line_of_business` fills lines whose file says nothing; `payer_id` likewise. `partitions` cuts the work by
    patient; None makes one partition per 2,000,000 lines. `crosswalk` joins the numbers of a patient (see `crosswalk`);
    `provider_scope` says who is the same provider (see `identity`). Without `npis`, which may be
    asked for only when it is needed, the NPIs are not gathered, and `claim_npi` stays empty.
    """

    format: str = "auto"
    column_map: ColumnMap = NO_MAP
    line_of_business: str = LINES_OF_BUSINESS[0]
    payer_id: str | None = None
    partitions: int | None = None
    crosswalk: Path | None = None
    provider_scope: str = SCOPES[0]
    npis: bool | Callable[[], bool] = True


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
    """One file: base name, format, SHA-256 and size in bytes of the file as given, records and claim lines in it.

    `part` is `claims`, the part of a file that stands beside them (patients, say), or `passed over`; `why` says why
    a file was not used.
    """

    name: str
    format: str
    sha256: str
    bytes: int
    rows: int
    lines: int
    part: str = "claims"
    why: str = ""


@dataclass(frozen=True)
class ClaimsFeed:
    """What was read. The lines themselves stand in the connection's tables.

    `fields` are the canonical fields for which some file has a column, and the columns of `claim_line` made of
    them (modifiers, dx, pointed_dx, denied, provider_id). `payment_method` is `line`, `none` (no paid column) or
    `header_allocated` (some header payments were repeated on every line and counted once). `modifier_columns` is
    the smallest number of modifier columns of any file. `remittances` tells how far payers' answers were joined to
    claims; None where no file holds any.
    """

    files: tuple[InputFile, ...]
    fields: frozenset[str]
    notes: tuple[str, ...]
    payment_method: str
    line_of_business_defaulted: bool
    modifier_columns: int
    partitions: int
    unmapped_columns: tuple[str, ...]
    remittances: MatchRates | None = None
