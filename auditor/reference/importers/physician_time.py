"""CMS's physician time file of a year, from the rule on the physician fee schedule: xlsx, csv or tab text.

Titles: HCPCS, Pre Evaluation Time, Pre Positioning Time, Pre Service Scrub Dress Wait Time, (Median) Intra Service
Time, Immediate Post Service Time, one column for each kind of visit after surgery (99204, 99211 ... 99292: how many),
Total Time. Titles as a public reader of the file of 2009 and later has them; the file itself was not seen, so an
unknown title refuses it. Times are minutes, those of the typical case, as CMS uses them to set the relative values.

`visits` are the visits inside the global period, `99213:2, 99238:0.5`. `day_minutes` are the minutes of the day of
the service itself, without those visits: the parts before, within and right after. A file answers for its calendar
year (period), which its name or a line above the titles tells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import ClassVar

from auditor.base.codes import HCPCS, MODIFIER
from auditor.base.periods import Kind as PeriodKind
from auditor.reference.importers.interface import Job, Part, Staged, Table
from auditor.reference.importers.stated_days import calendar_years
from auditor.reference.importers.titled import Column, Fault, Header, TitledImporter
from auditor.reference.names import NameFacts, name_facts

_PARTS = ("pre_evaluation", "pre_positioning", "pre_service", "intra", "immediate_post")
_CODES = ("hcpcs", "hcpcscode", "cptcode", "cpt")
_INTRA = ("medianintraservicetime", "intraservicetime")
_VISIT = re.compile(r"\d{5}")


class PhysicianTimeImporter(TitledImporter):
    """Minutes of physicians' services."""

    title = "Physician time"
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table("physician_time", "Physician time of services", "period", ("code", "modifier"))
    }
    periods: ClassVar[tuple[PeriodKind, ...]] = ("year",)
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {
        "*": (
            Column("code", _CODES, "code", HCPCS, needed=True),
            Column("modifier", ("mod", "modifier"), "code", MODIFIER, optional=True),
            Column("pre_evaluation", ("preevaluationtime",), "decimal"),
            Column("pre_positioning", ("prepositioningtime",), "decimal"),
            Column("pre_service", ("preservicescrubdresswaittime",), "decimal"),
            Column("intra", _INTRA, "decimal"),
            Column("immediate_post", ("immediatepostservicetime",), "decimal"),
            Column("visits", (), optional=True),
            Column("day_minutes", (), "decimal", optional=True),
            Column("total", ("totaltime",), "decimal", needed=True),
        )
    }
    ignored: ClassVar[frozenset[str]] = frozenset(
        {"shortdescription", "shortdescriptor", "description", "status"}
    )
    marks: ClassVar[Sequence[frozenset[str]]] = tuple(
        frozenset({code, intra, "immediatepostservicetime", "totaltime"})
        for code in _CODES
        for intra in _INTRA
    )

    def dated(self, above: Sequence[str]) -> tuple[str | None, date | None]:
        """The calendar year that the lines above the titles tell."""
        years = {year for line in above for year in calendar_years(line)}
        return (years.pop() if len(years) == 1 else None), None

    def named(self, names: Sequence[str]) -> NameFacts:
        """The calendar year in the name."""
        return name_facts(names, calendar_years)

    def finished(self, job: Job, staged: Staged) -> None:
        """Totals that are less than their parts are no times."""
        less = job.con.execute("SELECT count(*) FROM staged WHERE total < day_minutes").fetchall()[0][0]
        if less:
            staged.suspicions.append(f"{less:,} totals are less than the minutes of the day itself")

    def _places(self, part: Part, titles: Sequence[str], variant: str) -> Header:
        visits = {title: at for at, title in enumerate(titles) if _VISIT.fullmatch(title)}
        bare = ["" if title in visits else title for title in titles]
        header = super()._places(part, bare, variant)
        return Header({**header.places, **visits}, header.width)

    def _typed(
        self, cells: Sequence[str], header: Header, wanted: Sequence[Column]
    ) -> dict[str, object] | str:
        values = super()._typed(cells, header, wanted)
        if isinstance(values, str):
            return values
        visits = []
        for code in sorted(name for name in header.places if _VISIT.fullmatch(name)):
            at = header.places[code]
            count = self.cell(Column(code, (), "decimal"), cells[at] if at < len(cells) else "")
            if isinstance(count, Fault):
                return "visits are not a number"
            if isinstance(count, Decimal) and count:
                visits.append(f"{code}:{count.normalize():f}")
        minutes = [value for name in _PARTS if isinstance(value := values[name], Decimal)]
        values["visits"] = ", ".join(visits) or None
        values["day_minutes"] = sum(minutes, Decimal(0)) if minutes else None
        return values


IMPORTER = PhysicianTimeImporter()
