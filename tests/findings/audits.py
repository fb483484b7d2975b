"""One audit of a few lines by some of the shipped rules, for tests that say what the law says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from auditor.base.resources import resource_dir
from auditor.rules.packs import RuleSet, load_packs
from auditor.workbench.case_tables import FAR, LONG_AGO
from tests.findings.worlds import Finding, World, audited, findings

DAY = date(2024, 7, 10)
FACILITY = "1000000038"
HOSPITAL = {"claim_type": "institutional", "tob": "131", "facility_npi": FACILITY}
Answers = Mapping[str, tuple[date, date]]


@cache
def rules(*names: str) -> RuleSet:
    """Shipped rules by id, catalogue id or family, and all shipped overrides; those of the NCCI where none is named."""
    return load_packs([resource_dir("rulesets")], names or ("ptp", "mue", "addon"))


def line(code: str | None, paid: Any = 10, **fields: Any) -> dict[str, Any]:
    """A line of 2024-07-10; patient, provider, claim and the rest are the defaults of an inline case."""
    return {"code": code, "paid": None if paid is None else Decimal(str(paid)), "date_from": DAY} | fields


def ptp(column_1: str, column_2: str, indicator: str = "1", **fields: Any) -> dict[str, Any]:
    """A practitioner pair."""
    named = {"column_1": column_1, "column_2": column_2, "modifier_indicator": indicator}
    return {"setting": "practitioner"} | named | fields


def mue(code: str, value: int, mai: str | None, **fields: Any) -> dict[str, Any]:
    """A practitioner MUE."""
    return {"setting": "practitioner", "code": code, "value": value, "mai": mai} | fields


def aoc(addon: str, primary: str, edit_type: str = "1", **fields: Any) -> dict[str, Any]:
    """An add-on code's primary."""
    return {"edit_type": edit_type, "addon": addon, "primary_code": primary} | fields


def audit(
    *lines: dict[str, Any],
    only: Sequence[str] = (),
    answers: Answers | None = None,
    **tables: list[dict[str, Any]],
) -> list[Finding]:
    """The findings, in the order of claim and line; both evaluators have agreed on them.

    ``tables`` are those given, each answering for all dates unless ``answers`` says otherwise.
    """
    (found,) = audit_each([lines], only=only, answers=answers, **tables)
    return found


def audit_each(
    cases: Sequence[Sequence[dict[str, Any]]],
    *,
    only: Sequence[str] = (),
    answers: Answers | None = None,
    **tables: list[dict[str, Any]],
) -> list[list[Finding]]:
    """The findings of several cases, audited at once, each with patients and claims of its own."""
    numbered = []
    for at, lines in enumerate(cases):
        for number, given in enumerate(lines):
            names = {
                name: f"{at}/{given.get(name, default)}"
                for name, default in (("patient_id", "P1"), ("claim_id", "A"))
            }
            numbered.append({"line_no": number + 1} | given | names)
    named = {name: tables.get(name, []) for name in ("ncci_ptp", "ncci_mue", "ncci_aoc", "coverage")}
    spans = tuple((name, "*", *(answers or {}).get(name, (LONG_AGO, FAR))) for name in named)
    told_of: list[list[Finding]] = [[] for _ in cases]
    with audited(World(numbered, named, spans, True), rules=rules(*only)) as con:
        for found in findings(con):
            at, _, claim = found["claim_id"].partition("/")
            found["claim_id"] = claim
            for item in found["evidence"]:
                item["claim_id"] = item["claim_id"].partition("/")[2]
            told_of[int(at)].append(found)
    for rows in told_of:
        rows.sort(key=lambda f: (f["claim_id"], f["line_no"], f["family"] != "ptp", f["rule_id"]))
    return told_of


def told(found: Sequence[Finding], *names: str) -> list[tuple[Any, ...]]:
    """Rule, verdict, class and line of each finding, and the further columns that are named."""
    return [
        (
            f["rule_id"].removeprefix("NCCI-"),
            f["verdict"],
            f["class"],
            f["line_no"],
            *(f[name] for name in names),
        )
        for f in found
    ]
