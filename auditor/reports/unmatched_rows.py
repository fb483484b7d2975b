"""Remittances and claims that lack their counterpart, as a report lists them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from auditor.reports.rows import connect, streamed


@dataclass(frozen=True, slots=True)
class UnmatchedRow:
    """A claim, a remittance or a line of one without counterpart: which of them, its number, why, where it stands."""

    side: str
    claim_id: str
    why: str
    source_file: str
    source_pos: int | None


@dataclass(frozen=True, slots=True)
class UnmatchedRows:
    """All of them, by side, file and place, read batch by batch; none where ``path`` is None."""

    path: Path | None
    count: int

    def __iter__(self) -> Iterator[UnmatchedRow]:
        """Yield each, ordered by side, source file and place."""
        if self.path is None:
            return
        sql = """SELECT coalesce(side, ''), coalesce(claim_id, ''), coalesce(why, ''), coalesce(source_file, ''),
                source_pos
            FROM read_parquet($path, hive_partitioning = false)
            ORDER BY side, source_file NULLS LAST, source_pos NULLS LAST, claim_id, why"""
        for side, claim, why, file, place in streamed(sql, self.path):
            yield UnmatchedRow(side, claim, why, file, place)

    def __len__(self) -> int:
        return self.count


def unmatched_rows(path: Path) -> UnmatchedRows:
    """The rows of ``unmatched.parquet``; of a run that has no such file, none."""
    if not path.is_file():
        return UnmatchedRows(None, 0)
    con = connect()
    try:
        found = con.execute(
            "SELECT count(*) FROM read_parquet($path, hive_partitioning = false)", {"path": str(path)}
        ).fetchone()
    finally:
        con.close()
    return UnmatchedRows(path, int(found[0]) if found else 0)
