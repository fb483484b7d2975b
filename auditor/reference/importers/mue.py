"""NCCI medically unlikely edits (MUE): csv, tab text or xlsx, a table each for practitioner, hospital and DME services.

Medicare's file has four columns: code, value, adjudication indicator, rationale; Medicaid's has no indicator, and is
known by that where its name is silent. The file holds no date: its quarter comes from its name (`Eff_07-01-2024`,
`2026-q3`) or from the user. Which of the three tables it is stands in the title of its second column. A value of 0 is
a value. Each quarter's file is complete and answers for its quarter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, ClassVar

from auditor.base.errors import InputRefused
from auditor.reference.importers import own_totals, programmes
from auditor.reference.importers.interface import (
    Importer,
    Job,
    Part,
    Peek,
    Recognised,
    Staged,
    Table,
    stage_rows,
)
from auditor.reference.importers.records import Rejects
from auditor.reference.importers.titled import records_of

if TYPE_CHECKING:
    from auditor.reference.intake import Batch

COLUMNS = {"code": "VARCHAR", "value": "INTEGER", "mai": "VARCHAR", "rationale": "VARCHAR"}

_TITLES = {
    "practitioner": re.compile(r"practitioner services.*mue value", re.IGNORECASE | re.DOTALL),
    "hospital": re.compile(r"hospital services.*mue value", re.IGNORECASE | re.DOTALL),
    "dme": re.compile(r"(dme|durable|supplier).*mue value", re.IGNORECASE | re.DOTALL),
}
_ANY_TITLE = re.compile(r"mue values?", re.IGNORECASE)
_CODE_TITLE = re.compile(r"hcpcs.*code", re.IGNORECASE | re.DOTALL)
_INDICATOR_TITLE = re.compile(r"adjudication|\bmai\b", re.IGNORECASE)
_RATIONALE_TITLE = re.compile(r"rationale", re.IGNORECASE)
_CODE = re.compile(r"[0-9A-Z]{5}")
_SPOILT = re.compile(r"\d{1,4}(?:\.0*)?|\d+(?:\.\d+)?[Ee][+-]?\d+")
_QUOTED = re.compile(r'^"(.*)"$')
_FIRST_RECORDS = 60
_WIDTHS = {2: "two", 3: "three", 4: "four"}
_VALUE = re.compile(r"\d{1,9}")
_MAI = re.compile(r"\s*([123])(?:\D|$)")


_SETTINGS = (
    ("practitioner", "practitioner", "practitioner"),
    ("hospital", "outpatient_hospital", "outpatient hospital"),
    ("dme", "dme", "DME supplier"),
)


class MueImporter(Importer):
    """Medically unlikely edits of Medicare and of Medicaid."""

    title = "NCCI MUE values"
    version = 2
    tables: ClassVar[Mapping[str, Table]] = {
        **{
            name: Table(
                f"ncci_mue_{name}",
                f"Medicare MUE values, {told}",
                "period",
                ("code",),
                "ncci_mue",
                setting,
                "rebuilt file",
            )
            for name, setting, told in _SETTINGS
        },
        **{
            f"medicaid_{name}": Table(
                f"medicaid_mue_{name}",
                f"Medicaid MUE values, {told}",
                "period",
                ("code",),
                "ncci_mue",
                setting,
                programme="medicaid",
            )
            for name, setting, told in _SETTINGS
        },
    }

    def recognise(self, peek: Peek) -> Recognised | None:
        """By the header: a code column, then one titled `... MUE Values`, which names the setting."""
        for layout, rows in peek.ways:
            for cells in rows:
                if _is_header(cells):
                    return Recognised(layout, _setting(cells[1]))
        return None

    def settle(self, batches: Sequence[Batch]) -> list[str]:
        """Where the names tell no programme, the columns do: a table without indicators is Medicaid's."""
        programmes.settle(self, batches, _shows_medicaid)
        return []

    def stage(self, job: Job, parts: Sequence[Part]) -> Staged:
        """Lay out the one file of an edition."""
        part = parts[0]
        programmes.refuse_medicaid(job.variant, part, _shows_medicaid(part))
        read = _Read()
        rejects = read.rejects
        rows = stage_rows(job.con, COLUMNS, _rows(part, read))
        job.advance(rows)
        if not rows:
            raise InputRefused("it holds no MUE value", where=part.leaf.place, mend="Download it again")
        counts = {
            "rows": rows,
            **{f"mai_{mai}": _count(job, f"mai = '{mai}'") for mai in "123"},
            "mai_none": _count(job, "mai IS NULL"),
            "value_0": _count(job, "value = 0"),
        }
        again = rows - int(job.con.execute("SELECT count(DISTINCT code) FROM staged").fetchall()[0][0])
        with_indicator = rows - counts["mai_none"]
        suspicions = [
            *([f"{again:,} rows repeat the code of another row"] if again else []),
            *programmes.suspect_medicare(job.variant, part, False if with_indicator else None),
            *own_totals.unlike(read.totals, [rows + rejects.total]),
            *own_totals.cut_sheets(part),
        ]
        first, last = job.bounds
        return Staged(
            columns=tuple(COLUMNS),
            order=("code", "value", "mai"),
            rows=rows,
            counts=counts,
            members=[{"name": part.leaf.place, "rows": rows, "rejected": rejects.total}],
            valid_from=first,
            valid_to=last,
            rejected=rejects.reasons,
            examples=rejects.examples,
            census={"codes_twice": again},
            suspicions=suspicions,
            mixed=(("mai_1", "mai_2", "mai_3", "mai_none"),),
        )


