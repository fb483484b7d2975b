"""How far rules could be evaluated, as far as a board may see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from auditor.reports.document import CLAIM_LINES, Breakdown, CoverageEntry, RuleEntry
from auditor.reports.profile_cells import OTHERS

_FAILING = ("over_definite", "over_probable", "under_definite", "under_probable", "at_risk", "no_amount")


def covered(
    entries: Iterable[CoverageEntry],
    by_rule: Iterable[Breakdown],
    rules: Iterable[RuleEntry],
    safe_lines: int,
) -> tuple[CoverageEntry, ...]:
    """The entries of which every count of lines is nought or at least `safe_lines`; the others are left out.

    Who the patients of a rule's lines are is not counted; `safe_lines` lines are certainly those of enough of them.
    Verdicts are those of the table of rules as it is shown, `by_rule`; None where one of them is counted elsewhere.
    """
    shown = {entry.key: entry for entry in by_rule if entry.key != OTHERS}
    names = {rule.id: (rule.id, *(variant[0] for variant in rule.variants)) for rule in rules}
    made = []
    for entry in entries:
        if entry.unit == CLAIM_LINES and not _safe(entry, safe_lines):
            continue
        rows = [shown.get(name) for name in dict.fromkeys(names.get(entry.rule_id, (entry.rule_id,)))]
        reasons = entry.reasons
        if entry.unit != CLAIM_LINES or any(0 < (reason.lines or 0) < safe_lines for reason in reasons):
            reasons = ()
        made.append(
            replace(
                entry,
                fail=_count(rows, _FAILING, entry.fail),
                bypassed=_count(rows, ("bypassed",), entry.bypassed),
                suppressed=_count(rows, ("suppressed",), entry.suppressed),
                reasons=reasons,
            )
        )
    return tuple(made)


def _safe(entry: CoverageEntry, least: int) -> bool:
    counts = (entry.eligible or 0, entry.evaluated, entry.not_evaluated or 0)
    return all(count == 0 or count >= least for count in counts)


def _count(rows: list[Breakdown | None], sections: tuple[str, ...], count: int | None) -> int | None:
    """A number of findings of a rule, where all of them stand in the rule's own rows of the table."""
    if not count:
        return count
    found = sum(row[name].findings for row in rows if row is not None for name in sections)
    return found if found == count else None
