"""Overrides as the plain evaluator applies them: what sets a finding aside, and what lowers its class."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.engine.plain_conditions import Holds, holds
from auditor.engine.plain_rule import Possible
from auditor.rules import model as m

_LOWERED = {"probable": 2, "risk": 3}


class Overrides:
    """The overrides of an audit, in their order. Those that set parameters act in the conditions, not here."""

    def __init__(self, overrides: Sequence[m.Override], dx_ptr_known: bool) -> None:
        ready = [(item, holds(item.when, {}, dx_ptr_known)) for item in overrides]
        self._suppressing = [(item, when) for item, when in ready if item.action == "suppress"]
        self._lowering = [(item, when) for item, when in ready if item.action == "reclassify"]

    def suppress(self, p: Possible) -> bool:
        """Whether an override sets the finding aside."""
        return any(_meets(item, when, p) for item, when in self._suppressing)

    def level(self, p: Possible) -> int:
        """The level of a failing finding: that of the first override that reclassifies it, if lower than its own."""
        lowered = next((_LOWERED[item.to] for item, when in self._lowering if _meets(item, when, p)), 0)
        return max(p.level, lowered)


def _meets(override: m.Override, when: Holds, p: Possible) -> bool:
    if not {p.rule.family, p.rule.id, p.variant.id} & set(override.rules):
        return False
    day = p.line["date_from"]
    if override.expires and day > override.expires:
        return False
    if override.effective_from and day < override.effective_from:
        return False
    return when({"line": p.line}, day, {})
