"""The difference between what was allowed on a line and the fee of the service that would have been paid.

Where the place's fees are known (a line of Medicare with a locality, or a payer's own table) and an amount was allowed:

* With a share, that share of the corrected service's fee, for all units, is due.
* Without one, what was allowed is changed in proportion of the two fees, so that every reduction that lies in it stays.
  Where the whole charge was allowed, the charge may have been the limit: then the corrected fee, as far as the charge
  goes, is due where that is more.

What is due is never more than the charge, and never less than nothing. Otherwise the two services' national relative
values tell which part of the payment is at stake, and the amount is *estimated*. Without a row for one of them there is
none (*not_priced*).

The part of the line at stake is ``num / den``, whole numbers; of an overpayment it is never more than the line.
"""

from __future__ import annotations

from typing import Final

from auditor.pricing.fees import cents_sql, worth_sql

BASES: Final = ("repriced", "estimated", "not_priced")
MILLION: Final = 1_000_000
_TEN_THOUSAND: Final = 10_000

ASKED: Final = (
    "cand", "under", "code", "day", "component", "setting", "place", "schedule", "allowed", "charge", "units",
    "new_code", "new_component", "new_setting", "new_share", "payer_fee", "new_payer_fee",
)  # fmt: skip
"""Columns of the relation of lines to be repriced. ``schedule``: the fees of the place are those of the line's payer;
``new_component`` is NULL for that billed, ``none`` for the whole service; ``new_code`` and ``new_setting`` are what was
billed where nothing else is said; ``new_share`` is NULL without one; ``payer_fee`` and ``new_payer_fee`` are cents of a
payer's own table."""


def repriced_sql(asked: str, rows: str, places: str) -> str:
    """SQL of what is due in place of what was allowed, from relations as :mod:`auditor.pricing.fees` names them.

    Columns: cand, basis, num, den, due (cents), and what :func:`told_sql` tells.
    """
    row = "coalesce(own, bare)"
    own_worth, new_worth = worth_sql("s.own", "s.setting"), worth_sql("s.new", "s.new_setting")
    here = worth_sql("s.own", "s.setting", "s.site"), worth_sql("s.new", "s.new_setting", "s.site")
    factors = [f"CASE WHEN s.under THEN s.{name}.cf_low ELSE s.{name}.cf_high END" for name in ("own", "new")]
    share = f"CAST(new_share * {MILLION} AS BIGINT)"
    thousandths = "coalesce(CAST(units * 1000 AS BIGINT), 1000)"
    return f"""
WITH billed AS (
    SELECT a.*, CASE WHEN a.day <= r.last THEN r END AS own FROM {asked} a
      ASOF LEFT JOIN {rows} r ON r.code = a.code AND r.component = a.component AND a.day >= r.first
), whole AS (
    SELECT b.*, CASE WHEN b.day <= r.last THEN r END AS bare FROM billed b
      ASOF LEFT JOIN {rows} r ON r.code = b.code AND r.component = '' AND b.day >= r.first
), wanted AS (
    SELECT * EXCLUDE (own, bare, new_component), {row} AS own,
           CASE WHEN new_component = 'none' THEN ''
                ELSE coalesce(new_component, ({row}).component, '') END AS new_component
      FROM whole
), found AS (
    SELECT w.*, CASE WHEN w.day <= r.last THEN r END AS new FROM wanted w
      ASOF LEFT JOIN {rows} r ON r.code = w.new_code AND r.component = w.new_component AND w.day >= r.first
), sited AS (
    SELECT f.*, CASE WHEN f.day <= p.last THEN p END AS site FROM found f
      ASOF LEFT JOIN {places} p ON p.place = f.place AND f.day >= p.first
), worths AS (
    SELECT s.*, {own_worth} AS worth, {new_worth} AS new_worth,
           coalesce(payer_fee, CASE WHEN schedule THEN {cents_sql(here[0], factors[0])} END) AS fee,
           coalesce(new_payer_fee, CASE WHEN schedule THEN {cents_sql(here[1], factors[1])} END) AS new_fee
      FROM sited s
), known AS (
    SELECT *, coalesce(allowed > 0 AND fee > 0 AND new_fee > 0
                       AND (payer_fee IS NULL) = (new_payer_fee IS NULL), FALSE) AS repriced,
           coalesce(worth > 0 AND new_worth > 0, FALSE) AS estimated,
           CASE WHEN new_share IS NULL
                THEN greatest((2 * allowed::HUGEINT * new_fee + fee) // nullif(2 * fee::HUGEINT, 0),
                     CASE WHEN allowed >= charge AND NOT under
                          THEN ({thousandths}::HUGEINT * new_fee + 500) // 1000 ELSE 0 END)
                ELSE ({thousandths}::HUGEINT * new_fee * {share} + 500 * {MILLION}) // (1000 * {MILLION})
           END AS fee_due,
           CAST(worth * {_TEN_THOUSAND} AS BIGINT) * {MILLION} AS den,
           CAST(new_worth * {_TEN_THOUSAND} AS HUGEINT) * coalesce({share}, {MILLION}) AS part_due
      FROM worths
), due AS (
    SELECT *, CAST(greatest(least(fee_due, coalesce(charge, fee_due)), 0) AS BIGINT) AS due FROM known
)
SELECT cand, CASE WHEN repriced THEN 'repriced' WHEN estimated THEN 'estimated' ELSE 'not_priced' END AS basis,
       CAST(CASE WHEN repriced AND under THEN greatest(due - allowed, 0) WHEN repriced THEN greatest(allowed - due, 0)
                 WHEN estimated AND under THEN greatest(part_due - den, 0)
                 WHEN estimated THEN greatest(den - part_due, 0) ELSE 0 END AS BIGINT) AS num,
       CASE WHEN repriced THEN allowed WHEN estimated THEN den ELSE 1 END AS den,
       CASE WHEN repriced THEN due END AS due,
       under, code, new_code, own.component AS component, new_component, setting, new_setting, new_share, fee, new_fee,
       worth, new_worth, site.told AS place, own.edition AS edition, payer_fee IS NOT NULL AS by_payer, day, allowed,
       own IS NULL OR worth IS NULL AS lacks_own
  FROM due"""


