"""The starter edition, by itself and against the full tables it was taken from."""

import datetime as dt
from collections import defaultdict

import duckdb
import pytest

from auditor.base.codes import is_hcpcs
from auditor.reference import Library
from auditor.reference.importers.coverage import HEADER
from auditor.reference.starter import FOLDER, rows_of

PTP = {"ncci_ptp_practitioner": "practitioner", "ncci_ptp_hospital": "outpatient_hospital"}
MUE = {"ncci_mue_practitioner": "practitioner", "ncci_mue_hospital": "outpatient_hospital"}


@pytest.fixture(scope="module")
def attached():
    con = duckdb.connect()
    codes = {row[key] for name in PTP for row in rows_of(name) for key in ("column_1", "column_2")}
    codes |= {row["code"] for name in (*MUE, "coverage") for row in rows_of(name)}
    codes |= {row[key] for row in rows_of("ncci_aoc") for key in ("addon", "primary_code")}
    con.execute("CREATE TABLE claim_line AS SELECT unnest(?::VARCHAR[]) AS code", [sorted(codes)])
    return con, Library.starter().attach(con, carry_forward=frozenset({"ncci_ptp"}))


def test_it_has_about_the_size_that_was_meant():
    sizes = {name: len(rows_of(name)) for name in (*PTP, *MUE, "ncci_aoc", "coverage")}
    assert 200 <= sizes["ncci_ptp_practitioner"] + sizes["ncci_ptp_hospital"] <= 250
    assert 180 <= sizes["ncci_mue_practitioner"] + sizes["ncci_mue_hospital"] <= 250
    assert 40 <= len({row["addon"] for row in rows_of("ncci_aoc")}) <= 60
    assert 3 <= len({row["article"] for row in rows_of("coverage")}) <= 8


def test_every_row_cites_its_edition():
    for name in (*PTP, *MUE, "ncci_aoc", "coverage"):
        assert all(row["source"].startswith(("NCCI ", "NCD ", "LCD ")) for row in rows_of(name)), name


def test_it_holds_every_kind_of_row():
    assert {row["modifier_indicator"] for row in rows_of("ncci_ptp_practitioner")} == {"0", "1", "9"}
    assert any(
        row["deleted"] and row["modifier_indicator"] != "9" for row in rows_of("ncci_ptp_practitioner")
    )
    assert {row["mai"] for row in rows_of("ncci_mue_practitioner")} == {"1", "2", "3"}
    assert any(row["value"] == "0" for row in rows_of("ncci_mue_practitioner"))
    assert {row["edit_type"] for row in rows_of("ncci_aoc")} == {"1", "2", "3"}
    assert {row["requires"] for row in rows_of("coverage")} == {"any", "all"}


def test_all_rows_are_attached(attached):
    con, state = attached
    for name, stored in (
        ("ncci_ptp", PTP),
        ("ncci_mue", MUE),
        ("ncci_aoc", ["ncci_aoc"]),
        ("coverage", ["coverage"]),
    ):
        wanted = sum(len(rows_of(table)) for table in stored)
        assert con.execute(f"SELECT count(*), count(DISTINCT row_no) FROM ref_{name}").fetchall() == [
            (wanted, wanted)
        ]
    assert state.starter


def test_it_answers_only_for_the_quarter_it_cites_and_is_never_carried_forward(attached):
    con, state = attached
    bounds = con.execute(
        "SELECT DISTINCT date_from, date_to FROM ref_answers WHERE table_name <> 'coverage'"
    ).fetchall()
    assert bounds == [(dt.date(2024, 7, 1), dt.date(2024, 9, 30))]
    assert any("not carried forward" in note for note in state.notes)
    assert not any(used.carried_forward for used in state.tables)


def test_every_edition_says_that_it_is_a_selection(attached):
    assert all("Starter edition" in used.notes[0] for used in attached[1].tables)


def test_no_deleted_pair_is_in_force_in_the_quarter():
    for name in PTP:
        gone = [row for row in rows_of(name) if row["deleted"]]
        assert gone
        assert all(row["effective"] <= row["deleted"] < "2024-07-01" for row in gone)


def test_no_pair_is_there_twice_or_in_both_directions():
    for name in PTP:
        pairs = [(row["column_1"], row["column_2"]) for row in rows_of(name)]
        assert len(pairs) == len(set(pairs))
        assert not {(second, first) for first, second in pairs} & set(pairs)


