"""A share per provider and year (of visits at a high level, say), counted in SQL and summed over partitions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from auditor.matching.sql import Names, condition, scope
from auditor.rules import model as m

_EXPRESSIONS = {"year": "year(date_from)"}


@dataclass(frozen=True)
class ProviderShare:
    """One provider in one peer group: ``numerator`` of ``population`` lines. ``group`` are the peer keys."""

    provider: str
    keys: tuple[str, ...]
    peers: tuple[str, ...]
    numerator: int
    population: int
    billing_npi: str | None
    payer_id: str | None
    line_of_business: str | None


def create_tables(con: DuckDBPyConnection) -> None:
    """Make the empty table that partitions add their counts to."""
    con.execute(
        "CREATE OR REPLACE TABLE provider_count (rule_no INTEGER, keys VARCHAR[], peers VARCHAR[], "
        "numerator BIGINT, population BIGINT, billing_npi VARCHAR, payer_id VARCHAR, line_of_business VARCHAR)"
    )


def count_partition(con: DuckDBPyConnection, rules: Sequence[m.Rule], skipped: frozenset[int]) -> None:
    """First phase: add the counts of the partition in ``line`` to ``provider_count``."""
    for number, rule in enumerate(rules):
        bench = rule.benchmark
        if bench is None or number in skipped:
            continue
        names = Names(day="r_line.date_from")
        population = condition(bench.population, names, rule.parameters)
        numerator = condition(bench.numerator, names, rule.parameters)
        sources = {k: _EXPRESSIONS.get(k, f"r_line.{k}") for k in (*bench.by, *bench.peers)}
        names_of = {k: f"k{at}" for at, k in enumerate(sources)}
        read = ", ".join(f"{source} AS {names_of[k]}" for k, source in sources.items())
        known = " AND ".join(f"({source}) IS NOT NULL" for source in sources.values())
        keys, peers = (
            ", ".join(f"({names_of[k]})::VARCHAR" for k in wanted) for wanted in (bench.by, bench.peers)
        )
        # Grouped by the columns as they are; lists of text are made of the groups, which are few.
        con.execute(
            f"INSERT INTO provider_count SELECT {number}, [{keys}], [{peers}], counted, lines, billing, payer, lob "
            f"FROM (SELECT {read}, count(*) FILTER ({numerator}) AS counted, count(*) AS lines, "
            "min(billing_npi) AS billing, min(payer_id) AS payer, min(line_of_business) AS lob FROM line r_line "
            f"WHERE {scope(rule, 'r_line')} AND {known} AND {population} GROUP BY {', '.join(names_of.values())})"
        )


def totals(con: DuckDBPyConnection, rule_no: int) -> list[ProviderShare]:
    """Second phase: the counts of one rule over all partitions, in a fixed order."""
    rows = con.execute(
        "SELECT keys, peers, sum(numerator)::BIGINT, sum(population)::BIGINT, min(billing_npi), min(payer_id), "
        "min(line_of_business) FROM provider_count WHERE rule_no = ? GROUP BY keys, peers ORDER BY keys, peers",
        [rule_no],
    ).fetchall()
    return [
        ProviderShare(str(keys[0]), tuple(keys), tuple(peers), num, pop, billing, payer, business)
        for keys, peers, num, pop, billing, payer, business in rows
    ]
