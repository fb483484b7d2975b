"""What many authored rules cost: the same claims audited with 50 rules of a payer and with 500.

The rules are written by this program in the authors' form, in the shares that payers' policies have: most about one
line, some about two, about sums, frequencies, copies and what must stand beside. Their codes are those of the claims.

    python benchmarks/many_rules.py CLAIMS.csv --library DIR [--rules 50 500] [--runs 3]

Prints the median seconds of each number of rules, and the ratio. No duration is asserted.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

SHARES = {
    "line": 60,
    "within": 8,
    "claim_pair": 4,
    "total": 8,
    "running": 4,
    "sequence": 8,
    "group": 4,
    "absent": 4,
}
"""Rules of each form among a hundred."""


def main() -> None:
    """Write the rules, audit with each number of them in turn, print the medians and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("claims", type=Path)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--rules", type=int, nargs=2, default=[50, 500])
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    codes = _codes(asked.claims)
    seconds: dict[int, list[float]] = {number: [] for number in asked.rules}
    stages: dict[int, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as place:
        folders = {number: _write(Path(place) / str(number), number, codes) for number in asked.rules}
        for run in range(asked.runs):
            for number, folder in folders.items():
                out = Path(place) / f"out_{number}_{run}"
                seconds[number].append(_audit(asked.claims, asked.library, folder, out))
                told = json.loads((out / "run.json").read_text())
                stages[number] = {item["name"]: item["seconds"] for item in told["stages"]}
                found = sum(
                    row["fail"] + row["bypassed"]
                    for row in told["coverage"]
                    if row["rule_id"].startswith("PAY-MANY")
                )
                print(
                    f"{number:>4} rules: {seconds[number][-1]:6.1f} s, {found:,} findings of theirs",
                    flush=True,
                )
    few, many = asked.rules
    for number in asked.rules:
        listed = ", ".join(f"{name} {value:.1f}" for name, value in stages[number].items() if value >= 0.1)
        print(f"{number} rules, stages of the last run: {listed}")
    ratio = statistics.median(seconds[many]) / statistics.median(seconds[few])
    print(
        f"{many} rules against {few}: {statistics.median(seconds[many]):.1f} s / "
        f"{statistics.median(seconds[few]):.1f} s = {ratio:.2f}"
    )


def _audit(claims: Path, library: Path, rulesets: Path, out: Path) -> float:
    command = [sys.executable, "-m", "auditor.cli", "audit", str(claims), "--out", str(out), "--quiet"]
    started = time.perf_counter()
    subprocess.run([*command, "--library", str(library), "--rulesets", str(rulesets)], check=True)
    return time.perf_counter() - started


def _codes(claims: Path) -> list[str]:
    """The codes of the claims, the commonest first."""
    rows = duckdb.execute(
        "SELECT code FROM read_csv(?, all_varchar = true) WHERE code IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1",
        [str(claims)],
    ).fetchall()
    return [row[0] for row in rows]


def _write(folder: Path, number: int, codes: list[str]) -> Path:
    """``number`` rules; the first of them are the same whatever their number."""
    folder.mkdir(parents=True)
    forms = [form for form, share in SHARES.items() for _ in range(share)]
    random.Random(7).shuffle(forms)  # noqa: S311  # a fixed order, no secret
    for at in range(number):
        rule = _rule(at, forms[at % len(forms)], codes)
        (folder / f"{rule['id']}_many.yaml").write_text(json.dumps(rule, indent=1))
    return folder


def _rule(at: int, form: str, codes: list[str]) -> dict[str, Any]:
    dice = random.Random(at)  # noqa: S311
    few = sorted(dice.sample(codes, min(len(codes), dice.randint(1, 6))))
    other = sorted(dice.sample(codes, min(len(codes), dice.randint(1, 6))))
    parameters = {"codes": {"1996-01-01": {"value": few, "citation": "policy"}}}
    flag, exposure = "line", {"direction": "over", "method": "line"}
    explanation = (
        "{line.code} (claim {line.claim_id}, line {line.line_no}) on {line.service_date} meets the policy."
    )
    match: dict[str, Any] = {"lines": ["line"]}
    theirs: dict[str, Any] = {"line.code": {"in": "$codes"}}
    if form == "line":
        asked: dict[str, Any] = dice.choice(
            [
                {
                    "line.modifiers": {
                        "overlaps": [dice.choice(["22", "59", "76", "77", "91", "GA", "LT", "RT"])]
                    }
                },
                {"line.units": {"gt": dice.randint(2, 6)}},
                {"line.pos": {"in": [dice.choice(["21", "22", "23", "31"])]}},
                {"line.age": {"lt": dice.randint(10, 60)}},
            ]
        )
        match["when"] = {**theirs, **asked}
    elif form in {"within", "claim_pair"}:
        flag = "second"
        match = {
            "lines": ["first", "second"],
            "same": ["patient_id", "rendering_npi"] if form == "within" else ["patient_id", "claim_id"],
            "when": {"first.code": {"in": "$codes"}, "second.code": {"in": other}},
        }
        if form == "within":
            match["within"] = {"second": {"of": "first", "window": {"days": [1, dice.randint(7, 90)]}}}
        explanation = (
            "{second.code} on {second.service_date} stands with {first.code} on {first.service_date}."
        )
    elif form in {"total", "running"}:
        over = ["patient_id", "code", dice.choice(["month", "year"])]
        match["sum"] = {
            "of": "units",
            "as": "sum",
            "over": over,
            "where": theirs,
            "running": form == "running",
        }
        match["when"] = {"sum.units": {"gt": dice.randint(6, 20)}}
        exposure = {"direction": "over", "method": "none"}
    elif form == "sequence":
        match["sequence"] = {
            "same": ["patient_id"], "where": theirs, "window": {"days": [-dice.randint(5, 60), 0]},
            "limit": dice.randint(1, 3),
        }  # fmt: skip
    elif form == "group":
        flag = "copy"
        match = {
            "lines": ["original", "copy"],
            "group": {
                "same": ["patient_id", "code", "service_date", "rendering_npi", "modifiers"], "order": ["claim_id"],
                "where": {"copy.code": {"in": "$codes"}},
            },
        }  # fmt: skip
        explanation = "{copy.code} on {copy.service_date} repeats claim {original.claim_id}."
    else:
        match["when"] = theirs
        match["absent"] = {
            "line": "before", "same": ["patient_id"], "where": {"before.code": {"in": other}},
            "within": {"window": {"days": [-30, 0]}},
        }  # fmt: skip
    return {
        "id": f"PAY-MANY-{at + 1:03d}", "catalogue_id": "PAY-01", "version": 1,
        "title": f"Policy {at + 1} of a payer that does not exist", "status": "draft", "owner": "benchmark",
        "family": dice.choice(["frequency", "modifier", "place", "payer", "em", "drug", "therapy", "duplicate"]),
        "class": "probable", "severity": "low",
        "citations": [
            {"key": "policy", "document": "Invented policy", "section": str(at + 1), "revision": "1", "url": "",
             "verified": False, "verified_note": "Invented, to measure what rules cost."}
        ],
        "parameters": parameters, "match": match, "flag": [flag], "exposure": exposure, "explanation": explanation,
        "record_needed": ["medical record"], "root_cause": "policy", "false_positives": ["None is known."],
    }  # fmt: skip


if __name__ == "__main__":
    main()
