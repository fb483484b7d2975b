"""Whether a condition can hold at all: a search over its alternatives, field by field.

The answer is one-sided. *It cannot hold* is said only where it is proven; whatever is not understood (two fields held
against each other, a computed value) may hold. A field is tried with every value at which one of its comparisons could
change its mind, by the operators' own plain form, so that lint and audit cannot disagree about what an operator means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Any

from auditor.claims.columns import WORDS
from auditor.rules import fields
from auditor.rules import model as m
from auditor.rules.code_ranges import shared_letter
from auditor.rules.operators import OPERATORS

CLOSED: Mapping[str, tuple[str, ...]] = {name: words for name, words in WORDS.items() if name != "state"}
"""Fields whose words are all known."""

_NEGATIVE = frozenset({"ne", "not_in", "disjoint"})
_LISTED = frozenset({"texts", "integers"})
_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_OTHER = "\x7f another text"
_STEPS = 20_000
"""Alternatives and comparisons looked at before the search gives up and lets the condition hold."""
_A_STEP = 20
"""Of long lists of alternatives, so many that are merely carried on count as one that is looked at."""

Key = tuple[str, str]
Held = tuple[m.Test, bool]


class _GaveUp(Exception):
    """Too many alternatives."""


def can_hold(parts: Sequence[m.Condition], value_of: Callable[[str], Any]) -> bool:
    """False where it is proven that not all of ``parts`` can hold together.

    ``value_of`` gives the value of a parameter, ``()`` where it has none.
    """
    try:
        return _Search(value_of).run([(part, True) for part in parts], {})
    except _GaveUp:
        return True


def can_hold_in(
    parts: Sequence[m.Condition], parameters: Mapping[str, m.Parameter], first: date | None, last: date | None
) -> bool:
    """As :func:`can_hold`, in at least one of the periods between ``first`` and ``last`` that parameters make."""
    named = set().union(*(m.parameters_of(part) for part in parts))
    starts = {first or date.min}
    for name in named & set(parameters):
        starts |= {start for start, _ in parameters[name].values if start > (first or date.min)}
    return any(
        can_hold(parts, lambda name, on=start: parameters[name].on(on) if name in parameters else ())  # type: ignore[misc]
        for start in sorted(starts)
        if last is None or start <= last
    )


class _Search:
    """A depth-first search over the alternatives of a condition."""

    def __init__(self, value_of: Callable[[str], Any]) -> None:
        self._value_of = value_of
        self._steps = 0

    def run(self, open_parts: list[tuple[m.Condition, bool]], held: dict[Key, list[Held]]) -> bool:
        """Whether all of ``open_parts`` can hold beside what is ``held`` already."""
        self._count(1)
        held = dict(held)
        choices: list[list[tuple[m.Condition, bool]]] = []
        pending = list(open_parts)
        while pending:
            part, sign = pending.pop()
            if isinstance(part, m.Not):
                pending.append((part.part, not sign))
            elif isinstance(part, m.All | m.AnyOf):
                inner = [(item, sign) for item in part.parts]
                if isinstance(part, m.All) == sign:
                    pending += inner
                else:
                    self._count(len(inner) // _A_STEP)
                    choices.append(inner)
            elif not self._take(part, sign, held):
                return False
        if not choices:
            return True
        choices.sort(key=len)
        rest = [(m.AnyOf(tuple(_signed(item) for item in other)), True) for other in choices[1:]]
        return any(self.run([item, *rest], held) for item in choices[0])

    def _count(self, work: int) -> None:
        self._steps += work
        if self._steps > _STEPS:
            raise _GaveUp

    def _take(self, test: m.Test, sign: bool, held: dict[Key, list[Held]]) -> bool:
        """Add a comparison to what is held; False when nothing can satisfy it there."""
        if isinstance(test.value, m.ParameterRef):
            value = self._value_of(test.value.name)
            if value == ():
                return (test.op in _NEGATIVE) == sign
            test = m.Test(test.field, test.op, value)
        ref = test.field
        key = (ref.role, fields.LINE_SQL.get(ref.name, ref.name))
        before = held.get(key, [])
        if (test, not sign) in before:
            return False
        if (test, sign) in before:
            return True
        self._count(1 + len(before) // 10)
        held[key] = tests = [*before, (test, sign)]
        known = [(item, sign) for item, sign in tests if not isinstance(item.value, m.FieldRef | m.Computed)]
        if ref.type in _LISTED:
            return _list_possible(known)
        return any(
            all(_true(item, value) == sign for item, sign in known) for value in _candidates(ref, known)
        )


def _signed(item: tuple[m.Condition, bool]) -> m.Condition:
    return item[0] if item[1] else m.Not(item[0])


def _true(test: m.Test, value: Any) -> bool:
    try:
        return OPERATORS[test.op].plain(value, _quick(test))
    except TypeError:
        return False


@lru_cache(maxsize=256)
def _quick(test: m.Test) -> Any:
    """The value of a comparison; of a long list of codes the set, which is asked in no time."""
    return (
        frozenset(test.value) if test.op in {"in", "not_in"} and isinstance(test.value, tuple) else test.value
    )


def _length(test: m.Test) -> int:
    return len(test.value) if isinstance(test.value, tuple) else 1


def _constants(tests: Sequence[Held]) -> list[Any]:
    found: list[Any] = []
    for test, _ in tests:
        found += test.value if isinstance(test.value, tuple | list) else [test.value]
    return found


def _candidates(ref: m.FieldRef, tests: Sequence[Held]) -> Iterator[Any]:
    """Values of a field, one at least from every stretch on which no comparison changes its mind; None for missing."""
    listed = [test for test, sign in tests if sign and test.op in {"eq", "in"}]
    if listed:
        yield from _constants([(min(listed, key=_length), True)])
        return
    yield None
    if ref.type == "flag":
        yield from (True, False)
    elif ref.type == "text":
        yield from CLOSED.get(ref.name, ())
        if ref.name not in CLOSED:
            yield _OTHER
            yield from _texts([str(item) for item in _constants(tests)])
    elif ref.type == "date":
        days = [item for item in _constants(tests) if isinstance(item, date)]
        for day in days:
            yield day
            if day > date.min:
                yield day - timedelta(1)
            if day < date.max:
                yield day + timedelta(1)
        if not days:
            yield date(2024, 7, 1)
    else:
        step = Decimal(1) if ref.type in {"integer", "money"} else Decimal("0.001")
        yield Decimal(0)
        for number in _constants(tests):
            if isinstance(number, int | Decimal):
                yield from (number, number - step, number + step)


def _texts(constants: Sequence[str]) -> Iterator[str]:
    """Every constant, both ends of every range and prefix in each length at hand, and the neighbours of all of them.

    Neighbours among codes of digits too, and among those that end in a letter in which both ends of a range do.
    """
    ranges = [item.partition("-") for item in constants if "-" in item]
    letters = sorted({shared_letter(first, last) for first, _, last in ranges} - {""})
    ends = [end for item in constants for end in item.split("-") if end]
    lengths = sorted({len(end) for end in ends} | {len(end) + 1 for end in ends})
    seen: set[str] = set()
    yield from constants
    for end in ends:
        for length in lengths:
            if length < len(end):
                continue
            for filler in ("0", "Z"):
                whole = end + filler * (length - len(end))
                near = [whole, _neighbour(whole, 1), _neighbour(whole, -1)]
                if ranges:
                    near += _near_digits(whole)
                    stems = (whole[:-1], _neighbour(whole[:-1], 1), _neighbour(whole[:-1], -1))
                    near += [stem + letter for letter in letters for stem in stems if len(stem) == length - 1]
                for text in near:
                    if text and text not in seen:
                        seen.add(text)
                        yield text


def _near_digits(text: str) -> list[str]:
    """The codes of digits, of one length with the text, that stand nearest to it on either side."""
    begins = re.match("[0-9]*", text)
    stem = begins[0] if begins else ""
    rest = len(text) - len(stem)
    stems = [stem]
    for number in (int(stem) + 1, int(stem) - 1) if stem else ():
        if 0 <= number < 10 ** len(stem):
            stems.append(f"{number:0{len(stem)}d}")
    return [start + filler * rest for start in stems for filler in "09"]


def _neighbour(text: str, step: int) -> str:
    """The code before or after, of one length; empty where there is none."""
    signs = list(text)
    for at in range(len(signs) - 1, -1, -1):
        place = _SIGNS.find(signs[at])
        if place < 0:
            return ""
        if 0 <= place + step < len(_SIGNS):
            signs[at] = _SIGNS[place + step]
            return "".join(signs)
        signs[at] = _SIGNS[0 if step > 0 else -1]
    return ""


def _list_possible(tests: Sequence[Held]) -> bool:
    """Whether a list can meet all comparisons: one element may serve each demand, since a list may hold many."""
    forbidden: set[Any] = set()
    prefixes: list[str] = []
    demands: list[tuple[str, tuple[Any, ...]]] = []
    empty = False
    for test, sign in tests:
        value = test.value
        values = tuple(value) if isinstance(value, tuple | list) else (value,)
        if test.op == "not_empty":
            if bool(value) == sign:
                demands.append(("some", ()))
            else:
                empty = True
        elif test.op == "any_starts_with":
            if sign:
                demands.append(("prefix", values))
            else:
                prefixes += [str(item) for item in values]
        elif test.op in {"contains", "overlaps", "disjoint"}:
            if (test.op == "disjoint") != sign:
                demands.append(("one of", values))
            else:
                forbidden |= set(values)

    def barred(item: Any) -> bool:
        return item in forbidden or any(str(item).startswith(prefix) for prefix in prefixes)

    for kind, values in demands:
        if empty:
            return False
        if kind == "one of" and all(barred(item) for item in values):
            return False
        if kind == "prefix" and all(any(str(item).startswith(p) for p in prefixes) for item in values):
            return False
    return True


def first_of(items: Sequence[Any], number: int) -> str:
    """The first few of many values, for a sentence."""
    shown = ", ".join(str(item) for item in islice(items, number))
    return f"{shown} ..." if len(items) > number else shown
