"""Which importers know a text, for tests that a file is known by exactly one."""

from __future__ import annotations

import csv
import io

from auditor.reference.importers import IMPORTERS
from auditor.reference.importers.interface import Peek


def kinds_of(content: str) -> list[str]:
    """Titles of the importers that recognise the beginning of a text."""
    peek = Peek(tuple(content.replace("\r\n", "\n").split("\n")[:60]), is_sheet=False)
    return [importer.title for importer in IMPORTERS if importer.recognise(peek) is not None]


def csv_text(*rows) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def tab_text(*rows) -> str:
    return "".join("\t".join(map(str, row)) + "\r\n" for row in rows)
