"""What claim lines take from the answers that were found for them, and what becomes of every row of an answer.

A reversal (CLP02 = 22, amounts below zero) takes back the answer whose amounts it mirrors, of the payer's
number first; else the one answer that it can mean; of less than the claim, single lines. Of the answers that
stand the last one counts for a line, by date of payment, then by place; its service lines of that line are
added up (the payer divided the line). A line all of whose answers are taken back is reversed and paid
nothing. A payment of a whole claim is shared by charge among its lines, and a later service line takes the place
of the share of its line. Every
row of a remittance ends in `claim_joined` (its amounts are a claim line's, or it is superseded) or
`claim_parted` (set aside, with the fault).
"""

from __future__ import annotations

import duckdb

from auditor.claims import rare
from auditor.claims.history.versions import REVISING
from auditor.claims.remittance.answers import shares
from auditor.claims.words import literal

TABLES = ("remit_line", "remit_final", "remit_taken", "remit_whole", "remit_whole_share", "remit_line_taken")
_REVISING = ", ".join(map(literal, REVISING))
_TAKEN_FEW = ("patient_resp", "adjustments", "remark_codes")


def settle(con: duckdb.DuckDBPyConnection) -> None:
    """`remit_taken` (answer, by_answer): answers that a reversal takes back; `standing` says which are left."""
    con.execute("CREATE TABLE remit_taken (answer BIGINT, by_answer BIGINT)")
    left = (
        "SELECT *, coalesce(payer_id, '') AS payer FROM remit_answer WHERE version IS NOT NULL "
        "AND answer NOT IN (SELECT answer FROM remit_taken) "
        "AND answer NOT IN (SELECT by_answer FROM remit_taken)"
    )
    # A reversal takes back what was paid by its day: one before which nothing is open means a payment before the feed.
    order = (
        "ORDER BY coalesce(paid_date, CASE WHEN reversed THEN DATE '9999-12-31' ELSE DATE '0001-01-01' END), "
        "reversed, seen_as"
    )
    for key in ("version, payer_icn, abs(charge), abs(paid)", "version, abs(charge), abs(paid)"):
        con.execute(
            f"INSERT INTO remit_taken WITH told AS (SELECT *, row({key}) AS what, "
            f"sum(CASE WHEN reversed THEN -1 ELSE 1 END) OVER (PARTITION BY {key} {order} ROWS UNBOUNDED PRECEDING) "
            f"AS open FROM ({left})), "
            f"due AS (SELECT *, coalesce(min(open) OVER (PARTITION BY what {order} "
            "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS least FROM told), "
            "side AS (SELECT *, row_number() OVER (PARTITION BY what, reversed "
            f"{order}) AS turn FROM due WHERE NOT reversed OR open >= least(least, 0)) "
            "SELECT o.answer, r.answer FROM side o JOIN side r USING (what, turn) WHERE r.reversed AND NOT o.reversed "
            "AND sign(r.charge) = -sign(o.charge) AND sign(r.paid) = -sign(o.paid) "
            "AND (o.payer = r.payer OR o.payer = '' OR r.payer = '')"
        )
    # One payer does not take back what another paid.
    for key in ("version, payer_icn", "version, payer"):
        con.execute(
            f"INSERT INTO remit_taken WITH open AS ({left}), one AS (SELECT {key}, any_value(answer) AS answer "
            f"FROM open WHERE NOT reversed GROUP BY ALL HAVING count(*) = 1), back AS (SELECT {key}, "
            "any_value(answer) AS by_answer, min(seen_as) AS seen_as FROM open WHERE reversed GROUP BY ALL "
            f"HAVING count(*) = 1) SELECT one.answer, back.by_answer FROM one JOIN back USING ({key}) "
            "JOIN remit_answer a ON a.answer = one.answer JOIN remit_answer b ON b.answer = back.by_answer "
            # Fewer lines of a smaller payment: single lines are taken back (`take_back_lines`), the others stand.
            f"WHERE a.seen_as < back.seen_as AND NOT (abs(b.paid) < abs(a.paid) AND NOT b.whole AND "
            f"{_SERVICES.format('b')} < {_SERVICES.format('a')})"
        )
    con.execute(
        "UPDATE remit_answer SET standing = version IS NOT NULL AND NOT reversed "
        "AND answer NOT IN (SELECT answer FROM remit_taken)"
    )


