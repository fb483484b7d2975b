"""The plain evaluator in processes of its own, so that an audit's check runs beside the rest of it.

A process is started fresh (not forked), reads one pickled task after another from its standard input and answers each
with the outcomes by patient. Tasks hold claim lines: they go through pipes only, never to disk.
"""

from __future__ import annotations

import gc
import pickle
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple

from auditor.base.errors import InternalCheckFailed
from auditor.engine.plain import Answer, Outcome, PlainEvaluator, Tables
from auditor.engine.plain_tables import Reach
from auditor.rules import model as m

_START = (
    "import sys; sys.path[:] = sys.argv[1:]; from auditor.engine.second_opinion import serve; "
    "serve(sys.stdin.buffer, sys.stdout.buffer)"
)
Outcomes = dict[int, list[Outcome]]


class TableRows(NamedTuple):
    """Rows of a reference table: the columns' names, and each row's values in their order."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]

    def named(self) -> list[dict[str, Any]]:
        """The rows by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Task:
    """Patients to evaluate: rules, table rows and claim lines as plain values.

    ``lines``: patient -> lines; ``others``: patient -> what may be of the same person (see ``PlainEvaluator``).
    """

    rules: tuple[m.Rule, ...]
    overrides: tuple[m.Override, ...]
    tables: Mapping[str, TableRows]
    answers: tuple[Answer, ...]
    dx_ptr_known: bool
    fields: tuple[str, ...]
    lines: Mapping[int, Sequence[tuple[Any, ...]]]
    others: Mapping[int, Sequence[tuple[Any, ...]]] = field(default_factory=dict)
    reach: tuple[Reach, ...] = ()

    def evaluate(self) -> Outcomes:
        """The outcomes of every patient."""
        tables = Tables(
            {name: table.named() for name, table in self.tables.items()}, self.answers, self.reach
        )
        evaluator = PlainEvaluator(self.rules, self.overrides, tables, dx_ptr_known=self.dx_ptr_known)
        return {
            patient: evaluator.evaluate(self._named(rows), self._named(self.others.get(patient, ())))
            for patient, rows in self.lines.items()
        }

    def _named(self, rows: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
        return [dict(zip(self.fields, row, strict=True)) for row in rows]


class SecondOpinion:
    """Processes that evaluate tasks; a context manager. With ``workers`` 0 tasks are evaluated in this process."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def parts(self) -> int:
        """Into how many tasks the work is best cut."""
        return max(1, self._workers)

    def start(self) -> None:
        """Start the processes, so that they are ready when the first task comes."""
        while len(self._processes) < self._workers:
            command = [sys.executable, "-c", _START, *sys.path]
            self._processes.append(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
            )

    def ask(self, tasks: Sequence[Task]) -> Pending:
        """Give at most :attr:`parts` tasks to the processes."""
        if not self._workers:
            return Pending([task.evaluate() for task in tasks], [])
        self.start()
        asked = []
        for process, task in zip(self._processes, tasks, strict=False):
            assert process.stdin is not None and process.stdout is not None
            try:
                pickle.dump(task, process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
                process.stdin.flush()
            except OSError as error:
                raise _died() from error
            asked.append(process.stdout)
        return Pending([], asked)

    def __enter__(self) -> SecondOpinion:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
        self._processes.clear()


class Pending:
    """Answers on their way."""

    def __init__(self, known: list[Outcomes], asked: Sequence[Any]) -> None:
        self._known = known
        self._asked = asked

    def outcomes(self) -> Outcomes:
        """All outcomes by patient; waits for them. Raises InternalCheckFailed when a process died."""
        merged: Outcomes = {}
        for part in self._known:
            merged |= part
        for pipe in self._asked:
            try:
                answer = pickle.load(pipe)  # noqa: S301  # our own process
            except (EOFError, OSError, pickle.UnpicklingError) as error:
                raise _died() from error
            if isinstance(answer, str):
                raise InternalCheckFailed(
                    "the second evaluator failed", why=answer, mend="report this with the rules used"
                )
            merged |= answer
        return merged


def serve(tasks: BinaryIO, answers: BinaryIO) -> None:
    """The loop of a process: evaluate tasks until the input ends. A failure is answered by its kind, without data.

    Tasks are trees without cycles, so the search for these, which would go over every line again and again, is left
    out; what is done with is freed all the same.
    """
    gc.disable()
    while True:
        try:
            task: Task = pickle.load(tasks)  # noqa: S301  # our own parent
        except EOFError:
            return
        try:
            answer: Outcomes | str = task.evaluate()
        except Exception as error:
            last = error.__traceback__
            while last is not None and last.tb_next is not None:
                last = last.tb_next
            place = f"line {last.tb_lineno}" if last is not None else "an unknown line"
            answer = f"{type(error).__name__} at {place} of the plain evaluator"
        pickle.dump(answer, answers, protocol=pickle.HIGHEST_PROTOCOL)
        answers.flush()


def _died() -> InternalCheckFailed:
    return InternalCheckFailed(
        "the second evaluator's process ended before it answered",
        why="so the audit could not be checked",
        mend="run again; if it ends again, with less memory in use by other programs",
    )
