"""`auditor rules impact`: what a change of rules does to an earlier run, in the terminal and as a page."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli.rulesets import PackSource
from auditor.cli.tables_shared import format_option, library_option, print_json, print_table

if TYPE_CHECKING:
    from auditor.workbench.impact_model import Impact, SampleCase

_PARTS = 20
"""Keys of a changed rule file that are printed."""
_SAMPLES = 2
"""Sample cases of each kind in the terminal; the page has more."""


@click.command("impact")
@click.argument("changed", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--run",
    "run_dir",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Output folder of the earlier audit.",
)
@click.option("--without", multiple=True, metavar="ID", help="Rule or override to take out (repeatable).")
@click.option(
    "--claims",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Claims file of the run (repeatable); without it, files of the recorded names are looked for.",
)
@library_option
@click.option(
    "--rulesets",
    multiple=True,
    type=PackSource(),
    help="Folder of further rule packs (repeatable).",
)
@click.option(
    "--accept", is_flag=True, help="Take the rules and editions at hand where they are not the run's."
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write a page to this file.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Engine processes.")
@click.option("--memory", default="4GB", show_default=True, help="Memory limit of the database.")
@click.option("--quiet", is_flag=True, help="No progress.")
@format_option
def impact(
    changed: tuple[Path, ...], run_dir: Path, out: Path | None, form: str, quiet: bool, **given: Any
) -> None:
    """Show what CHANGED rule files (or folders) would add, remove and change in an earlier run.

    A folder or pack is a change of the whole pack: what it lacks of the run's pack of that id is taken out. A file in
    the tables of a pack is a change of that table.

    Only the patients that the change can concern are evaluated again, and nothing of the claims is kept.
    """
    from auditor.engine.crew import Crew

    with Crew(given["workers"]) as crew:  # they load beside what is imported next
        from auditor.cli.progress import progress_for
        from auditor.workbench.impact import ImpactRequest, measure_impact

        request = ImpactRequest(
            run=run_dir,
            changed=changed,
            without=given["without"],
            claims=given["claims"],
            library=given["library"],
            rulesets=given["rulesets"],
            accept=given["accept"],
            workers=given["workers"],
            memory=given["memory"],
        )
        with progress_for(quiet=quiet) as progress:
            found = measure_impact(request, progress, crew)
    if form == "json":
        print_json(as_json(found))
    else:
        print_impact(found)
    if out is not None:
        from auditor.base.resources import resource_dir
        from auditor.workbench.impact_page import write_page

        write_page(found, out, resource_dir("templates"))
        click.echo(f"  {out}", err=form == "json")


def print_impact(found: Impact) -> None:
    """What comes of the change, in lines for a person."""
    from auditor.workbench import impact_words as words

    for changed in found.changed:
        click.echo(f"Change: {words.item(changed)}")
        for part in changed.parts[:_PARTS]:
            click.echo(f"  {part.said}")
        if len(changed.parts) > _PARTS:
            click.echo(f"  ... and {len(changed.parts) - _PARTS:,} more (--format json for all)")
    for note in found.notes:
        click.echo(f"Note: {note}")
    click.echo(words.headline(found))
    if not found.replayed:
        return
    click.echo(words.extent(found))
    click.echo()
    _print_amounts(found)
    _print_shares("Rule", found, found.by_rule)
    _print_shares("Provider", found, found.by_provider)
    more = found.providers - len(found.by_provider)
    if more > 0:
        click.echo(f"and {more:,} more providers")
    _print_reach(found)
    _print_samples(found)


def _print_amounts(found: Impact) -> None:
    from auditor.workbench.impact_words import gained

    rows = [
        [
            amounts.heading,
            *_three(amounts.findings_before, amounts.findings_after, gained(amounts.findings)),
            *_three(amounts.dollars_before, amounts.dollars_after, gained(amounts.dollars)),
        ]
        for amounts in found.amounts
        if amounts.findings_before or amounts.findings_after or amounts.heading.startswith("Potential over")
    ]
    whose = "Whole run" if found.trusted else "Patients concerned"
    titles = [whose, "findings", "after", "difference", "dollars", "after", "difference"]
    print_table(titles, _right(titles, rows))


def _print_shares(title: str, found: Impact, entries: Any) -> None:
    from auditor.workbench.impact_model import KINDS
    from auditor.workbench.impact_words import KIND_WORDS, gained

    if not entries:
        return
    click.echo()
    titles = [
        title,
        *(KIND_WORDS[kind] for kind in KINDS),
        "claims-evident",
        "record needed",
        "under",
        "at risk",
    ]
    rows = [
        [
            entry.key or "(not named)",
            *(f"{entry.findings[kind]:,}" for kind in KINDS),
            *(gained(amount) for amount in (entry.definite, entry.probable, entry.under, entry.at_risk)),
        ]
        for entry in entries
    ]
    print_table(titles, _right(titles, rows))


def _print_reach(found: Impact) -> None:
    if not found.reach:
        return
    click.echo()
    titles = ["Could look at", "in scope", "evaluated", "in scope after", "evaluated after", "of"]
    rows = [
        [
            reach.rule_id,
            *(
                "–" if number is None else f"{number:,}"
                for number in (
                    reach.eligible_before, reach.evaluated_before, reach.eligible_after, reach.evaluated_after,
                )
            ),
            reach.unit,
        ]
        for reach in found.reach
    ]  # fmt: skip
    print_table(titles, _right(titles, rows))


def _print_samples(found: Impact) -> None:
    shown: dict[str, int] = {}
    for case in found.samples:
        kind = case.difference.kind
        shown[kind] = shown.get(kind, 0) + 1
        if shown[kind] <= _SAMPLES:
            _print_case(case)


def _print_case(case: SampleCase) -> None:
    from auditor.workbench.impact_words import KIND_WORDS, outcome, place

    difference = case.difference
    click.echo()
    click.echo(
        f"{KIND_WORDS[difference.kind]}: {place(difference)}, provider {difference.provider or '(not named)'}"
    )
    for line in case.lines:
        days = str(line.date_from) + (f" to {line.date_to}" if line.date_to != line.date_from else "")
        modifiers = f" {' '.join(line.modifiers)}" if line.modifiers else ""
        paid = "paid not given" if line.paid is None else f"paid ${line.paid:,.2f}"
        click.echo(
            f"  {'>' if line.flagged else ' '} claim {line.claim_id} line {line.line_no} {days} {line.code}{modifiers}"
            f", {line.told_units} units, {paid} ({line.part})"
        )
    if case.more_lines:
        click.echo(f"    and {case.more_lines:,} more lines of the patient on that day")
    for name, side in (("before", difference.before), ("after", difference.after)):
        click.echo(f"  {name + ':':<8}{outcome(side)}")
        if side is not None:
            click.echo(f"          {side.explanation}")
    if case.why:
        click.echo(f"  why:    {case.why}")


def _three(before: Any, after: Any, difference: str) -> list[str]:
    told = ["–" if value is None else f"{value:,}" for value in (before, after)]
    return [*told, difference]


def _right(titles: list[str], rows: list[list[str]]) -> list[list[str]]:
    """Cells of numbers set to the right of their column; titles are widened in place."""
    for at in range(1, len(titles)):
        width = max([len(titles[at]), *(len(row[at]) for row in rows)])
        titles[at] = titles[at].rjust(width)
        for row in rows:
            row[at] = row[at].rjust(width)
    return rows


def as_json(found: Impact) -> dict[str, Any]:
    """The impact as plain JSON values; dollars are texts."""
    from auditor.findings.manifest import plain

    told: dict[str, Any] = {
        name: plain(value)
        for name, value in asdict(found).items()
        if name not in {"changed", "differences", "samples"}
    }
    told["changed"] = [
        {
            **{name: getattr(item, name) for name in ("id", "is_override", "kind", "title", "decides")},
            "was": item.was or None,
            "now": item.now or None,
            "parts": [part.said for part in item.parts],
        }
        for item in found.changed
    ]
    told["differences"] = [plain(item) for item in found.differences]
    told["samples"] = [plain(case) for case in found.samples]
    return told
