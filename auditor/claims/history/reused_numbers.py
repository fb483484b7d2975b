"""One claim number used for several claims: told apart by their days of service.

Practices number by the account, and old systems count anew each year: the patient's number, the payer, the frequency
and every date of payment agree, and only the lines say that there were several claims, because line 1 stands on two
days. (X12 005010X222A1, CLM01, is the provider's number for the account, and need not be unique.)
"""

from __future__ import annotations

import duckdb

from auditor.claims.words import literal


def date_by_service(con: duckdb.DuckDBPyConnection, join: str, revising: tuple[str, ...]) -> int:
    """Date the rows of a claim version that uses a line number on two days; returns how many claim numbers that were.

    In order of their days and line numbers the rows count up; where they fall back, or the same number comes on a
    later day, the next claim begins. `version_date` becomes its first day. That leaves a claim of several days whole,
    and does not depend on the order of the rows. Replacements, voids and reversals are left alone: a second one under
    the same number changes the first. `join` joins `claim_version`, as `v`, to `claim_parsed`, as `p`.
    """
    listed = ", ".join(map(literal, revising))
    con.execute(
        "CREATE TEMP TABLE claim_reused AS SELECT p.rowid AS rid, v.claim_key, p.claim_id, p.line_no, p.date_from "
        f"FROM claim_parsed p JOIN claim_version v ON {join} WHERE p.fault IS NULL AND v.unsure "
        "AND v.version_date IS NULL AND NOT coalesce(v.reversed, false) AND p.line_no IS NOT NULL "
        f"AND coalesce(v.frequency_code, '1') NOT IN ({listed})"
    )
    con.execute(
        "DELETE FROM claim_reused WHERE claim_key NOT IN (SELECT claim_key FROM claim_reused "
        "GROUP BY claim_key, line_no HAVING min(date_from) < max(date_from))"
    )
    row = con.execute("SELECT count(DISTINCT claim_id) FROM claim_reused").fetchone()
    count = 0 if row is None else int(row[0])
    if count:
        con.execute(
            "UPDATE claim_parsed AS p SET version_date = r.day FROM ("
            "SELECT rid, min(date_from) OVER (PARTITION BY claim_key, turn) AS day FROM ("
            "SELECT *, count(*) FILTER (falls) OVER (PARTITION BY claim_key ORDER BY date_from, line_no, rid) AS turn "
            "FROM (SELECT *, line_no < lag(line_no) OVER w OR (line_no = lag(line_no) OVER w "
            "AND date_from > lag(date_from) OVER w) AS falls FROM claim_reused "
            "WINDOW w AS (PARTITION BY claim_key ORDER BY date_from, line_no, rid)))) r WHERE p.rowid = r.rid"
        )
    con.execute("DROP TABLE claim_reused")
    return count
