"""`auditor claims inspect`: what the reader sees of claims before anything is audited."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.base.errors import InputRefused
from auditor.cli.feed_options import feed_options, options_of
from auditor.cli.tables_shared import print_json

if TYPE_CHECKING:
    from auditor.workbench.feed_inspection import Inspection
    from auditor.workbench.feed_layout import Table

_WIDE = 60
"""Characters of a cell of the terminal's tables; the page has all of them."""


@click.command("inspect")
@feed_options
@click.option("--html", type=click.Path(path_type=Path), help="Write it as a page, too.")
@click.option("--json", "as_values", is_flag=True, help="Print JSON.")
@click.option("--quiet", is_flag=True, help="No progress.")
def inspect(**given: Any) -> None:
    """Show what CLAIMS hold, what is odd about them, and which rules could run on them. Audits nothing.

    CLAIMS are what `auditor audit` takes. Counts and sums only: no patient and no claim is named.
    """
    html: Path | None = given["html"]
    if html is not None and html.exists() and not html.is_file():  # said before the claims are read
        raise InputRefused(
            f"{html.name} is not a file", where="--html", mend="name a file to write, or one to replace"
        )
    found = _inspected(given)
    if html is not None:
        from auditor.base.resources import resource_dir
        from auditor.workbench.feed_page import write_page

        write_page(found, html, resource_dir("templates"))
    if given["as_values"]:
        from auditor.workbench.feed_json import as_json

        print_json(as_json(found))
        return
    print_inspection(found)
    if html is not None:
        click.echo(f"  {html}")


def _inspected(given: dict[str, Any]) -> Inspection:
    from auditor.cli.progress import progress_for
    from auditor.workbench.feed_inspection import inspect_claims

    options = options_of(given)
    with progress_for(sys.stderr, quiet=given["quiet"]) as progress:
        return inspect_claims(list(given["claims"]), options, progress)


def print_inspection(found: Inspection) -> None:
    """The inspection for a terminal: every section of the page, long cells cut short."""
    from auditor.workbench.feed_rows import headline, sections, warnings

    click.echo(f"{headline(found)}; dollars tie out.")
    for text in warnings(found):
        click.echo(f"Note: {text}")
    for section in sections(found):
        click.echo(f"\n== {section.heading}")
        if section.says:
            click.echo(section.says)
        for table in section.tables:
            click.echo(f"\n{table.caption}")
            _print_table(table)


def _print_table(table: Table) -> None:
    """Columns padded to their widest cell, figures to the right; the last is neither padded nor cut."""
    if not table.rows:
        click.echo(f"  {table.none}")
        return
    last = len(table.titles) - 1
    rows = [
        [cell if at == last else _cut(cell) for at, cell in enumerate(row)]
        for row in (table.titles, *(row for at, row in enumerate(table.rows) if at not in table.minor))
    ]
    widths = [max(len(row[at]) for row in rows) for at in range(last + 1)]
    for row in rows:
        cells = [
            cell.rjust(width) if at in table.numbers else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo(("  " + "  ".join(cells)).rstrip())
    if table.minor:
        click.echo(f"  and {len(table.minor):,} rows that bear on nothing here (--html and --json have all)")


def _cut(cell: str) -> str:
    return cell if len(cell) <= _WIDE else cell[: _WIDE - 1].rstrip() + "…"
