"""Payment limits of Medicare Part B drugs (ASP pricing file) of a quarter: csv, xlsx or tab text.

Eight or so lines of title and notes (`Effective July 1, 2026 through September 30, 2026`), then HCPCS Code, Short
Description, HCPCS Code Dosage, Payment Limit, Co-insurance Percentage (since 2023), Vaccine AWP%, Vaccine Limit,
Blood AWP%, Blood limit, Clotting Factor, Notes. Titles as public readers of the files of 2024 to 2026 name them; the
file itself was not seen. Descriptions are dropped unless kept: those of vaccines are the AMA's. The limit is in US
dollars for one unit of the code's dosage; a code without one is priced by the contractor. CMS calls the list Medicare
Part B payment limit files since 2026, and corrects quarters backwards: a later file of a quarter answers for it. The
files beside it in the zip (not otherwise classified, not payable) have other titles and are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar

from auditor.base.codes import HCPCS
from auditor.reference.importers.interface import Job, Staged, Table
from auditor.reference.importers.quarterly import QuarterlyImporter
from auditor.reference.importers.restored import counted
from auditor.reference.importers.titled import Column

_NOTHING = frozenset({"", "N/A", "NA", "-"})


class AspPriceImporter(QuarterlyImporter):
    """Payment limits of drugs."""

    title = "Medicare Part B drug payment limits (ASP)"
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table(
            "asp_price", "Payment limits of Medicare Part B drugs (ASP)", "period", ("code",), cpt_descriptors=True
        )
    }  # fmt: skip
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {
        "*": (
            Column("code", ("hcpcscode", "hcpcs"), "code", HCPCS, needed=True),
            Column("dosage", ("hcpcscodedosage", "hcpcsdosage")),
            Column("payment_limit", ("paymentlimit",), "decimal", blanks=_NOTHING),
            Column("coinsurance_percent", ("coinsurancepercentage",), "decimal", optional=True, blanks=_NOTHING),
            Column("vaccine_limit", ("vaccinelimit",), "decimal", optional=True, blanks=_NOTHING),
            Column("blood_limit", ("bloodlimit",), "decimal", optional=True, blanks=_NOTHING),
            Column("clotting_factor", ("clottingfactor",), optional=True),
            Column("notes", ("notes",), optional=True),
            Column("description", ("shortdescription", "shortdescriptor"), descriptor=True),
        )
    }  # fmt: skip
    ignored: ClassVar[frozenset[str]] = frozenset({"vaccineawp", "bloodawp"})
    marks: ClassVar[Sequence[frozenset[str]]] = (frozenset({"hcpcscode", "hcpcscodedosage", "paymentlimit"}),)
    begins: ClassVar[Mapping[str, str]] = {
        "paymentlimit": "paymentlimit",
        "coinsurance": "coinsurancepercentage",
    }
    others: ClassVar[re.Pattern[str] | None] = re.compile(
        r"not\s+payable\s+payment|\bNOC\s+pricing", re.IGNORECASE
    )

    def cell(self, column: Column, text: str) -> object:
        """Shares in percent, however written."""
        if column.name != "coinsurance_percent":
            return super().cell(column, text)
        value = super().cell(column, text.replace("%", ""))
        return value * 100 if isinstance(value, Decimal) and "%" not in text and value <= 1 else value

    def finished(self, job: Job, staged: Staged) -> None:
        """How many have no limit."""
        staged.counts |= counted(job, without_limit="payment_limit IS NULL")


IMPORTER = AspPriceImporter()
