"""The closed set of operators: each once, with its SQL and its plain-Python form.

Both forms are total: a missing value (NULL, None) satisfies no operator but ``exists: false`` and the negative ones
(``ne``, ``not_in``, ``disjoint``), which are exactly the negations of ``eq``, ``in`` and ``overlaps``. A property test
holds the two forms against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.rules.code_ranges import lies_in

_TEXT = frozenset({"text"})
_ORDERED = frozenset({"integer", "number", "money", "date"})
_LISTS = frozenset({"texts", "integers"})


@dataclass(frozen=True)
class Operator:
    """One operator.

    ``sql(field, value)`` returns a SQL expression that is never NULL. ``plain(field, value)`` returns a bool.
    ``types`` are the field types it takes; ``value`` says what stands on its right.
    """

    name: str
    sql: Callable[[str, str], str]
    plain: Callable[[Any, Any], bool]
    types: frozenset[str]
    value: str


def _eq(left: Any, right: Any) -> bool:
    return bool(left is not None and right is not None and left == right)


def _in(left: Any, right: Sequence[Any] | None) -> bool:
    return left is not None and right is not None and left in right


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda left, right: left is not None and right is not None and test(left, right)


def _overlaps(left: Sequence[Any] | None, right: Sequence[Any] | None) -> bool:
    return bool(left) and bool(right) and not set(left or ()).isdisjoint(right or ())


def _in_ranges(left: str | None, right: Sequence[str]) -> bool:
    """Whether a code lies in one of ``"99202-99499"`` (see :mod:`code_ranges`) or equals a single code."""
    return left is not None and lies_in(left, right or ())


def _binary(symbol: str) -> Callable[[str, str], str]:
    return lambda field, value: f"coalesce({field} {symbol} {value}, FALSE)"


_ALL = frozenset({"text", "integer", "number", "money", "date", "flag"})

OPERATORS: dict[str, Operator] = {
    op.name: op
    for op in (
        Operator("eq", _binary("="), _eq, _ALL, "scalar"),
        Operator(
            "ne", lambda f, v: f"NOT coalesce({f} = {v}, FALSE)", lambda a, b: not _eq(a, b), _ALL, "scalar"
        ),
        Operator("in", lambda f, v: f"coalesce(list_contains({v}, {f}), FALSE)", _in, _ALL, "list"),
        Operator(
            "not_in",
            lambda f, v: f"NOT coalesce(list_contains({v}, {f}), FALSE)",
            lambda a, b: not _in(a, b),
            _ALL,
            "list",
        ),
        Operator("gt", _binary(">"), _ordered(lambda a, b: a > b), _ORDERED, "scalar"),
        Operator("ge", _binary(">="), _ordered(lambda a, b: a >= b), _ORDERED, "scalar"),
        Operator("lt", _binary("<"), _ordered(lambda a, b: a < b), _ORDERED, "scalar"),
        Operator("le", _binary("<="), _ordered(lambda a, b: a <= b), _ORDERED, "scalar"),
        Operator(
            "between",
            lambda f, v: f"coalesce({f} BETWEEN ({v})[1] AND ({v})[2], FALSE)",
            lambda a, b: a is not None and b[0] <= a <= b[1],
            _ORDERED,
            "pair",
        ),
        Operator(
            "contains",
            lambda f, v: f"coalesce(list_contains({f}, {v}), FALSE)",
            lambda a, b: b in (a or ()),
            _LISTS,
            "scalar",
        ),
        Operator(
            "overlaps", lambda f, v: f"coalesce(list_has_any({f}, {v}), FALSE)", _overlaps, _LISTS, "list"
        ),
        Operator(
            "disjoint",
            lambda f, v: f"NOT coalesce(list_has_any({f}, {v}), FALSE)",
            lambda a, b: not _overlaps(a, b),
            _LISTS,
            "list",
        ),
        Operator(
            "exists",
            lambda f, v: f"(({f}) IS NOT NULL) = {v}",
            lambda a, b: (a is not None) == b,
            _ALL,
            "flag",
        ),
        Operator(
            "not_empty",
            lambda f, v: f"(coalesce(len({f}), 0) > 0) = {v}",
            lambda a, b: bool(a) == b,
            _LISTS,
            "flag",
        ),
        Operator(
            "starts_with",
            lambda f, v: f"coalesce(starts_with({f}, {v}), FALSE)",
            lambda a, b: a is not None and b is not None and a.startswith(b),
            _TEXT,
            "scalar",
        ),
        Operator(
            "starts_with_any",
            lambda f, v: f"coalesce(list_bool_or(list_transform({v}, lambda p: starts_with({f}, p))), FALSE)",
            lambda a, b: a is not None and any(a.startswith(item) for item in b or ()),
            _TEXT,
            "list",
        ),
        Operator(
            "any_starts_with",
            lambda f, v: (
                f"coalesce(list_bool_or(list_transform({v}, lambda p: "
                f"len(list_filter({f}, lambda x: starts_with(x, p))) > 0)), FALSE)"
            ),
            lambda a, b: any(item.startswith(start) for item in a or () for start in b or ()),
            frozenset({"texts"}),
            "list",
        ),
        Operator("in_ranges", lambda f, v: f"in_ranges({f}, {v})", _in_ranges, _TEXT, "list"),
    )
}
"""``in_ranges`` has its SQL written out for literal ranges by :func:`code_ranges.ranges_sql`."""
