from __future__ import annotations

import re

import pytest

from auditor.base.errors import InputRefused, UsageError
from auditor.reference.addresses import check_address, file_name, host_of, within
from auditor.reference.names import name_facts
from auditor.reference.sources import SOURCES, Source, find, how_by_hand
from auditor.reference.tables import TABLES

EXAMPLES = {"quarter": "2024Q3", "year": "2025", "fiscal_year": "FY2025", "version": "25.1", "only": None}
ZIP = "https://www.cms.gov/files/zip/"


def editions(source: Source) -> list[str | None]:
    """Every edition that a stored source names, and one that none does."""
    return [*source.seen, *source.named, EXAMPLES[source.editions]]


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_every_source_is_whole(source):
    assert SOURCES[source.name] is source
    assert source.title and source.tables
    assert set(source.tables) <= set(TABLES)
    check_address(source.page)
    assert source.seen.isdisjoint(source.named)
    assert not (source.gated and not source.ama)
    if source.by_hand:
        assert not source.seen
        with pytest.raises(InputRefused, match="is not known") as caught:
            source.urls(EXAMPLES[source.editions])
        assert source.page in str(caught.value)
        return
    for edition in editions(source):
        addresses = source.urls(edition)
        assert len({file_name(address) for address in addresses}) == len(addresses) > 0
        for address in addresses:
            check_address(address)
            assert address.startswith("https://")
            assert within(host_of(address), source.hosts)
            assert not re.search(r"[{}?#]|/license/", address)


@pytest.mark.parametrize(
    ("name", "edition", "verified", "addresses"),
    [
        (
            "ncci-ptp-practitioner",
            "2026q3",
            True,
            [
                f"{ZIP}medicare-ncci-2026q3-practitioner-ptp-edits-ccipra-v322r0-f{n}.zip"
                for n in (1, 2, 3, 4)
            ],
        ),
        (
            "ncci-ptp-hospital",
            "2024Q3",
            False,
            [f"{ZIP}medicare-ncci-2024q3-hospital-ptp-edits-ccioph-v302r0-f{n}.zip" for n in (1, 2, 3, 4)],
        ),
        (
            "ncci-mue-hospital",
            "2026-Q4",
            True,
            [f"{ZIP}medicare-ncci-2026-q4-facility-outpatient-hospital-services-mue-table.zip"],
        ),
        ("ncci-aoc", "2025Q4", False, [f"{ZIP}add-code-edits-medicare-effective-10012025.zip"]),
        ("ncci-aoc", "2026-06-01", True, [f"{ZIP}add-code-edits-medicare-effective-06012026.zip"]),
        (
            "medicaid-ptp-practitioner",
            "2026Q2",
            True,
            [f"{ZIP}medicaid-ncci-q2-2026-ptp-edits-practitioner-services.zip"],
        ),
        ("mpfs-rvu", "2026Q3", True, [f"{ZIP}rvu26c-updated-06-30-2026.zip"]),
        ("mpfs-rvu", "2025Q2", False, [f"{ZIP}rvu25b.zip"]),
        ("mpfs-rvu", "2024-03-09", True, [f"{ZIP}rvu24ar-posted-04/01/2024.zip"]),
        ("hcpcs", "2026Q4", True, [f"{ZIP}october-2026-alpha-numeric-hcpcs-file.zip"]),
        ("icd10cm", "2026", True, [f"{ZIP}2026-code-descriptions-tabular-order.zip"]),
        ("icd10cm-tabular", "fy2027", True, [f"{ZIP}2027-code-tables-tabular-index.zip"]),
        ("opps-addendum-b", "2026Q3", True, [f"{ZIP}july-2026-opps-addendum-b.zip"]),
        ("opps-addendum-b", "2026Q2", True, [f"{ZIP}cy-2026-april-opps-addendum-b.zip"]),
        ("clfs", "2026Q3", True, [f"{ZIP}26clabq3.zip"]),
        ("asp-price", "2025Q3", True, [f"{ZIP}july-2025-asp-pricing-file.zip"]),
        ("asp-ndc-crosswalk", "2024Q2", False, [f"{ZIP}april-2024-asp-ndc-hcpcs-crosswalk.zip"]),
        ("dmepos-fee", "2026Q3", True, [f"{ZIP}dme26-c.zip"]),
        ("dmepos-fee", "2024Q2", True, [f"{ZIP}dme24b.zip"]),
        ("leie", None, True, ["https://oig.hhs.gov/exclusions/downloadables/UPDATED.csv"]),
        ("telehealth-services", "2026", True, [f"{ZIP}list-telehealth-services-calendar-year-2026.zip"]),
        ("nucc-taxonomy", "261", True, ["https://www.nucc.org/images/stories/CSV/nucc_taxonomy_261.csv"]),
    ],
)
def test_addresses_of_editions(name, edition, verified, addresses):
    source = find(name)
    assert list(source.urls(edition)) == addresses
    assert source.verified(edition) is verified


def test_one_file_of_the_coverage_database_is_always_the_newest():
    source = find("mcd-current-article")
    assert source.verified()
    assert source.urls()[0].endswith("/medicare-coverage-database/downloads/exports/current_article.zip")
    with pytest.raises(UsageError, match="has no editions"):
        source.urls("2026Q3")


@pytest.mark.parametrize(
    ("name", "edition"),
    [
        ("ncci-aoc", None),
        ("ncci-aoc", "2026Q5"),
        ("mpfs-rvu", "2026"),
        ("icd10cm", "2026Q1"),
        ("nucc-taxonomy", "25.7"),
    ],
)
def test_something_that_is_no_edition(name, edition):
    with pytest.raises(UsageError, match="is no edition of"):
        find(name).urls(edition)


@pytest.mark.parametrize("quarter", ["2024Q3", "2025Q1", "2026Q4"])
def test_the_importer_reads_the_same_quarter_from_the_names(quarter):
    for name in ("ncci-ptp-practitioner", "ncci-ptp-hospital", "ncci-mue-practitioner"):
        for address in find(name).urls(quarter):
            assert quarter in repr(name_facts([file_name(address)]))


def test_names_are_found_and_the_nearest_is_offered():
    assert find(" NCCI_PTP_Practitioner ").name == "ncci-ptp-practitioner"
    with pytest.raises(UsageError, match="Did you mean ncci-mue-hospital") as caught:
        find("ncci-mue-hopsital")
    assert caught.value.exit_code == 2
    with pytest.raises(UsageError, match="Sources are: ncci-ptp-practitioner"):
        find("!")


def test_what_holds_cpt_codes():
    free = {name for name, source in SOURCES.items() if not source.ama}
    assert free == {
        "hcpcs",
        "icd10cm",
        "icd10cm-tabular",
        "icd9cm",
        "nucc-taxonomy",
        "specialty-taxonomy",
        "leie",
        "nppes",
        "npi-deactivated",
        "pecos-ordering",
        "pos-codes",
        "carc",
        "rarc",
    }
    assert {name for name, source in SOURCES.items() if source.gated} == {
        "ncci-ptp-practitioner",
        "ncci-ptp-hospital",
    }


def test_the_way_by_hand():
    told = how_by_hand(find("ncci-aoc"))
    assert told.startswith("CMS lists it at https://www.cms.gov/")
    assert "auditor tables import FILE" in told
    assert how_by_hand(find("carc")).startswith("Its publisher lists it at https://x12.org/")
    assert "auditor tables import FILE" in how_by_hand(None)
