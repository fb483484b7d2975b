"""The full tables in the official layouts, written from the shared data: counts equal the source exactly."""

import subprocess
import sys
import zipfile

import duckdb
import pytest

from auditor.reference import Library
from tests.reference.layouts import Desk, sheet

SETTINGS = {"practitioner": "practitioner", "hospital": "outpatient_hospital"}


@pytest.fixture(scope="module")
def official(shared_data, tmp_path_factory):
    tool = shared_data.parent / "tools" / "write_official_layout.py"
    if not tool.is_file():
        pytest.skip("the tool that writes the official layouts is not beside the shared test data")
    out = tmp_path_factory.mktemp("official")
    subprocess.run(
        [sys.executable, str(tool), str(out), "--only", "ptp", "mue", "aoc"], check=True, capture_output=True
    )
    return out


@pytest.fixture(scope="module")
def library(official, tmp_path_factory):
    desk = Desk(official, tmp_path_factory.mktemp("library"))
    desk.take(*official.iterdir())
    return {edition.table: edition for edition in Library.open(desk.library).editions()}


def source(shared_data, name):
    return f"read_parquet('{shared_data / 'reference' / name}.parquet')"


@pytest.mark.slow
@pytest.mark.parametrize("setting", SETTINGS)
def test_ptp_rows_equal_the_source(shared_data, library, setting):
    edition = library[f"ncci_ptp_{setting}"]
    full = source(shared_data, f"ncci_ptp_{SETTINGS[setting]}_2024q3")
    rows, active, zero, one, nine = duckdb.execute(
        f"""SELECT count(*), count(*) FILTER (WHERE deletion_date = '9999-12-31'),
                   count(*) FILTER (WHERE modifier_indicator = '0'), count(*) FILTER (WHERE modifier_indicator = '1'),
                   count(*) FILTER (WHERE modifier_indicator = '9') FROM {full}"""
    ).fetchall()[0]
    counts = edition.counts
    assert (counts["rows"], counts["active"], counts["deleted"]) == (rows, active, rows - active)
    assert (counts["indicator_0"], counts["indicator_1"], counts["indicator_9"]) == (zero, one, nine)
    assert (edition.rejected, edition.accepted) == ({}, ())
    ours = f"""SELECT column_1, column_2, coalesce(deleted::VARCHAR, '9999-12-31'), modifier_indicator, rationale
               FROM read_parquet('{edition.rows_file}')"""
    theirs = f"SELECT column_1, column_2, deletion_date, modifier_indicator, rationale FROM {full}"
    assert duckdb.execute(f"SELECT count(*) FROM ({ours} EXCEPT ALL {theirs})").fetchall() == [(0,)]
    assert duckdb.execute(f"SELECT count(*) FROM ({theirs} EXCEPT ALL {ours})").fetchall() == [(0,)]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["practitioner", "hospital", "dme"])
def test_mue_rows_equal_the_source(shared_data, library, name):
    full = source(shared_data, f"ncci_mue_{SETTINGS.get(name, name)}_2024q3")
    ours = f"""SELECT code, "value", mai, rationale FROM read_parquet('{library[f"ncci_mue_{name}"].rows_file}')"""
    theirs = f"SELECT hcpcs_code, mue_units, mue_mai::VARCHAR, mue_rationale FROM {full}"
    assert (
        duckdb.execute(f"({ours} EXCEPT ALL {theirs}) UNION ALL ({theirs} EXCEPT ALL {ours})").fetchall()
        == []
    )


@pytest.mark.slow
def test_add_on_rows_equal_the_source(shared_data, library):
    ours = f"SELECT edit_type, addon, primary_code FROM read_parquet('{library['ncci_aoc'].rows_file}')"
    theirs = f"SELECT aoc_edit_type::VARCHAR, add_on_code, primary_code FROM {source(shared_data, 'ncci_aoc_2024q2')}"
    assert (
        duckdb.execute(f"({ours} EXCEPT ALL {theirs}) UNION ALL ({theirs} EXCEPT ALL {ours})").fetchall()
        == []
    )


@pytest.mark.slow
def test_a_full_table_without_its_last_parts_is_suspicious(official, tmp_path):
    desk = Desk(official, tmp_path / "library")
    first = next(official.glob("*ccipra*f1.zip"))
    with pytest.raises(Exception, match="last parts seem to be missing"):
        desk.take(first)
    assert desk.visible() == []


@pytest.mark.slow
def test_a_workbook_of_the_same_rows_gives_the_same_table(official, tmp_path):
    archive = next(official.glob("*ccipra*f4.zip"))
    with zipfile.ZipFile(archive) as opened:
        lines = opened.read(opened.namelist()[0]).decode("latin-1").split("\r\n")[:40_000]
    text = Desk(tmp_path, tmp_path / "text").take(
        write(tmp_path, "ccipra-v302r0.txt", "\r\n".join(lines).encode())
    )
    book = sheet([[int(c) if c.isdigit() and c[0] != "0" else c for c in line.split("\t")] for line in lines])
    workbook = Desk(tmp_path, tmp_path / "book").take(write(tmp_path, "ccipra-v302r0.xlsx", book))
    assert text[0].edition.counts == workbook[0].edition.counts
    one, two = (f"SELECT * FROM '{reports[0].edition.rows_file}'" for reports in (text, workbook))
    assert duckdb.execute(f"({one} EXCEPT ALL {two}) UNION ALL ({two} EXCEPT ALL {one})").fetchall() == []


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content)
    return path
