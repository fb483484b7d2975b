"""Which columns of a claim line the plain evaluator reads for a rule: found in the rule itself, wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final

from auditor.rules import model as m
from auditor.rules.fields import LINE_FIELDS, LINE_SQL, NPI_VALID
from auditor.rules.reading import is_priced

_MADE_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "age": ("birth_date", "date_from"),
    "amount": ("paid", "allowed", "charge"),
    "no_payment": ("paid", "allowed"),
    "day_units": ("units",),
    "dx_ptr_known": (),
    **{name: (npi,) for name, npi in NPI_VALID.items()},
    # of a claim
    "codes": ("code",),
    "revenue_codes": ("revenue_code",),
    "length_of_stay": ("admit_date", "discharge_date"),
    "principal_dx": ("dx",),
}
_PRICED: Final = frozenset(
    (
        "modifiers pos mac locality service_state setting date_to units charge allowed paid billing_tin rendering_npi "
        "rendering_specialty plan_id"
    ).split()
)
"""What the fee of a line hangs on."""
_NAMES_FIELDS: Final = frozenset(
    {"same", "over", "of", "order", "any_of", "anchor", "day", "jurisdiction", "dx", "elsewhere"}
)
"""Parts of a match that hold names of fields as plain texts; other texts there name none."""


def columns_for(rule: m.Rule) -> frozenset[str]:
    """The columns of a claim line that a rule reads, beyond those that are always at hand."""
    found = frozenset(column for name in _names(rule) for column in columns_of(name))
    return found | _PRICED if is_priced(rule) else found


def columns_of(name: str) -> tuple[str, ...]:
    """The columns that a field is, or is made of; none for what is no field of a line or claim."""
    made = _MADE_OF.get(name)
    if made is not None:
        return made
    return (LINE_SQL.get(name, name),) if name in LINE_FIELDS else ()


def _names(part: Any, called: str = "") -> Iterator[str]:
    """The names of fields in a part of a rule; ``called`` is the attribute that holds it."""
    if isinstance(part, m.FieldRef):
        yield part.name
    elif isinstance(part, str):
        if called in _NAMES_FIELDS:
            yield part
    elif is_dataclass(part):
        for item in fields(part):
            yield from _names(getattr(part, item.name), item.name)
    elif isinstance(part, Mapping):
        for value in part.values():
            yield from _names(value)
    elif isinstance(part, tuple):
        for value in part:
            yield from _names(value, called)
