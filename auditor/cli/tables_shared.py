"""What the commands of `auditor tables` have in common: options, and how they print."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from auditor.base.dates import OPEN_END
from auditor.reference import Edition

DAY = click.DateTime(formats=["%Y-%m-%d"])


def _named(_: click.Context, __: click.Parameter, value: str | None) -> Path | None:
    if value is not None and not value.strip():
        raise click.BadParameter("the name of the folder is empty")
    return None if value is None else Path(value)


library_option = click.option(
    "--library",
    type=click.Path(file_okay=False),
    callback=_named,
    help="Folder of the library (default: AUDITOR_LIBRARY, else the folder for application data).",
)
format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to print.",
)


def print_json(value: object) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns padded to their widest cell; the last is not padded."""
    widths = [max(len(row[at]) for row in (titles, *rows)) for at in range(len(titles))]
    for row in (titles, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def until(day: date) -> str:
    """A last day; `open` when there is none."""
    return "open" if day == OPEN_END else day.isoformat()


def file_names(edition: Edition) -> str:
    """The first file of an edition and how many more."""
    first = edition.files[0].name
    return first if len(edition.files) == 1 else f"{first} and {len(edition.files) - 1} more"
