"""The tables that every later room reads: `claim_line`, `line_withheld`, `set_aside`, `superseded`, and views."""

from __future__ import annotations

import duckdb

from auditor.claims import rare
from auditor.claims.canonical import FAULTS, LATER, SCAFFOLD, as_lines, made_columns
from auditor.claims.columns import LINE_COLUMNS
from auditor.claims.history import line_notes
from auditor.claims.history.reversals import find_mirrors
from auditor.claims.remarks import LISTED, bit
from auditor.claims.remittance import joining as remittances
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
    if con.execute("SELECT 1 FROM claim_parsed WHERE fault IS NOT NULL LIMIT 1").fetchone() is not None:
        con.execute(
            f"{head} p.fault, CASE p.fault {texts} END {tail} WHERE p.fault IS NOT NULL "
            f"AND p.fault <> {literal(remittances.JOINED)} ORDER BY p.rowid"
        )
    if not _any(con, "claim_repeat"):
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
    filled = ", ".join(f"{name} = CASE WHEN p.fault IS NULL THEN {key} END" for name, key in keys.items())
    con.execute(
        f"UPDATE claim_parsed AS p SET {filled} "
        "FROM claim_patient t, claim_version v, claim_provider d, claim_code c "
        f"WHERE {patients} AND {versions} AND d.provider_id IS NOT DISTINCT FROM p.provider_id "
        "AND c.code IS NOT DISTINCT FROM p.code AND c.setting IS NOT DISTINCT FROM p.setting"
    )
    repeated = _any(con, "claim_repeat")
    if repeated:
        con.execute("UPDATE claim_parsed SET line_id = NULL WHERE rowid IN (SELECT rid FROM claim_repeat)")
    if _any(con, "claim_renumbered"):
        con.execute(
            "UPDATE claim_parsed AS p SET line_no = n.line_no FROM claim_renumbered n WHERE n.rid = p.rowid"
        )
    if _any(con, "claim_allocated"):
        con.execute(
            "UPDATE claim_parsed AS p SET paid = a.paid, paid_allocated = true FROM claim_allocated a "
            "WHERE a.rid = p.rowid"
        )
    if _any(con, "claim_paid_shared"):
        con.execute(
            "UPDATE claim_parsed SET paid_allocated = true WHERE rowid IN (SELECT rid FROM claim_paid_shared)"
        )
    if _any(con, "claim_superseded"):
        con.execute(
            "UPDATE claim_parsed SET state = 'superseded' "
            "WHERE claim_key IN (SELECT claim_key FROM claim_superseded)"
        )
    blank = "paid IS NULL AND line_id IS NOT NULL AND rowid NOT IN (SELECT rid FROM claim_unread)"
    con.execute(
        f"UPDATE claim_parsed SET paid = 0 WHERE {blank} AND claim_key IN (SELECT claim_key FROM claim_parsed "
        "WHERE paid IS NOT NULL AND line_id IS NOT NULL "
        f"AND claim_key IN (SELECT claim_key FROM claim_parsed WHERE {blank}))"
    )
    find_mirrors(con)
    line_notes.settle(con)
    if _any(con, "claim_line_icn"):
        con.execute(
            "UPDATE claim_parsed AS p SET payer_icn = n.payer_icn FROM claim_line_icn n WHERE n.rid = p.rowid"
        )
    extra = rare.present(con, "claim_parsed")
    names = ", ".join("'set_aside' AS state" if c.name == "state" else c.name for c in LINE_COLUMNS)
    repeats = "SELECT rid FROM claim_repeat WHERE same"
    told_elsewhere = ", ".join(map(literal, remittances.NOT_WITHHELD))
    aside = (
        f"SELECT rowid AS rid, * FROM claim_parsed WHERE line_id IS NULL AND rowid NOT IN ({repeats}) "
        f"AND coalesce(fault NOT IN ({told_elsewhere}), true)"
    )
    files = con.execute("SELECT name, first_row FROM claim_file ORDER BY file_no").fetchall()
    con.execute(
        f"CREATE TABLE line_withheld AS SELECT {names} FROM ({as_lines(f'({aside})', files, 'rid', extra)})"
    )
    if repeated or con.execute("SELECT bool_or(fault IS NOT NULL) FROM claim_parsed").fetchone() == (True,):
        con.execute("DELETE FROM claim_parsed WHERE line_id IS NULL")
    listed = ", ".join(f"CASE WHEN odd & {bit(name)} > 0 THEN {literal(name)} END" for name in LISTED)
    con.execute(
        f"CREATE TABLE claim_remark AS SELECT * FROM (SELECT line_id, unnest([{listed}]) AS remark FROM claim_parsed "
        f"WHERE odd & {sum(map(bit, LISTED))} > 0) WHERE remark IS NOT NULL"
    )
    con.execute("; ".join(f"ALTER TABLE claim_parsed DROP COLUMN {name}" for name, _ in SCAFFOLD))
    con.execute("ALTER TABLE claim_parsed RENAME TO claim_row")
    con.execute(f"CREATE VIEW claim_line AS {as_lines('claim_row', files, 'line_id', extra)}")
    made = ", ".join(
        f"({literal(name)}, {literal(sql)})" for name, sql in made_columns(files, "line_id", extra).items()
    )
    con.execute(
        "CREATE TABLE claim_column AS SELECT column_name AS name, m.made_by FROM (DESCRIBE claim_line) "
        f"LEFT JOIN (VALUES {made}) m(name, made_by) ON m.name = column_name"
    )
    con.execute(
        "CREATE TABLE superseded AS SELECT l.claim_id, l.line_no, l.source_file, l.source_pos, "
        "b.claim_id AS by_claim_id, s.reason, l.paid FROM claim_line l JOIN claim_superseded s USING (claim_key) "
        "LEFT JOIN claim_version b ON b.claim_key = s.by_key WHERE l.state = 'superseded' ORDER BY l.line_id"
    )
    taken_back = (
        "CASE WHEN coalesce(l.paid, l.allowed, l.charge) < 0 THEN 'takes a line back' "
        "ELSE 'taken back by a line of the opposite amount' END"
    )
    for table, reason in (
        ("line_reversed", taken_back),
        ("line_told_again", "'told again under the same claim number'"),
    ):
        if _any(con, table):
            con.execute(
                "INSERT INTO superseded SELECT l.claim_id, l.line_no, l.source_file, l.source_pos, b.claim_id, "
                f"{reason}, l.paid FROM {table} r JOIN claim_line l ON l.line_id = r.line_id "
                "JOIN claim_line b ON b.line_id = r.by_line_id ORDER BY l.line_id"
            )
    con.execute("DROP TABLE line_told_again")
    con.execute(
        "INSERT INTO superseded SELECT claim_id, line_no, source_file, source_pos, claim_id, reason, paid "
        "FROM claim_joined WHERE state IN ('superseded', 'part') ORDER BY rid"
    )
    con.execute(_CLAIM_VIEW)
    con.execute(
        "CREATE VIEW claim_dx AS SELECT claim_key, seq, dx[seq] AS code FROM (SELECT claim_key, dx, "
        "unnest(range(1, len(dx) + 1)) AS seq FROM (SELECT claim_key, arg_min(dx, line_id) AS dx "
        "FROM claim_line GROUP BY claim_key))"
    )


def _any(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    return con.execute(f"SELECT count(*) FROM {table}").fetchone() != (0,)


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
