"""A rule in words, generated from the model and complete: what a person who never programs reads and signs.

Nothing here is written by hand for a rule. What the model holds, a sentence says; a test changes every value of the
model in turn and asks that the words change with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from auditor.rules import model as m
from auditor.rules.benchmark_words import least_words, measure_words, method_words, peers_words
from auditor.rules.condition_words import Said, Speaker, parameter_words
from auditor.rules.exposure_words import corrected_words, only_above_words
from auditor.rules.field_words import (
    capital,
    claim_words,
    literal_words,
    role_words,
    row_words,
    spoken,
    subject,
)
from auditor.rules.match_words import match_words
from auditor.rules.window_words import joined, keys_words, window_words

CLASSES: Final[Mapping[str, str]] = {
    "definite": "claims-evident (the claims, and the row in force, show it; no record is needed to evaluate it)",
    "probable": "record needed (nothing can be concluded before a record was seen)",
    "risk": "indicator (it shows where to look, and says nothing of a single claim)",
}
DIRECTIONS: Final[Mapping[str, str]] = {
    "over": "potential overpayment",
    "under": "potential underpayment",
    "neutral": "no amount in either direction",
}


@dataclass(frozen=True)
class Passage:
    """A heading and the sentences under it."""

    heading: str
    said: tuple[Said, ...]

    def plain(self) -> list[Any]:
        """As JSON takes it: the heading, then each sentence as :meth:`Said.plain` gives it."""
        return [self.heading, *(item.plain() for item in self.said)]


def phrase(rule: m.Rule, *, full: bool = False) -> tuple[Passage, ...]:
    """The rule in words, passage by passage; ``full`` writes long lists out, else they are shortened with a count.

    Raises KeyError for a form or operator of the language that has no words yet.
    """
    speaker = Speaker(full)
    passages = [Passage("Retired", _retired(rule.retired))] if rule.retired is not None else []
    passages.append(Passage("Which claims it is for", _scope(rule)))
    if rule.match is not None:
        passages.append(Passage("Which lines stand together", match_words(rule.match, rule.flag, speaker)))
        if rule.match.when != m.ALWAYS:
            passages.append(Passage("What must hold, all of it", speaker.conditions(rule.match.when)))
    if rule.benchmark is not None:
        passages.append(Passage("Who is compared with whom", _benchmark(rule.benchmark, speaker)))
    if rule.bypass is not None:
        passages.append(Passage("What lifts it", _bypass(rule, rule.bypass, speaker)))
    if rule.unless:
        passages.append(Passage("When it is moot", (
            Said(f"When an earlier family of rules found {role_words(rule.unless)} not payable on the claims alone, "
                 "this rule says nothing more"),
        )))  # fmt: skip
    passages.append(Passage("How sure it is", _class(rule, rule.class_rule, speaker)))
    if rule.variants:
        passages.append(Passage("What the finding is called", _variants(rule, speaker)))
    passages += [
        Passage("What it concludes", _concludes(rule)),
        Passage("What is at stake", (_exposure(rule, rule.exposure),)),
    ]
    if rule.parameters:
        passages.append(Passage("Values by date", _parameters(rule, speaker)))
    if rule.windows:
        passages.append(Passage("Windows", tuple(
            window_words(window, speaker) if window.name else Said(name, (window_words(window, speaker),))
            for name, window in rule.windows.items()
        )))  # fmt: skip
    passages.append(Passage("What the finding says", _templates(rule)))
    return tuple(passages)


def phrase_override(override: m.Override, *, full: bool = False) -> tuple[Passage, ...]:
    """A payer's override in words."""
    speaker = Speaker(full)
    lowered = CLASSES.get(override.to, override.to)
    if override.to == "risk":
        lowered = "an amount at risk, which is counted in no total"
    does = {
        "suppress": "The finding is set aside: it stays in the report as suppressed, with this override's id",
        "reclassify": f"The finding is lowered to {lowered}",
        "set_parameter": f"{parameter_words(m.ParameterRef(override.parameter))} is "
        f"{_value_words(override.value, speaker)} for these lines, before anything is matched",
    }[override.action]  # fmt: skip
    expires = override.expires.isoformat() if override.expires else "no end"
    begins = override.effective_from.isoformat() if override.effective_from else "any date"
    return (
        Passage("Which findings it is about", (Said(f"Those of {joined(override.rules)}"),)),
        Passage("For which lines, all of it", speaker.conditions(override.when)),
        Passage("From when until when", (Said(f"Service dates from {begins} to {expires}, both included"),)),
        Passage("What it does", (Said(does),)),
        Passage(
            "Why, and who approved it", (Said(override.reason), Said(f"Approved by: {override.approved_by}"))
        ),
    )


