"""The base relation of a day sum: lines of the groups whose sum may meet a condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.matching.columns import columns_chosen_by, line_columns
from auditor.matching.facts import Facts, days_of, keys_of
from auditor.matching.sql import Names, alias, condition, fields_of, kind_of_line
from auditor.rules import model as m

UNSUMMED = "NULL::DECIMAL(18,3) AS sum_before, NULL::BIGINT AS sum_amount, NULL::BIGINT AS sum_amount_before"
"""What a sum of one day's units does not tell."""
_OF_LINE = ("line_id", "date_from", "date_to", "is_span", "modifiers")
_UNTOLD = frozenset({"before", "amount", "amount_before", "modifiers"})
"""Fields of a sum that the group does not tell, or not yet."""


def relax(
    part: m.Condition, parameters: Mapping[str, m.Parameter], rows: frozenset[str] = frozenset()
) -> m.Condition:
    """A weaker condition over the group alone, for use before the group's lines are looked at.

    ``rows`` names the table rows at hand. A test of a line's own day units becomes one of the group's largest; every
    other test of a line, of another row, or by a parameter whose value hangs on the line, becomes true, and so does a
    negation that holds one. So the query may let too much through, never too little.
    """
    if isinstance(part, m.All):
        return m.All(tuple(relax(item, parameters, rows) for item in part.parts))
    if isinstance(part, m.AnyOf):
        return m.AnyOf(tuple(relax(item, parameters, rows) for item in part.parts))
    if isinstance(part, m.Not):
        return part if all(_of_group(test, parameters, rows) for test in m.tests_of(part)) else m.ALWAYS
    if _of_group(part, parameters, rows):
        return part
    largest = m.Test(m.FieldRef("sum", "max_units", "sum", "number"), part.op, part.value)
    own = part.field.kind == "line" and part.field.name == "day_units" and part.op in {"gt", "ge"}
    return largest if own and _of_group(largest, parameters, rows) else m.ALWAYS


def _of_group(test: m.Test, parameters: Mapping[str, m.Parameter], rows: frozenset[str]) -> bool:
    """Whether a test can be asked of the group alone."""
    at_hand = all(
        (ref.kind == "sum" and ref.name not in _UNTOLD)
        or (ref.kind.startswith("table:") and ref.role in rows)
        for ref in m.fields_read(test)
    )
    return at_hand and not any(parameters[name].scoped for name in m.parameters_of(test))


def relax_to_table(part: m.Condition, row: str) -> m.Condition:
    """A weaker condition over the table row alone: which codes can matter at all."""
    if isinstance(part, m.All):
        return m.All(tuple(relax_to_table(item, row) for item in part.parts))
    if isinstance(part, m.AnyOf):
        return m.AnyOf(tuple(relax_to_table(item, row) for item in part.parts))
    return part if _reads_row_only(part, row) else m.ALWAYS


def _reads_row_only(part: m.Condition, row: str) -> bool:
    own = all(ref.role == row and ref.kind.startswith("table:") for ref in m.fields_read(part))
    return own and not m.parameters_of(part)


def _kept(rules: Sequence[m.Rule], facts: Facts, names: Names) -> str:
    if not facts.prefilter:
        return "TRUE"
    kept = []
    for item in rules:
        assert item.match is not None
        rows = frozenset({item.match.table.alias} if item.match.table is not None else ())
        kept.append(condition(relax(item.match.when, item.parameters, rows), names, item.parameters))
    return " OR ".join(kept)


