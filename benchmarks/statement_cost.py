"""What the statements of each rule cost in one audit, by family: the processor time of every query, with whose it was.

    python benchmarks/statement_cost.py CLAIMS.csv --library DIR [--rules 15] [--json FILE]

One audit in this process, on one thread, so that a statement's work is done by the thread that gives it. What rules
share (lines with their fees, keys of codes, rows of tables with their days, lines that several rules name) is counted
apart, and so is all that is no rule's: reading, laying out, pricing, writing. The second evaluator's processes and
Python's own work are not in it. Where `family_cost.py` tells what an audit saves without a family, give or take two
seconds, this tells where the database spends its time, to hundredths. No duration is asserted.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from auditor import pipeline
from auditor.claims import open_connection
from auditor.matching import ambiguous, candidates, coverage, evaluating
from auditor.matching.shared import SharedRelations
from auditor.profiles import shares
from auditor.rules import model as m

SHARED: Final = frozenset(
    "priced price_wide price_row price_place payer_fee code_of judging kinds modified "
    "alike of_a_patient claims hit stray".split()
)
"""Relations that are made for all rules that want them, by whichever asks first."""
OTHER: Final = ("shared by rules", "no rule's")
ASKING: Final = frozenset("execute executemany sql fetchall fetchone fetchmany arrow fetchnumpy".split())


class Spent:
    """Processor seconds by (family, rule id), and whose work the thread is at."""

    def __init__(self) -> None:
        self.seconds: defaultdict[tuple[str, str], float] = defaultdict(float)
        self._here = threading.local()

    @property
    def whose(self) -> tuple[str, str]:
        """The family and rule that the thread is at work for."""
        found: tuple[str, str] = getattr(self._here, "whose", (OTHER[1], ""))
        return found

    @contextmanager
    def work_for(self, whose: tuple[str, str]) -> Iterator[None]:
        """Count what is asked within the block as ``whose``."""
        before, self._here.whose = self.whose, whose
        try:
            yield
        finally:
            self._here.whose = before


class Counted:
    """A connection whose statements are counted."""

    def __init__(self, con: Any, spent: Spent) -> None:
        self._con, self._spent = con, spent

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._con, name)
        if name == "cursor":
            return lambda: Counted(found(), self._spent)
        return self._counted(found) if name in ASKING else found

    def _counted(self, ask: Callable[..., Any]) -> Callable[..., Any]:
        def asked(*given: Any, **named: Any) -> Any:
            started = time.thread_time()
            try:
                answer = ask(*given, **named)
            finally:
                self._spent.seconds[self._spent.whose] += time.thread_time() - started
            return self if answer is self._con else answer

        return asked


def watch(spent: Spent) -> None:
    """Have every statement of audits in this process counted."""
    opened, evaluated, named = open_connection, evaluating.evaluating, SharedRelations.name

    @contextmanager
    def open_counted(memory: str, threads: int, temp_dir: Path) -> Iterator[Counted]:
        with opened(memory, threads, temp_dir) as con:
            yield Counted(con, spent)

    @contextmanager
    def for_rule(rule: m.Rule) -> Iterator[None]:
        with spent.work_for((rule.family, rule.id)), evaluated(rule):
            yield

    def name(self: SharedRelations, con: Any, prefix: str, *rest: Any) -> str:
        with spent.work_for((OTHER[0], prefix) if prefix in SHARED else spent.whose):
            return named(self, con, prefix, *rest)

    patch.object(pipeline, "open_connection", open_counted).start()
    patch.object(SharedRelations, "name", name).start()
    for room in (ambiguous, candidates, coverage, shares):
        patch.object(room, "evaluating", for_rule).start()


def measure(claims: Path, library: Path | None) -> tuple[Spent, dict[str, Any]]:
    """One audit of ``claims``: what its statements cost, and its run.json."""
    spent = Spent()
    watch(spent)
    with tempfile.TemporaryDirectory(prefix="auditor-statements-") as folder:
        options = pipeline.AuditOptions(
            library=library, use_starter=library is None, reports=False, threads=1
        )
        told = pipeline.run_audit([claims], Path(folder) / "report", options).run
    return spent, told


def report(spent: Spent, told: dict[str, Any], most: int) -> Iterator[str]:
    """The families with what they cost and their part of all evaluations, then the ``most`` dearest rules."""
    by_family: defaultdict[str, float] = defaultdict(float)
    for (family, _), seconds in spent.seconds.items():
        by_family[family] += seconds
    family_of = {rule: family for family, rule in spent.seconds if family not in OTHER}
    looked: defaultdict[str, int] = defaultdict(int)
    for row in told["coverage"]:
        if row and row["rule_id"] in family_of:
            looked[family_of[row["rule_id"]]] += row["evaluated"]
    rules = sum(seconds for family, seconds in by_family.items() if family not in OTHER)
    evaluations = max(sum(looked.values()), 1)
    yield f"statements: {sum(by_family.values()):.1f} s of processor time, of rules' own {rules:.1f}"
    yield f"{'family':<16}{'seconds':>9}{'share':>8}{'of evaluations':>16}"
    for family, seconds in sorted(by_family.items(), key=lambda item: -item[1]):
        if family not in OTHER:
            yield f"{family:<16}{seconds:>9.2f}{seconds / rules:>8.1%}{looked[family] / evaluations:>16.1%}"
    for family in OTHER:
        yield f"{family:<16}{by_family[family]:>9.2f}"
    yield ""
    dearest = sorted(spent.seconds.items(), key=lambda item: -item[1])
    for (family, name), seconds in [item for item in dearest if item[0][0] != OTHER[1]][:most]:
        yield f"{name if family not in OTHER else f'({name})':<16}{seconds:>9.2f}"


def main() -> None:
    """Read the arguments, audit once, print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("claims", type=Path)
    parser.add_argument(
        "--library", type=Path, help="a library with imported tables; else the starter edition"
    )
    parser.add_argument("--rules", type=int, default=15, help="how many of the dearest rules are printed")
    parser.add_argument("--json", type=Path, help="keep the seconds of every rule in this file")
    asked = parser.parse_args()
    spent, told = measure(asked.claims, asked.library)
    sys.stdout.writelines(f"{line}\n" for line in report(spent, told, asked.rules))
    if asked.json:
        kept = {
            f"{family} {name}".strip(): round(seconds, 4) for (family, name), seconds in spent.seconds.items()
        }
        asked.json.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
