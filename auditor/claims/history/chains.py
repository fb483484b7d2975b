"""Chains of claim versions: which belong together, and in which order they came.

Order by the day received, then paid, then by what names what, then by the place in the source. A replacement or void
comes after the one claim that it names by the payer's number, whatever the dates say, and after the one of that claim
number where the dates do not say otherwise: a claim may stand in a later file than what replaces it. A replacement that
the payer refused stands in its chain and decides nothing.
"""

from __future__ import annotations

from typing import Final

import duckdb

from auditor.claims.history.versions import REPLACING, REVISING, VOIDING
from auditor.claims.words import literal

_REVISING = ", ".join(map(literal, REVISING))
_REPLACING = ", ".join(map(literal, REPLACING))
_DAYS = 1 << 20
"""More than there are days until the year 2800."""
_LONGEST = 200
"""Turns in which a chain is put in order; one that names itself in a circle never ends."""

LATE: Final = (
    "(SELECT arg_max(v.claim_key, v.place) FROM claim_place v WHERE v.chain = p.chain AND v.voids "
    "AND v.place > p.place AND NOT p.voids AND p.paid > 0 AND p.paid_date > v.paid_date AND coalesce(v.paid, 0) >= 0 "
    "AND p.claim_key NOT IN (SELECT claim_key FROM claim_taken))"
)
"""SQL of a row `p` of `claim_place`: the void that the payer had processed before it paid this version, else NULL."""


def make_places(con: duckdb.DuckDBPyConnection) -> None:
    """`claim_place`: each version of a chain of replacements and voids, and its place in it, from 1.

    Columns: chain, claim_key, voids, revises (replaces, and was not refused), paid (cents), paid_date, place, length
    (of the chain). Reads `claim_version` (payments taken back by the payer stand in no chain). Leaves `claim_known`
    (claim_key) too: the replacements and voids of a claim that was taken back.
    """
    _link(con)
    _chain(con)
    _order(con)
    for table in ("claim_reviser", "claim_link", "claim_chain"):
        con.execute(f"DROP TABLE {table}")


def _link(con: duckdb.DuckDBPyConnection) -> None:
    """`claim_link` (a, b, by_icn): each revising version with what it revises."""
    void = f"coalesce(frequency_code = '{VOIDING}', false)"
    con.execute(
        "CREATE OR REPLACE TEMP VIEW claim_member AS SELECT claim_key, patient_id, source_system, payer_id, claim_id, "
        "payer_icn, original_ref, frequency_code FROM claim_version "
        f"WHERE ({void} AND NOT refused) OR NOT ({void} OR reversed)"
    )
    con.execute(
        f"CREATE TABLE claim_reviser AS SELECT * FROM claim_member WHERE frequency_code IN ({_REVISING})"
    )
    same = (
        "o.patient_id = r.patient_id AND o.payer_id IS NOT DISTINCT FROM r.payer_id "
        "AND o.source_system IS NOT DISTINCT FROM r.source_system AND o.claim_key <> r.claim_key"
    )
    con.execute(
        "CREATE TABLE claim_link AS SELECT a, b, bool_or(by_icn) AS by_icn FROM ("
        "SELECT r.claim_key AS a, o.claim_key AS b, true AS by_icn FROM claim_reviser r JOIN claim_member o "
        f"ON o.payer_icn = r.original_ref AND {same} "
        "UNION ALL SELECT r.claim_key, o.claim_key, false FROM claim_reviser r JOIN claim_member o "
        f"ON o.claim_id = r.original_ref AND {same}) GROUP BY a, b"
    )
    con.execute(
        "INSERT INTO claim_link SELECT r.claim_key, o.claim_key, false FROM claim_reviser r JOIN claim_member o "
        f"ON o.claim_id = r.claim_id AND {same} WHERE r.claim_key NOT IN (SELECT a FROM claim_link)"
    )
    con.execute("DROP VIEW claim_member")
    # What was taken back whole stands in no chain, and yet is in the feed.
    con.execute(
        "CREATE TABLE claim_known AS "
        + " UNION ".join(
            f"SELECT r.claim_key FROM claim_reviser r JOIN claim_version o ON {known} AND {same} WHERE o.reversed"
            for known in (
                "o.payer_icn = r.original_ref",
                "o.claim_id = r.original_ref",
                "o.claim_id = r.claim_id",
            )
        )
    )


