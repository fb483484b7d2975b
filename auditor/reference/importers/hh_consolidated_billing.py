"""Codes subject to home health consolidated billing, a list of the user's own (docs/own_tables.md).

CMS publishes a workbook, the Home Health Consolidated Billing Master Code List: by its page (read in a stored copy of
November 2022) one worksheet has every code ever subject to it with the days on which it was included and excluded,
the transmittals, and its predecessors and successors. Its titles were not seen, so the table is made from it by hand.
Titles: hh_category (`therapy` or `supplies`), code, effective, ended, source.

A row is in force on the days on which the code was subject to consolidated billing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from auditor.base.codes import HCPCS
from auditor.reference.importers.interface import Job, Staged, Table
from auditor.reference.importers.own_list import DAYS, OwnListImporter
from auditor.reference.importers.restored import counted
from auditor.reference.importers.titled import Column


class HhConsolidatedBillingImporter(OwnListImporter):
    """Therapy and supplies of a home health period."""

    title = "Home health consolidated billing of the user"
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table(
            "hh_consolidated_billing",
            "Home health consolidated billing",
            "rows",
            ("code", "effective"),
            basis="official file",
        )
    }
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {
        "*": (
            Column("hh_category", ("hhcategory",), "code", re.compile("therapy|supplies"), needed=True),
            Column("code", ("code",), "code", HCPCS, needed=True),
            *DAYS,
        )
    }
    marks: ClassVar[Sequence[frozenset[str]]] = (frozenset({"hhcategory", "code"}),)
    same: ClassVar[tuple[str, ...]] = ("code",)

    def finished(self, job: Job, staged: Staged) -> None:
        """How many of each category."""
        staged.counts |= counted(job, therapy="hh_category = 'therapy'", supplies="hh_category = 'supplies'")


IMPORTER = HhConsolidatedBillingImporter()
