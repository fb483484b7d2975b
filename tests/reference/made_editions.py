"""Editions made of rows in the test, without a file of CMS's: for questions of dates, not of layouts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from auditor.reference import Edition
from auditor.reference.editions import RowsPart, SourceFile
from auditor.reference.importers.interface import Answering
from auditor.reference.parts import sha256_of
from auditor.reference.tables import TABLES

PTP = {
    "column_1": "VARCHAR",
    "column_2": "VARCHAR",
    "prior_1996": "BOOLEAN",
    "effective": "DATE",
    "deleted": "DATE",
    "modifier_indicator": "VARCHAR",
    "rationale": "VARCHAR",
}
_TYPES = {"VARCHAR": pa.string(), "BOOLEAN": pa.bool_(), "DATE": pa.date32(), "INTEGER": pa.int32()}
MUE = {"code": "VARCHAR", "value": "INTEGER", "mai": "VARCHAR", "rationale": "VARCHAR"}


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def of_kind(answers: Answering) -> str:
    """The name of a stored table whose editions answer in this way."""
    return min(name for name, table in TABLES.items() if table.answers == answers)


def edition(
    table: str,
    label: str,
    published: dt.date,
    *,
    valid_from: dt.date | None = None,
    valid_to: dt.date | None = None,
    revision: int | None = 0,
    imported_at: str = "2025-01-01T00:00:00+00:00",
    edition_id: str = "",
    rows: int = 0,
    parts: tuple[RowsPart, ...] = (),
    columns: Sequence[str] = (),
    counts: Mapping[str, int] | None = None,
    sha256: str = "",
) -> Edition:
    named = edition_id or f"{label}-{published.isoformat()}-r{revision}"
    return Edition(
        table=table,
        edition_id=named,
        edition=label,
        revision=revision,
        published=published,
        published_basis="given",
        imported_at=imported_at,
        layout="made",
        files=(SourceFile(f"{named}.txt", sha256 or named),),
        rows=rows,
        parts=parts,
        counts=counts or {"rows": rows},
        valid_from=valid_from,
        valid_to=valid_to,
        columns=tuple(columns),
    )


def stored(
    folder: Path,
    table: str,
    label: str,
    columns: Mapping[str, str],
    rows: Iterable[Sequence[object]],
    *,
    published: dt.date = dt.date(2024, 7, 1),
    valid_from: dt.date | None = None,
    valid_to: dt.date | None = None,
) -> Edition:
    """An edition with its rows in a Parquet file, with the days of validity that the library adds."""
    listed = [tuple(row) for row in rows]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{label}-{published}-{len(list(folder.iterdir()))}.parquet"
    made = {
        name: pa.array([row[at] for row in listed], type=_TYPES[kind])
        for at, (name, kind) in enumerate(columns.items())
    }
    for name in ("effective", "deleted"):
        made.setdefault(name, pa.nulls(len(listed), pa.date32()))
    pq.write_table(pa.table(made), path)
    part = RowsPart(path, len(listed), sha256_of(path))
    return edition(
        table, label, published, valid_from=valid_from, valid_to=valid_to, rows=len(listed), parts=(part,),
        columns=tuple(columns), edition_id=path.stem,
    )  # fmt: skip
