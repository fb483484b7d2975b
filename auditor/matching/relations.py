"""The base relation of each form of match: which lines stand together, and with which table row.

Every function returns the SQL of a relation with the columns ``<role>_id`` (line ids), ``day``, ``table_row`` and
what the form adds. Relations are made once per distinct match and shared by the rules that have it. They are read from
``line``, the audited claim lines of the partition at work, and ``ref_*``, the reference rows at hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from auditor.matching.columns import columns_chosen_by, columns_matched
from auditor.matching.facts import Facts, keys_of
from auditor.matching.sql import Names, alias, condition, literal, scope
from auditor.matching.table_rows import column_of, fee_join, judged_join, row_asked
from auditor.matching.taken import asked_of_both
from auditor.rules import model as m

Unsure = Literal["publication", "provider"]


def line_sql(rule: m.Rule, facts: Facts, source: str = "line", kinds: str = "") -> str:
    """Single lines of ``source`` that meet a rule's condition.

    ``kinds`` names the relation of :data:`KINDS` where ``source`` is that of :func:`modified_sql`: then codes and
    modifiers are asked once for each kind of line, and the rest of the lines that this leaves.
    """
    match = rule.match
    assert match is not None
    role = alias(match.roles[0])
    names = Names(day=f"{role}.date_from", dx_ptr_known=facts.dx_ptr_known, flag=match.roles[0])
    test = condition(match.when, names, rule.parameters)
    steps, source = _of_kinds(rule, facts, source, kinds)
    return (
        f"{_with(steps)}SELECT {role}.line_id AS {role}_id, {role}.date_from AS day, NULL::BIGINT AS table_row "
        f"FROM {source} {role} WHERE {scope(rule, role)} AND {test}{facts.listed(rule, match.roles[0])}"
    )


def looked_at_sql(
    rule: m.Rule, facts: Facts, rows: str, priced: str = "", source: str = "line", kinds: str = ""
) -> str:
    """Single lines that may meet a condition that reads table rows, each with its row in force where it has a table.

    ``rows`` names a relation of :meth:`Facts.answering_rows`, and is empty without a table; so ``priced`` the relation
    of the lines' fees: few lines stand where it is asked, so it is asked first, and their rows are sought afterwards.
    ``source`` and ``kinds`` are as for :func:`line_sql`.
    """
    match = rule.match
    assert match is not None
    role = alias(match.roles[0])
    row, joined = "NULL::BIGINT", ""
    if match.table is not None:
        row = f"{alias(match.table.alias)}.row_no"
        joined = judged_join(match.table, rows, f"{role}.date_from", row_asked(rule, facts, match.table))
    asked = facts.may_stand(rule, match.roles[0], match.priced if priced else "")
    steps, source = _of_kinds(rule, facts, source, kinds)
    where = f"WHERE {scope(rule, role)} AND {asked}"
    if priced and match.table is not None:
        kept = {"line_id", "date_from", *(column_of(ref) for _, ref in match.table.on)}
        columns = ", ".join(f"{role}.{name}" for name in sorted(kept))
        by_fee = f"SELECT {columns} FROM {source} {role} {fee_join(match, role, priced, facts)} {where}"
        steps, source, where = [*steps, f"by_fee AS MATERIALIZED ({by_fee})"], "by_fee", ""
    else:
        joined += fee_join(match, role, priced, facts)
    return (
        f"{_with(steps)}SELECT {role}.line_id AS {role}_id, {role}.date_from AS day, {row} AS table_row "
        f"FROM {source} {role} {joined} {where}"
    )


def _with(steps: Sequence[str]) -> str:
    return f"WITH {', '.join(steps)} " if steps else ""


def _of_kinds(rule: m.Rule, facts: Facts, source: str, kinds: str) -> tuple[list[str], str]:
    """A step of a ``WITH``: the lines of ``source`` whose kind a rule may be about; and their name there."""
    match = rule.match
    if match is None or not kinds:
        return [], source
    asked = facts.may_be(rule, match.when, match.roles[0], only=("code", "modifiers"))
    of_kind = f"kind IN (SELECT kind FROM {kinds} {alias(match.roles[0])} WHERE {asked})"
    return [f"few AS MATERIALIZED (SELECT * FROM {source} WHERE {of_kind})"], "few"


def reads_rows(match: m.Match) -> bool:
    """Whether a single line's condition can only be asked once its table rows are known."""
    return match.table is not None or bool(match.lookups) or bool(match.priced)


