"""What goes into the engine and what comes out: columns of integers, grouped by case (a patient).

Columns are held as `array('q')` and travel between processes as bytes; `numpy.asarray` reads them without a
copy.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from itertools import groupby


class Verdict(IntEnum):
    """What the engine says of a candidate."""

    NOT_CONCLUDED = 0
    FAIL = 1
    BYPASSED = 2
    SUPPRESSED = 3
    MOOT = 4
    QUARANTINED = 5


class Premise(IntEnum):
    """What a verdict rests on; `label` is the name it has in `Verdicts.premises`."""

    BLOCKER = 1
    OVERRIDE = 2
    PRIMARY = 3
    PARTNER = 4

    @property
    def label(self) -> str:
        """The name in lower case."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Candidates:
    """One row a possible finding; columns of equal length, all integers.

    `cand` unique, > 0; `case` the patient; `line` the flagged line (> 0, of one case only); `lifted` 1
    where a permitted modifier lifts it; `override` 0, or the number of the override that sets it aside;
    `level` 1 claims-evident, 2 record needed, 3 indicator; `concludes` 1 where a fail makes the line not
    payable; `unless` 0, or the line that makes it moot when an earlier stratum found it claims-evidently
    not payable; `demote` 0, or the partner line (the finding needs a record when all partners of its line
    fall); `cascade` 1 where it fails only because all its hops are not payable; `needs` how many of its hops
    must be payable for it to fail (0: none is asked), `sequence` the number of the sequence that counts them.
    """

    cand: Sequence[int]
    case: Sequence[int]
    line: Sequence[int]
    lifted: Sequence[int]
    override: Sequence[int]
    level: Sequence[int]
    concludes: Sequence[int]
    unless: Sequence[int]
    demote: Sequence[int]
    cascade: Sequence[int]
    needs: Sequence[int]
    sequence: Sequence[int]


@dataclass(frozen=True, slots=True)
class Hops:
    """One row a primary `line` of a cascade candidate `cand`."""

    cand: Sequence[int]
    case: Sequence[int]
    line: Sequence[int]

    @classmethod
    def none(cls) -> Hops:
        """No hops."""
        return cls((), (), ())


@dataclass(frozen=True, slots=True)
class Known:
    """Lines not payable by earlier strata: `level` 1 claims-evident, 2 record needed or denied by payer."""

    case: Sequence[int]
    line: Sequence[int]
    level: Sequence[int]

    @classmethod
    def none(cls) -> Known:
        """Nothing known."""
        return cls((), (), ())


@dataclass(frozen=True, slots=True)
class NotPayable:
    """Lines not payable by this stratum, each once, by line: the lowest level and a candidate for it."""

    line: Sequence[int]
    level: Sequence[int]
    cand: Sequence[int]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What was concluded. Columns `cand`, `verdict` (see Verdict) and `level` stand in the order of the
    candidates.

    `level` is that of the candidate, changed by demotion and cascade where it fails. `premises`: candidate
    -> ((kind, key), ...), for those that rest on something: `blocker` (line), `override` (number),
    `primary` (line), `partner` (line).
    """

    cand: Sequence[int]
    verdict: Sequence[int]
    level: Sequence[int]
    premises: Mapping[int, tuple[tuple[str, int], ...]]
    not_payable: NotPayable


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of some whole cases, ready for a session: the columns of all three tables, sorted by case."""

    candidates: Candidates
    hops: Hops
    known: Known

    def packed(self) -> tuple[bytes, ...]:
        """The columns as bytes of 64-bit integers."""
        return tuple(
            array("q", getattr(table, column.name)).tobytes()
            for table in (self.candidates, self.hops, self.known)
            for column in fields(table)
        )

    @classmethod
    def unpacked(cls, columns: Sequence[bytes]) -> Batch:
        """The batch that `packed` gave."""
        lists = [_unpack(column) for column in columns]
        return cls(Candidates(*lists[:12]), Hops(*lists[12:15]), Known(*lists[15:]))

    def rows(self) -> int:
        """How many facts it makes at least."""
        return len(self.candidates.cand) + len(self.hops.cand) + len(self.known.line)


@dataclass(frozen=True, slots=True)
class BatchVerdicts:
    """A batch's answer: verdict and level of each candidate in order, then flat triples.

    `premises`: candidate, Premise, key; `not_payable`: line, level, candidate. `facts` and `firings`: what
    it took.
    """

    verdict: Sequence[int]
    level: Sequence[int]
    premises: Sequence[int]
    not_payable: Sequence[int]
    facts: int
    firings: int

    def packed(self) -> tuple[bytes, bytes, bytes, bytes, int, int]:
        """The columns as bytes of 64-bit integers."""
        columns = (self.verdict, self.level, self.premises, self.not_payable)
        first, second, third, fourth = (array("q", column).tobytes() for column in columns)
        return first, second, third, fourth, self.facts, self.firings

    @classmethod
    def unpacked(cls, parts: tuple[bytes, bytes, bytes, bytes, int, int]) -> BatchVerdicts:
        """The answer that `packed` gave."""
        first, second, third, fourth, facts, firings = parts
        return cls(_unpack(first), _unpack(second), _unpack(third), _unpack(fourth), facts, firings)


def _unpack(column: bytes) -> list[int]:
    values = array("q")
    values.frombytes(column)
    return values.tolist()


@dataclass(frozen=True, slots=True)
class CaseRange:
    """Where the rows of one case stand in the three tables (first, one past the last)."""

    candidates: tuple[int, int]
    hops: tuple[int, int]
    known: tuple[int, int]

    def rows(self) -> int:
        """How many rows the case has."""
        return sum(last - first for first, last in (self.candidates, self.hops, self.known))


def case_ranges(candidates: Candidates, hops: Hops, known: Known) -> list[CaseRange]:
    """The cases that have candidates, in order. All three tables must be sorted by case."""
    hop_runs, known_runs = _Runs(hops.case), _Runs(known.case)
    return [
        CaseRange((first, last), hop_runs.of(case), known_runs.of(case))
        for case, first, last in _runs(candidates.case)
    ]


def _runs(cases: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    last = 0
    for case, rows in groupby(cases):
        first = last
        last += sum(1 for _ in rows)
        yield case, first, last


class _Runs:
    """Walks over the runs of a sorted column of cases, asked for ever larger cases."""

    def __init__(self, cases: Sequence[int]) -> None:
        self._runs = _runs(cases)
        self._next = next(self._runs, None)

    def of(self, case: int) -> tuple[int, int]:
        while self._next is not None and self._next[0] < case:
            self._next = next(self._runs, None)
        if self._next is None or self._next[0] != case:
            return (0, 0)
        return self._next[1:]
