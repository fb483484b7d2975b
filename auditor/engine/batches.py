"""Cuts the columns of a stratum into batches of whole cases, and puts the batches' answers together again."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar, cast

from auditor.engine.cases import (
    Batch,
    BatchVerdicts,
    Candidates,
    CaseRange,
    Hops,
    Known,
    NotPayable,
    Premise,
    Verdict,
    Verdicts,
    case_ranges,
)

_Table = TypeVar("_Table", Candidates, Hops, Known)

_BOUNDS: dict[type[Any], dict[str, tuple[int, int | None]]] = {
    Candidates: {
        "cand": (1, None),
        "line": (1, None),
        "lifted": (0, 1),
        "override": (0, None),
        "level": (1, 3),
        "concludes": (0, 1),
        "unless": (0, None),
        "demote": (0, None),
        "cascade": (0, 1),
    },
    Hops: {"cand": (1, None), "line": (1, None)},
    Known: {"line": (1, None), "level": (1, 2)},
}


@dataclass(slots=True)
class Task:
    """Consecutive cases that make one batch; `again`: a single case, tried for the last time."""

    first: int
    last: int
    again: bool = False


class Stratum:
    """The columns of one stratum, its cases, and the answers to its batches."""

    def __init__(self, candidates: Candidates, hops: Hops, known: Known) -> None:
        self._candidates, self._order = _by_case(_checked(candidates))
        self._hops, _ = _by_case(_checked(hops))
        self._known, _ = _by_case(_checked(known))
        if len(set(self._candidates.cand)) != len(self._candidates.cand):
            raise ValueError("candidates: cand is not unique")
        self._cases = case_ranges(self._candidates, self._hops, self._known)
        self._answers: dict[int, tuple[Task, BatchVerdicts]] = {}

    def tasks(self, facts: int) -> list[Task]:
        """All cases in batches of about `facts` rows; a larger case is a batch of its own."""
        tasks: list[Task] = []
        first = total = 0
        for number, case in enumerate(self._cases):
            rows = case.rows()
            if total and total + rows > facts:
                tasks.append(Task(first, number))
                first, total = number, 0
            total += rows
        if total:
            tasks.append(Task(first, len(self._cases)))
        return tasks

    def rows(self, task: Task) -> int:
        """How many rows a task has."""
        return sum(case.rows() for case in self._cases[task.first : task.last])

    def batch(self, task: Task) -> Batch:
        """The rows of a task."""
        cases = self._cases[task.first : task.last]
        return Batch(
            _cut(self._candidates, cases, "candidates"),
            _cut(self._hops, cases, "hops"),
            _cut(self._known, cases, "known"),
        )

    def answer(self, task: Task, verdicts: BatchVerdicts) -> None:
        """Keep the answer to a task."""
        self._answers[task.first] = (task, verdicts)

    def quarantine(self, task: Task) -> None:
        """Answer a task that the engine cannot do: every candidate is quarantined."""
        levels = self.batch(task).candidates.level
        self.answer(task, BatchVerdicts([Verdict.QUARANTINED] * len(levels), levels, (), (), 0, 0))

    def verdicts(self) -> Verdicts:
        """The answers of all tasks, in the order in which the candidates were given."""
        answers = [self._answers[first][1] for first in sorted(self._answers)]
        columns = [
            self._candidates.cand,
            _joined(answer.verdict for answer in answers),
            _joined(answer.level for answer in answers),
        ]
        if self._order is not None:
            places = sorted(range(len(self._order)), key=self._order.__getitem__)
            columns = [array("q", [column[place] for place in places]) for column in columns]
        premises: dict[int, tuple[tuple[str, int], ...]] = {}
        for cand, kind, key in _triples(_joined(answer.premises for answer in answers)):
            premises[cand] = (*premises.get(cand, ()), (Premise(kind).label, key))
        lines = sorted(_triples(_joined(answer.not_payable for answer in answers)))
        not_payable = NotPayable(*(array("q", [line[part] for line in lines]) for part in range(3)))
        return Verdicts(columns[0], columns[1], columns[2], premises, not_payable)


def halves(task: Task) -> tuple[Task, Task]:
    """A task of several cases as two."""
    middle = (task.first + task.last) // 2
    return Task(task.first, middle), Task(middle, task.last)


def _column(name: str, values: Sequence[int]) -> array[int]:
    """`values` as 64-bit integers; numpy arrays are copied as a whole. Raises TypeError on anything else."""
    try:
        view = memoryview(cast("Any", values))
    except TypeError:
        return array("q", values)
    if view.format not in {"b", "B", "h", "H", "i", "I", "l", "L", "q", "Q", "?"} or view.ndim != 1:
        raise TypeError(f"{name} is not a column of integers")
    if view.format in {"l", "q"} and view.itemsize == 8 and view.contiguous:
        column = array("q")
        column.frombytes(view.cast("B"))
        return column
    return array("q", view.tolist())


def _checked(table: _Table) -> _Table:
    sort = type(table)
    columns = {part.name: _column(part.name, getattr(table, part.name)) for part in fields(table)}
    if len({len(column) for column in columns.values()}) > 1:
        raise ValueError(f"the columns of {sort.__name__} differ in length")
    for name, (least, most) in _BOUNDS[sort].items():
        column = columns[name]
        if column and (min(column) < least or (most is not None and max(column) > most)):
            raise ValueError(f"{sort.__name__}.{name} must be from {least} to {most or 'any'}")
    return sort(**columns)


def _by_case(table: _Table) -> tuple[_Table, list[int] | None]:
    """The table sorted by case (rows of a case keep their order), and the order of old rows if it was not."""
    case = table.case
    order = sorted(range(len(case)), key=case.__getitem__)
    if all(place == row for place, row in enumerate(order)):
        return table, None
    columns = {
        part.name: array("q", [getattr(table, part.name)[row] for row in order]) for part in fields(table)
    }
    return type(table)(**columns), order


def _cut(table: _Table, cases: Sequence[CaseRange], part: str) -> _Table:
    ranges = [(first, last) for first, last in (getattr(case, part) for case in cases) if last > first]
    first, last = (ranges[0][0], ranges[-1][1]) if ranges else (0, 0)
    return type(table)(*(getattr(table, column.name)[first:last] for column in fields(table)))


def _joined(columns: Iterable[Sequence[int]]) -> array[int]:
    joined = array("q")
    for column in columns:
        joined.extend(column)
    return joined


def _triples(flat: Sequence[int]) -> Iterable[tuple[int, int, int]]:
    return zip(flat[0::3], flat[1::3], flat[2::3], strict=True)