def test_codes_have_the_shape_of_codes():
    for name in PTP:
        assert all(is_hcpcs(row["column_1"]) and is_hcpcs(row["column_2"]) for row in rows_of(name))
    for name in (*MUE, "coverage"):
        assert all(is_hcpcs(row["code"]) for row in rows_of(name))


def test_its_coverage_table_is_one_that_a_user_could_import(desk):
    assert tuple(rows_of("coverage")[0])[: len(HEADER)] == HEADER
    report = desk.take(FOLDER / "coverage.csv")[0]
    stored = desk.rows(report)
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE claim_line AS SELECT unnest(?::VARCHAR[]) AS code", [sorted({row[0] for row in stored})]
    )
    Library.starter().attach(con)
    columns = (
        "code, dx_from, dx_to, dx_group, requires, jurisdiction, effective, article, version, exhaustive"
    )
    ours = con.execute(f"SELECT {columns} FROM ref_coverage ORDER BY ALL").fetchall()
    assert ours == desk.rows(report, columns)


def test_only_a_confirmed_list_is_called_exhaustive():
    assert {row["article"] for row in rows_of("coverage") if row["exhaustive"] == "Y"} == {"NCD 210.14"}


@pytest.mark.parametrize("name", PTP)
def test_every_pair_stands_in_the_full_table(shared_data, name):
    full = shared_data / "reference" / f"ncci_ptp_{PTP[name]}_2024q3.parquet"
    wanted = {
        (r["column_1"], r["column_2"], r["deleted"] or "9999-12-31", r["modifier_indicator"], r["rationale"])
        for r in rows_of(name)
    }
    pairs = {row[:2] for row in wanted}
    query = """SELECT column_1, column_2, deletion_date, modifier_indicator, rationale FROM read_parquet(?)
               WHERE column_1 IN (SELECT unnest(?)) AND column_2 IN (SELECT unnest(?))"""
    found = duckdb.execute(query, [str(full), [first for first, _ in pairs], [second for _, second in pairs]])
    rows = [row for row in found.fetchall() if row[:2] in pairs]
    assert wanted <= set(rows)
    active = {row[:2] for row in rows if row[2] == "9999-12-31"}
    assert active == {row[:2] for row in wanted if row[2] == "9999-12-31"}


@pytest.mark.parametrize("name", MUE)
def test_every_unit_value_stands_in_the_full_table(shared_data, name):
    full = shared_data / "reference" / f"ncci_mue_{MUE[name]}_2024q3.parquet"
    query = "SELECT hcpcs_code, mue_units::VARCHAR, mue_mai::VARCHAR, mue_rationale FROM read_parquet(?)"
    found = set(duckdb.execute(query, [str(full)]).fetchall())
    assert {(r["code"], r["value"], r["mai"], r["rationale"]) for r in rows_of(name)} <= found


def test_every_add_on_code_is_there_with_all_its_primaries(shared_data):
    full = shared_data / "reference" / "ncci_aoc_2024q2.parquet"
    query = "SELECT add_on_code, aoc_edit_type::VARCHAR, primary_code FROM read_parquet(?)"
    theirs, ours = defaultdict(set), defaultdict(set)
    for addon, kind, primary in duckdb.execute(query, [str(full)]).fetchall():
        theirs[addon].add((kind, primary))
    for row in rows_of("ncci_aoc"):
        ours[row["addon"]].add((row["edit_type"], row["primary_code"]))
    assert ours == {addon: theirs[addon] for addon in ours}


def test_its_national_determinations_and_article_exist(shared_data):
    folder = shared_data / "reference"
    sections = dict(
        duckdb.execute(
            "SELECT NCD_mnl_sect, NCD_vrsn_num FROM read_parquet(?)", [str(folder / "mcd_ncd_trkg.parquet")]
        ).fetchall()
    )
    for row in rows_of("coverage"):
        if row["article"].startswith("NCD "):
            assert sections[row["article"].removeprefix("NCD ")] == row["version"]
    links = duckdb.execute(
        "SELECT DISTINCT lcd_version, r_article_id FROM read_parquet(?) WHERE lcd_id = '33996'",
        [str(folder / "mcd_lcd_related_documents.parquet")],
    ).fetchall()
    assert ("31", "56798") in links
