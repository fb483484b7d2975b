"""R6: overrides that meet nothing, hide everything, never end, or contradict each other."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from auditor.rules import model as m
from auditor.workbench.lint.logic import scope_of
from auditor.workbench.lint.messages import Found, Register
from auditor.workbench.lint.satisfiable import can_hold
from auditor.workbench.lint.subject import Subject

register = Register()
_SCOPING = frozenset({"payer_id", "plan_id", "billing_npi", "billing_tin", "rendering_npi", "facility_npi"})
"""Fields that limit an override to a payer, a plan or a provider."""
_NAMING, _NOT_NAMING = frozenset({"eq", "in"}), frozenset({"ne", "not_in"})
"""Operators that hold of named values alone, and those that fail of them alone. Prefixes and ranges may hold of all."""


@register.check(
    "R601", "override-meets-nothing", "error", "nothing would be changed, and everybody would believe that it is",
    "name a rule, a variant or a family that is loaded",
)  # fmt: skip
def override_meets_nothing(subject: Subject) -> Iterator[Found]:
    """A name under ``rules`` that no loaded rule, variant or family has."""
    override = subject.override
    if override is None:
        return
    known = {rule.family for rule in subject.around.rules}
    known |= {variant.id for rule in subject.around.rules for variant in rule.all_variants}
    for at, name in enumerate(override.rules):
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), 1)
            yield Found(
                ("override", "rules", at), f"no rule, variant or family is called {name}",
                mend=f"did you mean `{near[0]}`?" if near else "see `auditor rules list`; load others with --rulesets",
            )  # fmt: skip


def _is_limited(part: m.Condition, sign: bool = True) -> bool:
    """Whether a condition names a payer, a plan or a provider in every way in which it can hold (``sign``: or fail)."""
    if isinstance(part, m.Not):
        return _is_limited(part.part, not sign)
    if isinstance(part, m.Test):
        values = part.value if isinstance(part.value, tuple) else (part.value,)
        named = all(isinstance(value, str) and value.strip() for value in values)
        return part.op in (_NAMING if sign else _NOT_NAMING) and part.field.name in _SCOPING and named
    parts = (_is_limited(item, sign) for item in part.parts)
    return any(parts) if isinstance(part, m.All) == sign else all(parts)


@register.check(
    "R602", "override-hides-everything", "error",
    "without a payer, plan or provider it changes the findings of every claim of every payer",
    "say for whom it is, by name: `{line.payer_id: ...}` at least",
)  # fmt: skip
def override_hides_everything(subject: Subject) -> Iterator[Found]:
    """An override that is not limited to a payer, a plan or a provider in every way it can hold."""
    override = subject.override
    if override is None:
        return
    if not _is_limited(override.when):
        yield Found(
            ("override", "when"), "the override is for every payer, plan and provider, in one way at least"
        )
    elif not _holds(override, None):
        yield Found(
            ("override", "when"), "the condition of the override can never hold", "nothing would be changed",
            "correct the parts that exclude each other",
        )  # fmt: skip


@register.check(
    "R603", "override-never-ends", "warning",
    "a contract is renewed or ends, and an override without a last day outlives it unread",
    "write `expires:` with the last day, and renew it on purpose",
)  # fmt: skip
def override_never_ends(subject: Subject) -> Iterator[Found]:
    """An override without a last day."""
    if subject.override is not None and subject.override.expires is None:
        yield Found(("override",), "the override has no last day")


@register.check(
    "R604", "override-misses-its-rule", "error", "no line is in both scopes, so nothing is ever changed",
    "correct the condition, the dates, or the rule that is named",
)  # fmt: skip
def override_misses_its_rule(subject: Subject) -> Iterator[Found]:
    """An override whose scope or dates cannot meet those of a rule that it names."""
    override = subject.override
    if override is None or not _holds(override, None):
        return
    for at, name in enumerate(override.rules):
        named = subject.around.rules_named(name)
        if not named or any(_meets(override, rule) for rule in named):
            continue
        rule = named[0]
        apart = not _overlap(
            override.effective_from, override.expires, rule.effective_from, rule.effective_to
        )
        why = "their dates do not meet" if apart else "their scopes exclude each other"
        yield Found(("override", "rules", at), f"the override can never meet {name}: {why}")


def _meets(override: m.Override, rule: m.Rule) -> bool:
    return _overlap(
        override.effective_from, override.expires, rule.effective_from, rule.effective_to
    ) and _holds(override, rule)


def _holds(override: m.Override, rule: m.Rule | None, also: m.Override | None = None) -> bool:
    """False where it is proven that no flagged line satisfies the override, the rule's scope and the other one."""
    parts = [override.when, *([also.when] if also is not None else [])]
    if rule is not None:
        parts += [_as_line(part) for part in scope_of(rule)]
    return can_hold(parts, lambda _: ())


