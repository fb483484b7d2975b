"""What `auditor tables fetch` knows: which official files there are, where they lie, and whose terms they carry.

CMS invents the names of its files anew with every release (`2026q3` beside `2026-q3`, `-updated-06-30-2026`,
`-zip.zip`), so an address is called verified only for the editions for which a copy of CMS's page, or somebody's
record of the download, names it. Every other address follows the pattern of its neighbours and is a guess.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from auditor.base.errors import UsageError
from auditor.reference.source import Source, how_by_hand

__all__ = ["SOURCES", "Source", "find", "how_by_hand"]

_CMS = "https://www.cms.gov"
_ZIP = f"{_CMS}/files/zip/"
_BILLING = f"{_CMS}/medicare/coding-billing"
_NCCI = f"{_BILLING}/national-correct-coding-initiative-ncci-edits"
_POS = f"{_BILLING}/place-of-service-codes/code-sets"
_X12 = "https://x12.org/codes"
_NO_ROBOTS = "X12 does not allow programs to collect its lists"
_BY_HAND = "CMS's files change their form: make the table from them as docs/own_tables.md says"
_MCD = "https://downloads.cms.gov/medicare-coverage-database/downloads/exports/"
_ICD9 = "icd-9-cm-v32-master-descriptions.zip"
_OIG = "https://oig.hhs.gov/exclusions"
_NPPES = "https://download.cms.gov/nppes/NPI_Files.html"
_ENROLMENT = "https://data.cms.gov/provider-characteristics/medicare-provider-supplier-enrollment"
_MCD_PAGE = f"{_CMS}/medicare-coverage-database/downloads/downloads.aspx"

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
    opps-addendum-b 2026Q2 cy-2026-april-opps-addendum-b
    opps-addendum-b 2026Q4 October-2026-OPPS-Addendum-B
    asp-price 2026Q2 april-2026-medicare-part-b-payment-limit-files-03-30-2026-final-file
    asp-ndc-crosswalk 2026Q3 july-2026-ndc-hcpcs-crosswalk
    dmepos-fee 2024Q1 dme24
    dmepos-fee 2024Q2 dme24b
    dmepos-fee 2024Q3 dme24c
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


def _prices(name: str, title: str, page: str, pattern: str, seen: str, note: str = "") -> Source:
    """A price list of every quarter, under the page of Medicare's payment systems."""
    address = f"{_CMS}/medicare/payment/{page}"
    seen_in, named = frozenset(seen.split()), _named(name)
    table = (name.replace("-", "_"),)
    return Source(
        name, title, address, table, ama=True, pattern=_zips(pattern), seen=seen_in, named=named, note=note
    )


def _listed(name: str, title: str, page: str, why: str, *, ama: bool = False) -> Source:
    """A file without an address."""
    return Source(name, title, page, (name.replace("-", "_"),), "only", ama=ama, note=why)


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
    _prices(
        "opps-addendum-b",
        "OPPS Addendum B",
        "prospective-payment-systems/hospital-outpatient/addendum-a-addendum-b-updates",
        "{month}-{year}-opps-addendum-b",
        "2024Q1 2026Q1 2026Q3",
    ),
    _prices(
        "clfs",
        "Clinical laboratory fee schedule",
        "fee-schedules/clinical-laboratory-fee-schedule-clfs/files",
        "{yy}clabq{q}",
        "2026Q3 2026Q4",
    ),
    _prices(
        "asp-price",
        "Payment limits of Medicare Part B drugs (ASP)",
        "part-b-drugs/asp-pricing-files",
        "{month}-{year}-asp-pricing-file",
        "2021Q4 2025Q3",
        "CMS calls them Medicare Part B payment limit files since 2026, and invents a name for each",
    ),
    _prices(
        "asp-ndc-crosswalk",
        "ASP NDC-HCPCS crosswalk",
        "part-b-drugs/asp-pricing-files",
        "{month}-{year}-asp-ndc-hcpcs-crosswalk",
        "2021Q4",
    ),
    _prices(
        "dmepos-fee",
        "DMEPOS fee schedule",
        "fee-schedules/dmepos/dmepos-fee-schedule",
        "dme{yy}-{letter}",
        "2026Q2 2026Q3",
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
    _listed(
        "physician-time",
        "Physician time of a year",
        f"{_CMS}/medicare/payment/fee-schedules/physician/federal-regulation-notices",
        "It lies among the files of the year's final rule, under a name of its own each year",
        ama=True,
    ),
    _listed(
        "snf-consolidated-billing",
        "SNF consolidated billing",
        f"{_BILLING}/snf-consolidated-billing",
        _BY_HAND,
        ama=True,
    ),
    _listed(
        "hh-consolidated-billing",
        "Home health consolidated billing",
        f"{_CMS}/Medicare/Medicare-Fee-for-Service-payment/HomeHealthPPS/coding_billing",
        _BY_HAND,
        ama=True,
    ),
    _listed("pos-codes", "Place of service codes", _POS, "CMS publishes a table on a page, not a file"),
    _listed("carc", "Claim adjustment reason codes", f"{_X12}/claim-adjustment-reason-codes", _NO_ROBOTS),
    _listed("rarc", "Remittance advice remark codes", f"{_X12}/remittance-advice-remark-codes", _NO_ROBOTS),
)

SOURCES: Mapping[str, Source] = {source.name: source for source in _ALL}
"""All sources by name, in the order in which they are listed."""


def find(name: str) -> Source:
    """The source of that name. Raises UsageError, with the nearest name, for one that does not exist."""
    asked = name.strip().lower().replace("_", "-")
    if asked in SOURCES:
        return SOURCES[asked]
    near = difflib.get_close_matches(asked, SOURCES, n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise UsageError(f"there is no source {name}", mend=f"{hint}Sources are: {', '.join(SOURCES)}")
