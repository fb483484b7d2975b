"""`auditor tables diff A B`: what changed between two editions, and which findings of a run it concerns."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click
import duckdb

from auditor.base.errors import UsageError
from auditor.cli.tables_shared import format_option, library_option, print_json, print_table
from auditor.reference import Edition, Library, default_library, import_files
from auditor.reference.diff import RowChange, TableDiff, changes, compare_editions, write_changes

_SHOWN = 20


@click.command("diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@library_option
@click.option(
    "--run",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Output folder of an audit: say which of its findings the changes concern.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="CSV file for all changed rows.")
@click.option("--limit", type=click.IntRange(0), default=_SHOWN, show_default=True, help="Rows to print.")
@format_option
def diff(
    before: str,
    after: str,
    library: Path | None,
    run: Path | None,
    out: Path | None,
    limit: int,
    form: str,
) -> None:
    """Compare two editions row by row: ids as `tables list` prints them, or two files.

    With --run: which findings of that audit rest on changed rows, and what becomes of each. Rows that were added can
    make new findings, which only an audit with them can tell: run it and use `auditor compare`.
    """
    with tempfile.TemporaryDirectory(prefix="diff-") as folder, duckdb.connect(config={"threads": 2}) as con:
        opened = Library.open(library or default_library())
        pairs = _paired(
            _editions(before, opened, Path(folder) / "a"), _editions(after, opened, Path(folder) / "b")
        )
        told: list[dict[str, Any]] = []
        for one, two in pairs:
            found = compare_editions(con, one, two)
            if out is not None:
                write_changes(con, _named(out, one, len(pairs)))
            rows = list(changes(con, found, limit))
            concerned = _concerned(run, found, changes(con, found)) if run else []
            used = run is not None and _is_of(run, one)
            told.append(_as_json(found, rows, concerned, used if run else None))
            if form == "table":
                _print(found, rows, concerned, run, used)
    if form == "json":
        print_json(told)


def _editions(named: str, library: Library, folder: Path) -> list[Edition]:
    """The editions that an argument names: one of the library by its id, or those of a file."""
    found = [edition for edition in library.editions() if edition.edition_id == named]
    if found:
        return found
    path = Path(named)
    if path.is_file():
        return [report.edition for report in import_files(folder, [path], accept=True)]
    raise UsageError(
        f"{named} is neither an edition of the library nor a file",
        mend="Ids are printed by `auditor tables list`; name the library with --library",
    )


def _paired(before: Sequence[Edition], after: Sequence[Edition]) -> list[tuple[Edition, Edition]]:
    """Editions of the same table side by side. Raises UsageError when they have no table in common."""
    tables = {edition.table: edition for edition in after}
    pairs = [(edition, tables[edition.table]) for edition in before if edition.table in tables]
    if not pairs:
        first, second = ", ".join(e.table for e in before), ", ".join(e.table for e in after)
        raise UsageError(f"A is of {first}, B is of {second}", mend="Name two editions of one table")
    return pairs


def _named(out: Path, edition: Edition, number: int) -> Path:
    return out if number == 1 else out.with_stem(f"{out.stem}-{edition.table}")


def _concerned(run: Path, found: TableDiff, rows: Iterable[RowChange]) -> list[Any]:
    from auditor.review.affected import affected, read_findings

    return list(affected(read_findings(run), found, rows))


def _is_of(run: Path, edition: Edition) -> bool:
    """Whether the audit used the edition."""
    from auditor.review.affected import read_run

    return any(told.get("edition_id") == edition.edition_id for told in read_run(run)["tables"])


def _print(
    found: TableDiff, rows: Sequence[RowChange], concerned: Sequence[Any], run: Path | None, used: bool
) -> None:
    one, two = found.before, found.after
    click.echo(
        f"{one.table}: {one.edition} ({one.edition_id}, published {one.published}) -> {two.edition} "
        f"({two.edition_id}, published {two.published})"
    )
    click.echo(
        f"  {found.added:,} rows added, {found.removed:,} removed, {found.changed:,} changed, {found.same:,} the same"
    )
    for row in rows:
        click.echo(f"  {row.told()}")
    if found.total > len(rows):
        click.echo(f"  ... and {found.total - len(rows):,} more (--limit, or --out FILE for all)")
    if run is None:
        return
    click.echo(f"\nFindings of {run.name} that rest on changed rows: {len(concerned):,}")
    if not used:
        click.echo(f"Note: {run.name} did not use {one.edition_id}; its findings are taken as if it had.")
    if concerned:
        print_table(
            (
                "finding",
                "rule",
                "claim",
                "line",
                "service date",
                "verdict",
                "exposure",
                "row",
                "what becomes of it",
            ),
            [
                (
                    item.finding.finding_id,
                    item.finding.rule_id,
                    item.finding.claim_id,
                    item.finding.line_no,
                    str(item.finding.service_date),
                    item.finding.verdict,
                    f"${item.finding.exposure:,.2f}",
                    item.row.told() if item.row else "-",
                    item.effect,
                )
                for item in concerned
            ],
        )
    click.echo(
        f"{found.added:,} added and {found.changed:,} changed rows may make findings that this run has not: audit "
        "again with them, then `auditor compare` names each with its row."
    )


def _as_json(
    found: TableDiff, rows: Sequence[RowChange], concerned: Sequence[Any], used: bool | None
) -> dict[str, Any]:
    """The comparison as plain JSON values; `used`: whether the run that was named used A, None without one."""
    told: dict[str, Any] = {
        "table": found.before.table,
        "before": found.before.edition_id,
        "after": found.after.edition_id,
        "added": found.added,
        "removed": found.removed,
        "changed": found.changed,
        "same": found.same,
        "rows": [
            {"change": r.change, "key": dict(r.key), "before": r.before, "after": r.after} for r in rows
        ],
    }
    if used is not None:
        told["run_used_a"] = used
        told["findings"] = [
            {
                "finding_id": item.finding.finding_id,
                "rule_id": item.finding.rule_id,
                "claim_id": item.finding.claim_id,
                "line_no": item.finding.line_no,
                "service_date": str(item.finding.service_date),
                "verdict": item.finding.verdict,
                "exposure": str(item.finding.exposure),
                "row": item.row.told() if item.row else None,
                "effect": item.effect,
            }
            for item in concerned
        ]
    return told
