"""Work beside the caller's: its order, its errors, its end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial

import duckdb
import pytest

from auditor.base.beside import Beside


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def insert(number: int, con: duckdb.DuckDBPyConnection) -> None:
    con.execute("INSERT INTO log VALUES (?)", [number])


@pytest.mark.parametrize("threads", [1, 2])
def test_work_is_done_in_the_order_it_is_given(con: duckdb.DuckDBPyConnection, threads: int) -> None:
    con.execute("CREATE TABLE log (n INTEGER)")
    with Beside(con, threads) as worker:
        for number in range(5):
            worker.submit(partial(insert, number))
    assert con.execute("SELECT n FROM log ORDER BY rowid").fetchall() == [(n,) for n in range(5)]


def test_it_goes_on_while_the_caller_waits_for_something_else(con: duckdb.DuckDBPyConnection) -> None:
    told = threading.Event()
    with Beside(con, 2) as worker:
        done = worker.submit(lambda cursor: told.wait(10))
        assert not done.done()
        told.set()
        assert done.result() is True


def test_with_one_thread_the_caller_does_it_at_once_on_its_own_connection(
    con: duckdb.DuckDBPyConnection,
) -> None:
    con.execute("CREATE TEMP TABLE mine AS SELECT 7 AS n")
    with Beside(con, 1) as worker:
        done = worker.submit(lambda given: given.execute("SELECT n FROM mine").fetchall())
        assert done.done()
        assert done.result() == [(7,)]


@pytest.mark.parametrize("threads", [1, 2])
def test_what_was_raised_reaches_who_asks_and_no_other_work(
    con: duckdb.DuckDBPyConnection, threads: int
) -> None:
    with Beside(con, threads) as worker:
        bad = worker.submit(lambda cursor: cursor.execute("SELECT * FROM nowhere"))
        good = worker.submit(lambda cursor: cursor.execute("SELECT 1").fetchall())
        assert good.result() == [(1,)]
        with pytest.raises(duckdb.CatalogException):
            bad.result()


def test_an_error_of_the_caller_breaks_off_what_is_at_work_and_what_waits(
    con: duckdb.DuckDBPyConnection,
) -> None:
    begun = threading.Event()

    def endless(cursor: duckdb.DuckDBPyConnection) -> None:
        begun.set()
        cursor.execute("SELECT count(*) FROM range(10000000) a, range(10000000) b").fetchall()

    with pytest.raises(KeyError), Beside(con, 2) as worker:
        first = worker.submit(endless)
        second = worker.submit(lambda cursor: 1)
        assert begun.wait(10)
        raise KeyError
    with pytest.raises(duckdb.InterruptException):
        first.result()
    assert second.cancelled()


def test_it_can_be_closed_twice(con: duckdb.DuckDBPyConnection) -> None:
    with Beside(con, 2) as worker:
        worker.close()
        worker.close()


def test_the_database_leaves_the_worker_one_of_the_threads(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("SET threads = 4")
    with Beside(con, 4) as worker:
        worker.keep_a_thread()
        assert con.execute("SELECT current_setting('threads')").fetchone() == (3,)
    with Beside(con, 1) as alone:
        alone.keep_a_thread()
        assert con.execute("SELECT current_setting('threads')").fetchone() == (3,)
