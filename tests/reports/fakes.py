"""Invented runs for the tests of the reports: run.json as a dict, findings.parquet and set_aside.parquet.

The dollars of the run are summed here in Python, apart from the SQL of the product.
"""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from auditor.findings.claim_lines import CLAIM_COLUMNS, PROVIDER_COLUMNS

FINDING_COLUMNS = {
    "finding_id": "VARCHAR", "rule_id": "VARCHAR", "rule_version": "INTEGER", "rule_hash": "VARCHAR",
    "catalogue_id": "VARCHAR", "split_claim": "BOOLEAN", "family": "VARCHAR", "verdict": "VARCHAR",
    "class": "VARCHAR", "severity": "VARCHAR", "direction": "VARCHAR", "line_of_business": "VARCHAR",
    "payer_id": "VARCHAR", "patient_id": "VARCHAR", "billing_npi": "VARCHAR", "rendering_npi": "VARCHAR",
    "claim_id": "VARCHAR", "line_no": "INTEGER", "service_date": "DATE", "code": "VARCHAR",
    "modifiers": "VARCHAR[]", "units": "DECIMAL(18,3)", "charge": "DECIMAL(18,2)", "allowed": "DECIMAL(18,2)",
    "paid": "DECIMAL(18,2)", "exposure": "DECIMAL(18,2)", "exposure_as_processed": "DECIMAL(18,2)",
    "exposure_allowed": "DECIMAL(18,2)", "exposure_counted": "DECIMAL(18,2)", "exposure_basis": "VARCHAR",
    "corrected": "DECIMAL(18,2)",
    "evidence": "STRUCT(role VARCHAR, claim_id VARCHAR, line_no INTEGER, service_date DATE, code VARCHAR, "
    "modifiers VARCHAR[], units DECIMAL(18,3), paid DECIMAL(18,2))[]",
    "reference_rows": 'STRUCT("table" VARCHAR, edition VARCHAR, "key" VARCHAR, effective DATE, deleted DATE)[]',
    "citations": "STRUCT(document VARCHAR, section VARCHAR, revision VARCHAR, url VARCHAR, verified BOOLEAN)[]",
    "explanation": "VARCHAR", "record_needed": "VARCHAR[]", "root_cause": "VARCHAR", "premises": "VARCHAR[]",
    "suppressed_by": "VARCHAR", "reason": "VARCHAR", "at_risk": "BOOLEAN", "title": "VARCHAR",
    "review_priority": "INTEGER", "payer_icn": "VARCHAR",
}  # fmt: skip
SET_ASIDE_COLUMNS = {
    "source_file": "VARCHAR", "source_pos": "BIGINT", "claim_id": "VARCHAR", "line_no": "VARCHAR",
    "reason_code": "VARCHAR", "reason": "VARCHAR", "charge": "BIGINT", "paid": "BIGINT",
}  # fmt: skip
PAIR_END = (
    " Whether the services were separate and distinct was not reviewed; a corrected claim may be possible within "
    "filing limits."
)
MANUAL = "https://www.cms.gov/medicare/coding-billing/national-correct-coding-initiative-ncci-edits"
# id, catalogue, family, class, severity, title, weight, table
RULES = [
    ("NCCI-PTP-001", "PTP-02", "ptp", "definite", "high", "Column 2 code paid with its Column 1 code", 30, "ncci_ptp"),
    ("NCCI-PTP-004", "PTP-04", "ptp", "definite", "high", "Code pair under indicator 0", 12, "ncci_ptp"),
    ("NCCI-PTP-010", "PTP-10", "ptp", "probable", "medium", "Modifier 59 on Column 1 alone", 4, "ncci_ptp"),
    ("NCCI-MUE-001", "MUE-01", "mue", "definite", "high", "Units above the MUE of the day, MAI 2", 14, "ncci_mue"),
    ("NCCI-MUE-003", "MUE-03", "mue", "probable", "medium", "Units above the MUE of the day, MAI 3", 12, "ncci_mue"),
    ("NCCI-AOC-001", "AOC-01", "addon", "definite", "high", "Add-on code without a listed primary", 8, "ncci_aoc"),
    ("MOD-052-001", "AM-01", "modifier", "probable", "low", "Modifier on a code that it cannot qualify", 7, None),
    ("COV-LCD-001", "MN-01", "coverage", "probable", "medium", "No pointed diagnosis of the policy", 9, "coverage"),
    ("LVL-EM-001", "EM-02", "upcoding", "risk", "medium", "Level mix against specialty peers", 2, None),
    ("LVL-EM-002", "EM-03", "upcoding", "risk", "low", "Modifier 25 rate against specialty peers", 2, None),
]  # fmt: skip
REASONS = {"bypassed": "modifier 59 stands on Column 2", "not_evaluated": "no edition for this date"}
CODES = [
    "99213",
    "99214",
    "11042",
    "97597",
    "20610",
    "64483",
    "64484",
    "J1030",
    "97110",
    "97140",
    "93000",
    "36415",
]
TABLES = [
    ("ncci_ptp", "2024Q3", "ncci_ptp_practitioner-2024Q3", 2_512_004),
    ("ncci_mue", "2024Q3", "ncci_mue_practitioner-2024Q3", 15_112),
    ("ncci_aoc", "2024", "ncci_aoc-2024", 9_118),
    ("coverage", "starter", "coverage-starter", 212),
]


