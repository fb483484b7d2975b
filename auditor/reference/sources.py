"""What `auditor tables fetch` knows: which official files there are, where they lie, and whose terms they carry.

CMS invents the names of its files anew with every release (`2026q3` beside `2026-q3`, `-updated-06-30-2026`,
`-zip.zip`), so an address is called verified only for the editions for which a copy of CMS's page, or somebody's
record of the download, names it. Every other address follows the pattern of its neighbours and is a guess.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from auditor.base.errors import InputRefused, UsageError
from auditor.reference.names import FIRST_VERSION_YEAR

Editions = Literal["quarter", "year", "fiscal_year", "version", "only"]
"""How editions of a source are named: 2026Q3, 2026, FY2027, 26.1; `only`: there is one file, always the newest."""

_CMS = "https://www.cms.gov"
_ZIP = f"{_CMS}/files/zip/"
_BILLING = f"{_CMS}/medicare/coding-billing"
_NCCI = f"{_BILLING}/national-correct-coding-initiative-ncci-edits"
_POS = f"{_BILLING}/place-of-service-codes/code-sets"
_X12 = "https://x12.org/codes"
_NO_ROBOTS = "X12 does not allow programs to collect its lists"
_MCD = "https://downloads.cms.gov/medicare-coverage-database/downloads/exports/"
_ICD9 = "icd-9-cm-v32-master-descriptions.zip"
_OIG = "https://oig.hhs.gov/exclusions"
_NPPES = "https://download.cms.gov/nppes/NPI_Files.html"
_ENROLMENT = "https://data.cms.gov/provider-characteristics/medicare-provider-supplier-enrollment"
_MCD_PAGE = f"{_CMS}/medicare-coverage-database/downloads/downloads.aspx"
# How an edition may be written, how this program writes it, and an example.
_EDITIONS: Mapping[Editions, tuple[re.Pattern[str], str, str]] = {
    "quarter": (re.compile(r"(?P<year>20\d\d|199\d)-?Q(?P<q>[1-4])"), "{year}Q{q}", "2026Q3"),
    "year": (re.compile(r"(?P<year>20\d\d)"), "{year}", "2026"),
    "fiscal_year": (re.compile(r"(?:FY)?(?P<year>20\d\d)"), "FY{year}", "FY2027"),
    "version": (re.compile(r"(?P<major>\d\d)\.?(?P<minor>[01])"), "{major}.{minor}", "26.1"),
}
_MONTHS = ("january", "april", "july", "october")


@dataclass(frozen=True)
class Source:
    """One official file, or the parts that make one: `page` is where its publisher lists it.

    `tables` are the tables that an import makes of it. `ama`: it holds CPT codes, so the AMA's terms apply;
    `gated`: CMS's page asks for their acceptance by a click. `hosts` are those (with their subdomains) to which
    a download may be redirected. `pattern` makes the addresses of an edition; for the editions in `seen` a stored
    source names them, `named` holds those that break the pattern. Neither: it can only be downloaded by hand.
    """

    name: str
    title: str
    page: str
    tables: tuple[str, ...]
    editions: Editions = "quarter"
    pattern: tuple[str, ...] = ()
    seen: frozenset[str] = frozenset()
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ama: bool = False
    gated: bool = False
    hosts: tuple[str, ...] = ("cms.gov",)
    note: str = ""

    @property
    def by_hand(self) -> bool:
        """True when no address is known: it can only be downloaded in a browser and imported."""
        return not self.pattern and not self.named

    def label(self, edition: str | None = None) -> str:
        """The edition as this source writes it (`2026q3` is 2026Q3, `2027` FY2027). Raises UsageError otherwise."""
        asked = (edition or "").strip().upper()
        if asked in self.named:
            return asked
        if self.editions == "only":
            if not asked:
                return ""
            raise UsageError(
                f"{self.name} has no editions", mend="Leave the edition out: the newest is fetched"
            )
        shape, written, example = _EDITIONS[self.editions]
        match = shape.fullmatch(asked)
        if match is None:
            raise UsageError(
                f"{edition or 'no edition'} is no edition of {self.name}", mend=f"Write it as {example}"
            )
        return written.format_map(match.groupdict())

    def verified(self, edition: str | None = None) -> bool:
        """True when a stored source names the addresses of this edition; nobody has asked CMS since."""
        label = self.label(edition)
        return label in self.named or label in self.seen

    def urls(self, edition: str | None = None) -> tuple[str, ...]:
        """The addresses of all parts of one edition.

        Raises UsageError for something that is no edition of this source, InputRefused when no address is known.
        """
        label = self.label(edition)
        if label in self.named:
            return self.named[label]
        if not self.pattern:
            raise InputRefused(
                f"the address of {self.title} {label}".rstrip() + " is not known",
                where=self.name,
                why=self.note,
                mend=how_by_hand(self),
            )
        return tuple(address.format_map(_fields(label)) for address in self.pattern)


def find(name: str) -> Source:
    """The source of that name. Raises UsageError, with the nearest name, for one that does not exist."""
    asked = name.strip().lower().replace("_", "-")
    if asked in SOURCES:
        return SOURCES[asked]
    near = difflib.get_close_matches(asked, SOURCES, n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise UsageError(f"there is no source {name}", mend=f"{hint}Sources are: {', '.join(SOURCES)}")


def how_by_hand(source: Source | None) -> str:
    """How to go on without a download: where the file is listed, and the command that imports it."""
    if source is None:
        place = f"Its publisher's page lists it (NCCI edits: {_NCCI})"
    else:
        place = f"{'CMS' if 'cms.gov/' in source.page else 'Its publisher'} lists it at {source.page}"
    return f"{place}: download it there in a browser, then run `auditor tables import FILE`"


def _fields(label: str) -> dict[str, str]:
    """What a pattern may name, of one edition."""
    if "Q" not in label:
        return {"year": label.removeprefix("FY"), "version": label.replace(".", "")}
    year, q = int(label[:4]), int(label[-1])
    version = f"{year - FIRST_VERSION_YEAR}{q - 1}"
    fields = {"year": f"{year}", "yy": f"{year % 100:02d}", "q": f"{q}", "mm": f"{3 * q - 2:02d}"}
    return {**fields, "month": _MONTHS[q - 1], "letter": "abcd"[q - 1], "version": version}


# Files that break the pattern of their source: source, edition, name.
_NAMED = """
    ncci-aoc 2026Q1 add-code-edits-replacement-file-medicare-effective-01012026-zip
    ncci-aoc 2026-06-01 add-code-edits-medicare-effective-06012026
    medicaid-ptp-practitioner 2026Q1 medicaid-ncci-q1-2026-ptp-edits-practitioner-services
    medicaid-ptp-practitioner 2026Q2 medicaid-ncci-q2-2026-ptp-edits-practitioner-services
    medicaid-ptp-dme 2026Q2 medicaid-ncci-q2-2026-ptp-edits-durable-medical-equipment-services
    medicaid-mue-practitioner 2026Q1 medicaid-ncci-q1-2026-mue-edits-practitioner-services
    mpfs-rvu 2023Q1 rvu23a-updated-01/31/2023
    mpfs-rvu 2023Q2 rvu23b-updated-02/27/2023
    mpfs-rvu 2024Q1 rvu24a-updated-04/01/2024
    mpfs-rvu 2024-03-09 rvu24ar-posted-04/01/2024
    mpfs-rvu 2024Q2 rvu24b-updated-03/18/2024
    mpfs-rvu 2024Q3 rvu24c-updated-09/09/2024
    mpfs-rvu 2025Q1 rvu25a-updated-01/10/2025
    mpfs-rvu 2026Q1 rvu26a-updated-12-29-2025
    mpfs-rvu 2026Q2 rvu26b-updated-05-01-2026
    mpfs-rvu 2026Q3 rvu26c-updated-06-30-2026
    mpfs-rvu 2026Q4 rvu26d-updated-08-26-2026
    hcpcs 2024Q2 april-2024-alpha-numeric-hcpcs-files
    icd10cm FY2023 2023-code-descriptions-tabular-order-updated-01/11/2023
    icd10cm FY2024 2024-code-descriptions-tabular-order-updated-02/01/2024
    icd10cm 2026-04-01 april-1-2026-code-descriptions-tabular-order
    icd10cm-tabular FY2024 2024-code-tables-tabular-and-index-updated-02/01/2024
    icd10cm-tabular 2026-04-01 april-1-2026-code-tables-tabular-index
    icd10cm-tabular FY2027 2027-code-tables-tabular-index
