"""R7: what hangs on other conclusions: circles, and premises that nothing concludes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.matching.pushed import pushed
from auditor.rules import model as m
from auditor.workbench.lint.logic import scope_of
from auditor.workbench.lint.messages import Found, Keys, Register
from auditor.workbench.lint.satisfiable import can_hold
from auditor.workbench.lint.subject import Subject

register = Register()
_SUCCEEDS = frozenset({"replaced_by", "superseded_by", "successor"})
"""Relations that say which rule took the place of this one."""


@register.check(
    "R701", "let-circle", "error", "a condition that rests on itself never comes out", "break the circle"
)
def let_circle(subject: Subject) -> Iterator[Found]:
    """Named conditions that rest on each other in a circle, used or not."""
    block = subject.under("let")
    if not isinstance(block, Mapping):
        return
    names = {name: _names(value) & set(block) for name, value in block.items()}
    told: set[frozenset[str]] = set()
    for name in names:
        circle = _circle(name, names)
        if circle and frozenset(circle) not in told:
            told.add(frozenset(circle))
            yield Found(("let", name), f"`{name}` rests on itself: {' -> '.join([*circle, circle[0]])}")


def _names(value: Any) -> set[str]:
    if isinstance(value, Mapping):
        own = {str(item) for key, item in value.items() if key == "is"}
        return own.union(*(_names(item) for key, item in value.items() if key != "is"))
    return set().union(*(_names(item) for item in value)) if isinstance(value, list) else set()


def _circle(start: str, names: Mapping[str, set[str]]) -> list[str]:
    """The shortest way from a name back to itself, empty where there is none."""
    ways = [[start]]
    seen = {start}
    while ways:
        way = ways.pop(0)
        for name in sorted(names.get(way[-1], ())):
            if name == start:
                return way
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []


@register.check(
    "R702", "unless-never", "warning", "the exception is never met", "remove `unless`, or correct the family"
)
def unless_never(subject: Subject) -> Iterator[Found]:
    """``unless`` where no earlier family may conclude that a line is not payable."""
    rule = subject.rule
    if rule is not None and rule.unless is not None and rule.stratum == 0:
        yield Found(
            ("unless",), f"no family comes before {rule.family}, and `unless` looks at earlier ones only"
        )


@register.check(
    "R703", "because-never", "error", "the rule would never find anything, and look as if it had looked",
    "correct the family, or load the pack whose rules conclude that lines are not payable",
)  # fmt: skip
def because_never(subject: Subject) -> Iterator[Found]:
    """``because`` where no rule of this or an earlier family concludes that a line is not payable."""
    rule = subject.rule
    if rule is not None and _hangs(rule) and not _premises(subject, rule):
        yield Found(
            ("match", "because"),
            f"no other rule of {rule.family} or an earlier family concludes that a line is not payable",
        )


@register.check(
    "R704", "cascade-circle", "error", "a line falls because others have fallen, and here none is ever the first",
    "let one of the rules rest on the claims themselves",
)  # fmt: skip
def cascade_circle(subject: Subject) -> Iterator[Found]:
    """``because`` that rests only on rules that rest on ``because`` themselves, in a circle."""
    rule = subject.rule
    if rule is None or not _hangs(rule):
        return
    after: dict[str, list[m.Rule]] = {}
    waiting = [rule]
    while waiting:
        other = waiting.pop()
        if not _hangs(other):
            return
        if other.id not in after:
            after[other.id] = _premises(subject, other)
            waiting += after[other.id]
    if after[rule.id]:
        circle = _circle(rule.id, {name: {item.id for item in items} for name, items in after.items()})
        way = [*circle, circle[0]] if circle else [rule.id, *sorted(after.keys() - {rule.id})]
        yield Found(("match", "because"), f"nothing begins the cascade: {' -> '.join(way)}")


def _hangs(rule: m.Rule) -> bool:
    return rule.match is not None and rule.match.form == "because"


def _premises(subject: Subject, rule: m.Rule) -> list[m.Rule]:
    """The other rules whose conclusions a rule can read: those of its family and of earlier ones that may meet it."""
    return [
        other
        for other in subject.around.rules
        if other.concludes is not None
        and other.stratum <= rule.stratum
        and other.id != rule.id
        and _may_meet(rule, other)
    ]


def _may_meet(rule: m.Rule, other: m.Rule) -> bool:
    """False where it is proven that no line beside those of ``rule`` is one that ``other`` concludes upon.

    Lines that stand together are of one patient of one payer, and taken to be of one line of business.
    """
    partner = rule.match.because if rule.match is not None else None
    if partner is None or other.match is None or other.concludes is None:
        return True
    shared = {"payer_id", "line_of_business", *set.intersection(*(set(keys) for keys in partner.any_of))}
    own = [
        item for item in scope_of(rule, dated=False) if isinstance(item, m.Test) and item.field.name in shared
    ]
    theirs = [item for item in scope_of(other) if isinstance(item, m.Test) and item.field.kind == "line"]
    parts = [
        *own,
        *theirs,
        pushed(partner.where, partner.role, rule.parameters),
        pushed(other.match.when, other.concludes, other.parameters),
    ]
    return can_hold([m.about(part, partner.role) for part in parts], lambda _: ())


@register.check(
    "R705", "successor-circle", "error", "nobody could tell which rule is in force", "break the circle"
)
def successor_circle(subject: Subject) -> Iterator[Found]:
    """Rules that took each other's place in a circle."""
    item: m.Rule | m.Override | None = subject.rule
    if item is None:
        return
    after = {
        rule.id: {str(near.get("id")) for near in rule.related if near.get("type") in _SUCCEEDS}
        | ({rule.retired.successor} if rule.retired is not None and rule.retired.successor else set())
        for rule in subject.around.rules
    }
    circle = _circle(item.id, after)
    if circle:
        place: Keys = ("retired", "successor") if subject.under("retired") is not None else ("related",)
        yield Found(place, f"{item.id} takes its own place: {' -> '.join([*circle, circle[0]])}")
