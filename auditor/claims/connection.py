"""The DuckDB connection of a run: in memory, bounded, spilling to a folder of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

import duckdb

from auditor.base.errors import UsageError

_UNITS: Final = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
                 "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}  # fmt: skip
LEAST_MEMORY: Final = 200 * 10**6
"""Bytes below which even a small audit does not find room for its tables."""


def open_connection(memory: str, threads: int, temp_dir: Path) -> duckdb.DuckDBPyConnection:
    """Open an in-memory database with `memory` (`3GB`) and `threads`; what does not fit goes to `temp_dir`.

    Raises UsageError for a memory size that is none, or less than any audit needs.
    """
    _require_memory(memory)
    temp_dir.mkdir(parents=True, exist_ok=True)
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
    # DuckDB may draw a bar of its own on standard output, where a command's output belongs.
    con.execute("SET enable_progress_bar = false")
    return con


def small_connection() -> duckdb.DuckDBPyConnection:
    """An in-memory database for cases and empty worlds, with one thread and no way to a file."""
    con = duckdb.connect(":memory:", config={"threads": 1})
    confine(con)
    return con


def confine(con: duckdb.DuckDBPyConnection, folders: Sequence[Path] = ()) -> None:
    """Let no query that follows read or write a file, save in ``folders``; all connections to it are bound.

    Where there are any, what does not fit into memory may still be laid aside. Rule files come from others. Nothing in
    them can become a command, and were it to, it would find no file.
    """
    if folders:
        (spill,) = con.execute("SELECT current_setting('temp_directory')").fetchone() or ("",)
        folders = [*folders, Path(spill)]
    listed = ", ".join("'" + str(folder.resolve()).replace("'", "''") + "'" for folder in folders)
    con.execute(f"SET allowed_directories = [{listed}]")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")


def _require_memory(memory: str) -> None:
    # DuckDB itself takes a negative size for no limit, and a size too small until it runs out in the middle.
    amount = re.fullmatch(r"\s*([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*([KMGT]i?B)\s*", memory, re.IGNORECASE)
    if amount is None:
        raise UsageError(
            f"{memory!r} is not an amount of memory", where="--memory", mend="Write it as 4GB or 500MB."
        )
    if Decimal(amount[1]) * _UNITS[amount[2].upper()] < LEAST_MEMORY:
        raise UsageError(
            f"{memory} is less memory than an audit needs",
            where="--memory",
            mend=f"Give {LEAST_MEMORY // 10**6}MB or more.",
        )
