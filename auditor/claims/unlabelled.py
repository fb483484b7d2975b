"""Rows of amounts that name no claim: a total that its report does not label, or a row that lost what it belongs to.

A total is told by being one: each of its amounts is the sum of its column over the rows above, from the top or from the
total before. Its dollars are those of the lines and are not counted again, as those of a labelled one (`footers`). Any
other keeps its dollars, set aside.
"""

from __future__ import annotations

from typing import Final

import duckdb

from auditor.claims.readers.footers import CODES, TOTALS
from auditor.claims.words import literal

FAULT: Final = "row_unidentified"
"""The code of a row with amounts and neither claim, patient, day nor procedure."""
TOTAL: Final = CODES[TOTALS]
_AMOUNTS: Final = ("charge", "allowed", "paid")


def find_totals(con: duckdb.DuckDBPyConnection, file_no: int, where: str) -> tuple[str, ...]:
    """Tell the totals among such rows of a file, and take their dollars out of what came in. Returns notes."""
    told = f"file_no = {file_no} AND fault = {literal(FAULT)}"
    if con.execute(f"SELECT 1 FROM claim_parsed WHERE {told} LIMIT 1").fetchone() is None:
        return ()
    since = "OVER (PARTITION BY block ORDER BY rid ROWS UNBOUNDED PRECEDING)"
    top = "OVER (ORDER BY rid ROWS UNBOUNDED PRECEDING)"
    sums = ", ".join(
        f"sum(CASE WHEN NOT odd_one THEN {name} END) {window} AS {name}_{kind}"
        for name in _AMOUNTS
        for kind, window in (("since", since), ("top", top))
    )
    is_sum = " OR ".join(
        "(" + " AND ".join(f"({name} IS NULL OR {name} = {name}_{kind})" for name in _AMOUNTS) + ")"
        for kind in ("since", "top")
    )
    some = " OR ".join(f"{name} <> 0" for name in _AMOUNTS)
    # A block is the rows from one such row to the next; a row that is one ends its block.
    changed = con.execute(
        f"UPDATE claim_parsed SET fault = {literal(TOTAL)}, "
        + ", ".join(f"{name} = NULL" for name in _AMOUNTS)
        + ", charge_in = NULL, charge_text = NULL, paid_in = NULL, paid_text = NULL WHERE rowid IN ("
        f"SELECT rid FROM (SELECT *, {sums} FROM (SELECT *, "
        "count(*) FILTER (odd_one) OVER (ORDER BY rid ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS block "
        f"FROM (SELECT rowid AS rid, {', '.join(_AMOUNTS)}, coalesce(fault = {literal(FAULT)}, false) AS odd_one "
        f"FROM claim_parsed WHERE file_no = {file_no}))) "
        f"WHERE odd_one AND ({some}) AND ({is_sum}))"
    ).fetchone()
    count = 0 if changed is None else int(changed[0])
    if not count:
        return ()
    return (
        f"{where}: {count:,} {'row is' if count == 1 else 'rows are'} set aside ({TOTAL}), by the amounts alone",
    )
