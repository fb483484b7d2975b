"""Two lines of which one partner is taken: which partners cannot be the one, before any are put together.

Lines that are alike in all that a rule reads of a partner give pairs that differ in nothing but the line. Of them the
first in the order of dates is taken, so that one line stands for the fifty of a stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from auditor.matching.columns import conditions_of, line_columns, templates_of
from auditor.matching.facts import DAY_NAMES, Facts
from auditor.matching.sql import alias, fields_of, key_column
from auditor.rules import model as m
from auditor.rules.parsing import PLACEHOLDER

IN_ORDER = ("date_from", "claim_id", "line_no", "line_id")
"""What puts lines in the order in which a partner is taken: first day, claim, line."""
_OF_PAIR: Mapping[str, frozenset[str]] = {
    "common_modifiers": frozenset({"modifiers"}),
    "differing_modifiers": frozenset({"modifiers"}),
    "all_modifiers": frozenset({"modifiers"}),
    "common_pointed_dx": frozenset({"pointed_dx"}),
    "common_dx_categories": frozenset({"pointed_dx"}),
    "split_claim": frozenset({"claim_id"}),
    "shared_day": frozenset({"date_from", "date_to"}),
    "flagged_is_later": frozenset(IN_ORDER),
}
"""What of a partner each field of two lines is made of."""


def tells_how_many(rule: m.Rule) -> bool:
    """Whether a sentence of the rule names the number of partners, so that each of them must be met."""
    return any("pair.partners" in PLACEHOLDER.findall(text) for text in templates_of(rule))


def first_of_alike(rule: m.Rule, facts: Facts, role: str, row: str = "") -> str:
    """SQL (``QUALIFY ...``) that keeps the first two of the lines in ``role`` that are alike; empty for other roles.

    Two, for the first may be the flagged line itself, which is no partner of its own. ``row`` is the number of the
    table's row that stands beside the line. Where some partners make the finding moot (``unless``) or all are counted,
    likeness in the claims is not enough and every line is kept.
    """
    match = rule.match
    if match is None or match.one != role or not facts.prefilter:
        return ""
    if rule.unless == role or tells_how_many(rule):
        return ""
    keys = [key_column(name) for name in match.same if name not in DAY_NAMES]
    read = _read_of(rule, match, role)
    if "line_id" in read:
        return ""  # no two lines are alike in that
    columns = dict.fromkeys([*keys, *sorted(line_columns(read))])
    alike = [f"{alias(role)}.{column}" for column in columns] + ([row] if row else [])
    order = ", ".join(f"{alias(role)}.{column}" for column in IN_ORDER)
    return f"QUALIFY row_number() OVER (PARTITION BY {', '.join(alike)} ORDER BY {order}) <= 2"


def _read_of(rule: m.Rule, match: m.Match, role: str) -> set[str]:
    """The fields of the line in ``role`` that decide whether, and how, it makes a pair with another line."""
    names: set[str] = set()
    for part in conditions_of(rule):
        for ref in m.fields_read(part):
            if ref.kind == "pair":
                names |= _OF_PAIR[ref.name]
            elif ref.role == role:
                names.add(ref.name)
    if set(DAY_NAMES) & set(match.same):
        names |= {"date_from", "date_to"}
    if match.within is not None:
        by = match.within.window.by
        names.add(match.within.anchor if match.within.of == role else match.within.day)
        names |= {by.name} if by is not None and by.role == role else set()
    for table in _tables(match):
        names |= {ref.name for _, ref in table.on if ref.role == role}
        names |= {"date_from"} if table.in_force_on.partition(".")[0] == role else set()
    for parameter in rule.parameters.values():
        for item in parameter.scoped:
            names |= fields_of(item.when) | {"date_from"}
    return names


def _tables(match: m.Match) -> Iterator[m.TableJoin]:
    if match.table is not None:
        yield match.table
    yield from match.lookups


def asked_of_both(rule: m.Rule, facts: Facts) -> list[m.Condition]:
    """What of the match's condition compares the two lines with each other and hangs on no day and no row.

    It can be asked where they are put together, so that fewer pairs are kept; the exact condition decides afterwards.
    """
    match = rule.match
    if match is None or not facts.prefilter:
        return []
    return [part for part in _parts(match.when) if _compares(part, set(match.roles))]


def _parts(part: m.Condition) -> Iterator[m.Condition]:
    if isinstance(part, m.All):
        for item in part.parts:
            yield from _parts(item)
    else:
        yield part


def _compares(part: m.Condition, roles: set[str]) -> bool:
    read = m.fields_read(part)
    return (
        {ref.role for ref in read} == roles
        and all(ref.kind == "line" for ref in read)
        and not m.parameters_of(part)
    )
