"""Providers of an inline case as claim lines: how many, of how many patients and days, and beside which table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from auditor.rules.packs import RuleSet
from auditor.workbench.provider_cases import find_indicators
from tests.findings.audits import rules


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    con = duckdb.connect()
    con.execute("SET threads = 1")
    yield con
    con.close()


@pytest.fixture(scope="module")
def pack() -> RuleSet:
    return rules("LVL-EM-001")


def counts(con: duckdb.DuckDBPyConnection) -> tuple[Any, ...]:
    row = con.execute(
        "SELECT count(*), count(DISTINCT patient_key), count(DISTINCT date_from), count(DISTINCT claim_id), "
        "count(DISTINCT rendering_npi), sum(units)::INTEGER, sum(paid)::INTEGER FROM claim_line"
    ).fetchone()
    assert row is not None
    return row


def item(**given: Any) -> dict[str, Any]:
    return {"rendering_specialty": "08", "year": 2024, "visits": {"99213": 30, "99214-25": 10}} | given


def test_every_line_is_of_a_patient_and_claim_of_its_own(
    con: duckdb.DuckDBPyConnection, pack: RuleSet
) -> None:
    find_indicators(con, pack, [item(count=3)])
    assert counts(con) == (120, 120, 1, 120, 3, 120, None)
    assert con.execute("SELECT count(*) FROM claim_line WHERE modifiers = ['25']").fetchone() == (30,)


def test_lines_are_spread_over_patients_and_days(con: duckdb.DuckDBPyConnection, pack: RuleSet) -> None:
    find_indicators(con, pack, [item(count=2, patients=8, days=5, units=Decimal("2"), paid=Decimal("1.50"))])
    assert counts(con) == (80, 16, 5, 80, 2, 160, 80 * 150)
    widest = con.execute(
        "SELECT rendering_npi, patient_key, count(*) FROM claim_line GROUP BY ALL ORDER BY 3 DESC LIMIT 1"
    ).fetchone()
    assert widest is not None and widest[2] == 5


def test_a_table_of_peers_stands_beside_the_providers(con: duckdb.DuckDBPyConnection, pack: RuleSet) -> None:
    (rule,) = pack.rules
    assert rule.benchmark is not None
    tabled = replace(rule, benchmark=replace(rule.benchmark, table="level_peers"))
    row = {
        "rendering_specialty": "08", "year": 2024, "providers": 900, "mean_pct": 40, "sd_pct": Decimal("10.5"),
        "edition": "2024",
    }  # fmt: skip
    find_indicators(con, replace(pack, rules=(tabled,)), [item(visits={"99215": 40})], {"level_peers": [row]})
    assert con.execute("SELECT rule_id, class FROM finding").fetchall() == [("LVL-EM-001", "risk")]


MALFORMED: dict[str, tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]] = {
    "a field unknown": (item(specialty="08"), {}),
    "a year missing": ({"visits": {"99213": 1}}, {}),
    "visits missing": ({"year": 2024}, {}),
    "visits that are none": (item(visits={"99213": -1}), {}),
    "a number in words": (item(visits={"99213": "many"}), {}),
    "patients that are none": (item(patients=0), {}),
    "days of a half": (item(days=Decimal("1.5")), {}),
    "lines without end": (item(count=1_000_000), {}),
    "a table that is a query": (item(), {"x; DROP TABLE claim_line": [{"a": 1}]}),
    "a column that is a query": (item(), {"peers": [{'a" INT); --': 1}]}),
    "a table of nothing": (item(), {"peers": []}),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_item_is_told(con: duckdb.DuckDBPyConnection, pack: RuleSet, name: str) -> None:
    given, tables = MALFORMED[name]
    with pytest.raises((ValueError, KeyError)):
        find_indicators(con, pack, [given], tables)
