"""PTP edits broken or lifted: PTP-01, 02, 03, 04, 05, 06, 10, split claims, chains and date spans."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

from auditor.synth.cases import (
    BYPASSED,
    DEFINITE,
    NONE,
    PROBABLE,
    Case,
    CaseLine,
    Expected,
    Kind,
    Pools,
    choose,
)
from auditor.synth.dice import pick
from auditor.synth.vocabulary import HOSPITAL, PRACTITIONER, Pair

EITHER_COLUMN_FROM = date(2019, 7, 1)
SECOND = Expected("PTP-02", NONE, note="Column 1 line: the payable one")


def base_id(indicator: str) -> str:
    """The catalogue's id of a pair billed without any modifier."""
    return "PTP-01" if indicator == "0" else "PTP-02"


def two_lines(
    rng: random.Random,
    kind: str,
    pair: Pair,
    expect: tuple[Expected, ...],
    *,
    setting: str = PRACTITIONER,
    first: CaseLine | None = None,
    second: CaseLine | None = None,
) -> Case:
    """The pair's two codes as a case; `expect` stands on Column 2, the lines in either order."""
    one = replace(first or CaseLine(""), code=pair.column_1)
    two = replace(second or CaseLine(""), code=pair.column_2, expect=expect)
    lines = [one, two] if rng.random() < 0.6 else [two, one]
    claims = max(line.claim for line in lines) + 1
    return Case(kind, lines, setting=setting, frequencies=("1",) * claims)


def _plain(kind: str, indicator: str, setting: str) -> Kind:
    expect = (Expected(base_id(indicator), finding_class=DEFINITE, note="pair billed together"),)

    def build(pools: Pools, rng: random.Random) -> Case | None:
        pairs = pools.of[setting].pairs[indicator, False]
        first = CaseLine("", expect=(replace(SECOND, catalogue_id=base_id(indicator)),))
        return (
            two_lines(rng, kind, choose(rng, pairs), expect, setting=setting, first=first) if pairs else None
        )

    return Kind(kind, 14 if setting == PRACTITIONER else 5, build)


def _indicator_0_with_59(pools: Pools, rng: random.Random) -> Case | None:
    pairs = pools.of[PRACTITIONER].pairs["0", False]
    if not pairs:
        return None
    expect = (Expected("PTP-01", finding_class=DEFINITE, note="59 does not lift indicator 0"),)
    second = CaseLine("", modifiers=("59",), pointers="2")
    return two_lines(rng, "ptp-01-with-59", choose(rng, pairs), expect, second=second)


def _split(kind: str, indicator: str) -> Kind:
    expect = (Expected(base_id(indicator), finding_class=DEFINITE, note="on two claims", split_claim=True),)

    def build(pools: Pools, rng: random.Random) -> Case | None:
        pairs = pools.of[PRACTITIONER].pairs[indicator, False]
        return (
            two_lines(rng, kind, choose(rng, pairs), expect, second=CaseLine("", claim=1)) if pairs else None
        )

    return Kind(kind, 5, build)


def _visit(pools: Pools, rng: random.Random) -> Case | None:
    pairs = pools.of[PRACTITIONER].pairs["1", True]
    expect = (Expected("PTP-05", finding_class=DEFINITE, note="visit without a modifier"),)
    return two_lines(rng, "ptp-05", choose(rng, pairs), expect) if pairs else None


def _wrong_modifier(pools: Pools, rng: random.Random) -> Case | None:
    pairs = pools.of[PRACTITIONER].surgical
    if not pairs:
        return None
    modifier = choose(rng, ("22", "76", "77", "50"))
    expect = (Expected("PTP-06", finding_class=DEFINITE, note=f"{modifier} is not PTP-associated"),)
    return two_lines(rng, "ptp-06", choose(rng, pairs), expect, second=CaseLine("", modifiers=(modifier,)))


def _same_side(pools: Pools, rng: random.Random) -> Case | None:
    pairs = pools.of[PRACTITIONER].surgical
    if not pairs:
        return None
    side = CaseLine("", modifiers=(choose(rng, ("RT", "LT")),))
    expect = (Expected("PTP-04", finding_class=PROBABLE, note="same side on both lines"),)
    return two_lines(rng, "ptp-04", choose(rng, pairs), expect, first=side, second=side)


def _same_diagnosis(pools: Pools, rng: random.Random) -> Case | None:
    pairs = pools.of[PRACTITIONER].pairs["1", False]
    if not pairs:
        return None
    modifier = choose(rng, ("59", "XU"))
    expect = (
        Expected("PTP-03", finding_class=PROBABLE, note=f"{modifier} with the same diagnosis on both lines"),
        Expected("PTP-02", BYPASSED, note=f"{modifier} on Column 2"),
    )
    return two_lines(rng, "ptp-03", choose(rng, pairs), expect, second=CaseLine("", modifiers=(modifier,)))


