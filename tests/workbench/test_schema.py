"""The schema for editors: what the loader takes fits, what it refuses does not."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from auditor.rules.operators import OPERATORS
from auditor.rules.yaml_strict import parse_yaml, read_yaml
from auditor.workbench.lint.running import rule_files
from auditor.workbench.scaffold import FORM_NAMES, rule_text
from auditor.workbench.schema import _OPERATORS, rule_schema
from tests.workbench.lint.lint_world import FILES, changed


@cache
def validator() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(rule_schema())


def plain(value: Any) -> Any:
    """As an editor's YAML reader has it: dates are texts."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


def fits(text: str) -> bool:
    return validator().is_valid(plain(parse_yaml(Path("rule.yaml"), text.encode())))


def test_it_is_a_schema_of_draft_7_and_can_be_written() -> None:
    jsonschema.Draft7Validator.check_schema(rule_schema())
    assert json.loads(json.dumps(rule_schema())) == rule_schema()


@pytest.mark.parametrize("path", rule_files([Path("rulesets")]), ids=lambda path: path.name[:14])
def test_every_shipped_rule_fits(path: Path) -> None:
    assert [error.message for error in validator().iter_errors(plain(read_yaml(path)))] == []


@pytest.mark.parametrize("form", FORM_NAMES)
def test_a_new_rule_of_every_form_fits(form: str) -> None:
    assert fits(rule_text("MOD-NEW-001", "upcoding" if form == "benchmark" else "payer", form, "A title"))


@pytest.mark.parametrize(
    ("form", "old", "new"),
    [
        ("line", "severity: low", "severty: low"),
        ("line", "severity: low", "severity: lo"),
        ("line", "family: modifier", "family: modifiers"),
        ("line", "id: MOD-GOOD-001", "id: MOD-GOOD-1"),
        ("line", "setting: [practitioner]", "setting: [practicioner]"),
        ("line", "line.units: {gt: 1}", "line.unitz: {gt: 1}"),
        ("line", "line.units: {gt: 1}", "line.units: {more: 1}"),
        ("line", "line.units: {gt: 1}", 'line.units: {gt: "one"}'),
        ("line", "line.units: {gt: 1}", "line.units: {contains: 1}"),
        ("line", '{contains: "59"}', "{contains: 59}"),
        ("line", '{contains: "59"}', '{eq: "59"}'),
        ("line", "method: none", "method: nothing"),
        ("line", "version: 1\ntitle", 'version: "1"\ntitle'),
        ("line", "- {key: other,", "- {"),
        ("line", "repeats: {2024-01-01", 'repeats: {"first"'),
        ("line", "[{rule: MOD-GOOD-002,", "[{rul: MOD-GOOD-002,"),
        ("line", "flag: [line]", "flag: line"),
        ("pair", "within: {visit: {of:", "within: {visit: {off:"),
        ("pair", "days: [0, 10]", "weeks: [0, 1]"),
        ("pair", "same: [patient_id, provider_id]", "same: [patient, provider_id]"),
        ("pair", "flag: [visit]", "benchmark: {}\nflag: [visit]"),
        ("sequence", "limit: 1", "limit: -1"),
        ("benchmark", "method: beta_binomial", "method: magic"),
        ("override", "action: suppress", "action: delete"),
        # what authors get wrong most often
        ("pair", 'visit.code: {in: ["99213", "99214"]}', "visit.code: 99213"),
        ("pair", 'visit.code: {in: ["99213", "99214"]}', "visit.code: {in: [99213]}"),
        ("pair", 'visit.code: {in: ["99213", "99214"]}', 'visit.modifers: {contains: "25"}'),
        ("pair", 'visit.code: {in: ["99213", "99214"]}', "visit.modifiers: {contains: 25}"),
        ("pair", "surgery.units: {ge: 1}", 'surgery.units: {ge: "one"}'),
        ("pair", "surgery.units: {ge: 1}", "surgery.units: {between: [1]}"),
        ("pair", "surgery.units: {ge: 1}", "other.units: {between: [1]}"),
        ("pair", "surgery.units: {ge: 1}", 'other.units: {ge: "one"}'),
        ("pair", "surgery.units: {ge: 1}", "other.worth: {between: [1, 2, 3]}"),
        ("pair", "surgery.units: {ge: 1}", "other.worth: {in: 1}"),
        ("pair", "surgery.units: {ge: 1}", "other.worth: {exists: 1}"),
        ("pair", "surgery.units: {ge: 1}", "other.code: 99213"),
        ("pair", "surgery.units: {ge: 1}", "other.modifiers: {overlaps: [25]}"),
        ("pair", "flag: [visit]", "flag: [surgery, visit]"),
        ("pair", "lines: [surgery, visit]", "lines: [surgery, visit, third]"),
        ("pair", "lines: [surgery, visit]", "lines: []"),
        ("line", "requires: [claim_line.modifiers, claim_line.pos]", "requires: [claim_line.foo]"),
        ("line", "requires: [claim_line.modifiers, claim_line.pos]", "requires: [claim_line.age]"),
        ("line", "status: stable", "status: stable\nretired: {on: 2024-03-01, because: Replaced.}"),
        ("line", "status: stable\n", "retired: {on: 2024-03-01, because: Replaced.}\n"),
        ("override", "  approved_by: The committee\n", ""),
    ],
)
def test_a_wrong_file_does_not_fit(form: str, old: str, new: str) -> None:
    assert fits(FILES[form][1])
    assert not fits(changed(form, (old, new)))


@pytest.mark.parametrize(
    ("form", "old", "new"),
    [
        ("pair", "surgery.units: {ge: 1}", "row.max_units: {between: [1, 2]}"),
        ("pair", "surgery.units: {ge: 1}", "row.worth: {gt: {of: visit.paid, times: 2}}"),
        ("pair", "surgery.units: {ge: 1}", "row.code: $visit.code"),
        ("pair", "surgery.units: {ge: 1}", "row.units: $most"),
        ("pair", "surgery.units: {ge: 1}", 'row.modifiers: {exists: false}, stay.codes: {contains: "99213"}'),
        ("pair", "surgery.units: {ge: 1}", "visit.units: {between: [1, 2]}"),
        ("line", "requires: [claim_line.modifiers, claim_line.pos]", "requires: [modifiers]"),
        ("line", "status: stable", "status: deprecated\nretired: {on: 2024-03-01, because: Replaced.}"),
    ],
)
def test_what_only_the_rule_and_its_tables_can_know_is_let_pass(form: str, old: str, new: str) -> None:
    assert fits(changed(form, (old, new)))


def test_every_operator_key_and_field_has_words_for_the_hover() -> None:
    assert set(_OPERATORS) == set(OPERATORS)
    schema = rule_schema()
    assert [key for key, item in schema["properties"].items() if not item.get("description")] == []
    known = schema["definitions"]["tests"]["properties"]
    assert "First day of service." in known["line.service_date"]["description"]
    assert [name for name, item in known.items() if not item.get("description")] == []


def test_words_are_offered_for_completion() -> None:
    schema = rule_schema()
    assert "modifier" in schema["properties"]["family"]["enum"]
    assert {"line.code", "pair.shared_day", "all", "column_1.modifiers"} <= set(
        schema["definitions"]["tests"]["properties"]
    )
