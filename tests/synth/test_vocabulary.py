from __future__ import annotations

from datetime import date

import duckdb
import pytest

from auditor.synth import offer_codes, read_vocabulary
from auditor.synth.menu import MENU, family_of
from auditor.synth.vocabulary import HOSPITAL, PRACTITIONER, Limit

QUARTER = (date(2024, 7, 1), date(2024, 9, 30))


@pytest.fixture
def con():
    connection = duckdb.connect()
    connection.execute(
        """CREATE TABLE ref_ncci_ptp AS SELECT 'practitioner' AS setting, printf('%05d', n) AS column_1,
        printf('%05d', n + 1) AS column_2, DATE '2000-01-01' AS effective, DATE '9999-12-31' AS deleted,
        '1' AS modifier_indicator FROM range(11000, 16000) t(n)"""
    )
    connection.execute(
        """CREATE TABLE ref_ncci_mue AS SELECT 'practitioner' AS setting, printf('%05d', n) AS code, 2 AS "value",
        CASE WHEN n % 100 = 0 THEN '1' ELSE '3' END AS mai, DATE '2024-07-01' AS effective, DATE '2024-09-30' AS deleted
        FROM range(11000, 16000) t(n)
        UNION ALL SELECT 'dme', 'E0100', 1, '2', DATE '2024-07-01', DATE '2024-09-30'
        UNION ALL SELECT 'practitioner', '60000', 9, '3', DATE '2024-04-01', DATE '2024-06-30'"""
    )
    connection.execute(
        """CREATE TABLE ref_ncci_aoc AS SELECT '1' AS edit_type, '20000' AS addon, printf('%05d', n) AS primary_code,
        DATE '2000-01-01' AS effective, DATE '9999-12-31' AS deleted FROM range(11000, 11050) t(n)"""
    )
    connection.execute(
        """CREATE TABLE ref_ncci_aoc_code AS SELECT '2' AS edit_type, '20001' AS addon, DATE '2000-01-01' AS effective,
        DATE '9999-12-31' AS deleted"""
    )
    return connection


def test_small_tables_are_taken_whole(con):
    vocabulary = read_vocabulary(con, seed=1, period=QUARTER, size=10_000)
    assert set(vocabulary.codes) >= {*MENU, "11000", "15999", "20000", "20001"}
    assert len(vocabulary.pairs[PRACTITIONER]) == 5_000
    assert vocabulary.pairs[HOSPITAL] == ()
    assert vocabulary.limits[PRACTITIONER]["11000"] == Limit(2, "1")
    assert {row.addon for row in vocabulary.addons} == {"20000", "20001"}


def test_large_tables_are_sampled_by_seed(con):
    first = read_vocabulary(con, seed=1, period=QUARTER, size=500)
    assert first == read_vocabulary(con, seed=1, period=QUARTER, size=500)
    assert first.codes != read_vocabulary(con, seed=2, period=QUARTER, size=500).codes
    assert len(first.codes) < 700
    assert set(MENU) <= set(first.codes)


def test_pairs_are_complete_for_the_chosen_codes(con):
    vocabulary = read_vocabulary(con, seed=1, period=QUARTER, size=500)
    chosen = set(vocabulary.codes)
    wanted = {(f"{n:05d}", f"{n + 1:05d}") for n in range(11000, 16000)}
    wanted = {pair for pair in wanted if set(pair) <= chosen}
    assert {(p.column_1, p.column_2) for p in vocabulary.pairs[PRACTITIONER]} == wanted != set()


def test_values_of_another_quarter_and_setting_are_not_taken(con):
    vocabulary = read_vocabulary(con, seed=1, period=QUARTER, size=10_000)
    assert "60000" not in vocabulary.limits[PRACTITIONER]
    assert "E0100" not in vocabulary.codes


def test_missing_tables_count_as_empty():
    vocabulary = read_vocabulary(duckdb.connect(), seed=1, period=QUARTER)
    assert set(vocabulary.codes) == set(MENU)
    assert (vocabulary.addons, vocabulary.coverage) == ((), ())


def test_offered_codes_hold_every_family():
    con = duckdb.connect()
    offer_codes(con)
    codes = {code for (code,) in con.execute("SELECT code FROM synth_code").fetchall()}
    assert set(MENU) <= codes
    assert {family_of(code) for code in codes} >= {
        "em",
        "surgery",
        "imaging",
        "lab",
        "medicine",
        "drug",
        "service",
    }


def test_a_share_of_codes_keeps_visits_drugs_and_everyday_codes():
    con = duckdb.connect()
    offer_codes(con, seed=1, share=0.25, table="fewer")
    codes = {code for (code,) in con.execute("SELECT code FROM fewer").fetchall()}
    assert set(MENU) | {"99205", "J9999"} <= codes
    surgery = sum(family_of(code) == "surgery" for code in codes)
    assert 0.2 < surgery / (69990 - 10004) < 0.3
