"""One pass from staged text to typed values, with a fault where a row cannot be a claim line.

The pass fills `claim_parsed`: one row a source row, its `rowid` the order of reading. Nested projections make it: the
staged text, the typed values (`v_` names), and what needs several of them (`w_` names). Nothing is decided here that
needs another row; keys, repeats, versions and header payments follow on these columns.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

import duckdb

from auditor.claims import forms, identity, rare, remarks, unlabelled, words
from auditor.claims.columns import LINE_COLUMNS
from auditor.claims.feed import ReadOptions
from auditor.claims.mapping import listed
from auditor.claims.model import (
    BY_NAME,
    FIELDS,
    MAX_SPAN_DAYS,
    MODIFIER_COLUMNS_OF_A_CLAIM,
)
from auditor.claims.readers import footers
from auditor.claims.readers.interface import Staged
from auditor.claims.words import literal

# What the following steps need beside the columns of `claim_line`; dropped when they are done.
SCAFFOLD: tuple[tuple[str, str], ...] = (
    ("source_system", "VARCHAR"), ("line_no_text", "VARCHAR"),
    # What came in, for `checks.count_in`: dollars, and the text of what is no plain number.
    ("charge_in", forms.DOLLARS), ("charge_text", "VARCHAR"), ("paid_in", forms.DOLLARS), ("paid_text", "VARCHAR"),
    ("reversed", "BOOLEAN"), ("version_date", "DATE"), ("fault", "VARCHAR"), ("odd", "UINTEGER"),
    ("date_text", "VARCHAR"),
)  # fmt: skip
# What following steps add; storing it here as a constant would cost more.
LATER: dict[str, str] = {
    "line_id": "NULL", "state": "'audited'", "part": "NULL", "patient_key": "NULL", "provider_key": "NULL",
    "code_key": "NULL", "claim_key": "NULL", "paid_allocated": "false",
    "version_note": "NULL", "other_version": "NULL", "other_version_date": "NULL",
    "given_patient_id": "NULL",
}  # fmt: skip
# Lists are kept as the text that they are made of, and made where a query asks for them: few queries do, of few lines,
# and making and storing them would be a quarter of the cost of reading. See `as_lines`.
TEXTS: dict[str, str] = {
    "modifiers": "mod_text", "dx": "dx_text", "dx_ptr": "ptr_text", "procedures": "px_text"
}  # fmt: skip
# Not stored: made of the texts, and of the number of the file.
_MADE = {*TEXTS, "pointed_dx", "source_file"}
_COLUMNS = (
    *(
        (column.name, column.sql_type)
        for column in LINE_COLUMNS
        if column.name not in LATER and column.name not in _MADE and not column.rare
    ),
    *((text, "VARCHAR") for text in TEXTS.values()),
    ("file_no", "USMALLINT"),
    *SCAFFOLD,
)

_SHORT_YEAR = "has a year of two digits; `auditor claims map` proposes a date_format (MM/DD/YY) that reads it"
# Why a row is set aside, by code. No reason repeats a value.
FAULTS: dict[str, str] = {
    "row_blank": "the row is blank",
    unlabelled.FAULT: "the row has amounts, and neither a claim, a patient, a day nor a code that they are of",
    unlabelled.TOTAL: footers.TOTALS,
    "claim_id_missing": "claim_id is blank",
    "patient_id_missing": "patient_id is blank, a word for nothing, a filler or cut by a spreadsheet",
    "line_no_invalid": "line_no is not a whole number",
    "date_from_missing": "date_from is blank",
    "date_from_short_year": f"date_from {_SHORT_YEAR}",
    "date_to_short_year": f"date_to {_SHORT_YEAR}",
    "date_from_invalid": "date_from is not a date",
    "date_to_invalid": "date_to is not a date",
    "dates_reversed": "date_to is before date_from",
    "span_too_long": f"the line spans more than {MAX_SPAN_DAYS} days",
    "code_missing": "code and revenue_code are both blank",
    "code_invalid": "code is not of the form of a CPT or HCPCS code",
    "units_invalid": "units is not a number",
    "charge_invalid": "charge is not a number",
    "allowed_invalid": "allowed is not a number",
    "paid_invalid": "paid is not a number",
    "claim_type_unknown": "claim_type is none of professional, institutional, dental, dme",
}

_PADDED = {"pos": 2, "rendering_specialty": 2, "revenue_code": 4, "drg": 3, "discharge_status": 2}
_NOTHING_SAID = ("revenue_code", "discharge_status")  # zeros are none of these codes
_WIDTHS = {"code": 5, "service_state": 2, "service_zip": 5, "locality": 2}
_TELL_CLAIM_TYPE = frozenset({"claim_type", "tob", "revenue_code"})
"""Fields without which every line is taken for a professional one."""
_OUTPATIENT_BILLS = ("12", "13", "14", "22", "23", "34", "74", "75", "76", "85")


def create_parsed(con: duckdb.DuckDBPyConnection) -> None:
    """Create the empty table `claim_parsed`: the columns of `claim_line` but for `LATER`, and `SCAFFOLD`."""
    con.execute(f"CREATE TABLE claim_parsed ({', '.join(f'{name} {kind}' for name, kind in _COLUMNS)})")


def insert_parsed(con: duckdb.DuckDBPyConnection, staged: Staged, file_no: int, options: ReadOptions) -> int:
    """Read `staged` into `claim_parsed` and return the number of rows. DuckDB's own errors pass through."""
    rare.add_columns(con, staged.fields)
    names = ", ".join(_combined(staged, file_no, options))
    sql = parsed_sql(staged, file_no, options)
    result = con.execute(f"INSERT INTO claim_parsed ({names}) {sql}").fetchone()
    return 0 if result is None else int(result[0])


