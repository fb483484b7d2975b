"""Which tables hold a row, and tables that are laid down empty where nothing fills them."""

from __future__ import annotations

import duckdb

from auditor.claims.tables import filled


def test_tables_that_hold_a_row_are_told_from_empty_ones():
    with duckdb.connect() as con:
        con.execute("CREATE TABLE with_rows AS SELECT 1 AS n FROM range(3)")
        con.execute("CREATE TABLE empty (n INTEGER)")
        assert filled(con, "with_rows", "empty") == {"with_rows"}
        assert filled(con, "empty") == frozenset()


def test_withheld_lines_have_the_types_of_lines_whether_there_are_any_or_not(read, table):
    clean, faulty = "A,1,P,2024-07-01,99213,1,1,1", "B,1,,2024-07-01,99213,1,1,1"
    types = {}
    for rows in ((clean,), (clean, faulty)):
        got = read(table(*rows))
        assert got.column("SELECT count(*) FROM line_withheld") == [len(rows) - 1]
        types[rows] = got.rows("SELECT column_name, column_type FROM (DESCRIBE line_withheld)")
        line = dict(got.rows("SELECT column_name, column_type FROM (DESCRIBE claim_line)"))
        assert dict(types[rows]) == {**line, "state": "VARCHAR"}


def test_each_column_of_a_line_is_listed_with_what_it_is_made_by(read, table):
    got = read(table("A,1,P,2024-07-01,99213,1,1,1"))
    listed = dict(got.rows("SELECT name, made_by FROM claim_column"))
    stored = set(got.column("SELECT column_name FROM (DESCRIBE claim_row)"))
    assert set(listed) == set(got.column("SELECT column_name FROM (DESCRIBE claim_line)"))
    assert {name for name, made_by in listed.items() if made_by is None} <= stored
    made = ", ".join(f"{made_by or name} AS {name}" for name, made_by in listed.items())
    names = ", ".join(listed)
    assert got.rows(f"SELECT {made} FROM claim_row") == got.rows(f"SELECT {names} FROM claim_line")