def _chain(con: duckdb.DuckDBPyConnection) -> None:
    """`claim_chain` (claim_key, chain): the smallest key that can be reached over links."""
    con.execute(
        "CREATE TABLE claim_chain AS SELECT claim_key, min(other) AS chain FROM ("
        "SELECT a AS claim_key, b AS other FROM claim_link UNION ALL SELECT b, a FROM claim_link "
        "UNION ALL SELECT claim_key, claim_key FROM claim_reviser "
        "UNION ALL SELECT b, b FROM claim_link) GROUP BY 1"
    )
    while True:
        # Each version takes the smallest chain of itself, of its neighbours, and of the version its chain names:
        # the last doubles the reach at every turn, so that long chains end soon.
        con.execute(
            "CREATE TABLE claim_chain_next AS SELECT claim_key, min(chain) AS chain FROM ("
            "SELECT claim_key, chain FROM claim_chain "
            "UNION ALL SELECT l.a, c.chain FROM claim_link l JOIN claim_chain c ON c.claim_key = l.b "
            "UNION ALL SELECT l.b, c.chain FROM claim_link l JOIN claim_chain c ON c.claim_key = l.a "
            "UNION ALL SELECT c.claim_key, d.chain FROM claim_chain c JOIN claim_chain d ON d.claim_key = c.chain"
            ") GROUP BY 1"
        )
        changed = con.execute(
            "SELECT count(*) FROM claim_chain c JOIN claim_chain_next n USING (claim_key) WHERE c.chain <> n.chain"
        ).fetchone()
        con.execute("DROP TABLE claim_chain")
        con.execute("ALTER TABLE claim_chain_next RENAME TO claim_chain")
        if changed == (0,):
            return


def _order(con: duckdb.DuckDBPyConnection) -> None:
    """`claim_place`, from the chains and from what must come after what."""
    con.execute(
        "CREATE TEMP TABLE claim_dated AS SELECT c.chain, v.claim_key, v.paid, v.received_date, v.paid_date, "
        f"coalesce(v.frequency_code = '{VOIDING}', false) AS voids, "
        f"coalesce(v.frequency_code IN ({_REPLACING}), false) AS revises, v.refused, "
        f"{_days('coalesce(v.received_date, v.paid_date)')} * {_DAYS} + {_days('v.paid_date')} AS stamp, "
        "v.claim_key AS source, CAST(0 AS BIGINT) AS depth FROM claim_chain c JOIN claim_version v USING (claim_key)"
    )
    _after(con)
    sizes = con.execute(
        "SELECT max(n) FROM (SELECT count(*) AS n FROM claim_dated GROUP BY chain)"
    ).fetchone()
    longest = 0 if sizes is None or sizes[0] is None else int(sizes[0])
    # What comes after another is as late and stands as far back as that, and a step deeper.
    raised = ", ".join(f"{name} = greatest(d.{name}, n.{name})" for name in ("stamp", "source", "depth"))
    for _ in range(min(longest, _LONGEST)):
        changed = con.execute(
            f"UPDATE claim_dated AS d SET {raised} FROM (SELECT a.a AS claim_key, max(b.stamp) AS stamp, "
            "max(b.source) AS source, max(b.depth) + 1 AS depth FROM claim_after a "
            "JOIN claim_dated b ON b.claim_key = a.b GROUP BY a.a) n WHERE n.claim_key = d.claim_key "
            "AND (n.stamp > d.stamp OR n.source > d.source OR n.depth > d.depth)"
        ).fetchone()
        if changed == (0,):
            break
    con.execute(
        "CREATE TABLE claim_place AS SELECT chain, claim_key, voids, revises AND NOT refused AS revises, paid, "
        "paid_date, row_number() OVER "
        "(PARTITION BY chain ORDER BY stamp, source, depth, claim_key) AS place, "
        "count(*) OVER (PARTITION BY chain) AS length FROM claim_dated"
    )
    con.execute("DROP TABLE claim_dated; DROP TABLE claim_after")


def _after(con: duckdb.DuckDBPyConnection) -> None:
    """`claim_after` (a, b): `a` names `b` and comes after it.

    Days are compared like with like: received with received, else paid with paid. A replacement comes after the only
    original of its claim number, a void unless that came later. Of several that a claim number names, those come first
    that were there before: by their days, else by their place in the source; all of them where none was.
    """
    later, earlier = (
        f"CASE WHEN y.received_date <> x.received_date THEN y.received_date {sign} x.received_date "
        f"WHEN y.paid_date <> x.paid_date THEN y.paid_date {sign} x.paid_date END"
        for sign in "><"
    )
    con.execute(
        "CREATE TEMP TABLE claim_after AS WITH told AS (SELECT l.a, l.b, l.by_icn, x.revises, "
        f"y.voids OR y.revises AS reviser, {later} AS later, coalesce({earlier}, l.b < l.a) AS before "
        "FROM claim_link l JOIN claim_dated x ON x.claim_key = l.a JOIN claim_dated y ON y.claim_key = l.b), "
        "counted AS (SELECT *, count(*) OVER w AS named, count(*) FILTER (NOT reviser) OVER w AS originals, "
        "bool_or(before AND NOT reviser) OVER w AS has_original FROM told WINDOW w AS (PARTITION BY a)) "
        "SELECT a, b FROM counted WHERE before OR (by_icn AND named = 1) "
        "OR (NOT reviser AND originals = 1 AND (revises OR NOT coalesce(later, false))) "
        "OR (later IS NULL AND NOT reviser AND NOT has_original)"
    )


def _days(day: str) -> str:
    return f"CAST(coalesce({day} - DATE '0001-01-01', 0) AS BIGINT)"
