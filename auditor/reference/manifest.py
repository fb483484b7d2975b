"""The manifest beside every edition's rows: written once on import, read whenever a library is opened."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from auditor.base.errors import InputRefused
from auditor.reference.editions import Edition, RowsPart, SourceFile
from auditor.reference.parts import ROWS
from auditor.reference.tables import TABLES

FORMAT = 2
"""The form that is written. Form 1, with one file of rows, is still read."""
MANIFEST = "manifest.json"


def as_json(edition: Edition) -> dict[str, Any]:
    """An edition as plain JSON values, the form of the manifest and of `tables list --format json`."""
    return {
        "manifest": FORMAT,
        "table": edition.table,
        "edition_id": edition.edition_id,
        "edition": edition.edition,
        "revision": edition.revision,
        "published": edition.published.isoformat(),
        "published_basis": edition.published_basis,
        "imported_at": edition.imported_at,
        "layout": edition.layout,
        "files": [{"name": f.name, "sha256": f.sha256, "bytes": f.bytes} for f in edition.files],
        "members": [dict(member) for member in edition.members],
        "rows": edition.rows,
        "parts": [
            {
                "file": part.path.name,
                "rows": part.rows,
                "sha256": part.sha256,
                "ended_from": _text(part.ended_from),
                "ended_to": _text(part.ended_to),
            }
            for part in edition.parts
        ],
        "columns": list(edition.columns),
        "descriptors": edition.descriptors,
        "counts": dict(edition.counts),
        "census": dict(edition.census),
        "rejected": dict(edition.rejected),
        "rejected_examples": [dict(example) for example in edition.rejected_examples],
        "exceptions": list(edition.exceptions),
        "accepted": list(edition.accepted),
        "notes": list(edition.notes),
        "valid_from": _text(edition.valid_from),
        "valid_to": _text(edition.valid_to),
    }


def write(edition: Edition, folder: Path) -> None:
    """Write the manifest into an edition's folder."""
    text = json.dumps(as_json(edition), indent=2, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read(folder: Path) -> Edition:
    """The edition in a library folder. Raises InputRefused when its manifest is missing, damaged or newer."""
    place = f"{folder.parent.name}/{folder.name}/{MANIFEST}"
    try:
        if not (folder / MANIFEST).is_file():
            raise FileNotFoundError(MANIFEST)
        values = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if values["manifest"] not in (1, FORMAT):
            raise InputRefused(
                f"it has the form {values['manifest']}, this program reads {FORMAT}",
                where=place,
                mend="Update the program, or import the file into a new library",
            )
        return _edition(values, folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputRefused(
            "the edition's manifest is missing or damaged",
            where=place,
            why="Without it nobody can say what the edition is and when it was published",
            mend="Remove this edition's folder and import its files again",
        ) from error


def _edition(values: dict[str, Any], folder: Path) -> Edition:
    _check(values, folder)
    return Edition(
        table=values["table"],
        edition_id=values["edition_id"],
        edition=values["edition"],
        revision=values["revision"],
        published=date.fromisoformat(values["published"]),
        published_basis=values["published_basis"],
        imported_at=values["imported_at"],
        layout=values["layout"],
        files=tuple(SourceFile(f["name"], f["sha256"], f["bytes"]) for f in values["files"]),
        rows=values["rows"],
        parts=_parts(values, folder),
        counts=values["counts"],
        valid_from=_date(values["valid_from"]),
        valid_to=_date(values["valid_to"]),
        census=values["census"],
        rejected=values["rejected"],
        accepted=tuple(values["accepted"]),
        notes=tuple(values["notes"]),
        members=tuple(values["members"]),
        rejected_examples=tuple(values["rejected_examples"]),
        exceptions=tuple(values["exceptions"]),
        columns=tuple(values.get("columns", ())),
        descriptors=values.get("descriptors", False),
    )


def _check(values: dict[str, Any], folder: Path) -> None:
    """Raise ValueError for values of another kind, or of another edition than the folder's."""
    if values["table"] not in TABLES or (values["table"], values["edition_id"]) != (
        folder.parent.name,
        folder.name,
    ):
        raise ValueError("of another table or edition")
    texts = [values[name] for name in ("edition", "published_basis", "imported_at", "layout")]
    texts += [*values["accepted"], *values["notes"]]
    numbers = [
        values["rows"],
        *(n for name in ("counts", "census", "rejected") for n in values[name].values()),
    ]
    revision = values["revision"]
    if (
        not all(isinstance(text, str) for text in texts)
        or not all(isinstance(number, int) for number in (*numbers, 0 if revision is None else revision))
        or not values["files"]
    ):
        raise ValueError("a value of another kind")


def _parts(values: dict[str, Any], folder: Path) -> tuple[RowsPart, ...]:
    if values["manifest"] == 1:
        return (RowsPart(folder / ROWS, values["rows"], values["rows_sha256"]),)
    parts = tuple(
        RowsPart(
            folder / Path(part["file"]).name,
            part["rows"],
            part["sha256"],
            _date(part["ended_from"]),
            _date(part["ended_to"]),
        )
        for part in values["parts"]
    )
    if not parts or sum(part.rows for part in parts) != values["rows"]:
        raise ValueError("the files of rows do not add up")
    return parts


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
