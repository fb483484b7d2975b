"""Rows of the library written out, each with its valid dates and the publication it stands in."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from auditor.base.errors import InputRefused, UsageError
from auditor.base.output import replacing
from auditor.reference.attach import check_rows, rows_of
from auditor.reference.editions import Edition
from auditor.reference.store import Library
from auditor.reference.tables import TABLES


def export_rows(
    library: Library,
    table: str,
    out: Path,
    *,
    edition_id: str | None = None,
    as_of: date | None = None,
    day: date | None = None,
) -> int:
    """Write the rows of a stored table to a CSV or Parquet file and return their number.

    Taken are the edition named, else those that answer as of a day (default: all that was published). `day`: only the
    rows in force then, by the editions that answer then. Columns: the table's own, `effective`, `deleted`, then
    `edition`, `edition_id`, `published`, `imported_at`, `files`, `sha256`. Raises UsageError for a table or edition
    that is not known, InputRefused when there is nothing to write, rows are not those imported, or the file cannot be
    written.
    """
    if table not in TABLES:
        raise UsageError(f"{table} is no table of the library", mend=f"Known: {', '.join(sorted(TABLES))}")
    chosen = _chosen(library, table, edition_id, as_of, day)
    if not chosen:
        raise InputRefused(
            f"the library has no edition of {table} that answers",
            mend="See `auditor tables check`; import one with `auditor tables import`",
        )
    for edition in chosen:
        check_rows(edition)
    in_force = (
        "TRUE"
        if day is None
        else f"(effective IS NULL OR effective <= DATE '{day}') AND (deleted IS NULL OR deleted >= DATE '{day}') "
        f"AND NOT ({TABLES[table].never_in_force})"
    )
    query = " UNION ALL BY NAME ".join(_rows(edition, in_force) for edition in chosen)
    form = "FORMAT parquet, COMPRESSION zstd" if out.suffix == ".parquet" else "FORMAT csv, HEADER"
    with duckdb.connect(config={"threads": 2}) as con, replacing(out) as target:
        quoted = str(target).replace("'", "''")
        try:
            return int(con.execute(f"COPY ({query}) TO '{quoted}' ({form})").fetchall()[0][0])
        except duckdb.IOException as error:
            raise InputRefused(
                f"{out.name} cannot be written", mend="See that the disk has room, then export again"
            ) from error


def _chosen(
    library: Library, table: str, edition_id: str | None, as_of: date | None, day: date | None
) -> list[Edition]:
    if edition_id is not None:
        found = [e for e in library.editions() if e.table == table and e.edition_id == edition_id]
        if not found:
            raise UsageError(
                f"{edition_id} is no edition of {table}", mend="Ids are printed by `auditor tables list`"
            )
        return found
    answers = [a for a in library.answers(as_of=as_of) if a.edition.table == table]
    return [a.edition for a in answers if day is None or a.date_from <= day <= a.date_to]


def _rows(edition: Edition, in_force: str) -> str:
    publication = {
        "edition": edition.edition,
        "edition_id": edition.edition_id,
        "published": edition.published.isoformat(),
        "imported_at": edition.imported_at,
        "files": "; ".join(file.name for file in edition.files),
        "sha256": "; ".join(file.sha256 for file in edition.files),
    }
    told = ", ".join(
        f"'{value.replace(chr(39), chr(39) * 2)}' AS {name}" for name, value in publication.items()
    )
    return f"SELECT *, {told} FROM {rows_of(edition)} WHERE {in_force}"
