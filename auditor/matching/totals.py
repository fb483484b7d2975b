"""Sums over a month, a year or all dates at hand, and running ones: what each line is a part of.

Two relations: the members of every group, each with its place in the order of dates, and of them those lines whose
sum may meet the rule's condition. A sum of one day is made in :mod:`auditor.matching.day_sums`.
"""

from __future__ import annotations

from auditor.matching.day_sums import relax
from auditor.matching.facts import DAY_NAMES, Facts, key_sql
from auditor.matching.sql import Names, alias, condition, kind_of_line, literal
from auditor.matching.table_rows import judged_join, row_asked
from auditor.matching.windows import inside
from auditor.rules import model as m
from auditor.rules.match_blocks import MONEY

ORDER = "date_from, claim_id, line_no, line_id"
"""In which order lines of one group are summed."""
_PART = {"lines": "1"}
_UNTIL = "ROWS UNBOUNDED PRECEDING"


def members_sql(rule: m.Rule, facts: Facts) -> str:
    """The lines that count, with ``group_id``, ``place`` in their group, and ``part``, what each adds to the sum.

    Columns: line_id, group_id, place, day, part (units, cents, or 1 a line), modifiers.
    """
    match = rule.match
    assert match is not None and match.total is not None
    total, role = match.total, alias(match.roles[0])
    keys = [key_sql(name) for name in total.over if name not in DAY_NAMES]
    if "patient_key" not in keys:
        keys.append("patient_key")
    if total.period:
        keys.append(f"date_trunc('{total.period}', date_from)")
    part = _PART.get(total.of, total.of)
    known = " AND ".join(f"{sql} IS NOT NULL" for sql in [*keys, part])
    names = Names(day=f"{role}.date_from", dx_ptr_known=facts.dx_ptr_known, flag=match.roles[0])
    where = condition(total.where, names, rule.parameters) + facts.listed(rule, match.roles[0], total.where)
    listed = ", ".join(keys)
    by = total.window.by if total.window is not None else None
    chosen = f"{role}.{by.name}" if by is not None else "NULL::VARCHAR"
    return f"""
SELECT line_id, {chosen} AS chosen, dense_rank() OVER (ORDER BY {listed}) AS group_id,
       row_number() OVER (PARTITION BY {listed} ORDER BY {ORDER}) AS place, date_from AS day, {part} AS part, modifiers
  FROM line {role} WHERE {kind_of_line(rule, role)} AND {known} AND {where}
"""


def total_sql(rule: m.Rule, facts: Facts, members: str, rows: str) -> str:
    """The members whose sum may meet the condition: ``<role>_id``, ``day``, ``sum_*``, ``group_id``, ``place``.

    ``rows`` names the table's rows with the days they answer for, and is empty where the match has no table.
    """
    match = rule.match
    assert match is not None and match.total is not None
    total, role = match.total, alias(match.roles[0])
    names = Names(day="g.day", base="g", dx_ptr_known=facts.dx_ptr_known)
    kept = (
        condition(relax(match.when, rule.parameters), names, rule.parameters) if facts.prefilter else "TRUE"
    )
    summed, before = ("sum_amount", "sum_amount_before") if total.of in MONEY else ("sum_units", "sum_before")
    missing = {"sum_units", "sum_before", "sum_amount", "sum_amount_before"} - {summed, before}
    nothing = "".join(f", NULL::DECIMAL(18,3) AS {name}" for name in sorted(missing))
    largest = "NULL::DECIMAL(18,3)" if total.of in MONEY else "max(part)"
    row, joined = "NULL::BIGINT", ""
    if match.table is not None:
        row = f"{alias(match.table.alias)}.row_no"
        joined = f"JOIN line {role} ON {role}.line_id = g.line_id "
        joined += judged_join(match.table, rows, "g.day", row_asked(rule, facts, match.table))
    chosen = "TRUE"
    if total.window is not None and total.window.by is not None:
        listed = ", ".join(literal(value) for value, _ in total.window.spans)
        chosen = f"coalesce(g.chosen IN ({listed}), FALSE)"
    return f"""
SELECT g.line_id AS {role}_id, g.* EXCLUDE (line_id), {row} AS table_row FROM (SELECT *{nothing} FROM (
{_sums(total, members, summed, before, largest)}
)) g {joined} WHERE {kept} AND {chosen}
"""


