"""R9: what a finding will say and price: words, braces, codes, amounts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from auditor.base.codes import HCPCS, ICD10_CM, MODIFIER
from auditor.rules import model as m
from auditor.rules.parsing import PLACEHOLDER, SHOWN_PARAMETER
from auditor.workbench import grammar
from auditor.workbench.lint.logic import leaves
from auditor.workbench.lint.messages import Found, Keys, Register, Spot
from auditor.workbench.lint.structure import TEMPLATES, conditions
from auditor.workbench.lint.subject import Subject

register = Register()
_WORD = re.compile(rf"\b{'duarf'[::-1]}\w*", re.IGNORECASE)
"""The word itself stands in no file of the project, not even in this one."""
_QUOTING = frozenset({"document", "section", "url", "read_at", "quote"})
"""Of a citation: another's words, which are not changed."""
_FILLED = re.compile(f"{PLACEHOLDER.pattern}|{SHOWN_PARAMETER.pattern}")
_BRACES = re.compile(r"\{([^{}\n]{0,60})\}")
_MOST_BRACES = 200
"""Different words in braces that are looked at in one explanation; nobody reads so many."""
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]*)*|[A-Za-z0-9_]+\.[A-Za-z0-9_]+")


@register.check(
    "R901",
    "forbidden-word",
    "error",
    "a claim can show an error, never an intent",
    "write `potential overpayment`",
)
def forbidden_word(subject: Subject) -> Iterator[Found]:
    """The word that no finding may carry."""
    exempt: set[int] = set()
    for keys, item in subject.mappings("citations"):
        for key in _QUOTING & set(item):
            mark = subject.source.marks.get((*keys, key))
            exempt |= {mark[0].line, mark[1].line} if mark is not None else set()
    for number, line in enumerate(subject.source.lines, 1):
        for word in _WORD.finditer(line):
            if number not in exempt:
                yield Found(Spot(number, word.start() + 1, len(word[0])), f"the word `{word[0]}`")


@register.check(
    "R902", "silent-finding", "warning", "the finding would reach a reviewer without it", "add it"
)
def silent_finding(subject: Subject) -> Iterator[Found]:
    """A rule that does not say where it errs, what kind of error it finds, or what to ask for."""
    rule = subject.rule
    if rule is None:
        return
    if not rule.false_positives:
        yield Found(("false_positives",), "`false_positives` is missing: when would the finding be wrong?")
    if not rule.root_cause:
        yield Found(("root_cause",), "`root_cause` is missing: what kind of error is it?")
    for variant in rule.all_variants:
        lowered = variant.class_rule.base != "definite" or variant.class_rule.probable_when
        if (lowered or variant.class_rule.partner) and not variant.record_needed:
            yield Found(
                ("record_needed",), f"`record_needed` is missing: what is to be asked for with {variant.id}?"
            )
            break


@register.check(
    "R903", "braces-that-are-no-field", "warning", "the finding would print them as they stand",
    "write {role.field}, or take the braces out",
)  # fmt: skip
def braces_that_are_no_field(subject: Subject) -> Iterator[Found]:
    """Braces in an explanation that look like a field and are none."""
    known = grammar.BENCHMARK_WORDS if "benchmark" in subject.data else frozenset()
    variants = [(*keys, "explanation") for keys, _ in subject.mappings("variants")]
    for keys in [*((name,) for name in TEMPLATES), *variants]:
        template = subject.under(*keys)
        if not isinstance(template, str):
            continue
        for inside in islice(dict.fromkeys(_BRACES.findall(template)), _MOST_BRACES):
            if (
                not inside.strip()
                or (_FILLED.fullmatch("{" + inside + "}") and "benchmark" not in subject.data)
                or inside in known
            ):
                continue
            if _NAME.fullmatch(inside.strip()) or "{" + inside.strip().lower() + "}" in template:
                yield Found(keys, f"`{{{inside}}}` is no field", value=True)


