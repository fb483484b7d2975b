"""The plain evaluator's pairs: two lines of one patient that stand together, and copies of one line in a group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from auditor.engine.plain_case import Case
from auditor.engine.plain_conditions import is_column
from auditor.engine.plain_near import Near, early
from auditor.engine.plain_rule import (
    PlainRule,
    Possible,
    day_told,
    has_day,
    in_order,
    shared_day,
    without_day,
)
from auditor.engine.plain_tables import Line, Row
from auditor.engine.plain_taken import settled, two_of_alike
from auditor.engine.plain_windows import Around, inside

Together = tuple[Mapping[str, Any], date, Row | None, Mapping[str, Any]]
"""Two lines that stand together: the roles with the table's row, the day, that row, and the fields of the pair."""


class Pairs:
    """Two lines that are alike in the keys: of one day, of a window around one of them, or of one claim."""

    def __init__(self, asked: PlainRule) -> None:
        self._asked, match = asked, asked.match
        self._first, self._second = match.roles
        self._key, self._of_a_day = asked.key(without_day(match.same)), has_day(match.same)
        self._around = Around(match.within.window, asked.dx_ptr_known) if match.within else None
        self._near = Near(asked, self._around)
        self._alone = {
            role: asked.ready(early(match.when, {role}, asked.rule.parameters)) for role in match.roles
        }
        self._early = asked.ready(early(match.when, set(match.roles), asked.rule.parameters))
        self._flags_second = asked.rule.flag == self._second
        self._two_of_alike = two_of_alike(asked.rule)
        on = match.table.on if match.table is not None else ()
        self._listed = (
            self._of_a_day and match.within is None and {ref.role for _, ref in on} == set(match.roles)
        )
        self._listed = self._listed and all(ref.kind == "line" and is_column(ref) for _, ref in on)

    def possible(self, scoped: Sequence[Line], case: Case) -> Iterable[Possible]:
        """The possible findings of pairs of lines of the rule's kind, the flagged one being of its dates."""
        flagged = frozenset(line["line_id"] for line in scoped)
        lines = case.of_kind(self._asked)
        done: set[int] = set()
        found = self._by_table(lines, case) if self._listed else self._by_keys(lines, flagged, done, case)
        for roles, day, row, extra in found:
            if roles[self._asked.rule.flag]["line_id"] not in flagged:
                continue
            for p in self._asked.make(roles, day, row, extra):
                yield p
                if self._asked.match.one and settled(p):
                    done.add(p.line["line_id"])

    def _by_table(self, lines: Sequence[Line], case: Case) -> Iterator[Together]:
        """Lines of a shared day, the second being one that the table lists with the first."""
        asked, table = self._asked, self._asked.match.table
        assert table is not None and asked.rows is not None
        links, fields = asked.rows.links(self._first, self._second), asked.rows.asks(self._first)
        for one in lines:
            wanted = links.get(tuple(one[name] for name in fields))
            key = self._key(one) if wanted is not None else None
            if wanted is None or key is None:
                continue
            for two in case.meeting(asked.kind, lines, asked.rows.asks(self._second), wanted, one):
                if two is one or key != self._key(two):
                    continue
                day, roles = max(one["date_from"], two["date_from"]), {self._first: one, self._second: two}
                for row in asked.rows.judging(roles, day):
                    yield {**roles, table.alias: row}, day, row, told_of(one, two, second=self._flags_second)

    def _by_keys(
        self, lines: Sequence[Line], flagged: frozenset[int], done: set[int], case: Case
    ) -> Iterator[Together]:
        """Every two lines that are alike in the keys, held to the day or the window.

        Only lines that can stand in a role are put together, and each only with those of its time. Where one partner is
        taken they come in the order of dates; flagged lines that are ``done`` by then need no further one.
        """
        if self._asked.match.one:
            lines = sorted(lines, key=in_order)
        flag = self._asked.rule.flag
        found: dict[str, Mapping[Any, Sequence[Line]]] = {}
        for role in sorted(
            self._asked.match.roles, key=lambda role: role != flag
        ):  # few lines can be flagged
            found[role] = self._alike(lines, role, flagged, case.stands)
            if not found[role]:
                return
        for key, ones in found[self._first].items():
            for one, two in self._near.pairs(ones, found[self._second].get(key, ())):
                roles = {self._first: one, self._second: two}
                if roles[self._asked.rule.flag]["line_id"] in done:
                    continue
                if two is not one and self._early(roles, one["date_from"], {}):
                    yield from self._meeting(one, two)

    def _alike(
        self, lines: Sequence[Line], role: str, flagged: frozenset[int], stands: Mapping[int, int]
    ) -> Mapping[Any, Sequence[Line]]:
        """The lines that can stand in a role, by their keys."""
        bit, alone = self._asked.bits[role], self._alone[role]
        found: dict[tuple[Any, ...], list[Line]] = {}
        for line in lines:
            if not stands[line["line_id"]] & bit:
                continue
            if role == self._asked.rule.flag and line["line_id"] not in flagged:
                continue
            key = self._key(line)
            if key is not None and alone({role: line}, line["date_from"], {}):
                found.setdefault(key, []).append(line)
        if role == self._asked.match.one and self._two_of_alike is not None:
            return {key: self._two_of_alike(alike) for key, alike in found.items()}
        return found

    def _meeting(self, one: Line, two: Line) -> Iterator[Together]:
        asked, roles = self._asked, {self._first: one, self._second: two}
        shared = shared_day(one, two)
        if self._of_a_day and shared is None:
            return
        day = shared if self._of_a_day and shared is not None else roles[asked.rule.flag]["date_from"]
        extra, table = told_of(one, two, second=self._flags_second), asked.match.table
        row_day = day if table is None else day_told(table.in_force_on, roles, day, extra)
        for with_row, row in asked.with_rows(roles, row_day):
            if self._is_within(asked.with_lookups(with_row, day, extra), extra):
                yield with_row, day, row, extra

    def _is_within(self, roles: Mapping[str, Any], extra: Mapping[str, Any]) -> bool:
        within = self._asked.match.within
        if within is None or self._around is None:
            return True
        anchor = self._asked.value(roles[within.of], within.anchor)
        window = self._around.day(anchor, roles, extra)
        return window is not None and inside(window, self._asked.value(roles[within.role], within.day))


