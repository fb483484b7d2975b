"""Remittances and claims that lack their counterpart, as a report lists them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from auditor.reports.listed_rows import ListedRows, listed

_SELECT = """SELECT coalesce(side, ''), coalesce(claim_id, ''), coalesce(why, ''), coalesce(source_file, ''), source_pos
    FROM source
    ORDER BY side, source_file NULLS LAST, source_pos NULLS LAST, claim_id, why"""


@dataclass(frozen=True, slots=True)
class UnmatchedRow:
    """A claim, a remittance or a line of one without counterpart: which of them, its number, why, where it stands."""

    side: str
    claim_id: str
    why: str
    source_file: str
    source_pos: int | None


def unmatched_rows(path: Path) -> ListedRows[UnmatchedRow]:
    """The rows of ``unmatched.parquet`` by side, file and place; of a run that has no such file, none."""
    return listed(path, _SELECT, UnmatchedRow)


NONE: ListedRows[UnmatchedRow] = ListedRows(None, 0, _SELECT, UnmatchedRow)
"""Of a run without remittances."""
