"""`auditor compare RUN_A RUN_B`: which findings differ between two audits, and which replaced rows explain it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli.tables_shared import format_option, library_option, print_json

if TYPE_CHECKING:
    from auditor.review.compare import Comparison, Difference

_SHOWN = 50


@click.command("compare")
@click.argument("run_a", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("run_b", type=click.Path(exists=True, file_okay=False, path_type=Path))
@library_option
@click.option("--limit", type=click.IntRange(0), default=_SHOWN, show_default=True, help="Findings to print.")
@format_option
def compare(run_a: Path, run_b: Path, library: Path | None, limit: int, form: str) -> None:
    """Compare two output folders of `auditor audit`, finding by finding, row by row."""
    from auditor.reference import Library, default_library
    from auditor.review.compare import compare_runs

    found = compare_runs(run_a, run_b, Library.open(library or default_library()))
    if form == "json":
        print_json(as_json(found))
    else:
        print_comparison(found, limit)


def print_comparison(found: Comparison, limit: int = _SHOWN) -> None:
    """What differs, in lines for a person."""
    for condition in found.conditions:
        click.echo(f"Differs: {condition}")
    for edition in found.editions:
        click.echo(f"Tables: {edition}")
    differing = len(found.differences)
    recited = f" ({found.recited:,} of them cite a row that changed)" if found.recited else ""
    click.echo(
        f"{found.same:,} findings are the same{recited}, {differing:,} differ; "
        f"{differing - len(found.unexplained):,} of these by replaced rows of the tables, "
        f"{len(found.unexplained):,} otherwise."
    )
    for difference in found.differences[:limit]:
        click.echo(f"  {_told(difference)}")
    if differing > limit:
        click.echo(f"  ... and {differing - limit:,} more (--limit, or --format json for all)")


def _told(difference: Difference) -> str:
    finding = difference.finding
    place = f"{finding.rule_id} claim {finding.claim_id} line {finding.line_no} of {finding.service_date}"
    if not finding.claim_id:
        place = f"{finding.rule_id} on a provider ({finding.finding_id})"
    return f"{difference.change}: {place}, {_verdicts(difference)}; {_reason(difference)}"


def _verdicts(difference: Difference) -> str:
    sides = [
        f"{side.verdict} {side.finding_class} ${side.exposure:,.2f}" if side is not None else "-"
        for side in (difference.before, difference.after)
    ]
    return " -> ".join(sides)


def _reason(difference: Difference) -> str:
    if difference.rows:
        return "row " + "; row ".join(row.told() for row in difference.rows)
    if difference.through:
        return f"through finding {difference.through}"
    return "not explained by a replaced row"


def as_json(found: Comparison) -> dict[str, Any]:
    """The comparison as plain JSON values."""
    return {
        "run_a": found.run_before,
        "run_b": found.run_after,
        "conditions": found.conditions,
        "tables": found.editions,
        "same": found.same,
        "same_citing_changed_rows": found.recited,
        "differences": [
            {
                "change": difference.change,
                "finding_id": difference.finding.finding_id,
                "rule_id": difference.finding.rule_id,
                "claim_id": difference.finding.claim_id or None,
                "line_no": difference.finding.line_no or None,
                "service_date": difference.finding.service_date,
                "before": _side(difference.before),
                "after": _side(difference.after),
                "rows": [
                    {"change": r.change, "key": dict(r.key), "before": r.before, "after": r.after}
                    for r in difference.rows
                ],
                "through": difference.through or None,
                "explained": difference.explained,
            }
            for difference in found.differences
        ],
    }


def _side(finding: Any) -> dict[str, str] | None:
    if finding is None:
        return None
    return {
        "verdict": finding.verdict,
        "class": finding.finding_class,
        "exposure": str(finding.exposure),
        "exposure_counted": str(finding.counted),
    }
