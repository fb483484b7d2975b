"""What becomes of the audit when the engine's processes crash, hang, refuse or do not start."""

from __future__ import annotations

import os
import signal
import sys
from array import array
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from auditor.base.errors import InternalCheckFailed
from auditor.engine import Hops, Known, Reasoner, Verdict
from tests.engine.naive import answer, candidates, hops, known, naive

HERE = Path(__file__).resolve().parent


def failing(how: str, marker: Path) -> list[str]:
    return [sys.executable, str(HERE / "failing_worker.py"), how, str(marker), *sys.path]


def ten_cases(*, bad_line: int, bad_case: int = 4):
    """Two candidates a case; one of `bad_case` flags `bad_line`."""
    return candidates(
        *(
            {"case": case, "line": bad_line if case == bad_case and part else 1_000 * case + part}
            for case in range(1, 11)
            for part in range(2)
        )
    )


@pytest.mark.parametrize(
    ("how", "workers", "facts", "crashes"),
    [
        ("kill", 1, 200, 6),  # among 10 cases, 5, 3, 2, alone, alone again
        ("kill", 2, 200, 6),
        ("kill", 2, 2, 2),
        ("refuse", 1, 200, 6),
        ("hang", 1, 2, 2),
    ],
)
def test_a_bad_case_costs_itself_and_nothing_else(how, workers, facts, crashes, tmp_path):
    rows = ten_cases(bad_line=666)
    command = failing(how, tmp_path / "marker")
    patience = 1.0 if how == "hang" else 60.0
    with Reasoner(workers, command=command, batch_facts=facts, batch_seconds=patience) as reasoner:
        got = reasoner.reason(rows, Hops.none(), Known.none())
        stats = reasoner.stats
    bad = Verdict.QUARANTINED
    assert list(got.verdict) == [bad if case == 4 else Verdict.FAIL for case in rows.case]
    assert not {666, 4_000} & set(got.not_payable.line)
    assert (stats.cases, stats.quarantined_cases, stats.crashes) == (10, 1, crashes)
    assert stats.last_failure.startswith({"kill": "died", "refuse": "refused: as", "hang": "hung"}[how])


@pytest.mark.parametrize("how", ["kill", "refuse"])
def test_what_fails_once_is_tried_again_and_loses_nothing(how, tmp_path):
    rows = ten_cases(bad_line=777)
    with Reasoner(1, command=failing(how, tmp_path / "marker")) as reasoner:
        got = reasoner.reason(rows, Hops.none(), Known.none())
        assert reasoner.stats.quarantined_cases == 0 and reasoner.stats.crashes == 1
    assert answer(got) == naive(rows, Hops.none(), Known.none())


def test_a_worker_killed_while_it_has_nothing_to_do_is_replaced():
    rows = ten_cases(bad_line=5)
    with Reasoner(1) as reasoner:
        first = reasoner.reason(rows, Hops.none(), Known.none())
        (pid,) = reasoner.worker_pids
        os.kill(pid, signal.SIGKILL)
        second = reasoner.reason(rows, Hops.none(), Known.none())
        assert reasoner.worker_pids != (pid,)
        assert reasoner.stats.quarantined_cases == 0
    assert first == second


def test_processes_are_kept_for_the_whole_run_and_end_with_it():
    rows = ten_cases(bad_line=5)
    with Reasoner(2, batch_facts=4) as reasoner:
        reasoner.start()
        pids = set(reasoner.worker_pids)
        for _ in range(3):
            reasoner.reason(rows, Hops.none(), Known.none())
        assert len(pids) == 2 and set(reasoner.worker_pids) == pids
    assert not reasoner.worker_pids
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_small_stratum_starts_one_process_only():
    with Reasoner(8) as reasoner:
        reasoner.reason(ten_cases(bad_line=5), Hops.none(), Known.none())
        assert len(reasoner.worker_pids) == 1


def test_an_empty_stratum_starts_none():
    with Reasoner(2) as reasoner:
        got = reasoner.reason(candidates(), Hops.none(), known((1, 5, 1)))
        assert reasoner.worker_pids == () and list(got.cand) == []


def test_an_engine_that_does_not_start_ends_the_audit_with_exit_4(tmp_path):
    with Reasoner(2, command=failing("stillborn", tmp_path)) as reasoner:
        with pytest.raises(InternalCheckFailed, match="no engine here") as caught:
            reasoner.reason(ten_cases(bad_line=5), Hops.none(), Known.none())
        assert caught.value.exit_code == 4
        assert reasoner.worker_pids == ()


def test_in_this_process_the_answer_is_the_same():
    rows = ten_cases(bad_line=5)
    with Reasoner(0) as here, Reasoner(1) as there:
        assert here.reason(rows, Hops.none(), Known.none()) == there.reason(rows, Hops.none(), Known.none())
        assert here.stats == there.stats


@pytest.mark.parametrize("facts", [1, 3, 200, 10_000])
def test_neither_workers_nor_batches_change_the_answer(facts):
    rows = candidates(
        *({"case": n // 3, "line": n, "cascade": int(n % 3 > 0), "level": 1 + n % 2} for n in range(3, 600))
    )
    told = hops(*((cand, n // 3, n - 1) for cand, n in enumerate(range(3, 600), 1) if n % 3))
    with Reasoner(2, batch_facts=facts) as reasoner:
        got = reasoner.reason(rows, told, known((1, 4, 2)))
    assert answer(got) == naive(rows, told, known((1, 4, 2)))
    assert list(got.cand) == list(rows.cand)


def test_columns_may_be_lists_tuples_or_numpy_arrays_of_any_integer_type():
    rows: Any = ten_cases(bad_line=5)
    sorts: tuple[Any, ...] = (
        list,
        tuple,
        np.asarray,
        lambda column: np.asarray(column, dtype=np.int16),
        lambda c: array("q", c),
    )
    with Reasoner(1) as reasoner:
        answers = [
            reasoner.reason(
                type(rows)(*(sort(getattr(rows, name)) for name in rows.__slots__)), Hops.none(), Known.none()
            )
            for sort in sorts
        ]
    assert all(one == answers[0] for one in answers)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"line": 0}, ValueError),
        ({"level": 4}, ValueError),
        ({"lifted": 2}, ValueError),
        ({"cand": 2}, ValueError),
        ({"line": 1.5}, TypeError),
        ({"line": "7"}, TypeError),
        ({"line": None}, TypeError),
    ],
)
def test_malformed_columns_are_refused_before_they_reach_the_engine(change, error):
    with Reasoner(1) as reasoner, pytest.raises(error):
        reasoner.reason(candidates({"line": 1, **change}, {"line": 2}), Hops.none(), Known.none())


def test_columns_of_floats_or_of_unequal_length_are_refused():
    rows: Any = candidates({"line": 1})
    with Reasoner(1) as reasoner:
        with pytest.raises(TypeError):
            reasoner.reason(
                type(rows)(*(np.asarray(getattr(rows, name), dtype=float) for name in rows.__slots__)),
                Hops.none(),
                Known.none(),
            )
        with pytest.raises(ValueError, match="length"):
            reasoner.reason(rows, Hops((1,), (), (1,)), Known.none())
