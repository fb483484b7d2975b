"""Two lines that stand together without a table of pairs: on one claim, in a window of time, or alike as copies.

The base relations have the columns ``<role>_id``, ``day`` (the first day of the flagged line, or the first day that the
two share) and ``table_row``.
"""

from __future__ import annotations

from auditor.matching.columns import line_columns
from auditor.matching.facts import DAY_NAMES, Facts, key_sql
from auditor.matching.sql import Names, alias, condition, kind_of_line, scope_of
from auditor.matching.table_rows import chosen_by, judged_join
from auditor.matching.taken import asked_of_both, first_of_alike
from auditor.matching.windows import inside
from auditor.rules import model as m


def together_sql(rule: m.Rule, facts: Facts, rows: str) -> str:
    """Two lines with equal keys: on a shared day, of one claim, or one in a window around the other.

    Each side is asked first what its own part of the condition asks, so that few lines are put together. A row of a
    table that only one side names is joined to that side; ``rows`` names the rows with the days they answer for, and
    is empty where the match has no table. Grain: one row per (first line, second line, row in force).
    """
    match = rule.match
    assert match is not None
    keys = [key_sql(name) for name in match.same if name not in DAY_NAMES]
    carried = [f"{sql} AS k{at}" for at, sql in enumerate(keys)]
    compared = asked_of_both(rule, facts)
    sides = {}
    chosen = ""
    joined = _side_of(match.table)
    for role in match.roles:
        read = {ref.name for part in compared for ref in m.fields_read(part) if ref.role == role}
        listed = [
            *dict.fromkeys(["line_id", "date_from", "date_to", "is_span", *sorted(line_columns(read))]),
            *carried,
        ]
        more = row = ""
        if match.within is not None:
            listed.append(f"{match.within.anchor if role == match.within.of else match.within.day} AS told")
        if joined == {role} and match.table is not None:
            more = judged_join(match.table, rows, f"{alias(role)}.date_from")
            row = f"{alias(match.table.alias)}.row_no"
            listed.append(f"{row} AS table_row")
        by = match.within.window.by if match.within is not None else None
        if by is not None and match.within is not None and role == match.within.of:
            listed.append(f"{chosen_by(by, match, role, joined=bool(more))} AS chosen")
            chosen = f"{alias(role)}.chosen"
        named = ", ".join(_qualified(item, alias(role)) for item in listed)
        sides[role] = (
            f"SELECT {named} FROM line {alias(role)} {more} "
            f"WHERE {scope_of(rule, role, alias(role))} AND {facts.may_be(rule, match.when, role)} "
            f"{first_of_alike(rule, facts, role, row)}"
        )
    first, second = (alias(role) for role in match.roles)
    meets = [f"{first}.k{at} = {second}.k{at}" for at in range(len(keys))]
    meets.append(f"{first}.line_id <> {second}.line_id")
    day = f"{alias(rule.flag)}.date_from"
    if match.within is not None:
        around, moved = alias(match.within.of), alias(match.within.role)
        meets.append(inside(f"{moved}.told", f"{around}.told", match.within.window, chosen))
    elif set(DAY_NAMES) & set(match.same):
        meets.append(f"{first}.date_from <= {second}.date_to AND {second}.date_from <= {first}.date_to")
        day = f"greatest({first}.date_from, {second}.date_from)"
    names = Names(day="DATE '0001-01-01'", dx_ptr_known=facts.dx_ptr_known, roles=match.roles)
    meets += [condition(part, names, {}) for part in compared]
    row = next((f"{alias(role)}.table_row" for role in match.roles if joined == {role}), "NULL::BIGINT")
    body = f"""
WITH {first} AS MATERIALIZED ({sides[match.roles[0]]}), {second} AS MATERIALIZED ({sides[match.roles[1]]})
SELECT {first}.line_id AS {first}_id, {second}.line_id AS {second}_id, {day} AS day, {row} AS table_row
  FROM {first} JOIN {second} ON {" AND ".join(meets)}
"""
    if match.table is None or len(joined) == 1:
        return body
    return _with_row_of_both(match, match.table, body, rows)


