"""Clinical laboratory fee schedule of a quarter: `PUF_CLFS_CY2026_Q2V1.csv`, or the same as xlsx or tab text.

Some lines of title and copyright, then YEAR, HCPCS, MOD, EFF_DATE, INDICATOR, RATE, SHORTDESC, LONGDESC,
EXTENDEDLONGDESC (in 2026; earlier years may lack the last). The header was seen in public readers of the file, the
file itself was not. Descriptors are the AMA's and are dropped unless kept (the long one). Of a code with a modifier
(QW) there is a row besides the one without. A row holds from EFF_DATE on (YYYYMMDD). RATE is in US dollars.

The name tells the quarter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from auditor.base.codes import HCPCS, MODIFIER
from auditor.reference.importers.interface import Job, Staged, Table
from auditor.reference.importers.quarterly import QuarterlyImporter
from auditor.reference.importers.restored import counted
from auditor.reference.importers.titled import Column


class ClfsImporter(QuarterlyImporter):
    """Laboratory tests and their national rates."""

    title = "Clinical laboratory fee schedule"
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table(
            "clfs",
            "Clinical laboratory fee schedule",
            "period",
            ("code", "modifier", "effective"),
            cpt_descriptors=True,
        )
    }
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {
        "*": (
            Column("code", ("hcpcs", "hcpcscode"), "code", HCPCS, needed=True),
            Column("modifier", ("mod", "modifier"), "code", MODIFIER),
            Column("indicator", ("indicator",), "code", re.compile(r"[A-Z0-9]"), optional=True),
            Column("rate", ("rate", "paymentrate"), "decimal"),
            Column("effective", ("effdate", "effectivedate"), "date", needed=True),
            Column("description", ("longdesc", "longdescription"), descriptor=True),
        )
    }
    ignored: ClassVar[frozenset[str]] = frozenset(
        {"year", "shortdesc", "shortdescription", "extendedlongdesc"}
    )
    marks: ClassVar[Sequence[frozenset[str]]] = tuple(
        frozenset({code, "mod", "effdate", "rate"}) for code in ("hcpcs", "hcpcscode")
    )

    def finished(self, job: Job, staged: Staged) -> None:
        """It answers for its quarter, whatever the oldest rate is."""
        staged.valid_from = job.bounds[0]
        staged.counts |= counted(
            job, with_modifier="modifier IS NOT NULL", without_rate="coalesce(rate, 0) = 0"
        )


IMPORTER = ClfsImporter()
