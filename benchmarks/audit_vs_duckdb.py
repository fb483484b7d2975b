"""How much an audit costs over the least that DuckDB could do in plain SQL; see README.md in this folder.

    python benchmarks/audit_vs_duckdb.py --claims CLAIMS.csv [--claims MORE.csv] --library DIR

Both sides run in turn, each as a process of its own; medians are printed, and kept in full with --json FILE.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

PLAIN_SQL = Path(__file__).resolve().with_name("plain_sql.py")
SQL_PARTS = {
    "load": "lines",
    "ptp": "pairs",
    "mue": "days",
    "ptp_hospital": "pairs_hospital",
    "mue_hospital": "days_hospital",
}
"""The parts of the plain SQL side, and what each counts."""
SAMPLE_SECONDS = 0.05


@dataclass
class AuditRun:
    """One audit: wall and CPU seconds of the process tree, wall seconds of each stage, peak memory."""

    wall: float
    cpu: float
    stages: dict[str, float]
    rows: dict[str, int]
    peak_mb: float
    flagged: float

    @property
    def reports(self) -> float:
        """Seconds of the stages that write reports."""
        return sum(seconds for name, seconds in self.stages.items() if is_report(name))

    @property
    def without_reports(self) -> float:
        """Seconds of all but the reports: the process as a whole, its start and end included."""
        return self.wall - self.reports

    @property
    def outside(self) -> float:
        """Seconds outside any stage: start, imports, end."""
        return self.wall - sum(self.stages.values())


@dataclass
class Comparison:
    """All runs of both sides over one claims file."""

    claims: Path
    plain: list[dict[str, float]] = field(default_factory=list)
    audits: list[AuditRun] = field(default_factory=list)


def is_report(stage: str) -> bool:
    """Whether a stage writes reports."""
    return stage.lower().startswith(("report", "render"))


def tree_memory(root: int) -> int:
    """Resident bytes of process `root` and all below it (Linux; 0 elsewhere)."""
    page = os.sysconf("SC_PAGE_SIZE")
    total, waiting = 0, [root]
    while waiting:
        process = waiting.pop()
        try:
            total += int(Path(f"/proc/{process}/statm").read_text().split()[1]) * page
            for task in Path(f"/proc/{process}/task").iterdir():
                waiting += [int(child) for child in (task / "children").read_text().split()]
        except (OSError, IndexError):
            continue
    return total


def run_measured(command: list[str]) -> tuple[float, float, float]:
    """Run `command`; wall seconds, CPU seconds and peak memory in MB of its process tree. Stops when it fails."""
    peak = 0
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    ended = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(SAMPLE_SECONDS):
            peak = max(peak, tree_memory(process.pid))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    code = process.wait()
    wall = time.perf_counter() - started
    ended.set()
    watcher.join()
    if code:
        raise SystemExit(f"`{' '.join(command)}` exited with {code}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, peak / 1e6


def audit(claims: Path, library: Path, workers: int, options: list[str]) -> AuditRun:
    """One audit of `claims`."""
    with tempfile.TemporaryDirectory(prefix="auditor-benchmark-") as folder:
        out = Path(folder) / "report"
        command = [sys.executable, "-m", "auditor.cli", "audit", str(claims), "--library", str(library)]
        command += ["--out", str(out), "--workers", str(workers), "--quiet", *options]
        wall, cpu, peak = run_measured(command)
        run: dict[str, Any] = json.loads((out / "run.json").read_text(encoding="utf-8"))
        found = flagged_lines(out / "findings.parquet")
    stages: dict[str, float] = {}
    rows: dict[str, int] = {}
    for stage in run["stages"]:
        stages[stage["name"]] = stages.get(stage["name"], 0.0) + stage["seconds"]
        rows[stage["name"]] = rows.get(stage["name"], 0) + stage["rows"]
    lines = run["counts"]["lines_audited"]
    return AuditRun(wall, cpu, stages, rows, peak, found / lines if lines else 0.0)


def flagged_lines(findings: Path) -> int:
    """Claim lines with a finding of verdict fail."""
    import duckdb  # only here, so that the measuring process stays small

    query = (
        "SELECT count(*) FROM (SELECT DISTINCT claim_id, line_no FROM read_parquet(?)"
        " WHERE verdict = 'fail' AND line_no IS NOT NULL)"
    )
    return int(duckdb.execute(query, [str(findings)]).fetchall()[0][0])


def plain(claims: Path, library: Path, threads: int) -> dict[str, float]:
    """One round of plain SQL."""
    command = [sys.executable, str(PLAIN_SQL), "--claims", str(claims), "--library", str(library)]
    command += ["--threads", str(threads)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"the plain SQL side failed:\n{done.stderr}")
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def compare(claims: Path, given: argparse.Namespace) -> Comparison:
    """One unmeasured round, then `given.repeat` measured ones, both sides in turn."""
    comparison = Comparison(claims)
    for number in range(given.repeat + 1):
        figures = plain(claims, given.library, given.threads)
        run = (
            None
            if given.only == "duckdb"
            else audit(claims, given.library, given.threads, given.audit_option)
        )
        if number:
            comparison.plain.append(figures)
            if run is not None:
                comparison.audits.append(run)
        print("." if number else "warm ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return comparison


def label(claims: Path) -> str:
    """A claims file without the place where this machine keeps it."""
    return f"{claims.parent.name}/{claims.name}"


def report(comparison: Comparison, threads: int) -> Iterator[str]:
    """The figures of one claims file as lines of text."""
    rounds = len(comparison.plain)
    first = comparison.plain[0]
    sql = {part: median(run[part] for run in comparison.plain) for part in (*SQL_PARTS, "total", "cpu")}
    yield f"{label(comparison.claims)}: {first['lines']:,.0f} lines, {threads} threads, median of {rounds}"
    yield f"  {'plain SQL':<34}{'seconds':>9}{'rows':>13}"
    for part, rows in SQL_PARTS.items():
        yield f"    {part.replace('_', ', '):<32}{sql[part]:>9.2f}{first[rows]:>13,.0f}"
    yield f"    {'total':<32}{sql['total']:>9.2f}"
    yield f"    {'CPU seconds':<32}{sql['cpu']:>9.2f}"
    if not comparison.audits:
        return
    runs = comparison.audits
    yield f"  {'audit':<34}{'seconds':>9}{'rows':>13}"
    for name in runs[0].stages:
        seconds = median(run.stages.get(name, 0.0) for run in runs)
        yield f"    {name:<32}{seconds:>9.2f}{runs[0].rows[name]:>13,}"
    whole = median(run.without_reports for run in runs)
    yield f"    {'outside any stage':<32}{median(run.outside for run in runs):>9.2f}"
    yield f"    {'whole, without reports':<32}{whole:>9.2f}"
    yield f"    {'whole':<32}{median(run.wall for run in runs):>9.2f}"
    yield f"    {'CPU seconds, whole':<32}{median(run.cpu for run in runs):>9.2f}"
    yield f"  ratio without reports {whole / sql['total']:.2f}"
    alone = sum(sql[part] for part in ("load", "ptp", "mue"))
    yield f"  ratio with the practitioner tables alone on the SQL side {whole / alone:.2f}"
    yield f"  lines in a finding {runs[0].flagged:.1%}"
    yield f"  peak memory {max(run.peak_mb for run in runs):,.0f} MB"


def in_full(comparisons: list[Comparison]) -> dict[str, Any]:
    """Every measurement and what it was made with, for --json."""
    return {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "runs": [
            {"claims": label(c.claims), "plain_sql": c.plain, "audit": [asdict(run) for run in c.audits]}
            for c in comparisons
        ],
    }


def main() -> None:
    """Read the arguments, compare, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--claims", type=Path, action="append", required=True, help="a CSV; may be given again"
    )
    parser.add_argument("--library", type=Path, required=True, help="a library with imported tables")
    parser.add_argument("--repeat", type=int, default=5, help="measured rounds (default 5)")
    parser.add_argument("--threads", type=int, default=2, help="DuckDB threads, and workers of the audit")
    parser.add_argument("--only", choices=["duckdb"], help="measure this side alone")
    parser.add_argument(
        "--audit-option", action="append", default=[], help="a further option of `auditor audit`"
    )
    parser.add_argument("--json", type=Path, help="keep every measurement in this file")
    given = parser.parse_args()
    comparisons = []
    with tempfile.TemporaryDirectory(prefix="auditor-bytecode-") as cache:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = cache  # the warm round fills it
        for claims in given.claims:
            comparison = compare(claims, given)
            comparisons.append(comparison)
            print("\n".join(report(comparison, given.threads)), flush=True)
    if given.json:
        given.json.write_text(json.dumps(in_full(comparisons), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