class Groups:
    """Lines alike in the fields of a group: each later one is a copy of the first."""

    def __init__(self, asked: PlainRule) -> None:
        assert asked.match.group is not None
        self._asked, self._group = asked, asked.match.group
        self._original, self._copy = asked.match.roles
        self._key = asked.key(self._group.same)
        self._belongs = asked.ready(self._group.where)

    def possible(self, scoped: Sequence[Line], case: Case) -> Iterator[Possible]:
        """The possible findings of copies that are of the rule's dates; what they repeat may be older."""
        flagged = {line["line_id"] for line in scoped}
        groups: dict[tuple[Any, ...], list[Line]] = {}
        for line in case.of_kind(self._asked):
            key = self._key(line)
            if key is not None and self._is_member(line):
                alike = tuple(tuple(sorted(item)) if isinstance(item, tuple) else item for item in key)
                groups.setdefault(alike, []).append(line)
        for lines in groups.values():
            original, *copies = sorted(lines, key=self._place)
            for copy in copies:
                roles = {self._original: original, self._copy: copy}
                if roles[self._asked.rule.flag]["line_id"] not in flagged:
                    continue
                extra = told_of(original, copy)
                for with_row, row in self._asked.with_rows(roles, copy["date_from"]):
                    yield from self._asked.make(with_row, copy["date_from"], row, extra)

    def _is_member(self, line: Line) -> bool:
        """Whether the condition of the group holds, whichever of its two roles it was written for."""
        both = {self._original: line, self._copy: line}
        return self._belongs(both, line["date_from"], {})

    def _place(self, line: Line) -> tuple[Any, ...]:
        """The place of a line in its group: the fields of the order, what is missing last, then claim and line."""
        values = [self._asked.value(line, name) for name in self._group.order]
        told = [(1,) if value is None else (0, value) for value in values]
        return (*told, line["claim_id"], line["line_no"], line["line_id"])


def told_of(one: Line, two: Line, *, second: bool = True) -> dict[str, Any]:
    """The fields of a pair; ``second`` says that the second line is the flagged one."""
    flagged, other = (two, one) if second else (one, two)
    return {
        "pair.flagged_is_later": in_order(flagged) > in_order(other),
        "pair.common_modifiers": [x for x in one["modifiers"] if x in two["modifiers"]],
        "pair.differing_modifiers": differing(one["modifiers"], two["modifiers"]),
        "pair.all_modifiers": [*one["modifiers"], *two["modifiers"]],
        "pair.common_pointed_dx": [x for x in one["pointed_dx"] if x in two["pointed_dx"]],
        "pair.common_dx_categories": list(
            dict.fromkeys(x[:3] for x in one["pointed_dx"] if x[:3] in {y[:3] for y in two["pointed_dx"]})
        ),
        "pair.split_claim": one["claim_id"] != two["claim_id"],
        "pair.shared_day": shared_day(one, two),
    }


def differing(one: Sequence[str], two: Sequence[str]) -> list[str]:
    """What stands in one of two lists only."""
    return [x for x in [*one, *two] if (x in one) != (x in two)]
