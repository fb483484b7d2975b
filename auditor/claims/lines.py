"""The tables that every later room reads: `claim_line`, `line_withheld`, `set_aside`, `superseded`, and views."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import duckdb

from auditor.claims import rare
from auditor.claims.canonical import FAULTS, LATER, SCAFFOLD, as_lines, made_columns
from auditor.claims.columns import LINE_COLUMNS
from auditor.claims.history import line_notes
from auditor.claims.history.reversals import find_mirrors
from auditor.claims.remarks import LISTED, bit
from auditor.claims.remittance import joining as remittances
from auditor.claims.tables import filled
from auditor.claims.words import literal

_POSITION = "coalesce(p.source_pos, p.rowid - f.first_row + 1)"


def create_set_aside(con: duckdb.DuckDBPyConnection) -> None:
    """`set_aside`: every source row that is no claim line, with its place, its reason and its dollars in cents."""
    con.execute(
        "CREATE TABLE set_aside (source_file VARCHAR, source_pos BIGINT, claim_id VARCHAR, line_no VARCHAR, "
        "reason_code VARCHAR, reason VARCHAR, charge BIGINT, paid BIGINT)"
    )


def fill_set_aside(con: duckdb.DuckDBPyConnection) -> None:
    """Add the faulty and the repeated rows of `claim_parsed`. Where there are none, planning would cost most."""
    reasons = {**FAULTS, **remittances.FAULTS}
    texts = " ".join(f"WHEN {literal(code)} THEN {literal(text)}" for code, text in reasons.items())
    head = (
        f"INSERT INTO set_aside SELECT f.name, {_POSITION}, p.claim_id, "
        "coalesce(CAST(coalesce(p.line_no, n.line_no) AS VARCHAR), p.line_no_text), "
    )
    tail = (
        ", p.charge, coalesce(a.paid, p.paid) FROM claim_parsed p JOIN claim_file f USING (file_no) "
        "LEFT JOIN claim_renumbered n ON n.rid = p.rowid LEFT JOIN claim_allocated a ON a.rid = p.rowid "
    )
    if _faulty(con):
        con.execute(
            f"{head} p.fault, CASE p.fault {texts} END {tail} WHERE p.fault IS NOT NULL "
            f"AND p.fault <> {literal(remittances.JOINED)} ORDER BY p.rowid"
        )
    if not filled(con, "claim_repeat"):
        return
    con.execute(
        f"{head} CASE WHEN r.same THEN 'line_repeated' ELSE 'line_key_used' END, "
        "CASE WHEN r.same THEN 'repeats row ' ELSE 'claim line key already used by row ' END || "
        "CAST(coalesce(q.source_pos, q.rowid - g.first_row + 1) AS VARCHAR) || "
        f"CASE WHEN g.file_no <> f.file_no THEN ' of ' || g.name ELSE '' END {tail} "
        "JOIN claim_repeat r ON r.rid = p.rowid JOIN claim_parsed q ON q.rowid = r.first_rid "
        "JOIN claim_file g ON g.file_no = q.file_no ORDER BY p.rowid"
    )


def make_lines(con: duckdb.DuckDBPyConnection, patients: str, versions: str, partitions: int) -> None:
    """Turn `claim_parsed` into `claim_row` where it lies, then make `claim_line`, `superseded`, `claim` and `claim_dx`.

    `claim_column` says of each column of `claim_line` by which SQL it is made of `claim_row`; NULL where it lies there.

    What could be read of rows set aside stays in `line_withheld`, with the columns of `claim_line`: that something
    stood there must not be taken for its absence. Exact repeats are not kept, their first row stands.

    Filling the key columns of the table costs half of what a copy of it would, and none of the memory. A blank payment
    beside a paid line of the same claim is a payment of nothing: the payer paid elsewhere on the claim, and the charge
    must not stand in for it; but for a line of which the payer's answer could not be read. `patients` and `versions`
    join `claim_patient` and `claim_version`.
    """
    defaults = {**LATER, "part": "0" if partitions == 1 else "NULL"}
    added = [
        f"ADD COLUMN IF NOT EXISTS {column.name} {column.sql_type} DEFAULT {defaults[column.name]}"
        for column in LINE_COLUMNS
        if column.name in LATER
    ]
    con.execute("; ".join(f"ALTER TABLE claim_parsed {column}" for column in added))
    keys = {
        "line_id": "p.rowid", "patient_key": "t.patient_key", "provider_key": "d.provider_key",
        "code_key": "c.code_key", "claim_key": "v.claim_key",
    }  # fmt: skip
    if partitions > 1:
        keys["part"] = "t.part"
    # Rows with a fault are left without keys here and not by a filter: a planner takes a filter for four rows in five,
    # and would then build its table of the lines and not of what they are joined to.
    assigned = ", ".join(f"{name} = CASE WHEN p.fault IS NULL THEN {key} END" for name, key in keys.items())
    con.execute(
        f"UPDATE claim_parsed AS p SET {assigned} "
        "FROM claim_patient t, claim_version v, claim_provider d, claim_code c "
        f"WHERE {patients} AND {versions} AND d.provider_id IS NOT DISTINCT FROM p.provider_id "
        "AND c.code IS NOT DISTINCT FROM p.code AND c.setting IS NOT DISTINCT FROM p.setting"
    )
    some = filled(
        con,
        "claim_repeat",
        "claim_renumbered",
        "claim_allocated",
        "claim_paid_shared",
        "claim_superseded",
        "claim_line_icn",
        "claim_joined",
    )
    if "claim_repeat" in some:
        con.execute("UPDATE claim_parsed SET line_id = NULL WHERE rowid IN (SELECT rid FROM claim_repeat)")
    if "claim_renumbered" in some:
        con.execute(
            "UPDATE claim_parsed AS p SET line_no = n.line_no FROM claim_renumbered n WHERE n.rid = p.rowid"
        )
    if "claim_allocated" in some:
        con.execute(
            "UPDATE claim_parsed AS p SET paid = a.paid, paid_allocated = true FROM claim_allocated a "
            "WHERE a.rid = p.rowid"
        )
    if "claim_paid_shared" in some:
        con.execute(
            "UPDATE claim_parsed SET paid_allocated = true WHERE rowid IN (SELECT rid FROM claim_paid_shared)"
        )
    if "claim_superseded" in some:
        con.execute(
            "UPDATE claim_parsed SET state = 'superseded' "
            "WHERE claim_key IN (SELECT claim_key FROM claim_superseded)"
        )
    _pay_nothing(con)
    find_mirrors(con)
    line_notes.settle(con)
    if "claim_line_icn" in some:
        con.execute(
            "UPDATE claim_parsed AS p SET payer_icn = n.payer_icn FROM claim_line_icn n WHERE n.rid = p.rowid"
        )
    extra = rare.present(con, "claim_parsed")
    files = con.execute("SELECT name, first_row FROM claim_file ORDER BY file_no").fetchall()
    _keep_withheld(con, files, extra, aside="claim_repeat" in some or _faulty(con))
    _keep_remarks(con)
    con.execute("; ".join(f"ALTER TABLE claim_parsed DROP COLUMN {name}" for name, _ in SCAFFOLD))
    con.execute("ALTER TABLE claim_parsed RENAME TO claim_row")
    con.execute(f"CREATE VIEW claim_line AS {as_lines('claim_row', files, 'line_id', extra)}")
    made = made_columns(files, "line_id", extra)
    names = [column.name for column in LINE_COLUMNS]
    con.execute("CREATE TABLE claim_column (name VARCHAR, made_by VARCHAR)")
    con.execute(
        "INSERT INTO claim_column SELECT unnest(?), unnest(?)", [names, [made.get(name) for name in names]]
    )
    _list_superseded(con, some)
    con.execute(_CLAIM_VIEW)
    con.execute(
        "CREATE VIEW claim_dx AS SELECT claim_key, seq, dx[seq] AS code FROM (SELECT claim_key, dx, "
        "unnest(range(1, len(dx) + 1)) AS seq FROM (SELECT claim_key, arg_min(dx, line_id) AS dx "
        "FROM claim_line GROUP BY claim_key))"
    )


def _pay_nothing(con: duckdb.DuckDBPyConnection) -> None:
    """Set blank payments beside paid lines to 0; see `make_lines`. Most feeds pay all lines or none."""
    row = con.execute("SELECT count(paid), count(*) FROM claim_parsed").fetchone()
    assert row is not None
    if row[0] in (0, row[1]):
        return
    blank = "paid IS NULL AND line_id IS NOT NULL AND rowid NOT IN (SELECT rid FROM claim_unread)"
    con.execute(
        f"UPDATE claim_parsed SET paid = 0 WHERE {blank} AND claim_key IN (SELECT claim_key FROM claim_parsed "
        "WHERE paid IS NOT NULL AND line_id IS NOT NULL "
        f"AND claim_key IN (SELECT claim_key FROM claim_parsed WHERE {blank}))"
    )


def _faulty(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether a row has a fault."""
    return con.execute("SELECT 1 FROM claim_parsed WHERE fault IS NOT NULL LIMIT 1").fetchone() is not None


