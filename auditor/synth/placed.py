"""Seeded cases given a patient, a day and a provider of their own, as claims and lines."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from auditor.synth.arrays import DIAGNOSES_A_CLAIM, Claims, Lines, texts
from auditor.synth.cases import Case, CaseLine, Expected
from auditor.synth.dice import pick
from auditor.synth.encounters import EPOCH, Encounters
from auditor.synth.menu import DIAGNOSES, SPECIALTIES, place_of
from auditor.synth.people import Network
from auditor.synth.vocabulary import HOSPITAL

DAYS_BEFORE, DAYS_AFTER = 2, 2
"""How far from its first day the lines of a case may lie."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the truth file says of line `line` (a place among the block's seeded lines)."""

    line: int
    case: int
    kind: str
    expected: Expected


@dataclass
class Placed:
    """Cases as arrays. `broken` are (line, column, text); `patients` is how many new patients were needed."""

    claims: Claims
    lines: Lines
    told: list[Told]
    broken: list[tuple[int, str, str]]
    patients: int


class Placer:
    """Places cases. `index` numbers codes, `diagnosis_index` diagnoses."""

    def __init__(self, network: Network, index: dict[str, int], diagnosis_index: dict[str, int]) -> None:
        self._network = network
        self._index = index
        self._diagnosis_index = diagnosis_index

    def place(
        self, rng: random.Random, cases: Sequence[Case], first_case: int, at: Encounters, new_patient: int
    ) -> Placed:
        """Every case in the window of one encounter of `at`, in order; new patients are numbered from `new_patient`."""
        sheet = _Sheet()
        for number, case in enumerate(cases):
            patients = [int(at.patient[number]), new_patient]
            first, last = int(at.first_day[number]), int(at.last_day[number])
            day = first + DAYS_BEFORE + pick(rng, max(1, last - first - DAYS_BEFORE - DAYS_AFTER + 1))
            if case.on is not None:
                # A fixed day may lie outside the window, or on another visit of the patient: a new patient has none.
                patients, day, new_patient = (
                    [new_patient, new_patient + 1],
                    (case.on - EPOCH).days,
                    new_patient + 1,
                )
                sheet.patients += 1
            if any(line.patient for line in case.lines):
                new_patient += 1
                sheet.patients += 1
            self._write(sheet, rng, case, first_case + number, patients, int(at.provider[number]), day)
        return sheet.placed()

    def _write(
        self,
        sheet: _Sheet,
        rng: random.Random,
        case: Case,
        number: int,
        patients: list[int],
        own: int,
        day: int,
    ) -> None:
        providers = {"own": own, "mate": own ^ 1, "other": self._network.elsewhere(own)}
        before = len(sheet.claim_patient)
        hospital = case.setting == HOSPITAL
        start, step = pick(rng, len(DIAGNOSES)), 1 + pick(rng, len(DIAGNOSES) - 1)
        usual = [(start + step * n) % len(DIAGNOSES) for n in range(3)]
        diagnoses = [self._diagnosis_index[dx] for dx in case.diagnoses] or usual
        for claim, frequency in enumerate(case.frequencies):
            lines = [line for line in case.lines if line.claim == claim]
            provider = providers[lines[0].provider]
            sheet.claim_patient.append(patients[lines[0].patient])
            sheet.claim_provider.append(provider)
            sheet.hospital.append(hospital)
            sheet.frequency.append(frequency)
            sheet.original.append(before if frequency in "78" else -1)
            sheet.pos.append(None if hospital else SPECIALTIES[self._network.specialty[provider]].pos)
            place = place_of(case.jurisdiction)
            sheet.state.append(int(self._network.state[provider]) if place is None else place)
            sheet.last_day.append(day + max(line.day + line.days - 1 for line in lines))
            sheet.diagnoses.append(diagnoses + [-1] * (DIAGNOSES_A_CLAIM - len(diagnoses)))
            for line in lines:
                self._write_line(sheet, case.kind, number, line, before + claim, day)

    def _write_line(self, sheet: _Sheet, kind: str, case: int, line: CaseLine, claim: int, day: int) -> None:
        place = len(sheet.line_claim)
        sheet.told += [Told(place, case, kind, expected) for expected in line.expect]
        sheet.broken += [(place, column, text) for column, text in line.broken]
        sheet.line_claim.append(claim)
        sheet.code.append(self._index[line.code])
        sheet.units.append(line.units)
        sheet.mod1.append(line.modifiers[0] if line.modifiers else "")
        sheet.mod2.append(line.modifiers[1] if len(line.modifiers) > 1 else "")
        sheet.day_from.append(day + line.day)
        sheet.day_to.append(day + line.day + line.days - 1)
        sheet.denied.append(line.denied)
        sheet.pointer.append(line.pointers)


class _Sheet:
    """Columns of the claims and lines written so far."""

    def __init__(self) -> None:
        self.claim_patient: list[int] = []
        self.claim_provider: list[int] = []
        self.hospital: list[bool] = []
        self.frequency: list[str] = []
        self.original: list[int] = []
        self.pos: list[str | None] = []
        self.state: list[int] = []
        self.last_day: list[int] = []
        self.diagnoses: list[list[int]] = []
        self.line_claim: list[int] = []
        self.code: list[int] = []
        self.units: list[int] = []
        self.mod1: list[str] = []
        self.mod2: list[str] = []
        self.day_from: list[int] = []
        self.day_to: list[int] = []
        self.denied: list[bool] = []
        self.pointer: list[str] = []
        self.told: list[Told] = []
        self.broken: list[tuple[int, str, str]] = []
        self.patients = 0

    def placed(self) -> Placed:
        whole = np.int64
        claims = Claims(
            patient=np.array(self.claim_patient, dtype=whole),
            provider=np.array(self.claim_provider, dtype=whole),
            hospital=np.array(self.hospital, dtype=np.bool_),
            frequency=texts(self.frequency),
            original=np.array(self.original, dtype=whole),
            pos=texts(self.pos),
            state=np.array(self.state, dtype=whole),
            last_day=np.array(self.last_day, dtype=whole),
            diagnoses=np.array(self.diagnoses, dtype=whole).reshape(-1, DIAGNOSES_A_CLAIM),
        )
        lines = Lines(
            claim=np.array(self.line_claim, dtype=whole),
            code=np.array(self.code, dtype=whole),
            units=np.array(self.units, dtype=whole),
            mod1=texts(self.mod1),
            mod2=texts(self.mod2),
            day_from=np.array(self.day_from, dtype=whole),
            day_to=np.array(self.day_to, dtype=whole),
            denied=np.array(self.denied, dtype=np.bool_),
            pointer=texts(self.pointer),
            seeded=np.ones(len(self.code), dtype=np.bool_),
        )
        return Placed(claims, lines, self.told, self.broken, self.patients)
