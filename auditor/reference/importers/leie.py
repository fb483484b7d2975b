"""OIG's List of Excluded Individuals and Entities (LEIE): the monthly full list, `UPDATED.csv`.

Titles: LASTNAME, FIRSTNAME, MIDNAME, BUSNAME, GENERAL, SPECIALTY, UPIN, NPI, DOB, ADDRESS, CITY, STATE, ZIP,
EXCLTYPE, EXCLDATE, REINDATE, WAIVERDATE, WVRSTATE; all cells quoted, days YYYYMMDD, 00000000 for none, NPI 0000000000
where it is not known, exclusion types as `1128a1` or `BRCH CIA`. The header and first rows were seen in public copies
of the live file, the file itself was not.

A claim names its providers by NPI, and so does a rule. Stored are therefore rows with an NPI only, with nothing of
the person: names, birth dates and addresses are dropped at the door (a name is no proof, and a library that holds
names is one more place to guard). How many rows have no NPI is counted and told in every report: that nothing was
found does not clear a provider. Exclusions of one NPI that overlap are one row, with all their types.

A row is in force from EXCLDATE to the day before REINDATE. The list holds the exclusions in effect when it was made,
and each month's replaces the one before, so the newest answers, by the dates of its rows (rows), from ever to the end
of the month of its newest exclusion: later it cannot know who was reinstated. Who was reinstated before it was made
is not on it; `--as-of` asks an older list. The file states no day: that last day stands for its publication unless
`--published` says another.

OIG's monthly supplements (exclusions, reinstatements) have the same titles and are refused: taken for the list they
would clear everybody else.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import ClassVar

from auditor.base.codes import NPI
from auditor.base.periods import Kind as PeriodKind
from auditor.reference.importers.interface import Job, Part, Staged, Table
from auditor.reference.importers.restored import OPEN_BEGIN, counted
from auditor.reference.importers.titled import Column, TitledImporter

_NO_DAY = frozenset({"", "0", "00000000"})
_NO_NPI = frozenset({"", "0", "0000000000"})
_MANY_MONTHS = 2
_DROPPED = "lastname firstname midname general specialty upin dob address city state zip"
# Exclusions of one NPI that overlap, or follow day on day, as one.
_MERGED = """
    WITH known AS (
            SELECT npi, exclusion_types, is_entity, effective, waiver_date, waiver_states,
                   coalesce(deleted, DATE '9999-12-31') AS deleted
            FROM staged WHERE npi IS NOT NULL AND effective IS NOT NULL
              AND (deleted IS NULL OR deleted >= effective)),
         reach AS (
            SELECT *, max(deleted) OVER (PARTITION BY npi ORDER BY effective, deleted
                                         ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
            FROM known),
         islands AS (
            SELECT *, count(*) FILTER (WHERE before IS NULL OR effective - 1 > before) OVER (
                PARTITION BY npi ORDER BY effective, deleted ROWS UNBOUNDED PRECEDING) AS island
            FROM reach)
    SELECT npi, string_agg(DISTINCT exclusion_types, ', ' ORDER BY exclusion_types) AS exclusion_types,
           bool_and(is_entity) AS is_entity, min(effective) AS excluded_on,
           nullif(max(deleted), DATE '9999-12-31') + 1 AS reinstated_on, max(waiver_date) AS waiver_date,
           string_agg(DISTINCT waiver_states, ', ' ORDER BY waiver_states) AS waiver_states,
           min(effective) AS effective, nullif(max(deleted), DATE '9999-12-31') AS deleted
    FROM islands GROUP BY npi, island"""


class LeieImporter(TitledImporter):
    """Excluded providers by NPI."""

    title = "OIG list of excluded individuals and entities (LEIE)"
    tables: ClassVar[Mapping[str, Table]] = {
        "*": Table("leie", "Individuals and entities excluded by the OIG", "rows", ("npi", "effective"))
    }
    periods: ClassVar[tuple[PeriodKind, ...]] = ()
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {
        "*": (
            Column("npi", ("npi",), "code", NPI, blanks=_NO_NPI),
            Column(
                "exclusion_types",
                ("excltype",),
                "code",
                re.compile(r"[0-9A-Z][0-9A-Za-z() ]{3,13}"),
                needed=True,
            ),
            Column("is_entity", ("busname",), "flag"),
            Column("excluded_on", (), "date", optional=True),
            Column("reinstated_on", (), "date", optional=True),
            Column("waiver_date", ("waiverdate",), "date", blanks=_NO_DAY),
            Column("waiver_states", ("wvrstate",), "code"),
            Column("effective", ("excldate",), "date", needed=True),
            Column("deleted", ("reindate",), "date", blanks=_NO_DAY),
        )
    }
    ignored: ClassVar[frozenset[str]] = frozenset(_DROPPED.split())
    marks: ClassVar[Sequence[frozenset[str]]] = (frozenset({"npi", "excltype", "excldate", "reindate"}),)

    def cell(self, column: Column, text: str) -> object:
        """A business name only tells that it is an entity; the day of reinstatement is no day of exclusion any more."""
        if column.name == "is_entity":
            return bool(text.strip())
        return super().cell(column, text)

    def refined(self, job: Job, parts: Sequence[Part], rows: int) -> int:
        """Keep what has an NPI, overlapping exclusions as one; leave in `leie_seen` what the whole list shows."""
        job.con.execute("UPDATE staged SET deleted = deleted - 1 WHERE deleted IS NOT NULL")
        job.con.execute(
            "CREATE OR REPLACE TEMP TABLE leie_seen AS SELECT count(*) AS listed, "
            "count(*) FILTER (WHERE npi IS NULL) AS without_npi, max(effective) AS newest, "
            "count(DISTINCT date_trunc('month', effective)) AS months, "
            "count(*) FILTER (WHERE deleted IS NOT NULL) AS reinstated FROM staged"
        )
        job.con.execute(f"CREATE OR REPLACE TEMP TABLE leie_merged AS {_MERGED}")
        job.con.execute("DELETE FROM staged")
        job.con.execute("INSERT INTO staged BY NAME SELECT * FROM leie_merged")
        job.con.execute("DROP TABLE leie_merged")
        return int(job.con.execute("SELECT count(*) FROM staged").fetchall()[0][0])

    def finished(self, job: Job, staged: Staged) -> None:
        """How far the list reaches, how much of it cannot be found by NPI, and whether it is a supplement."""
        listed, without, newest, months, reinstated = job.con.execute("FROM leie_seen").fetchall()[0]
        job.con.execute("DROP TABLE leie_seen")
        end = date(newest.year, newest.month, calendar.monthrange(newest.year, newest.month)[1])
        staged.valid_from, staged.valid_to, staged.published = OPEN_BEGIN, end, end
        staged.counts |= counted(
            job, entities="is_entity", reinstated="deleted IS NOT NULL", waived="waiver_date IS NOT NULL"
        )
        staged.census |= {"listed": int(listed), "without_npi": int(without)}
        staged.remarks.append(
            f"{without:,} of {listed:,} exclusions on the list have no NPI: claims cannot be held against them"
        )
        if reinstated == listed:
            staged.suspicions.append("every row has a reinstatement: it is a supplement and not the list")
        elif months < _MANY_MONTHS:
            staged.suspicions.append("all exclusions are of one month: it is a supplement and not the list")


IMPORTER = LeieImporter()
