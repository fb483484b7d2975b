"""Reading claims, start to end: take in, stage, parse, key, resolve versions, lay down."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb

from auditor.base.errors import UsageError
from auditor.base.progress import NullProgress, Progress
from auditor.claims import checks, crosswalk, identity, lines, rare, remarks, second_look
from auditor.claims.amounts import payments, total_charges
from auditor.claims.feed import LINES_PER_PARTITION, ClaimsFeed, Extent, ReadOptions
from auditor.claims.history import resolving as history
from auditor.claims.history import versions
from auditor.claims.lacking import days_told, lacking_told
from auditor.claims.loading import Loading
from auditor.claims.model import LINES_OF_BUSINESS, POINTERS, PROCEDURES
from auditor.claims.remittance import joining as remittances
from auditor.claims.sources.gather import gather
from auditor.claims.sources.scan import Ahead

_INTERNAL = (
    "claim_parsed", "claim_parted", "claim_paid_shared", "claim_answered", "claim_unread", "claim_line_icn",
    "claim_paid_again", "claim_file", "claim_provider", "claim_version", "claim_across", "claim_number",
    "claim_renumbered", "claim_repeat", "claim_header", "claim_allocated", "claim_charged", "claim_superseded",
)  # fmt: skip
_LEFT = (
    "claim_patient", "claim_code", "claim_npi", "claim_row", "claim_column", "line_withheld", "line_reversed",
    "claim_shared",
)  # fmt: skip
_TOLD = ("set_aside", "superseded", "claim_remark", "claim_intake", "claim_diagnostic",
         "claim_joined", "remittance_unmatched")  # fmt: skip


def read_claims(
    con: duckdb.DuckDBPyConnection,
    paths: Sequence[Path | str],
    options: ReadOptions | None = None,
    progress: Progress | None = None,
    coded: Callable[[Extent], None] | None = None,
    ahead: Ahead | None = None,
) -> ClaimsFeed:
    """Read every file into the connection's canonical tables and tell what was read.

    Leaves `claim_line`, `set_aside`, `superseded`, `claim_remark`, `claim_intake` and the views `claim` and `claim_dx`;
    for what bears on other lines, `line_withheld` (rows set aside, as far as they could be read), `line_reversed`
    (lines that another takes back), `claim_shared` (versions that share a claim number) and `claim_patient`. `coded` is
    called when the codes of all rows, also of those set aside, stand in `claim_code` and their NPIs in `claim_npi`, so
    that other work can begin; it is told how far they reach. `ahead` is what :func:`count_ahead` gave for these paths.
    Raises InputRefused (exit 3) for an input that cannot be read, UsageError (exit 2) for options that make no sense.
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
    if options.provider_scope not in identity.SCOPES:
        raise UsageError(
            f"{options.provider_scope!r} is no provider scope", mend=f"Known: {', '.join(identity.SCOPES)}."
        )
    if options.partitions is not None and options.partitions < 1:
        raise UsageError("the number of partitions must be at least 1")
    _clear(con)
    intake = Loading(con, options)
    with (
        tempfile.TemporaryDirectory(prefix="claims-", dir=_spill_folder(con)) as folder,
        progress.stage("read claims") as stage,
    ):
        # A planner makes a join of a list of constants, and behind a join the rows of a file that two threads read are
        # in no order: yet positions, repeats and keys are told by it.
        con.execute("SET disabled_optimizers = 'in_clause'")
        intake.read(gather(paths, Path(folder)), Path(folder), stage, ahead)
        con.execute("RESET disabled_optimizers")
    intake.require_rows()
    with progress.stage("lay out claims") as stage:
        feed = _lay_out(con, intake, options, coded or (lambda _: None))
        stage.advance(sum(file.lines for file in feed.files))
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
    for table in (*_INTERNAL, *_LEFT, *_TOLD):
        con.execute(f"DROP TABLE IF EXISTS {table}")