@dataclass(frozen=True)
class FakeRun:
    """One invented run and the rows that it was written from."""

    run: dict[str, Any]
    findings: Path
    set_aside: Path
    rows: list[dict[str, Any]]


def make_run(
    folder: Path,
    count: int = 60,
    *,
    seed: int = 7,
    set_aside: int = 5,
    hostile: str = "",
    carried: bool = False,
) -> FakeRun:
    """A run with `count` findings; `hostile` is put into every free text that a claims file could bring."""
    chance = random.Random(seed)
    rows = [_finding(chance, number, hostile) for number in range(count)]
    aside = [_set_aside(chance, number, hostile) for number in range(set_aside)]
    folder.mkdir(parents=True, exist_ok=True)
    findings_path, aside_path = folder / "findings.parquet", folder / "set_aside.parquet"
    write_parquet(findings_path, FINDING_COLUMNS, rows)
    write_parquet(aside_path, SET_ASIDE_COLUMNS, aside)
    write_parquet(folder / "claim_lines.parquet", CLAIM_COLUMNS, _claim_lines(rows))
    write_parquet(folder / "providers.parquet", PROVIDER_COLUMNS, _providers(rows))
    return FakeRun(_run(rows, aside, hostile, carried), findings_path, aside_path, rows)


def write_parquet(path: Path, columns: dict[str, str], rows: list[dict[str, Any]]) -> None:
    """Rows as Parquet, by way of JSON lines beside it."""
    source = path.with_suffix(".jsonl")
    source.write_text("".join(json.dumps(row, default=str) + "\n" for row in rows), encoding="utf-8")
    spec = "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items()) + "}"
    select = f"SELECT * FROM read_json('{source}', format = 'newline_delimited', columns = {spec})"
    if not rows:
        select = "SELECT " + ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in columns.items())
        select += " WHERE false"
    with duckdb.connect() as con:
        con.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    source.unlink()


def money(rows: list[dict[str, Any]], column: str, **where: object) -> Decimal:
    """The sum of a money column over the rows where all of `where` hold."""
    chosen = [row for row in rows if all(row[name] == value for name, value in where.items())]
    return sum((Decimal(row[column] or 0) for row in chosen), Decimal("0.00"))


