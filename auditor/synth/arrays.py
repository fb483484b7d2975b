"""Claims and lines of a block as arrays, before they get ids, prices and an order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from auditor.synth.dice import Ints
from auditor.synth.people import Texts

Flags = npt.NDArray[np.bool_]
DIAGNOSES_A_CLAIM = 12


@dataclass
class Claims:
    """One place a claim. `original` is the place of the claim it replaces or voids, -1 for none.

    `state` indexes STATES: where the service was. `diagnoses` has twelve columns of diagnosis numbers, -1 where
    there is none; `last_day` counts from 1970-01-01.
    """

    patient: Ints
    provider: Ints
    hospital: Flags
    frequency: Texts
    original: Ints
    pos: Texts
    state: Ints
    last_day: Ints
    diagnoses: Ints

    @property
    def count(self) -> int:
        """How many claims."""
        return len(self.patient)


@dataclass
class Lines:
    """One place a line, in order within its claim. `seeded` marks the lines of cases, which are always paid in full."""

    claim: Ints
    code: Ints
    units: Ints
    mod1: Texts
    mod2: Texts
    day_from: Ints
    day_to: Ints
    denied: Flags
    pointer: Texts
    seeded: Flags

    @property
    def count(self) -> int:
        """How many lines."""
        return len(self.claim)

    def take(self, places: npt.NDArray[np.intp] | Ints) -> Lines:
        """The lines at `places`."""
        return Lines(*(getattr(self, field.name)[places] for field in fields(self)))


def join_claims(first: Claims, second: Claims) -> Claims:
    """Both; `second`'s references are shifted to where its claims now are."""
    shifted = np.where(second.original >= 0, second.original + first.count, -1)
    joined = [np.concatenate([getattr(first, f.name), getattr(second, f.name)]) for f in fields(Claims)]
    claims = Claims(*joined)
    claims.original = np.concatenate([first.original, shifted])
    return claims


def join_lines(first: Lines, second: Lines, shift: int = 0) -> Lines:
    """Both; `shift` is added to the claims of `second`."""
    lines = Lines(*(np.concatenate([getattr(first, f.name), getattr(second, f.name)]) for f in fields(Lines)))
    lines.claim = np.concatenate([first.claim, second.claim + shift])
    return lines


def texts(values: Sequence[str | None]) -> Texts:
    """An array of Python strings."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def fill_text(count: int, value: str | None) -> Texts:
    """`count` times the same text."""
    array = np.empty(count, dtype=object)
    array[:] = value
    return array


def only(where: Flags, values: Texts) -> Texts:
    """`values` where the flag is set, None elsewhere."""
    array = values.copy()
    array[~where] = None
    return array
