"""Payments of a whole claim that stand on one line or on every line: counted once, shared among the lines by charge.

Recognised only on institutional claims of two lines or more, where nothing else explains the figures: a payment on one
line and none, not even 0, on the others; or the same payment above zero on each though their charges differ, and more
paid than some line charged. (Semantics, Feeds 3 and Money.)
"""

from __future__ import annotations

import duckdb


def allocate(con: duckdb.DuckDBPyConnection, join: str) -> int:
    """`claim_allocated` (rid, paid): the share of every row of such a claim, in cents. Returns the claims.

    Shares are proportional to charges and add up to the payment exactly: what rounding leaves goes, cent by cent,
    to the largest remainders, of equals to the lower line number. Rows of the claim that are set aside and repeat the
    payment get a share of zero.
    """
    con.execute("CREATE TABLE claim_allocated (rid BIGINT, paid BIGINT, claim_key INTEGER)")
    found = con.execute("SELECT count(*) FROM claim_version WHERE header_paid").fetchone()
    claims = 0 if found is None else int(found[0])
    if claims == 0:
        return 0
    con.execute(
        "INSERT INTO claim_allocated WITH row_of AS ("
        "SELECT p.rowid AS rid, p.line_no, v.claim_key, CAST(v.header_amount AS HUGEINT) AS amount, "
        "CAST(CASE WHEN p.fault IS NULL AND r.rid IS NULL THEN greatest(coalesce(p.charge, 0), 0) ELSE 0 END "
        "AS HUGEINT) AS charged, p.fault IS NULL AND r.rid IS NULL AS kept "
        f"FROM claim_parsed p JOIN claim_version v ON {join} LEFT JOIN claim_repeat r ON r.rid = p.rowid "
        "WHERE v.header_paid AND (p.paid = v.header_amount OR p.paid IS NULL)), "
        "weighed AS (SELECT *, CASE WHEN sum(charged) OVER (PARTITION BY claim_key) > 0 THEN charged "
        "WHEN kept THEN 1 ELSE 0 END AS charge FROM row_of), "
        "share AS (SELECT *, sum(charge) OVER (PARTITION BY claim_key) AS total FROM weighed), "
        "floored AS (SELECT *, amount * charge // total AS base, amount * charge % total AS rest FROM share), "
        "ranked AS (SELECT *, row_number() OVER (PARTITION BY claim_key "
        "ORDER BY kept DESC, rest DESC, line_no, rid) AS place, "
        "amount - sum(base) OVER (PARTITION BY claim_key) AS leftover FROM floored) "
        "SELECT rid, CAST(base + CASE WHEN place <= leftover THEN 1 ELSE 0 END AS BIGINT), claim_key FROM ranked"
    )
    return claims
