"""MUE values exceeded (MUE-01 to MUE-05) and met exactly."""

from __future__ import annotations

import random

from auditor.synth.cases import DEFINITE, NONE, PROBABLE, Case, CaseLine, Expected, Kind, Pools, choose
from auditor.synth.dice import pick
from auditor.synth.vocabulary import HOSPITAL, PRACTITIONER

OF_MAI = {"1": "MUE-01", "2": "MUE-02", "3": "MUE-03"}
WITHOUT_SIDES = (
    ("00100", "01999"), ("80047", "89398"), ("90281", "90999"), ("96360", "96549"), ("97010", "97799"),
    ("99201", "99499"), ("A0021", "A9999"), ("J0000", "J9999"),
)  # fmt: skip
"""Codes that cannot be bilateral; two units on a line of any other may be one service on both sides."""
MANY_UNITS = 5_000


def _draw(pools: Pools, rng: random.Random, setting: str, mai: str, least: int = 1) -> tuple[str, int] | None:
    """A code with this MAI whose value is at least `least`. Values of thousands of units are passed over for days."""
    limited = pools.of[setting].by_mai[mai]
    for _ in range(30 if limited else 0):
        code, value = choose(rng, limited)
        if value >= least and (mai == "1" or value < MANY_UNITS):
            return code, value
    return None


def _class(mai: str, code: str, units: int) -> str:
    """The class of units above the value on one line."""
    sided = not any(first <= code <= last for first, last in WITHOUT_SIDES)
    return PROBABLE if mai == "3" or (units == 2 and sided) else DEFINITE


