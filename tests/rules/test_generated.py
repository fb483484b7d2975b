"""Random rules over random claims: what the queries and the engine find is what the second evaluator finds.

A hunt: ``GENERATED_EXAMPLES=2000 pytest -m slow tests/rules/test_generated.py -k sequence``.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from auditor.base.errors import InputRefused
from auditor.rules import model as m
from auditor.rules.loader import load_rule
from auditor.rules.packs import RuleSet
from tests.findings.worlds import World, audited, findings
from tests.rules.generated import FORMS, overrides, premises, rules, written
from tests.rules.generated_claims import worlds

EXAMPLES = int(os.environ.get("GENERATED_EXAMPLES", "10"))
"""Examples of each form in the slow test; a hunt sets it to thousands."""
MOST_REFUSED = 0.1
"""The share of generated rules that the loader may refuse before the generator is thought to have lost its way."""


def loaded(text: str) -> m.Rule | m.Override:
    """A rule or override from its YAML."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "GEN_rule.yaml"
        path.write_text(text, encoding="utf-8")
        return load_rule(path)


def pack_of(texts: Sequence[str]) -> RuleSet:
    """The rules and overrides of a pack, in the order in which an audit has them."""
    items = [loaded(text) for text in texts]
    changes = [item for item in items if isinstance(item, m.Override)]
    found = [_scoped(item, changes) for item in items if isinstance(item, m.Rule)]
    found.sort(key=lambda rule: (rule.stratum, rule.id))
    return RuleSet(tuple(found), tuple(changes), "generated")


def _scoped(rule: m.Rule, changes: Sequence[m.Override]) -> m.Rule:
    """The rule with the parameters that overrides set for some lines."""
    parameters = dict(rule.parameters)
    for item in changes:
        if item.action == "set_parameter" and rule.id in item.rules:
            old = parameters[item.parameter]
            own = m.ScopedValue(item.id, item.when, item.value, item.effective_from, item.expires)
            parameters[old.name] = replace(old, scoped=(*old.scoped, own))
    return replace(rule, parameters=parameters)


class Packs:
    """A generated pack: the texts of its files; shown as they are in a failing example."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts

    def __repr__(self) -> str:
        return "\n".join(["", *self.texts])


@st.composite
def packs(draw: st.DrawFn, forms: tuple[str, ...], most: int) -> Packs:
    """One to ``most`` rules, the first of one of ``forms``, and up to two overrides of them."""
    made: list[Any] = [draw(rules(0, forms))]
    made += [draw(rules(number)) for number in range(1, draw(st.integers(1, most)))]
    if {"because", "sequence"} & set(made[0]["match"]) or "unless" in made[0]:
        made.append(draw(premises(len(made))))
    changes = [draw(overrides(made, number)) for number in range(draw(st.sampled_from([0, 0, 1, 2])))]
    return Packs([written(item) for item in [*made, *changes]])


def agree(pack: Packs, world: World) -> None:
    """Audit the world by the pack; raises InternalCheckFailed where the two evaluators differ.

    The findings are the same where no query asks anything of lines before they are put together.
    """
    try:
        made = pack_of(pack.texts)
    except InputRefused as refused:
        event(f"refused: {refused.what}")
        return
    with audited(world, rules=made) as con:
        found = con.execute("SELECT rule_id, verdict FROM finding ORDER BY ALL").fetchall()
        told = findings(con)
    with audited(world, rules=made, prefilter=False) as con:
        assert findings(con) == told
    for rule_id, verdict in set(found):
        if rule_id == "GEN-RULE-000":
            event(f"{verdict}")


CONFIG = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="GENERATED_EXAMPLES"
    not in os.environ,  # a hunt is random, what guards the code is the same every time
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_both_evaluators_agree_on_generated_rules_of_each_form(form: str) -> None:
    @CONFIG
    @given(packs((form,), 2), worlds())
    def holds(pack: Packs, world: World) -> None:
        agree(pack, world)

    holds()


@pytest.mark.slow
@CONFIG
@given(packs(FORMS, 5), worlds())
def test_both_evaluators_agree_on_packs_of_generated_rules(pack: Packs, world: World) -> None:
    agree(pack, world)


@settings(CONFIG, max_examples=4, derandomize=True)
@given(packs(FORMS, 3), worlds(5))
def test_both_evaluators_agree_on_a_few_generated_packs(pack: Packs, world: World) -> None:
    agree(pack, world)


def test_the_loader_takes_nearly_every_generated_rule() -> None:
    taken: list[bool] = []

    @settings(
        max_examples=40,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(packs(FORMS, 2))
    def load(pack: Packs) -> None:
        for text in pack.texts:
            try:
                loaded(text)
            except InputRefused:
                taken.append(False)
            else:
                taken.append(True)

    load()
    assert taken.count(False) <= MOST_REFUSED * len(taken)
