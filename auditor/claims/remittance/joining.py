"""Remittances joined to the claims that they answer (CLAIM_INPUTS 2.2), with match rates and what stayed unmatched.

The join works on the rows of `claim_parsed`, before versions of claims are told: the payer's number that a
remittance brings links a replacement to what it replaces. A claim line takes what was paid and allowed for
it, what the patient owes, status, dates, adjustments and remark codes from the last remittance that stands;
the row of the remittance is then `joined`, which is a class of its own in the accounts, so that rows and
dollars tie out. Where no claims are in the feed but remittances, their own lines are audited.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from auditor.claims.remittance import again, alone, answers, matching, signs, taking, unread
from auditor.claims.remittance.match_rates import MatchRates
from auditor.claims.words import literal

JOINED = "joined"
"""The fault of a row whose amounts are a claim line's now, or that is superseded: it is not set aside."""
NOT_WITHHELD = (JOINED, "line_repeated", "remittance_repeated")
"""Faults of rows that cannot lie beside an audited line unseen: what they tell is told by another row."""
FAULTS: Mapping[str, str] = {
    "line_repeated": "repeats an earlier row of the same claim line",
    "remittance_repeated": "repeats a remittance that was read before",
    "remittance_unmatched": "the remittance answers a claim that is not in the feed",
    "remittance_ambiguous": "the remittance may answer more than one claim or line, and they differ",
    "remittance_line_unmatched": "the remittance answers no line of its claim",
    "remittance_beside": "the claim has payments of its own; the remittance was not used",
    "remittance_whole": "the remittance answers the claim as a whole, and its lines are not in the feed",
    "remittance_rest": "an amount of the whole claim, of which no line could be read",
    signs.FAULT: "the payer calls it a reversal, its amounts are above zero, and no payment of them is in the feed",
}
"""Why a row is set aside, by code; no reason repeats a value."""
TABLES = (
    "claim_joined",
    "claim_parted",
    "claim_paid_shared",
    "claim_answered",
    "claim_unread",
    "claim_line_icn",
    "claim_paid_again",
    "remittance_unmatched",
)
"""What :func:`join` leaves; `claim_joined` is kept for the accounts and `remittance_unmatched` for the reports."""
WHY: Mapping[str, str] = {
    "no_claim": "no claim of this number is in the feed",
    "patient": "the claim of this number is another patient's",
    "payer": "the claim of this number went to another payer",
    "replaced": "the claim of this number replaces the one that is answered",
    "ambiguous": "several claims of this number are possible",
    "own_payments": "the claim has payments of its own",
    "line": "no line of the claim is the one that is answered",
    "line_ambiguous": "several lines of the claim are possible, and they differ",
    "no_remittance": "no remittance answers the claim",
    "no_service_line": "the remittance of the claim does not name the line",
    "unread": "a part of the remittance could not be read or joined: what was paid for the line is not known",
}
"""The words of `remittance_unmatched.why`."""


