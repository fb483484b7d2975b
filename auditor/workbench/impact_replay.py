"""Replaying what a change touches: first which patients it can concern, then their lines, with the rules they need.

Cases are patients, so a patient without a possible finding of a touched rule, before or after, has the same findings on
both sides. Of those that have one all lines are evaluated again, and with them the lines of the same patient number
under another payer, which may stand beside them. Where the run's own findings stand for what was before, a rule that
has none on these patients and reads no conclusion has none after, and is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final

from duckdb import DuckDBPyConnection

from auditor.base.beside import Beside
from auditor.base.errors import RuleNotEvaluated
from auditor.base.progress import Progress
from auditor.engine import exchange
from auditor.engine.crew import Crew
from auditor.findings import indicators
from auditor.findings import model as findings_model
from auditor.findings.leaving_out import audit_partitions
from auditor.findings.model import COLUMNS
from auditor.findings.partition import Task, finish_check
from auditor.findings.store import quoted
from auditor.matching import candidates, coverage, presence
from auditor.matching.lines import open_partition
from auditor.profiles import shares
from auditor.rules import model as m
from auditor.workbench.impact_change import Change, names_of
from auditor.workbench.impact_run import EarlierRun

_BLIND: Final = frozenset({"line", "pair", "group", "sum", "total", "absent", "coverage", "claim"})
"""Forms of match that read claims and tables alone; any other may read conclusions of other rules."""
_LISTED: Final = ", ".join(f'"{name}"' for name in COLUMNS)


def reads_conclusions(rule: m.Rule) -> bool:
    """Whether what a rule finds may hang on what other rules, or other findings of its own, conclude."""
    if rule.match is None:
        return False
    lowered = any(variant.class_rule.partner is not None for variant in rule.all_variants)
    return rule.match.form not in _BLIND or rule.unless is not None or lowered


class Touched:
    """Which rules of one side a change touches, by their numbers in its rule set.

    ``whole``: rules whose every possible finding may differ; ``marks``: changed overrides whose marks alone matter;
    ``marked``: rules that these name; ``benchmarks``: touched rules that compare providers. ``task`` loses rules that
    turn out not to be evaluable on these claims.
    """

    def __init__(self, change: Change, task: Task) -> None:
        rules = task.rules.rules
        self.task = task
        self.whole = self._numbers(change, rules, whole=True)
        self.marks = change.marking(task.rules)
        self.marked = self._numbers(change, rules, whole=False) - self.whole if self.marks else frozenset()
        self.benchmarks = frozenset(n for n in self.whole if rules[n].benchmark is not None)

    @staticmethod
    def _numbers(change: Change, rules: tuple[m.Rule, ...], *, whole: bool) -> frozenset[int]:
        return frozenset(n for n, rule in enumerate(rules) if change.touches(names_of(rule), whole=whole))

    @property
    def all(self) -> frozenset[int]:
        """Every touched rule."""
        return self.whole | self.marked

    def without(self, numbers: frozenset[int]) -> frozenset[int]:
        """The numbers of all other rules, and of those that cannot run."""
        return (frozenset(range(len(self.task.rules.rules))) - numbers) | self.task.skipped

    def leave_out(self, error: RuleNotEvaluated) -> None:
        """Go on without the rule that the error names, as an audit does. Raises it where it names none that runs."""
        number = next((n for n, rule in enumerate(self.task.rules.rules) if rule.id == error.rule_id), None)
        if number is None or number in self.task.skipped:
            raise error
        reason = " ".join(str(error).split()).rstrip(".")
        self.task = replace(self.task, refused={**self.task.refused, number: reason})


def create_tables(con: DuckDBPyConnection) -> None:
    """Make the empty table of patients concerned."""
    con.execute("CREATE OR REPLACE TABLE concerned (patient_key INTEGER)")


def find_concerned(
    con: DuckDBPyConnection,
    side: Touched,
    worker: Beside,
    *,
    marks_only: bool = False,
    all_rules: bool = False,
) -> None:
    """Add the patients of ``line`` with a possible finding that the change touches.

    ``marks_only``: only what changed overrides mark. ``all_rules``: also rules that the change does not touch are held
    out where they cannot be evaluated on these claims. What other rules conclude is not known here, so a rule that
    reads conclusions is asked as if every line had fallen: more patients than needed, never fewer.
    """
    rules = side.task.rules.rules
    wanted = side.marked | side.whole if side.marks else frozenset()
    wanted = wanted if marks_only else side.all
    matching = frozenset(n for n in wanted if rules[n].match is not None)
    while True:
        try:
            if all_rules:
                _matcher(con, side, frozenset(range(len(rules)))).refuse_products()
            if matching - side.task.skipped:
                _match(con, side, matching, worker)
                break
            return
        except RuleNotEvaluated as error:
            side.leave_out(error)
            with suppress(RuleNotEvaluated):
                worker.submit(lambda _: None).result()
    whole: list[int] = [] if marks_only else sorted(side.whole)
    con.execute(
        "INSERT INTO concerned SELECT DISTINCT l.patient_key FROM candidate c JOIN line l ON l.line_id = c.line_id "
        "WHERE list_contains($whole, c.rule_no) OR list_contains($marks, c.override_no) "
        "OR list_contains($marks, c.lowered_by)",
        {"whole": whole, "marks": sorted(side.marks)},
    )


def _matcher(con: DuckDBPyConnection, side: Touched, numbers: frozenset[int]) -> candidates.Matcher:
    task = side.task
    return candidates.Matcher(
        con, task.rules.rules, task.rules.overrides, facts=task.facts, skipped=side.without(numbers)
    )


def _match(con: DuckDBPyConnection, side: Touched, numbers: frozenset[int], worker: Beside) -> None:
    """Fill ``candidate`` with all possible findings of these rules. Raises RuleNotEvaluated."""
    candidates.create_tables(con)
    exchange.create_tables(con)
    rules = [side.task.rules.rules[n] for n in numbers]
    if any(reads_conclusions(rule) for rule in rules):
        con.execute("INSERT INTO conclusion SELECT line_id, 1, 0 FROM line")
    matcher = _matcher(con, side, numbers)
    matcher.refuse_products()
    matcher.make_ahead(worker)
    for stratum in sorted({rule.stratum for rule in rules}):
        matcher.match(stratum)
    matcher.unsure()
    matcher.close()


_SAME_PATIENT: Final = (
    "p.patient_id = f.patient_id AND p.payer_id IS NOT DISTINCT FROM f.payer_id "
    "AND p.line_of_business::VARCHAR IS NOT DISTINCT FROM f.line_of_business"
)


def add_found(con: DuckDBPyConnection, run: EarlierRun, change: Change) -> None:
    """Add the patients on whom the run has a finding of a touched rule, which may be at hand no longer."""
    hashes = [digest for id_, digest in run.rules.items() if change.touches(run.variants[id_], whole=True)]
    con.execute(
        f"INSERT INTO concerned SELECT DISTINCT p.patient_key FROM {_run(run)} f JOIN claim_patient p "
        f"ON {_SAME_PATIENT} WHERE list_contains(?, f.rule_hash)",
        [hashes],
    )


def _run(run: EarlierRun) -> str:
    return f"read_parquet({quoted(run.findings)}, hive_partitioning = false)"


def narrow(con: DuckDBPyConnection) -> tuple[int, int]:
    """Leave in ``claim_line`` the lines of the patients concerned; returns how many patients and audited lines."""
    con.execute(
        "CREATE OR REPLACE TABLE replayed AS SELECT patient_key, patient_id, payer_id, line_of_business "
        "FROM claim_patient WHERE patient_id IN "
        "(SELECT patient_id FROM claim_patient JOIN concerned USING (patient_key))"
    )
    con.execute(
        "CREATE OR REPLACE TABLE replayed_line AS SELECT * FROM claim_line "
        "WHERE patient_key IN (SELECT patient_key FROM replayed)"
    )
    con.execute("DROP VIEW IF EXISTS line")
    con.execute("DROP VIEW claim_line")
    con.execute("DELETE FROM claim_column")
    con.execute("CREATE VIEW claim_line AS SELECT * FROM replayed_line")
    row = con.execute(
        "SELECT (SELECT count(*) FROM replayed), count(*) FROM replayed_line WHERE state = 'audited'"
    ).fetchone()
    return row or (0, 0)


def needed(con: DuckDBPyConnection, run: EarlierRun, touched: Touched) -> frozenset[int]:
    """The numbers of the rules that must run on the patients concerned, so that what they find there is whole.

    Those touched, those with a finding there in the run, and those that read conclusions, unless the run could evaluate
    no line by them.
    """
    found = con.execute(
        f"SELECT DISTINCT f.rule_hash FROM {_run(run)} f JOIN replayed p ON {_SAME_PATIENT}"
    ).fetchall()
    hashes = {row[0] for row in found}
    idle = {entry.get("rule_id") for entry in run.told["coverage"] if not entry.get("evaluated")}
    return frozenset(
        n
        for n, rule in enumerate(touched.task.rules.rules)
        if rule.match is not None
        and (n in touched.all or rule.hash in hashes or (reads_conclusions(rule) and rule.id not in idle))
    )


def keep_from_run(con: DuckDBPyConnection, run: EarlierRun, change: Change) -> None:
    """Append to ``finding_before`` what the run found on the patients concerned, and on providers by touched rules."""
    hashes = [digest for id_, digest in run.rules.items() if change.touches(run.variants[id_], whole=True)]
    con.execute(
        f"INSERT INTO finding_before SELECT {_LISTED} FROM {_run(run)} f WHERE "
        f"CASE WHEN f.claim_id IS NULL THEN list_contains($hashes, f.rule_hash) "
        f"ELSE EXISTS (SELECT 1 FROM replayed p WHERE {_SAME_PATIENT}) END",
        {"hashes": hashes},
    )


def replay(
    con: DuckDBPyConnection, task: Task, crew: Crew, worker: Beside, progress: Progress, into: str
) -> tuple[list[coverage.Gap], int]:
    """Evaluate the lines in ``claim_line`` by the rules of ``task`` and append what is found to the table ``into``.

    Returns the lines beside which it cannot be told what stands, and how many cases the second evaluator agreed on.
    Raises InternalCheckFailed (exit 4) where the two evaluators differ.
    """
    task, tally = audit_partitions(con, task, crew.reasoner, progress, crew.second, worker)
    finish_check(tally, progress)
    con.execute(f"INSERT INTO {into} SELECT {_LISTED} FROM finding")
    con.execute("DROP TABLE finding")
    untold = [gap for gap in tally.gaps if gap.reason in presence.REASONS]
    return [
        item for gap in untold for item in (gap, replace(gap, reason="", lines=-gap.lines))
    ], tally.checked


def find_indicators(
    con: DuckDBPyConnection, side: Touched, partitions: int, into: str
) -> Mapping[int, Mapping[str, int]]:
    """Findings on providers by the touched benchmarks, from all lines, into a table ``into``; counts by rule number."""
    findings_model.create_tables(con, (), ())
    counts: Mapping[int, Mapping[str, int]] = {}
    if side.benchmarks:
        others = side.without(side.benchmarks)
        shares.create_tables(con)
        for part in range(partitions):
            open_partition(con, part, partitions)
            shares.count_partition(con, side.task.rules.rules, others)
        counts = indicators.add_indicators(con, side.task.rules.rules, others)
    con.execute(f"CREATE OR REPLACE TABLE {into} AS SELECT {_LISTED} FROM finding")
    con.execute("DROP TABLE finding")
    return counts


def measure(con: DuckDBPyConnection, side: Touched) -> list[coverage.Gap]:
    """What the touched rules could look at among the lines in ``line``; rules keep their numbers."""
    numbers = sorted(n for n in side.all if side.task.rules.rules[n].match is not None)
    rules = [side.task.rules.rules[n] for n in numbers]
    missing = {at: side.task.missing[n] for at, n in enumerate(numbers) if n in side.task.missing}
    idle = frozenset(at for at, n in enumerate(numbers) if n in side.task.idle)
    gaps = coverage.measure(con, rules, side.task.facts, missing, idle)
    return [replace(gap, rule_no=numbers[gap.rule_no]) for gap in gaps]
