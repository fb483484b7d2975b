"""Near misses of PTP edits: lines that look like a pair in force and are none."""

from __future__ import annotations

import random
from datetime import timedelta

from auditor.synth.cases import NONE, Case, CaseLine, Expected, Kind, Pools, choose
from auditor.synth.edits import day_after
from auditor.synth.seeds.ptp import two_lines
from auditor.synth.vocabulary import PRACTITIONER


def _apart(kind: str, note: str, second: CaseLine, weight: int = 4) -> Kind:
    """A pair in force whose two lines do not meet."""

    def build(pools: Pools, rng: random.Random) -> Case | None:
        pairs = pools.of[PRACTITIONER].pairs["0", False] + pools.of[PRACTITIONER].pairs["1", False]
        if not pairs:
            return None
        expect = (Expected("PTP-02", NONE, note=note),)
        return two_lines(
            rng, kind, choose(rng, pairs), expect, first=CaseLine("", expect=expect), second=second
        )

    return Kind(kind, weight, build, near_miss=True)


def _deleted(pools: Pools, rng: random.Random) -> Case | None:
    pairs = pools.of[PRACTITIONER].book.deleted
    if not pairs:
        return None
    pair = choose(rng, pairs)
    expect = (Expected("PTP-02", NONE, note="deleted before the date of service"),)
    case = two_lines(rng, "near-deleted", pair, expect, first=CaseLine("", expect=expect))
    case.on = (
        day_after(pair) if pools.period[0] <= day_after(pair) <= pools.period[1] - timedelta(4) else None
    )
    return case


def _tombstone(pools: Pools, rng: random.Random) -> Case | None:
    pairs = pools.of[PRACTITIONER].book.tombstones
    if not pairs:
        return None
    pair = choose(rng, pairs)
    expect = (Expected("PTP-02", NONE, note="indicator 9 was never in force"),)
    case = two_lines(rng, "near-indicator-9", pair, expect, first=CaseLine("", expect=expect))
    case.on = pair.deleted if pools.period[0] <= pair.deleted <= pools.period[1] - timedelta(4) else None
    return case


def _replaced(pools: Pools, rng: random.Random) -> Case | None:
    pairs = pools.of[PRACTITIONER].pairs["1", False]
    if not pairs:
        return None
    pair = choose(rng, pairs)
    expect = (Expected("PTP-02", NONE, note="on a claim that a later one replaced"),)
    lines = [
        CaseLine(pair.column_1, expect=expect),
        CaseLine(pair.column_2, expect=expect),
        CaseLine(pair.column_1, claim=1, expect=(Expected("PTP-02", NONE, note="the replacement"),)),
    ]
    return Case("near-replaced", lines, frequencies=("1", "7"))


def _denied(pools: Pools, rng: random.Random) -> Case | None:
    pairs = pools.of[PRACTITIONER].pairs["1", False]
    if not pairs:
        return None
    expect = (Expected("PTP-02", NONE, note="the payer denied this line"),)
    return two_lines(rng, "near-denied", choose(rng, pairs), expect, second=CaseLine("", denied=True))


KINDS: tuple[Kind, ...] = (
    _apart("near-other-day", "on the next day", CaseLine("", day=1)),
    _apart("near-other-provider", "by a provider of another TIN", CaseLine("", claim=1, provider="other")),
    _apart("near-other-patient", "for another patient", CaseLine("", claim=1, patient=1), 2),
    _apart("near-span", "in a span that ends the day before", CaseLine("", day=-2, days=2, units=2), 1),
    Kind("near-deleted", 4, _deleted, near_miss=True),
    Kind("near-indicator-9", 3, _tombstone, near_miss=True),
    Kind("near-replaced", 2, _replaced, near_miss=True),
    Kind("near-denied", 2, _denied, near_miss=True),
)
"""Lines that no PTP edit reaches."""
