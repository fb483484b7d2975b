"""CMS's Medicare Provider and Supplier Taxonomy Crosswalk: which taxonomy codes a Medicare specialty has.

Csv from data.cms.gov (tab text and xlsx read the same). Titles: Medicare Specialty Code, Medicare Provider/Supplier
Type Description, Provider Taxonomy Code, and Provider Taxonomy Description with more or less behind it. Many to many:
a specialty code stands for several types, some without a taxonomy code. Marks of footnotes stand in brackets behind
code or type (`A9[12]`) and are split off into `footnotes` (`12,13`); the footnotes themselves are rows at the end
that begin with `[`, no data and counted as notes. The description of the taxonomy is the NUCC's and is dropped unless
kept.

The file has no date; its name has the month (`..._October_2025.csv`), and each edition answers from its first day until
the next one begins (until_next): rows have no dates, and CMS takes pairs away as well as adding them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import ClassVar

from auditor.base.periods import Kind as PeriodKind
from auditor.reference.importers.interface import Job, Part, Staged, Table
from auditor.reference.importers.nucc_taxonomy import CODE
from auditor.reference.importers.restored import counted, restore_zeros
from auditor.reference.importers.titled import Column, Header, TitledImporter, records_of
from auditor.reference.names import NameFacts, name_facts

_MARK = re.compile(r"\s*\[(\d{1,3})\]")
_NOTE = re.compile(r"\[\d{1,3}\]")
_DESCRIPTION = "providertaxonomydescription"
_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = re.compile(rf"(?<![a-z])({'|'.join(_MONTHS)})[-_ ]*(20\d\d)(?!\d)")
_DAY = re.compile(r"(?<!\d)(20\d\d)-(\d\d)-(\d\d)(?!\d)")


class SpecialtyCrosswalkImporter(TitledImporter):
    """Medicare specialties and provider taxonomy codes."""

    title = "Medicare specialty and taxonomy crosswalk"
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table(
            "specialty_taxonomy",
            "Medicare specialties and their taxonomy codes",
            "until_next",
            ("specialty_code", "provider_type", "taxonomy_code"),
            basis="rebuilt file",
            cpt_descriptors=True,
        )
    }
    periods: ClassVar[tuple[PeriodKind, ...]] = ("day",)
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {
        "*": (
            Column(
                "specialty_code",
                ("medicarespecialtycode",),
                "code",
                re.compile(r"[0-9A-Z]{2}|\d"),
                needed=True,
            ),
            Column(
                "provider_type", ("medicareprovidersuppliertypedescription", "medicareprovidersuppliertype")
            ),
            Column("taxonomy_code", ("providertaxonomycode",), "code", CODE),
            Column("footnotes", (), optional=True),
            Column("description", (_DESCRIPTION,), descriptor=True),
        )
    }
    ignored: ClassVar[frozenset[str]] = frozenset({"classification", "specialization"})
    marks: ClassVar[Sequence[frozenset[str]]] = (
        frozenset({"medicarespecialtycode", "providertaxonomycode"}),
    )

    def named(self, names: Sequence[str]) -> NameFacts:
        """The first day of the month in the name, or the day in it."""
        return name_facts(names, _days)

    def stage(self, job: Job, parts: Sequence[Part]) -> Staged:
        """As every table with titles; footnotes are counted besides."""
        staged = super().stage(job, parts)
        staged.census["notes"] = sum(1 for _, cells in records_of(parts[0]) if _is_note(cells))
        return staged

    def records(self, part: Part) -> Iterable[tuple[int, list[str]]]:
        """Records without the footnotes."""
        return ((line, cells) for line, cells in records_of(part) if not _is_note(cells))

    def finished(self, job: Job, staged: Staged) -> None:
        """Put lost zeros back, and count. Open at the end: a list does not tell when the next one comes."""
        staged.valid_to = None
        restore_zeros(job, staged, "specialty_code", 2, "specialty codes")
        staged.counts |= counted(
            job, without_taxonomy="taxonomy_code IS NULL", with_footnote="footnotes IS NOT NULL"
        )
        for name in ("specialty_code", "taxonomy_code"):
            found = job.con.execute(f"SELECT count(DISTINCT {name}) FROM staged").fetchall()[0][0]
            staged.counts[f"{name}s"] = int(found)

    def _headers(self, rows: Sequence[Sequence[str]]) -> Iterator[tuple[int, list[str]]]:
        for at, titles in super()._headers(rows):
            yield at, [_DESCRIPTION if title.startswith(_DESCRIPTION) else title for title in titles]

    def _typed(
        self, cells: Sequence[str], header: Header, wanted: Sequence[Column]
    ) -> dict[str, object] | str:
        places = [header.places[name] for name in ("specialty_code", "provider_type")]
        marks = [mark for at in places if at < len(cells) for mark in _MARK.findall(cells[at])]
        bare = [_MARK.sub("", cell) if at in places else cell for at, cell in enumerate(cells)]
        values = super()._typed(bare, header, wanted)
        if isinstance(values, dict):
            values["footnotes"] = ",".join(marks) or None
        return values


def _is_note(cells: Sequence[str]) -> bool:
    return bool(cells) and _NOTE.match(cells[0]) is not None


def _days(name: str) -> Iterator[str]:
    for match in _MONTH.finditer(name):
        yield f"{match[2]}-{_MONTHS.index(match[1]) + 1:02d}-01"
    for match in _DAY.finditer(name):
        try:
            yield date(int(match[1]), int(match[2]), int(match[3])).isoformat()
        except ValueError:
            continue


IMPORTER = SpecialtyCrosswalkImporter()
