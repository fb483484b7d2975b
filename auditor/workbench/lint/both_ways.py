"""R210: two lines alike that a pair finds from either side, so that both are flagged where one is too many."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from auditor.engine.plain_windows import inside, laid
from auditor.rules import model as m
from auditor.workbench.lint.messages import Found, Register
from auditor.workbench.lint.subject import Subject

register = Register()
_TURNED = {"gt": "lt", "ge": "le"}
_EITHER_WAY = frozenset({"eq", "ne", "overlaps", "disjoint"})
"""Comparisons of two fields that say the same with their sides exchanged."""
_SHARED = frozenset({"payer_id", "line_of_business"})
"""Fields that two lines of a match always have in common, beside those of its keys."""
_ORDERS = "flagged_is_later"
"""The field of a pair that turns round with it: of two lines alike one is the later."""
_SOME_DAY = date(2024, 7, 15)


@register.check(
    "R210", "found-both-ways", "error",
    "both lines would be flagged, and twice the amount be claimed back",
    "use `group:`: an original and each later copy; or order the two in `when`, as by `paid_date` or `line_no`",
)  # fmt: skip
def found_both_ways(subject: Subject) -> Iterator[Found]:
    """A pair that nothing orders: whatever holds of two lines holds of them the other way round."""
    rule = subject.rule
    match = rule.match if rule is not None else None
    if rule is None or match is None or match.form != "pair" or match.table is not None:
        return
    if all(variant.exposure.method == "none" for variant in rule.all_variants):
        return
    sides = _Sides(match)
    asked = [match.when] if rule.bypass is None else [match.when, rule.bypass]
    if _on_one_day(match) and sides.rows_are_shared and all(sides.are_alike(part) for part in asked):
        one, two = match.roles
        yield Found(
            ("match", "same"),
            f"nothing tells `{one}` from `{two}`: of two lines that are alike each is found beside the other",
        )


def _on_one_day(match: m.Match) -> bool:
    """Whether two lines of one day lie in the window of the match, whichever of them it is laid around."""
    within = match.within
    if within is None:
        return True
    if within.anchor != within.day or within.window.by is not None:
        return False
    return all(inside(laid(span, _SOME_DAY), _SOME_DAY) for _, span in within.window.spans)


class _Sides:
    """A condition of two lines, held against itself with the two exchanged."""

    def __init__(self, match: m.Match) -> None:
        self._one, self._two = match.roles
        self._same = _SHARED | set(match.same)
        self.rows_are_shared = all(
            ref.role not in match.roles or ref.name in self._same
            for item in match.lookups
            for _, ref in item.on
        )
        """Whether rows that are looked up are the same for both lines of a day."""

    def are_alike(self, part: m.Condition) -> bool:
        """Whether the condition says the same with its two lines exchanged."""
        turned = self._said(part, {self._one: self._two, self._two: self._one})
        return bool(self._said(part, {}) == turned)

    def _said(self, part: m.Condition, other: dict[str, str]) -> Any:
        if isinstance(part, m.All | m.AnyOf):
            return type(part).__name__, frozenset(self._said(item, other) for item in part.parts)
        if isinstance(part, m.Not):
            return "Not", self._said(part.part, other)
        field, value = self._field(part.field, other), part.value
        if isinstance(value, m.Computed):
            return part.op, field, self._field(value.field, other), value.amounts, _changes(value)
        if not isinstance(value, m.FieldRef):
            return part.op, field, value
        beside = self._field(value, other)
        if part.op in _EITHER_WAY:
            return part.op, frozenset({field, beside})
        return (_TURNED[part.op], beside, field) if part.op in _TURNED else (part.op, field, beside)

    def _field(self, ref: m.FieldRef, other: dict[str, str]) -> tuple[str, str]:
        """A field, by the line that it is of once the two are exchanged; of a key it does not matter which."""
        if ref.name == _ORDERS and other:
            return "turned", ref.name
        if ref.role in (self._one, self._two) and ref.name in self._same:
            return "", ref.name
        return other.get(ref.role, ref.role), ref.name


def _changes(value: m.Computed) -> tuple[bool, ...]:
    """Which changes the amounts of a computed value are."""
    told = (value.times, value.plus, value.plus_months, value.plus_days)
    return tuple(item is not None for item in told)
