"""Conditions as plain English sentences, complete: every operator, every kind of value, every way of joining them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from auditor.rules import model as m
from auditor.rules.field_words import flag_words, is_plural, literal_words, subject

SHOWN: Final = 8
"""Values of a list that a shortened sentence names; the rest is counted."""


@dataclass(frozen=True)
class Said:
    """A sentence, and the sentences that stand under it."""

    text: str
    parts: tuple[Said, ...] = ()

    def plain(self) -> Any:
        """As JSON takes it: a text, or a list of the text and its parts."""
        return [self.text, *(part.plain() for part in self.parts)] if self.parts else self.text


@dataclass(frozen=True)
class Speaker:
    """Says conditions; ``full`` writes lists out, else they are shortened with a count."""

    full: bool = False

    def listed(self, ref: m.FieldRef | None, values: Sequence[Any], joint: str = "and") -> str:
        """Values in a row: 'A, B and C', or 'A, B ... and 31 more (39 in all)'."""
        words = [literal_words(ref, value) for value in values]
        if not self.full and len(words) > SHOWN + 2:
            rest = len(words) - SHOWN
            return f"{', '.join(words[:SHOWN])} and {rest} more ({len(words)} in all)"
        if len(words) < 2:
            return words[0] if words else "nothing at all"
        return f"{', '.join(words[:-1])} {joint} {words[-1]}"

    def condition(self, part: m.Condition) -> Said:
        """A condition as one sentence, with those it is made of under it."""
        if isinstance(part, m.Test):
            return Said(self.test(part))
        if isinstance(part, m.Not):
            return self._negated(part.part)
        if not part.parts:
            return Said("always" if isinstance(part, m.All) else "never")
        if len(part.parts) == 1:
            return self.condition(part.parts[0])
        said = "all of these hold" if isinstance(part, m.All) else "at least one of these holds"
        return Said(said, tuple(self.condition(item) for item in part.parts))

    def _negated(self, part: m.Condition) -> Said:
        if isinstance(part, m.Not):
            return self.condition(part.part)
        if isinstance(part, m.Test):
            return Said(f"it is not so that {self.test(part)}")
        if not part.parts:
            return Said("never" if isinstance(part, m.All) else "always")
        if len(part.parts) == 1:
            return self._negated(part.parts[0])
        said = "not all of these hold" if isinstance(part, m.All) else "none of these holds"
        return Said(said, tuple(self.condition(item) for item in part.parts))

    def conditions(self, part: m.Condition) -> tuple[Said, ...]:
        """A condition as the list of what must hold together; empty for one that always holds."""
        if isinstance(part, m.All):
            return tuple(said for item in part.parts for said in self.conditions(item))
        return (self.condition(part),)

    def test(self, test: m.Test) -> str:
        """One comparison as a sentence without its full stop."""
        ref, op, value = test.field, test.op, test.value
        if ref.type == "flag" and isinstance(value, bool) and op in {"eq", "ne"}:
            said = flag_words(ref, value)
            return said if op == "eq" else f"it is not so that {said}"
        words = OPERATOR_WORDS[op]
        verb = words.of_dates if ref.type == "date" and words.of_dates else words.verb
        if isinstance(value, bool) and op in {"exists", "not_empty"}:
            verb = verb if value else words.negative
            return f"{subject(ref)} {_agreeing(verb, ref)}"
        return f"{subject(ref)} {_agreeing(verb, ref)} {self.value(ref, op, value)}{words.remark}"

    def value(self, ref: m.FieldRef, op: str, value: m.Value) -> str:
        """What stands on the right of an operator."""
        if isinstance(value, m.ParameterRef):
            return parameter_words(value)
        if isinstance(value, m.FieldRef):
            return subject(value)
        if isinstance(value, m.Computed):
            return self.computed(value)
        if not isinstance(value, tuple):
            return literal_words(ref, value)
        if op == "between":
            return f"{literal_words(ref, value[0])} to {literal_words(ref, value[1])}, both included"
        if op == "in_ranges":
            return self.listed(None, [str(item).replace("-", " to ") for item in value])
        return self.listed(ref, value, "or" if op in {"in", "overlaps"} or "any" in op else "and")

    def computed(self, value: m.Computed) -> str:
        """A field's value, changed: '1.5 times the amount allowed of the line, plus $2.00'."""
        said = subject(value.field)
        if value.times is not None:
            said = f"{self._amount(None, value.times)} times {said}"
        if value.plus is not None:
            said += f", plus {self._amount(value.field, value.plus)}"
        if value.plus_months is not None:
            said += f", plus {self._amount(None, value.plus_months)} months"
        if value.plus_days is not None:
            said += f", plus {self._amount(None, value.plus_days)} days"
        return said

    def _amount(self, ref: m.FieldRef | None, amount: m.Amount) -> str:
        return parameter_words(amount) if isinstance(amount, m.ParameterRef) else literal_words(ref, amount)


def parameter_words(ref: m.ParameterRef) -> str:
    """A dated value by its name; the values themselves stand under 'Values by date'."""
    return f"“{ref.name.replace('_', ' ')}”"


@dataclass(frozen=True)
class OperatorWords:
    """The verb of an operator, of dates where it differs, its negative (of flags), and a remark on what is missing.

    A verb in the plural is written after a stroke: 'is/are'.
    """

    verb: str
    of_dates: str = ""
    negative: str = ""
    remark: str = ""


OPERATOR_WORDS: Final[dict[str, OperatorWords]] = {
    "eq": OperatorWords("is/are"),
    "ne": OperatorWords("is/are not", remark=" (or not known)"),
    "in": OperatorWords("is/are one of"),
    "not_in": OperatorWords("is/are none of", remark=" (or not known)"),
    "gt": OperatorWords("is/are more than", "is after"),
    "ge": OperatorWords("is/are at least", "is on or after"),
    "lt": OperatorWords("is/are less than", "is before"),
    "le": OperatorWords("is/are at most", "is on or before"),
    "between": OperatorWords("lies/lie from"),
    "contains": OperatorWords("includes/include"),
    "overlaps": OperatorWords("includes/include at least one of"),
    "disjoint": OperatorWords("includes/include none of"),
    "exists": OperatorWords("is/are known", negative="is/are not known"),
    "not_empty": OperatorWords("has/have at least one entry", negative="has/have no entry"),
    "starts_with": OperatorWords("begins/begin with"),
    "in_ranges": OperatorWords("lies/lie in one of the ranges, ends included,"),
    "starts_with_any": OperatorWords("begins/begin with one of"),
    "any_starts_with": OperatorWords("includes/include one that begins with"),
}
"""Each operator of the closed set as a verb; a test holds this to ``operators.OPERATORS``."""


def _agreeing(verb: str, ref: m.FieldRef) -> str:
    one, _, rest = verb.partition("/")
    if not rest:
        return verb
    many, _, tail = rest.partition(" ")
    return " ".join(part for part in (many if is_plural(ref) else one, tail) if part)
