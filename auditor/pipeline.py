"""An audit from files to report, on one page: read, reconcile, match, reason, check, price, document, render.

Each step is one call into the room that does it. Data flows one way; the tables named in ARCHITECTURE.md stand in one
DuckDB connection that lives as long as the run.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duckdb import DuckDBPyConnection

from auditor.base.beside import Beside
from auditor.base.errors import InputRefused
from auditor.base.output import output_folder
from auditor.base.progress import NullProgress, Progress, RecordingProgress
from auditor.base.resources import resource_dir
from auditor.base.scratch import scratch_folder
from auditor.claims import (
    Extent,
    ReadOptions,
    confine,
    count_ahead,
    open_connection,
    read_claims,
    reconcile,
)
from auditor.claims.crosswalk import crosswalk_told
from auditor.claims.mapping.column_map import NO_MAP, ColumnMap, as_column_map
from auditor.engine.crew import Crew
from auditor.findings import data_quality, reading_told
from auditor.findings.claim_lines import write_claim_lines, write_providers
from auditor.findings.leaving_out import audit_partitions
from auditor.findings.made import Made
from auditor.findings.manifest import add_check, manifest, stages_told
from auditor.findings.partition import Task, finish_check
from auditor.findings.store import write_findings, write_set_aside
from auditor.matching.columns import needed, npis_checked
from auditor.matching.facts import Facts
from auditor.matching.reach import make_reach
from auditor.profiles.replaced_npis import replaced_npis, words_of
from auditor.reference import Library, ReferenceState, default_library
from auditor.rules.optional import without
from auditor.rules.pack_tables import attach_pack_tables
from auditor.rules.packs import RuleSet, load_packs
from auditor.rules.reading import columns_by_code, columns_by_npi, is_about, tables_read

if TYPE_CHECKING:
    from auditor.reports.dress import Dress

CASES_CHECKED = 2_000
"""Cases that every audit evaluates a second time (ENGINE.md)."""


@dataclass(frozen=True)
class AuditOptions:
    """What a user may ask of an audit; the defaults are those of the command line.

    ``profile`` is one of ``internal``, ``external``, ``board``; ``key`` that of its pseudonyms, a fresh one if None.
    """

    library: Path | None = None
    use_starter: bool = False
    rulesets: tuple[Path, ...] = ()
    rules: tuple[str, ...] = ()
    format: str = "auto"
    column_map: ColumnMap = NO_MAP
    line_of_business: str = "medicare"
    payer_id: str | None = None
    as_of: date | None = None
    carry_forward: frozenset[str] = frozenset()
    workers: int = 2
    threads: int | None = None
    memory: str = "4GB"
    partitions: int | None = None
    crosswalk: Path | None = None
    provider_scope: str = "physician"
    cases_checked: int = CASES_CHECKED
    reports: bool = True
    profile: str = "internal"
    key: bytes | None = field(default=None, repr=False)
    dress: Dress | None = None
    previous: Path | None = None
    password: str | None = field(default=None, repr=False)

    def recorded(self) -> dict[str, Any]:
        """What bears on the result, for the run's id (not: memory, workers, paths, what reports are made like)."""
        return {
            "rules": list(self.rules),
            "format": self.format,
            "column_map": as_column_map(self.column_map).recorded(),
            "line_of_business": self.line_of_business,
            "payer_id": self.payer_id,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "carry_forward": sorted(self.carry_forward),
            "provider_scope": self.provider_scope,
            "crosswalk": crosswalk_told(self.crosswalk),
        }


@dataclass(frozen=True)
class RunResult:
    """Where the output is, and the content of its ``run.json``."""

    folder: Path
    run: dict[str, Any]


