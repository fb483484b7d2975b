"""`auditor synth`: claims with seeded errors, made of the edits of the reference tables at hand."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click
import duckdb

from auditor.base.errors import UsageError
from auditor.cli.progress import progress_for
from auditor.reference import Library, default_library
from auditor.synth import Vocabulary, offer_codes, read_vocabulary
from auditor.synth.generate import STARTER_PERIOD, SynthOptions, write_claims
from auditor.workbench.priced_claims import has_fees, price_claims

LARGE_LIBRARY_ROWS = 500_000
SAMPLED_SHARE = 0.35
"""Of a large library's rarer codes, the part that one run draws from."""

_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command()
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder to write to."
)
@click.option("--lines", type=click.IntRange(min=1), help="Number of claim lines.")
@click.option("--seed", type=click.IntRange(min=0), help="Equal seeds give equal bytes.")
@click.option(
    "--catalogue",
    "times",
    type=click.IntRange(1, 999),
    metavar="TIMES",
    help="Instead: every error of the catalogue and its near miss so many times, with a library of the rows they meet.",
)
@click.option(
    "--errors",
    type=click.FloatRange(0, 0.3),
    default=0.02,
    show_default=True,
    help="Part of all lines that an audit should give a finding; 0 writes clean claims only.",
)
@click.option(
    "--library",
    type=click.Path(path_type=Path, file_okay=False),
    help="Reference library whose edits to use (default: your own, else the starter edition).",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "parquet"]),
    default="csv",
    show_default=True,
    help="Claims file.",
)
@click.option(
    "--from", "first", type=_DAY, help="First date of service (default: the newest quarter of MUE values)."
)
@click.option("--to", "last", type=_DAY, help="Last date of service.")
@click.option("--quiet", is_flag=True, help="No progress, no summary.")
def synth(
    out: Path,
    lines: int | None,
    seed: int | None,
    times: int | None,
    errors: float,
    library: Path | None,
    form: str,
    first: datetime | None,
    last: datetime | None,
    quiet: bool,
) -> None:
    """Write synthetic claims with seeded, labelled errors: claims.csv (or .parquet) and truth.parquet.

    No person, provider or payment in them is real. truth.parquet says, line by line, what an audit should find.
    """
    if times is not None:
        if lines is not None or library is not None:
            raise UsageError(
                "--catalogue brings its own lines and library", mend="Leave --lines and --library out."
            )
        _write_catalogue(out, times, quiet)
        return
    if lines is None or seed is None:
        raise UsageError("--lines and --seed are needed", mend="Or give --catalogue TIMES.")
    if (first is None) != (last is None):
        raise UsageError("--from and --to go together")
    opened = open_library(library)
    period = (first.date(), last.date()) if first and last else newest_quarter(opened)
    with progress_for(quiet=quiet) as progress:
        with progress.stage("read reference tables"):
            vocabulary = vocabulary_of(opened, seed, period)
        options = SynthOptions(lines=lines, seed=seed, errors=errors, period=period, format=form)
        result = write_claims(out, vocabulary, options, progress)
        priced = 0
        if has_fees(opened):
            with progress.stage("price by the fee schedule"):
                priced = price_claims(result.claims_file, opened)
    if not quiet:
        click.echo(
            f"{result.lines:,} lines on {result.claims:,} claims, dates of service {period[0]} to {period[1]};"
            f" {result.cases:,} seeded cases, {result.flagged_lines:,} lines with a finding to be found."
        )
        if priced:
            click.echo(
                f"{priced:,} lines are paid by the fee schedule of their locality; other fees are made up."
            )
        click.echo(f"{result.claims_file}\n{result.truth_file}")
        if result.kinds_left_out:
            click.echo(f"Not seeded, for want of edits or dates: {', '.join(result.kinds_left_out)}.")


def _write_catalogue(out: Path, times: int, quiet: bool) -> None:
    from auditor.synth.stories import all_stories
    from auditor.synth.stories.writing import write_stories
    from auditor.workbench.story_library import write_library

    stories = all_stories()
    made, library = write_stories(stories, out, times), out / "library"
    write_library(stories, library, made.npis)
    if not quiet:
        click.echo(f"{made.stories:,} stories told {made.told:,} times on {made.lines:,} lines.")
        click.echo(f"{made.claims}\n{made.truth}\n{library}")


def open_library(folder: Path | None) -> Library:
    """The library in `folder`, else the user's own, else the starter edition where that is empty."""
    if folder is not None:
        return Library.open(folder)
    own = Library.open(default_library())
    return own if own.editions() else Library.starter()


def newest_quarter(library: Library) -> tuple[date, date]:
    """The dates of service for which the newest MUE values answer; MUE answer for their quarter only."""
    spans = [(a.date_from, a.date_to) for a in library.answers() if a.edition.rules_table == "ncci_mue"]
    return max(spans, default=STARTER_PERIOD)


def vocabulary_of(library: Library, seed: int, period: tuple[date, date]) -> Vocabulary:
    """The codes and edits of `library` that claims of `period` can be made of."""
    with duckdb.connect() as con:
        con.execute("SET threads = 2")
        rows = sum(edition.rows for edition in library.editions())
        offer_codes(con, seed=seed, share=1.0 if rows < LARGE_LIBRARY_ROWS else SAMPLED_SHARE)
        library.attach(con, codes_from="synth_code", tables=frozenset({"mpfs_rvu"}))
        return read_vocabulary(con, seed=seed, period=period)
