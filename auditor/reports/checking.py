"""Every figure that the run and the report both know is compared before anything is laid out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from auditor.base.errors import InternalCheckFailed
from auditor.base.money import format_usd
from auditor.reports.document import Check, Reconciliation
from auditor.reports.registers import amount
from auditor.reports.totals import FindingTotals, SetAsideTotals
from auditor.reports.wording import VERDICT_WORDS


def check_totals(
    run: Mapping[str, Any], totals: FindingTotals, aside: SetAsideTotals, reconciliation: Reconciliation
) -> tuple[Check, ...]:
    """The checks that hold. Raises InternalCheckFailed naming those that do not, with both figures."""
    checks = (
        *_dollar_checks(run, totals),
        *_count_checks(run, totals),
        *_input_checks(aside, reconciliation),
    )
    broken = [check for check in checks if not check.holds]
    if broken:
        raise InternalCheckFailed(
            "; ".join(f"{check.name}: {check.left} against {check.right}" for check in broken),
            where="report",
            why="the report and the run disagree, so nothing was written",
            mend="this is a fault of the program; please report it with the run_id",
        )
    return checks


def _dollar_checks(run: Mapping[str, Any], totals: FindingTotals) -> Iterator[Check]:
    given: Mapping[str, Any] = run.get("dollars") or {}
    whole_run = totals.whole
    for name, label, mine in (
        ("over_definite", "Potential overpayment, claims-evident", whole_run["over_definite"].dollars),
        ("over_probable", "Potential overpayment, record needed", whole_run["over_probable"].dollars),
        ("under", "Potential underpayment, gross", whole_run.under),
        ("at_risk", "At risk, each line once", whole_run["at_risk"].dollars),
        ("bypassed", "Bypassed, each line once", totals.bypassed),
        ("suppressed", "Suppressed, each line once", totals.suppressed),
    ):
        theirs = amount(given.get(name))
        if theirs is not None:
            yield _dollars(f"{label}: sum of the findings = figure of the run", mine, theirs)
    yield Check(
        "Findings whose counted exposure is above what was paid on their line",
        str(totals.rows_above_paid),
        "0",
        totals.rows_above_paid == 0,
    )


def _count_checks(run: Mapping[str, Any], totals: FindingTotals) -> Iterator[Check]:
    given = (run.get("counts") or {}).get("findings") or {}
    for verdict, count in _verdict_counts(given).items():
        yield _counts(f"Rows of verdict '{VERDICT_WORDS[verdict]}'", totals.verdicts.get(verdict, 0), count)


def _verdict_counts(given: Mapping[str, Any]) -> dict[str, int]:
    """Rows by verdict from `counts.findings`, which may hold them bare, by class, or under `verdict`."""
    by_verdict = given.get("verdict", given)
    found: dict[str, int] = {}
    for name in VERDICT_WORDS:
        value = by_verdict.get(name) if isinstance(by_verdict, Mapping) else None
        if isinstance(value, Mapping):
            found[name] = sum(int(count) for count in value.values())
        elif isinstance(value, int):
            found[name] = value
    return found


def _input_checks(aside: SetAsideTotals, reconciliation: Reconciliation) -> Iterator[Check]:
    whole_row, parts = reconciliation.whole, reconciliation.parts
    lines = [part.lines for part in parts]
    sum_of = "audited + superseded + set aside" + (" + joined" if len(parts) > 3 else "")
    if whole_row.lines is not None and None not in lines:
        known = sum(count for count in lines if count is not None)
        yield _counts(f"Lines read = {sum_of}", whole_row.lines, known)
    for label, left, right in (
        ("Paid", whole_row.paid, [part.paid for part in parts]),
        ("Charged", whole_row.charge, [part.charge for part in parts]),
    ):
        if left is not None and None not in right:
            known_dollars = sum((value for value in right if value is not None), Decimal(0))
            yield _dollars(f"{label} in the input = {sum_of}", left, known_dollars)
    if parts[-1].lines is not None:
        yield _counts("Lines set aside = rows of the set-aside list", parts[-1].lines, aside.rows)


def _dollars(name: str, left: Decimal, right: Decimal) -> Check:
    return Check(name, format_usd(left), format_usd(right), left == right)


def _counts(name: str, left: int, right: int) -> Check:
    return Check(name, f"{left:,}", f"{right:,}", left == right)
