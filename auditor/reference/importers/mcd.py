"""The Medicare Coverage Database: LCDs, articles and NCDs with their codes, groups, contractors and states.

Layout: the exports current_lcd.zip, all_lcd.zip, current_article.zip, all_article.zip, ncd.zip, and all_data.zip that
holds them; in each a zip of csv files (comma, quotes doubled, CRLF, line breaks and HTML inside cells, UTF-8 or cp1252,
fields beyond 131,072 characters). Times are written `YYYY-MM-DD HH:MM:SS[.n]` in UTC; their day is kept. 1900-01-01 is
an open beginning and no end. Which file it is stands in its titles; files that are not stored, among them
lcd_x_requestor_letters.csv, which current_lcd publishes without titles, are left alone and named.

Stored are identity, title, status and dates of the documents, their codes, and the paragraphs of the code groups:
they alone say whether groups are joined by AND or by OR. Other texts, and all that identifies persons, are dropped at
the door. Codes of ICD-10-CM are stored without the point. XX000 means that a group names no code. `range` tells the
place of a code in a span (B begin, M middle, E end, N none); the codes of a span are listed one by one. An r_ncd_id
of 0 means none and is stored as NULL. Proposed documents (status P, or a display_id that begins with D) are left out
and counted; rows about them in other files are not in force, because no row of `mcd_lcd` or `mcd_article` meets them.
A blank display_id is filled with L or A and the number.

Dates. An LCD is in force from rev_eff_date (a first version has none: orig_det_eff_date) to the earlier of
rev_end_date (end of the version) and ent_det_end_date (end of the whole determination), the last day included.
date_retired is the day on which the contractor acted, with a time of day: it counts only where neither end is given.
A retired document without any end ended at the latest when it was last changed. Articles likewise: from
article_eff_date (else article_pub_date) to the earlier of article_rev_end_date and article_end_date, else
date_retired. An NCD: NCD_efctv_dt to NCD_trmntn_dt; a termination before the effective day is that of the version
before and does not count, and a blank one does not prove that the NCD is in force. Contractor and state: active_date
to term_date. Other files have no dates of their own: their rows hold for the document (or contractor) and version
that they name.

Publication. No file says when it was published. The edition's day is the latest last_updated in all stored files of
the download (the archive as the user gave it), for csv files given bare of the file alone.

Answering (`documents`). A download, even `all`, holds each document in its newest version only, so what an earlier
version said is known from the downloads kept from that time and from nothing else. No edition therefore replaces
another: each answers for the versions of documents of which it is the newest publication. A reader takes, of a
document, the highest version whose `effective` is not after the day, from the newest edition that holds it; that
version has ended if its row says so or a later version had begun. Rows of other files are joined on id and version,
never on the id alone (related documents carry older versions too), from the newest edition that holds the pair. A day
before the first version held cannot be decided. Contractors answer by their triple in the same way. Lists of names
and retirements to come: the newest answers (`rows`).

A document that left a `current` download looks open in the older editions, so `all` is the better one; where both
come in one command for one day, `current` is left out.
"""

from __future__ import annotations

import filecmp
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from auditor.base.errors import InputRefused
from auditor.base.periods import Kind as PeriodKind
from auditor.reference.importers.interface import Job, Part, Peek, Recognised, Staged, Table
from auditor.reference.importers.mcd_files import BY_NAME, FILES, NO_CODE, McdFile, file_of
from auditor.reference.importers.records import csv_records
from auditor.reference.importers.restored import OPEN_BEGIN, counted
from auditor.reference.importers.titled import Column, Header, TitledImporter, plain
from auditor.reference.names import NameFacts

if TYPE_CHECKING:
    from auditor.reference.intake import Batch

_DAY = re.compile(r"\d{4}-\d\d-\d\d(?=[ T]|$)")
_CHANGED = ("lastupdated", "lastupdttmstmp")
_SCOPE = re.compile(r"(?<![a-z0-9])(all|current)[-_ ]?(lcd|article)")
_PROPOSED = "(status = 'P' OR upper(display_id) LIKE 'D%')"


def _day(column: str) -> str:
    """SQL: a date, NULL where it only stands for an open one."""
    return f"nullif(nullif({column}, DATE '1900-01-01'), DATE '9999-12-31')"


def _ended(version: str, whole: str) -> str:
    """SQL: the last day of a document's version."""
    return (
        f"coalesce(least({_day(version)}, {_day(whole)}), {_day('date_retired')}, "
        "CASE WHEN status = 'R' THEN last_updated END)"
    )


