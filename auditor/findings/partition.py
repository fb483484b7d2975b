"""One partition from lines to findings: match, reason, check, price. A partition is the unit of everything."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from duckdb import DuckDBPyConnection

from auditor.base.beside import Beside
from auditor.base.progress import Progress
from auditor.engine import agreement, exchange
from auditor.engine.second_opinion import SecondOpinion
from auditor.engine.workers import Reasoner
from auditor.findings.assemble import assemble
from auditor.matching import candidates, coverage
from auditor.matching.facts import Facts
from auditor.matching.lines import open_partition
from auditor.profiles import shares
from auditor.rules import model as m
from auditor.rules.packs import RuleSet

if TYPE_CHECKING:
    from auditor.findings.indicators import Indicators


@dataclass
class Tally:
    """What has been counted over the partitions so far."""

    next_cand: int = 1
    checked: int = 0
    disagreements: int = 0
    too_large: int = 0
    gaps: list[coverage.Gap] = field(default_factory=list)
    asked: Future[agreement.Comparison] | None = None
    marked: Future[Indicators] | None = None


@dataclass(frozen=True)
class Task:
    """What every partition is audited with. ``missing`` names, by rule number, the field that the feed lacks.

    ``medicaid``: (table of the rules, setting) for which Medicaid's own edits answer. ``refused`` says, by rule number,
    why a rule cannot be evaluated on these claims although they have its fields (see ``findings.leaving_out``).
    ``idle`` are rules of payers that no line is of: they are not run, and nothing is missing for them.
    ``replaced_npis``: columns most of whose NPIs have no check digit: how many of them, of how many.
    """

    rules: RuleSet
    facts: Facts
    missing: Mapping[int, str]
    sample: int
    partitions: int
    medicaid: frozenset[tuple[str, str]] = frozenset()
    refused: Mapping[int, str] = field(default_factory=dict)
    idle: frozenset[int] = frozenset()
    replaced_npis: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def skipped(self) -> frozenset[int]:
        """Rules that cannot run on this feed."""
        return frozenset(self.missing) | frozenset(self.refused) | self.idle


def audit_partition(
    con: DuckDBPyConnection,
    part: int,
    task: Task,
    reasoner: Reasoner,
    tally: Tally,
    progress: Progress,
    second: SecondOpinion | None = None,
    worker: Beside | None = None,
) -> None:
    """Audit one partition; appends to ``finding`` and ``provider_count`` and adds to ``tally``.

    With the last one, the indicators are sought beside it and left in ``tally`` for the caller to append.
    The second evaluator's answer is left to come: :func:`finish_check` waits for it, at the latest before the next
    partition is given to it.
    """
    rules: tuple[m.Rule, ...] = task.rules.rules
    if tally.asked is not None:
        tally.asked.result()  # reads the lines of the partition before
    lines = open_partition(con, part, task.partitions)
    candidates.create_tables(con)
    exchange.create_tables(con)
    matcher = candidates.Matcher(
        con, rules, task.rules.overrides, facts=task.facts, skipped=task.skipped, first_cand=tally.next_cand
    )
    worker = worker or Beside(con, 1)
    matcher.price_ahead(worker)
    matcher.refuse_products()
    matcher.make_ahead(worker)
    drawn = worker.submit(agreement.draw)
    covered = worker.submit(partial(_count_lines, rules, task))
    if part == task.partitions - 1:
        tally.marked = worker.submit(partial(_find_indicators, rules, task))
    for stratum in sorted({rule.stratum for rule in rules if rule.match is not None}):
        first = matcher.next_cand
        with progress.stage("match") as stage:
            found = matcher.match(stratum)
            stage.advance(found)
        if found:
            with progress.stage("reason") as stage:
                exchange.store(con, reasoner.reason(*exchange.fetch(con, first)))
                stage.advance(found)
    matcher.unsure()
    matcher.close()
    finish_check(tally, progress)
    drawn.result()
    tally.asked = worker.submit(partial(_ask_second, task, second or SecondOpinion(0)))
    with progress.stage("price") as stage:
        stage.advance(assemble(con, task.medicaid, marked=task.facts.marked))
    with progress.stage("coverage") as stage:
        tally.gaps += covered.result()
        tally.gaps += coverage.untold(con, rules)
        stage.advance(lines)
    tally.next_cand = matcher.next_cand


def finish_check(tally: Tally, progress: Progress) -> None:
    """Wait for the second evaluator's answer on the last partition and compare.

    Raises InternalCheckFailed (exit 4) when the two evaluators differ.
    """
    if tally.asked is None:
        return
    with progress.stage("check") as stage:
        agreed = tally.asked.result().finish()
        stage.advance(agreed.checked)
    tally.asked = None
    tally.checked += agreed.checked
    tally.too_large += agreed.too_large
    tally.disagreements += agreed.disagreements


def _count_lines(rules: tuple[m.Rule, ...], task: Task, con: DuckDBPyConnection) -> list[coverage.Gap]:
    """What is counted of the lines whatever their candidates: what each rule could look at, and shares by provider."""
    out = dict.fromkeys(
        task.refused, "leave"
    )  # a word for any field: all lines of the rule count as not evaluated
    gaps = coverage.measure(con, rules, task.facts, {**task.missing, **out}, task.idle)
    shares.count_partition(con, rules, task.skipped)
    return gaps


def _find_indicators(rules: tuple[m.Rule, ...], task: Task, con: DuckDBPyConnection) -> Indicators:
    from auditor.findings.indicators import find_indicators  # slow to load; by now it is

    return find_indicators(rules, task.skipped, con, marked=task.facts.marked)


def _ask_second(task: Task, second: SecondOpinion, con: DuckDBPyConnection) -> agreement.Comparison:
    rules = task.rules
    return agreement.begin(con, rules.rules, rules.overrides, task.skipped, task.facts, task.sample, second)
