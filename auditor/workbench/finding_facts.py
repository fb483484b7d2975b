"""What a finding of a run still knows: its lines, its table row, what follows of both; and its lines read again.

A run keeps of each line what its report shows. What a condition reads beyond that is not known, and said to be so,
unless the claims are given again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb

from auditor.base.errors import InputRefused, UsageError
from auditor.base.money import to_cents
from auditor.base.progress import NullProgress
from auditor.base.scratch import scratch_folder
from auditor.claims import ReadOptions, open_connection, read_claims
from auditor.claims.mapping.column_map import as_column_map
from auditor.engine.plain_conditions import day_units
from auditor.rules import model as m
from auditor.rules.fields import TABLE_FIELDS
from auditor.rules.pack_tables import TableSpec

SHORTEST_ID: Final = 6
_OF_FLAGGED: Final = ("line_of_business", "payer_id", "patient_id", "billing_npi", "rendering_npi")
_OF_PATIENT: Final = ("line_of_business", "payer_id", "patient_id")
_MONEY: Final = ("charge", "allowed", "paid")

Row = Mapping[str, Any]
Tables = Mapping[str, Mapping[str, str]]


@dataclass
class Known:
    """Values by role and by ``role.field``; ``lines`` are all lines of the evidence with what is known of each.

    ``dx_ptr_known`` is whether the claims say which diagnosis a line points to, None where that is not known.
    """

    roles: dict[str, dict[str, Any]] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)
    day: date | None = None
    dx_ptr_known: bool | None = None


def read_run(folder: Path) -> dict[str, Any]:
    """The ``run.json`` of an output folder. Raises InputRefused."""
    try:
        run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputRefused(
            "the folder is no result of an audit", where=f"--run {folder.name}",
            why="it has no readable run.json", mend="name a folder that `auditor audit --out` wrote",
        ) from error  # fmt: skip
    if not isinstance(run, dict):
        raise InputRefused("run.json is not as an audit writes it", where=f"--run {folder.name}")
    return run


def find(folder: Path, finding_id: str) -> dict[str, Any]:
    """The row of a finding, by its id or the beginning of it. Raises InputRefused or UsageError."""
    rows = findings(folder, [finding_id], begins=True)
    if not rows:
        raise UsageError(
            f"no finding begins with {finding_id}", where=f"--run {folder.name}",
            mend="take the id from the report; it stands at the foot of the finding",
        )  # fmt: skip
    if len({row["finding_id"] for row in rows}) > 1:
        raise UsageError(
            f"{len(rows)} findings begin with {finding_id}",
            where=f"--run {folder.name}",
            mend="give more of the id",
        )
    return rows[0]


def findings(folder: Path, ids: Sequence[str], *, begins: bool = False) -> list[dict[str, Any]]:
    """The rows of findings by id, or by the beginning of one. Raises InputRefused for an unreadable file."""
    test = "starts_with(finding_id, ?)" if begins else "list_contains(?, finding_id)"
    given: list[Any] = [ids[0]] if begins else [list(ids)]
    con = duckdb.connect(":memory:")
    try:
        cursor = con.execute(
            f"SELECT * FROM read_parquet(?, hive_partitioning = false) WHERE {test} ORDER BY finding_id"
            f"{' LIMIT 50' if begins else ''}",
            [str(folder / "findings.parquet"), *given],
        )
        names = [item[0] for item in cursor.description or ()]
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
    except duckdb.Error as error:
        raise InputRefused(
            "findings.parquet cannot be read", where=f"--run {folder.name}", mend="run the audit again"
        ) from error
    finally:
        con.close()


def known_of(
    rule: m.Rule,
    finding: Row,
    full: Sequence[Mapping[str, Any]] = (),
    tables: Tables = TABLE_FIELDS,
) -> Known:
    """What the finding knows of the fields of its rule.

    ``full`` are its canonical lines where claims were given, ``tables`` the fields of every table by name.
    """
    found = Known(day=finding.get("service_date"))
    whole = {(line["claim_id"], line["line_no"]): dict(line) for line in full}
    for entry in finding.get("evidence") or ():
        line = whole.get((entry["claim_id"], entry["line_no"])) or _line(entry)
        found.lines.append(line)
        found.roles.setdefault(str(entry["role"]).replace(" ", "_"), line)  # printed with blanks
    flagged = found.roles.setdefault(rule.flag, {})
    for name in _OF_FLAGGED:
        flagged.setdefault(name, finding.get(name))
    for name in _MONEY:
        flagged.setdefault(name, _cents(finding.get(name)))
    if rule.match is None:
        return found
    for role in rule.match.roles:
        for name in _OF_PATIENT:
            found.roles.get(role, {}).setdefault(name, finding.get(name))
    if rule.match.table is not None:
        _read_row(rule.match.table, finding, found, tables)
    if rule.match.coverage is not None:
        policy = m.TableJoin("coverage_policy", rule.match.coverage.alias, (), "")
        _read_row(policy, finding, found, tables)
    if rule.match.form in {"pair", "group"}:
        _read_pair(rule.match, found, rule.flag)
    if rule.match.form == "sum" and rule.match.sum is not None and full:
        _read_sum(rule.match.sum, found)
    if rule.match.total is not None and full:
        _read_total(rule.match.total, found, flagged)
    return found


def add_row_values(rule: m.Rule, finding: Row, found: Known, run: Row, specs: Sequence[TableSpec]) -> None:
    """The values of the row in force beyond its key, where its table is one of a pack at hand, as it was in the run."""
    table = rule.match.table if rule.match is not None else None
    spec = next((item for item in specs if table is not None and item.name == table.name), None)
    row = found.roles.get(table.alias) if table is not None else None
    if (
        spec is None
        or row is None
        or "effective" not in row
        or spec.sha256 not in _table_hashes(run, spec.name)
    ):
        return
    for values in spec.rows:
        held = dict(zip((*spec.columns, "effective", "deleted"), values, strict=True))
        if all(held[name] == row.get(name) for name in (*spec.key, "effective")):
            for name, value in held.items():
                row.setdefault(name, value)
            return


def _table_hashes(run: Row, name: str) -> set[str]:
    """The hashes of a table of that name in the packs of a run."""
    packs = [pack for pack in run.get("packs") or () if isinstance(pack, Mapping)]
    tables = [item for pack in packs for item in pack.get("tables") or () if isinstance(item, Mapping)]
    return {str(item.get("sha256")) for item in tables if item.get("name") == name}


def claim_lines(run: Row, claims: Sequence[Path], finding: Row) -> tuple[list[dict[str, Any]], bool]:
    """The canonical lines of a finding, read again from the claims of its run, and whether these have pointers.

    Raises InputRefused when they cannot be read or are not the files that the run was made from.
    """
    wanted = [(entry["claim_id"], entry["line_no"]) for entry in finding.get("evidence") or ()]
    options = run.get("options") or {}
    reading = ReadOptions(
        format=options.get("format") or "auto",
        column_map=as_column_map(options.get("column_map")),
        line_of_business=options.get("line_of_business") or "medicare",
        payer_id=options.get("payer_id"),
        provider_scope=options.get("provider_scope") or "physician",
    )
    with scratch_folder() as scratch, open_connection("2GB", 2, scratch) as con:
        feed = read_claims(con, claims, reading, NullProgress())
        told = {str(item.get("sha256")) for item in run.get("inputs") or ()}
        other = [item.name for item in feed.files if item.sha256 not in told]
        if other:
            raise InputRefused(
                f"{other[0]} is not a file of this run", where="--claims",
                why="its hash is none of those in run.json, and its lines may not be those of the finding",
                mend="give the claims that the run was made from",
            )  # fmt: skip
        cursor = con.execute(
            "SELECT * FROM claim_line WHERE state = 'audited' AND payer_id IS NOT DISTINCT FROM ? "
            "AND list_contains(?, claim_id)",
            [finding.get("payer_id"), sorted({claim for claim, _ in wanted})],
        )
        names = [item[0] for item in cursor.description or ()]
        rows = [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
    return [row for row in rows if (row["claim_id"], row["line_no"]) in wanted], "dx_ptr" in feed.fields


def _line(entry: Row) -> dict[str, Any]:
    """A line of the evidence as canonical fields; amounts in cents."""
    day = entry["service_date"]
    return {
        "claim_id": entry["claim_id"], "line_no": entry["line_no"], "date_from": day, "service_date": day,
        "service_day": day, "code": entry["code"], "modifiers": list(entry["modifiers"] or ()),
        "units": entry["units"], "paid": _cents(entry["paid"]),
    }  # fmt: skip


def _cents(amount: Any) -> int | None:
    return None if amount is None else to_cents(Decimal(amount))


def _read_row(table: m.TableJoin, finding: Row, found: Known, tables: Tables) -> None:
    """The row's fields out of its key, and the fields of lines that it was asked by."""
    rows = [row for row in finding.get("reference_rows") or () if row["table"] == table.name]
    if not rows:
        return
    types = tables.get(table.name, {})
    row: dict[str, Any] = {name: rows[0][name] for name in ("edition", "effective", "deleted")}
    for part in str(rows[0]["key"]).split(" / "):  # column and value, of each column that names the row
        name, _, value = part.partition(" ")
        if name in types:
            row[name] = _typed(types[name], value)
    found.roles[table.alias] = row
    for column, ref in table.on:
        if column in row and ref.role in found.roles:
            found.roles[ref.role].setdefault(ref.name, row[column])


