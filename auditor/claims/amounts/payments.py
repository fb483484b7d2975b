"""Payments of a whole claim that stand on one line or on every line: counted once, shared among the lines by charge.

Recognised only on claims of two lines or more, where nothing else explains the figures: on an institutional claim, a
payment on one line and none, not even 0, on the others; on any, the same payment on each line that is paid though their
charges differ, and more than some of them charged. Lines paid 0 keep their 0. (Semantics, Feeds 3 and Money.)
"""

from __future__ import annotations

import duckdb

from auditor.claims.amounts.shares import share

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


_PAID_ALIKE = (
    "count(*) > 1 AND min(paid) >= 0 AND count(paid) = count(*) AND count(nullif(paid, 0)) > 1 "
    f"AND min(nullif(paid, 0)) = max(paid) AND min({_PAID_CHARGE}) < max(paid)"
)
"""The same for claims whose charges are shares of one amount and tell less: all paid alike, and above a share."""


def allocate(con: duckdb.DuckDBPyConnection, join: str) -> int:
    """`claim_allocated` (rid, paid, claim_key): the share of every row of such a claim, in cents. Returns the claims.

    Shares are proportional to charges (:func:`shares.share`).
    """
    con.execute("CREATE TABLE claim_allocated (rid BIGINT, paid BIGINT, claim_key BIGINT)")
    may_be = "(v.may_be_header_paid OR v.claim_key IN (SELECT claim_key FROM claim_charged))"
    if con.execute(f"SELECT 1 FROM claim_version v WHERE {may_be} LIMIT 1").fetchone() is None:
        return 0
    con.execute(
        "CREATE TABLE claim_header AS SELECT claim_key, max(paid) AS amount FROM ("
        "SELECT v.claim_key, p.paid, p.charge, p.claim_type, "
        "v.claim_key IN (SELECT claim_key FROM claim_charged) AS of_total FROM claim_parsed p "
        f"JOIN claim_version v ON {join} WHERE p.fault IS NULL AND {may_be} "
        # A remittance says what it paid for each line; the same amount on two is no amount of the claim.
        "AND p.rowid NOT IN (SELECT rid FROM claim_answered)) GROUP BY claim_key "
        f"HAVING ({_HEADER_PAID}) OR (bool_or(of_total) AND {_PAID_ALIKE})"
    )
    found = con.execute("SELECT count(*) FROM claim_header").fetchone()
    claims = 0 if found is None else int(found[0])
    if claims:
        con.execute(f"INSERT INTO claim_allocated {share(join, 'paid', 'p.charge', blank=True)}")
    return claims