# First and last day in force, by file; the others have none of their own.
_DATES: Mapping[str, tuple[str, str]] = {
    "lcd": (
        f"coalesce({_day('rev_eff_date')}, {_day('orig_det_eff_date')})",
        _ended("rev_end_date", "ent_det_end_date"),
    ),
    "article": (
        f"coalesce({_day('article_eff_date')}, {_day('article_pub_date')})",
        _ended("article_rev_end_date", "article_end_date"),
    ),
    "ncd_trkg": (
        _day("ncd_efctv_dt"),
        f"CASE WHEN ncd_efctv_dt IS NULL OR ncd_trmntn_dt >= ncd_efctv_dt THEN {_day('ncd_trmntn_dt')} END",
    ),
    "contractor_jurisdiction": (_day("active_date"), _day("term_date")),
}
_STATUS = {
    "active": "status = 'A'",
    "retired": "status = 'R'",
    "never_in_force": "deleted < effective",
}
_CODES = {"in_ranges": "range <> 'N'"}
# What a reader wants counted, by the end of the file's name.
_COUNTS: Mapping[str, Mapping[str, str]] = {
    "lcd": _STATUS,
    "article": _STATUS,
    "ncd_trkg": {
        "terminated": "deleted IS NOT NULL",
        "retired_titles": "ncd_mnl_sect_title ILIKE '%RETIRED%'",
        "termination_before_effective": "ncd_trmntn_dt < ncd_efctv_dt",
    },
    "x_hcpc_code": _CODES,
    "x_icd10_covered": {**_CODES, "no_code": f"icd10_code_id = '{NO_CODE}'"},
    "x_icd10_noncovered": {**_CODES, "no_code": f"icd10_code_id = '{NO_CODE}'"},
    "_group": {"with_paragraph": "paragraph IS NOT NULL"},
    "related_documents": {"to_articles": "r_article_id IS NOT NULL", "to_lcds": "r_lcd_id IS NOT NULL"},
    "related_ncd_documents": {"to_ncds": "r_ncd_id IS NOT NULL"},
}


def _table(file: McdFile) -> Table:
    return Table(
        file.stored,
        f"Medicare Coverage Database, {file.title}",
        file.answers,
        file.key,
        basis=file.basis,
        never_in_force=file.never_in_force,
        cpt_descriptors=any(column.descriptor for column in file.columns),
        may_lose=file.may_lose,
    )