_REVENUE = (re.compile(r"[0-3][0-9]{3}"), "a revenue code has four digits, the leading 0 among them: 0450")
_NPI = (
    re.compile(r"[12][0-9]{9}|(?=.*[A-Z])[^a-z]+"),
    "an NPI has ten digits: 1000000012; another number of the payer's has a letter in it, in capitals",
)
_FORMS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "code": (HCPCS, "a CPT or HCPCS code has five characters: 99213, G0439, 0001T"),
    "codes": (HCPCS, "a CPT or HCPCS code has five characters: 99213, G0439, 0001T"),
    "modifiers": (MODIFIER, "a modifier has two characters in capitals: 59, LT"),
    "common_modifiers": (MODIFIER, "a modifier has two characters in capitals: 59, LT"),
    "all_modifiers": (MODIFIER, "a modifier has two characters in capitals: 59, LT"),
    "differing_modifiers": (MODIFIER, "a modifier has two characters in capitals: 59, LT"),
    "revenue_code": _REVENUE,
    "revenue_codes": _REVENUE,
    "pos": (re.compile(r"[0-9]{2}"), "a place of service has two digits: 11"),
    "tob": (re.compile(r"[0-9][0-9A-Z]{2}"), "a type of bill has three characters, without the leading 0: 131"),
    "drg": (re.compile(r"[0-9]{3}"), "an MS-DRG has three digits: 470"),
    "dx": (ICD10_CM, "a diagnosis stands without its dot, in capitals: E119"),
    "pointed_dx": (ICD10_CM, "a diagnosis stands without its dot, in capitals: E119"),
    "common_pointed_dx": (ICD10_CM, "a diagnosis stands without its dot, in capitals: E119"),
    "principal_dx": (ICD10_CM, "a diagnosis stands without its dot, in capitals: E119"),
    "procedures": (re.compile(r"[0-9A-HJ-NP-Z]{7}"), "an ICD-10-PCS code has seven characters: 0SR9019"),
    "rendering_specialty": (re.compile(r"[0-9A-Z]{2,3}"), "a CMS specialty has two characters: 08"),
    "discharge_status": (re.compile(r"[0-9]{2}"), "a discharge status has two digits: 01"),
    "sex": (re.compile(r"(?!(?:FE)?MALE\Z)[^a-z]+"), "F, M, or what else the payer writes, in capitals"),
    "service_state": (re.compile(r"[^a-z]+"), "a state stands in capitals: FL"),
    "provider_id": _NPI,
    "billing_npi": _NPI,
    "rendering_npi": _NPI,
    "facility_npi": _NPI,
    "billing_tin": (
        re.compile(r"[0-9]{9}|[0-9]{2}-[0-9]{7}|[0-9]{3}-[0-9]{2}-[0-9]{4}|.*[A-Za-z].*"),
        "a tax number has nine digits: 592000001",
    ),
}  # fmt: skip
_WHOLE = frozenset({"eq", "ne", "in", "not_in", "contains", "overlaps", "disjoint", "in_ranges"})
_STARTS = frozenset({"starts_with", "starts_with_any", "any_starts_with"})
_ENDINGS = (
    "",
    *(filler * (length - 1) + last for length in range(1, 11) for filler in "0A" for last in "0A"),
)
"""What a prefix is filled up with to see whether a code may begin so."""


@register.check(
    "R904", "no-code", "error", "no claim line has such a code, so the comparison never comes out true",
    "correct the code",
)  # fmt: skip
def no_code(subject: Subject) -> Iterator[Found]:
    """A text held against a code field that has not the form of such a code."""
    used: set[tuple[str, str, str]] = set()
    for keys, value in conditions(grammar.RULE, subject.data, ()):
        for own, single in leaves(value, keys):
            part = subject.condition(single)
            for test in m.tests_of(part) if part is not None else ():
                form = _FORMS.get(test.field.name)
                if form is None or test.field.kind not in {"line", "claim", "pair"}:
                    continue
                if isinstance(test.value, m.ParameterRef):
                    used.add((test.value.name, test.field.name, test.op))
                    continue
                for text in _bad(test.value, test.op, *form):
                    yield Found(own, f"`{text}` is no value of `{test.field}`", form[1])
    for name, field, op in sorted(used):
        periods = subject.under("parameters", name)
        for start, period in periods.items() if isinstance(periods, Mapping) else ():
            listed = period.get("value") if isinstance(period, Mapping) else period
            for text in _bad(listed, op, *_FORMS[field]) if start != "citation" else ():
                yield Found(
                    ("parameters", name, start),
                    f"`{text}` in `${name}` is no value of `{field}`",
                    _FORMS[field][1],
                )


def _bad(value: Any, op: str, form: re.Pattern[str], _: str) -> Iterator[str]:
    """The texts that have not the form; of a range, its ends; of a prefix, whatever it is filled up with."""
    if op not in _WHOLE | _STARTS:
        return
    for item in value if isinstance(value, list | tuple) else [value]:
        if not isinstance(item, str):
            continue
        if op in _STARTS:
            if not item or not any(form.fullmatch(item + rest) for rest in _ENDINGS):
                yield item
            continue
        ends = item.split("-") if op == "in_ranges" else [item]
        if not all(form.fullmatch(end) for end in ends):
            yield item


