"""What of a condition can be asked of one line before it is put beside others: weaker, never stronger.

A query that asks this first lets too much through and never too little; the exact condition decides afterwards.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from auditor.rules import model as m
from auditor.rules.operators import OPERATORS

UNTOLD = frozenset({"primaries", "covered_elsewhere"})
"""Fields of a row that are no column of its table."""


def pushed(
    part: m.Condition,
    role: str,
    parameters: Mapping[str, m.Parameter],
    kind: str = "line",
    priced: str = "",
    only: Collection[str] = ("",),
) -> m.Condition:
    """A condition over ``role`` alone that holds wherever ``part`` can hold; it reads no parameter.

    With ``priced``, the name of the line's fee, it reads that too; with ``only`` it reads no field but these. A test
    against a parameter becomes one against any value that the parameter ever had, so that no day is needed.
    """
    owned = frozenset((*((role, kind, name) for name in only), *((priced, "price", name) for name in only)))
    return _pushed(part, owned, parameters)


_Owned = frozenset[tuple[str, str, str]]
"""Roles and kinds of which a weaker condition may read fields: one of them, or all where none is named."""


def _pushed(part: m.Condition, owned: _Owned, parameters: Mapping[str, m.Parameter]) -> m.Condition:
    if isinstance(part, m.All):
        kept = [_pushed(item, owned, parameters) for item in part.parts]
        return m.All(tuple(item for item in kept if item != m.ALWAYS))
    if isinstance(part, m.AnyOf):
        either = tuple(_pushed(item, owned, parameters) for item in part.parts)
        return m.ALWAYS if m.ALWAYS in either else m.AnyOf(either)
    own = all(_is_own(ref, owned) for ref in m.fields_read(part))
    if isinstance(part, m.Not):
        return part if own and not m.parameters_of(part) else m.ALWAYS
    if not own:
        return m.ALWAYS
    if isinstance(part.value, m.ParameterRef):
        return _ever(part, parameters[part.value.name])
    return _ever_computed(part, parameters) if m.parameters_of(part) else part


def pushed_beyond(
    part: m.Condition,
    role: str,
    parameters: Mapping[str, m.Parameter],
    known: Collection[str],
    priced: str = "",
) -> m.Condition:
    """What :func:`pushed` gives, less the parts of it that read no field but those of ``known``.

    Together with what it gives of ``known`` only, it holds for the same lines as what it gives of all fields.
    """
    if isinstance(part, m.All):
        kept = [pushed_beyond(item, role, parameters, known, priced) for item in part.parts]
        return m.All(tuple(item for item in kept if item != m.ALWAYS))
    whole = pushed(part, role, parameters, priced=priced)
    return m.ALWAYS if whole == pushed(part, role, parameters, only=known) else whole


def fails_without_row(part: m.Condition) -> bool:
    """Whether a condition over the columns of one row, and over nothing else, is false where there is no row."""
    return not _without_row(part)


def _without_row(part: m.Condition) -> bool:
    if isinstance(part, m.All):
        return all(_without_row(item) for item in part.parts)
    if isinstance(part, m.AnyOf):
        return any(_without_row(item) for item in part.parts)
    if isinstance(part, m.Not):
        return not _without_row(part.part)
    value = None if isinstance(part.value, m.FieldRef | m.Computed) else part.value
    return OPERATORS[part.op].plain(None, value)


def _is_own(ref: m.FieldRef, owned: _Owned) -> bool:
    known = (ref.role, ref.kind, "") in owned or (ref.role, ref.kind, ref.name) in owned
    return known and not (ref.kind.startswith("table:") and ref.name in UNTOLD)


def _values(parameter: m.Parameter) -> list[Any]:
    return [value for _, value in parameter.values] + [item.value for item in parameter.scoped]


def _ever(test: m.Test, parameter: m.Parameter) -> m.Condition:
    values = _values(parameter)
    if isinstance(values[0], tuple):
        values.append(())  # before its first date a list is empty
    distinct = list(dict.fromkeys(values))
    return m.AnyOf(tuple(m.Test(test.field, test.op, value) for value in distinct))


def _ever_computed(test: m.Test, parameters: Mapping[str, m.Parameter]) -> m.Condition:
    """A test against a field changed by parameters: by any values that they ever had, in every combination."""
    changed = test.value
    assert isinstance(changed, m.Computed)
    made = [changed]
    for name in ("times", "plus", "plus_months", "plus_days"):
        amount = getattr(changed, name)
        if isinstance(amount, m.ParameterRef):
            ever = list(dict.fromkeys(_values(parameters[amount.name])))
            made = [replace(item, **{name: value}) for item in made for value in ever]
    return m.AnyOf(tuple(m.Test(test.field, test.op, item) for item in made))
