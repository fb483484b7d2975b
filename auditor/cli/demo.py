"""`auditor demo`: synthetic claims with seeded errors, audited, and how many of the errors were found."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("demo-report"),
    show_default=True,
    help="Folder to write the result to.",
)
@click.option(
    "--lines", type=click.IntRange(500, 200_000), default=5_000, show_default=True, help="Claim lines."
)
@click.option("--seed", type=int, default=2024, show_default=True, help="Seed of the synthetic claims.")
@click.option("--quiet", is_flag=True, help="No progress, no summary.")
def demo(out: Path, lines: int, seed: int, quiet: bool) -> None:
    """Audit synthetic claims against the starter edition; no tables and no real data are needed."""
    from auditor.cli.audit import summarise
    from auditor.cli.progress import progress_for
    from auditor.cli.synth import newest_quarter, vocabulary_of
    from auditor.pipeline import AuditOptions, run_audit
    from auditor.reference import Library
    from auditor.synth import demo_claims, score

    starter = Library.starter()
    with tempfile.TemporaryDirectory(prefix="auditor-demo-") as scratch:
        made = demo_claims(
            Path(scratch), vocabulary_of(starter, seed, newest_quarter(starter)), lines=lines, seed=seed
        )
        with progress_for(quiet=quiet) as progress:
            result = run_audit([made.claims_file], out, AuditOptions(use_starter=True), progress)
        found = score(made.truth_file, result.folder / "findings.parquet")
    if not quiet:
        summarise(result.run, result.folder)
    click.echo(found.sentence())