KINDS = (
    "SELECT row_number() OVER () AS kind, code, modifiers FROM "
    "(SELECT DISTINCT code, modifiers FROM line WHERE len(modifiers) > 0)"
)
"""What lines with modifiers have of codes and modifiers: far fewer kinds than lines."""


def modified_sql(rules: Sequence[m.Rule], kinds: str) -> str:
    """The lines with modifiers, with the columns by which single-line rules choose theirs, and their kind."""
    read = (columns_chosen_by(rule) | columns_matched(rule) for rule in rules)
    chosen = frozenset({"code", "modifiers"}).union(*read)
    columns = ", ".join(f"l.{name}" for name in sorted(chosen))
    return (
        f"SELECT {columns}, k.kind FROM line l JOIN {kinds} k "
        "ON k.modifiers = l.modifiers AND k.code IS NOT DISTINCT FROM l.code WHERE len(l.modifiers) > 0"
    )


def needs_modifiers(part: m.Condition) -> bool:
    """Whether a condition is false for every line without modifiers; never true in doubt."""
    if isinstance(part, m.All):
        return any(needs_modifiers(item) for item in part.parts)
    if isinstance(part, m.AnyOf):
        return bool(part.parts) and all(needs_modifiers(item) for item in part.parts)
    if isinstance(part, m.Not):
        return False
    return (
        part.field.kind == "line" and part.field.name == "modifiers" and part.op in {"contains", "overlaps"}
    )


def pair_sql(
    rule: m.Rule, facts: Facts, rows: str, codes: Mapping[str, str], unsure: Unsure | None = None
) -> str:
    """Two lines with equal keys that share a day, in the direction of a table row in force on that day.

    A line with a span meets another where their spans share a day; the row is asked for the first shared day
    (SEMANTICS, PTP 5). Grain: one row per (first line, second line, row in force). With ``unsure`` the pairs that
    cannot be judged: no publication answers for the day although the last one has the pair in force then
    (``publication``), or a line lacks its provider (``provider``). ``rows`` names a relation of
    :meth:`Facts.answering_rows` with the keys of the columns in ``codes``. The lines are brought together first,
    behind a barrier: joined with the table first, as a planner may choose, they would be a product.
    """
    match = rule.match
    assert match is not None and match.table is not None
    first, second = (alias(role) for role in match.roles)
    names = Names(day="DATE '0001-01-01'", dx_ptr_known=facts.dx_ptr_known, roles=match.roles)
    keys = [key for key in keys_of(match.same) if unsure != "provider" or key != "provider_key"]
    table, edit = match.table, alias(match.table.alias)
    joined = [(column, alias(ref.role), ref.name) for column, ref in table.on]
    if codes:
        joined = [(f"{column}_key", alias(role), "code_key") for column, role in codes.items()]
        keys.remove("setting")  # the row has one, and both codes are of it
    tests = [f"{first}.{key} = {second}.{key}" for key in keys]
    tests += [f"{first}.line_id <> {second}.line_id", f"NOT {first}.denied", f"NOT {second}.denied"]
    tests += [condition(part, names, {}) for part in asked_of_both(rule, facts)]
    if facts.prefilter:
        listed = [item for item in joined if item[2] != "setting"]
        tests += [f"{role}.{name} IN (SELECT {column} FROM {rows})" for column, role, name in listed]
    if unsure == "provider":
        lacking = "(SELECT patient_key FROM line WHERE provider_key IS NULL)"
        tests.append(f"({first}.provider_key IS NULL OR {second}.provider_key IS NULL)")
        tests.append(f"{first}.patient_key IN {lacking}")
    if unsure == "publication":
        tests.append(f"{first}.date_to > {literal(facts.last_answer(table.name))}")
    carried = ", ".join(f"{role}.{name} AS {role}__{name}" for _, role, name in joined)
    single, overlap = (
        f"{first}.date_from = {second}.date_from",
        f"{first}.date_from <= {second}.date_to AND {second}.date_from <= {first}.date_to",
    )
    later = f"greatest({first}.date_from, {second}.date_from)"
    branches = [
        f"SELECT {first}.line_id AS {first}_id, {second}.line_id AS {second}_id, {day} AS day, {carried} "
        f"FROM line {first} JOIN line {second} ON {meet} AND {' AND '.join(tests)} WHERE {spans}"
        for spans, meet, day in (
            (f"NOT {first}.is_span AND NOT {second}.is_span", single, f"{first}.date_from"),
            (f"{first}.is_span", overlap, later),
            (f"NOT {first}.is_span AND {second}.is_span", overlap, later),
        )
    ]
    on = " AND ".join(f"{edit}.{column} = p.{role}__{name}" for column, role, name in joined)
    setting = next((f"p.{alias(ref.role)}__setting" for _, ref in table.on if ref.name == "setting"), "'*'")
    judged = f"p.day BETWEEN {edit}.judged_from AND {edit}.judged_to"
    if unsure == "publication":
        answered = facts.answered(table.name, setting, "p.day")
        judged = f"p.day BETWEEN {edit}.effective AND {edit}.deleted AND NOT {answered}"
    return f"""
WITH together AS MATERIALIZED ({" UNION ALL ".join(branches)})
SELECT p.{first}_id, p.{second}_id, p.day, {edit}.row_no AS table_row
  FROM together p JOIN {rows} {edit} ON {on} AND {judged}
"""


