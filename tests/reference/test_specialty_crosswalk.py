import datetime as dt

import duckdb
import pytest

from auditor.base.errors import InputRefused
from tests.reference.kinds import csv_text, kinds_of, tab_text
from tests.reference.layouts import sheet

NAME = "Medicare_Provider_and_Supplier_Taxonomy_Crosswalk_October_2025.csv"
TITLES = ["MEDICARE SPECIALTY CODE", "MEDICARE PROVIDER/SUPPLIER TYPE DESCRIPTION", "PROVIDER TAXONOMY CODE"]
OLD = [*TITLES, "PROVIDER TAXONOMY DESCRIPTION"]
NOW = [*TITLES, "PROVIDER TAXONOMY DESCRIPTION:  TYPE, CLASSIFICATION, SPECIALIZATION"]
ROWS = [
    ["02", "Physician/General Surgery", "208600000X", "invented words"],
    ["12", "", "204C00000X", "invented words"],
    ["A9[12]", "Indian Health Service facility[13]", "", ""],
    ["B4[14]", "Rural Health Clinic", "261QR1300X", "words"],
    ["B4[14]", "Hospice", "251G00000X", "words"],
    ["C9", "Cellular Therapy", "", ""],
]
NOTES = [
    ["[12] A note, with a comma", "", "", ""],
    ["[13] Another", "", "", ""],
    ["[14] A third", "", "", ""],
]
EXPECTED = [
    ("02", "Physician/General Surgery", "208600000X", None),
    ("12", None, "204C00000X", None),
    ("A9", "Indian Health Service facility", None, "12,13"),
    ("B4", "Hospice", "251G00000X", "14"),
    ("B4", "Rural Health Clinic", "261QR1300X", "14"),
    ("C9", "Cellular Therapy", None, None),
]
PICKED = "specialty_code, provider_type, taxonomy_code, footnotes"
ORDER = "specialty_code, provider_type"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (NAME, csv_text(NOW, *ROWS, *NOTES)),
        (NAME, csv_text(OLD, *ROWS, *NOTES).encode("cp1252")),
        (NAME, csv_text(NOW, *ROWS, *NOTES).replace('"', "").replace(" A note,", " A note")),
        (NAME, csv_text(OLD, *([f" {row[0]}", *row[1:]] for row in ROWS), *NOTES)),
        (NAME.replace("csv", "txt"), tab_text(NOW, *ROWS, *NOTES)),
        (NAME.replace("csv", "xlsx"), sheet([NOW, *ROWS, *NOTES])),
    ],
    ids=["now", "old", "no quotes", "padded", "tab", "xlsx"],
)
def test_every_layout_gives_the_same_rows(desk, name, content):
    report = desk.take(desk.write(name, content))[0]
    edition = report.edition
    assert desk.rows(report, PICKED, ORDER) == EXPECTED
    assert (edition.table, edition.edition, edition.rejected) == ("specialty_taxonomy", "2025-10-01", {})
    assert (edition.valid_from, edition.valid_to) == (dt.date(2025, 10, 1), None)
    assert edition.counts == {
        "rows": 6, "without_taxonomy": 2, "with_footnote": 3, "specialty_codes": 5, "taxonomy_codes": 4,
    }  # fmt: skip
    assert edition.census == {"notes": 3}
    assert desk.rows(report, "DISTINCT effective, deleted") == [(dt.date(2025, 10, 1), None)]
    assert "description" not in edition.columns


def test_the_description_is_kept_on_request_only(desk):
    report = desk.take(desk.write(NAME, csv_text(NOW, *ROWS)), keep_descriptors=True)[0]
    assert desk.rows(report, "description", ORDER)[0] == ("invented words",)


