"""How much of the claims each rule could look at: eligible, evaluated, not evaluated and why, in lines and dollars.

A missing table row or field is never a pass. The lines are first counted by what eligibility can depend on
(``line_profile``), so that each rule asks a small table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from duckdb import DuckDBPyConnection

from auditor.matching.beside import asked_beside
from auditor.matching.evaluating import evaluating
from auditor.matching.facts import Facts
from auditor.matching.repricing import asks_above
from auditor.matching.sql import Names, alias, condition, literal, scope
from auditor.rules import model as m
from auditor.rules.fields import LINE_SQL, ROW_NEEDED

_PROFILED = frozenset({"line_of_business", "claim_type", "setting", "payer_id", "date_from", "code"})
PARTLY = "evaluated on a part of its days: "
"""Begins the reason of lines that count as evaluated although some day of their span could not be."""
WITHOUT = "evaluated without it: "
"""Begins the reason of lines that count as evaluated although a table that may lower a finding does not answer."""
BESIDE = (PARTLY, WITHOUT)
"""What begins the reasons of lines that count as evaluated."""
_MOST_SEGMENTS = 200
"""Beyond so many days on which something changes the lines are counted by their own dates."""


def _profile(con: DuckDBPyConnection, rules: Sequence[m.Rule], facts: Facts) -> str:
    """SQL that counts the lines by what eligibility can depend on.

    Dates are taken together between the days on which an answer, a rule or a row in use begins or ends: the first day
    of such a segment stands for all of it.
    """
    payer = "payer_id" if any(rule.scope.payer_id for rule in rules) else "NULL::VARCHAR"
    governed = "code IN (SELECT code FROM ref_coverage_policy)"
    known = keys_asked(rules)
    flags = "".join(f", {name}" for name in (f"known_{key}" for key in known))
    made = "".join(f", {LINE_SQL.get(key, key)} IS NOT NULL AS known_{key}" for key in known)
    places = ", ".join(f"CASE WHEN {governed} THEN {name} END AS {name}" for name in ("mac", "service_state"))
    if con.execute("SELECT count(*) FROM ref_coverage_policy").fetchone() == (0,):
        governed, places = "FALSE", "NULL::VARCHAR AS mac, NULL::VARCHAR AS service_state"
    # One key stands for setting and code, which are text; lines that lack one of them are told apart by the other.
    return f"""
CREATE OR REPLACE TEMP TABLE line_profile AS
SELECT line_of_business, claim_type, any_value(setting) AS setting, payer_id, denied, date_from,
       any_value(code) AS code, mac, service_state, has_dx, has_provider, has_units{flags},
       count(*) AS lines, sum(cents) AS cents
  FROM (SELECT line_of_business, claim_type, setting, code, {payer} AS payer_id, denied,
               {_segment(con, rules, facts)} AS date_from, code_key,
               CASE WHEN code_key IS NULL THEN setting END AS lone_setting,
               CASE WHEN code_key IS NULL THEN code END AS lone_code, {places},
               CASE WHEN {governed} THEN len(dx) > 0 END AS has_dx, provider_key IS NOT NULL AS has_provider,
               coalesce(units > 0, FALSE) AS has_units{made},
               greatest(coalesce(paid, allowed, charge, 0), 0) AS cents
          FROM line)
 GROUP BY line_of_business, claim_type, payer_id, denied, date_from, code_key, lone_setting, lone_code, mac,
          service_state, has_dx, has_provider, has_units{flags}
