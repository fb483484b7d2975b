"""The base relation of a day sum: lines of the groups whose sum may meet a condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.matching.facts import Facts, days_of, keys_of
from auditor.matching.sql import Names, alias, condition, kind_of_line
from auditor.rules import model as m


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
    keys = keys_of(total.over)
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
