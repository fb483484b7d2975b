"""What a measure counts, against a reading of the raw lines one by one; together with other rules and by partitions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.engine import plain_conditions
from auditor.matching.lines import open_partition
from auditor.profiles import shares
from auditor.rules import model as m
from auditor.workbench.case_tables import make_claim_lines, make_line
from tests.profiles.rule_texts import block, rule_of, rule_text

NPIS = ["1000000012", "1000000020", None]
lines_of = st.lists(
    st.fixed_dictionaries(
        {
            "patient_id": st.sampled_from(["P1", "P2", "P3", "P4"]),
            "rendering_npi": st.sampled_from(NPIS),
            "rendering_specialty": st.sampled_from(["08", "11", None]),
            "service_state": st.sampled_from(["TX", "OH"]),
            "code": st.sampled_from(["99213", "99214", "99215", "20610", None]),
            "modifiers": st.sampled_from([[], ["25"], ["59", "25"]]),
            "units": st.sampled_from([Decimal(1), Decimal("2.5"), None]),
            "paid": st.sampled_from([Decimal("10.01"), Decimal("-3"), None]),
            "denied": st.booleans(),
            "payer_id": st.sampled_from(["X", "Y"]),
            "date_from": st.sampled_from([date(2023, 12, 31), date(2024, 1, 1), date(2024, 3, 1)]),
        }
    ),
    max_size=25,
)
PERCENTILE = "{method: percentile}"
WEIGHED = 'measure: mean\nof: weight\nweights: {"99213": 3, "99214": 4.5}'
BLOCKS = [
    block("{method: beta_binomial}"),
    block("{method: funnel}", "numerator: {line.modifiers: {contains: \"25\"}}"),
    block("{method: chi_square}", 'levels: ["99213", "99215"]'),
    block("{method: chi_square}", ""),
    block(PERCENTILE, "measure: mean\nof: paid"),
    block(PERCENTILE, WEIGHED),
    block(PERCENTILE, "measure: per_patient\nof: units", population="{line.units: {gt: 0}}"),
    block(PERCENTILE, "measure: per_patient\nnumerator: {line.code: {in: $high}}"),
    block(PERCENTILE, "measure: per_day\nof: paid"),
    block("{method: funnel}", peers="{by: [service_state, year]}", population="{line.date_from: {ge: 2024-01-01}}"),
]  # fmt: skip
VARIED = [("1996-01-01", "null", "{}"), ("2024-01-01", "2024-01-31", "{payer_id: [X]}")]


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> list[m.Rule]:
    """Rules of every measure, and a few alike, which are counted together."""
    folder = tmp_path_factory.mktemp("rules")
    found = [rule_of(folder, rule_text(text, f"LVL-{at}", *VARIED[at % 2])) for at, text in enumerate(BLOCKS)]
    found.append(rule_of(folder, rule_text(BLOCKS[0], "LVL-ELSE", *VARIED[1])))
    few = [replace(found[0], id=f"LVL-AGAIN-{at}", effective_from=date(2024, 1, 1 + at)) for at in range(4)]
    payer = m.Test(m.FieldRef("line", "payer_id", "line", "text"), "eq", "Y")
    given = m.ScopedValue("PAY-XMPL-001", payer, ("99213",), date(2024, 1, 1), date(2024, 1, 31))
    of_payer = replace(found[0].parameters["high"], scoped=(given,))
    scoped = replace(found[0], id="LVL-SCOPED", parameters={"high": of_payer})
    return [*found, *few, scoped]


def counted(
    rules: Sequence[m.Rule], given: list[dict[str, Any]], partitions: int
) -> list[list[shares.ProviderShare]]:
    con = duckdb.connect()
    con.execute("SET threads = 1")
    lines = [make_line(at, item) for at, item in enumerate(given)]
    for line in lines:
        line["part"] = int(line["patient_id"][1:]) % partitions
    make_claim_lines(con, lines)
    shares.create_tables(con)
    for part in range(partitions):
        open_partition(con, part, partitions)
        shares.count_partition(con, rules, frozenset())
    found = [shares.totals(con, number) for number in range(len(rules))]
    con.close()
    return found


Count = tuple[int, int, Mapping[str, int]]


def plain(rule: m.Rule, given: Sequence[dict[str, Any]]) -> dict[tuple[str, str, str], Count]:
    """Numerator, population and levels by provider, year and first key of the peers, one line after the other."""
    bench = rule.benchmark
    assert bench is not None
    read: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for line in (make_line(at, item) for at, item in enumerate(given)):
        day, peer = line["date_from"], line[bench.peers[0]]
        inside = (rule.effective_from or date.min) <= day <= (rule.effective_to or date.max)
        if (
            line["denied"]
            or not inside
            or (rule.scope.payer_id and line["payer_id"] not in rule.scope.payer_id)
        ):
            continue
        if line["rendering_npi"] is None or peer is None or not holds(bench.population, line, rule):
            continue
        if bench.method == "chi_square" and (
            line["code"] is None or (bench.levels and line["code"] not in bench.levels)
        ):
            continue
        if amount(bench, line) is not None:
            read[line["rendering_npi"], str(day.year), peer].append(line)
    return {key: _count(rule, bench, lines) for key, lines in read.items()}


def amount(bench: m.Benchmark, line: Mapping[str, Any]) -> int | None:
    if bench.of == "lines":
        return 1
    if bench.of == "weight":
        worth = dict(bench.weights).get(line["code"])
        return None if worth is None else int(worth * 1000)
    value = line[bench.of]
    return None if value is None else int(value * 1000 if bench.of == "units" else value)


def _count(rule: m.Rule, bench: m.Benchmark, lines: Sequence[dict[str, Any]]) -> Count:
    top = sum(amount(bench, line) or 0 for line in lines if holds(bench.numerator, line, rule))
    whole = {
        "per_patient": len({(line["payer_id"], line["patient_id"]) for line in lines}),
        "per_day": len({line["date_from"] for line in lines}),
    }.get(bench.measure, len(lines))
    levels: dict[str, int] = defaultdict(int)
    for line in lines if bench.method == "chi_square" else ():
        levels[line["code"]] += 1
    return top, whole, dict(levels)


def holds(part: m.Condition, line: Mapping[str, Any], rule: m.Rule) -> bool:
    test = plain_conditions.holds(part, rule.parameters, dx_ptr_known=True)
    return test({"line": line}, line["date_from"], {})


def check(rules: list[m.Rule], given_lines: list[dict[str, Any]]) -> None:
    together = counted(rules, given_lines, 1)
    assert counted(rules, given_lines[::-1], 3) == together
    for rule, found in zip(rules, together, strict=True):
        told = {
            (s.provider, s.keys[1], s.peers[0]): (s.numerator, s.population, dict(s.levels)) for s in found
        }
        assert told == plain(rule, given_lines), rule.id


@settings(max_examples=2, deadline=None)
@given(given_lines=lines_of)
@pytest.mark.slow
def test_every_measure_is_what_the_lines_say_one_by_one(
    rules: list[m.Rule], given_lines: list[dict[str, Any]]
) -> None:
    check(rules, given_lines)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(given_lines=lines_of)
def test_every_measure_of_many_feeds_is_what_the_lines_say(
    rules: list[m.Rule], given_lines: list[dict[str, Any]]
) -> None:
    check(rules, given_lines)


def test_rules_with_columns_in_common_are_counted_by_one_reading(rules: list[m.Rule]) -> None:
    class Watched:
        def __init__(self) -> None:
            self.con, self.readings = duckdb.connect(), 0

        def execute(self, sql: str, *values: Any) -> Any:
            self.readings += "FROM line r_line" in sql
            return self.con.execute(sql, *values)

    watched = Watched()
    make_claim_lines(watched.con, [])
    open_partition(watched.con, 0, 1)
    shares.create_tables(watched.con)
    many = [replace(rules[0], id=f"LVL-MANY-{at}") for at in range(100)]
    shares.count_partition(watched, many, frozenset())  # type: ignore[arg-type]
    assert watched.readings <= 3
