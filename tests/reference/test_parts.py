"""The files of an edition's rows: cut by the year in which rows ended, read only where they reach."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import duckdb
import pytest

from auditor.base.errors import InputRefused
from auditor.reference import Edition, Library, parts
from auditor.reference.attach import rows_of
from auditor.reference.parts import sha256_of
from tests.reference.layouts import COVERAGE_HEADER, Desk, mue_text, ptp_text

NAME = "ccipra-v302r0-f1.txt"
ROWS = (
    ("10001", "20001", "", "19960101", "*", "0", "x"),
    ("10001", "20002", "", "19960101", "20031231", "1", "x"),
    ("10001", "20002", "", "20040101", "*", "1", "x"),
    ("10001", "20003", "", "19960101", "20240101", "1", "x"),
    ("10001", "20004", "", "19960101", "20241231", "0", "x"),
    ("10001", "20005", "", "20100101", "20100101", "9", "x"),
    ("10001", "20006", "", "19960101", "20231231", "1", "x"),
)
CODES = sorted({row[at] for row in ROWS for at in (0, 1)})
Q3 = (dt.date(2024, 7, 1), dt.date(2024, 9, 30))


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Editions of any size are cut."""
    monkeypatch.setattr(parts, "CUT_FROM", 1)


def taken(desk: Desk) -> Edition:
    return desk.take(desk.write(NAME, ptp_text(ROWS)))[0].edition


def pairs(desk: Desk, **options) -> list[tuple]:
    con, _ = desk.attach(CODES, **options)
    return con.execute("SELECT column_2, effective, deleted FROM ref_ncci_ptp ORDER BY ALL").fetchall()


def file_of(edition: Edition, name: str) -> Path:
    return next(part.path for part in edition.parts if part.path.name == name)


# ---- cutting -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("cut")
def test_rows_lie_in_files_by_the_year_in_which_they_ended_and_none_is_lost(desk):
    edition = taken(desk)
    assert [(p.path.name, p.rows, p.ended_from, p.ended_to) for p in edition.parts] == [
        ("rows.parquet", 2, None, None),
        ("rows-ended-2003.parquet", 1, dt.date(2003, 1, 1), dt.date(2003, 12, 31)),
        ("rows-ended-2010.parquet", 1, dt.date(2010, 1, 1), dt.date(2010, 12, 31)),
        ("rows-ended-2023.parquet", 1, dt.date(2023, 1, 1), dt.date(2023, 12, 31)),
        ("rows-ended-2024.parquet", 2, dt.date(2024, 1, 1), dt.date(2024, 12, 31)),
    ]
    for part in edition.parts:
        low, high, count = duckdb.execute(
            f"SELECT min(deleted), max(deleted), count(*) FROM read_parquet('{part.path}')"
        ).fetchall()[0]
        assert count == part.rows
        assert part.sha256 == sha256_of(part.path)
        assert (low, high) == (None, None) or (part.ended_from <= low and high <= part.ended_to)
    again = duckdb.execute(
        f"SELECT column_1, column_2, effective, deleted FROM {rows_of(edition)} ORDER BY ALL"
    )
    assert len(again.fetchall()) == edition.rows == len(ROWS)


def test_cut_or_not_the_rows_are_the_same(desk, monkeypatch):
    whole = taken(desk)
    monkeypatch.setattr(parts, "CUT_FROM", len(ROWS))
    cut = desk.take(desk.write(NAME, ptp_text(ROWS)), notes=["cut"])[0].edition
    assert [len(e.parts) for e in (whole, cut)] == [1, 5]
    one, two = (duckdb.execute(f"SELECT * FROM {rows_of(e)} ORDER BY ALL").fetchall() for e in (whole, cut))
    assert one == two


def test_a_table_below_the_size_or_without_ends_is_one_file(desk, monkeypatch):
    monkeypatch.setattr(parts, "CUT_FROM", len(ROWS) + 1)
    assert [part.path.name for part in taken(desk).parts] == ["rows.parquet"]
    monkeypatch.setattr(parts, "CUT_FROM", 1)
    values = desk.take(desk.write("a_Eff_07-01-2024.csv", mue_text([("97110", 6, "3", "")])))[0].edition
    assert [part.path.name for part in values.parts] == ["rows.parquet"]


@pytest.mark.usefixtures("cut")
def test_an_edition_of_which_every_row_has_ended_still_has_its_file_of_open_rows(desk):
    edition = desk.take(desk.write(NAME, ptp_text(ROWS[1:2])))[0].edition
    assert [(part.path.name, part.rows) for part in edition.parts] == [
        ("rows.parquet", 0),
        ("rows-ended-2003.parquet", 1),
    ]
    assert pairs(desk, days=Q3) == []
    assert len(pairs(desk)) == 1


def test_every_stored_row_has_the_days_on_which_it_is_valid(desk):
    """Also where the file has no dates (MUE: those of its quarter) or several (AOC: the earliest of its ends)."""
    fixed = "1{}{:7}{}{:7}{}{:7}".format
    lines = [
        fixed("11045", "2024100", "11042", "2023100", "2011001", "2024050"),
        fixed("11045", "", "11043", "", "2011001", "2024050"),
        fixed("11045", "2024100", "11044", "", "2011001", ""),
        fixed("11045", "", "97597", "", "2011001", ""),
    ]
    text = "".join(f"{line:97}\r\n" for line in lines)
    addon = desk.take(desk.write("AOC_V2024Q2.txt", text))[0]
    assert desk.rows(addon, "primary_code, effective, deleted") == [
        ("11042", dt.date(2011, 1, 1), dt.date(2023, 4, 10)),
        ("11043", dt.date(2011, 1, 1), dt.date(2024, 2, 19)),
        ("11044", dt.date(2011, 1, 1), dt.date(2024, 4, 9)),
        ("97597", dt.date(2011, 1, 1), None),
    ]
    value = desk.take(desk.write("a_Eff_07-01-2024.csv", mue_text([("97110", 6, "3", "")])))[0]
    assert desk.rows(value, "code, effective, deleted") == [("97110", *Q3)]


