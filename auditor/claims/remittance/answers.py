"""A payer's answers to claims, as they stand among the rows read: each a claim of an 835 with its service lines.

`remit_row` has a row of a remittance each (rid is its row in `claim_parsed`), `remit_answer` an answer
each. An answer is known by its rows: the reader numbers them from 1, or gives 0 to a payment of a whole
claim without lines. A row without any code after others is what the payer takes off the whole claim, or
adds to it: it is shared among the lines.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import duckdb

from auditor.claims import rare
from auditor.claims.columns import RARE_COLUMNS

JOINABLE = (
    "patient_id_missing", "date_from_missing", "date_from_invalid", "date_to_invalid", "dates_reversed",
    "span_too_long",
    "code_missing", "code_invalid", "units_invalid", "claim_type_unknown",
)  # fmt: skip
"""Faults of a row of a remittance that do not keep it from answering a claim line, which has these values itself."""
_RARE_TYPES = {column.name: column.sql_type for column in RARE_COLUMNS}
_COMMON = (
    "claim_id", "patient_id", "payer_id", "payer_icn", "status", "denied", "reversed", "frequency_code",
    "billing_npi",
    "code", "revenue_code", "mod_text", "date_from", "charge", "paid", "allowed", "line_no", "paid_date",
    "received_date", "fault",
)  # fmt: skip
_RARE = (
    "payer_name", "payer_sequence", "line_control_no", "submitted_code", "ndc", "patient_resp", "adjustments",
    "remark_codes",
)  # fmt: skip
TABLES = ("remit_row", "remit_answer")


def columns(con: duckdb.DuckDBPyConnection, common: Collection[str], few: Sequence[str]) -> str:
    """SELECT items of `claim_parsed`: the columns `common`, and those of `few` that it lacks as NULL."""
    there = set(rare.present(con, "claim_parsed"))
    items = [name if name in there else f"CAST(NULL AS {_stored(name)}) AS {name}" for name in few]
    return ", ".join((*common, *items))


def _stored(name: str) -> str:
    kind = _RARE_TYPES[name]
    return "VARCHAR" if kind == "VARCHAR[]" else kind


def lay_out(con: duckdb.DuckDBPyConnection, files: Sequence[int]) -> None:
    """Make `remit_row` of the rows of the files with the numbers `files`."""
    numbers = ", ".join(map(str, files))
    con.execute(
        "CREATE TABLE remit_row AS WITH said AS (SELECT rowid AS rid, file_no, "
        f"{columns(con, _COMMON, _RARE)} FROM claim_parsed WHERE file_no IN ({numbers})) "
        "SELECT r.*, coalesce(s.rid, r.rid) AS answer, "
        "CASE WHEN code IS NOT NULL OR revenue_code IS NOT NULL OR ndc IS NOT NULL THEN 'line' "
        "WHEN line_no = 0 THEN 'whole' ELSE 'rest' END AS kind, "
        f"fault IS NULL OR fault IN ({', '.join(map(repr, JOINABLE))}) AS usable FROM said r ASOF LEFT JOIN "
        "(SELECT rid, file_no FROM said WHERE line_no <= 1) s ON s.file_no = r.file_no AND r.rid >= s.rid"
    )


def share_rests(con: duckdb.DuckDBPyConnection) -> int:
    """Share what is of a whole claim among its lines, by what each was paid, else by charge. Returns the claims.

    The row itself is then `joined`; `claim_paid_shared` (rid) has the lines.
    """
    rests = (
        "SELECT answer, any_value(paid) AS amount FROM remit_row WHERE kind = 'rest' AND claim_id IS NOT NULL "
        "AND paid IS NOT NULL AND answer IN (SELECT answer FROM remit_row WHERE kind = 'line' AND usable) "
        "GROUP BY answer HAVING count(*) = 1"
    )
    weights = (
        "SELECT r.rid, r.answer AS whole, t.amount, CASE WHEN sum(abs(r.paid)) OVER w > 0 THEN "
        "abs(coalesce(r.paid, 0)) "
        "ELSE abs(coalesce(r.charge, 0)) END AS weight, r.line_no AS place "
        f"FROM remit_row r JOIN ({rests}) t USING (answer) WHERE r.kind = 'line' AND r.usable "
        "WINDOW w AS (PARTITION BY r.answer)"
    )
    con.execute(f"CREATE TABLE remit_share AS {shares(weights)}")
    con.execute(
        "UPDATE remit_row AS r SET paid = coalesce(r.paid, 0) + s.share FROM remit_share s WHERE s.rid = r.rid"
    )
    con.execute(
        "UPDATE claim_parsed AS p SET paid = coalesce(p.paid, 0) + s.share FROM remit_share s WHERE s.rid = "
        "p.rowid"
    )
    con.execute("INSERT INTO claim_paid_shared SELECT rid FROM remit_share WHERE share <> 0")
    con.execute(
        "INSERT INTO claim_joined (rid, line_rid, state, reason) SELECT rid, NULL, 'joined', 'an amount of "
        "the whole claim, shared among its lines' "
        "FROM remit_row WHERE kind = 'rest' AND answer IN (SELECT whole FROM remit_share)"
    )
    row = con.execute("SELECT count(DISTINCT whole) FROM remit_share").fetchone()
    con.execute("DROP TABLE remit_share")
    con.execute("DELETE FROM remit_row WHERE rid IN (SELECT rid FROM claim_joined)")
    return 0 if row is None else int(row[0])


def shares(relation: str) -> str:
    """SQL (rid, whole, share): each `amount` of `relation` (rid, whole, amount, weight, place) cut by weight, in cents.

    Shares of one `whole` add up to its amount: cents that rounding leaves go to the largest remainders, of equals to
    the first place. Where all weights are zero they count alike.
    """
    return (
        "SELECT rid, whole, CAST(sign(amount) * (base + CASE WHEN turn <= left_over THEN 1 ELSE 0 END) AS "
        "BIGINT) AS "
        "share FROM (SELECT *, row_number() OVER (PARTITION BY whole ORDER BY rest DESC, place, rid) AS turn, "
        "abs(amount) - sum(base) OVER (PARTITION BY whole) AS left_over FROM (SELECT *, "
        "abs(amount) * weight // total AS base, abs(amount) * weight % total AS rest FROM (SELECT *, "
        "sum(weight) OVER (PARTITION BY whole) AS total FROM (SELECT rid, whole, CAST(amount AS HUGEINT) AS "
        "amount, "
        "place, CAST(CASE WHEN sum(weight) OVER (PARTITION BY whole) > 0 THEN weight ELSE 1 END AS HUGEINT) "
        "AS weight "
        f"FROM ({relation})))))"
    )


def find_turns(con: duckdb.DuckDBPyConnection) -> None:
    """`remit_turn` (answer, file_no, reversed, what, turn, first): how often a file says the same of a claim.

    `what` are the lines and amounts without their signs. `turn` counts what a file says, anew where it took it back in
    between; `first` is the first answer, of any file, that says the same in the same turn.
    """
    # Lines of an answer have a number each, so that the sum over its rows tells their order too.
    said = ", ".join(name for name in (*_COMMON, *_RARE) if name != "fault")
    con.execute(
        "CREATE TABLE remit_turn AS WITH answer AS (SELECT answer, any_value(file_no) AS file_no, "
        f"bool_or(reversed) AS reversed, row(count(*), sum(hash(row({said})))) AS said, "
        "row(any_value(claim_id), any_value(patient_id), any_value(payer_id), any_value(payer_icn), count(*), "
        "sum(hash(row(code, revenue_code, mod_text, date_from, abs(charge), abs(paid))))) AS what "
        "FROM remit_row GROUP BY answer), "
        "changed AS (SELECT *, lag(reversed) OVER (PARTITION BY file_no, what ORDER BY answer) <> reversed AS changes "
        "FROM answer), "
        "told AS (SELECT *, count(*) FILTER (changes) OVER (PARTITION BY file_no, what ORDER BY answer) AS run "
        "FROM changed), "
        "numbered AS (SELECT *, dense_rank() OVER (PARTITION BY file_no, said ORDER BY run) AS turn FROM told) "
        "SELECT answer, file_no, reversed, what, turn, min(answer) OVER (PARTITION BY said, turn) AS first "
        "FROM numbered"
    )


def gather(con: duckdb.DuckDBPyConnection) -> int:
    """Make `remit_answer`, after repeats of an answer were taken out of `remit_row`, and return the number of these.

    An answer is repeated when all that its rows say was said before: the same file in another envelope, say. It is
    none where the same remittance took the payment back in between: then it was paid again. `seen_as` is its place in
    time: by date of payment, then by place in the files.
    """
    find_turns(con)
    con.execute("CREATE TABLE remit_repeat AS SELECT answer FROM remit_turn WHERE answer <> first")
    con.execute(
        "INSERT INTO claim_parted SELECT rid, 'remittance_repeated' FROM remit_row "
        "WHERE answer IN (SELECT answer FROM remit_repeat)"
    )
    con.execute("DELETE FROM remit_row WHERE answer IN (SELECT answer FROM remit_repeat)")
    repeats = con.execute("SELECT count(*) FROM remit_repeat").fetchone()
    con.execute("DROP TABLE remit_repeat; DROP TABLE remit_turn")
    con.execute(
        "CREATE TABLE remit_answer AS SELECT *, row_number() OVER (ORDER BY paid_date NULLS FIRST, answer) "
        "AS seen_as "
        "FROM (SELECT answer, any_value(upper(trim(claim_id))) AS claim_id, any_value(patient_id) AS "
        "patient_id, "
        "any_value(payer_id) AS payer_id, any_value(payer_name) AS payer_name, any_value(payer_icn) AS "
        "payer_icn, "
        "bool_or(reversed) AS reversed, any_value(frequency_code) AS frequency_code, "
        "any_value(billing_npi) AS billing_npi, any_value(payer_sequence) AS payer_sequence, "
        "any_value(paid_date) AS paid_date, any_value(received_date) AS received_date, "
        "CAST(coalesce(sum(charge), 0) AS BIGINT) AS charge, CAST(coalesce(sum(paid), 0) AS BIGINT) AS paid, "
        "bool_or(kind = 'whole') AS whole, CAST(NULL AS BIGINT) AS version, CAST(NULL AS VARCHAR) AS how, "
        "false AS standing FROM remit_row WHERE usable GROUP BY answer)"
    )
    return 0 if repeats is None else int(repeats[0])
