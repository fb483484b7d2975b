import datetime
import zipfile
from decimal import Decimal

import openpyxl
import pytest

from auditor.base.errors import InputRefused
from auditor.claims.mapping.column_map import ColumnMap, Written
from tests.claims.readers.workbooks import raw_workbook

HEADER = ["Claim ID", "Line", "Patient ID", "DOS", "CPT", "Modifiers", "Units", "Billed", "Paid", "Dx", "NPI"]
DAY = datetime.date(2024, 1, 13)


def line(claim="C1", number=1, **cells):
    values = dict(
        zip(HEADER, [claim, number, "P1", DAY, 99213, 25, 1, 120.1, 80.25, "E11.9", 1234567893], strict=True)
    )
    return list((values | cells).values())


@pytest.fixture
def book(tmp_path):
    """Writes sheets by name, each a list of rows; `more` is done to the workbook before it is saved."""

    def save(more=None, **sheets):
        made = openpyxl.Workbook()
        made.remove(made.worksheets[0])
        for name, rows in sheets.items():
            sheet = made.create_sheet(name)
            for row in rows:
                sheet.append(row)
        if more is not None:
            more(made)
        made.save(tmp_path / "claims.xlsx")
        return tmp_path / "claims.xlsx"

    return save


def test_a_sheet_of_claims_is_read_below_its_title(read, book):
    got = read(
        book(Claims=[["Practice"], [], HEADER, line(), line(number=2, CPT="82040", Modifiers="91 59")])
    )
    assert got.feed.files[0].format == "xlsx"
    assert got.rows(
        "SELECT claim_id, line_no, date_from::VARCHAR, code, modifiers, units, charge, paid, dx, rendering_npi, "
        "source_pos FROM claim_line ORDER BY line_id"
    ) == [
        ("C1", 1, "2024-01-13", "99213", ["25"], Decimal("1.000"), 12010, 8025, ["E119"], "1234567893", 4),
        (
            "C1",
            2,
            "2024-01-13",
            "82040",
            ["91", "59"],
            Decimal("1.000"),
            12010,
            8025,
            ["E119"],
            "1234567893",
            5,
        ),
    ]


def test_every_row_is_a_line_or_set_aside_with_its_reason(read, book):
    rows = [
        HEADER,
        line(),
        line("C2", Paid="#N/A"),
        [],
        HEADER,
        line("C3"),
        ["Total", *[None] * 6, 360.3, 240.75],
    ]
    got = read(book(Claims=rows))
    assert got.column("SELECT claim_id FROM claim_line ORDER BY line_id") == ["C1", "C3"]
    assert got.rows("SELECT source_pos, reason_code FROM set_aside ORDER BY 1") == [
        (3, "paid_invalid"),
        (5, "header_repeated"),
        (7, "totals_row"),
    ]
    assert (got.tie.rows_read, got.tie.paid_in, got.tie.charge_set_aside) == (5, 16050, 12010)


def test_sheets_of_one_kind_are_read_one_after_the_other(read, book):
    got = read(
        book(
            Jan=[HEADER, line("C1"), line("C2")],
            Notes=[["Some words", "and more"], ["of", "it"]],
            Feb=[["Visit", *HEADER[:-1]], ["x", *line("C3", Modifiers=None)[:-1]]],
            Empty=[],
        )
    )
    assert got.rows("SELECT claim_id, source_pos, rendering_npi FROM claim_line ORDER BY line_id") == [
        ("C1", 2, "1234567893"),
        ("C2", 3, "1234567893"),
        ("C3", 1_048_578, None),
    ]
    notes = " ".join(got.feed.notes)
    assert "row 1 of sheet 'Feb' is place 1,048,577" in notes
    assert "sheet 'Notes' is not read: it has no column for claim_id" in notes
    assert "sheet 'Empty' is empty" in notes


def test_a_hidden_sheet_is_named_and_not_read(read, book):
    def hide(made):
        made["Old"].sheet_state = "hidden"

    got = read(book(hide, Old=[HEADER, line("C9")], New=[HEADER, line("C1")]))
    assert got.column("SELECT claim_id FROM claim_line") == ["C1"]
    assert any("sheet 'Old' is hidden" in note for note in got.feed.notes)


def test_merged_cells_are_the_value_of_each_row_but_for_amounts(read, book):
    def merge(made):
        made["Claims"].merge_cells("A2:A3")
        made["Claims"].merge_cells("I2:I3")

    got = read(book(merge, Claims=[HEADER, line(), line(None, 2)]))
    assert got.rows("SELECT claim_id, line_no, coalesce(paid, 0) FROM claim_line ORDER BY line_id") == [
        ("C1", 1, 8025),
        ("C1", 2, 0),
    ]
    assert got.tie.paid_in == 8025