def plain_passages(passages: Sequence[Passage]) -> list[Any]:
    """Passages as plain JSON values, as they stand in run.json."""
    return [passage.plain() for passage in passages]


def _retired(item: m.Retired) -> tuple[Said, ...]:
    said = [
        Said(f"Out of use since {item.on.isoformat()}, because {item.because}"),
        Said("It is not run any more, and is kept so that what it once found can be explained"),
    ]
    return (*said, Said(f"In its place stands {item.successor}")) if item.successor else tuple(said)


def flagged_words(rule: m.Rule) -> str:
    """What a finding of the rule is on: a line; of a claim, its lines or the first of them; a provider."""
    if rule.benchmark is not None:
        return f"the provider, by its {keys_words(rule.benchmark.by[:1])}"
    if rule.match is None or rule.match.form != "claim":
        return role_words(rule.flag)
    which = "every line" if rule.exposure.method == "line" else "the first line"
    return f"{which} of {claim_words(rule.flag)} that the payer did not deny"


def _scope(rule: m.Rule) -> tuple[Said, ...]:
    said = []
    for name, what in (
        ("line_of_business", "Lines of business"), ("claim_type", "Claim types"), ("setting", "Settings"),
        ("payer_id", "Payers"),
    ):  # fmt: skip
        values: tuple[str, ...] = getattr(rule.scope, name)
        shown = [value if name == "payer_id" else spoken(value) for value in values]
        said.append(Said(f"{what}: {joined(shown) or 'all'}"))
    start = rule.effective_from.isoformat() if rule.effective_from else "any date"
    end = rule.effective_to.isoformat() if rule.effective_to else "no end"
    said.append(Said(f"Service dates from {start} to {end}, both included"))
    if rule.requires:
        said.append(
            Said(f"The claims must carry: {keys_words(rule.requires)}; without one of them the rule is not evaluated, "
                 "which is never a pass")
        )  # fmt: skip
    if rule.optional:
        said.append(
            Said(f"The claims may carry: {keys_words(rule.optional)}; where they have none of one of them, the rule is "
                 "evaluated all the same, and every finding is at most record needed, with that as the reason")
        )  # fmt: skip
    return tuple(said)


def _benchmark(item: m.Benchmark, speaker: Speaker) -> tuple[Said, ...]:
    counted = speaker.conditions(item.population) if item.population != m.ALWAYS else ()
    said = [
        Said(f"For each {keys_words(item.by)} the {measure_words(item)} is taken"),
        Said(f"{capital(role_words(item.role))} is looked at when", counted)
        if counted
        else Said("All lines in scope are looked at"),
    ]
    if item.method == "chi_square":
        said.append(Said(f"The mix is that of these codes: {speaker.listed(None, item.levels)}"))
    elif item.measure == "share":
        said.append(Said("The share is that of the lines for which", speaker.conditions(item.numerator)))
    if item.of == "weight":
        weights = tuple(f"{code} weighs {literal_words(None, weight)}" for code, weight in item.weights)
        said.append(Said(f"Each code has a weight: {speaker.listed(None, weights)}"))
    said.append(Said(f"Peers are of the same {keys_words(item.peers)}, taken from {peers_words(item)}"))
    if item.table_rows:
        rows = [f"{spoken(column)} {value}" for column, value in item.table_rows]
        said.append(Said(f"Of that table the rows with {joined(rows)} are read"))
    said += [Said(least_words(item).removesuffix(".")), Said(f"It is a finding where {method_words(item)}")]
    return tuple(said)


