"""Ordinary encounters: baskets of codes that no edit keeps apart, made once and drawn from for every visit."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from auditor.synth.cases import Pools, SettingPools, choose
from auditor.synth.dice import Dice, Ints, pick
from auditor.synth.edits import CRITICAL_CARE, covered
from auditor.synth.menu import (
    EMERGENCY,
    HOSPITAL_EVERYDAY,
    LATERAL,
    OFFICE_ESTABLISHED,
    OFFICE_NEW,
    SPECIALTIES,
    SUBSEQUENT,
    Specialty,
    family_of,
)
from auditor.synth.schedule import (
    CHILDREN,
    COLONOSCOPY,
    NEW_PATIENT,
    ONCE_NAMES,
    SINGLE_DOSE,
    THERAPY,
    Fee,
    global_days,
    once_of,
    one_sided,
    payable,
    reading_only,
)
from auditor.synth.vocabulary import HOSPITAL, PRACTITIONER

BASKETS_PER_SPECIALTY = 160
HOSPITAL_BASKETS = 200
EXTRA_LINES = (0.2, 0.26, 0.25, 0.16, 0.08, 0.05)
"""How often an encounter has 0, 1, 2, ... lines beside its visit."""

SLOTS = {
    "office": (*OFFICE_NEW, *OFFICE_ESTABLISHED),
    "hospital": SUBSEQUENT,
    "emergency": EMERGENCY,
}
"""Levels a visit line may take; the provider's level mix picks one for each encounter."""

SLOT_NAMES = tuple(SLOTS)
PLACE_OF_SLOT = {"hospital": "21", "emergency": "23"}
TIMED = frozenset(("97110", "97140", "97530", "97112"))
WAIVED = frozenset(("83036", "87880", "80061"))
JZ_FROM = date(2023, 1, 1)
"""The first day of modifier JZ."""


@dataclass(slots=True)
class BasketLine:
    """A line of a basket. `slot` names the levels of a visit line; its `code` is then only a stand-in."""

    code: str
    units: int = 1
    modifier: str = ""
    slot: str = ""


@dataclass(slots=True)
class Basket:
    """Lines that are clean together. `diagnoses` are what a coverage policy of the first line asks for."""

    lines: list[BasketLine]
    pos: str = ""
    diagnoses: tuple[str, ...] = ()
    has_addon: bool = False
    codes: list[str] = field(default_factory=list)

    def surgical_days(self, fees: Mapping[str, Fee]) -> int:
        """The longest global period of a line, in days; -1 without one."""
        return max(global_days(fees, line.code) for line in self.lines)


@dataclass(frozen=True)
class Shelf:
    """All baskets as flat arrays: basket b has the lines `start[b]` to `start[b] + length[b]` - 1.

    `code` holds code numbers, `slot` an index of SLOT_NAMES or -1. `of_specialty[s]` are the baskets a specialty
    bills and `single[s]` one of them with a single line; the last entry of both is the outpatient hospital's.

    As a fee schedule has it: `surgical_days[b]` is the longest global period of a line (-1 without one), `visit` tells
    the lines that are visits, `once[b]` the services of ONCE_NAMES among the lines, `new_patient[b]` whether a code
    asks for a new patient, `separate[b]` whether a visit stands beside an operation or critical care, `one_day[b]`
    whether a line is never repeated day by day, `colonoscopy[b]` whether there is one.
    """

    start: Ints
    length: Ints
    code: Ints
    units: Ints
    slot: Ints
    modifier: npt.NDArray[np.object_]
    pos: npt.NDArray[np.object_]
    has_addon: npt.NDArray[np.bool_]
    diagnoses: tuple[tuple[str, ...], ...]
    of_specialty: tuple[Ints, ...]
    single: tuple[int, ...]
    surgical_days: Ints
    visit: npt.NDArray[np.bool_]
    once: npt.NDArray[np.bool_]
    new_patient: npt.NDArray[np.bool_]
    separate: npt.NDArray[np.bool_]
    one_day: npt.NDArray[np.bool_]
    colonoscopy: npt.NDArray[np.bool_]


