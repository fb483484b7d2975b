"""`auditor claims map`: a column map proposed, with why, and the first rows as it would read them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.base.errors import UsageError

if TYPE_CHECKING:
    from auditor.claims.mapping.proposing import Choice, Proposed
    from auditor.claims.mapping.proposing_preview import Preview
    from auditor.claims.mapping.proposing_rows import Known, Sample


@click.command("map")
@click.argument("claims")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the map to this YAML file."
)
@click.option(
    "--map",
    "column_map",
    type=click.Path(path_type=Path),
    help="Try this column map instead of proposing one.",
)
@click.option("--rows", type=click.IntRange(0, 1000), default=5, show_default=True, help="Lines to show.")
@click.option(
    "--sheet",
    metavar="NAME",
    help="Sheet of a workbook, or file of a folder or zip, where there are several.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to print.",
)
def map_columns(
    claims: str, out: Path | None, column_map: Path | None, rows: int, sheet: str | None, form: str
) -> None:
    """Propose a column map for CLAIMS (CSV, Excel, Parquet) and show the first rows as it would read them.

    A column is told by its name; where no name does, by what its cells look like, which is a guess: look at it. Nothing
    is applied until an audit is given the map with --map. What is shown are the values of your file, on your screen.
    """
    from auditor.base.scratch import scratch_folder
    from auditor.claims.connection import open_connection
    from auditor.claims.mapping.column_map import NO_MAP
    from auditor.claims.mapping.map_file import read_column_map, written_out
    from auditor.claims.mapping.proposing import closing_of, propose, remarks_of
    from auditor.claims.mapping.proposing_preview import preview
    from auditor.claims.mapping.proposing_rows import Known, require_header, samples

    if out is not None and column_map is not None:
        raise UsageError(
            "--map tries a map that there is, --out writes a new one", mend="Leave one of them out."
        )
    if out is not None and out.exists():
        raise UsageError(
            "--out names a file that is there, which you may have changed", mend="Name another, or remove it."
        )
    said = NO_MAP if column_map is None else read_column_map(column_map)
    with scratch_folder() as scratch:
        with open_connection("500MB", 1, scratch / "spill") as con:
            found = samples(con, claims, scratch, said)
        sample, others = _chosen(found, sheet)
        if isinstance(sample, Known):
            _tell_known(sample, form, out)
            return
        if not said:
            require_header(sample)
        proposed = propose(sample.headers, sample.rows)
        tried = said or proposed.column_map
        seen = preview(sample.headers, sample.rows, tried, rows, scratch)
    if out is not None:
        _write(out, written_out(tried, remarks_of(proposed), closing_of(proposed)))
    if form == "json":
        click.echo(
            json.dumps(_as_json(sample, proposed, tried.recorded(), seen), indent=2, ensure_ascii=False)
        )
        return
    _tell(sample, others, None if said else proposed, seen)
    if out is not None:
        click.echo(f"\nThe map is written to {out}: look at it, then give it to an audit with --map.")
    elif not said:
        click.echo("\nNothing is written: --out MAP.yaml writes the map.")


def _chosen(
    found: Sequence[Sample | Known], wanted: str | None
) -> tuple[Sample | Known, list[Sample | Known]]:
    """The table asked for, else the one that names most fields; and the others."""
    from auditor.claims.mapping.proposing_rows import Known

    if wanted is not None:
        named = [
            one
            for one in found
            if wanted in (one.file, one.file.rpartition("/")[2], getattr(one, "sheet", ""))
        ]
        if not named:
            raise UsageError(
                "--sheet names no sheet or file of these", mend="Leave it out to see what there is."
            )
        return named[0], [one for one in found if one is not named[0]]
    tables = [one for one in found if not isinstance(one, Known)]
    best: Sample | Known = max(tables, key=lambda one: one.known) if tables else found[0]
    return best, [one for one in found if one is not best]


def _tell_known(known: Known, form: str, out: Path | None) -> None:
    what = f"{known.file} is read as {known.layout}, whose columns are known: it needs no column map."
    if form == "json":
        click.echo(json.dumps({"file": known.file, "format": known.layout, "needs_map": False}, indent=2))
    else:
        click.echo(what + (" Nothing is written." if out is not None else ""))


def _write(out: Path, text: str) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")


def _tell(sample: Sample, others: Sequence[Sample | Known], proposed: Proposed | None, seen: Preview) -> None:
    sheet = f", sheet '{sample.sheet}'" if sample.sheet else ""
    click.echo(f"{sample.file}{sheet}: {len(sample.headers)} columns, {len(sample.rows):,} rows looked at.")
    for other in others:
        click.echo(f"Also there, see --sheet: {other.file} {getattr(other, 'sheet', '')}".rstrip())
    if proposed is not None:
        click.echo()
        _table(("column", "field", "confidence", "why"), [_row(choice) for choice in proposed.choices])
        for conflict in proposed.conflicts:
            click.echo(f"Conflict: {conflict}.")
        for group in proposed.lacking:
            click.echo(f"Needed, and no column for it: {' or '.join(group)}.")
    click.echo()
    if seen.refused:
        click.echo(f"With this map the file would be refused: {seen.refused}")
        return
    click.echo(f"With this map {seen.read:,} of the rows looked at are claim lines. The first:")
    _table(seen.columns, seen.lines)
    if seen.aside:
        click.echo(f"Set aside: {len(seen.aside):,}. The first:")
        for place, reason in seen.aside[:5]:
            click.echo(f"  row {place}: {reason}")
    for note in seen.notes:
        click.echo(f"Note: {note}")


def _row(choice: Choice) -> tuple[str, ...]:
    why = "; ".join(filter(None, (choice.why, choice.remark)))
    return (choice.column or f"(column {choice.place + 1})", choice.field or "-", choice.confidence, why)


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns padded to their widest cell."""
    told = [[_short(cell) for cell in row] for row in (titles, *rows)]
    widths = [max(len(row[at]) for row in told) for at in range(len(titles))]
    for row in told:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _short(cell: str) -> str:
    bare = " ".join(str(cell).split())
    return bare if len(bare) <= 60 else bare[:57] + "..."


def _as_json(sample: Sample, proposed: Proposed, said: dict[str, Any], seen: Preview) -> dict[str, Any]:
    """`file`, `sheet`, `format`, `columns` (column, field, confidence, score, why, remark), `conflicts`, `lacking`,
    `map` as `audit` records it, `lines` as they would be read, `set_aside` (row, reason), `notes`, `refused`.
    """
    return {
        "file": sample.file,
        "sheet": sample.sheet or None,
        "format": sample.format,
        "needs_map": True,
        "rows_looked_at": len(sample.rows),
        "columns": [
            {
                "column": choice.column,
                "place": choice.place + 1,
                "field": choice.field,
                "confidence": choice.confidence,
                "score": choice.score,
                "why": choice.why,
                "remark": choice.remark,
            }
            for choice in proposed.choices
        ],
        "conflicts": list(proposed.conflicts),
        "lacking": [list(group) for group in proposed.lacking],
        "map": said,
        "lines_read": seen.read,
        "lines": [dict(zip(seen.columns, line, strict=True)) for line in seen.lines],
        "set_aside": [{"row": place, "reason": reason} for place, reason in seen.aside],
        "notes": list(seen.notes),
        "refused": seen.refused or None,
    }
