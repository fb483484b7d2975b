"""What of a condition can be asked of one line before it is put beside others: weaker, never stronger.

A query that asks this first lets too much through and never too little; the exact condition decides afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping

from auditor.rules import model as m


def pushed(
    part: m.Condition, role: str, parameters: Mapping[str, m.Parameter], kind: str = "line"
) -> m.Condition:
    """A condition over ``role`` alone that holds wherever ``part`` can hold; it reads no parameter.

    A test against a parameter becomes one against any value that the parameter ever had, so that no day is needed.
    """
    if isinstance(part, m.All):
        kept = [pushed(item, role, parameters, kind) for item in part.parts]
        return m.All(tuple(item for item in kept if item != m.ALWAYS))
    if isinstance(part, m.AnyOf):
        either = tuple(pushed(item, role, parameters, kind) for item in part.parts)
        return m.ALWAYS if m.ALWAYS in either else m.AnyOf(either)
    if isinstance(part, m.Not):
        refs = m.fields_read(part)
        own = all(_is_own(ref, role, kind) for ref in refs) and not m.parameters_of(part)
        return part if own else m.ALWAYS
    if not all(_is_own(ref, role, kind) for ref in m.fields_read(part)):
        return m.ALWAYS
    if isinstance(part.value, m.ParameterRef):
        return _ever(part, parameters[part.value.name])
    return m.ALWAYS if m.parameters_of(part) else part


def _is_own(ref: m.FieldRef, role: str, kind: str) -> bool:
    return ref.role == role and ref.kind == kind


def _ever(test: m.Test, parameter: m.Parameter) -> m.Condition:
    values = [value for _, value in parameter.values] + [item.value for item in parameter.scoped]
    if isinstance(values[0], tuple):
        values.append(())  # before its first date a list is empty
    distinct = list(dict.fromkeys(values))
    return m.AnyOf(tuple(m.Test(test.field, test.op, value) for value in distinct))
