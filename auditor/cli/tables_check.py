"""`auditor tables check`: what the library answers, its gaps and its age, and what a claims file needs of it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from auditor.base.dates import OPEN_END
from auditor.base.errors import UsageError
from auditor.cli.progress import progress_for
from auditor.cli.rulesets import PackSource
from auditor.cli.tables_shared import (
    DAY,
    format_option,
    library_option,
    print_json,
    print_table,
    until,
)
from auditor.reference import Answer, Library, default_library
from auditor.reference.needs import Need, gaps, needs, spans_of, stale
from auditor.reference.tables import TABLES

_LAST_YEAR = 2200


@click.command("check")
@click.argument("claims", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="[CLAIMS...]")
@library_option
@click.option("--as-of", type=DAY, help="Only what had been published by that day.")
@click.option("--today", type=DAY, help="Day from which age is told (default: today).")
@click.option("--carry-forward", multiple=True, help="Table to use beyond its quarter, named (repeatable).")
@click.option(
    "--line-of-business", default="medicare", show_default=True, help="For claims that do not name theirs."
)
@click.option(
    "--rulesets",
    multiple=True,
    type=PackSource(),
    help="A further folder of rules whose tables are needed (repeatable).",
)
@click.option("--quiet", is_flag=True, help="No progress bars.")
@format_option
def check(
    claims: tuple[Path, ...],
    library: Path | None,
    as_of: datetime | None,
    today: datetime | None,
    carry_forward: tuple[str, ...],
    line_of_business: str,
    rulesets: tuple[Path, ...],
    quiet: bool,
    form: str,
) -> None:
    """Show which editions an audit would use, for which service dates, and what is missing.

    With CLAIMS: which quarters of which tables these claims need, and which of them the library lacks.
    """
    opened = Library.open(library or default_library())
    starter = not opened.editions()
    if starter:
        opened = Library.starter()
    answers = opened.answers(
        as_of=None if as_of is None else as_of.date(), carry_forward=frozenset(carry_forward)
    )
    day = datetime.now().astimezone().date() if today is None else today.date()
    if day.year > _LAST_YEAR:
        raise UsageError(f"--today {day.isoformat()} is too far away")
    asked = _needs(claims, answers, line_of_business, rulesets, quiet) if claims else []
    if form == "json":
        print_json(_as_json(starter, answers, day, asked))
        return
    if starter:
        click.echo("The library is empty: this is the starter edition.")
    _print_answers(answers)
    for line in (*_told_gaps(answers), *_told_age(answers, day, starter)):
        click.echo(line)
    if claims:
        _print_needs(asked)


def _needs(
    claims: Sequence[Path],
    answers: Sequence[Answer],
    line_of_business: str,
    rulesets: Sequence[Path],
    quiet: bool,
) -> list[Need]:
    """What the claims ask. They, and the rules, are read as an audit reads them."""
    from auditor.base.resources import resource_dir
    from auditor.base.scratch import scratch_folder
    from auditor.claims import ReadOptions, open_connection, read_claims
    from auditor.rules.packs import load_packs
    from auditor.rules.reading import asked_of_library, is_about

    rules = load_packs([resource_dir("rulesets"), *rulesets], isolate=True).rules
    options = ReadOptions(line_of_business=line_of_business)
    with (
        progress_for(sys.stderr, quiet=quiet) as progress,
        scratch_folder() as scratch,
        open_connection("2GB", 2, scratch) as con,
    ):
        read_claims(con, claims, options, progress)
        payers = {row[0] for row in con.execute("SELECT DISTINCT payer_id FROM claim_patient").fetchall()}
        return needs(con, answers, asked_of_library(rule for rule in rules if is_about(rule, payers)))


def _print_answers(answers: Sequence[Answer]) -> None:
    rows = [
        (
            a.edition.table,
            a.edition.edition,
            a.date_from.isoformat(),
            until(a.date_to),
            "; ".join(a.edition.remarks),
        )
        for a in answers
    ]
    print_table(("table", "edition", "answers from", "until", "remarks"), rows)
    missing = _without_edition(answers)
    if missing:
        click.echo(f"Nothing answers for: {', '.join(missing)}")


def _without_edition(answers: Sequence[Answer]) -> list[str]:
    """Tables that rules ask and that have no edition."""
    have = {answer.edition.table for answer in answers}
    return sorted(
        name
        for name, table in TABLES.items()
        if table.rules_table and table.programme == "medicare" and name not in have
    )


def _told_gaps(answers: Sequence[Answer]) -> Iterable[str]:
    for gap in gaps(answers):
        span = gap.first if gap.first == gap.last else f"{gap.first} to {gap.last}"
        yield f"Gap: no edition of {gap.table} answers for {span}, between two that do."


def _told_age(answers: Sequence[Answer], day: date, starter: bool) -> Iterable[str]:
    for old in () if starter else stale(answers, day):
        yield (
            f"Old: the newest {old.table} ({old.edition}) is good until {old.until}; since then {old.quarters} "
            f"quarter{'s' if old.quarters != 1 else ''} began. Get the newer: auditor tables fetch"
        )


def _print_needs(asked: Sequence[Need]) -> None:
    click.echo("\nWhat these claims need:")
    if not asked:
        click.echo("  no table: no line is of Medicare or Medicaid with a code, a setting and a date.")
        return
    print_table(
        ("table", "quarter", "lines", "paid", "answered by"),
        [
            (
                need.table,
                need.quarter,
                f"{need.lines:,}",
                f"${need.paid:,.2f}",
                ", ".join(need.editions)
                + (f"{' but ' if need.editions else ''}MISSING for {need.missing:,}" if need.missing else ""),
            )
            for need in asked
        ],
    )
    lacking = {
        need.table: [n.quarter for n in asked if n.table == need.table and n.missing] for need in asked
    }
    told = {table: spans_of(quarters) for table, quarters in lacking.items() if quarters}
    if not told:
        click.echo("Nothing is missing.")
    for table, quarters in told.items():
        lines = sum(need.missing for need in asked if need.table == table)
        click.echo(
            f"Missing: {table} for {quarters} ({lines:,} lines; what it would say of them is not evaluated)"
        )


def _as_json(starter: bool, answers: Sequence[Answer], day: date, asked: Sequence[Need]) -> dict[str, Any]:
    return {
        "starter": starter,
        "today": day.isoformat(),
        "answers": [_answer(a) for a in answers],
        "missing": _without_edition(answers),
        "gaps": [{"table": g.table, "first": g.first, "last": g.last} for g in gaps(answers)],
        "stale": [
            {"table": s.table, "edition": s.edition, "until": s.until.isoformat(), "quarters": s.quarters}
            for s in stale(answers, day)
        ],
        "needs": [
            {
                "table": n.table,
                "quarter": n.quarter,
                "lines": n.lines,
                "paid": str(n.paid),
                "answered": n.answered,
                "missing": n.missing,
                "editions": list(n.editions),
            }
            for n in asked
        ],
    }


def _answer(answer: Answer) -> dict[str, Any]:
    edition = answer.edition
    return {
        "table": edition.table,
        "setting": edition.setting,
        "edition": edition.edition,
        "edition_id": edition.edition_id,
        "date_from": answer.date_from.isoformat(),
        "date_to": None if answer.date_to == OPEN_END else answer.date_to.isoformat(),
        "remarks": list(edition.remarks),
    }