"""


def _zips(*names: str) -> tuple[str, ...]:
    return tuple(f"{_ZIP}{name}.zip" for name in names)


def _named(source: str) -> dict[str, tuple[str, ...]]:
    """The exceptions of one source by edition."""
    rows = (line.split() for line in _NAMED.strip().splitlines())
    return {edition: _zips(file) for name, edition, file in rows if name == source}


def _quarters(first: str, last: str) -> frozenset[str]:
    """All quarters from `first` to `last`, inclusive."""
    found = (f"{year}Q{q}" for year in range(int(first[:4]), int(last[:4]) + 1) for q in range(1, 5))
    return frozenset(label for label in found if first <= label <= last)


def _ptp(who: str, file: str, seen: frozenset[str]) -> Source:
    stem = f"medicare-ncci-{{year}}q{{q}}-{who}-ptp-edits-{file}-v{{version}}r0"
    return Source(
        f"ncci-ptp-{who}",
        f"Medicare NCCI PTP edits, {who}",
        f"{_NCCI}/medicare-ncci-procedure-procedure-ptp-edits",
        (f"ncci_ptp_{who}",),
        ama=True,
        gated=True,
        pattern=_zips(*(f"{stem}-f{part}" for part in range(1, 5))),
        seen=seen,
        note="Four parts, to be imported in one command. A replacement has r1, r2, ... instead of r0 in its name",
    )


def _mue(who: str, words: str, seen: set[str]) -> Source:
    return Source(
        f"ncci-mue-{who}",
        f"Medicare NCCI MUE values, {who}",
        f"{_NCCI}/medicare-ncci-medically-unlikely-edits",
        (f"ncci_mue_{who}",),
        ama=True,
        pattern=_zips(f"medicare-ncci-{{year}}-q{{q}}-{words}-services-mue-table"),
        seen=frozenset(seen),
    )


def _medicaid(kind: str, who: str, words: str = "") -> Source:
    """`words` is how the name ends; none: not known."""
    name = f"medicaid-{kind}-{who}"
    return Source(
        name,
        f"Medicaid NCCI {kind.upper()} {'edits' if kind == 'ptp' else 'values'}, {who}",
        f"{_BILLING}/ncci-medicaid/medicaid-ncci-edit-files",
        (f"medicaid_{kind}_{who}",),
        ama=True,
        pattern=_zips(f"medicaid-ncci-{{year}}-q{{q}}-{kind}-{words}") if words else (),
        seen=frozenset({"2026Q3"}) if words else frozenset(),
        named=_named(name),
    )


def _mcd(file: str, title: str) -> Source:
    note = "The newest state under one name: of each document its newest version, never its history"
    title = f"Medicare Coverage Database: {title}"
    named = {"": (f"{_MCD}{file}.zip",)}
    name = f"mcd-{file.replace('_', '-')}"
    return Source(
        name, title, _MCD_PAGE, (f"mcd_{file.rpartition('_')[2]}",), "only", ama=True, named=named, note=note
    )


def _icd(name: str, title: str, table: str, words: str, seen: str) -> Source:
    return Source(
        name,
        f"ICD-10-CM {title}",
        f"{_BILLING}/icd-10-codes",
        (table,),
        "fiscal_year",
        pattern=_zips(f"{{year}}-{words}"),
        seen=frozenset(seen.split()),
        named=_named(name),
    )


def _listed(name: str, title: str, page: str, why: str) -> Source:
    """A file without an address."""
    return Source(name, title, page, (name.replace("-", "_"),), "only", note=why)


_ALL = (
    _ptp("practitioner", "ccipra", _quarters("2026Q1", "2026Q4")),
    _ptp("hospital", "ccioph", _quarters("2026Q1", "2026Q2")),
    _mue("practitioner", "practitioner", {"2025Q4", "2026Q2", "2026Q3", "2026Q4"}),
    _mue("hospital", "facility-outpatient-hospital", {"2026Q2", "2026Q3", "2026Q4"}),
    _mue("dme", "dme-supplier", {"2026Q2", "2026Q4"}),
    Source(
        "ncci-aoc",
        "Medicare NCCI add-on code edits",
        f"{_NCCI}/medicare-ncci-add-code-edits",
        ("ncci_aoc",),
        ama=True,
        pattern=_zips("add-code-edits-medicare-effective-{mm}01{year}"),
        named=_named("ncci-aoc"),
    ),
    _medicaid("ptp", "practitioner", "edits-practitioner-services"),
    _medicaid("ptp", "hospital"),
    _medicaid("ptp", "dme", "edits-durable-medical-equipment"),
    _medicaid("mue", "practitioner", "edits-practitioner-services"),
    _medicaid("mue", "hospital"),
    _medicaid("mue", "dme"),
    Source(
        "mpfs-rvu",
        "Physician fee schedule relative values, with GPCI and anaesthesia factors",
        f"{_CMS}/medicare/payment/fee-schedules/physician/pfs-relative-value-files",
        ("mpfs_rvu", "mpfs_rvu_qpp", "mpfs_gpci", "mpfs_anesthesia_cf"),
        ama=True,
        pattern=_zips("rvu{yy}{letter}"),
        seen=frozenset({"2023Q3", "2023Q4", "2024Q4", "2025Q4"}),
        named=_named("mpfs-rvu"),
        note="CMS re-issues a release under a new name; 2024-03-09 is the release RVU24AR",
    ),
    *(
        _mcd(f"{which}_{what}", f"{which} {what}s")
        for what in ("lcd", "article")
        for which in ("current", "all")
    ),
    _mcd("ncd", "national coverage determinations"),
    Source(
        "hcpcs",
        "HCPCS Level II codes and modifiers",
        f"{_BILLING}/healthcare-common-procedure-system/quarterly-update",
        ("hcpcs_level2",),
        pattern=_zips("{month}-{year}-alpha-numeric-hcpcs-file"),
        seen=_quarters("2024Q4", "2026Q4"),
        named=_named("hcpcs"),
    ),
    _icd(
        "icd10cm", "order file", "icd10cm", "code-descriptions-tabular-order", "FY2021 FY2025 FY2026 FY2027"
    ),
    _icd(
        "icd10cm-tabular",
        "tabular list (XML)",
        "icd10cm_notes",
        "code-tables-tabular-and-index",
        "FY2022 FY2023 FY2025 FY2026",
    ),
    Source(
        "icd9cm",
        "ICD-9-CM version 32, the last (to 2015-09-30)",
        f"{_BILLING}/icd-10-codes/icd-9-cm-diagnosis-procedure-codes-abbreviated-and-full-code-titles",
        ("icd9cm",),
        "only",
        named={"": (f"{_CMS}/medicare/coding/icd9providerdiagnosticcodes/downloads/{_ICD9}",)},
    ),
    Source(
        "nucc-taxonomy",
        "NUCC provider taxonomy",
        "https://www.nucc.org/index.php/code-sets-mainmenu-41/provider-taxonomy-mainmenu-40",
        ("nucc_taxonomy",),
        "version",
        hosts=("nucc.org",),
        pattern=("https://www.nucc.org/images/stories/CSV/nucc_taxonomy_{version}.csv",),
        seen=frozenset({"25.0", "25.1", "26.0", "26.1"}),
        note="NUCC asks for a licence when the code set is used commercially",
    ),
    _listed(
        "specialty-taxonomy",
        "Medicare specialties to taxonomy codes",
        f"{_ENROLMENT}/medicare-provider-and-supplier-taxonomy-crosswalk",
        "Its address changes",
    ),
    Source(
        "leie",
        "OIG list of excluded individuals and entities",
        f"{_OIG}/exclusions_list.asp",
        ("leie",),
        "only",
        named={"": (f"{_OIG}/downloadables/UPDATED.csv",)},
        hosts=("hhs.gov",),
        note="The newest list under one name, made new every month; keep those of earlier months",
    ),
    _listed("nppes", "NPI registry, monthly full file", _NPPES, "Its name changes every month"),
    _listed("npi-deactivated", "Deactivated NPIs", _NPPES, "Its name changes every month"),
    _listed(
        "pecos-ordering",
        "Who may order and refer",
        f"{_ENROLMENT}/order-and-referring",
        "Its address changes twice a week",
    ),
    Source(
        "telehealth-services",
        "Medicare telehealth services of a year",
        f"{_CMS}/medicare/coverage/telehealth/list-services",
        ("telehealth_services",),
        "year",
        ama=True,
        pattern=_zips("list-telehealth-services-calendar-year-{year}"),
        seen=frozenset({"2025", "2026"}),
        note="CMS keeps the current year only: the address of an earlier one leads to it",
    ),
    _listed("pos-codes", "Place of service codes", _POS, "CMS publishes a table on a page, not a file"),
    _listed("carc", "Claim adjustment reason codes", f"{_X12}/claim-adjustment-reason-codes", _NO_ROBOTS),
    _listed("rarc", "Remittance advice remark codes", f"{_X12}/remittance-advice-remark-codes", _NO_ROBOTS),
)

SOURCES: Mapping[str, Source] = {source.name: source for source in _ALL}
"""All sources by name, in the order in which they are listed."""
