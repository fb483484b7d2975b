"""Claims as a whole: the header, and what the lines that were not denied add up to."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.matching.columns import columns_read
from auditor.matching.facts import Facts
from auditor.matching.sql import age, alias, scope
from auditor.rules import model as m
from auditor.rules.fields import CLAIM_HEADER, RARE_FIELDS

_ORDER = "ORDER BY line_no, line_id"
_MADE = {
    "date_from": "min(date_from)",
    "service_date": "min(date_from)",
    "date_to": "max(date_to)",
    "days": "CAST(max(date_to) - min(date_from) + 1 AS INTEGER)",
    "codes": "list_sort(list(DISTINCT code) FILTER (code IS NOT NULL))",
    "revenue_codes": "list_sort(list(DISTINCT revenue_code) FILTER (revenue_code IS NOT NULL))",
    "modifiers": "list_sort(list_distinct(flatten(list(modifiers))))",
    "lines": "CAST(count(*) AS INTEGER)",
    "charge": "CAST(sum(charge) AS BIGINT)",
    "allowed": "CAST(sum(allowed) AS BIGINT)",
    "paid": "CAST(sum(paid) AS BIGINT)",
    "other_payer_paid": "CAST(sum(other_payer_paid) AS BIGINT)",
}
_OF_FIRST = {
    "length_of_stay": "CAST(h.discharge_date - h.admit_date AS INTEGER)",
    "principal_dx": "h.dx[1]",
}


def claims_sql(rules: Iterable[m.Rule]) -> str:
    """One row a line that was not denied, with the fields of its claim; ``is_first`` marks the claim's first line.

    The header is that of the claim's first line. A claim is one version of it, of one patient. What few feeds have
    stands there when one of ``rules`` reads it.
    """
    wanted = frozenset().union(
        *(columns_read(rule) for rule in rules if rule.match is not None and rule.match.form == "claim")
    )
    left_out = {"age", *(RARE_FIELDS.keys() - wanted)}
    header = ", ".join(
        f"{_OF_FIRST.get(name, f'h.{name}')} AS {name}"
        for name in dict.fromkeys([*CLAIM_HEADER, *_OF_FIRST])
        if name not in {*left_out, *_MADE}
    )
    made = ", ".join(f"{sql} AS {name}" for name, sql in _MADE.items() if name not in left_out)
    return f"""
WITH whole AS (
    SELECT claim_key, patient_key, first(line_id {_ORDER}) AS first_id, {made}
      FROM line WHERE NOT denied GROUP BY claim_key, patient_key),
headed AS (SELECT w.*, {header} FROM whole w JOIN line h ON h.line_id = w.first_id)
SELECT l.line_id, l.line_no, FALSE AS denied, l.line_id = w.first_id AS is_first,
       w.* EXCLUDE (first_id, claim_key, patient_key), {age("w.birth_date", "w.date_from")} AS age
  FROM headed w JOIN line l USING (claim_key, patient_key) WHERE NOT l.denied
"""


def claim_sql(rule: m.Rule, facts: Facts, claims: str) -> str:
    """The claims that meet the condition: every line of them where the rule prices the claim, else its first."""
    match = rule.match
    assert match is not None
    role = alias(match.roles[0])
    kept = facts.may_be(rule, match.when, match.roles[0], "claim")
    flagged = "TRUE" if priced(rule) else f"{role}.is_first"
    return (
        f"SELECT {role}.line_id AS {role}_id, {role}.date_from AS day, NULL::BIGINT AS table_row "
        f"FROM {claims} {role} WHERE {scope(rule, role)} AND {flagged} AND {kept}"
    )


def rest_sql(first: int, most: int) -> str:
    """The other lines of the claim of every candidate numbered ``first`` and up, at most ``most`` of them."""
    return f"""
SELECT c.cand, 'same claim', o.line_id
  FROM candidate c JOIN line l ON l.line_id = c.line_id
  JOIN line o ON o.claim_key = l.claim_key AND o.patient_key = l.patient_key AND o.line_id <> l.line_id AND NOT o.denied
 WHERE c.cand >= {first}
QUALIFY row_number() OVER (PARTITION BY c.cand ORDER BY o.line_no, o.line_id) <= {most}
"""


def priced(rule: m.Rule) -> bool:
    """Whether any finding of the rule has an amount at stake, so that every line of the claim is flagged."""
    return any(item.exposure.method != "none" for item in rule.all_variants)
