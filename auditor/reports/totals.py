"""The sums of a report, each made once, in SQL, from findings.parquet and set_aside.parquet."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from auditor.base.errors import InternalCheckFailed
from auditor.findings.model import LINE_KEY
from auditor.reports.document import SECTIONS, ZERO, Amount, Breakdown, ReasonCount
from auditor.reports.rows import AMOUNT_SQL, SECTION_SQL, WIDE_SQL, dollars

_LINES = f"count(DISTINCT ({LINE_KEY})) FILTER (claim_id IS NOT NULL)"
# What a section tells apart (SQL): indicators among what is at risk, else findings on which no dollars could be put.
APART_SQL = "CASE section WHEN 'at_risk' THEN class = 'risk' ELSE coalesce(exposure, 0) = 0 END"
KEYS_SQL = {
    "all": "''",
    "rule": "rule_id",
    "provider": "coalesce(nullif(rendering_npi, ''), nullif(billing_npi, ''), '')",
    "month": "coalesce(strftime(service_date, '%Y-%m'), '')",
}


@dataclass(frozen=True, slots=True)
class FindingTotals:
    """Sums over findings.parquet: the whole and its three breakdowns, and what the checks need."""

    whole: Breakdown
    by_rule: tuple[Breakdown, ...]
    by_provider: tuple[Breakdown, ...]
    by_month: tuple[Breakdown, ...]
    rows: int
    verdicts: dict[str, int]
    bypassed_paid: Decimal
    bypassed: Decimal
    suppressed: Decimal
    unverified: int
    service_from: date | None
    service_to: date | None
    lines_of_business: tuple[str, ...]
    payers: tuple[str, ...]
    rows_above_paid: int
    titles: dict[str, str]
    evidence_lines: int
    suppressed_by: dict[str, int]


@dataclass(frozen=True, slots=True)
class SetAsideTotals:
    """Sums over set_aside.parquet: rows, dollars paid and the counts by reason."""

    rows: int
    paid: Decimal
    reasons: tuple[ReasonCount, ...]


def sum_findings(con: duckdb.DuckDBPyConnection, path: Path) -> FindingTotals:
    """All sums of `path`. Raises InternalCheckFailed for a row that belongs to no section of the report."""
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE finding AS SELECT *, {SECTION_SQL} AS section,
            CAST({AMOUNT_SQL} AS DECIMAL(18, 2)) AS amount
        FROM (SELECT * EXCLUDE ({WIDE_SQL}),
            coalesce(len(evidence), 0) AS evidence_lines,
            len(list_filter(citations, lambda c: NOT coalesce(c.verified, false))) > 0 AS unverified
            FROM read_parquet($path, hive_partitioning = false))""",
        {"path": str(path)},
    )
    whole = _breakdowns(con, "all")
    verdicts = dict(con.execute("SELECT verdict, count(*) FROM finding GROUP BY verdict").fetchall())
    rows, unverified, first, last, evidence_lines = _row(
        con,
        "SELECT count(*), count(*) FILTER (verdict = 'fail' AND unverified), min(service_date), "
        "max(service_date), coalesce(sum(evidence_lines), 0) FROM finding",
    )
    (bypassed_paid,) = _row(
        con,
        "SELECT coalesce(sum(paid), 0) FROM (SELECT max(paid) AS paid FROM finding WHERE verdict = 'bypassed' "
        f"GROUP BY {LINE_KEY})",
    )
    bypassed, suppressed = _row(
        con,
        "SELECT coalesce(sum(exposure) FILTER (verdict = 'bypassed'), 0), "
        "coalesce(sum(exposure) FILTER (verdict = 'suppressed'), 0) FROM (SELECT DISTINCT ON (verdict, "
        f"{LINE_KEY}) verdict, exposure FROM finding ORDER BY exposure DESC NULLS LAST)",
    )
    # By row, not by line: a feed may repeat a claim and line number, and the line itself is not in the file.
    (above,) = _row(
        con,
        "SELECT count(*) FROM finding WHERE section IN ('over_definite', 'over_probable') "
        "AND exposure_basis = 'paid' AND exposure_counted > greatest(paid, 0)",
    )
    by_rule = _breakdowns(con, "rule")
    return FindingTotals(
        whole=whole[0] if whole else Breakdown("", "", {}),
        by_rule=by_rule,
        by_provider=_breakdowns(con, "provider"),
        by_month=tuple(sorted(_breakdowns(con, "month"), key=lambda month: month.key or "9999")),
        rows=rows,
        verdicts=verdicts,
        bypassed_paid=bypassed_paid,
        bypassed=bypassed,
        suppressed=suppressed,
        unverified=unverified,
        service_from=first,
        service_to=last,
        lines_of_business=_distinct(con, "line_of_business"),
        payers=_distinct(con, "payer_id"),
        rows_above_paid=above,
        titles=dict(con.execute("SELECT rule_id, min(title) FROM finding GROUP BY rule_id").fetchall()),
        evidence_lines=int(evidence_lines),
        suppressed_by=dict(
            con.execute(
                "SELECT suppressed_by, count(*) FROM finding WHERE verdict = 'suppressed' AND suppressed_by <> '' "
                "GROUP BY 1"
            ).fetchall()
        ),
    )


def sum_set_aside(con: duckdb.DuckDBPyConnection, path: Path) -> SetAsideTotals:
    """Rows set aside, by reason; the dollars of a reason are those that could be read."""
    found = con.execute(
        """SELECT coalesce(nullif(reason_code, ''), 'no reason given'), count(*), sum(paid)
           FROM read_parquet($path, hive_partitioning = false)
        GROUP BY ALL ORDER BY 2 DESC, 1""",
        {"path": str(path)},
    ).fetchall()
    reasons = tuple(ReasonCount(reason, lines, dollars(paid)) for reason, lines, paid in found)
    return SetAsideTotals(
        rows=sum(reason.lines or 0 for reason in reasons),
        paid=sum((reason.dollars or ZERO for reason in reasons), ZERO),
        reasons=reasons,
    )


def _breakdowns(con: duckdb.DuckDBPyConnection, by: str) -> tuple[Breakdown, ...]:
    """Every section of every key, largest first."""
    collected: dict[str, dict[str, Amount]] = defaultdict(dict)
    for key, section, amount, findings, lines, apart in con.execute(
        f"SELECT {KEYS_SQL[by]} AS k, section, sum(amount), count(*), {_LINES}, count(*) FILTER ({APART_SQL}) "
        "FROM finding GROUP BY k, section ORDER BY k, section"
    ).fetchall():
        if section not in SECTIONS:
            raise InternalCheckFailed(
                f"{findings} findings belong to no section of the report",
                where="findings.parquet",
                why="their verdict, class or direction is none that a report knows",
            )
        collected[key][section] = Amount(amount, findings, lines, apart)
    made = [Breakdown(key, key, sections) for key, sections in collected.items()]
    return tuple(sorted(made, key=lambda b: (-b.rank, -b["at_risk"].dollars, -b.findings, b.key)))


def _distinct(con: duckdb.DuckDBPyConnection, column: str) -> tuple[str, ...]:
    found = con.execute(
        f"SELECT DISTINCT {column} FROM finding WHERE {column} IS NOT NULL AND {column} <> '' ORDER BY 1"
    ).fetchall()
    return tuple(str(value) for (value,) in found)


def _row(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    """The one row that an aggregate without GROUP BY gives."""
    return con.execute(sql).fetchall()[0]
