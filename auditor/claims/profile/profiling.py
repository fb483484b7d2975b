"""A profile of claims that were read: counts, dollars by month and payer, how each field is filled, what was left out.

Everything is counted from the tables that :func:`auditor.claims.read_claims` leaves, and none of it names a patient or
a claim. Amounts are US cents.
"""

from __future__ import annotations

from statistics import median_low
from typing import Any, Final

from duckdb import DuckDBPyConnection

from auditor.claims import rare
from auditor.claims.checks import Reconciliation
from auditor.claims.columns import LINE_COLUMNS, Column
from auditor.claims.feed import ClaimsFeed
from auditor.claims.model import BY_NAME
from auditor.claims.profile.model import (
    Amounts,
    ClaimsProfile,
    Coverage,
    Diagnostic,
    Kind,
    Month,
    Payer,
    TieOut,
    Told,
)
from auditor.claims.profile.months import FEW, odd_months
from auditor.claims.words import literal

PAYERS: Final = 50
"""Payers that are told one by one; the rest are added up."""
REASONS: Final = 60
"""Reasons of rows set aside that are told one by one."""
PLACES: Final = 5
"""Places of a diagnostic that are named."""

_AUDITED = "state = 'audited'"
_AMOUNTS = (
    "count(*), count(DISTINCT claim_key), sum(charge), sum(allowed), sum(paid), count(*) FILTER (denied)"
)
_MADE_OF: Final = {
    "provider_id": ("rendering_npi", "facility_npi", "billing_npi"),
    "setting": ("claim_type", "tob"),
    "frequency_code": ("frequency_code", "tob"),
    "date_to": ("date_to", "date_from"),
    "modifiers": ("modifiers", "mod1"),
    "dx": ("dx1",),
    "procedures": ("px1",),
    "pointed_dx": ("dx_ptr",),
    "denied": ("denied", "status"),
    "icd9": ("dx_version",),
    "minutes": ("minutes", "unit_basis"),
}
"""Columns of `claim_line` that are made of fields under other names."""
_ALWAYS = frozenset({"line_of_business", "claim_type", "mods_truncated", "denied", "date_to"})
"""Columns that are never blank: how they are filled says nothing, only whether a file has a column for them."""
_LEFT_OUT = frozenset({"mods_truncated"})


def profile_claims(con: DuckDBPyConnection, feed: ClaimsFeed, accounts: Reconciliation) -> ClaimsProfile:
    """The profile of the claims in ``con``. ``accounts`` is what :func:`auditor.claims.reconcile` gave for them.

    Reads `claim_line`, `set_aside`, `superseded`, `line_withheld` and, where there are any, `claim_diagnostic` and
    `remittance_unmatched`. The same claims give the same profile.
    """
    first, last = _row(con, f"SELECT min(date_from), max(date_to) FROM claim_line WHERE {_AUDITED}")
    months = _months(con, _AUDITED)
    return ClaimsProfile(
        counts=_counts(con, accounts),
        tie_out=_tie_out(con, accounts),
        first=first,
        last=last,
        whole=_amounts(_row(con, f"SELECT {_AMOUNTS} FROM claim_line WHERE {_AUDITED}")),
        months=months,
        gaps=odd_months({month.month: month.amounts.lines for month in months}),
        payers=_payers(con, months),
        kinds=_kinds(con),
        coverage=_coverage(con, feed),
        set_aside=_set_aside(con),
        superseded=_superseded(con),
        history=_history(con),
        versions=tuple(
            con.execute(
                "SELECT frequency_code, state::VARCHAR, count(DISTINCT claim_key) FROM claim_line GROUP BY ALL "
                "ORDER BY frequency_code NULLS FIRST, 2"
            ).fetchall()
        ),
        diagnostics=_diagnostics(con),
        allocated=_amounts(
            _row(con, f"SELECT {_AMOUNTS} FROM claim_line WHERE {_AUDITED} AND paid_allocated")
        ),
        remittances=feed.remittances.figures() if feed.remittances else (),
        unmatched=_unmatched(con),
    )


