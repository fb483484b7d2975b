"""Charges of whole claims that stand on each of their lines: a column called `Total Charge`.

Such a column may as well hold totals of lines. It holds those of claims where each claim of several lines has one
amount on all of them, claims of several codes among them, and not the same in all: then an amount is counted once, and
shared among the lines by what was allowed, else paid. Where the file is too small to tell, that is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import duckdb

from auditor.claims.amounts.shares import share
from auditor.claims.model import plain_key

_SLIPS: Final = 20
"""One claim of several amounts among this many is a slip, and leaves the others."""
_ENOUGH: Final = 2
"""Claims of several codes, of different amounts, that tell."""


def total_header(headers: Sequence[str], columns: Mapping[str, Sequence[int]]) -> str:
    """The header of the column of charges where it speaks of a total or a claim; else nothing."""
    places = columns.get("charge", ())
    header = headers[places[0]].strip() if places else ""
    key = plain_key(header)
    return header if key.startswith(("total", "claim")) and "line" not in key else ""


def allocate(
    con: duckdb.DuckDBPyConnection, join: str, files: Mapping[int, tuple[str, str]]
) -> tuple[str, ...]:
    """Put in place of such charges each line's share; returns notes.

    `claim_charged` (rid, charge, claim_key) keeps the shares. `files` are the names of the files, and the headers of
    their charges, by the numbers of the files that have such a header. `join` joins `claim_version`, as `v`, to
    `claim_parsed`, as `p`.
    """
    con.execute("CREATE TABLE claim_charged (rid BIGINT, charge BIGINT, claim_key BIGINT)")
    notes = []
    for number, (name, header) in files.items():
        con.execute(
            "CREATE TEMP TABLE claim_total AS SELECT v.claim_key, max(p.charge) AS amount, "
            "count(p.charge) = count(*) AND min(p.charge) = max(p.charge) AND max(p.charge) <> 0 AS alike, "
            "min(p.charge) < max(p.charge) AS apart, count(DISTINCT p.code) > 1 AS telling "
            f"FROM claim_parsed p JOIN claim_version v ON {join} "
            f"WHERE p.fault IS NULL AND p.file_no = {number} AND p.rowid NOT IN (SELECT rid FROM claim_repeat) "
            "GROUP BY v.claim_key HAVING count(*) > 1"
        )
        row = con.execute(
            "SELECT count(*) FILTER (alike), count(*) FILTER (apart), "
            "count(DISTINCT amount) FILTER (alike AND telling) FROM claim_total"
        ).fetchone()
        assert row is not None
        alike, apart, amounts = row
        if alike and apart * _SLIPS <= alike:
            if amounts >= _ENOUGH:
                _put_shares(con, join)
            notes.append(_told(name, header, alike, shared=amounts >= _ENOUGH))
        con.execute("DROP TABLE claim_total")
    return tuple(notes)


def _put_shares(con: duckdb.DuckDBPyConnection, join: str) -> None:
    con.execute("CREATE TEMP TABLE claim_header AS SELECT claim_key, amount FROM claim_total WHERE alike")
    parts = share(join, "charge", "coalesce(p.allowed, p.paid)", blank=False)
    con.execute(f"CREATE TEMP TABLE claim_part AS SELECT * FROM ({parts}) AS t(rid, charge, claim_key)")
    con.execute("UPDATE claim_parsed AS p SET charge = s.charge FROM claim_part s WHERE s.rid = p.rowid")
    con.execute(
        "INSERT INTO claim_charged SELECT * FROM claim_part; DROP TABLE claim_part; DROP TABLE claim_header"
    )


def _told(name: str, header: str, claims: int, shared: bool) -> str:
    has = "claim of several lines has" if claims == 1 else "claims of several lines have"
    start = f"{name}: {claims:,} {has} one amount of '{header}' on all lines"
    if shared:
        return f"{start}, which is the claim's; it is counted once and shared among the lines by allowed, else paid"
    return (
        f"WARNING: {start}; it is taken for each line's. If it is the claim's, charges are counted too often: leave "
        "the column out (ignore, in a column map), or name the one of the line's charge"
    )
