"""Reversals whose amounts stand above zero: they contradict themselves, and are never a payment.

Where the feed holds the payment of exactly these amounts under the same number of the claim and of the payer, the
reversal takes it back: its amounts are counted below zero, and a diagnostic says so. Any other is set aside.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from auditor.claims import rare
from auditor.claims.readers.x12.remittance_meanings import REVERSAL_POSITIVE
from auditor.claims.remittance.answers import JOINABLE
from auditor.claims.words import literal

FAULT = "reversal_positive"
_AMOUNTS = ("charge", "paid", "allowed", "charge_in", "paid_in")
_SAYS = "a reversal without its sign, of the amounts of a payment of the feed: it takes that payment back"


def settle(con: duckdb.DuckDBPyConnection, files: Sequence[int]) -> None:
    """Turn the signs of such rows of the files with the numbers `files`, in `claim_parsed`, or mark them by `FAULT`.

    Costs one look at the status where there are none. Amounts that are no plain numbers match nothing.
    """
    numbers = ", ".join(map(str, files))
    mine = f"file_no IN ({numbers})"
    odd = f"{mine} AND status = {literal(REVERSAL_POSITIVE)}"
    if con.execute(f"SELECT 1 FROM claim_parsed WHERE {odd} LIMIT 1").fetchone() is None:
        return
    con.execute(
        # As in `answers`: an answer begins with its line 1, or 0 for a whole claim.
        "CREATE TEMP TABLE remit_sign AS WITH said AS (SELECT rowid AS rid, * FROM claim_parsed "
        f"WHERE {mine} AND claim_id IN (SELECT claim_id FROM claim_parsed WHERE {odd})) "
        "SELECT coalesce(s.rid, r.rid) AS answer, r.rid, r.status, r.reversed, r.claim_id, r.payer_id, r.payer_icn, "
        "r.paid_date, r.charge, r.paid, r.charge_text IS NULL AND r.paid_text IS NULL AS plain FROM said r "
        "ASOF LEFT JOIN (SELECT rid, file_no FROM said WHERE line_no <= 1) s "
        "ON s.file_no = r.file_no AND r.rid >= s.rid"
    )
    con.execute(
        "CREATE TEMP TABLE remit_turned AS WITH answer AS (SELECT answer, min(rid) AS first, "
        f"bool_or(status = {literal(REVERSAL_POSITIVE)}) AS odd, bool_or(reversed) AS reversed, "
        "any_value(row(claim_id, coalesce(payer_id, ''), payer_icn)) AS whose, max(paid_date) AS paid_date, "
        "coalesce(sum(charge), 0) AS charge, coalesce(sum(paid), 0) AS paid FROM remit_sign GROUP BY answer "
        "HAVING bool_and(plain) AND count(payer_icn) > 0), "
        # A payment that a reversal of the right sign takes back is no longer open.
        "side AS (SELECT *, row(whose, abs(charge), abs(paid)) AS what, CASE WHEN odd THEN 'odd' WHEN reversed "
        "THEN 'back' ELSE 'paid' END AS kind FROM answer), "
        "counted AS (SELECT *, row_number() OVER (PARTITION BY what, kind ORDER BY paid_date NULLS FIRST, answer) "
        "AS turn, count(*) FILTER (kind = 'back') OVER (PARTITION BY what) AS taken, "
        "count(*) FILTER (kind = 'paid' AND (charge > 0 OR paid > 0)) OVER (PARTITION BY what) AS payments FROM side) "
        "SELECT answer FROM counted WHERE kind = 'odd' AND turn <= payments - taken"
    )
    there = rare.present(con, "claim_parsed")
    turned = (*_AMOUNTS, *(name for name in ("patient_resp",) if name in there))
    con.execute(
        f"UPDATE claim_parsed SET status = 'reversed', {', '.join(f'{name} = -{name}' for name in turned)} WHERE rowid "
        "IN (SELECT rid FROM remit_sign WHERE answer IN (SELECT answer FROM remit_turned))"
    )
    con.execute(
        "INSERT INTO claim_diagnostic (source_file, name, severity, says, source_pos, byte_offset, claim_id) "
        f"SELECT f.name, 'reversal_sign_turned', 'warning', {literal(_SAYS)}, "
        "coalesce(p.source_pos, p.rowid - f.first_row + 1), NULL, p.claim_id FROM claim_parsed p "
        "JOIN claim_file f USING (file_no) WHERE p.rowid IN (SELECT answer FROM remit_turned) ORDER BY p.rowid"
    )
    joinable = ", ".join(map(literal, JOINABLE))
    con.execute(
        f"UPDATE claim_parsed SET fault = {literal(FAULT)} WHERE {odd} "
        f"AND (fault IS NULL OR fault IN ({joinable}))"
    )
    con.execute("DROP TABLE remit_sign; DROP TABLE remit_turned")
