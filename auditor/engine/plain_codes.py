"""Which codes a rule cannot do without, so that it is not asked of patients who have none of them.

Read off the rule alone: a condition that compares a line's code with a list cannot hold of a line with another code.
With hundreds of rules and thousands of cases most questions end here.
"""

from __future__ import annotations

from collections.abc import Mapping

from auditor.rules import model as m

Codes = frozenset[str]


def codes_needed(rule: m.Rule) -> tuple[Codes, ...]:
    """Sets of codes of each of which a patient must have at least one for the rule to have a possible finding."""
    match = rule.match
    if match is None or match.form in {"claim", "coverage"}:
        return ()
    asked = [_asked(match.when, role, rule.parameters) for role in match.roles]
    for block in (match.group, match.sum, match.total, match.sequence):
        if block is not None:
            asked += [_asked(block.where, role, rule.parameters) for role in match.roles]
    return tuple(dict.fromkeys(codes for codes in asked if codes is not None))


def _asked(part: m.Condition, role: str, parameters: Mapping[str, m.Parameter]) -> Codes | None:
    if isinstance(part, m.All):
        found = [codes for item in part.parts if (codes := _asked(item, role, parameters)) is not None]
        return frozenset.intersection(*found) if found else None
    if isinstance(part, m.AnyOf):
        either: set[str] = set()
        for item in part.parts:
            codes = _asked(item, role, parameters)
            if codes is None:
                return None
            either |= codes
        return frozenset(either) if part.parts else None
    if isinstance(part, m.Not) or (part.field.role, part.field.kind, part.field.name) != (
        role,
        "line",
        "code",
    ):
        return None
    value = part.value
    if part.op == "eq" and isinstance(value, str):
        return frozenset({value})
    if part.op != "in":
        return None
    if isinstance(value, m.ParameterRef):
        parameter = parameters[value.name]
        ever = [item for _, item in parameter.values] + [item.value for item in parameter.scoped]
        return frozenset(code for codes in ever for code in codes)
    return frozenset(value) if isinstance(value, tuple) else None
