"""What the reader sees of claims before any audit: the profile of the feed, and what each rule can do with it.

The claims are read, reconciled and laid beside the tables as an audit does it; no line is matched and no engine runs.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from auditor.base.progress import NullProgress, Progress
from auditor.base.resources import resource_dir
from auditor.base.scratch import scratch_folder
from auditor.claims import (
    ClaimsFeed,
    Extent,
    ReadOptions,
    confine,
    count_ahead,
    open_connection,
    read_claims,
    reconcile,
)
from auditor.claims.profile.model import ClaimsProfile
from auditor.claims.profile.profiling import profile_claims
from auditor.findings import data_quality
from auditor.pipeline import AuditOptions, library_of, task_of
from auditor.profiles.feed_fields import Use, fields_used
from auditor.profiles.feed_rules import Readiness, rules_on_feed
from auditor.reference import Library, ReferenceState
from auditor.reference.needs import Need, needs
from auditor.rules.pack_tables import attach_pack_tables
from auditor.rules.packs import RuleSet, load_packs
from auditor.rules.reading import asked_of_library, columns_by_code, columns_by_npi, is_about, tables_read


@dataclass(frozen=True)
class Inspection:
    """All that is told of a feed. ``uses`` are by field of `claim_line`; ``checks`` as run.json's ``data_quality``.

    ``needs`` are the tables of the library that the lines ask, by quarter, and ``reference`` what was laid beside them.
    ``broken`` are (pack, what is wrong with it) of packs that were left out.
    """

    feed: ClaimsFeed
    profile: ClaimsProfile
    rules: tuple[Readiness, ...]
    uses: Mapping[str, Use]
    needs: tuple[Need, ...]
    reference: ReferenceState
    checks: tuple[Mapping[str, Any], ...]
    broken: tuple[tuple[str, str], ...] = ()


def inspect_claims(
    claims: Sequence[Path | str], options: AuditOptions | None = None, progress: Progress | None = None
) -> Inspection:
    """Read claims (files, folders, patterns, URLs) and tell what is in them.

    ``options`` are an audit's: of them counts what bears on reading, tables and rules.

    Raises InputRefused (exit 3) for what cannot be read, UsageError (exit 2) for options that make no sense,
    InternalCheckFailed (exit 4) when lines or dollars do not tie out.
    """
    options = options or AuditOptions()
    progress = progress or NullProgress()
    with (
        scratch_folder() as scratch,
        open_connection(options.memory, options.threads or os.cpu_count() or 1, scratch) as con,
    ):
        packs = [resource_dir("rulesets"), *options.rulesets]
        rules = load_packs(packs, options.rules, isolate=True, as_of=options.as_of, scratch=scratch)
        library = library_of(options)
        extents: list[Extent] = []
        ahead = count_ahead(claims)
        feed = read_claims(con, claims, _reading(options), progress, extents.append, ahead)
        with progress.stage("reconcile"):
            accounts = reconcile(con, feed)
        with progress.stage("reference"):
            reference = _attach(con, library, options, rules, extents[-1])
            asked = _needs(con, library, options, rules)
        confine(con, [scratch])
        with progress.stage("profile") as stage:
            profile = profile_claims(con, feed, accounts)
            data_quality.find_odd_values(con)
            stage.advance(accounts.lines_audited)
        with progress.stage("rules") as stage:
            task = task_of(con, rules, feed.fields, feed.partitions, options)
            ready = rules_on_feed(
                con, rules.rules, task.facts, feed.fields, task.missing, task.idle, feed.partitions
            )
            stage.advance(accounts.lines_audited)
        return Inspection(
            feed,
            profile,
            (*ready, *_unread(rules)),
            fields_used(rules.rules),
            tuple(asked),
            reference,
            tuple(data_quality.listed(con)),
            tuple((pack.name, pack.broken) for pack in rules.broken),
        )


def _reading(options: AuditOptions) -> ReadOptions:
    """What of an audit's options bears on reading: those of the same name."""
    shared = {item.name for item in fields(ReadOptions)} & {item.name for item in fields(AuditOptions)}
    return ReadOptions(**{name: getattr(options, name) for name in shared})


def _attach(
    con: DuckDBPyConnection, library: Library, options: AuditOptions, rules: RuleSet, extent: Extent
) -> ReferenceState:
    """Lay the reference rows of the claims' codes before them, as an audit does."""
    state = library.attach(
        con,
        as_of=options.as_of,
        carry_forward=options.carry_forward,
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


def _needs(con: DuckDBPyConnection, library: Library, options: AuditOptions, rules: RuleSet) -> list[Need]:
    """Which tables and quarters the audited lines ask, and what answers."""
    answers = library.answers(as_of=options.as_of, carry_forward=options.carry_forward)
    payers = {row[0] for row in con.execute("SELECT DISTINCT payer_id FROM claim_patient").fetchall()}
    return needs(con, answers, asked_of_library(rule for rule in rules.rules if is_about(rule, payers)))


def _unread(rules: RuleSet) -> list[Readiness]:
    """The rules of packs that were left out, as far as their files could be read."""
    names = {pack.id: pack.name for pack in rules.broken}
    return [
        Readiness(
            item.id, item.title, item.family, "left out", "claim lines", None, 0, None, 0, (), (),
            f"its pack {names.get(item.pack, item.pack)} is broken and was left out",
        )
        for item in rules.unread
    ]  # fmt: skip