def _is_header(cells: Sequence[str]) -> bool:
    return (
        len(cells) >= 3
        and _CODE_TITLE.search(cells[0]) is not None
        and _ANY_TITLE.search(cells[1]) is not None
    )


def _setting(title: str) -> str | None:
    return next((setting for setting, pattern in _TITLES.items() if pattern.search(title)), None)


@dataclass
class _Read:
    """What was seen while reading: rejected rows, and totals that the file states."""

    rejects: Rejects = field(default_factory=Rejects)
    totals: list[int] = field(default_factory=list)


def _records(part: Part) -> Iterator[tuple[int, list[str]]]:
    """The records with their lines; Medicaid's tab text has cells in quotes."""
    for line, cells in records_of(part):
        yield line, [_QUOTED.sub(r"\1", cell) for cell in cells] if part.layout == "tab" else cells


def _shows_medicaid(part: Part) -> bool | None:
    """Whether the header has no indicator, as Medicaid's; one of two columns tells nothing."""
    first = [cells for _, cells in islice(_records(part), _FIRST_RECORDS)]
    header = next((cells for cells in first if _is_header(cells)), [])
    indicator, rationale = _places(header)
    if programmes.says_medicaid(cell for cells in first for cell in cells):
        return True
    return True if indicator is None and rationale is not None else None


def _places(header: Sequence[str]) -> tuple[int | None, int | None]:
    """The columns of indicator and rationale."""
    titles = list(enumerate(header))[2:]
    indicator = next((at for at, title in titles if _INDICATOR_TITLE.search(title)), None)
    rationale = next((at for at, title in titles if _RATIONALE_TITLE.search(title)), None)
    return indicator, rationale


def _rows(part: Part, read: _Read) -> Iterator[tuple[object, ...]]:
    """Rows after the header. Rows of another shape are counted."""
    header: Sequence[str] = ()
    indicator: int | None = None
    rationale: int | None = None
    for line, cells in _records(part):
        total = own_totals.total_of(cells)
        if total is not None:
            read.totals.append(total)
        elif not header:
            header = cells if _is_header(cells) else ()
            indicator, rationale = _places(header)
        elif any(cells):
            mai = _cell(cells, indicator)
            reason = _fault(cells, mai, len(header))
            if reason is not None:
                read.rejects.add(part.leaf.name, line, reason)
                continue
            found = _MAI.match(mai)
            yield cells[0], int(cells[1]), found[1] if found else None, _cell(cells, rationale)


def _cell(cells: Sequence[str], at: int | None) -> str:
    return cells[at] if at is not None and at < len(cells) else ""


def _fault(cells: Sequence[str], mai: str, width: int) -> str | None:
    """Why a row is rejected, None when it is sound. A missing MAI is sound."""
    if len(cells) < 2 or any(cells[width:]):
        return f"not two to {_WIDTHS.get(width, width)} columns"
    if not _CODE.fullmatch(cells[0]):
        spoilt = " (a number: spoilt by a spreadsheet?)" if _SPOILT.fullmatch(cells[0]) else ""
        return f"code is not five characters{spoilt}"
    if not _VALUE.fullmatch(cells[1]):
        return "value is not a whole number"
    if mai and not _MAI.match(mai):
        return "adjudication indicator does not begin with 1, 2 or 3"
    return None


def _count(job: Job, condition: str) -> int:
    return int(job.con.execute(f"SELECT count(*) FROM staged WHERE {condition}").fetchall()[0][0])


IMPORTER = MueImporter()
