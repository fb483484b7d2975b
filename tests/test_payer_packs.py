"""The example packs: what their rules need of the claims, how sure they are, and the sentences they print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import duckdb
import pytest

from auditor.matching.sql import fields_of
from auditor.pipeline import AuditOptions, run_audit
from auditor.rules import model as m
from auditor.rules.fields import LINE_FIELDS, SUM_FIELDS
from auditor.rules.packs import RuleSet, load_packs

RULESETS = Path(__file__).resolve().parent.parent / "rulesets"
AT_HAND = frozenset(
    "claim_id line_no patient_id date_from service_date service_day code units payer_id line_of_business claim_type "
    "setting denied is_span days mods_truncated dx_ptr_known no_payment pointed_dx amount amount_before".split()
)
"""What every feed has, what is made of it, and what says of itself that it is not known."""
ELSEWHERE = frozenset(SUM_FIELDS) - frozenset(LINE_FIELDS)
MADE_OF = {"age": "birth_date"}


@cache
def shipped() -> RuleSet:
    return load_packs([RULESETS, *sorted(path.parent for path in (RULESETS / "payers").glob("*/pack.yaml"))])


def rules_of_packs() -> list[m.Rule]:
    return [rule for rule in shipped().rules if rule.id.startswith("PAY-") and rule.match is not None]


def conditions(rule: m.Rule) -> Iterator[m.Condition]:
    match = rule.match
    assert match is not None
    yield match.when
    if rule.bypass is not None:
        yield rule.bypass
    for variant in rule.all_variants:
        yield from (variant.when, variant.class_rule.partner_when, *variant.class_rule.probable_when)
    for part in (match.sum, match.total, match.group, match.sequence, match.absent, match.because):
        if part is not None:
            yield part.where


def fields_needed(rule: m.Rule) -> set[str]:
    """The fields of claims by which a rule, or an override of its pack, decides."""
    match = rule.match
    assert match is not None
    names = {name for part in conditions(rule) for name in fields_of(part)}
    for override in shipped().overrides:
        if override.id.startswith("PAY-") and {item.id for item in rule.all_variants} & set(override.rules):
            names |= fields_of(override.when)
    names |= {*match.same} | {
        ref.name for join in (match.table, *match.lookups) if join for _, ref in join.on
    }
    for total in (match.sum, match.total):
        names |= {total.of} if total is not None else set()
    if match.within is not None:
        names |= {match.within.anchor, match.within.day}
    names = {MADE_OF.get(name, name) for name in names}
    return {name for name in names if name in LINE_FIELDS} - AT_HAND - ELSEWHERE


@pytest.mark.parametrize("rule", rules_of_packs(), ids=lambda rule: rule.id)
def test_a_rule_requires_every_field_that_it_or_an_override_of_its_pack_decides_by(rule: m.Rule) -> None:
    assert fields_needed(rule) - set(rule.requires) == set()


def test_a_rule_that_asks_for_what_only_the_payer_knows_is_never_claims_evident() -> None:
    for rule in rules_of_packs():
        for variant in rule.all_variants:
            asked = " ".join((*variant.record_needed, *rule.false_positives)).lower()
            if variant.class_rule.base == "definite":
                assert "authoris" not in asked and "exception" not in asked, variant.id


def test_a_rule_with_a_bypass_says_something_of_its_own_where_it_is_bypassed() -> None:
    lifted = [rule for rule in shipped().rules if rule.bypass is not None]
    assert len(lifted) >= 7
    assert [rule.id for rule in lifted if not rule.bypass_explanation] == []


def sentences() -> Iterator[tuple[str, str]]:
    for rule in rules_of_packs():
        for variant in rule.all_variants:
            yield variant.id, variant.explanation
        yield rule.id, rule.bypass_explanation


def test_no_sentence_counts_a_plural_and_none_gives_an_amount_without_its_currency() -> None:
    for name, text in sentences():
        assert not re.search(r"\} (lines|units|times)\b", text), name
        assert not re.search(r"with modifiers \{", text), name
        for amount in re.finditer(r"(.)\{[a-z_]+\.(paid|charge|allowed|amount|amount_before)\}", text):
            assert amount[1] == "$" or "in dollars" in text, name


def test_filing_limits_name_the_first_and_the_last_day_and_count_from_the_last() -> None:
    for name, limit in (("PAY-COM-004", "{limit.days}"), ("PAY-MCD-007", "{$filing_days}")):
        [rule] = [rule for rule in rules_of_packs() if rule.id == name]
        assert "from {line.service_date} to {line.date_to}" in rule.explanation
        assert limit in rule.explanation


HEADER = (
    "claim_id,line_no,patient_id,payer_id,line_of_business,claim_type,rendering_npi,birth_date,"
    "date_from,code,units,paid"
)
VISITS = "".join(
    f"{patient}{n},1,{patient},EXAMPLE-MEDICAID,medicaid,professional,1000000012,{born},2024-0{n}-10,92507,1,60.00\n"
    for patient, born in (("CHILD", "2010-01-01"), ("OLDER", "1980-01-01"))
    for n in range(1, 6)
)


def found(tmp_path: Path, text: str) -> list[tuple[str, str]]:
    claims = tmp_path / "claims.csv"
    claims.write_text(text, encoding="utf-8")
    options = AuditOptions(
        use_starter=True, workers=0, threads=1, reports=False, rules=("PAY-MCD-003",), cases_checked=5
    )
    run_audit([claims], tmp_path / "run", options)
    rows = duckdb.execute(
        "SELECT claim_id, class FROM read_parquet(?) WHERE verdict = 'fail' ORDER BY ALL",
        [str(tmp_path / "run" / "findings.parquet")],
    ).fetchall()
    return [(claim, grade) for claim, grade in rows]


@pytest.mark.slow
def test_without_a_column_of_authorisations_nobody_is_said_to_have_none(tmp_path: Path) -> None:
    assert found(tmp_path, f"{HEADER}\n{VISITS}") == []


@pytest.mark.slow
def test_with_the_column_a_visit_above_the_benefit_needs_the_record_and_a_childs_is_at_risk(
    tmp_path: Path,
) -> None:
    text = f"{HEADER},prior_auth\n" + VISITS.replace("60.00\n", "60.00,\n")
    assert found(tmp_path, text) == [("CHILD5", "risk"), ("OLDER5", "probable")]