_SERVICES = "(SELECT count(*) FROM remit_row s WHERE s.answer = {0}.answer AND s.kind = 'line')"


def take_back_lines(con: duckdb.DuckDBPyConnection) -> None:
    """`remit_line_taken` (rid): service lines of standing answers that a reversal of less than the claim takes back.

    Such a reversal is held against single lines: of the same claim line, payer, and opposite amounts. Each takes back
    one, the earliest that is open; one before which none is open takes back nothing.
    """
    side = (
        "SELECT p.line_rid, s.rid, a.seen_as, a.payer_id, {sign}s.charge AS charge, {sign}s.paid AS paid, "
        "{back} AS back FROM remit_pair p JOIN remit_row s ON s.rid = p.rid JOIN remit_answer a ON a.answer = p.answer "
        "WHERE {which} AND s.charge IS NOT NULL AND s.paid IS NOT NULL"
    )
    paid = side.format(sign="", back="false", which="a.standing")
    open_back = "a.reversed AND a.answer NOT IN (SELECT by_answer FROM remit_taken)"
    taken = side.format(sign="-", back="true", which=open_back)
    same = "PARTITION BY line_rid, payer_id, charge, paid"
    con.execute(
        "CREATE TABLE remit_line_taken AS SELECT rid FROM (SELECT *, count(*) FILTER (back) OVER g "
        "- greatest(max(ahead) OVER g, 0) AS takes, row_number() OVER (PARTITION BY line_rid, payer_id, charge, paid, "
        "back ORDER BY seen_as, rid) AS turn FROM (SELECT *, sum(CASE WHEN back THEN 1 ELSE -1 END) OVER "
        f"({same} ORDER BY seen_as, rid ROWS UNBOUNDED PRECEDING) AS ahead FROM ({paid} UNION ALL {taken})) "
        f"WINDOW g AS ({same})) WHERE NOT back AND turn <= takes"
    )


def take_lines(con: duckdb.DuckDBPyConnection) -> None:
    """`remit_final` (line_rid, answer): the answer that counts for a line; what the line takes from it.

    `remit_whole` (version, rid, seen_as) has the last payment of a whole claim that stands; lines answered before it
    are not answered any more.
    """
    con.execute(
        "CREATE TABLE remit_whole AS SELECT a.version, arg_max(r.rid, a.seen_as) AS rid, max(a.seen_as) AS "
        "seen_as "
        "FROM remit_answer a JOIN remit_row r USING (answer) WHERE a.standing AND r.kind = 'whole' GROUP BY "
        "a.version"
    )
    con.execute(
        "CREATE TABLE remit_final AS SELECT line_rid, arg_max(p.answer, a.seen_as) AS answer FROM remit_pair p "
        "JOIN remit_answer a USING (answer) LEFT JOIN remit_whole w USING (version) "
        "WHERE a.standing AND a.seen_as > coalesce(w.seen_as, 0) "
        "AND p.rid NOT IN (SELECT rid FROM remit_line_taken) GROUP BY line_rid"
    )
    con.execute(
        "CREATE TABLE remit_line AS SELECT f.line_rid, sum(r.paid) AS paid, sum(r.allowed) AS allowed, "
        "sum(r.patient_resp) AS patient_resp, string_agg(r.adjustments, ',' ORDER BY r.rid) AS adjustments, "
        "string_agg(r.remark_codes, ',' ORDER BY r.rid) AS remark_codes, bool_and(r.denied) AS denied, "
        "arg_min(r.status, (r.denied, r.rid)) AS status, max(r.paid_date) AS paid_date, "
        "max(r.received_date) AS received_date, false AS reversed, false AS shared FROM remit_final f "
        "JOIN remit_pair p ON p.line_rid = f.line_rid AND p.answer = f.answer JOIN remit_row r ON r.rid = "
        "p.rid "
        "GROUP BY f.line_rid"
    )
    con.execute(
        "INSERT INTO claim_joined (rid, line_rid, state, reason) SELECT p.rid, p.line_rid, 'joined', p.how "
        "FROM remit_pair p "
        "JOIN remit_final f ON f.line_rid = p.line_rid AND f.answer = p.answer"
    )
    con.execute(
        "INSERT INTO claim_paid_shared SELECT DISTINCT line_rid FROM claim_joined WHERE line_rid IS NOT NULL "
        "AND rid IN (SELECT rid FROM claim_paid_shared)"
    )