def _sums(total: m.Sum, members: str, summed: str, before: str, largest: str) -> str:
    listed = (
        f"sum(part)::DECIMAL(38,3) AS {summed}, count(*) AS sum_lines, {largest} AS sum_max_units, "
        "list_distinct(flatten(list(modifiers))) AS sum_modifiers"
    )
    if total.window is not None:
        near = inside("o.day", "e.day", total.window, "e.chosen")
        return (
            "SELECT e.line_id, e.group_id, e.place, e.day, any_value(e.part) AS part, any_value(e.chosen) AS chosen, "
            f"{_of('o', listed)}, "
            f"(sum(o.part) - any_value(e.part))::DECIMAL(38,3) AS {before} "
            f"FROM {members} e JOIN {members} o ON o.group_id = e.group_id AND o.place <= e.place "
            f"AND ({near} OR o.line_id = e.line_id) GROUP BY e.line_id, e.group_id, e.place, e.day"
        )
    if not total.running:
        return (
            f"SELECT e.line_id, e.group_id, e.place, e.day, e.part, s.* EXCLUDE (group_id), "
            f"NULL::DECIMAL(38,3) AS {before} "
            f"FROM {members} e JOIN (SELECT group_id, {listed} FROM {members} GROUP BY 1) s USING (group_id)"
        )
    over = f"OVER (PARTITION BY group_id ORDER BY place {_UNTIL})"
    over_all = listed.replace("sum(part)", f"sum(part) {over}").replace("count(*)", f"count(*) {over}")
    over_all = over_all.replace("max(part)", f"max(part) {over}").replace(
        "list(modifiers)", f"list(modifiers) {over}"
    )
    return (
        f"SELECT line_id, group_id, place, day, part, {over_all}, "
        f"(sum(part) {over} - part)::DECIMAL(38,3) AS {before} FROM {members}"
    )


def _of(table: str, listed: str) -> str:
    return listed.replace("(part)", f"({table}.part)").replace("list(modifiers)", f"list({table}.modifiers)")


def share(total: m.Sum, limit: str) -> tuple[str, str]:
    """The part of a line above the limit, in whole thousandths: of its own part where the sum runs, else of the sum."""
    summed = "b.sum_amount" if total.of in MONEY else "b.sum_units"
    if total.running:
        return _part(f"least(b.part, {summed} - ({limit}))", "b.part")
    return _part(f"least({summed}, {summed} - ({limit}))", summed)


def _part(excess: str, whole: str) -> tuple[str, str]:
    return (
        f"CASE WHEN {whole} > 0 THEN CAST(greatest({excess}, 0) * 1000 AS BIGINT) ELSE 0 END",
        f"CASE WHEN {whole} > 0 THEN CAST({whole} * 1000 AS BIGINT) ELSE 1 END",
    )


def beside_sql(total: m.Sum, base: str, members: str, flagged: str, first: int, most: int) -> str:
    """The other lines of the sum of every candidate numbered ``first`` and up: the last ``most`` that it counts."""
    earlier = " AND o.place < b.place" if total.running else ""
    near = f" AND {inside('o.day', 'b.day', total.window, 'b.chosen')}" if total.window is not None else ""
    return f"""
SELECT c.cand, 'same sum', o.line_id
  FROM candidate c JOIN {base} b ON b.{flagged}_id = c.line_id AND b.table_row IS NOT DISTINCT FROM c.table_row
  JOIN {members} o ON o.group_id = b.group_id AND o.line_id <> c.line_id{earlier}{near}
 WHERE c.cand >= {first}
QUALIFY row_number() OVER (PARTITION BY c.cand ORDER BY o.place DESC) <= {most}
"""
