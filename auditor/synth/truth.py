"""The truth file: one row a line that a case says something about, one a provider seeded as an outlier."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from auditor.synth.arrays import texts
from auditor.synth.block import Ordered
from auditor.synth.cases import FAIL, RISK
from auditor.synth.placed import Told

TRUTH_COLUMNS = (
    'case_id VARCHAR, kind VARCHAR, catalogue_id VARCHAR, verdict VARCHAR, "class" VARCHAR, claim_id VARCHAR, '
    "line_no INTEGER, rendering_npi VARCHAR, split_claim BOOLEAN, note VARCHAR"
)


class TruthFile:
    """Collects truth rows in DuckDB and writes them as Parquet.

    Columns: case_id, kind, catalogue_id, verdict (fail, bypassed, none for a near miss, set_aside), class (null: not
    judged), claim_id and line_no of the line, rendering_npi for provider-level rows alone, split_claim, note.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        con.execute(f"CREATE TEMP TABLE synth_truth ({TRUTH_COLUMNS})")

    def add(self, told: list[Told], ordered: Ordered, before: int) -> None:
        """Rows of a block, whose seeded lines follow `before` ordinary ones."""
        if not told:
            return
        places = [before + row.line for row in told]
        columns: dict[str, Any] = {
            "case_id": texts([f"case-{row.case + 1:06d}" for row in told]),
            "kind": texts([row.kind for row in told]),
            "catalogue_id": texts([row.expected.catalogue_id for row in told]),
            "verdict": texts([row.expected.verdict for row in told]),
            "class": texts([row.expected.finding_class for row in told]),
            "claim_id": texts([f"SC{ordered.claim[place]:09d}" for place in places]),
            "line_no": ordered.line_no[places],
            "rendering_npi": texts([None for _ in told]),
            "split_claim": texts(["true" if row.expected.split_claim else "false" for row in told]),
            "note": texts([row.expected.note for row in told]),
        }
        self._con.register("synth_told", columns)
        self._con.execute("INSERT INTO synth_truth SELECT * FROM synth_told")
        self._con.unregister("synth_told")

    def add_provider(self, case: int, catalogue_id: str, npi: str) -> None:
        """A provider whose pattern of billing an audit should notice."""
        row = [
            f"case-{case + 1:06d}",
            catalogue_id.lower(),
            catalogue_id,
            FAIL,
            RISK,
            npi,
            "unlike its peers",
        ]
        self._con.execute("INSERT INTO synth_truth VALUES (?, ?, ?, ?, ?, NULL, NULL, ?, false, ?)", row)

    def write(self, target: Path) -> Path:
        """Write the rows, ordered by case, line and catalogue id."""
        name = str(target).replace("'", "''")
        self._con.execute(
            "COPY (SELECT * FROM synth_truth ORDER BY case_id, claim_id, line_no, catalogue_id, verdict) "
            f"TO '{name}' (FORMAT parquet, COMPRESSION zstd)"
        )
        return target
