"""Which two lines can be a pair at all, found before anything is built of them: by their time, and by their fields.

Every two lines of a patient are too many to ask one by one: a patient of 2,000 lines has four million pairs. Nothing
here decides: what is left is still held to the whole of the match.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import accumulate

from auditor.engine.plain_rule import PlainRule, has_day
from auditor.engine.plain_tables import Line
from auditor.engine.plain_windows import Around
from auditor.rules import model as m

_EVER = (date.min, date.max)


class Near:
    """The time in which each line of a pair stands: two lines can be a pair only where their times meet.

    With a window, that is the window of the one line and the day of the other; with a shared day, the spans of both;
    else any time.
    """

    def __init__(self, asked: PlainRule, around: Around | None) -> None:
        self._asked, self._within, self._around = asked, asked.match.within, around
        self._of_a_day = has_day(asked.match.same)

    def pairs(self, ones: Sequence[Line], twos: Sequence[Line]) -> Iterator[tuple[Line, Line]]:
        """Every first line with each second one whose time meets its own, both in the order given."""
        first, second = self._asked.match.roles
        placed = ((self._time(line, second), at) for at, line in enumerate(twos))
        times = sorted((time, at) for time, at in placed if time is not None)
        starts = [start for (start, _), _ in times]
        last_ends = list(accumulate((end for (_, end), _ in times), max))
        for one in ones:
            time = self._time(one, first)
            if time is None:
                continue
            met = times[bisect_left(last_ends, time[0]) : bisect_right(starts, time[1])]
            for at in sorted(at for (_, end), at in met if end >= time[0]):
                yield one, twos[at]

    def _time(self, line: Line, role: str) -> tuple[date, date] | None:
        """The first and last day of a line in a role; None where it can meet no other."""
        within = self._within
        if within is None or self._around is None:
            return (line["date_from"], line["date_to"]) if self._of_a_day else _EVER
        if role == within.of:
            window = self._around.widest(self._asked.value(line, within.anchor))
            return None if window is None else (window[0] or date.min, window[1] or date.max)
        day = self._asked.value(line, within.day)
        return None if day is None else (day, day)


def early(part: m.Condition, roles: set[str], parameters: Mapping[str, m.Parameter]) -> m.Condition:
    """What of a condition can be asked of the lines in ``roles`` alone, no day and no row of a table being known.

    Weaker than ``part``, never stronger. Of two lines only what reads both, so that nothing is asked twice; of one
    line also a test by a parameter (any value that it ever has will do), and what two lines must have in common.
    """
    if isinstance(part, m.All):
        return m.All(tuple(early(item, roles, parameters) for item in part.parts))
    fields = m.fields_read(part)
    asked_alone = {field.role for field in fields} == roles and all(field.kind == "line" for field in fields)
    if asked_alone and not m.parameters_of(part):
        return part
    if len(roles) > 1 or isinstance(part, m.Not):
        return m.ALWAYS
    if isinstance(part, m.AnyOf):
        either = tuple(early(item, roles, parameters) for item in part.parts)
        return m.ALWAYS if any(_always(item) for item in either) else m.AnyOf(either)
    (role,) = roles
    if (part.field.kind, part.field.name, part.op) == ("pair", "common_modifiers", "overlaps"):
        part = m.Test(m.FieldRef(role, "modifiers", "line", part.field.type), part.op, part.value)
    if {field.role for field in m.fields_read(part)} != roles or part.field.kind != "line":
        return m.ALWAYS
    if not isinstance(part.value, m.ParameterRef):
        return m.ALWAYS if m.parameters_of(part) else part
    parameter = parameters[part.value.name]
    ever = [value for _, value in parameter.values] + [item.value for item in parameter.scoped]
    # Before its first date a list is empty, in which nothing stands, and a number is unknown: nothing holds of either.
    negative = part.op in {"ne", "not_in", "disjoint"}
    return m.ALWAYS if negative else m.AnyOf(tuple(m.Test(part.field, part.op, value) for value in ever))


def _always(part: m.Condition) -> bool:
    """Whether a condition, as :func:`early` gives it, asks nothing."""
    return isinstance(part, m.All) and all(_always(item) for item in part.parts)
