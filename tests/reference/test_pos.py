import datetime as dt

import duckdb
import pytest

from auditor.base.errors import InputRefused
from tests.reference.kinds import csv_text, kinds_of, tab_text
from tests.reference.layouts import sheet

TITLES = ["Place of Service Code(s)", "Place of Service Name", "Place of Service Description"]
ROWS = [
    ["01", "Pharmacy", "A place where drugs are sold. (Effective October 1, 2003)"],
    ["11", "Office", "A place that is no hospital. (Description change effective January 1, 2016)"],
    ["28-30", "Unassigned", "N/A"],
    ["99", "Other Place of Service", ""],
]
EXPECTED = [
    ("01", "Pharmacy", True, dt.date(2003, 10, 1), None),
    ("11", "Office", True, None, None),
    ("28", "Unassigned", False, None, None),
    ("29", "Unassigned", False, None, None),
    ("30", "Unassigned", False, None, None),
    ("99", "Other Place of Service", True, None, None),
]
PICKED = "code, name, assigned, effective, deleted"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pos.csv", csv_text(TITLES, *ROWS)),
        ("pos.csv", csv_text(["Place of Service Codes for Professional Claims"], [], TITLES, *ROWS)),
        ("pos.csv", csv_text(["POS Code", "POS Name", "POS Description"], *ROWS).encode("cp1252")),
        ("pos.txt", tab_text(TITLES, *ROWS)),
        ("pos.xlsx", sheet([TITLES, *ROWS])),
        ("pos.csv", csv_text(TITLES, ["01", "\nPharmacy\xa0", ROWS[0][2]], *ROWS[1:])),
        ("pos.csv", csv_text(TITLES, *ROWS).replace("28-30", "28 – 30")),
    ],
)
def test_every_layout_gives_the_same_rows(desk, name, content):
    report = desk.take(desk.write(name, content))[0]
    assert desk.rows(report, PICKED) == EXPECTED
    edition = report.edition
    assert (edition.table, edition.rejected, edition.remarks) == ("pos_codes", {}, ())
    assert edition.counts == {
        "rows": 6, "assigned": 3, "unassigned": 3, "facility": 0, "non_facility": 0, "dated": 1,
    }  # fmt: skip


def test_codes_that_lost_their_zero_get_it_back_on_record(desk):
    rows = [[int(row[0]) if row[0].isdigit() else row[0], *row[1:]] for row in ROWS]
    report = desk.take(desk.write("pos.xlsx", sheet([TITLES, *rows])))[0]
    assert desk.rows(report, PICKED) == EXPECTED
    assert report.edition.remarks == ("1 codes had lost a leading zero, which was put back",)


def test_facilities_are_told_from_other_places(desk):
    kinds = ["Facility", "Non-Facility", "unassigned", "NF"]
    rows = [[*row, kind] for row, kind in zip(ROWS, kinds, strict=True)]
    report = desk.take(desk.write("pos.csv", csv_text([*TITLES, "Facility / Non-Facility"], *rows)))[0]
    assert desk.rows(report, "code, facility") == [
        ("01", True), ("11", False), ("28", None), ("29", None), ("30", None), ("99", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "day"),
    [
        ("(effective 4/1/04)", dt.date(2004, 4, 1)),
        ("( Code effective January 1, 2022 )", dt.date(2022, 1, 1)),
        ("(Revised, effective April 1, 2004)", None),
        ("(Effective Smarch 1, 2022)", None),
    ],
)
def test_a_description_tells_since_when_a_code_is_valid(desk, told, day):
    report = desk.take(desk.write("pos.csv", csv_text(TITLES, ["10", "A place", f"Text. {told}"])))[0]
    assert desk.rows(report, "effective") == [(day,)]


def test_the_list_answers_for_every_day(desk):
    edition = desk.take(desk.write("pos.csv", csv_text(TITLES, *ROWS)), published=dt.date(2024, 6, 1))[
        0
    ].edition
    assert (edition.edition, edition.valid_from, edition.valid_to) == (
        "2024-06-01",
        dt.date(1900, 1, 1),
        None,
    )


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["001", "A place", ""], "code has another shape than published"),
        (["30-28", "Unassigned", ""], "code has another shape than published"),
        (["", "A place", ""], "code is blank"),
        (["12", " ", ""], "name is blank"),
    ],
)
def test_a_row_of_another_shape_is_rejected_with_its_line(desk, row, reason):
    edition = desk.take(desk.write("pos.csv", csv_text(TITLES, *ROWS, row)))[0].edition
    assert (edition.rows, edition.rejected) == (6, {reason: 1})
    assert edition.rejected_examples == ({"file": "pos.csv", "line": 6, "reason": reason},)


def test_a_word_that_tells_no_kind_of_place_rejects_its_row(desk):
    path = desk.write("pos.csv", csv_text([*TITLES, "Type"], [*ROWS[0], "Facility"], [*ROWS[1], "Maybe"]))
    assert desk.take(path)[0].edition.rejected == {"facility is neither facility nor non-facility": 1}


def test_a_code_twice_is_suspicious(desk):
    path = desk.write("pos.csv", csv_text(TITLES, *ROWS, ROWS[0]))
    with pytest.raises(InputRefused, match="repeat the key"):
        desk.take(path)


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ([TITLES], "holds no row"),
        ([[*TITLES, "Rate"], [*ROWS[0], "1"]], "unknown rate"),
        ([TITLES[:1], ["11"]], "no table known"),
    ],
)
def test_a_file_that_is_no_such_list_is_refused(desk, rows, match):
    with pytest.raises(InputRefused, match=match):
        desk.take(desk.write("pos.csv", csv_text(*rows)))


def test_a_file_is_known_by_one_importer_only():
    assert kinds_of(csv_text(TITLES, *ROWS)) == ["Place of service codes"]


@pytest.mark.slow
def test_the_real_codes_come_back_as_they_were(desk, shared_data):
    source = f"'{shared_data / 'reference' / 'pos_codes.parquet'}'"
    rows = duckdb.execute(f"SELECT pos_code, pos_name, pos_description, pos_type FROM {source}").fetchall()
    report = desk.take(desk.write("pos.csv", csv_text([*TITLES, "Type"], *rows)))[0]
    counts = report.edition.counts
    assert (counts["rows"], counts["assigned"], counts["facility"], counts["non_facility"]) == (
        99,
        52,
        18,
        34,
    )
    assert (report.edition.rejected, report.edition.accepted) == ({}, ())
    kind = "CASE WHEN NOT assigned THEN 'Unassigned' WHEN facility THEN 'Facility' ELSE 'Non-Facility' END"
    plain = r"trim(regexp_replace({}, '\s+', ' ', 'g'))"
    ours = f"SELECT code, name, description, {kind} FROM '{report.edition.rows_file}'"
    theirs = f"SELECT pos_code, {plain.format('pos_name')}, {plain.format('pos_description')}, pos_type FROM {source}"
    both = f"(({ours}) EXCEPT ALL ({theirs})) UNION ALL (({theirs}) EXCEPT ALL ({ours}))"
    assert duckdb.execute(both).fetchall() == []
