"""How far the claims at hand reach, and whether the days on which a partner is sought lie outside of them.

An absent row proves nothing of days that were not at hand. How far the claims reach is said by payer and line of
business, for a partner is sought within these: from the first service date of their audited lines in the whole feed to
the last. Service dates are first days of lines, also where a window is laid around another date. A window that begins
before or ends after that, or has an open end, reaches outside; so does a day before the line where it is searched too.
A partner that is sought on the line's own days, on its claim, or at no stated time is asked of the claims at hand.
"""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from auditor.matching.sql import alias
from auditor.matching.table_rows import chosen_by
from auditor.matching.windows import first_day, last_day
from auditor.rules import model as m


def make_reach(con: DuckDBPyConnection) -> None:
    """Make ``claim_reach`` (payer_id, line_of_business, first_day, last_day) of all audited lines of ``claim_line``."""
    con.execute(
        "CREATE OR REPLACE TABLE claim_reach AS SELECT payer_id, line_of_business, min(date_from) AS first_day, "
        "max(date_from) AS last_day FROM claim_line WHERE state = 'audited' GROUP BY ALL"
    )


def outside_sql(rule: m.Rule, partner: m.Partner, asked: str, before: str, begins: int, ends: int) -> str:
    """SQL of the lines of ``asked`` whose partner may stand on days outside the claims; empty where none may.

    Columns: the line's id, and ``begins`` where those days begin too early, else ``ends`` where they end too late.
    ``before`` is SQL of how many days before the line's first are searched too. Reads ``claim_reach``.
    """
    assert rule.match is not None
    role = alias(rule.match.roles[0])
    if partner.within is None and not partner.days_before:
        return ""
    early, late = f"{role}.date_from - {before} < w.first_day", "FALSE"
    if partner.within is not None:
        window, anchor = partner.within.window, f"{role}.{partner.within.anchor}"
        chosen = chosen_by(window.by, rule.match, rule.match.roles[0], joined=False)
        early = f"coalesce({first_day(anchor, window, chosen)} < w.first_day, TRUE)"
        late = f"coalesce({last_day(anchor, window, chosen)} > w.last_day, TRUE)"
    return f"""
SELECT {role}.line_id AS {role}_id, CASE WHEN {early} THEN {begins} ELSE {ends} END AS why
  FROM {asked} {role} JOIN claim_reach w ON w.payer_id IS NOT DISTINCT FROM {role}.payer_id
       AND w.line_of_business IS NOT DISTINCT FROM {role}.line_of_business
 WHERE ({early}) OR ({late})"""
