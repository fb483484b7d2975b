"""A second look at values that stand on many lines: each distinct one is judged once, not once a line.

It runs on the key tables, which hold the distinct patients and codes, and goes back to the lines of those alone that
are odd. Most feeds have none, and then it costs a look at the key tables. Lists are never set here: DuckDB moves a row
whose list is set to the end of its table, and the order of the rows is the order of reading.
"""

from __future__ import annotations

import duckdb

from auditor.claims.forms import PROCEDURE
from auditor.claims.remarks import bit
from auditor.claims.words import placeholder

_SCIENTIFIC = "contains(code, 'E+')"
_RATE_CENTERS = "'0022', '0023', '0024'"
"""Revenue codes beside which stands a payment group (HIPPS), which has five characters and a shape of its own."""


def amend(con: duckdb.DuckDBPyConnection) -> bool:
    """Set right `claim_parsed` where a patient or a code is odd; True when the key tables must be made again."""
    nobody = _set_nobody_aside(con)
    return _amend_codes(con) or nobody


def _set_nobody_aside(con: duckdb.DuckDBPyConnection) -> bool:
    """Lines of UNKNOWN or 0 are of many persons, whom rules would hold for one: they are set aside."""
    con.execute(
        "CREATE TEMP TABLE claim_nobody AS SELECT DISTINCT patient_id FROM claim_patient "
        f"WHERE {placeholder('patient_id')}"
    )
    found = con.execute("SELECT count(*) FROM claim_nobody").fetchone() != (0,)
    if found:
        con.execute(
            "UPDATE claim_parsed SET fault = 'patient_id_missing' WHERE fault IS NULL "
            "AND patient_id IN (SELECT patient_id FROM claim_nobody)"
        )
    con.execute("DROP TABLE claim_nobody")
    return found


def _amend_codes(con: duckdb.DuckDBPyConnection) -> bool:
    """A word for nothing is no code; what is of no code's form sets its line aside.

    A code of anaesthesia lost its leading 0 in a spreadsheet when it has four digits from 1000; with fewer digits it
    might be a revenue code, and on a hospital's line it might be one anyway.
    """
    con.execute(
        f"CREATE TEMP TABLE claim_code_odd AS SELECT setting, code, CASE WHEN {_SCIENTIFIC} THEN 'invalid' "
        f"WHEN {placeholder('code')} THEN 'none' "
        "WHEN setting = 'practitioner' AND regexp_full_match(code, '1[0-9]{3}') THEN 'zero' "
        "WHEN regexp_full_match(code, '[0-9A-Z]{5}') THEN 'group' ELSE 'invalid' END AS kind FROM claim_code "
        f"WHERE code IS NOT NULL AND NOT regexp_full_match(code, '{PROCEDURE}')"
    )
    found = con.execute("SELECT count(*) FROM claim_code_odd").fetchone() != (0,)
    if found:
        con.execute(
            "UPDATE claim_parsed AS p SET "
            "code = CASE c.kind WHEN 'zero' THEN '0' || p.code WHEN 'none' THEN NULL ELSE p.code END, "
            f"odd = p.odd | CASE c.kind WHEN 'zero' THEN {bit('spreadsheet')} ELSE 0 END, "
            "fault = CASE WHEN c.kind = 'none' AND p.revenue_code IS NULL THEN 'code_missing' "
            "WHEN c.kind = 'invalid' OR c.kind = 'group' "
            f"AND coalesce(p.revenue_code NOT IN ({_RATE_CENTERS}), true) THEN 'code_invalid' END "
            "FROM claim_code_odd c WHERE p.fault IS NULL AND p.code = c.code "
            "AND p.setting IS NOT DISTINCT FROM c.setting"
        )
    con.execute("DROP TABLE claim_code_odd")
    return found
