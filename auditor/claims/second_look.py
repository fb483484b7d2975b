"""A second look at values that stand on many lines: each distinct one is judged once, not once a line.

Where a code, a list of modifiers, a list of diagnoses or a patient is odd, the lines that have it are set right or set
aside. Most feeds have none, and then it costs a look at the distinct values. Only text is set here, never a list:
DuckDB moves a row whose list is set to the end of its table, and the order of the rows is the order of reading.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from auditor.claims import forms
from auditor.claims.model import PROCEDURES
from auditor.claims.remarks import bit
from auditor.claims.words import placeholder

_CODE = "(?:[0-9]{4}[0-9A-Z]|[A-Z][0-9]{4})"
_LABEL = "^(?:CPT|HCPCS)[ :#-]*"
_PARTS = f"{_CODE}(?: *[-,:; ] *[0-9A-Z]{{2}}){{0,5}}"
_RATE_CENTERS = "'0022', '0023', '0024'"
"""Revenue codes beside which stands a payment group (HIPPS), which has five characters and a shape of its own."""
_ICD10 = "[A-Z](?:[0-9][0-9A-Z]|[A-Z][0-9])[.]?[0-9A-Z]{0,4}"
_ICD10PCS = "[0-9A-HJ-NP-Z]{7}"
_MODIFIERS = "(?:[0-9A-Z]{2}(?:,[0-9A-Z]{2})*)?"
_MODIFIER_MENDS = (
    (r"\b([0-9])[.]([0-9])E[+]?01\b", r"\1\2"),
    (r"\b([0-9])E[+]01\b", r"\10"),
    (r"\bMOD(?:IFIER)?[ .:#-]*", ""),
    (r"\b([0-9A-Z]{2})[.]0+\b", r"\1"),
    (r"\b0+(?:[.]0+)?\b", ""),
    (r"\b0([0-9]{2})\b", r"\1"),
    (r"\b(?:NAN|N/A|NONE|NULL|UNKNOWN|UNK)\b", ""),
)
"""What is certain of a modifier: `5.9E+01`, `5E+01`, `MOD59`, `59.0`, `059`; zeros and words for none."""

_ODD: dict[str, str] = {
    "patient_id": placeholder("patient_id"),
    "code": f"code IS NOT NULL AND NOT regexp_full_match(code, '{_CODE}')",
    "mod_text": f"NOT regexp_full_match(mod_text, '{_MODIFIERS}') OR contains(mod_text, '00')",
    "dx_text": f"NOT regexp_full_match(dx_text, '(?:{_ICD10}(?:,{_ICD10})*)?')",
    "ptr_text": "NOT regexp_full_match(ptr_text, '[1-9](:[1-9])*')",
    "px_text": f"NOT regexp_full_match(px_text, '(?:{_ICD10PCS}(?:,{_ICD10PCS})*)?')",
}
"""By column, SQL: true of a value that must be looked at closely."""


def amend(con: duckdb.DuckDBPyConnection, fields: frozenset[str]) -> bool:
    """Set right `claim_parsed`; True when the tables of patients and codes must be made again.

    `fields` are those for which some file has a column.
    """
    odd = _odd(con, [name for name in _ODD if name != "px_text" or fields & set(PROCEDURES)])
    nobody = "patient_id" in odd and _set_nobody_aside(con)
    codes = "code" in odd and _amend_codes(con)
    # A code may bring modifiers with it, and pointers move with their diagnoses.
    if "mod_text" in odd or codes:
        _amend_modifiers(con)
    if "dx_text" in odd:
        _amend_diagnoses(con)
    if "ptr_text" in odd or "dx_text" in odd:
        _write_pointers_plainly(con)
    if "px_text" in odd:
        _amend_procedures(con)
    return nobody or codes


def _odd(con: duckdb.DuckDBPyConnection, names: Iterable[str]) -> frozenset[str]:
    """Those of `names` of which some value is odd, asked in one statement: most often none is."""
    asked = " UNION ALL ".join(f"(SELECT '{name}' FROM {_odd_of(name)} LIMIT 1)" for name in names)
    return frozenset(str(name) for (name,) in con.execute(asked).fetchall())


def _odd_of(name: str) -> str:
    """FROM clause of the odd values of a column, each once."""
    table = {"patient_id": "claim_patient", "code": "claim_code"}.get(name)
    return f"{table or f'(SELECT DISTINCT {name} FROM claim_parsed)'} WHERE {_ODD[name]}"


def _odd_values(con: duckdb.DuckDBPyConnection, select: str) -> bool:
    """Make `claim_odd` of `select`; False, and no table, when there is nothing in it."""
    made = con.execute(f"CREATE TEMP TABLE claim_odd AS {select}").fetchone()
    if made is not None and made[0] > 0:
        return True
    con.execute("DROP TABLE claim_odd")
    return False


def _set_nobody_aside(con: duckdb.DuckDBPyConnection) -> bool:
    """Lines of UNKNOWN or 0 are of many persons, whom rules would hold for one: they are set aside."""
    if not _odd_values(con, f"SELECT DISTINCT patient_id FROM {_odd_of('patient_id')}"):
        return False
    con.execute(
        "UPDATE claim_parsed SET fault = 'patient_id_missing' WHERE fault IS NULL "
        "AND patient_id IN (SELECT patient_id FROM claim_odd)"
    )
    con.execute("DROP TABLE claim_odd")
    return True


def _amend_codes(con: duckdb.DuckDBPyConnection) -> bool:
    """Take apart what is surely a code with its label or modifiers; what is no code at all sets the line aside.

    A code of anaesthesia lost its leading 0 in a spreadsheet when it has four digits from 1000; with fewer digits it
    might be a revenue code, and on a hospital's line it might be one anyway.
    """
    if not _odd_values(
        con,
        "SELECT *, CASE WHEN contains(code, 'E+') THEN 'invalid' "
        f"WHEN {placeholder('code')} THEN 'none' WHEN regexp_full_match(bare, '{_PARTS}') THEN 'parts' "
        "WHEN setting = 'practitioner' AND regexp_full_match(bare, '1[0-9]{3}') THEN 'zero' "
        "WHEN regexp_full_match(code, '[0-9A-Z]{5}') THEN 'group' ELSE 'invalid' END AS kind, "
        "regexp_extract_all(bare, '[0-9A-Z]+') AS parts FROM "
        f"(SELECT setting, code, regexp_replace(code, '{_LABEL}', '') AS bare FROM {_odd_of('code')})",
    ):
        return False
    con.execute(
        "UPDATE claim_parsed AS p SET "
        "code = CASE c.kind WHEN 'parts' THEN c.parts[1] WHEN 'zero' THEN '0' || c.bare WHEN 'none' THEN NULL "
        "ELSE p.code END, "
        "mod_text = CASE WHEN c.kind = 'parts' AND len(c.parts) > 1 "
        "THEN concat_ws(',', array_to_string(c.parts[2:], ','), nullif(p.mod_text, '')) ELSE p.mod_text END, "
        f"odd = p.odd | CASE c.kind WHEN 'parts' THEN {bit('code_parts')} WHEN 'zero' THEN {bit('spreadsheet')} "
        "ELSE 0 END, "
        "fault = CASE WHEN c.kind = 'none' AND p.revenue_code IS NULL THEN 'code_missing' "
        "WHEN c.kind = 'invalid' OR c.kind = 'group' "
        f"AND coalesce(p.revenue_code NOT IN ({_RATE_CENTERS}), true) THEN 'code_invalid' END "
        "FROM claim_odd c WHERE p.fault IS NULL AND p.code = c.code AND p.setting IS NOT DISTINCT FROM c.setting"
    )
    con.execute("DROP TABLE claim_odd")
    return True


def _amend_modifiers(con: duckdb.DuckDBPyConnection) -> None:
    """Mend what is certain. One that is not may be the one that lifts an edit: the line's are not all known."""
    mended = "mod_text"
    for pattern, sound in _MODIFIER_MENDS:
        mended = f"regexp_replace({mended}, '{pattern}', '{sound}', 'g')"
    if not _odd_values(
        con,
        "SELECT *, len(list_filter(listed, lambda t: strlen(t) <> 2)) > 0 AS unsure FROM "
        f"(SELECT mod_text, {forms.modifier_list('mended')} AS listed FROM (SELECT mod_text, {mended} AS mended "
        f"FROM {_odd_of('mod_text')}))",
    ):
        return
    con.execute(
        "UPDATE claim_parsed AS p SET mod_text = array_to_string(m.listed, ','), "
        "mods_truncated = p.mods_truncated OR m.unsure, "
        f"odd = p.odd | CASE WHEN m.unsure THEN {bit('modifiers')} ELSE 0 END "
        "FROM claim_odd m WHERE p.mod_text = m.mod_text"
    )
    con.execute("DROP TABLE claim_odd")


