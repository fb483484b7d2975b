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
_LATE, _EARLY = "(1[3-9]|2[0-9]|3[01])", "(0?[1-9]|1[0-2])"


def reread(con: duckdb.DuckDBPyConnection, staged: Staged, file_no: int, name: str) -> Staged | None:
    """`staged` with the order of its dates, when the file called `name` must be read again with it."""
    if staged.date_orders or not _some_day_first(con, file_no):
        return None
    columns = sorted(field for field in staged.fields if BY_NAME[field].kind == "date")
    counts = ", ".join(
        f"count(*) FILTER (regexp_matches(trim({column}), '^{first}[/-]{second}[/-][0-9]{{4}}'))"
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


def _some_day_first(con: duckdb.DuckDBPyConnection, file_no: int) -> bool:
    """Whether a date that could not be read month first has a day beyond 12 in the place of the month."""
    row = con.execute(
        f"SELECT bool_or(regexp_matches(date_text, '(^| ){_LATE}[/-]{_EARLY}[/-][0-9]{{4}}')) FROM claim_parsed "
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
