"""How much each rule could look at: lines and dollars, evaluated or not and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings

from auditor.engine.plain_case import of_kind
from auditor.matching import coverage
from auditor.matching.facts import Facts
from auditor.matching.lines import open_partition
from auditor.rules import model as m
from auditor.workbench.case_tables import FAR, LONG_AGO, make_claim_lines, make_line, make_tables
from tests import tiny
from tests.findings.audits import Answers, line, mue, ptp, rules
from tests.findings.worlds import World, pack, worlds

NAMES = ("ncci_ptp", "ncci_mue", "ncci_aoc", "coverage")


def measured(
    lines: Sequence[dict[str, Any]],
    chosen: Sequence[m.Rule],
    *,
    answers: Answers | None = None,
    missing: dict[int, str] | None = None,
    **tables: list[dict[str, Any]],
) -> dict[tuple[str, str], tuple[int, int]]:
    """Lines and cents by rule and reason."""
    con = duckdb.connect()
    make_claim_lines(con, [make_line(number, given) for number, given in enumerate(lines)])
    make_tables(con, {name: tables.get(name, []) for name in NAMES}, {})
    open_partition(con, 0, 1)
    spans = tuple((name, "*", *(answers or {}).get(name, (LONG_AGO, FAR))) for name in (*NAMES, "mpfs_rvu"))
    gaps = coverage.measure(con, chosen, Facts(True, spans), missing or {})
    con.close()
    told: dict[tuple[str, str], tuple[int, int]] = {}
    for gap in gaps:
        lines_before, cents_before = told.get((chosen[gap.rule_no].id, gap.reason), (0, 0))
        told[chosen[gap.rule_no].id, gap.reason] = (lines_before + gap.lines, cents_before + gap.cents)
    return {key: value for key, value in told.items() if value != (0, 0)}


PTP = rules("NCCI-PTP-001").rules
MUE = rules("NCCI-MUE-002").rules


def _summed(gaps: Sequence[coverage.Gap]) -> dict[tuple[int, str], tuple[int, int]]:
    """Lines and cents by rule and reason."""
    lines, cents = Counter[tuple[int, str]](), Counter[tuple[int, str]]()
    for gap in gaps:
        lines[gap.rule_no, gap.reason] += gap.lines
        cents[gap.rule_no, gap.reason] += gap.cents
    return {key: (lines[key], cents[key]) for key in lines if lines[key]}


def test_a_span_over_the_edge_of_a_quarter_counts_by_its_days() -> None:
    rows = [mue("45385", 1, "2", effective=date(2024, 7, 1))]
    third = {"ncci_mue": (date(2024, 7, 1), date(2024, 9, 30))}

    def told(first: date, last: date) -> dict[tuple[str, str], tuple[int, int]]:
        spanning = line("45385", 10, units=10, date_from=first, date_to=last)
        return measured([spanning], MUE, answers=third, ncci_mue=rows)

    unanswered = "no published MUE value publication answers for the service date"
    part = {
        ("NCCI-MUE-002", ""): (1, 1000),
        ("NCCI-MUE-002", f"{coverage.PARTLY}{unanswered}"): (1, 1000),
    }
    assert told(date(2024, 6, 28), date(2024, 7, 2)) == part
    assert told(date(2024, 9, 29), date(2024, 10, 2)) == part
    assert told(date(2024, 8, 1), date(2024, 8, 3)) == {("NCCI-MUE-002", ""): (1, 1000)}
    assert told(date(2024, 6, 1), date(2024, 6, 3)) == {("NCCI-MUE-002", unanswered): (1, 1000)}


def test_a_national_policy_needs_no_place_on_the_line() -> None:
    lcd = rules("COV-LCD-001").rules
    lines = [line("45385", 10, dx=["E119"], dx_ptr=[1])]
    policy = {"article": "A1", "code": "45385", "dx_from": "I10", "effective": date(2020, 1, 1)}
    for place, reason in (("*", ""), ("15102", "jurisdiction missing")):
        found = measured(lines, lcd, coverage=[policy | {"jurisdiction": place}])
        assert found == {("COV-LCD-001", reason): (1, 1000)}


def test_lines_in_scope_are_eligible_and_evaluated_with_their_dollars() -> None:
    lines = [
        line("45385", 10),
        line("99999", None, allowed=5, charge=7),
        line("45378", -3),
        line("45385", denied=True),
        line("45385", line_of_business="commercial"),
        line(None, 20),
    ]
    assert measured(lines, PTP) == {("NCCI-PTP-001", ""): (3, 1500)}


def test_why_a_line_was_not_evaluated() -> None:
    until = {"ncci_ptp": (LONG_AGO, date(2024, 7, 10)), "ncci_mue": (LONG_AGO, date(2024, 7, 10))}
    after = {"date_from": date(2024, 7, 11)}
    lines = [
        line("45385"),
        line("45385", **after),
        line("45385", rendering_npi=None),
        line("45385", units=0),
        line("17000"),
    ]
    assert measured(lines, PTP, answers=until, ncci_ptp=[ptp("45385", "45378")]) == {
        ("NCCI-PTP-001", ""): (3, 3000),
        ("NCCI-PTP-001", "no NCCI PTP publication answers for the service date"): (1, 1000),
        ("NCCI-PTP-001", "provider missing"): (1, 1000),
    }
    assert measured(lines, MUE, answers=until, ncci_mue=[mue("45385", 1, "2")]) == {
        ("NCCI-MUE-002", ""): (1, 1000),
        ("NCCI-MUE-002", "no published MUE value publication answers for the service date"): (1, 1000),
        ("NCCI-MUE-002", "provider missing"): (1, 1000),
        ("NCCI-MUE-002", "units missing, zero or negative"): (1, 1000),
        ("NCCI-MUE-002", "no published MUE value for the code on the service date"): (1, 1000),
    }


KEYED = {
    "a pair": "match: {lines: [one, two], same: [patient_id, billing_tin, service_day]}",
    "copies": "match: {lines: [one, two], group: {same: [patient_id, billing_tin], order: [received_date]}}",
    "a sum of a day": "match: {lines: [line], sum: {as: s, over: [patient_id, billing_tin, service_day]}, "
    "when: {s.units: {gt: 9}}}",
    "a sum of a month": "match: {lines: [line], sum: {as: s, of: units, over: [patient_id, billing_tin, month]}, "
    "when: {s.units: {gt: 9}}}",
    "visits": "match: {lines: [line], sequence: {same: [patient_id, billing_tin], window: {days: [-9, 0]}}}",
    "nothing beside": "match: {lines: [line], absent: {line: other, same: [patient_id, billing_tin]}}",
}


@pytest.mark.parametrize("form", KEYED)
def test_a_line_without_a_key_that_puts_lines_together_is_not_evaluated(tmp_path: Path, form: str) -> None:
    chosen = tiny.pack(
        tmp_path, tiny.rule(f"{KEYED[form]}\nexposure: {{method: none}}\nexplanation: told\n")
    ).rules
    lines = [line("45385", billing_tin="T1"), line("45385", 20), line("45385", 30, billing_tin="T2")]
    assert measured(lines, chosen) == {
        ("PAY-TINY-001", ""): (2, 4000),
        ("PAY-TINY-001", "billing tin missing"): (1, 2000),
    }


@pytest.mark.parametrize(("of", "lacking"), [("paid", {"paid": None}), ("charge", {"charge": None})])
def test_a_line_without_the_amount_that_is_summed_is_not_evaluated(
    tmp_path: Path, of: str, lacking: dict[str, Any]
) -> None:
    body = f"match: {{lines: [line], sum: {{as: s, of: {of}, over: [patient_id]}}, when: {{s.amount: {{gt: 9.00}}}}}}\n"
    chosen = tiny.pack(tmp_path, tiny.rule(body + "exposure: {method: none}\nexplanation: told\n")).rules
    found = measured([line("45385", charge=1), line("45385", 10) | {"charge": 1} | lacking], chosen)
    assert {reason: lines for (_, reason), (lines, _) in found.items()} == {"": 1, f"{of} missing": 1}


def test_a_field_that_the_feed_lacks_leaves_nothing_evaluated() -> None:
    found = measured([line("45385"), line("45378")], PTP, missing={0: "modifiers"})
    assert found == {("NCCI-PTP-001", "the feed has no modifiers"): (2, 2000)}


def test_an_effective_date_bounds_what_is_eligible() -> None:
    days = [date(2013, 3, 31), date(2013, 4, 1), date(2024, 7, 10)]
    found = measured([line("45385", date_from=day) for day in days], MUE, ncci_mue=[mue("45385", 1, "2")])
    assert found == {("NCCI-MUE-002", ""): (2, 2000)}


def test_an_addon_rule_looks_at_addon_codes_only() -> None:
    chosen = rules("NCCI-AOC-001").rules
    rows = [{"edit_type": "1", "addon": "17003", "primary_code": "17000"}]
    found = measured([line("17000"), line("17003"), line("17003", rendering_npi=None)], chosen, ncci_aoc=rows)
    assert found == {("NCCI-AOC-001", ""): (1, 1000), ("NCCI-AOC-001", "provider missing"): (1, 1000)}


@pytest.mark.slow
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(worlds(least=2, most=6))
def test_counting_by_stretches_of_days_is_counting_by_days(world: World) -> None:
    """Dates are taken together between the days on which something changes; a rule sees each line of its kind once."""
    chosen = [rule for rule in pack().rules if rule.match is not None]
    lines = [make_line(number, given) for number, given in enumerate(world.lines)]
    con = duckdb.connect()
    make_claim_lines(con, lines)
    lines = [line for line in lines if line["state"] == "audited"]
    make_tables(con, world.tables, {})
    open_partition(con, 0, 1)
    facts = Facts(world.dx_ptr_known, world.answers)
    together = coverage.measure(con, chosen, facts, {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coverage, "_MOST_SEGMENTS", -1)
        one_by_one = coverage.measure(con, chosen, facts, {})
    con.close()
    assert _summed(together) == _summed(one_by_one)
    lines_of = Counter[int]()
    for (number, reason), (lines_told, cents) in _summed(together).items():
        lines_of[number] += 0 if reason.startswith(coverage.BESIDE) else lines_told
        assert lines_told > 0 and cents >= 0
    for number, rule in enumerate(chosen):
        assert lines_of[number] <= len(lines)
        if rule.match is not None and rule.match.form == "line" and rule.match.table is None:
            open_ended = [item for item in lines if of_kind(rule, item)]
            first = rule.effective_from or LONG_AGO
            assert lines_of[number] >= sum(item["date_from"] >= first for item in open_ended)
