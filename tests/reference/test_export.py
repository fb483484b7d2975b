"""Rows written out, each with its valid dates and the publication that it stands in."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from auditor.base.errors import InputRefused, UsageError
from auditor.reference import Library
from auditor.reference.export import export_rows
from tests.reference.layouts import Desk, aoc_line, mue_text, ptp_text

PTP, MUE = "ncci_ptp_practitioner", "ncci_mue_practitioner"
ROWS = [
    ("10001", "20001", "", "19960101", "*", "0", "x"),
    ("10001", "20002", "", "19960101", "20240630", "1", "x"),
    ("10001", "20003", "", "20240701", "*", "1", "it's"),
    ("10001", "20004", "", "20100101", "20100101", "9", "x"),
]
AFTER = [ROWS[0], (*ROWS[1][:4], "20231231", *ROWS[1][5:])]
COLUMNS = ["edition", "edition_id", "published", "imported_at", "files", "sha256"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("export")
    desk = Desk(folder, folder / "library")
    desk.take(desk.write("ccipra-v302r0-f1.txt", ptp_text(ROWS)))
    desk.take(desk.write("it's-ccipra-v302r1-f1.txt", ptp_text(AFTER)), published=dt.date(2024, 8, 20))
    desk.take(desk.write("a_Eff_04-01-2024.csv", mue_text([("97110", 5, "3", "")])))
    desk.take(desk.write("b_Eff_07-01-2024.csv", mue_text([("97110", 6, "3", "")])))
    return desk


@pytest.fixture
def filled(made: Desk, tmp_path: Path) -> Desk:
    """The one library of all tests, and a folder to write to."""
    return Desk(tmp_path, made.library)


def written(desk: Desk, table: str = PTP, name: str = "out.csv", **options) -> list[dict[str, str]]:
    out = desk.folder / name
    count = export_rows(Library.open(desk.library), table, out, **options)
    with out.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    assert len(rows) == count
    return rows


def test_the_newest_publication_is_written_with_what_it_is(filled):
    rows = written(filled)
    (edition,) = [a.edition for a in Library.open(filled.library).answers() if a.edition.table == PTP]
    assert [(r["column_2"], r["effective"], r["deleted"]) for r in rows] == [
        ("20001", "1996-01-01", ""),
        ("20002", "1996-01-01", "2023-12-31"),
    ]
    assert list(rows[0])[-6:] == COLUMNS
    assert [rows[0][name] for name in COLUMNS] == [
        "2024Q3", edition.edition_id, "2024-08-20", edition.imported_at, "it's-ccipra-v302r1-f1.txt",
        edition.files[0].sha256,
    ]  # fmt: skip


def test_as_of_a_day_what_had_been_published_is_written(filled):
    assert len(written(filled, as_of=dt.date(2024, 8, 19))) == len(ROWS)
    assert len(written(filled, as_of=dt.date(2024, 8, 20))) == len(AFTER)
    with pytest.raises(InputRefused, match="no edition of ncci_ptp_practitioner that answers"):
        written(filled, as_of=dt.date(2024, 6, 30))


@pytest.mark.parametrize(
    ("on", "codes"),
    [
        ("2010-01-01", ["20001", "20002"]),
        ("2024-06-30", ["20001", "20002"]),
        ("2024-07-01", ["20001", "20003"]),
        ("1995-12-31", None),
        ("2024-10-01", None),
    ],
)
def test_on_a_day_only_rows_in_force_by_editions_that_answer_are_written(filled, on, codes):
    options: dict[str, Any] = {"as_of": dt.date(2024, 8, 1), "day": dt.date.fromisoformat(on)}
    if codes is None:
        with pytest.raises(InputRefused, match="that answers"):
            written(filled, **options)
    else:
        assert [row["column_2"] for row in written(filled, **options)] == codes


def test_one_edition_can_be_named(filled):
    first = Library.open(filled.library, only=PTP).editions()[0]
    assert len(written(filled, edition_id=first.edition_id)) == len(ROWS)
    with pytest.raises(UsageError, match="nonsense is no edition of"):
        written(filled, edition_id="nonsense")
    with pytest.raises(UsageError, match="is no edition of"):
        written(filled, MUE, edition_id=first.edition_id)


def test_every_period_that_answers_is_written_with_its_dates(filled):
    assert [(r["value"], r["effective"], r["deleted"], r["edition"]) for r in written(filled, MUE)] == [
        ("5", "2024-04-01", "2024-06-30", "2024Q2"),
        ("6", "2024-07-01", "2024-09-30", "2024Q3"),
    ]
    on = dt.date(2024, 6, 30)
    assert [row["value"] for row in written(filled, MUE, day=on)] == ["5"]


def test_an_add_on_edit_whose_end_has_come_is_not_in_force(desk):
    lines = [aoc_line("1", "11045", "", "11042", "", "2011001", "2024182", "")]
    lines += [aoc_line("1", "11046", "", "11043", "", "2011001", "", "")]
    desk.take(desk.write("AOC_V2024Q2.txt", "\r\n".join(lines) + "\r\n"))
    on = {"2024-06-30": ["11045", "11046"], "2024-07-01": ["11046"]}
    for text, addons in on.items():
        rows = written(desk, "ncci_aoc", day=dt.date.fromisoformat(text))
        assert [row["addon"] for row in rows] == addons


def test_parquet_has_the_same_rows_and_types(filled):
    out = filled.folder / "out.parquet"
    assert export_rows(Library.open(filled.library), PTP, out) == 2
    found = duckdb.execute(
        f"SELECT column_2, effective, deleted, published FROM '{out}' ORDER BY 1"
    ).fetchall()
    first = dt.date(1996, 1, 1)
    assert found == [
        ("20001", first, None, "2024-08-20"),
        ("20002", first, dt.date(2023, 12, 31), "2024-08-20"),
    ]


def test_an_unknown_table_is_a_usage_error(filled):
    with pytest.raises(UsageError, match="nonsense is no table of the library"):
        written(filled, "nonsense")


def test_an_edition_whose_rows_are_not_those_imported_is_not_written(made, tmp_path):
    filled = Desk(tmp_path, tmp_path / "library")
    shutil.copytree(made.library, filled.library)
    for path in (filled.library / PTP).glob("*/rows.parquet"):
        path.write_bytes(b"PAR1")
    out = filled.folder / "out.csv"
    out.write_text("what was there")
    with pytest.raises(InputRefused, match="not those that were imported"):
        written(filled)
    for path in (filled.library / PTP).glob("*/rows.parquet"):
        path.unlink()
    with pytest.raises(InputRefused, match="cannot be read"):
        written(filled)
    assert out.read_text() == "what was there"
    assert not [path for path in Path(filled.folder).iterdir() if path.name.startswith(".")]
