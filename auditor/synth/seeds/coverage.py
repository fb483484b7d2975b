"""Diagnoses against coverage policies: MN-01, MN-03 and their near misses."""

from __future__ import annotations

import random

from auditor.synth.cases import DEFINITE, NONE, PROBABLE, Case, CaseLine, Expected, Kind, Pools, choose
from auditor.synth.edits import covered, is_covered
from auditor.synth.menu import DIAGNOSES, STATES, place_of
from auditor.synth.vocabulary import CoverageRow


def _policy(pools: Pools, rng: random.Random) -> tuple[str, list[CoverageRow], list[str], str] | None:
    """A code, the rows of one of its policies, diagnoses that satisfy it and one that no policy of the code covers."""
    codes = list(pools.policies)
    for _ in range(20 if codes else 0):
        code = choose(rng, codes)
        rows = pools.policies[code]
        chosen = choose(rng, rows)
        if chosen.jurisdiction != "*" and place_of(chosen.jurisdiction) is None:
            continue
        policy = [
            r
            for r in rows
            if (r.article, r.version, r.jurisdiction) == (chosen.article, chosen.version, chosen.jurisdiction)
        ]
        ways = covered(rows)
        uncovered = [dx for dx in DIAGNOSES if not is_covered(rows, dx)]
        if ways and uncovered:
            return code, policy, choose(rng, ways), choose(rng, uncovered)
    return None


def _not_covered(pools: Pools, rng: random.Random) -> Case | None:
    found = _policy(pools, rng)
    if found is None:
        return None
    code, policy, _, uncovered = found
    known = {row.exhaustive for row in pools.policies[code]}
    finding_class = None if len(known) > 1 else DEFINITE if policy[0].exhaustive else PROBABLE
    expect = (Expected("MN-01", finding_class=finding_class, note="no covered diagnosis on the claim"),)
    return _case("mn-01", code, policy, (uncovered,), "1", expect)


def _one_group_of_two(pools: Pools, rng: random.Random) -> Case | None:
    found = _policy(pools, rng)
    if found is None:
        return None
    code, policy, way, _ = found
    if policy[0].requires != "all" or len(way) < 2:
        return None
    expect = (
        Expected("MN-01", note="only one of the groups of diagnoses that the policy requires together"),
    )
    return _case("mn-01-one-group", code, policy, (way[0],), "1", expect)


def _pointer(pools: Pools, rng: random.Random) -> Case | None:
    found = _policy(pools, rng)
    if found is None:
        return None
    code, policy, way, uncovered = found
    expect = (Expected("MN-03", note="points to another diagnosis than the covered one on the claim"),)
    return _case("mn-03", code, policy, (*way, uncovered), str(len(way) + 1), expect)


def _near(pools: Pools, rng: random.Random) -> Case | None:
    found = _policy(pools, rng)
    if found is None:
        return None
    code, policy, way, uncovered = found
    expect = (Expected("MN-01", NONE, note="covered diagnosis pointed to beside another"),)
    pointers = ":".join(str(n + 2) for n in range(len(way)))
    return _case("near-mn-01", code, policy, (uncovered, *way), pointers, expect)


def _elsewhere(pools: Pools, rng: random.Random) -> Case | None:
    """A diagnosis that no policy covers, in a state where none of the code's policies holds."""
    found = _policy(pools, rng)
    if found is None:
        return None
    code, policy, _, uncovered = found
    held = {row.jurisdiction for row in pools.policies[code]}
    free = [state for state, mac, *_ in STATES if not {"*", state, mac} & held]
    if not free:
        return None
    expect = (Expected("MN-01", NONE, note="the policy does not hold where the service was"),)
    case = _case("near-mn-01-elsewhere", code, policy, (uncovered,), "1", expect)
    case.jurisdiction = choose(rng, free)
    return case


def _case(
    kind: str,
    code: str,
    policy: list[CoverageRow],
    diagnoses: tuple[str, ...],
    pointers: str,
    expect: tuple[Expected, ...],
) -> Case:
    line = CaseLine(code, pointers=pointers, expect=expect)
    return Case(kind, [line], diagnoses=diagnoses, jurisdiction=policy[0].jurisdiction)


KINDS: tuple[Kind, ...] = (
    Kind("mn-01", 5, _not_covered),
    Kind("mn-01-one-group", 1, _one_group_of_two),
    Kind("mn-03", 3, _pointer),
    Kind("near-mn-01", 3, _near, near_miss=True),
    Kind("near-mn-01-elsewhere", 2, _elsewhere, near_miss=True),
)
"""Seeded coverage findings and their near misses."""