class McdImporter(TitledImporter):
    """Files of the Medicare Coverage Database; the module says how they are read."""

    title = "Medicare Coverage Database"
    tables: ClassVar[Mapping[str, Table]] = {file.name: _table(file) for file in FILES}
    periods: ClassVar[tuple[PeriodKind, ...]] = ()
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {file.name: file.columns for file in FILES}
    marks: ClassVar[Sequence[frozenset[str]]] = tuple(file.marks for file in FILES)
    may_be_empty: ClassVar[frozenset[str]] = frozenset(file.name for file in FILES if not file.base)

    def recognise(self, peek: Peek) -> Recognised | None:
        """By its first line, the titles."""
        if peek.is_sheet:
            return None
        titles = next((cells for cells in peek.records if any(cells)), [])
        file = file_of([plain(title) for title in titles])
        return None if file is None else Recognised("csv", file.name)

    def named(self, names: Sequence[str]) -> NameFacts:
        """Nothing: the edition is the day that the content tells."""
        return NameFacts()

    def settle(self, batches: Sequence[Batch]) -> list[str]:
        """Make one edition of the files of a table in one download, date it, and leave out what adds nothing."""
        left: list[str] = []
        for group in _grouped(batches, lambda batch: (batch.table, _given(batch))):
            left += _without_repeats(group)
            _put_together([batch for batch in group if batch.parts])
        for download in _grouped([batch for batch in batches if batch.parts], _given):
            parts = [part for batch in download for part in batch.parts]
            day = max((changed for changed in map(_last_changed, parts) if changed), default=None)
            for batch in download:
                batch.published = day
        for group in _grouped(
            [batch for batch in batches if len(batch.parts) == 1],
            lambda batch: (batch.table, str(batch.published)),
        ):
            left += _without_repeats(group)
        return left

    def cell(self, column: Column, text: str) -> object:
        """Codes of ICD-10-CM lose their point; of a time the day is kept."""
        if column.kind == "date" and _DAY.match(text) and column.shape and column.shape.fullmatch(text):
            # A million times a download: as_date tries several ways of writing and takes four times as long.
            try:
                return date.fromisoformat(text[:10])
            except ValueError:
                return super().cell(column, text)
        value = super().cell(column, text)
        return value.replace(".", "") if column.name == "icd10_code_id" and isinstance(value, str) else value

    def refined(self, job: Job, parts: Sequence[Part], rows: int) -> int:
        """Leave out proposed documents and rows that stand in several files, and add the dates in force."""
        con, file = job.con, BY_NAME[job.variant]
        if len(parts) > 1:
            key = ", ".join(file.key)
            con.execute("ALTER TABLE staged RENAME TO together")
            con.execute(
                f"CREATE TEMP TABLE staged AS SELECT DISTINCT ON ({key}) * FROM together "
                f"ORDER BY {key}, last_updated DESC NULLS LAST"
            )
        if file.name in ("lcd", "article"):
            con.execute(f"CREATE OR REPLACE TEMP TABLE proposed AS SELECT 1 FROM staged WHERE {_PROPOSED}")
            con.execute(f"DELETE FROM staged WHERE {_PROPOSED}")
            con.execute(
                f"UPDATE staged SET display_id = upper('{file.name[0]}') || {file.name}_id "
                "WHERE display_id IS NULL"
            )
        effective, deleted = _DATES.get(file.name, ("NULL", "NULL"))
        con.execute("ALTER TABLE staged ADD COLUMN effective DATE")
        con.execute("ALTER TABLE staged ADD COLUMN deleted DATE")
        con.execute(f"UPDATE staged SET effective = {effective}, deleted = {deleted}")
        return int(con.execute("SELECT count(*) FROM staged").fetchall()[0][0])

    def finished(self, job: Job, staged: Staged) -> None:
        """Count, and say what a reader must know."""
        file = BY_NAME[job.variant]
        staged.columns = [*staged.columns, "effective", "deleted"]
        earliest, undated = job.con.execute(
            "SELECT min(effective), count(*) FILTER (WHERE effective IS NULL) FROM staged"
        ).fetchall()[0]
        staged.valid_from, staged.valid_to = (OPEN_BEGIN if undated or earliest is None else earliest), None
        for end, conditions in _COUNTS.items():
            if file.name == end or (end not in _DATES and file.name.endswith(end)):
                staged.counts |= counted(job, **conditions)
        if not file.base:
            # A crosswalk that says a thing twice says it once.
            staged.remarks += staged.suspicions
            staged.suspicions.clear()
        if not staged.rows:
            staged.remarks.append("the file has titles and no row")
        if "last_updated" in staged.columns:
            _see(job, staged, f"last_updated > DATE '{_tomorrow()}'", "rows were changed after today")
        if file.name in ("lcd", "article"):
            _documents(job, staged)
        elif file.name == "ncd_trkg":
            _determinations(staged)

    def _typed(
        self, cells: Sequence[str], header: Header, wanted: Sequence[Column]
    ) -> dict[str, object] | str:
        """As titled tables are read, but a row must have as many cells as there are titles."""
        if len(cells) < header.width or any(cells[header.width :]):
            return "not as many cells as titles"
        return super()._typed(cells, header, wanted)

    def _places(self, part: Part, titles: Sequence[str], variant: str) -> Header:
        """As titled tables are read, but each file has columns of its own that are not stored."""
        known = BY_NAME[variant].ignored
        kept = ["" if title in known else title for title in titles]
        return super()._places(part, kept, variant)


def _documents(job: Job, staged: Staged) -> None:
    """What is to be said of LCDs or articles."""
    proposed = int(job.con.execute("SELECT count(*) FROM proposed").fetchall()[0][0])
    staged.counts["proposed_left_out"] = proposed
    if proposed:
        staged.remarks.append(f"{proposed:,} proposed documents were left out: nothing is in force by them")
    if staged.counts["never_in_force"]:
        told = f"{staged.counts['never_in_force']:,} documents end before they take effect"
        staged.remarks.append(f"{told}: they are never in force")
    if not staged.counts["retired"]:
        staged.remarks.append(
            "no retired document is in it (a `current` download): when documents that are gone ended is not known"
        )
    unended = "status = 'R' AND deleted = last_updated AND " + " AND ".join(
        f"{_day(name)} IS NULL"
        for name in staged.columns
        if name.endswith("end_date") or name == "date_retired"
    )
    count = counted(job, unended=unended)["unended"]
    if count:
        staged.remarks.append(
            f"{count:,} retired documents have no end: taken as ended on the day of their last change"
        )
    _see(job, staged, "status NOT IN ('A', 'R')", "documents have a status other than A, R and P")
    _see(
        job,
        staged,
        "status = 'R' AND deleted IS NULL",
        "retired documents have neither an end nor a last change",
    )
    undated = counted(job, undated="effective IS NULL")["undated"]
    if undated:
        staged.remarks.append(f"{undated:,} documents have no first day: they hold from ever")


