"""Providers that stand out among their peers, as findings of class risk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import duckdb
import pytest

from auditor.findings import model as findings_model
from auditor.findings.indicators import add_indicators, not_evaluated
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


def told_of(con: duckdb.DuckDBPyConnection, rule: m.Rule, **changes: Any) -> dict[str, Any]:
    assert rule.benchmark is not None
    bench = replace(rule.benchmark, **changes)
    plain = (
        "{population} {counted}, {measure} {share}, mean {peer_mean}, limit {peer_limit}, {side}, {levels}"
    )
    add_indicators(con, (replace(rule, benchmark=bench, explanation=plain),), frozenset())
    (finding,) = marked(con)
    return finding


@pytest.mark.parametrize("method", ["beta_binomial", "funnel", "percentile"])
def test_every_method_says_its_figures_and_whom_it_leaves_out(
    con: duckdb.DuckDBPyConnection, rule: m.Rule, method: str
) -> None:
    for number in range(20):
        provider(con, f"peer-{number}", (40, 100))
    provider(con, "1000000012", (95, 100))
    text = told_of(con, rule, method=method)["explanation"]
    for words in (
        "100 lines",
        "share of lines 95.0%",
        "mean 40.0%",
        "above",
        "fewer than 30 lines",
        "5 peers",
        "20 of",
    ):
        assert words in text, words
    assert "audited claims" in text and "Method: " in text


def test_a_measure_in_dollars_is_told_in_dollars(con: duckdb.DuckDBPyConnection, rule: m.Rule) -> None:
    for number in range(20):
        provider(con, f"peer-{number}", (40_000, 100))
    provider(con, "1000000012", (123_456, 100))
    finding = told_of(con, rule, method="percentile", measure="per_patient", of="paid")
    assert "100 patients, dollars paid per patient $12.35, mean $4.00, limit $4.00" in finding["explanation"]
    assert finding["premises"] == ["100 patients", "20 peers"] and finding["exposure"] == 0


def test_a_mix_is_told_by_code(con: duckdb.DuckDBPyConnection, rule: m.Rule) -> None:
    for number in range(20):
        provider(con, f"peer-{number}", (0, 100))
    provider(con, "1000000012", (0, 100))
    con.execute(
        "INSERT INTO provider_level SELECT rule_no, keys, peers, unnest(['99213', '99215']), "
        "unnest(CASE WHEN keys[1] = '1000000012' THEN [10, 90] ELSE [90, 10] END) FROM "
        "(SELECT DISTINCT rule_no, keys, peers FROM provider_count)"
    )
    finding = told_of(con, rule, method="chi_square", levels=("99213", "99215"))
    assert "99213 10.0% (peers 90.0%); 99215 90.0% (peers 10.0%)" in finding["explanation"]


def test_a_row_of_peers_is_cited_by_its_edition(con: duckdb.DuckDBPyConnection, rule: m.Rule) -> None:
    provider(con, "1000000012", (95, 100))
    con.execute(
        "CREATE TABLE ref_peers AS SELECT '08' AS rendering_specialty, 2024 AS year, 900 AS providers, "
        "'2024 final' AS edition, 40.0 AS mean_pct, 10.0 AS sd_pct"
    )
    finding = told_of(con, rule, table="peers")
    (row,) = finding["reference_rows"]
    assert (row["table"], row["edition"]) == ("peers", "2024 final")
    assert row["key"] == "rendering_specialty 08 / year 2024" and row["effective"] is None
    assert "Peers: 900 of the table peers, edition 2024 final." in finding["explanation"]


def test_a_billing_provider_is_named_as_such(con: duckdb.DuckDBPyConnection, rule: m.Rule) -> None:
    for number in range(10):
        provider(con, f"peer-{number}", (40, 100))
    provider(con, "1000000012", (95, 100))
    finding = told_of(con, rule, by=("billing_npi", "year"))
    assert (finding["billing_npi"], finding["rendering_npi"]) == ("1000000012", None)


def test_why_a_provider_was_not_judged_is_told_in_words(rule: m.Rule) -> None:
    assert rule.benchmark is not None
    counts = {"few_lines": 3, "few_peers": 0, "no_peer_row": 2}
    tabled = replace(rule, benchmark=replace(rule.benchmark, table="peers"))
    assert not_evaluated(tabled, counts) == [
        ("fewer than 30 lines", 3),
        ("table peers has no usable row for the peer group", 2),
    ]
    assert not_evaluated(replace(rule, benchmark=None), counts) == []
