"""How long work tells how far it is. The bar that people see lives in the command line's room."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypedDict


class Stage:
    """One stage of a run: `total` is the expected number of rows, if known; `rows` those done so far."""

    def __init__(self, name: str, total: int | None = None) -> None:
        self.name = name
        self.total = total
        self.rows = 0

    def advance(self, rows: int) -> None:
        """Count `rows` more as done."""
        self.rows += rows


class Progress(Protocol):
    """Opens stages. `with progress.stage("read claims") as stage: stage.advance(1000)`."""

    def stage(self, name: str) -> AbstractContextManager[Stage]:
        """A context manager that gives the stage and closes it at the end."""
        ...


class NullProgress:
    """Shows nothing and keeps nothing."""

    @contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """A stage that nobody watches."""
        yield Stage(name)


class StageRecord(TypedDict):
    """A finished stage as run.json holds it."""

    name: str
    seconds: float
    rows: int


class RecordingProgress:
    """Keeps name, wall seconds and rows of every finished stage in `records`, and passes on to `inner`."""

    def __init__(self, inner: Progress | None = None) -> None:
        self._inner: Progress = NullProgress() if inner is None else inner
        self.records: list[StageRecord] = []

    @contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """A stage of the inner progress, recorded when it ends, also when it ends by an error."""
        started = time.perf_counter()
        with self._inner.stage(name) as stage:
            try:
                yield stage
            finally:
                seconds = round(time.perf_counter() - started, 3)
                self.records.append({"name": name, "seconds": seconds, "rows": stage.rows})
