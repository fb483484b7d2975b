"""Invented providers: NPIs that pass the check digit but were never issued, in groups of one TIN and specialty."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auditor.base.codes import npi_check_digit
from auditor.synth.dice import Dice, Ints
from auditor.synth.menu import HEAVY_MIX, LEVEL_MIX, SPECIALTIES, STATES

Texts = npt.NDArray[np.object_]
LINES_PER_PROVIDER = 350
PROVIDERS_PER_GROUP = 4
FACILITY_SHARE = 40


@dataclass(frozen=True)
class Network:
    """The providers of a run, one place an index in every array.

    `specialty` indexes `SPECIALTIES`, `state` indexes `STATES`; providers 4 k to 4 k + 3 share group, TIN,
    specialty and state, so the mate of provider p is p ^ 1. `mix[family][provider]` holds the cumulative level
    mix. `heavy` and `frequent_25` are the providers seeded for EM-02 and EM-03.
    """

    npi: Texts
    tin: Texts
    group_npi: Texts
    facility_npi: Texts
    specialty: Ints
    state: Ints
    by_specialty: tuple[Ints, ...]
    mix: dict[str, npt.NDArray[np.float64]]
    rate_25: npt.NDArray[np.float64]
    heavy: Ints
    frequent_25: Ints

    @property
    def providers(self) -> int:
        """How many rendering providers there are."""
        return len(self.npi)

    def elsewhere(self, provider: int) -> int:
        """A provider of another TIN."""
        return (provider + PROVIDERS_PER_GROUP) % self.providers


def make_network(dice: Dice, lines: int, *, outliers: bool) -> Network:
    """Providers for a run of `lines` claim lines; with `outliers`, a few of them bill unlike their peers."""
    specialties = max(3, min(len(SPECIALTIES), lines // 12_000))
    weights = np.array([s.weight for s in SPECIALTIES[:specialties]], dtype=np.float64)
    wanted = max(10 * specialties, lines // LINES_PER_PROVIDER)
    groups = np.maximum(2, np.round(wanted * weights / weights.sum() / PROVIDERS_PER_GROUP)).astype(np.int64)
    group_specialty = np.repeat(np.arange(specialties), groups)
    specialty = np.repeat(group_specialty, PROVIDERS_PER_GROUP)
    count, group_count = len(specialty), len(group_specialty)
    group_state = dice.below("group state", np.arange(group_count), len(STATES))
    by_specialty = tuple(np.flatnonzero(specialty == s) for s in range(specialties))
    heavy, frequent = (
        _outliers(by_specialty[0]) if outliers else (np.empty(0, np.int64), np.empty(0, np.int64))
    )
    return Network(
        npi=_npis(210_000_000, count),
        tin=np.repeat(_texts(f"00{n:07d}" for n in range(1, group_count + 1)), PROVIDERS_PER_GROUP),
        group_npi=np.repeat(_npis(220_000_000, group_count), PROVIDERS_PER_GROUP),
        facility_npi=_npis(230_000_000, max(2, group_count // FACILITY_SHARE)),
        specialty=specialty,
        state=np.repeat(group_state, PROVIDERS_PER_GROUP),
        by_specialty=by_specialty,
        mix=_level_mixes(dice, count, heavy),
        rate_25=_rates_25(dice, count, frequent),
        heavy=heavy,
        frequent_25=frequent,
    )


def _outliers(family_medicine: Ints) -> tuple[Ints, Ints]:
    """Of the first specialty, one provider in sixty for each pattern, at least one: peers must outnumber them."""
    step = 60
    return family_medicine[::step], family_medicine[PROVIDERS_PER_GROUP + 1 :: step]


def _level_mixes(dice: Dice, count: int, heavy: Ints) -> dict[str, npt.NDArray[np.float64]]:
    """Cumulative shares by provider: the usual mix leaning a little up or down, or the heavy one."""
    lean = 0.9 + 0.2 * dice.uniform("lean", np.arange(count))
    mixes: dict[str, npt.NDArray[np.float64]] = {}
    for family, shares in LEVEL_MIX.items():
        tilted = np.array(shares)[None, :] * lean[:, None] ** np.arange(len(shares))[None, :]
        tilted[heavy] = np.array(HEAVY_MIX[family])
        mixes[family] = np.cumsum(tilted / tilted.sum(axis=1, keepdims=True), axis=1)
    return mixes


def _rates_25(dice: Dice, count: int, frequent: Ints) -> npt.NDArray[np.float64]:
    rates = 0.24 + 0.08 * dice.uniform("rate 25", np.arange(count))
    rates[frequent] = 0.97
    return rates


def _npis(first_nine: int, count: int) -> Texts:
    """NPIs from `first_nine` on. They start with 2, which the standard allows and no issued NPI uses."""
    digits = (str(first_nine + n) for n in range(count))
    return _texts(nine + str(npi_check_digit(nine)) for nine in digits)


def _texts(values: Iterable[str]) -> Texts:
    found = list(values)
    array = np.empty(len(found), dtype=object)
    array[:] = found
    return array
