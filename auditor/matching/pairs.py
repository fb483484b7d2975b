"""Two lines that stand together without a table of pairs: on one claim, in a window of time, or alike as copies.

The base relations have the columns ``<role>_id``, ``day`` (the first day of the flagged line, or the first day that the
two share) and ``table_row``.
"""

from __future__ import annotations

from collections.abc import Sequence

from auditor.matching.columns import columns_matched, columns_read, line_columns
from auditor.matching.facts import DAY_NAMES, Facts, key_sql
from auditor.matching.sql import Names, alias, condition, key_column, kind_of_line, scope_of
from auditor.matching.table_rows import chosen_by, fee_join, judged_join, row_asked
from auditor.matching.taken import IN_ORDER, asked_of_both, first_of_alike
from auditor.matching.windows import inside
from auditor.rules import model as m

_QUICK = ("patient_key", "code", "date_from")
"""Keys that few lines have in common, in the order in which they are compared."""


def of_one_code_and_day(match: m.Match) -> bool:
    """Whether two lines stand together that have patient, code and a day in common."""
    shared = {"patient_id", "code"} <= set(match.same) and bool(set(DAY_NAMES) & set(match.same))
    return match.form == "pair" and match.within is None and shared


def of_one_code_and_day_sql(rules: Sequence[m.Rule]) -> str:
    """The lines beside which another of the patient, code and day stands, with the columns that the rules read.

    They are few. Of a line of many days all of its patient and code count as beside it.
    """
    read = {*IN_ORDER, "date_to", "is_span", "code_key"}
    for rule in rules:
        if rule.match is not None and of_one_code_and_day(rule.match):
            read |= {key_column(name) for name in rule.match.same if name not in DAY_NAMES}
            read |= columns_read(rule) | columns_matched(rule)
    columns = ", ".join(sorted(read))
    return f"""
WITH twice AS (
    SELECT patient_key, code, date_from FROM line WHERE NOT denied GROUP BY ALL HAVING count(*) > 1
), spans AS (
    SELECT DISTINCT patient_key, code FROM line WHERE is_span AND NOT denied
), few AS MATERIALIZED (
    SELECT line_id FROM line SEMI JOIN twice USING (patient_key, code, date_from) WHERE NOT denied
    UNION SELECT line_id FROM line SEMI JOIN spans USING (patient_key, code) WHERE NOT denied
)
SELECT {columns} FROM line WHERE line_id IN (FROM few)"""


