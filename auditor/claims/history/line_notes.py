"""What the history of its claim says of a line: `version_note`, with the other version that it speaks of.

paid_after_void (the claim was voided, and paid when the payer had processed the void), billed_after_void (a claim that
came after the void), paid_twice, orphan_replacement (of a claim that is not in the feed). It is told by line, because a
corrected claim may hold lines that the voided one never had: a line is paid after a void where the same code was billed
for the same day before it. A line that stands twice in a claim under one number of the provider and of the payer, on
two days and denied neither time, is the same line told again: the later one is final. Under two numbers of the payer
both were paid, and both are audited.
"""

from __future__ import annotations

from collections.abc import Collection

import duckdb

from auditor.claims.tables import filled

_STANDING = "state = 'audited' AND line_id IS NOT NULL AND NOT denied"
_AMOUNT = "coalesce(paid, allowed, charge)"
_DAY = "coalesce(paid_date, received_date)"


def settle(con: duckdb.DuckDBPyConnection) -> None:
    """`line_told_again` (line_id, by_line_id), and in `claim_parsed` their state and what `version_note` says.

    Reads `claim_parsed` with its keys, `claim_event` and `claim_number`. Costs one look at these where no claim is
    revised and no claim number has two versions.
    """
    con.execute("CREATE OR REPLACE TABLE line_told_again (line_id BIGINT, by_line_id BIGINT)")
    told = filled(con, "claim_number", "claim_event", "claim_paid_again")
    if told:
        _note(con, told)
    con.execute("DROP TABLE claim_event")


def _note(con: duckdb.DuckDBPyConnection, told: Collection[str]) -> None:
    """Both, from those of the three tables that hold a row (`told`)."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE line_note (line_id BIGINT, note VARCHAR, other VARCHAR, day DATE, rank INTEGER)"
    )
    if "claim_number" in told:
        _tell_again(con)
    if "claim_event" in told:
        _note_events(con)
    con.execute(
        "INSERT INTO line_note SELECT p.line_id, 'paid_twice', p.claim_id, g.day, 2 FROM claim_paid_again g "
        f"JOIN claim_parsed p ON p.line_id = g.rid WHERE p.{_STANDING}"
    )
    con.execute(
        "UPDATE claim_parsed AS p SET version_note = n.note, other_version = n.other, other_version_date = n.day FROM "
        "(SELECT DISTINCT ON (line_id) * FROM line_note ORDER BY line_id, rank, day, other, note) n "
        "WHERE p.line_id = n.line_id AND p.state = 'audited'"
    )
    con.execute("DROP TABLE line_note")


def _tell_again(con: duckdb.DuckDBPyConnection) -> None:
    """Lines of one claim number that stand twice; bills of an interval and late charges are none of these."""
    con.execute(
        "CREATE TEMP TABLE line_twice AS SELECT line_id, claim_id, payer_icn, paid, "
        "row(patient_key, source_system, claim_id, line_no, date_from) AS which, "
        "row(code, revenue_code, date_to, list_sort(string_split(mod_text, ',')), units) AS what, "
        f"{_DAY} AS day, row(coalesce(received_date, paid_date), paid_date) AS came "
        f"FROM claim_parsed WHERE {_STANDING} AND {_AMOUNT} > 0 AND coalesce(frequency_code, '1') = '1' "
        "AND claim_id IN (SELECT claim_id FROM claim_number)"
    )
    con.execute(
        "INSERT INTO line_told_again SELECT line_id, last FROM (SELECT line_id, last_value(line_id) OVER "
        "(PARTITION BY which, payer_icn ORDER BY came, line_id "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS last FROM line_twice) WHERE line_id <> last"
    )
    con.execute(
        "INSERT INTO line_note SELECT l.line_id, 'paid_twice', e.claim_id, e.day, 2 "
        "FROM line_twice l JOIN line_twice e ON e.which = l.which AND e.line_id <> l.line_id "
        "AND l.paid > 0 AND e.paid > 0 AND (e.came, e.line_id) < (l.came, l.line_id) "
        "AND (e.payer_icn IS NOT DISTINCT FROM l.payer_icn OR e.what = l.what)"
    )
    con.execute("DROP TABLE line_twice")
    con.execute(
        "UPDATE claim_parsed SET state = 'superseded' WHERE line_id IN (SELECT line_id FROM line_told_again)"
    )


def _note_events(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "INSERT INTO line_note SELECT p.line_id, 'orphan_replacement', p.original_ref, NULL, 3 FROM claim_parsed p "
        f"JOIN claim_event e USING (claim_key) WHERE e.kind = 'orphan_replacement' AND p.{_STANDING}"
    )
    con.execute(
        "INSERT INTO line_note WITH event AS (SELECT * FROM claim_event WHERE kind <> 'orphan_replacement'), "
        # What was voided: the void's own lines, and those of every version that it ended.
        "ended AS (SELECT e.claim_key, e.kind, e.other_key, e.other_key AS of_key FROM event e UNION "
        "SELECT e.claim_key, e.kind, e.other_key, s.claim_key FROM event e JOIN claim_superseded s "
        "ON s.by_key = e.other_key AND e.kind <> 'paid_twice'), "
        "service AS (SELECT DISTINCT d.claim_key, d.kind, d.other_key, "
        "row(o.code, o.revenue_code, o.date_from) AS what FROM ended d "
        "JOIN claim_parsed o ON o.claim_key = d.of_key WHERE o.line_id IS NOT NULL), "
        f"version AS (SELECT claim_key, any_value(claim_id) AS claim_id, max({_DAY}) AS day FROM claim_parsed "
        "WHERE claim_key IN (SELECT other_key FROM event) GROUP BY claim_key) "
        "SELECT p.line_id, s.kind, v.claim_id, v.day, CASE s.kind WHEN 'paid_twice' THEN 2 ELSE 1 END "
        "FROM claim_parsed p JOIN service s ON s.claim_key = p.claim_key "
        "AND s.what = row(p.code, p.revenue_code, p.date_from) "
        f"JOIN version v ON v.claim_key = s.other_key WHERE p.{_STANDING} AND {_AMOUNT} > 0"
    )
