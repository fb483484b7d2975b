"""Which cases a run seeds: every kind the vocabulary allows at least once, then by weight up to the error rate."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from auditor.synth.cases import Case, Kind, Pools
from auditor.synth.dice import Dice

NEAR_MISSES_PER_ERROR = 0.25
FEWEST_LINES_FOR_ALL_KINDS = 1_000
TRIES = 30


class CasePlan:
    """Hands out cases block by block so that flagged lines stay at `errors` of all lines written so far."""

    def __init__(self, dice: Dice, pools: Pools, kinds: Sequence[Kind], errors: float, lines: int) -> None:
        self._dice = dice
        self._pools = pools
        self._errors = errors
        probe = dice.scalar("probe")
        possible = [kind for kind in kinds if errors > 0 and _build(kind, pools, probe) is not None]
        self.impossible = tuple(kind.name for kind in kinds if kind not in possible)
        self._faults = _Wheel([kind for kind in possible if not kind.near_miss])
        self._near = _Wheel([kind for kind in possible if kind.near_miss])
        self._first = list(possible) if lines >= FEWEST_LINES_FOR_ALL_KINDS else []
        self._lines = 0
        self._flagged = 0
        self._owed = 0.0

    def cases(self, block: int, lines: int) -> list[Case]:
        """The cases of the next `lines` lines; never more lines than half of them."""
        rng = self._dice.scalar(f"cases {block}")
        self._lines += lines
        room = lines // 2
        made: list[Case] = []
        while self._first and room > 0:
            room -= self._add(made, self._first.pop(0), rng, room)
        while self._faults and self._flagged < round(self._errors * self._lines) and room > 0:
            kind = self._faults.spin(rng)
            room -= self._add(made, kind, rng, room)
            self._owed += NEAR_MISSES_PER_ERROR
            if self._near and self._owed >= 1:
                self._owed -= 1
                room -= self._add(made, self._near.spin(rng), rng, room)
        return made

    def _add(self, made: list[Case], kind: Kind, rng: random.Random, room: int) -> int:
        """Append a case of `kind` that fits into `room` lines; the lines it took, at least one."""
        case = _build(kind, self._pools, rng)
        if case is None or len(case.lines) > room:
            return 1
        made.append(case)
        self._flagged += case.flagged
        return len(case.lines)


class _Wheel:
    """Draws kinds by weight; false when there is none."""

    def __init__(self, kinds: list[Kind]) -> None:
        self._kinds = kinds
        self._marks = list(accumulate(kind.weight for kind in kinds))

    def __bool__(self) -> bool:
        return bool(self._kinds)

    def spin(self, rng: random.Random) -> Kind:
        return self._kinds[bisect_right(self._marks, rng.random() * self._marks[-1])]


def _build(kind: Kind, pools: Pools, rng: random.Random) -> Case | None:
    for _ in range(TRIES):
        case = kind.build(pools, rng)
        if case is not None:
            return case
    return None
