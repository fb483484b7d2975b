"""One partition from lines to findings: match, reason, check, price. A partition is the unit of everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from duckdb import DuckDBPyConnection

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


@dataclass
class Tally:
    """What has been counted over the partitions so far."""

    next_cand: int = 1
    checked: int = 0
    disagreements: int = 0
    too_large: int = 0
    gaps: list[coverage.Gap] = field(default_factory=list)


@dataclass(frozen=True)
class Task:
    """What every partition is audited with. ``missing`` names, by rule number, the field that the feed lacks."""

    rules: RuleSet
    facts: Facts
    missing: Mapping[int, str]
    sample: int
    partitions: int

    @property
    def skipped(self) -> frozenset[int]:
        """Rules that cannot run on this feed."""
        return frozenset(self.missing)


def audit_partition(
    con: DuckDBPyConnection,
    part: int,
    task: Task,
    reasoner: Reasoner,
    tally: Tally,
    progress: Progress,
    second: SecondOpinion | None = None,
) -> None:
    """Audit one partition; appends to ``finding`` and ``provider_count`` and adds to ``tally``.

    Raises InternalCheckFailed (exit 4) when the two evaluators differ.
    """
    rules: tuple[m.Rule, ...] = task.rules.rules
    lines = open_partition(con, part, task.partitions)
    candidates.create_tables(con)
    exchange.create_tables(con)
    matcher = candidates.Matcher(
        con, rules, task.rules.overrides, facts=task.facts, skipped=task.skipped, first_cand=tally.next_cand
    )
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
    with progress.stage("check"):
        comparison = agreement.begin(
            con,
            rules,
            task.rules.overrides,
            task.skipped,
            task.facts,
            task.sample,
            second or SecondOpinion(0),
        )
    with progress.stage("price") as stage:
        stage.advance(assemble(con))
    with progress.stage("coverage") as stage:
        tally.gaps += coverage.measure(con, rules, task.facts, dict(task.missing))
        tally.gaps += coverage.untold(con, rules)
        shares.count_partition(con, rules, task.skipped)
        stage.advance(lines)
    with progress.stage("check") as stage:
        agreed = comparison.finish()
        stage.advance(agreed.checked)
    tally.next_cand = matcher.next_cand
    tally.checked += agreed.checked
    tally.too_large += agreed.too_large
    tally.disagreements += agreed.disagreements
