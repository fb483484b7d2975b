"""Payments of claims in X12 (835): payers' answers, which are joined to the claims that they answer.

Streams the file in the memory of one block and one claim. Source: 005010X221A1 and 004010X091A1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import duckdb

from auditor.base.errors import InputRefused
from auditor.base.money import format_usd
from auditor.claims.feed import ReadOptions
from auditor.claims.readers.interface import CLAIMS, Staged
from auditor.claims.readers.rows import Rows
from auditor.claims.readers.x12 import transactions
from auditor.claims.readers.x12.remittance_lines import ALWAYS, FIELDS
from auditor.claims.readers.x12.remittance_reading import RemittanceReading
from auditor.claims.refusals import NoClaimsInIt
from auditor.claims.sources.intake import Source
from auditor.claims.sources.scan import blocks

__all__ = ["RemittanceReader"]


class RemittanceReader:
    """Reads the remittances of an X12 file; what else the file holds is another reader's."""

    name = "x12"

    def recognises(self, con: duckdb.DuckDBPyConnection, source: Source) -> str | None:
        """`claims` when the file has remittances, wherever they stand in it."""
        kinds = transactions.kinds_of(source)
        return CLAIMS if kinds is not None and kinds.remittances else None

    def stage(
        self,
        con: duckdb.DuckDBPyConnection,
        source: Source,
        options: ReadOptions,
        workspace: Path,
        beside: Mapping[str, tuple[Source, ...]],
    ) -> Staged:
        """Write a row for every service line and for every payment of a whole claim.

        Raises NoClaimsInIt for remittances that answer no claim (only provider adjustments), InputRefused where claims
        stand in the file and none could be read, or where it is cut off before any.
        """
        rows = Rows(workspace, FIELDS)
        reading = RemittanceReading(rows, source.path, options.payer_id)
        reading.run()
        if not rows.line_count and not rows.aside_count:
            rows.close()
            kinds = transactions.kinds_of(source)
            if _has_claim_payments(source.path):
                raise InputRefused(
                    "the file has claim payments (CLP), and none of them could be read",
                    where=source.name,
                    why="Its segments are not cut as its ISA says, or it is damaged throughout.",
                    mend="Ask the sender for the file again.",
                )
            if reading.cut:
                raise InputRefused(
                    "the remittance is cut off before any claim",
                    where=source.name,
                    why="What it pays is missing.",
                    mend="Ask the sender for the file again.",
                )
            if kinds is None or not kinds.claims:
                plb, cents = reading.loops.plb_count, reading.loops.plb_cents
                told = f": it has {plb:,} provider adjustments of {format_usd(cents)} in all" if plb else ""
                raise NoClaimsInIt(
                    f"the remittance answers no claim{told}",
                    where=source.name,
                    why="Provider adjustments (PLB) are money between payer and provider, of no claim."
                    if plb
                    else "",
                    mend="Give it with the claims (837) or remittances that it came with; alone there is nothing to "
                    "audit.",
                )
        return rows.staged(
            con,
            "x12",
            always=ALWAYS,
            modifier_columns=4,
            remittance=True,
            source_rows=reading.loops.claims,
            notes=tuple(f"{source.name}: {note}" for note in reading.notes()),
        )


def _has_claim_payments(path: Path) -> bool:
    """Whether what looks like a CLP segment stands in the file."""
    last = b""
    for block in blocks(path):
        if re.search(rb"(?<![A-Za-z0-9])CLP[^A-Za-z0-9 ]", last + block, re.IGNORECASE):
            return True
        last = block[-4:]
    return False
