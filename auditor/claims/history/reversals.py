"""Lines that a line of the opposite amount takes back: neither of the two is a payable unit (CLAIM_INPUTS, 4.7; DQ-05).

Recognised is an exact mirror: one patient, provider, setting, code, dates of service and modifiers, as many units, and
the same amount, once above and once below zero, both processed without denial. A line is taken back by one of its own
claim first. What else is negative stays as it is and is listed.
"""

from __future__ import annotations

import duckdb

from auditor.claims.canonical import TEXTS

_AMOUNT = "coalesce(paid, allowed, charge)"
_OPEN = "state = 'audited' AND line_id IS NOT NULL AND NOT denied"
_WHAT = (
    "row(patient_key, provider_id, setting, code, revenue_code, date_from, date_to, abs(units), "
    f"list_sort(string_split({TEXTS['modifiers']}, ',')), abs({_AMOUNT})"
)


def find_mirrors(con: duckdb.DuckDBPyConnection) -> None:
    """`line_reversed` (line_id, by_line_id): both lines of every mirror, and their state in `claim_parsed`.

    Which of several equal lines is taken back follows from claim and line numbers, not from the order of rows. Costs
    one look at the amounts where none is negative.
    """
    con.execute("CREATE TABLE line_reversed (line_id BIGINT, by_line_id BIGINT)")
    negative = f"SELECT patient_key FROM claim_parsed WHERE {_AMOUNT} < 0 AND {_OPEN}"
    if con.execute(f"{negative} LIMIT 1").fetchone() is None:
        return
    for what in (f"{_WHAT}, claim_id)", f"{_WHAT})"):
        con.execute(
            f"INSERT INTO line_reversed WITH side AS (SELECT line_id, {what} AS what, {_AMOUNT} < 0 AS taken, "
            f"row_number() OVER (PARTITION BY {what}, {_AMOUNT} < 0 ORDER BY claim_id, payer_icn, frequency_code, "
            f"original_ref, line_no, line_id) AS place FROM claim_parsed WHERE {_OPEN} AND {_AMOUNT} <> 0 "
            f"AND patient_key IN ({negative}) AND line_id NOT IN (SELECT line_id FROM line_reversed)), "
            "mirror AS (SELECT p.line_id, n.line_id AS by_line_id FROM side p JOIN side n USING (what, place) "
            "WHERE n.taken AND NOT p.taken) "
            "SELECT line_id, by_line_id FROM mirror UNION ALL SELECT by_line_id, line_id FROM mirror"
        )
    con.execute(
        "UPDATE claim_parsed SET state = 'superseded' WHERE line_id IN (SELECT line_id FROM line_reversed)"
    )
