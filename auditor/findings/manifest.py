"""``run.json``: from what, with what and by what an audit was made, and what came of it.

Names are public (CONTRACT.md).
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from duckdb import DuckDBPyConnection

from auditor import __version__
from auditor.base.resources import code_digest
from auditor.claims.checks import Reconciliation
from auditor.claims.feed import ClaimsFeed
from auditor.claims.match_rates import MatchRates
from auditor.engine.workers import Reasoner
from auditor.findings import data_quality, packs_told, reading_told
from auditor.findings.partition import Tally, Task
from auditor.findings.store import count_at_risk, count_by_verdict, dollars_by_class
from auditor.matching.coverage import PARTLY
from auditor.reference import ReferenceState
from auditor.rules import model as m
from auditor.rules.told import told


@dataclass(frozen=True)
class Made:
    """All that a manifest is made of."""

    feed: ClaimsFeed
    reconciliation: Reconciliation
    reference: ReferenceState
    task: Task
    tally: Tally
    indicators: Mapping[int, Mapping[str, int]]
    reasoner: Reasoner
    options: Mapping[str, Any]
    stages: Sequence[Mapping[str, Any]]


def run_id(made: Made) -> str:
    """Hash of inputs, editions, rules, options and the code itself: no clock, no path.

    The version alone would give two states of the code between two releases one id.
    """
    parts = {
        "code": f"{__version__} {code_digest()}",
        "inputs": sorted(item.sha256 for item in made.feed.files if not item.why),
        "tables": sorted(f"{t.table} {t.edition_id} {t.published}" for t in made.reference.tables),
        "rules": made.task.rules.hash,
        "options": dict(made.options),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def manifest(con: DuckDBPyConnection, made: Made) -> dict[str, Any]:
    """The content of ``run.json`` but for what :func:`add_check` adds: plain JSON values, dollars as strings."""
    money = dollars_by_class(con)
    rec, period = made.reconciliation, _period(con)
    origin = packs_told.origin(con, made.task.rules)
    return {
        "run_id": run_id(made),
        "versions": _versions(),
        "options": dict(made.options),
        "banners": _banners(made, period["line_of_business"]),
        "notes": [*made.feed.notes, *made.reference.notes, *made.task.rules.notes],
        "payment_method": made.feed.payment_method,
        **({"remittances": _remittances(made.feed.remittances)} if made.feed.remittances else {}),
        "period": period,
        "inputs": [plain(item) for item in made.feed.files],
        "tables": [plain(item) for item in made.reference.tables],
        "descriptors": _descriptors(con),
        "packs": packs_told.packs(made.task.rules),
        "rules": [_rule(rule) | origin[rule.id] for rule in made.task.rules.rules],
        "retired": packs_told.retired(made.task.rules),
        "overrides": packs_told.overrides(made.task.rules),
        "counts": {
            **{
                name: getattr(rec, name)
                for name in (
                    "rows_read lines_read lines_audited lines_superseded lines_set_aside claims patients".split()
                )
            },
            **({"lines_joined": rec.lines_joined} if rec.lines_joined else {}),
            "findings": count_by_verdict(con),
            "findings_at_risk": count_at_risk(con),
        },
        "dollars": {
            **{
                name: _usd(getattr(rec, name))
                for name in vars_of(rec)
                if name.startswith(("paid_", "charge_"))
            },
            **{name: str(value) for name, value in money.items()},
        },
        "reconciliation": {
            name: _usd(value) if name.startswith(("paid_", "charge_")) else plain(value)
            for name, value in asdict(rec).items()
        },
        "data_quality": data_quality.listed(con),
        "diagnostics": reading_told.diagnostics(con),
        "superseded": reading_told.superseded(con),
        "coverage": [*coverage_rows(con, made), *packs_told.not_evaluated(con, made.task)],
        "stages": stages_told(made.stages),
        "engine": {
            "cases": made.reasoner.stats.cases,
            "firings": made.reasoner.stats.firings,
            "quarantined": made.reasoner.stats.quarantined_cases,
            "crashes": made.reasoner.stats.crashes,
        },
    }


def add_check(run: dict[str, Any], tally: Tally) -> None:
    """Add to a :func:`manifest` what the second evaluator said, which may be at work while the rest is written."""
    run["engine"] |= {
        "checked": tally.checked,
        "disagreements": tally.disagreements,
        "too_large_to_check": tally.too_large,
    }
    if tally.too_large:
        run["banners"].append(
            f"{tally.too_large} patients have so many possible findings that they were not evaluated a second "
            "time. Look first whether one number stands for many persons or providers there."
        )


def vars_of(item: Any) -> list[str]:
    """Names of a dataclass's fields, in order."""
    return list(asdict(item))


