"""Which rules take part in a file's cases: those that the cases are about, and those whose conclusions they can read.

Whatever else a pack holds cannot change what the cases compare, and each of hundreds of rules would be audited with all
others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from auditor.rules import model as m
from auditor.rules.packs import RuleSet


def taking_part(item: m.Rule | m.Override, pack: RuleSet) -> RuleSet:
    """The part of a pack with which the inline cases of a rule or override are run.

    The whole pack where a case says what is counted of an amount: any finding on the line may take dollars first.
    """
    expected = [wanted for case in item.tests for wanted in _expected(case)]
    if any("exposure_counted" in wanted for wanted in expected):
        return pack
    named = {str(wanted.get("rule")) for wanted in expected} | {item.id}
    if isinstance(item, m.Override):
        named |= set(item.rules)
    chosen = [rule for rule in pack.rules if _names(rule) & named]
    chosen += [rule for rule in pack.rules if rule not in chosen and _is_read(rule, chosen)]
    return replace(pack, rules=tuple(rule for rule in pack.rules if rule in chosen))


def _expected(case: Any) -> Sequence[Mapping[str, Any]]:
    wanted = case.get("expect") if isinstance(case, Mapping) else None
    return [found for found in wanted if isinstance(found, Mapping)] if isinstance(wanted, list) else []


def _names(rule: m.Rule) -> set[str]:
    return {rule.family, *(variant.id for variant in rule.all_variants)}


def _is_read(rule: m.Rule, readers: Sequence[m.Rule]) -> bool:
    """Whether one of ``readers`` may read what ``rule`` concludes; what a conclusion rests on is one itself."""
    return rule.concludes is not None and any(
        _reads(reader) and rule.stratum <= reader.stratum for reader in readers
    )


def _reads(rule: m.Rule) -> bool:
    match = rule.match
    if match is None:
        return False
    counts = match.sequence is not None and match.sequence.restart == "payable"
    return (
        match.form == "because"
        or rule.unless is not None
        or counts
        or any(variant.class_rule.partner is not None for variant in rule.all_variants)
    )
