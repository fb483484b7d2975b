import datetime as dt

import pytest

from auditor.base.errors import InputRefused
from auditor.reference.archives import Limits
from auditor.reference.sheets import Workbook
from tests.reference.layouts import sheet, zipped

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def workbook(tmp_path, content: bytes) -> Workbook:
    path = tmp_path / "book.xlsx"
    path.write_bytes(content)
    return Workbook(path, "book.xlsx", Limits())


def made(sheet_xml: str, *, strings: str | None = None) -> bytes:
    """A workbook of one sheet, written by hand."""
    members = {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" '
        f'Type="{RELATIONS}/worksheet" Target="/xl/worksheets/one.xml"/></Relationships>',
        "xl/worksheets/one.xml": sheet_xml,
    }
    if strings is not None:
        members["xl/sharedStrings.xml"] = strings
    return zipped({name: text.encode() for name, text in members.items()})


def test_cells_come_out_as_a_person_sees_them(tmp_path):
    rows: list[list[object]] = [
        ["00100", 36591, 20240701.0, dt.date(2024, 7, 1), None, 1.5, True, "a\nb"],
        [],
        [None, "x"],
    ]
    book = workbook(tmp_path, sheet(rows))
    assert list(book.rows(book.sheets[0])) == [
        ["00100", "36591", "20240701", "2024-07-01", "", "1.5", "1", "a\nb"],
        ["", "x"],
    ]


def test_sheets_are_named_in_order(tmp_path):
    assert workbook(tmp_path, sheet([["x"]], first_sheet="Notice")).sheets == ("Sheet", "data")


def test_inline_strings_prefixes_missing_references_and_readings(tmp_path):
    xml = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row><x:c t="inlineStr"><x:is><x:t>A</x:t></x:is></x:c>'
        '<x:c t="s"><x:v>0</x:v></x:c><x:c r="E1"><x:v>2.0240701E7</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    strings = f'<sst xmlns="{MAIN}"><si><r><t>B</t></r><r><t>C</t></r><rPh><t>no</t></rPh></si></sst>'
    book = workbook(tmp_path, made(xml, strings=strings))
    assert list(book.rows("S")) == [["A", "BC", "", "", "20240701"]]


def test_a_million_empty_rows_and_a_cell_in_the_last_corner_cost_nothing(tmp_path):
    empty = "".join(f'<row r="{i}"/>' for i in range(1, 200_000))
    xml = f'<worksheet xmlns="{MAIN}"><sheetData>{empty}<row><c r="XFD1048576"><v>1</v></c></row>'
    xml += '<row><c r="A9"><v>7</v></c></row></sheetData></worksheet>'
    assert list(workbook(tmp_path, made(xml)).rows("S")) == [["7"]]


def test_entity_bombs_are_refused(tmp_path):
    xml = '<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
    with pytest.raises(InputRefused, match="document type"):
        list(workbook(tmp_path, made(xml)).rows("S"))


@pytest.mark.parametrize(
    "xml",
    [
        "<worksheet><sheetData><row>",
        '<worksheet><sheetData><row><c r="A1" t="s"><v>5</v></c></row></sheetData></worksheet>',
    ],
    ids=["cut", "string that is not there"],
)
def test_damaged_sheets_are_refused(tmp_path, xml):
    with pytest.raises(InputRefused, match="damaged"):
        list(workbook(tmp_path, made(xml)).rows("S"))


def test_a_workbook_without_its_sheet_is_refused(tmp_path):
    content = made("<worksheet/>").replace(b"one.xml", b"two.xml", 1)
    with pytest.raises(InputRefused):
        book = workbook(tmp_path, content)
        list(book.rows("S"))


def test_a_sheet_bomb_is_refused(tmp_path):
    xml = f'<worksheet xmlns="{MAIN}"><sheetData>{" " * 3_000_000}</sheetData></worksheet>'
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(made(xml))
    book = Workbook(path, "bomb.xlsx", Limits(ratio_from=1_000_000))
    with pytest.raises(InputRefused, match=r"bomb\.xlsx: .*packed size"):
        list(book.rows("S"))