def _determinations(staged: Staged) -> None:
    """What is to be said of NCDs."""
    before, retired = staged.counts["termination_before_effective"], staged.counts["retired_titles"]
    if before:
        staged.remarks.append(
            f"{before:,} NCDs have a termination before their effective day, which is that of the version before"
        )
    if retired:
        staged.remarks.append(
            f"{retired:,} NCDs say in their title that they are retired: without a termination date they look in force"
        )


def _see(job: Job, staged: Staged, condition: str, told: str) -> None:
    """A suspicion for rows that a sound file has not."""
    count = counted(job, rows=condition)["rows"]
    if count:
        staged.suspicions.append(f"{count:,} {told}")


def _grouped(batches: Sequence[Batch], key: Callable[[Batch], object]) -> list[list[Batch]]:
    groups: dict[object, list[Batch]] = {}
    for batch in batches:
        groups.setdefault(key(batch), []).append(batch)
    return list(groups.values())


def _given(batch: Batch) -> str:
    """The file, as the user gave it, that a batch lies in."""
    return batch.parts[0].leaf.given.sha256


def _scope(part: Part) -> tuple[str, str] | None:
    """What the names of the archives around a file say of it: (all or current, lcd or article)."""
    names = (name.lower() for name in part.leaf.inside)
    return next(((found[1], found[2]) for found in map(_SCOPE.search, names) if found), None)


def _without_repeats(batches: Sequence[Batch]) -> list[str]:
    """Empty the batches whose file stands in another, or is the `current` one beside `all`; returns what and why."""
    left: list[str] = []
    kept: list[Part] = []
    every = [part for batch in batches for part in batch.parts]
    for part in sorted(every, key=lambda part: ((_scope(part) or ("",))[0] == "current", part.leaf.place)):
        scope = _scope(part)
        same = next((k for k in kept if filecmp.cmp(k.leaf.path, part.leaf.path, shallow=False)), None)
        wider = next(
            (k for k in kept if scope and scope[0] == "current" and _scope(k) == ("all", scope[1])), None
        )
        if same is not None:
            left.append(f"{part.leaf.place}: the same as {same.leaf.place}")
        elif wider is not None:
            left.append(f"{part.leaf.place}: {wider.leaf.place} has the retired documents too")
        else:
            kept.append(part)
    for batch in batches:
        batch.parts = [part for part in batch.parts if any(part is k for k in kept)]
    return left


def _put_together(batches: Sequence[Batch]) -> None:
    """Different files of one table in one download (contractors of LCDs and of articles) become one edition."""
    parts = [part for batch in batches for part in batch.parts]
    if len(parts) < 2:
        return
    if len({part.leaf.name.lower() for part in parts}) > 1:
        raise InputRefused(
            f"two different files of one download are {batches[0].table}: "
            + " and ".join(part.leaf.place for part in parts[:2]),
            mend="Import the one that CMS publishes under this name by itself",
        )
    for batch in batches[1:]:
        batch.parts = []
    batches[0].parts = [replace(part, number=at) for at, part in enumerate(parts, start=1)]


def _last_changed(part: Part) -> date | None:
    """The latest day in its column of changes; days to come do not count."""
    records: Iterator[tuple[int, list[str]]] = csv_records(part)
    titles = next((cells for _, cells in records if any(cells)), [])
    at = next((at for at, title in enumerate(titles) if plain(title) in _CHANGED), None)
    if at is None:
        return None
    latest, limit = "", _tomorrow().isoformat()
    for _, cells in records:
        day = cells[at][:10] if at < len(cells) else ""
        if latest < day <= limit and _DAY.match(cells[at]):
            latest = day
    try:
        return date.fromisoformat(latest) if latest else None
    except ValueError:
        return None


def _tomorrow() -> date:
    """The last day that can be today anywhere."""
    return datetime.now(UTC).date() + timedelta(days=1)


IMPORTER = McdImporter()
