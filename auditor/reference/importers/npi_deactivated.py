"""The NPPES report of deactivated NPIs: `NPPES Deactivated NPI Report 20240513.xlsx`, or the same saved as csv.

A title line (`NPPES Deactivated Records as of May 13 2024`), then NPI and NPPES Deactivation Date (MM/DD/YYYY): every
NPI that is deactivated and not reactivated, back to 2005, some 350,000. The layout is as several public readers of
the file describe it; the file itself was not seen.

A row is in force, that is the NPI is inactive, from its deactivation on. The newest report answers, by the dates of
its rows (rows), from ever to its newest deactivation: later it knows nothing. An NPI that was inactive and is active
again is on no report; `nppes` has both of its days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import ClassVar

from auditor.base.codes import NPI
from auditor.base.periods import Kind as PeriodKind
from auditor.reference.importers.interface import Job, Staged, Table
from auditor.reference.importers.restored import OPEN_BEGIN
from auditor.reference.importers.titled import Column, TitledImporter


class NpiDeactivatedImporter(TitledImporter):
    """NPIs that are no longer active."""

    title = "NPPES deactivated NPIs"
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table("npi_deactivated", "Deactivated NPIs (NPPES report)", "rows", ("npi",))
    }
    periods: ClassVar[tuple[PeriodKind, ...]] = ()
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {
        "*": (
            Column("npi", ("npi",), "code", NPI, needed=True),
            Column("deactivated_on", (), "date", optional=True),
            Column("effective", ("nppesdeactivationdate",), "date", needed=True),
        )
    }
    marks: ClassVar[Sequence[frozenset[str]]] = (frozenset({"npi", "nppesdeactivationdate"}),)

    def finished(self, job: Job, staged: Staged) -> None:
        """It reaches to its newest deactivation."""
        job.con.execute("UPDATE staged SET deactivated_on = effective")
        newest: date = job.con.execute("SELECT max(effective) FROM staged").fetchall()[0][0]
        staged.valid_from, staged.valid_to, staged.published = OPEN_BEGIN, newest, newest


IMPORTER = NpiDeactivatedImporter()
