import datetime
import zipfile

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from auditor.base.errors import InputRefused
from auditor.claims.readers.cells import Cells, Filling, Merged, Seen, day_of, shown_number
from auditor.claims.readers.workbook import Workbook
from tests.claims.readers.workbooks import raw_workbook


def rows_of(path, seen=None):
    with zipfile.ZipFile(path) as archive:
        workbook = Workbook(archive, path.name)
        return list(Cells(workbook).rows(workbook.sheets[0], seen or Seen()))


@pytest.fixture
def saved(tmp_path):
    """Writes rows with openpyxl; `formats` are of cells by their place."""

    def save(*rows, formats=None):
        book = openpyxl.Workbook()
        sheet = book.create_sheet("Claims", 0)
        for row in rows:
            sheet.append(row)
        for place, code in (formats or {}).items():
            sheet[place].number_format = code
        book.save(tmp_path / "a.xlsx")
        return tmp_path / "a.xlsx"

    return save


def test_values_come_as_a_person_sees_them(saved):
    path = saved(
        ["99213", 99213, 120.5, 0.1 + 0.2, True, None, datetime.date(2024, 2, 29), 1234567893.0],
        [],
        [datetime.datetime(2024, 2, 29, 13, 5, 7), -3, 1e9, 1e-3, "a & b < c", " é\nx "],
    )
    assert rows_of(path) == [
        (1, ["99213", "99213", "120.5", "0.3", "true", "", "2024-02-29", "1234567893"]),
        (3, ["2024-02-29 13:05:07", "-3", "1000000000", "0.001", "a & b < c", " é\nx "]),
    ]


def test_zeros_that_a_format_puts_before_a_number_are_kept(saved):
    path = saved([501, 450, 77, 1.5], formats={"A1": "00000", "B1": "0000", "C1": "0", "D1": "0.00"})
    assert rows_of(path) == [(1, ["00501", "0450", "77", "1.5"])]


def test_formats_of_days_are_told_from_those_of_amounts(saved):
    path = saved(
        [45413, 45413, 45413, 45413, 45413],
        formats={
            "A1": "mm/dd/yyyy",
            "B1": '#,##0.00 "days"',
            "C1": "[$-409]d\\-mmm\\-yy;@",
            "D1": "0%",
            "E1": "yyyy",
        },
    )
    assert rows_of(path) == [(1, ["2024-05-01", "45413", "2024-05-01", "45413", "2024-05-01"])]


def test_days_counted_from_1904_are_read(tmp_path):
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.create_sheet("Claims", 0).append([datetime.date(2024, 2, 29)])
    book.save(tmp_path / "mac.xlsx")
    assert rows_of(tmp_path / "mac.xlsx") == [(1, ["2024-02-29"])]


def test_formulas_without_a_value_errors_and_long_numbers_are_seen(tmp_path):
    data = (
        '<row r="5"><c r="A5"><f>1+1</f></c><c r="B5"><f>1+1</f><v>2</v></c><c r="C5" t="e"><v>#N/A</v></c>'
        '<c r="D5"><v>12345678901234567</v></c><c r="E5" t="str"><f>A1</f><v>a_x000D_b</v></c></row>'
    )
    seen = Seen()
    assert rows_of(raw_workbook(tmp_path / "a.xlsx", data), seen) == [
        (5, ["", "2", "#N/A", "12345678901234600", "a\rb"])
    ]
    assert (seen.unvalued, seen.errors, seen.rounded, seen.first["unvalued"]) == (1, 1, 1, 5)


def test_a_sheet_written_with_prefixes_and_runs_is_read_too(tmp_path):
    data = (
        '<x:row><x:c t="inlineStr"><x:is><x:r><x:t>Claim</x:t></x:r><x:r><x:t> ID</x:t></x:r></x:is></x:c>'
        '<x:c t="s"><x:v>0</x:v></x:c></x:row><x:row r="4"><x:c r="C4"><x:v>7</x:v></x:c></x:row>'
    )
    shared = "<si><r><t>li</t></r><r><t>ne</t></r><rPh><t>no</t></rPh></si>"
    path = raw_workbook(tmp_path / "a.xlsx", data, shared, prefix="x")
    assert rows_of(path) == [(1, ["Claim ID", "line"]), (4, ["", "", "7"])]


def test_a_row_that_is_written_otherwise_is_read_to_its_end(tmp_path):
    data = (
        "<row r='7'><c r='A7' foo='x'><v>1</v></c><!-- c --><c r='B7' t='inlineStr'><is><t>a</t></is></c>"
        "<c r='D7'><v>4</v></c><extLst/></row>"
    )
    assert rows_of(raw_workbook(tmp_path / "a.xlsx", data)) == [(7, ["1", "a", "", "4"])]


