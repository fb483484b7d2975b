"""The lines that a later version, a void or a reversal takes the place of, as a report lists them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from auditor.reports.listed_rows import ListedRows, listed
from auditor.reports.rows import dollars

_SELECT = """SELECT coalesce(source_file, ''), source_pos, coalesce(claim_id, ''), line_no, coalesce(reason, ''),
        coalesce(by_claim_id, ''), paid
    FROM source
    ORDER BY source_file NULLS LAST, source_pos NULLS LAST, claim_id, line_no, reason, by_claim_id"""


@dataclass(frozen=True, slots=True)
class SupersededRow:
    """A line of which another takes the place: where it stands, why, by which claim, what was paid."""

    source_file: str
    source_pos: int | None
    claim_id: str
    line_no: int | None
    reason: str
    by_claim_id: str
    paid: Decimal | None


def superseded_rows(path: Path) -> ListedRows[SupersededRow]:
    """The rows of ``superseded.parquet`` by file, place, claim and line; of a run that has no such file, none."""
    return listed(path, _SELECT, _row)


def _row(
    file: str, place: int | None, claim: str, line: int | None, why: str, by: str, paid: Any
) -> SupersededRow:
    return SupersededRow(file, place, claim, line, why, by, dollars(paid))
