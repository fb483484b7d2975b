"""What a feed lacks of modifiers, units, diagnosis pointers and days, as every report tells it (catalogue DQ-06)."""

from __future__ import annotations

from collections.abc import Collection

import duckdb

from auditor.claims.model import MODIFIER_COLUMNS_OF_A_CLAIM

FEWEST_STAYS = 3
"""Claims with several daily visits of which none may name two days before the file's days are doubted."""
_DAILY = "(code BETWEEN '99217' AND '99239' OR code BETWEEN '99304' AND '99318')"


def days_told(con: duckdb.DuckDBPyConnection, lines: str = "claim_line") -> tuple[str, ...]:
    """A sentence where every line seems to carry the claim's first day.

    A hospital visit is reported once a day. Where several claims have several of them and none has them on two days,
    the days are the claim's. Reads ``lines``: ``claim_line``, or the table that it is a view of.
    """
    row = con.execute(
        "SELECT count(*), count(*) FILTER (first <> last) FROM (SELECT min(date_from) AS first, max(date_from) AS last "
        f"FROM {lines} WHERE claim_type = 'professional' AND NOT denied AND {_DAILY} GROUP BY claim_key "
        "HAVING count(*) > 1)"
    ).fetchone()
    stays, apart = row or (0, 0)
    if stays < FEWEST_STAYS or apart:
        return ()
    return (
        f"{stays:,} professional claims have several daily visits, all of one day, and no claim has them on two: the "
        "file seems to give every line the claim's first day, so that services of several days look like one day's",
    )


def lacking_told(fields: Collection[str], modifier_columns: int) -> tuple[str, ...]:
    """Sentences about a feed with the fields `fields`, whose poorest file has so many columns of modifiers."""
    told = []
    if "modifiers" not in fields:
        told.append("the claims carry no modifiers; rules that rest on them are not evaluated")
    elif modifier_columns < MODIFIER_COLUMNS_OF_A_CLAIM:
        told.append(
            f"a file carries {modifier_columns} of {MODIFIER_COLUMNS_OF_A_CLAIM} modifiers a line; a finding on its "
            "lines that a missing one could lift needs a record"
        )
    if "units" not in fields:
        told.append("the claims carry no units; rules that count them are not evaluated")
    if "dx_ptr" not in fields and "dx" in fields:
        told.append(
            "the claims do not say which diagnoses a line is for; rules of coverage take all of the claim's, and what "
            "they find needs a record"
        )
    return tuple(told)
