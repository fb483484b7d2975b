"""Reasons over one batch of cases: facts from columns, three passes of the rules, verdicts back.

A pass runs until nothing follows; what a pass concludes is complete before the next one reads it.
1. Verdicts. A cascade candidate fails when every hop is not payable at any level, to the least fixpoint.
2. Demotion: findings of a line whose partners are all flagged by failing, concluding candidates need a
   record.
3. Claims-evident cascades: those whose every hop is not payable at level 1, to the least fixpoint.
Facts that could not lead to a conclusion are not asserted (a chain over a line that nothing can make not
payable).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from auditor.engine.cases import Batch, BatchVerdicts, CaseRange, Premise, Verdict, case_ranges
from auditor.engine.compile import compile_rules
from auditor.engine.counting import Counted, Counter, Numbers
from auditor.engine.host import EngineFailed, Host
from auditor.engine.rulebook import (
    BLOCKED_WHEN_COUNTED,
    RULE_BOOK,
    WAITS_FOR_BLOCKER,
    WAITS_FOR_CHAIN,
    WAITS_FOR_NOTHING,
    WHEN_COUNTED,
)

MANY = 10_000
"""Candidates of one batch beyond which alike ones are told once, and demotions in sessions of so many facts."""

_GONE, _FLAGGED, _EVIDENT, _BLOCKER = 1, 2, 3, 4  # what a proposition says of its line

Rows = list[tuple[int, ...]]


class CaseReasoner:
    """Reasons in this process. A crash of the engine ends the process: production goes through `Reasoner`."""

    def __init__(self) -> None:
        self._compiled = compile_rules(RULE_BOOK)
        self._host = Host(self._compiled)

    def reason(self, batch: Batch) -> BatchVerdicts:
        """The verdicts of a batch of whole cases.

        Raises EngineFailed when the engine refuses the batch; the next batch gets a fresh engine.
        """
        try:
            return _Session(self._host, batch).run()
        except BaseException:
            self._host.close()
            self._host = Host(self._compiled)
            raise


@dataclass(slots=True)
class _Case:
    """One case: its rows, the numbers given to its propositions, and what its chains read."""

    rows: CaseRange
    propositions: dict[tuple[int, int], int] = field(default_factory=dict)
    chains: dict[tuple[int, ...], int] = field(default_factory=dict)
    known: dict[int, int] = field(default_factory=dict)
    hops: dict[int, list[int]] = field(default_factory=dict)
    concluding: frozenset[int] = frozenset()

    def indices(self) -> range:
        return range(*self.rows.candidates)


class _Session:
    """One batch on its way through the engine."""

    def __init__(self, host: Host, batch: Batch) -> None:
        self._host = host
        self._candidates = batch.candidates
        self._batch = batch
        self._numbers = Numbers()
        self._counted = Counted()
        self._two_readings: set[int] = set()
        self._chain_facts: tuple[Rows, Rows] = ([], [])
        self._cases: list[_Case] = []
        count = len(batch.candidates.cand)
        self._verdict = [0] * count
        self._level = list(batch.candidates.level)
        self._waits = [WAITS_FOR_NOTHING] * count
        self._demoted_by: dict[int, list[int]] = {}
        self._demoted: list[tuple[int, ...]] = []

    def run(self) -> BatchVerdicts:
        facts, firings = self._host.facts, self._host.firings
        self._first_pass()
        self._second_pass()
        self._third_pass()
        self._host.forget()
        return BatchVerdicts(
            self._verdict,
            self._level,
            self._premises(),
            self._not_payable(),
            self._host.facts - facts,
            self._host.firings - firings,
        )

    # ---- pass 1 ------------------------------------------------------------------------------------------

    def _first_pass(self) -> None:
        holds: Rows = []
        rows: Rows = []
        for case_rows in case_ranges(self._candidates, self._batch.hops, self._batch.known):
            self._encode_case(case_rows, holds, rows)
        like = _alike(rows) if len(rows) > MANY else {row[0]: [row[0]] for row in rows}
        self._tell(holds, "candidate", [row for row in rows if row[0] in like])
        for cand, verdict in self._host.conclusions["verdict"]:
            for other in like[cand]:
                if self._verdict[other - 1]:
                    raise EngineFailed("two verdicts on one candidate")
                self._verdict[other - 1] = verdict
        sure = {cand - 1 for (cand,) in self._host.conclusions["both"]}
        for i in self._two_readings - sure:
            if self._verdict[i] == Verdict.FAIL:
                self._level[i] = max(self._level[i], 2)
        for verdict, waits in zip(self._verdict, self._waits, strict=True):
            if not verdict and waits != WAITS_FOR_CHAIN:
                raise EngineFailed("a candidate without a verdict")

    def _encode_case(self, case_rows: CaseRange, holds: Rows, rows: Rows) -> None:
        c = self._candidates
        case = self._read_case(case_rows)
        fallible = case.concluding.union(case.known)
        read: set[int] = set()
        ends: dict[int, int] = {}
        for i in case.indices():
            if c.cascade[i]:
                self._waits[i] = WAITS_FOR_CHAIN
                lines = case.hops.get(c.cand[i], [])
                if lines and fallible.issuperset(lines):
                    ends[i] = self._chain(case, lines, _GONE)
                    read.update(lines)
            if c.needs[i]:
                self._waits[i] = WAITS_FOR_CHAIN
            elif not c.cascade[i] and case.known.get(c.unless[i]) == 1:
                self._waits[i] = WAITS_FOR_BLOCKER
        counted = self._count(case)
        holds += [(self._proposition(case, line, _GONE),) for line in read if line in case.known]
        partners = case.concluding.intersection(c.demote[case_rows.candidates[0] : case_rows.candidates[1]])
        blockers: set[int] = set()
        for i in case.indices():
            line, on, gone, flagged = c.line[i], 0, 0, 0
            if self._waits[i] == WAITS_FOR_BLOCKER:
                blockers.add(c.unless[i])
                on = self._proposition(case, c.unless[i], _BLOCKER)
            elif self._waits[i] == WAITS_FOR_CHAIN:
                on = ends.get(i, 0)
            if c.concludes[i]:
                if line in read and c.level[i] <= 2:
                    gone = self._proposition(case, line, _GONE)
                if line in partners:
                    flagged = self._proposition(case, line, _FLAGGED)
            lifted, aside = c.lifted[i], 1 if c.override[i] else 0
            if self._waits[i] == WAITS_FOR_CHAIN:
                on = counted.get(i, on)
                blocked = BLOCKED_WHEN_COUNTED if case.known.get(c.unless[i]) == 1 else 0
                lifted, aside = lifted * WHEN_COUNTED, aside * WHEN_COUNTED or blocked
            rows.append((i + 1, lifted, aside, self._waits[i], on, gone, flagged))
        holds += [(self._proposition(case, line, _BLOCKER),) for line in blockers]
        if ends or partners:
            self._cases.append(case)

    def _count(self, case: _Case) -> dict[int, int]:
        """Lay the facts of the case's sequences; the node that each of their candidates waits for."""
        c = self._candidates
        asked = [i for i in case.indices() if c.needs[i]]
        if not asked:
            return {}
        payable = frozenset(
            i
            for i in asked
            if c.lifted[i] or c.override[i] or c.level[i] > 2 or case.known.get(c.unless[i]) == 1
        )
        counter = Counter(self._numbers, self._counted)
        ends = counter.lay(c, asked, case.hops, case.known, payable)
        if counter.doubtful:
            self._two_readings.update(asked)
        return ends

    def _read_case(self, rows: CaseRange) -> _Case:
        case, c = _Case(rows), self._candidates
        hops, known = self._batch.hops, self._batch.known
        for k in range(*rows.known):
            line = known.line[k]
            case.known[line] = min(known.level[k], case.known.get(line, 2))
        for h in range(*rows.hops):
            lines = case.hops.setdefault(hops.cand[h], [])
            if hops.line[h] not in lines:
                lines.append(hops.line[h])
        case.concluding = frozenset([c.line[i] for i in range(*rows.candidates) if c.concludes[i]])
        return case

    # ---- pass 2 ------------------------------------------------------------------------------------------

    def _second_pass(self) -> None:
        c = self._candidates
        goals: list[tuple[list[int], list[int]]] = []
        wavers: Rows = []
        for case in self._cases:
            partners: dict[int, dict[int, None]] = {}
            failing: dict[int, list[int]] = {}
            for i in case.indices():
                if c.demote[i] and self._verdict[i] == Verdict.FAIL:
                    failing.setdefault(c.line[i], []).append(i)
                    partners.setdefault(c.line[i], {})[c.demote[i]] = None
            for line, named in partners.items():
                if case.concluding.issuperset(named):
                    goals.append((failing[line], list(named)))
                    wavers.append((self._chain(case, goals[-1][1], _FLAGGED), len(goals)))
                    if len(self._chain_facts[0]) > MANY:
                        self._waver(case, wavers)
                        wavers = []
        if wavers:
            self._tell([], "wavers", wavers)
        self._demoted += self._host.conclusions["demoted"]
        for (goal,) in self._demoted:
            findings, lines = goals[goal - 1]
            for i in findings:
                if self._level[i] == 1:
                    self._level[i] = 2
                    self._demoted_by[i] = lines

    def _waver(self, case: _Case, wavers: Rows) -> None:
        """Ask in a session of its own for some demotions of a large case, and begin another.

        What the first pass concluded of its lines is told again.
        """
        c = self._candidates
        self._begin_again()
        flagged = {c.line[i] for i in case.indices() if self._verdict[i] == Verdict.FAIL and c.concludes[i]}
        known: Rows = [
            (number,)
            for (line, says), number in case.propositions.items()
            if says == _FLAGGED and line in flagged
        ]
        self._tell(known, "wavers", wavers)
        self._begin_again()
        self._host.tell([("holds", known)])
        for chain in [key for key in case.chains if key[0] == _FLAGGED]:
            del case.chains[chain]

    def _begin_again(self) -> None:
        self._demoted += self._host.conclusions["demoted"]
        self._host.forget()

    # ---- pass 3 ------------------------------------------------------------------------------------------

    def _third_pass(self) -> None:
        c = self._candidates
        holds: Rows = []
        certain: Rows = []
        for case in self._cases:
            if not self._has_probable(case):
                continue  # whatever the first pass walked over was claims-evident
            cascades = [
                i
                for i in case.indices()
                if c.cascade[i] and self._verdict[i] == Verdict.FAIL and self._level[i] == 1
            ]
            read = {line for i in cascades for line in case.hops[c.cand[i]]}
            evident = {line for line, level in case.known.items() if level == 1}
            evident.update(
                c.line[i]
                for i in case.indices()
                if self._verdict[i] == Verdict.FAIL
                and c.concludes[i]
                and not c.cascade[i]
                and self._level[i] == 1
            )
            for i in cascades:
                self._level[i] = 2
                end = self._chain(case, case.hops[c.cand[i]], _EVIDENT)
                told = c.concludes[i] and c.line[i] in read
                certain.append((end, i + 1, self._proposition(case, c.line[i], _EVIDENT) if told else 0))
            holds += [(self._proposition(case, line, _EVIDENT),) for line in read & evident]
        if not certain:
            return
        self._tell(holds, "certain", certain)
        for (cand,) in self._host.conclusions["definite"]:
            self._level[cand - 1] = 1

    def _has_probable(self, case: _Case) -> bool:
        c = self._candidates
        return 2 in case.known.values() or any(
            self._level[i] == 2 and c.concludes[i] and self._verdict[i] == Verdict.FAIL
            for i in case.indices()
        )

    # ---- facts -------------------------------------------------------------------------------------------

    def _proposition(self, case: _Case, line: int, says: int) -> int:
        number = case.propositions.get((line, says))
        if number is None:
            number = self._numbers.next()
            case.propositions[line, says] = number
        return number

    def _chain(self, case: _Case, lines: Sequence[int], says: int) -> int:
        """Lay a chain over propositions on `lines`, if none lies there; its end."""
        end = case.chains.get((says, *lines))
        if end is not None:
            return end
        hops, reached = self._chain_facts
        at = self._numbers.next()
        reached.append((at,))
        for line in lines:
            what = self._proposition(case, line, says)
            then = self._numbers.next()
            hops.append((at, then, what))
            at = then
        case.chains[says, *lines] = at
        return at

    def _tell(self, holds: Rows, kind: str, rows: Rows) -> None:
        hops, reached = self._chain_facts
        self._chain_facts = ([], [])
        counted, self._counted = self._counted, Counted()
        self._host.tell(
            [
                ("holds", [*holds, *counted.holds]),
                ("hop", [*hops, *counted.hops]),
                ("reached", [*reached, *counted.reached]),
                ("stands", list(counted.stands)),
                ("sure", counted.sure),
                (kind, rows),
            ]
        )

    # ---- answers -----------------------------------------------------------------------------------------

    def _premises(self) -> list[int]:
        c, flat = self._candidates, list[int]()
        hops: Mapping[int, list[int]] = {
            cand: lines for case in self._cases for cand, lines in case.hops.items()
        }
        for i, verdict in enumerate(self._verdict):
            if verdict == Verdict.MOOT:
                flat += (c.cand[i], Premise.BLOCKER, c.unless[i])
            elif verdict == Verdict.SUPPRESSED:
                flat += (c.cand[i], Premise.OVERRIDE, c.override[i])
            elif verdict == Verdict.FAIL:
                for line in hops.get(c.cand[i], ()) if c.cascade[i] else ():
                    flat += (c.cand[i], Premise.PRIMARY, line)
                for line in self._demoted_by.get(i, ()):
                    flat += (c.cand[i], Premise.PARTNER, line)
        return flat

    def _not_payable(self) -> list[int]:
        c = self._candidates
        best: dict[int, tuple[int, int]] = {}
        for i, verdict in enumerate(self._verdict):
            if verdict == Verdict.FAIL and c.concludes[i] and self._level[i] <= 2:
                found = (self._level[i], c.cand[i])
                best[c.line[i]] = min(found, best.get(c.line[i], found))
        return [value for line in sorted(best) for value in (line, *best[line])]


def _alike(rows: Rows) -> dict[int, list[int]]:
    """Candidates of which the rules see the same but for their number: the first of each, and all of them.

    A line and its propositions stand in every row, so that what follows from the first follows from the others too.
    """
    groups: dict[tuple[int, ...], list[int]] = {}
    for number, *rest in rows:
        groups.setdefault(tuple(rest), []).append(number)
    return {numbers[0]: numbers for numbers in groups.values()}