def test_formulas_without_a_value_are_told_and_read_as_blank(read, book):
    got = read(book(Claims=[HEADER, line(Paid="=80+0.25")]))
    assert got.rows("SELECT name, severity, source_pos FROM claim_diagnostic") == [
        ("formula_without_value", "error", 2)
    ]
    assert got.tie.paid_in == 0


def test_values_to_the_right_of_the_header_are_told(read, book):
    got = read(book(Claims=[HEADER, [*line(), "left over"]]))
    assert got.column("SELECT name FROM claim_diagnostic") == ["beyond_header"]


def test_a_column_map_reads_a_sheet_with_names_of_its_own(read, book):
    names = [f"Spalte {letter}" for letter in "abcdefghijk"]
    fields = ["claim_id", "line_no", "patient_id", "date_from", "code", "modifiers", "units", "charge", "paid", "dx1",
              "rendering_npi"]  # fmt: skip
    said = ColumnMap({name: Written((column,)) for name, column in zip(fields, names, strict=True)})
    path = book(Claims=[["Title"], names, line()])
    with pytest.raises(InputRefused, match="none of the"):
        read(path)
    assert read(path, column_map=said).column("SELECT code FROM claim_line") == ["99213"]


def test_a_workbook_without_claims_is_refused_with_what_it_lacks(read, book):
    with pytest.raises(InputRefused, match="no column for patient_id"):
        read(book(A=[["x", "y"], [1, 2]], Claims=[[*HEADER[:2], "Who", *HEADER[3:]], line()]))
    with pytest.raises(InputRefused, match="the workbook has no row"):
        read(book(A=[]))


def test_only_hidden_sheets_are_refused_with_what_to_do(read, book):
    def hide(made):
        made["Old"].sheet_state = "hidden"

    with pytest.raises(InputRefused, match="Show the sheet with the claims"):
        read(book(hide, Old=[HEADER, line()], New=[]))


def test_a_binary_or_damaged_workbook_is_refused(read, tmp_path):
    binary = tmp_path / "a.xlsx"
    with zipfile.ZipFile(binary, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.bin", b"")
    with pytest.raises(InputRefused, match=r"xlsb.*Save it as xlsx or CSV"):
        read(binary)
    document = tmp_path / "b.xlsx"
    with zipfile.ZipFile(document, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w/>")
    with pytest.raises(InputRefused, match="no workbook"):
        read(document)
    with pytest.raises(InputRefused, match="the workbook is damaged"):
        read(raw_workbook(tmp_path / "c.xlsx", '<row r="1"><c r="A1"><v>1</v>'))


def test_a_part_that_does_not_unpack_is_refused(read, book):
    path = book(Claims=[HEADER, line()])
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("xl/_rels/workbook.xml.rels")
    start = info.header_offset + 30 + len(info.filename)
    path.write_bytes(content[:start] + b"\xff" * 20 + content[start + 20 :])
    with pytest.raises(InputRefused, match="the workbook is damaged"):
        read(path)


def test_the_format_may_be_insisted_on(read, book):
    path = book(Claims=[HEADER, line()])
    assert read(path, format="xlsx").tie.lines_audited == 1
    with pytest.raises(InputRefused, match="workbook"):
        read(path, format="csv")


def test_totals_names_and_charges_of_claims_are_told_in_a_sheet_too(read, book):
    header = [name.replace("Billed", "Total Charges").replace("NPI", "Rendering Provider") for name in HEADER]
    more = {"NPI": "Ada L"}
    rows = [
        line("C1", n, Billed=300, Paid=paid, CPT=code, **more)
        for n, (code, paid) in enumerate([("99213", 60), ("82040", 20)], 1)
    ]
    rows += [
        line("C2", n, Billed=90, Paid=9, CPT=code, **more) for n, code in enumerate(["99213", "82040"], 1)
    ]
    total = [None] * 7 + [780, 98]
    got = read(book(Claims=[header, *rows, total]))
    assert got.rows("SELECT charge, rendering_npi FROM claim_line ORDER BY line_id") == [
        (22500, None), (7500, None), (4500, None), (4500, None),
    ]  # fmt: skip
    assert got.rows("SELECT source_pos, reason_code FROM set_aside") == [(6, "totals_row")]
    assert (got.tie.charge_in, got.tie.paid_in) == (39_000, 9_800)
