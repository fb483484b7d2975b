"""A column called `Modifier`: it may hold them all, or be the first of some."""

import openpyxl
import pytest

LINE = "C,{},P,2024-07-01,99213,1,10,5"


@pytest.mark.parametrize("header", ["Modifier", "Mod"])
def test_a_modifier_column_without_a_second_modifier_may_lack_one(read, table, header):
    got = read(table(LINE.format(1) + ",25", LINE.format(2) + ",", more=header))
    assert got.rows("SELECT modifiers, mods_truncated FROM claim_line") == [(["25"], True), ([], True)]
    assert got.feed.modifier_columns == 1
    assert any("1 of 4 modifiers" in note for note in got.feed.notes)


@pytest.mark.parametrize("cell", ['"25,59"', "25 59", "2559", "25/59"])
def test_one_cell_with_two_shows_that_a_cell_takes_them_all(read, table, cell):
    got = read(table(LINE.format(1) + f",{cell}", LINE.format(2) + ",25", more="Modifier"))
    assert got.rows("SELECT modifiers, mods_truncated FROM claim_line") == [
        (["25", "59"], False),
        (["25"], False),
    ]
    assert got.feed.modifier_columns == 4


def test_a_plural_says_that_a_cell_takes_them_all(read, table):
    got = read(table(LINE.format(1) + ",25", more="Modifiers"))
    assert got.feed.modifier_columns == 4


def test_modifier_before_modifier_2_is_the_first(read, table):
    got = read(table(LINE.format(1) + ",25,59", more="Modifier,Modifier 2"))
    assert got.rows("SELECT modifiers, mods_truncated FROM claim_line") == [(["25", "59"], True)]
    assert got.feed.modifier_columns == 2


def test_a_file_that_lacks_modifiers_leaves_another_alone(read, table):
    got = read(
        table(LINE.format(1) + ",25", more="Modifier"),
        table(LINE.format(2) + ",25,,,", more="mod1,mod2,mod3,mod4"),
    )
    assert got.rows("SELECT line_no, mods_truncated FROM claim_line") == [(1, True), (2, False)]


def test_a_workbook_is_read_alike(read, tmp_path):
    book = openpyxl.Workbook()
    book.worksheets[0].append(
        ["claim_id", "line_no", "patient_id", "date_from", "code", "units", "charge", "Modifier"]
    )
    book.worksheets[0].append(["C", 1, "P", "2024-07-01", "99213", 1, 10, 25])
    book.save(tmp_path / "claims.xlsx")
    assert read(tmp_path / "claims.xlsx").rows("SELECT modifiers, mods_truncated FROM claim_line") == [
        (["25"], True)
    ]


def test_zeros_are_no_modifier(read, table):
    four = "mod1,mod2,mod3,mod4"
    got = read(
        table(
            *(
                LINE.format(n) + f",{cells}"
                for n, cells in enumerate(["0,0,0,0", "25.0,0.0,00,", "10,20,0,"])
            ),
            more=four,
        )
    )
    assert got.rows("SELECT modifiers, mods_truncated FROM claim_line") == [
        ([], False), (["25"], False), (["10", "20"], False),
    ]  # fmt: skip
