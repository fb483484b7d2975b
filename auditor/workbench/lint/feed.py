"""R4: what a rule reads of the claims that a feed may lack. A rule without it is not evaluated, and never passes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from auditor.rules import model as m
from auditor.rules.fields import NPI_VALID
from auditor.workbench.lint.messages import Found, Keys, Register
from auditor.workbench.lint.subject import Subject

register = Register()

_AT_HAND: Final = frozenset(
    "claim_id line_no patient_id code codes lines units day_units date_from date_to service_date service_day days "
    "is_span line_of_business claim_type setting payer_id denied mods_truncated dx_ptr_known amount no_payment "
    "split_claim shared_day flagged_is_later year before amount_before max_units date".split()
)
"""What no claims file is read without, what reading gives a value where the file has none, and what is made of both."""
_MADE_OF: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "age": (("birth_date",),),
    "provider_id": (("provider_id", "rendering_npi", "billing_npi", "facility_npi"),),
    "pointed_dx": (("pointed_dx", "dx_ptr"),),
    "dx_ptr": (("dx_ptr", "pointed_dx"),),
    "frequency_code": (("frequency_code", "tob"),),
    "revenue_codes": (("revenue_code",),),
    "principal_dx": (("dx",),),
    "length_of_stay": (("admit_date",), ("discharge_date",)),
    "common_pointed_dx": (("pointed_dx", "dx_ptr"),),
    "common_dx_categories": (("pointed_dx", "dx_ptr"),),
    "common_modifiers": (("modifiers",),),
    "differing_modifiers": (("modifiers",),),
    "all_modifiers": (("modifiers",),),
    **{name: ((npi,),) for name, npi in NPI_VALID.items()},
}
"""Of a field under another name: each item must be met, by one of the fields in it."""
_NEGATIVE: Final = frozenset({"ne", "not_in", "disjoint"})
_OF_CLAIMS: Final = frozenset({"line", "pair", "claim", "sum"})


@dataclass(frozen=True)
class _Read:
    """One place where a rule reads a field.

    ``accuses``: a line without a value is flagged for it: for its ``absence``, or for an ``exemption`` that it cannot
    have.
    """

    keys: Keys
    field: str
    accuses: Literal["", "absence", "exemption"] = ""


Above = tuple[tuple[m.Condition, bool | None], ...]
"""The conditions around a comparison, outermost first, each with its sign."""


@register.check(
    "R406", "absence-accuses", "error",
    "where the claims do not carry the field, every line would look like one that lacks it",
    "name the field under `requires`, so that the rule is not evaluated without it; where an exemption is lost, it is "
    "enough that `false_positives` names the field",
)  # fmt: skip
def absence_accuses(subject: Subject) -> Iterator[Found]:
    """A finding that rests on what a line has not, of a field that the whole feed may lack."""
    yield from _told(subject, accusing=True)


@register.check(
    "R407", "not-required", "warning",
    "where the claims do not carry the field, the rule finds nothing or less, and looks as if it had looked",
    "name the field under `requires`, or ask for it with `exists: false` under `probable_when`",
)  # fmt: skip
def not_required(subject: Subject) -> Iterator[Found]:
    """A field that is read and that the feed may lack, without a word on what is done then."""
    yield from _told(subject, accusing=False)


def _told(subject: Subject, accusing: bool) -> Iterator[Found]:
    rule = subject.rule
    if rule is None:
        return
    reads = sorted(_reads(rule), key=lambda read: _ORDER.index(read.accuses))
    told: set[str] = set()
    for read in reads:
        missing = _missing(rule, read.field)
        if read.field in told or not missing:
            continue
        accuses = read.accuses if not _dead(rule, read.field) else ""
        told.add(read.field)
        if bool(accuses) != accusing or _provided_for(rule, read.field, accuses):
            continue
        listed = " and ".join(f"`claim_line.{item}`" for item in missing)
        yield Found(read.keys, f"{_WHAT[accuses].format(read.field)}, and `requires` does not name {listed}")


_ORDER: Final = ("absence", "exemption", "")
_WHAT: Final = {
    "absence": "a line without `{}` is flagged",
    "exemption": "a line without `{}` loses its exemption",
    "": "`{}` is read",
}


def _missing(rule: m.Rule, name: str) -> list[str]:
    """The fields that the rule should require for this one."""
    if name in _AT_HAND:
        return []
    ways = _MADE_OF.get(name, ((name,),))
    if name == "pointed_dx" and rule.scope.claim_type == ("institutional",):
        ways = (("dx", *ways[0]),)
    return [way[0] for way in ways if not set(way) & {*rule.requires, *rule.optional}]


def _provided_for(rule: m.Rule, name: str, accuses: str) -> bool:
    """Whether the rule says itself what it makes of a line without the field.

    It lowers the class of such a line; or, of an exemption that is lost, names the field among its false positives.
    """
    if accuses == "exemption" and re.search(rf"\b{name}\b", " ".join(rule.false_positives)):
        return True
    return any(
        test.field.name == name and test.op in {"exists", "not_empty"} and test.value is False
        for variant in rule.all_variants
        for part in variant.class_rule.probable_when
        for test in m.tests_of(part)
    )


def _dead(rule: m.Rule, name: str) -> bool:
    """Whether the match can never hold where no line has the field."""
    return rule.match is not None and _without(rule.match.when, name) is False


def _without(part: m.Condition, name: str) -> bool | None:
    """A condition where no line has the field: so, not so, or None where it depends on others."""
    if isinstance(part, m.Not):
        inner = _without(part.part, name)
        return None if inner is None else not inner
    if isinstance(part, m.Test):
        return _of_none(part) if any(ref.name == name for ref in _claim_fields(part)) else None
    found = [_without(item, name) for item in part.parts]
    decided = isinstance(part, m.AnyOf)
    if decided in found:
        return decided
    return None if None in found else not decided


def _of_none(test: m.Test) -> bool:
    """What a comparison with no value comes to."""
    return test.op in _NEGATIVE or (test.op in {"exists", "not_empty"} and test.value is False)


def _claim_fields(part: m.Condition) -> list[m.FieldRef]:
    return [ref for ref in m.fields_read(part) if ref.kind in _OF_CLAIMS]


def _asked(part: m.Condition, keys: Keys, sign: bool | None, above: Above = ()) -> Iterator[_Read]:
    """The fields of a condition; ``sign``: a line is accused where it holds, where it does not, or (None) neither."""
    if not isinstance(part, m.Test):
        around: Above = (*above, (part, sign))
        if isinstance(part, m.Not):
            yield from _asked(part.part, keys, None if sign is None else not sign, around)
        else:
            for item in part.parts:
                yield from _asked(item, keys, sign, around)
        return
    for ref in _claim_fields(part):
        # What decides a part of the condition the other way without the field leaves nothing of this comparison.
        counts = sign is not None and _of_none(part) == sign
        counts = counts and all(_without(node, ref.name) is not (not way) for node, way in above)
        yield _Read(keys, ref.name, ("exemption" if not sign else "absence") if counts else "")


def _reads(rule: m.Rule) -> Iterator[_Read]:
    """Every place where a rule reads the claims, those first in which absence may accuse."""
    if rule.match is not None:
        yield from _of_match(rule.match)
    if rule.bypass is not None:
        yield from _asked(rule.bypass, ("bypass",), False)
    for at, part in enumerate(rule.class_rule.probable_when):
        yield from _asked(part, ("class", "probable_when", at), None)
    for at, variant in enumerate(rule.variants):
        yield from _asked(variant.when, ("variants", at, "when"), None)
        for place, part in enumerate(variant.class_rule.probable_when):
            if part not in rule.class_rule.probable_when:
                yield from _asked(part, ("variants", at, "class", "probable_when", place), None)
    for variant in rule.all_variants:
        if isinstance(variant.exposure.limit, m.FieldRef) and variant.exposure.limit.kind in _OF_CLAIMS:
            yield _Read(("exposure", "limit"), variant.exposure.limit.name)
        corrected = variant.exposure.corrected
        for ref in corrected.fields if corrected is not None else ():
            if ref.kind in _OF_CLAIMS:
                yield _Read(("exposure", "corrected"), ref.name)
    if rule.benchmark is not None:
        bench = rule.benchmark
        yield from _named(("benchmark", "group"), bench.by)
        yield from _asked(bench.population, ("benchmark", "population"), None)
        yield from _asked(bench.numerator, ("benchmark", "numerator"), None)
        yield from _named(("benchmark", "peers"), bench.peers)


def _of_match(match: m.Match) -> Iterator[_Read]:
    yield from _asked(match.when, ("match", "when"), True)
    yield from _named(("match", "same"), match.same)
    for key, total in (("sum", match.sum), ("sum", match.total)):
        if total is not None:
            yield from _asked(total.where, ("match", key, "where"), True)
            yield from _named(("match", key, "over"), (*total.over, total.of))
    if match.group is not None:
        yield from _asked(match.group.where, ("match", "group", "where"), True)
        yield from _named(("match", "group", "same"), match.group.same)
    if match.sequence is not None:
        yield from _asked(match.sequence.where, ("match", "sequence", "where"), True)
        yield from _named(("match", "sequence", "same"), match.sequence.same)
    for word, partner in (("absent", match.absent), ("because", match.because)):
        if partner is not None:
            place: Keys = ("match", word) if word == "absent" else ("match", partner.role)
            yield from _asked(partner.where, (*place, "where"), False if word == "absent" else None)
            shared = set(partner.any_of[0]).intersection(*partner.any_of) if partner.any_of else set()
            yield from _named((*place, "same"), tuple(sorted(shared)))
            yield from _in_window(place, partner.within)
            yield from _of_table(place, partner.table)
    if match.coverage is not None:
        yield _Read(("match", "coverage", "dx"), "dx")
    yield from _in_window(("match", "within"), match.within)
    for key, table in (("table", match.table), *(("lookup", item) for item in match.lookups)):
        yield from _of_table(("match", key), table)


def _in_window(keys: Keys, within: m.Within | None) -> Iterator[_Read]:
    if within is not None:
        yield from _named(keys, (within.anchor, within.day))


def _of_table(keys: Keys, table: m.TableJoin | None) -> Iterator[_Read]:
    if table is not None:
        yield from _named(keys, tuple(ref.name for _, ref in table.on if ref.kind in _OF_CLAIMS))


def _named(keys: Keys, names: tuple[str, ...]) -> Iterator[_Read]:
    for name in names:
        yield _Read(keys, name)
