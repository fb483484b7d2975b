"""From columns of text to the fields of a line: the SELECT list of every layout of one row a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import duckdb

from auditor.claims.mapping.column_map import POSITION, Written
from auditor.claims.mapping.headers import HeaderMap
from auditor.claims.mapping.map_sql import as_written, parts_beyond
from auditor.claims.words import literal

Cell = Callable[[int], str]
"""SQL of the cell in a column, by the column's place from 0; VARCHAR, NULL where it is blank."""


def projection(header_map: HeaderMap, cell: Cell) -> str:
    """The SELECT list that gives every field of `header_map` its text, under the field's name."""
    columns = header_map.columns
    parts = []
    for name, places in columns.items():
        values = [_told(cell(place), header_map.written.get(name)) for place in places]
        if not values:
            constant = header_map.written[name].constant
            text = "CAST(NULL AS VARCHAR)" if (name, constant) == ("line_no", POSITION) else literal(constant)
        elif name == "date_to":
            text = _date_to(columns, values, cell)
        else:
            text = f"coalesce({', '.join(values)})" if len(values) > 1 else values[0]
        if name in header_map.filled:
            text = f"coalesce(nullif(trim({text}), ''), {literal(header_map.filled[name])})"
        parts.append(f"{text} AS {name}")
        if name == "date_from" and len(values) > 1:
            parts.append(f"({values[0]} IS NULL) AS date_of_claim")
    parts += [
        f"{literal(value)} AS {name}" for name, value in header_map.filled.items() if name not in columns
    ]
    return ", ".join(parts)


def _told(cell: str, written: Written | None) -> str:
    return cell if written is None else as_written(cell, written)


def _date_to(columns: Mapping[str, tuple[int, ...]], values: list[str], cell: Cell) -> str:
    """The end of a line; the claim's own end only for a line that takes the claim's beginning too."""
    first = columns.get("date_from", ())
    if len(values) < 2 or len(first) < 2:
        return f"coalesce({', '.join(values)})" if len(values) > 1 else values[0]
    return f"coalesce({values[0]}, CASE WHEN {cell(first[0])} IS NULL THEN {values[1]} END)"


def unsplit_notes(
    con: duckdb.DuckDBPyConnection, relation: str, header_map: HeaderMap, cell: Cell, where: str
) -> tuple[str, ...]:
    """What is said of modifiers and diagnoses that a split leaves behind: cells with more parts than are taken.

    Asked only where the user's map splits such cells; nothing is said of a file that cannot be read in one go.
    """
    taken: dict[tuple[str, int, str], int] = {}
    for name, written in header_map.written.items():
        stem = name.rstrip("0123456789")
        if written.split is not None and stem in ("mod", "dx") and header_map.columns.get(name):
            key = (stem, header_map.columns[name][0], written.split.separator)
            taken[key] = max(taken.get(key, 0), written.split.part)
    notes = []
    for (stem, place, separator), part in taken.items():
        try:
            row = con.execute(
                f"SELECT count(*) FROM {relation} WHERE {parts_beyond(cell(place), separator, part)}"
            ).fetchone()
        except duckdb.Error:
            continue
        if row is not None and row[0]:
            what = "modifiers" if stem == "mod" else "diagnoses"
            notes.append(
                f"{where}: {row[0]:,} cells hold more {what} than the {part} that the column map takes; the others are "
                "not read"
            )
    return tuple(notes)
