"""The DuckDB connection of a run: in memory, bounded, spilling to a folder of its own."""

from __future__ import annotations

from pathlib import Path

import duckdb

from auditor.base.errors import UsageError


def open_connection(memory: str, threads: int, temp_dir: Path) -> duckdb.DuckDBPyConnection:
    """Open an in-memory database with `memory` (`3GB`) and `threads`; what does not fit goes to `temp_dir`.

    Raises UsageError for a memory size that DuckDB does not understand.
    """
    temp_dir.mkdir(parents=True, exist_ok=True)
    try:
        con = duckdb.connect(
            config={
                "memory_limit": memory,
                "threads": threads,
                "temp_directory": str(temp_dir),
                # Files are read where they lie: nothing is fetched, installed or loaded on the way.
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
    except duckdb.Error:
        raise UsageError(f"{memory!r} is not an amount of memory", mend="Write it as 4GB or 500MB.") from None
    # DuckDB may draw a bar of its own on standard output, where a command's output belongs.
    con.execute("SET enable_progress_bar = false")
    return con