def _keep_withheld(
    con: duckdb.DuckDBPyConnection, files: Sequence[tuple[str, int]], extra: Sequence[str], *, aside: bool
) -> None:
    """`line_withheld`; the rows that are no lines leave `claim_parsed`. None are there where `aside` is false."""
    columns = ", ".join(f"{c.name} {'VARCHAR' if c.name == 'state' else c.sql_type}" for c in LINE_COLUMNS)
    con.execute(f"CREATE TABLE line_withheld ({columns})")
    if not aside:
        return
    names = ", ".join("'set_aside' AS state" if c.name == "state" else c.name for c in LINE_COLUMNS)
    repeats = "SELECT rid FROM claim_repeat WHERE same"
    told_elsewhere = ", ".join(map(literal, remittances.NOT_WITHHELD))
    rows = (
        f"SELECT rowid AS rid, * FROM claim_parsed WHERE line_id IS NULL AND rowid NOT IN ({repeats}) "
        f"AND coalesce(fault NOT IN ({told_elsewhere}), true)"
    )
    con.execute(
        f"INSERT INTO line_withheld SELECT {names} FROM ({as_lines(f'({rows})', files, 'rid', extra)})"
    )
    con.execute("DELETE FROM claim_parsed WHERE line_id IS NULL")


def _keep_remarks(con: duckdb.DuckDBPyConnection) -> None:
    """`claim_remark` (line_id, remark): those of `LISTED`."""
    con.execute("CREATE TABLE claim_remark (line_id BIGINT, remark VARCHAR)")
    some = f"odd & {sum(map(bit, LISTED))} > 0"
    if con.execute(f"SELECT 1 FROM claim_parsed WHERE {some} LIMIT 1").fetchone() is None:
        return
    listed = ", ".join(f"CASE WHEN odd & {bit(name)} > 0 THEN {literal(name)} END" for name in LISTED)
    con.execute(
        f"INSERT INTO claim_remark SELECT * FROM (SELECT line_id, unnest([{listed}]) AS remark FROM claim_parsed "
        f"WHERE {some}) WHERE remark IS NOT NULL"
    )


