"""Claims: from files in any known form to canonical lines in DuckDB, with nothing lost on the way."""

from __future__ import annotations

from auditor.claims.checks import Reconciliation, reconcile
from auditor.claims.connection import confine, open_connection, small_connection
from auditor.claims.feed import ClaimsFeed, Extent, InputFile, ReadOptions
from auditor.claims.reading import read_claims
from auditor.claims.sources.scan import count_ahead

__all__ = [
    "ClaimsFeed",
    "Extent",
    "InputFile",
    "ReadOptions",
    "Reconciliation",
    "confine",
    "count_ahead",
    "open_connection",
    "read_claims",
    "reconcile",
    "small_connection",
]
