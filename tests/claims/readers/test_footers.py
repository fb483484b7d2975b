import pytest

from auditor.claims.readers.footers import HEADER_AGAIN, REMARK, TOTALS, judge_of

JUDGE = judge_of(["Claim", "DOS", "CPT", "Paid"], {"date_from": (1,), "code": (2,)})


@pytest.mark.parametrize(
    "first",
    ["Total", "TOTALS:", "Grand Total", "Sub-total", "Subtotal", "*** Total ***", "Claim total", "Report Totals",
     "Sum", "Record count", "Count:"],
)  # fmt: skip
def test_rows_of_totals_are_told(first):
    assert JUDGE.reason([first, "", "", "12.50"]) == TOTALS


@pytest.mark.parametrize(
    "first",
    ["Page 3 of 9", "Printed 2024-01-01", "End of report", "2 records found", "(2 rows affected)", "-----"],
)
def test_remarks_of_a_report_are_told(first):
    assert JUDGE.reason([first]) == REMARK


def test_the_header_once_more_is_told():
    assert JUDGE.reason(["claim", "dos", "cpt", "PAID"]) == HEADER_AGAIN


@pytest.mark.parametrize(
    "row",
    [
        ["Total", "2024-01-01", "99213", "1"],
        ["C1", "", "", "1"],
        ["", "", "", ""],
        ["Totality Inc", "", "", ""],
    ],
)
def test_what_may_be_a_claim_line_is_left_to_the_canonical_step(row):
    assert JUDGE.reason(row) is None
