"""The base relations of what should, or does, stand beside a line: subjects, partners, and what cannot be told."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.matching.columns import line_columns
from auditor.matching.facts import DAY_NAMES, Facts, keys_of
from auditor.matching.sql import Names, alias, condition, fields_of, literal, mentions
from auditor.matching.table_rows import chosen_by, on_sql
from auditor.matching.windows import inside
from auditor.rules import model as m
from auditor.rules.fields import ANSWERING_TABLE


def subject_sql(rule: m.Rule, facts: Facts) -> str:
    """The lines an ``absent`` or ``because`` rule is about: in scope, with a table row in force on their first day."""
    match = rule.match
    assert match is not None
    role, table = alias(match.roles[0]), match.table
    partner = match.absent or match.because
    assert partner is not None
    known = known_sql(partner, role)
    if partner.within is not None and partner.within.window.by is not None:
        listed = ", ".join(literal(value) for value, _ in partner.within.window.spans)
        chosen = chosen_by(partner.within.window.by, match, match.roles[0], joined=False)
        known += f" AND coalesce({chosen} IN ({listed}), FALSE)"
    asked = asked_beside(match)
    if asked is not None:
        known += "".join(
            f" AND {facts.answered(asked.name, f'{role}.setting', f'{role}.{day}')}"
            for day in ("date_from", "date_to")
        )
    if table is None:
        names = Names(day=f"{role}.date_from", dx_ptr_known=facts.dx_ptr_known, flag=match.roles[0])
        when = condition(match.when, names, rule.parameters)
        if mentions(match.when, "absent") or match.lookups or match.priced:
            when = facts.may_stand(rule, match.roles[0])
        return (
            f"SELECT {role}.line_id AS {role}_id, {role}.date_from AS day, NULL::BIGINT AS table_row "
            f"FROM line {role} WHERE NOT {role}.denied AND {known} AND {when}"
        )
    on = on_sql(table)
    edit = alias(table.alias)
    # As in the other forms, it is the row's setting for which a publication answers, where rows have one.
    setting = f"{edit if 'setting' in dict(table.fields) else role}.setting"
    return f"""
SELECT {role}.line_id AS {role}_id, {role}.date_from AS day, {edit}.row_no AS table_row
  FROM line {role} JOIN ref_{table.name} {edit} ON {on}
       AND {role}.date_from BETWEEN {edit}.effective AND {edit}.deleted
 WHERE NOT {role}.denied AND {known}
   AND {facts.answered(table.name, setting, f"{role}.date_from")}
"""


def asked_beside(match: m.Match) -> m.TableJoin | None:
    """The table that lists partners, where it is not answered for with the match's own: None where it is, or is none.

    Where it answers for no day, nothing is listed in it, and that a partner is absent would be told of every line.
    """
    partner = match.absent or match.because
    table = partner.table if partner is not None else None
    if table is None:
        return None
    own = ANSWERING_TABLE.get(match.table.name, match.table.name) if match.table is not None else ""
    return table if ANSWERING_TABLE.get(table.name, table.name) != own else None


def known_sql(partner: m.Partner, role: str) -> str:
    """SQL: a line has every field of the first set of keys, so that it can be told what stands beside it."""
    keys = [f"{role}.{key}" for key in keys_of(partner.any_of[0])]
    if partner.within is not None:
        keys.append(f"{role}.{partner.within.anchor}")
    return " AND ".join(f"{key} IS NOT NULL" for key in keys) or "TRUE"


def partner_sql(rule: m.Rule, partner: m.Partner, subjects: str, facts: Facts) -> str:
    """The lines standing beside each subject: equal keys (any of the sets), a shared day, listed in the table.

    Grain: one row per (subject, partner). Denied lines count as present. ``unknown`` rows are partners by the common
    keys that lack one of the keys of a set, so that presence cannot be told.
    """
    match = rule.match
    assert match is not None
    role, other, table = alias(match.roles[0]), alias(partner.role), partner.table
    before = days_before_sql(rule, partner, facts)
    theirs = Names(day=f"{other}.date_from", dx_ptr_known=facts.dx_ptr_known, flag=partner.role)
    where = condition(partner.where, theirs, rule.parameters)
    columns = {"line_id", "denied", "date_from", "date_to", "is_span", "patient_key"}
    columns |= {key for keys in partner.any_of for key in keys_of(keys)}
    columns |= line_columns(fields_of(partner.days_before_when))
    if partner.within is not None:
        columns |= {partner.within.anchor, partner.within.day, "code", "setting"}
        by = partner.within.window.by
        columns |= {by.name} if by is not None and by.kind == "line" else set()
        for looked in match.lookups:
            columns |= {ref.name for _, ref in looked.on}
    if table is not None:
        columns |= {ref.name for _, ref in table.on}
        for column, ref in table.on:
            if ref.role == partner.role:
                listed = f"SELECT DISTINCT {column} FROM ref_{table.name} {alias(table.alias)} WHERE {row_sql(partner)}"
                where += f" AND {other}.{ref.name} IN ({listed})"
    picked = ", ".join(sorted(columns))
    branches = [
        _beside(
            rule,
            partner,
            " AND ".join(f"{other}.{key} = {role}.{key}" for key in keys_of(keys)),
            before,
            span,
        )
        for keys in partner.any_of
        for span in ((False, True) if shares_a_day(partner, keys) else (True,))
    ]
    return f"""
