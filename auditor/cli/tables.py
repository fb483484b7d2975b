"""`auditor tables`: importing CMS's files into the library, and what the library can answer."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from auditor.base.dates import OPEN_END
from auditor.cli.progress import progress_for
from auditor.reference import Answer, Edition, ImportReport, Library, default_library, import_files
from auditor.reference.manifest import as_json
from auditor.reference.tables import TABLES

_library = click.option(
    "--library",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the library (default: AUDITOR_LIBRARY, else the folder for application data).",
)
_format = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to print.",
)
_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def tables() -> None:
    """Import CMS's reference tables and see what the library answers."""


@tables.command("import")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE...",
)
@_library
@click.option(
    "--published", type=_DAY, help="Day CMS published them (default: what the file says, else today)."
)
@click.option(
    "--edition", metavar="QUARTER", help="Quarter of the edition, as 2024Q3, where the name does not tell."
)
@click.option(
    "--setting",
    type=click.Choice(["practitioner", "hospital", "dme"]),
    help="Whose edits they are, where neither content nor name tells.",
)
@click.option("--note", "notes", multiple=True, help="A remark shown in every report that uses the edition.")
@click.option(
    "--accept", is_flag=True, help="Import a file that looks wrong; reports will say what was accepted."
)
@click.option("--quiet", is_flag=True, help="No progress bars.")
@_format
def import_(
    files: tuple[Path, ...],
    library: Path | None,
    published: datetime | None,
    edition: str | None,
    setting: str | None,
    notes: tuple[str, ...],
    accept: bool,
    quiet: bool,
    form: str,
) -> None:
    """Import official files: NCCI PTP, MUE, add-on codes, or a coverage table of your own.

    Zips are opened, the kind of each file is seen from its content. Parts f1, f2, ... belong in one command.
    Either all files are imported or none.
    """
    reports = import_files(
        library or default_library(),
        files,
        published=None if published is None else published.date(),
        accept=accept,
        edition=edition,
        setting=setting,
        notes=notes,
        progress=progress_for(sys.stderr, quiet=quiet),
    )
    if form == "json":
        _print_json(
            [{**as_json(r.edition), "already": r.already, "skipped": list(r.skipped)} for r in reports]
        )
        return
    for report in reports:
        for line in _told(report):
            click.echo(line)


@tables.command("list")
@_library
@_format
def list_(library: Path | None, form: str) -> None:
    """List the editions in the library."""
    editions = Library.open(library or default_library()).editions()
    if form == "json":
        _print_json([as_json(edition) for edition in editions])
    elif not editions:
        click.echo(
            "The library is empty: audits use the starter edition. Import with: auditor tables import FILE..."
        )
    else:
        rows = [
            (e.table, e.edition, e.edition_id, f"{e.rows:,}", e.published.isoformat(), e.layout, _files(e))
            for e in editions
        ]
        _print_table(("table", "edition", "id", "rows", "published", "layout", "files"), rows)


@tables.command("check")
@_library
@click.option("--as-of", type=_DAY, help="Only what had been published by that day.")
@_format
def check(library: Path | None, as_of: datetime | None, form: str) -> None:
    """Show which editions an audit would use, and for which service dates they answer."""
    opened = Library.open(library or default_library())
    starter = not opened.editions()
    if starter:
        opened = Library.starter()
    answers = opened.answers(as_of=None if as_of is None else as_of.date())
    missing = sorted(set(TABLES) - {answer.edition.table for answer in answers})
    if form == "json":
        _print_json({"starter": starter, "answers": [_answer(a) for a in answers], "missing": missing})
        return
    if starter:
        click.echo("The library is empty: this is the starter edition.")
    rows = [
        (
            a.edition.table,
            a.edition.edition,
            a.date_from.isoformat(),
            _until(a.date_to),
            "; ".join(a.edition.remarks),
        )
        for a in answers
    ]
    _print_table(("table", "edition", "answers from", "until", "remarks"), rows)
    if missing:
        click.echo(f"Nothing answers for: {', '.join(missing)}")


def _told(report: ImportReport) -> Iterable[str]:
    """What was imported, in lines for a person."""
    edition = report.edition
    state = "already in the library, unchanged" if report.already else f"{edition.rows:,} rows imported"
    yield f"{edition.table} {edition.edition} ({edition.edition_id}): {state}"
    counts = ", ".join(
        f"{name.replace('_', ' ')} {count:,}" for name, count in edition.counts.items() if name != "rows"
    )
    yield f"  counts: {counts}"
    basis = _BASIS[edition.published_basis]
    yield f"  published {edition.published.isoformat()} ({basis}), answers {_span(edition)}"
    for remark in edition.remarks:
        yield f"  note: {remark}"
    for example in edition.rejected_examples[:5]:
        yield f"  rejected: {example['file']} line {example['line']}: {example['reason']}"
    for skipped in report.skipped:
        yield f"  left out: {skipped}"


_BASIS = {
    "given": "as you said",
    "file": "as the file says",
    "quarter": "taken as the first day of its quarter",
    "period": "taken as the first day of its period",
    "import": "not known, taken as today",
    "starter": "starter edition",
}


def _span(edition: Edition) -> str:
    first = "always" if edition.valid_from is None else edition.valid_from.isoformat()
    return f"{first} to {'open' if edition.valid_to is None else edition.valid_to.isoformat()}"


def _until(day: date) -> str:
    return "open" if day == OPEN_END else day.isoformat()


def _files(edition: Edition) -> str:
    first = edition.files[0].name
    return first if len(edition.files) == 1 else f"{first} and {len(edition.files) - 1} more"


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


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _print_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns padded to their widest cell; the last is not padded."""
    widths = [max(len(row[at]) for row in (titles, *rows)) for at in range(len(titles))]
    for row in (titles, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
