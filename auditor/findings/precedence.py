"""Which finding takes a line's dollars first (SEMANTICS, Money).

Definite findings come before probable ones, then the order of the strata, then the rule. What counts of a finding is
what the earlier ones left of the line's amount. Risk, amounts at risk, bypassed and suppressed findings never count.
"""

from __future__ import annotations


def counted_sql(source: str) -> str:
    """Adds ``counted`` (cents) to the rows of ``source``.

    ``source`` needs: line_id, verdict, level, at_risk, direction, stratum, rule_id, finding_id, exposure_cents,
    cap_cents. Since every exposure is capped by what is left, the cumulative sum of uncapped exposures tells it.
    """
    order = "PARTITION BY line_id, direction, counts ORDER BY level, stratum, rule_id, finding_id"
    return f"""
SELECT * EXCLUDE (counts, taken),
       CASE WHEN counts AND direction = 'over' THEN greatest(0, least(exposure_cents, cap_cents - taken))
            WHEN counts AND direction = 'under' THEN exposure_cents ELSE 0 END AS counted
  FROM (SELECT *, coalesce(sum(exposure_cents) OVER ({order}
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS taken
          FROM (SELECT *, verdict = 1 AND level < 3 AND NOT at_risk AS counts FROM {source}))
"""
