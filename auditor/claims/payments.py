"""Payments of a whole claim that stand on one line or on every line: counted once, shared among the lines by charge.

Recognised only on claims of two lines or more, where nothing else explains the figures: on an institutional claim, a
payment on one line and none, not even 0, on the others; on any, the same payment on each line that is paid though their
charges differ, and more than some of them charged. Lines paid 0 keep their 0. (Semantics, Feeds 3 and Money.)
"""

from __future__ import annotations

import duckdb

MAY_BE_HEADER_PAID = (
    "count(*) > 1 AND ((count(paid) = 1 AND bool_and(claim_type = 'institutional')) "
    "OR (count(nullif(paid, 0)) > 1 AND min(nullif(paid, 0)) = max(paid) AND min(charge) < max(charge)))"
)
"""SQL over the rows of a claim: true of every one of which `_HEADER_PAID` is, and of few others. It costs half."""
_PAID_CHARGE = "CASE WHEN paid <> 0 THEN charge END"
_HEADER_PAID = (
    "count(*) > 1 AND min(paid) >= 0 AND max(paid) > 0 "
    "AND ((count(paid) = 1 AND bool_and(claim_type = 'institutional')) "
    "OR (count(paid) = count(*) AND count(nullif(paid, 0)) > 1 AND min(nullif(paid, 0)) = max(paid) "
    f"AND min({_PAID_CHARGE}) < max({_PAID_CHARGE}) AND min({_PAID_CHARGE}) < max(paid)))"
)


def allocate(con: duckdb.DuckDBPyConnection, join: str) -> int:
    """`claim_allocated` (rid, paid, claim_key): the share of every row of such a claim, in cents. Returns the claims.

    Shares are proportional to charges and add up to the payment exactly: what rounding leaves goes, cent by cent,
    to the largest remainders, of equals to the lower line number. Rows that repeat the payment and are set aside, or
    denied beside others that are not, get a share of zero.
    """
    con.execute("CREATE TABLE claim_allocated (rid BIGINT, paid BIGINT, claim_key BIGINT)")
    if con.execute("SELECT 1 FROM claim_version WHERE may_be_header_paid LIMIT 1").fetchone() is None:
        return 0
    con.execute(
        "CREATE TABLE claim_header AS SELECT claim_key, max(paid) AS amount FROM ("
        "SELECT v.claim_key, p.paid, p.charge, p.claim_type FROM claim_parsed p "
        f"JOIN claim_version v ON {join} WHERE p.fault IS NULL AND v.may_be_header_paid "
        # A remittance says what it paid for each line; the same amount on two is no amount of the claim.
        "AND p.rowid NOT IN (SELECT rid FROM claim_answered)) GROUP BY claim_key "
        f"HAVING {_HEADER_PAID}"
    )
    found = con.execute("SELECT count(*) FROM claim_header").fetchone()
    claims = 0 if found is None else int(found[0])
    if claims == 0:
        return 0
    con.execute(
        "INSERT INTO claim_allocated WITH row_of AS ("
        "SELECT p.rowid AS rid, p.line_no, v.claim_key, CAST(h.amount AS HUGEINT) AS amount, "
        "CAST(greatest(coalesce(p.charge, 0), 0) AS HUGEINT) AS charge, p.fault IS NULL AND r.rid IS NULL AS sound, "
        "p.denied "
        f"FROM claim_parsed p JOIN claim_version v ON {join} JOIN claim_header h ON h.claim_key = v.claim_key "
        "LEFT JOIN claim_repeat r ON r.rid = p.rowid WHERE p.paid = h.amount OR p.paid IS NULL), "
        "chosen AS (SELECT *, sound AND NOT (denied AND bool_or(sound AND NOT denied) OVER (PARTITION BY claim_key)) "
        "AS kept FROM row_of), "
        "charged AS (SELECT * REPLACE (CASE WHEN kept THEN charge ELSE 0 END AS charge) FROM chosen), "
        "weighed AS (SELECT * REPLACE (CASE WHEN sum(charge) OVER (PARTITION BY claim_key) > 0 THEN charge "
        "WHEN kept THEN 1 ELSE 0 END AS charge) FROM charged), "
        "share AS (SELECT *, sum(charge) OVER (PARTITION BY claim_key) AS total FROM weighed), "
        "floored AS (SELECT *, amount * charge // total AS base, amount * charge % total AS rest FROM share), "
        "ranked AS (SELECT *, row_number() OVER (PARTITION BY claim_key "
        "ORDER BY kept DESC, rest DESC, line_no, rid) AS place, "
        "amount - sum(base) OVER (PARTITION BY claim_key) AS leftover FROM floored) "
        "SELECT rid, CAST(base + CASE WHEN place <= leftover THEN 1 ELSE 0 END AS BIGINT), claim_key FROM ranked"
    )
    return claims