def plain(value: Any) -> Any:
    """A value as JSON takes it: dates in ISO, decimals as text, dataclasses as objects."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(item) for name, item in asdict(value).items()}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value


def _remittances(rates: MatchRates) -> dict[str, Any]:
    """How far remittances were joined to claims, dollars as text."""
    return {
        name: _usd(value) if name.startswith("paid_") else plain(value)
        for name, value in asdict(rates).items()
    }


def _usd(cents: int | None) -> str | None:
    return None if cents is None else str((Decimal(cents) / 100).quantize(Decimal("0.01")))


def _versions() -> dict[str, str]:
    found = {"auditor": __version__, "auditor_code": code_digest()[:16], "python": platform.python_version()}
    for name in ("duckdb", "durable_rules", "openpyxl", "jinja2"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found


def _unanswered(made: Made) -> list[str]:
    """The tables that had no publication for some eligible line, in words."""
    return sorted(
        {
            gap.reason.removeprefix("no ").removesuffix(" publication answers for the service date")
            for gap in made.tally.gaps
            if gap.lines and gap.reason.endswith("publication answers for the service date")
        }
    )


def _banners(made: Made, business: Collection[str]) -> list[str]:
    banners = packs_told.banners(made.task)
    if made.reconciliation.lines_audited == 0:
        banners.append(
            "No line was audited: every row was set aside or superseded. That nothing was found says nothing. See the "
            "notes and the rows set aside."
        )
    if made.reference.starter:
        banners.append(
            "Audited against the starter edition: a small hand-made selection of edits for demonstration. Import the "
            "CMS tables with `auditor tables import` before relying on what was not found."
        )
    if not made.reference.tables:
        banners.append(
            "No reference table answered: none had been published by the day asked, or the library is empty. Rules "
            "that need one evaluated nothing."
        )
    for table in made.reference.tables:
        if table.carried_forward:
            banners.append(
                f"{table.table} {table.edition} was carried forward beyond its quarter at the user's request."
            )
    missing = made.task.missing
    if missing:
        banners.append(
            f"{len(missing)} of {len(made.task.rules.rules)} rules could not run on these claims, which have no "
            f"{', '.join(sorted(set(missing.values())))}. What was not evaluated is not a pass."
        )
    unanswered = _unanswered(made)
    if unanswered:
        banners.append(
            f"Not answered for some of these service dates by any loaded publication: {', '.join(unanswered)}. "
            "What was not evaluated is listed with its lines and dollars; it is not a pass."
        )
    other = sorted({"medicaid", "medicare_advantage"} & set(business))
    if other and made.reference.tables:
        named = " and ".join(name.replace("_", " ") for name in other)
        banners.append(
            f"Lines of {named} were held against {_whose(made.reference.medicaid)}: states and plans follow NCCI with "
            "differences of their own."
            + (
                " Where Medicaid's editions do not answer for a date, nothing else does."
                if made.reference.medicaid
                else ""
            )
        )
    for table in made.reference.tables:
        for note in () if made.reference.starter else table.notes:
            banners.append(f"{table.table} {table.edition}: {note}")
    if "medicaid" in business and made.reference.passed_over:
        told = ", ".join(
            f"{table} {setting}".replace("_", " ") for table, setting in sorted(made.reference.passed_over)
        )
        banners.append(
            f"Medicaid's own edits are in the library ({told}) and did not answer, because these claims are not of "
            "Medicaid alone. Audit the Medicaid claims by themselves to hold them against their own edits."
        )
    if made.reference.cpt_descriptors:
        banners.append(
            "Descriptions of CPT codes come from the private library of whoever made this report. They are copyright "
            "of the American Medical Association; pass the report on only as far as your licence allows."
        )
    if made.feed.line_of_business_defaulted:
        banners.append("The claims do not name a line of business; all lines were taken as Medicare.")
    return banners


def _whose(medicaid: Collection[tuple[str, str]]) -> str:
    """Whose edits answered, in words."""
    own = ", ".join(f"{table} {setting}".replace("_", " ") for table, setting in sorted(medicaid))
    return f"Medicaid's own edits ({own}), and Medicare's tables for the rest" if own else "Medicare's tables"


def _descriptors(con: DuckDBPyConnection) -> dict[str, str]:
    """What the codes in findings mean, as far as the library may tell."""
    rows = con.execute(
        "SELECT code, description FROM ref_descriptor WHERE code IN (SELECT code FROM finding UNION "
        "SELECT unnest(evidence).code FROM finding) ORDER BY code"
    ).fetchall()
    return dict(rows)


def _period(con: DuckDBPyConnection) -> dict[str, Any]:
    """First and last service day of the audited lines, their lines of business, and at most 50 of their payers."""
    days = con.execute(
        "SELECT min(date_from), max(date_to) FROM claim_line WHERE state = 'audited'"
    ).fetchone()
    rows = con.execute(
        "SELECT DISTINCT line_of_business, payer_id FROM claim_patient "
        "WHERE patient_key IN (SELECT patient_key FROM claim_line WHERE state = 'audited')"
    ).fetchall()
    assert days is not None
    return {
        "from": plain(days[0]),
        "to": plain(days[1]),
        "line_of_business": sorted({row[0] for row in rows}),
        "payers": sorted({row[1] for row in rows if row[1] is not None})[:50],
    }


def _rule(rule: m.Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "version": rule.version,
        "hash": rule.hash,
        "title": rule.title,
        "family": rule.family,
        "class": rule.class_rule.base,
        "severity": rule.severity,
        "status": rule.status,
        "catalogue_ids": sorted({v.catalogue_id for v in rule.all_variants}),
        "variants": [
            {"id": v.id, "catalogue_id": v.catalogue_id, "title": v.title} for v in rule.all_variants
        ],
        "citations": [plain(c) for c in rule.citations],
        "false_positives": list(rule.false_positives),
        "explanation_template": rule.explanation,
        "requires": list(rule.requires),
        "parameters": {
            name: [{"from": start.isoformat(), "value": plain(value)} for start, value in parameter.values]
            for name, parameter in rule.parameters.items()
        },
        "carc_analogue": rule.carc_analogue,
        "file": rule.file,
        **told(rule),
    }


def stages_told(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each stage once, in the order of its first record, with its seconds and rows over all partitions."""
    merged: dict[str, dict[str, Any]] = {}
    for record in records:
        entry = merged.setdefault(record["name"], {"name": record["name"], "seconds": 0.0, "rows": 0})
        entry["seconds"] = round(entry["seconds"] + record["seconds"], 3)
        entry["rows"] += record["rows"]
    return list(merged.values())


