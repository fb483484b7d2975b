"""The small tables of an inline case: claim lines and reference rows with defaults for what the case leaves out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from duckdb import DuckDBPyConnection

from auditor.rules.fields import ANSWERING_TABLE

FAR: Final = date(9999, 12, 31)
LINE_COLUMNS: Final[dict[str, str]] = {
    "line_id": "BIGINT", "state": "VARCHAR", "part": "INTEGER", "patient_key": "INTEGER", "provider_key": "INTEGER",
    "claim_key": "INTEGER", "claim_id": "VARCHAR", "line_no": "INTEGER", "payer_id": "VARCHAR",
    "line_of_business": "VARCHAR", "patient_id": "VARCHAR", "birth_date": "DATE", "sex": "VARCHAR",
    "claim_type": "VARCHAR", "setting": "VARCHAR", "provider_id": "VARCHAR", "billing_npi": "VARCHAR",
    "billing_tin": "VARCHAR", "rendering_npi": "VARCHAR", "rendering_specialty": "VARCHAR", "facility_npi": "VARCHAR",
    "pos": "VARCHAR", "tob": "VARCHAR", "frequency_code": "VARCHAR", "original_ref": "VARCHAR", "date_from": "DATE",
    "date_to": "DATE", "days": "INTEGER", "is_span": "BOOLEAN", "code": "VARCHAR", "revenue_code": "VARCHAR",
    "modifiers": "VARCHAR[]", "mods_truncated": "BOOLEAN", "units": "DECIMAL(18,3)", "charge": "BIGINT",
    "allowed": "BIGINT", "paid": "BIGINT", "denied": "BOOLEAN", "dx": "VARCHAR[]", "dx_ptr": "INTEGER[]",
    "pointed_dx": "VARCHAR[]", "paid_date": "DATE", "received_date": "DATE", "service_state": "VARCHAR",
    "service_zip": "VARCHAR", "locality": "VARCHAR", "mac": "VARCHAR", "drg": "VARCHAR", "admit_date": "DATE",
    "discharge_date": "DATE",
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
_DEFAULTS: Final[dict[str, Any]] = {
    "claim_id": "A", "payer_id": "X", "line_of_business": "medicare", "patient_id": "P1", "claim_type": "professional",
    "rendering_npi": "1000000012", "pos": "11", "units": Decimal(1), "denied": False,
}  # fmt: skip
_OUTPATIENT: Final = ("12", "13", "14", "22", "23", "34", "74", "75", "76", "85")


def make_line(number: int, given: Mapping[str, Any]) -> dict[str, Any]:
    """A canonical claim line from the few fields a case gives. Raises KeyError for an unknown field."""
    unknown = set(given) - set(LINE_COLUMNS) - {"mod1", "mod2", "mod3", "mod4"}
    if unknown:
        raise KeyError(f"unknown field {sorted(unknown)[0]}")
    line: dict[str, Any] = {name: None for name in LINE_COLUMNS} | _DEFAULTS | dict(given)
    line["line_no"] = given.get("line_no", number + 1)
    line["date_to"] = given.get("date_to") or line["date_from"]
    line["days"] = (line["date_to"] - line["date_from"]).days + 1
    line["is_span"] = line["days"] > 1
    mods = [given[name] for name in ("mod1", "mod2", "mod3", "mod4") if given.get(name)]
    line["modifiers"] = list(given.get("modifiers") or mods)
    line["mods_truncated"] = bool(given.get("mods_truncated", False))
    for name in ("charge", "allowed", "paid"):
        line[name] = None if line[name] is None else int(Decimal(line[name]) * 100)
    line["dx"] = list(given.get("dx") or [])
    line["dx_ptr"] = list(given.get("dx_ptr") or [])
    institutional = line["claim_type"] == "institutional"
    pointed = line["dx"] if institutional else [line["dx"][at - 1] for at in line["dx_ptr"]]
    line["pointed_dx"] = list(given.get("pointed_dx") or pointed)
    line["setting"] = given.get("setting") or _setting(line)
    facility = line["facility_npi"] or line["billing_npi"]
    line["provider_id"] = given.get("provider_id") or (facility if institutional else line["rendering_npi"])
    line |= {
        "line_id": number,
        "state": "audited",
        "part": 0,
        "patient_key": hash((line["payer_id"], line["patient_id"])) % 1_000_003,
        "provider_key": None if line["provider_id"] is None else hash(line["provider_id"]) % 1_000_003,
        "claim_key": hash(line["claim_id"]) % 1_000_003,
    }
    return line


def _setting(line: Mapping[str, Any]) -> str | None:
    if line["claim_type"] != "institutional":
        return {"professional": "practitioner", "dme": "dme", "dental": "dental"}[line["claim_type"]]
    if line["tob"] is None:
        return None
    return "outpatient_hospital" if str(line["tob"]).lstrip("0")[:2] in _OUTPATIENT else "inpatient"


def make_tables(
    con: DuckDBPyConnection,
    given: Mapping[str, Sequence[Mapping[str, Any]]],
    answers: Mapping[str, Any],
    first: date,
    last: date,
) -> tuple[tuple[str, str, date, date], ...]:
    """Make ``ref_*`` from a case's rows; returns what each table answers for.

    A table answers for all dates of the case unless ``answers: {ncci_ptp: [from, to]}`` says otherwise; a table the
    case does not give does not answer.
    """
    rows = {name: [dict(row) for row in listed] for name, listed in given.items()}
    unknown = set(rows) - set(_TABLES)
    if unknown:
        raise KeyError(f"unknown table {sorted(unknown)[0]}")
    rows.setdefault("ncci_aoc_code", _addons(rows.get("ncci_aoc", [])))
    rows.setdefault("coverage_policy", _policies(rows.get("coverage", [])))
    for name, columns in _TABLES.items():
        listed = rows.get(name, [])
        kinds = {"row_no": "BIGINT", "edition": "VARCHAR", **columns, "effective": "DATE", "deleted": "DATE"}
        con.execute(f"CREATE TABLE ref_{name} ({', '.join(f'{c} {k}' for c, k in kinds.items())})")
        for number, row in enumerate(listed):
            full = {"row_no": number, "edition": "test", "effective": date(1996, 1, 1)} | row
            full["deleted"] = row.get("deleted") or FAR
            con.execute(
                f"INSERT INTO ref_{name} VALUES ({', '.join('?' * len(kinds))})", [full.get(c) for c in kinds]
            )
    spans = []
    for table in sorted({ANSWERING_TABLE.get(name, name) for name in given}):
        start, end = answers.get(table, (date(1900, 1, 1), FAR))
        spans.append((table, "*", start, end))
    return tuple(spans)


def _addons(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found = {}
    for row in rows:
        key = (row["addon"], row["edit_type"], row.get("effective"), row.get("deleted"))
        found[key] = {name: row[name] for name in ("addon", "edit_type", "effective", "deleted") if name in row}
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
        policy = found.setdefault(key, {"policy_key": len(found)} | {k: v for k, v in row.items() if not k.startswith("dx_")})  # fmt: skip
        row["policy_key"] = policy["policy_key"]
        groups.setdefault(key, set()).add(row["dx_group"])
    for key, policy in found.items():
        policy["groups"] = len(groups[key])
    return list(found.values())
