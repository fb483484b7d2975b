"""NCCI add-on code edits (AOC): tab separated text, fixed width of 97 characters, or xlsx.

A row joins an add-on code with a primary code and has three deletion dates (of the add-on, of the primary, of
the edit); it is in force until the earliest of them. Primary `CCCCC`: the contractor defines the primaries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import ClassVar

from auditor.base.errors import InputRefused
from auditor.reference.importers import own_totals
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
from auditor.reference.importers.records import Rejects, sheet_records, tab_records
from auditor.reference.names import NameFacts
from auditor.reference.text import clean_lines

COLUMNS = {
    "edit_type": "VARCHAR",
    "addon": "VARCHAR",
    "addon_deleted": "DATE",
    "primary_code": "VARCHAR",
    "primary_deleted": "DATE",
    "effective": "DATE",
    "edit_deleted": "DATE",
    "note": "VARCHAR",
}
CONTRACTOR_DEFINED = "CCCCC"

# Field order of a row, and the slices of the fixed-width layout.
_FIELDS = (
    "edit_type",
    "addon",
    "addon_deleted",
    "primary_code",
    "primary_deleted",
    "effective",
    "edit_deleted",
)
_SLICES = (slice(0, 1), slice(1, 6), slice(6, 13), slice(13, 18), slice(18, 25), slice(25, 32), slice(32, 39))
_NOTE = slice(39, 97)
_FIXED = re.compile(r"[123][0-9A-Z]{5}(?:\d{7}| {7})[0-9A-Z]{5}(?:\d{7}| {7})\d{7}(?:\d{7}| {7}|$)")
_FIXED_WIDTH = 97
_TITLES = {
    "aoceditdeldt": "edit_deleted",
    "aocediteffdt": "effective",
    "aocedittype": "edit_type",
    "addoncode": "addon",
    "aoccode": "addon",
    "aocdeldt": "addon_deleted",
    "primarycode": "primary_code",
    "primarycodedeldt": "primary_deleted",
    "specialinstructionnotes": "note",
    "specialinstructionsnotes": "note",
}
_NEEDED = frozenset({"edit_type", "addon", "primary_code", "effective"})
_CODE = re.compile(r"[0-9A-Z]{5}")
_SPOILT = re.compile(r"\d{1,4}(?:\.0*)?|\d+(?:\.\d+)?[Ee][+-]?\d+")


class AocImporter(Importer):
    """Add-on code edits of Medicare."""

    title = "NCCI add-on code edits"
    version = 2
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table(
            "ncci_aoc",
            "Medicare add-on code edits",
            "rows",
            ("addon", "primary_code", "edit_type", "effective"),
            "ncci_aoc",
            basis="rebuilt file",
        )
    }

    def recognise(self, peek: Peek) -> Recognised | None:
        """By the header's titles, or by lines of the fixed-width shape."""
        for cells in peek.rows[:30]:
            if set(_header(cells)) >= _NEEDED:
                return Recognised("xlsx" if peek.is_sheet else "tab", "*")
        if not peek.is_sheet:
            shaped = sum(1 for line in peek.lines if _is_fixed(line))
            if shaped and shaped * 2 >= len([line for line in peek.lines if line.strip()]):
                return Recognised("fixed", "*")
        return None

    def stage(self, job: Job, parts: Sequence[Part]) -> Staged:
        """Lay out the one file of an edition."""
        part = parts[0]
        rejects = Rejects()
        totals: list[int] = []
        rows = stage_rows(job.con, COLUMNS, _rows(part, rejects, totals))
        job.advance(rows)
        if not rows:
            raise InputRefused(
                "it holds no add-on code edit", where=part.leaf.place, mend="Download it again"
            )
        staged = _staged(job, part, rows, rejects)
        staged.suspicions += own_totals.unlike(totals, [rows + rejects.total])
        staged.suspicions += own_totals.cut_sheets(part)
        return staged

    def named(self, names: Sequence[str]) -> NameFacts:
        """What the names say. Raises InputRefused for Medicaid's file, which would pass for Medicare's."""
        facts = super().named(names)
        if facts.medicaid:
            raise InputRefused(
                "its name says that it is Medicaid's, and only Medicare's add-on code edits are known here",
                where=names[0],
                mend="Import the file that CMS publishes for Medicare (its name has MCR)",
            )
        return facts


