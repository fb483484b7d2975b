"""The ``override`` block: a payer's dated, approved change of what other rules say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, cast

from auditor.base.errors import InputRefused
from auditor.rules import fields
from auditor.rules import model as m
from auditor.rules.corrected import code_map_of
from auditor.rules.parsing import ConditionParser, RoleKinds
from auditor.rules.shapes import (
    choice,
    day,
    known_keys,
    line_of,
    nearest,
    need,
    needed_text,
    section,
    sections,
    text,
    texts,
    unlike,
)
from auditor.rules.yaml_strict import LineDict, refuse

ACTIONS = ("suppress", "reclassify", "set_parameter")
OVERRIDE_KEYS = "rules action when reason approved_by from expires to parameter value".split()
SCOPE_FIELDS = (
    "payer_id plan_id line_of_business billing_npi billing_tin rendering_npi claim_type setting service_state mac"
).split()
"""What may scope an override that acts before matching: it must say the same of every line that a rule looks at."""


def override_of(path: Path, data: LineDict, digest: str) -> m.Override:
    """The override of a file. Raises InputRefused."""
    block = section(path, data, "override")
    known_keys(path, block, OVERRIDE_KEYS)
    action = cast(m.Action, choice(path, block, "action", ACTIONS))
    parser = ConditionParser(path, RoleKinds({"line": "line"}), {}, {})
    need(path, block, "rules")
    if not texts(path, block, "rules"):
        raise unlike(path, block, "rules", "a list of rule ids or families", "name at least one")
    when = parser.parse(need(path, block, "when"), line_of(block, "when"))
    to, parameter, value = _change(path, block, action)
    if action == "set_parameter":
        _check_scope(path, block, when)
    starts, ends = day(path, block, "from"), day(path, block, "expires")
    if starts and ends and ends < starts:
        raise refuse(
            path,
            line_of(block, "expires"),
            "override refused",
            "it expires before it begins",
            "correct one date",
        )
    return m.Override(
        id=needed_text(path, data, "id"),
        rules=texts(path, block, "rules"),
        when=when,
        reason=needed_text(path, block, "reason"),
        approved_by=needed_text(path, block, "approved_by"),
        expires=ends,
        effective_from=starts,
        title=text(path, data, "title"),
        file=path.name,
        hash=digest,
        tests=tuple(sections(path, data, "tests")),
        action=action,
        to=to,
        parameter=parameter,
        value=value,
    )


def _change(path: Path, block: LineDict, action: str) -> tuple[Literal["", "probable", "risk"], str, Any]:
    """What the action needs beside it, and nothing of another action."""
    wanted = {"reclassify": ("to",), "set_parameter": ("parameter", "value")}.get(action, ())
    for key in ("to", "parameter", "value"):
        if key in block and key not in wanted:
            raise unlike(path, block, key, f"left out of `{action}`", "remove it, or choose another action")
    if action == "reclassify":
        word = choice(path, block, "to", ["probable", "risk"])
        return ("risk" if word == "risk" else "probable"), "", None
    if action == "set_parameter":
        value = need(path, block, "value")
        if isinstance(value, LineDict):
            return "", needed_text(path, block, "parameter"), code_map_of(path, value, "value")
        value = tuple(value) if isinstance(value, list) else value
        return "", needed_text(path, block, "parameter"), value
    return "", "", None


def _check_scope(path: Path, block: LineDict, when: m.Condition) -> None:
    for ref in m.fields_read(when):
        if ref.name not in SCOPE_FIELDS:
            raise refuse(
                path, line_of(block, "when"), f"`{ref}` cannot scope a parameter",
                "it may differ between the lines that a rule puts side by side",
                f"use {', '.join(name for name in SCOPE_FIELDS if name in fields.LINE_FIELDS)}",
            )  # fmt: skip


def as_filed(rule: m.Rule) -> m.Rule:
    """The rule as its file says it, without what overrides make of its parameters."""
    bare = {name: replace(item, scoped=()) for name, item in rule.parameters.items()}
    return replace(rule, parameters=bare)


def with_parameters(rules: Sequence[m.Rule], overrides: Sequence[m.Override]) -> list[m.Rule]:
    """The rules with the parameters that overrides of action ``set_parameter`` set for some of their lines.

    Of two that set one parameter for a line the first given has its way; a rule set gives them by id.

    Raises InputRefused for a parameter that a named rule does not have, or a value of another kind than it has.
    """
    changed = list(rules)
    for override in overrides:
        if override.action != "set_parameter":
            continue
        for at, rule in enumerate(changed):
            names = {rule.family, *(variant.id for variant in rule.all_variants)}
            if not names & set(override.rules):
                continue
            if override.parameter in rule.parameters:
                changed[at] = _with_parameter(rule, override)
            elif rule.family not in override.rules:
                raise InputRefused(
                    f"override {override.id} sets `{override.parameter}`",
                    where=override.file,
                    why=f"{rule.id} has no such parameter",
                    mend=nearest(override.parameter, rule.parameters)
                    if rule.parameters
                    else "name another rule",
                )
    return changed


def _with_parameter(rule: m.Rule, override: m.Override) -> m.Rule:
    old = rule.parameters[override.parameter]
    if not _alike(override.value, old.values[0][1]):
        raise InputRefused(
            f"override {override.id} sets `{override.parameter}` of {rule.id} to a value of another kind",
            where=override.file,
            why=f"the rule has {_kind(old.values[0][1])}, the override {_kind(override.value)}",
            mend="write a value of the rule's kind, codes in quotes",
        )
    own = m.ScopedValue(override.id, override.when, override.value, override.effective_from, override.expires)
    parameter = replace(old, scoped=(*old.scoped, own))
    return replace(rule, parameters={**rule.parameters, old.name: parameter})


def _alike(one: Any, other: Any) -> bool:
    """Whether two values are of one kind; an empty list is one of any."""
    empty = isinstance(one, tuple) and isinstance(other, tuple) and not (one and other)
    return empty or _kind(one) == _kind(other)


def _kind(value: Any) -> str:
    if isinstance(value, tuple):
        return f"a list of {_kind(value[0])}" if value else "a list of text"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | Decimal):
        return "number"
    return "text" if isinstance(value, str) else type(value).__name__
