"""The service that an exposure of the method ``difference`` is priced by, in words."""

from __future__ import annotations

from auditor.base.money import format_usd
from auditor.rules import model as m
from auditor.rules.condition_words import parameter_words
from auditor.rules.field_words import literal_words, subject

_COMPONENTS = {
    "none": "the whole service",
    "26": "its professional component",
    "TC": "its technical component",
}
_SETTINGS = {"facility": "at its facility value", "non_facility": "at its non-facility value"}


def only_above_words(cents: int) -> str:
    """That the difference is a condition of the finding."""
    return (
        f"there is a finding only where the two differ by more than {format_usd(cents)}; where the fee of the place or "
        "payer is not at hand, the line is not evaluated"
    )


def corrected_words(item: m.Corrected) -> tuple[str, ...]:
    """What differs from the service billed, each in a few words."""
    said = []
    if isinstance(item.code, m.ParameterRef):
        said.append(f"the code by {parameter_words(item.code)}")
    elif item.code is not None:
        said.append(subject(item.code) if isinstance(item.code, m.FieldRef) else f"code {item.code}")
    else:
        said.append("the same code")
    if item.component:
        said.append(_COMPONENTS[item.component])
    if item.setting:
        said.append(_SETTINGS[item.setting])
    if isinstance(item.share, m.ParameterRef):
        said.append(f"times {parameter_words(item.share)}")
    elif isinstance(item.share, tuple):
        said.append(f"times the sum of {' and '.join(subject(ref) for ref in item.share)}")
    elif item.share is not None:
        told = subject(item.share) if isinstance(item.share, m.FieldRef) else literal_words(None, item.share)
        said.append(f"times {told}")
    return tuple(said)
