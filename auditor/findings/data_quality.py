"""Odd values on claim lines: kept, counted and listed with their places (SEMANTICS, Feeds 4).

Grain: one row a line and check. What cannot be a claim line at all is set aside by the reader; what no table answers
for is *not evaluated*; what is left, and looks wrong beside its neighbours, stands here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from duckdb import DuckDBPyConnection

from auditor.findings.model import dollars
from auditor.matching.sql import literal

PLACES: Final = 100
"""Places of each check that ``run.json`` names; ``data_quality.parquet`` has all."""


@dataclass(frozen=True)
class Check:
    """What is looked for: its name, catalogue id, words, the SQL test of a line, and what becomes of such a line.

    ``state`` says of which lines. A check without a test is of the lines on which the reader made the remark of that
    name (`claim_remark`).
    """

    name: str
    catalogue_id: str
    says: str
    test: str
    treated: str
    state: str = "audited"

    @property
    def met(self) -> str:
        """SQL: a line of ``claim_line`` is one of these; NULL counts as no."""
        return f"state = {literal(self.state)} AND ({self.test})"


_KEPT = "kept; rules see the value as it is"


def _remarked(name: str, catalogue_id: str, says: str, treated: str) -> Check:
    return Check(name, catalogue_id, says, "", treated)


CHECKS: Final[tuple[Check, ...]] = (
    Check(
        "units_negative",
        "DQ-05",
        "units are negative",
        "units < 0",
        "kept; no rule counts its units (not evaluated for units above an edit)",
    ),
    Check(
        "units_zero_paid",
        "DQ-05",
        "units are zero on a paid line",
        "units = 0 AND paid > 0",
        "kept; no rule counts its units (not evaluated for units above an edit)",
    ),
    Check(
        "amount_negative",
        "DQ-05",
        "paid, allowed or charge is negative, and no later version of the claim resolves it",
        "coalesce(paid < 0, FALSE) OR coalesce(allowed < 0, FALSE) OR coalesce(charge < 0, FALSE)",
        "kept; a negative payment puts nothing at stake and is never set against another",
    ),
    Check(
        "line_reversed",
        "DQ-05",
        "a line, and one of the opposite amount that takes it back",
        "line_id IN (SELECT line_id FROM line_reversed)",
        "neither is audited; both are counted as superseded",
        state="superseded",
    ),
    Check(
        "paid_above_allowed",
        "DQ-04",
        "paid is above allowed",
        "paid > allowed AND NOT paid_allocated",
        "kept; exposure rests on paid",
    ),
    Check(
        "service_before_birth",
        "DQ-02",
        "the service date is before the patient's birth",
        "date_from < birth_date",
        _KEPT,
    ),
    Check(
        "service_after_receipt",
        "DQ-02",
        "the service date is after the payer received the claim",
        "date_from > received_date",
        _KEPT,
    ),
    Check(
        "service_after_payment",
        "DQ-02",
        "the service date is after the date of payment",
        "date_from > paid_date",
        _KEPT,
    ),
    _remarked(
        "provider_placeholder",
        "DQ-01",
        "a provider's number is a word for nothing, a filler or cut by a spreadsheet",
        "taken as missing; what needs the provider is not evaluated",
    ),
    _remarked(
        "modifiers",
        "DQ-06",
        "a modifier is not of two characters",
        "kept; findings that a modifier could lift need a record",
    ),
    _remarked(
        "diagnoses",
        "DQ-01",
        "a diagnosis is a word for nothing or of no ICD-10-CM form",
        "left out; without a diagnosis coverage is not evaluated",
    ),
    _remarked(
        "bill_type",
        "DQ-01",
        "the type of bill is none",
        "the setting is not known; no NCCI rule evaluates it",
    ),
    _remarked(
        "frequency", "DQ-01", "the frequency code is none that is known", "taken for a claim of its own"
    ),
    _remarked("status", "DQ-01", "the status is no word that is known", "taken as paid"),
    _remarked("denied", "DQ-01", "denied is neither yes nor no", "taken as denied, and never flagged"),
)


def find_odd_values(con: DuckDBPyConnection) -> None:
    """Make ``data_quality``: one row per line and check, with its place in the source."""
    tested = [check for check in CHECKS if check.test]
    found = con.execute(
        f"SELECT {', '.join(f'coalesce(bool_or({check.met}), FALSE)' for check in tested)} FROM claim_line"
    ).fetchone()
    con.execute("CREATE TABLE IF NOT EXISTS claim_remark (line_id BIGINT, remark VARCHAR)")
    remarks = {name for (name,) in con.execute("SELECT DISTINCT remark FROM claim_remark").fetchall()}
    met = [check for check, any_line in zip(tested, found or (), strict=True) if any_line]
    met += [
        replace(
            check, test=f"line_id IN (SELECT line_id FROM claim_remark WHERE remark = {literal(check.name)})"
        )
        for check in CHECKS
        if check.name in remarks
    ]
    named = "source_file, source_pos, claim_id, line_no, date_from, code, units, charge, allowed, paid"
    parts = [
        f'SELECT {at} AS place, {literal(check.name)} AS "check", {literal(check.says)} AS says, {named} '
        f"FROM claim_line WHERE {check.met}"
        for at, check in enumerate(met)
    ]
    empty = f"SELECT 0 AS place, '' AS \"check\", '' AS says, {named} FROM claim_line WHERE FALSE"
    con.execute(f"CREATE OR REPLACE TABLE data_quality AS {' UNION ALL '.join(parts or [empty])}")


def write_odd_values(con: DuckDBPyConnection, path: Path) -> None:
    """Write ``data_quality`` to Parquet in the order of the checks and of the source."""
    money = ", ".join(f"{dollars(name)} AS {name}" for name in ("charge", "allowed", "paid"))
    target = "'" + path.as_posix().replace("'", "''") + "'"
    con.execute(
        f"COPY (SELECT * EXCLUDE (place) REPLACE ({money}) FROM data_quality "
        f"ORDER BY place, source_file, source_pos, claim_id, line_no) TO {target} (FORMAT parquet, COMPRESSION zstd)"
    )


def listed(con: DuckDBPyConnection) -> list[dict[str, Any]]:
    """The checks that some line meets, for ``run.json``: lines, dollars paid, and the first places by file and row."""
    counts = {
        name: (lines, paid)
        for name, lines, paid in con.execute(
            f'SELECT "check", count(*), {dollars("coalesce(sum(paid), 0)")} FROM data_quality GROUP BY 1'
        ).fetchall()
    }
    return [
        {
            "check": check.name,
            "catalogue_id": check.catalogue_id,
            "says": check.says,
            "treated": check.treated,
            "lines": counts[check.name][0],
            "paid": str(Decimal(counts[check.name][1])),
            "places": [
                {"source_file": file, "source_pos": row}
                for file, row in con.execute(
                    'SELECT source_file, source_pos FROM data_quality WHERE "check" = ? '
                    f"ORDER BY source_file, source_pos, claim_id, line_no LIMIT {PLACES}",
                    [check.name],
                ).fetchall()
            ],
        }
        for check in CHECKS
        if check.name in counts
    ]