def _as_line(part: m.Condition) -> m.Condition:
    """What a rule knows of its flagged line, as an override speaks of it."""
    assert isinstance(part, m.Test)
    if part.field.kind == "pair":
        return m.ALWAYS
    return m.Test(m.FieldRef("line", part.field.name, "line", part.field.type), part.op, part.value)


def _overlap(one: date | None, end: date | None, other: date | None, its_end: date | None) -> bool:
    return (one or date.min) <= (its_end or date.max) and (other or date.min) <= (end or date.max)


@register.check(
    "R605", "overrides-overlap", "warning",
    "two overrides change the same findings, and which one is printed is an accident of their ids",
    "part them by payer, date or rule, or make them one",
)  # fmt: skip
def overrides_overlap(subject: Subject) -> Iterator[Found]:
    """Another override of the same rules that can meet the same line on the same day."""
    override = subject.override
    if override is None:
        return
    for other in subject.around.overrides:
        if other.id == override.id or other.parameter != override.parameter:
            continue
        if (other.action == "set_parameter") != (override.action == "set_parameter"):
            continue
        shared = _targets(subject, override) & _targets(subject, other)
        dates = _overlap(override.effective_from, override.expires, other.effective_from, other.expires)
        if shared and dates and _holds(override, None, other):
            yield Found(
                ("override", "when"), f"the override meets lines that {other.id} meets too ({min(shared)})"
            )


def _targets(subject: Subject, override: m.Override) -> set[str]:
    return {
        variant.id
        for name in override.rules
        for rule in subject.around.rules_named(name)
        for variant in rule.all_variants
        if name in (rule.family, rule.id, variant.id)
    }


@register.check(
    "R606", "override-of-no-parameter", "error", "nothing would be changed",
    "name a parameter of every rule that the override names, and give it a value of its kind",
)  # fmt: skip
def override_of_no_parameter(subject: Subject) -> Iterator[Found]:
    """A parameter that a rule named by the override has not, or that holds values of another kind."""
    override = subject.override
    if override is None or override.action != "set_parameter":
        return
    for name in override.rules:
        for rule in subject.around.rules_named(name):
            known = rule.parameters.get(override.parameter)
            if known is None:
                near = difflib.get_close_matches(override.parameter, list(rule.parameters), 1)
                there = ", ".join(rule.parameters) or "none"
                yield Found(
                    ("override", "parameter"), f"{rule.id} has no parameter `{override.parameter}`", value=True,
                    mend=f"did you mean `{near[0]}`?" if near else f"its parameters: {there}",
                )  # fmt: skip
            elif known.values and _kind(known.values[-1][1]) != _kind(override.value):
                theirs, ours = _kind(known.values[-1][1]), _kind(override.value)
                what = f"`{override.parameter}` of {rule.id} is {theirs}, the value here is {ours}"
                yield Found(("override", "value"), what, value=True)


def _kind(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"a list of {_kind(value[0]).split(' ', 1)[-1]}s" if value else "an empty list"
    if isinstance(value, bool):
        return "a flag"
    if isinstance(value, str):
        return "a text"
    return "a mapping" if isinstance(value, Mapping) else "a number"
