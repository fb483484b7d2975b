"""Columns of fields that few feeds have: added to the table of rows when a file has them, and never before.

Lists are kept as the text that they came as and made where they are read; a part may say more after a colon (an
adjustment its amount, an occurrence its day), which the list leaves out and `claim_adjustment` tells.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from auditor.claims import forms
from auditor.claims.columns import RARE_COLUMNS
from auditor.claims.model import BY_NAME

_TYPES = {column.name: column.sql_type for column in RARE_COLUMNS}
_MADE_OF = {"icd9": "dx_version", "minutes": "unit_basis"}
"""Columns that are made of another field: codes of ICD-9, and units that are minutes."""
_ICD9 = "coalesce(regexp_matches(v_dx_version, '^(ICD)?[^0-9]*0?9([^0-9]|$)'), false)"


def stored(have: frozenset[str]) -> tuple[str, ...]:
    """The columns, of those that few feeds have, that a file with the fields `have` fills."""
    return tuple(name for name in _TYPES if name in have or _MADE_OF.get(name) in have)


def add_columns(con: duckdb.DuckDBPyConnection, have: frozenset[str]) -> None:
    """Give `claim_parsed` the columns of `stored` that it lacks; rows read before have none of them."""
    there = present(con, "claim_parsed")
    missing = [name for name in stored(have) if name not in there]
    for name in missing:
        kind = "VARCHAR" if _TYPES[name] == "VARCHAR[]" else _TYPES[name]
        con.execute(f"ALTER TABLE claim_parsed ADD COLUMN {name} {kind}")


def present(con: duckdb.DuckDBPyConnection, table: str) -> tuple[str, ...]:
    """The columns of `RARE_COLUMNS` that a table has, in their order."""
    rows = con.execute("SELECT name FROM pragma_table_info(?)", [table]).fetchall()
    names = {name for (name,) in rows}
    return tuple(name for name in _TYPES if name in names)


def absent(have: Sequence[str]) -> dict[str, str]:
    """The columns that a table with those of `have` lacks, each with its SQL: NULL; lists are empty."""
    nothing = {"VARCHAR[]": "CAST([] AS VARCHAR[])"}
    return {
        name: nothing.get(kind, f"CAST(NULL AS {kind})") for name, kind in _TYPES.items() if name not in have
    }


def lists_of(names: Sequence[str]) -> tuple[str, ...]:
    """Those of `names` that are lists."""
    return tuple(name for name in names if _TYPES[name] == "VARCHAR[]")


def as_list(name: str) -> str:
    """SQL: the list that the text of a column is, each part cut at its colon."""
    parts = f"list_transform(string_split({name}, ','), lambda t: split_part(t, ':', 1))"
    return f"CASE WHEN coalesce({name}, '') = '' THEN CAST([] AS VARCHAR[]) ELSE {parts} END"


def lists(have: frozenset[str], diagnoses: str) -> list[str]:
    """SELECT items for the lists among the fields `have`, as `v_` names: upper case, without blanks."""
    items = [
        f"upper(replace({forms.text(name)}, ' ', '')) AS v_{name}"
        for name in lists_of(stored(have))
        if name != "icd9"
    ]
    if "dx_version" in have:
        version = _ICD9.replace("v_dx_version", "upper(dx_version)")
        items.append(f"CASE WHEN {version} THEN replace({diagnoses}, '.', '') END AS v_icd9")
    return items


def icd10_text(diagnoses: str, have: frozenset[str]) -> str:
    """`diagnoses` but for those of ICD-9, which no rule may take for codes of ICD-10: V10.1 is one of either."""
    if "dx_version" not in have:
        return diagnoses
    version = _ICD9.replace("v_dx_version", "upper(dx_version)")
    return f"CASE WHEN {version} THEN '' ELSE {diagnoses} END"


def unread(have: frozenset[str]) -> str:
    """SQL: true where an amount, quantity or date among these columns holds what is none."""
    kinds = ("number", "money", "date")
    tests = [
        f"(v_{name} IS NULL AND {name} IS NOT NULL AND trim({name}, {forms.BLANKS}) <> '')"
        for name in stored(have)
        if name in have and BY_NAME[name].kind in kinds
    ]
    return " OR ".join(tests)
