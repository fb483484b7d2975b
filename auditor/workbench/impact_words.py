"""The words of an impact: the same sentences in the terminal and on the page."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from auditor.base.money import format_usd
from auditor.reports.wording import CLASS_SHORT, REASON_WORDS, VERDICT_WORDS
from auditor.workbench.impact_change import Changed
from auditor.workbench.impact_model import Difference, Impact, Kind, Side

KIND_WORDS: Final[Mapping[Kind, str]] = {
    "added": "added",
    "removed": "removed",
    "changed": "changed",
    "reworded": "told otherwise",
}
KIND_MEANING: Final[Mapping[Kind, str]] = {
    "added": "not in the run, and found with the change",
    "removed": "in the run, and not found with the change",
    "changed": "the same finding with another verdict, class, amount or reason",
    "reworded": "the same finding with the same outcome; only its words, citations or priority differ",
}


def headline(impact: Impact) -> str:
    """What comes of the change, in one sentence."""
    if not impact.replayed:
        retold = f"; {impact.retold:,} findings of the run would be told otherwise" if impact.retold else ""
        nothing = "Nothing that decides a finding has changed"
        if impact.accepted:
            nothing = "Nothing in what was named decides a finding; other rules or tables at hand differ from the run's"
        return f"{nothing}{retold}. No claim was read."
    if not any(impact.counts.values()):
        return "No finding differs."
    told = [f"{number:,} {KIND_WORDS[kind]}" for kind, number in impact.counts.items() if number]
    providers = f"{impact.providers:,} provider{'' if impact.providers == 1 else 's'}"
    return f"Findings: {', '.join(told)}; {providers} affected."


def extent(impact: Impact) -> str:
    """How much was replayed, in one sentence."""
    checked = f" Evaluators compared on {impact.checked:,} cases, 0 differences." if impact.checked else ""
    return (
        f"Replayed: {impact.patients_replayed:,} of {impact.patients:,} patients, {impact.lines_replayed:,} of "
        f"{impact.lines:,} lines, {len(impact.rules_replayed):,} of {impact.rules:,} rules.{checked}"
    )


def item(changed: Changed) -> str:
    """What becomes of a rule or override, without its parts."""
    sort = "override" if changed.is_override else "rule"
    words = {
        "new": f"new {sort}",
        "not asked": f"{sort} that the run was not asked for",
        "changed": f"{sort} changed",
        "retired": f"{sort} retired",
        "taken out": f"{sort} taken out",
    }[changed.kind]
    if changed.was == changed.now:
        words = f"{sort}, the same file as in the run"
    elif not changed.decides:
        words += ", in nothing that decides a finding"
    elif changed.lost and changed.kind == "changed":
        words += "; the version of the run is not at hand, so what differs in the file is not listed"
    return f"{changed.id} ({words})" + (f": {changed.title}" if changed.title else "")


def outcome(side: Side | None) -> str:
    """Verdict, class and amounts of a finding on one side."""
    if side is None:
        return "no finding"
    kind = CLASS_SHORT.get(side.cls, side.cls)
    amounts = f"{format_usd(side.exposure)} at stake, {format_usd(side.counted)} counted"
    if side.verdict != "fail":
        amounts = f"{format_usd(side.exposure)} at stake"
    basis = f", by {REASON_WORDS[side.basis]}" if side.basis in REASON_WORDS else ""
    risk = ", at risk only" if side.at_risk and side.cls != "risk" else ""
    reason = f"; {side.reason}" if side.verdict != "fail" and side.reason else ""
    override = f" {side.suppressed_by}" if side.suppressed_by else ""
    return (
        f"{VERDICT_WORDS.get(side.verdict, side.verdict)}{override}, {kind}{risk}, {amounts}{basis}{reason}"
    )


def place(difference: Difference) -> str:
    """Where a finding stands: rule, claim, line and day, or rule and provider."""
    if not difference.claim_id:
        return f"{difference.rule_id} on provider {difference.provider or '(none)'}"
    return f"{difference.rule_id} claim {difference.claim_id} line {difference.line_no} of {difference.service_date}"


def gained(amount: Decimal | int | None) -> str:
    """A difference with its sign: ``+$1,234.50``, ``-3``, ``0``; a dash for none."""
    if amount is None:
        return "–"
    if isinstance(amount, int):
        return f"{amount:+,}" if amount else "0"
    return ("+" if amount > 0 else "") + format_usd(amount)