def _bypass(rule: m.Rule, bypass: m.Condition, speaker: Speaker) -> tuple[Said, ...]:
    said = [
        Said(
            "The verdict is bypassed, not a finding, and the row stays visible, when",
            speaker.conditions(bypass),
        )
    ]
    if rule.bypass_reason:
        said.append(Said(f"Reason given: {rule.bypass_reason}"))
    if rule.bypass_explanation:
        said.append(Said(f"It then says: {rule.bypass_explanation}"))
    return tuple(said)


def _variants(rule: m.Rule, speaker: Speaker) -> tuple[Said, ...]:
    said = [Said("The first of these that holds names the finding; one match gives one finding")]
    for item in rule.variants:
        parts = list(speaker.conditions(item.when))
        if item.class_rule != rule.class_rule:
            parts += _other_class(rule, item.class_rule, speaker)
        if item.exposure != rule.exposure:
            parts.append(_exposure(rule, item.exposure))
        if item.severity != rule.severity:
            parts.append(Said(f"its severity is {item.severity}"))
        if item.record_needed != rule.record_needed:
            parts.append(Said(f"record needed: {joined(item.record_needed) or 'none'}"))
        if item.cites != rule.cites:
            known = {citation.key: citation.document for citation in rule.citations}
            cited = [f"{known.get(key, key)} ({key})" for key in item.cites]
            parts.append(Said(f"it rests on: {'; '.join(cited) or 'all citations'}"))
        said.append(Said(f"{item.id} (catalogue {item.catalogue_id}), {item.title}, when", tuple(parts)))
    said.append(Said(f"{rule.id} (catalogue {rule.catalogue_id}) where none of them holds"))
    return tuple(said)


def _class(rule: m.Rule, item: m.ClassRule, speaker: Speaker) -> tuple[Said, ...]:
    said = [Said(f"Class: {CLASSES[item.base]}")]
    for at, part in enumerate(item.probable_when):
        reason = item.reasons[at] if at < len(item.reasons) else ""
        because = f", because {reason}" if reason else ""
        if part == m.ALWAYS:
            said.append(Said(f"It is lowered to record needed{because}"))
            continue
        lowered = f"It is lowered to record needed{because}, when"
        said.append(Said(lowered, speaker.conditions(part)))
    if item.partner is not None:
        because = f", because {item.partner_reason}" if item.partner_reason else ""
        conditions = speaker.conditions(item.partner_when) if item.partner_when != m.ALWAYS else ()
        said.append(
            Said(f"It is lowered to record needed{because}, when {role_words(item.partner)}, and every other one that "
                 f"{role_words(rule.flag)} meets so, has itself been found not payable"
                 + (", and" if conditions else ""), conditions)
        )  # fmt: skip
    return tuple(said)


def _other_class(rule: m.Rule, item: m.ClassRule, speaker: Speaker) -> tuple[Said, ...]:
    """The class of a variant; what it has in common with the rule's own is named, not repeated."""
    own = list(zip(rule.class_rule.probable_when, rule.class_rule.reasons, strict=False))
    given = list(zip(item.probable_when, item.reasons, strict=False))
    partner = (rule.class_rule.partner, rule.class_rule.partner_when, rule.class_rule.partner_reason)
    shares = bool(own) and all(pair in given for pair in own)
    same_partner = shares and (item.partner, item.partner_when, item.partner_reason) == partner
    if not shares or (partner[0] is not None and not same_partner):
        return _class(rule, item, speaker)
    further = [pair for pair in given if pair not in own]
    less = m.ClassRule(item.base, tuple(part for part, _ in further), tuple(why for _, why in further))
    common = Said("It is lowered as well by all that lowers the rule's own finding")
    return (*_class(rule, less, speaker), common)