def run_audit(
    claims: Sequence[Path | str],
    out: Path,
    options: AuditOptions | None = None,
    progress: Progress | None = None,
    crew: Crew | None = None,
) -> RunResult:
    """Audit claims files into the folder ``out`` (CONTRACT.md, output folder).

    ``crew`` are processes that the caller has started already; they are ended with the run.
    Raises InputRefused (exit 3) for what cannot be read, InternalCheckFailed (exit 4) when lines or dollars do not tie
    out or the two evaluators differ; ``out`` then stays as it was.
    """
    options = options or AuditOptions()
    threads = options.threads or os.cpu_count() or 1
    stages = RecordingProgress(progress or NullProgress())
    with (
        scratch_folder() as scratch,
        crew or Crew(options.workers) as hands,
        output_folder(out) as folder,
        open_connection(options.memory, threads, scratch) as con,
        Beside(con, threads) as worker,
    ):
        reading = ReadOptions(
            format=options.format,
            column_map=options.column_map,
            line_of_business=options.line_of_business,
            payer_id=options.payer_id,
            partitions=options.partitions,
            crosswalk=options.crosswalk,
            provider_scope=options.provider_scope,
        )
        ahead = count_ahead(claims)
        coming = _Coming(worker, library_of(options), options, scratch)
        reading = replace(reading, npis=coming.asks_by_npi)
        feed = read_claims(con, claims, reading, stages, coming.start, ahead)
        rules = coming.rules()
        with stages.stage("reconcile"):
            reconciliation = reconcile(con, feed)
        with stages.stage("reference"):
            reference = coming.reference()
        worker.keep_a_thread()
        confine(con, [folder])
        task = replace(
            task_of(con, rules, feed.fields, feed.partitions, options), medicaid=reference.medicaid
        )
        task, tally = audit_partitions(con, task, hands.reasoner, stages, hands.second, worker)
        written = worker.submit(partial(_write_beside, folder))
        with stages.stage("indicators"):
            from auditor.findings import indicators

            assert tally.marked is not None
            marked = tally.marked.result()
            indicators.append(con, marked)
        with stages.stage("write") as stage:
            stage.advance(write_findings(con, folder / "findings.parquet"))
            written.result()
        if options.reports:
            with stages.stage("report"):
                write_claim_lines(con, folder / "claim_lines.parquet")
                write_providers(con, folder / "providers.parquet")
        asked, timed = options.recorded(), stages.records
        made = Made(feed, reconciliation, reference, task, tally, marked.counts, hands.reasoner, asked, timed)
        run = manifest(con, made)
        cells = None
        if options.profile != "internal":
            from auditor.reports import profiled

            with stages.stage("profile"):
                run, cells = profiled(con, folder, run, options.profile, options.key)
        worker.close()
        con.close()
        finish_check(tally, stages)
        add_check(run, tally)
        if options.dress is not None and options.dress.counsel:
            run["counsel_header"] = options.dress.counsel
        shared = run
        if options.reports or cells is not None:
            from auditor.reports import lay_out  # slow to load, not always needed

            with stages.stage("report"):
                shared = lay_out(
                    run, cells, folder, resource_dir("templates"), files=options.reports, dress=options.dress,
                    previous=options.previous, password=options.password,
                )  # fmt: skip
        run["stages"] = stages_told(stages.records)
        (folder / "run.json").write_text(json.dumps(shared, indent=1) + "\n", encoding="utf-8")
    return RunResult(out, run)


