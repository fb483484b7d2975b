"""The lines that a later version, a void or a reversal takes the place of, as a report lists them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from auditor.reports.rows import connect, dollars, streamed


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


@dataclass(frozen=True, slots=True)
class SupersededRows:
    """All superseded lines, by file and place, read batch by batch; none where ``path`` is None."""

    path: Path | None
    count: int

    def __iter__(self) -> Iterator[SupersededRow]:
        """Yield every superseded line, ordered by source file, place, claim and line."""
        if self.path is None:
            return
        sql = """SELECT coalesce(source_file, ''), source_pos, coalesce(claim_id, ''), line_no, coalesce(reason, ''),
                coalesce(by_claim_id, ''), paid
            FROM read_parquet($path, hive_partitioning = false)
            ORDER BY source_file NULLS LAST, source_pos NULLS LAST, claim_id, line_no, reason, by_claim_id"""
        for file, place, claim, line, reason, by, paid in streamed(sql, self.path):
            yield SupersededRow(file, place, claim, line, reason, by, dollars(paid))

    def __len__(self) -> int:
        return self.count


def superseded_rows(path: Path) -> SupersededRows:
    """The rows of ``superseded.parquet``; of a run that has no such file, none."""
    if not path.is_file():
        return SupersededRows(None, 0)
    con = connect()
    try:
        found = con.execute(
            "SELECT count(*) FROM read_parquet($path, hive_partitioning = false)", {"path": str(path)}
        ).fetchone()
    finally:
        con.close()
    return SupersededRows(path, int(found[0]) if found else 0)
