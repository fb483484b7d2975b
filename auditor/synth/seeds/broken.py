"""Rows that cannot be audited and must be set aside, each for one reason."""

from __future__ import annotations

import random

from auditor.synth.cases import SET_ASIDE, Case, CaseLine, Expected, Kind, Pools, choose
from auditor.synth.vocabulary import PRACTITIONER


def _row(kind: str, note: str, *broken: tuple[str, str]) -> Kind:
    expect = (Expected("SET-ASIDE", SET_ASIDE, note=note),)

    def build(pools: Pools, rng: random.Random) -> Case | None:
        codes = pools.of[PRACTITIONER].book.codes
        return Case(kind, [CaseLine(choose(rng, codes), expect=expect, broken=broken)]) if codes else None

    return Kind(kind, 1, build, near_miss=True)


KINDS: tuple[Kind, ...] = (
    _row("broken-date", "date_from is no date", ("date_from", "2024-02-31"), ("date_to", "2024-02-31")),
    _row("broken-amount", "paid is no number", ("paid", "1O0.00")),
    _row("broken-units", "units is no number", ("units", "one")),
    _row("broken-patient", "patient_id is missing", ("patient_id", "")),
    _row("broken-order", "date_to lies before date_from", ("date_to", "2019-01-01")),
)
"""Rows to set aside. They are counted with the near misses: an audit must find nothing in them."""
