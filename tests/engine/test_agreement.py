"""The comparison of the two evaluators: it sees every kind of difference, and chooses cases by a fixed rule."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from auditor.base.errors import InternalCheckFailed
from auditor.engine import agreement
from auditor.matching.facts import Facts
from auditor.workbench.case_tables import FAR, LONG_AGO
from tests.findings.audits import line, mue, ptp, rules
from tests.findings.worlds import World, audited

ANSWERS = tuple((name, "*", LONG_AGO, FAR) for name in ("ncci_ptp", "ncci_mue", "ncci_aoc", "coverage"))
TABLES = {
    "ncci_ptp": [ptp("45385", "45378", "0")],
    "ncci_mue": [mue("17000", 1, "2")],
    "ncci_aoc": [],
    "coverage": [],
}


def patients() -> list[dict[str, object]]:
    """Four patients with a finding each, six with none."""
    found = []
    for number in range(10):
        who = {"patient_id": f"SECRET-{number}", "claim_id": f"C{number}"}
        codes = (
            [("45385", 1), ("45378", 1)] if number < 2 else [("17000", 3)] if number < 4 else [("99213", 1)]
        )
        found += [line(code, units=units, line_no=at + 1, **who) for at, (code, units) in enumerate(codes)]
    return found


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """An audit that has just been checked."""
    with audited(World(patients(), TABLES, ANSWERS, True), rules=rules()) as con:
        yield con


def check(con: duckdb.DuckDBPyConnection, sample: int = 1000) -> agreement.Agreement:
    pack = rules()
    return agreement.check(con, pack.rules, pack.overrides, frozenset(), Facts(True, ANSWERS), sample)


def test_an_honest_audit_agrees(con: duckdb.DuckDBPyConnection) -> None:
    assert check(con) == agreement.Agreement(10, 0)


CHANGES = {
    "verdict": "UPDATE verdict SET verdict = 2 WHERE cand = (SELECT min(cand) FROM verdict)",
    "level": "UPDATE verdict SET level = 2 WHERE cand = (SELECT min(cand) FROM verdict)",
    "lost": "DELETE FROM verdict WHERE cand = (SELECT min(cand) FROM verdict)",
    "variant": "UPDATE candidate SET variant = variant + 1 WHERE cand = (SELECT min(cand) FROM candidate)",
    "line": "UPDATE candidate SET line_id = partner_id, partner_id = line_id WHERE partner_id IS NOT NULL",
    "day": "UPDATE candidate SET day = day + 1 WHERE cand = (SELECT max(cand) FROM candidate)",
    "row": "UPDATE candidate SET table_row = table_row + 1 WHERE cand = (SELECT max(cand) FROM candidate)",
    "added": "INSERT INTO candidate SELECT * REPLACE (cand + 100 AS cand, day + 1 AS day) FROM candidate; "
    "INSERT INTO verdict SELECT cand + 100, verdict, level FROM verdict",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_difference_ends_the_audit_and_names_rule_and_line_but_no_patient(
    con: duckdb.DuckDBPyConnection, change: str
) -> None:
    con.execute(CHANGES[change])
    with pytest.raises(InternalCheckFailed) as caught:
        check(con)
    error = caught.value
    assert error.exit_code == 4 and "NCCI-" in error.what and "line" in error.where and error.mend
    assert "SECRET" not in str(error)


@pytest.mark.parametrize(
    "sample", [0, 1, 7, *(pytest.param(n, marks=pytest.mark.slow) for n in (2, 4, 10, 50))]
)
def test_half_of_the_sample_are_cases_without_any_candidate(
    con: duckdb.DuckDBPyConnection, sample: int
) -> None:
    agreement.draw(con)
    chosen = agreement._choose(con, sample)
    assert len(chosen) == len(set(chosen)) == min(sample, 10)
    touched = {
        row[0]
        for row in con.execute(
            "SELECT DISTINCT l.patient_key FROM candidate c JOIN line l ON l.line_id = c.line_id"
        ).fetchall()
    }
    with_candidate = len(touched & set(chosen))
    assert with_candidate == {0: 0, 1: 0, 2: 1, 4: 2, 7: 3, 10: 4, 50: 4}[sample]
    assert agreement._choose(con, sample) == chosen
    assert check(con, sample).checked == min(sample, 10)


def test_a_smaller_sample_is_part_of_a_larger_one(con: duckdb.DuckDBPyConnection) -> None:
    agreement.draw(con)
    assert set(agreement._choose(con, 2)) <= set(agreement._choose(con, 4)) <= set(agreement._choose(con, 8))


def test_cases_that_the_engine_set_aside_are_not_compared(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("UPDATE verdict SET verdict = 5 WHERE cand = (SELECT min(cand) FROM verdict)")
    assert check(con).checked == 9


def test_a_set_aside_case_whose_only_candidate_was_lifted_is_not_compared_either() -> None:
    lines = [line("45385", line_no=1), line("45378", line_no=2, modifiers=["59"])]
    tables = TABLES | {"ncci_ptp": [ptp("45385", "45378")]}
    with audited(World(lines, tables, ANSWERS, True), rules=rules()) as con:
        con.execute("UPDATE verdict SET verdict = 5")
        assert check(con).checked == 0


def test_lines_of_superseded_claims_are_not_evaluated() -> None:
    lines = [line("45385", line_no=1), line("45378", line_no=2, state="superseded")]
    with audited(World(lines, TABLES, ANSWERS, True), rules=rules()) as con:
        assert con.execute("SELECT count(*) FROM finding").fetchone() == (0,)


def test_pairs_that_cannot_be_judged_are_left_to_the_reader() -> None:
    """They are told as not evaluated, by the search alone; the second evaluator does not speak of them."""
    answers = (("ncci_ptp", "*", LONG_AGO, date(2024, 6, 30)), *ANSWERS[1:])
    lines = [line("45385", line_no=1), line("45378", line_no=2)]
    with audited(World(lines, TABLES, answers, True), rules=rules()) as con:
        assert con.execute("SELECT verdict, count(*) FROM finding GROUP BY 1").fetchall() == [
            ("not_evaluated", 1)
        ]
