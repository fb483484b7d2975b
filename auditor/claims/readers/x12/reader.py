"""The reader of claims in X12: 837 professional, institutional and dental, 5010 and 4010, whatever their state."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from auditor.base.errors import InputRefused
from auditor.claims.feed import ReadOptions
from auditor.claims.readers.interface import CLAIMS, NotClaims, Staged
from auditor.claims.readers.rows import Rows
from auditor.claims.readers.x12.claim_rows import ALWAYS, FIELDS
from auditor.claims.readers.x12.claims_837 import Claims837
from auditor.claims.readers.x12.transactions import CLAIMS_837, REMITTANCES_835, in_words, kinds_of
from auditor.claims.sources.intake import Source


class X12Reader:
    """Reads the claims of an X12 file. Remittances in the same file are their own reader's, of the same name."""

    name = "x12"

    def recognises(self, con: duckdb.DuckDBPyConnection, source: Source) -> str | None:
        """`claims` for X12 with claims (CLM); None for other content and for remittances alone.

        Raises NotClaims for X12 that holds neither, naming its transactions.
        """
        kinds = kinds_of(source)
        if kinds is None:
            return None
        if kinds.claims:
            return CLAIMS
        if kinds.remittances:
            return None
        raise NotClaims(
            f"this X12 file holds no claims and no remittances, but {kinds.others() or 'no transaction'}"
            if CLAIMS_837 not in kinds.counts
            else "this X12 file holds 837 transactions and no claim (CLM) in them",
            where=source.name,
            mend="Give the file of the 837 or 835 transactions.",
        )

    def stage(
        self,
        con: duckdb.DuckDBPyConnection,
        source: Source,
        options: ReadOptions,
        workspace: Path,
        beside: Mapping[str, tuple[Source, ...]],
    ) -> Staged:
        """Read the 837 transactions of `source`. Raises InputRefused when claims are there and none could be read."""
        rows = Rows(workspace, FIELDS)
        reading = Claims837(source.path, rows)
        reading.read()
        if rows.line_count == rows.aside_count == 0:
            raise InputRefused(
                "the file has claim segments (CLM), and none of them could be read",
                where=source.name,
                why="Its separators are not those of its ISA segment, or its content is damaged.",
                mend="Export the transactions again.",
            )
        others = {
            kind: count for kind, count in reading.envelope.kinds.items() if kind not in (CLAIMS_837, "")
        }
        notes = []
        if remittances := others.pop(REMITTANCES_835, 0):
            counted = f"{remittances:,} remittance{'s' * (remittances > 1)}"
            notes.append(f"{source.name}: holds {counted} (835) beside the claims")
        if others:
            notes.append(
                f"{source.name}: holds transactions that are no claims, not read: {in_words(others)}"
            )
        if told := reading.notices.summary():
            notes.append(f"{source.name}: noticed while reading: {told}")
        return rows.staged(
            con,
            "x12",
            always=ALWAYS,
            notes=tuple(notes),
            source_rows=reading.records,
        )
