"""The base relation of each form of match: which lines stand together, and with which table row.

Every function returns the SQL of a relation with the columns ``<role>_id`` (line ids), ``day``, ``table_row`` and
what the form adds. Relations are made once per distinct match and shared by the rules that have it. They are read from
``line``, the audited claim lines of the partition at work, and ``ref_*``, the reference rows at hand.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from auditor.matching.columns import columns_chosen_by
from auditor.matching.sql import Names, alias, condition, fields_of, key_column, kind_of_line, literal, scope
from auditor.rules import model as m
from auditor.rules.fields import ANSWERING_TABLE, LINE_SQL

Unsure = Literal["publication", "provider"]


@dataclass(frozen=True)
class Facts:
    """What a query must know of the run: whether the feed has diagnosis pointers, and what each table answers for.

    ``answers`` rows are (table, setting or ``*``, first day, last day).
    """

    dx_ptr_known: bool
    answers: tuple[tuple[str, str, date, date], ...]

    def last_answer(self, table: str) -> date:
        """The earliest of the days on which a setting's publications cease to answer."""
        ends = [last for name, _, _, last in self.answers if name == ANSWERING_TABLE[table]]
        return min(ends, default=date.max)

    def answering_rows(self, table: str, codes: Collection[str] = (), code_of: str = "") -> str:
        """SQL of the rows of a table with the days on which they are in force and a publication answers.

        Columns ``judged_from`` and ``judged_to``; a row stands once for each span of answers it reaches into. For each
        column in ``codes`` a column ``<name>_key`` holds the ``code_key`` of the lines, by the relation ``code_of``
        (setting, code, code_key); rows with a code that no line has are left out.
        """
        spans = [
            f"({literal(place)}, {literal(first)}, {literal(last)})"
            for name, place, first, last in self.answers
            if name == ANSWERING_TABLE[table]
        ]
        keys = "".join(f", k_{column}.code_key AS {column}_key" for column in codes)
        coded = "".join(
            f" JOIN {code_of} k_{column} ON k_{column}.setting = r.setting AND k_{column}.code = r.{column}"
            for column in codes
        )
        if not spans:
            dates = "effective AS judged_from, deleted AS judged_to"
            return f"SELECT r.*, {dates}{keys} FROM ref_{table} r{coded} WHERE FALSE"
        return (
            f"SELECT r.*, greatest(r.effective, q.first) AS judged_from, least(r.deleted, q.last) AS judged_to{keys} "
            f"FROM ref_{table} r JOIN (VALUES {', '.join(spans)}) q(place, first, last) "
            f"ON q.place IN ('*', r.setting) AND r.effective <= q.last AND r.deleted >= q.first{coded}"
        )

    def answered(self, table: str, setting: str, day: str) -> str:
        """SQL: whether a publication of the table answers for the day (never NULL)."""
        tests = [
            f"{day} BETWEEN {literal(first)} AND {literal(last)}"
            + ("" if place == "*" else f" AND coalesce({setting} = {literal(place)}, FALSE)")
            for name, place, first, last in self.answers
            if name == ANSWERING_TABLE[table]
        ]
        return "(" + (" OR ".join(f"({test})" for test in tests) or "FALSE") + ")"


def _join_on(table: m.TableJoin, roles: dict[str, str]) -> str:
    """The equality part of a table join; ``roles`` maps a role to the alias that carries its columns."""
    return " AND ".join(
        f"{alias(table.alias)}.{column} = {roles[ref.role]}.{ref.name}" for column, ref in table.on
    )


CODE_OF = "SELECT DISTINCT setting, code, code_key FROM line WHERE code_key IS NOT NULL"
"""The codes of the lines with their keys."""


def coded_columns(match: m.Match) -> Mapping[str, str]:
    """The columns of the match's table that equal the code of a line, with the line's role, when ``code_key`` will do.

    It will where the table asks for the setting and for codes and nothing else, and all lines are of one setting: then
    one whole number stands for setting and code, and neither is compared as text. Empty otherwise.
    """
    if match.table is None:
        return {}
    setting = [ref for column, ref in match.table.on if column == "setting" and ref.name == "setting"]
    codes = {column: ref.role for column, ref in match.table.on if column != "setting" and ref.name == "code"}
    if len(setting) + len(codes) != len(match.table.on) or not setting:
        return {}
    if set(codes.values()) != set(match.roles) or (len(match.roles) > 1 and "setting" not in match.same):
        return {}
    return codes


