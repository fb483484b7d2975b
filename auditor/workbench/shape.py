"""Shapes: what may stand where in a rule file, as data. The editors' schema and lint's first pass both read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Kind = Literal[
    "text", "whole", "number", "flag", "day", "mapping", "named", "list", "condition", "either", "any"
]


@dataclass(frozen=True)
class Shape:
    """What one value may be.

    ``mapping`` has the closed set ``keys``, of which those in ``needed`` must be there; ``named`` has keys of the
    author's own, each with a value of shape ``inner``; ``list`` has items of shape ``inner``; ``either`` is any of
    ``ways``. ``words`` is the closed set of a text or of the keys of ``named``. ``about`` says what the value means.
    ``pattern`` is a regular expression for a text or for the author's own keys.
    """

    kind: Kind
    about: str = ""
    keys: Mapping[str, Shape] = field(default_factory=dict)
    needed: frozenset[str] = frozenset()
    inner: Shape | None = None
    ways: tuple[Shape, ...] = ()
    words: tuple[str, ...] = ()
    pattern: str = ""
    least: int | None = None
    most: int | None = None
    example: str = ""

    def said(self, about: str) -> Shape:
        """The same shape with other words on what it means."""
        return replace(self, about=about)


def text(about: str = "", words: Iterable[str] = (), pattern: str = "", example: str = "") -> Shape:
    """A text; one of ``words`` where there are any."""
    return Shape("text", about, words=tuple(words), pattern=pattern, example=example)


def texts(about: str = "", words: Iterable[str] = (), example: str = "") -> Shape:
    """A list of texts."""
    return Shape("list", about, inner=text(words=words), example=example)


def whole(about: str = "", least: int | None = None, most: int | None = None) -> Shape:
    """A whole number between two bounds, both allowed."""
    return Shape("whole", about, least=least, most=most)


def number(about: str = "") -> Shape:
    """A number."""
    return Shape("number", about)


def flag(about: str = "") -> Shape:
    """True or false."""
    return Shape("flag", about)


def day(about: str = "") -> Shape:
    """A date or null."""
    return Shape("day", about)


def mapping(about: str, keys: Mapping[str, Shape], needed: Iterable[str] = (), example: str = "") -> Shape:
    """A mapping with a closed set of keys."""
    return Shape("mapping", about, keys=dict(keys), needed=frozenset(needed), example=example)


def named(about: str, inner: Shape, pattern: str = "", words: Iterable[str] = (), example: str = "") -> Shape:
    """A mapping with keys of the author's own."""
    return Shape("named", about, inner=inner, pattern=pattern, words=tuple(words), example=example)


def items(about: str, inner: Shape, example: str = "") -> Shape:
    """A list."""
    return Shape("list", about, inner=inner, example=example)


def either(about: str, *ways: Shape) -> Shape:
    """One of several shapes."""
    return Shape("either", about, ways=ways)


def condition(about: str) -> Shape:
    """A condition of the rule language."""
    return Shape("condition", about, example='{line.code: {in: ["99213", "99214"]}}')


def anything(about: str = "") -> Shape:
    """Any value."""
    return Shape("any", about)
