"""Candidates whose exposure is a difference of fees, given their amount: one statement for the rules of a stratum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.matching.facts import Facts
from auditor.pricing import fees, payers
from auditor.pricing import places as sites
from auditor.pricing.differences import repriced_sql, told_sql
from auditor.rules import model as m

NO_FEE = (
    "no fee of the place or payer is at hand, so that it cannot be told whether more was allowed than is due"
)
"""Why a line is not evaluated by a rule that asks how much the difference is."""


def asks_above(rule: m.Rule) -> bool:
    """Whether a finding of the rule hangs on how much was allowed above what is due."""
    return any(item.exposure.only_above is not None for item in rule.all_variants)


def not_above_sql(rules: Sequence[m.Rule], numbers: Mapping[str, int]) -> str:
    """SQL: a candidate's difference is a condition of its finding and is not known to be large enough; else empty."""
    tests = [
        f"(rule_no = {numbers[rule.id]} AND variant = {at} "
        f"AND NOT (coalesce(price_basis, '') = 'repriced' AND share_num > {item.exposure.only_above}))"
        for rule in rules
        for at, item in enumerate(rule.all_variants)
        if item.exposure.only_above is not None
    ]
    return f"({' OR '.join(tests)})" if tests else ""


def rows_sql(facts: Facts) -> str:
    """SQL of the rows of the fee schedule with the days for which they answer."""
    rows, others = (f"({facts.answering_rows(name)})" for name in ("mpfs_rvu", "mpfs_rvu_qpp"))
    return fees.rows_sql(rows, others)


def places_sql(facts: Facts) -> str:
    """SQL of the indices of places with the days for which they answer."""
    return sites.places_sql(f"({facts.answering_rows('mpfs_gpci')})")


def payers_sql(facts: Facts) -> str:
    """SQL of the fees of payers' own tables with the days for which they answer."""
    return payers.fees_sql(f"({facts.answering_rows(payers.TABLE)})")


def reprice_sql(which: str, rows: str, places: str, own: str = "") -> str:
    """SQL that gives the candidates for which ``which`` holds their part at stake, its basis, and a sentence on it.

    ``own`` is the relation of payers' own fees, empty where there are none.
    """
    setting = sites.setting_sql("l.pos", "l.date_from")
    practitioner = "l.setting = 'practitioner'"
    new_setting, fee, new_fee = f"coalesce(c.fix_setting, {setting})", "NULL::BIGINT", "NULL::BIGINT"
    schedule = f"l.line_of_business = 'medicare' AND {practitioner}"
    if own:
        schedule += f" AND NOT {payers.has_table_sql(own)}"
        code = f"CASE WHEN {practitioner} THEN coalesce(c.fix_code, l.code) END"
        fee, new_fee = payers.both_sql(own, setting, code, "c.fix_component", new_setting)
    asked = f"""(
    SELECT c.cand, c.fix = 'under' AS under, l.code, l.date_from AS day,
           {fees.component_sql("l.modifiers")} AS component, {setting} AS setting, {sites.place_sql("l")} AS place,
           {schedule} AS schedule, l.allowed, l.charge, l.units,
           CASE WHEN {practitioner} THEN coalesce(c.fix_code, l.code) END AS new_code, c.fix_component AS new_component,
           {new_setting} AS new_setting, c.fix_share AS new_share, {fee} AS payer_fee, {new_fee} AS new_payer_fee
      FROM candidate c JOIN line l ON l.line_id = c.line_id WHERE {which})"""
    return f"""
UPDATE candidate SET share_num = p.num, share_den = p.den * processed_den, price_basis = p.basis,
       explanation = explanation || p.told
  FROM (SELECT cand, basis, num, den, {told_sql()} AS told FROM ({repriced_sql(asked, rows, places)})) p
 WHERE candidate.cand = p.cand"""
