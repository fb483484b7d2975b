"""What of a line's amount each finding counts: once, in a fixed order, never more than was paid (SEMANTICS, Money)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.findings import exposure
from auditor.findings.precedence import counted_sql
from tests.findings.audits import aoc, audit, line, mue, ptp, told

FIRST, SECOND = "45385", "45378"


def test_a_pair_takes_the_line_and_its_mue_stays_a_fail_that_counts_nothing() -> None:
    found = audit(
        line(FIRST), line(SECOND, 90, units=3), ncci_ptp=[ptp(FIRST, SECOND)], ncci_mue=[mue(SECOND, 1, "2")]
    )
    assert told(found, "exposure", "exposure_counted") == [
        ("PTP-001", "fail", "definite", 2, Decimal(90), Decimal(90)),
        ("MUE-002", "fail", "definite", 2, Decimal(60), Decimal(0)),
    ]


def test_what_is_claims_evident_goes_before_what_needs_a_record() -> None:
    """The pair stands first among the strata, but a span makes it probable; the MUE takes its part before it."""
    lines = [line(FIRST, date_to=date(2024, 7, 11)), line(SECOND, 90, units=3)]
    found = audit(*lines, ncci_ptp=[ptp(FIRST, SECOND)], ncci_mue=[mue(SECOND, 1, "2")])
    assert told(found, "exposure", "exposure_counted") == [
        ("PTP-001", "fail", "probable", 2, Decimal(90), Decimal(30)),
        ("MUE-002", "fail", "definite", 2, Decimal(60), Decimal(60)),
    ]


def test_two_pairs_take_a_line_once() -> None:
    rows = [ptp(FIRST, SECOND), ptp("45380", SECOND)]
    found = audit(line(FIRST), line("45380"), line(SECOND, 70), ncci_ptp=rows)
    assert [f["exposure"] for f in found] == [Decimal(70), Decimal(70)]
    assert sorted(f["exposure_counted"] for f in found) == [Decimal(0), Decimal(70)]


@pytest.mark.slow
def test_what_is_at_risk_or_lifted_or_set_aside_never_counts() -> None:
    only = ["COV-LIAB-001", "NCCI-PTP-001", "NCCI-AOC-002"]
    (risky,) = audit(line("99213", 80, modifiers=["GA"]), only=only)
    assert (risky["at_risk"], risky["exposure"], risky["exposure_counted"]) == (True, Decimal(80), Decimal(0))
    (lifted,) = audit(
        line(FIRST), line(SECOND, 70, modifiers=["59"]), only=only, ncci_ptp=[ptp(FIRST, SECOND)]
    )
    assert (lifted["verdict"], lifted["exposure"], lifted["exposure_counted"]) == (
        "bypassed",
        Decimal(70),
        Decimal(0),
    )
    (aside,) = audit(
        line("64727", 50, payer_id="EXAMPLE-HEALTH"), only=only, ncci_aoc=[aoc("64727", "64702", "3")]
    )
    assert (aside["verdict"], aside["suppressed_by"]) == ("suppressed", "PAY-EXAMPLE-001")
    assert (aside["exposure"], aside["exposure_counted"]) == (Decimal(50), Decimal(0))
    assert aside["reason"].startswith("Invented: contract")


@pytest.mark.parametrize(
    ("amounts", "basis", "exposed"),
    [
        ({"paid": 70, "allowed": 90, "charge": 200}, "paid", 70),
        ({"paid": None, "allowed": 90, "charge": 200}, "allowed", 90),
        ({"paid": None, "allowed": None, "charge": 200}, "charge", 200),
        ({"paid": None, "allowed": None, "charge": None}, None, 0),
        ({"paid": 0, "allowed": 90, "charge": 200}, "paid", 0),
        ({"paid": -5, "allowed": 90, "charge": 200}, "paid", 0),
    ],
)
def test_the_basis_is_paid_else_allowed_else_charge(
    amounts: dict[str, Any], basis: str | None, exposed: int
) -> None:
    given_line = line(SECOND) | amounts
    (found,) = audit(line(FIRST), given_line, only=["ptp"], ncci_ptp=[ptp(FIRST, SECOND)])
    assert found["exposure_basis"] == basis
    assert found["exposure"] == found["exposure_counted"] == found["exposure_as_processed"] == exposed
    assert found["exposure_allowed"] == amounts["allowed"]


COLUMNS = "line_id, verdict, level, at_risk, direction, stratum, method, rule_id, finding_id, exposure_cents, cap_cents"


def test_differences_of_a_line_to_what_is_due_count_the_largest_once() -> None:
    """Of 100 paid two findings hold 80 and 90 for too much: 90 in all, and not 100 as of two parts."""

    def counted(method: str) -> list[tuple[Any, ...]]:
        rows = ", ".join(
            f"(0, 1, 1, false, 'over', 1, '{method}', '{rule}', '{rule}', {cents}, 100)"
            for rule, cents in (("A", 80), ("B", 90))
        )
        sql = counted_sql(f"(SELECT * FROM (VALUES {rows}) t({COLUMNS}))")
        return duckdb.execute(f"SELECT counted FROM ({sql}) ORDER BY finding_id").fetchall()

    assert counted("difference") == [(80,), (10,)]
    assert counted("excess_units") == [(80,), (20,)]


# ---- the order in which findings take what is left ---------------------------------------------------

findings_of_a_line = st.lists(
    st.fixed_dictionaries(
        {
            "line_id": st.integers(0, 2),
            "verdict": st.sampled_from([1, 1, 1, 2, 3, 5]),
            "level": st.integers(1, 3),
            "at_risk": st.booleans(),
            "direction": st.sampled_from(["over", "over", "under", "neutral"]),
            "stratum": st.integers(0, 3),
            "method": st.sampled_from(["line", "excess_units", "difference", "difference"]),
            "exposure_cents": st.integers(0, 120),
        }
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(findings_of_a_line, st.data())
def test_findings_take_what_the_ones_before_them_left(
    rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    caps = [data.draw(st.integers(0, 150)) for _ in range(3)]
    values = ", ".join(
        f"({r['line_id']}, {r['verdict']}, {r['level']}, {r['at_risk']}, '{r['direction']}', {r['stratum']}, "
        f"'{r['method']}', 'R', 'F{number:02}', {min(r['exposure_cents'], caps[r['line_id']])}, {caps[r['line_id']]})"
        for number, r in enumerate(rows)
    )
    sql = counted_sql(f"(SELECT * FROM (VALUES {values}) t({COLUMNS}))")
    counted = dict(duckdb.execute(f"SELECT finding_id, counted FROM ({sql})").fetchall())
    taken: dict[tuple[int, str], list[int]] = {}
    order = sorted(range(len(rows)), key=lambda at: (rows[at]["level"], rows[at]["stratum"], at))
    for at in order:
        row = rows[at]
        cents = min(row["exposure_cents"], caps[row["line_id"]])
        wanted = 0
        if row["verdict"] == 1 and row["level"] < 3 and not row["at_risk"]:
            parts = taken.setdefault((row["line_id"], row["direction"]), [0, 0])
            before = sum(parts)
            if row["method"] == "difference":
                parts[1] = max(parts[1], cents)
            else:
                parts[0] += cents
            if row["direction"] == "over":
                cap = caps[row["line_id"]]
                wanted = min(sum(parts), cap) - min(before, cap)
            elif row["direction"] == "under":
                wanted = sum(parts) - before
        assert counted[f"F{at:02}"] == wanted


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10**11),
    st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 5000)), min_size=1, max_size=6),
)
def test_parts_of_an_amount_are_rounded_half_up_once(cents: int, parts: list[tuple[int, int]]) -> None:
    parts = [(min(num, den), den) for num, den in parts]
    terms = " + ".join(exposure.part(str(cents), str(num), str(den * len(parts))) for num, den in parts)
    row = duckdb.execute(f"SELECT {exposure.rounded(f'({terms})')}").fetchone()
    exact = sum((Decimal(cents) * num / (den * len(parts)) for num, den in parts), Decimal(0))
    assert row is not None and abs(Decimal(row[0]) - exact) <= Decimal("0.502")
    assert row[0] <= cents


@pytest.mark.parametrize(
    ("num", "den", "cents"), [(1, 2, 2), (1, 3, 1), (2, 3, 2), (1, 1, 3), (0, 1, 0), (1, 6, 1)]
)
def test_half_a_cent_is_rounded_up(num: int, den: int, cents: int) -> None:
    row = duckdb.execute(f"SELECT {exposure.rounded(exposure.part('3', str(num), str(den)))}").fetchone()
    assert row == (cents,)
