"""Add-on codes without a payable primary: AOC-01, 02, 03, 05 and their near misses."""

from __future__ import annotations

import random

from auditor.synth.cases import (
    DEFINITE,
    FAIL,
    NONE,
    PROBABLE,
    Case,
    CaseLine,
    Expected,
    Kind,
    Pools,
    choose,
)
from auditor.synth.edits import CRITICAL_CARE, CRITICAL_CARE_MORE
from auditor.synth.seeds.ptp import base_id
from auditor.synth.vocabulary import PRACTITIONER


def _alone(kind: str, edit_type: str, weight: int, *, day: int = 0, provider: str = "own") -> Kind:
    """An add-on with no listed primary that day: with an unrelated code, or the primary elsewhere."""
    catalogue_id = "AOC-01" if edit_type == "1" else "AOC-02"
    finding_class = DEFINITE if edit_type == "1" else PROBABLE
    elsewhere = day != 0 or provider != "own"
    note = f"type {edit_type} without a listed primary" + (" that day by this provider" if elsewhere else "")
    expect = (Expected(catalogue_id, finding_class=finding_class, note=note),)

    def build(pools: Pools, rng: random.Random) -> Case | None:
        own = pools.of[PRACTITIONER]
        if elsewhere:
            if not own.carried:
                return None
            primary, addon = choose(rng, own.carried)
            other = CaseLine(primary, claim=1, day=day, provider=provider)
            return Case(kind, [CaseLine(addon, expect=expect), other], frequencies=("1", "1"))
        addons = own.addons[edit_type]
        if not addons:
            return None
        addon = choose(rng, addons)
        stranger = pools.stranger(rng, PRACTITIONER, [addon])
        lines = [CaseLine(stranger)] if stranger else []
        return Case(kind, [*lines, CaseLine(addon, expect=expect)])

    return Kind(kind, weight, build)


def _cascade(pools: Pools, rng: random.Random) -> Case | None:
    cascades = pools.of[PRACTITIONER].cascades
    if not cascades:
        return None
    column_1, primary, addon, indicator = choose(rng, cascades)
    lines = [
        CaseLine(column_1),
        CaseLine(
            primary,
            expect=(Expected(base_id(indicator), finding_class=DEFINITE, note="the add-on's primary"),),
        ),
        CaseLine(
            addon, expect=(Expected("AOC-03", FAIL, DEFINITE, "its only primary falls under a PTP edit"),)
        ),
    ]
    return Case("aoc-03", lines)


def _denied_primary(pools: Pools, rng: random.Random) -> Case | None:
    carried = pools.of[PRACTITIONER].carried
    if not carried:
        return None
    primary, addon = choose(rng, carried)
    expect = (Expected("AOC-03", finding_class=PROBABLE, note="its only primary was denied by the payer"),)
    return Case("aoc-03-denied", [CaseLine(primary, denied=True), CaseLine(addon, expect=expect)])


def _critical_care(kind: str, primary: CaseLine | None, expect: Expected, *, near_miss: bool) -> Kind:
    def build(pools: Pools, _: random.Random) -> Case | None:
        book = pools.of[PRACTITIONER].book
        if CRITICAL_CARE_MORE not in book.addon_types or not book.apart((CRITICAL_CARE, CRITICAL_CARE_MORE)):
            return None
        lines = [CaseLine(CRITICAL_CARE_MORE, expect=(expect,))]
        if primary is None:
            return Case(kind, lines)
        return Case(kind, [*lines, primary], frequencies=("1", "1"))

    return Kind(kind, 2, build, near_miss)


def _near(kind: str, note: str, claim: int) -> Kind:
    """A paid primary that day by the same provider, on the same claim or another."""
    expect = (Expected("AOC-01", NONE, note=note),)

    def build(pools: Pools, rng: random.Random) -> Case | None:
        carried = pools.of[PRACTITIONER].carried
        if not carried:
            return None
        primary, addon = choose(rng, carried)
        lines = [CaseLine(addon, expect=expect), CaseLine(primary, claim=claim)]
        return Case(kind, lines, frequencies=("1",) * (claim + 1))

    return Kind(kind, 3, build, near_miss=True)


KINDS: tuple[Kind, ...] = (
    _alone("aoc-01", "1", 7),
    _alone("aoc-01-other-day", "1", 2, day=1),
    _alone("aoc-01-other-provider", "1", 2, provider="other"),
    _alone("aoc-02-type-3", "3", 3),
    _alone("aoc-02-type-2", "2", 2),
    Kind("aoc-03", 4, _cascade),
    Kind("aoc-03-denied", 2, _denied_primary),
    _critical_care(
        "aoc-05",
        None,
        Expected("AOC-05", finding_class=DEFINITE, note="no 99291 by the group"),
        near_miss=False,
    ),
    _critical_care(
        "near-aoc-05",
        CaseLine(CRITICAL_CARE, claim=1, provider="mate"),
        Expected("AOC-05", NONE, note="99291 by the same TIN and specialty"),
        near_miss=True,
    ),
    _near("near-aoc-01", "primary on the claim", 0),
    _near("near-aoc-01-other-claim", "primary on another claim", 1),
)
"""Seeded add-on findings and their near misses."""
