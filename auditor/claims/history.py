"""Which version of a claim is final: replacements, voids and reversals.

Frequency 7 replaces and 8 voids the claim that `original_ref` names, by the payer's number or by the claim number;
where the reference is blank or names nothing in the feed, the versions with the same claim number are meant. A
reference means a claim of the same patient, payer and source: the number of another may happen to be the same. A
version that the payer reversed with a negative payment counts as a void of its claim number. Versions that are
linked form a chain, ordered by date received, date paid and place in the source: the last is final, and a chain
that ends in a void has no final version. (Canonical tables, section 4: adjudication chains.)
"""

from __future__ import annotations

import duckdb

_VOID = "(coalesce(frequency_code = '8', false) OR (reversed AND coalesce(paid, 0) < 0))"


def resolve(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Create `claim_superseded` (claim_key, by_key, reason) from `claim_version`; returns notes.

    Costs one look at the versions when no claim is replaced, voided or reversed.
    """
    con.execute("CREATE TABLE claim_superseded (claim_key BIGINT, by_key BIGINT, reason VARCHAR)")
    found = con.execute(
        "SELECT count(*) FROM claim_version WHERE frequency_code IN ('7', '8') OR reversed"
    ).fetchone()
    if found == (0,):
        return ()
    _link(con)
    _chain(con)
    return _supersede(con)


def _link(con: duckdb.DuckDBPyConnection) -> None:
    """`claim_link` (a, b): each revising version with what it revises."""
    con.execute(
        "CREATE TABLE claim_reviser AS SELECT claim_key, patient_id, source_system, payer_id, claim_id, original_ref "
        "FROM claim_version "
        f"WHERE frequency_code IN ('7', '8') OR {_VOID}"
    )
    same = (
        "o.patient_id = r.patient_id AND o.payer_id IS NOT DISTINCT FROM r.payer_id "
        "AND o.source_system IS NOT DISTINCT FROM r.source_system AND o.claim_key <> r.claim_key"
    )
    con.execute(
        "CREATE TABLE claim_link AS "
        f"SELECT r.claim_key AS a, o.claim_key AS b FROM claim_reviser r JOIN claim_version o "
        f"ON o.payer_icn = r.original_ref AND {same} "
        f"UNION SELECT r.claim_key, o.claim_key FROM claim_reviser r JOIN claim_version o "
        f"ON o.claim_id = r.original_ref AND {same}"
    )
    con.execute(
        "INSERT INTO claim_link SELECT r.claim_key, o.claim_key FROM claim_reviser r JOIN claim_version o "
        f"ON o.claim_id = r.claim_id AND {same} WHERE r.claim_key NOT IN (SELECT a FROM claim_link)"
    )


def _chain(con: duckdb.DuckDBPyConnection) -> None:
    """`claim_chain` (claim_key, chain): the smallest key that can be reached over links."""
    con.execute(
        "CREATE TABLE claim_chain AS SELECT claim_key, min(other) AS chain FROM ("
        "SELECT a AS claim_key, b AS other FROM claim_link UNION ALL SELECT b, a FROM claim_link "
        "UNION ALL SELECT claim_key, claim_key FROM claim_reviser "
        "UNION ALL SELECT b, b FROM claim_link) GROUP BY 1"
    )
    while True:
        # Each version takes the smallest chain of itself, of its neighbours, and of the version its chain names:
        # the last doubles the reach at every turn, so that long chains end soon.
        con.execute(
            "CREATE TABLE claim_chain_next AS SELECT claim_key, min(chain) AS chain FROM ("
            "SELECT claim_key, chain FROM claim_chain "
            "UNION ALL SELECT l.a, c.chain FROM claim_link l JOIN claim_chain c ON c.claim_key = l.b "
            "UNION ALL SELECT l.b, c.chain FROM claim_link l JOIN claim_chain c ON c.claim_key = l.a "
            "UNION ALL SELECT c.claim_key, d.chain FROM claim_chain c JOIN claim_chain d ON d.claim_key = c.chain"
            ") GROUP BY 1"
        )
        changed = con.execute(
            "SELECT count(*) FROM claim_chain c JOIN claim_chain_next n USING (claim_key) WHERE c.chain <> n.chain"
        ).fetchone()
        con.execute("DROP TABLE claim_chain")
        con.execute("ALTER TABLE claim_chain_next RENAME TO claim_chain")
        if changed == (0,):
            return


def _supersede(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    con.execute(
        "CREATE TABLE claim_place AS SELECT c.chain, v.claim_key, v.frequency_code, v.reversed, "
        f"{_VOID} AS void, count(*) OVER (PARTITION BY c.chain) AS length, "
        "row_number() OVER (PARTITION BY c.chain ORDER BY "
        # An undated original stands before everything, an undated revision after.
        "coalesce(v.received_date, v.paid_date, CASE WHEN coalesce(v.frequency_code IN ('7', '8'), false) "
        "THEN DATE '9999-12-31' ELSE DATE '0001-01-01' END), coalesce(v.paid_date, DATE '0001-01-01'), "
        f"coalesce(v.frequency_code IN ('7', '8'), false) OR {_VOID}, v.claim_key) AS place "
        "FROM claim_chain c JOIN claim_version v USING (claim_key)"
    )
    con.execute(
        "INSERT INTO claim_superseded "
        "WITH last AS (SELECT chain, claim_key, frequency_code, void FROM claim_place WHERE place = length) "
        "SELECT p.claim_key, CASE WHEN p.claim_key <> l.claim_key THEN l.claim_key END, "
        "CASE WHEN p.void AND p.length = 1 THEN 'voids a claim that is not in the feed' "
        "WHEN p.void THEN 'voids a claim' WHEN l.void THEN 'voided' ELSE 'replaced' END "
        "FROM claim_place p JOIN last l USING (chain) WHERE l.void OR p.claim_key <> l.claim_key"
    )
    con.execute(
        "INSERT INTO claim_superseded SELECT claim_key, NULL, 'reversed by the payer' FROM claim_version "
        "WHERE reversed AND claim_key NOT IN (SELECT claim_key FROM claim_superseded)"
    )
    row = con.execute(
        "SELECT count(*) FILTER (length = 1 AND void), "
        "count(*) FILTER (length = 1 AND NOT void) FROM claim_place"
    ).fetchone()
    assert row is not None
    for table in ("claim_reviser", "claim_link", "claim_chain", "claim_place"):
        con.execute(f"DROP TABLE {table}")
    notes = []
    if row[0]:
        notes.append(f"{row[0]:,} voids name no claim of this feed and are not audited")
    if row[1]:
        notes.append(f"{row[1]:,} replacements name no claim of this feed and are audited as they stand")
    return tuple(notes)
