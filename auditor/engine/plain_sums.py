"""The plain evaluator's sums: what the lines of a day, a month, a year or a stretch of time add up to."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from auditor.engine.plain_case import Case, DaySum, days
from auditor.engine.plain_conditions import day_units
from auditor.engine.plain_rule import PlainRule, Possible, in_order, without_day
from auditor.engine.plain_tables import Line
from auditor.engine.plain_windows import Around, Laid
from auditor.rules import model as m

PERIODS = ("month", "year")
MONEY = ("paid", "allowed", "charge")


class DaySums:
    """Sums of one day; a line with a span stands on each of its days."""

    def __init__(self, asked: PlainRule) -> None:
        match, parameters = asked.match, asked.rule.parameters
        assert match.sum is not None
        self._asked, self._sum, self._role = asked, match.sum, match.roles[0]
        keys = without_day(match.sum.over)
        self._key, self._counts = asked.key(keys), asked.ready(match.sum.where)
        used = sorted(m.parameters_of(match.sum.where))
        self._name = repr((match.sum, match.table, asked.rule.scope, [parameters[name] for name in used]))
        on = match.table.on if match.table is not None else ()
        self._rows_are_alike = all(ref.name in keys for _, ref in on)

    def possible(self, scoped: Sequence[Line], case: Case) -> Iterator[Possible]:
        """The possible findings of lines of a day."""
        flagged, table = {line["line_id"] for line in scoped}, self._asked.match.table
        if self._name not in case.sums:
            case.sums[self._name] = list(self._judged(case))
        for day, members, rows, extra in case.sums[self._name]:
            for line in members:
                if line["line_id"] not in flagged:
                    continue
                if table is None or not self._rows_are_alike:
                    for roles, row in self._asked.with_rows({self._role: line}, day):
                        yield from self._asked.make(roles, day, row, extra)
                    continue
                for row in rows:
                    yield from self._asked.make({self._role: line, table.alias: row}, day, row, extra)

    def _judged(self, case: Case) -> Iterator[DaySum]:
        """The groups of a day, with what they add up to; where the keys tell the rows, those that have some."""
        name = self._sum.alias
        for key, members in self._grouped(case).items():
            day, rows = key[-1], []
            if self._asked.rows is not None and self._rows_are_alike:
                rows = self._asked.rows.judging({self._role: members[0]}, day)
                if not rows:
                    continue
            units = [units for line in members if (units := day_units(line)) is not None]
            yield (
                day,
                members,
                rows,
                {
                    f"{name}.date": day,
                    f"{name}.units": sum(units) if units else None,
                    f"{name}.amount": None,
                    f"{name}.before": None,
                    f"{name}.amount_before": None,
                    f"{name}.lines": len(members),
                    f"{name}.max_units": max(units, default=None),
                    f"{name}.modifiers": distinct_modifiers(members),
                },
            )

    def _grouped(self, case: Case) -> dict[tuple[Any, ...], list[Line]]:
        """The lines that count for a day, by the grouping fields, payer and day; the day stands last."""
        groups: dict[tuple[Any, ...], list[Line]] = {}
        for line in case.of_kind(self._asked):
            key = self._key(line)
            if key is None or not self._counts({self._role: line}, line["date_from"], {}):
                continue
            if self._asked.match.table is None and day_units(line) is None:
                continue  # beside a table such a line stays among those of its day
            for day in days(line):
                groups.setdefault((*key, day), []).append(line)
        return groups


class Totals:
    """Sums over a month, a year or all dates at hand, of whole lines; perhaps running, up to each line."""

    def __init__(self, asked: PlainRule) -> None:
        assert asked.match.total is not None
        self._asked, self._sum, self._role = asked, asked.match.total, asked.match.roles[0]
        self._key = asked.key([name for name in without_day(self._sum.over) if name not in PERIODS])
        self._counts = asked.ready(self._sum.where)
        self._around = Around(self._sum.window, asked.dx_ptr_known) if self._sum.window else None

    def possible(self, scoped: Sequence[Line], case: Case) -> Iterator[Possible]:
        """The possible findings of lines that count."""
        flagged = {line["line_id"] for line in scoped}
        for members in self._grouped(case):
            dates = [line["date_from"] for line in members]
            for place, line in enumerate(members):
                if line["line_id"] not in flagged:
                    continue
                day = line["date_from"]
                for roles, row in self._asked.with_rows({self._role: line}, day):
                    counted: Sequence[Line] = members
                    if self._sum.running:
                        counted = members[: place + 1]
                    if self._around is not None:
                        window = self._around.day(day, self._asked.with_lookups(roles, day, {}), {})
                        if window is None:
                            continue
                        counted = [*members[:place][in_window(dates[:place], window)], line]
                    yield from self._asked.make(roles, day, row, self._told(counted, line))

    def _grouped(self, case: Case) -> list[list[Line]]:
        """The lines that count, by the grouping fields, payer and period, each group in the order of dates."""
        groups: dict[tuple[Any, ...], list[Line]] = {}
        for line in case.of_kind(self._asked):
            key = self._key(line)
            if key is None or self._part(line) is None:
                continue
            if self._counts({self._role: line}, line["date_from"], {}):
                groups.setdefault((*key, *self._period(line["date_from"])), []).append(line)
        return [sorted(lines, key=in_order) for lines in groups.values()]

    def _period(self, day: date) -> tuple[int, ...]:
        return {"month": (day.year, day.month), "year": (day.year,)}.get(self._sum.period, ())

    def _part(self, line: Line) -> Any:
        """What one line adds."""
        return 1 if self._sum.of == "lines" else self._asked.value(line, self._sum.of)

    def _told(self, counted: Sequence[Line], line: Line) -> Mapping[str, Any]:
        """The fields of a sum, as one of its lines sees it."""
        name, running, money = self._sum.alias, self._sum.running, self._sum.of in MONEY
        total = sum(self._part(item) for item in counted)
        before = sum(self._part(item) for item in counted if item is not line) if running else None
        largest = max((self._part(item) for item in counted), default=None)
        return {
            f"{name}.date": line["date_from"],
            f"{name}.units": None if money else total,
            f"{name}.amount": total if money else None,
            f"{name}.before": None if money else before,
            f"{name}.amount_before": before if money else None,
            f"{name}.lines": len(counted),
            f"{name}.max_units": None if money else largest,
            f"{name}.modifiers": distinct_modifiers(counted),
        }


def in_window(dates: Sequence[date], window: Laid) -> slice:
    """Which of dates in ascending order lie in a window."""
    start, end = window
    return slice(
        0 if start is None else bisect_left(dates, start),
        len(dates) if end is None else bisect_right(dates, end),
    )


def distinct_modifiers(lines: Sequence[Line]) -> list[str]:
    """The modifiers of lines, each once."""
    return list({modifier: None for line in lines for modifier in line["modifiers"]})
