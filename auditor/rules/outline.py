"""The steps of a rule as a diagram shows them: lines, keys and window, table row, conditions, finding, amount.

A step is plain data, so that run.json can carry it and a report can draw it long after the rule has changed.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from auditor.rules import model as m
from auditor.rules.benchmark_words import measure_words, method_words, peers_words
from auditor.rules.condition_words import Said, Speaker
from auditor.rules.field_words import capital, claim_words, role_words, spoken, table_words
from auditor.rules.phrasing import DIRECTIONS, flagged_words
from auditor.rules.window_words import in_force_words, keys_words, span_words

Kind = Literal["lines", "keys", "table", "conditions", "bypass", "moot", "finding", "exposure"]
_DAYS = {"service_day", "service_date"}
_MOST = 5
_CLASS = {"definite": "claims-evident", "probable": "record needed", "risk": "indicator"}


@dataclass(frozen=True)
class Step:
    """A box of the diagram: its kind, its heading, its lines. ``bypass`` and ``moot`` lead aside, the others on."""

    kind: Kind
    title: str
    text: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self) | {"text": list(self.text)}


def outline(rule: m.Rule) -> tuple[Step, ...]:
    """The steps of a rule, in the order in which it is worked through."""
    speaker = Speaker()
    steps = [Step("lines", _lines(rule), _scope(rule))]
    if rule.match is not None:
        steps += _match_steps(rule.match)
        if rule.match.when != m.ALWAYS:
            steps.append(
                Step("conditions", "All of these hold", _few(speaker.conditions(_telling(rule.match.when))))
            )
    if rule.benchmark is not None:
        item = rule.benchmark
        steps.append(
            Step("keys", f"Counted by {keys_words(item.by)}", _few(speaker.conditions(item.population)))
        )
        measured: tuple[str, ...] = (f"of {', '.join(item.levels[:8])}",) if item.levels else ()
        if item.method != "chi_square" and item.measure == "share":
            measured = _few(speaker.conditions(item.numerator))
        steps.append(Step("conditions", f"Measured: {measure_words(item)}", measured))
        peers = f"Peers: same {keys_words(item.peers)}, from {peers_words(item)}"
        steps.append(Step("table", peers, (method_words(item),)))
    if rule.bypass is not None:
        steps.append(Step("bypass", "Bypassed when", _few(speaker.conditions(rule.bypass))))
    if rule.unless:
        steps.append(Step("moot", "Says nothing when", (f"{role_words(rule.unless)} already fell",)))
    steps.append(_finding(rule))
    steps.append(_exposure(rule))
    return tuple(steps)


def _lines(rule: m.Rule) -> str:
    roles = rule.match.roles if rule.match is not None else ("line",)
    is_claim = rule.match is not None and rule.match.form == "claim"
    said = " and ".join(claim_words(role) if is_claim else role_words(role) for role in roles)
    beside = rule.match and (rule.match.absent or rule.match.because)
    if beside:
        verb = "without" if rule.match is not None and rule.match.absent else "which hangs on"
        said += f" {verb} {role_words(beside.role)}"
    return said[0].upper() + said[1:]


def _scope(rule: m.Rule) -> tuple[str, ...]:
    limits = [
        ", ".join(spoken(value) for value in values)
        for values in (
            rule.scope.line_of_business,
            rule.scope.claim_type,
            rule.scope.setting,
            rule.scope.payer_id,
        )
        if values
    ]
    start = f"from {rule.effective_from.isoformat()}" if rule.effective_from else ""
    end = f"to {rule.effective_to.isoformat()}" if rule.effective_to else ""
    return tuple(part for part in ("; ".join(limits), " ".join(filter(None, (start, end)))) if part)


def _match_steps(match: m.Match) -> list[Step]:
    steps = []
    same, window = _keys(match)
    text = []
    if same:
        text.append(f"same {keys_words([key for key in same if key not in _DAYS])}")
        if _DAYS & set(same):
            text.append(
                "on a shared day of service"
                if match.form in {"pair", "absent", "because"}
                else "a day of service"
            )
    if window is not None:
        text.append(
            "; ".join(
                f"{value}: {span_words(span)}" if value else span_words(span) for value, span in window.spans
            )
        )
    if text:
        steps.append(Step("keys", _KEYS_TITLE.get(match.form, "Standing together"), tuple(text)))
    if match.table is not None:
        day = in_force_words(match.table.in_force_on, "the day of the match")
        steps.append(
            Step("table", capital(table_words(match.table, named=False)), (f"the row in force on {day}",))
        )
    beside = match.absent or match.because
    if beside is not None and beside.table is not None:
        listed = f"its rows say which lines count as {role_words(beside.role)}"
        steps.append(Step("table", capital(table_words(beside.table, named=False)), (listed,)))
    for table in match.lookups:
        steps.append(
            Step("table", capital(table_words(table, named=False)), ("looked up, where there is a row",))
        )
    if match.coverage is not None:
        steps.append(
            Step("table", "Coverage table", ("a policy for the code", "met by none of its diagnoses"))
        )
    return steps


_KEYS_TITLE = {
    "sum": "Added up, day by day",
    "total": "Added up",
    "group": "Alike in all of these",
    "sequence": "In the order of their dates",
    "absent": "None stands beside it",
    "because": "All that stand beside it have fallen",
}


def _keys(match: m.Match) -> tuple[tuple[str, ...], m.Window | None]:
    total = match.sum or match.total
    if total is not None:
        return total.over, total.window
    if match.group is not None:
        return match.group.same, None
    if match.sequence is not None:
        return match.sequence.same, match.sequence.window
    beside = match.absent or match.because
    if beside is not None:
        return beside.any_of[0], beside.within.window if beside.within else None
    return match.same, match.within.window if match.within else None


def _finding(rule: m.Rule) -> Step:
    text = [_CLASS[rule.class_rule.base]]
    lowered = len(rule.class_rule.probable_when) + (rule.class_rule.partner is not None)
    if lowered and rule.class_rule.base == "definite":
        text.append(f"record needed in {lowered} case{'s' if lowered > 1 else ''}")
    if rule.variants:
        text.append("or, first that holds: " + ", ".join(item.id for item in rule.variants))
    if rule.concludes:
        text.append(f"{role_words(rule.concludes)} is taken as not payable")
    return Step("finding", f"{rule.id} on {flagged_words(rule)}", tuple(text))


def _exposure(rule: m.Rule) -> Step:
    item = rule.exposure
    if item.method == "none":
        return Step("exposure", "No amount")
    part = {"line": "the line's whole amount", "excess_units": "the part above the limit"}[item.method]
    at_risk = ("at risk, counted in no total",) if item.at_risk else ()
    return Step("exposure", capital(DIRECTIONS[item.direction]), (part, *at_risk))


def _telling(part: m.Condition) -> m.Condition:
    """The same conditions, those that read more than a line first: they tell most where not all are shown."""
    if not isinstance(part, m.All):
        return part
    flat = [inner for item in part.parts for inner in (item.parts if isinstance(item, m.All) else (item,))]
    return m.All(tuple(sorted(flat, key=lambda item: all(ref.kind == "line" for ref in m.fields_read(item)))))


def _few(said: tuple[Said, ...]) -> tuple[str, ...]:
    """The first sentences, those with parts by their number, the rest counted."""
    shown = [
        item.text
        if not item.parts
        else f"{item.text.removesuffix(' hold').removesuffix(' holds')}: {len(item.parts)} conditions"
        for item in said
    ]
    return tuple(shown) if len(shown) <= _MOST + 1 else (*shown[:_MOST], f"and {len(shown) - _MOST} more")