def join(con: duckdb.DuckDBPyConnection, files: Sequence[int]) -> MatchRates | None:
    """Join the rows of remittances in `claim_parsed`, those of the files with the numbers `files`, to its claim lines.

    Marks rows by their `fault`; leaves `TABLES`, of which `claim_answered` (rid) has the lines whose payments are their
    own and not of a whole claim, `claim_unread` (rid) those of which the answer could not be read, and `claim_line_icn`
    (rid, payer_icn) those that were answered under another number of the payer than the rest of their claim,
    `claim_paid_again` (rid, day) those that were paid before. None where there is no remittance.
    """
    con.execute(
        "CREATE TABLE claim_joined (rid BIGINT, line_rid BIGINT, state VARCHAR, reason VARCHAR, source_file "
        "VARCHAR, "
        "source_pos BIGINT, claim_id VARCHAR, line_no INTEGER, charge BIGINT, paid BIGINT)"
    )
    con.execute("CREATE TABLE claim_parted (rid BIGINT, fault VARCHAR)")
    con.execute("CREATE TABLE claim_paid_shared (rid BIGINT)")
    con.execute("CREATE TABLE claim_answered (rid BIGINT)")
    con.execute("CREATE TABLE claim_unread (rid BIGINT)")
    con.execute("CREATE TABLE claim_line_icn (rid BIGINT, payer_icn VARCHAR)")
    con.execute("CREATE TABLE claim_paid_again (rid BIGINT, day DATE)")
    con.execute(
        "CREATE TABLE remittance_unmatched (source_file VARCHAR, source_pos BIGINT, claim_id VARCHAR, side "
        "VARCHAR, "
        "why VARCHAR)"
    )
    if not files:
        return None
    numbers = ", ".join(map(str, files))
    signs.settle(con, files)
    answers.lay_out(con, files)
    shared = answers.share_rests(con)
    claims = con.execute(f"SELECT count(*) FROM claim_parsed WHERE file_no NOT IN ({numbers})").fetchone()
    if claims == (0,):
        counted = con.execute(
            "SELECT count(DISTINCT answer), count(*) FILTER (kind = 'line') FROM remit_row WHERE usable"
        ).fetchone()
        assert counted is not None
        rates = MatchRates(remittances=counted[0], service_lines=counted[1], shared_amounts=shared)
        alone.settle(con)
        con.execute(
            "INSERT INTO claim_parted SELECT rid, CASE kind WHEN 'whole' THEN 'remittance_whole' ELSE "
            "'remittance_rest' "
            "END FROM remit_row WHERE kind <> 'line' AND usable AND rid NOT IN (SELECT rid FROM claim_joined)"
        )
        con.execute("INSERT INTO claim_answered SELECT rid FROM remit_row")
        _mark(con)
        _drop(con, answers.TABLES[:1])
        return rates
    repeated = answers.gather(con)
    matching.lay_out_claims(con, numbers)
    matching.find_claims(con)
    con.execute(
        "UPDATE remit_answer SET version = NULL, how = 'own_payments' "
        "WHERE version IN (SELECT version FROM bill_version WHERE has_payments)"
    )
    taking.settle(con)
    matching.find_lines(con)
    taking.take_back_lines(con)
    taking.take_lines(con)
    again.find(con)
    taking.take_wholes(con)
    unread.find(con, files)
    taking.take_back(con)
    taking.part(con)
    con.execute(
        "INSERT INTO claim_parted SELECT rid, 'remittance_rest' FROM remit_row WHERE kind = 'rest' AND usable "
        "AND rid NOT IN (SELECT rid FROM claim_joined) AND rid NOT IN (SELECT rid FROM claim_parted)"
    )
    con.execute("INSERT INTO claim_answered SELECT line_rid FROM remit_line")
    _list_unmatched(con, numbers)
    rates = _rates(con, numbers, shared, repeated)
    taking.write(con)
    _mark(con)
    _drop(con, (*answers.TABLES, *matching.TABLES, *taking.TABLES))
    return rates


def _mark(con: duckdb.DuckDBPyConnection) -> None:
    """Write the fault of every row that is joined or set aside."""
    con.execute(
        "CREATE OR REPLACE TABLE claim_joined AS SELECT j.rid, j.line_rid, j.state, j.reason, f.name AS "
        "source_file, "
        "coalesce(p.source_pos, p.rowid - f.first_row + 1) AS source_pos, p.claim_id, p.line_no, "
        "CASE WHEN j.state <> 'part' THEN p.charge END AS charge, CASE WHEN j.state = 'part' THEN j.paid ELSE p.paid "
        "END AS paid FROM claim_joined j JOIN claim_parsed p ON p.rowid = j.rid JOIN claim_file f USING (file_no) "
        "ORDER BY j.rid"
    )
    con.execute(
        "UPDATE claim_parsed AS p SET fault = t.fault FROM (SELECT rid, fault FROM claim_parted UNION ALL "
        f"SELECT DISTINCT rid, {literal(JOINED)} FROM claim_joined) t WHERE t.rid = p.rowid"
    )