def _counts(con: DuckDBPyConnection, accounts: Reconciliation) -> dict[str, int]:
    """Rows, lines by what became of them, and the claims, patients and providers of the audited lines."""
    names = "rows_read lines_read lines_audited lines_superseded lines_set_aside lines_joined claims patients"
    counts = {name: int(getattr(accounts, name)) for name in names.split() if hasattr(accounts, name)}
    counts["patients_across_payers"], counts["providers"], counts["billing_providers"], without = _row(
        con,
        "SELECT count(DISTINCT patient_id), count(DISTINCT provider_id), count(DISTINCT billing_npi), "
        f"count(*) - count(provider_id) FROM claim_line WHERE {_AUDITED}",
    )
    counts["lines_without_provider"] = without
    counts["lines_denied"], counts["lines_without_amount"] = _row(
        con,
        "SELECT count(*) FILTER (denied), count(*) FILTER (coalesce(paid, allowed, charge) IS NULL) "
        f"FROM claim_line WHERE {_AUDITED}",
    )
    return counts


def _tie_out(con: DuckDBPyConnection, accounts: Reconciliation) -> tuple[TieOut, ...]:
    """Dollars that came in against where they are. What is allowed is not measured on its way in."""
    audited, superseded = _row(
        con,
        f"SELECT sum(allowed) FILTER ({_AUDITED}), sum(allowed) FILTER (state = 'superseded') FROM claim_line",
    )
    (aside,) = _row(con, "SELECT sum(allowed) FROM line_withheld")
    allowed = TieOut("allowed", None, _cents(audited), _cents(superseded), _cents(aside))
    return (_accounted(accounts, "charge"), allowed, _accounted(accounts, "paid"))


def _accounted(accounts: Reconciliation, name: str) -> TieOut:
    read, audited, superseded, aside = (
        getattr(accounts, f"{name}_{part}") for part in ("in", "audited", "superseded", "set_aside")
    )
    return TieOut(name, read, audited, superseded, aside, getattr(accounts, f"{name}_joined", 0))