def _concludes(rule: m.Rule) -> tuple[Said, ...]:
    said = [Said(f"The finding is on {flagged_words(rule)}; its severity is {rule.severity}")]
    if rule.concludes:
        said.append(
            Said(f"Later families of rules take {role_words(rule.concludes)} as not payable: what hangs on it falls "
                 "with it")
        )  # fmt: skip
    else:
        payable = "" if rule.benchmark is not None else ": the line stays payable for them"
        said.append(Said(f"Later families of rules are told nothing{payable}"))
    if rule.record_needed:
        said.append(Said(f"Where a record is needed, ask for: {'; '.join(rule.record_needed)}"))
    if rule.root_cause:
        said.append(Said(f"Cause (draft, auditor to confirm): {rule.root_cause}"))
    return tuple(said)


def _exposure(rule: m.Rule, item: m.Exposure) -> Said:
    flagged = flagged_words(rule)
    total = (rule.match.total or rule.match.sum) if rule.match is not None else None
    if item.method == "none":
        return Said(f"No amount is put on it ({DIRECTIONS[item.direction]})" + _at_risk(item))
    basis = "amount paid; where that is not known, the amount allowed, else the amount charged"
    if item.method == "line":
        whole = (
            "its part for the day of the sum"
            if total is not None and rule.match and rule.match.form == "sum"
            else "all"
        )
        return Said(
            f"{capital(DIRECTIONS[item.direction])}: {whole} of what was paid for {flagged} ({basis})"
            + _at_risk(item)
        )
    if item.corrected is not None:
        only = f"; {only_above_words(item.only_above)}" if item.only_above is not None else ""
        return Said(
            f"{capital(DIRECTIONS[item.direction])}: the part of the payment for {flagged} by which what was allowed "
            f"and the fee of {', '.join(corrected_words(item.corrected))} differ, at the fee schedule of the place "
            "or of the payer; where neither is at hand, in proportion to relative values, and then marked as estimated"
            + only
            + _at_risk(item)
        )
    if isinstance(item.limit, m.ParameterRef):
        limit = parameter_words(item.limit)
    elif isinstance(item.limit, m.FieldRef):
        limit = subject(item.limit)
    else:
        row = rule.match.table if rule.match is not None else None
        limit = f"the value of {row_words(row.alias)}" if row is not None else "the limit"
    return Said(
        f"{capital(DIRECTIONS[item.direction])}: the part of the payment for {flagged} that lies above {limit}, in "
        f"proportion ({basis})" + _at_risk(item)
    )


def _at_risk(item: m.Exposure) -> str:
    return ". The amount is at risk only and counted in no total" if item.at_risk else ""


def _parameters(rule: m.Rule, speaker: Speaker) -> tuple[Said, ...]:
    said = []
    sources = {citation.key: citation for citation in rule.citations}
    for name, parameter in rule.parameters.items():
        source = sources.get(parameter.citation)
        cited = (
            f", by {source.document} ({parameter.citation})"
            if source is not None
            else f", by {parameter.citation}"
        )
        parts = [
            Said(f"from {start.isoformat()}: {_value_words(value, speaker)}")
            for start, value in parameter.values
        ]
        for scoped in parameter.scoped:
            dates = [f"from {scoped.effective_from.isoformat()}"] if scoped.effective_from else []
            dates += [f"to {scoped.expires.isoformat()}"] if scoped.expires else []
            parts.append(
                Said(f"by override {scoped.override} {' '.join(dates)}".rstrip()
                     + f": {_value_words(scoped.value, speaker)}, for lines where", speaker.conditions(scoped.when))
            )  # fmt: skip
        said.append(
            Said(
                f"{parameter_words(m.ParameterRef(name))}{cited}",
                tuple(parts),
            )
        )
    return tuple(said)


def _value_words(value: Any, speaker: Speaker) -> str:
    if isinstance(value, list | tuple):
        return speaker.listed(None, tuple(value))
    return literal_words(None, value)


def _templates(rule: m.Rule) -> tuple[Said, ...]:
    said = [Said(rule.explanation)] if rule.explanation else []
    said += [
        Said(f"{item.id}: {item.explanation}")
        for item in rule.variants
        if item.explanation != rule.explanation
    ]
    if rule.unjudged_explanation:
        said.append(Said(f"Where it cannot be judged: {rule.unjudged_explanation}"))
    return tuple(said) or (Said("nothing of its own"),)
