"""Any stored table laid before an audit under its own name, when a rule asks for it.

A row stands in `ref_<table>` with the days on which it is in force and its edition answers. Of documents that several
publications hold (the Medicare Coverage Database), the newest publication of a version answers for it, and a version
ends when the next one begins (`importers/mcd.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

import duckdb

from auditor.base.dates import OPEN_BEGIN, OPEN_END
from auditor.reference.columns import own_columns
from auditor.reference.editions import Answer
from auditor.reference.tables import TABLES

_DOCUMENTS: Mapping[str, tuple[str, ...]] = {
    "mcd_lcd": ("lcd_id", "lcd_version"),
    "mcd_article": ("article_id", "article_version"),
    "mcd_ncd": ("ncd_id", "ncd_vrsn_num"),
    "mcd_contractor": ("contractor_id", "contractor_type_id", "contractor_version"),
}
"""By the beginning of a table's name: what names a document and, last, its version."""
_DATED = frozenset({"mcd_lcd", "mcd_article", "mcd_ncd"})
"""Tables of documents whose versions follow each other."""


def columns_sql(columns: Mapping[str, str]) -> str:
    """The definition of a `ref_*` table with these columns (name: SQL type)."""
    own = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    return f"row_no BIGINT, edition VARCHAR, {own}, effective DATE, deleted DATE"


def attach_table(
    con: duckdb.DuckDBPyConnection,
    name: str,
    rows: Sequence[tuple[Answer, str]],
    met: Mapping[str, frozenset[str]] = MappingProxyType({}),
) -> None:
    """Make `ref_<name>` from the answers of its editions, oldest first, each with the relation that holds its rows.

    `met` are relations with a column `code`, and the table's columns that must hold one of its values: other rows are
    left out. Rows are numbered in the order of the table's key, a missing value first.
    """
    columns = own_columns()[name]
    con.execute(f"CREATE OR REPLACE TABLE ref_{name} ({columns_sql(columns)})")
    if not rows:
        return
    listed = ", ".join(f'"{column}"' for column in columns)
    empty = ", ".join(f'NULL::{kind} AS "{column}"' for column, kind in columns.items())
    wanted = [
        f'"{column}" IN (SELECT code FROM {values})'
        for values, compared in met.items()
        for column in sorted(compared & set(columns))
    ]
    # No filter here may depend on the claims: which version of a document answers does not.
    parts = " UNION ALL ".join(
        f"SELECT {rank} AS rank, {_text(answer.edition.edition)} AS edition, {listed}, "
        f"greatest(coalesce(effective, {_day(OPEN_BEGIN)}), {_day(answer.date_from)}) AS effective, "
        f"least(coalesce(deleted, {_day(OPEN_END)}), {_day(answer.date_to)}) AS deleted "
        f"FROM (SELECT {empty}, NULL::DATE AS effective, NULL::DATE AS deleted WHERE FALSE "
        f"UNION ALL BY NAME SELECT * FROM {relation}) WHERE NOT ({TABLES[name].never_in_force})"
        for rank, (answer, relation) in enumerate(rows)
    )
    if TABLES[name].answers == "documents":
        parts = _newest_of_each(name, parts)
    key = [f'"{column}" NULLS FIRST' for column in TABLES[name].key if column in columns]
    order = ", ".join([*key, "effective", "deleted", "edition", listed])
    con.execute(
        f"INSERT INTO ref_{name} SELECT row_number() OVER (ORDER BY {order}), edition, {listed}, effective, deleted "
        f"FROM ({parts}) WHERE {' AND '.join(['effective <= deleted', *wanted])}"
    )


def spans_of(name: str, answers: Sequence[Answer]) -> list[tuple[str, str, date, date, str]]:
    """Rows of `ref_answers` for a table: name, setting, first and last day, label of the edition.

    Publications of documents answer beside each other: where they share days they make one span, by the newest label,
    for a row must not stand once for each of them.
    """
    spans = [(name, a.edition.setting, a.date_from, a.date_to, a.edition.edition) for a in answers]
    if name not in own_columns() or TABLES[name].answers != "documents":
        return spans
    merged: list[tuple[str, str, date, date, str]] = []
    for span in sorted(spans, key=lambda span: (span[2], span[3])):
        if merged and span[2] <= merged[-1][3]:
            last = merged.pop()
            span = (*last[:3], max(last[3], span[3]), max(last[4], span[4]))
        merged.append(span)
    return merged


def _newest_of_each(name: str, rows: str) -> str:
    """The rows of the newest publication that holds a version of a document; a version ends before the next begins."""
    document = next(
        (names for begin, names in _DOCUMENTS.items() if name == begin or name.startswith(f"{begin}_")), None
    )
    if document is None:
        raise ValueError(f"what names a document of {name} is not declared")
    newest = f"SELECT * FROM ({rows}) QUALIFY rank = max(rank) OVER (PARTITION BY {', '.join(document)})"
    if name not in _DATED:
        return newest
    *whole, version = document
    following = (
        f"min(effective) OVER (PARTITION BY {', '.join(whole)} ORDER BY {version} "
        "ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)"
    )
    return f"SELECT * REPLACE (least(deleted, {following} - 1) AS deleted) FROM ({newest})"


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _day(day: date) -> str:
    return f"DATE '{day.isoformat()}'"
