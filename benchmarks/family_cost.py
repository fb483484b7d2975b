"""What each family of rules costs in an audit: all rules, and all but one family, in turn.

    python benchmarks/family_cost.py CLAIMS.csv --library DIR [--runs 3] [--json FILE]

The figure is processor time of the audit and of its processes, reports left out: other work on the machine moves it
less than the clock. A family's cost is what is saved without it: the median over the runs of all rules, less the median
without the family. Families share work (the lines that are read, relations that their rules have in common), so the
costs do not add up to the whole; what no family explains is printed as shared. No duration is asserted.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from auditor.base.resources import resource_dir
from auditor.rules.packs import load_packs


@dataclass
class Family:
    """A family: its rules that could run, what they looked at and found, and processor seconds by ablation."""

    name: str
    rules: int
    evaluations: int
    findings: int
    seconds: list[float]

    @property
    def cost(self) -> float:
        """Median seconds saved without the family."""
        return median(self.seconds)


def audit(claims: Path, library: Path, rules: list[str]) -> tuple[float, float, dict[str, Any]]:
    """One audit by ``rules`` (all, where empty): processor seconds, seconds of the clock, run.json."""
    with tempfile.TemporaryDirectory(prefix="auditor-family-") as folder:
        out = Path(folder) / "report"
        command = [sys.executable, "-m", "auditor.cli", "audit", str(claims), "--library", str(library)]
        command += ["--out", str(out), "--no-reports", "--quiet"]
        for name in rules:
            command += ["--rules", name]
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, check=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""})
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return used, time.perf_counter() - started, json.loads((out / "run.json").read_text("utf-8"))


def main() -> None:
    """Audit with all rules and without each family in turn; print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("claims", type=Path)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path, help="keep every measurement in this file")
    asked = parser.parse_args()
    loaded = load_packs([resource_dir("rulesets")]).rules
    names = list(dict.fromkeys(rule.family for rule in loaded))
    audit(asked.claims, asked.library, [])  # unmeasured: files and bytecode into the caches
    whole, clock, told = audit(asked.claims, asked.library, [])
    wholes, clocks = [whole], [clock]
    by_id = {rule.id: rule.family for rule in loaded}
    families = {}
    for name in names:
        of = [row for row in told["coverage"] if row and by_id.get(row["rule_id"]) == name]
        families[name] = Family(
            name,
            sum(row["evaluated"] > 0 for row in of),
            sum(row["evaluated"] for row in of),
            sum(row["fail"] + row["bypassed"] for row in of),
            [],
        )
    for _ in range(asked.runs):
        for name in names:
            used, _, _ = audit(asked.claims, asked.library, [other for other in names if other != name])
            families[name].seconds.append(used)
            print(".", end="", file=sys.stderr, flush=True)
        whole, clock, _ = audit(asked.claims, asked.library, [])
        wholes.append(whole)
        clocks.append(clock)
    every = median(wholes)
    for item in families.values():
        item.seconds = [every - used for used in item.seconds]
    print(file=sys.stderr)
    evaluations = sum(item.evaluations for item in families.values())
    print(
        f"all rules: {every:.1f} s of processor time, {median(clocks):.1f} s on the clock, median of {len(wholes)}"
    )
    print(
        f"{'family':<14}{'rules':>6}{'evaluations':>14}{'findings':>10}{'seconds':>9}{'share':>8}{'of evaluations':>16}"
    )
    for item in sorted(families.values(), key=lambda item: -item.cost):
        print(
            f"{item.name:<14}{item.rules:>6}{item.evaluations:>14,}{item.findings:>10,}{item.cost:>9.2f}"
            f"{item.cost / every:>8.1%}{item.evaluations / max(evaluations, 1):>16.1%}"
        )
    print(f"{'shared':<44}{every - sum(item.cost for item in families.values()):>9.2f}")
    if asked.json:
        kept = {"all": wholes, "clock": clocks, "families": [asdict(item) for item in families.values()]}
        asked.json.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
