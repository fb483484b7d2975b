"""Runs the engine over many cases in supervised processes, so that its crashes cost one case and never the
audit.

Processes are started fresh (not forked: the parent holds DuckDB's threads) and import nothing heavy;
start-up takes some 0.1 s and happens while the parent goes on. Each works through a job of batches and
answers after each. When it dies, says nothing for too long, or its engine refuses a batch, the batch is
halved, and its halves, until one case is left; that is tried once more and then quarantined. The result
depends neither on the number of processes nor on the size of batches.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from auditor.base.errors import InternalCheckFailed
from auditor.engine.batches import Stratum, Task, halves
from auditor.engine.cases import BatchVerdicts, Candidates, Hops, Known, Verdicts
from auditor.engine.processes import READY, WorkerGone, WorkerProcess

BATCH_FACTS = 200
BATCH_SECONDS = 20.0
SECONDS_A_ROW = 0.01  # far above the 10 µs it takes: only what hangs is meant to be caught
BATCHES_A_JOB = 8

Jobs = deque[list[Task]]


@dataclass(slots=True)
class EngineStats:
    """Totals over all that a Reasoner did.

    `crashes` counts deaths, hangs and refusals, those while a bad batch is narrowed down included;
    `last_failure` says what the last of them was.
    """

    cases: int = 0
    batches: int = 0
    facts: int = 0
    firings: int = 0
    quarantined_cases: int = 0
    crashes: int = 0
    last_failure: str = ""


class Reasoner:
    """Concludes verdicts for candidates; a context manager that keeps its processes for many calls.

    `workers`: processes, or 0 to reason in this process (for tests: there a crash of the engine ends
    everything). `batch_facts`: rows in a batch. `batch_seconds`: how long a process may be silent over a
    batch, plus 10 ms a row. `command`: starts a worker process, in place of our own.
    """

    def __init__(
        self,
        workers: int,
        *,
        batch_facts: int = BATCH_FACTS,
        batch_seconds: float = BATCH_SECONDS,
        command: Sequence[str] | None = None,
    ) -> None:
        self._wanted = workers
        self._batch_facts = batch_facts
        self._batch_seconds = batch_seconds
        self._command = command
        self._workers: list[WorkerProcess] = []
        self._failed_starts = 0
        self.stats = EngineStats()

    def __enter__(self) -> Reasoner:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start all processes and return at once; they get ready while the caller does something else."""
        self._start(self._wanted)

    def close(self) -> None:
        """End the processes. Safe to repeat; `reason` would start new ones."""
        while self._workers:
            self._workers.pop().end()

    @property
    def worker_pids(self) -> tuple[int, ...]:
        """The process numbers of the workers that run now."""
        return tuple(worker.pid for worker in self._workers)

    def reason(self, candidates: Candidates, hops: Hops, known: Known) -> Verdicts:
        """Reason over all cases of one stratum until nothing more follows.

        Tables are best sorted by case (else they are sorted here); verdicts come in the order of
        `candidates`. Raises ValueError or TypeError when columns are malformed, InternalCheckFailed when no
        worker will start.
        """
        stratum = Stratum(candidates, hops, known)
        tasks = stratum.tasks(self._batch_facts)
        try:
            if self._wanted:
                self._supervise(stratum, tasks)
            else:
                self._in_process(stratum, tasks)
        except BaseException:
            self.close()  # a worker left in the middle of a job would answer the next call
            raise
        return stratum.verdicts()

    # ---- in this process ---------------------------------------------------------------------------------

    def _in_process(self, stratum: Stratum, tasks: Iterable[Task]) -> None:
        # Not above: the parent of workers need not load the engine.
        from auditor.engine.host import EngineFailed
        from auditor.engine.reasoning import CaseReasoner

        reasoner = CaseReasoner()
        jobs: Jobs = deque([task] for task in tasks)
        while jobs:
            for task in jobs.popleft():
                try:
                    self._done(stratum, task, reasoner.reason(stratum.batch(task)))
                except EngineFailed as error:
                    self._failed(stratum, task, jobs, f"refused: {error}")

    # ---- in worker processes -----------------------------------------------------------------------------

    def _supervise(self, stratum: Stratum, tasks: Sequence[Task]) -> None:
        size = max(1, min(BATCHES_A_JOB, math.ceil(len(tasks) / (4 * self._wanted))))
        jobs: Jobs = deque(list(tasks[i : i + size]) for i in range(0, len(tasks), size))
        while jobs or any(worker.tasks for worker in self._workers):
            busy = sum(1 for worker in self._workers if worker.tasks)
            self._start(min(self._wanted, busy + len(jobs)))
            for worker in [w for w in self._workers if w.ready and not w.tasks]:
                if jobs:
                    self._give(stratum, worker, jobs)
            for worker in WorkerProcess.that_speak(self._workers):
                self._listen(stratum, worker, jobs)
            now = time.monotonic()
            for worker in [w for w in self._workers if now > w.deadline and (w.tasks or not w.ready)]:
                self._lose(stratum, worker, jobs)

    def _start(self, count: int) -> None:
        while len(self._workers) < count:
            self._workers.append(WorkerProcess(self._command))

    def _give(self, stratum: Stratum, worker: WorkerProcess, jobs: Jobs) -> None:
        tasks = jobs.popleft()
        try:
            worker.give(tasks, [stratum.batch(task).packed() for task in tasks])
        except WorkerGone:  # it died while it had nothing to do: no task is to blame
            worker.tasks.clear()
            jobs.appendleft(tasks)
            self._lose(stratum, worker, jobs)
        else:
            self._expect(stratum, worker)

    def _expect(self, stratum: Stratum, worker: WorkerProcess) -> None:
        """Set the time by which the next answer must come."""
        if worker.tasks:
            patience = self._batch_seconds + SECONDS_A_ROW * stratum.rows(worker.tasks[0])
            worker.deadline = time.monotonic() + patience

    def _listen(self, stratum: Stratum, worker: WorkerProcess, jobs: Jobs) -> None:
        try:
            message: Any = worker.hear()
        except WorkerGone:
            self._lose(stratum, worker, jobs)
            return
        if message == READY:
            worker.ready = True
            self._failed_starts = 0
            return
        task = worker.tasks.popleft()
        if isinstance(message, str):
            self._failed(stratum, task, jobs, message)
        else:
            self._done(stratum, task, BatchVerdicts.unpacked(message))
        self._expect(stratum, worker)

    def _lose(self, stratum: Stratum, worker: WorkerProcess, jobs: Jobs) -> None:
        """A worker died or hangs: its present task is to blame, the rest of its job is put back."""
        self._workers.remove(worker)
        late = time.monotonic() > worker.deadline
        last_words = worker.end()
        if not worker.ready:
            self._failed_starts += 1
            if self._failed_starts > self._wanted:
                raise InternalCheckFailed(
                    "the rules engine does not start",
                    why=last_words or "its process ended without a word",
                    mend="Run the set-up command again, it builds the engine anew",
                )
        if worker.tasks:
            blamed, *rest = worker.tasks
            if rest:
                jobs.appendleft(rest)
            self._failed(stratum, blamed, jobs, "hung" if late else f"died: {last_words}")

    # ---- both --------------------------------------------------------------------------------------------

    def _done(self, stratum: Stratum, task: Task, verdicts: BatchVerdicts) -> None:
        stratum.answer(task, verdicts)
        self.stats.batches += 1
        self.stats.cases += task.last - task.first
        self.stats.facts += verdicts.facts
        self.stats.firings += verdicts.firings

    def _failed(self, stratum: Stratum, task: Task, jobs: Jobs, how: str) -> None:
        """Narrow a bad batch down to its bad case; give that up the second time."""
        self.stats.crashes += 1
        self.stats.last_failure = how
        if task.last - task.first > 1:
            jobs.extendleft([half] for half in reversed(halves(task)))
        elif not task.again:
            jobs.appendleft([Task(task.first, task.last, again=True)])
        else:
            stratum.quarantine(task)
            self.stats.cases += 1
            self.stats.quarantined_cases += 1
