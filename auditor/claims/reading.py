"""Reading claims, start to end: take in, stage, parse, key, resolve versions, lay down."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb

from auditor.base.errors import InputRefused, UsageError
from auditor.base.progress import NullProgress, Progress, Stage
from auditor.claims import (
    canonical,
    checks,
    date_order,
    history,
    lines,
    payments,
    remarks,
    second_look,
    versions,
)
from auditor.claims.feed import LINES_PER_PARTITION, ClaimsFeed, Extent, InputFile, ReadOptions
from auditor.claims.intake import Source, take_in
from auditor.claims.model import LINES_OF_BUSINESS, PROCEDURES
from auditor.claims.readers import Staged, reader_for
from auditor.claims.readers.table import read_error
from auditor.claims.scan import Ahead
from auditor.claims.words import literal

_INTERNAL = (
    "claim_parsed", "claim_file", "claim_provider", "claim_version",
    "claim_number", "claim_renumbered", "claim_repeat", "claim_header", "claim_allocated", "claim_superseded",
)  # fmt: skip
_TOLD = ("set_aside", "superseded", "claim_remark", "claim_intake")
_UNREADABLE = (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException)


def read_claims(
    con: duckdb.DuckDBPyConnection,
    paths: Sequence[Path],
    options: ReadOptions | None = None,
    progress: Progress | None = None,
    coded: Callable[[Extent], None] | None = None,
    ahead: Ahead | None = None,
) -> ClaimsFeed:
    """Read every file into the connection's canonical tables and tell what was read.

    Leaves `claim_line`, `set_aside`, `superseded`, `claim_remark`, `claim_intake` and the views `claim` and `claim_dx`;
    for what bears on other lines, `line_withheld` (rows set aside, as far as they could be read), `line_reversed`
    (lines that another takes back), `claim_shared` (versions that share a claim number) and `claim_patient`. `coded` is
    called when the codes of all rows, also of those set aside, stand in `claim_code`, so that other work can begin; it
    is told how far they reach. `ahead` is what :func:`count_ahead` gave for these paths. Raises
    InputRefused (exit 3) for an input that cannot be read, UsageError (exit 2) for options that make no sense.
    """
    options = options or ReadOptions()
    progress = progress or NullProgress()
    if not paths:
        raise UsageError("no claims file was given")
    if options.line_of_business not in LINES_OF_BUSINESS:
        raise UsageError(
            f"{options.line_of_business!r} is no line of business",
            mend=f"Known: {', '.join(LINES_OF_BUSINESS)}.",
        )
    if options.partitions is not None and options.partitions < 1:
        raise UsageError("the number of partitions must be at least 1")
    _clear(con)
    intake = _Intake(con, options)
    with (
        tempfile.TemporaryDirectory(prefix="claims-", dir=_spill_folder(con)) as folder,
        progress.stage("read claims") as stage,
    ):
        # A planner makes a join of a list of constants, and behind a join the rows of a file that two threads read are
        # in no order: yet positions, repeats and keys are told by it.
        con.execute("SET disabled_optimizers = 'in_clause'")
        for path in paths:
            for source in take_in(Path(path), Path(folder), ahead=ahead):
                intake.read(source, Path(folder), stage)
        con.execute("RESET disabled_optimizers")
    intake.require_rows()
    with progress.stage("lay out claims") as stage:
        feed = _lay_out(con, intake, options, coded or (lambda _: None))
        stage.advance(sum(file.rows for file in feed.files))
    return feed


def _extent(con: duckdb.DuckDBPyConnection) -> Extent:
    """How far all rows read reach, also those to be set aside."""
    first, last = con.execute(
        "SELECT min(date_from), max(greatest(date_from, date_to)) FROM claim_parsed"
    ).fetchall()[0]
    business = con.execute("SELECT DISTINCT line_of_business::VARCHAR FROM claim_patient").fetchall()
    days = None if first is None or last is None else (first, last)
    return Extent(days, frozenset(name for (name,) in business if name is not None))


def _spill_folder(con: duckdb.DuckDBPyConnection) -> Path | None:
    """The connection's folder for temporary files, if it has one that can be used."""
    row = con.execute("SELECT current_setting('temp_directory')").fetchone()
    if row is None or not row[0]:
        return None
    folder = Path(str(row[0]))
    return folder if folder.is_dir() else None


