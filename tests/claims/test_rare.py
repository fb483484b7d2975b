"""Fields that few feeds have: there when a file has them, and of every row of the feed then."""

from __future__ import annotations

import datetime

HEAD = "claim_id,line_no,patient_id,date_from,code,units,paid"


def test_a_feed_without_them_stores_none_and_says_so(read, table):
    got = read(table("C,1,P,2024-07-01,99213,1,1,1"))
    stored = [d[0] for d in got.con.execute("SELECT * FROM claim_row").description]
    assert "referring_npi" not in stored and "icd9" not in stored and "referring_npi" not in got.feed.fields
    assert got.rows("SELECT referring_npi, icd9, patient_resp FROM claim_line") == [(None, [], None)]


def test_a_field_that_one_file_has_is_missing_on_the_lines_of_another(read):
    got = read(
        f"{HEAD}\nA,1,P,2024-07-01,99213,1,1\n",
        f"{HEAD},referring_npi,death_date,other_payer_paid,ndc_quantity\n"
        "B,1,P,2024-07-02,99213,1,1,1234567893,2024-08-01,12.50,1.5\n",
    )
    rows = got.rows(
        "SELECT claim_id, referring_npi, death_date, other_payer_paid, ndc_quantity::VARCHAR FROM claim_line ORDER BY 1"
    )
    assert rows == [
        ("A", None, None, None, None),
        ("B", "1234567893", datetime.date(2024, 8, 1), 1250, "1.500"),
    ]
    assert {"referring_npi", "death_date"} <= got.feed.fields


def test_parts_of_a_list_are_cut_at_their_colon_and_kept_whole_in_the_row(read):
    got = read(f'{HEAD},adjustments,value_codes\nA,1,P,2024-07-01,99213,1,1,"co-45:12.50:1, PR-2:3",\n')
    assert got.rows("SELECT adjustments, value_codes FROM claim_line") == [(["CO-45", "PR-2"], [])]
    assert got.rows("SELECT adjustments FROM claim_row") == [("CO-45:12.50:1,PR-2:3",)]


def test_diagnoses_of_icd9_are_never_taken_for_those_of_icd10(read):
    got = read(
        f"{HEAD},dx1,dx2,dx_version\n"
        "A,1,P,2014-07-01,99213,1,1,V10.1,250.00,9\n"
        "B,1,P,2024-07-01,99213,1,1,E11.9,,10\n"
        "C,1,P,2014-07-01,99213,1,1,V10.1,,ICD-9-CM\n"
        "D,1,P,2024-07-01,99213,1,1,E11.9,,0\n"
        "E,1,P,2024-07-01,99213,1,1,E11.9,,icd-10-cm\n"
    )
    assert got.rows("SELECT claim_id, dx, icd9 FROM claim_line ORDER BY 1") == [
        ("A", [], ["V101", "25000"]),
        ("B", ["E119"], []),
        ("C", [], ["V101"]),
        ("D", ["E119"], []),
        ("E", ["E119"], []),
    ]
    assert any("ICD-9-CM" in note and note.startswith("2 lines") for note in got.feed.notes)


def test_minutes_are_no_units_and_are_kept(read):
    got = read(f"{HEAD},unit_basis\nA,1,P,2024-07-01,00140,45,1,MJ\nB,1,P,2024-07-01,99213,1,1,UN\n")
    assert got.rows("SELECT claim_id, units::INT, minutes::INT FROM claim_line ORDER BY 1") == [
        ("A", None, 45),
        ("B", 1, None),
    ]


def test_an_amount_beside_the_main_ones_that_is_no_number_is_said_and_never_zero(read):
    got = read(f"{HEAD},other_payer_paid,death_date\nA,1,P,2024-07-01,99213,1,1,1O0.00,2024-13-45\n")
    assert got.rows("SELECT other_payer_paid, death_date FROM claim_line") == [(None, None)]
    assert any("beside the main ones" in note for note in got.feed.notes)


def test_a_filler_is_no_number_of_a_provider_in_any_of_its_columns(read):
    got = read(f"{HEAD},attending_npi\nA,1,P,2024-07-01,99213,1,1,UNKNOWN\n")
    assert got.rows("SELECT attending_npi FROM claim_line") == [(None,)]
