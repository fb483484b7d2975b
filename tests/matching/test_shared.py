"""Relations made once, whoever asks first."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest

from auditor.matching.shared import SharedRelations


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def tables(con: duckdb.DuckDBPyConnection) -> int:
    row = con.execute("SELECT count(*) FROM duckdb_tables()").fetchone()
    assert row is not None
    return int(row[0])


def test_the_same_sql_is_one_table_and_other_sql_another(con: duckdb.DuckDBPyConnection) -> None:
    shared = SharedRelations()
    one = shared.name(con, "a", "SELECT 1 AS n")
    assert shared.name(con, "a", "SELECT 1 AS n") == one
    assert shared.name(con, "a", "SELECT 2 AS n") != one
    assert tables(con) == 2
    shared.drop(con)
    assert tables(con) == 0


def test_many_threads_that_ask_for_one_make_it_once(con: duckdb.DuckDBPyConnection) -> None:
    shared, threads = SharedRelations(), 8
    con.execute("CREATE SEQUENCE made")
    together = threading.Barrier(threads)

    def ask() -> str:
        cursor = con.cursor()
        together.wait(10)
        return shared.name(cursor, "a", "SELECT nextval('made') AS n")

    with ThreadPoolExecutor(threads) as pool:
        names = {work.result() for work in [pool.submit(ask) for _ in range(threads)]}
    assert len(names) == 1
    assert con.execute(f"SELECT n FROM {names.pop()}").fetchall() == [(1,)]


def test_an_error_is_raised_for_everybody_who_asks(con: duckdb.DuckDBPyConnection) -> None:
    shared = SharedRelations()
    for _ in range(2):
        with pytest.raises(duckdb.CatalogException):
            shared.name(con, "a", "SELECT * FROM nowhere")


def test_who_waits_does_something_else_meanwhile(con: duckdb.DuckDBPyConnection) -> None:
    shared, begun, freed = SharedRelations(), threading.Event(), threading.Event()
    done: list[int] = []

    def held() -> int:
        begun.set()
        return int(freed.wait(10))

    con.create_function("held", held, [], "INTEGER", side_effects=True)

    def next_piece() -> bool:
        done.append(len(done))
        if len(done) == 3:
            freed.set()
        return len(done) < 3

    with ThreadPoolExecutor(1) as pool:
        making = pool.submit(shared.name, con.cursor(), "a", "SELECT held() AS n")
        assert begun.wait(10)
        name = shared.name(con, "a", "SELECT held() AS n", next_piece)
        assert making.result() == name
    assert done == [0, 1, 2]
    assert con.execute(f"SELECT n FROM {name}").fetchall() == [(1,)]
    assert shared.name(con, "a", "SELECT held() AS n", next_piece) == name
    assert done == [0, 1, 2], "nothing is done by who does not wait"
