"""The small tables of an inline case: claim lines and reference rows with defaults for what the case leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from duckdb import DuckDBPyConnection

from auditor.claims.columns import RARE_COLUMNS, sql_type
from auditor.reference.tables import TABLES
from auditor.rules.fields import ANSWERING_TABLE, RARE_FIELDS, TABLE_FIELDS
from auditor.rules.pack_rows import KINDS
from auditor.rules.pack_tables import TableSpec, attach_pack_tables

FAR: Final = date(9999, 12, 31)
LONG_AGO: Final = date(1900, 1, 1)
LINE_COLUMNS: Final[dict[str, str]] = {
    "line_id": "BIGINT", "state": sql_type("state", "ENUM"), "part": "INTEGER", "patient_key": "INTEGER",
    "provider_key": "INTEGER", "code_key": "INTEGER",
    "claim_key": "BIGINT", "claim_id": "VARCHAR", "line_no": "INTEGER", "payer_id": "VARCHAR",
    "line_of_business": sql_type("line_of_business", "ENUM"), "patient_id": "VARCHAR", "birth_date": "DATE",
    "sex": "VARCHAR", "claim_type": sql_type("claim_type", "ENUM"), "setting": sql_type("setting", "ENUM"),
    "provider_id": "VARCHAR", "billing_npi": "VARCHAR",
    "billing_tin": "VARCHAR", "rendering_npi": "VARCHAR", "rendering_specialty": "VARCHAR", "facility_npi": "VARCHAR",
    "pos": "VARCHAR", "tob": "VARCHAR", "frequency_code": "VARCHAR", "original_ref": "VARCHAR", "payer_icn": "VARCHAR",
    "date_from": "DATE",
    "date_to": "DATE", "days": "INTEGER", "is_span": "BOOLEAN", "code": "VARCHAR", "revenue_code": "VARCHAR",
    "modifiers": "VARCHAR[]", "mods_truncated": "BOOLEAN", "units": "DECIMAL(18,3)", "charge": "BIGINT",
    "allowed": "BIGINT", "paid": "BIGINT", "denied": "BOOLEAN", "paid_allocated": "BOOLEAN",
    "dx": "VARCHAR[]", "dx_ptr": "INTEGER[]",
    "pointed_dx": "VARCHAR[]", "paid_date": "DATE", "received_date": "DATE", "service_state": "VARCHAR",
    "service_zip": "VARCHAR", "locality": "VARCHAR", "mac": "VARCHAR", "drg": "VARCHAR", "admit_date": "DATE",
    "discharge_date": "DATE", "plan_id": "VARCHAR", "prior_auth": "VARCHAR", "discharge_status": "VARCHAR",
    "procedures": "VARCHAR[]", "version_note": "VARCHAR", "other_version": "VARCHAR", "other_version_date": "DATE",
    **{column.name: column.sql_type for column in RARE_COLUMNS},
}  # fmt: skip
"""The columns of ``claim_line`` that rules can read."""

_TABLES: Final[dict[str, dict[str, str]]] = {
    "ncci_ptp": {
        "setting": "VARCHAR", "column_1": "VARCHAR", "column_2": "VARCHAR", "modifier_indicator": "VARCHAR",
        "rationale": "VARCHAR",
    },
    "ncci_mue": {"setting": "VARCHAR", "code": "VARCHAR", "value": "INTEGER", "mai": "VARCHAR", "rationale": "VARCHAR"},
    "ncci_aoc": {"edit_type": "VARCHAR", "addon": "VARCHAR", "primary_code": "VARCHAR"},
    "ncci_aoc_code": {"edit_type": "VARCHAR", "addon": "VARCHAR"},
    "coverage": {
        "article": "VARCHAR", "version": "VARCHAR", "policy_key": "INTEGER", "code": "VARCHAR", "dx_from": "VARCHAR",
        "dx_to": "VARCHAR", "dx_group": "INTEGER", "requires": "VARCHAR", "exhaustive": "BOOLEAN",
        "jurisdiction": "VARCHAR",
    },
    "coverage_policy": {
        "policy_key": "INTEGER", "article": "VARCHAR", "version": "VARCHAR", "code": "VARCHAR",
        "jurisdiction": "VARCHAR", "requires": "VARCHAR", "exhaustive": "BOOLEAN", "groups": "INTEGER",
    },
}  # fmt: skip
_ROW: Final[dict[str, str]] = {
    "row_no": "BIGINT",
    "edition": "VARCHAR",
    "effective": "DATE",
    "deleted": "DATE",
}
_DEFAULTS: Final[dict[str, Any]] = {
    "claim_id": "A", "payer_id": "X", "line_of_business": "medicare", "patient_id": "P1", "claim_type": "professional",
    "rendering_npi": "1000000012", "pos": "11", "units": Decimal(1), "denied": False, "state": "audited", "part": 0,
}  # fmt: skip
_AMOUNTS: Final = (
    "charge",
    "allowed",
    "paid",
    *(name for name, kind in RARE_FIELDS.items() if kind == "money"),
)
_OUTPATIENT: Final = ("12", "13", "14", "22", "23", "34", "74", "75", "76", "85")


_AT_ONCE = 50
"""Rows that one statement inserts: a statement a row takes longer than the audit."""


def make_line(number: int, given: Mapping[str, Any]) -> dict[str, Any]:
    """A canonical claim line from the few fields a case gives; amounts are given in dollars.

    The keys of patient, provider, code and claim are set by :func:`make_claim_lines`. Raises ValueError for an unknown
    field or a diagnosis pointer to no diagnosis, KeyError without ``date_from``.
    """
    unknown = sorted(set(given) - set(LINE_COLUMNS) - {"mod1", "mod2", "mod3", "mod4"})
    if unknown:
        raise ValueError(f"a claim line has no field {unknown[0]}")
    line: dict[str, Any] = dict.fromkeys(LINE_COLUMNS) | _DEFAULTS | dict(given)
    line["line_id"] = number
    line["line_no"] = given.get("line_no", number + 1)
    line["date_to"] = given.get("date_to") or given["date_from"]
    line["days"] = (line["date_to"] - line["date_from"]).days + 1
    line["is_span"] = line["days"] > 1
    mods = [given[name] for name in ("mod1", "mod2", "mod3", "mod4") if given.get(name)]
    line["modifiers"] = list(given.get("modifiers") or mods)
    line["mods_truncated"] = bool(given.get("mods_truncated", False))
    for name in _AMOUNTS:
        line[name] = None if line[name] is None else int(Decimal(line[name]) * 100)
    line["dx"] = list(given.get("dx") or [])
    line["dx_ptr"] = list(given.get("dx_ptr") or [])
    line["procedures"] = list(given.get("procedures") or [])
    institutional = line["claim_type"] == "institutional"
    line["pointed_dx"] = list(given.get("pointed_dx") or (line["dx"] if institutional else _pointed(line)))
    line["setting"] = given.get("setting") or _setting(line)
    facility = line["facility_npi"] or line["billing_npi"]
    line["provider_id"] = given.get("provider_id") or (facility if institutional else line["rendering_npi"])
    return line


def _pointed(line: Mapping[str, Any]) -> list[str]:
    for at in line["dx_ptr"]:
        if not 1 <= at <= len(line["dx"]):
            raise ValueError(f"dx_ptr {at} points to no diagnosis")
    return [line["dx"][at - 1] for at in line["dx_ptr"]]


def _setting(line: Mapping[str, Any]) -> str | None:
    if line["claim_type"] != "institutional":
        return {"professional": "practitioner", "dme": "dme", "dental": "dental"}[line["claim_type"]]
    if line["tob"] is None:
        return None
    return "outpatient_hospital" if str(line["tob"]).lstrip("0")[:2] in _OUTPATIENT else "inpatient"


def make_claim_lines(con: DuckDBPyConnection, lines: Sequence[dict[str, Any]]) -> None:
    """Make ``claim_line`` and ``claim_patient`` from lines of :func:`make_line`, with the numbers of keys.

    A line of ``state: set_aside`` goes to ``line_withheld``: it is not audited, and may stand beside one that is.
    A line that has a ``patient_key`` keeps it: so two cases may each have a patient of one name.
    """
    columns = ", ".join(f"{name} {kind}" for name, kind in LINE_COLUMNS.items())
    for table in ("claim_line", "line_withheld"):
        con.execute(f"CREATE OR REPLACE TABLE {table} ({columns})")
    con.execute("CREATE OR REPLACE TABLE claim_shared (claim_key BIGINT)")
    keys: dict[tuple[Any, ...], int] = {}
    for line in lines:
        if line["patient_key"] is None:
            line["patient_key"] = keys.setdefault(
                ("patient", line["payer_id"], line["line_of_business"], line["patient_id"]), len(keys)
            )
        if line["provider_id"] is not None:
            line["provider_key"] = keys.setdefault(("provider", line["provider_id"]), len(keys))
        if line["code"] is not None and line["setting"] is not None:
            line["code_key"] = keys.setdefault(("code", line["setting"], line["code"]), len(keys))
        line["claim_key"] = keys.setdefault(("claim", line["payer_id"], line["claim_id"]), len(keys))
    _insert(con, "claim_line", LINE_COLUMNS, [line for line in lines if line["state"] != "set_aside"])
    _insert(con, "line_withheld", LINE_COLUMNS, [line for line in lines if line["state"] == "set_aside"])
    con.execute(
        "CREATE OR REPLACE TABLE claim_patient AS SELECT DISTINCT patient_id, payer_id, line_of_business, patient_key "
        "FROM claim_line"
    )


def _insert(
    con: DuckDBPyConnection, table: str, columns: Iterable[str], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert the rows by those of their columns that some of them fill."""
    named = list(columns)
    columns = [name for name in named if any(row.get(name) is not None for row in rows)] or named
    listed = ", ".join(f'"{name}"' for name in columns)
    marks = f"({', '.join('?' * len(columns))})"
    for first in range(0, len(rows), _AT_ONCE):
        some = rows[first : first + _AT_ONCE]
        con.execute(
            f"INSERT INTO {table} ({listed}) VALUES {', '.join([marks] * len(some))}",
            [row.get(name) for row in some for name in columns],
        )


