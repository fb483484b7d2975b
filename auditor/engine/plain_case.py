"""The lines of one patient as the plain evaluator asks for them: those a rule is for, those that meet on a day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import Any, Protocol

from auditor.engine.plain_priced import priced
from auditor.engine.plain_prices import Fees
from auditor.engine.plain_tables import Line, Row
from auditor.rules import model as m

DaySum = tuple[date, Sequence[Line], Sequence[Row], Mapping[str, Any]]
"""A day, the lines that count for it, the table rows they are held to, and what they add up to."""


class Asking(Protocol):
    """A rule that asks: the names of the lines it is for on any date, and within its dates."""

    rule: m.Rule
    kind: str
    reach: str


class Case:
    """The audited lines of one patient, and which of them rules of one scope are for.

    ``others`` are rows set aside and lines under another payer that may be of the same person; ``stands`` gives, by
    ``line_id``, the bits of the roles in which a line can stand (:mod:`plain_standing`).
    """

    def __init__(self, lines: Sequence[Line], others: Sequence[Line], stands: Mapping[int, int]) -> None:
        self.lines = lines
        self.others = others
        self.stands = stands
        self.some_stands = reduce(or_, stands.values(), 0)
        self.sums: dict[str, list[DaySum]] = {}
        self._kept: dict[str, list[Line]] = {}
        self._fees: Mapping[int, Mapping[str, Any]] | None = None
        self._days: dict[tuple[str, tuple[str, ...]], dict[tuple[Any, ...], list[Line]]] = {}

    def of_kind(self, rule: Asking) -> list[Line]:
        """The lines that a rule is for on any date."""
        if rule.kind not in self._kept:
            self._kept[rule.kind] = [line for line in self.lines if of_kind(rule.rule, line)]
        return self._kept[rule.kind]

    def in_scope(self, rule: Asking) -> list[Line]:
        """The lines that a rule is for, its effective dates included."""
        if rule.reach not in self._kept:
            self._kept[rule.reach] = [line for line in self.of_kind(rule) if in_force(rule.rule, line)]
        return self._kept[rule.reach]

    def fees(self, known: Fees) -> Mapping[int, Mapping[str, Any]]:
        """What is known of the fee of each line, by its number."""
        if self._fees is None:
            self._fees = priced(self.lines, known)
        return self._fees

    def keep(self, name: str, choose: Callable[[], list[Line]]) -> list[Line]:
        """Lines chosen once for a name."""
        if name not in self._kept:
            self._kept[name] = choose()
        return self._kept[name]

    def meeting(
        self,
        name: str,
        lines: Sequence[Line],
        fields: Sequence[str],
        wanted: Sequence[tuple[Any, ...]],
        span: Line,
    ) -> list[Line]:
        """Of ``lines``, called ``name``, those that share a day with ``span`` and whose fields have wanted values."""
        index = self._days.get((name, tuple(fields)))
        if index is None:
            index = {}
            for line in lines:
                for day in days(line):
                    index.setdefault((day, *(line[field] for field in fields)), []).append(line)
            self._days[name, tuple(fields)] = index
        found = {
            line["line_id"]: line
            for day in days(span)
            for values in wanted
            for line in index.get((day, *values), ())
        }
        return list(found.values())


def of_kind(rule: m.Rule, line: Line) -> bool:
    """Whether a rule is for lines of this kind on any date: not denied, of its lines of business and settings."""
    if line["denied"]:
        return False
    for name in ("line_of_business", "claim_type", "setting", "payer_id"):
        wanted = getattr(rule.scope, name)
        if wanted and line[name] not in wanted:
            return False
    return True


def in_force(rule: m.Rule, line: Line) -> bool:
    """Whether a line's service date lies within a rule's effective dates."""
    if rule.effective_from and line["date_from"] < rule.effective_from:
        return False
    return not (rule.effective_to and line["date_from"] > rule.effective_to)


def days(line: Line) -> list[date]:
    """Every day of a line's span."""
    first, last = line["date_from"], line["date_to"]
    if first == last:
        return [first]
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
