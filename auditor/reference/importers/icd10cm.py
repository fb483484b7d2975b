"""ICD-10-CM codes from the order file of a fiscal year or of its April update: fixed positions, no header.

Positions from 1: order number 1-5 (zero-filled), code without its dot 7-13, 15 `0` header or `1` valid for billing,
short description 17-76, long description from 78 (icd10OrderFiles.pdf, published beside the file). One line a code,
header or billable; chapter 22 (U) comes last. The descriptions are public.

The content tells no period: it is the name's fiscal year (`icd10cm_order_2025.txt`), for an update the day from which
it holds (`icd10cm-order-April-2025.txt`: 2025-04-01). CMS names the order file of an April update like that of October:
then the archive's name or the user must tell. An edition answers from its first day until the next one begins, at
most to the 30 September that ends its fiscal year (`until_next`), so an April update ends the October file before it.
The codes file (billable codes only) that comes beside it is left out, and refused alone: without headers and order
numbers nothing tells whether it is whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from auditor.base.errors import InputRefused
from auditor.base.periods import Kind as PeriodKind
from auditor.base.periods import Period
from auditor.reference.importers.interface import Job, Part, Peek, Recognised, Staged, Table
from auditor.reference.importers.records import Rejects
from auditor.reference.importers.titled import Column, TitledImporter
from auditor.reference.names import NameFacts
from auditor.reference.text import clean_lines

if TYPE_CHECKING:
    from auditor.reference.intake import Batch

# Chapter 22 has codes since April 2020; before, a whole file ends with chapter 21 (Z).
_CHAPTER_22 = date(2020, 4, 1)
# Since fiscal year 2026 (QA0) the second character is not always a digit.
CODE = re.compile(r"[A-Z](?:\d[0-9A-Z]|[A-Z]\d)[0-9A-Z]{0,4}")
_LINE = re.compile(r"(\d{5}) (.{7}) (.) (.{60}) (\S.*)")
_SHAPED = re.compile(r"\d{5} [A-Z][0-9A-Z]{2}[0-9A-Z ]{4} [01] \S.{59} \S")
_CODES_FILE = re.compile(r"[A-Z][0-9A-Z]{2}[0-9A-Z ]{4} {1,2}\S.*")
_MONTHS = (
    "january february march april may june july august september october november december"
    " jan feb mar apr - jun jul aug sep oct nov dec"
).split()
_MONTH = "|".join(sorted((month for month in _MONTHS if month != "-"), key=len, reverse=True))
_DATED = (
    re.compile(rf"(?<![a-z])(?P<month>{_MONTH})[-_ ]*(?:0?1(?:st)?[-_, ]+)?(?P<year>20\d\d)(?!\d)"),
    re.compile(rf"(?<!\d)(?P<year>20\d\d)[-_ ]*(?P<month>{_MONTH})(?![a-z])"),
)
_ONLY_MONTH = re.compile(rf"(?<![a-z])(?P<month>{_MONTH})(?![a-z])")
_REISSUED = re.compile(r"(?:updated|posted|released)[-_ ]*\d[-_\d]*")
_FISCAL = re.compile(r"(?<![a-z])fy[-_ ]?(?P<year>20\d\d)(?!\d)")
_YEAR = re.compile(r"(?<!\d)(?P<year>20\d\d)(?!\d)")
_CHECKS = """
    WITH codes AS (
        SELECT code, billable, lead(code) OVER (ORDER BY code) AS following FROM staged)
    SELECT (SELECT count(*) FILTER (WHERE billable) FROM staged) AS billable,
           (SELECT count(*) FILTER (WHERE NOT billable) FROM staged) AS headers,
           (SELECT max(order_number) - count(DISTINCT order_number) FROM staged) AS order_numbers_missing,
           (SELECT count(*) - count(DISTINCT order_number) FROM staged) AS order_numbers_twice,
           count(*) FILTER (WHERE NOT billable AND NOT coalesce(starts_with(following, code), FALSE))
               AS headers_without_codes,
           count(*) FILTER (WHERE billable AND starts_with(following, code) AND following <> code)
               AS billable_with_codes_below
    FROM codes"""
_SUSPICIOUS = {
    "order_numbers_missing": "order numbers are missing from the series 00001 to the last one",
    "order_numbers_twice": "rows repeat the order number of another row",
    "headers_without_codes": "header codes have no code below them",
    "billable_with_codes_below": "codes marked valid for billing have codes below them",
}


class Icd10CmImporter(TitledImporter):
    """ICD-10-CM codes with their descriptions, header and billable."""

    title = "ICD-10-CM order file"
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table("icd10cm", "ICD-10-CM codes", "until_next", ("code",), basis="published layout")
    }
    periods: ClassVar[tuple[PeriodKind, ...]] = ("fiscal year", "day")
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {
        "*": (
            Column("order_number", (), "whole"),
            Column("code", (), "code"),
            Column("billable", (), "flag"),
            Column("short_description", ()),
            Column("long_description", ()),
        )
    }
    marks: ClassVar[Sequence[frozenset[str]]] = ()

    def recognise(self, peek: Peek) -> Recognised | None:
        """By its first lines, which all have the shape of an order file's line, but for faults here and there."""
        if peek.is_sheet:
            return None
        lines = [line for line in peek.lines if line.strip()]
        shaped = sum(1 for line in lines if _SHAPED.match(line))
        if shaped and shaped * 2 > len(lines):
            return Recognised("fixed", "*")
        codes = bool(lines) and lines[0].startswith("A000 ") and all(map(_CODES_FILE.fullmatch, lines))
        return Recognised("codes", "*") if codes else None

    def named(self, names: Sequence[str]) -> NameFacts:
        """The fiscal year, or the day from which an update holds."""
        return NameFacts(period=stated_period(names))

    def settle(self, batches: Sequence[Batch]) -> list[str]:
        """Leave out codes files beside an order file. Raises InputRefused for one that came alone."""
        left: list[str] = []
        ordered = any(part.layout == "fixed" for batch in batches for part in batch.parts)
        for batch in batches:
            codes = [part for part in batch.parts if part.layout == "codes"]
            if codes and not ordered:
                raise InputRefused(
                    "it is the codes file of ICD-10-CM, which has no headers and no order numbers",
                    where=codes[0].leaf.place,
                    why="Nothing in it tells whether it is whole",
                    mend="Import the order file that CMS publishes in the same archive (icd10cm_order_2025.txt)",
                )
            batch.parts = [part for part in batch.parts if part.layout != "codes"]
            left += [f"{part.leaf.place}: the order file has its codes" for part in codes]
        return left

    def rows(
        self, part: Part, wanted: Sequence[Column], rejects: Rejects, job: Job
    ) -> Iterator[tuple[object, ...]]:
        """The lines as values of the columns. Lines of another shape are counted."""
        for number, line in enumerate(clean_lines(part.leaf.path), start=1):
            if not line.strip():
                continue
            row = _row(line)
            if isinstance(row, str):
                rejects.add(part.leaf.name, number, row)
            else:
                yield row

    def finished(self, job: Job, staged: Staged) -> None:
        """Counts, and whether the file is whole: its order numbers, headers and last chapter tell."""
        result = job.con.execute(_CHECKS)
        names = [column[0] for column in result.description or []]
        facts = {name: int(value or 0) for name, value in zip(names, result.fetchall()[0], strict=True)}
        staged.counts |= {key: facts[key] for key in ("billable", "headers")}
        staged.census |= {key: facts[key] for key in _SUSPICIOUS}
        staged.suspicions += [f"{facts[key]:,} {text}" for key, text in _SUSPICIOUS.items() if facts[key]]
        staged.mixed = (("billable", "headers"),)
        if job.period is None:
            raise ValueError("an edition of ICD-10-CM has a period")
        last_code = str(
            job.con.execute("SELECT code FROM staged ORDER BY order_number DESC LIMIT 1").fetchall()[0][0]
        )
        if last_code[0] not in ("U" if job.period.first >= _CHAPTER_22 else "UZ"):
            staged.suspicions.append(
                f"it ends at {last_code}, before the last chapter: the end of the file is missing"
            )
        staged.valid_to = fiscal_year_end(job.period.first)


