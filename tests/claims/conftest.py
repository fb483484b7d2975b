"""Reading small claims files in tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from auditor.claims import ClaimsFeed, ReadOptions, Reconciliation, open_connection, read_claims, reconcile

HEADER = "claim_id,line_no,patient_id,date_from,code,units,charge,paid"


@dataclass
class Read:
    """A reading and its tables."""

    con: duckdb.DuckDBPyConnection
    feed: ClaimsFeed
    tie: Reconciliation

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.con.execute(sql).fetchall()

    def column(self, sql: str) -> list[Any]:
        return [row[0] for row in self.rows(sql)]

    def aside(self) -> list[tuple[Any, ...]]:
        return self.rows("SELECT source_pos, reason FROM set_aside ORDER BY ALL")


Reading = Callable[..., Read]


@pytest.fixture
def read(tmp_path: Path) -> Reading:
    """Read contents (text or bytes, each a file) or paths; ties out before it returns."""

    def run(*contents: str | bytes | Path, **options: Any) -> Read:
        paths = []
        for number, content in enumerate(contents):
            if isinstance(content, Path):
                paths.append(content)
                continue
            path = tmp_path / f"file{number}.csv"
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            paths.append(path)
        con = open_connection("1GB", 2, tmp_path / "spill")
        feed = read_claims(con, paths, ReadOptions(**options))
        return Read(con, feed, reconcile(con, feed))

    return run


@pytest.fixture
def table() -> Callable[..., str]:
    """A CSV text from rows of text under HEADER and further columns."""

    def build(*rows: str, more: str = "") -> str:
        return "\n".join([HEADER + ("," + more if more else ""), *rows]) + "\n"

    return build
