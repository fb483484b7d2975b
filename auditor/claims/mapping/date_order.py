"""Whether a file writes 03/04/2024 month first, as is usual in the United States, or day first.

Asked only of a file in which some date could not be read month first, and answered column by column from the dates that
can be read one way alone. Where the answer is not clear, the dates that could be read both ways are not read at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import duckdb

from auditor.claims.model import BY_NAME
from auditor.claims.readers.interface import Staged

Order = Literal["month", "day", "unknown"]
_SLIPS = 20
"""One date that contradicts this many others is a slip of the keyboard, not another way of writing."""
_TABLES = ("csv", "parquet", "xlsx", "tuva")
"""Formats of which each export writes its dates in its own way."""
_YEAR = "(19|20)[0-9]{2}"  # the last day of 9999 is a filler and tells nothing
_LATE, _EARLY = "(1[3-9]|2[0-9]|3[01])", "(0?[1-9]|1[0-2])"


def reread(con: duckdb.DuckDBPyConnection, staged: Staged, file_no: int, name: str) -> Staged | None:
    """`staged` with the order of its dates, when the file called `name` must be read again with it."""
    if staged.date_orders or not _some_day_first(con, file_no):
        return None
    columns = sorted(field for field in staged.fields if BY_NAME[field].kind == "date")
    counts = ", ".join(
        f"count(*) FILTER (regexp_matches(trim({column}), '^{first}[/-]{second}[/-]{_YEAR}'))"
        for column in columns
        for first, second in ((_LATE, _EARLY), (_EARLY, _LATE), ("[0-9]{1,2}", "[0-9]{1,2}"))
    )
    row = con.execute(f"SELECT {counts} FROM ({staged.select})").fetchone()
    assert row is not None
    found = {
        column: decide(*row[3 * place : 3 * place + 3])
        for place, column in enumerate(columns)
        if row[3 * place + 2]
    }
    if not {"day", "unknown"} & set(found.values()):
        return None
    orders: dict[str, Order] = {column: order or "unknown" for column, order in found.items()}
    return replace(staged, date_orders=orders, notes=(*staged.notes, *_notes(name, orders)))


def ambiguous(con: duckdb.DuckDBPyConnection, staged: Staged, file_no: int, name: str) -> tuple[str, ...]:
    """What is said of columns whose dates could all be read either way, and are read month first.

    The text is looked at only where every day read is 12 or less, as it then must be.
    """
    if staged.format not in _TABLES:
        return ()
    dates = [
        field for field in sorted(staged.fields) if BY_NAME[field].kind == "date" and not BY_NAME[field].rare
    ]
    dates = [field for field in dates if field not in staged.date_orders]
    if not dates:
        return ()
    latest = con.execute(
        f"SELECT {', '.join(f'max(day({field}))' for field in dates)} FROM claim_parsed WHERE file_no = {file_no}"
    ).fetchone()
    assert latest is not None
    early = [field for field, day in zip(dates, latest, strict=True) if day is not None and day <= 12]
    if not early:
        return ()
    either, any_way = f"^{_EARLY}[/-]{_EARLY}[/-]{_YEAR}", f"^[0-9]{{1,2}}[/-][0-9]{{1,2}}[/-]{_YEAR}"
    counts = ", ".join(
        f"count(*) FILTER (regexp_matches(trim({field}), '{either}') AND {_part(field, 1)} <> {_part(field, 2)}), "
        f"count(*) FILTER (regexp_matches(trim({field}), '{any_way}') "
        f"AND NOT regexp_matches(trim({field}), '{either}'))"
        for field in early
    )
    con.execute("BEGIN")  # reading a text again leaves tables of what was rejected
    try:
        row = con.execute(f"SELECT {counts} FROM ({staged.select})").fetchone()
    finally:
        con.execute("ROLLBACK")
    assert row is not None
    return tuple(
        f"{name}: all {row[2 * place]:,} dates of {field} could be month first or day first; the month is taken first "
        "(07/08/2024 is a day of July). If it is the day, say so as date_format in a column map"
        for place, field in enumerate(early)
        if row[2 * place] and not row[2 * place + 1]
    )


def _part(field: str, place: int) -> str:
    """SQL: the first or second number of a date as it is written."""
    return f"TRY_CAST(regexp_split_to_array(trim({field}), '[/-]')[{place}] AS INTEGER)"


def _some_day_first(con: duckdb.DuckDBPyConnection, file_no: int) -> bool:
    """Whether a date that could not be read month first has a day beyond 12 in the place of the month."""
    row = con.execute(
        f"SELECT bool_or(regexp_matches(date_text, '(^| ){_LATE}[/-]{_EARLY}[/-]{_YEAR}')) FROM claim_parsed "
        f"WHERE file_no = {file_no} AND date_text IS NOT NULL"
    ).fetchone()
    return row == (True,)


def decide(day_first: int, month_first: int, both: int) -> Order | None:
    """From the dates that can be read day first alone, month first alone, and all; None where none tells."""
    if not day_first and not month_first:
        return None
    if day_first * _SLIPS <= month_first:
        return "month"
    # Of dates written day first, three in five have a day beyond 12; one among many is a slip.
    if month_first * _SLIPS <= day_first and day_first * 4 >= both:
        return "day"
    return "unknown"


def _notes(name: str, orders: Mapping[str, Order]) -> list[str]:
    said = {
        "day": "is written day first (DD/MM/YYYY) and read so",
        "unknown": "does not tell whether day or month comes first; dates that could be read both ways are not read",
    }
    return [f"{name}: {column} {said[order]}" for column, order in orders.items() if order != "month"]
