"""The monthly full file of the NPI registry (NPPES), `npidata_pfile_20050523-20240512.csv`: 9 million NPIs.

Of its 330 columns are read NPI, Entity Type Code, the days of enumeration, deactivation and reactivation, the
taxonomy code marked as primary (none marked: the first) and the state of the practice. Names, addresses, telephone
numbers and identifiers are not read at all: the columns are picked by their titles, and what is not picked never
leaves the file. Titles as public readers of the file list them (readme of version 2); the file itself was not seen.
All cells are quoted, days MM/DD/YYYY. A deactivated NPI has its day and nothing else; one that came back has both
days.

The newest file answers (rows), from ever to the newest `Last Update Date` in it: later it knows nothing, and an NPI
that is not on it may be new. The entity type of an NPI never changes; taxonomy and state are those of that day, not
of the day of service. A weekly file has the same titles and is refused: it holds what changed in a week. The files
beside it in the zip (other names, locations, endpoints, headers) are left alone. The zip unpacks to some 10 GB, for
which the disk must have room while importing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import duckdb

from auditor.base.errors import InputRefused
from auditor.base.periods import Kind as PeriodKind
from auditor.reference.importers.interface import Importer, Job, Part, Peek, Recognised, Staged, Table
from auditor.reference.importers.records import csv_records
from auditor.reference.importers.restored import OPEN_BEGIN, counted
from auditor.reference.importers.titled import plain

COLUMNS = {
    "npi": "VARCHAR",
    "entity_type": "VARCHAR",
    "enumerated_on": "DATE",
    "deactivated_on": "DATE",
    "reactivated_on": "DATE",
    "taxonomy": "VARCHAR",
    "state": "VARCHAR",
}
_TITLES = {
    "npi": "NPI",
    "entity_type": "Entity Type Code",
    "enumerated_on": "Provider Enumeration Date",
    "deactivated_on": "NPI Deactivation Date",
    "reactivated_on": "NPI Reactivation Date",
    "state": "Provider Business Practice Location Address State Name",
    "updated_on": "Last Update Date",
}
_DAYS = ("enumerated_on", "deactivated_on", "reactivated_on", "updated_on")
_TAXONOMIES = 15
_CODE, _SWITCH = "Healthcare Provider Taxonomy Code_{}", "Healthcare Provider Primary Taxonomy Switch_{}"
_MARK = frozenset(plain(_TITLES[name]) for name in ("npi", "entity_type", "deactivated_on", "updated_on"))
_FAULTS = {
    "npi has another shape than published": "npi IS NULL OR NOT regexp_full_match(npi, '[12][0-9]{9}')",
    "entity type is neither 1 nor 2": "entity_type IS NOT NULL AND entity_type NOT IN ('1', '2')",
    "a date is not a date": " OR ".join(f"{name}_text IS NOT NULL AND {name} IS NULL" for name in _DAYS),
    "neither enumerated nor deactivated": "enumerated_on IS NULL AND deactivated_on IS NULL",
}
_WEEK = 8


class NppesImporter(Importer):
    """Every NPI: kind of provider, days of its registration, primary taxonomy, state."""

    title = "NPPES full file of NPIs"
    tables: ClassVar[Mapping[str, Table]] = {"*": Table("nppes", "NPI registry (NPPES)", "rows", ("npi",))}
    periods: ClassVar[tuple[PeriodKind, ...]] = ()

    def recognise(self, peek: Peek) -> Recognised | None:
        """By its titles, with a row below them: the files of titles alone that come beside it hold nothing."""
        if peek.is_sheet or len(peek.records) < 2:
            return None
        return Recognised("csv", "*") if {plain(cell) for cell in peek.records[0]} >= _MARK else None

    def stage(self, job: Job, parts: Sequence[Part]) -> Staged:
        """Lay out the one file. Raises InputRefused for one that is broken or lacks a column."""
        part = parts[0]
        _read(job, part)
        faults = " ".join(f"WHEN {condition} THEN '{reason}'" for reason, condition in _FAULTS.items())
        rejected = job.con.execute(
            f"SELECT fault, count(*) FROM (SELECT CASE {faults} END AS fault FROM nppes_read) "
            "WHERE fault IS NOT NULL GROUP BY 1 ORDER BY 1"
        ).fetchall()
        sound = f"CASE {faults} END IS NULL"
        job.con.execute(
            f"CREATE OR REPLACE TEMP TABLE staged AS SELECT {', '.join(COLUMNS)} FROM nppes_read WHERE {sound}"
        )
        rows, first, last = job.con.execute(
            f"SELECT count(*), min(updated_on), max(updated_on) FROM nppes_read WHERE {sound}"
        ).fetchall()[0]
        job.con.execute("DROP TABLE nppes_read")
        job.advance(rows)
        if not rows or last is None:
            raise InputRefused(
                f"it holds no row of the {self.tables['*'].title}",
                where=part.leaf.place,
                mend="Check that it is the file that CMS publishes, whole and unedited",
            )
        staged = Staged(
            columns=tuple(COLUMNS),
            order=("npi",),
            rows=rows,
            counts={"rows": rows},
            members=[{"name": part.leaf.place, "rows": rows, "rejected": sum(n for _, n in rejected)}],
            valid_from=OPEN_BEGIN,
            valid_to=last,
            rejected={str(reason): int(n) for reason, n in rejected},
            published=last,
        )
        staged.counts |= counted(
            job,
            individuals="entity_type = '1'",
            organisations="entity_type = '2'",
            deactivated="deactivated_on IS NOT NULL AND (reactivated_on IS NULL OR reactivated_on < deactivated_on)",
        )
        staged.mixed = (("individuals", "organisations"),)
        twice = rows - int(job.con.execute("SELECT count(DISTINCT npi) FROM staged").fetchall()[0][0])
        if twice:
            staged.suspicions.append(f"{twice:,} rows repeat the NPI of another row")
        if (last - first).days < _WEEK:
            staged.suspicions.append(
                "all rows were changed within a week: it is a weekly update, not the full file"
            )
        return staged


def _read(job: Job, part: Part) -> None:
    """Make `nppes_read`: the picked columns, days as dates (NULL where they are none) and as text."""
    titles = _titles(part)
    types = ", ".join(f"{_literal(title)}: 'VARCHAR'" for title in titles)
    picked = {name: _name(title) for name, title in _TITLES.items()}
    days = ", ".join(
        f"try_strptime({picked[name]}, '%m/%d/%Y')::DATE AS {name}, {picked[name]} AS {name}_text"
        for name in _DAYS
    )
    numbers = [n for n in range(1, _TAXONOMIES + 1) if {_CODE.format(n), _SWITCH.format(n)} <= set(titles)]
    marked = " ".join(f"WHEN {_name(_SWITCH.format(n))} = 'Y' THEN {_name(_CODE.format(n))}" for n in numbers)
    taxonomy = f"coalesce(CASE {marked} END, {_name(_CODE.format(1))})"
    query = (
        f"CREATE OR REPLACE TEMP TABLE nppes_read AS SELECT {picked['npi']} AS npi, "
        f"{picked['entity_type']} AS entity_type, {taxonomy} AS taxonomy, {picked['state']} AS state, {days} "
        f"FROM read_csv({_literal(str(part.leaf.path))}, hive_partitioning = false, columns = {{{types}}}, "
        "header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', nullstr = '', "
        "encoding = '{encoding}')"
    )
    for encoding in ("utf-8", "latin-1"):
        try:
            job.con.execute(query.replace("{encoding}", encoding))
            return
        except duckdb.InvalidInputException as error:
            if encoding == "utf-8" and "encod" in str(error).lower():
                continue
            raise InputRefused(
                "a record of it is not closed, or has more or fewer cells than the header",
                where=part.leaf.place,
                why="A cut or damaged file would be imported in part",
                mend="Download it again",
            ) from error


def _titles(part: Part) -> list[str]:
    """The header's titles. Raises InputRefused when one that is needed is missing."""
    _, titles = next(iter(csv_records(part)))
    needed = [*_TITLES.values(), _CODE.format(1), _SWITCH.format(1)]
    missing = [title for title in needed if title not in titles]
    if missing or len(set(titles)) < len(titles):
        raise InputRefused(
            "its columns are not those of the published layout: "
            + (f"missing {', '.join(missing)}" if missing else "a title stands twice"),
            where=part.leaf.place,
            why="A column taken for its neighbour would make every row wrong",
            mend="If CMS changed the layout, update the program; else download the file again",
        )
    return titles


def _name(title: str) -> str:
    return '"' + title.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


IMPORTER = NppesImporter()
