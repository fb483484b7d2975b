"""An amount of a whole claim shared among its lines, to the cent."""

from __future__ import annotations


def share(join: str, name: str, weight: str, blank: bool) -> str:
    """SELECT of (rid, amount in cents, claim_key) for every row of the claims in `claim_header` (claim_key, amount).

    Rows are those whose `name` is the amount, with `blank` also those that have none. Shares are proportional to
    `weight`, SQL over a row, and add up to the amount exactly: what rounding leaves goes, cent by cent, to the largest
    remainders, of equals to the lower line number. Rows that repeat the amount and are set aside, or denied beside
    others that are not, get a share of zero. `join` joins `claim_version`, as `v`, to `claim_parsed`, as `p`.
    """
    return (
        "WITH row_of AS ("
        "SELECT p.rowid AS rid, p.line_no, v.claim_key, CAST(abs(h.amount) AS HUGEINT) AS amount, "
        f"sign(h.amount) AS way, CAST(greatest(coalesce({weight}, 0), 0) AS HUGEINT) AS weight, "
        "p.fault IS NULL AND r.rid IS NULL AS sound, p.denied "
        f"FROM claim_parsed p JOIN claim_version v ON {join} JOIN claim_header h ON h.claim_key = v.claim_key "
        f"LEFT JOIN claim_repeat r ON r.rid = p.rowid WHERE p.{name} = h.amount{f' OR p.{name} IS NULL' * blank}), "
        "chosen AS (SELECT *, sound AND NOT (denied AND bool_or(sound AND NOT denied) OVER (PARTITION BY claim_key)) "
        "AS kept FROM row_of), "
        "of_kept AS (SELECT * REPLACE (CASE WHEN kept THEN weight ELSE 0 END AS weight) FROM chosen), "
        "weighed AS (SELECT * REPLACE (CASE WHEN sum(weight) OVER (PARTITION BY claim_key) > 0 THEN weight "
        "WHEN kept THEN 1 ELSE 0 END AS weight) FROM of_kept), "
        "share AS (SELECT *, sum(weight) OVER (PARTITION BY claim_key) AS total FROM weighed), "
        "floored AS (SELECT *, amount * weight // total AS base, amount * weight % total AS rest FROM share), "
        "ranked AS (SELECT *, row_number() OVER (PARTITION BY claim_key "
        "ORDER BY kept DESC, rest DESC, line_no, rid) AS place, "
        "amount - sum(base) OVER (PARTITION BY claim_key) AS leftover FROM floored) "
        "SELECT rid, CAST(way * (base + CASE WHEN place <= leftover THEN 1 ELSE 0 END) AS BIGINT), claim_key "
        "FROM ranked"
    )
