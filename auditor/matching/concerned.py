"""Rules that no line at hand can be a case of, told from the rule and the codes of the lines before any query is made.

Most feeds hold the codes of few rules. A query that finds nothing still has to be planned, and with hundreds of rules
the planning is the greater part of a small audit. What is told here is weaker than the rule, never stronger: a rule
that is left out has no candidate, and its coverage is counted all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from auditor.matching.facts import Facts
from auditor.matching.pushed import fails_without_row, pushed
from auditor.matching.relations import needs_modifiers
from auditor.rules import model as m

PROFILE = (
    "SELECT claim_type, line_of_business, setting, payer_id, len(modifiers) > 0 AS modified, "
    "list(DISTINCT code) FILTER (code IS NOT NULL), min(date_from), max(date_from) "
    "FROM line WHERE NOT denied GROUP BY ALL"
)
_INNER = frozenset({"line", "pair", "sum", "total", "sequence"})
"""Forms whose matches are lines with a row of the match's own table: without rows there are none."""


@dataclass(frozen=True)
class _Kind:
    """The lines of one kind: what they share, the codes that they have, their first and last day."""

    shared: Mapping[str, str | None]
    modified: bool
    codes: frozenset[str]
    days: tuple[object, object]


def concerned(con: DuckDBPyConnection, rules: Sequence[m.Rule], facts: Facts) -> list[m.Rule]:
    """Those of ``rules`` that some line of ``line`` can be a case of, in their order.

    All of them where ``facts`` asks nothing first. Reads ``line`` and ``ref_*``.
    """
    if not facts.prefilter:
        return list(rules)
    kinds = [
        _Kind(
            {"claim_type": kind, "line_of_business": line, "setting": setting, "payer_id": payer},
            bool(modified),
            frozenset(codes or ()),
            (first, last),
        )
        for kind, line, setting, payer, modified, codes, first, last in con.execute(PROFILE).fetchall()
    ]
    empty = {
        name: con.execute(f"SELECT 1 FROM ref_{name} LIMIT 1").fetchone() is None
        for name in {table.name for rule in rules if rule.match for table in _tables(rule.match)}
    }
    answers = {name: facts.answers_at_all(name) for name in empty}
    return [rule for rule in rules if _may_match(rule, kinds, empty, answers)]


def _may_match(
    rule: m.Rule, kinds: Sequence[_Kind], empty: Mapping[str, bool], answers: Mapping[str, bool]
) -> bool:
    match = rule.match
    if match is None or match.form == "claim":
        return True
    if match.table is not None and match.form in _INNER and empty[match.table.name]:
        return False
    if any(
        not answers[item.name] or (empty[item.name] and _must_stand(item, match, rule))
        for item in match.lookups
        if not item.optional
    ):
        return False  # what is looked up must be answered for, whether or not a row stands there
    return all(any(_may_stand(rule, role, kind) for kind in kinds) for role in match.roles)


def _tables(match: m.Match) -> list[m.TableJoin]:
    return [*match.lookups, *([match.table] if match.table is not None else [])]


def _must_stand(item: m.TableJoin, match: m.Match, rule: m.Rule) -> bool:
    """Whether the match's condition is false where no row of a table looked up is in force."""
    return fails_without_row(pushed(match.when, item.alias, rule.parameters, f"table:{item.name}"))


def _may_stand(rule: m.Rule, role: str, kind: _Kind) -> bool:
    """Whether a line of a kind may stand in a role of the rule."""
    for name, value in kind.shared.items():
        wanted = getattr(rule.scope, name)
        if wanted and value not in wanted:
            return False
    first, last = kind.days
    if role == rule.flag and (
        (rule.effective_from is not None and last < rule.effective_from)  # type: ignore[operator]
        or (rule.effective_to is not None and first > rule.effective_to)  # type: ignore[operator]
    ):
        return False
    match = rule.match
    assert match is not None
    asked = [
        match.when,
        *(item.where for item in (match.group, match.sum, match.total, match.sequence) if item),
    ]
    for part in asked:
        weaker = pushed(part, role, rule.parameters)
        if not kind.modified and needs_modifiers(weaker):
            return False
        codes = codes_of(weaker)
        if codes is not None and codes.isdisjoint(kind.codes):
            return False
    return True


def codes_of(part: m.Condition) -> frozenset[str] | None:
    """The codes that a line for which ``part``, a condition over one line, holds can have; None where any may do."""
    if isinstance(part, m.All):
        asked = [codes for item in part.parts if (codes := codes_of(item)) is not None]
        return frozenset.intersection(*asked) if asked else None
    if isinstance(part, m.AnyOf):
        either = [codes_of(item) for item in part.parts]
        known = [codes for codes in either if codes is not None]
        return frozenset().union(*known) if len(known) == len(either) else None
    if isinstance(part, m.Not) or part.field.kind != "line" or part.field.name != "code":
        return None
    if part.op == "eq" and isinstance(part.value, str):
        return frozenset({part.value})
    if part.op == "in" and isinstance(part.value, tuple):
        return frozenset(part.value)
    return None
