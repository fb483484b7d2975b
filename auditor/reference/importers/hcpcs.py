"""HCPCS Level II: codes and modifiers (ANWEB) as fixed-width text, xlsx or csv, and the list of NOC codes.

Layout: `HCPC<year>_recordlayout.txt` in CMS's quarterly zip, 48 fields in 320 characters (lines are cut at their last
filled field); the workbook has the same fields under titles. RECID 3 is the first line of a code, 4 a further line of
its long description, 7 and 8 the same of a modifier, whose code of two characters is left-padded; pieces are joined
with a blank. One file makes one table here: column `kind` tells codes from modifiers. SEQNUM has five digits in the
text, four in the workbook. Descriptions are CMS's and public, but rows with a code of the AMA or the ADA lose theirs.

A row is valid from ADD DT to TERM DT inclusive: on rows that ended ACT EFF DT, the day of the last action, is the day
after TERM DT. CMS drops codes some ten years after their end, and a release knows no code added after its quarter. So
the newest release answers (history) from the first end that it tells, or from its quarter when it tells none, to the
end of its quarter: it also corrects ends that older ones had wrong. Answering by quarters (until_next) would leave
every date before the first release in the library unanswered although the file has it. What is not dated (coverage,
pricing, type of service) is as of the release.

The quarter is told by names only (`HCPC2026_OCT_ANWEB`, `october-2026-alpha-numeric-hcpcs-file.zip`); a day in the
name (`_01122026`) is that of a re-issue. The list of codes not otherwise classified (`NOC codes_JAN2026.xlsx`) has
code, long description, add and end date; its exact titles are not confirmed. A line there without dates goes on with
the description of the code above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import ClassVar

from auditor.reference.importers.interface import Job, Part, Peek, Recognised, Staged, Table
from auditor.reference.importers.restored import counted
from auditor.reference.importers.titled import Column, Header, TitledImporter, plain, records_of
from auditor.reference.names import NameFacts, name_facts, quarters
from auditor.reference.text import clean_lines

# Title, first and last position (from 1, inclusive) of the text's fields; several of one kind lie side by side.
_FIELDS: tuple[tuple[str, int, int], ...] = (
    ("HCPC", 1, 5), ("SEQNUM", 6, 10), ("RECID", 11, 11), ("LONG DESCRIPTION", 12, 91),
    ("SHORT DESCRIPTION", 92, 119), *((f"PRICE{n}", 118 + 2 * n, 119 + 2 * n) for n in range(1, 5)),
    ("MULT_PI", 128, 128), *((f"CIM{n}", 123 + 6 * n, 128 + 6 * n) for n in range(1, 4)),
    *((f"MCM{n}", 139 + 8 * n, 146 + 8 * n) for n in range(1, 4)), ("STATUTE", 171, 180),
    *((f"LABCERT{n}", 178 + 3 * n, 180 + 3 * n) for n in range(1, 9)),
    *((f"XREF{n}", 200 + 5 * n, 204 + 5 * n) for n in range(1, 6)), ("COV", 230, 230), ("ASC_GRP", 231, 232),
    ("ASC_DT", 233, 240), ("OPPS", 241, 243), ("OPPS_PI", 244, 244), ("OPPS_DT", 245, 252),
    ("PROCNOTE", 253, 256), ("BETOS", 257, 259), *((f"TOS{n}", 260 + n, 260 + n) for n in range(1, 6)),
    ("ANEST_BU", 266, 268), ("ADD DT", 269, 276), ("ACT EFF DT", 277, 284), ("TERM DT", 285, 292),
    ("ACTION CD", 293, 293),
)  # fmt: skip
_RECORD = re.compile(r"(?:[A-Z]\d{4}\d{5}[34]|   [0-9A-Z]{2}\d{5}[78])\S")
_FURTHER = ("4", "8")
_CODE = re.compile(r"[0-9A-Z]{5}|[0-9A-Z]{2}")
_SHAPES = {"code": re.compile(r"[0-9A-Z]{5}"), "modifier": re.compile(r"[0-9A-Z]{2}")}
# Codes of the AMA (CPT, its modifiers) and of the American Dental Association.
_OTHERS = re.compile(r"\d{4}[0-9A-Z]|D\d{4}|\d[0-9P]|P[1-6]")
_NO_DAY = frozenset({"", "00000000", "0"})
_MONTHS = {"jan": 1, "apr": 2, "jul": 3, "oct": 4}
_MONTH = r"(?P<month>jan|apr|jul|oct)(?:uary|il|y|ober)?"
_RELEASES = (
    re.compile(rf"(?<!\d)(?P<year>20\d\d)[-_ ]?{_MONTH}(?![a-z])"),
    re.compile(rf"(?<![a-z]){_MONTH}[-_ ]?(?P<year>20\d\d)(?!\d)"),
)
_ISSUED = re.compile(r"(?<!\d)(\d\d)(\d\d)(20\d\d)(?!\d)")


def _numbered(name: str, title: str, many: int) -> tuple[Column, ...]:
    return tuple(Column(f"{name}_{n}", (f"{title}{n}",)) for n in range(1, many + 1))


def _day(name: str, *titles: str, needed: bool = False) -> Column:
    return Column(name, titles, "date", needed=needed, blanks=_NO_DAY)


_CODES: tuple[Column, ...] = (
    Column("kind", (), optional=True),
    Column("code", ("hcpc",), "code", _CODE, needed=True),
    Column("sequence", ("seqnum",)),
    Column("record_id", ("recid",), "code", re.compile("[37]"), needed=True),
    Column("description", ("longdescription",)),
    Column("short_description", ("shortdescription",)),
    *_numbered("price", "price", 4),
    Column("multiple_pricing", ("multpi",)),
    *_numbered("cim", "cim", 3),
    *_numbered("mcm", "mcm", 3),
    Column("statute", ("statute",)),
    *_numbered("lab_certification", "labcert", 8),
    *_numbered("cross_reference", "xref", 5),
    Column("coverage", ("cov",), "code", re.compile("[A-Z]")),
    Column("asc_group", ("ascgrp",)),
    _day("asc_date", "ascdt"),
    Column("opps_group", ("opps",)),
    Column("opps_indicator", ("oppspi",)),
    _day("opps_date", "oppsdt"),
    Column("processing_note", ("procnote",)),
    Column("betos", ("betos",)),
    *_numbered("tos", "tos", 5),
    Column("anesthesia_base_units", ("anestbu",), "whole"),
    _day("effective", "adddt", needed=True),
    _day("action_effective", "acteffdt"),
    _day("deleted", "termdt"),
    Column("action", ("actioncd",), "code", re.compile("[A-Z]")),
)
_NOC: tuple[Column, ...] = (
    Column("code", ("hcpcs", "hcpc", "hcpcscode"), "code", _SHAPES["code"], needed=True),
    Column("description", ("longdescription",)),
    _day("effective", "adddate", "adddt", needed=True),
    _day("deleted", "termdate", "termdt", "terminationdate"),
)
_NOC_MARKS = tuple(
    frozenset({code, "longdescription", added, ended})
    for code in _NOC[0].titles
    for added in _NOC[2].titles
    for ended in _NOC[3].titles
)


class HcpcsImporter(TitledImporter):
    """HCPCS Level II codes, modifiers and not otherwise classified codes."""

    title = "HCPCS Level II"
    tables: ClassVar[Mapping[str, Table]] = {
        "codes": Table(
            "hcpcs_level2",
            "HCPCS Level II codes and modifiers",
            "history",
            ("kind", "code"),
            basis="rebuilt file",
        ),
        "noc": Table("hcpcs_noc", "HCPCS Level II codes not otherwise classified", "history", ("code",)),
    }
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {"codes": _CODES, "noc": _NOC}
    marks: ClassVar[Sequence[frozenset[str]]] = (frozenset({"hcpc", "recid"}), *_NOC_MARKS)

    def recognise(self, peek: Peek) -> Recognised | None:
        """By the titles, or by lines that begin as records of the text do."""
        found = super().recognise(peek)
        if found is not None or peek.is_sheet:
            return found
        filled = [line for line in peek.lines if line.strip()]
        shaped = sum(1 for line in filled if _RECORD.match(line))
        return Recognised("fixed", "codes") if shaped and shaped * 2 >= len(filled) else None

    def variant_of(self, titles: Sequence[str]) -> str | None:
        """Codes and modifiers have a record id."""
        return "codes" if "recid" in titles else "noc"

    def named(self, names: Sequence[str]) -> NameFacts:
        """The quarter by its first month and year, or as other CMS files name it."""
        return name_facts(names, _named_quarters)

    def stage(self, job: Job, parts: Sequence[Part]) -> Staged:
        """As every table with titles; the day of a re-issue stands in the name."""
        staged = super().stage(job, parts)
        staged.published = _issued(parts[0].leaf.names)
        return staged

    def records(self, part: Part) -> Iterable[tuple[int, list[str]]]:
        """Records with the pieces of a long description joined."""
        return _joined(_cut(part) if part.layout == "fixed" else records_of(part))

    def row_fault(self, values: Mapping[str, object]) -> str | None:
        """A code's length goes with its record id."""
        kind = str(values.get("kind", "code"))
        if _SHAPES[kind].fullmatch(str(values["code"])) is None:
            return "the code's length does not go with its record id"
        return None

    def finished(self, job: Job, staged: Staged) -> None:
        """Counts by kind, dates that cannot be, and from when the file is complete."""
        assert job.period is not None
        staged.counts |= counted(job, ended="deleted IS NOT NULL")
        known = "deleted"
        if "kind" in staged.columns:
            staged.counts |= counted(
                job,
                codes="kind = 'code'",
                modifiers="kind = 'modifier'",
                codes_without_text="description IS NULL",
                **{f"coverage_{letter}": f"coverage = '{letter}'" for letter in "CDIMS"},
            )
            staged.mixed = (("codes", "modifiers"), tuple(f"coverage_{letter}" for letter in "CDIMS"))
            known = "deleted) FILTER (WHERE kind = 'code'"
        staged.census |= counted(
            job,
            ended_before_added="deleted < effective",
            added_after_quarter=f"effective > DATE '{job.period.last}'",
        )
        for fact, told in (
            ("ended_before_added", "rows that end before they begin"),
            ("added_after_quarter", "rows that begin after the release's quarter (is its name right?)"),
        ):
            if staged.census[fact]:
                staged.suspicions.append(f"{staged.census[fact]:,} {told}")
        first_end, newest = job.con.execute(f"SELECT min({known}), max(effective) FROM staged").fetchall()[0]
        staged.valid_from = min(first_end or job.period.first, job.period.first)
        if newest < job.period.first:
            staged.remarks.append(f"its newest code was added on {newest}, before the quarter of its name")

    def _places(self, part: Part, titles: Sequence[str], variant: str) -> Header:
        """Further columns of the list of NOC codes are passed over: its layout is not published."""
        known = {title for column in _NOC for title in column.titles}
        return super()._places(part, [t if variant == "codes" or t in known else "" for t in titles], variant)

    def _typed(
        self, cells: Sequence[str], header: Header, wanted: Sequence[Column]
    ) -> dict[str, object] | str:
        at = header.places.get("record_id")
        if at is not None and at < len(cells) and cells[at] in _FURTHER:
            return "it goes on with a description, but the line above is another code's"
        values = super()._typed(cells, header, wanted)
        if isinstance(values, dict):
            if "kind" in values:
                values["kind"] = "modifier" if values["record_id"] == "7" else "code"
            if _OTHERS.fullmatch(str(values["code"])):
                values |= {name: None for name in ("description", "short_description") if name in values}
        return values


