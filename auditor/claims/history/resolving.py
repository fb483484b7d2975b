"""Which version of a claim is final: replacements, voids and reversals, across files and time.

A replacement (frequency 7 and its kin, `versions.REPLACING`) stands in place of the claim that
`original_ref` names, by the payer's number or by the claim number, and a void (8) takes it away; where the reference is
blank or names nothing in the feed, the versions with the same claim number are meant. A reference means a claim of the
same patient, payer and source: the number of another may happen to be the same. Versions that are linked form a chain
(`chains`), in which the last replacement or void decides over all before it; one that the payer denied or
rejected decides nothing, for it paid nothing in place of what it names, and stays with its denial. A payment that the
payer took back (status 22 of the 835 and its kin, with negative amounts) is matched to the payment that it takes back,
and to no other (`reversals_of_claims`). Bills of an interval (frequency 2, 3, 4), of late charges (5) and the final one
of home health (9) replace nothing.

A payment after a void, and a second payment that nothing in the feed takes back, are told to rules by `version_note`
(`line_notes`). (Canonical tables, section 4: adjudication chains; catalogue DUP-06.)
"""

from __future__ import annotations

import duckdb

from auditor.claims.history import chains, reversals_of_claims
from auditor.claims.history.versions import REVISING
from auditor.claims.words import literal

_REVISING = ", ".join(map(literal, REVISING))


