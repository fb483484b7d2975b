"""The second evaluator: the same rule model, read naively, over raw claim lines and table rows.

It knows nothing of candidate queries or of the forward-chaining engine: it walks over the lines of a patient, so that
an error in a query shows as a difference. Every audit runs it on a sample of its cases and compares (ENGINE.md).

A claim line is a mapping of canonical fields (``line_id`` included), a table row a mapping of the columns of ``ref_*``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from auditor.engine import plain_sequence
from auditor.engine.plain_case import Case
from auditor.engine.plain_matching import Matching
from auditor.engine.plain_overrides import Overrides
from auditor.engine.plain_prices import Amount, stands
from auditor.engine.plain_rule import Possible
from auditor.engine.plain_standing import Standing
from auditor.engine.plain_tables import Answer, Line, Tables
from auditor.engine.plain_taken import taken
from auditor.rules import model as m

__all__ = ["Answer", "Outcome", "PlainEvaluator", "Tables"]


@dataclass(frozen=True)
class Outcome:
    """What the plain evaluator says of one possible finding. ``partner``, ``row``, ``amount`` are None without one."""

    rule_id: str
    variant: str
    line_id: int
    partner: int | None
    day: date
    row: int | None
    verdict: str
    level: int
    amount: Amount | None = None


class PlainEvaluator:
    """Evaluates all rules over one patient's lines at a time."""

    def __init__(
        self, rules: Sequence[m.Rule], overrides: Sequence[m.Override], tables: Tables, *, dx_ptr_known: bool
    ) -> None:
        ready = [Matching(rule, tables, dx_ptr_known) for rule in rules if rule.match is not None]
        strata = sorted({item.stratum for item in ready})
        self._standing = Standing([item.asked for item in ready])
        for item in ready:
            item.asked.bits = self._standing.bits(item.asked)
            item.stands = sum(item.asked.bits.values())
        self._strata = [[item for item in ready if item.stratum == stratum] for stratum in strata]
        self._overrides = Overrides(overrides, dx_ptr_known)

    def evaluate(self, lines: Sequence[Line], others: Sequence[Line] = ()) -> list[Outcome]:
        """All outcomes of one patient (verdicts fail, bypassed, suppressed, moot).

        ``lines`` are all audited claim lines of the patient, denied ones included; ``others`` rows set aside and
        lines under another payer that may be of the same person.
        """
        fallen: dict[int, int] = {}
        outcomes: list[Outcome] = []
        standing = {line["line_id"]: self._standing.of(line) for line in lines}
        case = Case(lines, others, standing)
        at_hand = case.some_stands
        for rules in self._strata:
            asked = [item for item in rules if item.stands & at_hand == item.stands]
            possible = taken((p for item in asked for p in item.possible(case)), fallen)
            possible = [p for p in possible if stands(p.variant.exposure, p.amount)]
            if not possible:
                continue
            self._judge(possible, fallen)
            outcomes += [_outcome(p) for p in possible if p.verdict]
        return outcomes

    def _judge(self, possible: list[Possible], fallen: dict[int, int]) -> None:
        """Give each possible finding its verdict, then write down what is not payable any more."""
        before = dict(fallen)
        for p in possible:
            if not p.hops and p.clock is None:
                p.verdict = self._verdict(p, before)
        plain_sequence.decide(
            [p for p in possible if p.clock is not None],
            before,
            lambda p: self._verdict(p, before),
            self._overrides.level,
        )
        for p in possible:
            if p.verdict == "fail":
                p.level = self._overrides.level(p)
        _demote(possible)
        for p in possible:
            if not p.hops and p.verdict == "fail" and p.rule.concludes:
                _fall(fallen, p)
        for strict in (True, False):
            while self._fall_with_primaries(possible, fallen, before, strict):
                pass

    def _fall_with_primaries(
        self, possible: list[Possible], fallen: dict[int, int], before: Mapping[int, int], strict: bool
    ) -> bool:
        """One round of the cascade: findings whose every primary is not payable. Tells whether anything moved.

        ``strict`` takes claims-evident conclusions only; otherwise those that need a record and lines the payer
        denied count too, and the finding needs a record.
        """
        moved = False
        for p in possible:
            if not p.hops or p.verdict:
                continue
            levels = [fallen.get(hop["line_id"], 2 if hop["denied"] else 0) for hop in p.hops]
            if all(levels) and (not strict or all(level == 1 for level in levels)):
                p.verdict = self._verdict(p, before)
                if p.verdict == "fail":
                    p.level = self._overrides.level(p) if strict else max(self._overrides.level(p), 2)
                    if p.rule.concludes:
                        _fall(fallen, p)
                moved = True
        return moved

    def _verdict(self, p: Possible, before: Mapping[int, int]) -> str:
        if p.lifted:
            return "bypassed"
        if self._overrides.suppress(p):
            return "suppressed"
        if p.rule.unless is not None:
            blocker = p.line if p.rule.unless == p.rule.flag else p.partner
            if blocker is not None and before.get(blocker["line_id"]) == 1:
                return "moot"
        return "fail"


def _demote(possible: list[Possible]) -> None:
    """A line all of whose partners fall is only probably at fault (SEMANTICS, PTP 1)."""
    failing = [p for p in possible if p.verdict == "fail"]
    flagged = {p.line["line_id"] for p in failing if p.rule.concludes}
    for line_id in {p.line["line_id"] for p in failing if p.demote is not None}:
        mine = [p for p in failing if p.line["line_id"] == line_id and p.demote is not None]
        if all(p.demote is not None and p.demote["line_id"] in flagged for p in mine):
            for p in mine:
                p.level = max(p.level, 2)


def _fall(fallen: dict[int, int], p: Possible) -> None:
    if p.level in (1, 2):
        line = p.line["line_id"]
        fallen[line] = min(p.level, fallen.get(line, p.level))


def _outcome(p: Possible) -> Outcome:
    return Outcome(
        rule_id=p.rule.id,
        variant=p.variant.id,
        line_id=p.line["line_id"],
        partner=p.partner["line_id"] if p.partner else None,
        day=p.day,
        row=p.row["row_no"] if p.row else None,
        verdict=p.verdict,
        level=p.level,
        amount=p.amount,
    )
