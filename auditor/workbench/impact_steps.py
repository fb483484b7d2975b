"""The steps of an impact: read the claims, find the patients concerned, evaluate them, compare.

The connection has what a run's has (ARCHITECTURE.md); ``concerned``, ``replayed``, ``finding_before``,
``finding_after`` and ``difference`` are made here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from duckdb import DuckDBPyConnection

from auditor.base.beside import Beside
from auditor.base.progress import Progress
from auditor.claims import Extent, ReadOptions, confine, count_ahead, read_claims
from auditor.claims.feed import LINES_PER_PARTITION
from auditor.claims.mapping.column_map import as_column_map
from auditor.engine.crew import Crew
from auditor.findings.model import COLUMNS
from auditor.findings.partition import Task
from auditor.matching.coverage import Gap
from auditor.matching.lines import open_partition
from auditor.pipeline import task_of
from auditor.reference import ReferenceState
from auditor.rules import model as m
from auditor.rules.pack_tables import attach_pack_tables
from auditor.workbench import impact_differences as differences
from auditor.workbench import impact_replay as replaying
from auditor.workbench.impact_cases import samples
from auditor.workbench.impact_change import Change
from auditor.workbench.impact_model import Impact
from auditor.workbench.impact_reach import looked_at, reach
from auditor.workbench.impact_replay import Touched
from auditor.workbench.impact_run import EarlierRun
from auditor.workbench.impact_tables import RunLibrary

_COLUMNS = ", ".join(f'"{name}" {kind}' for name, kind in COLUMNS.items())


@dataclass(frozen=True)
class Asked:
    """What is replayed: ``trusted`` tells whether the run's own findings stand for what was before."""

    run: EarlierRun
    change: Change
    library: RunLibrary
    trusted: bool
    partitions: int | None
    cases_checked: int


@dataclass
class _Side:
    """One side of the change: its touched rules, the table of its findings, and what was counted of its rules."""

    touched: Touched
    into: str
    gaps: list[Gap] = field(default_factory=list)
    counted: Mapping[int, Mapping[str, int]] = field(default_factory=dict)


