"""`stories.csv` and `truth.parquet`: the stories as claims that an audit reads like any other."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import duckdb

from auditor.synth.stories.model import Story
from auditor.synth.stories.telling import ToldRow, tell
from auditor.synth.truth import TRUTH_COLUMNS

_FIRST = (
    "claim_id", "line_no", "payer_id", "line_of_business", "patient_id", "birth_date", "sex", "claim_type",
    "billing_npi", "billing_tin", "rendering_npi", "rendering_specialty", "facility_npi", "pos", "tob",
    "frequency_code", "date_from", "date_to", "revenue_code", "code", "mod1", "mod2", "mod3", "mod4", "units",
    "charge", "allowed", "paid", "denied", "dx1", "dx_ptr", "received_date", "paid_date",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: the claims and the truth; how many stories, times told, lines; the rendering NPIs."""

    claims: Path
    truth: Path
    stories: int
    told: int
    lines: int
    npis: tuple[str, ...]


def write_stories(stories: Sequence[Story], out: Path, times: int) -> Written:
    """Write each story `times` times into `out`, made if need be. Equal stories give equal bytes. Raises OSError."""
    out.mkdir(parents=True, exist_ok=True)
    told = list(tell(stories, times))
    lines = [row for one in told for row in one.lines]
    later = sorted({name for row in lines for name in row} - set(_FIRST))
    claims, truth = out / "stories.csv", out / "truth.parquet"
    with claims.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, [*_FIRST, *later], restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _text(value) for name, value in row.items()} for row in lines)
    npis = tuple(sorted({str(row["rendering_npi"]) for row in lines if row.get("rendering_npi")}))
    _write_truth([row for one in told for row in one.truth], truth)
    return Written(claims, truth, len(stories), len(told), len(lines), npis)


def _write_truth(rows: Sequence[ToldRow], target: Path) -> None:
    name = str(target).replace("'", "''")
    with duckdb.connect() as con:
        con.execute(f"CREATE TEMP TABLE told ({TRUTH_COLUMNS})")
        values = [
            (case, kind, catalogue, verdict, level, claim, number, None, False, note)
            for case, kind, catalogue, verdict, level, claim, number, note in map(astuple, rows)
        ]
        if values:
            con.executemany("INSERT INTO told VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        con.execute(
            "COPY (SELECT * FROM told ORDER BY case_id, claim_id, line_no, catalogue_id, verdict) "
            f"TO '{name}' (FORMAT parquet, COMPRESSION zstd)"
        )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ":".join(map(str, value))
    return str(value)
