"""Which two lines can be a pair at all, found before anything is built of them: by their time, and by their fields.

Every two lines of a patient are too many to ask one by one: a patient of 2,000 lines has four million pairs. Nothing
here decides: what is left is still held to the whole of the match.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
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


def early(part: m.Condition, roles: set[str]) -> m.Condition:
    """What of a condition can be asked of the lines in ``roles`` alone, no day and no row of a table being known.

    Only what reads all of them, so that nothing is asked twice.
    """
    if isinstance(part, m.All):
        return m.All(tuple(early(item, roles) for item in part.parts))
    fields = m.fields_read(part)
    asked_alone = {field.role for field in fields} == roles and all(field.kind == "line" for field in fields)
    return part if asked_alone and not m.parameters_of(part) else m.ALWAYS
