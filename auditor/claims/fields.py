"""What a field of a claims file is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "id", "code", "icd10", "icd10pcs", "integer", "number", "money", "date", "flag", "word", "pointer", "list"
]


@dataclass(frozen=True)
class Field:
    """One column that a claims file may have. `synonyms` are compared without case, blanks and punctuation.

    A `rare` one is stored only in feeds that have it. A `list` is text with commas between its parts.
    """

    name: str
    kind: Kind
    doc: str
    needed: bool = False
    synonyms: tuple[str, ...] = ()
    rare: bool = False


def named(
    name: str, kind: Kind, doc: str, synonyms: str = "", needed: bool = False, rare: bool = False
) -> Field:
    """A field; its synonyms are words with blanks between them."""
    return Field(name, kind, doc, needed, tuple(synonyms.split()), rare)


def numbered(stem: str, last: int, kind: Kind, doc: str, patterns: str) -> tuple[Field, ...]:
    """The fields `stem`1 to `stem``last`; `#` in a doc or pattern is the number."""
    return tuple(
        Field(
            f"{stem}{n}",
            kind,
            doc.replace("#", str(n)),
            synonyms=tuple(patterns.replace("#", str(n)).split()),
        )
        for n in range(1, last + 1)
    )