def test_rows_are_read_over_many_blocks(saved, monkeypatch):
    monkeypatch.setattr("auditor.claims.readers.cells._BLOCK", 97)
    rows = [[f"C{n}", n, n / 4] for n in range(200)]
    assert [cells for _, cells in rows_of(saved(*rows))] == [
        [f"C{n}", str(n), f"{n / 4:g}"] for n in range(200)
    ]


@pytest.mark.parametrize("damage", ["cut", "text number", "row without end"])
def test_a_damaged_sheet_is_refused(tmp_path, damage):
    whole, open_ended = '<row r="1"><c r="A1" t="s"><v>9</v></c></row>', '<row r="1"><c r="A1"><v>1</v>'
    data = open_ended if damage == "row without end" else whole
    path = raw_workbook(tmp_path / "a.xlsx", data)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:300])
    with pytest.raises((InputRefused, zipfile.BadZipFile)):
        rows_of(path)


@pytest.mark.parametrize(
    ("value", "day"),
    [("1", "1900-01-01"), ("59", "1900-02-28"), ("61", "1900-03-01"), ("45413", "2024-05-01"),
     ("45413.5", "2024-05-01 12:00:00"), ("45413.99999999999", "2024-05-02"), ("0.25", "06:00:00"), ("-1", "-1"),
     ("x", "x"), ("1e9", "1e9")],
)  # fmt: skip
def test_day_numbers_are_days(value, day):
    assert day_of(value, epoch_1904=False) == day


@pytest.mark.parametrize(
    ("value", "text"),
    [("80.249999999999996", "80.25"), ("1.23E+9", "1230000000"), ("1E-2", "0.01"), ("100", "100"), ("-0.5", "-0.5"),
     ("1.10", "1.1"), ("1e99", None), ("nan", None), ("x", None)],
)  # fmt: skip
def test_numbers_are_shown_without_powers_and_what_binary_leaves(value, text):
    assert shown_number(value) == text


@given(cents=st.integers(-(10**12), 10**12))
def test_any_amount_of_cents_survives_its_binary_form(cents):
    shown = shown_number(repr(cents / 100))
    assert shown is not None
    assert round(float(shown) * 100) == cents
    assert len(shown.partition(".")[2]) <= 2


def test_merged_cells_are_filled_down_and_amounts_are_not():
    filling = Filling([Merged(0, 2, 4), Merged(1, 2, 3)], frozenset({0}))
    rows = {2: ["C1", "10"], 3: ["", ""], 4: [], 5: ["", "5"]}
    for number, cells in rows.items():
        filling.fill(number, cells)
    assert rows == {2: ["C1", "10"], 3: ["C1", ""], 4: ["C1"], 5: ["", "5"]}


@example(rows=[["", " "]])
@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(
        st.lists(
            st.one_of(
                st.none(),
                st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=8).filter(
                    lambda text: not text.startswith("=")
                ),
                st.integers(-(10**9), 10**9),
                st.booleans(),
                st.dates(datetime.date(1901, 1, 1), datetime.date(2100, 1, 1)),
            ),
            max_size=6,
        ),
        min_size=1,
        max_size=6,
    )
)
def test_what_openpyxl_reads_is_read(rows, tmp_path_factory):
    path = tmp_path_factory.mktemp("x") / "a.xlsx"
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("a")
    for row in rows:
        sheet.append(row)
    book.save(path)
    expected = []
    for number, row in enumerate(openpyxl.load_workbook(path)["a"].iter_rows(values_only=True), 1):
        cells = [_as_text(value) for value in row]
        if any(cells):
            expected.append((number, "|".join(cells).rstrip("|")))
    assert [(number, "|".join(cells).rstrip("|")) for number, cells in rows_of(path)] == expected


def _as_text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    return "" if value is None else str(value)


@pytest.mark.parametrize("between", ['<rxw r="2"><c r="A2"><v>2</v></c></rxw>', "words", "<row"])
def test_what_is_no_row_between_rows_is_never_passed_over(tmp_path, between):
    row = '<row r="{0}"><c r="A{0}"><v>1</v></c></row>'
    for data in (row.format(1) + between + row.format(3), row.format(1) + between, between):
        with pytest.raises(InputRefused, match="damaged"):
            rows_of(raw_workbook(tmp_path / "a.xlsx", data))


def test_a_sheet_without_rows_has_none(tmp_path):
    assert rows_of(raw_workbook(tmp_path / "a.xlsx", "")) == []


@pytest.mark.parametrize(
    ("number", "day"),
    [
        ("45474.999999965", "2024-07-01 23:59:59"),  # 23:59:59.997, the last moment of a day of SQL Server
        ("45474.999999999985", "2024-07-01 23:59:59"),  # 23:59:59.999999, as Python writes it
        ("45473.99999999999", "2024-07-01"),  # a sum of days that lost its last digit
    ],
)
def test_the_last_moment_of_a_day_is_of_that_day(number, day):
    assert day_of(number, False) == day
