"""Workbook, page and summary of a board report: no row of a finding, no formula over one, no nought that is none."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from auditor.reports import AuditDocument, write_html, write_xlsx
from auditor.reports.as_json import write_json
from auditor.reports.markdown import write_markdown
from auditor.reports.profile_board import for_board
from auditor.reports.profile_cells import OTHERS
from auditor.reports.reading_back import read_back
from auditor.reports.shown import FAILING, shown_of
from auditor.reports.wording import SECTION_WORDS
from tests.reports.conftest import TEMPLATES, document_of
from tests.reports.fakes import FakeRun, make_run
from tests.reports.test_profile_board import cells

OF_ROWS = ("Finding lines", "Evidence lines", "Underpayments", "Set aside", "Superseded", "Unmatched")
Sheets = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> tuple[FakeRun, AuditDocument, Path]:
    """A run of few patients under some headings, as a board gets it, with all its outputs."""
    folder = tmp_path_factory.mktemp("board")
    fake = make_run(folder, 160, seed=4)
    document, _ = for_board(document_of(fake), fake.run, cells(), folder)
    assert document.withheld and any(entry.pooled for entry in document.by_rule)
    write_html(document, folder / "audit.html", TEMPLATES)
    write_xlsx(document, folder / "audit.xlsx")
    write_markdown(document, folder / "audit.md")
    write_json(document, folder / "audit.json")
    return fake, document, folder


@pytest.fixture(scope="module")
def sheets(given: tuple[FakeRun, AuditDocument, Path]) -> Sheets:
    book = load_workbook(given[2] / "audit.xlsx", data_only=True)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}


def test_all_outputs_say_the_same(given: tuple[FakeRun, AuditDocument, Path]) -> None:
    read_back(given[1], given[2])


def test_there_is_no_sheet_of_rows_and_nothing_leads_to_one(
    given: tuple[FakeRun, AuditDocument, Path], sheets: Sheets
) -> None:
    book = load_workbook(given[2] / "audit.xlsx")
    assert not [name for name in book.sheetnames if name.startswith(OF_ROWS)]
    for sheet in book.worksheets:
        for row in sheet.iter_rows(values_only=True):
            for value in row:
                if isinstance(value, str) and value.startswith("="):
                    assert not re.search("|".join(OF_ROWS), value), (sheet.title, value)
    names = book.sheetnames[1:]
    assert [row[0] for row in sheets["Cover & scope"] if row[0] in names] == names


def test_no_single_finding_is_quoted(given: tuple[FakeRun, AuditDocument, Path], sheets: Sheets) -> None:
    fake, _, folder = given
    told = {row["explanation"] for row in fake.rows} | {row["finding_id"] for row in fake.rows}
    said = "\n".join(str(value) for rows in sheets.values() for row in rows for value in row)
    said += (folder / "audit.html").read_text(encoding="utf-8") + (folder / "audit.md").read_text("utf-8")
    assert not [text for text in told if text and text in said]


def test_a_heading_that_is_withheld_has_no_figure(
    given: tuple[FakeRun, AuditDocument, Path], sheets: Sheets
) -> None:
    _, document, folder = given
    summary = (folder / "audit.md").read_text(encoding="utf-8")
    for name in document.withheld:
        words = SECTION_WORDS[name]
        for sheet, columns in (("Executive summary", (2, 3)), ("Exposure", (1, 2))):
            row = next(row for row in sheets[sheet] if row[0] == words)
            assert [row[at] for at in columns] == ["not shown"] * 2, (sheet, words)
            assert not any(isinstance(value, int | float) for value in row), (sheet, row)
        assert f"| {words} | not shown | not shown | not shown |" in summary


def test_a_row_that_is_counted_with_the_others_is_named_once(
    given: tuple[FakeRun, AuditDocument, Path],
) -> None:
    _, document, folder = given
    summary, page = ((folder / f"audit.{kind}").read_text(encoding="utf-8") for kind in ("md", "html"))
    months = [entry for entry in document.by_month if entry.pooled]
    assert months
    for entry in months:
        assert f"| {entry.key} (counted with the others" in summary
        assert f"<small>{entry.key}</small>" not in page


def test_a_figure_that_is_counted_with_the_others_is_no_nought(
    given: tuple[FakeRun, AuditDocument, Path], sheets: Sheets
) -> None:
    _, document, _ = given
    columns = {"over_definite": "Over, claims-evident", "over_probable": "Over, record needed",
               "at_risk": "At risk", "bypassed": "Bypassed"}  # fmt: skip
    for sheet, entries in (
        ("Findings by rule", document.by_rule), ("Provider scorecards", document.by_provider)
    ):  # fmt: skip
        head = list(sheets[sheet][0])
        for entry, row in zip(entries, sheets[sheet][1:], strict=False):
            for name, heading in columns.items():
                hidden = name in entry.pooled or name in document.withheld
                assert (row[head.index(heading)] == "not shown") == hidden, (sheet, row)


def test_rules_put_together_have_no_law_and_no_cause(sheets: Sheets) -> None:
    head = list(sheets["Findings by rule"][0])
    (row,) = [row for row in sheets["Findings by rule"] if row[0] == OTHERS]
    for name in ("Criteria", "Condition", "Cause (draft)", "Recommendation (draft)"):
        assert not row[head.index(name)]


def test_no_provider_is_compared_by_a_rate_that_is_not_shown(
    given: tuple[FakeRun, AuditDocument, Path], sheets: Sheets
) -> None:
    head = list(sheets["Provider scorecards"][0])
    shown = shown_of(given[1])
    for entry, row in zip(given[1].by_provider, sheets["Provider scorecards"][1:], strict=False):
        if shown.hides(entry, "bypassed", *FAILING) or entry.key == OTHERS:
            assert row[head.index("Percentile among providers")] is None
        if shown.hides(entry, "bypassed", *FAILING):
            assert row[head.index("Bypass rate")] is None


def test_the_page_says_not_shown_and_leads_to_no_list(given: tuple[FakeRun, AuditDocument, Path]) -> None:
    _, document, folder = given
    page = (folder / "audit.html").read_text(encoding="utf-8")
    visible = page.split("<script")[0]
    assert "#findings?" not in visible
    assert "No single finding stands in this report" in visible
    assert "Board: aggregates only" in visible and "How this report was made" in visible
    for name in document.withheld:
        cells_ = re.search(rf'<th scope="row">{re.escape(SECTION_WORDS[name])}<small>.*?</tr>', visible)
        assert cells_ is not None and "not shown" in cells_[0] and "$" not in cells_[0]


def test_coverage_of_which_nothing_is_shown_is_no_percentage_of_nothing(
    given: tuple[FakeRun, AuditDocument, Path], tmp_path: Path
) -> None:
    hidden = replace(given[1], coverage=())
    assert hidden.evaluated_share == "not shown"
    write_html(hidden, tmp_path / "audit.html", TEMPLATES)
    assert "0 of 0" not in (tmp_path / "audit.html").read_text(encoding="utf-8").split("<script")[0]


def test_that_there_is_no_finding_is_not_said_where_findings_may_not_be_shown(
    given: tuple[FakeRun, AuditDocument, Path], tmp_path: Path
) -> None:
    hidden = replace(
        given[1], totals=replace(given[1].totals, sections={}), withheld=frozenset(SECTION_WORDS),
        by_rule=(), by_provider=(), by_month=(),
    )  # fmt: skip
    write_html(hidden, tmp_path / "audit.html", TEMPLATES)
    write_markdown(hidden, tmp_path / "audit.md")
    write_xlsx(hidden, tmp_path / "audit.xlsx")
    page = (tmp_path / "audit.html").read_text(encoding="utf-8").split("<script")[0]
    assert "No finding" not in page and page.count("Not shown: there are findings") == 6
    summary = (tmp_path / "audit.md").read_text(encoding="utf-8")
    assert "No finding" not in summary and summary.count("Not shown: there are findings") == 3
    for sheet in load_workbook(tmp_path / "audit.xlsx").worksheets:
        assert "No finding." not in [value for row in sheet.iter_rows(values_only=True) for value in row], (
            sheet.title
        )


def test_coverage_of_rules_without_a_line_in_scope_is_no_percentage_of_nothing(
    given: tuple[FakeRun, AuditDocument, Path],
) -> None:
    idle = tuple(replace(entry, eligible=0, evaluated=0) for entry in given[1].coverage)
    assert replace(given[1], coverage=idle).evaluated_share == "not shown"


def test_a_share_of_some_rules_is_not_told_as_that_of_all(given: tuple[FakeRun, AuditDocument, Path]) -> None:
    assert given[1].evaluated_words.endswith("in scope of the rules of which it may be shown")
    page = (given[2] / "audit.html").read_text(encoding="utf-8")
    assert "of all rule-by-line evaluations" not in page


def test_no_column_of_the_sheet_of_rules_is_empty_in_every_report_for_a_board(sheets: Sheets) -> None:
    head, *rows = sheets["Findings by rule"]
    to_fill_in = ("Drafts confirmed by", "Confirmed on")
    for place, heading in enumerate(head):
        assert heading in to_fill_in or any(row[place] is not None for row in rows), heading
    assert "Findings, live" not in head and "Findings" in head
