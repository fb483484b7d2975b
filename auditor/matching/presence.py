"""Where it cannot be told whether a line stands beside another, so that neither presence nor absence may be claimed.

Beside every line that lacks its partner, or all of whose partners fell, something may stand that the equal keys do not
reach: a row that was set aside, a line without its provider, a line of the same patient number under another payer or
line of business, a line of a day that the claims at hand do not reach. What may be the partner makes the rule *not
evaluated* for the line (SEMANTICS, PTP 7).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from auditor.matching.beside import days_before_sql, meets_sql, row_sql, shares_a_day
from auditor.matching.columns import line_columns
from auditor.matching.facts import Facts
from auditor.matching.lines import DAY_UNITS
from auditor.matching.reach import outside_sql
from auditor.matching.sql import Names, alias, condition, fields_of
from auditor.matching.table_rows import on_sql
from auditor.rules import model as m

REASONS: Final = (
    "a line of that day that may be the primary was set aside, so that its absence cannot be told",
    "a line of that day that may be the primary lacks its provider, so that same provider cannot be told",
    "a line of that day that may be the primary stands under another payer or line of business, or without one",
    "the days on which it may stand begin before the claims at hand, so that its absence cannot be told",
    "the days on which it may stand end after the claims at hand, so that its absence cannot be told",
)
"""Why presence cannot be told, the first that holds: set aside, key missing, another payer, days not at hand."""

CODE_UNREAD: Final = (
    "CASE WHEN {0}.code IS NULL THEN {0}.revenue_code IS NULL "
    "ELSE NOT regexp_full_match({0}.code, '[0-9A-Z]{{5}}') END"
)
"""SQL: a row's code is missing or none that a table could list, so that it may have been any."""


WITHHELD: Final = f"SELECT *, {DAY_UNITS} AS day_units FROM line_withheld"
"""The rows set aside, as far as they could be read, with what lines have beside."""
_ELSEWHERE: Final = frozenset({"patient_id", "service_day", "service_date"})


def stray_sql(rules: Sequence[m.Rule]) -> str:
    """The lines that may be partners though their keys do not say so: without a key, or of a patient of two payers."""
    partners = [rule.match.absent or rule.match.because for rule in rules if rule.match is not None]
    single = [item.any_of[0] for item in partners if item is not None and len(item.any_of) == 1]
    names = sorted({name for keys in single for name in keys} - _ELSEWHERE)
    lacking = "".join(f"{name} IS NULL OR " for name in names)
    return (
        f"SELECT * FROM line WHERE {lacking}patient_key IN (SELECT patient_key FROM claim_patient WHERE patient_id IN "
        "(SELECT patient_id FROM claim_patient GROUP BY 1 HAVING count(*) > 1))"
    )


