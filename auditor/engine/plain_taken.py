"""Of several lines that stand beside a flagged one, the one that is taken: by walking over all that are possible."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Final

from auditor.engine.plain_fields import columns_of
from auditor.engine.plain_rule import Possible, in_order
from auditor.engine.plain_tables import Line
from auditor.rules import model as m

_OF_PAIRS: Final = ("modifiers", "pointed_dx", "claim_id", "date_from", "date_to")
"""Of what the fields of two lines are made."""


def taken(possible: Iterable[Possible], fallen: Mapping[int, int]) -> list[Possible]:
    """The possible findings, of a rule that takes one partner one for each flagged line.

    ``fallen`` are the lines that earlier strata found not payable, with the level at which they did.
    """
    kept: list[Possible] = []
    best: dict[tuple[str, int], tuple[tuple[Any, ...], Possible]] = {}
    for p in possible:
        if p.rule.match is None or not p.rule.match.one or p.partner is None:
            kept.append(p)
            continue
        key, place = (p.rule.id, p.line["line_id"]), _place(p, fallen)
        if key not in best or place < best[key][0]:
            best[key] = place, p
    return kept + [p for _, p in best.values()]


def settled(p: Possible) -> bool:
    """Whether no partner that comes later in the order of dates can be taken in this one's place."""
    surest = min(m.LEVELS[variant.class_rule.base] for variant in p.rule.all_variants)
    return not p.lifted and p.level == surest and p.rule.unless in (None, p.rule.flag)


def two_of_alike(rule: m.Rule) -> Callable[[Sequence[Line]], Sequence[Line]] | None:
    """What leaves, of lines in order that a rule cannot tell apart as partners, the first two; None for other rules.

    The second is there for a flagged line that is the first itself. Where it matters which line it is (``unless``)
    none is left out.
    """
    match = rule.match
    if match is None or not match.one or rule.unless == match.one:
        return None
    if any((ref.kind, ref.name) == ("pair", "flagged_is_later") for ref in _refs(rule)):
        return None
    columns = sorted({column for name in _read(rule, match) for column in columns_of(name)})

    def two(lines: Sequence[Line]) -> Sequence[Line]:
        alike: dict[tuple[Any, ...], int] = {}
        kept = []
        for line in lines:
            key = tuple(tuple(told) if isinstance(told := line[name], list) else told for name in columns)
            alike[key] = alike.get(key, 0) + 1
            if alike[key] <= 2:
                kept.append(line)
        return kept

    return two


def _read(rule: m.Rule, match: m.Match) -> Iterator[str]:
    """The names of the fields of a partner that the rule may read, wherever they stand in it, and perhaps some more."""
    yield from match.same
    if {"service_day", "service_date"} & set(match.same):
        yield from ("date_from", "date_to")
    if match.within is not None:
        yield from (match.within.anchor, match.within.day)
    if match.table or match.lookups or any(item.scoped for item in rule.parameters.values()):
        yield "date_from"
    for ref in _refs(rule):
        if ref.kind == "pair":
            yield from _OF_PAIRS
        elif ref.kind == "line" and (ref.role == match.one or ref.role not in match.roles):
            yield ref.name


def _refs(part: Any) -> Iterator[m.FieldRef]:
    if isinstance(part, m.FieldRef):
        yield part
    elif is_dataclass(part):
        for item in fields(part):
            yield from _refs(getattr(part, item.name))
    elif isinstance(part, Mapping):
        yield from _refs(tuple(part.values()))
    elif isinstance(part, tuple):
        for item in part:
            yield from _refs(item)


def _place(p: Possible, fallen: Mapping[int, int]) -> tuple[Any, ...]:
    """What stands a finding comes first, then the surer class, then the order of dates; last the row."""
    assert p.partner is not None and p.rule.match is not None
    stands = 1 if p.lifted else 0
    if not p.lifted and p.rule.unless == p.rule.match.one and fallen.get(p.partner["line_id"]) == 1:
        stands = 2
    row = p.row["row_no"] if p.row is not None else -1
    return (stands, p.level, *in_order(p.partner), p.day, row)