def parsed_sql(staged: Staged, file_no: int, options: ReadOptions) -> str:
    """The SELECT that makes rows of `claim_parsed` from the staged text, with the columns of `_combined`."""
    have = staged.fields
    dates = [field.name for field in FIELDS if field.kind == "date" and field.name in have]
    money = [field.name for field in FIELDS if field.kind == "money" and field.name in have]
    orders = staged.date_orders
    filled = remarks.SERVICE_DATES - {"date_from"}
    third = [
        f"{forms.date(name, f'd_{name}', orders.get(name, 'month'), name in filled)} AS v_{name}"
        for name in dates
    ]
    third += [f"{forms.cents(name, f'd_{name}')} AS v_{name}" for name in money]
    third += [
        f"{_claim_type(have)} AS w_claim_type",
        f"{_bill_type(have)} AS w_tob",
        f"{_line_of_business(have, options)} AS w_lob",
    ]
    read = [
        *dates,
        "line_no",
        "units",
        "charge",
        "allowed",
        "paid",
        *remarks.PROVIDER_FIELDS,
        *remarks.CLAIM_NUMBERS,
    ]
    unread = remarks.any_unread(name for name in read if name in have)
    last = [f"{expr} AS {name}" for name, expr in _combined(staged, file_no, options).items()]
    # What a source lacks is NULL, and stands here only where something asks for it: of some 150 columns most files
    # have a dozen, and planning the others would be most of the cost of a small file.
    named = frozenset(re.findall(r"\w+", " ".join((*last, *third))))
    second = [
        f"{_typed(f.name, have)} AS v_{f.name}"
        for f in FIELDS
        if _single(f.name) and f.name not in {*dates, *money} and (f.name in have or f"v_{f.name}" in named)
    ]
    second += [f"{forms.day(name)} AS d_{name}" for name in dates]
    second += [f"{forms.dollars(name)} AS d_{name}" for name in money]
    diagnoses, procedures = (forms.joined(listed.columns(kind, have)) for kind in ("icd10", "icd10pcs"))
    second += rare.lists(have, diagnoses)
    second += [f"{listed.modifiers(have)} AS mod_text", f"{rare.icd10_text(diagnoses, have)} AS dx_text"]
    second += [f"{procedures} AS px_text", f"{listed.pointers(have)} AS ptr_text"]
    return (
        f"SELECT {', '.join(last)} FROM (SELECT *, {unread} AS w_unread FROM (SELECT *, {', '.join(third)} FROM "
        f"(SELECT *, {', '.join([*second, *_absent(staged, named)])} FROM ({staged.select}))))"
    )


def _single(name: str) -> bool:
    """Fields with a typed value of their own; diagnoses, procedures, pointers and modifiers are made into lists."""
    lists = ("icd10", "icd10pcs", "pointer", "list")
    return BY_NAME[name].kind not in lists and not name.startswith("mod")


def _absent(staged: Staged, named: frozenset[str]) -> list[str]:
    """The staged columns that later expressions, with the words `named`, name although this source has none."""
    extra = [
        f"CAST(NULL AS VARCHAR) AS {field.name}"
        for field in FIELDS
        if field.name in named and field.name not in staged.fields
    ]
    if "date_of_claim" in named and not staged.date_of_claim:
        extra.append("false AS date_of_claim")
    return extra