def untold_sql(rule: m.Rule, partner: m.Partner, subjects: str, stray: str, facts: Facts) -> str:
    """Of ``subjects`` those that may have a partner which the keys do not reach; ``why`` is a place in REASONS.

    ``stray`` is the relation of :func:`stray_sql`. Reads ``line`` and ``line_withheld``. Rows set aside may be partners
    as far as they could be read: one without a patient or a day belongs to its claim, one without a readable code may
    have any. The columns of the keys are compared as they are, not by their numbers, which rows set aside lack.
    Where ``facts.bounded``, nothing is told of days outside the claims at hand (``matching.reach``).
    """
    assert rule.match is not None
    role, other = alias(rule.match.roles[0]), alias(partner.role)
    keys = [[name for name in names if name not in _ELSEWHERE] for names in partner.any_of]
    could_be = " OR ".join(
        "(" + " AND ".join(["TRUE", *(_equal_or_missing(name, role, other) for name in names)]) + ")"
        for names in keys
    )
    missing = "FALSE"
    if len(keys) == 1:  # where several sets serve, `absent.unknown` tells it
        missing = " OR ".join([missing, *(f"{other}.{name} IS NULL" for name in keys[0])])
    before = days_before_sql(rule, partner, facts)
    low, high = (f"{name}({other}.date_from, {other}.date_to)" for name in ("least", "greatest"))
    meet = f"{low} <= {role}.date_to AND {high} >= {role}.date_from - {before}"
    if partner.within is not None:
        meet = f"({other}.{partner.within.day} IS NULL OR {meets_sql(rule.match, partner)})"
    elif not any(shares_a_day(partner, names) for names in partner.any_of):
        meet = "TRUE"
    serves = _serves(rule, partner, facts)
    mine = f"{other}.patient_id = {role}.patient_id"
    then = f"CASE WHEN {other}.date_from IS NULL THEN {other}.claim_id = {role}.claim_id ELSE {meet} END"
    aside = f"({could_be}) AND {then} AND ({CODE_UNREAD.format(other)} OR {serves})"
    columns = {"line_id", "patient_id", "patient_key", "claim_id", "date_from", "date_to"}
    columns |= {name for names in keys for name in names}
    columns |= line_columns(fields_of(partner.days_before_when))
    if partner.within is not None:
        columns |= {partner.within.anchor, "code", "setting"}
        by = partner.within.window.by
        columns |= {by.name} if by is not None and by.kind == "line" else set()
        for looked in rule.match.lookups:
            columns |= {ref.name for _, ref in looked.on}
    if partner.table is not None:
        columns |= {ref.name for _, ref in partner.table.on}
    columns |= {"payer_id", "line_of_business"} if facts.bounded else set()
    outside = outside_sql(rule, partner, "asked", before, 3, 4) if facts.bounded else ""
    return f"""
WITH asked AS MATERIALIZED (
    SELECT {", ".join(sorted(columns))} FROM line WHERE line_id IN (SELECT {role}_id FROM {subjects})
)
SELECT {role}_id, min(why) AS why FROM (
    SELECT {role}.line_id AS {role}_id, 0 AS why
      FROM asked {role} JOIN ({WITHHELD}) {other} ON {mine} WHERE {aside}
    UNION ALL
    SELECT {role}.line_id, 0
      FROM asked {role} JOIN ({WITHHELD}) {other} ON {other}.claim_id = {role}.claim_id
     WHERE {other}.patient_id IS NULL AND {aside}
    UNION ALL
    SELECT {role}.line_id, CASE WHEN {other}.patient_key = {role}.patient_key THEN 1 ELSE 2 END
      FROM asked {role} JOIN {stray} {other} ON {mine} AND {meet} AND {other}.line_id <> {role}.line_id
     WHERE ({other}.patient_key <> {role}.patient_key OR {missing}) AND ({could_be}) AND {serves}
    {"UNION ALL" if outside else ""} {outside})
 GROUP BY 1
"""


def _equal_or_missing(name: str, role: str, other: str) -> str:
    return f"({other}.{name} = {role}.{name} OR {other}.{name} IS NULL OR {role}.{name} IS NULL)"


def _serves(rule: m.Rule, partner: m.Partner, facts: Facts) -> str:
    """SQL: a line has what a partner must have, and the table lists it on the first day that both could share."""
    assert rule.match is not None
    role, other = alias(rule.match.roles[0]), alias(partner.role)
    day = f"greatest({role}.date_from, least({other}.date_from, {other}.date_to))"
    if not any(shares_a_day(partner, keys) for keys in partner.any_of):
        day = f"{role}.date_from"
    day_of = f"coalesce({other}.date_from, {role}.date_from)"
    names = Names(day=day_of, dx_ptr_known=facts.dx_ptr_known, flag=partner.role)
    where = condition(partner.where, names, rule.parameters)
    if partner.table is None:
        return where
    edit = alias(partner.table.alias)
    return (
        f"({where} AND EXISTS (SELECT 1 FROM ref_{partner.table.name} {edit} WHERE {on_sql(partner.table)} "
        f"AND {day} BETWEEN {edit}.effective AND {edit}.deleted AND {row_sql(partner)}))"
    )
