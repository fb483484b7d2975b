"""The first rows of a table as an audit would read them by a column map: through the same steps, on a copy of them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from auditor.base.errors import InputRefused
from auditor.claims.connection import open_connection
from auditor.claims.feed import ReadOptions
from auditor.claims.mapping.column_map import ColumnMap
from auditor.claims.reading import read_claims

SHOWN = (
    "claim_id", "line_no", "patient_id", "date_from", "date_to", "code", "revenue_code", "modifiers", "units", "charge",
    "allowed", "paid", "dx", "rendering_npi", "billing_npi", "pos", "birth_date", "sex", "payer_id",
)  # fmt: skip
"""Columns of a line that a preview shows, where the file has them."""
_AMOUNTS = ("charge", "allowed", "paid")


@dataclass(frozen=True)
class Preview:
    """Lines as read (text by column of `SHOWN`), rows set aside with their reasons, notes; or why nothing was read."""

    columns: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    aside: tuple[tuple[int, str], ...]
    read: int
    notes: tuple[str, ...]
    refused: str = ""


def preview(
    headers: Sequence[str], rows: Sequence[Sequence[str]], column_map: ColumnMap, shown: int, workspace: Path
) -> Preview:
    """Read the `rows` below `headers` by `column_map`; the first `shown` lines are told, and what is set aside."""
    copy = workspace / "rows.csv"
    with copy.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(headers)
        writer.writerows([*row[: len(headers)], *[""] * (len(headers) - len(row))] for row in rows)
    options = ReadOptions(format="csv", column_map=replace(column_map, delimiter=",", made_for=()))
    with open_connection("500MB", 1, workspace / "spill") as con:
        try:
            feed = read_claims(con, [copy], options)
        except InputRefused as refusal:
            return Preview((), (), (), 0, (), str(refusal).removeprefix("rows.csv: "))
        columns = tuple(name for name in SHOWN if name in feed.fields)
        told = ", ".join(_told(name) for name in columns)
        lines = con.execute(f"SELECT {told} FROM claim_line ORDER BY line_id LIMIT {int(shown)}").fetchall()
        count = con.execute("SELECT count(*) FROM claim_line").fetchone()
        aside = con.execute("SELECT source_pos, reason FROM set_aside ORDER BY source_pos").fetchall()
        notes = tuple(note.removeprefix("rows.csv: ") for note in feed.notes)
    assert count is not None
    return Preview(columns, tuple(lines), tuple(aside), int(count[0]), notes)


def _told(name: str) -> str:
    """SQL: a column of a line as text."""
    if name in _AMOUNTS:
        return f"coalesce(printf('%.2f', {name} / 100), '')"
    if name in ("modifiers", "dx"):
        return f"array_to_string({name}, ' ')"
    if name == "units":
        return "coalesce(regexp_replace(CAST(units AS VARCHAR), '[.]?0+$', ''), '')"
    return f"coalesce(CAST({name} AS VARCHAR), '')"
