"""DMEPOS fee schedule of a quarter: category, ceiling and floor of each code of equipment and supplies. Csv, xlsx,
tab.

Lines of title (`January 2025 Fee Schedule`), then HCPCS, Mod, Mod2, JURIS, CATG, Ceiling, Floor, two columns for each
state (`AL (NR)`, `AL (R)`; one before 2016), Description. Titles as public readers of the file name them; the file
itself was not seen. Kept are code, both modifiers (NU new, UE used, RR rental), jurisdiction (D supplier contractor,
L local, J joint), category (CR capped rental, IN inexpensive, FS frequent servicing, OS ostomy, PO prosthetics, SD
surgical dressings, SU supplies, OX oxygen, TE TENS, ...), ceiling and floor in US dollars. Fees of the states are not
kept: no rule reprices equipment yet. The files beside it in the zip (enteral nutrition, former bidding areas, ZIP
codes) are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from auditor.base.codes import HCPCS, MODIFIER
from auditor.reference.importers.interface import Job, Staged, Table
from auditor.reference.importers.quarterly import QuarterlyImporter
from auditor.reference.importers.titled import Column

_STATES = (
    "al ar az ca co ct dc de fl ga ia id il in ks ky la ma md me mi mn mo ms mt nc nd ne nh nj nm nv ny oh ok or pa ri "
    "sc sd tn tx ut va vt wa wi wv wy ak hi pr vi gu mp as"
).split()


class DmeposFeeImporter(QuarterlyImporter):
    """Codes of equipment and supplies with their payment category."""

    title = "DMEPOS fee schedule"
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table(
            "dmepos_fee", "DMEPOS fee schedule", "period", ("code", "modifier", "modifier_2"), cpt_descriptors=True
        )
    }  # fmt: skip
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {
        "*": (
            Column("code", ("hcpcs", "hcpcscode"), "code", HCPCS, needed=True),
            Column("modifier", ("mod", "mod1", "modifier"), "code", MODIFIER),
            Column("modifier_2", ("mod2",), "code", MODIFIER, optional=True),
            Column("jurisdiction", ("juris", "jurisdiction"), "code", re.compile(r"[A-Z]")),
            Column("category", ("catg", "category"), "code", re.compile(r"[A-Z0-9]{2}")),
            Column("ceiling", ("ceiling",), "decimal", optional=True),
            Column("floor", ("floor",), "decimal", optional=True),
            Column("description", ("description", "shortdescription"), descriptor=True),
        )
    }
    ignored: ClassVar[frozenset[str]] = frozenset(
        f"{state}{kind}" for state in _STATES for kind in ("", "nr", "r")
    )
    marks: ClassVar[Sequence[frozenset[str]]] = tuple(
        frozenset({code, "mod", "juris", "catg"}) for code in ("hcpcs", "hcpcscode")
    )
    others: ClassVar[re.Pattern[str] | None] = re.compile(r"\benteral|DMEPEN|bidding area", re.IGNORECASE)

    def finished(self, job: Job, staged: Staged) -> None:
        """How many of each category."""
        for category, count in job.con.execute(
            "SELECT coalesce(category, 'none'), count(*) FROM staged GROUP BY 1 ORDER BY 1"
        ).fetchall():
            staged.census[f"category_{category}"] = int(count)


IMPORTER = DmeposFeeImporter()
