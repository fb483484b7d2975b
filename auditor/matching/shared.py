"""Relations that rules share: each is made once a partition, by whoever asks for it first."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import Future

from duckdb import DuckDBPyConnection


class SharedRelations:
    """Tables by the SQL that makes them. Two threads, each with its own connection, may ask for the same one.

    They are no temporary tables, for these only the connection that makes them can see.
    """

    def __init__(self) -> None:
        self._made: dict[str, Future[str]] = {}
        self._lock = threading.Lock()

    def name(
        self,
        con: DuckDBPyConnection,
        prefix: str,
        sql: str,
        meanwhile: Callable[[], bool] | None = None,
    ) -> str:
        """The name of the table that ``sql`` makes; made now, or waited for where another thread is at it.

        Who waits does ``meanwhile`` until it answers that there is nothing left to do. Nobody waits while making one,
        so two threads cannot wait for each other. Raises what making it raised, also for those that waited.
        """
        with self._lock:
            made = self._made.get(sql)
            if made is None:
                mine: Future[str] = Future()
                self._made[sql] = mine
        if made is not None:
            while meanwhile is not None and not made.done() and meanwhile():
                pass
            return made.result()
        try:
            name = f"{prefix}_{hashlib.sha256(sql.encode()).hexdigest()[:16]}"
            con.execute(f"CREATE OR REPLACE TABLE {name} AS {sql}")
        except BaseException as error:
            mine.set_exception(error)
            raise
        mine.set_result(name)
        return name

    def drop(self, con: DuckDBPyConnection) -> None:
        """Drop them all; nobody may still be at one."""
        for made in self._made.values():
            con.execute(f"DROP TABLE IF EXISTS {made.result()}")
        self._made.clear()