@register.check(
    "R905",
    "amount-of-another-form",
    "error",
    "the amount could not be defended",
    "choose the method that fits",
)
def amount_of_another_form(subject: Subject) -> Iterator[Found]:
    """An exposure that the form of the match cannot have."""
    rule = subject.rule
    if rule is None:
        return
    places: list[tuple[Keys, m.Variant]] = [(("variants", at), item) for at, item in enumerate(rule.variants)]
    for keys, variant in [*places, ((), rule.base_variant)]:
        at: Keys = (*keys, "exposure", "method")
        if keys and subject.under(*keys, "exposure") is None:
            continue
        if rule.benchmark is not None and variant.exposure.method != "none":
            yield Found(
                at,
                "a benchmark has no amount",
                "a position among peers prices no line",
                "write `method: none`",
            )
        elif (
            rule.match is not None
            and variant.exposure.method == "excess_units"
            and rule.match.form not in {"line", "sum", "total"}
        ):
            yield Found(
                at, f"excess units of a match without units to exceed ({rule.match.form})",
                "only a line or a sum has units above a limit", "write `method: line` or `method: none`",
            )  # fmt: skip
        if (
            variant.class_rule.base == "risk"
            and variant.exposure.method != "none"
            and not variant.exposure.at_risk
        ):
            yield Found(
                at, "an indicator with an amount", "an indicator never counts as an overpayment",
                "write `method: none`, or `at_risk: true`", value=True,
            )  # fmt: skip


@register.check(
    "R906",
    "benchmark-class",
    "error",
    "a statistic is an indicator, never a finding of fact",
    "write `class: risk`",
)
def benchmark_class(subject: Subject) -> Iterator[Found]:
    """A benchmark of another class than risk."""
    value = subject.under("class")
    base = value.get("is") if isinstance(value, Mapping) else value
    if "benchmark" in subject.data and base is not None and base != "risk":
        yield Found(("class",), f"a benchmark of class {base}", value=True)
    direction = subject.under("exposure", "direction")
    if "benchmark" in subject.data and direction not in (None, "neutral"):
        yield Found(
            ("exposure", "direction"), f"a benchmark with the direction `{direction}`",
            "a position among peers is neither over nor under", "write `direction: neutral`", value=True,
        )  # fmt: skip


@register.check(
    "R907", "no-way-to-know", "warning", "a reviewer cannot see what the finding rests on",
    "name the line's code and the day in the explanation, with {role.field}",
)  # fmt: skip
def no_way_to_know(subject: Subject) -> Iterator[Found]:
    """An explanation that names no field of the match."""
    rule = subject.rule
    if (
        rule is not None
        and rule.match is not None
        and rule.explanation
        and not PLACEHOLDER.search(rule.explanation)
    ):
        yield Found(("explanation",), "the explanation names none of the values that it rests on")


@register.check(
    "R908", "bypass-without-words", "warning",
    "a line that the bypass lifts would be printed with the explanation of a line that is flagged",
    "write `bypass_explanation`: what stands on the line, and why it is no finding",
)  # fmt: skip
def bypass_without_words(subject: Subject) -> Iterator[Found]:
    """A bypass without an explanation of its own."""
    rule = subject.rule
    if rule is not None and rule.bypass is not None and not rule.bypass_explanation:
        yield Found(("bypass",), "`bypass` stands without `bypass_explanation`")


_PAYERS_MONEY = frozenset({"paid", "allowed", "amount"})


@register.check(
    "R909", "whole-line-of-a-reduction", "warning",
    "what was paid too much is a part of the line, and `method: line` counts all of it",
    "write `method: difference` with the share that is due, or `method: none`, or `at_risk: true`",
)  # fmt: skip
def whole_line_of_a_reduction(subject: Subject) -> Iterator[Found]:
    """The whole line as exposure of a rule that finds a payment above a figure."""
    rule = subject.rule
    if rule is None or rule.match is None:
        return
    places: list[tuple[Keys, m.Variant]] = [(("variants", at), item) for at, item in enumerate(rule.variants)]
    for keys, variant in [*places, ((), rule.base_variant)]:
        own = subject.under(*keys, "exposure", "method")
        if (
            (keys and own is None)
            or variant.exposure.method != "line"
            or variant.exposure.at_risk
            or not (_bounds_money(rule.match.when, True) or _bounds_money(variant.when, True))
        ):
            continue
        yield Found((*keys, "exposure", "method"), "the condition finds a payment above a figure", value=True)


def _bounds_money(part: m.Condition, sign: bool) -> bool:
    """Whether a condition asks that a payment, or a sum of payments, be above a figure other than nothing."""
    if isinstance(part, m.Not):
        return _bounds_money(part.part, not sign)
    if not isinstance(part, m.Test):
        return any(_bounds_money(item, sign) for item in part.parts)
    if part.op not in ({"gt", "ge"} if sign else {"lt", "le"}) or part.field.type != "money":
        return False
    of_one = part.field.kind in {"line", "claim"}  # a sum counts lines, of which the last are wholly above it
    return of_one and part.field.name in _PAYERS_MONEY and part.value != 0
