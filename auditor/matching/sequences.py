"""Visits in the order of their dates: those that may be one too many, and which earlier ones lie in their window."""

from __future__ import annotations

from auditor.matching.facts import DAY_NAMES, Facts, key_sql
from auditor.matching.sql import Names, alias, condition, kind_of_line, literal, parameter_sql
from auditor.matching.table_rows import chosen_by, judged_join
from auditor.matching.totals import ORDER
from auditor.matching.windows import first_day, inside
from auditor.rules import model as m


def visits_sql(rule: m.Rule, facts: Facts, rows: str) -> str:
    """The visits, with their group and place in it: line_id, group_id, place, day, table_row, chosen (of the window).

    ``rows`` names the table's rows with the days they answer for, and is empty where the match has no table. A visit
    without a row in force counts for the visits after it.
    """
    match = rule.match
    assert match is not None and match.sequence is not None
    item, role = match.sequence, alias(match.roles[0])
    keys = [key_sql(name) for name in item.same if name not in DAY_NAMES]
    known = " AND ".join(
        f"{role}.{sql} IS NOT NULL" if "(" not in sql else f"{sql} IS NOT NULL" for sql in keys
    )
    listed = ", ".join(f"{role}.{sql}" if "(" not in sql else sql for sql in keys)
    names = Names(day=f"{role}.date_from", dx_ptr_known=facts.dx_ptr_known, flag=match.roles[0])
    where = condition(item.where, names, rule.parameters) + facts.listed(rule, match.roles[0], item.where)
    row, joined = "NULL::BIGINT", ""
    if match.table is not None:
        where += _of_listed_code(match, match.table, facts)
        row = f"{alias(match.table.alias)}.row_no"
        joined = f"LEFT {judged_join(match.table, rows, f'{role}.date_from')}"
    chosen = chosen_by(item.window.by, match, match.roles[0], joined=True) or "NULL::VARCHAR"
    return f"""
SELECT v.*, {row} AS table_row, {chosen} AS chosen
  FROM (SELECT line_id, date_from AS day, dense_rank() OVER (ORDER BY {listed}) AS group_id,
               row_number() OVER (PARTITION BY {listed} ORDER BY {ORDER}) AS place
          FROM line {role} WHERE {kind_of_line(rule, role)} AND {known} AND {where}) v
  JOIN line {role} ON {role}.line_id = v.line_id {joined}
"""


def _of_listed_code(match: m.Match, table: m.TableJoin, facts: Facts) -> str:
    """SQL (``AND ...``): the visit has a code of the table, where the visits of a group share their code."""
    assert match.sequence is not None
    if "code" not in match.sequence.same or not facts.prefilter:
        return ""
    role = match.roles[0]
    columns = [name for name, ref in table.on if (ref.role, ref.name) == (role, "code")]
    return "".join(f" AND {alias(role)}.code IN (SELECT {name} FROM ref_{table.name})" for name in columns)


def near_sql(rule: m.Rule, visits: str) -> str:
    """For each visit the earlier ones in its window: line_id, earlier_id, earlier_place."""
    match = rule.match
    assert match is not None and match.sequence is not None
    near = inside("o.day", "v.day", match.sequence.window, "v.chosen")
    return f"""
SELECT DISTINCT v.line_id, v.table_row, o.line_id AS earlier_id, o.place AS earlier_place, o.day AS earlier_day
  FROM {visits} v JOIN (SELECT DISTINCT line_id, group_id, place, day FROM {visits}) o
       ON o.group_id = v.group_id AND o.place < v.place AND {near}
"""


def sequence_sql(rule: m.Rule, facts: Facts, visits: str, near: str) -> str:
    """The visits with as many earlier ones in their window as are allowed: ``<role>_id``, ``day``, ``clock_*``."""
    match = rule.match
    assert match is not None and match.sequence is not None
    item, role = match.sequence, alias(match.roles[0])
    limit = limit_sql(rule, facts)
    joined = ""
    if match.table is not None:
        edit = alias(match.table.alias)
        joined = f"JOIN ref_{match.table.name} {edit} ON {edit}.row_no = v.table_row"
    return f"""
SELECT * FROM (
SELECT v.line_id AS {role}_id, v.day, v.table_row, coalesce(n.earlier, 0) AS clock_earlier, n.last AS clock_last,
       {first_day("v.day", item.window, "v.chosen")} AS clock_start, {limit} AS clock_limit
  FROM {visits} v JOIN line {role} ON {role}.line_id = v.line_id {joined}
  LEFT JOIN (SELECT line_id, table_row, count(*) AS earlier, max(earlier_day) AS last FROM {near} GROUP BY 1, 2) n
       ON n.line_id = v.line_id AND n.table_row IS NOT DISTINCT FROM v.table_row
) WHERE clock_earlier >= clock_limit
"""


def limit_sql(rule: m.Rule, facts: Facts) -> str:
    """SQL of how many visits are allowed: a number, a parameter on the day of the visit, or a field of its row."""
    match = rule.match
    assert match is not None and match.sequence is not None
    names = Names(day="v.day", dx_ptr_known=facts.dx_ptr_known, flag=match.roles[0])
    return limit_of(rule, match.sequence.limit, names)


def limit_of(rule: m.Rule, limit: int | m.ParameterRef | m.FieldRef, names: Names) -> str:
    """SQL of a limit: a number, a parameter on the day, or a field of a row; NULL where there is none."""
    if isinstance(limit, m.FieldRef):
        return names.field(limit)
    if isinstance(limit, m.ParameterRef):
        return parameter_sql(rule.parameters[limit.name], names)
    return literal(limit)
