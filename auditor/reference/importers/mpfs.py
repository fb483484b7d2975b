"""Relative values of the physician fee schedule (PPRRVU): csv, xlsx, or fixed-width text of 171 characters.

Titles stand split over five lines (6 to 10) and are joined from top to bottom; the last line alone repeats itself.
31 columns until 2025, 32 from 2026 on (PRIC IND after TEAM SURG). From 2026 on a release has two files, one for
participants of an advanced payment model (QPP, PRIC IND 1) and one for all others (non-QPP, PRIC IND 9), each with its
own conversion factor: they are two tables, and neither answers for the other. `mpfs_rvu` is the one for all others.

RVUs and the conversion factor (dollars) are decimals, indicators text with their leading zeros. Title line 1 tells year
and month of the release, line 5 the day of release; the fixed-width text tells neither. An edition answers from its
quarter's first day until the next one begins, at most to the end of the year. RVU24AR holds from 2024-03-09: the file
does not say so, the user must (`--edition 2024-03-09`).

Layout: PPRRVU25_JAN.csv and .txt, PPRRVU2026_Jul_nonQPP.csv, CMS record layout in RVUyyA.pdf. The fixed-width text has
the mark `+` (not used for Medicare payment) at position 59.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import ClassVar

from auditor.base.errors import InputRefused
from auditor.base.periods import Kind as PeriodKind
from auditor.reference.importers.interface import Job, Part, Peek, Recognised, Staged, Table
from auditor.reference.importers.mpfs_layouts import (
    FIXED,
    RESTORED,
    ReleaseImporter,
    Repairs,
    corrects,
    quarters_stated,
)
from auditor.reference.importers.titled import Column, Header, as_date

NON_QPP, QPP = "non_qpp", "qpp"
_PRIC_IND = {"9": NON_QPP, "1": QPP}
_FIRST_YEAR_OF_TWO = 2026

_CODE = re.compile(r"[0-9A-Z]{5}")
_TWO = re.compile(r"[0-9A-Z]{2}")
_THREE = re.compile(r"[0-9A-Z]{3}")
_ONE = re.compile(r"[0-9A-Z]")
_NA = re.compile(r"NA")

_TITLE = re.compile(
    r"((?:19|20)\d\d) national physician fee schedule relative value file\s+(january|april|july|october) release",
    re.IGNORECASE,
)
_QUARTERS = {"january": 1, "april": 2, "july": 3, "october": 4}
_RELEASED = re.compile(r"\breleased (\d{1,2}/\d{1,2}/\d{4})", re.IGNORECASE)
_NAMED_QPP = re.compile(r"(non[-_ ]?)?qpp", re.IGNORECASE)


def _indicator(name: str, title: str, shape: re.Pattern[str], *, needed: bool = False) -> Column:
    return Column(name, (title,), "text", shape, needed)


def _number(name: str, title: str, *, needed: bool = False) -> Column:
    return Column(name, (title,), "decimal", needed=needed)


COLUMNS = (
    Column("code", ("hcpcs",), "code", _CODE, needed=True),
    Column("modifier", ("mod",), "code", _TWO),
    Column("description", ("description",), descriptor=True),
    _indicator("status_code", "statuscode", re.compile(r"[A-Z]"), needed=True),
    _indicator("not_used_for_medicare_payment", "notusedformedicarepayment", re.compile(r"\+")),
    _number("work_rvu", "workrvu"),
    _number("non_fac_pe_rvu", "nonfacpervu"),
    _indicator("non_fac_na_indicator", "nonfacnaindicator", _NA),
    _number("facility_pe_rvu", "facilitypervu"),
    _indicator("facility_na_indicator", "facilitynaindicator", _NA),
    _number("mp_rvu", "mprvu"),
    _number("non_facility_total", "nonfacilitytotal"),
    _number("facility_total", "facilitytotal"),
    _indicator("pctc_ind", "pctcind", _ONE),
    _indicator("glob_days", "globdays", _THREE),
    _number("pre_op", "preop"),
    _number("intra_op", "intraop"),
    _number("post_op", "postop"),
    _indicator("mult_proc", "multproc", _ONE),
    _indicator("bilat_surg", "bilatsurg", _ONE),
    _indicator("asst_surg", "asstsurg", _ONE),
    _indicator("co_surg", "cosurg", _ONE),
    _indicator("team_surg", "teamsurg", _ONE),
    Column("pric_ind", ("pricind",), "text", _ONE, optional=True),
    Column("endo_base", ("endobase",), "code", _CODE),
    _number("conv_factor", "convfactor", needed=True),
    _indicator("physician_supervision", "physiciansupervisionofdiagnosticprocedures", _TWO),
    _indicator("calculation_flag", "calculationflag", _ONE),
    _indicator("diagnostic_imaging_family", "diagnosticimagingfamilyindicator", _TWO),
    _number("opps_non_facility_pe_amount", "nonfacilitypeusedforoppspaymentamount"),
    _number("opps_facility_pe_amount", "facilitypeusedforoppspaymentamount"),
    _number("opps_mp_amount", "mpusedforoppspaymentamount"),
    RESTORED,
)
# Positions of the record layout, less one.
_SLICES: Mapping[str, slice] = {
    "code": slice(0, 5),
    "modifier": slice(5, 7),
    "description": slice(7, 57),
    "status_code": slice(57, 58),
    "not_used_for_medicare_payment": slice(58, 59),
    "work_rvu": slice(59, 65),
    "non_fac_pe_rvu": slice(66, 72),
    "non_fac_na_indicator": slice(72, 74),
    "facility_pe_rvu": slice(75, 81),
    "facility_na_indicator": slice(81, 83),
    "mp_rvu": slice(84, 89),
    "non_facility_total": slice(90, 96),
    "facility_total": slice(96, 102),
    "pctc_ind": slice(102, 103),
    "glob_days": slice(103, 106),
    "pre_op": slice(106, 109),
    "intra_op": slice(109, 112),
    "post_op": slice(112, 115),
    "mult_proc": slice(115, 116),
    "bilat_surg": slice(116, 117),
    "asst_surg": slice(117, 118),
    "co_surg": slice(118, 119),
    "team_surg": slice(119, 120),
    "endo_base": slice(127, 132),
    "conv_factor": slice(132, 140),
    "physician_supervision": slice(141, 143),
    "calculation_flag": slice(143, 144),
    "diagnostic_imaging_family": slice(145, 147),
    "opps_non_facility_pe_amount": slice(151, 157),
    "opps_facility_pe_amount": slice(158, 164),
    "opps_mp_amount": slice(165, 171),
}
_RECORD = re.compile(
    r"[0-9A-Z]{5}(?:  |[0-9A-Z]{2}).{50}[A-Z].[ \d]{3}\.\d\d [ \d]{3}\.\d\d.{3}[ \d]{3}\.\d\d.{3}"
    r"[ \d]{2}\.\d\d [ \d]{3}\.\d\d[ \d]{3}\.\d\d.{30}[ \d]{3}\.\d{4}.{31}"
)
_BEYOND = 100_000
_NUMBERS = tuple(c.name for c in COLUMNS if c.kind == "decimal")
_MODIFIERS = {"none": "modifier IS NULL", **{m.lower(): f"modifier = '{m}'" for m in ("26", "TC", "53")}}


def _table(name: str, told: str) -> Table:
    return Table(
        name,
        f"Physician fee schedule relative values{told}",
        "until_next",
        ("code", "modifier"),
        basis="published layout" if told else "rebuilt file",
        cpt_descriptors=True,
    )


class MpfsImporter(ReleaseImporter):
    """Relative values, payment indicators and conversion factor by code and modifier."""

    title = "physician fee schedule relative values (PPRRVU)"
    tables: ClassVar[Mapping[str, Table]] = {
        NON_QPP: _table("mpfs_rvu", ""),
        QPP: _table("mpfs_rvu_qpp", ", advanced payment models (QPP)"),
    }
    periods: ClassVar[tuple[PeriodKind, ...]] = ("quarter", "day")
    columns: ClassVar[Mapping[str, Sequence[Column]]] = {NON_QPP: COLUMNS, QPP: COLUMNS}
    marks: ClassVar[Sequence[frozenset[str]]] = (
        frozenset({"hcpcs", "mod", "statuscode", "workrvu", "mprvu", "convfactor"}),
    )
    order = ("code", "modifier")
    split_header = True
    slices: ClassVar[Mapping[str, slice]] = _SLICES
    record: ClassVar[re.Pattern[str]] = _RECORD
    begins: ClassVar[re.Pattern[str]] = re.compile(r"[0-9A-Z]{5}[ 0-9A-Z]{2}")
    footnotes = False
    # Codes of so few digits are anesthesia's 00100 to 01999; no other code is a number that small.
    repairs: ClassVar[Repairs] = {
        "code": (re.compile(r"[1-9]\d\d|1\d{3}"), 5),
        "glob_days": (re.compile(r"0|10|90"), 3),
        "physician_supervision": (re.compile(r"\d"), 2),
        "diagnostic_imaging_family": (re.compile(r"\d"), 2),
    }

    def recognise(self, peek: Peek) -> Recognised | None:
        """By the joined titles, or by lines of the fixed-width shape."""
        period, released = self.dated(peek.lines)
        for layout, rows in peek.ways:
            for at, titles in self._headers(rows):
                if any(mark <= set(titles) for mark in self.marks):
                    variant = _variant(titles, rows[at + 1 :], period, peek.name)
                    return Recognised(layout, variant, period, released)
        if self.is_fixed(peek):
            return Recognised(FIXED, _named_variant(peek.name) or NON_QPP)
        return None

    def dated(self, above: Sequence[str]) -> tuple[str | None, date | None]:
        """Quarter from the title line, publication from the line RELEASED."""
        text = "\n".join(above)
        title, released = _TITLE.search(text), _RELEASED.search(text)
        return (
            f"{title[1]}Q{_QUARTERS[title[2].lower()]}" if title else None,
            as_date(released[1]) if released else None,
        )

    def stated(self, name: str) -> Iterator[str]:
        """Quarters that one name states."""
        return quarters_stated(name)

    def stage(self, job: Job, parts: Sequence[Part]) -> Staged:
        """Lay out the one file of an edition. Raises InputRefused when its name is that of the other table's file."""
        part = parts[0]
        named = _named_variant(part.leaf.name)
        if named is not None and named != job.variant:
            raise InputRefused(
                f"its PRIC IND is that of the {_told(job.variant)} file but its name says {_told(named)}",
                where=part.leaf.place,
                why="The two have different conversion factors",
                mend="Check which file it is, name it so, and import it again",
            )
        staged = super().stage(job, parts)
        if corrects(part.leaf.names) and job.period is not None and job.period.kind == "quarter":
            staged.remarks.append(
                f"its name is that of a correction release: it answers from {job.period.first} on; if CMS made it for "
                "a later day, import it with --edition YYYY-MM-DD"
            )
        return staged

    def _header(self, part: Part, above: Sequence[Sequence[str]], variant: str) -> Header | None:
        """The header, joined from as many lines as give known titles. Raises InputRefused when no depth does."""
        refused: list[InputRefused] = []
        for titles in (titles for at, titles in self._headers(above) if at == len(above) - 1):
            if any(mark <= set(titles) for mark in self.marks):
                try:
                    return self._places(part, titles, variant)
                except InputRefused as error:
                    refused.append(error)
        if refused:
            # The right depth is the one with the least to complain of.
            raise min(refused, key=lambda error: len(error.what))
        return None

    def row_fault(self, values: Mapping[str, object]) -> str | None:
        """Relative values and amounts are neither negative nor of six digits."""
        for name in _NUMBERS:
            value = values[name]
            if isinstance(value, Decimal) and not 0 <= value < _BEYOND:
                return (
                    f"{name.replace('_', ' ')} is negative"
                    if value < 0
                    else f"{name.replace('_', ' ')} is too large"
                )
        return None

    def finished(self, job: Job, staged: Staged) -> None:
        """Counts by modifier and status; totals, conversion factor and PRIC IND as a sound file has them."""
        modifiers = {f"modifier_{name}": _count(job, test) for name, test in _MODIFIERS.items()}
        found = job.con.execute("SELECT status_code, count(*) FROM staged GROUP BY 1 ORDER BY 1").fetchall()
        statuses = {f"status_{code.lower()}": int(count) for code, count in found}
        staged.counts.update(modifiers)
        staged.counts.update(statuses)
        staged.mixed = (tuple(modifiers), tuple(statuses))
        apart = {
            "non_facility_total": _count(job, _apart("non_fac_pe_rvu", "non_facility_total")),
            "facility_total": _count(job, _apart("facility_pe_rvu", "facility_total")),
        }
        for name, rows in apart.items():
            if rows:
                staged.census[f"{name}_apart"] = rows
                told = name.replace("_", " ")
                staged.suspicions.append(f"{rows:,} rows whose {told} is not the sum of its relative values")
        factors = job.con.execute("SELECT count(DISTINCT conv_factor) FROM staged").fetchall()[0][0]
        if factors > 1:
            staged.suspicions.append(f"{factors} different conversion factors in one file")
        known = " AND ".join(f"pric_ind <> '{ind}'" for ind, of in _PRIC_IND.items() if of == job.variant)
        strangers = _count(job, known)
        if strangers:
            staged.suspicions.append(
                f"{strangers:,} rows with a PRIC IND that the {_told(job.variant)} file does not have"
            )