def stock(dice: Dice, pools: Pools, specialties: int, index: dict[str, int]) -> Shelf:
    """The baskets of a run for its first `specialties` specialties and the hospital; `index` numbers the codes."""
    shelves = [_office(dice.scalar(f"baskets {s.code}"), pools, s) for s in SPECIALTIES[:specialties]]
    shelves.append(_hospital(dice.scalar("baskets hospital"), pools))
    sizes = np.array([0, *(len(shelf) for shelf in shelves)])
    first = np.cumsum(sizes)
    baskets = [basket for shelf in shelves for basket in shelf]
    lines = [line for basket in baskets for line in basket.lines]
    length = np.array([len(basket.lines) for basket in baskets], dtype=np.int64)
    return Shelf(
        start=np.cumsum(length) - length,
        length=length,
        code=np.array([index[line.code] for line in lines], dtype=np.int64),
        units=np.array([line.units for line in lines], dtype=np.int64),
        slot=np.array([SLOT_NAMES.index(line.slot) if line.slot else -1 for line in lines], dtype=np.int64),
        modifier=np.array([line.modifier for line in lines], dtype=object),
        pos=np.array([basket.pos for basket in baskets], dtype=object),
        has_addon=np.array([basket.has_addon for basket in baskets], dtype=np.bool_),
        diagnoses=tuple(basket.diagnoses for basket in baskets),
        of_specialty=tuple(np.arange(a, b) for a, b in pairwise(first)),
        single=tuple(int(n) for n in first[:-1]),
        surgical_days=np.array([basket.surgical_days(pools.fees) for basket in baskets], dtype=np.int64),
        visit=np.array([bool(line.slot) or family_of(line.code) == "em" for line in lines], dtype=np.bool_),
        once=np.array([_once(basket, pools.fees) for basket in baskets], dtype=np.bool_),
        **_marks(baskets, pools.fees),
        new_patient=np.array(
            [bool(pools.fees) and not NEW_PATIENT.isdisjoint(b.codes) for b in baskets], dtype=np.bool_
        ),
    )


def _marks(baskets: Sequence[Basket], fees: Mapping[str, Fee]) -> dict[str, npt.NDArray[np.bool_]]:
    """`separate`, `one_day` and `colonoscopy` of a shelf; none of them without a fee schedule."""
    separate = [b.surgical_days(fees) >= 0 or CRITICAL_CARE in b.codes for b in baskets]
    single = [any(code.startswith(THERAPY) and code not in TIMED for code in b.codes) for b in baskets]
    scoped = [not COLONOSCOPY.isdisjoint(b.codes) for b in baskets]
    found = {"separate": separate, "one_day": single, "colonoscopy": scoped}
    return {name: np.array(values, dtype=np.bool_) & bool(fees) for name, values in found.items()}


def _once(basket: Basket, fees: Mapping[str, Fee]) -> list[bool]:
    found = {once_of(fees, code) for code in basket.codes} if fees else set()
    return [name in found for name in ONCE_NAMES]


def _office(rng: random.Random, pools: Pools, specialty: Specialty) -> list[Basket]:
    """A specialty's baskets, the first with a single line."""
    filler = _Filler(rng, pools, PRACTITIONER, specialty.everyday.split(), specialty.families)
    names = tuple("office" if visit in ("new", "established") else visit for visit in specialty.visits)
    slots = [name for name in names if all(code in filler.plain for code in SLOTS[name])]
    baskets: list[Basket] = []
    for number in range(BASKETS_PER_SPECIALTY):
        slot = choose(rng, slots) if slots and (number == 0 or rng.random() < 0.78) else ""
        place = PLACE_OF_SLOT.get(slot, specialty.pos)
        extra = 0 if number == 0 else _extra(rng)
        basket = filler.fill(slot, extra + (not slot), place, quiet=number == 0)
        if basket.lines:
            baskets.append(basket)
    return baskets


def _hospital(rng: random.Random, pools: Pools) -> list[Basket]:
    """Baskets of the outpatient hospital, the first with a single line."""
    filler = _Filler(rng, pools, HOSPITAL, HOSPITAL_EVERYDAY.split(), ("lab", "imaging", "surgery", "drug"))
    made = (
        filler.fill("", 1 if number == 0 else 1 + _extra(rng), "", quiet=number == 0)
        for number in range(HOSPITAL_BASKETS)
    )
    return [basket for basket in made if basket.lines]


def _extra(rng: random.Random) -> int:
    left = rng.random()
    for count, share in enumerate(EXTRA_LINES):
        left -= share
        if left < 0:
            return count
    return 0


