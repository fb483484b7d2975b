"""A seeded case: a few claim lines of one patient and what an audit should say about each."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TypeVar

from auditor.synth.dice import pick
from auditor.synth.edits import EditBook
from auditor.synth.menu import family_of, is_visit
from auditor.synth.vocabulary import HOSPITAL, PRACTITIONER, CoverageRow, Pair, Vocabulary

T = TypeVar("T")

FAIL, BYPASSED, NONE, SET_ASIDE = "fail", "bypassed", "none", "set_aside"
DEFINITE, PROBABLE, RISK = "definite", "probable", "risk"


@dataclass(frozen=True, slots=True)
class Expected:
    """What an audit should conclude about a line: `none` for a near miss. `finding_class` None: not judged."""

    catalogue_id: str
    verdict: str = FAIL
    finding_class: str | None = None
    note: str = ""
    split_claim: bool = False


@dataclass(slots=True)
class CaseLine:
    """One line. `claim` and `patient` number the claims and patients of the case; `day` counts from its first day.

    `provider` is own, mate (another NPI of the same TIN and specialty) or other (another TIN).
    `pointers` are 1-based diagnosis numbers; `broken` replaces the text of columns.
    """

    code: str
    units: int = 1
    modifiers: tuple[str, ...] = ()
    expect: tuple[Expected, ...] = ()
    claim: int = 0
    day: int = 0
    days: int = 1
    provider: str = "own"
    patient: int = 0
    pointers: str = "1"
    denied: bool = False
    broken: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Case:
    """Lines that belong together. `on` fixes the first day; `jurisdiction` (a state, a contractor or *) is where the
    service is.

    `diagnoses` come first on every claim of the case, the usual ones follow only when it is empty.
    `frequencies` has one code a claim; a claim with 7 or 8 refers to the case's first claim.
    """

    kind: str
    lines: list[CaseLine]
    setting: str = PRACTITIONER
    on: date | None = None
    diagnoses: tuple[str, ...] = ()
    jurisdiction: str = "*"
    frequencies: tuple[str, ...] = ("1",)

    @property
    def flagged(self) -> int:
        """How many lines an audit should give a finding (a bypass is one too)."""
        return sum(any(e.verdict in (FAIL, BYPASSED) for e in line.expect) for line in self.lines)


Builder = Callable[["Pools", random.Random], Case | None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of case: its builder answers None when the vocabulary has nothing to build it from."""

    name: str
    weight: int
    build: Builder
    near_miss: bool = False


@dataclass
class SettingPools:
    """The breakable edits of one setting, each list made once."""

    book: EditBook
    pairs: dict[tuple[str, bool], list[Pair]] = field(init=False)
    by_mai: dict[str, list[tuple[str, int]]] = field(init=False)

    def __post_init__(self) -> None:
        self.pairs = {
            (indicator, visit): self.book.pairs_where(indicator, visit=visit)
            for indicator in "01"
            for visit in (False, True)
        }
        self.by_mai = {mai: self.book.limited(mai) for mai in "123"}

    @cached_property
    def surgical(self) -> list[Pair]:
        """Indicator-1 pairs of two procedures or images: where a side modifier could stand."""
        sided = ("surgery", "imaging")
        return [
            p
            for p in self.pairs["1", False]
            if family_of(p.column_1) in sided and family_of(p.column_2) in sided
        ]

    @cached_property
    def procedural(self) -> list[Pair]:
        """Indicator-1 pairs without a visit in either column: 59 on a visit would be a finding of its own."""
        return [p for p in self.pairs["1", False] if family_of(p.column_1) not in ("em", "service")]

    @cached_property
    def visit_free(self) -> frozenset[tuple[str, str]]:
        """Indicator-1 pairs whose Column 2 is no visit, by code."""
        return frozenset((p.column_1, p.column_2) for p in self.pairs["1", False])

    @cached_property
    def zeros(self) -> list[str]:
        """Codes with an MUE of 0."""
        return self.book.zeros()

    @cached_property
    def addons(self) -> dict[str, list[str]]:
        """Add-ons by edit type."""
        return {edit_type: self.book.addons(edit_type) for edit_type in "123"}

    @cached_property
    def procedures(self) -> list[str]:
        """Plain surgical codes."""
        return [code for code in self.book.codes if family_of(code) == "surgery"]

    @cached_property
    def images(self) -> list[str]:
        """Plain imaging codes."""
        return [code for code in self.book.codes if family_of(code) == "imaging"]

    @cached_property
    def visits(self) -> list[str]:
        """Plain evaluation and management codes."""
        return [code for code in self.book.codes if is_visit(code)]

    @cached_property
    def cascades(self) -> list[tuple[str, str, str, str]]:
        """(Column 1, primary, add-on, indicator): the primary falls, and nothing else carries the add-on."""
        found: list[tuple[str, str, str, str]] = []
        for addon in self.addons["1"]:
            per_addon = 0
            for primary in sorted(self.book.primaries.get(addon, ())):
                for column_1, indicator in self.book.column_1_of.get(primary, ()):
                    if per_addon == 20:
                        break
                    named = indicator == "0" or (column_1, primary) in self.visit_free
                    alone = column_1 not in self.book.primaries[addon]
                    if (
                        named
                        and alone
                        and self.book.apart((addon, column_1))
                        and self.book.apart((addon, primary))
                    ):
                        found.append((column_1, primary, addon, indicator))
                        per_addon += 1
        return found

    @cached_property
    def carried(self) -> list[tuple[str, str]]:
        """(Primary, add-on) that are clean together."""
        usable = set(self.book.codes)
        return [
            (primary, addon)
            for addon in self.addons["1"]
            for primary in sorted(self.book.primaries.get(addon, ()))
            if primary in usable and self.book.apart((primary, addon))
        ]


class Pools:
    """What builders draw from: `of[setting]` for edits, `policies` for coverage, `period`, `fees`.

    `seeded`: cases are written.
    """

    def __init__(self, vocabulary: Vocabulary, period: tuple[date, date], *, seeded: bool = True) -> None:
        self.period = period
        self.seeded = seeded
        self.fees = vocabulary.fees
        self.of: Mapping[str, SettingPools] = {
            setting: SettingPools(EditBook(vocabulary, setting, period))
            for setting in (PRACTITIONER, HOSPITAL)
        }
        self.policies: dict[str, list[CoverageRow]] = {
            code: rows
            for code, rows in self.of[PRACTITIONER].book.coverage.items()
            if self._only_covered(code)
        }
        self.addon_codes: frozenset[str] = frozenset(self.of[PRACTITIONER].book.addon_types)

    def _only_covered(self, code: str) -> bool:
        book = self.of[PRACTITIONER].book
        limit = book.limits.get(code)
        return code not in book.addon_types and (limit is None or limit.value > 0)

    def stranger(self, rng: random.Random, setting: str, avoid: Iterable[str]) -> str | None:
        """A plain code that makes no pair with any of `avoid` and carries none of them as an add-on's primary."""
        book, avoid = self.of[setting].book, tuple(avoid)
        carried = set().union(*(book.primaries.get(code, set()) for code in avoid))
        for _ in range(30):
            if not book.codes:
                return None
            code = choose(rng, book.codes)
            if code not in avoid and code not in carried and book.apart((*avoid, code)):
                return code
        return None


def choose(rng: random.Random, options: Sequence[T]) -> T:
    """One of `options`, each as likely. Raises IndexError when there is none."""
    return options[pick(rng, len(options))]
