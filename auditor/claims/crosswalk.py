"""Patients under several numbers: joined only where a crosswalk that the user supplies says so, never by name or date.

The file has a header and one of two forms, with commas, tabs, semicolons or vertical bars between the columns:

- `patient_id, person_id`, and perhaps `payer_id`: the number, at that payer or at any, is this person's. The person's
  number then stands for it, and lines of all payers of the person are put together within a line of business.
- `previous_id, current_id`, and perhaps `payer_id` (also `PRVS_NUM, CRNT_NUM`, as a beneficiary crosswalk of claim and
  claim line feeds has them): a payer gave a patient a new number. The last one stands for all, within the payer alone.

One number that would be two persons refuses the file.
"""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import Final

import duckdb

from auditor.base.errors import InputRefused
from auditor.claims import forms
from auditor.claims.model import plain_key
from auditor.claims.words import literal, placeholder

_PERSONS: Final = (
    {plain_key(name) for name in ("patient_id", "member_id")},
    {plain_key(name) for name in ("person_id", "enterprise_id", "master_id")},
)
_RENUMBERED: Final = (
    {plain_key(name) for name in ("previous_id", "old_id", "prvs_num")},
    {plain_key(name) for name in ("current_id", "new_id", "crnt_num")},
)
_PAYER: Final = {plain_key(name) for name in ("payer_id", "payer")}
_MOST_NUMBERS: Final = 100
"""Numbers that one patient may have had in turn; more are a circle."""


def join_persons(con: duckdb.DuckDBPyConnection, path: Path) -> tuple[str, ...]:
    """Give the lines of `claim_parsed` the number that stands for their patient; returns notes.

    The number as given is kept in `given_patient_id`. Makes `claim_across` (patient_id): persons whose lines are put
    together across payers. Raises InputRefused for a file of another form or one that contradicts itself.
    """
    across = _read(con, path)
    rows = _count(con, "SELECT count(*) FROM claim_person")
    if across:
        _refuse_strangers(con, path)
    else:
        _follow(con, path)
    _refuse_two_persons(con, path)
    con.execute("ALTER TABLE claim_parsed ADD COLUMN given_patient_id VARCHAR")
    payer = "(m.payer_id IS NULL OR m.payer_id = p.payer_id)"
    con.execute(
        "UPDATE claim_parsed AS p SET given_patient_id = p.patient_id, patient_id = m.person_id FROM "
        "(SELECT DISTINCT payer_id, patient_id, person_id FROM claim_person) m "
        f"WHERE m.patient_id = p.patient_id AND {payer}"
    )
    joined = _count(con, "SELECT count(*) FROM claim_parsed WHERE given_patient_id IS NOT NULL")
    persons = _count(
        con,
        "SELECT count(*) FROM (SELECT patient_id FROM claim_parsed WHERE patient_id IN "
        "(SELECT person_id FROM claim_person) GROUP BY patient_id "
        "HAVING count(DISTINCT row(payer_id, coalesce(given_patient_id, patient_id))) > 1)",
    )
    con.execute(
        "CREATE TABLE claim_across AS SELECT DISTINCT person_id AS patient_id FROM claim_person"
        + ("" if across else " WHERE false")
    )
    con.execute("DROP TABLE claim_person")
    return (
        f"crosswalk {path.name}: of its {rows:,} rows, {joined:,} claim lines take the number of their person; "
        f"{persons:,} persons stand in the claims under several numbers or payers",
    )


