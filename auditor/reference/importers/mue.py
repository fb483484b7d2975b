"""NCCI medically unlikely edits (MUE): csv or xlsx, one table each for practitioner, hospital and DME services.

The file holds no date: its quarter comes from its name (`Eff_07-01-2024`) or from the user. Which of the
three tables it is stands in the title of its second column. A value of 0 is a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from auditor.base.errors import InputRefused
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
from auditor.reference.importers.records import Rejects, csv_records, sheet_records, tab_records

COLUMNS = {"code": "VARCHAR", "value": "INTEGER", "mai": "VARCHAR", "rationale": "VARCHAR"}

_TITLES = {
    "practitioner": re.compile(r"practitioner services.*mue value", re.IGNORECASE | re.DOTALL),
    "hospital": re.compile(r"hospital services.*mue value", re.IGNORECASE | re.DOTALL),
    "dme": re.compile(r"(dme|durable|supplier).*mue value", re.IGNORECASE | re.DOTALL),
}
_ANY_TITLE = re.compile(r"mue values?", re.IGNORECASE)
_CODE_TITLE = re.compile(r"hcpcs.*code", re.IGNORECASE | re.DOTALL)
_CODE = re.compile(r"[0-9A-Z]{5}")
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
                f"medicaid_mue_{name}", f"Medicaid MUE values, {told}", "period", ("code",)
            )
            for name, _, told in _SETTINGS
        },
    }

    def recognise(self, peek: Peek) -> Recognised | None:
        """By the header: a code column, then one titled `... MUE Values`, which names the setting."""
        for layout, rows in peek.ways:
            for cells in rows:
                if _is_header(cells):
                    return Recognised(layout, _setting(cells[1]))
        return None

    def stage(self, job: Job, parts: Sequence[Part]) -> Staged:
        """Lay out the one file of an edition."""
        part = parts[0]
        rejects = Rejects()
        rows = stage_rows(job.con, COLUMNS, _rows(part, rejects))
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
            suspicions=[f"{again:,} rows repeat the code of another row"] if again else [],
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


def _rows(part: Part, rejects: Rejects) -> Iterator[tuple[object, ...]]:
    """Rows after the header. Rows of another shape are counted."""
    read = {"csv": csv_records, "tab": tab_records, "xlsx": sheet_records}[part.layout]
    begun = False
    for line, cells in read(part):
        if not begun:
            begun = _is_header(cells)
            continue
        if not any(cells):
            continue
        code, value, mai, rationale = (*cells[:4], "", "", "")[:4] if len(cells) < 4 else cells[:4]
        reason = _fault(code, value, mai, cells)
        if reason is not None:
            rejects.add(part.leaf.name, line, reason)
            continue
        found = _MAI.match(mai)
        yield code, int(value), found[1] if found else None, rationale


def _fault(code: str, value: str, mai: str, cells: Sequence[str]) -> str | None:
    """Why a row is rejected, None when it is sound. A missing MAI is sound: Medicaid's files have none."""
    if len(cells) < 2 or any(cells[4:]):
        return "not two to four columns"
    if not _CODE.fullmatch(code):
        return "code is not five characters"
    if not _VALUE.fullmatch(value):
        return "value is not a whole number"
    if mai and not _MAI.match(mai):
        return "adjudication indicator does not begin with 1, 2 or 3"
    return None


def _count(job: Job, condition: str) -> int:
    return int(job.con.execute(f"SELECT count(*) FROM staged WHERE {condition}").fetchall()[0][0])


IMPORTER = MueImporter()
