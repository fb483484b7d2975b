"""One worker process of the engine, seen from its parent: started, given jobs, listened to, ended."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

from auditor.engine.batches import Task

READY = "ready"
START_SECONDS = 60.0
START_WORKER = "import sys; sys.path[:] = sys.argv[1:]; from auditor.engine.worker import main; main()"


class WorkerGone(Exception):
    """The process has died."""


class WorkerProcess:
    """A child that works through one job (a list of tasks) at a time and answers task by task.

    `ready` once it said so; `tasks` those of its job not yet answered, the first one in work. Started
    fresh, not forked, with the parent's module path; needs a system with POSIX pipes.
    """

    def __init__(self, command: Sequence[str] | None = None) -> None:
        self.ready = False
        self.tasks: deque[Task] = deque()
        self.deadline = time.monotonic() + START_SECONDS
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  # closed in `end`
        jobs_out, jobs_in = os.pipe()
        answers_out, answers_in = os.pipe()
        self._jobs = Connection(jobs_in, readable=False)
        self._answers = Connection(answers_out, writable=False)
        try:
            self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
                command or [sys.executable, "-c", START_WORKER, *sys.path],
                stdin=jobs_out,
                stdout=answers_in,
                stderr=self._complaints,
            )
        finally:
            os.close(jobs_out)
            os.close(answers_in)

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._process.pid

    def give(self, tasks: Iterable[Task], columns: Iterable[tuple[bytes, ...]]) -> None:
        """Send a job: for each task the columns of its batch. Raises WorkerGone."""
        self.tasks = deque(tasks)
        try:
            self._jobs.send(list(columns))
        except OSError as error:
            raise WorkerGone from error

    def hear(self) -> Any:
        """Its next message; waits for one. Raises WorkerGone."""
        try:
            return self._answers.recv()
        except (EOFError, OSError) as error:
            raise WorkerGone from error

    def end(self) -> str:
        """End the process, by force: it keeps nothing; the last lines that it wrote to standard error."""
        self._jobs.close()
        self._process.kill()
        self._process.wait()
        self._answers.close()
        self._complaints.seek(0)
        lines = self._complaints.read().decode(errors="replace").splitlines()
        self._complaints.close()
        return " ".join(lines[-3:])

    @classmethod
    def that_speak(cls, workers: Sequence[WorkerProcess]) -> list[WorkerProcess]:
        """Those with a message, or dead; waits for one, at most until the first deadline of a busy one."""
        waited_for = [worker.deadline for worker in workers if worker.tasks or not worker.ready]
        seconds = max(0.0, min(waited_for) - time.monotonic()) if waited_for else 0.0
        heard = wait([worker._answers for worker in workers], seconds)
        return [worker for worker in workers if worker._answers in heard]
