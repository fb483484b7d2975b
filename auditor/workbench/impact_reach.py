"""How many lines, or providers, the touched rules could look at, before and after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from auditor.findings import indicators
from auditor.matching.coverage import BESIDE, Gap
from auditor.workbench.impact_change import Change
from auditor.workbench.impact_model import Reach
from auditor.workbench.impact_replay import Touched
from auditor.workbench.impact_run import EarlierRun


class Seen(NamedTuple):
    """What one rule could look at, in ``unit``, and why not at the rest."""

    unit: str
    eligible: int
    evaluated: int
    reasons: tuple[tuple[str, int], ...] = ()


def looked_at(
    side: Touched, gaps: Sequence[Gap], counted: Mapping[int, Mapping[str, int]]
) -> dict[str, Seen]:
    """By id of each touched rule what it could look at; the figures are those of coverage in run.json."""
    found = {}
    for n in sorted(side.all):
        rule = side.task.rules.rules[n]
        if rule.benchmark is not None:
            told = counted.get(n, {})
            reasons = tuple(indicators.not_evaluated(rule, told))
            number = told.get("evaluated", 0)
            found[rule.id] = Seen("providers", number + sum(r[1] for r in reasons), number, reasons)
            continue
        lines: dict[str, int] = defaultdict(int)
        for gap in gaps:
            if gap.rule_no == n and not gap.reason.startswith(BESIDE):
                lines[side.task.refused.get(n, gap.reason)] += gap.lines
        evaluated = lines.pop("", 0)
        rest = tuple(sorted((reason, number) for reason, number in lines.items() if number))
        found[rule.id] = Seen("claim lines", evaluated + sum(lines.values()), evaluated, rest)
    return found


def reach(
    change: Change, before: Mapping[str, Seen] | None, after: Mapping[str, Seen], run: EarlierRun
) -> tuple[Reach, ...]:
    """Both sides of every touched rule; ``before`` None is what run.json says."""
    if before is None:
        before = {
            str(entry.get("rule_id")): Seen(
                entry.get("unit", ""), entry.get("eligible", 0), entry.get("evaluated", 0)
            )
            for entry in run.told["coverage"]
        }
    ids = {item.id for item in change.items if item.decides and not item.is_override} | after.keys()
    rows = []
    for id_ in sorted(ids):
        was, now = before.get(id_), after.get(id_)
        if was is not None or now is not None:
            unit = (now or was or Seen("", 0, 0)).unit
            rows.append(
                Reach(
                    id_,
                    unit,
                    was.eligible if was else None,
                    was.evaluated if was else None,
                    now.eligible if now else None,
                    now.evaluated if now else None,
                    now.reasons if now else (),
                )
            )
    return tuple(rows)
