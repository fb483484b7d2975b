"""What each rule can do on the claims at hand, and why not more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from auditor.matching import products
from auditor.matching.facts import Facts
from auditor.profiles.feed_rules import Because, Readiness, rules_on_feed
from auditor.rules import model as m
from auditor.workbench.case_tables import FAR, LONG_AGO, make_claim_lines, make_line, make_tables
from tests import tiny
from tests.findings.audits import line, mue, rules
from tests.profiles.rule_texts import block, rule_of, rule_text

NAMES = ("ncci_ptp", "ncci_mue", "ncci_aoc", "coverage", "mpfs_rvu")
ALL_FIELDS = frozenset(make_line(0, line("99213")))
MUE = rules("NCCI-MUE-002").rules
PTP = rules("NCCI-PTP-001").rules
ANY = "match: {lines: [line], when: {line.code: '99213'}}\n"


def ready(
    chosen: Sequence[m.Rule],
    lines: Sequence[Mapping[str, Any]],
    *,
    answers: Mapping[str, tuple[date, date]] | None = None,
    fields: frozenset[str] = ALL_FIELDS,
    missing: Mapping[int, str] | None = None,
    idle: frozenset[int] = frozenset(),
    partitions: int = 1,
    **tables: list[dict[str, Any]],
) -> tuple[Readiness, ...]:
    """What the rules can do on lines; every table answers for all dates, unless ``answers`` says otherwise."""
    with duckdb.connect() as con:
        made = [make_line(number, given) for number, given in enumerate(lines)]
        make_claim_lines(con, [row | {"part": at % partitions} for at, row in enumerate(made)])
        make_tables(con, {name: tables.get(name, []) for name in NAMES}, {})
        spans = tuple((name, "*", *(answers or {}).get(name, (LONG_AGO, FAR))) for name in NAMES)
        return rules_on_feed(con, chosen, Facts(True, spans), fields, dict(missing or {}), idle, partitions)


def own(folder: Path, *bodies: str) -> tuple[m.Rule, ...]:
    texts = [tiny.rule(body, f"PAY-TINY-00{at}") for at, body in enumerate(bodies, 1)]
    return tiny.pack(folder, *texts).rules


def test_a_rule_that_can_look_at_all_its_lines_runs() -> None:
    (found,) = ready(MUE, [line("99213"), line("99213", paid=15)], ncci_mue=[mue("99213", 1, "3")])
    assert (found.state, found.eligible, found.evaluated, found.reasons) == ("runs", 2, 2, ())
    assert found.cents_eligible == found.cents_evaluated == 2_500


def test_a_rule_that_can_look_at_some_of_its_lines_runs_in_part() -> None:
    (found,) = ready(MUE, [line("99213"), line("99214", paid=20)], ncci_mue=[mue("99213", 1, "3")])
    assert (found.state, found.eligible, found.evaluated) == ("in part", 2, 1)
    assert found.reasons == (Because("no published MUE value for the code on the service date", 1, 2_000),)
    assert (found.cents_eligible, found.cents_evaluated) == (3_000, 1_000)


def test_a_table_without_an_edition_for_these_dates_evaluates_nothing() -> None:
    (found,) = ready(PTP, [line("99213")], answers={"ncci_ptp": (date(2020, 1, 1), date(2020, 3, 31))})
    assert (found.state, found.evaluated) == ("not evaluated", 0)
    assert found.why == "no NCCI PTP publication answers for the service date"


def test_a_field_that_the_feed_lacks_evaluates_nothing_and_all_of_them_are_named(tmp_path: Path) -> None:
    chosen = own(tmp_path, "requires: [claim_line.pos, claim_line.mac]\n" + ANY)
    (found,) = ready(chosen, [line("99213")], fields=ALL_FIELDS - {"pos", "mac"}, missing={0: "pos"})
    assert (found.state, found.lacks) == ("not evaluated", ("pos", "mac"))
    assert found.why == "the feed has no pos, mac"
    assert [item.reason for item in found.reasons] == ["the feed has no pos, mac"]


def test_a_payer_that_no_line_is_of_leaves_nothing_in_scope(tmp_path: Path) -> None:
    chosen = own(tmp_path, "applies_to: {payer_id: [ACME]}\n" + ANY)
    (found,) = ready(chosen, [line("99213")], idle=frozenset({0}))
    assert (found.state, found.why) == ("nothing in scope", "no line is of its payer (ACME)")


@pytest.mark.parametrize(
    ("scope", "why"),
    [
        ("applies_to: {setting: [dme]}\n", "no line is of the setting dme"),
        (
            "applies_to: {line_of_business: [medicaid, other]}\n",
            "no line is of the line of business medicaid or other",
        ),
        (
            "applies_to: {claim_type: [institutional], setting: [practitioner]}\n",
            "no line is of its claim type and setting at once",
        ),
        ("effective: {from: 2030-01-01, to: null}\n", "it is for service dates from 2030-01-01 on"),
        ("effective: {from: 2001-01-01, to: 2002-12-31}\n", "it is for service dates to 2002-12-31"),
    ],
)
def test_a_scope_that_no_line_is_in_is_named(tmp_path: Path, scope: str, why: str) -> None:
    hospital = {"claim_type": "institutional", "tob": "131"}
    (found,) = ready(own(tmp_path, scope + ANY), [line("99213"), line("99213", **hospital)])
    assert (found.state, found.eligible, found.why) == ("nothing in scope", 0, why)


def test_a_rule_of_other_codes_has_nothing_in_scope() -> None:
    (found,) = ready(MUE, [line(None, revenue_code="0450")])
    assert (found.state, found.why) == ("nothing in scope", "no line has a code that it is about")


def test_an_institutional_line_without_a_bill_type_is_in_scope_of_outpatient_rules_and_not_evaluated(
    tmp_path: Path,
) -> None:
    chosen = own(tmp_path, "applies_to: {setting: [outpatient_hospital]}\nmatch: {lines: [line]}\n")
    (found,) = ready(chosen, [line("99213", claim_type="institutional", tob=None)])
    assert (found.state, found.eligible) == ("not evaluated", 1)
    assert found.why.startswith("bill type missing")


def test_without_an_audited_line_no_rule_has_anything_in_scope() -> None:
    (found,) = ready(MUE, [line("99213", state="set_aside")])
    assert (found.state, found.why) == ("nothing in scope", "no line was audited")


def test_a_rule_that_puts_too_many_lines_together_is_left_out_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(products, "MOST_PAIRS", 3)
    pairs = 'match: {lines: [one, two], same: [claim_id]}\nflag: [two]\nexplanation: "{one.claim_id}"\n'
    found = ready(own(tmp_path, pairs, ANY), [line("99213") for _ in range(9)])
    assert [item.state for item in found] == ["left out", "runs"]
    assert "PAY-TINY-001 would compare" in found[0].why
    assert (found[0].eligible, found[0].evaluated) == (9, 0)


def test_partitions_add_up() -> None:
    lines = [line(code, patient_id=f"P{at}") for at, code in enumerate(["99213", "99214", "99213", "99213"])]
    rows = [mue("99213", 1, "3")]
    assert ready(MUE, lines, ncci_mue=rows) == ready(MUE, lines, partitions=3, ncci_mue=rows)


def test_of_a_benchmark_providers_are_counted(tmp_path: Path) -> None:
    text = rule_text(block("{method: beta_binomial, min_n: 11, min_peers: 2}"))
    lines = [
        line("99213", rendering_npi=f"100000000{who}", rendering_specialty="08", patient_id=f"P{at}")
        for who, number in enumerate([11, 12, 13, 10])
        for at in range(number)
    ]
    (found,) = ready([rule_of(tmp_path, text)], lines)
    assert (found.unit, found.state, found.eligible, found.evaluated) == ("providers", "in part", 4, 3)
    assert [(item.reason, item.lines) for item in found.reasons] == [("fewer than 11 lines", 1)]


def test_a_benchmark_without_its_field_counts_no_providers(tmp_path: Path) -> None:
    text = "requires: [claim_line.rendering_specialty]\n" + rule_text(block("{method: beta_binomial}"))
    (found,) = ready(
        [rule_of(tmp_path, text)],
        [line("99213")],
        fields=ALL_FIELDS - {"rendering_specialty"},
        missing={0: "rendering_specialty"},
    )
    assert (found.state, found.eligible, found.why) == (
        "not evaluated",
        None,
        "the feed has no rendering_specialty",
    )
