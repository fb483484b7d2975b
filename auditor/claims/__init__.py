"""Claims: from files in any known form to canonical lines in DuckDB, with nothing lost on the way.

The names below are fetched from their modules when they are asked for: a process that wants the columns' names alone
does not load every reader of every format.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditor.claims.checks import Reconciliation, reconcile
    from auditor.claims.connection import confine, open_connection, small_connection
    from auditor.claims.feed import ClaimsFeed, Extent, InputFile, ReadOptions
    from auditor.claims.reading import read_claims
    from auditor.claims.sources.scan import count_ahead

_HOMES = {
    "Reconciliation": "checks",
    "reconcile": "checks",
    "confine": "connection",
    "open_connection": "connection",
    "small_connection": "connection",
    "ClaimsFeed": "feed",
    "Extent": "feed",
    "InputFile": "feed",
    "ReadOptions": "feed",
    "read_claims": "reading",
    "count_ahead": "sources.scan",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


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
