"""Months of service that a feed lacks: with no line at all, or with far fewer lines than those around them.

A feed that was cut, or whose export failed for a month, looks like a quiet month. Nothing is concluded here; the months
are named.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby, pairwise
from statistics import median_low

from auditor.claims.profile.model import Gap

FEW = 4
"""A month has far fewer lines where it has less than one in so many of the median of the months around it."""
AROUND = 2
"""Months on either side that are looked at."""
LEAST = 20
"""A median below which no month is said to have far fewer: of a handful of lines any number is to be expected."""


def odd_months(lines: Mapping[str, int], among: Collection[str] = ()) -> tuple[Gap, ...]:
    """The gaps of a feed with so many lines by month (``2024-08``), in the order of their first months.

    ``among`` are the months looked at, where they are told: of one payer, those in which the whole feed has lines, so
    that a month before its first line or after its last is a gap too. The first and last month of all are often a part
    of a month and said to be at the edge.
    """
    have = {_number(month): count for month, count in lines.items()}
    looked = sorted({_number(month) for month in among} | have.keys())
    if not have:
        return ()
    empty = _lacking(have, looked) if among else _empty(have)
    return tuple(sorted((*empty, *_thin(have, looked[0], looked[-1])), key=lambda gap: gap.first))


def _empty(have: Mapping[int, int]) -> list[Gap]:
    """The runs of months without a line. Their ends are looked at, not each of them: a wrong year makes thousands."""
    return [
        Gap(_month(before + 1), _month(after - 1), after - before - 1, 0, min(have[before], have[after]))
        for before, after in pairwise(sorted(have))
        if after - before > 1
    ]


def _lacking(have: Mapping[int, int], looked: Sequence[int]) -> list[Gap]:
    """The runs of months looked at that have no line."""
    found = []
    for lacks, run in groupby(range(len(looked)), key=lambda at: looked[at] not in have):
        places = list(run)
        if lacks:
            first, last = places[0], places[-1]
            near = [have[looked[at]] for at in (first - 1, last + 1) if 0 <= at < len(looked)]
            edge = first == 0 or last == len(looked) - 1
            found.append(Gap(_month(looked[first]), _month(looked[last]), len(places), 0, min(near), edge))
    return found


def _thin(have: Mapping[int, int], first: int, last: int) -> list[Gap]:
    """The runs of months that have lines, and few."""
    usual = {
        number: around for number in have if (around := _around(have, number)) and have[number] * FEW < around
    }
    found = []
    for run in _runs(sorted(usual)):
        edge = run[0] == first or run[-1] == last
        few = sum(have[number] for number in run)
        found.append(Gap(_month(run[0]), _month(run[-1]), len(run), few, usual[run[0]], edge))
    return found


def _around(have: Mapping[int, int], number: int) -> int:
    """The median of the months near to a month that have lines; 0 where it is too low to say anything."""
    near = [have[number + step] for step in range(-AROUND, AROUND + 1) if step != 0 and number + step in have]
    middle = median_low(near) if near else 0
    return middle if middle >= LEAST else 0


def _runs(numbers: Sequence[int]) -> list[list[int]]:
    """Numbers that follow upon each other, together."""
    runs = groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])
    return [[number for _, number in run] for _, run in runs]


def _number(month: str) -> int:
    year, _, place = month.partition("-")
    return int(year) * 12 + int(place) - 1


def _month(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"
