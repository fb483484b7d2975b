"""Which rules ask for which field of a claim line: what a feed that lacks the field goes without."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from auditor.matching.columns import columns_matched, conditions_of, line_columns, needed
from auditor.matching.sql import fields_of
from auditor.rules import model as m

_MADE_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "provider_id": ("rendering_npi", "facility_npi", "billing_npi"),
    "provider_key": ("provider_id", "rendering_npi", "facility_npi", "billing_npi"),
    "code_key": ("code",),
    "setting": ("claim_type", "tob"),
    "pointed_dx": ("dx_ptr", "dx"),
    "day_units": ("units",),
    "days": ("date_to",),
    "is_span": ("date_to",),
    "mods_truncated": ("modifiers",),
    "frequency_code": ("frequency_code", "tob"),
}
"""Columns of a line that are made of others, and of which."""
_BOTH: Final = frozenset({"provider_id", "setting"})
"""Made of others, and worth a word of their own."""


@dataclass(frozen=True)
class Use:
    """Ids of the rules that ``require`` a field, and are not evaluated without it, and of those that ``read`` it."""

    require: tuple[str, ...] = ()
    read: tuple[str, ...] = ()


def fields_used(rules: Iterable[m.Rule]) -> dict[str, Use]:
    """By field of `claim_line`, the rules that use it. A rule that requires a field stands under both."""
    require: dict[str, list[str]] = defaultdict(list)
    read: dict[str, list[str]] = defaultdict(list)
    for rule in rules:
        required = _plain(needed(rule))
        for name in sorted(required):
            require[name].append(rule.id)
        for name in sorted(_plain(_columns(rule)) | required):
            read[name].append(rule.id)
    return {name: Use(tuple(sorted(require[name])), tuple(sorted(read[name]))) for name in sorted(read)}


def _plain(names: Iterable[str]) -> set[str]:
    """The columns that come from a file, in place of those made of them; of some both."""
    return {part for name in names for part in (*_MADE_OF.get(name, (name,)), *({name} & _BOTH))}


def _columns(rule: m.Rule) -> set[str]:
    """The columns that decide what a rule finds: its scope, conditions, keys, tables, sums and its measure."""
    scope = rule.scope
    names = {
        name for name in ("line_of_business", "claim_type", "setting", "payer_id") if getattr(scope, name)
    }
    for condition in conditions_of(rule):
        names |= line_columns(fields_of(condition))
    for parameter in rule.parameters.values():
        for item in parameter.scoped:
            names |= line_columns(fields_of(item.when))
    names |= columns_matched(rule)
    bench = rule.benchmark
    if bench is not None:
        asked = fields_of(bench.population) | fields_of(bench.numerator) | {*bench.by, *bench.peers, bench.of}
        names |= line_columns(asked)
    return names
