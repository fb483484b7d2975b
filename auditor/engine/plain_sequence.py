"""The plain evaluator's sequences: visits in the order of their dates, and which of them stand.

Whether a visit is payable may follow from those before it, so the visits of a rule are judged one after another; and
where an earlier stratum found some not payable subject to a record, twice: with those as payable, and as not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from auditor.engine.plain_case import Case
from auditor.engine.plain_conditions import Roles, reader
from auditor.engine.plain_rule import Clock, PlainRule, Possible, in_order
from auditor.engine.plain_sums import in_window
from auditor.engine.plain_tables import Line
from auditor.engine.plain_windows import Around
from auditor.rules import model as m


class Visits:
    """Visits that have at least so many others in the window before them."""

    def __init__(self, asked: PlainRule) -> None:
        assert asked.match.sequence is not None
        self._asked, self._sequence, self._role = asked, asked.match.sequence, asked.match.roles[0]
        self._key = asked.key(self._sequence.same)
        self._counts = asked.ready(self._sequence.where)
        self._around = Around(self._sequence.window, asked.dx_ptr_known)
        self._limit = _limit(asked, self._sequence.limit)

    def possible(self, scoped: Sequence[Line], case: Case) -> Iterator[Possible]:
        """The possible findings of visits."""
        flagged = {line["line_id"] for line in scoped}
        for visits in self._grouped(case):
            dates = [visit["date_from"] for visit in visits]
            for place, visit in enumerate(visits):
                if visit["line_id"] in flagged:
                    yield from self._of_visit(visits[:place], dates[:place], visit)

    def _grouped(self, case: Case) -> list[list[Line]]:
        """The visits, by the keys and payer, in the order of their dates."""
        groups: dict[tuple[Any, ...], list[Line]] = {}
        for line in case.of_kind(self._asked):
            key = self._key(line)
            if key is not None and self._counts({self._role: line}, line["date_from"], {}):
                groups.setdefault(key, []).append(line)
        return [sorted(lines, key=in_order) for lines in groups.values()]

    def _of_visit(self, before: Sequence[Line], dates: Sequence[date], visit: Line) -> Iterator[Possible]:
        day, name = visit["date_from"], self._sequence.alias
        for roles, row in self._asked.with_rows({self._role: visit}, day):
            full = self._asked.complete(roles, day, {}, visit)
            window, limit = self._around.day(day, full, {}), self._limit(full, day)
            if window is None or limit is None:
                continue
            near = before[in_window(dates, window)]
            if len(near) < limit:
                continue
            clock = {
                f"{name}.earlier": len(near),
                f"{name}.limit": limit,
                f"{name}.last": near[-1]["date_from"] if near else None,
                f"{name}.start": window[0],
            }
            for possible in self._asked.make(roles, day, row, clock):
                if self._sequence.restart == "payable":
                    possible.clock = Clock(near, limit)
                yield possible


def _limit(asked: PlainRule, limit: int | m.ParameterRef | m.FieldRef) -> Callable[[Roles, date], Any]:
    if isinstance(limit, m.FieldRef):
        read = reader(limit, asked.dx_ptr_known)
        return lambda roles, day: read(roles, {})
    if isinstance(limit, m.ParameterRef):
        told = asked.parameter(limit.name)
        return lambda roles, day: None if (now := told(roles, day)) == () else now
    return lambda roles, day: limit


def decide(
    possible: Sequence[Possible],
    before: Mapping[int, int],
    verdict: Callable[[Possible], str],
    level: Callable[[Possible], int],
) -> None:
    """Give the possible findings of sequences their verdicts, and their levels where these follow from the readings.

    ``before`` is what earlier strata found of lines (1 not payable, 2 subject to a record), ``verdict`` what a finding
    comes to and ``level`` how sure it is, the other visits apart. One without enough payable visits
    before it gets none.
    """
    for rule_id in {p.rule.id for p in possible}:
        visits = sorted((p for p in possible if p.rule.id == rule_id), key=lambda p: in_order(p.line))
        told = {id(p): verdict(p) for p in visits}
        fells = {id(p) for p in visits if told[id(p)] == "fail" and level(p) <= 2}
        payable = _exceeding(visits, fells, {line for line, found in before.items() if found == 1})
        not_payable = _exceeding(visits, fells, set(before))
        for p in visits:
            if id(p) in payable | not_payable:
                p.verdict = told[id(p)]
                if p.verdict == "fail" and id(p) not in payable & not_payable:
                    p.level = max(p.level, 2)


def _exceeding(visits: Sequence[Possible], fells: set[int], fallen: set[int]) -> set[int]:
    """One reading: the findings before which enough visits stand. Each that fails fells its own visit for the next.

    ``fells`` are the findings that would bring their visit down, ``fallen`` the lines that earlier strata did.
    """
    down, found = set(fallen), set()
    for p in visits:
        assert p.clock is not None
        standing = [visit for visit in p.clock.near if visit["line_id"] not in down]
        if len(standing) >= p.clock.limit:
            found.add(id(p))
            if id(p) in fells:
                down.add(p.line["line_id"])
    return found
