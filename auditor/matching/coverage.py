"""How much of the claims each rule could look at: eligible, evaluated, not evaluated and why, in lines and dollars.

A missing table row or field is never a pass. The lines are first counted by what eligibility can depend on
(``line_profile``), so that each rule asks a small table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from auditor.matching.relations import Facts
from auditor.matching.sql import Names, alias, condition, fields_of, literal, scope
from auditor.rules import model as m
from auditor.rules.fields import ROW_NEEDED

_PROFILED = frozenset({"line_of_business", "claim_type", "setting", "payer_id", "date_from", "code"})
_PROFILE = """
CREATE OR REPLACE TEMP TABLE line_profile AS
SELECT line_of_business, claim_type, setting, payer_id, denied, date_from, code, mac, service_state,
       provider_key IS NOT NULL AS has_provider, coalesce(units > 0, FALSE) AS has_units,
       count(*) AS lines, sum(greatest(coalesce(paid, allowed, charge, 0), 0)) AS cents
  FROM line GROUP BY ALL
"""


@dataclass(frozen=True)
class Gap:
    """Lines of one rule in one state; ``reason`` is empty for evaluated lines. ``cents`` is an integer sum."""

    rule_no: int
    reason: str
    lines: int
    cents: int


def measure(
    con: DuckDBPyConnection, rules: Sequence[m.Rule], facts: Facts, missing: dict[int, str]
) -> list[Gap]:
    """Count the eligible lines of every matching rule by the reason they could not be evaluated.

    ``missing`` names, by rule number, the field that the feed lacks. Reads ``line``; makes ``line_profile``.
    """
    con.execute(_PROFILE)
    gaps: list[Gap] = []
    made: dict[str, list[tuple[str, int, int]]] = {}
    for number, rule in enumerate(rules):
        if rule.match is None:
            continue
        sql = _sql(rule, facts, missing.get(number))
        if sql not in made:
            made[sql] = con.execute(sql).fetchall()
        gaps += [Gap(number, reason or "", lines, int(cents)) for reason, lines, cents in made[sql]]
    return gaps


def _sql(rule: m.Rule, facts: Facts, missing: str | None) -> str:
    match = rule.match
    assert match is not None
    eligible = [scope(rule, "p")]
    reasons: list[tuple[str, str]] = []
    table = match.table.name if match.table else None
    if match.coverage is not None:
        table = "coverage_policy"
    answered = facts.answered(table, "p.setting", "p.date_from") if table else "TRUE"
    if table is not None:
        eligible.append("p.code IS NOT NULL")
    if match.form in {"absent", "because"} and match.table is not None:
        column = next(col for col, ref in match.table.on if ref.name == "code")
        eligible.append(f"(NOT {answered} OR p.code IN (SELECT {column} FROM ref_{table}))")
    elif match.form in {"absent", "because"} and fields_of(match.when) <= _PROFILED:
        names = Names(day="p.date_from", roles=match.roles)
        eligible.append(condition(match.when, names, rule.parameters).replace(f"{alias(match.roles[0])}.", "p."))
    if missing:
        reasons.append(("TRUE", f"the feed has no {missing}"))
    if table is not None:
        reasons.append((f"NOT {answered}", f"no {_spoken(table)} publication answers for the service date"))
    if _needs_provider(match):
        reasons.append(("NOT p.has_provider", "provider missing"))
    if match.sum is not None:
        reasons.append(("NOT p.has_units", "units missing, zero or negative"))
    if table in ROW_NEEDED:
        reasons.append((f"NOT {_has_row(match, table)}", f"no {_spoken(table)} for the code on the service date"))
    cases = " ".join(f"WHEN {test} THEN {literal(reason)}" for test, reason in reasons)
    reason = f"CASE {cases} ELSE '' END" if cases else "''"
    return (
        f"SELECT {reason} AS reason, sum(lines)::BIGINT, sum(cents)::BIGINT FROM line_profile p "
        f"WHERE {' AND '.join(eligible)} GROUP BY 1 ORDER BY 1"
    )


def _needs_provider(match: m.Match) -> bool:
    keys = [*match.same, *(match.sum.over if match.sum else ())]
    return "provider_id" in keys or match.form in {"absent", "because"}


def _has_row(match: m.Match, table: str) -> str:
    if match.coverage is not None:
        places = " OR ".join(f"r.jurisdiction = p.{field}" for field in match.coverage.jurisdiction if field in {"mac", "service_state"})  # fmt: skip
        return (
            "EXISTS (SELECT 1 FROM ref_coverage_policy r WHERE r.code = p.code AND p.date_from BETWEEN r.effective "
            f"AND r.deleted AND (r.jurisdiction = '*' OR {places or 'FALSE'}))"
        )
    assert match.table is not None
    on = " AND ".join(f"r.{column} = p.{ref.name}" for column, ref in match.table.on)
    return f"EXISTS (SELECT 1 FROM ref_{table} r WHERE {on} AND p.date_from BETWEEN r.effective AND r.deleted)"


def _spoken(table: str) -> str:
    return {
        "ncci_ptp": "NCCI PTP",
        "ncci_mue": "published MUE value",
        "ncci_aoc": "add-on code",
        "ncci_aoc_code": "add-on code",
        "coverage_policy": "coverage policy",
    }[table]