class _Filler:
    """Fills baskets for one kind of provider."""

    def __init__(
        self,
        rng: random.Random,
        pools: Pools,
        setting: str,
        everyday: list[str],
        families: tuple[str, ...],
    ) -> None:
        self.rng = rng
        self.fees = pools.fees
        self.practice = setting == PRACTITIONER
        # Claims with seeded cases hold no other line that a modifier lifts: the truth would not know of it.
        self.apart_visits = bool(self.fees) and not pools.seeded
        self.jz = bool(self.fees) and pools.period[0] >= JZ_FROM
        own: SettingPools = pools.of[setting]
        self.book = own.book
        self.plain = frozenset(self.book.codes)
        self.everyday = [code for code in everyday if code in self.plain]
        self.quiet = [code for code in self.everyday if self._quiet(code)]
        self.tail = [code for code in self.book.codes if family_of(code) in families] or self.everyday
        self.policies = {code: ways for code in everyday if (ways := self._ways(code))}
        self.addons: dict[str, list[str]] = {}
        for primary, addon in own.carried:
            self.addons.setdefault(primary, []).append(addon)
        self.primaries = [code for code in self.tail if code in self.addons]

    def fill(self, slot: str, count: int, place: str, *, quiet: bool = False) -> Basket:
        """A basket with a visit of `slot` (if any) and up to `count` further lines that stay apart.

        `quiet`: with a fee schedule, only lines that may be repeated any day.
        """
        basket = Basket([], place)
        if slot:
            basket.lines.append(BasketLine(SLOTS[slot][0], slot=slot))
            basket.codes.extend(SLOTS[slot])
        if count and self.policies and self.rng.random() < 0.1:
            self._add_governed(basket)
        for _ in range(count * 6):
            if len(basket.lines) >= count + bool(slot):
                break
            if quiet and self.fees and self.quiet:
                self._add(basket, choose(self.rng, self.quiet), alone=True)
            else:
                self._add(basket, self._draw())
        return basket

    def _quiet(self, code: str) -> bool:
        return (
            once_of(self.fees, code) is None and global_days(self.fees, code) < 0 and code not in NEW_PATIENT
        )

    def _billable(self, code: str, place: str) -> bool:
        """True without a fee schedule; with one, for a code that is paid at `place` for a patient of Medicare age."""
        if not self.fees:
            return True
        if code in CHILDREN or (code.startswith(THERAPY) and code not in self.everyday):
            return False
        return not self.practice or payable(self.fees, code, place)

    def _draw(self) -> str:
        if self.primaries and self.rng.random() < 0.06:
            return choose(self.rng, self.primaries)
        everyday = self.everyday and self.rng.random() < 0.72
        options = self.everyday if everyday or not self.tail else self.tail
        return choose(self.rng, options) if options else ""

    def _beside(self, basket: Basket, code: str) -> bool:
        """Where no modifier is to lift anything: no operation and no critical care beside a visit."""
        if not self.fees or self.apart_visits or not (basket.lines and basket.lines[0].slot):
            return True
        return code != CRITICAL_CARE and global_days(self.fees, code) < 0

    def _others(self, basket: Basket, code: str) -> list[str]:
        """The codes that `code` must stay apart from: a visit beside a small operation bears 25, which lifts pairs."""
        slot = basket.lines[0].slot if basket.lines else ""
        if not (
            slot
            and self.apart_visits
            and global_days(self.fees, code) in (0, 10)
            and self.book.lifted(code, SLOTS[slot])
        ):
            return basket.codes
        return [other for other in basket.codes if other not in SLOTS[slot]]

    def _add(self, basket: Basket, code: str, *, alone: bool = False) -> bool:
        """Add a line unless the code makes a pair with one that is there."""
        if (
            not code
            or code in basket.codes
            or not all(self.book.apart((code, other)) for other in self._others(basket, code))
            or not self._billable(code, basket.pos)
            or not self._beside(basket, code)
        ):
            return False
        basket.lines.append(BasketLine(code, self._units(code), self._modifier(code, basket.pos)))
        basket.codes.append(code)
        addons = [a for a in self.addons.get(code, ()) if self._billable(a, basket.pos)] if not alone else []
        if addons and self.rng.random() < 0.4:
            addon = choose(self.rng, addons)
            if addon not in basket.codes and all(self.book.apart((addon, other)) for other in basket.codes):
                basket.lines.append(BasketLine(addon, 1, self._component(addon, basket.pos)))
                basket.codes.append(addon)
                basket.has_addon = True
        return True

    def _add_governed(self, basket: Basket) -> None:
        """Put a code with a coverage policy first, and its covered diagnoses on the claim."""
        code = choose(self.rng, sorted(self.policies))
        if self._add(basket, code):
            basket.lines.insert(
                0, basket.lines.pop(next(i for i, li in enumerate(basket.lines) if li.code == code))
            )
            basket.diagnoses = tuple(choose(self.rng, self.policies[code]))

    def _ways(self, code: str) -> list[list[str]]:
        limit = self.book.limits.get(code)
        governed = code in self.book.coverage and code not in self.book.addon_types
        return covered(self.book.coverage[code]) if governed and (limit is None or limit.value > 0) else []

    def _units(self, code: str) -> int:
        limit = self.book.limit_of(code)
        if code in TIMED:
            return 1 + pick(self.rng, min(3, limit))
        if family_of(code) == "drug":
            return 1 + pick(self.rng, max(1, limit // 2))
        return 1

    def _component(self, code: str, place: str) -> str:
        return "26" if self.fees and self.practice and reading_only(self.fees, code, place) else ""

    def _modifier(self, code: str, place: str) -> str:
        if self._component(code, place):
            return "26"
        if self.jz and code in SINGLE_DOSE:
            return "JZ"
        if code in LATERAL or one_sided(self.fees, code):
            return choose(self.rng, ("RT", "LT"))
        if code.startswith("97") and len(code) == 5:
            return "GP"
        if not self.fees and family_of(code) == "imaging" and place in ("21", "22", "23"):
            return "26"
        if code in WAIVED and place == "11":
            return "QW"
        return ""
