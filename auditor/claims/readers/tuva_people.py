"""Tuva's `eligibility` beside claim lines: birth, sex and death of the person, line of business of the enrolment.

One row is a span of enrolment of a person with a payer. The line of business is that of the span in which the line
begins; of several, of the one with the payer of the line; where they differ still, it is not said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from auditor.claims import forms
from auditor.claims.readers.interface import Staged
from auditor.claims.readers.wide import Laid, copy, heads_of, lay_down, new_file
from auditor.claims.readers.wide_people import Roll, contradictions, gathered
from auditor.claims.sources.intake import Source
from auditor.claims.words import literal

_WANTED = (
    "person_id", "patient_id", "member_id", "gender", "birth_date", "death_date", "enrollment_start_date",
    "enrollment_end_date", "payer", "payer_type",
)  # fmt: skip
_PERSON = "coalesce(person_id, patient_id, member_id)"
_FIELDS = {"birth_date": "p_birth", "sex": "p_sex", "death_date": "p_death"}
_UNREADABLE = (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException)


def with_eligibility(
    con: duckdb.DuckDBPyConnection, staged: Staged, sources: Sequence[Source], workspace: Path
) -> Staged:
    """`staged` with what the files of eligibility say of its persons; what it says itself comes first."""
    if not sources:
        return staged
    lines, staged = _laid_down(con, staged, workspace)
    laid = [lay_down(con, source, heads_of(con, source), _WANTED, workspace) for source in sources]
    rolls = [
        Roll(source, one, _PERSON, "birth_date", "gender", "death_date")
        for source, one in zip(sources, laid, strict=True)
    ]
    people = gathered(con, rolls, workspace)
    added = {name: f"people.{column}" for name, column in _FIELDS.items() if name not in staged.fields}
    joins = f" LEFT JOIN {people} AS people ON people.person = trim(line.patient_id)"
    if "line_of_business" not in staged.fields:
        added["line_of_business"] = "told.business"
        joins += (
            f" LEFT JOIN ({_business(lines, laid, 'payer_id' in staged.fields)}) AS told USING (source_pos)"
        )
    target = new_file(workspace)
    columns = ", ".join(f"{sql} AS {name}" for name, sql in added.items())
    columns = f", {columns}" if columns else ""
    copy(con, f"SELECT line.*{columns} FROM {lines} AS line{joins} ORDER BY source_pos", target)
    relation = f"read_parquet({literal(target)}, hive_partitioning = false)"
    noticed = " UNION ALL ".join(
        part
        for part in (
            staged.diagnostics_select,
            *(_diagnostic(*one) for one in contradictions(con, people)),
            *_unenrolled(con, relation, "line_of_business" in added),
        )
        if part
    )
    return replace(
        staged,
        select=f"SELECT * FROM {relation}",
        fields=staged.fields | set(added),
        has_position=True,
        diagnostics_select=noticed,
        recheck=lambda rows: None,
    )


def _laid_down(con: duckdb.DuckDBPyConnection, staged: Staged, workspace: Path) -> tuple[str, Staged]:
    """The rows of a staging in a file, all of them, with their place; and the staging that gave all."""
    while True:
        place = "" if staged.has_position else ", row_number() OVER () AS source_pos"
        target = new_file(workspace)
        try:
            rows = copy(con, f"SELECT *{place} FROM ({staged.select})", target)
        except _UNREADABLE:
            again = staged.recheck(None)
            if again is None:
                raise
        else:
            again = staged.recheck(rows)
            if again is None:
                return f"read_parquet({literal(target)}, hive_partitioning = false)", staged
        staged = again


def _business(lines: str, laid: Sequence[Laid], has_payer: bool) -> str:
    """A SELECT of source_pos and business, the words of the payer's type, of lines that a span covers."""
    parts = " UNION ALL ".join(
        f"SELECT {_PERSON} AS person, enrollment_start_date AS f, enrollment_end_date AS t, lower(payer) AS payer, "
        "CASE lower(payer_type) WHEN 'self-insured' THEN 'commercial' ELSE lower(payer_type) END AS business "
        f"FROM {one.relation}"
        for one in laid
    )
    first, last = forms.date("f", forms.day("f")), forms.date("t", forms.day("t"))
    spans = (
        f"(SELECT DISTINCT person, payer, business, {first} AS first, coalesce({last}, DATE '9999-12-31') AS last "
        f"FROM ({parts}) WHERE business IS NOT NULL)"
    )
    day = forms.date("date_from", forms.day("date_from"))
    payer = "lower(trim(payer_id))" if has_payer else "NULL"
    persons = f"trim(patient_id) AS person, {payer} AS line_payer"
    began = f"(SELECT source_pos, {persons}, {day} AS began FROM {lines} AS line)"
    same = "FILTER (payer = line_payer)"
    return (
        f"SELECT source_pos, CASE WHEN count(DISTINCT business) {same} = 1 THEN any_value(business) {same} "
        "WHEN count(DISTINCT business) = 1 THEN any_value(business) END AS business "
        f"FROM {began} JOIN {spans} USING (person) WHERE began BETWEEN first AND last GROUP BY source_pos"
    )


def _unenrolled(con: duckdb.DuckDBPyConnection, relation: str, told: bool) -> list[str]:
    if not told:
        return []
    row = con.execute(f"SELECT count(*) FILTER (line_of_business IS NULL) FROM {relation}").fetchone()
    if row is None or not row[0]:
        return []
    says = f"{row[0]:,} lines are of no span of enrolment, or of several that say different types of payer"
    return [_diagnostic("enrolment", "warning", says)]


def _diagnostic(name: str, severity: str, says: str) -> str:
    return (
        f"SELECT {literal(name)} AS name, {literal(severity)} AS severity, {literal(says)} AS says, "
        "CAST(NULL AS BIGINT) AS source_pos, CAST(NULL AS BIGINT) AS byte_offset, CAST(NULL AS VARCHAR) AS claim_id"
    )