def _months(con: DuckDBPyConnection, where: str) -> tuple[Month, ...]:
    rows = con.execute(
        f"SELECT strftime(date_trunc('month', date_from), '%Y-%m') AS month, {_AMOUNTS} FROM claim_line "
        f"WHERE {where} GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return tuple(Month(str(row[0]), _amounts(row[1:])) for row in rows)


def _payers(con: DuckDBPyConnection, months: tuple[Month, ...]) -> tuple[Payer, ...]:
    """Payers by their lines, most first; of each the months, and those that it lacks of the whole feed's."""
    of = "count(DISTINCT patient_id), min(date_from), max(date_to)"
    rows = con.execute(
        f"SELECT payer_id, line_of_business::VARCHAR, {of}, {_AMOUNTS} FROM claim_line WHERE {_AUDITED} "
        "GROUP BY ALL ORDER BY count(*) DESC, payer_id NULLS FIRST, 2 NULLS FIRST"
    ).fetchmany(PAYERS)
    whole_lines = [month.amounts.lines for month in months]
    among = {
        month.month for month in months if month.amounts.lines * FEW >= median_low(whole_lines)
    }  # a month of which the whole feed has next to nothing is no gap of a payer
    found = []
    for payer, business, patients, first, last, *amounts in rows:
        mine = months
        if len(rows) > 1:
            same = f"payer_id IS NOT DISTINCT FROM {_text(payer)} AND line_of_business = {_text(business)}"
            mine = _months(con, f"{_AUDITED} AND {same}")
        gaps = odd_months({month.month: month.amounts.lines for month in mine}, among)
        whole = _amounts(amounts)
        found.append(
            Payer(payer, business, whole, patients, first, last, mine, gaps if len(rows) > 1 else ())
        )
    told = sum(payer.amounts.lines for payer in found)
    if len(rows) < PAYERS or told == sum(month.amounts.lines for month in months):
        return tuple(found)
    listed = ", ".join(f"({_text(p.payer_id)}, {_text(p.line_of_business)})" for p in found)
    rest = (
        f"FROM claim_line l WHERE {_AUDITED} AND NOT EXISTS (SELECT 1 FROM (VALUES {listed}) t(p, b) "
        "WHERE t.p IS NOT DISTINCT FROM l.payer_id AND t.b = l.line_of_business::VARCHAR)"
    )
    (number,) = _row(con, f"SELECT count(*) FROM (SELECT DISTINCT payer_id, line_of_business {rest})")
    patients, first, last, *amounts = _row(con, f"SELECT {of}, {_AMOUNTS} {rest}")
    return (*found, Payer(None, None, _amounts(amounts), patients, first, last, of=number))


def _kinds(con: DuckDBPyConnection) -> tuple[Kind, ...]:
    rows = con.execute(
        f"SELECT claim_type::VARCHAR, setting::VARCHAR, {_AMOUNTS} FROM claim_line WHERE {_AUDITED} GROUP BY ALL "
        "ORDER BY count(*) DESC, 1 NULLS LAST, 2 NULLS LAST"
    ).fetchall()
    return tuple(Kind(row[0], row[1], _amounts(row[2:])) for row in rows)


def _coverage(con: DuckDBPyConnection, feed: ClaimsFeed) -> tuple[Coverage, ...]:
    """Every column that a file may fill, in the order of the table: those without any column in the files too."""
    stored = {*rare.present(con, "claim_row"), *(column.name for column in LINE_COLUMNS if not column.rare)}
    columns = [
        column for column in LINE_COLUMNS
        if (column.carried or column.name in ("claim_id", "line_no")) and column.name not in _LEFT_OUT
        and (column.name in BY_NAME or column.name in _MADE_OF)
    ]  # fmt: skip
    named = {column.name: _named(column.name, feed.fields) for column in columns}
    looked = [
        column
        for column in columns
        if column.name in stored and (named[column.name] or column.name in _ALWAYS)
    ]
    counts = "".join(f", count(*) FILTER ({_filled(column)})" for column in looked)
    rows = con.execute(
        f"SELECT claim_type::VARCHAR, count(*){counts} FROM claim_line WHERE {_AUDITED} GROUP BY 1 ORDER BY 1"
    ).fetchall()
    lines = sum(row[1] for row in rows)
    by_type = {
        column.name: {str(row[0]): (row[at], row[1]) for row in rows} for at, column in enumerate(looked, 2)
    }
    found = []
    for column in columns:
        types = by_type.get(column.name, {})
        filled = sum(some for some, _ in types.values())
        distinct = _distinct(con, column) if filled else 0
        found.append(Coverage(column.name, column.doc, named[column.name], filled, lines, distinct, types))
    return tuple(found)


def _named(name: str, fields: frozenset[str]) -> bool:
    """Whether a file has a column for what a column of `claim_line` is made of."""
    return not fields.isdisjoint(_MADE_OF.get(name, (name,)))


def _filled(column: Column) -> str:
    """SQL: whether a line has a value in a column; of a list, a part."""
    return f"len({column.name}) > 0" if column.sql_type.endswith("[]") else f"{column.name} IS NOT NULL"


def _distinct(con: DuckDBPyConnection, column: Column) -> int:
    """The values of a column on the audited lines; of a list its parts."""
    values = f"SELECT DISTINCT {column.name} AS v FROM claim_line WHERE {_AUDITED} AND {_filled(column)}"
    if column.sql_type.endswith("[]"):
        values = f"SELECT DISTINCT unnest(v) AS v FROM ({values})"
    return int(_row(con, f"SELECT count(*) FROM ({values})")[0])


def _set_aside(con: DuckDBPyConnection) -> tuple[Told, ...]:
    """Rows set aside by reason, most first. A reason that names another row is told without its number."""
    cut = "CASE WHEN reason_code IN ('line_repeated', 'line_key_used') THEN regexp_replace(reason, ' row [0-9].*', "
    reason = f"{cut}' an earlier row') ELSE reason END"
    rows = con.execute(
        f"SELECT reason_code, {reason} AS reason, count(*), sum(charge), sum(paid) FROM set_aside GROUP BY 1, 2 "
        "ORDER BY 3 DESC, 1 NULLS LAST, 2"
    ).fetchall()
    told = [Told(code or "", why or "", lines, _cents(c), _cents(p)) for code, why, lines, c, p in rows]
    further = told[REASONS:]
    if further:
        rest = Told("", f"{len(further):,} further reasons", sum(item.lines for item in further),
                    _added(item.charge for item in further), _added(item.paid for item in further))  # fmt: skip
        told = [*told[:REASONS], rest]
    return tuple(told)


def _superseded(con: DuckDBPyConnection) -> tuple[Told, ...]:
    """Superseded lines by reason; what was charged on them is told in the tie-out alone."""
    rows = con.execute(
        "SELECT reason, count(*), sum(paid) FROM superseded GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    return tuple(Told("", why or "", lines, None, _cents(paid)) for why, lines, paid in rows)


_HISTORY: Final = {
    "paid_after_void": "paid although the claim was voided",
    "billed_after_void": "of a claim that came after the void of another",
    "paid_twice": "paid twice without a void between",
    "orphan_replacement": "of a replacement of a claim that is not in the feed",
}


def _history(con: DuckDBPyConnection) -> tuple[Told, ...]:
    """Audited lines of which the history of their claim says something."""
    rows = con.execute(
        f"SELECT version_note, count(*), sum(charge), sum(paid) FROM claim_line WHERE {_AUDITED} "
        "AND version_note IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    return tuple(
        Told(note, _HISTORY.get(note, note.replace("_", " ")), lines, _cents(c), _cents(p))
        for note, lines, c, p in rows
    )


def _diagnostics(con: DuckDBPyConnection) -> tuple[Diagnostic, ...]:
    """What the readers noticed, the gravest first, each kind once."""
    if not _exists(con, "claim_diagnostic"):
        return ()
    place = "source_file, source_pos NULLS FIRST, byte_offset NULLS FIRST, says"
    packed = "struct_pack(f := source_file, p := source_pos, b := byte_offset)"
    rows = con.execute(
        f"SELECT name, severity, first(says ORDER BY {place}), count(*), count(DISTINCT claim_id), "
        f"list({packed} ORDER BY {place})[:{PLACES}] FROM claim_diagnostic GROUP BY name, severity "
        "ORDER BY CASE severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, count(*) DESC, name"
    ).fetchall()
    return tuple(
        Diagnostic(name, severity, says, times, claims, tuple((at["f"], at["p"], at["b"]) for at in places))
        for name, severity, says, times, claims, places in rows
    )


def _unmatched(con: DuckDBPyConnection) -> tuple[tuple[str, str, int], ...]:
    """Claims and remittances without their other side: which side, why, and how many."""
    if not _exists(con, "remittance_unmatched"):
        return ()
    rows = con.execute(
        "SELECT side, why, count(*) FROM remittance_unmatched GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return tuple((str(side), str(why), int(times)) for side, why, times in rows)


def _exists(con: DuckDBPyConnection, table: str) -> bool:
    found = con.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = ?", [table]).fetchone()
    return found is not None and bool(found[0])


def _row(con: DuckDBPyConnection, sql: str) -> Any:
    row = con.execute(sql).fetchone()
    assert row is not None
    return row


def _amounts(row: Any) -> Amounts:
    lines, claims, charge, allowed, paid, denied = row
    return Amounts(int(lines), int(claims), _cents(charge), _cents(allowed), _cents(paid), int(denied))


def _cents(value: Any) -> int | None:
    return None if value is None else int(value)


def _added(values: Any) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _text(value: str | None) -> str:
    return "NULL" if value is None else literal(value)
