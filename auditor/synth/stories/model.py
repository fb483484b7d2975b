"""A story: a patient's claim lines with the dated table rows they meet, and what an audit should say of each line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from auditor.synth.cases import BYPASSED, DEFINITE, FAIL, NONE, PROBABLE, RISK, Expected

__all__ = [
    "BYPASSED", "DEFINITE", "FAIL", "NONE", "PROBABLE", "RISK", "Expected", "Given", "Story", "StoryLine", "fails",
    "line",
]  # fmt: skip

Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One claim line. `day` counts from the story's first day, `days` is how many days of service it has.

    `provider` is own, mate (another NPI of the same TIN and specialty) or other (another TIN and specialty) on
    professional claims, facility or other_facility on institutional ones. `more` are further columns of the claims
    file by their canonical names; a whole number of a column that ends in `_date` counts days as `day` does.
    """

    code: str
    claim: str = "A"
    day: int = 0
    days: int = 1
    units: int | Decimal = 1
    modifiers: tuple[str, ...] = ()
    paid: Decimal | None = Decimal("100.00")
    provider: str = "own"
    denied: bool = False
    expect: tuple[Expected, ...] = ()
    more: Given = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Story:
    """Lines of one patient. `on` are first days: the story is told once for each, in turn, to a patient of its own.

    `near_miss`: no line of it may get any finding (a bypass is none). `tables` are rows of stored tables by their names
    in the library, each with `effective` and `deleted` (None: open). `person` are columns of every line (birth_date,
    sex, death_date), `claims` columns of the lines of one claim by its letter.
    """

    catalogue_id: str
    name: str
    lines: tuple[StoryLine, ...]
    on: tuple[date, ...]
    near_miss: bool = False
    tables: Mapping[str, Sequence[Given]] = field(default_factory=dict)
    person: Given = field(default_factory=dict)
    claims: Mapping[str, Given] = field(default_factory=dict)

    def __post_init__(self) -> None:
        expected = [item for given in self.lines for item in given.expect if item.verdict in (FAIL, BYPASSED)]
        if self.near_miss == any(item.verdict == FAIL for item in expected):
            raise ValueError(
                f"{self.catalogue_id} {self.name}: a story fails on some line, or is a near miss"
            )
        if not self.on or not self.lines:
            raise ValueError(f"{self.catalogue_id} {self.name}: a story has a day and a line")


def line(code: str, *, mods: str = "", paid: str | None = "100.00", **more: Any) -> StoryLine:
    """A line in few words: `mods` are modifiers with blanks between, `paid` dollars; what else a line has by name.

    Names that a :class:`StoryLine` does not have are columns of the claims file.
    """
    own = {name: more.pop(name) for name in tuple(more) if name in StoryLine.__dataclass_fields__}
    amount = None if paid is None else Decimal(paid)
    return StoryLine(code=code, modifiers=tuple(mods.split()), paid=amount, more=more, **own)


def fails(catalogue_id: str, finding_class: str | None = None, note: str = "") -> tuple[Expected, ...]:
    """What is expected of a line that an audit should flag; class None: any."""
    return (Expected(catalogue_id, FAIL, finding_class, note),)