class _Coming:
    """What is made ready beside the reading of the claims: the rules, and from when codes are known the tables."""

    def __init__(self, worker: Beside, library: Library, options: AuditOptions, scratch: Path) -> None:
        self._worker, self._library, self._options = worker, library, options
        self._attached: Future[ReferenceState] | None = None
        packs = [resource_dir("rulesets"), *options.rulesets]
        asked = partial(load_packs, packs, options.rules, isolate=True, as_of=options.as_of, scratch=scratch)
        self._loaded = worker.submit(lambda _: asked())

    def rules(self) -> RuleSet:
        """The rules that run. Raises what loading them raised."""
        return self._loaded.result()

    def asks_by_npi(self) -> bool:
        """Whether a rule asks a list of providers that the library has: gathering the NPIs of a feed takes its time."""
        lists = columns_by_npi(self.rules().rules).keys()
        return not lists.isdisjoint(edition.table for edition in self._library.editions())

    def start(self, extent: Extent) -> None:
        """Attach the reference rows, and load the numerical libraries, which takes long and is needed late."""
        self.rules()  # what is wrong with them is told before their tables are asked for
        self._attached = self._worker.submit(partial(self._attach, extent))
        self._worker.submit(lambda _: importlib.import_module("auditor.findings.indicators"))

    def reference(self) -> ReferenceState:
        """The reference rows of the feed's codes, also of rows set aside, which may stand beside an audited line."""
        assert self._attached is not None
        return self._attached.result()

    def _attach(self, extent: Extent, con: DuckDBPyConnection) -> ReferenceState:
        rules = self.rules()
        state = self._library.attach(
            con,
            as_of=self._options.as_of,
            carry_forward=self._options.carry_forward,
            codes_from="claim_code",
            days=extent.days,
            medicaid=extent.is_medicaid,
            tables=tables_read(rules.rules),
            by_code=columns_by_code(rules.rules),
            by_npi=columns_by_npi(rules.rules),
            npis_from="claim_npi",
        )
        if rules.tables:
            attach_pack_tables(con, rules.tables)
        return state


def _write_beside(folder: Path, con: DuckDBPyConnection) -> None:
    """Write what does not hang on findings."""
    write_set_aside(con, folder)
    data_quality.find_odd_values(con)
    data_quality.write_odd_values(con, folder / "data_quality.parquet")
    reading_told.write_diagnostics(con, folder / "diagnostics.parquet")
    reading_told.write_unmatched(con, folder / "unmatched.parquet")


def library_of(options: AuditOptions) -> Library:
    """The library the user names; else the user's own; else, when that is empty, the starter edition."""
    if options.use_starter:
        return Library.starter()
    if options.library is not None:
        if not options.library.is_dir():
            raise InputRefused(
                "the library is not there",
                where=f"--library {options.library.name}",
                why="an audit without tables would look like a clean one",
                mend="name the folder that `auditor tables import` wrote to",
            )
        return Library.open(options.library)
    own = default_library()
    library = Library.open(own) if own.is_dir() else Library.starter()
    return library if library.editions() else Library.starter()


def task_of(con: Any, rules: RuleSet, fields: frozenset[str], partitions: int, options: AuditOptions) -> Task:
    """What each partition is audited with: rules the feed cannot feed are named, not run."""
    payers = {row[0] for row in con.execute("SELECT DISTINCT payer_id FROM claim_patient").fetchall()}
    idle = frozenset(n for n, rule in enumerate(rules.rules) if not is_about(rule, payers))
    lacking = {number: needed(rule) - fields for number, rule in enumerate(rules.rules) if number not in idle}
    missing = {
        number: next((name for name in rules.rules[number].requires if name in names), min(names))
        for number, names in lacking.items()
        if names
    }
    replaced = replaced_npis(con, frozenset().union(*map(npis_checked, rules.rules)) & fields)
    for number, rule in enumerate(rules.rules):
        unknown = sorted(npis_checked(rule) & replaced.keys())
        if unknown and number not in idle:
            missing.setdefault(number, words_of(unknown[0]))
    rules = replace(rules, rules=tuple(without(rule, fields) for rule in rules.rules))
    answers = con.execute(
        "SELECT table_name, setting, date_from, date_to FROM ref_answers ORDER BY ALL"
    ).fetchall()
    make_reach(con)
    facts = Facts(
        dx_ptr_known="dx_ptr" in fields,
        answers=tuple(answers),
        bounded=True,
        marked=options.profile == "external",
    )
    sample = -(-options.cases_checked // partitions)
    return Task(rules, facts, missing, sample, partitions, idle=idle, replaced_npis=replaced)


__all__ = ["AuditOptions", "RunResult", "library_of", "run_audit", "task_of"]
