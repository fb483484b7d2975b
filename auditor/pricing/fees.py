"""The fee of a service: relative values times the indices of a place times the conversion factor, exact to the cent.

``[(work * GPCI work) + (practice expense * GPCI practice expense) + (malpractice * GPCI malpractice)] * CF``, the
practice expense being that of the facility or of the non-facility setting. Where a row has values for the amount of the
outpatient prospective payment system (imaging), the same sum with these caps it (record layout of the relative value
file: the amount calculated with them is compared to the fee schedule). Only rows of status A, R and T have a fee.

``price_row`` holds the rows with the days for which they answer, ``price_place`` the indices. ``worth`` is the sum
before the conversion factor; with all indices 1 it is the row's national relative value.
"""

from __future__ import annotations

from typing import Final

PAID_STATUSES: Final = ("A", "R", "T")
COMPONENTS: Final = ("26", "TC", "53")
"""Modifiers that have rows of their own in the relative value file."""

_VALUES: Final = {
    "work": "work_rvu",
    "pe_non_facility": "non_fac_pe_rvu",
    "pe_facility": "facility_pe_rvu",
    "mp": "mp_rvu",
    "cap_non_facility": "opps_non_facility_pe_amount",
    "cap_facility": "opps_facility_pe_amount",
    "cap_mp": "opps_mp_amount",
}
_SAID: Final = ("status_code pctc_ind pre_op intra_op post_op mult_proc bilat_surg endo_base").split()


def rows_sql(rows: str, other_rows: str) -> str:
    """SQL of ``price_row``: one row a code, component (empty, 26, TC, 53) and first day in force.

    ``rows`` and ``other_rows`` (the file of advanced payment models, from 2026 on) are relations with the days for
    which they answer. ``cf_high`` and ``cf_low`` are the higher and the lower conversion factor of both.
    """
    values = ", ".join(
        f"CAST(coalesce(r.{column}, 0) AS DECIMAL(9,4)) AS {name}" for name, column in _VALUES.items()
    )
    said = ", ".join(f"r.{name}" for name in _SAID)
    return f"""
SELECT r.code, coalesce(r.modifier, '') AS component, r.judged_from AS first, r.judged_to AS last, r.edition, {values},
       {said},
       CAST(greatest(r.conv_factor, coalesce(o.high, r.conv_factor)) AS DECIMAL(9,4)) AS cf_high,
       CAST(least(r.conv_factor, coalesce(o.low, r.conv_factor)) AS DECIMAL(9,4)) AS cf_low
  FROM {rows} r
  LEFT JOIN (SELECT r.row_no, r.judged_from, max(q.conv_factor) AS high, min(q.conv_factor) AS low
               FROM {rows} r JOIN {other_rows} q ON q.code = r.code
                    AND coalesce(q.modifier, '') = coalesce(r.modifier, '')
                    AND q.judged_from <= r.judged_to AND q.judged_to >= r.judged_from
              GROUP BY 1, 2) o ON o.row_no = r.row_no AND o.judged_from = r.judged_from
QUALIFY row_number() OVER (PARTITION BY r.code, coalesce(r.modifier, ''), r.judged_from ORDER BY r.row_no) = 1"""


def component_sql(modifiers: str) -> str:
    """SQL of the component that modifiers name; empty for the whole service, and where they name two."""
    found = f"list_filter({list(COMPONENTS)}, lambda x: list_contains({modifiers}, x))"
    return f"(CASE WHEN len({found}) = 1 THEN {found}[1] ELSE '' END)"


def worth_sql(row: str, setting: str, place: str = "", whole: bool = False) -> str:
    """SQL of a row's worth: RVUs weighted by the indices of ``place`` (national where empty); NULL where it has no fee.

    ``row`` and ``place`` are structs. Where the setting is not known the row must be worth the same in both. With
    ``whole`` nothing is capped.
    """
    work, practice, malpractice = (f"{place}.{name}" if place else "1" for name in ("gw", "gp", "gm"))

    def total(expense: str, mp: str) -> str:
        parts = ((f"{row}.work", work), (expense, practice), (mp, malpractice))
        return " + ".join(f"{value} * {index}" if place else value for value, index in parts)

    def capped(name: str) -> str:
        plain = total(f"{row}.pe_{name}", f"{row}.mp")
        if whole:
            return f"({plain})"
        cap = total(f"{row}.cap_{name}", f"{row}.cap_mp")
        return f"(CASE WHEN {row}.cap_{name} > 0 THEN least({plain}, {cap}) ELSE {plain} END)"

    statuses = ", ".join(repr(status) for status in PAID_STATUSES)
    found = (
        f"CASE {setting} WHEN 'facility' THEN {capped('facility')} "
        f"WHEN 'non_facility' THEN {capped('non_facility')} ELSE "
        f"CASE WHEN {capped('facility')} = {capped('non_facility')} THEN {capped('facility')} END END"
    )
    return f"(CASE WHEN {row}.status_code IN ({statuses}) THEN nullif({found}, 0) END)"


def cents_sql(worth: str, factor: str) -> str:
    """SQL of a fee in cents, rounded half up."""
    return f"CAST(round(CAST({worth} AS DECIMAL(24,8)) * CAST({factor} AS DECIMAL(9,4)) * 100, 0) AS BIGINT)"
