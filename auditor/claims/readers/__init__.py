"""Readers of claims, one module a layout; `READERS` is asked in order and the first that recognises reads."""

from __future__ import annotations

import duckdb

from auditor.base.errors import InputRefused, UsageError
from auditor.claims.feed import FORMATS
from auditor.claims.intake import Source
from auditor.claims.readers.interface import Reader, Staged
from auditor.claims.readers.plain import PlainReader
from auditor.claims.readers.tuva import TuvaReader

READERS: tuple[Reader, ...] = (TuvaReader(), PlainReader())

__all__ = ["READERS", "Reader", "Staged", "reader_for"]


def reader_for(con: duckdb.DuckDBPyConnection, source: Source, wanted: str) -> Reader:
    """The reader for `source`. `wanted` is `auto` or a format that the user insists on.

    Raises UsageError for a format that this version does not know, InputRefused when the content is another.
    """
    if wanted not in FORMATS:
        raise UsageError(
            f"this version does not read the format {wanted!r}", mend=f"It reads: {', '.join(FORMATS[1:])}."
        )
    if wanted in ("csv", "parquet"):
        if source.parquet != (wanted == "parquet"):
            found = "Parquet" if source.parquet else "text"
            raise InputRefused(
                f"--format {wanted} was given, but the content is {found}",
                where=source.name,
                mend="Leave --format out, or give the other file.",
            )
        return PlainReader()
    if wanted == "tuva":
        return TuvaReader()
    return next(reader for reader in READERS if reader.recognises(con, source))
