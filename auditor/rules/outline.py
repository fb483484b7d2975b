"""The steps of a rule as a diagram shows them: lines, keys and window, table row, conditions, finding, amount.

A step is plain data, so that run.json can carry it and a report can draw it long after the rule has changed.
"""

from __future__ import annotations

from auditor.rules import model as m
from auditor.rules.benchmark_words import measure_words, method_words, peers_words
from auditor.rules.exposure_words import corrected_words, only_above_words
from auditor.rules.field_words import capital, claim_words, role_words, row_words, spoken
from auditor.rules.outline_match import match_steps
from auditor.rules.outline_step import Step, Teller
from auditor.rules.phrasing import DIRECTIONS, flagged_words
from auditor.rules.window_words import keys_words

_CLASS = {"definite": "claims-evident", "probable": "record needed", "risk": "indicator"}


def outline(rule: m.Rule) -> tuple[Step, ...]:
    """The steps of a rule, in the order in which it is worked through."""
    teller = Teller(rule.parameters)
    steps = [Step("lines", _lines(rule), _scope(rule))]
    if rule.match is not None:
        steps += match_steps(rule.match, teller)
        if rule.match.when != m.ALWAYS:
            held = teller.conditions(_telling(rule.match.when))
            steps.append(Step("conditions", "All of these hold", tuple(held)))
    if rule.benchmark is not None:
        steps += _compared(rule.benchmark, teller)
    if rule.bypass is not None:
        steps.append(Step("bypass", "Bypassed when", tuple(teller.conditions(rule.bypass))))
    if rule.unless:
        steps.append(Step("moot", "Says nothing when", (f"{role_words(rule.unless)} already fell",)))
    steps.append(_finding(rule))
    steps.append(_exposure(rule, teller))
    return tuple(steps)


def _compared(item: m.Benchmark, teller: Teller) -> list[Step]:
    measured = [f"of {', '.join(item.levels[:8])}"] if item.levels else []
    if item.method != "chi_square" and item.measure == "share":
        measured = teller.conditions(item.numerator)
    peers = f"Peers: same {keys_words(item.peers)}, from {peers_words(item)}"
    return [
        Step("keys", f"Counted by {keys_words(item.by)}", tuple(teller.conditions(item.population))),
        Step("conditions", f"Measured: {measure_words(item)}", tuple(measured)),
        Step("table", peers, (method_words(item),)),
    ]


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


def _exposure(rule: m.Rule, teller: Teller) -> Step:
    item = rule.exposure
    if item.method == "none":
        return Step("exposure", "No amount")
    part = ["the line's whole amount"]
    if item.method == "excess_units":
        part = [f"the part above {_limit(rule, teller)}"]
        part += teller.values(item.limit.name) if isinstance(item.limit, m.ParameterRef) else []
    if item.corrected is not None:
        part = [f"the difference to {', '.join(corrected_words(item.corrected))}"]
        named = (item.corrected.code, item.corrected.share)
        part += teller.values(*(value.name for value in named if isinstance(value, m.ParameterRef)))
    if item.only_above is not None:
        part.append(only_above_words(item.only_above))
    at_risk = ["at risk, counted in no total"] if item.at_risk else []
    return Step("exposure", capital(DIRECTIONS[item.direction]), (*part, *at_risk))


def _limit(rule: m.Rule, teller: Teller) -> str:
    if rule.exposure.limit is not None:
        return teller.amount(rule.exposure.limit)
    table = rule.match.table if rule.match is not None else None
    return f"the value of {row_words(table.alias)}" if table is not None else "the limit"


def _telling(part: m.Condition) -> m.Condition:
    """The same conditions, those that read more than a line first: they tell most where not all are shown."""
    if not isinstance(part, m.All):
        return part
    flat = [inner for item in part.parts for inner in (item.parts if isinstance(item, m.All) else (item,))]
    return m.All(tuple(sorted(flat, key=lambda item: all(ref.kind == "line" for ref in m.fields_read(item)))))
