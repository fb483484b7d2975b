"""Benchmark rules of tests, written as an author would write them."""

from __future__ import annotations

from pathlib import Path

from auditor.rules import model as m
from auditor.rules.loader import load_rule

FRAME = """\
id: {id}
catalogue_id: X-01
title: A measure
family: upcoding
class: risk
severity: low
citations: [{{key: report, document: A report}}]
parameters:
  high:
    2020-01-01: {{value: ["99214"], citation: report}}
    2024-01-01: {{value: ["99214", "99215"], citation: report}}
effective: {{from: {start}, to: {end}}}
applies_to: {scope}
benchmark:
{block}
exposure: {{direction: neutral, method: none}}
explanation: "{explanation}"
"""
VISITS = '{line.code: {in_ranges: ["99211-99215"]}}'


def block(
    test: str,
    extra: str = "numerator: {line.code: {in: $high}}",
    population: str = VISITS,
    peers: str = "{by: [rendering_specialty, year]}",
    by: str = "[rendering_npi, year]",
) -> str:
    """The lines of a ``benchmark`` block."""
    lines = [f"group: {{by: {by}}}", f"population: {population}", *extra.splitlines(), f"peers: {peers}"]
    return "\n".join(f"  {line}" for line in [*lines, f"test: {test}"])


def rule_text(
    of: str, name: str = "LVL-XMPL-001", start: str = "1996-01-01", end: str = "null", scope: str = "{}",
    explanation: str = "{population} of {provider}",
) -> str:  # fmt: skip
    """A rule file around a ``benchmark`` block."""
    return FRAME.format(id=name, block=of, start=start, end=end, scope=scope, explanation=explanation)


def rule_of(folder: Path, text: str) -> m.Rule:
    """The rule that a text is."""
    path = folder / "LVL-XMPL-001_one.yaml"
    path.write_text(text, encoding="utf-8")
    rule = load_rule(path)
    assert isinstance(rule, m.Rule) and rule.benchmark is not None
    return rule
