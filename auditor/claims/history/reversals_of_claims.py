"""Payments that the payer took back: each is matched to the payment that it takes back.

In a remittance a reversal repeats the claim with every amount negated, and its claim number (X12 835, claim status 22;
the correction follows, in the same remittance or a later one: X12 interpretations 791 and 2150). It is known by its
amount: of the payments of the same claim number, or of the payer's number that it carries or names, it takes back the
one of the opposite amount, of several the earliest that is still open. One that takes back less than was paid is no
reversal of the claim: its lines are held against the lines (:mod:`auditor.claims.history.reversals`).
"""

from __future__ import annotations

import duckdb

_WHOSE = "row(patient_id, payer_id, source_system)"
_STAMP = "greatest(received_date, paid_date)"
_BY = (
    ("row(claim_id, payer_icn)", "row(claim_id, payer_icn)"),
    ("row(claim_id)", "row(claim_id)"),
    ("row(payer_icn)", "row(payer_icn)"),
    ("row(payer_icn)", "row(original_ref)"),
)
"""By what a payment and its reversal know each other, in this order: what the payment has, what the reversal has."""


def match(con: duckdb.DuckDBPyConnection) -> None:
    """`claim_taken` (claim_key, by_key): payments taken back whole; `claim_partly` (claim_key): reversals of a part.

    Reads `claim_version`. Costs one look at it where nothing is reversed.
    """
    con.execute("CREATE TABLE claim_taken (claim_key BIGINT, by_key BIGINT)")
    con.execute("CREATE TABLE claim_partly (claim_key BIGINT)")
    con.execute(
        "CREATE TEMP TABLE claim_negative AS SELECT claim_key, claim_id, payer_icn, original_ref, "
        f"{_WHOSE} AS whose, -coalesce(paid, 0) AS paid, -coalesce(charge, 0) AS charge, {_STAMP} AS stamp "
        "FROM claim_version WHERE reversed AND (paid < 0 OR (coalesce(paid, 0) = 0 AND charge < 0))"
    )
    if con.execute("SELECT 1 FROM claim_negative LIMIT 1").fetchone() is not None:
        con.execute(
            "CREATE TEMP TABLE claim_positive AS SELECT claim_key, claim_id, payer_icn, "
            f"{_WHOSE} AS whose, coalesce(paid, 0) AS paid, coalesce(charge, 0) AS charge, {_STAMP} AS stamp "
            "FROM claim_version WHERE NOT reversed AND (paid > 0 OR (coalesce(paid, 0) = 0 AND charge > 0)) "
            f"AND coalesce(frequency_code <> '8', true) AND {_WHOSE} IN (SELECT whose FROM claim_negative)"
        )
        for amount in ("row(paid, charge)", "row(paid)"):
            for theirs, ours in _BY:
                _pair(con, theirs, ours, amount)
        _cover(con)
        con.execute("DROP TABLE claim_positive")
    con.execute("DROP TABLE claim_negative")


_OPEN_PAYMENT = "claim_key NOT IN (SELECT claim_key FROM claim_taken)"
_OPEN_REVERSAL = "claim_key NOT IN (SELECT by_key FROM claim_taken)"


def _pair(con: duckdb.DuckDBPyConnection, theirs: str, ours: str, amount: str) -> None:
    """Match the first open payment of an amount to the first open reversal of it, the second to the second."""

    def side(table: str, known: str, still_open: str) -> str:
        key = f"row(whose, {known}, {amount})"
        last = known.removeprefix("row(").removesuffix(")").split(", ")[-1]
        return (
            f"(SELECT claim_key, {key} AS key, row_number() OVER (PARTITION BY {key} "
            f"ORDER BY stamp NULLS FIRST, claim_key) AS place FROM {table} WHERE {still_open} AND {last} IS NOT NULL "
            f"AND (paid > 0 OR {amount != 'row(paid)'}))"
        )

    con.execute(
        "INSERT INTO claim_taken SELECT p.claim_key, n.claim_key "
        f"FROM {side('claim_positive', theirs, _OPEN_PAYMENT)} p "
        f"JOIN {side('claim_negative', ours, _OPEN_REVERSAL)} n USING (key, place)"
    )


def _cover(con: duckdb.DuckDBPyConnection) -> None:
    """Reversals of no amount that was paid: of more, the latest payment before them is meant; of less, a part of one.

    More, because a row of the payment may be set aside.
    """
    con.execute(
        "CREATE TEMP TABLE claim_near AS SELECT n.claim_key AS by_key, p.claim_key, n.paid >= p.paid AS whole, "
        "row_number() OVER (PARTITION BY n.claim_key ORDER BY "
        # What follows it in the same remittance is its correction.
        "coalesce((p.stamp, p.claim_key) < (n.stamp, n.claim_key), false) DESC, "
        "n.paid >= p.paid DESC, p.stamp DESC NULLS LAST, p.claim_key DESC) AS nearest "
        "FROM claim_negative n JOIN claim_positive p ON p.whose = n.whose "
        "AND (p.claim_id = n.claim_id OR p.payer_icn = n.payer_icn OR p.payer_icn = n.original_ref) "
        f"WHERE n.paid > 0 AND n.{_OPEN_REVERSAL} AND p.{_OPEN_PAYMENT}"
    )
    con.execute(
        "INSERT INTO claim_taken SELECT claim_key, min(by_key) FROM claim_near WHERE nearest = 1 AND whole GROUP BY 1"
    )
    con.execute(
        "INSERT INTO claim_partly SELECT by_key FROM claim_near WHERE nearest = 1 AND NOT whole; DROP TABLE claim_near"
    )