WITH subject AS MATERIALIZED (
    SELECT {picked} FROM line WHERE line_id IN (SELECT {role}_id FROM {subjects})
), near AS MATERIALIZED (
    SELECT {picked} FROM line {other} WHERE {where} AND patient_key IN (SELECT patient_key FROM subject)
)
{" UNION ".join(branches)}
"""


def row_sql(partner: m.Partner) -> str:
    """SQL: a row of the partner's table is one of those that list partners."""
    return condition(partner.row_where, Names(day="DATE '0001-01-01'"), {})


def _beside(rule: m.Rule, partner: m.Partner, equal: str, before: str, span: bool) -> str:
    match = rule.match
    assert match is not None
    role, other, table = alias(match.roles[0]), alias(partner.role), partner.table
    if partner.within is not None:
        share, kind = meets_sql(match, partner), "TRUE"
    elif not any(shares_a_day(partner, keys) for keys in partner.any_of):
        share, kind = "TRUE", "TRUE"
    elif span:
        start = f"{role}.date_from - {before}"
        share = f"{other}.date_from <= {role}.date_to AND {other}.date_to >= {start}"
        kind = f"({role}.is_span OR {other}.is_span OR {before} > 0)"
    else:
        share = f"{other}.date_from = {role}.date_from"
        kind = f"NOT {role}.is_span AND NOT {other}.is_span"
    listed = ""
    if table is not None:
        edit = alias(table.alias)
        on = on_sql(table)
        shared = any(shares_a_day(partner, keys) for keys in partner.any_of)
        day = f"greatest({role}.date_from, {other}.date_from)" if shared else f"{role}.date_from"
        listed = (
            f"JOIN ref_{table.name} {edit} ON {on} AND {day} BETWEEN {edit}.effective AND {edit}.deleted "
            f"AND {row_sql(partner)}"
        )
    return f"""
SELECT {role}.line_id AS {role}_id, {other}.line_id AS partner_id, {other}.denied AS partner_denied
  FROM subject {role} JOIN near {other} ON {equal} AND {share} AND {other}.line_id <> {role}.line_id {listed}
 WHERE {kind}
"""


def days_before_sql(rule: m.Rule, partner: m.Partner, facts: Facts) -> str:
    """SQL: how many days before the line's first a partner may stand."""
    assert rule.match is not None
    role = rule.match.roles[0]
    if not partner.days_before:
        return "0"
    names = Names(day=f"{alias(role)}.date_from", dx_ptr_known=facts.dx_ptr_known, flag=role)
    test = condition(partner.days_before_when, names, rule.parameters)
    return f"(CASE WHEN {test} THEN {partner.days_before} ELSE 0 END)"


def shares_a_day(partner: m.Partner, keys: Sequence[str]) -> bool:
    """Whether partners by these keys are those that share a day with the line."""
    return partner.days_before > 0 or bool(set(DAY_NAMES) & set(keys))


def meets_sql(match: m.Match, partner: m.Partner) -> str:
    """SQL: the partner lies in the window around the line."""
    assert partner.within is not None
    role, other, within = alias(match.roles[0]), alias(partner.role), partner.within
    chosen = chosen_by(within.window.by, match, match.roles[0], joined=False)
    return inside(f"{other}.{within.day}", f"{role}.{within.anchor}", within.window, chosen)


def unknown_sql(rule: m.Rule, partner: m.Partner, subjects: str, facts: Facts) -> str:
    """Subjects for which presence of a partner cannot be told, because a key of one of the sets is missing."""
    match = rule.match
    assert match is not None
    role, other = alias(match.roles[0]), alias(partner.role)
    common = [
        key for key in keys_of(partner.any_of[0]) if all(key in keys_of(keys) for keys in partner.any_of)
    ]
    differing = sorted({key for keys in partner.any_of for key in keys_of(keys)} - set(common))
    if not differing:
        return f"SELECT NULL::BIGINT AS {role}_id WHERE FALSE"
    names = Names(day=f"{other}.date_from", dx_ptr_known=facts.dx_ptr_known, flag=partner.role)
    where = condition(partner.where, names, rule.parameters)
    start = f"{role}.date_from - {days_before_sql(rule, partner, facts)}"
    meet = f"{other}.date_from <= {role}.date_to AND {other}.date_to >= {start}"
    if partner.within is not None:
        meet = meets_sql(match, partner)
    elif not any(shares_a_day(partner, keys) for keys in partner.any_of):
        meet = "TRUE"
    equal = " AND ".join(f"{other}.{key} = {role}.{key}" for key in dict.fromkeys(["patient_key", *common]))
    own = " OR ".join(f"{role}.{key} IS NULL" for key in differing)
    theirs = " OR ".join(f"{other}.{key} IS NULL" for key in differing)
    return f"""
SELECT s.{role}_id FROM {subjects} s JOIN line {role} ON {role}.line_id = s.{role}_id WHERE {own}
UNION
SELECT s.{role}_id FROM {subjects} s JOIN line {role} ON {role}.line_id = s.{role}_id
  JOIN line {other} ON {equal} AND {meet} AND {other}.line_id <> {role}.line_id
 WHERE {where} AND ({theirs})
"""
