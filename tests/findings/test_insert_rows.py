"""Rows that are inserted a column at a time arrive as they were given, whatever their columns hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from auditor.findings.model import CITATION_TYPE, insert_rows

CITED = {"document": "A", "section": "1", "revision": "", "url": "https://example.org", "verified": True}


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("VARCHAR", [None, None]),
        ("VARCHAR", ["a", None]),
        ("INTEGER", [1, None]),
        ("BOOLEAN", [True, False]),
        ("DATE", [None, date(2024, 7, 1)]),
        ("DECIMAL(18,2)", [Decimal("1.5"), Decimal("-20.25"), None]),
        ("DOUBLE", [1.5, 2, None]),
        ("VARCHAR[]", [[], [], None]),
        ("VARCHAR[]", [[], ["a", "b"]]),
        (CITATION_TYPE, [[], []]),
        (CITATION_TYPE, [[], [CITED], [CITED, CITED | {"revision": None}]]),
    ],
)
def test_values_arrive_as_they_were_given(kind: str, values: list[Any]) -> None:
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE given (number INTEGER, value {kind})")
        insert_rows(con, "given", list(enumerate(values)))
        assert con.execute("SELECT value FROM given ORDER BY number").fetchall() == [
            (value,) for value in values
        ]


def test_columns_may_be_named_and_no_rows_are_none() -> None:
    with duckdb.connect() as con:
        con.execute("CREATE TABLE given (a INTEGER, b INTEGER)")
        insert_rows(con, "given (b)", [(1,), (2,)])
        insert_rows(con, "given", [])
        assert con.execute("SELECT * FROM given ORDER BY b").fetchall() == [(None, 1), (None, 2)]
