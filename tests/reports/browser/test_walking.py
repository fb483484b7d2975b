"""The page in a real browser: it loads, filters, sorts, drills from rule to claim, remembers and prints."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from auditor.base.money import format_usd
from auditor.reports import AuditDocument
from tests.reports.browser.conftest import Opened, Opening
from tests.reports.conftest import document_of, page_of
from tests.reports.fakes import FINDING_COLUMNS, make_run, write_parquet

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_it_opens_from_disk_and_asks_for_nothing_else(page: Opened, page_file: Path) -> None:
    assert page.asked in ([page_file.as_uri()], [page_file.as_uri(), "data:,"])
    assert page.errors == []
    assert page.rows() == 900
    assert page.tab.locator("#rows tr.row").count() < 60, "only rows in sight are elements"


def test_every_filter_gives_the_rows_of_the_document(page: Opened, document: AuditDocument) -> None:
    findings = list(document.findings)
    first = findings[0]
    for control, chosen, number in (
        ("#f-rule", first.rule_id, sum(f.rule_id == first.rule_id for f in findings)),
        ("#f-family", "code pairs", sum(f.family == "ptp" for f in findings)),
        ("#f-section", "over_probable", sum(f.section == "over_probable" for f in findings)),
        ("#f-class", "definite", sum(f.cls == "definite" for f in findings)),
        ("#f-verdict", "bypassed", sum(f.verdict == "bypassed" for f in findings)),
        ("#f-month", "2024-09", sum(f"{f.service_date}".startswith("2024-09") for f in findings)),
    ):
        page.tab.select_option(control, chosen)
        assert page.rows() == number, control
        page.tab.select_option(control, "")
    for control, typed, number in (
        ("#f-provider", first.provider, sum(f.provider == first.provider for f in findings)),
        ("#f-text", first.claim_id, sum(f.claim_id == first.claim_id for f in findings)),
        ("#f-text", first.patient_id, sum(f.patient_id == first.patient_id for f in findings)),
        ("#f-text", first.finding_id, 1),
        ("#f-text", "97597", sum("97597" in (f.code, f.claim_id, f.patient_id) for f in findings)),
    ):
        page.tab.fill(control, typed)
        page.tab.wait_for_function(
            "wanted => document.getElementById('f-summary').textContent.startsWith(wanted)",
            arg=f"{number:,} of",
        )
        page.tab.click("#f-clear")
        assert page.rows() == 900


def test_the_summary_of_a_filter_never_adds_classes(page: Opened, document: AuditDocument) -> None:
    said = page.text("#f-summary")
    for section in ("over_definite", "over_probable", "at_risk"):
        amount = document.totals[section]
        assert f"{format_usd(amount.dollars)} in {amount.findings:,}" in said


def test_sorting_orders_all_rows_and_turns_round(page: Opened, document: AuditDocument) -> None:
    paid = sorted((f.paid for f in document.findings if f.paid is not None), reverse=True)
    page.tab.click("#list th[data-sort=paid] button")
    assert page.text("#rows tr.row td:nth-child(8)") == format_usd(paid[0])
    assert page.tab.get_attribute("#list th[data-sort=paid]", "aria-sort") == "descending"
    page.tab.click("#list th[data-sort=date] button")
    dates = sorted(f"{f.service_date or ''}" for f in document.findings)
    assert page.text("#rows tr.row td:nth-child(5)") == dates[0]


def test_amounts_of_many_millions_are_sorted_without_losing_a_row(open_page: Opening, folder: Path) -> None:
    fake = make_run(folder / "costly-run", 30)
    for number, row in enumerate(fake.rows):
        idle = not Decimal(row["exposure_counted"] or 0)
        row["paid"] = None if idle else f"{500_000_000 + number}.17" if number % 2 else row["paid"]
    write_parquet(fake.findings, FINDING_COLUMNS, fake.rows)
    (folder / "costly").mkdir()
    page_of(document_of(fake), folder / "costly")
    page = open_page(folder / "costly" / "audit.html")
    page.tab.evaluate("document.getElementById('pane').style.height = '4000px'")
    page.tab.evaluate("dispatchEvent(new Event('resize'))")
    rows = "[...document.querySelectorAll('#rows tr.row')].map((row) => row.children[7].textContent)"
    known = sorted((Decimal(row["paid"]) for row in fake.rows if row["paid"]), reverse=True)
    said = [format_usd(paid) for paid in known] + [""] * (len(fake.rows) - len(known))
    page.tab.click("#list th[data-sort=paid] button")
    assert page.tab.evaluate(rows) == said
    page.tab.click("#list th[data-sort=paid] button")
    assert page.tab.evaluate(rows) == said[::-1]


def test_what_is_not_known_stands_below_all_amounts(open_page: Opening, folder: Path) -> None:
    fake = make_run(folder / "taken-run", 60)
    idle = [row for row in fake.rows if not Decimal(row["exposure_counted"] or 0)]
    idle[0]["paid"], idle[1]["paid"] = None, "-5.00"
    write_parquet(fake.findings, FINDING_COLUMNS, fake.rows)
    (folder / "taken").mkdir()
    page_of(document_of(fake), folder / "taken")
    page = open_page(folder / "taken" / "audit.html")
    page.tab.click("#list th[data-sort=paid] button")
    page.tab.press("#rows tr.row .toggle", "End")
    shown = "[...document.querySelectorAll('#rows tr.row')].map((row) => row.children[7].textContent)"
    unknown = sum(row["paid"] is None for row in fake.rows)
    assert page.tab.evaluate(shown)[-1 - unknown :] == ["-$5.00", *[""] * unknown]


def test_a_provider_by_a_pseudonym_or_by_none_is_found_again_from_the_address(
    open_page: Opening, folder: Path
) -> None:
    fake = make_run(folder / "named-run", 30)
    for number, row in enumerate(fake.rows):
        row["rendering_npi"] = row["billing_npi"] = "N-ABCDEFGH234567AB" if number % 3 == 0 else ""
    write_parquet(fake.findings, FINDING_COLUMNS, fake.rows)
    (folder / "named").mkdir()
    page_of(document_of(fake), folder / "named")
    page = open_page(folder / "named" / "audit.html")
    for name, rows in (("N-ABCDEFGH234567AB", 10), ("no provider in the feed", 20)):
        page.tab.click(f"table.breakdown a:text-is('{name}')")
        page.shows(rows)
        again = open_page(folder / "named" / "audit.html", "#" + urlsplit(page.tab.url).fragment)
        again.shows(rows)


def test_the_costliest_rule_its_largest_claims_and_the_reason_in_six_clicks(
    page: Opened, document: AuditDocument
) -> None:
    clicks = 0

    def click(selector: str) -> None:
        nonlocal clicks
        clicks += 1
        page.tab.click(selector)

    costliest = document.by_rule[0]
    mine = [f for f in document.findings if f.rule_id == costliest.key]
    click("#where-rules + ol li:first-child a")
    page.tab.wait_for_function(
        "n => document.getElementById('f-summary').textContent.startsWith(n)", arg=f"{len(mine):,} of"
    )
    largest = sorted((f.amount for f in mine), reverse=True)[:3]
    for place, amount in enumerate(largest, start=1):
        click(f"#rows tr.row[data-n='{place - 1}']")
        page.tab.wait_for_selector(f"#rows tr.row.open[data-n='{place - 1}']")
        assert page.text("#finding .f-line b") == format_usd(amount)
        assert "this finding" in page.text("#finding .form tr.flagged")
    click("#finding .steps summary")
    assert clicks <= 6
    (shown,) = [
        f
        for f in mine
        if f.finding_id == parse_qs(urlsplit(page.tab.url).fragment.partition("?")[2])["finding"][0]
    ]
    assert page.text("#finding .sentence") == shown.explanation
    steps = page.text("#finding .steps")
    assert all(c.document in steps for c in shown.citations)
    assert all(row.key in steps and row.edition in steps for row in shown.reference_rows)


def test_the_claim_is_laid_out_as_its_form_with_the_evidence_marked(
    page: Opened, document: AuditDocument
) -> None:
    finding = next(f for f in document.findings if f.family == "ptp" and f.claim_id and f.verdict == "fail")
    page.tab.fill("#f-text", finding.finding_id)
    page.shows(1)
    page.tab.click("#rows tr.row")
    form = page.text("#finding .form")
    assert re.search(r"CMS-1500|UB-04", form)
    assert "column 1" in page.text("#finding .form tr.evidence")
    assert finding.code in page.text("#finding .form tr.flagged")
    assert page.tab.locator("#finding .form tbody tr").count() == 3, (
        "the line that no finding speaks of stands there too"
    )


def test_the_form_of_a_hospital_is_the_ub_04(page: Opened, document: AuditDocument) -> None:
    claim = next(claim for claim in document.claims if claim.claim_type == "institutional")
    page.tab.fill("#f-text", claim.claim_id)
    page.shows(sum(f.claim_id == claim.claim_id for f in document.findings))
    page.tab.click("#rows tr.row")
    form = page.text("#finding .form")
    assert "UB-04" in form and "42 Rev. code" in form and "0360" in form and "131" in form


def test_keys_walk_the_list_and_open_and_close(page: Opened) -> None:
    page.tab.focus("#pane")
    page.tab.keyboard.press("ArrowDown")
    page.tab.keyboard.press("ArrowDown")
    assert page.tab.evaluate("document.activeElement.closest('tr').dataset.n") == "1"
    page.tab.keyboard.press("Enter")
    page.tab.wait_for_selector("#finding-title:focus")
    page.tab.keyboard.press("Escape")
    page.tab.wait_for_selector("#finding", state="hidden")
    assert page.tab.evaluate("document.activeElement.closest('tr').dataset.n") == "1"
    page.tab.keyboard.press("End")
    assert page.tab.evaluate("document.activeElement.closest('tr').dataset.n") == "899"
    page.tab.focus("h1 ~ *")
    page.tab.keyboard.press("/")
    assert page.tab.evaluate("document.activeElement.id") == "f-text"


def test_scrolling_reaches_the_last_row(page: Opened) -> None:
    page.tab.evaluate("document.getElementById('pane').scrollTop = 1e9")
    page.tab.wait_for_selector("#rows tr.row[data-n='899']")
    assert page.tab.locator("#rows tr.row[aria-rowindex='901']").count() == 1


def test_the_address_brings_back_what_was_seen_and_names_no_patient(
    page: Opened, open_page: Opening, page_file: Path
) -> None:
    page.tab.select_option("#f-class", "definite")
    page.tab.click("#list th[data-sort=amount] button")
    page.tab.fill("#f-provider", "10030")
    page.tab.fill("#f-text", "C1")
    page.tab.click("#rows tr.row")
    page.tab.wait_for_selector("#finding .sentence")
    fragment = urlsplit(page.tab.url).fragment
    told = parse_qs(fragment.partition("?")[2])
    assert set(told) == {"class", "npi", "sort", "finding"}
    sentence = page.text("#finding .sentence")
    again = open_page(page_file, "#" + fragment)
    again.tab.wait_for_selector("#finding .sentence")
    assert again.text("#finding .sentence") == sentence
    assert again.tab.input_value("#f-class") == "definite" and again.tab.input_value("#f-text") == ""


@pytest.mark.parametrize(
    "fragment",
    [
        "#findings?finding=ffffffffffffffff",
        "#findings?rule=NONE&sort=nothing&class=x",
        "#findings?%ff",
        "#nowhere",
        "#rule-%zz",
        "#override-%E0%A4%A",
    ],
)
def test_an_address_that_names_nothing_shows_the_whole_list(
    open_page: Opening, page_file: Path, fragment: str
) -> None:
    page = open_page(page_file, fragment)
    assert page.rows() == 900 and page.errors == []


def test_paper_holds_the_whole_report(page: Opened, document: AuditDocument, tmp_path: Path) -> None:
    page.tab.click("#rows tr.row")
    page.tab.wait_for_selector("#finding .sentence")
    page.tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.tab.emulate_media(media="print")
    assert page.tab.locator("#rows tr.row").count() == 400
    assert "the first 400 of 900 rows" in page.text("#printed")
    assert page.tab.locator("details:not([open])").count() == 0
    for heading in ("Summary", "Findings by rule", "All findings", "Rule register", "Limitations"):
        assert page.tab.locator("h2", has_text=heading).first.is_visible()
    assert not page.tab.locator("nav").is_visible() and not page.tab.locator("#filters").is_visible()
    assert page.tab.locator("#finding .form").first.is_visible()
    page.tab.emulate_media(media="screen")
    page.tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.tab.locator("#rows tr.row").count() < 60
    paper = page.tab.pdf(prefer_css_page_size=True)
    assert paper.startswith(b"%PDF") and paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") > 8
