"""The small databases in which a report sums and orders what it finds in its Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb

from auditor.base.scratch import scratch_folder
from auditor.findings.store import quoted

BATCH: Final = 2_000
MEMORY: Final = "1GB"


@contextmanager
def connect() -> Iterator[duckdb.DuckDBPyConnection]:
    """A small in-memory connection; a report needs little and must not compete with the audit.

    What does not fit in memory holds claims: it lies in a folder of the run's own, never in the user's. Closing gives
    the memory back at once, what a connection has freed otherwise stays with it for a while.
    """
    with scratch_folder() as scratch, duckdb.connect(":memory:") as con:
        con.execute(f"SET memory_limit = '{MEMORY}'")
        con.execute(f"SET temp_directory = {quoted(scratch)}")
        con.execute("SET preserve_insertion_order = false")
        yield con


def streamed(sql: str, path: Path) -> Iterator[tuple[Any, ...]]:
    """The rows of a query over the Parquet file that it calls `$path`, batch by batch."""
    with connect() as con:
        result = con.execute(sql, {"path": str(path)})
        while batch := result.fetchmany(BATCH):
            yield from batch
