"""The truth file against an oracle that works the claims out by itself."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from auditor.synth import SynthOptions, read_vocabulary, write_claims
from tests.synth import oracle
from tests.synth.conftest import write

QUARTER = (date(2024, 7, 1), date(2024, 9, 30))


def told(truth, *verdicts):
    return {
        (t["catalogue_id"], t["verdict"], t["claim_id"], t["line_no"])
        for t in truth
        if t["verdict"] in verdicts and t["claim_id"]
    }


def worked_out(written, edits):
    rows, aside = oracle.read(written.result.claims_file)
    return oracle.audit(rows, edits), aside


def test_the_oracle_finds_exactly_what_the_truth_says(demo, small_vocabulary):
    found, aside = worked_out(demo, oracle.Edits.of(small_vocabulary))
    assert found == told(demo.truth, "fail", "bypassed")
    assert aside == {(c, n) for _, _, c, n in told(demo.truth, "set_aside")}
    assert len(found) > 300


def test_the_oracle_sees_no_finding_on_a_near_miss(demo, small_vocabulary):
    found, _ = worked_out(demo, oracle.Edits.of(small_vocabulary))
    flagged = {(claim, line, name.split("-")[0]) for name, _, claim, line in found}
    near = {(claim, line, name.split("-")[0]) for name, _, claim, line in told(demo.truth, "none")}
    assert near
    assert not near & flagged


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_without_errors_nothing_can_be_found(tmp_path, small_vocabulary, seed):
    clean = write(tmp_path, small_vocabulary, lines=5_000, seed=seed, errors=0.0)
    found, aside = worked_out(clean, oracle.Edits.of(small_vocabulary))
    assert (found, aside, clean.truth) == (set(), set(), [])


def test_the_truth_holds_over_several_blocks(tmp_path, small_vocabulary, monkeypatch):
    monkeypatch.setattr("auditor.synth.generate.BLOCK_LINES", 1_500)
    written = write(tmp_path, small_vocabulary, lines=5_000, seed=8, errors=0.1)
    found, _ = worked_out(written, oracle.Edits.of(small_vocabulary))
    assert found == told(written.truth, "fail", "bypassed")


def test_before_july_2019_modifier_59_on_column_1_lifts_nothing(tmp_path, small_vocabulary):
    period = (date(2019, 5, 1), date(2019, 8, 31))
    written = write(tmp_path, small_vocabulary, lines=3_000, seed=5, errors=0.1, period=period)
    found, _ = worked_out(written, oracle.Edits.of(small_vocabulary))
    assert found == told(written.truth, "fail", "bypassed")
    assert "ptp-10" in {t["kind"] for t in written.truth}


@pytest.mark.slow
def test_the_truth_holds_against_the_full_tables(tmp_path, shared_data):
    con = duckdb.connect()
    _attach_full(con, shared_data / "reference")
    vocabulary = read_vocabulary(con, seed=4, period=QUARTER)
    write_claims(tmp_path, vocabulary, SynthOptions(lines=40_000, seed=4, errors=0.07))
    rows, _ = oracle.read(tmp_path / "claims.csv")
    con.execute("CREATE TABLE used AS SELECT unnest($codes) AS code", {"codes": list({r.code for r in rows})})
    edits = oracle.Edits(
        pairs=con.execute(
            """SELECT setting, column_1, column_2, effective, deleted, modifier_indicator FROM ref_ncci_ptp
            WHERE column_1 IN (FROM used) AND column_2 IN (FROM used)"""
        ).fetchall(),
        mue={
            (s, c): (v, m)
            for s, c, v, m in con.execute('SELECT setting, code, "value", mai FROM ref_ncci_mue').fetchall()
        },
        addons=con.execute("SELECT edit_type, addon, primary_code FROM ref_ncci_aoc").fetchall(),
    )
    con.execute(f"SELECT catalogue_id, verdict, claim_id, line_no FROM read_parquet('{tmp_path}/truth.parquet') "
                "WHERE verdict IN ('fail', 'bypassed') AND claim_id IS NOT NULL")  # fmt: skip
    assert oracle.audit(rows, edits) == set(con.fetchall())


def _attach_full(con, folder):
    ptp, mue = [], []
    for setting in ("practitioner", "outpatient_hospital"):
        ptp.append(
            f"""SELECT '{setting}' AS setting, column_1, column_2, deletion_date::DATE AS deleted, modifier_indicator,
            if(modifier_indicator = '9', deletion_date::DATE, least(DATE '1996-01-01', deletion_date::DATE))
                AS effective
            FROM '{folder}/ncci_ptp_{setting}_2024q3.parquet'"""
        )
        mue.append(
            f"""SELECT '{setting}' AS setting, hcpcs_code AS code, mue_units AS "value", mue_mai::VARCHAR AS mai,
            DATE '2024-07-01' AS effective, DATE '2024-09-30' AS deleted
            FROM '{folder}/ncci_mue_{setting}_2024q3.parquet'"""
        )
    con.execute("CREATE VIEW ref_ncci_ptp AS " + " UNION ALL ".join(ptp))
    con.execute("CREATE VIEW ref_ncci_mue AS " + " UNION ALL ".join(mue))
    con.execute(
        f"""CREATE VIEW ref_ncci_aoc AS SELECT aoc_edit_type::VARCHAR AS edit_type, add_on_code AS addon, primary_code,
        DATE '1996-01-01' AS effective, DATE '9999-12-31' AS deleted FROM '{folder}/ncci_aoc_2024q2.parquet'"""
    )