def _typed(kind: str, value: str) -> Any:
    """The value of a column out of a row's key, where it is printed; None for none, or for what is no such value."""
    if value == "-":
        return None
    try:
        if kind == "integer":
            return int(value)
        if kind in {"number", "money"}:
            return Decimal(value)
        if kind == "date":
            return date.fromisoformat(value)
    except (ArithmeticError, ValueError):
        return None
    return value == "true" if kind == "flag" else value


def _later(flagged: Row, other: Row) -> bool:
    """Whether the flagged one of two lines comes after the other in the order of dates."""
    placed = [(line["date_from"], line["claim_id"], line["line_no"]) for line in (flagged, other)]
    return bool(placed[0] > placed[1])


def _read_pair(match: m.Match, found: Known, flag: str) -> None:
    if not all(role in found.roles and "modifiers" in found.roles[role] for role in match.roles):
        return
    one, two = (found.roles[role] for role in match.roles)
    first, second = one["modifiers"], two["modifiers"]
    found.values |= {
        "pair.common_modifiers": [item for item in first if item in second],
        "pair.differing_modifiers": [item for item in first if item not in second]
        + [item for item in second if item not in first],
        "pair.all_modifiers": [*first, *second],
        "pair.split_claim": one["claim_id"] != two["claim_id"],
        "pair.flagged_is_later": _later(found.roles[flag], one if found.roles[flag] is two else two),
    }
    for name in match.group.same if match.group is not None else match.same:
        for here, there in ((one, two), (two, one)):
            if name in there and name not in {"service_day", "service_date"}:
                here.setdefault(name, there[name])
    if "pointed_dx" in one and "pointed_dx" in two:
        found.values["pair.common_pointed_dx"] = [
            item for item in one["pointed_dx"] if item in two["pointed_dx"]
        ]
        categories = {item[:3] for item in two["pointed_dx"]}
        found.values["pair.common_dx_categories"] = list(
            dict.fromkeys(item[:3] for item in one["pointed_dx"] if item[:3] in categories)
        )
    if {"service_day", "service_date"} & set(match.same):
        found.values["pair.shared_day"] = found.day = max(one["date_from"], two["date_from"])


