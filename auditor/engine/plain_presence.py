"""The plain evaluator's doubt: whether something that the keys do not reach may stand beside a line after all.

Looked at are rows that were set aside, lines without a key, and lines of the same patient number under another payer
or line of business, one by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta

from auditor.engine.plain_tables import Line
from auditor.rules import model as m

_ELSEWHERE = frozenset({"patient_id", "service_day", "service_date"})
_CODE = re.compile("[0-9A-Z]{5}")
Serves = Callable[[Line, Line], bool]
"""(line, other) -> whether the other has what a partner must have, and the table lists it."""


def may_stand(partner: m.Partner, serves: Serves, line: Line, other: Line, days_before: int) -> bool:
    """Whether ``other``, which is no partner by its keys, may be one."""
    if other is line or not _near(line, other, days_before):
        return False
    sets = [[name for name in names if name not in _ELSEWHERE] for names in partner.any_of]
    if not any(
        all(other[name] is None or line[name] is None or other[name] == line[name] for name in names)
        for names in sets
    ):
        return False
    if other["state"] == "set_aside":
        return _code_unread(other) or serves(line, other)
    if other["patient_key"] == line["patient_key"] and (
        len(sets) > 1 or all(other[name] is not None for name in sets[0])
    ):
        return False
    return serves(line, other)


def lacking_a_key(partner: m.Partner, lines: Sequence[Line]) -> list[Line]:
    """The lines that lack one of the keys by which a partner is known."""
    names = {name for keys in partner.any_of for name in keys} - _ELSEWHERE
    return [line for line in lines if any(line[name] is None for name in names)]


def _near(line: Line, other: Line, days_before: int) -> bool:
    if other["state"] == "set_aside":
        if other["patient_id"] is None and other["claim_id"] != line["claim_id"]:
            return False
        if other["date_from"] is None:
            return bool(other["claim_id"] == line["claim_id"])
    days = [day for day in (other["date_from"], other["date_to"]) if day is not None]
    start = line["date_from"] - timedelta(days=days_before)
    return bool(min(days) <= line["date_to"] and max(days) >= start)


def _code_unread(other: Line) -> bool:
    if other["code"] is None:
        return other["revenue_code"] is None
    return _CODE.fullmatch(other["code"]) is None
