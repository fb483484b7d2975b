"""Which finding takes a line's dollars first (SEMANTICS, Money).

Definite findings come before probable ones, then the order of the strata, then the rule. What counts of a finding is
what the earlier ones left of the line's amount. Risk, amounts at risk, bypassed and suppressed findings never count.

Findings that hold a line against what it should have been paid (``difference``) speak of the same dollars: an assistant
paid like the surgeon is also above his share. Of them a line counts the largest, and no sum.
"""

from __future__ import annotations


def counted_sql(source: str) -> str:
    """Adds ``counted`` (cents) to the rows of ``source``.

    ``source`` needs: line_id, verdict, level, at_risk, direction, method, stratum, rule_id, finding_id, exposure_cents,
    cap_cents. What is taken so far is the sum of the parts and the largest of the differences; since every exposure is
    capped by what is left, these uncapped amounts tell it.
    """
    order = "PARTITION BY line_id, direction, counts ORDER BY level, stratum, rule_id, finding_id"
    differs = "method = 'difference'"

    def taken(rows: str) -> str:
        window = f"OVER ({order} ROWS BETWEEN UNBOUNDED PRECEDING AND {rows})"
        parts = f"coalesce(sum(exposure_cents) FILTER (NOT {differs}) {window}, 0)"
        return f"{parts} + coalesce(max(exposure_cents) FILTER ({differs}) {window}, 0)"

    return f"""
SELECT * EXCLUDE (counts, taken, taken_with),
       CASE WHEN counts AND direction = 'over'
            THEN greatest(0, least(taken_with, cap_cents) - least(taken, cap_cents))
            WHEN counts AND direction = 'under' THEN taken_with - taken ELSE 0 END AS counted
  FROM (SELECT *, {taken("1 PRECEDING")} AS taken, {taken("CURRENT ROW")} AS taken_with
          FROM (SELECT *, verdict = 1 AND level < 3 AND NOT at_risk AS counts FROM {source}))
"""
