"""A block of claims in file order: ids, prices and every column of the plain claims file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from auditor.synth.arrays import Claims, Lines, fill_text, only, texts
from auditor.synth.dice import Dice, Ints
from auditor.synth.layout import BREAKABLE, DIAGNOSIS_COLUMNS
from auditor.synth.menu import DIAGNOSES, SPECIALTIES, STATES, revenue_of
from auditor.synth.people import Network, Texts

PRICE_PERCENT = {"26": 40, "TC": 60, "50": 150, "80": 16, "82": 16}
"""What a line with the modifier is allowed, in percent of the invented fee."""
DEDUCTIBLE_SHARE = 0.05
BIRTH_FROM_DAY, BIRTH_DAYS = -16_400, 10_900


@dataclass(frozen=True)
class Ordered:
    """A block's columns for `layout.append_csv`, and the claim and line numbers of its lines as they were given."""

    columns: dict[str, Any]
    claim: Ints
    line_no: Ints


class Typesetter:
    """Numbers to columns. `codes` and `fees` (cents a unit) share their places; so do `diagnoses` and their numbers."""

    def __init__(
        self,
        dice: Dice,
        network: Network,
        codes: Sequence[str],
        fees: Sequence[int],
        diagnoses: Sequence[str],
    ) -> None:
        self._dice = dice
        self._network = network
        self._codes = texts(list(codes))
        self._revenue = texts([revenue_of(code) for code in codes])
        self._fees = np.array(fees, dtype=np.int64)
        # The last place is the empty one: number -1 finds it.
        self._diagnoses = texts([*diagnoses, None])
        self._specialty = texts([s.code for s in SPECIALTIES])[network.specialty]
        self._places = [texts([row[n] for row in STATES]) for n in range(4)]

    def set(
        self, claims: Claims, lines: Lines, first_claim: int, broken: Sequence[tuple[int, str, str]]
    ) -> Ordered:
        """The block with claims shuffled and numbered from `first_claim`. `broken` are (line, column, text)."""
        shuffled = np.argsort(
            self._dice.bits("file order", np.arange(claims.count) + first_claim), kind="stable"
        )
        rank = np.empty(claims.count, dtype=np.int64)
        rank[shuffled] = np.arange(claims.count)
        order = np.argsort(rank[lines.claim], kind="stable")
        sorted_lines = lines.take(order)
        of = sorted_lines.claim
        claim = first_claim + rank[of]
        new = np.concatenate([[True], of[1:] != of[:-1]])
        line_no = np.arange(len(of)) - np.maximum.accumulate(np.where(new, np.arange(len(of)), 0)) + 1
        columns = self._columns(claims, sorted_lines, of, claim, line_no)
        original = claims.original[of]
        columns["original"] = np.where(original >= 0, first_claim + rank[np.maximum(original, 0)], -1)
        back = np.empty(len(order), dtype=np.int64)
        back[order] = np.arange(len(order))
        for column in BREAKABLE:
            columns[f"b_{column}"] = fill_text(len(of), None)
        for line, column, text in broken:
            columns[f"b_{column}"][back[line]] = text
        return Ordered(columns, claim[back], line_no[back])

    def _columns(self, claims: Claims, lines: Lines, of: Ints, claim: Ints, line_no: Ints) -> dict[str, Any]:
        network, provider, hospital = self._network, claims.provider[of], claims.hospital[of]
        patient, state = claims.patient[of], claims.state[of]
        facility = network.facility_npi[self._dice.below("facility", patient, len(network.facility_npi))]
        received = claims.last_day + 3 + self._dice.below("received", np.arange(claims.count), 18)
        received = received + np.where(claims.original >= 0, 40, 0)
        columns: dict[str, Any] = {
            "place": np.arange(len(of)),
            "claim": claim,
            "line_no": line_no,
            "patient": patient,
            "birth": BIRTH_FROM_DAY + self._dice.below("birth", patient, BIRTH_DAYS),
            "sex": self._dice.below("sex", patient, 2),
            "hospital": hospital,
            "billing_npi": np.where(hospital, facility, network.group_npi[provider]),
            "billing_tin": network.tin[provider],
            "rendering_npi": only(~hospital, network.npi[provider]),
            "facility_npi": only(hospital, facility),
            "specialty": only(~hospital, self._specialty[provider]),
            "pos": claims.pos[of],
            "frequency": claims.frequency[of],
            "day_from": lines.day_from,
            "day_to": lines.day_to,
            "code": self._codes[lines.code],
            "revenue": only(hospital, self._revenue[lines.code]),
            "mod1": lines.mod1,
            "mod2": lines.mod2,
            "units": lines.units,
            "denied": lines.denied,
            "dx_ptr": lines.pointer,
            "received": received[of],
            "paid_on": received[of] + 14,
            "state": self._places[0][state],
            "mac": self._places[1][state],
            "locality": self._places[2][state],
            "zip": self._places[3][state],
        }
        for n, name in enumerate(DIAGNOSIS_COLUMNS):
            columns[name] = self._diagnoses[claims.diagnoses[of, n]]
        columns["charge"], columns["allowed"], columns["paid"] = self._money(
            claims, lines, of, claim * 1000 + line_no
        )
        return columns

    def _money(self, claims: Claims, lines: Lines, of: Ints, key: Ints) -> tuple[Ints, Ints, Ints]:
        """Charge, allowed and paid in cents. Denied lines and voids are paid nothing; seeded lines never nothing."""
        provider = claims.provider[of]
        percent = 92 + self._dice.below("price level", claims.state[of], 20)
        for modifier, share in PRICE_PERCENT.items():
            percent = np.where(
                (lines.mod1 == modifier) | (lines.mod2 == modifier), percent * share // 100, percent
            )
        allowed = np.maximum(self._fees[lines.code] * lines.units * percent // 100, 5)
        charge = allowed * (160 + self._dice.below("markup", provider, 140)) // 100
        paid = allowed * 80 // 100
        own_part = (self._dice.uniform("deductible", key) < DEDUCTIBLE_SHARE) & ~lines.seeded
        paid = np.where(own_part, paid * self._dice.below("deductible left", key, 100) // 100, paid)
        nothing = lines.denied | (claims.frequency[of] == "8")
        return charge, np.where(nothing, 0, allowed), np.where(nothing, 0, paid)


def number_diagnoses(extra: Sequence[str]) -> tuple[list[str], dict[str, int]]:
    """`DIAGNOSES` and then those of `extra` that are new, with their numbers."""
    names = list(dict.fromkeys([*DIAGNOSES, *extra]))
    return names, {name: number for number, name in enumerate(names)}


__all__ = ["Ordered", "Texts", "Typesetter", "number_diagnoses"]