def _keys(same: Sequence[str]) -> list[str]:
    return [key_column(name) for name in same if name not in {"service_day", "service_date"}]


def _needs_day(same: Sequence[str]) -> bool:
    return "service_day" in same or "service_date" in same


def days_of(source: str) -> str:
    """One row a line and day of ``source``: single-day lines as they are, spans opened."""
    return (
        f"SELECT * EXCLUDE (date_to), date_from AS day FROM {source} WHERE NOT is_span UNION ALL "
        f"SELECT * EXCLUDE (date_to), unnest(generate_series(date_from, date_to, INTERVAL 1 DAY))::DATE AS day "
        f"FROM {source} WHERE is_span"
    )


def line_sql(rule: m.Rule, facts: Facts, source: str) -> str:
    """Single lines of ``source`` that meet a rule's condition."""
    match = rule.match
    assert match is not None
    role = alias(match.roles[0])
    names = Names(day=f"{role}.date_from", dx_ptr_known=facts.dx_ptr_known)
    test = condition(match.when, names, rule.parameters)
    return (
        f"SELECT {role}.line_id AS {role}_id, {role}.date_from AS day, NULL::BIGINT AS table_row "
        f"FROM {source} {role} WHERE {scope(rule, role)} AND {test}"
    )


def modified_sql(rules: Sequence[m.Rule]) -> str:
    """The lines with modifiers, with the columns by which single-line rules choose theirs."""
    columns = ", ".join(sorted(frozenset().union(*(columns_chosen_by(rule) for rule in rules))))
    return f"SELECT {columns} FROM line WHERE len(modifiers) > 0"


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
    sides = {match.roles[0]: "x", match.roles[1]: "y"}
    keys = [key for key in _keys(match.same) if unsure != "provider" or key != "provider_key"]
    table, edit = match.table, alias(match.table.alias)
    joined = [(column, ref.role, ref.name) for column, ref in table.on]
    if codes:
        joined = [(f"{column}_key", role, "code_key") for column, role in codes.items()]
        keys.remove("setting")  # the row has one, and both codes are of it
    tests = [f"x.{key} = y.{key}" for key in keys]
    tests += ["x.line_id <> y.line_id", "NOT x.denied", "NOT y.denied"]
    if unsure == "provider":
        lacking = "(SELECT patient_key FROM line WHERE provider_key IS NULL)"
        tests += ["(x.provider_key IS NULL OR y.provider_key IS NULL)", f"x.patient_key IN {lacking}"]
    if unsure == "publication":
        tests.append(f"x.date_to > {literal(facts.last_answer(table.name))}")
    carried = ", ".join(f"{sides[role]}.{name} AS {alias(role)}__{name}" for _, role, name in joined)
    branches = []
    for spans in ("NOT x.is_span AND NOT y.is_span", "x.is_span", "NOT x.is_span AND y.is_span"):
        single = spans.startswith("NOT x.is_span AND NOT")
        day = "x.date_from" if single else "greatest(x.date_from, y.date_from)"
        meet = (
            "x.date_from = y.date_from" if single else "x.date_from <= y.date_to AND y.date_from <= x.date_to"
        )
        branches.append(
            f"SELECT x.line_id AS {first}_id, y.line_id AS {second}_id, {day} AS day, {carried} "
            f"FROM line x JOIN line y ON {meet} AND {' AND '.join(tests)} WHERE {spans}"
        )
    on = " AND ".join(f"{edit}.{column} = p.{alias(role)}__{name}" for column, role, name in joined)
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