def _bypassed(kind: str, first: tuple[str, ...], second: tuple[str, ...], weight: int) -> Kind:
    where = "Column 1" if first and not second else "both lines" if first else "Column 2"
    expect = (Expected("PTP-02", BYPASSED, note=f"{'/'.join(first + second)} on {where}"),)

    def build(pools: Pools, rng: random.Random) -> Case | None:
        if first and not second and pools.period[0] < EITHER_COLUMN_FROM:
            return None
        own = pools.of[PRACTITIONER]
        pairs = own.surgical if "LT" in second else own.procedural if first else own.pairs["1", False]
        lines = CaseLine("", modifiers=first), CaseLine("", modifiers=second, pointers="2")
        return (
            two_lines(rng, kind, choose(rng, pairs), expect, first=lines[0], second=lines[1])
            if pairs
            else None
        )

    return Kind(kind, weight, build)


def _bypassed_visit(pools: Pools, rng: random.Random) -> Case | None:
    pairs = pools.of[PRACTITIONER].pairs["1", True]
    expect = (Expected("PTP-02", BYPASSED, note="25 on the visit"),)
    second = CaseLine("", modifiers=("25",))
    return two_lines(rng, "bypass-25", choose(rng, pairs), expect, second=second) if pairs else None


def _column_1_before_2019(pools: Pools, rng: random.Random) -> Case | None:
    pairs = pools.of[PRACTITIONER].procedural
    days = (min(pools.period[1] + timedelta(1), EITHER_COLUMN_FROM) - pools.period[0]).days
    if not pairs or days < 1:
        return None
    expect = (Expected("PTP-10", finding_class=PROBABLE, note="59 on Column 1 alone before 2019-07-01"),)
    first = CaseLine("", modifiers=("59",), pointers="2")
    case = two_lines(rng, "ptp-10", choose(rng, pairs), expect, first=first)
    case.on = pools.period[0] + timedelta(pick(rng, days))
    return case


def _span(pools: Pools, rng: random.Random) -> Case | None:
    pairs = pools.of[PRACTITIONER].pairs["1", False]
    if not pairs:
        return None
    expect = (
        Expected("PTP-02", finding_class=PROBABLE, note="a span of three days holds the other line's day"),
    )
    lines = CaseLine("", day=1), CaseLine("", days=3, units=3)
    return two_lines(rng, "ptp-span", choose(rng, pairs), expect, first=lines[0], second=lines[1])


def _chain(setting: str) -> Kind:
    """A over B and B over C: C rests on a line that itself falls."""
    kind = "ptp-chain" if setting == PRACTITIONER else "ptp-chain-hospital"

    def build(pools: Pools, rng: random.Random) -> Case | None:
        book, pairs = pools.of[setting].book, pools.of[setting].pairs["1", False]
        for _ in range(20 if pairs else 0):
            lower = choose(rng, pairs)
            uppers = book.column_1_of.get(lower.column_1, [])
            if not uppers:
                continue
            top, indicator = choose(rng, uppers)
            if top == lower.column_2 or not book.apart((top, lower.column_2)):
                continue
            middle = Expected(base_id(indicator), finding_class=DEFINITE, note="middle of a chain")
            last = PROBABLE if setting == PRACTITIONER else DEFINITE
            end = Expected("PTP-02", finding_class=last, note="its Column 1 line falls itself")
            if indicator == "1" and (top, lower.column_1) not in pools.of[setting].visit_free:
                continue
            lines = [
                CaseLine(top),
                CaseLine(lower.column_1, expect=(middle,)),
                CaseLine(lower.column_2, expect=(end,)),
            ]
            return Case(kind, lines, setting=setting)
        return None

    return Kind(kind, 2, build)


KINDS: tuple[Kind, ...] = (
    _plain("ptp-01", "0", PRACTITIONER),
    _plain("ptp-02", "1", PRACTITIONER),
    _plain("ptp-01-hospital", "0", HOSPITAL),
    _plain("ptp-02-hospital", "1", HOSPITAL),
    Kind("ptp-01-with-59", 2, _indicator_0_with_59),
    _split("ptp-01-split", "0"),
    _split("ptp-02-split", "1"),
    Kind("ptp-05", 8, _visit),
    Kind("ptp-06", 4, _wrong_modifier),
    Kind("ptp-04", 3, _same_side),
    Kind("ptp-03", 3, _same_diagnosis),
    _bypassed("bypass-59", (), ("59",), 5),
    _bypassed("bypass-xs", (), ("XS",), 4),
    _bypassed("bypass-59-column-1", ("59",), (), 2),
    _bypassed("bypass-sides", ("RT",), ("LT",), 2),
    Kind("bypass-25", 6, _bypassed_visit),
    Kind("ptp-10", 2, _column_1_before_2019),
    Kind("ptp-span", 2, _span),
    _chain(PRACTITIONER),
    _chain(HOSPITAL),
)
"""Seeded PTP findings and bypasses."""