def _read_total(total: m.Sum, found: Known, flagged: Row) -> None:
    """What the lines of a month, a year or a stretch add up to; of a running sum the evidence holds those before."""
    if len(found.lines) > 50 or any(
        line.get(total.of) is None for line in found.lines if total.of != "lines"
    ):
        return
    parts = [1 if total.of == "lines" else line[total.of] for line in found.lines]
    own = 1 if total.of == "lines" else flagged.get(total.of)
    money = total.of in _MONEY
    whole, before = ("amount", "amount_before") if money else ("units", "before")
    name = total.alias
    found.values |= {
        f"{name}.{whole}": sum(parts),
        f"{name}.lines": len(parts),
        f"{name}.modifiers": list({item: None for line in found.lines for item in line["modifiers"]}),
    }
    if total.running and own is not None:
        found.values[f"{name}.{before}"] = sum(parts) - own
    if not money:
        found.values[f"{name}.max_units"] = max(parts, default=None)


def _read_sum(total: m.Sum, found: Known) -> None:
    """What the lines of a day add up to; the evidence shows at most fifty of them beside the flagged one."""
    if len(found.lines) > 50 or not all("date_to" in line for line in found.lines):
        return
    units = [value for line in found.lines if (value := day_units(line)) is not None]
    found.values |= {
        f"{total.alias}.units": sum(units),
        f"{total.alias}.lines": len(found.lines),
        f"{total.alias}.max_units": max(units, default=None),
        f"{total.alias}.modifiers": list({item: None for line in found.lines for item in line["modifiers"]}),
    }
