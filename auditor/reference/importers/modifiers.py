"""A list of modifiers: csv, tab text or xlsx with a column Modifier (or Mod) and one Description.

There is no official list of CPT modifiers that is open: their texts are the AMA's and are dropped unless kept. The
Level II modifiers with CMS's texts stand in the HCPCS file (`hcpcs`). Where the list has dates, a modifier is valid
from the first to the last of them, inclusive. A list has no edition; the newest answers by its rows (rows), from ever
for rows without a beginning. A modifier may stand once in each category.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from auditor.base.periods import Kind as PeriodKind
from auditor.reference.importers.interface import Job, Staged, Table
from auditor.reference.importers.restored import OPEN_BEGIN, counted
from auditor.reference.importers.titled import Column, TitledImporter

_CODES = ("modifier", "mod", "modifiercode", "modcode")
_TEXTS = ("description", "modifierdescription", "moddescription", "descriptor")
# Titles of tables in which a modifier goes with a procedure.
_FOREIGN = frozenset(
    {"hcpcs", "hcpc", "hcpcscode", "hcpcscptcode", "cpt", "cptcode", "code", "procedurecode", "recid"}
)


class ModifiersImporter(TitledImporter):
    """Modifiers of CPT and HCPCS."""

    title = "Modifiers"
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table("modifiers", "CPT and HCPCS modifiers", "rows", ("code", "category"), cpt_descriptors=True)
    }
    periods: ClassVar[tuple[PeriodKind, ...]] = ()
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {
        "*": (
            Column("code", _CODES, "code", re.compile(r"[0-9A-Z]{2}"), needed=True),
            Column("level", ("level", "modifiertype", "modtype", "type"), optional=True),
            Column("category", ("category", "modifiercategory", "modcategory"), optional=True),
            Column("description", _TEXTS, descriptor=True),
            Column(
                "effective", ("effective", "effectivedate", "effdate", "startdate", "adddate", "adddt"),
                "date", optional=True,
            ),
            Column(
                "deleted", ("termination", "terminationdate", "termdate", "termdt", "enddate", "deletiondate"),
                "date", optional=True,
            ),
        )
    }  # fmt: skip
    marks: ClassVar[Sequence[frozenset[str]]] = tuple(
        frozenset({code, text}) for code in _CODES for text in _TEXTS
    )

    def finished(self, job: Job, staged: Staged) -> None:
        """Counts of the kinds of modifier, and dates that cannot be."""
        staged.counts |= counted(
            job, numeric="regexp_full_match(code, '[0-9]{2}')", ended="deleted IS NOT NULL"
        )
        staged.census |= counted(job, ended_before_begun="deleted < effective")
        if staged.census["ended_before_begun"]:
            staged.suspicions.append(
                f"{staged.census['ended_before_begun']:,} rows that end before they begin"
            )
        if counted(job, open="effective IS NULL")["open"]:
            staged.valid_from = OPEN_BEGIN

    def _headers(self, rows: Sequence[Sequence[str]]) -> Iterator[tuple[int, list[str]]]:
        return ((at, titles) for at, titles in super()._headers(rows) if not _FOREIGN & set(titles))


IMPORTER = ModifiersImporter()
