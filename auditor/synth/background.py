"""Ordinary visits as claims and lines: clean baskets, levels by provider, splits, spans, denials, replaced claims."""

from __future__ import annotations

import numpy as np

from auditor.synth.arrays import (
    DIAGNOSES_A_CLAIM,
    Claims,
    Flags,
    Lines,
    fill_text,
    join_claims,
    join_lines,
    only,
    texts,
)
from auditor.synth.dice import Dice, Ints
from auditor.synth.encounters import MOST_ENCOUNTERS, Encounters
from auditor.synth.menu import DIAGNOSES, VISITS
from auditor.synth.people import PROVIDERS_PER_GROUP, Network, Texts
from auditor.synth.schedule import POLYP, SCREENING_DIAGNOSIS
from auditor.synth.visits import SLOT_NAMES, Shelf

NEW_SHARE = 0.3
SPLIT_SHARE = 0.02
SPAN_SHARE = 0.015
DENIED_SHARE = 0.012
REPLACED_SHARE = 0.004
VOIDED_SHARE = 0.001
MANY_DIAGNOSES_SHARE = 0.03
LONGEST_PERIOD = 90
UNRELATED_SHARE = 0.3
SCREENED, POLYPS = DIAGNOSES.index(SCREENING_DIAGNOSIS), DIAGNOSES.index(POLYP)
CATEGORIES = np.array(
    [*(sorted({dx[:3] for dx in DIAGNOSES}).index(dx[:3]) for dx in DIAGNOSES), -1], dtype=np.int64
)
"""The three-character category of each of DIAGNOSES as a number; the last place is for no diagnosis."""