def crosswalk_told(path: Path | None) -> str | None:
    """What a run records of its crosswalk: the SHA-256 of the file."""
    if path is None:
        return None
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read(con: duckdb.DuckDBPyConnection, path: Path) -> bool:
    """`claim_person` (line, payer_id, patient_id, person_id); whether it is of persons and not of new numbers."""
    if not path.is_file():
        raise InputRefused(
            "the crosswalk is not there", where=f"--crosswalk {path.name}", mend="Name a file."
        )
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        first = stream.readline()
    mark = max(",\t;|", key=first.count)
    headers = [plain_key(name) for name in next(csv.reader([first.rstrip("\r\n")], delimiter=mark), [])]
    for form in (_PERSONS, _RENUMBERED):
        places = [[at for at, name in enumerate(headers) if name in names] for names in (*form, _PAYER)]
        if all(len(found) == 1 for found in places[:2]) and len(places[2]) < 2:
            break
    else:
        raise InputRefused(
            "the crosswalk has neither columns patient_id and person_id nor previous_id and current_id",
            where=path.name,
            mend="Give it a header with these names, and payer_id where the numbers are of one payer.",
        )
    names = [f"c{at}" for at in range(len(headers))]
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    patient, person, payer = (names[found[0]] if found else "CAST(NULL AS VARCHAR)" for found in places)
    try:
        con.execute(
            "CREATE TABLE claim_person AS SELECT row_number() OVER () + 1 AS line, "
            f"{forms.identifier(payer)} AS payer_id, {forms.identifier(patient)} AS patient_id, "
            f"{forms.identifier(person)} AS person_id "
            f"FROM read_csv({literal(path)}, hive_partitioning = false, header = true, auto_detect = false, "
            f"delim = {literal(mark)}, quote = '\"', escape = '\"', columns = {{{columns}}})"
        )
    except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException):
        raise InputRefused(
            "the crosswalk is no table: a row has not as many columns as the header, or is no UTF-8 text",
            where=path.name,
            mend="Export it again as CSV.",
        ) from None
    blank = f"patient_id IS NULL OR person_id IS NULL OR {placeholder('patient_id')} OR {placeholder('person_id')}"
    row = con.execute(f"SELECT min(line) FROM claim_person WHERE {blank}").fetchone()
    if row is not None and row[0] is not None:
        raise InputRefused(
            "a row of the crosswalk has a blank or a filler for a number",
            where=f"{path.name}, line {row[0]}",
            why="All patients without a number would be one person.",
            mend="Complete the row or remove it.",
        )
    return form is _PERSONS


def _refuse_strangers(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """A number of the claims that the crosswalk does not list, and that is the number of one of its persons."""
    count = _count(
        con,
        "SELECT count(DISTINCT row(p.payer_id, p.patient_id)) FROM claim_parsed p "
        "WHERE p.patient_id IN (SELECT person_id FROM claim_person) AND NOT EXISTS (SELECT 1 FROM claim_person m "
        "WHERE m.patient_id = p.patient_id AND (m.payer_id IS NULL OR m.payer_id IS NOT DISTINCT FROM p.payer_id))",
    )
    if count:
        raise InputRefused(
            f"{count:,} patient numbers of the claims are not listed in the crosswalk and are the number of one of its "
            "persons",
            where=path.name,
            why="Whether they are that person cannot be told.",
            mend="List them, with their payer, as that person or another.",
        )


def _follow(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """From each number to the last that followed it. Refuses a circle."""
    con.execute("DELETE FROM claim_person WHERE patient_id = person_id")
    onward = (
        "FROM claim_person b WHERE b.patient_id = a.person_id AND b.payer_id IS NOT DISTINCT FROM a.payer_id "
        "AND b.person_id <> a.person_id"
    )
    for _ in range(_MOST_NUMBERS):
        changed = con.execute(f"UPDATE claim_person AS a SET person_id = b.person_id {onward}").fetchone()
        if changed == (0,):
            break
    row = con.execute(
        f"SELECT min(line) FROM claim_person a WHERE a.patient_id = a.person_id OR EXISTS (SELECT 1 {onward})"
    ).fetchone()
    if row is not None and row[0] is not None:
        raise InputRefused(
            "the numbers of the crosswalk lead back to themselves",
            where=f"{path.name}, line {row[0]}",
            why="Which of them is the current one cannot be told.",
            mend="Remove the row that is wrong.",
        )


def _refuse_two_persons(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """A number that is two persons, at one payer or at one and at any."""
    row = con.execute(
        "SELECT least(a.line, b.line), greatest(a.line, b.line) FROM claim_person a JOIN claim_person b "
        "ON a.patient_id = b.patient_id AND a.person_id < b.person_id "
        "AND (a.payer_id IS NULL OR b.payer_id IS NULL OR a.payer_id = b.payer_id) ORDER BY ALL LIMIT 1"
    ).fetchone()
    if row is not None:
        raise InputRefused(
            "the crosswalk makes two persons of one number",
            where=f"{path.name}, lines {row[0]} and {row[1]}",
            why="Lines of one would be held against the other.",
            mend="Correct one of the rows; a number that two payers gave to two persons needs payer_id in both.",
        )


def _count(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = con.execute(sql).fetchone()
    assert row is not None
    return int(row[0])
