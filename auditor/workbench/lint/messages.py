"""What lint says: a check with its code and recommendation, and a message about one place of one file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from auditor.workbench.lint.subject import Subject

Severity = Literal["error", "warning"]
Keys = tuple[str | int, ...]
"""The way to a place in a rule file: keys of mappings and places in lists, as in ``("variants", 0, "when")``."""


@dataclass(frozen=True)
class Spot:
    """A place in a text: line and column from 1, and the number of characters it is long."""

    line: int
    column: int = 1
    length: int = 1


@dataclass(frozen=True)
class Found:
    """What a check found: the place (the way to it, or the spot itself) and the fact.

    ``why`` and ``mend`` are empty where the check's own say enough. ``value``: the value is meant, not its key.
    """

    at: Keys | Spot
    what: str
    why: str = ""
    mend: str = ""
    value: bool = False


@dataclass(frozen=True)
class Check:
    """One thing that lint looks for: a stable id, a short name, why it matters and what to do about it."""

    id: str
    name: str
    severity: Severity
    why: str
    recommendation: str
    find: Callable[[Subject], Iterable[Found]]


@dataclass(frozen=True)
class Message:
    """What lint says of one place of one file; complete by itself. ``source`` is the line of the file as it stands."""

    file: Path
    spot: Spot
    check: str
    name: str
    severity: Severity
    what: str
    why: str
    mend: str
    source: str = ""

    def as_dict(self, name: str) -> dict[str, Any]:
        """The message for an editor, with ``name`` for the file; lines and columns count from 1."""
        return {
            "file": name,
            "line": self.spot.line,
            "column": self.spot.column,
            "length": self.spot.length,
            "code": self.check,
            "name": self.name,
            "severity": self.severity,
            "what": self.what,
            "why": self.why,
            "mend": self.mend,
        }


Finder = Callable[["Subject"], Iterable[Found]]


class Register:
    """The checks of one module, in the order in which they were written."""

    def __init__(self) -> None:
        self.checks: list[Check] = []

    def check(
        self, code: str, name: str, severity: Severity, why: str, recommendation: str
    ) -> Callable[[Finder], Finder]:
        """Register a function as the check ``code``."""

        def register(find: Finder) -> Finder:
            self.checks.append(Check(code, name, severity, why, recommendation, find))
            return find

        return register
