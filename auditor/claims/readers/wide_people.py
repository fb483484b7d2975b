"""Persons from the files that stand beside claims: date of birth, sex, date of death by the number that claims use."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from auditor.claims.readers.wide import Laid, copy
from auditor.claims.sources.intake import Source
from auditor.claims.words import literal

CMS_SEX = "CASE {} WHEN '1' THEN 'M' WHEN '2' THEN 'F' WHEN '0' THEN NULL ELSE {} END"
"""SQL of the sex as CMS codes it: 1 male, 2 female, 0 unknown."""


@dataclass(frozen=True)
class Roll:
    """A file of persons laid down, and the SQL of what it says of each: texts over its columns."""

    source: Source
    laid: Laid
    person: str
    birth: str
    sex: str
    death: str


def gathered(con: duckdb.DuckDBPyConnection, rolls: Sequence[Roll], workspace: Path) -> str:
    """A relation of persons: person, p_birth, p_sex, p_death, and births, the number of dates of birth given.

    Of several files the last is believed, record by record and thing by thing, for a blank says nothing. It is made
    once for the same files.
    """
    key = hashlib.sha256(
        " ".join(
            roll.source.content_sha256 + roll.person + roll.birth + roll.death for roll in rolls
        ).encode()
    ).hexdigest()
    target = workspace / f"people-{key[:16]}.parquet"
    if not target.exists():
        parts = " UNION ALL ".join(
            f"SELECT {roll.person} AS person, {roll.birth} AS birth, {roll.sex} AS sex, {roll.death} AS death, "
            f"{number} * 1000000000000 + pos AS place FROM {roll.laid.relation}"
            for number, roll in enumerate(rolls)
        )
        last = ", ".join(
            f"arg_max({name}, place) FILTER ({name} IS NOT NULL) AS p_{name}"
            for name in ("birth", "sex", "death")
        )
        copy(
            con,
            f"SELECT person, {last}, count(DISTINCT birth) AS births FROM ({parts}) WHERE person IS NOT NULL "
            "GROUP BY person",
            target,
        )
    return f"read_parquet({literal(target)}, hive_partitioning = false)"


def contradictions(con: duckdb.DuckDBPyConnection, people: str) -> list[tuple[str, str, str]]:
    """What is to be noticed of the persons: name, severity, words."""
    row = con.execute(f"SELECT count(*) FILTER (births > 1) FROM {people}").fetchone()
    if row is None or not row[0]:
        return []
    says = f"{row[0]:,} persons have more than one date of birth in the files of persons; the last is used"
    return [("birth_dates", "warning", says)]
