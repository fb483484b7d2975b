import datetime
from decimal import Decimal

import duckdb
import pytest

from auditor.claims import forms, words
from auditor.claims.checks import amount

con = duckdb.connect()


def value(expression, text):
    row = con.execute(f"SELECT {expression} FROM (SELECT CAST(? AS VARCHAR) AS x)", [text]).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    "text",
    ["2024-01-05", "2024-1-5", "20240105", "20240105.0", "01/05/2024", "1/5/2024", "01-05-2024", "05-jan-2024",
     "05-JAN-2024", "05JAN2024", "05 Jan 2024", "2024/01/05", " 2024-01-05 ", "2024-01-05T10:11:12Z",
     "2024-01-05 00:00:00", "1/5/2024 12:00:00 AM", "01/05/2024 13:45"],
)  # fmt: skip
def test_dates_in_their_many_forms(text):
    assert value(forms.date("x", forms.day("x")), text) == datetime.date(2024, 1, 5)


@pytest.mark.parametrize(
    "text", [None, "", " ", "2024-02-30", "13/13/2024", "epoch", "infinity", "-infinity", "12024-01-01", "24-01-05",
             "0024-01-05", "yesterday", "2024", "1850-01-01", "2024081", "202481", "202408011"]
)  # fmt: skip
def test_what_is_no_date(text):
    assert value(forms.date("x", forms.day("x")), text) is None


MONEY = {
    "12.00": 1200, "$1,234.50": 123450, "(12.00)": -1200, "12.00-": -1200, "-12": -1200, ".5": 50, "5.": 500,
    "-$5": -500, "$-5": -500, "($1,000.00)": -100000, "$ 5.00": 500, "+5": 500, "0": 0, "1e3": 100000,
    " 7 ": 700, "0.30000000000000004": 30, "12.345": 1235, "-12.345": -1235,
    "1O0.00": None, "12,50": None, "1,23,4": None, "$": None, "-": 0, "$ -": 0,
    "$-": 0, " $ -   ": 0, "\u2014": 0, "- -": None, "()": None, "--5": None, "(-5)": None,
    "-5-": None, "NaN": None, "Infinity": None, "99999999999999999": None, "": None, "n/a": None, "5 USD": None,
    "(5)-": None, "1.2.3": None,
}  # fmt: skip


@pytest.mark.parametrize(("text", "cents"), MONEY.items())
def test_money_by_sql_and_by_the_independent_check(text, cents):
    assert value(forms.cents("x", forms.dollars("x")), text) == cents
    assert amount(text) == cents


@pytest.mark.parametrize(
    ("text", "units"),
    [("1", "1"), ("1.0", "1"), ("1,000", "1000"), ("-2", "-2"), ("0.5", "0.5"), ("one", None), ("", None)],
)
def test_units(text, units):
    got = value(forms.quantity("x"), text)
    assert got == (None if units is None else Decimal(units))


@pytest.mark.parametrize(
    ("text", "number"), [("1", 1), ("01", 1), ("12", 12), ("1.0", 1), (" 2 ", 2), ("1.5", None), ("1A", None),
                         ("-1", None),
                         ("99999999999", None), ("", None)]
)  # fmt: skip
def test_line_numbers(text, number):
    assert value(forms.whole_number("x"), text) == number


@pytest.mark.parametrize(
    ("text", "code"), [("99213", "99213"), ("99213.0", "99213"), ('="99213"', "99213"), (" g0439 ", "G0439"),
                       ("0001t", "0001T"), ("00100", "00100"), ("\t99213", "99213"), ("  ", None), (None, None)]
)  # fmt: skip
def test_codes_are_upper_case_and_mended(text, code):
    assert value(forms.code("x", 5), text) == code


@pytest.mark.parametrize(
    ("text", "pos"), [("1", "01"), ("11", "11"), ("1.0", "01"), ("", None), (" 2", "02")]
)
def test_one_lost_leading_zero_comes_back(text, pos):
    assert value(forms.padded("x", 2), text) == pos


@pytest.mark.parametrize(
    ("text", "modifiers"),
    [("26", ["26"]), ("26,59", ["26", "59"]), ("26 59", ["26", "59"]), ("2659", ["26", "59"]), ("26-59", ["26", "59"]),
     ("lt;rt", ["LT", "RT"]), ("5", ["5"]), ("592", ["592"]), ("26.0", ["26"]),
     (" , 59", ["59"]),
     ("", []), (None, [])],
)  # fmt: skip
def test_modifiers_of_one_cell(text, modifiers):
    assert (
        value(f"(SELECT {forms.modifier_list('t')} FROM (SELECT {forms.joined(['x'])} AS t))", text)
        == modifiers
    )


@pytest.mark.parametrize(
    ("text", "pointers"),
    [("1", [1]), ("1:2", [1, 2]), ("1,2", [1, 2]), ("A,B", [1, 2]), ("12", [1, 2]), ("AB", [1, 2]), ("ab", [1, 2]),
     ("1,12", [1, 12]), (" 1 | 2 ", [1, 2]), ("0", []), ("Z", []), ("", []), (None, []), ("2:1", [2, 1])],
)  # fmt: skip
def test_diagnosis_pointers(text, pointers):
    assert value(forms.pointers("x"), text) == pointers


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("true", True),
        ("Y", True),
        ("1", True),
        ("Yes", True),
        ("N", False),
        ("0", False),
        ("", False),
        (None, False),
        ("n/a", False),
        ("0.00", False),
        ("denied in full", True),
        ("R", True),
        ("2", True),
    ],
)
def test_flags(text, truth):
    assert value(forms.flag("x"), text) is truth


@pytest.mark.parametrize(
    ("text", "code"),
    [("7", "7"), ("07", "7"), ("7.0", "7"), ("replacement", "7"), ("Replacement of prior claim", "7"),
     ("7 - Replacement", "7"),
     ("corrected", "7"), ("Void", "8"), ("cancelled", "8"), ("008", "8"), ("original", "1"), ("0", None), ("N/A", None),
     ("a", "A"), ("adjusted", "ADJUSTED"), (None, None)],
)  # fmt: skip
def test_frequency_codes(text, code):
    assert value(forms.frequency("x"), text) == code


PAID = ["Paid", "paid in full", "P", "processed as primary", "1", "finalized", None, "reversed", "approved"]
NOT_PAID = ["Denied - duplicate", "D", "DN", "voided", "cancelled", "canceled", "PENDING REVIEW", "Deny", "Rejected ",
            "denied", "4", "04", "in process", "claim denied", "23", "not paid", "non-payable"]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "unpaid"), [*((word, False) for word in PAID), *((word, True) for word in NOT_PAID)]
)
def test_words_of_a_status(text, unpaid):
    plain = f"lower({forms.text('x')})"
    assert value(words.unpaid(plain), text) is unpaid
    assert not value(words.status_unknown(plain), text)
    assert value(words.status_unknown("x"), "zed 9")


@pytest.mark.parametrize(
    ("text", "pointers"),
    [("12.0", [1, 2]), ("1.0", [1]), ("10", [10]), ("10.0", [10]), ("11", [11]), ("21", [2, 1])],
)
def test_pointers_of_a_spreadsheet_and_of_two_digits(text, pointers):
    assert value(forms.pointers("x"), text) == pointers