def _drop(con: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> None:
    con.execute("; ".join(f"DROP TABLE IF EXISTS {table}" for table in tables))


def _list_unmatched(con: duckdb.DuckDBPyConnection, numbers: str) -> None:
    """`remittance_unmatched`: remittances and their lines without a claim, claims and lines without a remittance."""
    words = " ".join(f"WHEN {literal(name)} THEN {literal(text)}" for name, text in WHY.items())
    place = (
        "SELECT f.name, coalesce(p.source_pos, p.rowid - f.first_row + 1), p.claim_id, t.side, "
        f"CASE t.why {words} END FROM ({{0}}) t JOIN claim_parsed p ON p.rowid = t.rid JOIN claim_file f "
        "USING (file_no) "
        "ORDER BY t.side DESC, p.rowid"
    )
    con.execute(
        "INSERT INTO remittance_unmatched "
        + place.format(
            "SELECT answer AS rid, 'remittance' AS side, how AS why FROM remit_answer WHERE version IS NULL "
            "UNION ALL "
            "SELECT r.rid, 'remittance_line', CASE q.fault WHEN 'remittance_ambiguous' THEN "
            "'line_ambiguous' ELSE 'line' "
            "END FROM remit_row r JOIN remit_answer a USING (answer) JOIN claim_parted q ON q.rid = r.rid "
            "WHERE a.version IS NOT NULL"
        )
    )
    con.execute(
        "INSERT INTO remittance_unmatched "
        + place.format(
            "SELECT min(rowid) AS rid, 'claim' AS side, 'no_remittance' AS why FROM claim_parsed "
            f"WHERE file_no NOT IN ({numbers}) AND fault IS NULL AND upper(trim(claim_id)) NOT IN "
            "(SELECT claim_id FROM remit_answer) GROUP BY claim_id, patient_id, payer_id, source_system, "
            "frequency_code, "
            "original_ref UNION ALL SELECT version, 'claim', 'no_remittance' FROM bill_version WHERE "
            "version NOT IN "
            "(SELECT version FROM remit_answer WHERE version IS NOT NULL) AND NOT has_payments UNION ALL "
            "SELECT l.rid, 'claim_line', CASE WHEN l.rid IN (SELECT rid FROM claim_unread) THEN 'unread' "
            "ELSE 'no_service_line' END FROM bill_line l WHERE l.fault IS NULL "
            "AND l.rid NOT IN (SELECT line_rid FROM remit_line) "
            "AND l.version IN (SELECT version FROM remit_answer WHERE version IS NOT NULL)"
        )
    )


def _rates(con: duckdb.DuckDBPyConnection, numbers: str, shared: int, repeated: int) -> MatchRates:
    def count(sql: str) -> int:
        row = con.execute(sql).fetchone()
        return 0 if row is None or row[0] is None else int(row[0])

    def counts(sql: str) -> dict[str, int]:
        return {str(name): int(number) for name, number in con.execute(sql).fetchall()}

    matched = "version IS NOT NULL"
    versions = (
        "SELECT count(*) FROM (SELECT DISTINCT claim_id, patient_id, payer_id, line_of_business, "
        "source_system, "
        "frequency_code, original_ref, payer_icn, reversed, version_date FROM claim_parsed "
        f"WHERE file_no NOT IN ({numbers}) AND fault IS NULL)"
    )
    of_lines = "FROM remit_row r JOIN remit_answer a USING (answer) WHERE r.kind = 'line' AND r.usable"
    return MatchRates(
        claims=count(versions),
        claims_matched=count(f"SELECT count(DISTINCT version) FROM remit_answer WHERE {matched}"),
        remittances=count("SELECT count(*) FROM remit_answer"),
        remittances_matched=count(f"SELECT count(*) FROM remit_answer WHERE {matched}"),
        remittances_repeated=repeated,
        reversals=count("SELECT count(*) FROM remit_answer WHERE reversed"),
        reversals_unpaired=count(
            f"SELECT count(*) FROM remit_answer WHERE reversed AND {matched} "
            "AND answer NOT IN (SELECT by_answer FROM remit_taken)"
        ),
        superseded=count("SELECT count(*) FROM claim_joined WHERE state = 'superseded'"),
        by_claim_key=counts(f"SELECT how, count(*) FROM remit_answer WHERE {matched} GROUP BY 1 ORDER BY 1"),
        unmatched=counts(
            "SELECT how, count(*) FROM remit_answer WHERE version IS NULL GROUP BY 1 ORDER BY 1"
        ),
        lines=count(f"SELECT count(*) FROM claim_parsed WHERE file_no NOT IN ({numbers}) AND fault IS NULL"),
        lines_matched=count("SELECT count(*) FROM remit_line"),
        service_lines=count(f"SELECT count(*) {of_lines}"),
        service_lines_matched=count(f"SELECT count(*) {of_lines} AND r.rid IN (SELECT rid FROM remit_pair)"),
        service_lines_ambiguous=count(
            "SELECT count(*) FROM claim_parted WHERE fault = 'remittance_ambiguous'"
        ),
        service_lines_unmatched=count(
            "SELECT count(*) FROM claim_parted WHERE fault = 'remittance_line_unmatched'"
        ),
        codes_changed=count(f"SELECT count(*) {of_lines} AND a.standing AND r.submitted_code IS NOT NULL"),
        whole_claims=count("SELECT count(*) FROM remit_whole"),
        shared_amounts=shared,
        by_line_key=counts(
            "SELECT how, count(*) FROM remit_pair WHERE answer IN (SELECT answer FROM remit_answer WHERE "
            "standing) "
            "GROUP BY 1 ORDER BY 1"
        ),
        paid_matched=count("SELECT sum(paid) FROM remit_line"),
        paid_unmatched=count(
            "SELECT sum(p.paid) FROM claim_parsed p JOIN claim_parted q ON q.rid = p.rowid "
            f"WHERE p.file_no IN ({numbers})"
        ),
    )
