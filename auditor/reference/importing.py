"""Bringing files into the library: recognised, laid out, counted, held against the edition before, put in place.

An import works in a hidden folder of the library and renames finished editions into place; whatever stops it,
nothing half-imported is ever visible, and two imports at once do not meet.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from auditor.base.errors import InputRefused, UsageError
from auditor.base.progress import NullProgress, Progress
from auditor.reference import manifest, parts
from auditor.reference.archives import Limits, open_files
from auditor.reference.attach import check_rows
from auditor.reference.editions import Edition, SourceFile
from auditor.reference.importers.interface import Job, Staged
from auditor.reference.intake import Batch, Wanted, sort_files
from auditor.reference.landing import one_at_a_time
from auditor.reference.neighbours import compare_with_neighbours, refuse_rival, same_edition
from auditor.reference.store import Library
from auditor.reference.tables import TABLES
from auditor.reference.text import breaks_off

_WORK_PREFIX = ".importing-"
_STALE_SECONDS = 24 * 3600
_MEMORY = "900MB"
_THREADS = 2
# Rejected rows up to this many, or this share of the file, are recorded; more of them refuse it.
_REJECTED_ROWS = 10
_REJECTED_SHARE = 0.001
_FIRST_PUBLISHED = date(1983, 1, 1)
"""HCPCS is of 1983; nothing here is older."""


@dataclass(frozen=True)
class ImportReport:
    """What became of one edition. `already`: the same files were in the library before, nothing changed."""

    edition: Edition
    already: bool
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Asked:
    """What the user said of the import, and where it goes."""

    library: Path
    published: date | None
    accept: bool
    notes: tuple[str, ...]
    keep_descriptors: bool
    today: date


def import_files(
    lib_path: Path,
    files: Sequence[Path],
    *,
    published: date | None = None,
    accept: bool = False,
    edition: str | None = None,
    setting: str | None = None,
    notes: Sequence[str] = (),
    keep_descriptors: bool = False,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> list[ImportReport]:
    """Import official files into the library: all of them, or none when one is refused.

    `published` is the day CMS published them (default: what the file says, else the first day of the edition's
    period for a first release, else today). `edition` (2024Q3, 2024, FY2025, 2024-03-09) and `setting` (practitioner,
    hospital, dme) serve where the files do not tell. `accept` imports what the census finds suspicious, on record.
    `notes` are shown in reports. `keep_descriptors` keeps the AMA's texts, for a library that stays private.
    Raises InputRefused for files that cannot be imported, UsageError for bad options.
    """
    progress = progress or NullProgress()
    wanted = Wanted(edition, setting)
    today = datetime.now(UTC).date()
    if published is not None and not _FIRST_PUBLISHED <= published <= today + timedelta(days=1):
        raise UsageError(
            f"--published {published.isoformat()} is not a day on which CMS can have published a file",
            mend="Say the day on which the file came out, as YYYY-MM-DD",
        )
    asked = _Asked(lib_path, published, accept, tuple(notes), keep_descriptors, today)
    with _work_folder(lib_path) as work, _told_plainly():
        with progress.stage("unpack") as stage:
            leaves = open_files(files, _subfolder(work, "files"), limits)
            stage.advance(len(leaves))
        found = sort_files(leaves, wanted)
        ready: list[ImportReport] = []
        for number, batch in enumerate(found.batches):
            beside = [report.edition for report in ready if report.edition.table == batch.table]
            ready.append(_lay_out(asked, work, number, batch, progress, beside))
        with one_at_a_time(lib_path):
            for made in (report.edition for report in ready if not report.already):
                refuse_rival(made, Library.open(lib_path, only=made.table).editions())
            reports = _put_in_place(lib_path, ready)
    return [replace(report, skipped=found.skipped if at == 0 else ()) for at, report in enumerate(reports)]


def _lay_out(
    asked: _Asked, work: Path, number: int, batch: Batch, progress: Progress, beside: Sequence[Edition]
) -> ImportReport:
    """One edition, complete in the work folder; or the one that is in the library already.

    `beside` are those of its table that came before it in the same command.
    """
    edition_id = _edition_id(batch, asked)
    present = asked.library / batch.table / edition_id
    if present.is_dir():
        there = manifest.read(present)
        check_rows(there)
        return ImportReport(there, already=True)
    folder = _subfolder(work, f"edition-{number}")
    label = batch.period.label if batch.period else ""
    con = duckdb.connect(
        config={"threads": _THREADS, "memory_limit": _MEMORY, "temp_directory": str(work / "spill")}
    )
    try:
        con.execute("SET preserve_insertion_order = false")
        with progress.stage(f"read {batch.table} {label}".strip()) as stage:
            job = Job(
                con, work, batch.table, batch.variant, batch.period, stage.advance, asked.keep_descriptors
            )
            staged = batch.importer.stage(job, batch.parts)
        staged.suspicions += [
            f"the last line of {part.leaf.place} breaks off: the file is cut short"
            for part in batch.parts
            if part.sheet is None and breaks_off(part.leaf.path)
        ]
        made = _edition(batch, staged, edition_id, asked)
        others = Library.open(asked.library, only=batch.table).editions()
        present_rows = same_edition(con, made, staged, others)
        if present_rows is not None:
            return ImportReport(present_rows, already=True)
        refuse_rival(made, others)
        staged.suspicions += compare_with_neighbours(con, made, staged, [*others, *beside])
        accepted = _refuse_suspicions(batch, staged, asked.accept)
        with progress.stage(f"write {batch.table}") as stage:
            written = parts.write(con, staged, folder)
            stage.advance(staged.rows)
    finally:
        con.close()
    made = replace(made, parts=written, accepted=accepted)
    manifest.write(made, folder)
    return ImportReport(made, already=False)


def _refuse_suspicions(batch: Batch, staged: Staged, accept: bool) -> tuple[str, ...]:
    """What of the census the user accepts. Raises InputRefused for suspicions not accepted."""
    suspicions = list(staged.suspicions)
    rejected = sum(staged.rejected.values())
    if rejected > max(_REJECTED_ROWS, _REJECTED_SHARE * staged.rows) or rejected > staged.rows:
        where = "; ".join(f"{e.file} line {e.line}: {e.reason}" for e in staged.examples[:3])
        suspicions.append(f"{rejected:,} of {rejected + staged.rows:,} rows have another shape ({where})")
    if suspicions and not accept:
        raise InputRefused(
            f"the {batch.table} {batch.period.label if batch.period else ''} looks wrong: {'; '.join(suspicions)}",
            where=batch.parts[0].leaf.place,
            why="CMS's own files do not show this",
            mend="Download it again; to audit with it as it is say --accept, and reports will say so",
        )
    return tuple(suspicions)


def _edition(batch: Batch, staged: Staged, edition_id: str, asked: _Asked) -> Edition:
    """The edition as its manifest will tell it, but for the files of its rows."""
    day, basis = _published(batch, staged, asked)
    given = {part.leaf.given.sha256: part.leaf.given for part in batch.parts}
    remarks = [*asked.notes, *staged.remarks]
    if basis == "import" and batch.importer.needs_period:
        remarks.append(f"the day of publication is not known: taken as {day.isoformat()}, the day of import")
    return Edition(
        table=batch.table,
        edition_id=edition_id,
        edition=batch.period.label if batch.period else day.isoformat(),
        revision=batch.revision,
        published=day,
        published_basis=basis,
        imported_at=datetime.now(UTC).isoformat(timespec="microseconds"),
        layout="+".join(sorted({part.layout for part in batch.parts})),
        files=tuple(SourceFile(f.name, f.sha256, f.bytes) for f in given.values()),
        rows=staged.rows,
        parts=(),
        counts=staged.counts,
        valid_from=staged.valid_from,
        valid_to=staged.valid_to,
        census=staged.census,
        rejected=staged.rejected,
        notes=tuple(remarks),
        members=tuple(staged.members),
        rejected_examples=tuple(
            {"file": e.file, "line": e.line, "reason": e.reason} for e in staged.examples
        ),
        exceptions=tuple(staged.exceptions),
        columns=tuple(staged.columns),
        descriptors=TABLES[batch.table].cpt_descriptors and asked.keep_descriptors,
    )


def _published(batch: Batch, staged: Staged, asked: _Asked) -> tuple[date, str]:
    """The publication date, and on what it rests: given by the user, the file, the edition's period, or the import.

    A replacement (revision above 0) came out some time in or after its period, its name does not say when.
    """
    if asked.published is not None:
        return asked.published, "given"
    told = staged.published or batch.published
    if told is not None:
        return told, "file"
    if batch.period is not None and not batch.revision:
        # CMS gives out a quarter's files before it begins: what is here was published by today.
        return min(batch.period.first, asked.today), "period"
    return asked.today, "import"


def _put_in_place(lib_path: Path, ready: Sequence[ImportReport]) -> list[ImportReport]:
    """Rename finished editions into the library; when one of them cannot be, those before it are taken out again."""
    done: list[ImportReport] = []
    try:
        for report in ready:
            done.append(_renamed(lib_path, report))
    except BaseException:
        for report, put in zip(ready, done, strict=False):
            if not put.already:
                with suppress(OSError):
                    put.edition.parts[0].path.parent.rename(report.edition.parts[0].path.parent)
        raise
    return done


def _renamed(lib_path: Path, report: ImportReport) -> ImportReport:
    """One finished edition, renamed into the library."""
    if report.already:
        return report
    made = report.edition
    target = lib_path / made.table / made.edition_id
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = made.parts[0].path.parent
    try:
        folder.rename(target)
    except OSError:
        # Another import of the same files was first; its edition is as good.
        if not (target / manifest.MANIFEST).is_file():
            raise
        return ImportReport(manifest.read(target), already=True)
    moved = tuple(replace(part, path=target / part.path.name) for part in made.parts)
    return ImportReport(replace(made, parts=moved), already=False)


def _edition_id(batch: Batch, asked: _Asked) -> str:
    """Stable name of an edition: the same files imported the same way are the same edition."""
    digest = hashlib.sha256()
    label = batch.period.label if batch.period else ""
    facts = [batch.table, str(batch.importer.version), label, str(asked.published or ""), str(asked.accept)]
    if asked.keep_descriptors:
        facts.append("descriptors")
    parts = sorted({f"{part.leaf.given.sha256} {part.leaf.name} {part.number}" for part in batch.parts})
    for fact in (*facts, *parts, *asked.notes):
        digest.update(fact.encode("utf-8") + b"\0")
    revision = f"-r{batch.revision}" if batch.revision else ""
    return f"{label or 'user'}{revision}-{digest.hexdigest()[:10]}"


@contextmanager
def _work_folder(lib_path: Path) -> Iterator[Path]:
    """A hidden folder in the library, gone afterwards. Those that dead imports left are swept after a day."""
    try:
        lib_path.mkdir(parents=True, exist_ok=True)
        for old in lib_path.glob(f"{_WORK_PREFIX}*"):
            if time.time() - old.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(old, ignore_errors=True)
        work = Path(tempfile.mkdtemp(prefix=_WORK_PREFIX, dir=lib_path))
    except OSError as error:
        raise InputRefused(
            "the library's folder cannot be written", where=lib_path.name, mend="Name another with --library"
        ) from error
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Errors of disk and database as one paragraph."""
    try:
        yield
    except (OSError, duckdb.Error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise InputRefused(
            f"the import stopped ({reason}) and nothing was imported",
            where="the library",
            mend="See that the disk has room (full tables need some 1 GB while importing), then import again",
        ) from error


def _subfolder(work: Path, name: str) -> Path:
    folder = work / name
    folder.mkdir()
    return folder
