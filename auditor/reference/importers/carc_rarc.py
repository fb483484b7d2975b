"""Claim adjustment reason codes (CARC) and remittance advice remark codes (RARC), from X12's lists.

X12 maintains both (external code lists 139 and 411) and publishes them as web pages; csv, tab text or xlsx made from
them have the titles Code, Description, Start, Last Modified, Stop, Notes, or the dates at the end of the description
as the page shows them: `Start: 01/01/1995 | Last Modified: 07/01/2017 | Stop: 10/16/2003`. No official file was seen.
Which list it is, the codes tell: a RARC is M, MA or N with digits, a CARC a number or another letter with digits (P1,
A1, B4). The texts are X12's and are dropped like descriptors of the AMA unless kept; that a RARC's text begins with
`Alert:` (it explains no adjustment) is kept as `alert`.

Start is the first and Stop is taken as the last valid day (whether X12 means the day after the last one is not
confirmed). The lists hold every code there ever was and no edition, so the newest answers by its rows (rows).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from auditor.base.periods import Kind as PeriodKind
from auditor.reference.importers.interface import Job, Peek, Recognised, Staged, Table
from auditor.reference.importers.restored import counted
from auditor.reference.importers.titled import Column, Header, TitledImporter, as_date

_SHAPES = {
    "carc": re.compile(r"[1-9]\d{0,2}|[A-LO-Z]\d{1,3}"),
    "rarc": re.compile(r"(?:MA?|N)\d{1,4}"),
}
_NAMED = {
    "carc": ("carc", "carccode", "reasoncode", "adjustmentreasoncode", "claimadjustmentreasoncode"),
    "rarc": ("rarc", "rarccode", "remarkcode", "remittanceadviceremarkcode"),
}
_CODES = ("code", *_NAMED["carc"], *_NAMED["rarc"])
_TEXTS = ("description", "carccodedescription", "rarccodedescription", "carcdescription", "rarcdescription")
_STARTS = ("start", "startdate")
_DATES: Mapping[str, tuple[str, ...]] = {
    "effective": _STARTS,
    "last_modified": ("lastmodified", "lastmodifieddate", "modified"),
    "deleted": ("stop", "stopdate"),
}
_EMBEDDED = {
    name: re.compile(rf"\b{label}:\s*(\S+)", re.IGNORECASE)
    for name, label in (("effective", "start"), ("last_modified", r"last\s+modified"), ("deleted", "stop"))
}
_FROM_DATES_ON = re.compile(r"\s*\bStart:\s*\d{1,2}/\d{1,2}/\d{4}.*", re.IGNORECASE | re.DOTALL)
_SHARE = 0.8


def _columns(kind: str) -> tuple[Column, ...]:
    return (
        Column("code", _CODES, "code", _SHAPES[kind], needed=True),
        *(Column(name, titles, "date", optional=True) for name, titles in _DATES.items()),
        *((Column("alert", (), "flag", optional=True),) if kind == "rarc" else ()),
        Column("description", _TEXTS, descriptor=True),
        Column("notes", ("notes", "note"), descriptor=True),
    )


class CarcRarcImporter(TitledImporter):
    """Reason and remark codes of remittances."""

    title = "CARC and RARC lists"
    tables: ClassVar[Mapping[str, Table]] = {
        "carc": Table("carc", "Claim adjustment reason codes", "rows", ("code",), cpt_descriptors=True),
        "rarc": Table("rarc", "Remittance advice remark codes", "rows", ("code",), cpt_descriptors=True),
    }
    periods: ClassVar[tuple[PeriodKind, ...]] = ()
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {kind: _columns(kind) for kind in _SHAPES}
    marks: ClassVar[Sequence[frozenset[str]]] = tuple(
        frozenset({code, other}) for code in _CODES for other in (*_TEXTS, *_STARTS)
    )

    def recognise(self, peek: Peek) -> Recognised | None:
        """By titles or dates as X12 writes them, above codes of one of the two lists."""
        for layout, rows in peek.ways:
            for at, titles in self._headers(rows):
                if not any(mark <= set(titles) for mark in self.marks):
                    continue
                below = rows[at + 1 :]
                if not _is_x12(titles, below):
                    continue
                place = next(titles.index(title) for title in _CODES if title in titles)
                codes = [cells[place] for cells in below if place < len(cells) and cells[place]]
                for kind, shape in _SHAPES.items():
                    fitting = sum(1 for code in codes if shape.fullmatch(code))
                    if codes and fitting >= _SHARE * len(codes):
                        return Recognised(layout, kind)
        return None

    def finished(self, job: Job, staged: Staged) -> None:
        """Counts of stopped codes and alerts, and dates that cannot be."""
        staged.counts |= counted(job, stopped="deleted IS NOT NULL", undated="effective IS NULL")
        if "alert" in staged.columns:
            staged.counts |= counted(job, alerts="alert")
        staged.census |= counted(job, stopped_before_start="deleted < effective")
        if staged.census["stopped_before_start"]:
            staged.suspicions.append(
                f"{staged.census['stopped_before_start']:,} codes that stop before they start"
            )

    def _typed(
        self, cells: Sequence[str], header: Header, wanted: Sequence[Column]
    ) -> dict[str, object] | str:
        values = super()._typed(cells, header, wanted)
        if isinstance(values, str):
            return values
        at = header.places.get("description")
        text = cells[at] if at is not None and at < len(cells) else ""
        told = _FROM_DATES_ON.search(text)
        dates = re.split(r"\bNotes:", told[0], maxsplit=1)[0] if told else ""
        for name, pattern in _EMBEDDED.items():
            match = None if name in header.places else pattern.search(dates)
            if match:
                values[name] = as_date(match[1].strip("|,;"))
                if values[name] is None:
                    return f"{name.replace('_', ' ')} is not a date"
        if "alert" in values:
            values["alert"] = text.lower().startswith("alert:") if text else None
        if values.get("description") and "effective" not in header.places:
            values["description"] = _FROM_DATES_ON.sub("", text)
        return values


def _is_x12(titles: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether titles or cells tell a list of X12 from the many others that have a code and a description."""
    found = set(titles)
    if found & {title for names in _NAMED.values() for title in names}:
        return True
    if found & set(_STARTS) and found & {*_DATES["last_modified"], *_DATES["deleted"]}:
        return True
    return any(_FROM_DATES_ON.search(cell) for cells in below for cell in cells)


IMPORTER = CarcRarcImporter()
