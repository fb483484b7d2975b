"""Fees of a payer's own table, which take the place of the physician fee schedule for that payer's lines."""

from __future__ import annotations

from typing import Final

from auditor.pricing.fees import component_sql

TABLE: Final = "payer_fees"


def fees_sql(rows: str) -> str:
    """SQL of ``payer_fee``: cents by payer, code, component and days; the lowest ``rank`` of several rows decides."""
    return (
        "SELECT payer_id, plan_id, code, coalesce(modifier, '') AS component, setting, locality, "
        "CAST(round(amount * 100, 0) AS BIGINT) AS cents, judged_from AS first, judged_to AS last, "
        "CAST(CASE WHEN plan_id IS NULL THEN 4 ELSE 0 END + CASE WHEN locality IS NULL THEN 2 ELSE 0 END "
        "+ CASE WHEN setting IS NULL THEN 1 ELSE 0 END AS BIGINT) * 1000000000 + row_no AS rank "
        f"FROM {rows}"
    )


def has_table_sql(fees: str) -> str:
    """SQL: the payer of the line ``l`` has a table on its day."""
    return f"EXISTS (SELECT 1 FROM {fees} q WHERE q.payer_id = l.payer_id AND l.date_from BETWEEN q.first AND q.last)"


def fee_sql(fees: str, code: str, component: str, setting: str) -> str:
    """SQL of the cents that the payer of the line ``l`` pays for a unit of a service; NULL without a row."""
    return (
        f"(SELECT arg_min(q.cents, q.rank) FROM {fees} q WHERE q.payer_id = l.payer_id AND q.code = {code} "
        f"AND q.component = {component} AND l.date_from BETWEEN q.first AND q.last "
        "AND (q.plan_id IS NULL OR q.plan_id = l.plan_id) AND (q.locality IS NULL OR q.locality = l.locality) "
        f"AND (q.setting IS NULL OR q.setting = {setting}))"
    )


def both_sql(fees: str, setting: str, new_code: str, new_component: str, new_setting: str) -> tuple[str, str]:
    """SQL of the fees of the service billed and of the corrected one; a component without a row is the whole service.

    ``new_component`` is NULL for that billed, ``none`` for the whole service.
    """
    component = component_sql("l.modifiers")
    exact, whole = fee_sql(fees, "l.code", component, setting), fee_sql(fees, "l.code", "''", setting)
    billed = f"CASE WHEN {exact} IS NULL THEN '' ELSE {component} END"
    wanted = f"CASE {new_component} WHEN 'none' THEN '' ELSE coalesce({new_component}, {billed}) END"
    return f"coalesce({exact}, {whole})", fee_sql(fees, new_code, f"({wanted})", new_setting)
