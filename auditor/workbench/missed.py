"""Why an inline case does not find what it expects, where that can be known without guessing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from auditor.engine.plain_conditions import holds
from auditor.rules import model as m
from auditor.rules.condition_words import Speaker
from auditor.rules.fields import ANSWERING_TABLE
from auditor.rules.packs import RuleSet
from auditor.rules.reading import tables_joined
from auditor.workbench.case_tables import make_line

_SCOPE: Final = ("payer_id", "line_of_business", "claim_type", "setting")
_MOST: Final = 8
"""Values of a scope that are named."""

Case = Mapping[str, Any]


def why_missed(case: Case, expected: Mapping[str, Any], pack: RuleSet) -> str:
    """Why a case of claim lines has not the finding that it expects; empty where nothing plain is in the way.

    ``expected`` are the columns of the finding, as :func:`auditor.workbench.expectations.wanted` gives them.
    """
    name = str(expected["rule_id"])
    rule = next(
        (rule for rule in pack.rules if any(name == variant.id for variant in rule.all_variants)), None
    )
    if rule is None:
        return f"no rule or variant that is loaded is called {name}"
    if "lines" not in case or rule.match is None:
        return ""
    lines = [(given, make_line(at, given)) for at, given in enumerate(case["lines"])]
    own = [
        (given, line)
        for given, line in lines
        if line["claim_id"] == expected["claim_id"]
        and (line["line_no"] == expected["line_no"] or rule.match.form == "claim")
    ]
    if not own:
        return f"the case has no line {expected['claim_id']}/{expected['line_no']}"
    for reason in (
        _of_line(rule, *own[0], min(line["date_from"] for _, line in own)),
        _of_tables(rule, case, own[0][1]["date_from"], {spec.name for spec in pack.tables}),
        _of_others(rule, [pair for pair in lines if pair not in own]),
        _of_condition(rule, own[0][1], bool(case.get("dx_ptr_known", True))),
    ):
        if reason:
            return reason
    return ""


def _named(line: Mapping[str, Any]) -> str:
    return f"{line['claim_id']}/{line['line_no']}"


def _of_line(rule: m.Rule, given: Case, line: Mapping[str, Any], first: date) -> str:
    """What of the line itself keeps the rule from looking at it."""
    outside = _outside(rule, given, line)
    if outside:
        return outside
    if line["state"] == "set_aside":
        return f"{_named(line)} is set aside, and is not audited"
    if line["denied"] and rule.family != "denial":
        return f"{_named(line)} is denied, and what was not paid is never flagged"
    if rule.effective_from is not None and first < rule.effective_from:
        return f"{_named(line)} is of {first}, and the rule begins on {rule.effective_from}"
    if rule.effective_to is not None and first > rule.effective_to:
        return f"{_named(line)} is of {first}, and the rule ended on {rule.effective_to}"
    return ""


def _outside(rule: m.Rule, given: Case, line: Mapping[str, Any]) -> str:
    for name in _SCOPE:
        words = getattr(rule.scope, name)
        if words and line[name] not in words:
            value = line[name] if line[name] is not None else "not known"
            made = (
                ", by its claim_type and type of bill"
                if name == "setting"
                else ", as a case has it that gives none"
            )
            default = "" if name in given else made
            more = " ..." if len(words) > _MOST else ""
            return (
                f"{_named(line)} lies outside `applies_to`: its {name} is {value}{default}, and the rule is for "
                f"{', '.join(words[:_MOST])}{more}"
            )
    return ""


def _of_tables(rule: m.Rule, case: Case, day: date, own: Collection[str]) -> str:
    """A table that the rule asks and the case leaves without a row, or without one of that day."""
    given = case.get("tables") or {}
    for name in sorted(tables_joined([rule])):
        known = [rows for key, rows in given.items() if key in {name, ANSWERING_TABLE.get(name, name)}]
        rows = [row for listed in known for row in listed or ()]
        asked = ANSWERING_TABLE.get(name, name)
        if not rows and name not in own:
            return f"the case gives no row of the table `{asked}`, which the rule asks for"
        if rows and not any(_in_force(row, day) for row in rows):
            return f"no row that the case gives of the table `{asked}` is in force on {day}"
    return ""


def _in_force(row: Mapping[str, Any], day: date) -> bool:
    return (row.get("effective") or date.min) <= day <= (row.get("deleted") or date.max)


def _of_others(rule: m.Rule, lines: Iterable[tuple[Case, Mapping[str, Any]]]) -> str:
    """A further line of the case that the rule does not look at, so that it cannot stand beside the flagged one."""
    assert rule.match is not None
    if rule.match.form in {"line", "coverage", "claim", "absent"}:
        return ""
    return next((outside for given, line in lines if (outside := _outside(rule, given, line))), "")


def _of_condition(rule: m.Rule, line: Mapping[str, Any], dx_ptr_known: bool) -> str:
    """The first part of ``when``, or of a ``where``, that is about the flagged line alone and does not hold."""
    match = rule.match
    assert match is not None
    blocks = (match.sequence, match.group, match.sum, match.total)
    asked = [match.when, *(block.where for block in blocks if block is not None)]
    for part in [inner for whole in asked for inner in _parts(whole)]:
        refs = m.fields_read(part)
        alone = all(ref.kind == "line" and ref.role == rule.flag for ref in refs)
        if not refs or not alone or any(rule.parameters[name].scoped for name in m.parameters_of(part)):
            continue
        if not holds(part, rule.parameters, dx_ptr_known)({rule.flag: line}, line["date_from"], {}):
            return f"it does not hold of {_named(line)} that {_said(Speaker().condition(part))}"
    return ""


def _parts(part: m.Condition) -> Sequence[m.Condition]:
    if isinstance(part, m.All):
        return [item for inner in part.parts for item in _parts(inner)]
    return [part]


def _said(said: Any) -> str:
    """A sentence with those under it, in one line."""
    inner = "; ".join(_said(item) for item in said.parts)
    return f"{said.text}: {inner}" if inner else str(said.text)
