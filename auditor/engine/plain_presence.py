"""The plain evaluator's doubt: whether something that the keys do not reach may stand beside a line after all.

Looked at are rows that were set aside, lines without a key, and lines of the same patient number under another payer
or line of business, one by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from auditor.engine.plain_tables import Line, Reach
from auditor.engine.plain_windows import Laid, inside
from auditor.rules import model as m

_ELSEWHERE = frozenset({"patient_id", "service_day", "service_date"})
_CODE = re.compile("[0-9A-Z]{5}")
Value = Callable[[Line, str], Any]
"""(line, field) -> its value."""
Serves = Callable[[Line, Line], bool]
"""(line, other) -> whether the other has what a partner must have, and the table lists it."""


@dataclass(frozen=True)
class Time:
    """When a partner stands beside a line: on a shared day (``days_before`` earlier at most), in a window, or ever."""

    line: Line
    days_before: int | None = None
    window: Laid | None = None
    day: Callable[[Line], date | None] | None = None

    @property
    def start(self) -> date:
        """The first day on which a partner of a shared day may stand."""
        first: date = self.line["date_from"]
        return first - timedelta(days=self.days_before or 0)

    def outside(self, reach: Reach | None) -> bool:
        """Whether some of the days lie before or after the claims at hand; not asked where no time is stated."""
        if reach is None:
            return False
        if self.days_before is not None:
            return self.days_before > 0 and self.start < reach.first
        if self.window is None:
            return False
        first, last = self.window
        return first is None or last is None or first < reach.first or last > reach.last

    def shared(self, other: Line) -> bool:
        """Whether another line shares a day with the line, or stands on one of the days before that serve too."""
        return bool(other["date_from"] <= self.line["date_to"] and other["date_to"] >= self.start)

    def holds(self, other: Line) -> bool:
        """Whether another line stands within the window, or may stand at any time. Not asked of shared days."""
        return self.window is None or self.day is None or inside(self.window, self.day(other))


def may_stand(partner: m.Partner, value: Value, serves: Serves, line: Line, other: Line) -> bool:
    """Whether ``other``, which is no partner by its keys, may be one, the time apart."""
    if other is line:
        return False
    sets = [[name for name in names if name not in _ELSEWHERE] for names in partner.any_of]
    if not any(
        all(value(other, name) is None or value(line, name) in (None, value(other, name)) for name in names)
        for names in sets
    ):
        return False
    if other["state"] == "set_aside":
        return _code_unread(other) or serves(line, other)
    if other["patient_key"] == line["patient_key"] and (
        len(sets) > 1 or all(value(other, name) is not None for name in sets[0])
    ):
        return False
    return serves(line, other)


def lacking_a_key(partner: m.Partner, value: Value, lines: Sequence[Line]) -> list[Line]:
    """The lines that lack one of the keys by which a partner is known."""
    names = {name for keys in partner.any_of for name in keys} - _ELSEWHERE
    return [line for line in lines if any(value(line, name) is None for name in names)]


def may_stand_in_time(line: Line, other: Line, time: Time) -> bool:
    """Whether ``other`` is near enough. A row set aside without a patient, or without its day, belongs to its claim."""
    if other is line:
        return False
    same_claim = bool(other["claim_id"] == line["claim_id"])
    set_aside = other["state"] == "set_aside"
    if set_aside and other["patient_id"] is None and not same_claim:
        return False
    if time.days_before is None:
        if set_aside and time.day is not None and time.day(other) is None:
            return same_claim
        return time.holds(other)
    if set_aside and other["date_from"] is None:
        return same_claim
    days = [day for day in (other["date_from"], other["date_to"]) if day is not None]
    return bool(min(days) <= line["date_to"] and max(days) >= time.start)


def _code_unread(other: Line) -> bool:
    if other["code"] is None:
        return other["revenue_code"] is None
    return _CODE.fullmatch(other["code"]) is None
