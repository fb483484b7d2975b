"""What payers' overrides make of candidates, before the engine sees them: set aside, or lowered in class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from duckdb import DuckDBPyConnection

from auditor.matching.facts import Facts
from auditor.matching.sql import Names, condition, literal
from auditor.rules import model as m

LOWERED = {"probable": 2, "risk": 3}


def apply_overrides(
    con: DuckDBPyConnection,
    rules: Sequence[m.Rule],
    numbers: Mapping[str, int],
    overrides: Sequence[m.Override],
    facts: Facts,
    first: int,
) -> None:
    """Mark the candidates numbered ``first`` and up that overrides concern; the first override of a kind has its way.

    ``suppress`` sets ``override_no``; ``reclassify`` sets ``lowered_to`` and ``lowered_by``, for candidates that are
    neither lifted nor set aside. ``set_parameter`` has acted before.
    """
    found = con.execute("SELECT DISTINCT rule_no FROM candidate WHERE cand >= ?", [first]).fetchall()
    there = {number for (number,) in found}
    rules = [rule for rule in rules if numbers[rule.id] in there]
    for action in ("suppress", "reclassify"):
        for number, override in enumerate(overrides, start=1):
            if override.action != action:
                continue
            concerned = _concerned(rules, numbers, override)
            if not concerned:
                continue
            names = Names(day="r_line.date_from", dx_ptr_known=facts.dx_ptr_known)
            when = condition(override.when, names, {})
            if override.expires:
                when += f" AND r_line.date_from <= {literal(override.expires)}"
            if override.effective_from:
                when += f" AND r_line.date_from >= {literal(override.effective_from)}"
            change, still = f"override_no = {number}", "c.override_no = 0"
            if action == "reclassify":
                change = f"lowered_to = {LOWERED[override.to]}, lowered_by = {number}"
                still = "c.override_no = 0 AND NOT c.lifted AND c.lowered_by = 0"
            con.execute(
                f"UPDATE candidate c SET {change} FROM line r_line WHERE r_line.line_id = c.line_id "
                f"AND c.cand >= {first} AND {still} AND ({concerned}) AND {when}"
            )


def _concerned(rules: Sequence[m.Rule], numbers: Mapping[str, int], override: m.Override) -> str:
    """SQL over candidates ``c``: those of the rules, variants and families that an override names."""
    wanted = [
        str(numbers[rule.id]) for rule in rules if rule.family in override.rules or rule.id in override.rules
    ]
    variants = [
        f"(c.rule_no = {numbers[rule.id]} AND c.variant = {index})"
        for rule in rules
        for index, item in enumerate(rule.all_variants)
        if item.id in override.rules and item.id != rule.id
    ]
    return " OR ".join(([f"c.rule_no IN ({', '.join(wanted)})"] if wanted else []) + variants)
