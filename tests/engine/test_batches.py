"""How columns are cut into batches and put together again."""

from __future__ import annotations

import pytest

from auditor.engine.batches import Stratum, Task, halves
from auditor.engine.cases import Batch, BatchVerdicts, Hops, Known, Premise, Verdict
from tests.engine.naive import candidates, hops, known


def stratum() -> Stratum:
    rows = [{"case": case, "line": 10 * case + part} for case in (1, 2, 3, 4) for part in range(case)]
    return Stratum(candidates(*rows), hops((1, 1, 10), (4, 3, 30)), known((0, 5, 1), (2, 21, 1), (9, 99, 1)))


def test_a_case_is_never_split():
    assert [(task.first, task.last) for task in stratum().tasks(5)] == [(0, 2), (2, 3), (3, 4)]
    assert [(task.first, task.last) for task in stratum().tasks(1)] == [(0, 1), (1, 2), (2, 3), (3, 4)]
    assert [(task.first, task.last) for task in stratum().tasks(1_000)] == [(0, 4)]


def test_a_batch_holds_the_rows_of_its_cases_and_no_others():
    batch = stratum().batch(Task(1, 3))
    assert list(batch.candidates.case) == [2, 2, 3, 3, 3]
    assert list(batch.hops.cand) == [4]
    assert list(batch.known.line) == [21]
    assert list(stratum().batch(Task(3, 4)).known.line) == []


def test_a_batch_survives_the_way_to_another_process():
    batch = stratum().batch(Task(0, 4))
    again = Batch.unpacked(batch.packed())
    assert list(again.candidates.line) == list(batch.candidates.line)
    assert list(again.hops.line) == [10, 30] and list(again.known.level) == [1]
    verdicts = BatchVerdicts([1, 2], [3, 4], [5], [], 6, 7)
    assert BatchVerdicts.unpacked(verdicts.packed()) == verdicts


def test_halving_ends_with_single_cases():
    assert halves(Task(0, 5)) == (Task(0, 2), Task(2, 5))
    assert halves(Task(3, 5)) == (Task(3, 4), Task(4, 5))


def test_answers_come_together_in_the_order_of_the_candidates():
    rows = candidates({"case": 2, "line": 20}, {"case": 1, "line": 10}, {"case": 2, "line": 21})
    told = Stratum(rows, Hops.none(), Known.none())
    last = BatchVerdicts([3, 4], [1, 2], [1, Premise.OVERRIDE, 7, 1, Premise.BLOCKER, 8], [20, 1, 1], 0, 0)
    told.answer(Task(1, 2), last)
    told.answer(Task(0, 1), BatchVerdicts([1], [3], [], [10, 2, 2], 0, 0))
    got = told.verdicts()
    assert (list(got.cand), list(got.verdict), list(got.level)) == ([1, 2, 3], [3, 1, 4], [1, 3, 2])
    assert got.premises == {1: (("override", 7), ("blocker", 8))}
    assert list(zip(got.not_payable.line, got.not_payable.level, got.not_payable.cand, strict=True)) == [
        (10, 2, 2),
        (20, 1, 1),
    ]


def test_a_quarantined_task_keeps_its_levels_and_concludes_nothing():
    told = stratum()
    for task in told.tasks(1):
        told.quarantine(task)
    got = told.verdicts()
    assert set(got.verdict) == {Verdict.QUARANTINED} and set(got.level) == {1}
    assert list(got.not_payable.line) == []


def test_candidates_are_unique():
    with pytest.raises(ValueError, match="not unique"):
        Stratum(candidates({"cand": 1, "line": 1}, {"cand": 1, "line": 2}), Hops.none(), Known.none())
