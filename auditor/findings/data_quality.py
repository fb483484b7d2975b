"""Odd values on claim lines: kept, counted and listed with their places (SEMANTICS, Feeds 4).

Grain: one row a line and check. What cannot be a claim line at all is set aside by the reader; what no table answers
for is *not evaluated*; what is left, and looks wrong beside its neighbours, stands here.
"""

from __future__ import annotations

from dataclasses import dataclass
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

    ``state`` says of which lines.
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
)


def find_odd_values(con: DuckDBPyConnection) -> None:
    """Make ``data_quality``: one row per line and check, with its place in the source."""
    found = con.execute(
        f"SELECT {', '.join(f'coalesce(bool_or({check.met}), FALSE)' for check in CHECKS)} FROM claim_line"
    ).fetchone()
    met = [check for check, any_line in zip(CHECKS, found or (), strict=True) if any_line]
    named = "source_file, source_pos, claim_id, line_no, date_from, code, units, charge, allowed, paid"
    parts = [
        f'SELECT {at} AS place, {literal(check.name)} AS "check", {literal(check.says)} AS says, {named} '
        f"FROM claim_line WHERE {check.met}"
        for at, check in enumerate(met)
    ]
    empty = f"SELECT 0 AS place, '' AS \"check\", '' AS says, {named} FROM claim_line WHERE FALSE"
    con.execute(f"CREATE OR REPLACE TEMP TABLE data_quality AS {' UNION ALL '.join(parts or [empty])}")


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