def _amend_diagnoses(con: duckdb.DuckDBPyConnection) -> None:
    """A word for nothing is no diagnosis, and pointers move with their own.

    A code of another form (ICD-9, 1E+10) may have been any diagnosis, and so may one that a pointer names and that is
    nothing: what the line is for is then not known, and it is left with none rather than held to have one that no
    policy covers.
    """
    nothing = f"({placeholder('t')} AND NOT contains(t, '+'))"
    if not _odd_values(
        con,
        f"SELECT dx_text, cells, list_transform(cells, lambda t: NOT {nothing}) AS some, "
        f"list_filter(cells, lambda t: NOT {nothing}) AS kept, "
        f"len(list_filter(cells, lambda t: NOT {nothing} AND NOT regexp_full_match(t, '{_ICD10}'))) > 0 AS other "
        "FROM (SELECT dx_text, list_filter(regexp_split_to_array(dx_text, '[ ,;|]+'), lambda t: t <> '') AS cells "
        f"FROM {_odd_of('dx_text')})",
    ):
        return
    moved = (
        f"list_transform(list_filter({forms.pointers('p.ptr_text')}, lambda n: coalesce(d.some[n], false)), "
        "lambda n: CAST(len(list_filter(d.some[1:n], lambda c: c)) AS INTEGER))"
    )
    dropped = "len(d.kept) < len(d.cells)"
    con.execute(
        "UPDATE claim_parsed AS p SET "
        f"dx_text = CASE WHEN d.other OR ({dropped} AND p.ptr_text IS NOT NULL AND len({moved}) = 0) THEN '' "
        "ELSE array_to_string(d.kept, ',') END, "
        # The last colon keeps a single 12 from being read as 1 and 2.
        f"ptr_text = CASE WHEN {dropped} AND p.ptr_text IS NOT NULL THEN array_to_string({moved}, ':') || ':' "
        "ELSE p.ptr_text END, "
        f"odd = p.odd | CASE WHEN d.other OR {dropped} THEN {bit('diagnoses')} ELSE 0 END "
        "FROM claim_odd d WHERE p.dx_text = d.dx_text"
    )
    con.execute("DROP TABLE claim_odd")


