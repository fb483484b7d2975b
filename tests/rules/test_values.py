"""Values and operators that an author cannot mean are refused with the mend, never read as something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.base.errors import InputRefused
from auditor.rules import model as m
from auditor.rules.loader import load_rule

RULE = """\
id: MOD-MINE-001
catalogue_id: AM-06
title: A comparison
family: modifier
class: probable
severity: low
citations: [{key: a, document: A}]
parameters:
  far: {2024-01-01: {value: 99999999, citation: a}}
  ranges: {2024-01-01: {value: ["0042T-09999"], citation: a}}
match: {lines: [line], when: WHEN}
explanation: "told"
exposure: {direction: over, method: none}
"""


def loaded(tmp_path: Path, when: str, *changes: tuple[str, str]) -> m.Rule:
    text = RULE.replace("WHEN", when)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "MOD-MINE-001_x.yaml"
    path.write_text(text, encoding="utf-8")
    rule = load_rule(path)
    assert isinstance(rule, m.Rule)
    return rule


REFUSED = {
    "parts of a cent": ("{line.paid: {gt: 10.005}}", "dollars have 2 decimals"),
    "parts of a cent in a list": ("{line.paid: {between: [1, 10.001]}}", "dollars have 2 decimals"),
    "parts of a cent added": ("{line.paid: {gt: {of: line.charge, plus: 0.009}}}", "`plus: 0.009` refused"),
    "days without end": ("{line.paid_date: {gt: {of: line.date_from, plus_days: 99999999}}}", "at most 36,600"),
    "days of a parameter": ("{line.paid_date: {gt: {of: line.date_from, plus_days: $far}}}", "at most 36,600"),
    "months before": ("{line.paid_date: {gt: {of: line.date_from, plus_months: -1201}}}", "at most 1,200"),
    "a factor": ("{line.paid: {gt: {of: line.charge, times: 99999999999999999999}}}", "below 1,000,000"),
    "an amount": ("{line.paid: {gt: {of: line.charge, plus: 1000000000}}}", "below 1,000,000,000"),
    "a range that ends first": ("{not: {line.units: {between: [10, 5]}}}", "write the smaller first: [5, 10]"),
    "days that end first": (
        "{line.date_from: {between: [2024-02-01, 2024-01-01]}}", "it ends (2024-01-01) before it begins",
    ),
    "a range of unlike ends": ('{line.code: {in_ranges: ["0042T-0999U"]}}', "write one range for each kind"),
    "a range of a parameter": ("{line.code: {in_ranges: $ranges}}", "write one range for each kind"),
    "one modifier of a list": ('{line.modifiers: "59"}', 'write `line.modifiers: {contains: "59"}`'),
    "eq of a list": ('{line.modifiers: {eq: "59"}}', 'write `line.modifiers: {contains: "59"}`'),
    "in of a list": ('{line.modifiers: {in: ["59", XU]}}', "write `line.modifiers: {overlaps: [...]}`"),
    "not in of a list": ('{line.modifiers: {ne: "59"}}', 'write `line.modifiers: {disjoint: ["59"]}`'),
    "a prefix of a list": ('{line.dx: {starts_with: E11}}', 'write `line.dx: {any_starts_with: ["E11"]}`'),
    "an inner word": ("{line.modifiers: {not_empty: true}}", "write `exists`"),
    "a word near the inner one": ("{line.modifiers: {not_emty: true}}", "use one of eq, ne, in,"),
    "a number of a list": ("{line.modifiers: {gt: 1}}", "operators for it: contains, overlaps, disjoint, exists,"),
    "a blank at the end": ('{line.payer_id: "ACME HEALTH "}', 'write "ACME HEALTH"'),
    "no condition": ("[]", "it is empty, and would hold for every line"),
    "not of none": ("{not: []}", "it is empty, and would hold for every line"),
    "all of none": ("{all: [{line.units: 1}, []]}", "it is empty, and would hold for every line"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_an_author_cannot_mean_is_refused_with_the_mend(tmp_path: Path, name: str) -> None:
    when, said = REFUSED[name]
    with pytest.raises(InputRefused) as caught:
        loaded(tmp_path, when)
    assert said in f"{caught.value.what}: {caught.value.why}; {caught.value.mend}"


@pytest.mark.parametrize(
    ("when", "value"),
    [
        ("{line.paid: {gt: 10.50}}", 1050),
        ("{line.paid: {gt: 10.5000}}", 1050),
        ("{line.units: {between: [5, 5]}}", (5, 5)),
        ("{line.modifiers: {exists: false}}", False),
        (
            '{line.code: {in_ranges: ["0042T-0999T", "00100-01999", G0402]}}',
            ("0042T-0999T", "00100-01999", "G0402"),
        ),
    ],
)
def test_what_stands_at_the_edge_is_taken(tmp_path: Path, when: str, value: object) -> None:
    match = loaded(tmp_path, when).match
    assert match is not None
    assert [test.value for test in m.tests_of(match.when)] == [value]


@pytest.mark.parametrize("empty", ["[]", "{}"])
def test_an_empty_bypass_does_not_vanish(tmp_path: Path, empty: str) -> None:
    with pytest.raises(InputRefused, match="it is empty, and would hold for every line"):
        loaded(tmp_path, "{line.units: 1}", ("explanation:", f"bypass: {empty}\nexplanation:"))


@pytest.mark.parametrize(
    ("match", "mend"),
    [
        ("coverage: {jurisdiction: [foo.mac]}", "write `line.mac`"),
        ("coverage: {dx: nobody.pointed_dx}", "write `line.pointed_dx`"),
        ("coverage: {elsewhere: lime.dx}", "write `line.dx`"),
        ("coverage: {jurisdiction: [claim_lin.mac]}", "write `claim_line.mac`"),
    ],
)
def test_a_field_of_a_line_that_is_not_there_is_refused(tmp_path: Path, match: str, mend: str) -> None:
    with pytest.raises(InputRefused) as caught:
        loaded(tmp_path, "{line.units: 1}", ("when: {line.units: 1}", match))
    assert "no line here is called" in caught.value.why and caught.value.mend == mend


def test_what_is_required_is_a_field_of_a_claim_line(tmp_path: Path) -> None:
    for wrong in ("nonsense.code", "claim_lines.code", "a.line.code"):
        with pytest.raises(InputRefused, match="no line here is called"):
            loaded(tmp_path, "{line.units: 1}", ("explanation:", f"requires: [{wrong}]\nexplanation:"))
    named = ("explanation:", "requires: [claim_line.modifiers, line.pos, dx]\nexplanation:")
    assert loaded(tmp_path, "{line.units: 1}", named).requires == ("modifiers", "pos", "dx")


@pytest.mark.parametrize(
    ("word", "value"), [("yes", "true"), ("No", "false"), ("off", "false"), ("y", "true")]
)
def test_a_word_of_yaml_is_mended_to_what_it_may_mean(tmp_path: Path, word: str, value: str) -> None:
    with pytest.raises(InputRefused) as caught:
        loaded(tmp_path, "{line.units: 1}", ("document: A}", f"document: A, verified: {word}}}"))
    assert caught.value.mend == f'write {value}, or "{word}" in quotes where the text is meant'
