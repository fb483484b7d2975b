"""A measure per provider and year, counted in SQL and summed over partitions.

Rules that have keys and read columns in common share the reading: the lines are first counted by provider and by *kind*
(what the rules' conditions read of a line: its code, say), each rule then asks the few kinds which of them it counts,
and only their counts are added up. A hundred rules cost three scans of the lines and not a hundred.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from duckdb import DuckDBPyConnection

from auditor.matching.evaluating import evaluating
from auditor.matching.sql import Names, condition, literal, scope
from auditor.rules import model as m

_EXPRESSIONS = {"year": "year(r_line.date_from)"}
_SCOPE = ("line_of_business", "claim_type", "setting", "payer_id")
_AMOUNTS = {
    "units": "CAST(r_line.units * 1000 AS BIGINT)",
    "charge": "r_line.charge",
    "allowed": "r_line.allowed",
    "paid": "r_line.paid",
}
FEW = 3
"""Rules for which the lines themselves are asked first: of more, asking would cost more than it saves."""
SCALE: Mapping[str, int] = {
    "lines": 1,
    "units": 1000,
    "charge": 100,
    "allowed": 100,
    "paid": 100,
    "weight": 1000,
}
"""By what a sum is divided to be lines, units, dollars or weight: sums are whole numbers."""


@dataclass(frozen=True)
class ProviderShare:
    """One provider in one peer group: ``numerator`` of ``population``. ``peers`` are the keys of the group.

    ``population`` counts lines, patients or days of service; ``numerator`` lines, thousandths of units or of weight, or
    cents (see SCALE). ``levels`` are lines by code, for a rule that compares the mix; ``numerator`` then says nothing.
    """

    provider: str
    keys: tuple[str, ...]
    peers: tuple[str, ...]
    numerator: int
    population: int
    billing_npi: str | None
    payer_id: str | None
    line_of_business: str | None
    levels: Mapping[str, int] = field(default_factory=dict)


class _Kinds(Names):
    """Names of what a condition reads of a kind of line, in place of the line."""

    def field(self, ref: m.FieldRef) -> str:
        """The column of ``kind`` that holds a field."""
        return f"r_line.{_column(ref)}"


_OF_LINE = Names(day="r_line.date_from")


def create_tables(con: DuckDBPyConnection) -> None:
    """Make the empty tables that partitions add their counts to."""
    con.execute(
        "CREATE OR REPLACE TABLE provider_count (rule_no INTEGER, keys VARCHAR[], peers VARCHAR[], "
        "numerator BIGINT, population BIGINT, billing_npi VARCHAR, payer_id VARCHAR, line_of_business VARCHAR)"
    )
    con.execute(
        "CREATE OR REPLACE TABLE provider_level (rule_no INTEGER, keys VARCHAR[], peers VARCHAR[], code VARCHAR, "
        "lines BIGINT)"
    )
    con.execute(
        "CREATE OR REPLACE TABLE provider_day (rule_no INTEGER, keys VARCHAR[], peers VARCHAR[], days DATE[])"
    )


def count_partition(con: DuckDBPyConnection, rules: Sequence[m.Rule], skipped: frozenset[int]) -> None:
    """First phase: add the counts of the partition in ``line`` to ``provider_count`` and the tables beside it.

    A line without one of the keys, or without the amount that is added up, is not counted.
    """
    families: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for number, rule in enumerate(rules):
        if rule.benchmark is not None and number not in skipped:
            families[_family(rule, rule.benchmark)].append(number)
    for numbers in families.values():
        _count_family(con, {number: rules[number] for number in numbers})


def totals(con: DuckDBPyConnection, rule_no: int) -> list[ProviderShare]:
    """Second phase: the counts of one rule over all partitions, in a fixed order."""
    levels: dict[tuple[tuple[str, ...], tuple[str, ...]], dict[str, int]] = defaultdict(dict)
    for keys, peers, code, lines in con.execute(
        "SELECT keys, peers, code, sum(lines)::BIGINT FROM provider_level WHERE rule_no = ? GROUP BY ALL ORDER BY ALL",
        [rule_no],
    ).fetchall():
        levels[tuple(keys), tuple(peers)][code] = lines
    days = {
        (tuple(keys), tuple(peers)): number
        for keys, peers, number in con.execute(
            "SELECT keys, peers, len(list_distinct(flatten(list(days)))) FROM provider_day WHERE rule_no = ? "
            "GROUP BY keys, peers",
            [rule_no],
        ).fetchall()
    }
    rows = con.execute(
        "SELECT keys, peers, sum(numerator)::BIGINT, sum(population)::BIGINT, min(billing_npi), min(payer_id), "
        "min(line_of_business) FROM provider_count WHERE rule_no = ? GROUP BY keys, peers ORDER BY keys, peers",
        [rule_no],
    ).fetchall()
    return [
        ProviderShare(
            str(keys[0]), at[0], at[1], num, days.get(at, pop), billing, payer, business, levels.get(at, {})
        )
        for keys, peers, num, pop, billing, payer, business in rows
        for at in ((tuple(keys), tuple(peers)),)
    ]


def _family(rule: m.Rule, bench: m.Benchmark) -> tuple[object, ...]:
    """What rules must have in common to be counted together."""
    return (bench.by, bench.peers, bench.measure, _amount(bench), tuple(sorted(_read(rule, bench))))


def _read(rule: m.Rule, bench: m.Benchmark) -> dict[str, str]:
    """What a rule asks of a line, SQL by column of ``kind``. Dates come as the first day of a stretch of days."""
    refs = [*m.fields_read(bench.population), *m.fields_read(bench.numerator)]
    refs += [
        ref
        for name in _used(bench)
        for item in rule.parameters[name].scoped
        for ref in m.fields_read(item.when)
    ]
    found = {_column(ref): _OF_LINE.field(ref) for ref in refs}
    found |= {name: f"r_line.{name}" for name in _SCOPE if getattr(rule.scope, name)}
    if bench.method == "chi_square":
        found["code"] = "r_line.code"
    return found


def _used(bench: m.Benchmark) -> frozenset[str]:
    """The parameters that a benchmark reads."""
    return m.parameters_of(bench.population) | m.parameters_of(bench.numerator)


def _column(ref: m.FieldRef) -> str:
    return f"f_{ref.name}"


def _amount(bench: m.Benchmark) -> str:
    """SQL of what a measure adds up, a whole number; empty where it counts lines."""
    if bench.of == "weight":
        cases = " ".join(f"WHEN {literal(code)} THEN {int(worth * 1000)}" for code, worth in bench.weights)
        return f"CASE r_line.code {cases} END"
    return _AMOUNTS.get(bench.of, "")


def _stretches(rules: Sequence[m.Rule]) -> str:
    """SQL of the first day of the stretch in which no parameter changes and no rule begins or ends."""
    starts: set[date | None] = set()
    ends: set[date | None] = set()
    for rule in rules:
        assert rule.benchmark is not None
        starts.add(rule.effective_from)
        ends.add(rule.effective_to)
        for parameter in (rule.parameters[name] for name in _used(rule.benchmark)):
            starts |= {start for start, _ in parameter.values} | {
                item.effective_from for item in parameter.scoped
            }
            ends |= {item.expires for item in parameter.scoped}
    days = {day for day in starts if day} | {
        day + timedelta(days=1) for day in ends if day and day < date.max
    }
    cases = " ".join(
        f"WHEN r_line.date_from >= {literal(day)} THEN {literal(day)}" for day in sorted(days)[::-1]
    )
    return f"CASE {cases} ELSE DATE '0001-01-01' END" if cases else "DATE '0001-01-01'"


def _count_family(con: DuckDBPyConnection, rules: Mapping[int, m.Rule]) -> None:
    """Count the lines of rules that have keys and columns in common."""
    bench = next(rule.benchmark for rule in rules.values() if rule.benchmark is not None)
    kinds = {"date_from": _stretches(list(rules.values()))}
    for rule in rules.values():
        assert rule.benchmark is not None
        kinds |= _read(rule, rule.benchmark)
    keys = {
        name: _EXPRESSIONS.get(name, f"r_line.{name}") for name in dict.fromkeys((*bench.by, *bench.peers))
    }
    grain = {"per_patient": "r_line.patient_key", "per_day": "r_line.date_from"}.get(bench.measure, "0")
    amount = _amount(bench)
    wanted = ["NOT r_line.denied"]
    wanted += [f"({sql}) IS NOT NULL" for sql in (*keys.values(), *([amount] if amount else []))]
    if len(rules) <= FEW:
        wanted.append("(" + " OR ".join(_wanted(rule, _OF_LINE) for rule in rules.values()) + ")")
    lines = f"WHERE {' AND '.join(wanted)}"
    columns = ", ".join(f"{sql} AS {name}" for name, sql in kinds.items())
    con.execute(
        "CREATE OR REPLACE TEMP TABLE benchmark_kind AS SELECT row_number() OVER () AS kind, FALSE AS denied, * "
        f"FROM (SELECT DISTINCT {columns} FROM line r_line {lines})"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE benchmark_chosen (rule_no INTEGER, kind BIGINT, counted BOOLEAN)"
    )
    for number, rule in rules.items():
        with evaluating(rule):
            _choose(con, number, rule)
    same = " AND ".join(f"({sql}) IS NOT DISTINCT FROM k.{name}" for name, sql in kinds.items())
    read = ", ".join(f"{sql} AS k{at}" for at, sql in enumerate(keys.values()))
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE benchmark_count AS SELECT {read}, k.kind, {grain} AS grain, "
        f"count(*) AS lines, sum({amount or '1'})::BIGINT AS total, min(r_line.billing_npi) AS billing, "
        "min(r_line.payer_id) AS payer, min(r_line.line_of_business) AS lob FROM line r_line JOIN (FROM benchmark_kind "
        f"WHERE kind IN (SELECT kind FROM benchmark_chosen)) k ON {same} "
        f"{lines} GROUP BY ALL"
    )
    _add(con, bench, list(keys))
    for name in ("kind", "chosen", "count"):
        con.execute(f"DROP TABLE benchmark_{name}")


def _choose(con: DuckDBPyConnection, number: int, rule: m.Rule) -> None:
    """Which kinds of lines a rule counts, and which of them in the numerator."""
    assert rule.benchmark is not None
    names = _Kinds(day="r_line.date_from")
    numerator = condition(rule.benchmark.numerator, names, rule.parameters)
    con.execute(
        f"INSERT INTO benchmark_chosen SELECT {number}, kind, {numerator} FROM benchmark_kind r_line "
        f"WHERE {_wanted(rule, names)}"
    )


def _wanted(rule: m.Rule, names: Names) -> str:
    """SQL of the lines, or kinds of them, that a rule counts."""
    bench = rule.benchmark
    assert bench is not None
    found = f"{scope(rule, 'r_line')} AND {condition(bench.population, names, rule.parameters)}"
    if bench.method == "chi_square":
        listed = (
            f"IN ({', '.join(literal(item) for item in bench.levels)})" if bench.levels else "IS NOT NULL"
        )
        found += f" AND r_line.code {listed}"
    return found


def _add(con: DuckDBPyConnection, bench: m.Benchmark, keys: Sequence[str]) -> None:
    """Add what a family of rules counted to the tables of all partitions."""
    by, peers = (
        ", ".join(f"k{keys.index(name)}::VARCHAR" for name in wanted) for wanted in (bench.by, bench.peers)
    )
    # Grouped by the columns as they are; lists of text are made of the groups, which are few.
    groups = ", ".join(f"k{at}" for at in range(len(keys)))
    joined = "FROM benchmark_count JOIN benchmark_chosen USING (kind)"
    population = {"per_patient": "count(DISTINCT grain)", "per_day": "0"}.get(bench.measure, "sum(lines)")
    con.execute(
        f"INSERT INTO provider_count SELECT rule_no, [{by}], [{peers}], counted, lines, billing, payer, lob FROM "
        f"(SELECT rule_no, {groups}, coalesce(sum(total) FILTER (counted), 0)::BIGINT AS counted, "
        f"{population}::BIGINT AS lines, min(billing) AS billing, min(payer) AS payer, min(lob) AS lob {joined} "
        f"GROUP BY rule_no, {groups})"
    )
    if bench.measure == "per_day":
        con.execute(
            f"INSERT INTO provider_day SELECT rule_no, [{by}], [{peers}], days FROM (SELECT rule_no, {groups}, "
            f"list(DISTINCT grain) AS days {joined} GROUP BY rule_no, {groups})"
        )
    if bench.method == "chi_square":
        con.execute(
            f"INSERT INTO provider_level SELECT rule_no, [{by}], [{peers}], code, lines FROM (SELECT rule_no, "
            f"{groups}, code, sum(lines) AS lines {joined} JOIN benchmark_kind USING (kind) "
            f"GROUP BY rule_no, {groups}, code)"
        )
