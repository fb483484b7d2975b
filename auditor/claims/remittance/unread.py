"""Claim lines of which a payer's answer could not be read or joined: what was paid for them is not known.

An amount that is no number, a file that ends inside the claim, a service line that may be two claim lines: the row of
the remittance is set aside, and the claim line that no other answers must not be taken for one that was paid nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

_READER = "'segment_cut', 'claim_cut_off', 'service_code_missing', 'claim_lines_differ'"
"""Reasons for which the reader itself sets aside a part of an answer."""


def find(con: duckdb.DuckDBPyConnection, files: Sequence[int]) -> None:
    """Fill `claim_unread` (rid) with the lines without an answer, of versions of which an answer was not read whole.

    What no standing answer says of a version that was answered in full is another thing: it was paid nothing. Reads
    `remit_line`, and `set_aside` as the readers left it.
    """
    numbers = ", ".join(map(str, files))
    con.execute(
        "CREATE TEMP TABLE remit_unread AS "
        # Rows with a fault, of an answer that was found its claim, or of one of which no row can be used.
        "SELECT a.version FROM remit_row r JOIN remit_answer a USING (answer) WHERE a.standing AND NOT r.usable "
        "UNION SELECT v.version FROM remit_row r JOIN bill_version v ON v.claim_id = upper(trim(r.claim_id)) "
        "WHERE NOT r.usable AND NOT r.reversed AND r.answer NOT IN (SELECT answer FROM remit_answer) "
        "UNION SELECT a.version FROM remit_open o JOIN remit_answer a USING (answer) WHERE a.standing "
        "UNION SELECT a.version FROM set_aside s JOIN claim_file f ON f.name = s.source_file "
        "JOIN remit_answer a ON a.claim_id = upper(trim(s.claim_id)) JOIN claim_parsed p ON p.rowid = a.answer "
        f"AND p.file_no = f.file_no WHERE f.file_no IN ({numbers}) AND s.reason_code IN ({_READER}) "
        "AND (s.reason_code <> 'claim_lines_differ' OR coalesce(s.paid, 0) <> 0) "
        # A part of a reversal says nothing of what was paid.
        "AND coalesce(s.charge, s.paid, 0) >= 0 AND a.version IS NOT NULL"
    )
    con.execute(
        "INSERT INTO claim_unread SELECT l.rid FROM bill_line l WHERE l.fault IS NULL "
        "AND l.version IN (SELECT version FROM remit_unread) AND l.rid NOT IN (SELECT line_rid FROM remit_line)"
    )
    con.execute("DROP TABLE remit_unread")