def relax(part: m.Condition) -> m.Condition:
    """A weaker condition over the group alone, for use before the group's lines are looked at.

    A test of a line's own day units becomes one of the group's largest; every other test of a line becomes true. A
    negation that reads a line becomes true. So the query may let too much through, never too little.
    """
    if isinstance(part, m.All):
        return m.All(tuple(relax(item) for item in part.parts))
    if isinstance(part, m.AnyOf):
        return m.AnyOf(tuple(relax(item) for item in part.parts))
    if isinstance(part, m.Not):
        return m.ALWAYS if _reads_line(part.part) else part
    if part.field.kind == "line":
        if part.field.name == "day_units" and part.op in {"gt", "ge"} and not _value_is_line(part):
            return m.Test(m.FieldRef("sum", "max_units", "sum", "number"), part.op, part.value)
        return m.ALWAYS
    return m.ALWAYS if _value_is_line(part) else part


def relax_to_table(part: m.Condition) -> m.Condition:
    """A weaker condition over the table row alone: which codes can matter at all."""
    if isinstance(part, m.All):
        return m.All(tuple(relax_to_table(item) for item in part.parts))
    if isinstance(part, m.AnyOf):
        return m.AnyOf(tuple(relax_to_table(item) for item in part.parts))
    if isinstance(part, m.Not):
        return part if _reads_table_only(part.part) else m.ALWAYS
    return part if _reads_table_only(part) else m.ALWAYS


def _reads_table_only(part: m.Condition) -> bool:
    if isinstance(part, m.All | m.AnyOf):
        return all(_reads_table_only(item) for item in part.parts)
    if isinstance(part, m.Not):
        return _reads_table_only(part.part)
    value = part.value
    dated = isinstance(value, m.ParameterRef)
    return part.field.kind.startswith("table:") and not dated and not isinstance(value, m.FieldRef)


def _value_is_line(part: m.Test) -> bool:
    return isinstance(part.value, m.FieldRef) and part.value.kind == "line"


def _reads_line(part: m.Condition) -> bool:
    if isinstance(part, m.All | m.AnyOf):
        return any(_reads_line(item) for item in part.parts)
    if isinstance(part, m.Not):
        return _reads_line(part.part)
    return part.field.kind == "line" or _value_is_line(part)