def _amend_procedures(con: duckdb.DuckDBPyConnection) -> None:
    """Leave out what is no ICD-10-PCS code: a word for nothing silently, another code (ICD-9, CPT) with a remark."""
    if not _odd_values(
        con,
        f"SELECT px_text, list_filter(cells, lambda t: regexp_full_match(t, '{_ICD10PCS}')) AS kept, "
        f"len(list_filter(cells, lambda t: NOT regexp_full_match(t, '{_ICD10PCS}') AND NOT {placeholder('t')})) > 0 "
        "AS other FROM (SELECT px_text, list_filter(regexp_split_to_array(px_text, '[ ,;|]+'), lambda t: t <> '') "
        f"AS cells FROM {_odd_of('px_text')})",
    ):
        return
    con.execute(
        "UPDATE claim_parsed AS p SET px_text = array_to_string(d.kept, ','), "
        f"odd = p.odd | CASE WHEN d.other THEN {bit('procedures')} ELSE 0 END "
        "FROM claim_odd d WHERE p.px_text = d.px_text"
    )
    con.execute("DROP TABLE claim_odd")


def _write_pointers_plainly(con: duckdb.DuckDBPyConnection) -> None:
    """`A,B`, `12` and `1:12:` become places with colons between them, as every later query reads them."""
    if not _odd_values(
        con,
        f"SELECT ptr_text, array_to_string({forms.pointers('ptr_text')}, ':') AS plain FROM {_odd_of('ptr_text')}",
    ):
        return
    con.execute(
        "UPDATE claim_parsed AS p SET ptr_text = c.plain FROM claim_odd c WHERE p.ptr_text = c.ptr_text"
    )
    con.execute("DROP TABLE claim_odd")
