"""Notes of the ICD-10-CM tabular list: excludes, code first, use additional code, code also, seventh characters.

The file is the XML of NCHS (`icd10cm_tabular_2025.xml`, root `ICD10CM.tabular`): chapters hold sections, these hold
`diag` elements that nest from the category down. A note stands in a container (`excludes1`, `codeFirst`, ...) at a
chapter, a section or a code, and holds for all codes below: `scope_from` and `scope_to` are that range, as beginnings
of codes without dots (a section whose categories are no single range, M05-M14 with M1A, has a row for each). A deeper
seventh-character definition replaces the ones above it. Not stored: inclusion terms, general notes, the introduction.

A row is one pattern of codes (`codes_from`, `codes_to`) that a note names; `icd10cm_patterns` says how they are read.
`parsed` is true when all codes of the note were read, false when they could not be (then only the text is kept), null
when the note names none: often a line that ends in a colon and leads the notes that follow it (`note_number`).

`<version>` is the fiscal year. That it is an April update stands only in the names, so name or user tell the period,
and it must lie in the file's fiscal year. The editions answer like those of the codes (`until_next`). The texts are
public. A document type is refused: no file of NCHS has one, and entity bombs live there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from auditor.base.errors import InputRefused
from auditor.base.periods import Kind as PeriodKind
from auditor.reference.importers.icd10cm import CODE, fiscal_year_end, fiscal_year_of, stated_period
from auditor.reference.importers.icd10cm_patterns import Categories, Pattern, patterns_of
from auditor.reference.importers.icd10cm_xml import Entry, read_entries
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
from auditor.reference.names import NameFacts

COLUMNS = {
    "level": "VARCHAR",
    "stands_at": "VARCHAR",
    "scope_from": "VARCHAR",
    "scope_to": "VARCHAR",
    "kind": "VARCHAR",
    "note_number": "INTEGER",
    "note": "VARCHAR",
    "seventh_character": "VARCHAR",
    "parsed": "BOOLEAN",
    "codes_from": "VARCHAR",
    "codes_to": "VARCHAR",
}
KINDS = ("excludes1", "excludes2", "code_first", "use_additional", "code_also", "seven_chr", "includes")
_CODED = frozenset(KINDS) - {"seven_chr", "includes"}
_NO_CODES: tuple[tuple[str | None, str | None], ...] = ((None, None),)
_ROOT = re.compile(r"<ICD10CM\.tabular[\s>]")
_VERSION = re.compile(r"<version>\s*(20\d\d)\s*</version>")


@dataclass
class _Whole:
    """What the file as a whole shows while it is read."""

    version: str = ""
    chapters: list[str] = field(default_factory=list)
    indexed: set[str] = field(default_factory=set)
    sections: set[str] = field(default_factory=set)


class Icd10CmTabularImporter(Importer):
    """Notes of the ICD-10-CM tabular list."""

    title = "ICD-10-CM tabular list (XML)"
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table(
            "icd10cm_notes",
            "ICD-10-CM tabular notes",
            "until_next",
            ("level", "stands_at", "scope_from", "kind", "note_number", "note", "codes_from", "codes_to"),
            basis="official file",
        )
    }
    periods: ClassVar[tuple[PeriodKind, ...]] = ("fiscal year", "day")

    def recognise(self, peek: Peek) -> Recognised | None:
        """By its root element. A name that is silent leaves the fiscal year to the content."""
        if peek.is_sheet or not any(_ROOT.search(line) for line in peek.lines):
            return None
        version = next((found[1] for line in peek.lines if (found := _VERSION.search(line))), None)
        silent = stated_period((peek.name,)) is None
        return Recognised("xml", "*", f"FY{version}" if version and silent else None)

    def named(self, names: Sequence[str]) -> NameFacts:
        """The fiscal year, or the day from which an update holds."""
        return NameFacts(period=stated_period(names))

    def stage(self, job: Job, parts: Sequence[Part]) -> Staged:
        """Lay out the one file: once through for the order of its categories, once for the notes."""
        part, rejects, whole = parts[0], Rejects(), _Whole()
        if job.period is None:
            raise ValueError("an edition of ICD-10-CM has a period")
        categories = _categories(part)
        rows = stage_rows(job.con, COLUMNS, _rows(part, categories, rejects, whole))
        job.advance(rows)
        if not rows:
            raise InputRefused("it holds no note", where=part.leaf.place, mend="Download it again")
        if whole.version != str(fiscal_year_of(job.period)):
            raise InputRefused(
                f"it is of fiscal year {whole.version or 'unknown'}, not of {job.period.label}",
                where=part.leaf.place,
                why="The version in the file decides, whatever its name says",
                mend=f"Say --edition FY{whole.version}, or the first day of the update",
            )
        return Staged(
            columns=tuple(COLUMNS),
            order=("scope_from", "scope_to", "level", "kind", "note_number", "codes_from"),
            rows=rows,
            counts={"rows": rows, **_counts(job)},
            members=[{"name": part.leaf.place, "rows": rows, "rejected": rejects.total}],
            valid_from=job.period.first,
            valid_to=fiscal_year_end(job.period.first),
            rejected=rejects.reasons,
            examples=rejects.examples,
            suspicions=_suspicions(whole),
            mixed=(KINDS,),
        )


def _categories(part: Part) -> Categories:
    names: list[str] = []
    blocks: dict[str, list[str]] = {}
    for entry in read_entries(part, None):
        if entry.is_category:
            names.append(entry.name)
        elif entry.categories:
            blocks[entry.name] = entry.categories
    return Categories(names, blocks)


def _rows(
    part: Part, categories: Categories, rejects: Rejects, whole: _Whole
) -> Iterator[tuple[object, ...]]:
    """A row for each note, scope and pattern; entries that cannot be read are counted."""
    for entry in read_entries(part, rejects):
        if entry.level == "file":
            whole.version = entry.name
            continue
        if entry.level == "chapter":
            whole.chapters.append(entry.number)
            whole.indexed |= set(entry.index)
        elif entry.level == "section":
            whole.sections.add(entry.name)
        scopes = _scopes(entry, categories)
        if scopes is None:
            rejects.add(part.leaf.name, entry.line, f"{entry.level} is not an ICD-10-CM code or range")
            continue
        numbers: dict[str, int] = {}
        for note in entry.notes:
            number = numbers[note.kind] = numbers.get(note.kind, 0) + 1
            patterns = patterns_of(note.text, categories) if note.kind in _CODED else []
            parsed = False if patterns is None else (True if patterns else None)
            for scope in scopes:
                for codes in patterns or _NO_CODES:
                    yield (
                        entry.level, entry.name, *scope, note.kind, number, note.text, note.character, parsed, *codes,
                    )  # fmt: skip


def _scopes(entry: Entry, categories: Categories) -> list[Pattern] | None:
    """The codes below an entry as ranges of beginnings; None when its name tells none."""
    if entry.level == "code":
        code = entry.name
        return [(code, code)] if CODE.fullmatch(code) else None
    if entry.categories:
        return categories.ranges(entry.categories)
    first, _, last = entry.name.partition("-")
    return categories.resolve(first, last or first)


def _counts(job: Job) -> dict[str, int]:
    """Notes by kind, and by whether their codes were read."""
    kinds = ", ".join(f"count(*) FILTER (WHERE kind = '{kind}') AS {kind}" for kind in KINDS)
    coded = f"kind IN ({', '.join(repr(kind) for kind in sorted(_CODED))})"
    result = job.con.execute(
        f"""SELECT count(*) AS notes, {kinds},
                   count(*) FILTER (WHERE {coded} AND parsed) AS codes_read,
                   count(*) FILTER (WHERE {coded} AND NOT parsed) AS codes_not_read,
                   count(*) FILTER (WHERE {coded} AND parsed IS NULL) AS without_codes
            FROM (SELECT DISTINCT level, stands_at, kind, note_number, parsed FROM staged)"""
    )
    names = [column[0] for column in result.description or []]
    return dict(zip(names, result.fetchall()[0], strict=True))


def _suspicions(whole: _Whole) -> list[str]:
    """What tells that a part of the list is missing: chapters out of number, sections only in a chapter's index."""
    found = []
    if whole.chapters != [str(number) for number in range(1, len(whole.chapters) + 1)]:
        found.append(f"its chapters are {', '.join(whole.chapters)} and not a series from 1")
    missing = sorted(whole.indexed - whole.sections)
    if missing:
        found.append(f"{len(missing):,} sections of its index are missing ({', '.join(missing[:5])})")
    return found


IMPORTER = Icd10CmTabularImporter()