def coverage_rows(con: DuckDBPyConnection, made: Made) -> list[dict[str, Any]]:
    """Coverage per rule: lines eligible and evaluated, verdicts, reasons, dollars. Benchmarks count providers.

    Lines that were evaluated on a part of their days count as evaluated; the rest of their days has a reason.
    """
    verdicts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for rule_hash, verdict, number in con.execute(
        "SELECT rule_hash, verdict, count(*) FROM finding GROUP BY ALL"
    ).fetchall():
        verdicts[rule_hash][verdict] = number
    rows = []
    for number, rule in enumerate(made.task.rules.rules):
        lines: dict[str, int] = defaultdict(int)
        cents: dict[str, int] = defaultdict(int)
        for gap in made.tally.gaps:
            if gap.rule_no == number:
                lines[gap.reason] += gap.lines
                cents[gap.reason] += gap.cents
        unit = "claim lines"
        if rule.benchmark is not None:
            unit = "providers"
            told = made.indicators.get(number, {})
            lines[""] = told.get("evaluated", 0)
            from auditor.findings import indicators  # slow to load; by now it is

            for reason, count in indicators.not_evaluated(rule, told):
                lines[reason] = count
            if number in made.task.missing:
                lines[f"the feed has no {made.task.missing[number]}"] = 0
            if number in made.task.refused:
                lines[made.task.refused[number]] = 0
        partly = {reason: lines.pop(reason) for reason in list(lines) if reason.startswith(PARTLY)}
        counts = verdicts[rule.hash]
        rows.append(
            {
                "rule_id": rule.id,
                "title": rule.title,
                "family": rule.family,
                "unit": unit,
                "eligible": sum(lines.values()),
                "evaluated": lines[""],
                **{name: counts[name] for name in ("fail", "bypassed", "suppressed")},
                "not_evaluated": sum(lines.values()) - lines[""],
                "dollars": _usd(cents[""]),
                "dollars_eligible": _usd(sum(cents[reason] for reason in lines)),
                "dollars_evaluated": _usd(cents[""]),
                "reasons": [
                    {"reason": reason, "lines": count, "dollars": _usd(cents[reason])}
                    for reason, count in sorted((lines | partly).items())
                    if reason and (count or rule.benchmark is not None)
                ],
            }
        )
    return rows
