"""Random rules over random claims: what the queries and the engine find is what the second evaluator finds.

A hunt: ``GENERATED_EXAMPLES=2000 pytest -m slow tests/rules/test_generated.py -k sequence``.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, reject, settings
from hypothesis import strategies as st

from auditor.base.errors import InputRefused, RuleNotEvaluated
from auditor.matching import whole_claims
from auditor.rules.packs import RuleSet, load_packs
from tests.findings.worlds import World, audited, findings
from tests.rules.generated import FORMS, overrides, premises, rules, written
from tests.rules.generated_claims import worlds
from tests.rules.generated_words import CODES, DATES

EXAMPLES = int(os.environ.get("GENERATED_EXAMPLES", "10"))
"""Examples of each form in the slow test; a hunt sets it to thousands."""
MOST_REFUSED = 0.05
"""The share of generated packs that the loader may refuse before the generator is thought to have lost its way."""


def pack_of(texts: Sequence[str]) -> RuleSet:
    """The rules and overrides of a pack as an audit has them. Raises InputRefused."""
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(texts):
            (Path(folder) / f"{number}.yaml").write_text(text, encoding="utf-8")
        return load_packs([Path(folder)])


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
    """Audit the world by the pack; the findings are the same where no query asks anything of lines beforehand.

    Raises InternalCheckFailed where the two evaluators differ, and RuleNotEvaluated where the database refuses a
    rule's query; the worlds are too small for a rule that compares too many lines. A lookup by a part of a table's
    keys may mean several rows of a world, so that the rule is refused: such a world is passed over. It may be refused
    by one of the two only: a rule of which the claims hold no code is not asked at all where queries ask beforehand.
    """
    try:
        made = pack_of(pack.texts)
    except InputRefused as refused:
        event(f"refused: {refused.what}")
        return
    try:
        with audited(world, rules=made) as con:
            found = con.execute("SELECT rule_id, verdict FROM finding ORDER BY ALL").fetchall()
            told = findings(con)
        with audited(world, rules=made, prefilter=False) as con:
            assert findings(con) == told
    except RuleNotEvaluated as refused:
        if " looks up one row of " not in refused.what:
            raise
        reject()
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
@pytest.mark.slow
def test_both_evaluators_agree_on_a_few_generated_packs(pack: Packs, world: World) -> None:
    agree(pack, world)


@pytest.mark.slow
def test_the_loader_takes_nearly_every_generated_pack() -> None:
    taken: list[str] = []

    @settings(
        max_examples=40,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(packs(FORMS, 2))
    def load(pack: Packs) -> None:
        try:
            pack_of(pack.texts)
        except InputRefused as refused:
            taken.append(str(refused))
        else:
            taken.append("")

    load()
    refused = [text for text in taken if text]
    assert len(refused) <= MOST_REFUSED * len(taken), refused


def test_a_generated_rule_whose_query_the_database_refuses_is_no_success(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*_: object) -> str:
        return "SELECT CAST('no number' AS BIGINT)"

    monkeypatch.setattr(whole_claims, "claim_sql", refused)
    rule = {
        "id": "GEN-RULE-000", "catalogue_id": "GEN", "title": "a rule", "family": "payer", "class": "definite",
        "severity": "low", "citations": [{"key": "law", "document": "a law"}],
        "match": {"claims": ["stay"], "when": {"stay.lines": 1}}, "explanation": "told",
    }  # fmt: skip
    line = {"date_from": DATES[0], "code": CODES[0]}
    with pytest.raises(RuleNotEvaluated):
        agree(Packs([written(rule)]), World([line], {}, (), True))
