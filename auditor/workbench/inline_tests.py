"""Runs the test cases that stand inside a rule file, through SQL and engine and through the plain evaluator.

A case gives claim lines and table rows with only what matters; the rest takes defaults. A case of a benchmark gives
``providers`` in place of ``lines`` (see ``provider_cases``). ``expect`` lists the findings of this rule file, and of
other rules where it names them; an empty list means that this rule may find nothing. An override's cases are about the
rules that it names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import duckdb

from auditor.base.errors import AuditorError
from auditor.base.progress import NullProgress
from auditor.claims import small_connection
from auditor.engine.workers import Reasoner
from auditor.findings import model as findings_model
from auditor.findings.partition import Tally, Task, audit_partition, finish_check
from auditor.matching.coverage import Gap
from auditor.matching.facts import Facts
from auditor.profiles import shares
from auditor.rules import model as m
from auditor.rules.packs import RuleSet
from auditor.rules.reading import tables_read
from auditor.workbench.case_tables import make_claim_lines, make_line, make_tables
from auditor.workbench.expectations import difference, wanted
from auditor.workbench.missed import why_missed
from auditor.workbench.provider_cases import find_indicators
from auditor.workbench.taking_part import taking_part

CASE_KEYS = frozenset({"name", "tables", "answers", "lines", "providers", "dx_ptr_known", "expect"})
_READ = "rule_id verdict class claim_id line_no rendering_npi exposure exposure_counted".split()
_READ += ["at_risk", "split_claim", "reason"]
_MARK = "\x1f"
"""Parts the number of a case from the claim id, where cases share one audit."""

Case = Mapping[str, Any]
Found = dict[str, Any]
_BAD_CASE = (AuditorError, duckdb.Error, AttributeError, KeyError, TypeError, ValueError)


@dataclass(frozen=True)
class CaseResult:
    """One inline case: its name, and what was wrong (empty when it held)."""

    rule_id: str
    name: str
    problem: str


def run_tests(item: m.Rule | m.Override, pack: RuleSet) -> list[CaseResult]:
    """Run every inline case of a rule or override together with the rules of its pack that bear on it.

    Cases with the same tables share one audit, each with patients of its own; where that audit fails, each is run
    alone, so that the one at fault is named. Results stand in the order of the file.
    """
    pack = taking_part(item, pack)
    problems: dict[int, str] = {}
    groups: dict[str, list[int]] = {}
    for at, case in enumerate(item.tests):
        problems[at] = _malformed(case)
        if not problems[at]:
            shared = [case.get(name) for name in ("tables", "answers", "dx_ptr_known")]
            key = f"alone {at}" if "providers" in case else json.dumps(shared, sort_keys=True, default=str)
            groups.setdefault(key, []).append(at)
    with Reasoner(workers=0) as reasoner:
        for places in groups.values():
            told = _group(item, pack, reasoner, [item.tests[at] for at in places])
            problems |= dict(zip(places, told, strict=True))
    return [CaseResult(item.id, _name(case, at), problems[at]) for at, case in enumerate(item.tests)]


def _name(case: Any, at: int) -> str:
    name = case.get("name") if isinstance(case, Mapping) else None
    return str(name or f"case {at + 1}")


def _malformed(case: Any) -> str:
    """What keeps a case from being run at all, or an empty text."""
    if not isinstance(case, Mapping):
        return "a case is a mapping of name, lines and expect"
    unknown = sorted(set(case) - CASE_KEYS)
    if unknown:
        return f"a case has no key {unknown[0]}"
    if not isinstance(case.get("expect"), list):
        return "`expect` is missing: write [] where nothing is to be found"
    if ("lines" in case) == ("providers" in case):
        return "a case gives `lines` or `providers`"
    try:
        for item in case["expect"]:
            wanted(item)
    except _BAD_CASE as error:
        return f"the case could not be read: {_said(error)}"
    return ""


def _group(item: m.Rule | m.Override, pack: RuleSet, reasoner: Reasoner, cases: Sequence[Case]) -> list[str]:
    """The problems of cases that have the same tables."""
    try:
        found, _ = _audit(item, pack, reasoner, cases)
    except _BAD_CASE as error:
        if len(cases) > 1:
            return [problem for case in cases for problem in _group(item, pack, reasoner, [case])]
        return [f"the case could not be run: {_said(error)}"]
    problems = []
    for case, rows in zip(cases, found, strict=True):
        about = _about(item, pack) | {str(expected["rule"]) for expected in case["expect"]}
        rows = [row for row in rows if row["rule_id"] in about]
        why = partial(_why_missed, item, pack, reasoner, case)
        problems.append(difference([wanted(expected) for expected in case["expect"]], rows, why))
    return problems


def _why_missed(
    item: m.Rule | m.Override, pack: RuleSet, reasoner: Reasoner, case: Case, expected: Mapping[str, Any]
) -> str:
    """Why an expected finding is not there; where nothing plain is in the way, what coverage says of the rule."""
    told = why_missed(case, expected, pack)
    if told or "lines" not in case:
        return told
    number = next(
        (
            at
            for at, rule in enumerate(pack.rules)
            if any(variant.id == expected["rule_id"] for variant in rule.all_variants)
        ),
        None,
    )
    _, gaps = _audit(item, pack, reasoner, [case])
    reasons = dict.fromkeys(gap.reason for gap in gaps if gap.rule_no == number and gap.reason)
    return f"the rule was not evaluated: {'; '.join(reasons)}" if reasons else ""


def _about(item: m.Rule | m.Override, pack: RuleSet) -> set[str]:
    """The ids whose findings a file's cases are about."""
    if isinstance(item, m.Rule):
        return {variant.id for variant in item.all_variants}
    return {
        variant.id
        for rule in pack.rules
        for variant in rule.all_variants
        if {rule.family, rule.id, variant.id} & set(item.rules)
    }


