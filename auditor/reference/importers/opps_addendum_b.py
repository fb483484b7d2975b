"""OPPS Addendum B of a quarter: status indicator, APC and payment rate of every HCPCS code. Csv, tab text or xlsx.

Lines of title and copyright, then HCPCS Code, Short Descriptor, SI, APC, Relative Weight, Payment Rate, National
Unadjusted Copayment, Minimum Unadjusted Copayment, and more or less behind it: IRA Coinsurance Percentage, Adjusted
Beneficiary Copayment, Drug and Device Pass-Through Expiration, notes, `* Indicates a Change`. Titles as public copies
of 2020, 2023 and 2026 have them; the file itself was not seen. Descriptors are the AMA's and are dropped unless kept.
Money is written `$3,307.24`; it is that of the national rate, without wage index.

Names tell the quarter (`January 2024 Addendum B.csv`, `july-2026-opps-addendum-b.zip`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from auditor.base.codes import HCPCS
from auditor.reference.importers.interface import Job, Staged, Table
from auditor.reference.importers.quarterly import QuarterlyImporter
from auditor.reference.importers.restored import restore_zeros
from auditor.reference.importers.titled import Column

_NOTHING = frozenset({"", ".", "-", "$-", "$ -", "N/A"})


class OppsAddendumBImporter(QuarterlyImporter):
    """What Medicare's outpatient hospital payment does with each code."""

    title = "OPPS Addendum B"
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table(
            "opps_addendum_b",
            "OPPS Addendum B: status indicators and payment rates",
            "period",
            ("code",),
            cpt_descriptors=True,
        )
    }
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {
        "*": (
            Column("code", ("hcpcscode", "hcpcs", "cpthcpcs", "hcpcscptcode"), "code", HCPCS, needed=True),
            Column(
                "status_indicator",
                ("si", "statusindicator"),
                "code",
                re.compile(r"[A-Z][A-Z0-9]?"),
                needed=True,
            ),
            Column("apc", ("apc",), "code", re.compile(r"\d{1,5}"), blanks=_NOTHING),
            Column("relative_weight", ("relativeweight",), "decimal", blanks=_NOTHING),
            Column("payment_rate", ("paymentrate",), "decimal", blanks=_NOTHING),
            Column("national_copayment", ("nationalunadjustedcopayment",), "decimal", blanks=_NOTHING),
            Column("minimum_copayment", ("minimumunadjustedcopayment",), "decimal", blanks=_NOTHING),
            Column("pass_through_ends", ("drugpassthroughexpiration",), optional=True),
            Column(
                "description",
                ("shortdescriptor", "descriptor", "shortdescription", "description"),
                descriptor=True,
            ),
        )
    }
    ignored: ClassVar[frozenset[str]] = frozenset(
        {"note", "change", "ci", "iracoinsurancepercentage", "adjusted"}
    )
    marks: ClassVar[Sequence[frozenset[str]]] = tuple(
        frozenset({code, indicator, "apc", "paymentrate"})
        for code in ("hcpcscode", "hcpcs", "cpthcpcs", "hcpcscptcode")
        for indicator in ("si", "statusindicator")
    )
    begins: ClassVar[Mapping[str, str]] = {
        "note": "note",
        "indicatesachange": "change",
        "iracoinsurance": "iracoinsurancepercentage",
        "adjustedbeneficiary": "adjusted",
        "druganddevicepassthrough": "drugpassthroughexpiration",
        "drugpassthrough": "drugpassthroughexpiration",
    }

    def finished(self, job: Job, staged: Staged) -> None:
        """Put lost zeros of APCs back, and count the status indicators."""
        restore_zeros(job, staged, "apc", 4, "APCs")
        for indicator, count in job.con.execute(
            "SELECT status_indicator, count(*) FROM staged GROUP BY 1 ORDER BY 1"
        ).fetchall():
            staged.census[f"status_{indicator}"] = int(count)


IMPORTER = OppsAddendumBImporter()
