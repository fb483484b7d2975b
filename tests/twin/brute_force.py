"""The ptp, mue and addon findings of a claims file, computed the long way.

Written from the catalogue, the law it cites and the decided semantics, over plain Python rows: every two
lines are looked at, every day is summed, and nothing is shared with the product's queries, rules or engine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from .addons import addon
from .findings import DEFINITE, STRATA, Finding
from .lines import LeftOut, Line, Row, left_out, make_lines
from .pairs import ptp
from .tables import Tables
from .units import mue


class Key(NamedTuple):
    """What identifies a finding on both sides of a comparison."""

    catalogue_id: str
    verdict: str
    klass: str
    claim_id: str
    line_no: int
    partner: tuple[str, int] | None
    split_claim: bool


class Share(NamedTuple):
    """Where counted dollars are compared: which finding of a family takes them is a matter of order alone."""

    claim_id: str
    line_no: int
    family: str
    klass: str


def audit(rows: Sequence[Row], tables: Tables, line_of_business: str = "medicare") -> list[Finding]:
    """All findings of the three families over the rows of a plain claims file."""
    return judge_lines(make_lines(rows, line_of_business), tables, left_out(rows))


def judge_lines(lines: Sequence[Line], tables: Tables, left: Sequence[LeftOut] = ()) -> list[Finding]:
    """All findings of the three families over final lines, in the order of their strata."""
    earlier = [*ptp(lines, tables), *mue(lines, tables)]
    return [*earlier, *addon(lines, tables, earlier, left)]


def key_of(finding: Finding) -> Key:
    """The key of a finding."""
    line, partner = finding.line, finding.partner
    return Key(
        finding.catalogue_id,
        finding.verdict,
        finding.klass,
        line.claim_id,
        line.line_no,
        None if partner is None else (partner.claim_id, partner.line_no),
        partner is not None and partner.claim_id != line.claim_id,
    )


def exposures(findings: Sequence[Finding]) -> dict[Key, int]:
    """Exposure in cents of every failing finding, nothing for a bypass."""
    return {key_of(finding): finding.exposure for finding in findings}


def counted(findings: Sequence[Finding]) -> dict[Share, int]:
    """Dollars (cents) that count, a line's dollars taken once.

    Definite findings take them first, then probable ones; within a class by stratum. At risk counts nothing.
    """
    by_line: dict[int, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.verdict == "fail" and not finding.at_risk:
            by_line[id(finding.line)].append(finding)
    shares: dict[Share, int] = defaultdict(int)
    for on_line in by_line.values():
        left = on_line[0].line.amount
        for finding in sorted(on_line, key=precedence):
            taken = min(left, finding.exposure)
            left -= taken
            line = finding.line
            shares[Share(line.claim_id, line.line_no, finding.family, finding.klass)] += taken
    return {share: cents for share, cents in shares.items() if cents}


def precedence(finding: Finding) -> tuple[bool, int, str]:
    """Definite first, then the order of strata, then of rules."""
    return (finding.klass != DEFINITE, STRATA.index(finding.family), finding.catalogue_id)