def _finding(chance: random.Random, number: int, hostile: str) -> dict[str, Any]:
    rule = chance.choices(RULES, weights=[entry[6] for entry in RULES])[0]
    rule_id, catalogue, family, cls, severity, title, _, table = rule
    verdict = "fail"
    if family == "ptp" and chance.random() < 0.35:
        verdict = "bypassed"
    elif chance.random() < 0.04:
        verdict = chance.choice(["suppressed", "not_evaluated"])
    npi = str(1003000126 + 11 * int(chance.triangular(0, 40, 3)))
    day = date(2024, 7, 1) + timedelta(days=int(chance.triangular(0, 183, 120)))
    first, second = chance.sample(CODES, 2)
    units = Decimal(chance.choice([1, 1, 1, 2, 4]))
    paid = Decimal(chance.randint(900, 60_000)).scaleb(-2)
    at_risk = cls == "risk" or rule_id == "NCCI-PTP-010"
    direction = "under" if family == "mue" and chance.random() < 0.1 else "over"
    exposure = (paid / 2).quantize(Decimal("0.01")) if family == "mue" else paid
    if family == "modifier":
        direction, exposure = "neutral", Decimal("0.00")
    counted = Decimal("0.00") if verdict != "fail" or at_risk or chance.random() < 0.05 else exposure
    claim = f"C{chance.randint(10**9, 10**10)}{hostile}"
    line = chance.randint(1, 6)
    provider_level = cls == "risk"
    modifiers = (
        chance.choice([[], [], ["59"], ["25"], ["RT"], ["XU", "LT"]]) if verdict != "bypassed" else ["59"]
    )
    explanation = (
        f"{second} (line {line}) was paid with {first} (line {line + 1}) on {day}; indicator 1, edition 2024Q3."
        f"{PAIR_END}" if family == "ptp" else f"{title}: {second}, {units} units on {day}, edition 2024Q3."
    )  # fmt: skip
    evidence = [
        _evidence(
            "column_2" if family == "ptp" else "line", claim, line, day, second, modifiers, units, paid
        ),
        _evidence(
            "column_1" if family == "ptp" else "context", claim, line + 1, day, first, [], Decimal(1), paid
        ),
    ]
    digest = hashlib.sha256(f"{rule_id}|{claim}|{line}|{number}".encode()).hexdigest()[:16]
    return {
        "finding_id": digest, "rule_id": rule_id, "rule_version": 1,
        "rule_hash": hashlib.sha256(rule_id.encode()).hexdigest(), "catalogue_id": catalogue,
        "split_claim": chance.random() < 0.1, "family": family, "verdict": verdict, "class": cls,
        "severity": severity, "direction": direction, "line_of_business": "medicare", "payer_id": "MCR",
        "patient_id": f"P{chance.randint(1, 5000):06d}{hostile}", "billing_npi": "1992701235", "rendering_npi": npi,
        "claim_id": None if provider_level else claim, "line_no": None if provider_level else line,
        "service_date": None if provider_level else day, "code": None if provider_level else second,
        "modifiers": [] if provider_level else modifiers, "units": None if provider_level else units,
        "charge": paid * 3, "allowed": paid, "paid": None if provider_level else paid, "exposure": exposure,
        "exposure_as_processed": paid, "exposure_allowed": exposure, "exposure_counted": counted,
        "exposure_basis": "paid", "evidence": [] if provider_level else evidence,
        "reference_rows": [] if table is None else [{
            "table": table, "edition": "2024Q3", "key": f"{first}/{second}" if family == "ptp" else second,
            "effective": "2018-01-01", "deleted": chance.choice(["9999-12-31", None, "2024-12-31"]),
        }],
        "citations": [{
            "document": "NCCI Policy Manual for Medicare Services", "section": "Chapter I, E", "revision": "2024",
            "url": MANUAL, "verified": family != "coverage",
        }],
        "explanation": explanation + hostile, "record_needed": ["operative note"] if cls == "probable" else [],
        "root_cause": "code-pair billing" if family == "ptp" else "units of service",
        "premises": [f"indicator 1 on {day}"] if family == "ptp" else [],
        "suppressed_by": "PAY-ACME-001" if verdict == "suppressed" else None,
        "reason": REASONS.get(verdict),
        "at_risk": at_risk, "title": title,
        "review_priority": {"critical": 1, "high": 2, "medium": 3, "low": 4}[severity],
    }  # fmt: skip


def _evidence(
    role: str,
    claim: str,
    line: int,
    day: date,
    code: str,
    modifiers: list[str],
    units: Decimal,
    paid: Decimal,
) -> dict[str, Any]:
    return {
        "role": role, "claim_id": claim, "line_no": line, "service_date": day, "code": code,
        "modifiers": modifiers, "units": units, "paid": paid,
    }  # fmt: skip


