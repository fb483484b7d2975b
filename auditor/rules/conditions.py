"""Conditions: comparisons of fields with values, put together by all, any and not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class FieldRef:
    """``role.name``; ``kind`` tells what the role is.

    Kinds: ``line``, ``pair``, ``sum``, ``clock``, ``claim``, ``absent``, ``price``, ``table:NAME``.
    """

    role: str
    name: str
    kind: str
    type: str

    def __str__(self) -> str:
        return f"{self.role}.{self.name}"


@dataclass(frozen=True)
class ParameterRef:
    """``$name``: the parameter's value in force on the service date."""

    name: str


Amount = int | Decimal | ParameterRef


@dataclass(frozen=True)
class Computed:
    """A field's value, changed: ``times`` and then ``plus`` a number, or moved by months and then by days.

    Money is in cents, also ``plus``. None where the author asked for no such change.
    """

    field: FieldRef
    times: Amount | None = None
    plus: Amount | None = None
    plus_days: Amount | None = None
    plus_months: Amount | None = None

    @property
    def amounts(self) -> tuple[Amount, ...]:
        """What stands beside the field."""
        found = (self.times, self.plus, self.plus_months, self.plus_days)
        return tuple(item for item in found if item is not None)


Value = FieldRef | ParameterRef | Computed | str | int | date | bool | tuple[Any, ...]


@dataclass(frozen=True)
class Test:
    """One comparison: a field, an operator of the closed set, a value."""

    field: FieldRef
    op: str
    value: Value


@dataclass(frozen=True)
class All:
    """Every part holds (true when empty)."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """At least one part holds (false when empty)."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: Condition


Condition = Test | All | AnyOf | Not
ALWAYS: Condition = All(())
NEVER: Condition = AnyOf(())


def parameters_of(part: Condition) -> frozenset[str]:
    """The names of the parameters that a condition reads."""
    if isinstance(part, All | AnyOf):
        return frozenset().union(*(parameters_of(item) for item in part.parts))
    if isinstance(part, Not):
        return parameters_of(part.part)
    if isinstance(part.value, Computed):
        return frozenset(item.name for item in part.value.amounts if isinstance(item, ParameterRef))
    return frozenset({part.value.name}) if isinstance(part.value, ParameterRef) else frozenset()


def tests_of(part: Condition) -> tuple[Test, ...]:
    """Every comparison in a condition, in its order."""
    if isinstance(part, All | AnyOf):
        return tuple(test for item in part.parts for test in tests_of(item))
    return tests_of(part.part) if isinstance(part, Not) else (part,)


def fields_read(part: Condition) -> tuple[FieldRef, ...]:
    """Every field that a condition reads, on either side of its comparisons."""
    found: list[FieldRef] = []
    for test in tests_of(part):
        found.append(test.field)
        if isinstance(test.value, FieldRef):
            found.append(test.value)
        elif isinstance(test.value, Computed):
            found.append(test.value.field)
    return tuple(found)


def about(part: Condition, role: str) -> Condition:
    """A condition over lines, every field of it said of the line in ``role``."""
    if isinstance(part, All):
        return All(tuple(about(item, role) for item in part.parts))
    if isinstance(part, AnyOf):
        return AnyOf(tuple(about(item, role) for item in part.parts))
    if isinstance(part, Not):
        return Not(about(part.part, role))
    value = part.value
    if isinstance(value, FieldRef):
        value = replace(value, role=role)
    elif isinstance(value, Computed):
        value = replace(value, field=replace(value.field, role=role))
    return Test(replace(part.field, role=role), part.op, value)
