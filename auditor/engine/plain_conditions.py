"""Conditions of the rule language as plain Python functions, each operator in its plain form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from auditor.rules import model as m
from auditor.rules.operators import OPERATORS

Roles = Mapping[str, Any]
Holds = Callable[[Roles, date, Mapping[str, Any]], bool]
"""(roles, day, values of the pair, sum or absence by ``role.name``) -> whether the condition holds."""
Read = Callable[[Roles, Mapping[str, Any]], Any]
MADE = frozenset({"amount", "no_payment", "day_units", "dx_ptr_known", "service_date", "service_day"})
"""Fields of a claim line that are no columns of it."""


def day_units(line: Mapping[str, Any]) -> Decimal | None:
    """Units of one day: the line's own, or a span's divided by its days and rounded half up (SEMANTICS, MUE 1)."""
    units: Decimal | None = line["units"]
    first: date | None = line["date_from"]
    last: date | None = line["date_to"]
    if units is None or first is None or last is None or first == last:
        return units
    return (Decimal(units) / ((last - first).days + 1)).quantize(Decimal(1), rounding=ROUND_HALF_UP)


def reader(ref: m.FieldRef, dx_ptr_known: bool) -> Read:
    """A function that reads a field."""
    role, name, key = ref.role, ref.name, str(ref)
    if ref.kind in {"pair", "sum", "absent"} or name == "covered_elsewhere":
        return lambda roles, extra: extra[key]
    if ref.kind == "line":
        if name == "amount":
            return lambda roles, extra: next(
                (roles[role][k] for k in ("paid", "allowed", "charge") if roles[role][k] is not None), None
            )
        if name == "no_payment":
            return lambda roles, extra: (
                roles[role]["paid"] is not None
                and roles[role]["paid"] <= 0
                and (roles[role]["allowed"] or 0) <= 0
            )
        if name == "day_units":
            return lambda roles, extra: day_units(roles[role])
        if name == "dx_ptr_known":
            return lambda roles, extra: dx_ptr_known
        if name in {"service_date", "service_day"}:
            return lambda roles, extra: roles[role]["date_from"]
    return lambda roles, extra: roles[role][name]


def holds(part: m.Condition, parameters: Mapping[str, m.Parameter], dx_ptr_known: bool) -> Holds:
    """A function that tells whether a condition holds."""
    if isinstance(part, m.All | m.AnyOf):
        cheapest_first = sorted(part.parts, key=_cost)  # none has an effect, so their order has none
        return _every(
            [holds(item, parameters, dx_ptr_known) for item in cheapest_first], isinstance(part, m.All)
        )
    if isinstance(part, m.Not):
        inner = holds(part.part, parameters, dx_ptr_known)
        return lambda roles, day, extra: not inner(roles, day, extra)
    operator, read, value = OPERATORS[part.op], reader(part.field, dx_ptr_known), part.value
    plain, role, name = operator.plain, part.field.role, part.field.name
    as_it_stands = is_column(part.field)  # most tests are of such a field, and reading it here is cheaper
    if isinstance(value, m.ParameterRef):
        parameter, is_list = parameters[value.name], operator.value == "list"

        def dated(roles: Roles, day: date, extra: Mapping[str, Any]) -> bool:
            now = parameter.on(day)
            asked = roles[role][name] if as_it_stands else read(roles, extra)
            return (is_list or now != ()) and plain(asked, now)

        return dated
    if isinstance(value, m.FieldRef):
        other = reader(value, dx_ptr_known)
        return lambda roles, day, extra: plain(read(roles, extra), other(roles, extra))
    if as_it_stands:
        return lambda roles, day, extra: plain(roles[role][name], value)
    return lambda roles, day, extra: plain(read(roles, extra), value)


def _cost(part: m.Condition) -> int:
    """How dear a condition is to test, roughly."""
    if isinstance(part, m.All | m.AnyOf):
        return 2 + sum(map(_cost, part.parts))
    if isinstance(part, m.Not):
        return 1 + _cost(part.part)
    return 1 + isinstance(part.value, m.ParameterRef | m.FieldRef) + (not is_column(part.field))


def is_column(ref: m.FieldRef) -> bool:
    """Whether a field is a column of the line or table row that fills its role."""
    if ref.kind in {"pair", "sum", "absent"} or ref.name == "covered_elsewhere":
        return False
    return ref.kind != "line" or ref.name not in MADE


def _every(parts: list[Holds], wanted: bool) -> Holds:
    """All of the parts (``wanted`` true), or any of them."""
    if len(parts) == 1:
        return parts[0]

    def all_of(roles: Roles, day: date, extra: Mapping[str, Any]) -> bool:
        for part in parts:  # noqa: SIM110  # a generator would cost more than most parts do
            if not part(roles, day, extra):
                return False
        return True

    def any_of(roles: Roles, day: date, extra: Mapping[str, Any]) -> bool:
        for part in parts:  # noqa: SIM110
            if part(roles, day, extra):
                return True
        return False

    return all_of if wanted else any_of
