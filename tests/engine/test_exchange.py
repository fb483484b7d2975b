"""Candidates out to the engine as columns of integers, verdicts and conclusions back into tables."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from auditor.engine import exchange
from auditor.engine.cases import NotPayable, Verdicts
from auditor.engine.workers import Reasoner
from auditor.matching import candidates

LINES = [(0, 7, False), (1, 7, False), (2, 3, False), (3, 3, True), (4, 7, False)]
"""line_id, patient_key, denied."""


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    con = duckdb.connect()
    con.execute("CREATE TABLE line (line_id BIGINT, patient_key INTEGER, denied BOOLEAN)")
    con.executemany("INSERT INTO line VALUES (?, ?, ?)", LINES)
    candidates.create_tables(con)
    exchange.create_tables(con)
    yield con
    con.close()


def candidate(con: duckdb.DuckDBPyConnection, cand: int, line_id: int, **fields: int | bool) -> None:
    values = {
        "cand": cand, "line_id": line_id, "lifted": False, "level": 1, "demote": 0, "unless": 0, "concludes": True,
        "cascade": False, "override_no": 0, "needs": 0, "sequence": 0, "lowered_to": 0,
    } | fields  # fmt: skip
    columns = ", ".join(values)
    con.execute(
        f"INSERT INTO candidate ({columns}) VALUES ({', '.join('?' * len(values))})", list(values.values())
    )


def test_candidates_go_out_by_patient_with_keys_from_one(con: duckdb.DuckDBPyConnection) -> None:
    candidate(con, 1, 0, lifted=True)
    candidate(con, 2, 2, override_no=3, level=2)
    candidate(con, 3, 1, demote=1, unless=5, concludes=False)
    sent, hops, known = exchange.fetch(con, 1)
    assert list(sent.cand) == [2, 1, 3] and list(sent.case) == [4, 8, 8] and list(sent.line) == [3, 1, 2]
    assert (
        list(sent.lifted) == [0, 1, 0] and list(sent.override) == [3, 0, 0] and list(sent.level) == [2, 1, 1]
    )
    assert (
        list(sent.concludes) == [1, 1, 0]
        and list(sent.unless) == [0, 0, 5]
        and list(sent.demote) == [0, 0, 1]
    )
    assert not list(hops.cand) and not list(known.line)


def test_only_the_candidates_of_the_stratum_go_out(con: duckdb.DuckDBPyConnection) -> None:
    candidate(con, 1, 0)
    candidate(con, 2, 1)
    sent, _, _ = exchange.fetch(con, 2)
    assert list(sent.cand) == [2]


def test_what_is_known_of_the_lines_a_cascade_hangs_on(con: duckdb.DuckDBPyConnection) -> None:
    """A conclusion of an earlier stratum at its lowest level; a line the payer denied at level 2; no other line."""
    candidate(con, 5, 2, cascade=True)
    con.execute("INSERT INTO hop VALUES (5, 3), (5, 1)")
    con.execute("INSERT INTO conclusion VALUES (1, 2, 1), (1, 1, 2), (4, 1, 3)")
    _, hops, known = exchange.fetch(con, 5)
    assert list(zip(hops.cand, hops.case, hops.line, strict=True)) == [(5, 4, 2), (5, 4, 4)]
    assert sorted(zip(known.line, known.level, strict=True)) == [(2, 1), (4, 2)]


def test_a_line_that_makes_a_candidate_moot_is_known_where_it_fell(con: duckdb.DuckDBPyConnection) -> None:
    candidate(con, 5, 1, unless=1)
    candidate(con, 6, 4, unless=2)
    con.execute("INSERT INTO conclusion VALUES (0, 1, 1)")
    _, _, known = exchange.fetch(con, 5)
    assert list(zip(known.case, known.line, known.level, strict=True)) == [(8, 1, 1)]


def test_answers_come_back_with_the_line_ids_of_the_claims(con: duckdb.DuckDBPyConnection) -> None:
    verdicts = Verdicts(
        cand=[1, 2],
        verdict=[1, 3],
        level=[2, 1],
        premises={1: (("primary", 4), ("partner", 2)), 2: (("override", 1),)},
        not_payable=NotPayable([1], [2], [1]),
    )
    exchange.store(con, verdicts)
    exchange.store(con, Verdicts([3], [2], [1], {}, NotPayable([], [], [])))
    assert con.execute("FROM verdict ORDER BY cand").fetchall() == [(1, 1, 2), (2, 3, 1), (3, 2, 1)]
    assert con.execute("FROM premise ORDER BY line_id").fetchall() == [(1, 1), (1, 3)]
    assert con.execute("FROM conclusion").fetchall() == [(0, 2, 1)]


def test_there_and_back_through_the_engine(con: duckdb.DuckDBPyConnection) -> None:
    """The add-on line 2 hangs on line 3, which the payer denied: it needs a record. Line 0 is lifted, line 1 fails."""
    candidate(con, 1, 0, lifted=True)
    candidate(con, 2, 1)
    candidate(con, 3, 2, cascade=True)
    con.execute("INSERT INTO hop VALUES (3, 3)")
    with Reasoner(workers=0) as reasoner:
        exchange.store(con, reasoner.reason(*exchange.fetch(con, 1)))
    assert con.execute("FROM verdict ORDER BY cand").fetchall() == [(1, 2, 1), (2, 1, 1), (3, 1, 2)]
    assert con.execute("SELECT line_id, level FROM conclusion ORDER BY 1").fetchall() == [(1, 1), (2, 2)]
    assert con.execute("FROM premise").fetchall() == [(3, 3)]
