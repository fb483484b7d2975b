import datetime as dt

import duckdb
import pytest

from auditor.base.errors import InputRefused
from tests.reference.kinds import csv_text, kinds_of, tab_text
from tests.reference.layouts import sheet

TITLES = ["Code", "Description", "Start", "Last Modified", "Stop", "Notes"]
OTHER_TITLES = ["code", "description", "start date", "last modified", "stop date", "notes"]
CARC = [
    ["1", "invented words", "01/01/1995", "07/01/2017", "", ""],
    ["A1", "of no owner", "1/1/1995", "", "10/16/2003", "a note: Start: never"],
    ["P12", "and more,\nin two lines", "11/01/2013", "", "", ""],
    ["B4", "words", "01/01/1995", "", "", ""],
]
RARC = [
    ["M1", "invented words", "01/01/1997", "", "", ""],
    ["MA04", "of no owner", "01/01/1997", "", "", ""],
    ["N130", "Alert: this explains nothing", "01/01/2000", "04/01/2009", "", ""],
]
EXPECTED = {
    "carc": [
        ("1", dt.date(1995, 1, 1), dt.date(2017, 7, 1), None),
        ("A1", dt.date(1995, 1, 1), None, dt.date(2003, 10, 16)),
        ("B4", dt.date(1995, 1, 1), None, None),
        ("P12", dt.date(2013, 11, 1), None, None),
    ],
    "rarc": [
        ("M1", dt.date(1997, 1, 1), None, None),
        ("MA04", dt.date(1997, 1, 1), None, None),
        ("N130", dt.date(2000, 1, 1), dt.date(2009, 4, 1), None),
    ],
}


def as_on_the_page(rows):
    """Code and description, with dates and notes at the description's end."""
    for code, text, start, modified, stop, notes in rows:
        told = " | ".join(
            f"{label}: {day}"
            for label, day in (("Start", start), ("Last Modified", modified), ("Stop", stop))
            if day
        )
        yield [code, f"{text}\n{told}" + (f"\nNotes: {notes}" if notes else "")]


@pytest.mark.parametrize(("kind", "rows"), [("carc", CARC), ("rarc", RARC)])
@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("list.csv", lambda rows: csv_text(TITLES, *rows)),
        ("list.csv", lambda rows: csv_text(["From X12"], OTHER_TITLES, *rows)),
        ("list.csv", lambda rows: csv_text(TITLES[:2], *as_on_the_page(rows))),
        ("list.txt", lambda rows: tab_text(TITLES, *([c.replace("\n", " ") for c in r] for r in rows))),
        ("list.xlsx", lambda rows: sheet([TITLES, *([int(r[0]) if r[0].isdigit() else r[0], *r[1:]] for r in rows)])),
    ],
    ids=["csv", "other titles", "dates in the description", "tab", "xlsx"],
)  # fmt: skip
def test_every_layout_gives_the_same_rows_and_no_text(desk, kind, rows, name, write):
    report = desk.take(desk.write(name, write(rows)))[0]
    assert report.edition.table == kind
    assert desk.rows(report, "code, effective, last_modified, deleted", "code") == EXPECTED[kind]
    assert not {"description", "notes"} & set(report.edition.columns)
    assert report.edition.rejected == {}
    stopped = {"carc": 1, "rarc": 0}[kind]
    assert (report.edition.counts["stopped"], report.edition.counts["undated"]) == (stopped, 0)


@pytest.mark.parametrize(
    "write", [lambda rows: csv_text(TITLES, *rows), lambda rows: csv_text(TITLES[:2], *as_on_the_page(rows))]
)
def test_alerts_are_known_though_their_text_is_not_kept(desk, write):
    report = desk.take(desk.write("list.csv", write(RARC)))[0]
    assert desk.rows(report, "code, alert", "code") == [("M1", False), ("MA04", False), ("N130", True)]
    assert report.edition.counts["alerts"] == 1


@pytest.mark.parametrize(
    "write", [lambda rows: csv_text(TITLES, *rows), lambda rows: csv_text(TITLES[:2], *as_on_the_page(rows))]
)
def test_texts_are_kept_on_request_only_without_the_dates(desk, write):
    report = desk.take(desk.write("list.csv", write(CARC)), keep_descriptors=True)[0]
    assert desk.rows(report, "description", "code") == [
        (text,) for _, text, *_ in (CARC[0], CARC[1], CARC[3], CARC[2])
    ]
    assert report.edition.descriptors


