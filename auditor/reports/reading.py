"""What the reading of the claims noticed, as a report shows it, from the entries of run.json."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from auditor.reports.document import Diagnostic, ReasonCount, Remittances
from auditor.reports.listed_rows import ListedRows
from auditor.reports.registers import amount, text, whole
from auditor.reports.unmatched_rows import UnmatchedRow

Entry = Mapping[str, Any]


def diagnostics(entries: Iterable[Entry]) -> tuple[Diagnostic, ...]:
    """What readers noticed, the gravest first, as in the run."""
    return tuple(
        Diagnostic(
            source_file=text(entry.get("source_file")),
            name=text(entry.get("name")),
            severity=text(entry.get("severity")),
            says=text(entry.get("says")),
            count=whole(entry.get("count")) or 0,
            places=tuple(
                (whole(place.get("source_pos")), whole(place.get("byte_offset")))
                for place in entry.get("places") or ()
            ),
        )
        for entry in entries
    )


def superseded(entries: Iterable[Entry]) -> tuple[ReasonCount, ...]:
    """The lines that a later version takes the place of, by reason."""
    return tuple(
        ReasonCount(text(entry.get("reason")), whole(entry.get("lines")) or 0, amount(entry.get("paid")))
        for entry in entries
    )


def remittances(entry: Entry | None, rows: ListedRows[UnmatchedRow]) -> Remittances:
    """How far remittances were joined, and what lacks its counterpart."""
    given: Entry = entry or {}
    return Remittances(
        told=tuple((text(item.get("says")), text(item.get("figure"))) for item in given.get("told") or ()),
        without=tuple(
            (text(item.get("side")), text(item.get("why")), whole(item.get("count")) or 0)
            for item in given.get("without_counterpart") or ()
        ),
        rows=rows,
    )
