"""The reasoning of one stratum, written apart from the engine: loops over everything until nothing changes."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.engine import Candidates, Hops, Known, Verdict, Verdicts

Row = Mapping[str, int]
Answer = tuple[list[int], list[int], dict[int, int]]

CANDIDATE = {
    "case": 1,
    "lifted": 0,
    "override": 0,
    "level": 1,
    "concludes": 1,
    "unless": 0,
    "demote": 0,
    "cascade": 0,
}


def candidates(*rows: Row) -> Candidates:
    """Candidates from dicts; `cand` is the place in the list where it is not given."""
    full = [{"cand": place, **CANDIDATE, **row} for place, row in enumerate(rows, 1)]
    return Candidates(**{name: [row[name] for row in full] for name in Candidates.__slots__})


def hops(*rows: tuple[int, int, int]) -> Hops:
    """Hops from (cand, case, line)."""
    return Hops(*([row[part] for row in rows] for part in range(3)))


def known(*rows: tuple[int, int, int]) -> Known:
    """Known lines from (case, line, level)."""
    return Known(*([row[part] for row in rows] for part in range(3)))


def answer(verdicts: Verdicts) -> Answer:
    """What `naive` gives, from what the engine gave."""
    fallen = verdicts.not_payable
    return (
        list(verdicts.verdict),
        list(verdicts.level),
        dict(zip(fallen.line, fallen.level, strict=True)),
    )


def naive(c: Candidates, h: Hops, k: Known) -> Answer:
    """Verdicts, levels (in order of the candidates) and the lines that are not payable with their level."""
    everyone = range(len(c.cand))
    hang: dict[int, set[int]] = {}
    for cand, line in zip(h.cand, h.line, strict=True):
        hang.setdefault(cand, set()).add(line)
    before: dict[int, int] = {}
    for line, strength in zip(k.line, k.level, strict=True):
        before[line] = min(strength, before.get(line, strength))

    verdict = [Verdict.NOT_CONCLUDED] * len(c.cand)
    for i in everyone:
        if c.lifted[i]:
            verdict[i] = Verdict.BYPASSED
        elif c.override[i]:
            verdict[i] = Verdict.SUPPRESSED
        elif before.get(c.unless[i]) == 1:
            verdict[i] = Verdict.MOOT
        elif not c.cascade[i]:
            verdict[i] = Verdict.FAIL
    level = list(c.level)

    def concluded() -> dict[int, int]:
        found: dict[int, int] = {}
        for i in everyone:
            if verdict[i] == Verdict.FAIL and c.concludes[i] and level[i] <= 2:
                found[c.line[i]] = min(level[i], found.get(c.line[i], 2))
        return found

    def fallen() -> dict[int, int]:
        found = concluded()
        return {line: min(found.get(line, 2), before.get(line, 2)) for line in found.keys() | before.keys()}

    changed = True
    while changed:
        changed = False
        for i in everyone:
            waits = c.cascade[i] and verdict[i] == Verdict.NOT_CONCLUDED and hang.get(c.cand[i])
            if waits and hang[c.cand[i]] <= fallen().keys():
                verdict[i] = Verdict.FAIL
                changed = True

    flagged = {c.line[i] for i in everyone if verdict[i] == Verdict.FAIL and c.concludes[i]}
    failing = [i for i in everyone if verdict[i] == Verdict.FAIL and c.demote[i]]
    for line in {c.line[i] for i in failing}:
        mine = [i for i in failing if c.line[i] == line]
        if all(c.demote[i] in flagged for i in mine):
            for i in mine:
                level[i] = max(level[i], 2)

    open_cascades = [i for i in everyone if verdict[i] == Verdict.FAIL and c.cascade[i] and level[i] == 1]
    for i in open_cascades:
        level[i] = 2
    changed = True
    while changed:
        changed = False
        for i in open_cascades:
            if level[i] == 2 and all(fallen().get(line) == 1 for line in hang[c.cand[i]]):
                level[i] = 1
                changed = True
    return [int(one) for one in verdict], level, concluded()