def told_sql() -> str:
    """SQL of the sentence that a finding ends with, over the columns of :func:`repriced_sql`."""

    def dollars(cents: str) -> str:
        return f"'$' || CAST(CAST({cents} AS DECIMAL(18,0)) * CAST(0.01 AS DECIMAL(3,2)) AS DECIMAL(18,2))"

    def service(code: str, component: str, setting: str) -> str:
        return (
            f"coalesce({code}, 'the line') "
            f"|| CASE coalesce({component}, '') WHEN '' THEN '' ELSE '-' || {component} END "
            f"|| CASE {setting} WHEN 'facility' THEN ' (facility)' "
            "WHEN 'non_facility' THEN ' (non-facility)' ELSE '' END"
        )

    def trimmed(number: str) -> str:
        return f"rtrim(rtrim(CAST({number} AS VARCHAR), '0'), '.')"

    billed, corrected = (
        service("code", "component", "setting"),
        service("new_code", "new_component", "new_setting"),
    )
    times = trimmed("CAST(new_share AS DECIMAL(18,6))")
    share = f"CASE WHEN new_share IS NOT NULL THEN ' times ' || {times} ELSE '' END"
    whose = (
        "CASE WHEN by_payer THEN 'the payer''s fee table' ELSE 'the physician fee schedule of locality ' || place "
        "|| ' (' || coalesce(edition, 'no edition') || ')' END"
    )
    missing = (
        "CASE WHEN new_code IS NULL THEN 'the fee schedule is one for the services of practitioners' "
        "WHEN new_code = '' THEN 'what is due in place of ' || coalesce(code, 'the line') || ' is not known' "
        f"ELSE 'the fee schedule at hand has no amount on ' || day || ' for ' || CASE WHEN lacks_own THEN {billed} "
        f"ELSE {corrected} END END"
    )
    return (
        f"CASE basis WHEN 'repriced' THEN ' Repriced by ' || {whose} || ': ' || {dollars('fee')} || ' for ' "
        f"|| {billed} || ' as billed, ' || {dollars('new_fee')} || ' for ' || {corrected} || {share} || '; of the ' "
        f"|| {dollars('allowed')} || ' allowed, ' || {dollars('due')} || ' would have been.' "
        "WHEN 'estimated' THEN ' The amount is estimated by national relative values, since no fee of the place or "
        f"payer is at hand: ' || {trimmed('worth')} || ' for ' || {billed} || ' as billed, ' || {trimmed('new_worth')} "
        f"|| ' for ' || {corrected} || {share} || '.' "
        f"ELSE ' No amount is put on it: ' || {missing} || '.' END"
    )