@pytest.mark.parametrize(
    ("title", "code", "kind"),
    [("CARC", "4", "carc"), ("RARC CODE", "N4", "rarc"), ("Reason Code", "4", "carc")],
)
def test_a_list_that_names_itself_needs_no_dates(desk, title, code, kind):
    edition = desk.take(desk.write("list.csv", csv_text([title, "Description"], [code, "words"])))[0].edition
    assert (edition.table, edition.counts["undated"]) == (kind, 1)


@pytest.mark.parametrize(
    ("titles", "row"),
    [
        (["Code", "Description"], ["11", "a place of service"]),
        (["Code", "Description", "Effective Date"], ["11", "a place of service", "1/1/2020"]),
        (TITLES, ["99213", "no reason", "1/1/2020", "", "", ""]),
    ],
)
def test_other_lists_of_codes_are_not_taken_for_one(desk, titles, row):
    with pytest.raises(InputRefused, match="no table known"):
        desk.take(desk.write("list.csv", csv_text(titles, row)))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["N1", "x", "1/1/2000", "", "", ""], "code has another shape than published"),
        (["007", "x", "1/1/2000", "", "", ""], "code has another shape than published"),
        (["CO", "x", "", "", "", ""], "code has another shape than published"),
        (["7", "x", "1/32/2000", "", "", ""], "effective is not a date"),
        (["7", "x", "1/1/2000", "", "soon", ""], "deleted is not a date"),
    ],
)
def test_a_row_of_another_shape_is_rejected_with_its_line(desk, row, reason):
    edition = desk.take(desk.write("list.csv", csv_text(TITLES, *CARC, row)))[0].edition
    assert (edition.rows, edition.rejected_examples) == (
        4,
        ({"file": "list.csv", "line": 7, "reason": reason},),
    )


def test_a_broken_date_in_a_description_rejects_its_row(desk):
    rows = [*as_on_the_page(CARC), ["7", "x\nStart: 01/01/1995 | Stop: 13/13/2003"]]
    assert desk.take(desk.write("list.csv", csv_text(TITLES[:2], *rows)))[0].edition.rejected == {
        "deleted is not a date": 1
    }


@pytest.mark.parametrize(
    ("row", "fact"),
    [(CARC[0], "repeat the key"), (["7", "x", "1/1/2000", "", "1/1/1999", ""], "stop before they start")],
)
def test_a_suspicious_list_is_refused_unless_accepted(desk, row, fact):
    path = desk.write("list.csv", csv_text(TITLES, *CARC, row))
    with pytest.raises(InputRefused, match=fact):
        desk.take(path)
    assert desk.take(path, accept=True)[0].edition.rows == 5


@pytest.mark.parametrize("rows", [CARC, RARC])
def test_a_file_is_known_by_one_importer_only(rows):
    assert kinds_of(csv_text(TITLES, *rows)) == ["CARC and RARC lists"]


def test_an_unknown_column_is_refused(desk):
    with pytest.raises(InputRefused, match="unknown owner"):
        desk.take(desk.write("list.csv", csv_text([*TITLES, "Owner"], *CARC)))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "many"), [("carc", 405), ("rarc", 1171)])
def test_the_real_codes_come_back_as_they_were(desk, shared_data, kind, many):
    source = shared_data / "reference" / "carc_rarc_2024.parquet"
    query = f"""SELECT adj_code, adj_start_date, adj_last_modified, adj_end_date FROM '{source}'
                WHERE adj_type = '{kind.upper()}'"""
    written = [[code, "", *days, ""] for code, *days in duckdb.execute(query).fetchall()]
    report = desk.take(desk.write("list.csv", csv_text(TITLES, *written)))[0]
    assert (report.edition.table, report.edition.rows, report.edition.rejected) == (kind, many, {})
    days = ", ".join(f"{name}::VARCHAR" for name in ("effective", "last_modified", "deleted"))
    ours = f"SELECT code, {days} FROM '{report.edition.rows_file}'"
    both = f"(({ours}) EXCEPT ALL ({query})) UNION ALL (({query}) EXCEPT ALL ({ours}))"
    assert duckdb.execute(both).fetchall() == []