def _clear(con: duckdb.DuckDBPyConnection) -> None:
    """Drop what an earlier reading left in the connection."""
    for view in ("claim", "claim_dx", "claim_line"):
        con.execute(f"DROP VIEW IF EXISTS {view}")
    for table in (
        *_INTERNAL,
        "claim_patient",
        "claim_code",
        "claim_row",
        "line_withheld",
        "line_reversed",
        "claim_shared",
        *_TOLD,
    ):
        con.execute(f"DROP TABLE IF EXISTS {table}")


class _Intake:
    """What has been read so far."""

    def __init__(self, con: duckdb.DuckDBPyConnection, options: ReadOptions) -> None:
        self.con = con
        self.options = options
        self.files: list[InputFile] = []
        self.staged: list[Staged] = []
        self.notes: list[str] = []
        self.malformed = 0
        self._seen: list[Source] = []
        self._rows = 0
        canonical.create_parsed(con)
        lines.create_set_aside(con)
        con.execute("CREATE TABLE claim_file (file_no USMALLINT, name VARCHAR, first_row BIGINT)")

    def read(self, source: Source, workspace: Path, stage: Stage) -> None:
        """Read one source, unless its content was read before."""
        earlier = next((seen for seen in self._seen if seen.content_sha256 == source.content_sha256), None)
        if earlier is not None:
            self.notes.append(
                f"{source.name}: same content as {earlier.name}, which was read already; not read again"
            )
            return
        self._seen.append(source)
        self.notes.extend(source.notes)
        reader = reader_for(self.con, source, self.options.format)
        staged = reader.stage(self.con, source, self.options, workspace)
        number = len(self.files)
        rows, staged = self._load(source, staged, number)
        self.con.execute("INSERT INTO claim_file VALUES (?, ?, ?)", [number, source.name, self._rows])
        self._rows += rows
        if staged.malformed:
            self.con.execute(
                "INSERT INTO set_aside (source_file, source_pos, reason_code, reason) "
                f"SELECT {literal(source.name)}, source_pos, 'row_malformed', reason FROM ({staged.malformed_select})"
            )
            self.malformed += staged.malformed
            self.notes.append(f"{source.name}: {staged.malformed:,} rows are malformed and set aside")
        self.notes.extend(staged.notes)
        total = rows + staged.malformed
        self.files.append(InputFile(source.name, staged.format, source.sha256, source.bytes, total))
        self.staged.append(staged)
        stage.advance(total)

    def _load(self, source: Source, staged: Staged, number: int) -> tuple[int, Staged]:
        """Read `staged`; when rows are missing or its dates are of another order, undo it and read it otherwise."""
        while True:
            self.con.execute("BEGIN")
            try:
                rows = canonical.insert_parsed(self.con, staged, number, self.options)
                again = staged.recheck(rows) or date_order.reread(self.con, staged, number, source.name)
            except _UNREADABLE:
                self.con.execute("ROLLBACK")
                again = staged.recheck(None)
                if again is None:
                    raise read_error(source) from None
            else:
                self.con.execute("COMMIT" if again is None else "ROLLBACK")
                if again is None:
                    return rows, staged
            staged = again

    def require_rows(self) -> None:
        """Raise InputRefused when no file holds a row."""
        empty = [file.name for file in self.files if file.rows == 0]
        if len(empty) == len(self.files):
            raise InputRefused(
                "the file has a header and no claim lines",
                where=", ".join(empty),
                mend="Export the claims again.",
            )
        self.notes.extend(f"{name}: has a header and no claim lines" for name in empty)