def resolve(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Create `claim_superseded` (claim_key, by_key, reason) and `claim_event` from `claim_version`; returns notes.

    `claim_event` (claim_key, kind, other_key) says of versions that are audited: `paid_after_void` (a voided claim,
    paid when the void had been processed), `billed_after_void` (a claim after the void), both with the void;
    `paid_twice` (a replacement, with the payment that it replaced and that was not taken back); `orphan_replacement`
    (of nothing that is here). Costs one look at the versions when no claim is replaced, voided or reversed.
    """
    con.execute("CREATE TABLE claim_superseded (claim_key BIGINT, by_key BIGINT, reason VARCHAR)")
    con.execute("CREATE OR REPLACE TABLE claim_event (claim_key BIGINT, kind VARCHAR, other_key BIGINT)")
    found = con.execute(
        f"SELECT 1 FROM claim_version WHERE frequency_code IN ({_REVISING}) OR reversed LIMIT 1"
    ).fetchone()
    if found is None:
        return ()
    reversals_of_claims.match(con)
    chains.make_places(con)
    _supersede(con)
    _tell(con)
    notes = _notes(con)
    con.execute("DROP TABLE claim_place; DROP TABLE claim_taken; DROP TABLE claim_known")
    return notes


def _supersede(con: duckdb.DuckDBPyConnection) -> None:
    """What a chain ends, then what the payer took back, then what changes nothing and is no service either."""
    con.execute(
        "INSERT INTO claim_superseded "
        # Paid after the payer had processed the void: the void did not end that payment.
        f"WITH last AS (SELECT p.*, {chains.LATE} AS late, "
        "max(place) FILTER (voids OR revises) OVER w AS deciding, "
        "arg_max(claim_key, place) FILTER (voids OR revises) OVER w AS decided_by, "
        "max(place) FILTER (voids) OVER w AS voiding, arg_max(claim_key, place) FILTER (voids) OVER w AS voided_by "
        "FROM claim_place p WINDOW w AS (PARTITION BY chain)) "
        "SELECT claim_key, CASE WHEN voids THEN NULL WHEN place < voiding THEN voided_by ELSE decided_by END, "
        "CASE WHEN voids AND length = 1 AND claim_key NOT IN (SELECT claim_key FROM claim_known) "
        "THEN 'voids a claim that is not in the feed' WHEN voids THEN 'voids a claim' "
        "WHEN place < voiding THEN 'voided' ELSE 'replaced' END "
        "FROM last WHERE voids OR (place < deciding AND late IS NULL)"
    )
    superseded = "(SELECT claim_key FROM claim_superseded)"
    con.execute(
        "INSERT INTO claim_superseded SELECT claim_key, by_key, 'taken back by the payer' FROM claim_taken "
        f"WHERE claim_key NOT IN {superseded}"
    )
    con.execute(
        "INSERT INTO claim_superseded SELECT v.claim_key, NULL, "
        "CASE WHEN t.by_key IS NOT NULL THEN 'takes a payment back' ELSE 'reversed by the payer, or not final' END "
        "FROM claim_version v LEFT JOIN (SELECT DISTINCT by_key FROM claim_taken) t ON t.by_key = v.claim_key "
        f"WHERE v.reversed AND v.claim_key NOT IN {superseded} "
        "AND v.claim_key NOT IN (SELECT claim_key FROM claim_partly)"
    )
    con.execute("DROP TABLE claim_partly")
    con.execute(
        "INSERT INTO claim_superseded SELECT claim_key, NULL, 'a void that the payer refused' FROM claim_version "
        f"WHERE frequency_code = '8' AND refused AND claim_key NOT IN {superseded}"
    )


def _tell(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `claim_event` for the versions that stand."""
    stands = "claim_key NOT IN (SELECT claim_key FROM claim_superseded)"
    con.execute(
        f"INSERT INTO claim_event WITH told AS (SELECT p.*, {chains.LATE} AS late FROM claim_place p) "
        "SELECT p.claim_key, CASE WHEN p.late IS NULL THEN 'billed_after_void' ELSE 'paid_after_void' END, "
        "coalesce(p.late, (SELECT arg_max(v.claim_key, v.place) FROM claim_place v "
        "WHERE v.chain = p.chain AND v.voids AND v.place < p.place)) AS void FROM told p "
        f"WHERE NOT p.voids AND p.{stands} AND void IS NOT NULL"
    )
    # A void that names the payer's number leaves the claim number free; a claim that takes it again comes after it.
    con.execute(
        "INSERT INTO claim_event WITH void AS (SELECT p.chain, p.claim_key, p.place, v.received_date, v.paid_date "
        "FROM claim_place p JOIN claim_version v USING (claim_key) WHERE p.voids), "
        "number AS (SELECT DISTINCT p.chain, v.patient_id, v.payer_id, v.source_system, v.claim_id FROM claim_place p "
        "JOIN claim_version v USING (claim_key)) "
        "SELECT n.claim_key, 'billed_after_void', arg_max(w.claim_key, w.place) FROM void w "
        "JOIN number m ON m.chain = w.chain JOIN claim_version n ON n.claim_id = m.claim_id "
        "AND n.patient_id = m.patient_id AND n.payer_id IS NOT DISTINCT FROM m.payer_id "
        "AND n.source_system IS NOT DISTINCT FROM m.source_system "
        "LEFT JOIN claim_place q ON q.claim_key = n.claim_key "
        f"WHERE q.chain IS DISTINCT FROM w.chain AND n.{stands} AND CASE "
        "WHEN n.received_date <> w.received_date THEN n.received_date > w.received_date "
        "WHEN n.paid_date <> w.paid_date THEN n.paid_date > w.paid_date ELSE n.claim_key > w.claim_key END "
        "GROUP BY n.claim_key"
    )
    con.execute(
        "INSERT INTO claim_event SELECT p.claim_key, 'orphan_replacement', NULL FROM claim_place p "
        f"WHERE p.length = 1 AND NOT p.voids AND p.{stands} AND p.claim_key NOT IN (SELECT claim_key FROM claim_known)"
    )
    # Whether a replaced payment was taken back can be told only of payers that show in this feed what they take back.
    con.execute(
        "INSERT INTO claim_event SELECT p.claim_key, 'paid_twice', arg_max(e.claim_key, e.place) "
        "FROM claim_place p JOIN claim_version v USING (claim_key) "
        "JOIN claim_place e ON e.chain = p.chain AND e.place < p.place AND NOT e.voids "
        "JOIN claim_version w ON w.claim_key = e.claim_key "
        f"WHERE p.revises AND p.{stands} AND v.paid > 0 AND w.paid > 0 "
        "AND e.claim_key NOT IN (SELECT claim_key FROM claim_taken) "
        "AND NOT EXISTS (SELECT 1 FROM claim_place b WHERE b.chain = p.chain AND b.voids AND b.place BETWEEN e.place "
        "AND p.place) AND EXISTS (SELECT 1 FROM claim_version r WHERE r.reversed AND r.paid < 0 "
        "AND r.payer_id IS NOT DISTINCT FROM v.payer_id AND r.source_system IS NOT DISTINCT FROM v.source_system) "
        "GROUP BY p.claim_key"
    )


def _notes(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    row = con.execute(
        "SELECT count(*) FILTER (reason = 'voids a claim that is not in the feed'), "
        "(SELECT count(*) FROM claim_event WHERE kind = 'orphan_replacement'), "
        "count(*) FILTER (reason = 'a void that the payer refused') FROM claim_superseded"
    ).fetchone()
    assert row is not None
    texts = (
        "voids name no claim of this feed and are not audited",
        "replacements name no claim of this feed and are audited as they stand",
        "voids were refused by the payer; they void nothing and are not audited",
    )
    return tuple(f"{count:,} {text}" for count, text in zip(row, texts, strict=True) if count)
