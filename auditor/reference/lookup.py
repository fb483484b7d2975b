"""The row in force: many questions (key, day) put to a table at once, answered by the editions that answer then.

A row is in force from its effective to its deletion date, both inclusive, as far as the edition it stands in answers
for the day. A day for which no edition answers is told apart from one on which no row is in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from auditor.base.errors import UsageError
from auditor.reference.attach import check_rows, rows_of
from auditor.reference.editions import Answer
from auditor.reference.tables import TABLES


def in_force(
    answers: Sequence[Answer],
    table: str,
    questions: str,
    *,
    key: Sequence[str] | None = None,
    day: str = "day",
) -> str:
    """SQL: every question with the row in force on its day.

    `answers` are those of `Library.answers`; `table` a stored table; `questions` a relation (a table's name, or a query
    in brackets) with the columns `key` (default: the table's key without its dates) and `day`. The result has the
    columns of the question, those of the row (NULL where none is in force), `edition`, and `answered`: whether an
    edition answers for the day. Dates are DATE; an open deletion date is 9999-12-31. Raises UsageError for a table
    that is not known, InputRefused for rows not those imported. The questions' other columns must not be named as the
    row's.
    """
    if table not in TABLES:
        raise UsageError(f"{table} is no table of the library", mend=f"Known: {', '.join(sorted(TABLES))}")
    spec = TABLES[table]
    key = tuple(key or (name for name in spec.key if name not in ("effective", "deleted")))
    of_table = [answer for answer in answers if answer.edition.table == table]
    if not of_table:
        return f"SELECT q.*, NULL::VARCHAR AS edition, FALSE AS answered FROM {questions} q"
    for answer in of_table:
        check_rows(answer.edition)
    rows = " UNION ALL BY NAME ".join(_rows(answer, spec.never_in_force) for answer in of_table)
    spans = " OR ".join(
        f"q.{day} BETWEEN {_day(answer.date_from)} AND {_day(answer.date_to)}" for answer in of_table
    )
    same = " AND ".join(f"r.{name} = q.{name}" for name in key)
    return (
        f"SELECT q.*, r.* EXCLUDE ({', '.join(key)}), {spans} AS answered FROM {questions} q "
        f"LEFT JOIN ({rows}) r ON {same} AND q.{day} BETWEEN r.effective AND r.deleted"
    )


def _rows(answer: Answer, never: str) -> str:
    """The rows of one edition with the days on which they are in force and the edition answers."""
    label = answer.edition.edition.replace("'", "''")
    return (
        f"SELECT * REPLACE (greatest(effective, {_day(answer.date_from)}) AS effective, "
        f"least(coalesce(deleted, DATE '9999-12-31'), {_day(answer.date_to)}) AS deleted), '{label}' AS edition "
        f"FROM {rows_of(answer.edition)} WHERE NOT ({never})"
    )


def _day(day: date) -> str:
    return f"DATE '{day.isoformat()}'"