def take_wholes(con: duckdb.DuckDBPyConnection) -> None:
    """Share the last standing payment of a whole claim among the lines of its version, by charge.

    What falls to a line that a later service line answers is superseded: a `part` in `claim_joined`, no row of its own.
    """
    con.execute(
        "DELETE FROM remit_whole WHERE version NOT IN (SELECT version FROM bill_line WHERE fault IS NULL "
        "AND rid NOT IN (SELECT line_rid FROM remit_line))"
    )
    lines = (
        "SELECT l.rid, w.rid AS whole, coalesce(r.paid, 0) AS amount, greatest(coalesce(l.charge, 0), 0) AS "
        "weight, "
        "coalesce(l.line_no, 0) AS place FROM bill_line l JOIN remit_whole w USING (version) JOIN remit_row r "
        "ON r.rid = w.rid WHERE l.fault IS NULL"
    )
    con.execute(f"CREATE TABLE remit_whole_share AS {shares(lines)}")
    con.execute(
        "INSERT INTO claim_joined (rid, line_rid, state, reason, paid) SELECT whole, rid, 'part', "
        "'a later remittance answers the same line', share FROM remit_whole_share "
        "WHERE rid IN (SELECT line_rid FROM remit_line)"
    )
    con.execute(
        "INSERT INTO remit_line SELECT s.rid, s.share, NULL, NULL, "
        # Of a whole claim the reasons are each line's, their amounts are not.
        "array_to_string(list_transform(string_split(nullif(r.adjustments, ''), ','), lambda t: "
        "split_part(t, ':', 1)), ',')"
        ", r.remark_codes, r.denied, r.status, r.paid_date, r.received_date, false, "
        "s.lines > 1 AND r.paid <> 0 FROM (SELECT *, count(*) OVER (PARTITION BY whole) AS lines "
        "FROM remit_whole_share) s JOIN remit_row r ON r.rid = s.whole "
        "WHERE s.rid NOT IN (SELECT line_rid FROM remit_line)"
    )
    con.execute("INSERT INTO claim_paid_shared SELECT line_rid FROM remit_line WHERE shared")
    con.execute(
        "INSERT INTO claim_joined (rid, line_rid, state, reason) SELECT rid, NULL, 'joined', 'whole_claim' "
        "FROM remit_whole"
    )


def take_back(con: duckdb.DuckDBPyConnection) -> None:
    """Lines of which all answers were taken back, and those of a claim that was: reversed, and paid nothing.

    A reversal of fewer lines than the claim has, of a payment that is not in the feed, says nothing of the others.
    """
    gone = (
        "SELECT p.line_rid, a.answer, a.seen_as, a.standing AND p.rid NOT IN (SELECT rid FROM remit_line_taken) "
        "AS stands FROM remit_pair p JOIN remit_answer a USING (answer) UNION ALL "
        "SELECT l.rid, a.answer, a.seen_as, false FROM bill_line l JOIN remit_answer a USING (version) "
        "JOIN bill_version v USING (version) WHERE a.version NOT IN (SELECT version FROM remit_answer WHERE standing) "
        "AND (a.whole OR abs(a.charge) >= abs(v.charge))"
    )
    con.execute(
        "INSERT INTO remit_line SELECT g.line_rid, 0, NULL, NULL, NULL, NULL, false, 'reversed', "
        "arg_max(a.paid_date, g.seen_as), arg_max(a.received_date, g.seen_as), true, false "
        f"FROM ({gone}) g JOIN remit_answer a USING (answer) WHERE g.line_rid NOT IN (SELECT line_rid FROM "
        "remit_line) AND g.line_rid NOT IN (SELECT rid FROM claim_unread) "
        "GROUP BY g.line_rid HAVING bool_and(NOT g.stands) AND bool_or(a.reversed)"
    )