def together_sql(rule: m.Rule, facts: Facts, rows: str, priced: str = "", source: str = "line") -> str:
    """Two lines with equal keys: on a shared day, of one claim, or one in a window around the other.

    Each side is asked first what its own part of the condition asks, so that few lines are put together. A row of a
    table that only one side names is joined to that side; ``rows`` names the rows with the days they answer for, and
    is empty where the match has no table; so ``priced`` the relation of the lines' fees, of which the flagged one's is
    asked. ``source`` names the lines among which both are. Grain: one row per (first line, second line, row in force).
    """
    match = rule.match
    assert match is not None
    keys = [key_sql(name) for name in match.same if name not in DAY_NAMES]
    carried = [f"{sql} AS k{at}" for at, sql in enumerate(keys)]
    compared = asked_of_both(rule, facts)
    sides = {}
    met = _met_first(rule, match, facts)
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
            more = judged_join(
                match.table, rows, f"{alias(role)}.date_from", row_asked(rule, facts, match.table)
            )
            row = f"{alias(match.table.alias)}.row_no"
            listed.append(f"{row} AS table_row")
        by = match.within.window.by if match.within is not None else None
        if by is not None and match.within is not None and role == match.within.of:
            listed.append(f"{chosen_by(by, match, role, joined=bool(more))} AS chosen")
            chosen = f"{alias(role)}.chosen"
        named = ", ".join(_qualified(item, alias(role)) for item in listed)
        fee = match.priced if priced and role == rule.flag else ""
        more += fee_join(match, alias(role), priced if fee else "", facts)
        sides[role] = (
            f"SELECT {named} FROM {source} {alias(role)} {more} "
            f"WHERE {scope_of(rule, role, alias(role))} AND {facts.may_stand(rule, role, fee)}"
            f"{met if role == match.one else ''} "
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
    in_order = sorted(match.roles, key=lambda role: bool(met) and role == match.one)
    body = f"""
WITH {", ".join(f"{alias(role)} AS MATERIALIZED ({sides[role]})" for role in in_order)}
SELECT {first}.line_id AS {first}_id, {second}.line_id AS {second}_id, {day} AS day, {row} AS table_row
  FROM {first} JOIN {second} ON {" AND ".join(meets)}
"""
    if match.table is None or len(joined) == 1:
        return body
    return _with_row_of_both(match, match.table, body, rows, row_asked(rule, facts, match.table), source)


def _met_first(rule: m.Rule, match: m.Match, facts: Facts) -> str:
    """SQL (``AND ...``): the partner that is taken is of a patient of some flagged line; empty where that is not asked.

    All partners have to be put in an order; few patients have a line to be flagged.
    """
    if not match.one or "patient_id" not in match.same or not facts.prefilter:
        return ""
    at = [name for name in match.same if name not in DAY_NAMES].index("patient_id")
    return f" AND {alias(match.one)}.patient_key IN (SELECT k{at} FROM {alias(rule.flag)})"


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


def repeated_sql(rule: m.Rule) -> str:
    """The lines beside which another stands that is alike in what of the group's keys is quickly compared: line_id."""
    assert rule.match is not None and rule.match.group is not None
    asked = {"patient_key", *(key_sql(name) for name in rule.match.group.same)}
    keys = ", ".join(name for name in _QUICK if name in asked)
    return (
        f"SELECT line_id FROM line WHERE NOT denied AND ({keys}) IN "
        f"(SELECT ({keys}) FROM line WHERE NOT denied GROUP BY {keys} HAVING count(*) > 1)"
    )


def copies_sql(rule: m.Rule, facts: Facts, repeated: str = "") -> str:
    """Each line but the first of a group of lines alike, with that first one. Grain: one row a copy.

    ``repeated`` names the relation of :func:`repeated_sql`, empty where nothing is asked first.
    """
    match = rule.match
    assert match is not None and match.group is not None
    original, copy = (alias(role) for role in match.roles)
    keys = [key_sql(name) for name in match.group.same]
    known = " AND ".join(f"{sql} IS NOT NULL" for sql in keys)
    order = ", ".join(
        [*(f"{_ordered(name)} NULLS LAST" for name in match.group.order), "claim_id, line_no, line_id"]
    )
    alike = ", ".join(["patient_key", *keys])
    few = f" AND {copy}.line_id IN (SELECT line_id FROM {repeated})" if repeated else ""
    where = condition(
        _said_of(match.group.where, match.roles[1]),
        Names(day=f"{copy}.date_from", dx_ptr_known=facts.dx_ptr_known, flag=match.roles[1]),
        rule.parameters,
    )
    return f"""
SELECT original_id AS {original}_id, line_id AS {copy}_id, date_from AS day, NULL::BIGINT AS table_row
  FROM (SELECT line_id, date_from, first_value(line_id) OVER alike AS original_id, row_number() OVER alike AS place
          FROM line {copy} WHERE {kind_of_line(rule, copy)} AND {known} AND {where}{few}
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


def _with_row_of_both(
    match: m.Match, table: m.TableJoin, body: str, rows: str, asked: str, source: str
) -> str:
    edit = alias(table.alias)
    role, dot, _ = table.in_force_on.partition(".")
    day = f"{alias(role)}.date_from" if dot and role in match.roles else "p.day"
    lines = " ".join(
        f"JOIN {source} {alias(role)} ON {alias(role)}.line_id = p.{alias(role)}_id" for role in match.roles
    )
    return (
        f"SELECT p.* REPLACE ({edit}.row_no AS table_row) FROM ({body}) p {lines} "
        f"{judged_join(table, rows, day, asked)}"
    )
