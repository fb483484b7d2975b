"""Claims as a whole: the header, and what the lines that were not denied add up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from auditor.matching.columns import columns_read
from auditor.matching.facts import Facts
from auditor.matching.sql import age, alias, kind_of_line, literal, scope
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


def claims_sql(rules: Iterable[m.Rule], facts: Facts) -> str:
    """One row a line that was not denied, with the fields of its claim; ``is_first`` marks the claim's first line.

    The header is that of the claim's first line. A claim is one version of it, of one patient. What few feeds have
    stands there when one of ``rules`` reads it, and only claims that some rule may be about.
    """
    about = [rule for rule in rules if rule.match is not None and rule.match.form == "claim"]
    wanted = frozenset().union(*(columns_read(rule) for rule in about))
    kept = "TRUE"
    if facts.prefilter:
        asked = " OR ".join(f"({_line_asked(rule)})" for rule in about)
        kept = f"claim_key IN (SELECT claim_key FROM line l WHERE NOT denied AND ({asked or 'FALSE'}))"
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
      FROM line WHERE NOT denied AND {kept} GROUP BY claim_key, patient_key),
headed AS (SELECT w.*, {header} FROM whole w JOIN line h ON h.line_id = w.first_id)
SELECT l.line_id, l.line_no, FALSE AS denied, l.line_id = w.first_id AS is_first,
       w.* EXCLUDE (first_id, claim_key, patient_key), {age("w.birth_date", "w.date_from")} AS age
  FROM headed w JOIN line l USING (claim_key, patient_key) WHERE NOT l.denied
"""


def _line_asked(rule: m.Rule) -> str:
    """SQL: a line ``l`` without whose like its claim cannot be one that the rule is about."""
    assert rule.match is not None
    values = _some_line(rule.match.when, rule.match.roles[0])
    tests = [f"l.{column} IN ({', '.join(map(literal, sorted(found)))})" for column, found in values.items()]
    return f"{kind_of_line(rule, 'l')} AND ({' OR '.join(tests)})" if tests else kind_of_line(rule, "l")


def _some_line(part: m.Condition, role: str) -> Mapping[str, frozenset[str]]:
    """Codes and revenue codes of which a claim must have one on some line; empty where it need not."""
    if isinstance(part, m.All):
        asked = [found for item in part.parts if (found := _some_line(item, role))]
        return min(asked, key=lambda found: sum(map(len, found.values())), default={})
    if isinstance(part, m.AnyOf):
        either = [_some_line(item, role) for item in part.parts]
        if not all(either):
            return {}
        names = {name for found in either for name in found}
        return {name: frozenset().union(*(found.get(name, ()) for found in either)) for name in sorted(names)}
    if isinstance(part, m.Not) or (part.field.role, part.field.kind) != (role, "claim"):
        return {}
    column = {"codes": "code", "revenue_codes": "revenue_code"}.get(part.field.name)
    if column is None:
        return {}
    if part.op == "contains" and isinstance(part.value, str):
        return {column: frozenset({part.value})}
    if part.op == "overlaps" and isinstance(part.value, tuple):
        return {column: frozenset(part.value)}
    return {}


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