def _variant(
    titles: Sequence[str], rows: Sequence[Sequence[str]], period: str | None, name: str
) -> str | None:
    """Which table a file is: by PRIC IND, before 2026 the only one, else by its name."""
    if "pricind" in titles:
        at = titles.index("pricind")
        told = {_PRIC_IND.get(row[at]) for row in rows if at < len(row) and row[at]}
        if len(told) == 1 and (only := told.pop()) is not None:
            return only
    elif period is None or int(period[:4]) < _FIRST_YEAR_OF_TWO:
        return NON_QPP
    return _named_variant(name)


def _named_variant(name: str) -> str | None:
    match = _NAMED_QPP.search(name)
    return (NON_QPP if match[1] else QPP) if match else None


def _told(variant: str) -> str:
    return "QPP" if variant == QPP else "non-QPP"


def _apart(practice: str, total: str) -> str:
    """A condition for totals that miss the sum by more than a rounding; a blank is nothing."""
    parts = " + ".join(f"coalesce({name}, 0)" for name in ("work_rvu", practice, "mp_rvu"))
    return f"abs({parts} - coalesce({total}, 0)) > 0.01"


def _count(job: Job, condition: str) -> int:
    return int(job.con.execute(f"SELECT count(*) FROM staged WHERE {condition}").fetchall()[0][0])


IMPORTER = MpfsImporter()