def test_codes_that_lost_their_zero_get_it_back_on_record(desk):
    rows = [[int(row[0]) if row[0].isdigit() else row[0], *row[1:]] for row in ROWS]
    report = desk.take(desk.write(NAME.replace("csv", "xlsx"), sheet([NOW, *rows])))[0]
    assert desk.rows(report, PICKED, ORDER) == EXPECTED
    assert report.edition.remarks == ("1 specialty codes had lost a leading zero, which was put back",)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("Medicare_Provider_and_Supplier_Taxonomy_Crosswalk_June_2022.csv", "2022-06-01"),
        ("crosswalk-2024-06-27.csv", "2024-06-27"),
    ],
)
def test_the_name_tells_the_edition(desk, name, day):
    assert desk.take(desk.write(name, csv_text(NOW, *ROWS)))[0].edition.edition == day


@pytest.mark.parametrize("name", ["crosswalk.csv", "crosswalk-2024-13-27.csv"])
def test_a_name_without_a_month_needs_the_day_said(desk, name):
    path = desk.write(name, csv_text(NOW, *ROWS))
    with pytest.raises(InputRefused, match="--edition"):
        desk.take(path)
    assert desk.take(path, edition="2024-01-01")[0].edition.edition == "2024-01-01"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["A", "x", "208600000X", ""], "specialty code has another shape than published"),
        (["002", "x", "208600000X", ""], "specialty code has another shape than published"),
        (["", "x", "208600000X", ""], "specialty code is blank"),
        (["02", "x", "208600000", ""], "taxonomy code has another shape than published"),
        (["02", "x", "2.086E+08", ""], "taxonomy code has another shape than published"),
    ],
)
def test_a_row_of_another_shape_is_rejected_with_its_line(desk, row, reason):
    edition = desk.take(desk.write(NAME, csv_text(NOW, *ROWS, row, *NOTES)))[0].edition
    assert (edition.rows, edition.rejected_examples) == (6, ({"file": NAME, "line": 8, "reason": reason},))


def test_a_row_twice_is_suspicious(desk):
    with pytest.raises(InputRefused, match="repeat the key"):
        desk.take(desk.write(NAME, csv_text(NOW, *ROWS, ROWS[0])))


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ([NOW, *NOTES], "holds no row"),
        ([[*NOW, "STATE"], [*ROWS[0], "NY"]], "unknown state"),
        ([[TITLES[0], TITLES[2]], ["02", "208600000X"]], "missing provider_type"),
    ],
)
def test_other_files_are_refused(desk, rows, match):
    with pytest.raises(InputRefused, match=match):
        desk.take(desk.write(NAME, csv_text(*rows)))


def test_a_file_is_known_by_one_importer_only():
    assert kinds_of(csv_text(NOW, *ROWS)) == ["Medicare specialty and taxonomy crosswalk"]


@pytest.mark.slow
@pytest.mark.parametrize(("edition", "many"), [("2024-06-27", 558), ("2025-10", 565)])
def test_the_real_rows_come_back_as_they_were(desk, shared_data, edition, many):
    source = shared_data / "reference" / "specialty_taxonomy_crosswalk.parquet"
    query = f"""SELECT medicare_specialty_code, medicare_provider_type, taxonomy_code, footnotes FROM '{source}'
                WHERE edition = '{edition}'"""
    written = []
    for code, kind, taxonomy, notes in duckdb.execute(query).fetchall():
        marks = [f"[{mark}]" for mark in (notes or "").split(",") if mark]
        written.append([code + "".join(marks[:1]), kind + "".join(marks[1:]), taxonomy, ""])
    name = "crosswalk_October_2025.csv" if edition == "2025-10" else f"crosswalk-{edition}.csv"
    notes = [[f"[{n}] words", "", "", ""] for n in range(1, 15)]
    report = desk.take(desk.write(name, csv_text(NOW, *written, *notes)))[0]
    assert (report.edition.rows, report.edition.rejected, report.edition.accepted) == (many, {}, ())
    assert (report.edition.counts["without_taxonomy"], report.edition.census) == (4, {"notes": 14})
    ours = f"SELECT {PICKED} FROM '{report.edition.rows_file}'"
    both = f"(({ours}) EXCEPT ALL ({query})) UNION ALL (({query}) EXCEPT ALL ({ours}))"
    assert duckdb.execute(both).fetchall() == []