"""


_TOLD = frozenset(
    "patient_id claim_id payer_id line_of_business claim_type setting provider_id code date_from service_date "
    "service_day denied modifiers dx pointed_dx procedures dx_ptr is_span days date_to day_units line_no".split()
)
"""Fields that every line has, or that the counts tell of by themselves."""


def keys_asked(rules: Sequence[m.Rule]) -> list[str]:
    """The fields by which rules put lines together that a line may lack, besides its provider."""
    names = {name for rule in rules if rule.match is not None for name in _keys(rule.match)}
    return sorted(names - _TOLD)


def _keys(match: m.Match) -> frozenset[str]:
    """The fields that a line must have for a rule to put others beside it, or to sum it."""
    names = set(match.same)
    for total in (match.sum, match.total):
        if total is not None:
            names |= {*total.over, *({total.of} - {"lines", "units"})}
    names |= set(match.group.same) if match.group is not None else set()
    names |= set(match.sequence.same) if match.sequence is not None else set()
    partner = match.absent or match.because
    names |= set(partner.any_of[0]) if partner is not None else set()
    return frozenset(names)


def _segment(con: DuckDBPyConnection, rules: Sequence[m.Rule], facts: Facts) -> str:
    span = con.execute("SELECT min(date_from), max(date_to) FROM line").fetchone()
    if span is None or span[0] is None:
        return "date_from"
    first, last = span
    days = {first}
    for _, _, start, end in facts.answers:
        days |= {start, _after(end)}
    for rule in rules:
        days |= {day for day in (rule.effective_from, _after(rule.effective_to)) if day}
    for table in ("ncci_mue", "ncci_aoc_code", "coverage_policy"):
        for start, end in con.execute(f"SELECT DISTINCT effective, deleted FROM ref_{table}").fetchall():
            days |= {start, _after(end)}
    inside = sorted(day for day in days if day is not None and first <= day <= last)
    if len(inside) > _MOST_SEGMENTS:
        return "date_from"
    cases = " ".join(f"WHEN date_from >= {literal(day)} THEN {literal(day)}" for day in reversed(inside))
    return f"CASE {cases} END"


def _after(day: date | None) -> date | None:
    return None if day is None or day == date.max else day + timedelta(days=1)


@dataclass(frozen=True)
class Gap:
    """Lines of one rule in one state; ``reason`` is empty for evaluated lines. ``cents`` is an integer sum.

    Gaps of one rule and reason add up; those of a reason that begins as BESIDE says stand beside the evaluated lines.
    """

    rule_no: int
    reason: str
    lines: int
    cents: int


def measure(
    con: DuckDBPyConnection,
    rules: Sequence[m.Rule],
    facts: Facts,
    missing: dict[int, str],
    idle: frozenset[int] = frozenset(),
) -> list[Gap]:
    """Count the eligible lines of every matching rule by the reason they could not be evaluated.

    ``missing`` names, by rule number, the field that the feed lacks, ``idle`` rules that are about no line.
    Reads ``line``; makes ``line_profile``.
    """
    con.execute(_profile(con, rules, facts))
    spans = _make_spans(con, rules, facts)
    gaps: list[Gap] = []
    made: dict[str, list[tuple[str, int, int]]] = {}
    for number, rule in enumerate(rules):
        if rule.match is None or number in idle:
            continue
        reason, eligible = _sql(rule, facts, missing.get(number))
        sql = (
            f"SELECT {reason} AS reason, sum(lines)::BIGINT, sum(cents)::BIGINT FROM line_profile p "
            f"WHERE {eligible} GROUP BY 1 ORDER BY 1"
        )
        with evaluating(rule):
            if sql not in made:
                made[sql] = con.execute(sql).fetchall()
            if spans and rule.match.sum is not None:
                gaps += _by_days(con, number, reason, eligible)
            gaps += _without(con, number, rule.match, facts, f"{eligible} AND {reason} = ''")
        gaps += [Gap(number, reason or "", lines, int(cents)) for reason, lines, cents in made[sql]]
    return gaps


def _without(con: DuckDBPyConnection, number: int, match: m.Match, facts: Facts, judged: str) -> list[Gap]:
    """The evaluated lines for whose first day an optional table of the match does not answer."""
    gaps = []
    for looked in match.lookups:
        if not looked.optional:
            continue
        answered = facts.answered(looked.name, "p.setting", "p.date_from")
        lines, cents = con.execute(
            f"SELECT sum(lines)::BIGINT, sum(cents)::BIGINT FROM line_profile p WHERE {judged} AND NOT {answered}"
        ).fetchall()[0]
        if lines:
            reason = f"{WITHOUT}no {_spoken(looked)} publication answers for the service date"
            gaps.append(Gap(number, reason, lines, int(cents)))
    return gaps


def _make_spans(con: DuckDBPyConnection, rules: Sequence[m.Rule], facts: Facts) -> bool:
    """``span_profile``: days of the lines whose span reaches over one on which something changes; whether any does."""
    if not any(rule.match is not None and rule.match.sum is not None for rule in rules):
        return False
    starts = _segment(con, rules, facts)
    crossing = f"is_span AND {starts} <> {starts.replace('date_from', 'date_to')}"
    if con.execute(f"SELECT 1 FROM line WHERE {crossing} LIMIT 1").fetchone() is None:
        return False
    con.execute(
        "CREATE OR REPLACE TEMP TABLE span_profile AS SELECT * EXCLUDE (date_to, date_from), date_from AS first_day, "
        "unnest(generate_series(date_from, date_to, INTERVAL 1 DAY))::DATE AS date_from FROM ("
        "SELECT line_id, line_of_business, claim_type, setting, payer_id, denied, date_from, date_to, code, "
        "provider_key IS NOT NULL AS has_provider, coalesce(units > 0, FALSE) AS has_units, "
        + "".join(f"{LINE_SQL.get(key, key)} IS NOT NULL AS known_{key}, " for key in keys_asked(rules))
        + f"greatest(coalesce(paid, allowed, charge, 0), 0) AS cents FROM line WHERE {crossing})"
    )
    return True


def _by_days(con: DuckDBPyConnection, number: int, reason: str, eligible: str) -> list[Gap]:
    """What to change for the lines of ``span_profile``, which were counted by their first day."""
    rows = con.execute(
        f"WITH told AS (SELECT p.line_id, any_value(cents) AS cents, arg_min(reason, date_from) AS at_first, "
        "bool_or(reason = '') AS judged, min(reason) FILTER (reason <> '') AS lack "
        f"FROM (SELECT p.*, {reason} AS reason FROM span_profile p WHERE line_id IN "
        f"(SELECT line_id FROM span_profile p WHERE date_from = first_day AND {eligible})) p GROUP BY p.line_id) "
        "SELECT at_first, judged, CASE WHEN judged THEN lack END, count(*), sum(cents)::BIGINT FROM told GROUP BY ALL "
        "ORDER BY ALL"
    ).fetchall()
    gaps = []
    for first, judged, lack, lines, cents in rows:
        if judged and first:
            gaps += [Gap(number, first, -lines, -int(cents)), Gap(number, "", lines, int(cents))]
        if lack:
            gaps.append(Gap(number, PARTLY + lack, lines, int(cents)))
    return gaps


def untold(con: DuckDBPyConnection, rules: Sequence[m.Rule]) -> list[Gap]:
    """Lines beside which it cannot be told what stands: counted as not evaluated, and no longer as evaluated.

    Reads ``line``, ``candidate`` and ``verdict``.
    """
    numbers = [
        number
        for number, rule in enumerate(rules)
        if rule.match is not None and (rule.match.form in {"absent", "because"} or asks_above(rule))
    ]
    told = con.execute(
        "SELECT c.rule_no, c.lifted_reason, count(DISTINCT c.line_id), "
        "sum(greatest(coalesce(l.paid, l.allowed, l.charge, 0), 0)) FROM (SELECT DISTINCT rule_no, lifted_reason, "
        "line_id FROM candidate JOIN verdict USING (cand) WHERE verdict = 5 AND lifted_reason IS NOT NULL "
        "AND list_contains(?, rule_no)) c JOIN line l ON l.line_id = c.line_id GROUP BY 1, 2 ORDER BY 1, 2",
        [numbers],
    ).fetchall()
    return [
        gap
        for number, reason, lines, cents in told
        for gap in (Gap(number, reason, lines, int(cents)), Gap(number, "", -lines, -int(cents)))
    ]


def _sql(rule: m.Rule, facts: Facts, missing: str | None) -> tuple[str, str]:
    """SQL over ``line_profile p``: why a line is not evaluated (empty: it is), and whether the rule is about it."""
    match = rule.match
    assert match is not None
    eligible = [scope(rule, "p", unsettled=True)]
    reasons: list[tuple[str, str]] = []
    table = match.table.name if match.table else None
    if match.coverage is not None:
        table = "coverage_policy"
    answered = facts.answered(table, "p.setting", "p.date_from") if table else "TRUE"
    if match.coverage is not None or (match.table is not None and _code_column(match.table)):
        eligible.append("p.code IS NOT NULL")
    column = _code_column(match.table) if match.table is not None else ""
    if match.form in {"absent", "because"} and column:
        eligible.append(f"(NOT {answered} OR p.code IN (SELECT {column} FROM ref_{table}))")
    elif (
        match.form in {"absent", "because"}
        and all(ref.kind == "line" and ref.name in _PROFILED for ref in m.fields_read(match.when))
        and not any(rule.parameters[name].scoped for name in m.parameters_of(match.when))
    ):
        names = Names(day="p.date_from", roles=match.roles)
        eligible.append(
            condition(match.when, names, rule.parameters).replace(f"{alias(match.roles[0])}.", "p.")
        )
    if "outpatient_hospital" in rule.scope.setting:
        reasons.append(
            ("p.setting IS NULL", "bill type missing: inpatient and outpatient cannot be told apart")
        )
    if match.coverage is not None:
        fields = [field for field in match.coverage.jurisdiction if field in {"mac", "service_state"}]
        unplaced = " AND ".join(f"p.{field} IS NULL" for field in fields) or "FALSE"
        reasons.append(
            (
                f"{unplaced} AND p.code IN (SELECT code FROM ref_coverage_policy) "
                f"AND NOT {_has_row(match, 'coverage_policy')}",
                "jurisdiction missing",
            )
        )
        reasons.append(
            ("NOT p.has_dx AND p.code IN (SELECT code FROM ref_coverage_policy)", "no diagnosis on the claim")
        )
    if missing:
        reasons.append(("TRUE", f"the feed has no {missing}"))
    spoken = _SPOKEN[table] if table in _SPOKEN else _spoken(match.table) if match.table is not None else ""
    if table is not None:
        reasons.append((f"NOT {answered}", f"no {spoken} publication answers for the service date"))
    beside = asked_beside(match)
    for looked in [*match.lookups, *([beside] if beside is not None else [])]:
        if looked.name != table and not looked.optional:
            there = facts.answered(looked.name, "p.setting", "p.date_from")
            reasons.append((f"NOT {there}", f"no {_spoken(looked)} publication answers for the service date"))
    if "provider_id" in _keys(match):
        reasons.append(("NOT p.has_provider", "provider missing"))
    for key in sorted(_keys(match) - _TOLD):
        reasons.append((f"NOT p.known_{key}", f"{key.replace('_', ' ')} missing"))
    if match.sum is not None or (match.total is not None and match.total.of == "units"):
        reasons.append(("NOT p.has_units", "units missing, zero or negative"))
    if table in ROW_NEEDED:
        reasons.append((f"NOT {_has_row(match, table)}", f"no {spoken} for the code on the service date"))
    cases = " ".join(f"WHEN {test} THEN {literal(reason)}" for test, reason in reasons)
    reason = f"CASE {cases} ELSE '' END" if cases else "''"
    return reason, " AND ".join(eligible)


def _code_column(table: m.TableJoin) -> str:
    """The column of a table that equals the code of a line, empty where it asks for none."""
    return next((column for column, ref in table.on if ref.name == "code"), "")


def _has_row(match: m.Match, table: str) -> str:
    if match.coverage is not None:
        known = [field for field in match.coverage.jurisdiction if field in {"mac", "service_state"}]
        places = " OR ".join(f"r.jurisdiction = p.{field}" for field in known)
        return (
            "EXISTS (SELECT 1 FROM ref_coverage_policy r WHERE r.code = p.code AND p.date_from BETWEEN r.effective "
            f"AND r.deleted AND (r.jurisdiction = '*' OR {places or 'FALSE'}))"
        )
    assert match.table is not None
    on = " AND ".join(f"r.{column} = p.{ref.name}" for column, ref in match.table.on)
    return (
        f"EXISTS (SELECT 1 FROM ref_{table} r WHERE {on} AND p.date_from BETWEEN r.effective AND r.deleted)"
    )


_SPOKEN = {
    "ncci_ptp": "NCCI PTP",
    "ncci_mue": "published MUE value",
    "ncci_aoc": "add-on code",
    "ncci_aoc_code": "add-on code",
    "coverage_policy": "coverage policy",
}


def _spoken(table: m.TableJoin) -> str:
    """What a table is called in a sentence: by its title, where the project has no shorter name for it."""
    return _SPOKEN.get(table.name) or table.title or table.name.replace("_", " ")
