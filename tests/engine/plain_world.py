"""Rules from a few lines of YAML, and what the second evaluator says of lines written by hand."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from auditor.engine.plain import Answer, Outcome, PlainEvaluator, Tables
from auditor.engine.plain_tables import Reach
from auditor.rules import model as m
from auditor.rules.loader import load_rule
from auditor.workbench.case_tables import FAR, LONG_AGO, make_line

DAY = date(2024, 7, 10)
TABLES = ("ncci_ptp", "ncci_mue", "ncci_aoc", "ncci_aoc_code", "coverage", "coverage_policy")
Row = dict[str, Any]
Lines = list[dict[str, Any]]

_HEAD = """
id: {id}
catalogue_id: TEST
title: a rule of a test
family: {family}
class: {base}
severity: low
citations: [{{key: law, document: a law, section: "1", revision: "1", url: "https://example.org", verified: true}}]
explanation: something stands here
"""


@cache
def rule(body: str, name: str = "TEST-ONE-001", family: str = "frequency", base: str = "definite") -> m.Rule:
    """A rule of the lines ``body``, with a head of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}_test.yaml"
        path.write_text(_HEAD.format(id=name, family=family, base=base) + body, encoding="utf-8")
        loaded = load_rule(path)
    assert isinstance(loaded, m.Rule)
    return loaded


def override(name: str, action: str, when: str, rules: str = "frequency", **more: Any) -> m.Override:
    """An override of the condition ``when``, written in YAML."""
    said = "".join(f"\n  {key}: {value}" for key, value in more.items())
    text = (
        f"id: {name}\ntitle: an override of a test\noverride:\n  rules: [{rules}]\n  action: {action}\n"
        f"  when: {when}\n  reason: a test\n  approved_by: a test{said}\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}_test.yaml"
        path.write_text(text, encoding="utf-8")
        loaded = load_rule(path)
    assert isinstance(loaded, m.Override)
    return loaded


def scoped(to: m.Rule, change: m.Override) -> m.Rule:
    """The rule with a parameter that an override sets for some lines."""
    old = to.parameters[change.parameter]
    own = m.ScopedValue(change.id, change.when, change.value, change.effective_from, change.expires)
    return replace(to, parameters={**to.parameters, old.name: replace(old, scoped=(*old.scoped, own))})


def lines_of(*given: dict[str, Any]) -> Lines:
    """Claim lines numbered from 0, of one patient and one day where they do not say otherwise."""
    made = [
        make_line(number, {"date_from": DAY, "paid": 10, "code": "A"} | own)
        for number, own in enumerate(given)
    ]
    claims: dict[Any, int] = {}
    for line in made:
        line["claim_key"] = claims.setdefault(line["claim_id"], len(claims))
    return made


def evaluate(
    rules: m.Rule | Sequence[m.Rule],
    lines: Lines,
    tables: Mapping[str, list[Row]] | None = None,
    *,
    overrides: Sequence[m.Override] = (),
    until: date = FAR,
    others: Lines | None = None,
    reach: Sequence[Reach] = (),
) -> list[Outcome]:
    """The outcomes, by rule, line, partner, day and row; tables answer from long ago until ``until``."""
    rows = {
        name: [
            {"row_no": at, "edition": "test", "effective": LONG_AGO, "deleted": FAR} | row
            for at, row in enumerate((tables or {}).get(name, []))
        ]
        for name in {*TABLES, *(tables or {})}
    }
    answers = [Answer(name, "*", LONG_AGO, until) for name in rows]
    given = [rules] if isinstance(rules, m.Rule) else rules
    evaluator = PlainEvaluator(given, overrides, Tables(rows, answers, reach), dx_ptr_known=True)
    found = evaluator.evaluate(lines, others or [])
    return sorted(found, key=lambda o: (o.rule_id, o.line_id, o.partner or -1, o.day, o.row or -1))


def flagged(outcomes: Sequence[Outcome]) -> list[int]:
    """The lines of the outcomes."""
    return [outcome.line_id for outcome in outcomes]


def verdicts(outcomes: Sequence[Outcome]) -> list[tuple[int, str, int]]:
    """Line, verdict and level of each outcome."""
    return [(outcome.line_id, outcome.verdict, outcome.level) for outcome in outcomes]
