"""CMS's Order and Referring list: who may order or refer for Medicare patients, `OrderReferring_2024-05-14.csv`.

Titles: NPI, LAST_NAME, FIRST_NAME, PARTB, DME, HHA, PMD, HOSPICE (which older files lack); flags Y and N; some 1.9
million rows. The header was seen in public readers of the file, the file itself was not. Names are dropped at the
door.

The list has no dates: it is the state of a day, which its name tells or --edition says, and CMS makes a new one twice
a week. An edition answers from its day until the next one begins (until_next), at most for 31 days: beyond that
somebody who is not on it may have enrolled since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from auditor.base.codes import NPI
from auditor.base.periods import Kind as PeriodKind
from auditor.reference.importers.interface import Job, Staged, Table
from auditor.reference.importers.restored import counted
from auditor.reference.importers.stated_days import iso_days
from auditor.reference.importers.titled import Column, TitledImporter
from auditor.reference.names import NameFacts, name_facts

ANSWERS_FOR = timedelta(days=31)


class PecosOrderingImporter(TitledImporter):
    """Providers who may order and refer, by kind of service."""

    title = "Medicare order and referring list (PECOS)"
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table("pecos_ordering", "Providers who may order and refer (PECOS)", "until_next", ("npi",))
    }
    periods: ClassVar[tuple[PeriodKind, ...]] = ("day",)
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {
        "*": (
            Column("npi", ("npi",), "code", NPI, needed=True),
            Column("part_b", ("partb",), "flag", needed=True),
            Column("dme", ("dme",), "flag", needed=True),
            Column("hha", ("hha",), "flag", needed=True),
            Column("pmd", ("pmd",), "flag", needed=True),
            Column("hospice", ("hospice",), "flag", optional=True),
        )
    }
    ignored: ClassVar[frozenset[str]] = frozenset({"lastname", "firstname"})
    marks: ClassVar[Sequence[frozenset[str]]] = (frozenset({"npi", "partb", "dme", "hha", "pmd"}),)

    def named(self, names: Sequence[str]) -> NameFacts:
        """The day in the name."""
        return name_facts(names, iso_days)

    def finished(self, job: Job, staged: Staged) -> None:
        """It answers for a month at most."""
        first, _ = job.bounds
        staged.valid_to = first + ANSWERS_FOR - timedelta(days=1)
        staged.counts |= counted(job, part_b="part_b", dme="dme", hha="hha", pmd="pmd", hospice="hospice")


IMPORTER = PecosOrderingImporter()
