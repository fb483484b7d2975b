"""The parts of the file as Excel wants them, which repairs or refuses what others forgive (ECMA-376, part 1)."""

from __future__ import annotations

import re
import zipfile
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from openpyxl import Workbook, load_workbook

# CT_Worksheet is a sequence: elements in another order make Excel repair the file.
ORDER = [
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetProtection", "protectedRanges",
    "autoFilter", "mergeCells", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins",
    "pageSetup", "headerFooter", "drawing", "legacyDrawing", "tableParts", "extLst",
]  # fmt: skip
Parts = dict[str, ElementTree.Element]


@pytest.fixture(scope="module")
def parts(path: Path) -> Parts:
    """Every XML part by name."""
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        return {name: ElementTree.fromstring(file.read(name)) for name in file.namelist()}


def bare(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def sheets(parts: Parts) -> dict[str, ElementTree.Element]:
    return {name: root for name, root in parts.items() if name.startswith("xl/worksheets/sheet")}


def test_elements_of_a_sheet_stand_in_the_order_of_the_standard(parts: Parts) -> None:
    for name, root in sheets(parts).items():
        places = [ORDER.index(bare(child)) for child in root]
        assert all(one <= two for one, two in pairwise(places)), (name, [bare(child) for child in root])


def test_rows_and_cells_rise_and_lie_in_the_dimension(parts: Parts) -> None:
    for name, root in sheets(parts).items():
        rows = [int(row.get("r", 0)) for row in root.iter() if bare(row) == "row"]
        assert rows == sorted(set(rows)), name
        dimension = next(child for child in root if bare(child) == "dimension").get("ref", "")
        assert int(re.findall(r"\d+", dimension)[-1]) >= max(rows), name


def test_tables_have_their_own_numbers_and_the_headings_that_stand_there(
    parts: Parts, book: Workbook
) -> None:
    tables = [root for name, root in parts.items() if name.startswith("xl/tables/")]
    assert (
        len({table.get("id") for table in tables})
        == len(tables)
        == sum(len(s.tables) for s in book.worksheets)
    )
    for sheet in book.worksheets:
        for table in sheet.tables.values():
            headings = [str(cell.value) for cell in sheet[table.ref][0]]
            assert [column.name for column in table.tableColumns] == headings
            assert re.fullmatch(r"[A-Za-z]{4,}\d*", table.displayName)


def test_texts_for_the_user_are_not_longer_than_excel_takes(book: Workbook) -> None:
    for sheet in book.worksheets:
        assert len(sheet.title) <= 31
        for rule in sheet.data_validations.dataValidation:
            assert len(rule.errorTitle or "") <= 32 and len(rule.error or "") <= 225
            assert len(rule.formula1 or "") <= 257


def test_nothing_is_hidden_and_nothing_comes_from_elsewhere(parts: Parts, path: Path) -> None:
    assert not [name for name in parts if "externalLink" in name or "vba" in name or "comment" in name]
    for name, root in parts.items():
        for element in root.iter():
            assert element.get("hidden", "0") in {"0", "false"}, name
            assert element.get("TargetMode") != "External", name
    assert {sheet.sheet_state for sheet in load_workbook(path, read_only=True).worksheets} == {"visible"}


def test_a_formula_is_never_kept_as_text(book: Workbook) -> None:
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f" or cell.number_format != "@", (sheet.title, cell.coordinate)