def _staged(job: Job, part: Part, rows: int, rejects: Rejects) -> Staged:
    """Counts and census of the table `staged`."""
    first, last = job.bounds
    end = "least(addon_deleted, primary_deleted, edit_deleted)"
    query = f"""
        SELECT count(*) FILTER (WHERE {end} IS NULL) AS active,
               count(*) FILTER (WHERE {end} IS NOT NULL) AS deleted,
               count(*) FILTER (WHERE edit_type = '1') AS type_1,
               count(*) FILTER (WHERE edit_type = '2') AS type_2,
               count(*) FILTER (WHERE edit_type = '3') AS type_3,
               count(*) FILTER (WHERE primary_code = '{CONTRACTOR_DEFINED}') AS contractor_defined,
               count(*) FILTER (WHERE effective > $last) AS effective_after_quarter,
               count(*) FILTER (WHERE effective > {end}) AS effective_after_deleted,
               count(*) FILTER (WHERE addon = primary_code) AS same_code_twice,
               count(*) - count(DISTINCT (edit_type, addon, primary_code, effective)) AS rows_twice,
               min(effective) AS earliest
        FROM staged"""
    result = job.con.execute(query, {"last": last})
    names = [column[0] for column in result.description or []]
    facts = dict(zip(names, result.fetchall()[0], strict=True))
    census = {
        key: int(facts[key])
        for key in ("effective_after_quarter", "effective_after_deleted", "same_code_twice", "rows_twice")
    }
    suspicious = {
        "effective_after_quarter": "rows that take effect after the edition's quarter (is its name right?)",
        "same_code_twice": "rows that make a code the add-on of itself",
        "rows_twice": "rows that stand in the file twice",
    }
    remarks = []
    if census["effective_after_deleted"]:
        remarks.append(
            f"{census['effective_after_deleted']:,} rows are never in force (deleted before they take effect)"
        )
    answers_from = facts["earliest"]
    if not facts["deleted"] and answers_from < first:
        # CMS keeps deleted edits with their dates. Without any, primaries that were acceptable once are missing, and an
        # add-on beside one of them would be said to stand alone.
        answers_from = first
        remarks.append(
            "no row has a deletion date, so the codes acceptable before this edition are not known: it answers from "
            f"{first} on"
        )
    job.con.execute("ALTER TABLE staged ADD COLUMN deleted DATE")
    job.con.execute(f"UPDATE staged SET deleted = {end}")
    kept = ("active", "deleted", "type_1", "type_2", "type_3", "contractor_defined")
    return Staged(
        columns=(*COLUMNS, "deleted"),
        order=("addon", "primary_code", "edit_type", "effective"),
        rows=rows,
        counts={"rows": rows, **{key: int(facts[key]) for key in kept}},
        members=[{"name": part.leaf.place, "rows": rows, "rejected": rejects.total}],
        valid_from=answers_from,
        valid_to=None,
        rejected=rejects.reasons,
        examples=rejects.examples,
        census=census,
        suspicions=[f"{census[key]:,} {text}" for key, text in suspicious.items() if census[key]],
        remarks=remarks,
        mixed=(("type_1", "type_2", "type_3"),),
    )


def _header(cells: Sequence[str]) -> dict[str, int]:
    """Field names of a header row with their places, empty for other rows; `Julian` in a title says nothing."""
    found: dict[str, int] = {}
    for place, title in enumerate(cells):
        key = re.sub(r"[^a-z]", "", title.lower().replace("julian", "")).replace("date", "dt")
        field = _TITLES.get(key)
        if field is not None:
            found.setdefault(field, place)
    return found


def _is_fixed(line: str) -> bool:
    return len(line) <= _FIXED_WIDTH and _FIXED.match(line) is not None


def _rows(part: Part, rejects: Rejects, totals: list[int]) -> Iterator[tuple[object, ...]]:
    """Rows as values for COLUMNS. Rows of another shape are counted, totals that the file states are kept."""
    read = _fixed_rows(part, rejects, totals) if part.layout == "fixed" else _titled_rows(part, totals)
    for line, values in read:
        row = _typed(values)
        if isinstance(row, str):
            rejects.add(part.leaf.name, line, row)
        else:
            yield row


def _titled_rows(part: Part, totals: list[int]) -> Iterator[tuple[int, dict[str, str]]]:
    header: dict[str, int] = {}
    for line, cells in sheet_records(part) if part.layout == "xlsx" else tab_records(part):
        total = own_totals.total_of(cells)
        if total is not None:
            totals.append(total)
        elif not header:
            found = _header(cells)
            header = found if set(found) >= _NEEDED else {}
        elif any(cells):
            yield line, {name: cells[at] if at < len(cells) else "" for name, at in header.items()}


def _fixed_rows(part: Part, rejects: Rejects, totals: list[int]) -> Iterator[tuple[int, dict[str, str]]]:
    begun = False
    for number, line in enumerate(clean_lines(part.leaf.path), start=1):
        if not line.strip():
            continue
        if _is_fixed(line):
            begun = True
            values = {name: line[cut].strip() for name, cut in zip(_FIELDS, _SLICES, strict=True)}
            yield number, {**values, "note": line[_NOTE].strip()}
        elif (total := own_totals.total_of([line])) is not None:
            totals.append(total)
        elif begun:
            rejects.add(part.leaf.name, number, "not a record of 97 characters")


def _typed(values: Mapping[str, str]) -> tuple[object, ...] | str:
    """A row for COLUMNS, or why there is none."""
    if values["edit_type"] not in ("1", "2", "3"):
        return "type is not 1, 2 or 3"
    for name, told in (("addon", "add-on code"), ("primary_code", "primary code")):
        if not _CODE.fullmatch(values[name]):
            spoilt = " (a number: spoilt by a spreadsheet?)" if _SPOILT.fullmatch(values[name]) else ""
            return f"{told} is not five characters{spoilt}"
    dates: dict[str, date | None] = {}
    for name in ("addon_deleted", "primary_deleted", "effective", "edit_deleted"):
        text = values.get(name, "")
        dates[name] = as_date(text)
        if text and dates[name] is None:
            return f"{name.replace('_', ' ')} is not a date"
    if dates["effective"] is None:
        return "effective date is missing"
    return (
        values["edit_type"],
        values["addon"],
        dates["addon_deleted"],
        values["primary_code"],
        dates["primary_deleted"],
        dates["effective"],
        dates["edit_deleted"],
        values.get("note", ""),
    )


def as_date(text: str) -> date | None:
    """A date written YYYYDDD (year and day of the year), YYYYMMDD or YYYY-MM-DD; None for anything else."""
    try:
        if re.fullmatch(r"\d{7}", text):
            year, day = int(text[:4]), int(text[4:])
            found = date(year, 1, 1) + timedelta(days=day - 1)
            return found if day >= 1 and found.year == year else None
        if re.fullmatch(r"\d{8}", text):
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except (ValueError, OverflowError):
        return None


IMPORTER = AocImporter()