def coverage_sql(rule: m.Rule, facts: Facts) -> str:
    """Lines under a coverage policy none of whose policies is met by their diagnoses.

    A policy that ``requires`` any is met by one covered diagnosis, one that requires all by one of every group. Grain:
    one row a line, with its first policy; ``covered_elsewhere`` tells that another diagnosis of the claim would do.
    """
    match = rule.match
    assert match is not None and match.coverage is not None
    role, item = alias(match.roles[0]), match.coverage
    places = " OR ".join(f"c.jurisdiction = {role}.{field}" for field in item.jurisdiction)
    pointed, claimed = f"{role}.{item.dx}", f"{role}.{item.elsewhere}"
    if item.dx == "pointed_dx":
        # A line that points to nothing, in a feed that has pointers, is for any diagnosis of its claim.
        known = f"len({pointed}) > 0" if facts.dx_ptr_known else "FALSE"
        pointed = f"CASE WHEN {known} THEN {pointed} ELSE {claimed} END"

    def met(column: str) -> str:
        return f"""
    SELECT g.{role}_id, bool_or(m.groups >= CASE WHEN g.requires = 'all' THEN g.groups ELSE 1 END) AS met
      FROM governed g JOIN (
        SELECT d.{role}_id, d.policy_key, count(DISTINCT r.dx_group) AS groups
          FROM (SELECT g.{role}_id, g.policy_key, g.day, unnest({column}) AS dx
                  FROM governed g JOIN line {role} ON {role}.line_id = g.{role}_id) d
          JOIN ref_coverage r ON r.policy_key = d.policy_key AND d.day BETWEEN r.effective AND r.deleted
               AND (d.dx = r.dx_from OR (r.dx_to IS NOT NULL AND d.dx >= r.dx_from
                    AND (d.dx <= r.dx_to OR starts_with(d.dx, r.dx_to))))
         GROUP BY ALL) m ON m.{role}_id = g.{role}_id AND m.policy_key = g.policy_key
     GROUP BY g.{role}_id"""

    return f"""
WITH governed AS (
    SELECT {role}.line_id AS {role}_id, {role}.date_from AS day, c.row_no, c.policy_key, c.requires, c.groups
      FROM line {role} JOIN ref_coverage_policy c ON c.code = {role}.code
           AND {role}.date_from BETWEEN c.effective AND c.deleted
           AND (c.jurisdiction = '*' OR {places or "FALSE"})
     WHERE {scope(rule, role)} AND len({role}.{item.elsewhere}) > 0
       AND {facts.answered("coverage_policy", "'*'", f"{role}.date_from")}
), pointed AS ({met(pointed)}
), anywhere AS ({met(claimed)}
)
SELECT g.{role}_id, any_value(g.day) AS day, min(g.row_no) AS table_row,
       coalesce(bool_or(a.met), FALSE) AS covered_elsewhere
  FROM governed g LEFT JOIN pointed p USING ({role}_id) LEFT JOIN anywhere a USING ({role}_id)
 WHERE NOT coalesce(p.met, FALSE)
 GROUP BY g.{role}_id
"""
