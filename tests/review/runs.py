"""Output folders of audits with the few columns that a comparison reads, made of findings in the test."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from auditor.reference import Edition

DAY = dt.date(2024, 7, 15)
_STRUCTS = {
    "reference_rows": 'STRUCT("table" VARCHAR, edition VARCHAR, "key" VARCHAR, effective DATE, deleted DATE)[]',
    "evidence": "STRUCT(role VARCHAR, claim_id VARCHAR, line_no INTEGER)[]",
    "premises": "VARCHAR[]",
}
_COLUMNS: Mapping[str, tuple[str, Any]] = {
    "finding_id": ("VARCHAR", "f1"),
    "rule_id": ("VARCHAR", "NCCI-PTP-001"),
    "patient_id": ("VARCHAR", "P1"),
    "claim_id": ("VARCHAR", "C1"),
    "line_no": ("INTEGER", 2),
    "service_date": ("DATE", DAY),
    "verdict": ("VARCHAR", "fail"),
    "class": ("VARCHAR", "definite"),
    "direction": ("VARCHAR", "over"),
    "exposure": ("DECIMAL(18,2)", Decimal("100.00")),
    "exposure_counted": ("DECIMAL(18,2)", Decimal("100.00")),
    "exposure_basis": ("VARCHAR", "paid"),
    "suppressed_by": ("VARCHAR", None),
    "reason": ("VARCHAR", None),
    "reference_rows": (_STRUCTS["reference_rows"], []),
    "premises": (_STRUCTS["premises"], []),
    "evidence": (_STRUCTS["evidence"], []),
}


def finding(finding_id: str, **cells: Any) -> dict[str, Any]:
    """One row of findings.parquet; its evidence is the line that it flags, unless more is given."""
    unknown = cells.keys() - {*_COLUMNS, "klass"}
    if unknown:
        raise ValueError(f"no such columns: {sorted(unknown)}")
    cells = {"class" if name == "klass" else name: value for name, value in cells.items()}
    row = {name: default for name, (_, default) in _COLUMNS.items()} | {"finding_id": finding_id} | cells
    own = {"role": "line", "claim_id": row["claim_id"], "line_no": row["line_no"]}
    return row | {"evidence": [own, *row["evidence"]]}


def shown(claim_id: str, line_no: int) -> dict[str, Any]:
    return {"role": "other", "claim_id": claim_id, "line_no": line_no}


def cited(
    table: str, key: str, edition: str = "2024Q3", effective: str | None = None, deleted: str | None = None
) -> list[dict[str, Any]]:
    return [{"table": table, "edition": edition, "key": key, "effective": effective, "deleted": deleted}]


def pair(
    one: str, two: str, effective: str = "1996-01-01", setting: str = "practitioner", indicator: str = "1"
) -> Any:
    key = f"setting {setting} / column_1 {one} / column_2 {two} / modifier_indicator {indicator}"
    return cited("ncci_ptp", key, effective=effective)


def value(code: str, limit: int, edition: str = "2024Q3", setting: str = "practitioner") -> Any:
    return cited("ncci_mue", f"setting {setting} / code {code} / mai 2 / value {limit}", edition)


def addon(code: str, edit_type: str = "1") -> Any:
    return cited("ncci_aoc_code", f"edit_type {edit_type} / addon {code}", "2024Q2", "1996-01-01")


def run(
    folder: Path,
    findings: Sequence[Mapping[str, Any]],
    editions: Sequence[Edition] = (),
    **told: Any,
) -> Path:
    """An output folder; `told` takes the place of what run.json says."""
    folder.mkdir(parents=True)
    with duckdb.connect() as con:
        listed = ", ".join(f'"{name}" {kind}' for name, (kind, _) in _COLUMNS.items())
        con.execute(f"CREATE TABLE f ({listed})")
        marks = ", ".join("?" * len(_COLUMNS))
        for row in findings:
            con.execute(f"INSERT INTO f VALUES ({marks})", [row[name] for name in _COLUMNS])
        con.execute(f"COPY f TO '{folder}/findings.parquet' (FORMAT parquet)")
    tables = [{"table": e.table, "edition": e.edition, "edition_id": e.edition_id} for e in editions]
    values = {
        "run_id": folder.name,
        "inputs": [{"name": "claims.csv", "sha256": "aa"}],
        "rules": [{"id": "NCCI-PTP-001", "hash": "bb"}],
        "tables": tables,
        "options": {"as_of": None, "rules": []},
        "versions": {"auditor": "1"},
    }
    (folder / "run.json").write_text(json.dumps(values | told), encoding="utf-8")
    return folder