def write(con: duckdb.DuckDBPyConnection) -> None:
    """Lay what lines take into `claim_parsed`, and what is the whole version's on all of its lines."""
    there = rare.present(con, "claim_parsed")
    few = "".join(f", {name} = t.{name}" for name in _TAKEN_FEW if name in there)
    con.execute(
        "UPDATE claim_parsed AS p SET paid = t.paid, allowed = coalesce(t.allowed, p.allowed), status = "
        "t.status, "
        "denied = t.denied, reversed = p.reversed OR t.reversed, paid_date = coalesce(t.paid_date, "
        "p.paid_date), "
        f"received_date = coalesce(p.received_date, t.received_date){few} FROM remit_line t WHERE t.line_rid "
        "= p.rowid"
    )
    # One version has one number of the payer's and one date of its own, or its lines would be two claims. Beside an
    # answered line one without an answer is paid nothing, as everywhere, unless its answer could not be read.
    con.execute(
        "UPDATE claim_parsed AS p SET payer_icn = coalesce(p.payer_icn, v.payer_icn), "
        "received_date = coalesce(p.received_date, v.received_date), paid = CASE WHEN v.stands "
        "AND p.rowid NOT IN (SELECT rid FROM claim_unread) THEN coalesce(p.paid, 0) ELSE p.paid END, "
        f"version_date = CASE WHEN p.frequency_code IN ({_REVISING}) "
        "THEN coalesce(p.version_date, p.received_date, v.received_date, v.paid_date) ELSE p.version_date END "
        "FROM bill_line l, (SELECT version, arg_max(payer_icn, (standing, seen_as)) AS payer_icn, "
        "max(received_date) AS received_date, max(paid_date) AS paid_date, bool_or(standing) AS stands "
        "FROM remit_answer WHERE version "
        "IS NOT NULL "
        "GROUP BY version) v WHERE l.version = v.version AND l.rid = p.rowid "
        "AND l.version IN (SELECT version FROM bill_line WHERE rid IN (SELECT line_rid FROM remit_line))"
    )
    con.execute(
        "INSERT INTO claim_line_icn WITH final AS (SELECT line_rid, answer FROM remit_final UNION ALL "
        "SELECT s.rid, r.answer FROM remit_whole_share s JOIN remit_row r ON r.rid = s.whole "
        "WHERE s.rid NOT IN (SELECT line_rid FROM remit_final)) SELECT f.line_rid, a.payer_icn FROM final f "
        "JOIN remit_answer a USING (answer) JOIN bill_line l ON l.rid = f.line_rid "
        "JOIN claim_parsed p ON p.rowid = f.line_rid "
        "WHERE l.payer_icn IS NULL AND a.payer_icn <> p.payer_icn"
    )


def part(con: duckdb.DuckDBPyConnection) -> None:
    """Say of every row of a remittance that is left what became of it."""
    done = "r.rid NOT IN (SELECT rid FROM claim_joined) AND r.rid NOT IN (SELECT rid FROM claim_parted)"
    con.execute(
        "INSERT INTO claim_joined (rid, line_rid, state, reason) SELECT r.rid, p.line_rid, 'superseded', "
        "CASE WHEN a.reversed "
        "THEN 'takes a payment back' WHEN a.standing AND r.rid NOT IN (SELECT rid FROM remit_line_taken) "
        "THEN 'a later remittance answers the same line' "
        "ELSE 'taken back by the payer' END FROM remit_row r JOIN remit_answer a USING (answer) "
        "LEFT JOIN remit_pair p ON p.rid = r.rid LEFT JOIN remit_whole w ON w.version = a.version "
        f"WHERE r.usable AND a.version IS NOT NULL AND {done} "
        "AND (NOT a.standing OR p.rid IS NOT NULL OR (r.kind = 'whole' AND (w.rid IS NOT NULL OR a.version IN "
        "(SELECT version FROM remit_final f JOIN remit_answer USING (answer)))))"
    )
    con.execute(
        "INSERT INTO claim_parted SELECT r.rid, CASE WHEN a.how = 'own_payments' THEN 'remittance_beside' "
        "WHEN a.how = 'ambiguous' OR o.ambiguous THEN 'remittance_ambiguous' "
        "WHEN a.version IS NULL THEN 'remittance_unmatched' ELSE 'remittance_line_unmatched' END "
        "FROM remit_row r JOIN remit_answer a USING (answer) LEFT JOIN remit_open o ON o.rid = r.rid "
        f"WHERE r.usable AND {done}"
    )