class Background:
    """Turns encounters into clean lines. `index` numbers codes, `diagnosis_index` diagnoses beyond `DIAGNOSES`.

    `unrelated`: some visits in the global period of an operation are for something else, and bear 24.
    """

    def __init__(
        self,
        dice: Dice,
        network: Network,
        shelf: Shelf,
        index: dict[str, int],
        diagnosis_index: dict[str, int],
        *,
        unrelated: bool = False,
    ) -> None:
        self._dice = dice
        self._network = network
        self._shelf = shelf
        self._unrelated = unrelated
        self._levels = {
            family: np.array([index.get(code, 0) for code in codes], dtype=np.int64)
            for family, codes in VISITS.items()
        }
        governed = [b for b, wanted in enumerate(shelf.diagnoses) if wanted]
        self._governed = np.zeros(len(shelf.length), dtype=np.bool_)
        self._governed[governed] = True
        self._wanted = np.full((len(shelf.length), DIAGNOSES_A_CLAIM), -1, dtype=np.int64)
        for basket in governed:
            wanted = [diagnosis_index[dx] for dx in shelf.diagnoses[basket]]
            self._wanted[basket, : len(wanted)] = wanted
        pointers = [":".join(str(n + 1) for n in range(max(1, len(wanted)))) for wanted in shelf.diagnoses]
        self._pointers = texts(pointers)

    def sent(self, encounters: Encounters) -> Encounters:
        """Those that a claim of their own is sent for, as a fee schedule has it; all of them without one.

        Left out is what an earlier encounter of the patient has paid for or rules out: whatever the same group does
        in the global period of its own operation or on the day before one, a yearly screening or the removal of an
        organ again, a code for new patients later on. An earlier encounter that is left out itself counts too.
        """
        shelf, baskets = self._shelf, self._baskets(encounters)
        first, last = self._days(encounters, baskets)
        group = np.where(encounters.hospital, -1, encounters.provider // PROVIDERS_PER_GROUP)
        days = np.where(encounters.hospital, -1, shelf.surgical_days[baskets])
        kept = ~(shelf.new_patient[baskets] & (encounters.number > 0))
        other = self._for_something_else(encounters, baskets)
        categories = self._categories(encounters, baskets)
        for gap in range(1, MOST_ENCOUNTERS):
            if gap >= encounters.count:
                break
            again = encounters.patient[gap:] == encounters.patient[:-gap]
            mine = again & (group[gap:] == group[:-gap]) & (group[gap:] >= 0)
            after = (days[:-gap] > 0) & (first[gap:] - last[:-gap] <= days[:-gap])
            before = (days[gap:] == LONGEST_PERIOD) & (first[gap:] - last[:-gap] <= 1)
            after &= ~(other[gap:] & self._differ(categories[gap:], categories[:-gap], mine & after))
            once = (shelf.once[baskets[gap:]] & shelf.once[baskets[:-gap]]).any(axis=1)
            kept[gap:] &= ~((mine & (after | before)) | (again & once))
        return encounters if kept.all() else encounters.take(np.flatnonzero(kept))

    def _for_something_else(self, encounters: Encounters, baskets: Ints) -> Flags:
        """Visits that would be unrelated to an operation before them: no operation themselves, no set diagnoses."""
        chance = self._dice.uniform("24", encounters.key) < UNRELATED_SHARE
        calm = (self._shelf.surgical_days[baskets] < 0) & ~self._governed[baskets]
        return chance & calm & np.bool_(self._unrelated)

    def _categories(self, encounters: Encounters, baskets: Ints) -> Ints:
        """Diagnosis categories by claim, -1 where there is none or it is not one of `DIAGNOSES`."""
        if not self._unrelated:
            return np.full((encounters.count, 1), -1, dtype=np.int64)
        numbers, _ = self._diagnoses(encounters, baskets)
        numbers[numbers >= len(DIAGNOSES)] = -1
        return CATEGORIES[numbers]

    @staticmethod
    def _differ(one: Ints, two: Ints, where: Flags) -> Flags:
        """Where asked, whether two claims share no diagnosis category; False elsewhere."""
        found = np.zeros(len(one), dtype=np.bool_)
        at = np.flatnonzero(where)
        alike = (one[at][:, :, None] == two[at][:, None, :]) & (one[at][:, :, None] >= 0)
        found[at] = ~alike.any(axis=(1, 2))
        return found

    def _in_period(self, used: Encounters, baskets: Ints) -> Flags:
        """Encounters in the global period of an earlier operation by the same group: only `sent` lets them be."""
        shelf = self._shelf
        first, last = self._days(used, baskets)
        group = used.provider // PROVIDERS_PER_GROUP
        days = np.where(used.hospital, -1, shelf.surgical_days[baskets])
        found = np.zeros(used.count, dtype=np.bool_)
        for gap in range(1, min(MOST_ENCOUNTERS, used.count)):
            mine = (used.patient[gap:] == used.patient[:-gap]) & (group[gap:] == group[:-gap])
            after = (days[:-gap] > 0) & (first[gap:] - last[:-gap] <= days[:-gap])
            found[gap:] |= mine & after & ~used.hospital[gap:]
        return found

    def lines_of(self, encounters: Encounters) -> Ints:
        """How many lines each encounter would have, replacements and voids included."""
        lines: Ints = self._shelf.length[self._baskets(encounters)] * (1 + (self._copies(encounters) > 0))
        return lines

    def fill(self, encounters: Encounters, lines: int) -> tuple[Claims, Lines]:
        """Exactly `lines` lines from the first encounters. Raises ValueError when there are too few encounters."""
        baskets, copies = self._baskets(encounters), self._copies(encounters)
        taken = np.cumsum(self._shelf.length[baskets] * (1 + (copies > 0)))
        whole = int(np.searchsorted(taken, lines, side="right"))
        left = lines - (int(taken[whole - 1]) if whole else 0)
        singles = np.array(self._shelf.single, dtype=np.int64)
        # A hospital's shortest basket may have two lines where the vocabulary is small: it cannot fill up one.
        rest = np.flatnonzero(self._shelf.length[singles[self._shelf_of(encounters)]] == 1)
        rest = rest[rest >= whole][:left]
        if len(rest) < left:
            raise ValueError("too few encounters for the lines wanted")
        chosen = np.concatenate([np.arange(whole), rest])
        used = encounters.take(chosen)
        baskets, copies = baskets[chosen].copy(), copies[chosen].copy()
        baskets[whole:] = singles[self._shelf_of(used)[whole:]]
        copies[whole:] = 0
        return self._build(used, baskets, copies)

    def _shelf_of(self, encounters: Encounters) -> Ints:
        specialty = self._network.specialty[encounters.provider]
        return np.where(encounters.hospital, len(self._shelf.of_specialty) - 1, specialty)

    def _baskets(self, encounters: Encounters) -> Ints:
        shelf_of = self._shelf_of(encounters)
        sizes = np.array([len(own) for own in self._shelf.of_specialty])
        first = np.array([own[0] for own in self._shelf.of_specialty])
        return first[shelf_of] + self._dice.below("basket", encounters.key, sizes[shelf_of])

    def _copies(self, encounters: Encounters) -> Ints:
        """7 for encounters whose claim is replaced, 8 for those whose claim is voided, 0 otherwise."""
        chance = self._dice.uniform("copies", encounters.key)
        return np.where(chance < REPLACED_SHARE, 7, np.where(chance < REPLACED_SHARE + VOIDED_SHARE, 8, 0))

    def _build(self, used: Encounters, baskets: Ints, copies: Ints) -> tuple[Claims, Lines]:
        shelf = self._shelf
        length = shelf.length[baskets]
        encounter = np.repeat(np.arange(used.count), length)
        position = np.arange(len(encounter)) - np.repeat(np.cumsum(length) - length, length)
        item = shelf.start[baskets][encounter] + position
        day, until = self._days(used, baskets)
        diagnoses, many = self._diagnoses(used, baskets)
        lines = Lines(
            claim=encounter,
            code=self._codes(used, encounter, item),
            units=shelf.units[item] * (until - day + 1)[encounter],
            mod1=self._first_modifiers(used, baskets, length, encounter, item),
            mod2=fill_text(len(item), ""),
            day_from=day[encounter],
            day_to=until[encounter],
            denied=self._denied(used, baskets, encounter, position),
            pointer=self._line_pointers(baskets, many, encounter, position),
            seeded=np.zeros(len(item), dtype=np.bool_),
        )
        claims = Claims(
            patient=used.patient,
            provider=used.provider,
            hospital=used.hospital,
            frequency=fill_text(used.count, "1"),
            original=np.full(used.count, -1, dtype=np.int64),
            pos=only(~used.hospital, shelf.pos[baskets]),
            state=self._network.state[used.provider],
            last_day=until,
            diagnoses=diagnoses,
        )
        claims, lines = self._split(used, length, copies, position, claims, lines)
        return self._copied(copies, claims, lines)

    def _days(self, used: Encounters, baskets: Ints) -> tuple[Ints, Ints]:
        """First and last day; a few encounters span several, but none with an operation."""
        dice = self._dice
        day = used.first_day + dice.below("day", used.key, used.last_day - used.first_day + 1)
        spans = (dice.uniform("span", used.key) < SPAN_SHARE) & ~self._shelf.separate[baskets]
        spans &= (self._shelf.surgical_days[baskets] < 0) & ~self._shelf.one_day[baskets]
        until = np.where(
            spans, np.minimum(day + 1 + dice.below("span days", used.key, 3), used.last_day), day
        )
        return day, until

    def _codes(self, used: Encounters, encounter: Ints, item: Ints) -> Ints:
        """Codes of lines; a visit line takes the level that its provider's mix gives."""
        codes = self._shelf.code[item].copy()
        slot = self._shelf.slot[item]
        new = (used.number == 0) & (self._dice.uniform("new", used.key) < NEW_SHARE)
        chance = self._dice.uniform("level", used.key)
        office = SLOT_NAMES.index("office")
        for family, which in (
            ("new", (slot == office) & new[encounter]),
            ("established", (slot == office) & ~new[encounter]),
            ("hospital", slot == SLOT_NAMES.index("hospital")),
            ("emergency", slot == SLOT_NAMES.index("emergency")),
        ):
            at = encounter[which]
            marks = self._network.mix[family][used.provider[at]]
            level = np.minimum((chance[at][:, None] >= marks).sum(axis=1), marks.shape[1] - 1)
            codes[which] = self._levels[family][level]
        return codes

    def _first_modifiers(
        self, used: Encounters, baskets: Ints, length: Ints, encounter: Ints, item: Ints
    ) -> Texts:
        """The basket's modifiers, and 25 on visits as often as the provider does.

        Beside an operation of the same claim a visit always says that it stands apart (25), or that the operation was
        decided upon there (57); after one, that it was for something else (24).
        """
        modifiers = self._shelf.modifier[item].copy()
        often = np.isin(used.provider, self._network.frequent_25)
        with_25 = self._dice.uniform("25", used.key) < self._network.rate_25[used.provider]
        with_25 &= (length >= 2) | often
        modifiers[(self._shelf.slot[item] >= 0) & with_25[encounter]] = "25"
        days = np.where(used.hospital, -1, self._shelf.surgical_days[baskets])[encounter]
        separate = ~used.hospital & self._shelf.separate[baskets]
        modifiers[(self._shelf.slot[item] >= 0) & separate[encounter]] = "25"
        modifiers[self._shelf.visit[item] & (days >= 0)] = "25"
        modifiers[self._shelf.visit[item] & (days == LONGEST_PERIOD)] = "57"
        modifiers[self._shelf.visit[item] & self._in_period(used, baskets)[encounter]] = "24"
        return modifiers

    def _denied(self, used: Encounters, baskets: Ints, encounter: Ints, position: Ints) -> Flags:
        """A few lines, never in an encounter with an add-on: it would lose its primary."""
        chance = self._dice.uniform("denied", used.key[encounter] * 64 + position)
        return (chance < DENIED_SHARE) & ~self._shelf.has_addon[baskets][encounter]

    def _diagnoses(self, used: Encounters, baskets: Ints) -> tuple[Ints, Flags]:
        """Diagnosis numbers by claim, and which claims have two or more of the ordinary ones."""
        count = 1 + self._dice.below("dx count", used.key, 4)
        count = np.where(
            self._dice.uniform("dx many", used.key) < MANY_DIAGNOSES_SHARE, DIAGNOSES_A_CLAIM, count
        )
        start = self._dice.below("dx", used.key, len(DIAGNOSES))
        step = 1 + self._dice.below("dx step", used.patient, len(DIAGNOSES) - 1)
        ring = (start[:, None] + step[:, None] * np.arange(DIAGNOSES_A_CLAIM)) % len(DIAGNOSES)
        ring[np.arange(DIAGNOSES_A_CLAIM)[None, :] >= count[:, None]] = -1
        scoped = self._shelf.colonoscopy[baskets]
        ring[scoped] = np.where(ring[scoped] == SCREENED, POLYPS, ring[scoped])
        governed = self._governed[baskets]
        ring[governed] = self._wanted[baskets[governed]]
        return ring, (count >= 2) & ~governed

    def _line_pointers(self, baskets: Ints, many: Flags, encounter: Ints, position: Ints) -> Texts:
        pointer = fill_text(len(encounter), "1")
        pointer[many[encounter] & (position % 3 == 1)] = "2"
        pointer[many[encounter] & (position % 3 == 2)] = "A,B"
        first = position == 0
        pointer[first] = self._pointers[baskets][encounter[first]]
        return pointer

    def _split(
        self, used: Encounters, length: Ints, copies: Ints, position: Ints, claims: Claims, lines: Lines
    ) -> tuple[Claims, Lines]:
        """Some longer encounters are billed on two claims."""
        split = (length >= 3) & (copies == 0) & (self._dice.uniform("split", used.key) < SPLIT_SHARE)
        places = np.flatnonzero(split)
        number = np.full(used.count, -1, dtype=np.int64)
        number[places] = claims.count + np.arange(len(places))
        moved = split[lines.claim] & (position >= 2)
        lines.claim = np.where(moved, number[lines.claim], lines.claim)
        return _with_copies(claims, places, "1", refer=False), lines

    def _copied(self, copies: Ints, claims: Claims, lines: Lines) -> tuple[Claims, Lines]:
        """Replacements (the same lines again) and voids of some claims."""
        for code in (7, 8):
            places = np.flatnonzero(copies == code)
            number = np.full(claims.count, -1, dtype=np.int64)
            number[places] = claims.count + np.arange(len(places))
            again = np.flatnonzero(number[lines.claim] >= 0)
            added = lines.take(again)
            added.claim = number[added.claim]
            claims = _with_copies(claims, places, str(code), refer=True)
            lines = join_lines(lines, added)
        return claims, lines


def _with_copies(claims: Claims, places: Ints, frequency: str, *, refer: bool) -> Claims:
    """`claims` followed by copies of those at `places` with another frequency code."""
    copies = Claims(
        claims.patient[places],
        claims.provider[places],
        claims.hospital[places],
        fill_text(len(places), frequency),
        np.full(len(places), -1, dtype=np.int64),
        claims.pos[places],
        claims.state[places],
        claims.last_day[places],
        claims.diagnoses[places],
    )
    joined = join_claims(claims, copies)
    if refer:
        joined.original[claims.count :] = places
    return joined
