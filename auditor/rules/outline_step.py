"""A box of a rule's diagram, and what is written into one: conditions, the values that they go by, windows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from auditor.rules import model as m
from auditor.rules.condition_words import Said, Speaker, parameter_words
from auditor.rules.field_words import literal_words, subject
from auditor.rules.window_words import joined, span_words

Kind = Literal["lines", "keys", "table", "conditions", "bypass", "moot", "finding", "exposure"]
UNDER: Final = "\N{EN DASH} "
"""Stands before a text that belongs to the one before it, once for each level."""
_MOST: Final = 6
_SHOWN: Final = 8


@dataclass(frozen=True)
class Step:
    """A box of the diagram: its kind, its heading, its lines. ``bypass`` and ``moot`` lead aside, the others on.

    A line that begins with :data:`UNDER` belongs to the one before it.
    """

    kind: Kind
    title: str
    text: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self) | {"text": list(self.text)}


@dataclass
class Teller:
    """Says what stands in a box. The values of a parameter are told in the first box that names it, not again."""

    parameters: Mapping[str, m.Parameter]
    told: set[str] = field(default_factory=set)

    def conditions(self, *parts: m.Condition, under: str = "") -> list[str]:
        """Conditions that hold together, each written out with its parts, and the values that they go by.

        With ``under`` that text leads them and they stand under it. Nothing for conditions that always hold.
        """
        asked = [part for part in parts if part != m.ALWAYS]
        if not asked:
            return []
        said = _lines(tuple(item for part in asked for item in Speaker().conditions(part)), 1 if under else 0)
        values = self.values(*(name for part in asked for name in sorted(m.parameters_of(part))))
        return [*([under] if under else []), *said, *((UNDER if under else "") + text for text in values)]

    def values(self, *names: str) -> list[str]:
        """The values of parameters by date, of each that was not told before."""
        new = [name for name in dict.fromkeys(names) if name in self.parameters and name not in self.told]
        self.told |= set(new)
        return [_valued(self.parameters[name]) for name in new]

    def amount(self, limit: int | m.ParameterRef | m.FieldRef) -> str:
        """A number, a parameter by its name, or a field as a noun."""
        if isinstance(limit, m.ParameterRef):
            return parameter_words(limit)
        return subject(limit) if isinstance(limit, m.FieldRef) else str(limit)


def window_lines(window: m.Window, around: str) -> list[str]:
    """A window around a day: one line, or one for each value of the field that chooses its span."""
    if window.by is None:
        return [f"{around}: {joined([span_words(span) for _, span in window.spans], 'or')}"]
    by = [f"{UNDER}{value}: {span_words(span)}" for value, span in window.spans]
    return [f"{around}, by {subject(window.by)}", *by, f"{UNDER}any other value, or none: no match"]


def _lines(said: Sequence[Said], depth: int) -> list[str]:
    shown = said if len(said) <= _MOST + 1 else said[:_MOST]
    lines = [line for item in shown for line in _written(item, depth)]
    rest = len(said) - len(shown)
    return [*lines, f"{UNDER * depth}and {rest} more"] if rest else lines


def _written(item: Said, depth: int) -> Iterator[str]:
    yield UNDER * depth + item.text + (":" if item.parts else "")
    yield from _lines(item.parts, depth + 1)


def _valued(parameter: m.Parameter) -> str:
    name = parameter_words(m.ParameterRef(parameter.name))
    start, last = parameter.values[-1]
    if isinstance(last, list | tuple):
        said = f"{_list(last)} (from {start.isoformat()}"
        said += ", other values before)" if len(parameter.values) > 1 else ")"
    else:
        said = ", ".join(
            f"{literal_words(None, value)} from {begin.isoformat()}" for begin, value in parameter.values
        )
    own = [f"{_scoped(item.value)} by override {item.override}" for item in parameter.scoped]
    return f"{name}: {'; '.join([said, *own])}"


def _scoped(value: Any) -> str:
    return _list(value) if isinstance(value, list | tuple) else literal_words(None, value)


def _list(values: Iterable[Any]) -> str:
    words = [literal_words(None, value) for value in values]
    rest = len(words) - _SHOWN
    return (
        f"{', '.join(words[:_SHOWN])} and {rest} more" if rest > 2 else ", ".join(words) or "nothing at all"
    )