def make_tables(
    con: DuckDBPyConnection,
    given: Mapping[str, Sequence[Mapping[str, Any]]],
    answers: Mapping[str, Any],
    asked: frozenset[str] = frozenset(),
    own: Mapping[str, TableSpec] = MappingProxyType({}),
) -> tuple[tuple[str, str, date, date], ...]:
    """Make ``ref_*`` from a case's rows; returns what each table answers for: (table, setting, first day, last day).

    A table answers for all dates unless ``answers: {ncci_ptp: [from, to]}`` says otherwise; a table the case does not
    give does not answer. ``asked`` are further tables that the rules ask for, ``own`` those of the pack: of these a
    table that the case does not give stands with the rows of its file. Amounts are given in dollars. Raises ValueError
    for an unknown table or column.
    """
    rows = {name: [dict(row) for row in listed or ()] for name, listed in given.items()}
    known = {name: _columns_of(name, own) for name in sorted({*rows, *answers, *asked} - set(_TABLES))}
    rows.setdefault("ncci_aoc_code", _addons(rows.get("ncci_aoc", [])))
    rows.setdefault("coverage_policy", _policies(rows.get("coverage", [])))
    for name, columns in (_TABLES | known).items():
        _make_table(con, name, _ROW | columns, rows.get(name, []), own.get(name))
    con.execute(
        "CREATE OR REPLACE TABLE ref_ncci_aoc_listed AS SELECT addon, primary_code, effective, deleted "
        "FROM ref_ncci_aoc WHERE primary_code <> 'CCCCC'"
    )
    filed = [spec for name, spec in own.items() if name in asked and name not in given]
    attach_pack_tables(con, filed)
    con.execute("DROP TABLE ref_answers")
    spans = []
    for table in sorted({ANSWERING_TABLE.get(name, name) for name in given} | {spec.name for spec in filed}):
        start, end = answers.get(table, (LONG_AGO, FAR))
        spans.append((table, "*", start, end))
    return tuple(spans)


