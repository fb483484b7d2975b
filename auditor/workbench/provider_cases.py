"""The providers of an inline case of a benchmark, as claim lines: so many of each code, all alike otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from duckdb import DuckDBPyConnection

from auditor.findings import model as findings_model
from auditor.findings.indicators import add_indicators
from auditor.matching.lines import open_partition
from auditor.profiles import shares
from auditor.rules.packs import RuleSet
from auditor.workbench.case_tables import make_claim_lines, make_line

_OWN = frozenset({"count", "year", "visits"})


def find_indicators(con: DuckDBPyConnection, rules: RuleSet, providers: Sequence[Mapping[str, Any]]) -> None:
    """Count the providers' lines and fill ``finding`` with those who stand out.

    An item of ``providers`` is ``count`` providers alike (default one), each with the lines that ``visits`` gives by
    code, or by code and modifier (``"99213-25"``), in ``year``; every other key is a field of the claim lines. Raises
    ValueError for an unknown field, KeyError when ``year`` or ``visits`` is missing.
    """
    make_claim_lines(con, [make_line(at, line) for at, line in enumerate(_lines(providers))])
    # One claim a line and one patient a claim, as many as the case says.
    con.execute(
        "CREATE OR REPLACE TABLE claim_line AS SELECT l.* EXCLUDE (copy) REPLACE (row_number() OVER () - 1 AS line_id, "
        "row_number() OVER () AS patient_key, row_number() OVER () AS claim_key, "
        "'A' || row_number() OVER () AS claim_id, 1::DECIMAL(18,3) AS units) "
        "FROM (SELECT *, unnest(range(units::BIGINT)) AS copy FROM claim_line) AS l"
    )
    open_partition(con, 0, 1)
    findings_model.create_tables(con, rules.rules, rules.overrides)
    shares.create_tables(con)
    shares.count_partition(con, rules.rules, frozenset())
    add_indicators(con, rules.rules, frozenset())


def _lines(providers: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """One line a provider, code and modifier; ``units`` carries how many there are of it."""
    unnamed = 0
    for item in providers:
        fields = {name: value for name, value in item.items() if name not in _OWN}
        for _ in range(item.get("count", 1)):
            unnamed += 1
            named = {"rendering_npi": f"9{unnamed:09d}"} | fields
            for visit, number in item["visits"].items():
                code, _dash, modifier = str(visit).partition("-")
                yield named | {
                    "date_from": date(item["year"], 7, 1),
                    "code": code,
                    "modifiers": [modifier] if modifier else [],
                    "units": number,
                }
