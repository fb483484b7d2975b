"""Work that goes on beside the caller's, on a connection of its own to the same database.

A statement of DuckDB leaves a core idle while it is planned, while it is written down, and wherever its rows are few.
Two statements that do not wait for each other fill those gaps.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Any, TypeVar

from duckdb import DuckDBPyConnection

T = TypeVar("T")


class Beside:
    """One worker thread with a cursor of ``con``; a context manager. Work is done in the order it is given.

    The cursor sees what is committed and no temporary table. With ``threads`` 1 there is no worker: work is done at
    once, by the caller, on ``con`` itself.
    """

    def __init__(self, con: DuckDBPyConnection, threads: int) -> None:
        self._con, self._threads = con, threads
        self._cursor = con.cursor() if threads > 1 else None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="beside") if threads > 1 else None
        self._given: list[Future[Any]] = []

    def submit(self, work: Callable[[DuckDBPyConnection], T]) -> Future[T]:
        """Have ``work`` done with the worker's connection. Its result, or what it raised, is the future's."""
        if self._pool is not None and self._cursor is not None:
            given = self._pool.submit(work, self._cursor)
            self._given.append(given)
            return given
        done: Future[T] = Future()
        try:
            done.set_result(work(self._con))
        except Exception as error:
            done.set_exception(error)
        return done

    def keep_a_thread(self) -> None:
        """From now on, to the end of the run, let all statements together use a thread less: the worker is one too.

        Each statement runs in the thread that gives it and in those of the database. With one too many for the cores
        they take turns, and two statements in one thread each end sooner than both in two.
        """
        if self._threads > 1:
            self._con.execute(f"SET threads = {self._threads - 1}")

    def __enter__(self) -> Beside:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the work in hand; after an error break it off."""
        if error is not None and self._pool is not None and self._cursor is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            # Between two statements there is nothing to interrupt, so it is said until it is heard.
            while at_work := [work for work in self._given if not work.done()]:
                self._cursor.interrupt()
                wait(at_work, timeout=0.02)
        self.close()

    def close(self) -> None:
        """Wait for the work in hand and give up the cursor. Safe to repeat; nothing more can be given."""
        if self._pool is not None and self._cursor is not None:
            self._pool.shutdown(wait=True)
            self._cursor.close()
            self._pool = None