_TYPES = {
    "integer": "INTEGER", "number": "DECIMAL(18,3)", "money": "BIGINT", "date": "DATE", "flag": "BOOLEAN"
}  # fmt: skip
_CONVERSIONS = {
    "integer": forms.whole_number, "number": forms.quantity, "flag": forms.flag
}  # fmt: skip


def _typed(name: str, have: frozenset[str]) -> str:
    """The typed value of one field that is no date, from the staged text alone."""
    kind = BY_NAME[name].kind
    if name not in have:
        return f"CAST(NULL AS {_TYPES.get(kind, 'VARCHAR')})"
    if name in _PADDED:
        return forms.padded(name, _PADDED[name], nothing=name in _NOTHING_SAID)
    if name == "billing_tin" or name.endswith("_npi"):
        return forms.tax_number(name) if name == "billing_tin" else forms.npi(name)
    if name in remarks.CLAIM_NUMBERS:
        return forms.claim_number(name)
    if name == "prior_auth":
        return forms.authorisation(name)
    if name in ("tob", "frequency_code"):
        return forms.bill_type(name) if name == "tob" else forms.frequency(name)
    if kind == "code":
        return forms.code(name, _WIDTHS.get(name, 0))
    if kind == "id":
        return forms.identifier(name)
    if kind == "word":
        return f"lower({forms.text(name)})"
    return _CONVERSIONS[kind](name)


def _combined(staged: Staged, file_no: int, options: ReadOptions) -> dict[str, str]:
    """The columns of `claim_parsed` that a source fills, each with its expression over the typed values."""
    have = staged.fields
    made = {
        "file_no": f"CAST({file_no} AS USMALLINT)",
        **_came_in("charge", have),
        **_came_in("paid", have),
        "fault": _fault(have),
        "odd": remarks.bits(staged),
        "reversed": _taken_back(have),
        "line_of_business": "w_lob",
        "claim_type": "w_claim_type",
        "setting": _setting(have),
        "provider_id": identity.provider_sql(options.provider_scope, have),
        "date_to": _DATE_TO,
        "mods_truncated": "true" if staged.modifier_columns < MODIFIER_COLUMNS_OF_A_CLAIM else "false",
        "denied": _unpaid(have),
        **{text: text for text in TEXTS.values()},
        "days": f"CAST({_DATE_TO} - v_date_from + 1 AS INTEGER)",
        "is_span": f"coalesce({_DATE_TO} > v_date_from, false)",
    }
    if staged.has_position:
        made["source_pos"] = "source_pos"
    if "line_no" in have:
        made["line_no_text"] = "CASE WHEN v_line_no IS NULL THEN line_no END"
    if options.payer_id is not None:
        made["payer_id"] = f"coalesce(v_payer_id, {literal(options.payer_id)})"
    if "line_of_business" in have:
        made["line_of_business"] = f"coalesce(w_lob, {words.constant('line_of_business', 'other')})"
    if "sex" in have:
        made["sex"] = "CASE v_sex WHEN 'female' THEN 'F' WHEN 'male' THEN 'M' ELSE upper(v_sex) END"
    if "tob" in have:
        made["tob"] = "w_tob"
    if have & {"tob", "frequency_code"}:
        made["frequency_code"] = _FREQUENCY
        # One claim number may be replaced twice: then the date tells the versions apart.
        made["version_date"] = (
            f"CASE WHEN {_FREQUENCY} IN ('7', '8') THEN coalesce(v_received_date, v_paid_date) END"
        )
    if "unit_basis" in have:
        made["units"] = f"CASE WHEN {remarks.IN_MINUTES} THEN NULL ELSE v_units END"
        made["minutes"] = f"coalesce(v_minutes, CASE WHEN {remarks.IN_MINUTES} THEN v_units END)"
    if "admitting_dx" in have:
        made["admitting_dx"] = "replace(v_admitting_dx, '.', '')"
    if (dates := _unread_dates(have)) is not None:
        made["date_text"] = dates
    columns = [name for name, _ in _COLUMNS if name in made or name in have]
    return {name: made.get(name, f"v_{name}") for name in (*columns, *rare.stored(have))}


def _unpaid(have: frozenset[str]) -> str:
    """SQL: whether the payer has not paid, by its word of the line or of the claim."""
    told = ["coalesce(v_denied, false)"] if "denied" in have else []
    if "status" in have:
        told.append(words.unpaid("v_status"))
    return " OR ".join(told) or "false"


def _taken_back(have: frozenset[str]) -> str:
    """SQL: whether the status is a word for a payment that the payer took back; 22 is that of the X12 835."""
    if "status" not in have:
        return "false"
    return "coalesce(starts_with(v_status, 'revers') OR v_status IN ('22', 'superseded', 'not final'), false)"


