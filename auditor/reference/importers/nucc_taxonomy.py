"""The NUCC's health care provider taxonomy: `nucc_taxonomy_251.csv`, or the same as tab text or xlsx.

Titles: Code, Grouping, Classification, Specialization, Definition, Notes, Display Name, Section (Individual or Non-
Individual); an older form also has dates of effect and deactivation. The code set is copyrighted: Definition and
Notes are dropped unless kept, as `description` and `notes`.

The file has no date. The version in its name does: yy and 0 for January, 1 for July (251 is version 25.1, valid from
1 July 2025). A version lists the codes in use then and drops what was retired before, so each answers until the next
one begins (until_next), the last one on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from auditor.base.periods import Kind as PeriodKind
from auditor.reference.importers.interface import Job, Staged, Table
from auditor.reference.importers.restored import counted
from auditor.reference.importers.titled import Column, TitledImporter
from auditor.reference.names import NameFacts, name_facts

CODE = re.compile(r"\d{3}[0-9A-Z]{6}X")
_VERSION = re.compile(r"taxonomy[-_ ]*(?:v(?:ersion)?[-_ ]*)?(\d\d)[._]?([01])(?!\d)")
_SECTION = re.compile("individual|non-individual", re.IGNORECASE)


class NuccTaxonomyImporter(TitledImporter):
    """Provider taxonomy codes."""

    title = "NUCC provider taxonomy"
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table(
            "nucc_taxonomy", "NUCC provider taxonomy codes", "until_next", ("code",), cpt_descriptors=True
        )
    }
    periods: ClassVar[tuple[PeriodKind, ...]] = ("day",)
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {
        "*": (
            Column("code", ("code", "taxonomycode"), "code", CODE, needed=True),
            Column("grouping", ("grouping", "type"), needed=True),
            Column("classification", ("classification",), needed=True),
            Column("specialization", ("specialization",)),
            Column("display_name", ("displayname",), optional=True),
            Column("section", ("section",), "text", _SECTION, optional=True),
            Column("effective", ("effectivedate",), "date", optional=True),
            Column("deleted", ("deactivationdate",), "date", optional=True),
            Column("description", ("definition",), descriptor=True),
            Column("notes", ("notes",), descriptor=True),
        )
    }
    ignored: ClassVar[frozenset[str]] = frozenset({"lastmodifieddate"})
    marks: ClassVar[Sequence[frozenset[str]]] = tuple(
        frozenset({code, grouping, "classification", "specialization"})
        for code in ("code", "taxonomycode")
        for grouping in ("grouping", "type")
    )

    def named(self, names: Sequence[str]) -> NameFacts:
        """The first day of the version."""
        return name_facts(names, _days)

    def finished(self, job: Job, staged: Staged) -> None:
        """Valid from the version's day where nothing else is told; open at the end, until the next version."""
        staged.valid_to = None
        first, _ = job.bounds
        job.con.execute("UPDATE staged SET effective = ? WHERE effective IS NULL", [first])
        staged.counts |= counted(
            job,
            individual="lower(section) = 'individual'",
            non_individual="lower(section) = 'non-individual'",
        )
        staged.mixed = (("individual", "non_individual"),)


def _days(name: str) -> Iterator[str]:
    for match in _VERSION.finditer(name):
        yield f"20{match[1]}-{'07' if match[2] == '1' else '01'}-01"


IMPORTER = NuccTaxonomyImporter()
