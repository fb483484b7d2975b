"""Remittances without the claims that they answer: what a remittance takes back of itself before its lines are audited.

The lines are claims of their own, and `history.resolving` matches payments and reversals by their amounts.
Two things it cannot see: that the same payment under the same numbers was made again after it was taken back, and
that a reversal without service lines takes back the claim of its amounts. Both are settled here: what is taken back,
and what takes it back, is superseded, and no line is lost.
"""

from __future__ import annotations

import duckdb

from auditor.claims.remittance.answers import find_turns

_TAKES, _TAKEN = "takes a payment back", "taken back by the payer"


def settle(con: duckdb.DuckDBPyConnection) -> None:
    """Put rows of `remit_row` that end here into `claim_joined`, and take them out of `remit_row`."""
    if con.execute("SELECT 1 FROM remit_row WHERE reversed LIMIT 1").fetchone() is None:
        return
    con.execute("CREATE TEMP TABLE remit_ended (answer BIGINT, reason VARCHAR)")
    _paid_again(con)
    _taken_whole(con)
    con.execute(
        "INSERT INTO claim_joined (rid, line_rid, state, reason) SELECT rid, NULL, 'superseded', e.reason "
        "FROM remit_row JOIN remit_ended e USING (answer) WHERE usable"
    )
    con.execute("DELETE FROM remit_row WHERE rid IN (SELECT rid FROM claim_joined)")
    con.execute("DROP TABLE remit_ended")


def _paid_again(con: duckdb.DuckDBPyConnection) -> None:
    """Of payment, reversal and the same payment again in one file, the last payment is left."""
    find_turns(con)
    con.execute(
        "INSERT INTO remit_ended WITH again AS (SELECT file_no, what, max(turn) AS turns FROM remit_turn "
        "WHERE NOT reversed GROUP BY ALL HAVING max(turn) > 1) "
        f"SELECT t.answer, CASE WHEN t.reversed THEN '{_TAKES}' ELSE '{_TAKEN}' END FROM remit_turn t "
        "JOIN again a ON a.file_no = t.file_no AND a.what = t.what WHERE t.turn < a.turns"
    )
    con.execute("DROP TABLE remit_turn")


def _taken_whole(con: duckdb.DuckDBPyConnection) -> None:
    """A reversal without service lines, and the claim with lines of which it has the amounts, the earliest first."""
    for key in ("claim_id, payer_id, payer_icn", "claim_id, payer_id"):
        con.execute(
            "INSERT INTO remit_ended WITH answer AS (SELECT answer, bool_or(reversed) AS reversed, "
            "bool_or(kind = 'whole') AS whole, any_value(claim_id) AS claim_id, any_value(payer_id) AS payer_id, "
            "any_value(payer_icn) AS payer_icn, any_value(patient_id) AS patient_id, max(paid_date) AS paid_date, "
            "coalesce(sum(charge), 0) AS charge, coalesce(sum(paid), 0) AS paid FROM remit_row WHERE usable "
            "AND answer NOT IN (SELECT answer FROM remit_ended) GROUP BY answer "
            "HAVING any_value(claim_id) IS NOT NULL), "
            f"side AS (SELECT *, row({key}, abs(charge), abs(paid)) AS what, row_number() OVER (PARTITION BY {key}, "
            "abs(charge), abs(paid), reversed ORDER BY paid_date NULLS FIRST, answer) AS turn FROM answer "
            "WHERE reversed OR NOT whole), "
            "pair AS (SELECT p.answer, r.answer AS by_answer FROM side p JOIN side r USING (what, turn) "
            "WHERE r.reversed AND r.whole AND NOT p.reversed AND r.charge = -p.charge AND r.paid = -p.paid "
            "AND coalesce(p.patient_id = r.patient_id, true)) "
            f"SELECT answer, '{_TAKEN}' FROM pair UNION ALL SELECT by_answer, '{_TAKES}' FROM pair"
        )