def _lay_out(
    con: duckdb.DuckDBPyConnection,
    intake: Loading,
    options: ReadOptions,
    coded: Callable[[Extent], None],
) -> ClaimsFeed:
    """From parsed rows to the canonical tables."""
    rows = sum(file.lines for file in intake.files)
    partitions = options.partitions or max(1, math.ceil(rows / LINES_PER_PARTITION))
    stagings = [part.staged for part in intake.parts]
    have: frozenset[str] = frozenset().union(*(staged.fields for staged in stagings))
    answered = remittances.join(con, intake.remittance_files)
    joined = crosswalk.join_persons(con, options.crosswalk) if options.crosswalk else ()
    outline = versions.outline(con)
    patients = versions.make_patients(con, partitions, outline)
    versions.make_codes(con)
    if second_look.amend(con, have):
        con.execute("DROP TABLE claim_patient; DROP TABLE claim_code")
        patients = versions.make_patients(con, partitions, outline)
        versions.make_codes(con)
    versions.make_npis(con, wanted=options.npis if isinstance(options.npis, bool) else options.npis())
    coded(_extent(con))
    versions.make_providers(con)
    join, lighter, reused = versions.make_versions(con, outline)
    versions.tell_lines_apart(con, join)
    charged = total_charges.allocate(con, join, intake.total_charges)
    allocated = payments.allocate(con, join)
    odd = _count_odd(con)
    texts = dict(remarks.REMARKS)
    notes = [
        *intake.notes,
        *charged,
        *(answered.notes() if answered else ()),
        *(f"{count:,} line{'' if count == 1 else 's'}: {texts[name]}" for name, count in odd.items()),
    ]
    notes.extend((*reused, *history.resolve(con)))
    notes.extend((identity.scope_told(options.provider_scope), *joined))
    versions.find_shared(con)
    checks.count_in(con, intake.malformed, intake.charge_aside, intake.paid_aside)
    lines.fill_set_aside(con)
    lines.make_lines(con, patients, lighter, partitions)
    for table in _INTERNAL:
        con.execute(f"DROP TABLE IF EXISTS {table}")
    notes = [*_share_aside(con, rows), *notes]
    method = "line" if "paid" in have else "none"
    if allocated or (answered is not None and answered.shares_payments):
        method = "header_allocated"
    if allocated:
        notes.append(
            f"{allocated:,} {'claim has' if allocated == 1 else 'claims have'} one payment for all their lines; it is "
            "counted once and shared among the lines by charge"
        )
    if "claim_type" not in have:
        notes.append("no file has a column for claim_type; taken from type of bill and revenue code")
    defaulted = "lob_blank" in odd or any("line_of_business" not in staged.fields for staged in stagings)
    if defaulted:
        notes.append(f"line_of_business is not given for every line; taken as {options.line_of_business}")
    fields, modifier_columns = have | _made_of(have), min(staged.modifier_columns for staged in stagings)
    notes.extend(
        (*lacking_told(fields - _blank_throughout(con), modifier_columns), *days_told(con, "claim_row"))
    )
    return ClaimsFeed(
        files=tuple(intake.files),
        fields=fields,
        notes=tuple(dict.fromkeys(notes)),
        payment_method=method,
        line_of_business_defaulted=defaulted,
        modifier_columns=modifier_columns,
        partitions=partitions,
        unmapped_columns=tuple(dict.fromkeys(name for staged in stagings for name in staged.unmapped)),
        remittances=answered,
    )


def _share_aside(con: duckdb.DuckDBPyConnection, rows: int) -> list[str]:
    """What must be said first: that nothing, or less than half, of the file could be audited."""
    row = con.execute(
        "SELECT count(*) FILTER (state = 'audited'), (SELECT count(*) FROM set_aside) FROM claim_row"
    ).fetchone()
    assert row is not None
    audited, aside = row
    if audited and 2 * int(aside) <= rows:
        return []
    most = ""
    if aside:
        reasons = con.execute(  # a reason that names another row is one reason
            "SELECT mode(CASE WHEN reason_code IN ('line_repeated', 'line_key_used') "
            "THEN regexp_replace(reason, ' row [0-9].*', ' an earlier row') ELSE reason END) FROM set_aside"
        ).fetchone()
        assert reasons is not None
        most = f"; the most frequent reason is: {reasons[0]}"
    if not audited:
        return [
            f"NO LINE WAS AUDITED: of {rows:,} rows, {aside:,} are set aside{most}. This is no clean result"
        ]
    return [f"MORE THAN HALF of the {rows:,} rows are set aside and not audited{most}"]


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


def _blank_throughout(con: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Fields that have to have a column and are blank on every line."""
    row = con.execute("SELECT count(*), count(units) FROM claim_row").fetchone()
    assert row is not None
    return frozenset({"units"}) if row[0] and not row[1] else frozenset()


def _made_of(have: frozenset[str]) -> frozenset[str]:
    """Columns of `claim_line` under another name than the fields they are made of."""
    made = {
        "modifiers": {"modifiers", "mod1"},
        "dx": {"dx1"},
        "procedures": set(PROCEDURES),
        "dx_ptr": set(POINTERS),
        "pointed_dx": set(POINTERS),
        "denied": {"denied", "status"},
        "provider_id": {"rendering_npi", "facility_npi", "billing_npi"},
        "setting": {"claim_type", "tob"},
        "frequency_code": {"frequency_code", "tob"},
        "version_note": {"frequency_code", "tob", "status", "payer_icn", "paid_date", "received_date"},
    }
    return frozenset(name for name, fields in made.items() if fields & have) | set(rare.stored(have))
