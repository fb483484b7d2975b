"""Sequences: how the engine counts the payable visits before a visit, without negation and without counters.

A visit of a sequence *stands* (is payable) or *falls*. It falls when at least so many of the earlier visits in its
window stand; it stands when so many of them fall that too few are left. "At least m of these hold" is a lattice: the
node (k, m) is reached when m of the first k hold. From there a hop that always holds leads to (k + 1, m), and one that
holds with the next visit to (k + 1, m + 1). A visit rests on earlier ones only, so the facts have one outcome whatever
the order of firing.

Lines that an earlier stratum found not payable subject to a record make two readings: in the first they stand, in the
second they fall. What falls in both is as sure as its rule, what falls in one needs a record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from auditor.engine.cases import Candidates

STANDS, FALLS = 11, 12
"""What a proposition of a sequence says of a line; the second reading adds READING to it."""
READING = 10
Row = tuple[int, ...]


@dataclass(slots=True)
class Counted:
    """The facts laid for sequences, by kind: see the rule book."""

    holds: list[Row] = field(default_factory=list)
    hops: list[Row] = field(default_factory=list)
    reached: list[Row] = field(default_factory=list)
    stands: dict[Row, None] = field(default_factory=dict)
    sure: list[Row] = field(default_factory=list)


class Counter:
    """Lays the facts of one case's sequences. ``numbers`` gives out the numbers of propositions and nodes."""

    def __init__(self, numbers: Numbers, facts: Counted) -> None:
        self._numbers, self._facts = numbers, facts
        self._propositions: dict[tuple[int, int, int], int] = {}
        self._nodes: dict[tuple[int, ...], int] = {}
        self._prefixes: dict[tuple[int, int], int] = {}
        self._start = 0
        self.doubtful = False

    def lay(
        self,
        c: Candidates,
        indices: Sequence[int],
        hops: Mapping[int, Sequence[int]],
        known: Mapping[int, int],
        payable: frozenset[int],
    ) -> dict[int, int]:
        """Lay the facts of the candidates ``indices``, all that have ``needs``; returns the node each waits for.

        ``known``: line -> level at which an earlier stratum found it not payable. ``payable``: candidates (by index)
        that are payable though they would fall: lifted, set aside, moot.
        """
        by_visit: dict[tuple[int, int], list[int]] = {}
        for i in indices:
            by_visit.setdefault((c.sequence[i], c.line[i]), []).append(i)
        self.doubtful = any(known.get(line) == 2 for i in indices for line in hops.get(c.cand[i], ()))
        ends: dict[int, list[int]] = {}
        for reading in (0, READING) if self.doubtful else (0,):
            felled = {line for line, level in known.items() if level == 1 or reading}
            for (sequence, line), own in by_visit.items():
                active = [i for i in own if i not in payable]
                nots = []
                for i in own:
                    near = [
                        (sequence, other, _fixed(sequence, other, by_visit, felled, payable))
                        for other in hops.get(c.cand[i], ())
                    ]
                    falls = self._at_least(c.needs[i], near, STANDS, reading)
                    ends.setdefault(i, []).append(falls)
                    if i in active and line not in felled:
                        if falls:
                            self._stands(falls, self._proposition(sequence, line, FALLS + reading))
                        nots.append(self._at_least(len(near) - c.needs[i] + 1, near, FALLS, reading))
                if active and line not in felled and all(nots):
                    self._all_reached(nots, self._proposition(sequence, line, STANDS + reading))
        return {i: self._either(found, i) for i, found in ends.items()}

    def _either(self, ends: Sequence[int], index: int) -> int:
        """The node reached when the candidate falls in one of the readings; in both, its finding is sure."""
        if len(ends) == 1:
            return ends[0]
        first, second = ends
        if first and second:
            both = self._numbers.next()
            second_too = self._numbers.next()
            self._stands(second, second_too)
            self._facts.hops.append((first, both, second_too))
            self._facts.sure.append((both, index + 1))
        if not first or not second:
            return first or second
        either = self._numbers.next()
        self._facts.hops += [(first, either, self._always()), (second, either, self._always())]
        return either

    def _all_reached(self, ends: Sequence[int], what: int) -> None:
        """``what`` holds when every one of the nodes is reached."""
        if len(ends) == 1:
            self._stands(ends[0], what)
            return
        at = ends[0]
        for other in ends[1:]:
            too, then = self._numbers.next(), self._numbers.next()
            self._stands(other, too)
            self._facts.hops.append((at, then, too))
            at = then
        self._stands(at, what)

    def _at_least(self, wanted: int, near: Sequence[tuple[int, int, int]], says: int, reading: int) -> int:
        """The node reached when at least ``wanted`` of the visits stand (or fall); 0 when that cannot be.

        Visits of which it is known beforehand are counted here; the rest is the engine's.
        """
        open_ = []
        for sequence, line, fixed in near:
            if fixed == says:
                wanted -= 1
            elif not fixed:
                open_.append((sequence, line))
        if wanted > len(open_):
            return 0
        start = self._begin()
        if wanted <= 0:
            return start
        row = {0: start}  # by how many hold so far, the node
        prefix = 0
        for place, (sequence, line) in enumerate(open_, start=1):
            what = self._proposition(sequence, line, says + reading)
            prefix = self._prefixes.setdefault((prefix, what), len(self._prefixes) + 1)
            left = len(open_) - place
            after: dict[int, int] = {}
            for held, node in row.items():
                if held == wanted or wanted - held <= left:
                    after[held] = self._hop(node, prefix, held, self._always())
                if held < wanted:
                    after[held + 1] = self._hop(node, prefix, held + 1, what)
            row = after
        return row[wanted]

    def _hop(self, at: int, prefix: int, held: int, what: int) -> int:
        then = self._nodes.get((prefix, held))
        if then is None:
            then = self._nodes[prefix, held] = self._numbers.next()
        if (at, then, what) not in self._nodes:
            self._nodes[at, then, what] = then
            self._facts.hops.append((at, then, what))
        return then

    def _stands(self, end: int, what: int) -> None:
        self._facts.stands[end, what] = None

    def _begin(self) -> int:
        if not self._start:
            self._start = self._numbers.next()
            self._facts.reached.append((self._start,))
        return self._start

    def _always(self) -> int:
        """A proposition that holds."""
        if not self._numbers.always:
            self._numbers.always = self._numbers.next()
            self._facts.holds.append((self._numbers.always,))
        return self._numbers.always

    def _proposition(self, sequence: int, line: int, says: int) -> int:
        number = self._propositions.get((sequence, line, says))
        if number is None:
            number = self._propositions[sequence, line, says] = self._numbers.next()
        return number


@dataclass(slots=True)
class Numbers:
    """Gives out numbers, each once in a session. ``always`` is the proposition that always holds, 0 until asked for."""

    last: int = 0
    always: int = 0

    def next(self) -> int:
        """The next number."""
        self.last += 1
        return self.last


def _fixed(
    sequence: int,
    line: int,
    by_visit: Mapping[tuple[int, int], Sequence[int]],
    felled: set[int],
    payable: frozenset[int],
) -> int:
    """What is known of a visit before the engine reasons: FALLS, STANDS, or 0 where that is to be found out."""
    if line in felled:
        return FALLS
    own = by_visit.get((sequence, line), ())
    return 0 if any(i not in payable for i in own) else STANDS