def sum_sql(rules: Sequence[m.Rule], facts: Facts, rows: str, codes: Mapping[str, str]) -> str:
    """Lines of groups whose day sum meets the relaxed condition of one of the rules that share the match.

    Grain: one row per (line, day of the group). Columns ``sum_units``, ``sum_lines``, ``sum_max_units``,
    ``sum_modifiers`` are those of the group on that day; ``group_id`` numbers the groups. ``rows`` names a relation of
    :meth:`Facts.answering_rows` with the keys of the columns in ``codes``.
    """
    rule = rules[0]
    match = rule.match
    assert match is not None and match.sum is not None and match.table is not None
    role, table, total = alias(match.roles[0]), match.table, match.sum
    value = alias(table.alias)
    keys = _keys(total.over)
    joined = [(column, ref.name) for column, ref in table.on]
    if codes and {"setting", "code"} <= set(keys):
        joined = [(f"{column}_key", "code_key") for column in codes]
        keys = [*(key for key in keys if key not in {"setting", "code"}), "code_key"]
    names = Names(day=f"{role}.date_from", dx_ptr_known=facts.dx_ptr_known)
    where = condition(total.where, names, rule.parameters)
    group = ", ".join([*keys, "day"])
    known = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    on = " AND ".join(f"{value}.{column} = g.{name}" for column, name in joined)
    group_names = Names(day="g.day", base="g", dx_ptr_known=facts.dx_ptr_known)
    kept = " OR ".join(
        condition(relax(item.match.when), group_names, item.parameters) for item in rules if item.match
    )
    possible = " OR ".join(
        condition(relax_to_table(item.match.when), group_names, item.parameters)
        for item in rules
        if item.match
    )
    equal = " AND ".join(f"d.{key} = h.{key}" for key in [*keys, "day"])
    ordered = ", ".join(f"g.{key}" for key in [*keys, "day"])
    nearby = "patient_key IN (SELECT patient_key FROM held)" if "patient_key" in keys else "TRUE"
    asked_column, asked = next(item for item in joined if item[1] in {"code", "code_key"})
    return f"""
WITH counted AS (
    SELECT {", ".join(keys)}, line_id, date_from, date_to, is_span, {total.of}
      FROM line {role} WHERE {kind_of_line(rule, role)} AND {known} AND {where}
       AND {asked} IN (SELECT {asked_column} FROM {rows} {value} WHERE {possible})
), by_day AS ({days_of("counted")}
), groups AS (
    SELECT {group}, sum({total.of}) AS sum_units, count(*) AS sum_lines, max({total.of}) AS sum_max_units
      FROM by_day GROUP BY {group}
), held AS MATERIALIZED (
    SELECT g.*, {value}.row_no AS table_row, row_number() OVER (ORDER BY {ordered}, {value}.row_no) AS group_id
      FROM groups g JOIN {rows} {value} ON {on} AND g.day BETWEEN {value}.judged_from AND {value}.judged_to
     WHERE {kept}
), near AS MATERIALIZED (
    SELECT * FROM line WHERE {nearby}
), again AS (
    SELECT {", ".join(keys)}, line_id, date_from, date_to, is_span, modifiers
      FROM near {role} WHERE {kind_of_line(rule, role)} AND {where}
), again_by_day AS ({days_of("again")}
), members AS MATERIALIZED (
    SELECT d.line_id, d.modifiers, h.day, h.table_row, h.group_id, h.sum_units, h.sum_lines, h.sum_max_units
      FROM held h JOIN again_by_day d ON {equal}
), used AS (
    SELECT group_id, table_row, list_distinct(flatten(list(modifiers))) AS sum_modifiers FROM members GROUP BY ALL
)
SELECT e.line_id AS {role}_id, e.* EXCLUDE (line_id, modifiers), u.sum_modifiers
  FROM members e JOIN used u USING (group_id, table_row)
"""


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
    on = _join_on(table, {match.roles[0]: role})
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
    columns |= {key for keys in partner.any_of for key in _keys(keys)}
    columns |= {LINE_SQL.get(name, name) for name in fields_of(partner.days_before_when)}
    if table is not None:
        columns |= {ref.name for _, ref in table.on}
        for column, ref in table.on:
            if ref.role == partner.role:
                where += f" AND {other}.{ref.name} IN (SELECT DISTINCT {column} FROM ref_{table.name})"
    picked = ", ".join(sorted(columns))
    branches = [
        _beside(
            rule, partner, " AND ".join(f"{other}.{key} = {role}.{key}" for key in _keys(keys)), before, span
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
        on = _join_on(table, {match.roles[0]: role, partner.role: other})
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
    common = [key for key in _keys(partner.any_of[0]) if all(key in _keys(keys) for keys in partner.any_of)]
    differing = sorted({key for keys in partner.any_of for key in _keys(keys)} - set(common))
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


def coverage_sql(rule: m.Rule, facts: Facts) -> str:
    """Lines under a coverage policy none of whose policies is met by their diagnoses.

    A policy that ``requires`` any is met by one covered diagnosis, one that requires all by one of every group. Grain:
    one row a line, with its first policy; ``covered_elsewhere`` tells that another diagnosis of the claim would do.
    """
    match = rule.match
    assert match is not None and match.coverage is not None
    role, item = alias(match.roles[0]), match.coverage
    places = " OR ".join(f"c.jurisdiction = {role}.{field}" for field in item.jurisdiction)
    asked = item.dx if facts.dx_ptr_known or item.dx != "pointed_dx" else item.elsewhere

    def met(column: str) -> str:
        return f"""
    SELECT g.{role}_id, bool_or(m.groups >= CASE WHEN g.requires = 'all' THEN g.groups ELSE 1 END) AS met
      FROM governed g JOIN (
        SELECT d.{role}_id, d.policy_key, count(DISTINCT r.dx_group) AS groups
          FROM (SELECT g.{role}_id, g.policy_key, g.day, unnest({role}.{column}) AS dx
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
), pointed AS ({met(asked)}
), anywhere AS ({met(item.elsewhere)}
)
SELECT g.{role}_id, any_value(g.day) AS day, min(g.row_no) AS table_row,
       coalesce(bool_or(a.met), FALSE) AS covered_elsewhere
  FROM governed g LEFT JOIN pointed p USING ({role}_id) LEFT JOIN anywhere a USING ({role}_id)
 WHERE NOT coalesce(p.met, FALSE)
 GROUP BY g.{role}_id
"""