def sum_sql(rules: Sequence[m.Rule], facts: Facts, rows: str, codes: Mapping[str, str]) -> str:
    """Lines of groups whose day sum meets the relaxed condition of one of the rules that share the match.

    Grain: one row per (line, day of the group). Columns ``sum_units``, ``sum_lines``, ``sum_max_units``,
    ``sum_modifiers`` are those of the group on that day; ``group_id`` numbers the groups. ``rows`` names a relation of
    :meth:`Facts.answering_rows` with the keys of the columns in ``codes``.
    """
    rule = rules[0]
    match = rule.match
    assert match is not None and match.sum is not None
    if match.table is None:
        return _without_table(rules, facts)
    role, table, total = alias(match.roles[0]), match.table, match.sum
    value = alias(table.alias)
    keys = keys_of(total.over)
    joined = [(column, ref.name) for column, ref in table.on]
    if codes and {"setting", "code"} <= set(keys):
        joined = [(f"{column}_key", "code_key") for column in codes]
        keys = [*(key for key in keys if key not in {"setting", "code"}), "code_key"]
    names = Names(day=f"{role}.date_from", dx_ptr_known=facts.dx_ptr_known, flag=match.roles[0])
    where = condition(total.where, names, rule.parameters)
    group = ", ".join([*keys, "day"])
    known = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    on = " AND ".join(f"{value}.{column} = g.{name}" for column, name in joined)
    group_names = Names(day="g.day", base="g", dx_ptr_known=facts.dx_ptr_known)
    kept = _kept(rules, facts, group_names)
    possible = " OR ".join(
        condition(relax_to_table(item.match.when, table.alias), group_names, item.parameters)
        for item in rules
        if item.match
    )
    equal = " AND ".join(f"d.{key} = h.{key}" for key in [*keys, "day"])
    picked = ", ".join(
        sorted({*columns_chosen_by(rule), *line_columns(fields_of(total.where)), *_OF_LINE, *keys})
    )
    ordered = ", ".join(f"g.{key}" for key in [*keys, "day"])
    nearby = "patient_key IN (SELECT patient_key FROM held)" if "patient_key" in keys else "TRUE"
    code = next((item for item in joined if item[1] in {"code", "code_key"}), None)
    listed = ""
    if code is not None and facts.prefilter:
        listed = f"AND {code[1]} IN (SELECT {code[0]} FROM {rows} {value} WHERE {possible})"
    return f"""
WITH counted AS (
    SELECT {", ".join(keys)}, line_id, date_from, date_to, is_span, {total.of}
      FROM line {role} WHERE {kind_of_line(rule, role)} AND {known} AND {where} {listed}
), by_day AS ({days_of("counted")}
), groups AS (
    SELECT {group}, sum({total.of}) AS sum_units, count(*) AS sum_lines, max({total.of}) AS sum_max_units
      FROM by_day GROUP BY {group}
), held AS MATERIALIZED (
    SELECT g.*, {value}.row_no AS table_row, row_number() OVER (ORDER BY {ordered}, {value}.row_no) AS group_id
      FROM groups g JOIN {rows} {value} ON {on} AND g.day BETWEEN {value}.judged_from AND {value}.judged_to
     WHERE {kept}
), near AS MATERIALIZED (
    SELECT {picked} FROM line WHERE {nearby}
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
SELECT e.line_id AS {role}_id, e.* EXCLUDE (line_id, modifiers), u.sum_modifiers, {UNSUMMED}
  FROM members e JOIN used u USING (group_id, table_row)
"""


def _without_table(rules: Sequence[m.Rule], facts: Facts) -> str:
    """The day sums of a rule that holds them against no table."""
    rule = rules[0]
    match = rule.match
    assert match is not None and match.sum is not None
    total, role = match.sum, alias(match.roles[0])
    keys = keys_of(total.over)
    if "patient_key" not in keys:
        keys.append("patient_key")
    names = Names(day=f"{role}.date_from", dx_ptr_known=facts.dx_ptr_known, flag=match.roles[0])
    where = condition(total.where, names, rule.parameters)
    known = " AND ".join(f"{key} IS NOT NULL" for key in [*keys, total.of])
    group = ", ".join([*keys, "day"])
    equal = " AND ".join(f"d.{key} = h.{key}" for key in [*keys, "day"])
    kept = _kept(rules, facts, Names(day="g.day", base="g", dx_ptr_known=facts.dx_ptr_known))
    return f"""
WITH counted AS (
    SELECT {", ".join(keys)}, line_id, date_from, date_to, is_span, {total.of}, modifiers
      FROM line {role} WHERE {kind_of_line(rule, role)} AND {known} AND {where}
), by_day AS MATERIALIZED ({days_of("counted")}
), groups AS (
    SELECT {group}, sum({total.of}) AS sum_units, count(*) AS sum_lines, max({total.of}) AS sum_max_units,
           list_distinct(flatten(list(modifiers))) AS sum_modifiers, row_number() OVER (ORDER BY {group}) AS group_id
      FROM by_day GROUP BY {group}
), held AS (
    SELECT * FROM groups g WHERE {kept}
)
SELECT d.line_id AS {role}_id, h.day, NULL::BIGINT AS table_row, h.group_id, h.sum_units, h.sum_lines,
       h.sum_max_units, h.sum_modifiers, {UNSUMMED}
  FROM held h JOIN by_day d ON {equal}
"""