# ---- reading -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize("harm", ["removed", "damaged"])
def test_an_audit_of_one_quarter_reads_only_the_files_that_reach_into_it(desk, harm):
    edition = taken(desk)
    before = pairs(desk, days=Q3)
    for year in (2003, 2010, 2023):
        path = file_of(edition, f"rows-ended-{year}.parquet")
        path.unlink() if harm == "removed" else path.write_bytes(b"PAR1 no rows at all PAR1")
    assert pairs(desk, days=Q3) == before
    in_force = [row for row in before if row[1] <= Q3[1] and row[2] >= Q3[0]]
    assert [row[0] for row in in_force] == ["20001", "20002", "20004"]
    with pytest.raises(InputRefused, match=r"rows-ended-2003\.parquet"):
        pairs(desk)
    with pytest.raises(InputRefused, match=r"rows-ended-2023\.parquet"):
        pairs(desk, days=(dt.date(2023, 12, 31), Q3[1]))


@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize("name", ["rows.parquet", "rows-ended-2024.parquet"])
def test_a_file_that_reaches_into_the_quarter_must_be_the_one_that_was_imported(desk, name):
    edition = taken(desk)
    file_of(edition, name).write_bytes(file_of(edition, "rows-ended-2003.parquet").read_bytes())
    with pytest.raises(InputRefused, match="not those that were imported") as refused:
        pairs(desk, days=Q3)
    assert refused.value.where == f"ncci_ptp_practitioner/{edition.edition_id}/{name}"


@pytest.mark.usefixtures("cut")
def test_every_day_sees_the_rows_in_force_on_it_whatever_files_are_left_out(desk):
    taken(desk)
    every = pairs(desk)
    for first in (
        dt.date(1996, 1, 1),
        dt.date(2003, 12, 31),
        dt.date(2004, 1, 1),
        dt.date(2024, 1, 1),
        Q3[0],
    ):
        one = pairs(desk, days=(first, first))
        assert [r for r in one if r[1] <= first <= r[2]] == [r for r in every if r[1] <= first <= r[2]]


@pytest.mark.usefixtures("cut")
def test_what_is_read_whole_is_checked_whole(desk):
    """Of coverage the newest publication of an article decides, also by rows that have ended long ago."""
    old = "71271,Z87.891,,1,any,*,2010-02-10,2015-12-31,A1,1,Y"
    new = "71271,Z87.892,,1,any,*,2022-02-10,,A1,2,Y"
    edition = desk.take(desk.write("mine.csv", "\n".join((COVERAGE_HEADER, old, new)) + "\n"))[0].edition
    path = file_of(edition, "rows-ended-2015.parquet")
    desk.attach(["71271"], days=Q3)
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE t AS SELECT * REPLACE (NULL::DATE AS deleted) FROM '{path}'")
        con.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    with pytest.raises(InputRefused, match="not those that were imported"):
        desk.attach(["71271"], days=Q3)


@pytest.mark.usefixtures("cut")
def test_a_library_may_lie_in_a_folder_with_quotes_and_brackets(tmp_path):
    desk = Desk(tmp_path / "it's [2024] *", tmp_path / "it's [2024] *" / "library")
    desk.folder.mkdir()
    taken(desk)
    with pytest.raises(InputRefused, match="its rows are all those of"):
        desk.take(desk.write("ccipra-v303r0-f1.txt", ptp_text(ROWS) + "\r\n"))
    other = desk.take(desk.write("ccipra-v303r0-f1.txt", ptp_text(ROWS[:6])))[0].edition
    assert len(pairs(desk)) == 6
    assert duckdb.execute(f"SELECT count(*) FROM {rows_of(other)}").fetchall() == [(6,)]


# ---- manifests -----------------------------------------------------------------------------------


def as_form_1(edition: Edition) -> Path:
    """Write the manifest as the first version of the program did: one file, its hash beside the number of rows."""
    path = edition.parts[0].path.parent / "manifest.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    for name in ("columns", "descriptors"):
        del told[name]
    told |= {"manifest": 1, "rows_sha256": told.pop("parts")[0]["sha256"], "published_basis": "quarter"}
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def test_a_manifest_of_form_1_is_still_read_and_its_rows_are_still_checked(desk):
    edition = taken(desk)
    before = pairs(desk)
    as_form_1(edition)
    (read,) = Library.open(desk.library).editions()
    assert (read.rows, read.parts, read.columns) == (edition.rows, edition.parts, ())
    assert pairs(desk, days=Q3) == pairs(desk) == before
    edition.parts[0].path.write_bytes(b"PAR1")
    with pytest.raises(InputRefused, match="not those that were imported"):
        pairs(desk, days=Q3)


@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize("harm", ["no parts", "fewer rows", "a path out of the folder"])
def test_a_manifest_whose_files_do_not_add_up_is_refused(desk, harm):
    edition = taken(desk)
    path = edition.parts[0].path.parent / "manifest.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    if harm == "no parts":
        told["parts"] = []
    elif harm == "fewer rows":
        told["parts"] = told["parts"][:-1]
    else:
        told["parts"][1]["file"] = "../../outside.parquet"
    path.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(InputRefused):
        pairs(desk)
