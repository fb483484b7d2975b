"""Which columns of ``line`` a rule reads: what is carried along for it, and no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.matching.sql import fields_of
from auditor.rules import model as m
from auditor.rules.fields import CLAIM_HEADER, LINE_FIELDS, LINE_SQL, NPI_VALID, RARE_FIELDS
from auditor.rules.parsing import PLACEHOLDER

ALWAYS_READ = frozenset(
    "line_id claim_id line_no denied date_from date_to days is_span code modifiers units day_units line_of_business "
    "claim_type setting payer_id".split()
)
_MADE_OF = {
    "age": ("birth_date", "date_from"),
    "amount": ("paid", "allowed", "charge"),
    "dx_ptr_known": (),
    "no_payment": ("paid", "allowed"),
    "common_pointed_dx": ("pointed_dx",),
    "common_dx_categories": ("pointed_dx",),
    **{name: (npi,) for name, npi in NPI_VALID.items()},
}


def columns_read(rule: m.Rule) -> frozenset[str]:
    """The columns a rule's conditions and explanations read, those of every rule included."""
    names: set[str] = set()
    for condition in conditions_of(rule):
        names |= fields_of(condition)
    for text in templates_of(rule):
        names |= {name.partition(".")[2] for name in PLACEHOLDER.findall(text)}
    for parameter in rule.parameters.values():
        for item in parameter.scoped:
            names |= fields_of(item.when)
    for table in rule.match.lookups if rule.match is not None else ():
        names |= {ref.name for _, ref in table.on}
    return ALWAYS_READ | line_columns(names)


def needed(rule: m.Rule) -> frozenset[str]:
    """The fields without which a rule is not evaluated: those it names, and what it reads that few feeds have."""
    rare = (columns_read(rule) | columns_matched(rule)) & RARE_FIELDS.keys()
    return frozenset(rule.requires) | (rare - set(rule.optional))


def npis_checked(rule: m.Rule) -> frozenset[str]:
    """The columns of NPIs whose check digit a rule asks for."""
    names: set[str] = set()
    for condition in conditions_of(rule):
        names |= fields_of(condition)
    if rule.benchmark is not None:
        names |= fields_of(rule.benchmark.population) | fields_of(rule.benchmark.numerator)
    return frozenset(npi for name, npi in NPI_VALID.items() if name in names)


def columns_chosen_by(rule: m.Rule) -> frozenset[str]:
    """The columns that decide which single lines a rule is about: its scope and the condition of its match."""
    names = set(fields_of(rule.match.when)) if rule.match is not None else set()
    for parameter in rule.parameters.values():
        for item in parameter.scoped:
            names |= fields_of(item.when)
    return line_columns(names) | {
        "line_id",
        "code_key",
        "date_from",
        "denied",
        "line_of_business",
        "claim_type",
        "setting",
        "payer_id",
    }


def line_columns(names: Iterable[str]) -> frozenset[str]:
    """The columns of ``line`` that fields are, or are made of."""
    columns: set[str] = set()
    for name in names:
        if name in _MADE_OF:
            columns |= set(_MADE_OF[name])
        elif name in LINE_FIELDS:
            columns.add(LINE_SQL.get(name, name))
    return frozenset(columns)


def columns_matched(rule: m.Rule) -> frozenset[str]:
    """The columns that finding a rule's matches reads, beyond :func:`columns_read`: keys, tables, partners, sums."""
    match = rule.match
    if match is None:
        return frozenset()
    names: set[str] = set(match.same)
    tables = [match.table, *match.lookups]
    for total in (match.sum, match.total):
        if total is not None:
            names |= {total.of, *total.over} | fields_of(total.where)
    windows = [match.within, *(item.within for item in (match.absent,) if item is not None)]
    for within in windows:
        if within is not None:
            names |= {within.anchor, within.day} | _chooses(within.window)
    if match.group is not None:
        names |= {*match.group.same, *match.group.order} | fields_of(match.group.where)
    if match.sequence is not None:
        names |= {*match.sequence.same} | fields_of(match.sequence.where) | _chooses(match.sequence.window)
    if match.form == "claim":
        names |= {
            *CLAIM_HEADER,
            "code",
            "revenue_code",
            "modifiers",
            "charge",
            "allowed",
            "paid",
        } - RARE_FIELDS.keys()
    for partner in (match.absent, match.because):
        if partner is not None:
            names |= {name for keys in partner.any_of for name in keys}
            names |= fields_of(partner.where) | fields_of(partner.days_before_when)
            tables.append(partner.table)
    for table in tables:
        names |= {ref.name for _, ref in table.on} if table is not None else set()
    if match.coverage is not None:
        names |= {match.coverage.dx, match.coverage.elsewhere, *match.coverage.jurisdiction}
    return line_columns(names)


def _chooses(window: m.Window) -> frozenset[str]:
    return frozenset({window.by.name} if window.by is not None and window.by.kind == "line" else ())


def conditions_of(rule: m.Rule) -> Iterator[m.Condition]:
    """The conditions that are asked of a whole match: its own, and those of bypass, variants and classes."""
    if rule.match is not None:
        yield rule.match.when
    if rule.bypass is not None:
        yield rule.bypass
    for variant in rule.all_variants:
        yield variant.when
        yield variant.class_rule.partner_when
        yield from variant.class_rule.probable_when


def templates_of(rule: m.Rule) -> Iterator[str]:
    """The texts that are filled with values of a match."""
    yield rule.bypass_reason
    yield rule.bypass_explanation
    yield rule.unjudged_explanation
    for variant in rule.all_variants:
        yield variant.explanation
