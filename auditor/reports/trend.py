"""This audit against an earlier one: new, repeated and no longer found, by rule, and the tables that changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb

from auditor.base.errors import InputRefused
from auditor.reports.database import connect
from auditor.reports.rows import AMOUNT_SQL, SECTION_SQL
from auditor.reports.shares import share_of
from auditor.reports.wording import table_words
from auditor.review.affected import FINDINGS, read_run

_SAME: Final = (("inputs", "sha256", "The claims files"), ("rules", "hash", "The rules"))
_PROVIDER: Final = "coalesce(nullif(rendering_npi, ''), nullif(billing_npi, ''), '')"


@dataclass(frozen=True, slots=True)
class RuleTrend:
    """Findings of a rule in both runs.

    `repeated` stand in both by their id, `new` in this one only, `gone` in the earlier one only; `again` are those of
    this run whose rule and provider had a finding in the earlier one. `new_by_table` and `gone_by_table` cite a row of
    a table of which the two runs used other editions.
    """

    rule_id: str
    earlier: int
    now: int
    repeated: int
    new: int
    gone: int
    again: int
    new_by_table: int
    gone_by_table: int

    @property
    def rate(self) -> Decimal | None:
        """The repeat-finding rate, to six places; None where the earlier run had none."""
        return share_of(self.again, self.earlier)


@dataclass(frozen=True, slots=True)
class HeadingTrend:
    """A section of the report in both runs: findings and dollars."""

    section: str
    earlier: int
    now: int
    dollars_earlier: Decimal
    dollars_now: Decimal


@dataclass(frozen=True, slots=True)
class Trend:
    """Two runs side by side. `conditions` say in words what else differs between them."""

    run: str
    conditions: tuple[str, ...]
    headings: tuple[HeadingTrend, ...]
    rules: tuple[RuleTrend, ...]

    @property
    def whole(self) -> RuleTrend:
        """All rules together."""
        counts = (astuple(rule)[1:] for rule in self.rules)
        return RuleTrend("", *(sum(column) for column in zip((0,) * 8, *counts, strict=True)))


def trend_against(previous: Path | None, run: Mapping[str, Any], findings: Path) -> Trend | None:
    """`run` against the output folder of an earlier audit; None without one.

    Where they cannot be compared the trend says why and is empty: the audit stands all the same.
    """
    if previous is None:
        return None
    try:
        return trend(run, findings, read_run(previous), previous / FINDINGS)
    except InputRefused as error:
        return Trend("", (f"How this run differs cannot be told: {error}",), (), ())


def trend(run: Mapping[str, Any], findings: Path, before: Mapping[str, Any], earlier: Path) -> Trend:
    """Compare the findings (verdict `fail`) of `run` with those of the run `before`, both by their Parquet files.

    Raises InputRefused when the earlier file cannot be read.
    """
    other = _editions(run) ^ _editions(before)
    tables = sorted({table for table, _ in other})
    try:
        with connect() as con:
            for name, path in (("now", findings), ("earlier", earlier)):
                con.execute(
                    f"""CREATE TEMP TABLE "{name}" AS SELECT finding_id, rule_id, verdict, {_PROVIDER} AS provider,
                    {SECTION_SQL} AS section, CAST({AMOUNT_SQL} AS DECIMAL(18, 2)) AS amount,
                    len(list_filter(reference_rows, lambda r: list_contains($tables, r."table"))) > 0 AS by_table
                    FROM read_parquet($path, hive_partitioning = false)""",
                    {"path": str(path), "tables": tables},
                )
            rules = con.execute(_RULES).fetchall()
            headings = con.execute(_HEADINGS).fetchall()
    except duckdb.Error as error:
        raise InputRefused(
            "the findings of the earlier audit cannot be compared",
            where=f"--previous {earlier.parent.name}/{earlier.name}",
            why="it is not a findings file of this program, or of a version that wrote it otherwise",
            mend="name the folder that `auditor audit --out` wrote, or leave --previous out",
        ) from error
    return Trend(
        run=str(before.get("run_id", "")),
        conditions=_conditions(run, before, tables),
        headings=tuple(HeadingTrend(*row) for row in headings),
        rules=tuple(RuleTrend(*row) for row in rules),
    )


_RULES: Final = """WITH n AS (FROM "now" WHERE verdict = 'fail'), e AS (FROM earlier WHERE verdict = 'fail'),
    side AS (
        SELECT rule_id, 0 AS was, 1 AS is_now, finding_id IN (SELECT finding_id FROM e) AS both_have,
            (rule_id, provider) IN (SELECT (rule_id, provider) FROM e) AS again, coalesce(by_table, false) AS by_table
        FROM n
        UNION ALL
        SELECT rule_id, 1, 0, finding_id IN (SELECT finding_id FROM n), false, coalesce(by_table, false) FROM e)
    SELECT rule_id, sum(was), sum(is_now), count(*) FILTER (is_now = 1 AND both_have),
        count(*) FILTER (is_now = 1 AND NOT both_have), count(*) FILTER (was = 1 AND NOT both_have),
        count(*) FILTER (again), count(*) FILTER (is_now = 1 AND NOT both_have AND by_table),
        count(*) FILTER (was = 1 AND NOT both_have AND by_table)
    FROM side GROUP BY rule_id ORDER BY rule_id"""
_HEADINGS: Final = """SELECT section, coalesce(sum(was), 0), coalesce(sum(is_now), 0),
        coalesce(sum(amount) FILTER (was = 1), 0), coalesce(sum(amount) FILTER (is_now = 1), 0)
    FROM (SELECT section, amount, 0 AS was, 1 AS is_now FROM "now"
        UNION ALL SELECT section, amount, 1, 0 FROM earlier)
    GROUP BY section ORDER BY section"""


def _editions(run: Mapping[str, Any]) -> set[tuple[str, str]]:
    """(table, edition id) of the tables that a run used."""
    return {(str(entry.get("table")), str(entry.get("edition_id"))) for entry in run.get("tables") or ()}


def _conditions(run: Mapping[str, Any], before: Mapping[str, Any], tables: list[str]) -> tuple[str, ...]:
    """What differs between two runs, beside their findings."""

    def told(entry: Mapping[str, Any], name: str, what: str) -> list[str]:
        return sorted(str(item.get(what)) for item in entry.get(name) or ())

    said = [
        f"{words} are {'the same' if told(run, name, what) == told(before, name, what) else 'others'}."
        for name, what, words in _SAME
    ]
    said.append(
        "Reference tables with other editions: " + ", ".join(map(table_words, tables)) + "."
        if tables
        else "The reference tables are of the same editions."
    )
    changed = sorted(
        name
        for name in {*(run.get("options") or {}), *(before.get("options") or {})}
        if (run.get("options") or {}).get(name) != (before.get("options") or {}).get(name)
    )
    said += [f"Options that differ: {', '.join(changed)}."] if changed else []
    return tuple(said)
