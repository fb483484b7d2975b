"""Providers that stand out among their peers, as findings of class risk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import duckdb
import pytest

from auditor.findings import model as findings_model
from auditor.findings.indicators import add_indicators
from auditor.profiles import shares
from auditor.rules import model as m
from tests.findings.audits import rules

RULE = "LVL-EM-001"


@pytest.fixture
def rule() -> m.Rule:
    return rules(RULE).rules[0]


@pytest.fixture
def con(rule: m.Rule) -> Iterator[duckdb.DuckDBPyConnection]:
    con = duckdb.connect()
    findings_model.create_tables(con, (rule,), ())
    shares.create_tables(con)
    yield con
    con.close()


def provider(
    con: duckdb.DuckDBPyConnection,
    npi: str,
    share: tuple[int, int],
    specialty: str = "08",
    year: str = "2024",
) -> None:
    """Counts of a provider, as two partitions gave them."""
    numerator, population = share
    for part in (
        (numerator // 2, population // 2),
        (numerator - numerator // 2, population - population // 2),
    ):
        con.execute(
            "INSERT INTO provider_count VALUES (0, ?, ?, ?, ?, 'B1', 'X', 'medicare')",
            [[npi, year], [specialty, year], *part],
        )


def marked(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = list(findings_model.COLUMNS)
    listed = ", ".join(f'"{name}"' for name in names)
    cursor = con.execute(f"SELECT {listed} FROM finding ORDER BY finding_id")
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_one_who_stands_out_is_an_indicator_without_dollars(
    con: duckdb.DuckDBPyConnection, rule: m.Rule
) -> None:
    for number in range(10):
        provider(con, f"peer-{number}", (40, 100))
    provider(con, "1000000012", (95, 100))
    told = add_indicators(con, (rule,), frozenset())
    assert told == {0: {"eligible": 11, "evaluated": 11, "marked": 1, "few_lines": 0, "few_peers": 0}}
    (finding,) = marked(con)
    assert (finding["rule_id"], finding["verdict"], finding["class"]) == (RULE, "fail", "risk")
    assert (finding["rendering_npi"], finding["claim_id"], finding["code"]) == ("1000000012", None, None)
    assert finding["at_risk"] and finding["exposure"] == finding["exposure_counted"] == 0
    assert finding["direction"] == "neutral" and finding["citations"] and finding["billing_npi"] == "B1"
    text = finding["explanation"]
    for words in (
        "1000000012",
        "In 2024, 95 of 100",
        "95.0%",
        "10 peers",
        "08, 2024",
        "percentile 95",
        "40.0%",
    ):
        assert words in text, words
    assert "{" not in text and "fra" + "ud" not in text.lower()


def test_few_lines_and_few_peers_are_told_and_not_judged(
    con: duckdb.DuckDBPyConnection, rule: m.Rule
) -> None:
    for number in range(5):
        provider(con, f"peer-{number}", (12, 30))
    provider(con, "short", (29, 29))
    provider(con, "alone", (99, 100), specialty="11")
    told = add_indicators(con, (rule,), frozenset())
    assert told[0] == {"eligible": 7, "evaluated": 0, "marked": 0, "few_lines": 1, "few_peers": 6}
    provider(con, "sixth", (30, 30))
    told = add_indicators(con, (rule,), frozenset())
    assert (told[0]["evaluated"], told[0]["few_peers"], told[0]["marked"]) == (6, 1, 1)


def test_two_peers_are_the_least_whatever_the_rule_says(con: duckdb.DuckDBPyConnection, rule: m.Rule) -> None:
    assert rule.benchmark is not None
    lax = replace(rule, benchmark=replace(rule.benchmark, min_peers=1))
    provider(con, "one", (10, 100))
    provider(con, "two", (90, 100))
    assert add_indicators(con, (lax,), frozenset())[0]["few_peers"] == 2
    provider(con, "three", (10, 100))
    assert add_indicators(con, (lax,), frozenset())[0]["evaluated"] == 3


def test_a_provider_of_two_specialties_has_two_ids(con: duckdb.DuckDBPyConnection, rule: m.Rule) -> None:
    for specialty in ("08", "11"):
        for number in range(10):
            provider(con, f"peer-{number}", (20, 100), specialty=specialty)
        provider(con, "1000000012", (99, 100), specialty=specialty)
    add_indicators(con, (rule,), frozenset())
    found = marked(con)
    assert len(found) == 2 and len({finding["finding_id"] for finding in found}) == 2
    assert {finding["rendering_npi"] for finding in found} == {"1000000012"}


def test_a_skipped_rule_is_not_judged(con: duckdb.DuckDBPyConnection, rule: m.Rule) -> None:
    provider(con, "one", (10, 100))
    assert add_indicators(con, (rule,), frozenset({0})) == {}
