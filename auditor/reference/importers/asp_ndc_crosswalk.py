"""ASP crosswalk of a quarter: which national drug codes (NDC) belong to a HCPCS code, and how many units a package
has.

Csv, xlsx or tab text. Lines of title and notes, then `_2025_CODE` (in 2026 `HCPCS Level II Code ...`), Short
Description, LABELER NAME, NDC or NDC2, Drug Name, HCPCS dosage, PKG SIZE, PKG QTY, BILLUNITS, BILLUNITSPKG. Titles as
public readers of the files of 2023 to 2026 and CMS's questions and answers of March 2026 name them; the file itself
was not seen. NDCs are written 5-4-2 and stored as their eleven digits, as claim lines have them. `billing_units` is
how many units of the code one unit of the product has, `billing_units_per_package` how many the package has. The
crosswalks beside it in the zip (AWP, OPPS, NOC, PrEP) say so above their titles and are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from auditor.base.codes import HCPCS
from auditor.reference.importers.interface import Job, Part, Table
from auditor.reference.importers.quarterly import QuarterlyImporter
from auditor.reference.importers.titled import Column

_CODE = "code"
_YEAR_CODE = re.compile(r"20\d\dcode|hcpcsleveliicode.*")


class AspNdcCrosswalkImporter(QuarterlyImporter):
    """NDCs of drug codes."""

    title = "ASP NDC-HCPCS crosswalk"
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table(
            "asp_ndc_crosswalk", "ASP NDC-HCPCS crosswalk", "period", ("code", "ndc"), cpt_descriptors=True
        )
    }
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {
        "*": (
            Column("code", (_CODE, "hcpcscode"), "code", HCPCS, needed=True),
            Column("ndc", ("ndc2", "ndc"), "code", re.compile(r"\d{5}-\d{4}-\d{2}|\d{11}"), needed=True),
            Column("labeler", ("labelername", "labeler")),
            Column("drug_name", ("drugname",)),
            Column("dosage", ("hcpcsdosage",)),
            Column("package_size", ("pkgsize", "packagesize"), "decimal"),
            Column("package_quantity", ("pkgqty", "packagequantity"), "decimal"),
            Column("billing_units", ("billunits",), "decimal"),
            Column("billing_units_per_package", ("billunitspkg",), "decimal"),
            Column("description", ("shortdescription", "shortdescriptor"), descriptor=True),
        )
    }
    marks: ClassVar[Sequence[frozenset[str]]] = tuple(
        frozenset({code, ndc, "billunits", "billunitspkg"})
        for code in (_CODE, "hcpcscode")
        for ndc in ("ndc2", "ndc")
    )
    begins: ClassVar[Mapping[str, str]] = {"shortdescription": "shortdescription"}
    others: ClassVar[re.Pattern[str] | None] = re.compile(
        r"\b(?:AWP|OPPS|NOC|PrEP)\b.*crosswalk", re.IGNORECASE
    )

    def cell(self, column: Column, text: str) -> object:
        """NDCs as digits."""
        value = super().cell(column, text)
        return value.replace("-", "") if column.name == "ndc" and isinstance(value, str) else value

    def refined(self, job: Job, parts: Sequence[Part], rows: int) -> int:
        """A row that stands twice is one."""
        job.con.execute("CREATE OR REPLACE TEMP TABLE staged AS SELECT DISTINCT * FROM staged")
        return int(job.con.execute("SELECT count(*) FROM staged").fetchall()[0][0])

    def _read_as(self, title: str) -> str:
        return _CODE if _YEAR_CODE.fullmatch(title) else super()._read_as(title)


IMPORTER = AspNdcCrosswalkImporter()
