"""Runs the test cases that stand inside a rule file, through SQL and engine and through the plain evaluator.

A case gives claim lines and table rows with only what matters; the rest takes defaults. ``expect`` lists the findings of
this rule file, and of other rules where it names them; an empty list means that this rule may find nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from auditor.base.errors import AuditorError
from auditor.base.progress import NullProgress
from auditor.engine.workers import Reasoner
from auditor.findings import model as findings_model
from auditor.findings.partition import Tally, Task, audit_partition
from auditor.matching.relations import Facts
from auditor.profiles import shares
from auditor.rules import model as m
from auditor.rules.fields import TABLE_FIELDS
from auditor.rules.packs import RuleSet
from auditor.workbench.test_tables import LINE_COLUMNS, make_line, make_tables


@dataclass(frozen=True)
class CaseResult:
    """One inline case: its name, and what was wrong (empty when it held)."""

    rule_id: str
    name: str
    problem: str


def run_rule_tests(rule: m.Rule, others: RuleSet) -> list[CaseResult]:
    """Run every inline case of a rule together with the other rules of its pack (cascades need them)."""
    return [_run(rule, others, case) for case in rule.tests]


def _run(rule: m.Rule, others: RuleSet, case: Mapping[str, Any]) -> CaseResult:
    name = str(case.get("name", "unnamed"))
    try:
        found = _findings(rule, others, case)
    except (AuditorError, duckdb.Error, KeyError, TypeError, ValueError) as error:
        return CaseResult(rule.id, name, f"the case could not be run: {error}")
    wanted = [_wanted(item) for item in case.get("expect") or []]
    problem = _difference(wanted, found)
    return CaseResult(rule.id, name, problem)


def _findings(rule: m.Rule, others: RuleSet, case: Mapping[str, Any]) -> list[dict[str, Any]]:
    con = duckdb.connect(":memory:")
    con.execute("SET threads = 1")
    lines = [make_line(number, item) for number, item in enumerate(case["lines"])]
    columns = ", ".join(f"{name} {kind}" for name, kind in LINE_COLUMNS.items())
    con.execute(f"CREATE TABLE claim_line ({columns})")
    con.executemany(
        f"INSERT INTO claim_line VALUES ({', '.join('?' * len(LINE_COLUMNS))})",
        [tuple(line[name] for name in LINE_COLUMNS) for line in lines],
    )
    days = [line["date_from"] for line in lines]
    answers = make_tables(con, case.get("tables") or {}, case.get("answers") or {}, min(days), max(days))
    findings_model.create_tables(con, others.rules, others.overrides)
    shares.create_tables(con)
    task = Task(others, Facts(dx_ptr_known=bool(case.get("dx_ptr_known", True)), answers=answers), {}, 100, 1)
    with Reasoner(workers=0) as reasoner:
        audit_partition(con, 0, task, reasoner, Tally(), NullProgress())
    named = {str(item["rule"]) for item in case.get("expect") or []}
    ids = sorted({variant.id for variant in rule.all_variants} | named)
    cursor = con.execute(
        "SELECT rule_id, verdict, class, claim_id, line_no, exposure, exposure_counted, at_risk, split_claim "
        f"FROM finding WHERE list_contains({ids!r}, rule_id) ORDER BY claim_id, line_no, rule_id, verdict"
    )
    names = [item[0] for item in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    con.close()
    return rows


def _wanted(item: Mapping[str, Any]) -> dict[str, Any]:
    claim, _, line = str(item["line"]).partition("/")
    wanted: dict[str, Any] = {
        "rule_id": item["rule"],
        "verdict": item.get("verdict", "fail"),
        "claim_id": claim,
        "line_no": int(line),
    }
    if "class" in item:
        wanted["class"] = item["class"]
    for name in ("exposure", "exposure_counted"):
        if name in item:
            wanted[name] = Decimal(item[name]).quantize(Decimal("0.01"))
    for name in ("at_risk", "split_claim"):
        if name in item:
            wanted[name] = item[name]
    return wanted


def _difference(wanted: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]) -> str:
    left = list(found)
    for item in wanted:
        match = next((row for row in left if all(row[key] == value for key, value in item.items())), None)
        if match is None:
            near = [_told(row) for row in left]
            return f"expected {_told(item)}, found {'; '.join(near) or 'nothing'}"
        left.remove(match)
    if left:
        return f"found {'; '.join(_told(row) for row in left)}, which was not expected"
    return ""


def _told(row: Mapping[str, Any]) -> str:
    keys = ("rule_id", "verdict", "class", "claim_id", "line_no", "exposure", "exposure_counted")
    return " ".join(str(row[key]) for key in keys if key in row)


__all__ = ["CaseResult", "TABLE_FIELDS", "date", "run_rule_tests"]