def _lay_out(
    con: duckdb.DuckDBPyConnection,
    intake: _Intake,
    options: ReadOptions,
    coded: Callable[[Extent], None],
) -> ClaimsFeed:
    """From parsed rows to the canonical tables."""
    rows = sum(file.rows for file in intake.files)
    partitions = options.partitions or max(1, math.ceil(rows / LINES_PER_PARTITION))
    have: frozenset[str] = frozenset().union(*(staged.fields for staged in intake.staged))
    outline = versions.outline(con)
    patients = versions.make_patients(con, partitions, outline)
    versions.make_codes(con)
    if second_look.amend(con, have):
        con.execute("DROP TABLE claim_patient; DROP TABLE claim_code")
        patients = versions.make_patients(con, partitions, outline)
        versions.make_codes(con)
    coded(_extent(con))
    versions.make_providers(con)
    join, lighter = versions.make_versions(con, outline)
    versions.number_lines(con, join)
    versions.find_repeats(con, join)
    allocated = payments.allocate(con, join)
    odd = _count_odd(con)
    texts = dict(remarks.REMARKS)
    notes = [*intake.notes, *(f"{count:,} lines: {texts[name]}" for name, count in odd.items())]
    notes.extend(history.resolve(con))
    versions.find_shared(con)
    checks.count_in(con, intake.malformed)
    lines.fill_set_aside(con)
    lines.make_lines(con, patients, lighter, partitions)
    for table in _INTERNAL:
        con.execute(f"DROP TABLE IF EXISTS {table}")
    notes = [*_share_aside(con, rows), *notes]
    method = "line" if "paid" in have else "none"
    if allocated:
        method = "header_allocated"
        notes.append(
            f"{allocated:,} claims have one payment for all their lines; it is counted once and shared among the lines "
            "by charge"
        )
    if "claim_type" not in have:
        notes.append("no file has a column for claim_type; taken from type of bill and revenue code")
    defaulted = "lob_blank" in odd or any("line_of_business" not in staged.fields for staged in intake.staged)
    if defaulted:
        notes.append(f"line_of_business is not given for every line; taken as {options.line_of_business}")
    return ClaimsFeed(
        files=tuple(intake.files),
        fields=have | _made_of(have),
        notes=tuple(dict.fromkeys(notes)),
        payment_method=method,
        line_of_business_defaulted=defaulted,
        modifier_columns=min(staged.modifier_columns for staged in intake.staged),
        partitions=partitions,
        unmapped_columns=tuple(dict.fromkeys(name for staged in intake.staged for name in staged.unmapped)),
    )


def _share_aside(con: duckdb.DuckDBPyConnection, rows: int) -> list[str]:
    """What must be said first: that nothing, or less than half, of the file could be audited."""
    row = con.execute("SELECT count(*) FILTER (state = 'audited') FROM claim_row").fetchone()
    aside = con.execute("SELECT count(*), mode(reason) FROM set_aside").fetchone()
    assert row is not None and aside is not None
    most = f"; the most frequent reason is: {aside[1]}" if aside[0] else ""
    if row[0] == 0:
        return [
            f"NO LINE WAS AUDITED: of {rows:,} rows, {aside[0]:,} are set aside{most}. This is no clean result"
        ]
    if 2 * int(aside[0]) > rows:
        return [f"MORE THAN HALF of the {rows:,} rows are set aside and not audited{most}"]
    return []


def _count_odd(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """The rows of each remark that occurs."""
    bits = con.execute("SELECT bit_or(odd) FROM claim_parsed").fetchone()
    if bits is None or not bits[0]:
        return {}
    names = [name for place, (name, _) in enumerate(remarks.REMARKS) if bits[0] >> place & 1]
    places = {name: place for place, (name, _) in enumerate(remarks.REMARKS)}
    counts = ", ".join(f"count(*) FILTER (odd & {1 << places[name]} > 0)" for name in names)
    row = con.execute(f"SELECT {counts} FROM claim_parsed").fetchone()
    assert row is not None
    return dict(zip(names, row, strict=True))


def _made_of(have: frozenset[str]) -> frozenset[str]:
    """Columns of `claim_line` under another name than the fields they are made of."""
    made = {
        "modifiers": {"modifiers", "mod1"},
        "dx": {"dx1"},
        "procedures": set(PROCEDURES),
        "pointed_dx": {"dx_ptr"},
        "denied": {"denied", "status"},
        "provider_id": {"rendering_npi", "facility_npi", "billing_npi"},
        "setting": {"claim_type", "tob"},
    }
    return frozenset(name for name, fields in made.items() if fields & have)
