"""Lines that one payer paid twice: two of its remittances answer them, and no reversal takes the first back."""

from __future__ import annotations

import duckdb


def find(con: duckdb.DuckDBPyConnection) -> None:
    """`claim_paid_again` (rid, day): claim lines with the day of the last such payment before the one that counts.

    The payments of a line are answers that stand, of one payer, above nothing, on different days; the last of them is
    the line's (`taking`). A payer that corrects a payment takes it back first, in that remittance or an
    earlier one. (ASC X12, RFI 791; SEMANTICS, Feeds.)
    """
    con.execute(
        "INSERT INTO claim_paid_again SELECT f.line_rid, max(e.paid_date) FROM remit_final f "
        "JOIN remit_answer a ON a.answer = f.answer JOIN remit_line t ON t.line_rid = f.line_rid "
        "JOIN remit_pair p ON p.line_rid = f.line_rid AND p.answer <> f.answer "
        "JOIN remit_answer e ON e.answer = p.answer JOIN remit_row r ON r.rid = p.rid "
        "WHERE e.standing AND r.paid > 0 AND t.paid > 0 AND e.paid_date < a.paid_date "
        "AND coalesce(e.payer_id, '') = coalesce(a.payer_id, '') "
        "AND p.rid NOT IN (SELECT rid FROM remit_line_taken) GROUP BY f.line_rid"
    )
