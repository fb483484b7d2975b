"""The impact of a change of rules on an earlier run: what it adds, removes and changes, before it goes live.

The claims are read again, and proved to be those of the run; nothing of them is kept. Only what the change touches is
evaluated (`impact_replay`), and the answer is exactly the difference of two whole audits: a test holds it to that.
Where the run was made by this very program, its own findings stand for what was before. Where it was not, or where the
user accepts other rules or editions than the run's, both sides are evaluated afresh.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

from auditor.base.beside import Beside
from auditor.base.errors import InputRefused, UsageError
from auditor.base.progress import NullProgress, Progress
from auditor.base.resources import resource_dir
from auditor.base.scratch import scratch_folder
from auditor.claims import open_connection
from auditor.engine.crew import Crew
from auditor.findings.store import quoted
from auditor.workbench.impact_change import Change, read_change
from auditor.workbench.impact_model import Impact
from auditor.workbench.impact_run import EarlierRun, claims_of, read_earlier
from auditor.workbench.impact_steps import Asked, Replay
from auditor.workbench.impact_tables import RunLibrary

CASES_CHECKED = 500
"""Cases that a replay evaluates a second time; the audit that follows the change checks more."""


@dataclass(frozen=True)
class ImpactRequest:
    """What a user asks: the change, the run, and where claims, tables and rules of the run are at hand.

    ``accept`` takes the rules and editions at hand in place of the run's where these are not.
    """

    run: Path
    changed: tuple[Path, ...] = ()
    without: tuple[str, ...] = ()
    claims: tuple[Path, ...] = ()
    library: Path | None = None
    rulesets: tuple[Path, ...] = ()
    accept: bool = False
    workers: int = 2
    threads: int | None = None
    memory: str = "4GB"
    partitions: int | None = None
    cases_checked: int = CASES_CHECKED


def measure_impact(
    request: ImpactRequest, progress: Progress | None = None, crew: Crew | None = None
) -> Impact:
    """Say what a change of rules does to an earlier run.

    Raises InputRefused (exit 3) where the run, its claims, its editions or its rules are not at hand or do not load,
    UsageError (exit 2) for a call that makes no sense, InternalCheckFailed (exit 4) where the two evaluators differ.
    """
    if not request.changed and not request.without:
        raise UsageError(
            "no change is named", mend="name a changed rule file or folder, or take a rule out with --without"
        )
    threads = request.threads or os.cpu_count() or 1
    with scratch_folder() as scratch, crew or Crew(request.workers) as hands:
        run = read_earlier(request.run)
        _check_persons(run)
        folders = [resource_dir("rulesets"), *request.rulesets]
        change = read_change(run, request.changed, request.without, folders, scratch)
        notes = _check_rules(run, change, accept=request.accept)
        notes += [*change.notes, *(f"Table {name} is not as it was in the run." for name in change.tables)]
        if not change.decides:
            return _nothing(run, change, notes)
        library = RunLibrary(run, change, request.library, accept=request.accept)
        trusted = run.by_this_program and not change.differing and not library.accepted
        notes += library.notes if trusted else [*library.notes, *_check_before(run, change)]
        claims = claims_of(run, request.claims)
        asked = Asked(run, change, library, trusted, request.partitions, request.cases_checked)
        with (
            open_connection(request.memory, threads, scratch) as con,
            Beside(con, threads) as worker,
        ):
            return Replay(con, worker, hands, progress or NullProgress(), asked).measure(claims, notes)


def _check_persons(run: EarlierRun) -> None:
    """Raises InputRefused for a run whose patients a crosswalk joined: the run keeps its hash alone."""
    if run.options.get("crosswalk"):
        raise InputRefused(
            "the run joined the numbers of patients by a crosswalk",
            where=run.folder.name,
            why="a run keeps the hash of that file and not the file, and without it other lines would be one patient's",
            mend="audit the claims with the changed rules and that crosswalk, and see `auditor compare`",
        )


def _check_rules(run: EarlierRun, change: Change, *, accept: bool) -> list[str]:
    if not change.differing:
        return []
    told = "; ".join(change.differing[:5]) + (
        f"; and {len(change.differing) - 5} more" if len(change.differing) > 5 else ""
    )
    tables = any(item.startswith("table ") for item in change.differing)
    if not accept:
        raise InputRefused(
            f"the rules at hand are not those of the run: {told}",
            where=run.folder.name,
            why="what they find otherwise would be taken for the work of the change",
            mend=(
                "to see what a table of a pack does, name its file or the folder of the pack as the change; "
                * tables
            )
            + "name the folders that the run used with --rulesets, name the others as part of the change, or take "
            "the rules at hand for both sides with --accept",
        )
    notes = [f"The rules at hand stand on both sides where they are not those of the run: {told}."]
    if tables:
        notes.append(
            "What a table at hand does otherwise than the run's is not told here: name its file, or the folder of its "
            "pack, as the change."
        )
    return notes


def _check_before(run: EarlierRun, change: Change) -> list[str]:
    """Where the run's findings cannot stand for what was before, all versions of the run's rules must be at hand."""
    why = (
        "other rules or tables than the run's were accepted"
        if run.by_this_program
        else "the run was made by another version of the program"
    )
    if change.lost:
        raise InputRefused(
            f"the version of {change.lost[0]} that the run used is not at hand",
            where=run.folder.name,
            why=f"{why}, so that its findings must be found afresh",
            mend="keep the earlier file beside the changed one and name its folder with --rulesets, or audit again",
        )
    return [
        f"What was before is evaluated afresh, because {why}; figures are of the patients concerned alone."
    ]


def _nothing(run: EarlierRun, change: Change, notes: list[str]) -> Impact:
    """The answer where nothing that decides a finding has changed: at once, without any claims."""
    hashes = [item.was for item in change.items if item.was and item.was != item.now]
    with duckdb.connect() as con:
        row = con.execute(
            f"SELECT count(*) FROM read_parquet({quoted(run.findings)}, hive_partitioning = false) "
            "WHERE list_contains(?, rule_hash)",
            [hashes],
        ).fetchone()
    return Impact(
        run.run_id,
        change.items,
        tuple(notes),
        replayed=False,
        trusted=True,
        retold=row[0] if row else 0,
        accepted=bool(change.differing),
    )
