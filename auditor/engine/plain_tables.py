"""Reference rows as the plain evaluator asks for them: by the columns a rule names, nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from auditor.rules import model as m
from auditor.rules.fields import ANSWERING_TABLE

Line = Mapping[str, Any]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """From when until when a table answers, for a setting (``*`` any)."""

    table: str
    setting: str
    date_from: date
    date_to: date


@dataclass(frozen=True)
class Tables:
    """Reference rows by logical table, and what each table answers for."""

    rows: Mapping[str, Sequence[Row]]
    answers: Sequence[Answer]
    _index: dict[tuple[str, tuple[str, ...]], dict[tuple[Any, ...], list[Row]]] = field(default_factory=dict)

    _judged: dict[tuple[int, date, tuple[Any, ...]], list[Row]] = field(default_factory=dict)

    def where(self, table: str, columns: tuple[str, ...], values: tuple[Any, ...]) -> Sequence[Row]:
        """The rows of a table whose columns equal the values; a missing value equals nothing."""
        index = self._index.get((table, columns))
        if index is None:
            index = {}
            for row in self.rows[table]:
                index.setdefault(tuple(row[column] for column in columns), []).append(row)
            self._index[table, columns] = index
        return () if None in values else index.get(values, ())

    def answers_on(self, table: str, setting: str | None, day: date) -> bool:
        """Whether a publication of the table answers for the day."""
        name = ANSWERING_TABLE[table]
        return any(
            a.table == name and a.setting in ("*", setting) and a.date_from <= day <= a.date_to
            for a in self.answers
        )

    def in_force(self, table: m.TableJoin, roles: Mapping[str, Any], day: date) -> Iterator[Row]:
        """The rows that a join meets on a day, whether or not a publication answers for it."""
        columns = tuple(column for column, _ in table.on)
        values = tuple(roles[ref.role][ref.name] for _, ref in table.on)
        for row in self.where(table.name, columns, values):
            if row["effective"] <= day <= row["deleted"]:
                yield row

    def judging(self, table: m.TableJoin, roles: Mapping[str, Any], day: date) -> list[Row]:
        """The rows that a join meets on a day for which a publication answers."""
        key = (id(table), day, tuple([roles[ref.role][ref.name] for _, ref in table.on]))
        if key not in self._judged:
            found = list(self.in_force(table, roles, day))
            setting = next((roles[ref.role][ref.name] for _, ref in table.on if ref.name == "setting"), None)
            self._judged[key] = found if found and self.answers_on(table.name, setting, day) else []
        return self._judged[key]
