"""Modifier combinations: AM-01, AM-02, AM-06, PTP-07, GS-07, MN-05 and combinations that are in order.

AM-01 and AM-02 name no class: it depends on whether their authority was read in the revision in force.
"""

from __future__ import annotations

import random

from auditor.synth.cases import (
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
from auditor.synth.vocabulary import PRACTITIONER


def _line(
    kind: str,
    of: str,
    choices: tuple[tuple[str, ...], ...],
    expect: Expected,
    weight: int = 2,
    *,
    denied: bool = False,
) -> Kind:
    """One line with one of the modifier lists; `of` names the pool its code comes from."""

    def build(pools: Pools, rng: random.Random) -> Case | None:
        own = pools.of[PRACTITIONER]
        codes: list[str] = {"procedure": own.procedures, "image": own.images, "visit": own.visits}[of]
        if not codes:
            return None
        modifiers = choose(rng, choices)
        note = f"{'+'.join(modifiers)}; {expect.note}" if expect.note else "+".join(modifiers)
        told = Expected(expect.catalogue_id, expect.verdict, expect.finding_class, note)
        return Case(kind, [CaseLine(choose(rng, codes), modifiers=modifiers, expect=(told,), denied=denied)])

    return Kind(kind, weight, build, near_miss=expect.verdict == NONE)


def _bilateral_twice(pools: Pools, rng: random.Random) -> Case | None:
    own = pools.of[PRACTITIONER]
    codes = [code for code in own.procedures if own.book.limit_of(code) >= 2]
    if not codes:
        return None
    expect = (Expected("AM-02", finding_class=PROBABLE, note="50 with 2 units"),)
    return Case("am-02-units", [CaseLine(choose(rng, codes), units=2, modifiers=("50",), expect=expect)])


KINDS: tuple[Kind, ...] = (
    _line("am-01", "procedure", (("LT", "RT"), ("RT", "LT")), Expected("AM-01")),
    _line(
        "am-02",
        "procedure",
        (("50", "RT"), ("LT", "50"), ("50", "F1"), ("50", "TA")),
        Expected("AM-02"),
    ),
    Kind("am-02-units", 1, _bilateral_twice),
    _line("am-06", "image", (("26", "TC"), ("TC", "26")), Expected("AM-06", finding_class=DEFINITE)),
    _line(
        "am-06-procedure",
        "procedure",
        (("80", "82"), ("76", "77")),
        Expected("AM-06", finding_class=DEFINITE),
    ),
    _line(
        "ptp-07-visit",
        "visit",
        (("59",), ("XU",), ("25", "59")),
        Expected("PTP-07", finding_class=PROBABLE, note="on a visit"),
        3,
    ),
    _line(
        "ptp-07-both", "procedure", (("59", "XS"), ("XE", "59")), Expected("PTP-07", finding_class=PROBABLE)
    ),
    _line("gs-07", "procedure", (("24",), ("25",), ("57",)), Expected("GS-07", finding_class=PROBABLE)),
    _line("gs-07-91", "procedure", (("91",),), Expected("GS-07", finding_class=PROBABLE), 1),
    _line("near-gs-07", "visit", (("25",), ("24",)), Expected("GS-07", NONE), 1),
    _line(
        "mn-05",
        "procedure",
        (("GZ",), ("GA", "GZ")),
        Expected("MN-05", finding_class=DEFINITE, note="paid"),
        2,
    ),
    _line("near-mn-05", "procedure", (("GZ",),), Expected("MN-05", NONE, note="not paid"), 2, denied=True),
    _line("near-am-01", "procedure", (("RT",), ("LT", "76")), Expected("AM-01", NONE)),
    _line("near-am-02", "procedure", (("50",),), Expected("AM-02", NONE, note="1 unit")),
    _line("near-am-06", "procedure", (("54", "55"),), Expected("AM-06", NONE, note="can be legitimate")),
    _line("near-am-06-visit", "visit", (("25", "57"),), Expected("AM-06", NONE, note="can be legitimate")),
)
"""Seeded modifier findings and their near misses."""