def _line_of_business(have: frozenset[str], options: ReadOptions) -> str:
    """The canonical word, the default where the cell is blank, NULL where the word is unknown."""
    default = words.constant("line_of_business", options.line_of_business)
    if "line_of_business" not in have:
        return default
    value = "v_line_of_business"
    spelled = {
        word: ", ".join([listed, *(listed.replace(" ", mark).replace(f",{mark}", ", ") for mark in "_-")])
        for word, listed in words.LOB_WORDS.items()
    }
    return f"CASE WHEN {value} IS NULL THEN {default} ELSE {words.chosen(value, spelled, 'line_of_business')} END"


def _claim_type(have: frozenset[str]) -> str:
    """The canonical word; a blank is inferred from bill type and revenue code; NULL where the word is unknown."""
    facility, person = (words.constant("claim_type", word) for word in ("institutional", "professional"))
    inferred = f"CASE WHEN v_tob IS NOT NULL OR v_revenue_code IS NOT NULL THEN {facility} ELSE {person} END"
    if "claim_type" not in have:
        return inferred if have & _TELL_CLAIM_TYPE else person
    value = "v_claim_type"
    blank = f"{value} IS NULL OR {value} = 'undetermined'"
    return f"CASE WHEN {blank} THEN {inferred} ELSE {words.chosen(value, words.TYPE_WORDS, 'claim_type')} END"


def _bill_type(have: frozenset[str]) -> str:
    """Three characters: a leading 0 of four is dropped, a separate frequency completes two."""
    if "tob" not in have:
        return "CAST(NULL AS VARCHAR)"
    return (
        "CASE WHEN strlen(v_tob) = 4 AND starts_with(v_tob, '0') THEN substr(v_tob, 2) "
        "WHEN strlen(v_tob) = 2 AND strlen(v_frequency_code) = 1 THEN v_tob || v_frequency_code ELSE v_tob END"
    )


def _setting(have: frozenset[str]) -> str:
    bills = ", ".join(map(literal, _OUTPATIENT_BILLS))
    word = partial(words.constant, "setting")
    if not have & _TELL_CLAIM_TYPE:
        return word("practitioner")
    return (
        f"CASE w_claim_type WHEN 'professional' THEN {word('practitioner')} WHEN 'dme' THEN {word('dme')} "
        f"WHEN 'dental' THEN {word('dental')} WHEN 'institutional' THEN CASE WHEN NOT {remarks.READABLE_BILL} "
        f"THEN {word(None)} WHEN list_contains([{bills}], left(w_tob, 2)) THEN {word('outpatient_hospital')} "
        f"ELSE {word('inpatient')} END END"
    )


_DATE_TO = "coalesce(v_date_to, v_date_from)"
_FREQUENCY = (
    "coalesce(v_frequency_code, CASE WHEN strlen(w_tob) = 3 AND w_tob < ':' THEN right(w_tob, 1) END)"
)


def _came_in(name: str, have: frozenset[str]) -> dict[str, str]:
    """The columns of `SCAFFOLD` for an amount: dollars, and the text of what is no plain number."""
    if name not in have:
        return {}
    return {f"{name}_in": f"d_{name}", f"{name}_text": f"CASE WHEN d_{name} IS NULL THEN {name} END"}


def as_lines(relation: str, files: Sequence[tuple[str, int]], row: str, have: Sequence[str] = ()) -> str:
    """SELECT of `relation`, which holds rows of `claim_parsed` with their keys, with the columns of `claim_line`.

    For `files`, `row` and `have` see `made_columns`. Every query of lines is planned with this, so it is one level and
    short.
    """
    made = made_columns(files, row, have)
    stored = {"source_pos", *rare.lists_of(have)}
    return (
        f"SELECT * EXCLUDE ({', '.join(TEXTS.values())}, file_no) "
        f"REPLACE ({', '.join(f'{sql} AS {name}' for name, sql in made.items() if name in stored)}), "
        f"{', '.join(f'{sql} AS {name}' for name, sql in made.items() if name not in stored)} FROM {relation}"
    )


