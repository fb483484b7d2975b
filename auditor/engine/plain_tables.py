"""Reference rows as the plain evaluator asks for them: by the columns a rule names, nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from auditor.engine.plain_conditions import Read, is_column, reader
from auditor.rules import model as m
from auditor.rules.fields import ANSWERING_TABLE

if TYPE_CHECKING:
    from auditor.engine.plain_prices import Fees

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
class Reach:
    """From the first service date to the last that a payer's claims of a line of business have in the whole feed."""

    payer_id: str | None
    line_of_business: str | None
    first: date
    last: date


@dataclass(frozen=True)
class Tables:
    """Reference rows by logical table, what each table answers for, and how far the claims at hand reach.

    Of a payer and line of business without a ``reach`` the claims are taken to be of all dates.
    """

    rows: Mapping[str, Sequence[Row]]
    answers: Sequence[Answer]
    reach: Sequence[Reach] = ()
    _index: dict[tuple[str, tuple[str, ...]], dict[tuple[Any, ...], list[Row]]] = field(default_factory=dict)
    _joins: dict[tuple[Any, ...], Join] = field(default_factory=dict)
    _spans: dict[tuple[str, str | None], list[Answer]] = field(default_factory=dict)
    _made: dict[str, Any] = field(default_factory=dict)

    def where(self, table: str, columns: tuple[str, ...], values: tuple[Any, ...]) -> Sequence[Row]:
        """The rows of a table whose columns equal the values; a missing value equals nothing."""
        index = self._index.get((table, columns))
        if index is None:
            index = {}
            for row in self.rows[table]:
                index.setdefault(tuple(row[column] for column in columns), []).append(row)
            self._index[table, columns] = index
        return () if None in values else index.get(values, ())

    def fees(self) -> Fees:
        """The rows and indices that fees are made of."""
        from auditor.engine.plain_prices import Fees

        if "fees" not in self._made:
            self._made["fees"] = Fees(self)
        found: Fees = self._made["fees"]
        return found

    def answers_on(self, table: str, setting: str | None, day: date) -> bool:
        """Whether a publication of the table answers for the day."""
        spans = self._spans.get((table, setting))
        if spans is None:
            name = ANSWERING_TABLE.get(table, table)
            spans = [a for a in self.answers if a.table == name and a.setting in ("*", setting)]
            self._spans[table, setting] = spans
        return any(a.date_from <= day <= a.date_to for a in spans)

    def at_hand(self, line: Line) -> Reach | None:
        """How far the claims of the line's payer and line of business reach; None: there are all."""
        asked = (line["payer_id"], line["line_of_business"])
        return next((one for one in self.reach if (one.payer_id, one.line_of_business) == asked), None)

    def join(self, table: m.TableJoin, dx_ptr_known: bool) -> Join:
        """The rows of a table ready for what a rule asks of it."""
        key = (table.name, table.on)
        if key not in self._joins:
            self._joins[key] = Join(self, table, dx_ptr_known)
        return self._joins[key]


class Join:
    """The rows of a table by the columns that one join asks for; a missing value equals nothing."""

    def __init__(self, tables: Tables, table: m.TableJoin, dx_ptr_known: bool) -> None:
        self._tables, self._name = tables, table.name
        self.by_columns = all(is_column(ref) for _, ref in table.on)
        """Whether all that is asked stands in a column of a line, so that :meth:`asks` names columns."""
        self._read: list[Read] = [reader(ref, dx_ptr_known) for _, ref in table.on]
        self._asked = [(ref.role, ref.name) for _, ref in table.on]
        self._links: dict[tuple[str, str], Mapping[tuple[Any, ...], Sequence[tuple[Any, ...]]]] = {}
        self._rows: dict[tuple[Any, ...], list[Row]] = {}
        columns = [column for column, _ in table.on]
        for row in tables.rows[table.name]:
            values = tuple([row[column] for column in columns])
            if None not in values:
                self._rows.setdefault(values, []).append(row)

    def in_force(self, roles: Mapping[str, Any], day: date) -> list[Row]:
        """The rows that the join meets on a day, whether or not a publication answers for it."""
        if self.by_columns:
            rows = self._rows.get(tuple([roles[role][name] for role, name in self._asked]))
        else:
            rows = self._rows.get(tuple([read(roles, {}) for read in self._read]))
        if rows is None:
            return []
        return [row for row in rows if row["effective"] <= day <= row["deleted"]]

    def asks(self, role: str) -> list[str]:
        """The fields that the join asks of a role."""
        return [name for asked, name in self._asked if asked == role]

    def links(self, role: str, other: str) -> Mapping[tuple[Any, ...], Sequence[tuple[Any, ...]]]:
        """For the values that rows ask of ``role``, the values that they ask of ``other``, each once."""
        if (role, other) not in self._links:
            found: dict[tuple[Any, ...], dict[tuple[Any, ...], None]] = {}
            for values in self._rows:
                sides: dict[str, list[Any]] = {role: [], other: []}
                for (asked, _), value in zip(self._asked, values, strict=True):
                    sides[asked].append(value)
                found.setdefault(tuple(sides[role]), {})[tuple(sides[other])] = None
            self._links[role, other] = {one: list(others) for one, others in found.items()}
        return self._links[role, other]

    def judging(self, roles: Mapping[str, Any], day: date) -> list[Row]:
        """The rows that the join meets on a day for which a publication of their setting answers."""
        found = self.in_force(roles, day)
        if not found:
            return found
        answers, name = self._tables.answers_on, self._name
        return [row for row in found if answers(name, row.get("setting"), day)]


class Lookup:
    """The row of a table that is in force on a day, for what it says; it decides nothing by itself."""

    def __init__(self, tables: Tables, table: m.TableJoin, dx_ptr_known: bool) -> None:
        self.table, self._tables = table, tables
        self._read: list[Read] = [reader(ref, dx_ptr_known) for _, ref in table.on]
        self._columns = tuple(column for column, _ in table.on)

    def row(
        self,
        roles: Mapping[str, Any],
        day: date | None,
        extra: Mapping[str, Any],
        flagged: Mapping[str, Any] | None = None,
    ) -> Row:
        """The first of the rows in force on the day, whether or not a publication answers; else one without values.

        Of an optional lookup the general row, on a day for which a publication answers for the ``flagged`` line.
        """
        asked, table = tuple([read(roles, extra) for read in self._read]), self.table
        if table.optional and day is not None:
            setting = flagged["setting"] if flagged is not None else None
            if not self._tables.answers_on(table.name, setting, day):
                return NO_ROW
        if day is not None:
            found = self._tables.where(self.table.name, self._columns, asked)
            rows = [row for row in found if row["effective"] <= day <= row["deleted"]]
            if table.optional:
                rows = [row for row in rows if all(row[column] is None for column in table.rest)]
            if rows:
                return rows[0] if len(rows) == 1 else min(rows, key=lambda row: int(row["row_no"]))
        return NO_ROW


class _NoRow(dict[str, Any]):
    """A row that is not there: every column of it is without a value."""

    def __missing__(self, column: str) -> None:
        return None


NO_ROW = _NoRow()