def _cut(part: Part) -> Iterator[tuple[int, list[str]]]:
    """The lines of the text as cells, below a header like the workbook's."""
    yield 0, [title for title, _, _ in _FIELDS]
    for number, line in enumerate(clean_lines(part.leaf.path), start=1):
        yield number, [line[first - 1 : last].strip() for _, first, last in _FIELDS]


def _joined(records: Iterable[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """Records in which the pieces of one long description are one. A piece without a beginning stays a record."""
    at: dict[str, int] = {}
    held: tuple[int, list[str]] | None = None
    for line, cells in records:
        if not at:
            yield line, cells
            titles = [plain(cell) for cell in cells]
            if any(mark <= set(titles) for mark in HcpcsImporter.marks):
                at = {title: place for place, title in reversed(list(enumerate(titles)))}
                at["code"] = next(at[title] for title in _NOC[0].titles if title in at)
            continue
        if not any(cells):
            continue
        cells = [*cells, *[""] * (max(at.values()) + 1 - len(cells))]
        text = at.get("longdescription")
        if held is not None and text is not None and _goes_on(cells, held[1], at):
            held[1][text] = f"{held[1][text]} {cells[text]}".strip()
            continue
        if held is not None:
            yield held
        held = (line, cells)
    if held is not None:
        yield held


def _goes_on(cells: Sequence[str], before: Sequence[str], at: Mapping[str, int]) -> bool:
    """Whether a record is a further piece of the one before."""
    if not cells[at["code"]] or cells[at["code"]] != before[at["code"]]:
        return False
    if "recid" in at:
        return cells[at["recid"]] in _FURTHER
    dates = [at[title] for column in _NOC[2:] for title in column.titles if title in at]
    return not any(cells[place] for place in dates)


def _named_quarters(name: str) -> Iterator[str]:
    yield from quarters(name)
    for pattern in _RELEASES:
        for match in pattern.finditer(name):
            yield f"{match['year']}Q{_MONTHS[match['month']]}"


def _issued(names: Sequence[str]) -> date | None:
    """The day MMDDYYYY that the innermost name with one states."""
    for name in names:
        for month, day, year in _ISSUED.findall(name):
            try:
                return date(int(year), int(month), int(day))
            except ValueError:
                continue
    return None


IMPORTER = HcpcsImporter()
