"""``run.json``: from what, with what and by what an audit was made, and what came of it.

Names are public (CONTRACT.md).
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from datetime import date
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from duckdb import DuckDBPyConnection

from auditor import __version__
from auditor.base.resources import code_digest
from auditor.claims.remittance.match_rates import MatchRates
from auditor.findings import banners, data_quality, packs_told, reading_told
from auditor.findings.made import Made
from auditor.findings.partition import Tally
from auditor.findings.store import count_at_risk, count_by_verdict, dollars_by_class
from auditor.matching.coverage import BESIDE
from auditor.rules import model as m
from auditor.rules.told import told


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
    coverage = coverage_rows(con, made)
    return {
        "run_id": run_id(made),
        "profile": {"name": "internal"},
        "versions": _versions(),
        "options": dict(made.options),
        "banners": banners.told(made, coverage, period["line_of_business"]),
        "notes": [*made.feed.notes, *made.reference.notes, *made.task.rules.notes],
        "payment_method": made.feed.payment_method,
        **({"remittances": _remittances(con, made.feed.remittances)} if made.feed.remittances else {}),
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
        "coverage": [*coverage, *packs_told.not_evaluated(con, made.task)],
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
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value


def _remittances(con: DuckDBPyConnection, rates: MatchRates) -> dict[str, Any]:
    """How far remittances were joined to claims, dollars as text; in words too, and why some were not."""
    return {
        **{
            name: _usd(value) if name.startswith("paid_") else plain(value)
            for name, value in asdict(rates).items()
        },
        "told": [{"says": says, "figure": figure} for says, figure in rates.figures()],
        "without_counterpart": reading_told.unmatched(con),
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

    Lines that were evaluated on a part of their days, or without an optional table, count as evaluated; what was not
    asked has a reason.
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
        partly = {reason: lines.pop(reason) for reason in list(lines) if reason.startswith(BESIDE)}
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