def _columns_of(name: str, own: Mapping[str, TableSpec]) -> dict[str, str]:
    """The SQL types of the columns of one of the library's or the pack's tables."""
    if name in own:
        return own[name].sql_columns
    if name not in TABLE_FIELDS:
        raise ValueError(f"there is no table {name}")
    return {column: KINDS[kind] for column, kind in TABLE_FIELDS[name].items() if column not in _ROW}


def _make_table(
    con: DuckDBPyConnection,
    name: str,
    columns: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
    spec: TableSpec | None,
) -> None:
    listed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    con.execute(f"CREATE OR REPLACE TABLE ref_{name} ({listed})")
    full = []
    key = spec.key if spec is not None else TABLES[name].key if name in TABLES else ()
    # As a library numbers them: a missing value of the key first.
    for number, row in enumerate(
        sorted(rows, key=lambda row: [row.get(column) is not None for column in key])
    ):
        unknown = sorted(set(row) - set(columns))
        if unknown:
            raise ValueError(f"table {name} has no column {unknown[0]}")
        values: dict[str, Any] = {"row_no": number, "edition": "test", "effective": date(1996, 1, 1)}
        values |= row
        for column, kind in spec.columns.items() if spec is not None else ():
            if kind == "money" and row.get(column) is not None:
                values[column] = int(Decimal(row[column]) * 100)
        full.append(values | {"deleted": row.get("deleted") or FAR})
    _insert(con, f"ref_{name}", columns, full)


def _addons(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found = {}
    for row in rows:
        key = (row["addon"], row["edit_type"], row.get("effective"), row.get("deleted"))
        found[key] = {
            name: row[name] for name in ("addon", "edit_type", "effective", "deleted") if name in row
        }
    return list(found.values())


def _policies(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    groups: dict[tuple[Any, ...], set[Any]] = {}
    for row in rows:
        row.setdefault("jurisdiction", "*")
        row.setdefault("requires", "any")
        row.setdefault("exhaustive", False)
        row.setdefault("dx_group", 1)
        row.setdefault("version", "1")
        key = (row["article"], row["version"], row["code"], row["jurisdiction"])
        own = {name: value for name, value in row.items() if not name.startswith("dx_")}
        policy = found.setdefault(key, {"policy_key": len(found)} | own)
        row["policy_key"] = policy["policy_key"]
        groups.setdefault(key, set()).add(row["dx_group"])
    for key, policy in found.items():
        policy["groups"] = len(groups[key])
    return list(found.values())
