"""`auditor score`: precision and recall of an audit of synthetic claims, by rule of the catalogue."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("report", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--truth",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="truth.parquet that `auditor synth` wrote beside the claims.",
)
@click.option("--all", "every", is_flag=True, help="List every disagreement; else the first of each rule.")
def score(report: Path, truth: Path, every: bool) -> None:
    """Hold the findings of an audit of synthetic claims against what was seeded into them.

    Exit 1 when a seeded line was missed, a line without an error was flagged, or a class differs.
    """
    from auditor.base.errors import InputRefused
    from auditor.synth.precision import measure, table

    findings = report / "findings.parquet"
    if not findings.is_file():
        raise InputRefused(
            "the folder holds no findings.parquet", where=report.name, why="It is no report of an audit.",
            mend="Give the folder that `auditor audit --out` wrote.",
        )  # fmt: skip
    found = measure(truth, findings)
    click.echo(table(found.rules))
    click.echo(f"\nNear misses: {found.near_misses:,} lines, {found.near_misses_flagged:,} flagged.")
    told: set[tuple[str, str, str]] = set()
    for item in found.surprises:
        key = (item.what, item.catalogue_id, item.kind)
        if every or key not in told:
            told.add(key)
            place = f"{item.claim_id}/{item.line_no}"
            click.echo(f"{item.what}: {item.catalogue_id}, {item.kind} ({place}): {item.said}")
    if found.surprises:
        raise SystemExit(1)
