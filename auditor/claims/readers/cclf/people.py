"""Persons of the feed: the current number of each, and what the file of demographics says of them.

Source: CMS, CCLF Information Packet, 5.1.1 (the most recent MBI, by CCLF9).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import duckdb

from auditor.claims.readers.cclf.files import file_of, laid_down
from auditor.claims.readers.wide import copy
from auditor.claims.readers.wide_people import CMS_SEX, Roll, gathered
from auditor.claims.sources.intake import Source
from auditor.claims.words import literal

NUMBER = "coalesce(bene_mbi_id, bene_hic_num)"
"""SQL: the number of a person as a record gives it."""
_TURNS = 4


def current_numbers(con: duckdb.DuckDBPyConnection, sources: Sequence[Source], workspace: Path) -> str:
    """A relation of numbers (prvs, crnt) that are no longer current; empty text where no file tells.

    Of a number that several records follow up, the one that ended last counts, then the later record; a current number
    that was itself replaced is followed on.
    """
    if not sources:
        return ""
    key = hashlib.sha256(" ".join(source.content_sha256 for source in sources).encode()).hexdigest()
    target = workspace / f"numbers-{key[:16]}.parquet"
    if not target.exists():
        parts = []
        for place, source in enumerate(sources):
            file = file_of(con, source)
            assert file is not None
            laid = laid_down(con, source, file, workspace)
            parts.append(
                "SELECT prvs_num AS prvs, crnt_num AS crnt, coalesce(prvs_id_obslt_dt, '9999') AS ended, "
                f"{place} * 1000000000000 + pos AS place FROM {laid.relation}"
            )
        select = (
            "SELECT prvs, arg_max(crnt, {'e': ended, 'p': place}) AS crnt FROM "
            f"({' UNION ALL '.join(parts)}) WHERE prvs IS NOT NULL AND crnt IS NOT NULL AND prvs <> crnt GROUP BY prvs"
        )
        con.execute(f"CREATE OR REPLACE TEMP TABLE cclf_number AS {select}")
        for _ in range(_TURNS):
            con.execute(
                "CREATE OR REPLACE TEMP TABLE cclf_number AS SELECT a.prvs, coalesce(b.crnt, a.crnt) AS crnt "
                "FROM cclf_number a LEFT JOIN cclf_number b ON b.prvs = a.crnt AND b.crnt <> a.prvs"
            )
        copy(con, "SELECT * FROM cclf_number WHERE prvs <> crnt ORDER BY prvs", target)
        con.execute("DROP TABLE cclf_number")
    return f"read_parquet({literal(target)}, hive_partitioning = false)"


def demographics(
    con: duckdb.DuckDBPyConnection, sources: Sequence[Source], numbers: str, workspace: Path
) -> str:
    """A relation of persons by their current number, as :func:`gathered` makes it; empty text without files."""
    rolls = []
    for source in sources:
        file = file_of(con, source)
        assert file is not None
        laid = laid_down(con, source, file, workspace)
        current = f"(SELECT crnt FROM {numbers} n WHERE n.prvs = {NUMBER})" if numbers else "NULL"
        sex = CMS_SEX.format("bene_sex_cd", "bene_sex_cd")
        rolls.append(Roll(source, laid, f"coalesce({current}, {NUMBER})", "bene_dob", sex, "bene_death_dt"))
    return gathered(con, rolls, workspace) if rolls else ""