def fiscal_year_end(first: date) -> date:
    """The 30 September that ends the fiscal year of a day."""
    return date(first.year + (first.month >= 10), 9, 30)


def stated_period(names: Sequence[str]) -> str | None:
    """The fiscal year (FY2025) or the day (2025-04-01) that the names of an ICD-10-CM file and its archives state.

    A month other than October makes it an update, which holds from the month's first day; days on which a file was
    posted again are not looked at. Raises InputRefused for names that contradict each other.
    """
    lowered = [_REISSUED.sub(" ", name.lower().replace("%20", " ")) for name in names]
    days: set[date] = set()
    years: set[int] = set()
    months: set[int] = set()
    for name in lowered:
        for pattern in _DATED:
            for match in pattern.finditer(name):
                days.add(date(int(match["year"]), _month(match["month"]), 1))
            name = pattern.sub(" ", name)
        for match in _FISCAL.finditer(name):
            years.add(int(match["year"]))
        years |= {int(match["year"]) for match in _YEAR.finditer(_FISCAL.sub(" ", name))}
        months |= {_month(match["month"]) for match in _ONLY_MONTH.finditer(name)}
    if not days and len(years) == 1:
        days = {date(year - (month >= 10), month, 1) for year in years for month in months}
    years |= {fiscal_year_end(day).year for day in days}
    if len(days) > 1 or len(years) > 1:
        told = sorted({day.isoformat() for day in days} | {f"FY{year}" for year in years})
        raise InputRefused(
            f"its name and the archive's name state different periods: {', '.join(told)}",
            where=names[0],
            mend="Say which it is: --edition FY2025 for the file of October 2024, --edition 2025-04-01 for an update",
        )
    updates = [day for day in days if day.month != 10]
    if updates:
        return updates[0].isoformat()
    return f"FY{years.pop()}" if years else None


def fiscal_year_of(period: Period) -> int:
    """The fiscal year that a period (a fiscal year, or a day on which an update begins) lies in."""
    return fiscal_year_end(period.first).year


def _month(word: str) -> int:
    return _MONTHS.index(word) % 12 + 1


def _row(line: str) -> tuple[object, ...] | str:
    """A line as values of the columns, or why it cannot be read."""
    found = _LINE.fullmatch(line)
    if found is None:
        return "not a line of the order file's fixed positions"
    number, code, flag, short, long = (text.strip() for text in found.groups())
    if CODE.fullmatch(code) is None or not found[2].startswith(code):
        return "code is not an ICD-10-CM code in its place"
    if flag not in ("0", "1"):
        return "header flag is neither 0 nor 1"
    if not short:
        return "short description is blank"
    return int(number), code, flag == "1", short, long


IMPORTER = Icd10CmImporter()
