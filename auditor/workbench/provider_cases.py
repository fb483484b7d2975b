"""The providers of an inline case of a benchmark, as claim lines: so many of each code, all alike otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from duckdb import DuckDBPyConnection

from auditor.findings import model as findings_model
from auditor.findings.indicators import add_indicators
from auditor.findings.model import insert_rows
from auditor.matching.lines import open_partition
from auditor.profiles import shares
from auditor.rules.packs import RuleSet
from auditor.workbench.case_tables import make_claim_lines, make_line

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")
_OWN: Final = frozenset({"count", "year", "visits", "patients", "days"})
MOST_LINES: Final = 1_000_000
MOST_KINDS: Final = 20_000
"""Lines of one case, and providers times codes; more would not make it clearer."""

Rows = Sequence[Mapping[str, Any]]


def find_indicators(
    con: DuckDBPyConnection,
    rules: RuleSet,
    providers: Sequence[Mapping[str, Any]],
    tables: Mapping[str, Rows] | None = None,
) -> None:
    """Count the providers' lines and fill ``finding`` with those who stand out.

    An item of ``providers`` is ``count`` providers alike (default one), each with the lines that ``visits`` gives by
    code, or by code and modifier (``"99213-25"``), in ``year``; every other key is a field of the claim lines, such as
    ``units`` or ``paid`` of each. Each line is of a patient of its own, unless ``patients`` says over how many they
    are spread; all are of one day, unless ``days`` says over how many. ``tables`` are rows of tables of peers. Raises
    ValueError for an unknown field or a number that cannot be, KeyError when ``year`` or ``visits`` is missing.
    """
    spread, lines = [], 0
    for item in _lines(providers):
        spread.append(item)
        lines += item.copies
        if len(spread) > MOST_KINDS or lines > MOST_LINES:
            raise ValueError(f"a case may have {MOST_KINDS:,} kinds of lines and {MOST_LINES:,} lines")
    make_claim_lines(con, [make_line(at, item.line) for at, item in enumerate(spread)])
    con.execute(
        "CREATE OR REPLACE TEMP TABLE spread (line_id BIGINT, who INTEGER, first INTEGER, copies INTEGER, "
        "patients INTEGER, over INTEGER)"
    )
    listed = [
        (at, item.who, item.first, item.copies, item.patients, item.days) for at, item in enumerate(spread)
    ]
    insert_rows(con, "spread", listed)
    # One claim a line, and as many patients and days as the case says.
    con.execute(
        "CREATE OR REPLACE TABLE claim_line AS SELECT l.* EXCLUDE (who, place, patients, over) REPLACE ("
        "row_number() OVER () - 1 AS line_id, row_number() OVER () AS claim_key, "
        "'A' || row_number() OVER () AS claim_id, "
        "(dense_rank() OVER (ORDER BY who, place % coalesce(patients, place + 1)))::INTEGER AS patient_key, "
        "date_from + (place % over)::INTEGER AS date_from, date_to + (place % over)::INTEGER AS date_to) "
        "FROM (SELECT c.*, who, first + unnest(range(copies))::INTEGER AS place, patients, over "
        "FROM claim_line c JOIN spread USING (line_id)) AS l"
    )
    for name, rows in (tables or {}).items():
        _make_table(con, name, rows)
    open_partition(con, 0, 1)
    findings_model.create_tables(con, rules.rules, rules.overrides)
    shares.create_tables(con)
    shares.count_partition(con, rules.rules, frozenset())
    add_indicators(con, rules.rules, frozenset())


@dataclass(frozen=True)
class _Spread:
    """Lines alike of one provider: ``copies`` of them, the first being its ``first``; None: each its own patient."""

    line: dict[str, Any]
    who: int
    first: int
    copies: int
    patients: int | None
    days: int


def _lines(providers: Rows) -> Iterator[_Spread]:
    """Lines of each provider, code and modifier."""
    unnamed = 0
    for item in providers:
        fields = {name: value for name, value in item.items() if name not in _OWN}
        patients = _number(item, "patients") if "patients" in item else None
        days = _number(item, "days") if "days" in item else 1
        for _ in range(_number(item, "count") if "count" in item else 1):
            unnamed += 1
            first = 0
            named = {"rendering_npi": f"9{unnamed:09d}"} | fields
            for visit in item["visits"]:
                code, _dash, modifier = str(visit).partition("-")
                copies = _number(item["visits"], visit, 0)
                line = named | {
                    "date_from": date(item["year"], 7, 1),
                    "code": code,
                    "modifiers": [modifier] if modifier else [],
                }
                yield _Spread(line, unnamed, first, copies, patients, days)
                first += copies


def _number(item: Mapping[str, Any], key: str, least: int = 1) -> int:
    value = item[key]
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MOST_LINES:
        raise ValueError(f"`{key}` must be a whole number from {least}")
    return value


def _make_table(con: DuckDBPyConnection, name: str, rows: Rows) -> None:
    """A table of peers, its columns being those that its rows name."""
    columns: dict[str, str] = {}
    for row in rows:
        for column, value in row.items():
            kind = "DATE" if isinstance(value, date) else "VARCHAR" if isinstance(value, str) else "DOUBLE"
            kind = "BIGINT" if isinstance(value, int) and columns.get(column) != "DOUBLE" else kind
            columns[column] = kind
    for word in (name, *columns):
        if not _NAME.match(word):
            raise ValueError(f"`{word}` is no name of a table or column")
    if not columns:
        raise ValueError(f"table {name} has no rows")
    typed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    con.execute(f"CREATE OR REPLACE TABLE ref_{name} ({typed})")
    listed = ", ".join(f'"{column}"' for column in columns)
    insert_rows(con, f"ref_{name} ({listed})", [tuple(row.get(column) for column in columns) for row in rows])
