"""Of several lines that stand beside a flagged one, the one that is taken: by walking over all that are possible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from auditor.engine.plain_rule import Possible, in_order
from auditor.rules import model as m


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


def _place(p: Possible, fallen: Mapping[int, int]) -> tuple[Any, ...]:
    """What stands a finding comes first, then the surer class, then the order of dates; last the row."""
    assert p.partner is not None and p.rule.match is not None
    stands = 1 if p.lifted else 0
    if not p.lifted and p.rule.unless == p.rule.match.one and fallen.get(p.partner["line_id"]) == 1:
        stands = 2
    row = p.row["row_no"] if p.row is not None else -1
    return (stands, p.level, *in_order(p.partner), p.day, row)
