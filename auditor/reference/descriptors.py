"""What codes mean, where the library may tell: public texts of Level II, and CPT texts of a private library.

CPT descriptors are the American Medical Association's. They are in a library only when its owner said so on import;
a report that shows them says whose they are.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from auditor.reference.attach import check_rows, rows_of
from auditor.reference.editions import Answer

# In the order in which they are asked; of the fee schedule only the row without a modifier describes the code.
_LAST = "arg_max(description, coalesce(deleted, DATE '9999-12-31'))"
"""Of a code that was used again, what it means now."""
_SOURCES = {"hcpcs_level2": "TRUE", "mpfs_rvu": "modifier IS NULL", "mpfs_rvu_qpp": "modifier IS NULL"}


def sources(answers: Sequence[Answer]) -> list[Answer]:
    """The newest answering edition of each table that has descriptions."""
    found: dict[str, Answer] = {}
    for answer in answers:
        table = answer.edition.table
        if table in _SOURCES and "description" in answer.edition.columns:
            best = found.get(table)
            found[table] = answer if best is None else max(best, answer, key=lambda a: a.edition.newest)
    return [found[table] for table in _SOURCES if table in found]


def attach_descriptors(
    con: duckdb.DuckDBPyConnection, answers: Sequence[Answer], codes: str
) -> tuple[list[Answer], bool]:
    """Make `ref_descriptor` (code, description) for the codes of the relation `codes`.

    Returns the editions that a description was taken from, and whether any of them is CPT's. Raises InputRefused when
    rows are not those that were imported.
    """
    con.execute("CREATE OR REPLACE TABLE ref_descriptor (code VARCHAR PRIMARY KEY, description VARCHAR)")
    taken: list[Answer] = []
    for answer in sources(answers):
        edition = answer.edition
        check_rows(edition)
        added = con.execute(
            f"INSERT OR IGNORE INTO ref_descriptor SELECT code, {_LAST} FROM {rows_of(edition)} "
            f"WHERE {_SOURCES[edition.table]} AND description IS NOT NULL AND code IN (SELECT code FROM {codes}) "
            "GROUP BY code"
        ).fetchall()[0][0]
        if added:
            taken.append(answer)
    return taken, any(answer.edition.descriptors for answer in taken)
