"""Lines as queries read them: whole, or with the columns that a query names."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from auditor.claims import open_connection, read_claims
from auditor.matching.lines import columns_in_place, narrowed, open_partition

CLAIMS = """claim_id,line_no,patient_id,date_from,code,units,charge,paid,modifiers,diagnoses,dx_pointers,state
A,1,P,2024-07-01,99213,1,100,80,"25,59","E11.9,I10",1:2,
A,2,P,2024-07-01,45378,2,500,400,,"E11.9,I10",2,
B,1,Q,2024-07-01,99214,1,100,80,,,,
B,2,Q,,99214,1,100,80,,,,
"""
COLUMNS = {"line_id": "line_id", "code": "code", "paid": "paid", "modifiers": "string_split(mod_text, ',')"}


@pytest.fixture
def con(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    (tmp_path / "claims.csv").write_text(CLAIMS)
    con = open_connection("1GB", 1, tmp_path / "spill")
    read_claims(con, [tmp_path / "claims.csv"])
    return con


def test_every_column_is_made_as_the_view_makes_it(con: duckdb.DuckDBPyConnection) -> None:
    open_partition(con, 0, 1)
    columns = columns_in_place(con)
    view = [name for name, *_ in con.execute("DESCRIBE line").fetchall()]
    assert set(columns) == set(view)
    for name in view:
        query = f"SELECT line_id, {name} FROM line ORDER BY line_id"
        narrow = narrowed(query, columns)
        assert narrow != query
        assert con.execute(narrow).fetchall() == con.execute(query).fetchall(), name
    assert con.execute(narrowed("SELECT count(*) FROM line", columns)).fetchall() == [(3,)]


def test_lines_of_a_part_are_a_copy_and_are_left_as_they_are(con: duckdb.DuckDBPyConnection) -> None:
    open_partition(con, 0, 2)
    assert columns_in_place(con) == {}


def test_lines_that_were_put_in_the_place_of_others_are_left_as_they_are(
    con: duckdb.DuckDBPyConnection,
) -> None:
    con.execute("CREATE TABLE replayed_line AS SELECT * FROM claim_line WHERE claim_id = 'A'")
    con.execute("DROP VIEW claim_line")
    con.execute("CREATE VIEW claim_line AS SELECT * FROM replayed_line")
    con.execute("DELETE FROM claim_column")
    open_partition(con, 0, 1)
    assert columns_in_place(con) == {}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM line",
        "SELECT DISTINCT * FROM line",
        "SELECT code, l.* FROM line l",
        "SELECT code, * FROM line",
        "SELECT code FROM subject",
        "SELECT code FROM lines JOIN deadline",
    ],
)
def test_a_query_of_all_columns_or_of_other_relations_stays_as_it_is(query: str) -> None:
    assert narrowed(query, COLUMNS) == query


def test_without_columns_a_query_stays_as_it_is() -> None:
    assert narrowed("SELECT code FROM line", {}) == "SELECT code FROM line"


def test_a_query_that_begins_with_relations_of_its_own_keeps_them() -> None:
    query = "\nWITH few AS (SELECT line_id, paid * 2 AS twice FROM line) SELECT count(*) FROM few"
    assert narrowed(query, COLUMNS) == (
        "WITH line AS NOT MATERIALIZED (SELECT line_id AS line_id, paid AS paid FROM claim_row "
        "WHERE state = 'audited'), few AS (SELECT line_id, paid * 2 AS twice FROM line) SELECT count(*) FROM few"
    )