def _claim_lines(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The claims of the findings: their lines, and one that no finding speaks of. One claim is a hospital's."""
    made: dict[tuple[str, int], dict[str, Any]] = {}
    for number, row in enumerate(row for row in rows if row["claim_id"] is not None):
        hospital = number == 0
        header = {
            "payer_id": row["payer_id"], "patient_id": row["patient_id"], "claim_id": row["claim_id"],
            "claim_type": "institutional" if hospital else "professional",
            "setting": "outpatient_hospital" if hospital else "practitioner", "billing_npi": row["billing_npi"],
            "rendering_npi": row["rendering_npi"], "tob": "131" if hospital else None, "dx": ["M170", "Z0000"],
            "pos": None if hospital else "11", "paid_date": row["service_date"],
        }  # fmt: skip
        for line in (
            *row["evidence"],
            {**row["evidence"][0], "line_no": 9, "code": "99999", "modifiers": []},
        ):
            day = line["service_date"]
            made[line["claim_id"], line["line_no"]] = header | {
                "line_no": line["line_no"], "code": line["code"], "revenue_code": "0360" if hospital else None,
                "date_from": day, "date_to": day, "modifiers": line["modifiers"], "dx_ptr": [1, 2],
                "units": line["units"], "paid": line["paid"], "charge": (line["paid"] or 0) * 3,
                "allowed": line["paid"],
            }  # fmt: skip
    return list(made.values())


def _providers(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Providers with three lines to every finding, and at least forty."""
    found: dict[str, int] = {}
    for row in rows:
        found[row["rendering_npi"]] = found.get(row["rendering_npi"], 0) + 1
    return [
        {"npi": npi, "specialty": "11", "lines": max(3 * number, 40), "claims": number, "patients": 1, "paid": "100.00"}
        for npi, number in found.items()
    ]  # fmt: skip


def _set_aside(chance: random.Random, number: int, hostile: str) -> dict[str, Any]:
    code, reason = chance.choice([
        ("no_service_date", "date_from is empty"),
        ("amount_not_a_number", "paid is no number"),
        ("span_too_long", "date_from to date_to is more than 366 days"),
    ])  # fmt: skip
    return {
        "source_file": "claims.csv", "source_pos": 10 * number + 3, "claim_id": f"S{number}{hostile}", "line_no": "1",
        "reason_code": code, "reason": reason, "charge": 12_000, "paid": None if code.startswith("amount") else 4_000,
    }  # fmt: skip


def _run(
    rows: list[dict[str, Any]], aside: list[dict[str, Any]], hostile: str, carried: bool
) -> dict[str, Any]:
    lines, superseded = 50_000 + 20 * len(rows), 120
    paid_aside = Decimal(sum(row["paid"] or 0 for row in aside)).scaleb(-2)
    charge_aside = Decimal(sum(row["charge"] or 0 for row in aside)).scaleb(-2)
    paid, charge = Decimal(lines) * Decimal("81.17"), Decimal(lines) * Decimal("214.09")
    plain = [row for row in rows if not row["at_risk"]]
    over = [row for row in plain if row["direction"] == "over"]
    verdicts = {
        name: sum(row["verdict"] == name for row in rows)
        for name in ("fail", "bypassed", "suppressed", "not_evaluated")
    }
    at_risk = money([row for row in rows if row["at_risk"]], "exposure", verdict="fail")
    return {
        "run_id": hashlib.sha256(f"{len(rows)}{hostile}".encode()).hexdigest()[:16],
        "versions": {"auditor": "0.1.0", "python": "3.11", "duckdb": "1.4", "durable_rules": "2.0.28"},
        "banners": ["Starter edition in use: a small part of the CMS tables."] + ([hostile] if hostile else []),
        "notes": ["Line of business was not given; medicare was taken."],
        "options": {"line_of_business": "medicare", "profile": "internal", "workers": 2, "as_of": None},
        "period": {
            "from": "2024-07-01", "to": "2024-12-31", "line_of_business": ["medicare"],
            "payers": ["MCR"],
        },
        "inputs": [{
            "name": "claims.csv" + hostile, "format": "csv", "sha256": hashlib.sha256(b"claims").hexdigest(),
            "bytes": 18_220_111, "rows": lines + superseded + len(aside),
        }],
        "tables": [{
            "table": name, "edition": edition, "edition_id": edition_id, "rows": count, "published": "2024-06-24",
            "imported": "2024-07-01", "valid_from": "1996-01-01", "valid_to": "2024-09-30", "layout": "txt",
            "carried_forward": carried and name == "ncci_ptp", "notes": ["effective dates reconstructed"],
            "files": [{"name": f"{name}.zip", "sha256": hashlib.sha256(name.encode()).hexdigest()}],
        } for name, edition, edition_id, count in TABLES],
        "rules": [_rule(entry) for entry in RULES],
        "counts": {
            "rows_read": lines + superseded + len(aside), "lines_read": lines + superseded + len(aside),
            "lines_audited": lines, "lines_superseded": superseded, "lines_set_aside": len(aside),
            "claims": lines // 2, "patients": lines // 9, "findings": verdicts,
        },
        "dollars": {
            **{
                f"over_{cls}": str(money(over, "exposure_counted", verdict="fail", **{"class": cls}))
                for cls in ("definite", "probable")
            },
            "under": str(money(plain, "exposure_counted", verdict="fail", direction="under")), "at_risk": str(at_risk),
        },
        "reconciliation": {
            "rows_read": lines + superseded + len(aside), "lines_read": lines + superseded + len(aside),
            "lines_audited": lines, "lines_superseded": superseded, "lines_set_aside": len(aside),
            "paid_in": str(paid + paid_aside + 900), "paid_audited": str(paid), "paid_superseded": "900.00",
            "paid_set_aside": str(paid_aside), "charge_in": str(charge + charge_aside + 2700),
            "charge_audited": str(charge), "charge_superseded": "2700.00", "charge_set_aside": str(charge_aside),
            "ties": True,
        },
        "diagnostics": [{
            "source_file": "claims.837", "name": "claim_charge", "severity": "warning", "count": 102,
            "says": "the charge of the claim is not the sum of its lines",
            "places": [{"source_pos": n, "byte_offset": n * 40} for n in range(1, 101)],
        }],
        "superseded": [{"reason": "replaced", "lines": 7, "paid": "70.25"}],
        "data_quality": [{
            "check": "units_negative", "catalogue_id": "DQ-05", "says": "units are negative", "treated": "kept",
            "lines": 103, "paid": "1040.50",
            "places": [{"source_file": "claims.csv" + hostile, "source_pos": place} for place in range(1, 101)],
        }],
        "coverage": [_coverage(entry, rows, lines) for entry in RULES],
        "engine": {"cases": 411, "firings": 1204, "checked": 411, "disagreements": 0, "quarantined": 0},
        "stages": [{"name": "read", "seconds": 1.234567, "rows": lines}],
    }  # fmt: skip


def _rule(entry: tuple[Any, ...]) -> dict[str, Any]:
    rule_id, catalogue, family, cls, severity, title, _, _ = entry
    return {
        "id": rule_id, "version": 1, "hash": hashlib.sha256(rule_id.encode()).hexdigest(), "title": title,
        "family": family, "class": cls, "severity": severity, "status": "stable", "catalogue_ids": [catalogue],
        "citations": [
            {"key": "manual", "document": "NCCI Policy Manual for Medicare Services", "section": "Chapter I, E",
             "revision": "2024", "url": MANUAL, "verified": family != "coverage"},
            {"key": "row", "table": "ncci_ptp", "locator": "Column 1 / Column 2", "edition": "in force"},
        ],
        "false_positives": ["A separate encounter was documented but the modifier was left off."],
        "explanation_template": "{line.code} was paid on {line.service_date}.",
        "steps": [{"kind": "lines", "title": "The lines", "text": ["medicare"]},
                  {"kind": "finding", "title": f"{rule_id} on the line", "text": ["whatever the payer says"]}],
        "requires": ["claim_line.modifiers"], "parameters": {"associated_modifiers": ["25", "59"]},
    }  # fmt: skip


def _coverage(entry: tuple[Any, ...], rows: list[dict[str, Any]], lines: int) -> dict[str, Any]:
    rule_id, _, family, _, _, title, weight, _ = entry
    mine = [row for row in rows if row["rule_id"] == rule_id]
    eligible, missing = lines, (lines // 40) * (weight % 5)
    return {
        "rule_id": rule_id, "title": title, "family": family, "eligible": eligible, "evaluated": eligible - missing,
        **{name: sum(row["verdict"] == name for row in mine) for name in ("fail", "bypassed", "suppressed")},
        "not_evaluated": missing, "dollars_eligible": str(Decimal(eligible) * 81),
        "dollars_evaluated": str(Decimal(eligible - missing) * 81),
        "reasons": [{"reason": "no edition in force on the service date", "lines": missing,
                     "dollars": str(Decimal(missing) * 81)}] if missing else [],
    }  # fmt: skip
