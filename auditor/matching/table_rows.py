"""Rows of reference tables beside lines: which row a line meets, and on which day one is asked for."""

from __future__ import annotations

from auditor.matching.facts import DAY_NAMES, Facts
from auditor.matching.sql import alias
from auditor.rules import model as m


def on_sql(table: m.TableJoin, row: str = "") -> str:
    """SQL: a row has what the join asks of the lines; ``row`` is the row's name where it is not its alias."""
    row = row or alias(table.alias)
    return " AND ".join(f"{row}.{column} = {alias(ref.role)}.{column_of(ref)}" for column, ref in table.on)


def judged_join(table: m.TableJoin, rows: str, day: str, asked: str = "TRUE") -> str:
    """``JOIN ... ON ...`` of the row that judges on a day; ``rows`` is a relation of ``Facts.answering_rows``.

    ``asked`` is what the row must have besides.
    """
    row = alias(table.alias)
    in_force = f"{day} BETWEEN {row}.judged_from AND {row}.judged_to"
    return f"JOIN {rows} {row} ON {on_sql(table)} AND {in_force} AND {asked}"


def row_asked(rule: m.Rule, facts: Facts, table: m.TableJoin) -> str:
    """SQL: what the match's condition asks of the table's row alone, weaker than it and never stronger."""
    assert rule.match is not None
    return facts.may_be(rule, rule.match.when, table.alias, f"table:{table.name}")


def looked_up(table: m.TableJoin, column: str, day: str) -> str:
    """SQL of a column of the row in force on a day, the first of several; NULL where there is none."""
    return (
        f"(SELECT arg_min_null(q.{column}, q.row_no) FROM ref_{table.name} q WHERE {on_sql(table, 'q')} "
        f"AND {day} BETWEEN q.effective AND q.deleted)"
    )


def chosen_by(by: m.FieldRef | None, match: m.Match, role: str, *, joined: bool) -> str:
    """SQL of the field that chooses the window of the line in ``role``, empty where there is none.

    ``joined`` says that the row of the match's own table stands beside the line already.
    """
    if by is None:
        return ""
    if by.kind == "line":
        return f"{alias(role)}.{by.name}"
    if joined and match.table is not None and by.role == match.table.alias:
        return f"{alias(by.role)}.{by.name}"
    tables = [*match.lookups, *([match.table] if match.table is not None else [])]
    looked = next(item for item in tables if item.alias == by.role)
    return looked_up(looked, by.name, f"{alias(role)}.date_from")


def column_of(ref: m.FieldRef) -> str:
    """The column of a line that a field is."""
    return "date_from" if ref.name in DAY_NAMES else ref.name


def fee_join(match: m.Match, role: str, priced: str, facts: Facts) -> str:
    """``LEFT JOIN`` of the fee of the line called ``role``; empty without ``priced``, the relation of the fees."""
    if not priced or not facts.prefilter:
        return ""
    fee = alias(match.priced)
    return f" LEFT JOIN {priced} {fee} ON {fee}.line_id = {role}.line_id"