def cost_sql(rule: m.Rule, facts: Facts) -> str:
    """How many pairs of lines :func:`together_sql` has to look at: one row with one whole number."""
    match = rule.match
    assert match is not None
    keys = [key_sql(name) for name in match.same if name not in DAY_NAMES]
    if match.within is None and set(DAY_NAMES) & set(match.same):
        keys.append("date_from")
    listed = ", ".join(f"{sql} AS k{at}" for at, sql in enumerate(keys))
    places = ", ".join(f"k{at}" for at in range(len(keys)))
    counted = [
        f"SELECT {places}, count(*) AS n FROM (SELECT {listed} FROM line {alias(role)} "
        f"WHERE {scope_of(rule, role, alias(role))} AND {facts.may_be(rule, match.when, role)} "
        f"{first_of_alike(rule, facts, role)}) GROUP BY {places}"
        for role in match.roles
    ]
    equal = " AND ".join(f"a.k{at} = b.k{at}" for at in range(len(keys)))
    return (
        f"SELECT coalesce(sum(a.n * b.n), 0)::BIGINT FROM ({counted[0]}) a JOIN ({counted[1]}) b ON {equal}"
    )


def copies_sql(rule: m.Rule, facts: Facts) -> str:
    """Each line but the first of a group of lines alike, with that first one. Grain: one row a copy."""
    match = rule.match
    assert match is not None and match.group is not None
    original, copy = (alias(role) for role in match.roles)
    keys = [key_sql(name) for name in match.group.same]
    known = " AND ".join(f"{sql} IS NOT NULL" for sql in keys)
    order = ", ".join(
        [*(f"{_ordered(name)} NULLS LAST" for name in match.group.order), "claim_id, line_no, line_id"]
    )
    alike = ", ".join(["patient_key", *keys])
    where = condition(
        _said_of(match.group.where, match.roles[1]),
        Names(day=f"{copy}.date_from", dx_ptr_known=facts.dx_ptr_known, flag=match.roles[1]),
        rule.parameters,
    )
    return f"""
SELECT original_id AS {original}_id, line_id AS {copy}_id, date_from AS day, NULL::BIGINT AS table_row
  FROM (SELECT line_id, date_from, first_value(line_id) OVER alike AS original_id, row_number() OVER alike AS place
          FROM line {copy} WHERE {kind_of_line(rule, copy)} AND {known} AND {where}
        WINDOW alike AS (PARTITION BY {alike} ORDER BY {order}))
 WHERE place > 1
"""


def _said_of(part: m.Condition, role: str) -> m.Condition:
    """The condition on the members of a group, which its author may have written of either line."""
    return m.about(part, role)


def _ordered(name: str) -> str:
    return "date_from" if name in DAY_NAMES else name


def _qualified(item: str, role: str) -> str:
    return item if "." in item or "(" in item else f"{role}.{item}"


def _side_of(table: m.TableJoin | None) -> set[str]:
    """The one line that the table asks, on its own first day; empty where the row hangs on both, or on another day."""
    sides = {ref.role for _, ref in table.on} if table is not None else set()
    return sides if table is not None and sides == {table.in_force_on.partition(".")[0]} else set()


def _with_row_of_both(match: m.Match, table: m.TableJoin, body: str, rows: str) -> str:
    edit = alias(table.alias)
    role, dot, _ = table.in_force_on.partition(".")
    day = f"{alias(role)}.date_from" if dot and role in match.roles else "p.day"
    lines = " ".join(
        f"JOIN line {alias(role)} ON {alias(role)}.line_id = p.{alias(role)}_id" for role in match.roles
    )
    return (
        f"SELECT p.* REPLACE ({edit}.row_no AS table_row) FROM ({body}) p {lines} "
        f"{judged_join(table, rows, day)}"
    )
