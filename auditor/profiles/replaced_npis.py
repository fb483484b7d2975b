"""Columns whose NPIs were replaced by other numbers, as in extracts for study: their check digits say nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from duckdb import DuckDBPyConnection

from auditor.matching.sql import npi_valid
from auditor.rules.field_words import key_words

LEAST = 20
"""Different NPIs that a column must have before anything is told of it; fewer may all be mistyped."""


def replaced_npis(con: DuckDBPyConnection, columns: Collection[str]) -> Mapping[str, tuple[int, int]]:
    """Of ``columns`` of ``claim_line`` those most of whose different NPIs fail the check: how many, of how many."""
    found = {}
    for name in sorted(columns):
        failing, number = con.execute(
            f"WITH npi AS MATERIALIZED (SELECT DISTINCT {name} FROM claim_line WHERE {name} IS NOT NULL) "
            f"SELECT count(*) FILTER (NOT valid), count(valid) FROM (SELECT {npi_valid(name)} AS valid FROM npi)"
        ).fetchall()[0]
        if number >= LEAST and 2 * failing > number:
            found[name] = (failing, number)
    return found


def words_of(name: str) -> str:
    """What a feed lacks whose NPIs of a column were replaced."""
    return f"{key_words(name)} with a check digit"


def note_of(replaced: Mapping[str, tuple[int, int]]) -> list[str]:
    """What a report says of them."""
    return [
        f"The values of {key_words(name)} look replaced: {failing:,} of {number:,} different ones have no valid check "
        "digit. Rules on the check digit are not evaluated, which is not a pass."
        for name, (failing, number) in sorted(replaced.items())
    ]
