"""Columns called by a provider and not by a number (`Rendering Provider`): some hold NPIs, some names.

A name is spelled in several ways and shared by several persons: it tells no providers apart. A column of names is left
unread, and rules that need the provider are not evaluated.
"""

from __future__ import annotations

from dataclasses import replace

import duckdb

from auditor.claims.readers.interface import Staged


def reread(con: duckdb.DuckDBPyConnection, staged: Staged, file_no: int, name: str) -> Staged | None:
    """`staged` without such columns, when some of those of the file called `name` hold names; None when none does."""
    if not staged.named_providers:
        return None
    fields = sorted(staged.named_providers)
    counts = ", ".join(
        f"count({field}), count(*) FILTER (NOT regexp_matches({field}, '[0-9]'))" for field in fields
    )
    row = con.execute(f"SELECT {counts} FROM claim_parsed WHERE file_no = {file_no}").fetchone()
    assert row is not None
    found = {
        field: (row[2 * place + 1], row[2 * place])
        for place, field in enumerate(fields)
        if row[2 * place + 1] * 2 > row[2 * place]
    }
    if not found:
        return None
    headers = tuple(staged.named_providers[field] for field in found)
    notes = (
        f"{name}: the column '{header}' holds names and no NPIs ({words:,} of {filled:,} values); it is not read as "
        f"{field}"
        for header, (field, (words, filled)) in zip(headers, found.items(), strict=True)
    )
    return replace(
        staged,
        select=f"SELECT * EXCLUDE ({', '.join(found)}) FROM ({staged.select})",
        fields=staged.fields - set(found),
        unmapped=(*staged.unmapped, *headers),
        notes=(*staged.notes, *notes),
        named_providers={},
    )
