"""`auditor tables export`: rows of the library as CSV or Parquet, each with its dates and its publication."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from auditor.base.errors import UsageError
from auditor.cli.tables_shared import DAY, library_option
from auditor.reference import Library, default_library
from auditor.reference.export import export_rows


@click.command("export")
@click.argument("table")
@library_option
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="FILE.csv or FILE.parquet."
)
@click.option("--edition", metavar="ID", help="One edition, by its id (default: those that answer).")
@click.option("--as-of", type=DAY, help="What answered by what had been published by that day.")
@click.option("--on", "day", type=DAY, help="Only rows in force on that day.")
def export(
    table: str,
    library: Path | None,
    out: Path,
    edition: str | None,
    as_of: datetime | None,
    day: datetime | None,
) -> None:
    """Write the rows of TABLE, each with the days it is valid and the publication it stands in."""
    if out.suffix not in (".csv", ".parquet"):
        raise UsageError(f"--out {out.name}: the name ends in neither .csv nor .parquet")
    rows = export_rows(
        Library.open(library or default_library()),
        table,
        out,
        edition_id=edition,
        as_of=None if as_of is None else as_of.date(),
        day=None if day is None else day.date(),
    )
    click.echo(f"{rows:,} rows of {table} written to {out}")
