"""Nothing lost: rows and dollars that came in are the rows and dollars that are accounted for.

What came in is measured apart from the canonical table: rows as the reader delivered them, dollars from the text of
the cells, with another conversion for the odd forms (Decimal in Python).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import duckdb

from auditor.base.errors import InternalCheckFailed
from auditor.base.money import format_usd, to_cents
from auditor.claims.feed import ClaimsFeed

_LARGEST = Decimal("9999999999999.99")
_LARGEST_POWER = 2**15 - 1
_LONGEST_POWER = 10
"""Characters of a power, of which one low line may stand between any two digits."""
_BLANKS = " \t\n\r\v\f"
_DIGITS = "[0-9]+(?:_[0-9]+)*"
_PLAIN = re.compile(
    rf"[-+]?(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE](?P<power>[-+]?{_DIGITS})[.]?)?"
)
_DOLLARS = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(?:\.[0-9]*)?"
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
"""What the accounting format of a spreadsheet shows for 0."""
_WRITTEN = re.compile(rf"[-+]?(?P<number>{_DOLLARS})|(?P<credit>{_DOLLARS})-|\((?P<bracketed>{_DOLLARS})\)")


@dataclass(frozen=True)
class Reconciliation:
    """Rows, lines, claims and patients counted; dollars in cents. `ties` says that all of it adds up.

    `rows_read` are records of the sources, `lines_read` the claim lines made of them (SEMANTICS, Feeds 2). Rows of
    remittances whose amounts are a claim line's now are `joined`: their payment counts with that line.
    """

    rows_read: int
    lines_read: int
    lines_audited: int
    lines_superseded: int
    lines_set_aside: int
    claims: int
    patients: int
    paid_in: int
    paid_audited: int
    paid_superseded: int
    paid_set_aside: int
    charge_in: int
    charge_audited: int
    charge_superseded: int
    charge_set_aside: int
    ties: bool
    lines_joined: int = 0
    paid_joined: int = 0
    charge_joined: int = 0


def amount(text: str) -> int | None:
    """Cents from the text of a cell, or None when it is no number: `$1,234.50`, `(12.00)`, `12.00-`, `.5`, `-`.

    Decimal alone would take more for a number than the reader does: other blanks, digits of other scripts.
    """
    bare = text.strip(_BLANKS)
    negative = False
    plain = _PLAIN.fullmatch(bare)
    if plain is not None:
        power = (plain["power"] or "").lstrip("+-0_")
        if len(power) > _LONGEST_POWER or int(power or 0) > _LARGEST_POWER:
            return None
    if plain is None:
        bare = bare.replace("$", "").replace(" ", "")
        if bare in tuple(_DASHES):
            return 0
        written = _WRITTEN.fullmatch(bare)
        if written is None:
            return None
        negative = "-" in bare or "(" in bare
        bare = next(part for part in written.groups() if part is not None).replace(",", "")
    try:
        value = Decimal(bare.rstrip("."))
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value) > _LARGEST:
        return None
    return -to_cents(value) if negative else to_cents(value)


def cents_aside(con: duckdb.DuckDBPyConnection, select: str) -> tuple[int, int]:
    """Cents charged and paid of rows that a reader set aside, from the text of their amounts."""
    total = {"charge": 0, "paid": 0}
    for name in total:
        found = con.execute(f"SELECT {name}, count(*) FROM ({select}) WHERE {name} IS NOT NULL GROUP BY 1")
        while batch := found.fetchmany(10_000):
            total[name] += sum((amount(text) or 0) * times for text, times in batch)
    return total["charge"], total["paid"]


def count_in(
    con: duckdb.DuckDBPyConnection, malformed: int, charge_aside: int = 0, paid_aside: int = 0
) -> None:
    """`claim_intake` (rows, paid, charge): what came in, from `claim_parsed` before it is dropped.

    A payment or charge of a whole claim counts once, however many of its lines repeat it. `malformed` rows are those
    that readers set aside, `charge_aside` and `paid_aside` their cents.
    """
    rows = con.execute("SELECT count(*) FROM claim_parsed").fetchone()
    assert rows is not None
    paid = _came_in(con, _once(con, "paid", "claim_allocated"), "paid")
    charge = _came_in(con, _once(con, "charge", "claim_charged"), "charge")
    con.execute("CREATE TABLE claim_intake (rows_read BIGINT, paid HUGEINT, charge HUGEINT)")
    came = [int(rows[0]) + malformed, paid + paid_aside, charge + charge_aside]
    con.execute("INSERT INTO claim_intake VALUES (?, ?, ?)", came)


def _once(con: duckdb.DuckDBPyConnection, name: str, shared: str) -> str:
    """The rows whose amounts came in; of a claim whose amount is shared among its rows (`shared`) one of them."""
    if con.execute(f"SELECT count(*) FROM {shared}").fetchone() == (0,):
        return "claim_parsed"
    told, text = f"{name}_in", f"{name}_text"
    return (
        f"(SELECT {told}, {text} FROM claim_parsed p WHERE p.rowid NOT IN (SELECT rid FROM {shared}) "
        f"UNION ALL SELECT any_value(p.{told}), CASE WHEN count(p.{told}) = 0 THEN any_value(p.{text}) END "
        f"FROM claim_parsed p JOIN {shared} a ON a.rid = p.rowid WHERE p.{name} IS NOT NULL GROUP BY a.claim_key)"
    )


def _came_in(con: duckdb.DuckDBPyConnection, relation: str, name: str) -> int:
    """Cents that came in: plain numbers as DuckDB adds them up, and every other text as `amount` reads it."""
    row = con.execute(f"SELECT sum({name}_in), count({name}_text) FROM {relation}").fetchone()
    assert row is not None
    total = 0 if row[0] is None else to_cents(row[0])
    if row[1]:
        text = f"{name}_text"
        odd = con.execute(f"SELECT {text}, count(*) FROM {relation} WHERE {text} IS NOT NULL GROUP BY 1")
        while batch := odd.fetchmany(10_000):
            total += sum((amount(text) or 0) * times for text, times in batch)
    return total


def reconcile(con: duckdb.DuckDBPyConnection, feed: ClaimsFeed) -> Reconciliation:
    """Hold what the tables now hold against what came in.

    Raises InternalCheckFailed (exit 4) when a line or a cent is missing or came from nowhere.
    """
    came = con.execute(
        "SELECT rows_read, CAST(paid AS VARCHAR), CAST(charge AS VARCHAR) FROM claim_intake"
    ).fetchone()
    lines = con.execute(
        "SELECT count(*) FILTER (state = 'audited'), count(*) FILTER (state = 'superseded'), "
        "coalesce(sum(paid) FILTER (state = 'audited'), 0), coalesce(sum(paid) FILTER (state = 'superseded'), 0), "
        "coalesce(sum(charge) FILTER (state = 'audited'), 0), coalesce(sum(charge) FILTER (state = 'superseded'), 0), "
        "count(DISTINCT claim_key) FILTER (state = 'audited'), count(DISTINCT patient_key) FILTER (state = 'audited') "
        "FROM claim_line"
    ).fetchone()
    aside = con.execute(
        "SELECT count(*), coalesce(sum(paid), 0), coalesce(sum(charge), 0) FROM set_aside"
    ).fetchone()
    joined = con.execute(
        "SELECT count(*) FILTER (state = 'joined'), coalesce(sum(charge) FILTER (state = 'joined'), 0), "
        "count(*) FILTER (state = 'superseded'), coalesce(sum(paid) FILTER (state IN ('superseded', 'part')), 0), "
        "coalesce(sum(charge) FILTER (state = 'superseded'), 0) FROM claim_joined"
    ).fetchone()
    assert came is not None and lines is not None and aside is not None and joined is not None
    rows_read, paid_in, charge_in = int(came[0]), int(came[1]), int(came[2])
    gaps = [
        (rows_read - lines[0] - lines[1] - aside[0] - joined[0] - joined[2], "lines"),
        (sum(file.lines for file in feed.files) - rows_read, "rows of the files"),
    ]
    money = [
        (paid_in - lines[2] - lines[3] - aside[1] - joined[3], "paid"),
        (charge_in - lines[4] - lines[5] - aside[2] - joined[1] - joined[4], "charged"),
    ]
    wrong = [f"{gap:+,} {what}" for gap, what in gaps if gap]
    wrong += [f"{format_usd(int(gap))} {what}" for gap, what in money if gap]
    if wrong:
        raise InternalCheckFailed(
            f"what was read does not tie out with what is accounted for: {', '.join(wrong)}",
            why="Lines in must be lines audited, superseded and set aside, to the cent.",
            mend="This is an error of the program: please report it with the notes of the run.",
        )
    return Reconciliation(
        rows_read=sum(file.rows for file in feed.files if file.part == "claims"),
        lines_read=rows_read,
        lines_audited=int(lines[0]),
        lines_superseded=int(lines[1]) + int(joined[2]),
        lines_set_aside=int(aside[0]),
        claims=int(lines[6]),
        patients=int(lines[7]),
        paid_in=paid_in,
        paid_audited=int(lines[2]),
        paid_superseded=int(lines[3]) + int(joined[3]),
        paid_set_aside=int(aside[1]),
        charge_in=charge_in,
        charge_audited=int(lines[4]),
        charge_superseded=int(lines[5]) + int(joined[4]),
        charge_set_aside=int(aside[2]),
        ties=True,
        lines_joined=int(joined[0]),
        charge_joined=int(joined[1]),
    )