def made_columns(files: Sequence[tuple[str, int]], row: str, have: Sequence[str] = ()) -> dict[str, str]:
    """The columns of `claim_line` that are no column of its rows as they are, each with its SQL.

    `files` are the names of the files in the order of their numbers, each with the number of its first row; `row` is
    the number of a row; `have` the columns of :mod:`rare` that the rows have. Lists stand in place of the texts of
    `TEXTS`, and the diagnoses pointed to. The texts are those of the second look: parts between commas (pointers:
    colons) and no blanks.
    """
    mods, dx, ptr, px = TEXTS.values()
    codes = (
        f"CASE WHEN {dx} = '' THEN CAST([] AS VARCHAR[]) ELSE string_split(replace({dx}, '.', ''), ',') END"
    )
    pointers = f"CASE WHEN {ptr} <> '' THEN CAST(string_split({ptr}, ':') AS INTEGER[]) ELSE CAST([] AS INTEGER[]) END"
    return {
        "source_pos": f"coalesce(source_pos, {row} + 1 - {_by_file([str(first) for _, first in files])})",
        **{name: rare.as_list(name) for name in rare.lists_of(have)},
        **rare.absent(have),
        "source_file": _by_file([literal(name) for name, _ in files]),
        "modifiers": f"CASE WHEN {mods} = '' THEN CAST([] AS VARCHAR[]) ELSE string_split({mods}, ',') END",
        "dx": codes,
        "dx_ptr": pointers,
        "procedures": f"CASE WHEN {px} = '' THEN CAST([] AS VARCHAR[]) ELSE string_split({px}, ',') END",
        "pointed_dx": f"CASE WHEN claim_type = 'institutional' THEN {codes} "
        f"ELSE list_filter(list_select({codes}, {pointers}), lambda c: c IS NOT NULL) END",
    }


def _by_file(values: list[str]) -> str:
    return values[0] if len(values) == 1 else f"list_extract([{', '.join(values)}], file_no + 1)"


def _unread_dates(have: frozenset[str]) -> str | None:
    """The text of a row's dates that could not be read; NULL for nearly all rows. See `date_order`."""
    dates = [field.name for field in FIELDS if field.kind == "date" and field.name in have]
    if not dates:
        return None
    texts = ", ".join(f"CASE WHEN v_{name} IS NULL THEN trim({name}) END" for name in dates)
    odd = " OR ".join(map(remarks.unread, dates))
    return f"CASE WHEN w_unread THEN CASE WHEN {odd} THEN concat_ws(' ', {texts}) END END"


def _fault(have: frozenset[str]) -> str:
    """The code of the first thing that keeps a row from being a claim line, else NULL."""
    no_code = " AND ".join(f"v_{name} IS NULL" for name in ("code", "revenue_code"))
    nobody = f"v_claim_id IS NULL AND v_patient_id IS NULL AND v_date_from IS NULL AND {no_code}"
    amounts = f"trim(concat(units, charge, allowed, paid), {forms.BLANKS})"
    tests = [
        (unlabelled.FAULT, f"{nobody} AND {amounts} <> ''"),
        ("row_blank", nobody),
        ("claim_id_missing", "v_claim_id IS NULL"),
        ("patient_id_missing", "v_patient_id IS NULL"),
        ("line_no_invalid", remarks.unread("line_no")),
        ("date_from_short_year", f"v_date_from IS NULL AND {words.short_year('date_from')}"),
        ("date_from_invalid", remarks.unread("date_from")),
        ("date_from_missing", "v_date_from IS NULL"),
        ("date_to_short_year", f"v_date_to IS NULL AND {words.short_year('date_to')}"),
        ("date_to_invalid", f"{remarks.unread('date_to')} AND NOT {words.no_date('date_to')}"),
        ("dates_reversed", f"{_DATE_TO} < v_date_from"),
        ("span_too_long", f"{_DATE_TO} - v_date_from >= {MAX_SPAN_DAYS}"),
        ("code_missing", no_code),
        *((f"{name}_invalid", remarks.unread(name)) for name in ("units", "charge", "allowed", "paid")),
    ]
    if "claim_type" in have:
        tests.append(("claim_type_unknown", "w_claim_type IS NULL"))
    needless = {
        f"{name}_invalid" for name in ("date_to", "units", "charge", "allowed", "paid") if name not in have
    }
    if "date_to" not in have:
        needless |= {"dates_reversed", "span_too_long", "date_to_short_year"}
    known = {code: test for code, test in tests if code not in needless}
    cases = " ".join(f"WHEN {test} THEN {literal(code)}" for code, test in known.items())
    # One test of what all these come down to spares nearly every row the fifteen.
    lacking = " OR ".join(f"v_{name} IS NULL" for name in ("claim_id", "patient_id", "date_from"))
    others = ("dates_reversed", "span_too_long", "code_missing", "claim_type_unknown")
    possible = " OR ".join(f"({known[code]})" for code in others if code in known)
    return f"CASE WHEN w_unread OR {lacking} OR {possible} THEN CASE {cases} END END"
