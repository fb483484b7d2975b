"""ICD-9-CM diagnosis codes (Volume 1) with their descriptions: fixed text, xlsx or csv, one file a fiscal year.

Text (`CMS32_DESC_LONG_DX.txt`, `CMS32_DESC_SHORT_DX.txt`): code without its dot in columns 1-5, blank, description from
column 7, no header. Workbook or csv (`CMS32_DESC_LONG_SHORT_DX.xlsx`): DIAGNOSIS CODE, LONG DESCRIPTION, SHORT
DESCRIPTION. Only codes valid for billing stand in them, without headers; the descriptions are public. Long and short
text are two tables, for a text holds one of them: `icd9cm` has the long description (and the short one when the file
has both), `icd9cm_short` the short one. Procedures (`..._SG`) are not read.

The period is the version in the name: 23 to 32 are the fiscal years 2006 to 2015. Version 32 was the last, for services
until 2015-09-30. An edition answers until the next one begins, at most to the end of its fiscal year (`until_next`).

A text of codes and words could be anything, so a file is one of these only when it begins with 0010, cholera, and all
of its first lines have the shape, with codes of four and of five characters. No list of five-digit codes has that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import ClassVar

from auditor.base.errors import InputRefused
from auditor.base.periods import Kind as PeriodKind
from auditor.reference.importers.interface import Job, Part, Peek, Recognised, Staged, Table
from auditor.reference.importers.records import Rejects
from auditor.reference.importers.titled import Column, Fault, TitledImporter
from auditor.reference.names import NameFacts, name_facts
from auditor.reference.text import clean_lines

FIRST_VERSION, LAST_VERSION = 23, 32
LAST_DAY = date(2015, 9, 30)
_YEAR_OF_VERSION_0 = 1983
_LONGEST_SHORT = 24

CODE = re.compile(r"\d{3,5}|V\d{2,4}|E\d{3,4}")
_LINE = re.compile(r"(.{5}) (\S.*)")
_FIRST = re.compile(r"0010  cholera", re.IGNORECASE)
_SPOILT = re.compile(r"\d{1,2}|\d+\.\d+|\d+(?:\.\d+)?E[+-]?\d+")
_VERSIONS = (re.compile(r"(?<!\d)cms[-_ ]?v?(\d\d)(?!\d)"), re.compile(r"v[-_ ]?(\d\d)(?!\d)"))
_FISCAL = re.compile(r"(?<![a-z])fy[-_ ]?(20\d\d)(?!\d)")
_LONG_TITLES = ("longdescription", "longdesc", "longdescriptionfullabbreviated")
_SHORT_TITLES = ("shortdescription", "shortdesc")
_CODE_TITLES = ("diagnosiscode", "dxcode")


def _columns(short_needed: bool) -> tuple[Column, ...]:
    code = Column("code", _CODE_TITLES, "code", CODE, needed=True)
    long = Column("long_description", _LONG_TITLES, needed=True)
    short = Column("short_description", _SHORT_TITLES, needed=short_needed, optional=not short_needed)
    return (code, short) if short_needed else (code, long, short)


class Icd9CmImporter(TitledImporter):
    """ICD-9-CM diagnosis codes of the fiscal years 2006 to 2015."""

    title = "ICD-9-CM diagnosis codes"
    tables: ClassVar[Mapping[str, Table]] = {
        "long": Table(
            "icd9cm",
            "ICD-9-CM diagnosis codes",
            "until_next",
            ("code",),
            basis="official file",
            may_repeat=True,  # the codes were frozen for the last versions
        ),
        "short": Table(
            "icd9cm_short",
            "ICD-9-CM diagnosis codes, short descriptions",
            "until_next",
            ("code",),
            may_repeat=True,
        ),
    }
    periods: ClassVar[tuple[PeriodKind, ...]] = ("fiscal year",)
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {"long": _columns(False), "short": _columns(True)}
    marks: ClassVar[Sequence[frozenset[str]]] = tuple(
        frozenset({code, text}) for code in _CODE_TITLES for text in (*_LONG_TITLES, *_SHORT_TITLES)
    )

    def recognise(self, peek: Peek) -> Recognised | None:
        """By its titles; a text without titles by its first code and the shape of its lines."""
        titled = super().recognise(peek)
        if titled is not None or peek.is_sheet:
            return titled
        lines = [line for line in peek.lines if line.strip()]
        rows = [_row(line) for line in lines]
        if not lines or not _FIRST.match(lines[0]) or not all(isinstance(row, tuple) for row in rows):
            return None
        pairs = [row for row in rows if isinstance(row, tuple)]
        if not {4, 5} <= {len(code) for code, _ in pairs}:
            return None
        longest = max(len(text) for _, text in pairs)
        return Recognised("fixed", "short" if longest <= _LONGEST_SHORT else "long")

    def variant_of(self, titles: Sequence[str]) -> str | None:
        """Long when it has long descriptions."""
        return "long" if set(_LONG_TITLES) & set(titles) else "short"

    def named(self, names: Sequence[str]) -> NameFacts:
        """The fiscal year that a version or FY in the names states."""
        return NameFacts(period=name_facts(names, _fiscal_years).period)

    def stage(self, job: Job, parts: Sequence[Part]) -> Staged:
        """Lay out the one file of an edition. Raises InputRefused for a year that had no ICD-9-CM."""
        if job.period is not None and job.period.last > LAST_DAY:
            raise InputRefused(
                f"ICD-9-CM has no edition {job.period.label}",
                where=parts[0].leaf.place,
                why=f"Version {LAST_VERSION} was the last, for services until {LAST_DAY.isoformat()}",
                mend="Say the fiscal year of its version: --edition FY2015 for version 32",
            )
        return super().stage(job, parts)

    def cell(self, column: Column, text: str) -> object:
        """One cell; a code that a spreadsheet took for a number is told as such."""
        if column.name == "code":
            reason = _code_fault(text.strip())
            if reason is not None:
                return Fault(reason)
        return super().cell(column, text)

    def rows(
        self, part: Part, wanted: Sequence[Column], rejects: Rejects, job: Job
    ) -> Iterator[tuple[object, ...]]:
        """Rows of a workbook or csv by their titles, lines of a text by their columns."""
        if part.layout != "fixed":
            yield from super().rows(part, wanted, rejects, job)
            return
        filled = f"{job.variant}_description"
        for number, line in enumerate(clean_lines(part.leaf.path), start=1):
            if not line.strip():
                continue
            row = _row(line)
            if isinstance(row, str):
                rejects.add(part.leaf.name, number, row)
            else:
                values = {"code": row[0], filled: row[1]}
                yield tuple(values.get(column.name) for column in wanted)

    def finished(self, job: Job, staged: Staged) -> None:
        """Counts by kind of code; a code that is the beginning of another is no valid code."""
        kinds = {"supplementary_v": "starts_with(code, 'V')", "external_cause_e": "starts_with(code, 'E')"}
        for name, condition in kinds.items():
            staged.counts[name] = _count(job, f"SELECT count(*) FROM staged WHERE {condition}")
        above = _count(
            job,
            """SELECT count(*) FROM (SELECT code, lead(code) OVER (ORDER BY code) AS following FROM staged)
               WHERE starts_with(following, code) AND following <> code""",
        )
        staged.census["codes_with_codes_below"] = above
        if above:
            staged.suspicions.append(
                f"{above:,} codes have codes below them, so they are headers or lost their leading zeros"
            )


def _fiscal_years(name: str) -> Iterator[str]:
    """The fiscal years that one name (lower case) states."""
    for pattern in _VERSIONS:
        for match in pattern.finditer(name):
            if FIRST_VERSION <= int(match[1]) <= LAST_VERSION:
                yield f"FY{_YEAR_OF_VERSION_0 + int(match[1])}"
    for match in _FISCAL.finditer(name):
        yield f"FY{match[1]}"


def _row(line: str) -> tuple[str, str] | str:
    """Code and description of a line, or why it cannot be read."""
    found = _LINE.fullmatch(line.rstrip())
    if found is None:
        return "not a code in columns 1 to 5 and a description from column 7"
    code = found[1].rstrip()
    return _code_fault(code) or (code, found[2])


def _code_fault(code: str) -> str | None:
    if CODE.fullmatch(code):
        return None
    if _SPOILT.fullmatch(code):
        return "code is a number that a spreadsheet made of it"
    return "code is not an ICD-9-CM code without its dot" if code else "code is blank"


def _count(job: Job, query: str) -> int:
    return int(job.con.execute(query).fetchall()[0][0])


IMPORTER = Icd9CmImporter()
