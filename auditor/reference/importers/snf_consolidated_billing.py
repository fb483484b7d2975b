"""What is paid outside the consolidated billing of a skilled nursing facility, a list of the user's own.

CMS publishes the lists each year as several files (for physicians' services, professional components, ambulance and
therapy, and for facilities the major categories I to V), in layouts that change and were not seen. So the table is
made from them by hand: docs/own_tables.md. Titles: snf_list, code, modifier, effective, ended, source. `snf_list` is
one of physician, professional_component, ambulance, therapy, category_1 to category_5, in CMS's sense: the lists
physician, professional_component and ambulance, and the categories 1 to 4, are of services paid outside; therapy and
category 5 are of services that the facility bills even when no covered stay is running. `modifier` narrows a row to
that modifier.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from auditor.base.codes import HCPCS, MODIFIER
from auditor.reference.importers.interface import Job, Staged, Table
from auditor.reference.importers.own_list import DAYS, OwnListImporter
from auditor.reference.importers.titled import Column

_LISTS = re.compile("physician|professional_component|ambulance|therapy|category_[1-5]")


class SnfConsolidatedBillingImporter(OwnListImporter):
    """Codes by the list on which they stand."""

    title = "SNF consolidated billing of the user"
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table(
            "snf_consolidated_billing",
            "SNF consolidated billing",
            "rows",
            ("code", "snf_list", "modifier", "effective"),
            basis="official file",
        )
    }
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {
        "*": (
            Column("snf_list", ("snflist",), "code", _LISTS, needed=True),
            Column("code", ("code",), "code", HCPCS, needed=True),
            Column("modifier", ("modifier",), "code", MODIFIER, optional=True),
            *DAYS,
        )
    }
    marks: ClassVar[Sequence[frozenset[str]]] = (frozenset({"snflist", "code"}),)
    same: ClassVar[tuple[str, ...]] = ("snf_list", "code", "modifier")

    def finished(self, job: Job, staged: Staged) -> None:
        """How many codes each list has."""
        for name, count in job.con.execute(
            "SELECT snf_list, count(*) FROM staged GROUP BY 1 ORDER BY 1"
        ).fetchall():
            staged.counts[str(name)] = int(count)


IMPORTER = SnfConsolidatedBillingImporter()
