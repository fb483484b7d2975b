"""The forms of a match: which lines stand together, within what time, and with which row of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from auditor.rules.conditions import ALWAYS, NEVER, Condition, FieldRef, ParameterRef

HOUSEKEEPING: Final = frozenset({"edition", "effective", "deleted"})
"""Of a row, what only says where it stands and for how long: it makes rows no others where it decides nothing."""


@dataclass(frozen=True)
class TableJoin:
    """A row of a reference table in force on a day. ``on`` maps table column to the field it must equal.

    ``in_force_on`` is the day of the match (``service_day``, ``pair.shared_day``), or ``ROLE.service_date``: the first
    day of one of its lines. ``fields`` are those of a row with their types, ``key`` names a row among those of one day,
    ``title`` is what the table is called where a row is cited. The row of an ``optional`` lookup only lifts or lowers a
    finding: where no edition answers it is empty, and the rule is evaluated all the same.
    """

    name: str
    alias: str
    on: tuple[tuple[str, FieldRef], ...]
    in_force_on: str
    fields: tuple[tuple[str, str], ...] = ()
    key: tuple[str, ...] = ()
    title: str = ""
    optional: bool = False

    @property
    def rest(self) -> tuple[str, ...]:
        """The columns of the key that ``on`` does not name: the general row has nothing in them."""
        named = {column for column, _ in self.on} | HOUSEKEEPING
        return tuple(column for column in self.key if column not in named)


@dataclass(frozen=True)
class Bound:
    """One end of a window: so many months, then so many days, from the day that it is laid around."""

    months: int = 0
    days: int = 0


@dataclass(frozen=True)
class Span:
    """From when until when around a day, both ends inclusive; None is open.

    ``whole_months`` takes the start, once moved by its months, back to the first of its month, and the end on to the
    last. ``calendar`` (``month``, ``year``) is the calendar period of the day itself.
    """

    start: Bound | None = Bound()
    end: Bound | None = Bound()
    whole_months: bool = False
    calendar: Literal["", "month", "year"] = ""


@dataclass(frozen=True)
class Window:
    """A span, or several by the value of a field (a global period by its indicator); a value not named has none.

    Without ``by`` the one span stands under the empty text. ``name`` and ``citation`` are empty for one written inline.
    """

    spans: tuple[tuple[str, Span], ...]
    by: FieldRef | None = None
    name: str = ""
    citation: str = ""


@dataclass(frozen=True)
class Within:
    """The line ``role`` lies in a window around the line ``of``, by the date fields ``day`` and ``anchor``."""

    role: str
    of: str
    window: Window
    anchor: str = "date_from"
    day: str = "date_from"


@dataclass(frozen=True)
class Sum:
    """A sum over a group of claim lines; ``over`` names the grouping fields, ``where`` the lines that count.

    ``period`` is ``day``, ``month``, ``year`` or empty (all dates at hand). ``running`` sums in the order of dates up
    to each line, ``window`` those of them that lie in it.
    """

    of: str
    alias: str
    over: tuple[str, ...]
    where: Condition
    period: Literal["", "day", "month", "year"] = "day"
    running: bool = False
    window: Window | None = None


@dataclass(frozen=True)
class Group:
    """Lines alike in the fields ``same``, in an order: the first is the original, each later one a copy."""

    same: tuple[str, ...]
    order: tuple[str, ...]
    where: Condition


@dataclass(frozen=True)
class Sequence:
    """Visits in the order of their dates, at most ``limit`` of which are payable in a window before each.

    ``restart``: ``payable`` counts the earlier visits that are payable, ``every`` all of them.
    """

    same: tuple[str, ...]
    where: Condition
    window: Window
    limit: int | ParameterRef | FieldRef
    alias: str
    restart: Literal["payable", "every"] = "payable"


@dataclass(frozen=True)
class Partner:
    """Lines standing beside the flagged one: same keys (any of several sets), perhaps listed in a table.

    ``row_where`` says which of the table's rows list them; it reads a row alone.
    """

    role: str
    any_of: tuple[tuple[str, ...], ...]
    where: Condition
    table: TableJoin | None
    days_before: int = 0
    days_before_when: Condition = NEVER
    within: Within | None = None
    row_where: Condition = ALWAYS


@dataclass(frozen=True)
class CoverageMatch:
    """A coverage policy of the line's code and jurisdiction, and the diagnoses that must meet it."""

    alias: str
    jurisdiction: tuple[str, ...]
    dx: str
    elsewhere: str


Form = Literal["line", "pair", "group", "sum", "total", "absent", "because", "sequence", "coverage", "claim"]
"""``sum`` is a sum of one day (spans opened), ``total`` one over another period, or a running one."""


@dataclass(frozen=True)
class Match:
    """What makes a candidate; ``form`` says which of the shapes of RULE_LANGUAGE it is.

    ``one`` names the line of two that is not flagged: of all that may stand there beside a flagged line, one is taken.
    Empty: each gives a finding of its own. ``priced`` is the name under which the fee of the flagged line is asked for.
    """

    form: Form
    roles: tuple[str, ...]
    same: tuple[str, ...] = ()
    table: TableJoin | None = None
    sum: Sum | None = None
    absent: Partner | None = None
    because: Partner | None = None
    coverage: CoverageMatch | None = None
    when: Condition = ALWAYS
    within: Within | None = None
    group: Group | None = None
    total: Sum | None = None
    sequence: Sequence | None = None
    lookups: tuple[TableJoin, ...] = ()
    one: str = ""
    priced: str = ""
