"""The library: a folder of editions, each complete from the moment it can be seen.

    <library>/<table>/<edition_id>/rows.parquet
                                   manifest.json

An import works in a hidden folder of the library and renames finished editions into place; whatever stops it,
nothing half-imported is ever visible, and two imports at once do not meet.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from auditor.base.dates import quarter_bounds
from auditor.base.errors import InputRefused
from auditor.base.progress import NullProgress, Progress
from auditor.reference import attach as attaching
from auditor.reference import manifest, starter
from auditor.reference.archives import Limits, open_files
from auditor.reference.editions import TABLES, Answer, Edition, ReferenceState, SourceFile, choose
from auditor.reference.importers.interface import Job, Staged
from auditor.reference.intake import Batch, Wanted, sort_files

_WORK_PREFIX = ".importing-"
_STALE_SECONDS = 24 * 3600
_MEMORY = "900MB"
_THREADS = 2
_ROW_GROUP = 122_880
# Rejected rows up to this many, or this share of the file, are recorded; more of them refuse it.
_REJECTED_ROWS = 10
_REJECTED_SHARE = 0.001


@dataclass(frozen=True)
class ImportReport:
    """What became of one edition. `already`: the same files were in the library before, nothing changed."""

    edition: Edition
    already: bool
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Library:
    """An opened library: its editions, and how they are laid before an audit."""

    _editions: tuple[Edition, ...]
    is_starter: bool = False

    @classmethod
    def open(cls, path: Path) -> Library:
        """The library in a folder; a missing folder is an empty one. Raises InputRefused for a damaged one."""
        if path.exists() and not path.is_dir():
            raise InputRefused(
                "the library is not a folder", where=path.name, mend="Name the library's folder"
            )
        folders = [path / table for table in TABLES if (path / table).is_dir()]
        found = [
            manifest.read(entry) for folder in folders for entry in sorted(folder.iterdir()) if entry.is_dir()
        ]
        return cls(tuple(sorted(found, key=lambda edition: (edition.table, edition.newest))))

    @classmethod
    def starter(cls) -> Library:
        """The small edition that comes with the program. It answers only for the quarter that it cites."""
        return cls(starter.editions(), is_starter=True)

    def editions(self) -> list[Edition]:
        """All editions, by table and from the oldest to the newest."""
        return list(self._editions)

    def answers(
        self, *, as_of: date | None = None, carry_forward: frozenset[str] = frozenset()
    ) -> tuple[Answer, ...]:
        """Which editions answer for which service dates. Raises UsageError for a table not to be carried."""
        attaching.check_carry_forward(carry_forward)
        return choose(self._editions, as_of=as_of, carry_forward=carry_forward)

    def attach(
        self,
        con: duckdb.DuckDBPyConnection,
        *,
        as_of: date | None = None,
        carry_forward: frozenset[str] = frozenset(),
        codes_from: str = "claim_line",
    ) -> ReferenceState:
        """Make the tables `ref_*` in `con`, with the rows whose codes occur in `codes_from`.code.

        `as_of`: only what had been published by that day. `carry_forward`: tables (ncci_ptp, or one of its
        stored tables) whose newest edition answers beyond its quarter. Raises InputRefused when an edition's
        rows are not those of its manifest, UsageError for a table that cannot be carried forward.
        """
        return attaching.attach(
            con, self.answers(as_of=as_of, carry_forward=carry_forward), carry_forward, codes_from
        )


def default_library(environment: Mapping[str, str] | None = None) -> Path:
    """Where a user's library lies: AUDITOR_LIBRARY, else the system's folder for application data."""
    values = os.environ if environment is None else environment
    named = values.get("AUDITOR_LIBRARY")
    if named:
        return Path(named)
    if sys.platform == "win32":
        base = Path(values.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(values.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "auditor" / "library"


def import_files(
    lib_path: Path,
    files: Sequence[Path],
    *,
    published: date | None = None,
    accept: bool = False,
    edition: str | None = None,
    setting: str | None = None,
    notes: Sequence[str] = (),
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> list[ImportReport]:
    """Import official files into the library: all of them, or none when one is refused.

    `published` is the day CMS published them (default: the first day of the edition's quarter for a first
    release, else today). `edition` (2024Q3) and `setting` (practitioner, hospital, dme) serve where the files
    do not tell. `accept` imports what the census finds suspicious, on record. `notes` are shown in reports.
    Raises InputRefused for files that cannot be imported, UsageError for bad options.
    """
    progress = progress or NullProgress()
    wanted = Wanted(edition, setting)
    with _work_folder(lib_path) as work, _told_plainly():
        with progress.stage("unpack") as stage:
            leaves = open_files(files, _subfolder(work, "files"), limits)
            stage.advance(len(leaves))
        found = sort_files(leaves, wanted)
        ready = [
            _lay_out(lib_path, work, number, batch, published, accept, notes, progress)
            for number, batch in enumerate(found.batches)
        ]
        reports = [_put_in_place(lib_path, report, work) for report in ready]
    return [replace(report, skipped=found.skipped if at == 0 else ()) for at, report in enumerate(reports)]


def _lay_out(
    lib_path: Path,
    work: Path,
    number: int,
    batch: Batch,
    published: date | None,
    accept: bool,
    notes: Sequence[str],
    progress: Progress,
) -> ImportReport:
    """One edition, complete in the work folder; or the one that is in the library already."""
    edition_id = _edition_id(batch, published, notes, accept)
    present = lib_path / batch.table / edition_id
    if present.is_dir():
        return ImportReport(manifest.read(present), already=True)
    folder = _subfolder(work, f"edition-{number}")
    con = duckdb.connect(
        config={"threads": _THREADS, "memory_limit": _MEMORY, "temp_directory": str(work / "spill")}
    )
    try:
        con.execute("SET preserve_insertion_order = false")
        name = f"read {batch.table} {batch.quarter or ''}".strip()
        with progress.stage(name) as stage:
            job = Job(con, work, batch.table, batch.setting, batch.quarter, stage.advance)
            staged = batch.importer.stage(job, batch.parts)
        accepted = _refuse_suspicions(batch, staged, accept)
        with progress.stage(f"write {batch.table}") as stage:
            rows = folder / manifest.ROWS
            con.execute(
                f"COPY (SELECT {', '.join(staged.columns)} FROM staged ORDER BY {', '.join(staged.order)}) "
                f"TO '{_quoted(rows)}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP})"
            )
            stage.advance(staged.rows)
    finally:
        con.close()
    made = _edition(batch, staged, edition_id, rows, published, accepted, notes)
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
            f"the {batch.table} {batch.quarter or ''} looks wrong: {'; '.join(suspicions)}",
            where=batch.parts[0].leaf.place,
            why="CMS's own files do not show this",
            mend="Download it again; to audit with it as it is say --accept, and reports will say so",
        )
    return tuple(suspicions)


def _edition(
    batch: Batch,
    staged: Staged,
    edition_id: str,
    rows: Path,
    published: date | None,
    accepted: tuple[str, ...],
    notes: Sequence[str],
) -> Edition:
    now = datetime.now(UTC)
    day, basis = _published(batch, published, now.date())
    given = {part.leaf.given.sha256: part.leaf.given for part in batch.parts}
    remarks = [*notes, *staged.remarks]
    if basis == "import" and batch.importer.needs_quarter:
        remarks.append(f"the day of publication is not known: taken as {day.isoformat()}, the day of import")
    return Edition(
        table=batch.table,
        edition_id=edition_id,
        edition=batch.quarter or day.isoformat(),
        revision=batch.revision,
        published=day,
        published_basis=basis,
        imported_at=now.isoformat(timespec="seconds"),
        layout="+".join(sorted({part.layout for part in batch.parts})),
        files=tuple(SourceFile(f.name, f.sha256, f.bytes) for f in given.values()),
        rows=staged.rows,
        rows_sha256=attaching.sha256_of(rows),
        rows_file=rows,
        counts=staged.counts,
        valid_from=staged.valid_from,
        valid_to=staged.valid_to,
        census=staged.census,
        rejected=staged.rejected,
        accepted=accepted,
        notes=tuple(remarks),
        members=tuple(staged.members),
        rejected_examples=tuple(
            {"file": e.file, "line": e.line, "reason": e.reason} for e in staged.examples
        ),
        exceptions=tuple(staged.exceptions),
    )


def _published(batch: Batch, published: date | None, today: date) -> tuple[date, str]:
    """The publication date, and on what it rests: given by the user, the edition's quarter, or the import.

    A replacement (revision above 0) came out some time in or after its quarter, its name does not say when.
    """
    if published is not None:
        return published, "given"
    if batch.quarter is not None and not batch.revision:
        return quarter_bounds(batch.quarter)[0], "quarter"
    return today, "import"


def _put_in_place(lib_path: Path, report: ImportReport, work: Path) -> ImportReport:
    """Rename a finished edition into the library."""
    if report.already:
        return report
    made = report.edition
    target = lib_path / made.table / made.edition_id
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        made.rows_file.parent.rename(target)
    except OSError:
        # Another import of the same files was first; its edition is as good.
        if not (target / manifest.MANIFEST).is_file():
            raise
        return ImportReport(manifest.read(target), already=True)
    return ImportReport(replace(made, rows_file=target / manifest.ROWS), already=False)


def _edition_id(batch: Batch, published: date | None, notes: Sequence[str], accept: bool) -> str:
    """Stable name of an edition: the same files imported the same way are the same edition."""
    digest = hashlib.sha256()
    facts = [batch.table, str(batch.importer.version), batch.quarter or "", str(published or ""), str(accept)]
    parts = sorted({f"{part.leaf.given.sha256} {part.leaf.name} {part.number}" for part in batch.parts})
    for fact in (*facts, *parts, *notes):
        digest.update(fact.encode("utf-8") + b"\0")
    revision = f"-r{batch.revision}" if batch.revision else ""
    return f"{batch.quarter or 'user'}{revision}-{digest.hexdigest()[:10]}"


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


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
