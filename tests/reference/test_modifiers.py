import datetime as dt

import duckdb
import pytest

from auditor.base.errors import InputRefused
from tests.reference.kinds import csv_text, kinds_of, tab_text
from tests.reference.layouts import sheet

TITLES = ["Modifier", "Description"]
ROWS = [["25", "invented words"], ["1P", "more of them"], ["LT", "left"], ["Z9", "a test"]]
CODES = [("1P",), ("25",), ("LT",), ("Z9",)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("modifiers.csv", csv_text(TITLES, *ROWS)),
        ("modifiers.csv", csv_text(["A list of modifiers", ""], ["Mod", "Mod Description"], *ROWS)),
        ("modifiers.txt", tab_text(TITLES, *ROWS)),
        ("modifiers.xlsx", sheet([TITLES, *([int(r[0]) if r[0].isdigit() else r[0], r[1]] for r in ROWS)])),
    ],
)
def test_every_layout_gives_the_same_codes_and_no_text(desk, name, content):
    report = desk.take(desk.write(name, content))[0]
    edition = report.edition
    assert desk.rows(report, "code") == CODES
    assert edition.columns == ("code", "level", "category", "effective", "deleted")
    assert (edition.table, edition.counts) == ("modifiers", {"rows": 4, "numeric": 1, "ended": 0})
    assert not edition.descriptors


def test_texts_are_kept_on_request_only(desk):
    report = desk.take(desk.write("modifiers.csv", csv_text(TITLES, *ROWS)), keep_descriptors=True)[0]
    assert desk.rows(report, "description", "code")[1] == ("invented words",)
    assert report.edition.descriptors


def test_dates_level_and_category_are_read_where_they_are(desk):
    titles = [*TITLES, "Level", "Category", "Effective Date", "Termination Date"]
    rows = [["Z8", "x", "HCPCS", "Therapy", "1/1/2018", "12/31/2024"], ["KX", "y", "HCPCS", "", "", ""]]
    report = desk.take(desk.write("modifiers.csv", csv_text(titles, *rows)))[0]
    assert desk.rows(report) == [
        ("KX", "HCPCS", None, None, None),
        ("Z8", "HCPCS", "Therapy", dt.date(2018, 1, 1), dt.date(2024, 12, 31)),
    ]
    assert (report.edition.valid_from, report.edition.valid_to) == (dt.date(1900, 1, 1), None)


def test_a_list_with_all_dates_answers_from_the_first_of_them(desk):
    rows = [["Z8", "x", "20180101"], ["Z9", "y", "20190101"]]
    path = desk.write("modifiers.csv", csv_text([*TITLES, "ADD DT"], *rows))
    assert desk.take(path)[0].edition.valid_from == dt.date(2018, 1, 1)


def test_a_modifier_stands_once_in_each_category(desk):
    titles = [*TITLES, "Category"]
    rows = [["KX", "x", "General"], ["KX", "x", "Therapy"]]
    assert desk.take(desk.write("m.csv", csv_text(titles, *rows)))[0].edition.accepted == ()
    with pytest.raises(InputRefused, match="repeat the key"):
        desk.take(desk.write("n.csv", csv_text(titles, *rows, rows[0])), published=dt.date(2024, 1, 1))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["5", "x", ""], "code has another shape than published"),
        (["1.0E2", "x", ""], "code has another shape than published"),
        (["", "x", ""], "code is blank"),
        (["Z7", "x", "13/13/2020"], "effective is not a date"),
    ],
)
def test_a_row_of_another_shape_is_rejected_with_its_line(desk, row, reason):
    path = desk.write("m.csv", csv_text([*TITLES, "Effective Date"], ["Z9", "x", "1/1/2020"], row))
    edition = desk.take(path)[0].edition
    assert edition.rejected_examples == ({"file": "m.csv", "line": 3, "reason": reason},)


def test_a_modifier_that_ends_before_it_begins_is_suspicious(desk):
    rows = [[*TITLES, "Effective Date", "Term Date"], ["Z9", "x", "1/1/2020", "1/1/2019"]]
    with pytest.raises(InputRefused, match="end before they begin"):
        desk.take(desk.write("m.csv", csv_text(*rows)))


def test_a_file_is_known_by_one_importer_only():
    assert kinds_of(csv_text(TITLES, *ROWS)) == ["Modifiers"]


@pytest.mark.parametrize(
    "titles",
    [
        ["HCPCS", "MOD", "DESCRIPTION", "CODE"],
        ["Procedure Code", "Modifier", "Description"],
        ["Code", "Description"],
    ],
)
def test_a_table_in_which_a_modifier_goes_with_a_code_is_no_list_of_modifiers(titles):
    assert "Modifiers" not in kinds_of(csv_text(titles, ["99213", "25", "x", "A"]))


@pytest.mark.parametrize(
    ("rows", "match"), [([TITLES], "holds no row"), ([[*TITLES, "Fee"], ["Z9", "x", "1"]], "unknown fee")]
)
def test_a_file_that_is_no_such_list_is_refused(desk, rows, match):
    with pytest.raises(InputRefused, match=match):
        desk.take(desk.write("m.csv", csv_text(*rows)))


@pytest.mark.slow
def test_the_real_modifiers_come_back_as_they_were(desk, shared_data):
    source = f"'{shared_data / 'reference' / 'modifiers.parquet'}'"
    query = f"SELECT mod_code, mod_type, mod_category, mod_description FROM {source}"
    titles = ["mod_code", "mod_type", "mod_category", "mod_description"]
    report = desk.take(
        desk.write("m.csv", csv_text(titles, *duckdb.execute(query).fetchall())), keep_descriptors=True
    )[0]
    assert (report.edition.rows, report.edition.rejected, report.edition.accepted) == (427, {}, ())
    ours = f"SELECT code, level, category, description FROM '{report.edition.rows_file}'"
    both = f"(({ours}) EXCEPT ALL ({query})) UNION ALL (({query}) EXCEPT ALL ({ours}))"
    assert duckdb.execute(both).fetchall() == []
