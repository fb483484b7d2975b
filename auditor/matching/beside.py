"""The base relations of what should, or does, stand beside a line: subjects, partners, and what cannot be told."""

from __future__ import annotations

from auditor.matching.facts import Facts, join_on, keys_of
from auditor.matching.sql import Names, alias, condition, fields_of
from auditor.rules import model as m
from auditor.rules.fields import LINE_SQL


def subject_sql(rule: m.Rule, facts: Facts) -> str:
    """The lines an ``absent`` or ``because`` rule is about: in scope, with a table row in force on their first day."""
    match = rule.match
    assert match is not None
    role, table = alias(match.roles[0]), match.table
    if table is None:
        names = Names(day=f"{role}.date_from", dx_ptr_known=facts.dx_ptr_known)
        when = condition(match.when, names, rule.parameters)
        return (
            f"SELECT {role}.line_id AS {role}_id, {role}.date_from AS day, NULL::BIGINT AS table_row "
            f"FROM line {role} WHERE NOT {role}.denied AND {role}.provider_key IS NOT NULL AND {when}"
        )
    on = join_on(table, {match.roles[0]: role})
    edit = alias(table.alias)
    return f"""
SELECT {role}.line_id AS {role}_id, {role}.date_from AS day, {edit}.row_no AS table_row
  FROM line {role} JOIN ref_{table.name} {edit} ON {on}
       AND {role}.date_from BETWEEN {edit}.effective AND {edit}.deleted
 WHERE NOT {role}.denied AND {role}.provider_key IS NOT NULL
   AND {facts.answered(table.name, f"{role}.setting", f"{role}.date_from")}
"""


def partner_sql(rule: m.Rule, partner: m.Partner, subjects: str, facts: Facts) -> str:
    """The lines standing beside each subject: equal keys (any of the sets), a shared day, listed in the table.

    Grain: one row per (subject, partner). Denied lines count as present. ``unknown`` rows are partners by the common
    keys that lack one of the keys of a set, so that presence cannot be told.
    """
    match = rule.match
    assert match is not None
    role, other, table = alias(match.roles[0]), alias(partner.role), partner.table
    names = Names(day=f"{role}.date_from", dx_ptr_known=facts.dx_ptr_known)
    before = "0"
    if partner.days_before:
        test = condition(partner.days_before_when, names, rule.parameters)
        before = f"(CASE WHEN {test} THEN {partner.days_before} ELSE 0 END)"
    where = condition(
        partner.where, Names(day=f"{other}.date_from", dx_ptr_known=facts.dx_ptr_known), rule.parameters
    )
    columns = {"line_id", "denied", "date_from", "date_to", "is_span", "patient_key"}
    columns |= {key for keys in partner.any_of for key in keys_of(keys)}
    columns |= {LINE_SQL.get(name, name) for name in fields_of(partner.days_before_when)}
    if table is not None:
        columns |= {ref.name for _, ref in table.on}
        for column, ref in table.on:
            if ref.role == partner.role:
                where += f" AND {other}.{ref.name} IN (SELECT DISTINCT {column} FROM ref_{table.name})"
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
        for span in (False, True)
    ]
    return f"""
WITH subject AS MATERIALIZED (
    SELECT {picked} FROM line WHERE line_id IN (SELECT {role}_id FROM {subjects})
), near AS MATERIALIZED (
    SELECT {picked} FROM line {other} WHERE {where} AND patient_key IN (SELECT patient_key FROM subject)
)
{" UNION ".join(branches)}
"""


def _beside(rule: m.Rule, partner: m.Partner, equal: str, before: str, span: bool) -> str:
    match = rule.match
    assert match is not None
    role, other, table = alias(match.roles[0]), alias(partner.role), partner.table
    if span:
        start = f"{role}.date_from - {before}"
        share = f"{other}.date_from <= {role}.date_to AND {other}.date_to >= {start}"
        kind = f"({role}.is_span OR {other}.is_span OR {before} > 0)"
    else:
        share = f"{other}.date_from = {role}.date_from"
        kind = f"NOT {role}.is_span AND NOT {other}.is_span"
    listed = ""
    if table is not None:
        edit = alias(table.alias)
        on = join_on(table, {match.roles[0]: role, partner.role: other})
        day = f"greatest({role}.date_from, {other}.date_from)"
        listed = f"JOIN ref_{table.name} {edit} ON {on} AND {day} BETWEEN {edit}.effective AND {edit}.deleted"
    return f"""
SELECT {role}.line_id AS {role}_id, {other}.line_id AS partner_id, {other}.denied AS partner_denied
  FROM subject {role} JOIN near {other} ON {equal} AND {share} AND {other}.line_id <> {role}.line_id {listed}
 WHERE {kind}
"""


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
    names = Names(day=f"{other}.date_from", dx_ptr_known=facts.dx_ptr_known)
    where = condition(partner.where, names, rule.parameters)
    equal = " AND ".join(f"{other}.{key} = {role}.{key}" for key in common)
    own = " OR ".join(f"{role}.{key} IS NULL" for key in differing)
    theirs = " OR ".join(f"{other}.{key} IS NULL" for key in differing)
    return f"""
SELECT s.{role}_id FROM {subjects} s JOIN line {role} ON {role}.line_id = s.{role}_id WHERE {own}
UNION
SELECT s.{role}_id FROM {subjects} s JOIN line {role} ON {role}.line_id = s.{role}_id
  JOIN line {other} ON {equal} AND {other}.date_from <= {role}.date_to AND {other}.date_to >= {role}.date_from
       AND {other}.line_id <> {role}.line_id
 WHERE {where} AND ({theirs})
"""
