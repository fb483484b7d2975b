"""When patients are seen and by whom: every encounter of a patient has a window of days to itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from auditor.synth.dice import Dice, Ints
from auditor.synth.menu import SPECIALTIES
from auditor.synth.people import Network

EPOCH = date(1970, 1, 1)
WINDOW = 7
MOST_ENCOUNTERS = 12
ANOTHER_ENCOUNTER = 0.69
HOSPITAL_SHARE = 0.06
LOYALTY = 0.85
NOT_FOR_CASES = frozenset(("30", "69", "65"))


@dataclass(frozen=True)
class Encounters:
    """One place an encounter, in the order of patients.

    Windows [`first_day`, `last_day`] (days since 1970-01-01) of one patient never share a day, so that nothing done
    in one can meet what is done in another. `key` is unique over the run; `number` counts a patient's encounters.
    """

    key: Ints
    patient: Ints
    number: Ints
    first_day: Ints
    last_day: Ints
    hospital: npt.NDArray[np.bool_]
    provider: Ints
    for_cases: npt.NDArray[np.bool_]

    @property
    def count(self) -> int:
        """How many encounters."""
        return len(self.key)

    def take(self, places: npt.NDArray[np.intp] | Ints) -> Encounters:
        """The encounters at `places`."""
        return Encounters(
            self.key[places],
            self.patient[places],
            self.number[places],
            self.first_day[places],
            self.last_day[places],
            self.hospital[places],
            self.provider[places],
            self.for_cases[places],
        )


def make_encounters(
    dice: Dice, network: Network, period: tuple[date, date], first_patient: int, patients: int
) -> Encounters:
    """The encounters of `patients` patients numbered from `first_patient` (1 to 12 each, about 3 on average)."""
    start = (period[0] - EPOCH).days
    days = (period[1] - period[0]).days + 1
    ids = np.arange(first_patient, first_patient + patients)
    most = max(1, min(MOST_ENCOUNTERS, days // WINDOW))
    log = np.log1p(-dice.uniform("encounters", ids)) / np.log(ANOTHER_ENCOUNTER)
    count = np.minimum(1 + log.astype(np.int64), most)
    patient = np.repeat(ids, count)
    of_patient = np.repeat(count, count)
    number = np.arange(len(patient)) - np.repeat(np.cumsum(count) - count, count)
    key = patient * (MOST_ENCOUNTERS + 4) + number
    hospital = dice.uniform("hospital", key) < HOSPITAL_SHARE
    specialty = _specialties(dice, network, key)
    codes = np.array([s.code not in NOT_FOR_CASES for s in SPECIALTIES])
    provider = _providers(dice, network, key, patient, specialty)
    # Cases have visits of their own, which would blur the pattern of an outlier.
    outliers = np.concatenate([network.heavy, network.frequent_25])
    return Encounters(
        key=key,
        patient=patient,
        number=number,
        first_day=start + number * days // of_patient,
        last_day=start + (number + 1) * days // of_patient - 1,
        hospital=hospital,
        provider=provider,
        for_cases=codes[specialty] & ~np.isin(provider, outliers),
    )


def _specialties(dice: Dice, network: Network, key: Ints) -> Ints:
    weights = np.array([s.weight for s in SPECIALTIES[: len(network.by_specialty)]], dtype=np.float64)
    marks = np.cumsum(weights / weights.sum())
    return np.minimum(np.searchsorted(marks, dice.uniform("specialty", key), side="right"), len(marks) - 1)


def _providers(dice: Dice, network: Network, key: Ints, patient: Ints, specialty: Ints) -> Ints:
    """Mostly the provider of that specialty whom the patient always sees, sometimes another."""
    loyal = dice.uniform("loyal", key) < LOYALTY
    chance = np.where(loyal, patient * len(SPECIALTIES) + specialty, -key - 1)
    sizes = np.array([len(own) for own in network.by_specialty])
    first = np.cumsum(sizes) - sizes
    flat = np.concatenate(network.by_specialty)
    chosen: Ints = flat[first[specialty] + dice.below("provider", chance, sizes[specialty])]
    return chosen