@dataclass
class Replay:
    """The replay over one connection; :meth:`measure` may be called once."""

    con: DuckDBPyConnection
    worker: Beside
    hands: Crew
    progress: Progress
    asked: Asked

    def measure(self, claims: Sequence[Path], notes: Sequence[str]) -> Impact:
        """Read the claims, replay what the change touches, and compare."""
        con, asked = self.con, self.asked
        before, after, partitions = self._lay_out(claims)
        evaluated = [after] if asked.trusted else [before, after]
        for side in (before, after):
            con.execute(f"CREATE OR REPLACE TABLE {side.into} ({_COLUMNS})")
        with self.progress.stage("find patients concerned") as stage:
            for side in evaluated:
                self._use(side)
                side.counted = replaying.find_indicators(con, side.touched, partitions, side.into)
            lines = self._find_concerned(before, evaluated, partitions)
            patients = _one(con, "SELECT count(DISTINCT patient_key) FROM claim_row WHERE state = 'audited'")
            patients_replayed, lines_replayed = replaying.narrow(con)
            stage.advance(lines)
        if asked.trusted:
            replaying.keep_from_run(con, asked.run, asked.change)
        checked = 0
        ran: tuple[m.Rule, ...] = ()
        for side in evaluated:
            self._use(side)
            task = self._task(side.touched, lines_replayed)
            untold, agreed = replaying.replay(con, task, self.hands, self.worker, self.progress, side.into)
            checked, ran = checked + agreed, task.rules.rules
            numbers = {rule.id: n for n, rule in enumerate(side.touched.task.rules.rules)}
            side.gaps += [replace(gap, rule_no=numbers[ran[gap.rule_no].id]) for gap in untold]
        with self.progress.stage("compare"):
            differences.find_differences(con)
            found = differences.listed(con)
            return Impact(
                run_id=asked.run.run_id,
                changed=asked.change.items,
                notes=tuple(notes),
                replayed=True,
                trusted=asked.trusted,
                accepted=bool(asked.change.differing),
                patients=patients,
                patients_replayed=patients_replayed,
                lines=lines,
                lines_replayed=lines_replayed,
                rules=len(after.touched.task.rules.rules),
                rules_replayed=tuple(sorted(rule.id for rule in ran)),
                checked=checked,
                amounts=differences.amounts(con, asked.run if asked.trusted else None),
                by_rule=differences.shares(con, "rule_id"),
                by_provider=differences.shares(con, "provider", differences.MOST_PROVIDERS),
                providers=differences.providers(con),
                reach=reach(
                    asked.change,
                    None if asked.trusted else looked_at(before.touched, before.gaps, before.counted),
                    looked_at(after.touched, after.gaps, after.counted),
                    asked.run,
                ),
                differences=tuple(found),
                samples=samples(con, asked.change.items),
                counts=differences.counts(con),
            )

    def _lay_out(self, claims: Sequence[Path]) -> tuple[_Side, _Side, int]:
        """Read the claims, beside which the reference rows are attached; the two sides, and how many partitions."""
        options, library = self.asked.run.options, self.asked.library
        reading = ReadOptions(
            format=options.get("format") or "auto",
            column_map=as_column_map(options.get("column_map")),
            line_of_business=library.options.line_of_business,
            payer_id=options.get("payer_id"),
            provider_scope=options.get("provider_scope") or "physician",
            partitions=self.asked.partitions,
        )
        coming: list[Future[ReferenceState]] = []

        def coded(extent: Extent) -> None:
            coming.append(self.worker.submit(partial(library.attach, extent)))

        feed = read_claims(self.con, claims, reading, self.progress, coded, count_ahead(claims))
        reference = coming[0].result()
        confine(self.con, [self.asked.run.folder])
        sides = []
        for rules, into in (
            (self.asked.change.before, "finding_before"),
            (self.asked.change.after, "finding_after"),
        ):
            task = task_of(self.con, rules, feed.fields, feed.partitions, library.options)
            sides.append(_Side(Touched(self.asked.change, replace(task, medicaid=reference.medicaid)), into))
        return sides[0], sides[1], feed.partitions

    def _use(self, side: _Side) -> None:
        """Lay the tables of packs before the rules of a side, where they are not the same on both."""
        change = self.asked.change
        if change.before.tables != change.after.tables:
            attach_pack_tables(self.con, side.touched.task.rules.tables)

    def _find_concerned(self, before: _Side, evaluated: Sequence[_Side], partitions: int) -> int:
        """Find the patients concerned and count what touched rules could look at; returns how many lines there are."""
        con = self.con
        replaying.create_tables(con)
        if self.asked.trusted:
            replaying.add_found(con, self.asked.run, self.asked.change)
        lines = 0
        for part in range(partitions):
            lines += open_partition(con, part, partitions)
            for side in evaluated:
                self._use(side)
                counting = self.worker.submit(partial(_measure, side.touched))
                replaying.find_concerned(con, side.touched, self.worker, all_rules=not self.asked.trusted)
                side.gaps += counting.result()
            if self.asked.trusted and before.touched.marks:
                self._use(before)
                replaying.find_concerned(con, before.touched, self.worker, marks_only=True)
        return lines

    def _task(self, touched: Touched, lines: int) -> Task:
        """What the patients concerned are evaluated with: the rules needed there, and no comparison of providers."""
        task = touched.task
        if self.asked.trusted:
            numbers = sorted(replaying.needed(self.con, self.asked.run, touched))
        else:
            numbers = [n for n, rule in enumerate(task.rules.rules) if rule.match is not None]
        partitions = 1 if lines <= LINES_PER_PARTITION else task.partitions
        return replace(
            task,
            rules=replace(task.rules, rules=tuple(task.rules.rules[n] for n in numbers)),
            missing={at: task.missing[n] for at, n in enumerate(numbers) if n in task.missing},
            refused={at: task.refused[n] for at, n in enumerate(numbers) if n in task.refused},
            idle=frozenset(at for at, n in enumerate(numbers) if n in task.idle),
            partitions=partitions,
            sample=-(-self.asked.cases_checked // partitions),
        )


def _measure(touched: Touched, con: DuckDBPyConnection) -> list[Gap]:
    return replaying.measure(con, touched)


def _one(con: DuckDBPyConnection, query: str) -> int:
    row = con.execute(query).fetchone()
    return int(row[0]) if row else 0