def _list_superseded(con: duckdb.DuckDBPyConnection, some: Collection[str]) -> None:
    """`superseded`, of what a chain ended, what was taken back or told again, and of remittances; see `some` above."""
    con.execute(
        "CREATE TABLE superseded (claim_id VARCHAR, line_no INTEGER, source_file VARCHAR, source_pos BIGINT, "
        "by_claim_id VARCHAR, reason VARCHAR, paid BIGINT)"
    )
    if "claim_superseded" in some:
        con.execute(
            "INSERT INTO superseded SELECT l.claim_id, l.line_no, l.source_file, l.source_pos, "
            "b.claim_id AS by_claim_id, s.reason, l.paid FROM claim_line l JOIN claim_superseded s USING (claim_key) "
            "LEFT JOIN claim_version b ON b.claim_key = s.by_key WHERE l.state = 'superseded' ORDER BY l.line_id"
        )
    taken_back = (
        "CASE WHEN coalesce(l.paid, l.allowed, l.charge) < 0 THEN 'takes a line back' "
        "ELSE 'taken back by a line of the opposite amount' END"
    )
    reasons = {"line_reversed": taken_back, "line_told_again": "'told again under the same claim number'"}
    there = filled(con, *reasons)
    for table, reason in reasons.items():
        if table in there:
            con.execute(
                "INSERT INTO superseded SELECT l.claim_id, l.line_no, l.source_file, l.source_pos, b.claim_id, "
                f"{reason}, l.paid FROM {table} r JOIN claim_line l ON l.line_id = r.line_id "
                "JOIN claim_line b ON b.line_id = r.by_line_id ORDER BY l.line_id"
            )
    con.execute("DROP TABLE line_told_again")
    if "claim_joined" in some:
        con.execute(
            "INSERT INTO superseded SELECT claim_id, line_no, source_file, source_pos, claim_id, reason, paid "
            "FROM claim_joined WHERE state IN ('superseded', 'part') ORDER BY rid"
        )


_CLAIM_VIEW = """
CREATE VIEW claim AS SELECT claim_key, any_value(claim_id) AS claim_id, any_value(state) AS state,
    any_value(part) AS part, any_value(patient_key) AS patient_key, any_value(payer_id) AS payer_id,
    any_value(line_of_business) AS line_of_business, any_value(plan_id) AS plan_id,
    any_value(patient_id) AS patient_id,
    any_value(claim_type) AS claim_type, any_value(setting) AS setting, any_value(billing_npi) AS billing_npi,
    any_value(billing_tin) AS billing_tin, any_value(facility_npi) AS facility_npi, any_value(tob) AS tob,
    any_value(frequency_code) AS frequency_code, any_value(original_ref) AS original_ref,
    max(payer_icn) AS payer_icn, min(date_from) AS date_from, max(date_to) AS date_to,
    any_value(received_date) AS received_date, max(paid_date) AS paid_date, any_value(drg) AS drg,
    any_value(admit_date) AS admit_date, any_value(discharge_date) AS discharge_date,
    any_value(discharge_status) AS discharge_status, count(*) AS lines,
    CAST(sum(charge) AS BIGINT) AS charge, CAST(sum(allowed) AS BIGINT) AS allowed, CAST(sum(paid) AS BIGINT) AS paid
FROM claim_line GROUP BY claim_key
"""
