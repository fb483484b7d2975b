"""The plain evaluator's lines that should, or do, stand beside another: absence, and cascades of what falls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from auditor.engine.plain_case import Case
from auditor.engine.plain_conditions import Roles
from auditor.engine.plain_presence import Time, lacking_a_key, may_stand, may_stand_in_time
from auditor.engine.plain_rule import PlainRule, Possible, day_told, has_day, without_day
from auditor.engine.plain_tables import Line, Row
from auditor.engine.plain_windows import Around
from auditor.rules import model as m
from auditor.rules.fields import ANSWERING_TABLE

_ABSENT = {"absent.unknown": False}


class Beside:
    """Lines that lack a partner (``absent``), or hang on partners that must all fall (``because``)."""

    def __init__(self, asked: PlainRule) -> None:
        match = asked.match
        partner = match.absent or match.because
        assert partner is not None
        self._asked, self._partner, self._role = asked, partner, match.roles[0]
        self._sets = [without_day(keys) for keys in partner.any_of]
        self._keys = [asked.key(names) for names in self._sets]
        self._common = [name for name in self._sets[0] if all(name in names for names in self._sets)]
        self._differing = {name for names in self._sets for name in names} - set(self._common)
        self._common_key = asked.key(self._common)
        self._of_a_day = partner.within is None and any(has_day(keys) for keys in partner.any_of)
        self._around = Around(partner.within.window, asked.dx_ptr_known) if partner.within else None
        self._rows = asked.tables.join(partner.table, asked.dx_ptr_known) if partner.table else None
        self._where, self._lists = asked.ready(partner.where), asked.ready(partner.row_where)
        self._earlier = asked.ready(partner.days_before_when)
        self._name = f"beside {asked.rule.id}"
        reads = m.fields_read(match.when)
        self._settled_first = match.table is None and not any(ref.kind == "absent" for ref in reads)

    def possible(self, scoped: Sequence[Line], case: Case) -> Iterator[Possible]:
        """The possible findings of lines whose keys are known."""
        bit = self._asked.bits[self._role]
        for line in scoped:
            if not case.stands[line["line_id"]] & bit:
                continue
            if self._keys[0](line) is None or not self._is_answered(line):
                continue
            alone, day = {self._role: line}, line["date_from"]
            if self._settled_first and not self._asked.is_match(alone, day, _ABSENT):
                continue  # spares the search for partners
            rows = self._asked.with_rows(alone, day)
            if rows:
                yield from self._of_line(line, rows, case)

    def _is_answered(self, line: Line) -> bool:
        """Whether publications of the table that lists partners answer for the line's days."""
        table, own = self._partner.table, self._asked.match.table
        if table is None:
            return True
        name = ANSWERING_TABLE.get(table.name, table.name)
        if own is not None and ANSWERING_TABLE.get(own.name, own.name) == name:
            return True  # it is asked with the row of the match
        answers, setting = self._asked.tables.answers_on, line["setting"]
        return answers(name, setting, line["date_from"]) and answers(name, setting, line["date_to"])

    def _of_line(
        self, line: Line, rows: Sequence[tuple[Roles, Row | None]], case: Case
    ) -> Iterator[Possible]:
        found: tuple[list[Line], Time] | None = None
        for roles, row in rows:
            if found is None or self._around is not None:  # a window may follow the row
                time = self._time(line, roles)
                if time is None:
                    continue
                found = self._partners(line, time, case), time
            yield from self._judged(roles, row, line, found, case)

    def _judged(
        self, roles: Roles, row: Row | None, line: Line, found: tuple[list[Line], Time], case: Case
    ) -> Iterator[Possible]:
        asked, day, (partners, time) = self._asked, line["date_from"], found
        cascade = asked.match.form == "because"
        if bool(partners) == cascade and self._untold(line, time, case):
            return
        if cascade and partners:
            yield from asked.make(roles, day, row, {}, hops=partners)
        elif not cascade and not partners:
            yield from asked.make(roles, day, row, {"absent.unknown": self._unknown(line, time, case)})

    def _time(self, line: Line, roles: Roles) -> Time | None:
        """When a partner stands beside the line; None where no window is named for it, so that nothing can be told."""
        if self._of_a_day:
            return Time(line, days_before=self._days_before(line))
        within = self._partner.within
        if within is None or self._around is None:
            return Time(line)
        anchor = self._asked.value(line, within.anchor)
        full = self._asked.with_lookups(roles, line["date_from"], _ABSENT)
        window = self._around.day(anchor, full, _ABSENT)
        return None if window is None else Time(line, window=window, day=self._reading(within.day))

    def _reading(self, name: str) -> Callable[[Line], date | None]:
        return lambda line: self._asked.value(line, name)

    def _days_before(self, line: Line) -> int:
        partner = self._partner
        when = partner.days_before and self._earlier({self._role: line}, line["date_from"], {})
        return partner.days_before if when else 0

    def _partners(self, line: Line, time: Time, case: Case) -> list[Line]:
        served = case.keep(self._name, lambda: self._may_serve(case))
        keys = [key(line) for key in self._keys]
        if not self._of_a_day:
            return [other for other in served if time.holds(other) and self._is_partner(line, keys, other)]
        wanted: Sequence[tuple[Any, ...]] = [()]
        fields: list[str] = []
        if self._rows is not None and self._rows.by_columns:
            fields = self._rows.asks(self._partner.role)
            asked = tuple(line[name] for name in self._rows.asks(self._role))
            wanted = self._rows.links(self._role, self._partner.role).get(asked, ())
        window = {"date_from": time.start, "date_to": line["date_to"]}
        return [
            other
            for other in case.meeting(self._name, served, fields, wanted, window)
            if self._is_partner(line, keys, other)
        ]

    def _is_partner(self, line: Line, keys: Sequence[tuple[Any, ...] | None], other: Line) -> bool:
        """Whether another line has the keys of the line in one of the sets, and is what a partner must be."""
        if other is line:
            return False
        alike = any(
            mine is not None and mine == key(other) for mine, key in zip(keys, self._keys, strict=True)
        )
        return alike and self._serves(line, other)

    def _may_serve(self, case: Case) -> list[Line]:
        """The lines that have what a partner must have."""
        role = self._partner.role
        return [line for line in case.lines if self._where({role: line}, line["date_from"], {})]

    def _serves(self, line: Line, other: Line) -> bool:
        """Whether a line has what a partner must have, and the table lists it on its day."""
        if not self._where({self._partner.role: other}, other["date_from"] or line["date_from"], {}):
            return False
        if self._rows is None or self._partner.table is None:
            return True
        roles = {self._role: line, self._partner.role: other}
        if self._of_a_day:
            told = [other[name] for name in ("date_from", "date_to") if other[name] is not None]
            day: date | None = max(line["date_from"], min(told, default=line["date_from"]))
        else:
            day = day_told(self._partner.table.in_force_on, roles, line["date_from"], {})
        if day is None:
            return False
        name = self._partner.table.alias
        return any(self._lists({name: row}, day, {}) for row in self._rows.in_force(roles, day))

    def _untold(self, line: Line, time: Time, case: Case) -> bool:
        """Whether something that the keys, or the claims at hand, do not reach may stand beside the line."""
        if time.outside(self._asked.tables.at_hand(line)):
            return True
        partner, value = self._partner, self._asked.value
        lacking = case.keep(f"lacking {self._name}", lambda: lacking_a_key(partner, value, case.lines))
        return any(
            may_stand_in_time(line, other, time) and may_stand(partner, value, self._serves, line, other)
            for others in (case.others, lacking)
            for other in others
        )

    def _unknown(self, line: Line, time: Time, case: Case) -> bool:
        """Whether presence of a partner cannot be told, a key of one of the sets being missing."""
        if not self._differing:
            return False
        value, common = self._asked.value, self._common_key(line)
        if any(value(line, name) is None for name in self._differing):
            return True
        served = case.keep(self._name, lambda: self._may_serve(case))
        return any(
            other is not line
            and common is not None
            and common == self._common_key(other)
            and (time.shared(other) if self._of_a_day else time.holds(other))
            and any(value(other, name) is None for name in self._differing)
            for other in served
        )
