"""Lists that a user makes by hand: panels, frequency limits, consolidated billing."""

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.base.errors import InputRefused
from auditor.reference.columns import own_columns
from tests.reference.kinds import csv_text, kinds_of

DAY = dt.date(2020, 1, 1)
END = dt.date(2023, 12, 31)
KINDS = {
    "payer_fees": (
        "payer_id,plan_id,code,modifier,setting,locality,amount,effective,ended,source",
        [
            ["ACME", "", "99213", "", "non_facility", "", "92.50", "2020-01-01", "2023-12-31", "contract"],
            ["ACME", "GOLD", "70450", "26", "", "01", "40", "2020-01-01", "", ""],
        ],
        "payer_id, plan_id, code, modifier, setting, locality, amount, effective, deleted",
        [
            ("ACME", "GOLD", "70450", "26", None, "01", Decimal(40), DAY, None),
            ("ACME", None, "99213", None, "non_facility", None, Decimal("92.5"), DAY, END),
        ],
        "Fees of payers of the user",
    ),
    "panels": (
        "panel,component,effective,ended,source",
        [["80051", "82374", "2020-01-01", "", "words"], ["80051", "82435", "2020-01-01", "2023-12-31", ""]],
        "panel, component, components, source, effective, deleted",
        [("80051", "82374", 2, "words", DAY, None), ("80051", "82435", 2, None, DAY, END)],
        "Laboratory panels of the user",
    ),
    "frequency_limits": (
        "family,code,limit,period,counts,effective,ended,source",
        [
            ["glaucoma", "G0117", "1", "11 months", "services", "2020-01-01", "", ""],
            ["glaucoma", "G0118", "1", "11 months", "services", "2020-01-01", "", ""],
            ["tobacco", "99406", "8", "year", "", "2020-01-01", "2023-12-31", ""],
            ["tcm", "99495", "1", "30 days", "units", "2020-01-01", "", ""],
        ],
        "family, code, limit_count, period, period_days, period_months, counts, effective, deleted",
        [
            ("glaucoma", "G0117", 1, "11 months", None, 11, "services", DAY, None),
            ("glaucoma", "G0118", 1, "11 months", None, 11, "services", DAY, None),
            ("tcm", "99495", 1, "30 days", 30, None, "units", DAY, None),
            ("tobacco", "99406", 8, "year", None, None, "units", DAY, END),
        ],
        "Frequency limits of the user",
    ),
    "snf_consolidated_billing": (
        "snf_list,code,modifier,effective,ended,source",
        [
            ["physician", "99309", "", "2020-01-01", "", ""],
            ["professional_component", "71046", "26", "2020-01-01", "2023-12-31", ""],
            ["category_5", "97110", "", "2020-01-01", "", ""],
        ],
        "code, snf_list, modifier, effective, deleted",
        [
            ("71046", "professional_component", "26", DAY, END),
            ("97110", "category_5", None, DAY, None),
            ("99309", "physician", None, DAY, None),
        ],
        "SNF consolidated billing of the user",
    ),
    "hh_consolidated_billing": (
        "hh_category,code,effective,ended,source",
        [["supplies", "A4310", "2020-01-01", "", ""], ["therapy", "97110", "2020-01-01", "2023-12-31", ""]],
        "code, hh_category, effective, deleted",
        [("97110", "therapy", DAY, END), ("A4310", "supplies", DAY, None)],
        "Home health consolidated billing of the user",
    ),
}


def content(kind, *more):
    titles, rows = KINDS[kind][:2]
    return csv_text(titles.split(","), *rows, *more)


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_is_laid_out_as_it_is_written(desk, kind):
    _, rows, picked, expected, title = KINDS[kind]
    report = desk.take(desk.write("mine.csv", content(kind)))[0]
    assert desk.rows(report, picked, picked) == expected
    edition = report.edition
    assert (edition.table, edition.valid_from, edition.valid_to) == (kind, DAY, None)
    assert edition.counts["rows"] == len(rows)
    assert kinds_of(content(kind)) == [title]
    columns = set(edition.columns) - {"effective", "deleted"}
    assert columns == set(own_columns()[kind])


@pytest.mark.parametrize(
    ("kind", "row", "match"),
    [
        ("panels", ["80051", "8237", "2020-01-01", "", ""], "component has another shape"),
        ("panels", ["80051", "80051", "2020-01-01", "", ""], "the panel itself"),
        ("panels", ["80051", "82947", "", "", ""], "effective is blank"),
        ("panels", ["80051", "82947", "01.02.2020", "", ""], "effective is not a date"),
        ("panels", ["80051", "82947", "2020-01-02", "2020-01-01", ""], "ended is before effective"),
        ("panels", ["80051", "82435", "2023-12-31", "", ""], "two rows of 80051 82435 are in force"),
        (
            "frequency_limits",
            ["x", "99406", "8", "weekly", "", "2020-01-01", "", ""],
            "period has another shape",
        ),
        (
            "frequency_limits",
            ["x", "99406", "8", "0 days", "", "2020-01-01", "", ""],
            "period has another shape",
        ),
        ("frequency_limits", ["x", "99406", "", "year", "", "2020-01-01", "", ""], "limit count is blank"),
        (
            "frequency_limits",
            ["x", "99406", "8", "year", "minutes", "2020-01-01", "", ""],
            "counts has another",
        ),
        (
            "snf_consolidated_billing",
            ["category_6", "99309", "", "2020-01-01", "", ""],
            "snf list has another",
        ),
        (
            "snf_consolidated_billing",
            ["physician", "99309", "", "2021-01-01", "", ""],
            "two rows of physician 99309",
        ),
        ("hh_consolidated_billing", ["drugs", "A4310", "2020-01-01", "", ""], "hh category has another"),
        ("hh_consolidated_billing", ["therapy", "A4310", "2021-01-01", "", ""], "two rows of A4310"),
    ],
)
def test_one_bad_row_refuses_the_whole_list(desk, kind, row, match):
    with pytest.raises(InputRefused, match=match):
        desk.take(desk.write("mine.csv", content(kind, row)), accept=True)
    assert not [name for name in desk.visible() if name.startswith(kind)]


def test_a_bad_row_is_named_by_its_line(desk):
    with pytest.raises(InputRefused, match=re.escape("mine.csv, line 4")):
        desk.take(desk.write("mine.csv", content("panels", ["80051", "x", "2020-01-01", "", ""])))


def test_components_are_counted_on_the_rows_first_day(desk):
    more = [["80051", "82435", "2024-01-01", "", ""], ["80051", "84132", "2024-01-01", "", ""]]
    report = desk.take(desk.write("mine.csv", content("panels", *more)))[0]
    assert desk.rows(report, "component, effective, components") == [
        ("82374", DAY, 2), ("82435", DAY, 2),
        ("82435", dt.date(2024, 1, 1), 3), ("84132", dt.date(2024, 1, 1), 3),
    ]  # fmt: skip


def test_unknown_titles_refuse_it(desk):
    titles, rows = KINDS["panels"][:2]
    wider = csv_text([*titles.split(","), "price"], *([*row, "1"] for row in rows))
    with pytest.raises(InputRefused, match="unknown price"):
        desk.take(desk.write("mine.csv", wider))


def test_the_examples_of_the_page_can_be_imported(desk):
    page = (Path(__file__).resolve().parents[2] / "docs" / "own_tables.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```csv\n(.*?)```", page, re.DOTALL)
    reports = [desk.take(desk.write(f"{n}.csv", block))[0] for n, block in enumerate(blocks)]
    assert {report.edition.table for report in reports} == set(KINDS)
