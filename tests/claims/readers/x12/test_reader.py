"""What the reader stages: fields, types, notes, and what it sets aside, as the canonical step will read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.claims import ReadOptions, open_connection, read_claims, reconcile
from tests.claims.readers.x12.files import (
    LINE,
    claim,
    group,
    interchange,
    read,
    stage,
    text,
    transaction,
    whole,
)


def test_a_feed_without_any_modifier_has_the_place_for_them_all_the_same(tmp_path: Path):
    staged = stage(whole(claim()), tmp_path).staged
    assert staged is not None
    assert {"mod1", "mod2", "mod3", "mod4", "prior_auth", "original_ref"} <= staged.fields
    assert staged.modifier_columns == 4
    assert staged.format == "x12"
    assert not {"ndc", "revenue_code", "tooth", "date_of_claim"} & staged.fields


def test_what_is_staged_is_what_was_read(tmp_path: Path):
    segments = whole(claim(), claim(clm="CLM*C2*1***11:B:1", lines=()), "LX*1", "SV1*HC:99213*77*UN*1")
    staged, plain = stage(segments, tmp_path), read(segments)
    assert staged.rows == plain.rows
    assert staged.told == [tuple(None if value == "" else value for value in one) for one in plain.told]
    assert staged.aside == plain.aside
    assert staged.records == plain.records == 2


def test_a_file_of_which_every_claim_is_set_aside_is_no_empty_success(tmp_path: Path):
    found = stage(whole(claim(lines=())), tmp_path)
    assert found.rows == []
    assert found.staged is not None and found.staged.malformed == 1
    assert found.aside[0][1] == "claim_without_lines"


def test_characters_that_no_table_takes_survive_the_staging(tmp_path: Path):
    levels = (
        "HL*1**20*1", "NM1*85*2*G*****XX*1000000004", "HL*2*1*22*0", "SBR*P*18*******MB",
        'NM1*IL*1*ONE*ANN****MI*M"1,\x00\\', "NM1*PR*2*Ü \"A, B\"*****PI*P'1",
    )  # fmt: skip
    found = stage(whole(claim(), levels=levels), tmp_path)
    assert found.row["patient_id"] == 'M"1,\x00\\'
    assert found.row["payer_id"] == "P'1"
    assert found.row["payer_name"] == 'Ü "A, B"'


def test_what_was_noticed_is_noted_with_its_number(tmp_path: Path):
    staged = stage(whole(claim(clm="CLM*C1*99***11:B:1"), count=7), tmp_path).staged
    assert staged is not None
    assert staged.notes == ("made.837: noticed while reading: claim_charge 1, segment_count 1",)


def test_claims_are_read_to_the_canonical_tables_and_tie_out(tmp_path: Path):
    lines = (
        *LINE,
        "LX*2",
        "SV1*HC:99214:25*50.25*UN*2***1",
        LINE[2],
        "LX*3",
        "SV1*HC:99215*1O*UN*1***1",
        LINE[2],
    )
    segments = whole(
        claim(clm="CLM*C1*160.25***11:B:1", lines=lines), claim(clm="CLM*C2*5***11:B:1", lines=())
    )
    path = tmp_path / "made.837"
    path.write_text(text(segments))
    con = open_connection("1GB", 2, tmp_path / "spill")
    feed = read_claims(con, [path], ReadOptions())
    tie = reconcile(con, feed)
    assert (tie.rows_read, tie.lines_audited, tie.lines_set_aside) == (2, 2, 2)
    assert (tie.charge_audited, tie.charge_set_aside) == (15025, 500)
    assert con.execute(
        "SELECT line_no, code, modifiers, charge, setting FROM claim_line ORDER BY 1"
    ).fetchall() == [
        (1, "99213", [], 10000, "practitioner"),
        (2, "99214", ["25"], 5025, "practitioner"),
    ]
    reasons = con.execute("SELECT reason_code FROM set_aside ORDER BY 1").fetchall()
    assert reasons == [("charge_invalid",), ("claim_without_lines",)]


def test_a_claim_that_is_delivered_again_in_another_envelope_changes_nothing(tmp_path: Path):
    once = whole(claim())
    again = [segment.replace("SENDER ", "HOUSE  ").replace("*000000001", "*000000777") for segment in once]
    paths = []
    for number, segments in enumerate((once, again)):
        paths.append(tmp_path / f"made{number}.837")
        paths[-1].write_text(text(segments, terminator="~\n" if number else "\n"))
    con = open_connection("1GB", 2, tmp_path / "spill")
    tie = reconcile(con, read_claims(con, paths, ReadOptions()))
    assert (tie.lines_audited, tie.lines_set_aside, tie.claims) == (1, 1, 1)
    assert con.execute("SELECT reason_code FROM set_aside").fetchall() == [("line_repeated",)]


def test_a_replacement_names_its_original_by_the_payers_number(tmp_path: Path):
    second = claim(
        "REF*F8*C1", clm="CLM*C1R*80***11:B:7*Y*A*Y*Y", lines=("LX*1", "SV1*HC:99212*80*UN*1***1", LINE[2])
    )
    path = tmp_path / "made.837"
    path.write_text(text(whole(claim(), second)))
    con = open_connection("1GB", 2, tmp_path / "spill")
    tie = reconcile(con, read_claims(con, [path], ReadOptions()))
    assert (tie.lines_audited, tie.lines_superseded) == (1, 1)
    assert con.execute("SELECT code FROM claim_line WHERE state = 'audited'").fetchall() == [("99212",)]


@pytest.mark.slow
def test_a_mixed_file_gives_its_claims_and_its_remittances_to_their_readers(tmp_path: Path):
    payment = [
        "ST*835*0001", "BPR*I*80*C*CHK************20240301", "TRN*1*1*1", "N1*PR*PAYER", "N1*PE*GROUP*XX*1000000004",
        "LX*1", "CLP*C1*1*100*80*20*MB*ICN1*11*1", "NM1*QC*1*ONE*ANN****MI*M1", "SVC*HC:99213*100*80**1",
        "DTM*472*20240105", "CAS*CO*45*20", "SE*12*0001",
    ]  # fmt: skip
    path = tmp_path / "made.edi"
    path.write_text(text(interchange(group(transaction(claim())), group(payment, code="HP"))))
    con = open_connection("1GB", 2, tmp_path / "spill")
    feed = read_claims(con, [path], ReadOptions())
    reconcile(con, feed)
    assert con.execute("SELECT DISTINCT claim_id FROM claim_line").fetchall() == [("C1",)]
    assert any("1 remittance (835)" in note for note in feed.notes)