def _audit(
    item: m.Rule | m.Override, pack: RuleSet, reasoner: Reasoner, cases: Sequence[Case]
) -> tuple[list[list[Found]], Sequence[Gap]]:
    """The findings of each case, all audited at once, and what of their lines could not be evaluated."""
    con = small_connection()
    gaps: Sequence[Gap] = ()
    try:
        if "providers" in cases[0]:
            find_indicators(con, pack, cases[0]["providers"], cases[0].get("tables"))
        else:
            gaps = _find(con, pack, reasoner, cases)
        cursor = con.execute(
            f"SELECT {', '.join(_READ)} FROM finding ORDER BY claim_id, line_no, rendering_npi, rule_id, verdict"
        )
        found: list[list[Found]] = [[] for _ in cases]
        for values in cursor.fetchall():
            row = dict(zip(_READ, values, strict=True))
            number, mark, claim = (row["claim_id"] or "").partition(_MARK)
            if mark:
                row["claim_id"] = claim
                found[int(number)].append(row)
            elif "providers" in cases[0]:
                found[0].append(row)
        return found, gaps
    finally:
        con.close()


def _find(
    con: duckdb.DuckDBPyConnection, pack: RuleSet, reasoner: Reasoner, cases: Sequence[Case]
) -> Sequence[Gap]:
    lines: list[dict[str, Any]] = []
    patients: dict[tuple[Any, ...], int] = {}
    for number, case in enumerate(cases):
        for at, given in enumerate(case["lines"]):
            line = make_line(at, given)
            patient = (number, line["payer_id"], line["line_of_business"], line["patient_id"])
            line |= {
                "line_id": len(lines),
                "patient_key": patients.setdefault(patient, len(patients)),
                "claim_id": f"{number}{_MARK}{line['claim_id']}",
                "patient_id": f"{number}{_MARK}{line['patient_id']}",
            }
            lines.append(line)
    make_claim_lines(con, lines)
    answers = make_tables(
        con,
        cases[0].get("tables") or {},
        cases[0].get("answers") or {},
        tables_read(pack.rules),
        {spec.name: spec for spec in pack.tables},
    )
    findings_model.create_tables(con, pack.rules, pack.overrides)
    shares.create_tables(con)
    facts = Facts(dx_ptr_known=bool(cases[0].get("dx_ptr_known", True)), answers=answers)
    task = Task(pack, facts, {}, sample=len(lines), partitions=1)
    tally = Tally()
    audit_partition(con, 0, task, reasoner, tally, NullProgress())
    finish_check(tally, NullProgress())
    return tally.gaps


def _said(error: BaseException) -> str:
    if isinstance(error, KeyError):
        return f"{error.args[0]} is missing"
    return str(error)
