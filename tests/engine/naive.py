"""The reasoning of one stratum, written apart from the engine: loops over everything until nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

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
    "needs": 0,
    "sequence": 0,
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


def count_visits(
    c: Candidates,
    hang: Mapping[int, set[int]],
    before: Mapping[int, int],
    judged: Callable[[int], Verdict],
    verdict: list[Verdict],
    level: list[int],
) -> None:
    """Sequences, visit by visit: lines are numbered in the order of their dates here."""
    asked = sorted((i for i in range(len(c.cand)) if c.needs[i]), key=lambda i: c.line[i])
    too_many: dict[int, list[bool]] = {i: [] for i in asked}
    for doubtful_falls in (False, True):
        felled = {line for line, strength in before.items() if strength == 1 or doubtful_falls}
        fell: set[tuple[int, int]] = set()
        for line in sorted({c.line[i] for i in asked}):
            now = []
            for i in (i for i in asked if c.line[i] == line):
                near = hang.get(c.cand[i], set())
                stand = [x for x in near if x not in felled and (c.sequence[i], x) not in fell]
                too_many[i].append(len(stand) >= c.needs[i])
                if too_many[i][-1] and judged(i) == Verdict.FAIL and c.level[i] <= 2:
                    now.append((c.sequence[i], line))
            fell.update(now)
    for i, (first, second) in too_many.items():
        if first or second:
            verdict[i] = judged(i)
        if not (first and second):
            level[i] = max(level[i], 2) if verdict[i] == Verdict.FAIL else level[i]


def naive(c: Candidates, h: Hops, k: Known) -> Answer:
    """Verdicts, levels (in order of the candidates) and the lines that are not payable with their level."""
    everyone = range(len(c.cand))
    hang: dict[int, set[int]] = {}
    for cand, line in zip(h.cand, h.line, strict=True):
        hang.setdefault(cand, set()).add(line)
    before: dict[int, int] = {}
    for line, strength in zip(k.line, k.level, strict=True):
        before[line] = min(strength, before.get(line, strength))

    def judged(i: int) -> Verdict:
        if c.lifted[i]:
            return Verdict.BYPASSED
        if c.override[i]:
            return Verdict.SUPPRESSED
        return Verdict.MOOT if before.get(c.unless[i]) == 1 else Verdict.FAIL

    verdict = [Verdict.NOT_CONCLUDED] * len(c.cand)
    level = list(c.level)
    for i in everyone:
        if not c.cascade[i] and not c.needs[i]:
            verdict[i] = judged(i)
    count_visits(c, hang, before, judged, verdict, level)

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
                verdict[i] = judged(i)
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
