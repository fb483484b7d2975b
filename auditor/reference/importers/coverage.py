"""Coverage tables made by the user from LCDs, articles and NCDs: a CSV, described in docs/coverage_table.md.

Unlike CMS files this one is written by hand, so one bad row refuses the whole file and is named by its line.
Columns besides those of HEADER (a source, a remark) are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from auditor.base.codes import is_hcpcs, is_icd10_cm, normalise_icd10
from auditor.base.errors import InputRefused
from auditor.base.periods import Kind as PeriodKind
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
from auditor.reference.importers.records import csv_records

HEADER = (
    "code", "dx_from", "dx_to", "group", "requires", "jurisdiction", "effective", "ended", "article",
    "version", "exhaustive",
)  # fmt: skip
COLUMNS = {
    "code": "VARCHAR",
    "dx_from": "VARCHAR",
    "dx_to": "VARCHAR",
    "dx_group": "INTEGER",
    "requires": "VARCHAR",
    "jurisdiction": "VARCHAR",
    "effective": "DATE",
    "deleted": "DATE",
    "article": "VARCHAR",
    "version": "VARCHAR",
    "exhaustive": "BOOLEAN",
}
_REQUIRED = frozenset(HEADER) - {"dx_to", "ended"}
_PREFIX = re.compile(r"[A-Z][0-9A-Z]{0,6}")
_JURISDICTION = re.compile(r"\*|[A-Z]{2}|\d{5}")
_ARTICLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,39}")


@dataclass(frozen=True)
class _Policy:
    """What all rows of one (article, version, code, jurisdiction) must share, and where it was first seen."""

    requires: str
    effective: date
    deleted: date | None
    exhaustive: bool
    line: int

    def differs(self, other: _Policy) -> str | None:
        """The name of the first column in which two rows of a policy differ."""
        pairs = (
            ("requires", self.requires, other.requires),
            ("effective", self.effective, other.effective),
            ("ended", self.deleted, other.deleted),
            ("exhaustive", self.exhaustive, other.exhaustive),
        )
        return next((name for name, mine, theirs in pairs if mine != theirs), None)


class CoverageImporter(Importer):
    """Coverage policies: a code with the diagnoses that support it, by jurisdiction and dates."""

    title = "Coverage table"
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table(
            "coverage",
            "Coverage table of the user",
            "documents",
            ("article", "version", "code", "jurisdiction", "dx_group", "dx_from", "dx_to"),
            "coverage",
            basis="official file",
        )
    }
    periods: ClassVar[tuple[PeriodKind, ...]] = ()

    def recognise(self, peek: Peek) -> Recognised | None:
        """By its header line: the distinctive column names, in any order."""
        if peek.is_sheet or not peek.lines:
            return None
        titles = {title.strip().strip('"').lower() for title in peek.lines[0].split(",")}
        return Recognised("csv", "*") if {"code", "dx_from", "article"} <= titles else None

    def stage(self, job: Job, parts: Sequence[Part]) -> Staged:
        """Lay out the one file. Raises InputRefused for the first bad row, with its line number."""
        part = parts[0]
        rows = stage_rows(job.con, COLUMNS, _rows(part))
        job.advance(rows)
        if not rows:
            raise InputRefused("it holds no policy", where=part.leaf.place, mend="Add a row below the header")
        policies, exhaustive, articles, earliest = job.con.execute(
            """SELECT count(DISTINCT (article, version, code, jurisdiction)),
                      count(DISTINCT (article, version, code, jurisdiction)) FILTER (WHERE exhaustive),
                      count(DISTINCT article), min(effective) FROM staged"""
        ).fetchall()[0]
        counts = {"rows": rows, "policies": policies, "exhaustive_policies": exhaustive, "articles": articles}
        return Staged(
            columns=tuple(COLUMNS),
            order=("article", "version", "code", "jurisdiction", "dx_group", "dx_from", "dx_to NULLS FIRST"),
            rows=rows,
            counts=counts,
            members=[{"name": part.leaf.place, "rows": rows, "rejected": 0}],
            valid_from=earliest,
            valid_to=None,
        )


def _rows(part: Part) -> Iterator[tuple[object, ...]]:
    """Rows as values for COLUMNS, each checked by itself and against the first of its policy."""
    records = csv_records(part)
    titles = next(records, (1, []))[1]
    places = _header(part, titles)
    policies: dict[tuple[str, ...], _Policy] = {}
    for line, cells in records:
        if not any(cells):
            continue
        if any(cells[len(titles) :]):
            raise _bad(part, line, "more cells than the header has columns")
        row = {name: cells[at] if at < len(cells) else "" for name, at in places.items()}
        values = _checked(part, line, row)
        policy = _Policy(row["requires"].lower(), values[6], values[7], values[10], line)
        key = (str(values[8]), str(values[9]), str(values[0]), str(values[5]))
        first = policies.setdefault(key, policy)
        column = first.differs(policy)
        if column is not None:
            raise _bad(
                part,
                line,
                f"`{column}` differs from line {first.line}, which has the same article, version, code and place",
                "Give rows that hold for other dates or under other conditions another version",
            )
        yield values


def _header(part: Part, cells: Sequence[str]) -> dict[str, int]:
    places = {title.lower(): at for at, title in enumerate(cells)}
    missing = [name for name in HEADER if name in _REQUIRED and name not in places]
    if missing:
        raise InputRefused(
            f"the coverage table has no column {', '.join(missing)}",
            where=part.leaf.place,
            mend=f"Its header is: {','.join(HEADER)}",
        )
    return {name: places[name] for name in HEADER if name in places}


def _checked(
    part: Part, line: int, row: Mapping[str, str]
) -> tuple[str, str, str | None, int, str, str, date, date | None, str, str, bool]:
    """One row as values for COLUMNS."""
    code = row["code"].upper()
    if not is_hcpcs(code):
        raise _bad(part, line, "`code` is not a CPT or HCPCS code (five characters)")
    dx_from, dx_to = _range(part, line, row)
    group = row["group"]
    if not re.fullmatch(r"[1-9]\d{0,3}", group):
        raise _bad(part, line, "`group` is not a whole number from 1 up")
    requires = row["requires"].lower()
    if requires not in ("any", "all"):
        raise _bad(part, line, "`requires` is neither any nor all")
    jurisdiction = row["jurisdiction"].upper()
    if not _JURISDICTION.fullmatch(jurisdiction):
        raise _bad(
            part, line, "`jurisdiction` is not a contractor number (five digits), a state (two letters) or *"
        )
    effective = _date(part, line, "effective", row["effective"])
    if effective is None:
        raise _bad(part, line, "`effective` is missing")
    ended = _date(part, line, "ended", row.get("ended", ""))
    if ended is not None and ended < effective:
        raise _bad(part, line, "`ended` is before `effective`")
    article, version = row["article"], row["version"]
    if not _ARTICLE.fullmatch(article) or not _ARTICLE.fullmatch(version):
        raise _bad(part, line, "`article` or `version` is blank, or has characters that an id has not")
    exhaustive = row["exhaustive"].upper()
    if exhaustive not in ("Y", "N"):
        raise _bad(part, line, "`exhaustive` is neither Y nor N")
    return (
        code, dx_from, dx_to, int(group), requires, jurisdiction, effective, ended, article, version,
        exhaustive == "Y",
    )  # fmt: skip


def _range(part: Part, line: int, row: Mapping[str, str]) -> tuple[str, str | None]:
    """The row's diagnoses: one exact code (end None), or an inclusive range of prefixes."""
    dx_from, dx_to = normalise_icd10(row["dx_from"]), normalise_icd10(row.get("dx_to", ""))
    if not dx_to:
        if not is_icd10_cm(dx_from):
            raise _bad(part, line, "`dx_from` is not an ICD-10-CM code")
        return dx_from, None
    if not _PREFIX.fullmatch(dx_from) or not _PREFIX.fullmatch(dx_to):
        raise _bad(part, line, "`dx_from` or `dx_to` is not the beginning of an ICD-10-CM code")
    if dx_to < dx_from and not dx_from.startswith(dx_to):
        raise _bad(part, line, "`dx_to` is before `dx_from`")
    return dx_from, dx_to


def _date(part: Part, line: int, column: str, text: str) -> date | None:
    if not text:
        return None
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as error:
        raise _bad(part, line, f"`{column}` is not a date written YYYY-MM-DD") from error


def _bad(
    part: Part, line: int, what: str, mend: str = "Mend the row and import the file again"
) -> InputRefused:
    return InputRefused(
        what,
        where=f"{part.leaf.place}, line {line}",
        why="A coverage table is imported whole or not at all",
        mend=mend,
    )


IMPORTER = CoverageImporter()
