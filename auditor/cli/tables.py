"""`auditor tables`: importing CMS's files into the library, and what the library can answer."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from auditor.cli.progress import progress_for
from auditor.cli.tables_check import check
from auditor.cli.tables_diff import diff
from auditor.cli.tables_export import export
from auditor.cli.tables_fetch import fetch
from auditor.cli.tables_shared import (
    DAY,
    file_names,
    format_option,
    library_option,
    print_json,
    print_table,
)
from auditor.reference import Edition, ImportReport, Library, default_library, import_files
from auditor.reference.manifest import as_json
from auditor.reference.tables import TABLES


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
@library_option
@click.option(
    "--published", type=DAY, help="Day CMS published them (default: what the file says, else today)."
)
@click.option(
    "--edition",
    metavar="PERIOD",
    help="Period of the edition where the files do not tell: 2024Q3, 2024, FY2025 or 2024-03-09.",
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
@click.option(
    "--keep-descriptors",
    is_flag=True,
    help="Keep the AMA's descriptors, for a library that stays private; reports may then show them.",
)
@click.option("--quiet", is_flag=True, help="No progress bars.")
@format_option
def import_(
    files: tuple[Path, ...],
    library: Path | None,
    published: datetime | None,
    edition: str | None,
    setting: str | None,
    notes: tuple[str, ...],
    accept: bool,
    keep_descriptors: bool,
    quiet: bool,
    form: str,
) -> None:
    """Import official CMS files, or a coverage table of your own.

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
        keep_descriptors=keep_descriptors,
        progress=progress_for(sys.stderr, quiet=quiet),
    )
    if form == "json":
        print_json(
            [{**_as_json(r.edition), "already": r.already, "skipped": list(r.skipped)} for r in reports]
        )
        return
    for report in reports:
        for line in _told(report):
            click.echo(line)


@tables.command("list")
@library_option
@format_option
def list_(library: Path | None, form: str) -> None:
    """List the editions in the library."""
    editions = Library.open(library or default_library()).editions()
    if form == "json":
        print_json([_as_json(e) for e in editions])
    elif not editions:
        click.echo(
            "The library is empty: audits use the starter edition. Import with: auditor tables import FILE..."
        )
    else:
        rows = [
            (
                e.table,
                e.edition,
                e.edition_id,
                f"{e.rows:,}",
                e.published.isoformat(),
                e.layout,
                TABLES[e.table].basis,
                file_names(e),
            )
            for e in editions
        ]
        print_table(
            ("table", "edition", "id", "rows", "published", "layout", "importer tested on", "files"), rows
        )


def _as_json(edition: Edition) -> dict[str, Any]:
    """An edition, and on what its importer was tested."""
    return as_json(edition) | {"importer_tested_on": TABLES[edition.table].basis}


def _told(report: ImportReport) -> Iterable[str]:
    """What was imported, in lines for a person."""
    edition = report.edition
    state = "already in the library, unchanged" if report.already else f"{edition.rows:,} rows imported"
    yield f"{edition.table} {edition.edition} ({edition.edition_id}): {state}"
    counts = ", ".join(
        f"{name.replace('_', ' ')} {count:,}" for name, count in edition.counts.items() if name != "rows"
    )
    yield f"  counts: {counts}"
    basis = _BASIS.get(edition.published_basis, edition.published_basis)
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


for command in (check, fetch, diff, export):
    tables.add_command(command)