def _excess(rng: random.Random, value: int) -> int:
    """Some units more than `value`: one for small values, up to half of it for large ones."""
    return 1 + pick(rng, max(1, value // 2))


def _one_line(kind: str, mai: str, setting: str, weight: int) -> Kind:
    def build(pools: Pools, rng: random.Random) -> Case | None:
        drawn = _draw(pools, rng, setting, mai)
        if drawn is None:
            return None
        code, value = drawn
        units = value + _excess(rng, value)
        likely = _class(mai, code, units)
        expect = (Expected(OF_MAI[mai], finding_class=likely, note="units of one line above the value"),)
        return Case(kind, [CaseLine(code, units=units, expect=expect)], setting=setting)

    return Kind(kind, weight, build)


def _summed(kind: str, mai: str, *, split: bool, weight: int) -> Kind:
    """Two lines of a day, each within the value, together above it."""

    def build(pools: Pools, rng: random.Random) -> Case | None:
        drawn = _draw(pools, rng, PRACTITIONER, mai)
        if drawn is None:
            return None
        code, value = drawn
        first = 1 + pick(rng, value)
        note = "day sum over two claims" if split else "day sum over two lines"
        likely = PROBABLE if mai == "3" else DEFINITE
        expect = (Expected(OF_MAI[mai], finding_class=likely, note=note, split_claim=split),)
        lines = [
            CaseLine(code, units=first, expect=expect),
            CaseLine(
                code, units=value - first + 1, modifiers=("76",), expect=expect, claim=1 if split else 0
            ),
        ]
        return Case(kind, lines, frequencies=("1", "1") if split else ("1",))

    return Kind(kind, weight, build)


def _span_over(pools: Pools, rng: random.Random) -> Case | None:
    drawn = _draw(pools, rng, PRACTITIONER, "2")
    if drawn is None:
        return None
    code, value = drawn
    # 2 value + 1 units over two days are value + 0.5 a day; halves round up.
    likely = _class("2", code, value + 1)
    expect = (Expected("MUE-02", finding_class=likely, note="half a unit a day above the value rounds up"),)
    return Case("mue-02-span", [CaseLine(code, units=2 * value + 1, days=2, expect=expect)])


def _zero(kind: str, setting: str, weight: int) -> Kind:
    def build(pools: Pools, rng: random.Random) -> Case | None:
        zeros = pools.of[setting].zeros
        # Definite only where a fee schedule agrees, which claims alone cannot tell.
        expect = (Expected("MUE-04", finding_class=PROBABLE, note="value 0"),)
        return Case(kind, [CaseLine(choose(rng, zeros), expect=expect)], setting=setting) if zeros else None

    return Kind(kind, weight, build)


def _undistinguished(pools: Pools, rng: random.Random) -> Case | None:
    drawn = _draw(pools, rng, PRACTITIONER, "1")
    if drawn is None:
        return None
    code, value = drawn
    first = 1 + pick(rng, value)
    expect = (Expected("MUE-05", finding_class=PROBABLE, note="lines without a distinguishing modifier"),)
    lines = [
        CaseLine(code, units=first, expect=expect),
        CaseLine(code, units=value - first + 1, expect=expect),
    ]
    return Case("mue-05", lines)


def _near(kind: str, mai: str, weight: int, lines: int = 1, days: int = 1) -> Kind:
    """Exactly the value: on one line, in the sum of two lines, or on every day of a span."""
    expect = (Expected(OF_MAI[mai], NONE, note="exactly the value" + (" on each day" if days > 1 else "")),)

    def build(pools: Pools, rng: random.Random) -> Case | None:
        drawn = _draw(pools, rng, PRACTITIONER, mai, least=lines)
        if drawn is None:
            return None
        code, value = drawn
        if lines == 1:
            return Case(kind, [CaseLine(code, units=value * days, days=days, expect=expect)])
        first = 1 + pick(rng, value - 1)
        second = CaseLine(code, units=value - first, modifiers=("76",), expect=expect)
        return Case(kind, [CaseLine(code, units=first, expect=expect), second])

    return Kind(kind, weight, build, near_miss=True)


def _rounds_down(pools: Pools, rng: random.Random) -> Case | None:
    drawn = _draw(pools, rng, PRACTITIONER, "2")
    if drawn is None:
        return None
    code, value = drawn
    expect = (Expected("MUE-02", NONE, note="a third of a unit a day above the value rounds down"),)
    return Case("near-mue-rounds-down", [CaseLine(code, units=3 * value + 1, days=3, expect=expect)])


def _line_edit_split(pools: Pools, rng: random.Random) -> Case | None:
    drawn = _draw(pools, rng, PRACTITIONER, "1")
    if drawn is None:
        return None
    code, value = drawn
    expect = (Expected("MUE-01", NONE, note="a line edit; 76 sets the second line apart"),)
    lines = [
        CaseLine(code, units=value, expect=expect),
        CaseLine(code, units=value, modifiers=("76",), expect=expect),
    ]
    return Case("near-mue-01-two-lines", lines)


KINDS: tuple[Kind, ...] = (
    _one_line("mue-01", "1", PRACTITIONER, 4),
    _one_line("mue-02", "2", PRACTITIONER, 7),
    _one_line("mue-03", "3", PRACTITIONER, 9),
    _one_line("mue-02-hospital", "2", HOSPITAL, 2),
    _one_line("mue-03-hospital", "3", HOSPITAL, 3),
    _summed("mue-02-two-lines", "2", split=False, weight=3),
    _summed("mue-02-two-claims", "2", split=True, weight=3),
    _summed("mue-03-two-lines", "3", split=False, weight=3),
    _summed("mue-03-two-claims", "3", split=True, weight=2),
    Kind("mue-02-span", 2, _span_over),
    _zero("mue-04", PRACTITIONER, 4),
    _zero("mue-04-hospital", HOSPITAL, 1),
    Kind("mue-05", 2, _undistinguished),
    _near("near-mue-01", "1", 2),
    _near("near-mue-02", "2", 4),
    _near("near-mue-03", "3", 3),
    _near("near-mue-03-two-lines", "3", 3, lines=2),
    _near("near-mue-span", "2", 2, days=3),
    Kind("near-mue-rounds-down", 2, _rounds_down, near_miss=True),
    Kind("near-mue-01-two-lines", 1, _line_edit_split, near_miss=True),
)
"""Seeded MUE findings and their near misses."""
