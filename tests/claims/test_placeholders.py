"""A word for nothing is nothing: no provider and no person is made of it."""

import pytest

PROVIDERS = ["UNKNOWN", "N/A", "0000000000", "9999999999", "nan", "#N/A", "-", "1.23457E+09", "1.2345E+09",
             "2.3457E+09", "0", "NONE", "1111111111", "1234567890", "multiple", "#VALUE!", ".", "<NA>", "XXXXXXXXXX",
             " Unknown "]  # fmt: skip
PERSONS = [
    "UNKNOWN",
    "N/A",
    "0",
    "nan",
    "None",
    "-",
    "1.23E+11",
    "#N/A",
    "?",
    ".",
    "00000",
    "999999999",
    "TEST",
    "*unk*",
]
ROW = "C,1,P,2024-07-01,99213,1,10,8"


@pytest.mark.parametrize("field", ["rendering_npi", "billing_npi", "facility_npi", "billing_tin"])
@pytest.mark.slow
def test_a_word_for_no_provider_is_a_missing_provider(read, table, field):
    got = read(table(*(f"C{n}{ROW[1:]},{word}" for n, word in enumerate(PROVIDERS)), more=field))
    assert got.rows(f"SELECT DISTINCT {field}, provider_id, provider_key FROM claim_line") == [
        (None, None, None)
    ]
    told = f"{len(PROVIDERS)} lines: an NPI or tax number is a word"
    assert [note for note in got.feed.notes if note.startswith(told)]


def test_the_billing_provider_stands_in_for_a_facility_that_is_a_word(read, table):
    got = read(table(f"{ROW},I,UNKNOWN,1234567893", more="claim_type,facility_npi,billing_npi"))
    assert got.column("SELECT provider_id FROM claim_line") == ["1234567893"]


@pytest.mark.parametrize(
    ("text", "number"),
    [("1234567893", "1234567893"), ("1234567893.0", "1234567893"), ("1234567893.00", "1234567893"),
     ("'1234567893", "1234567893"), (' 1234567893 ', "1234567893"), ("DRSMITH", "DRSMITH"), ("p0099", "P0099"),
     ("2300000033", "2300000033"), ("12345", "12345"), ("3333333334", "3333333334")],
)  # fmt: skip
@pytest.mark.slow
def test_what_tells_providers_apart_is_kept(read, table, text, number):
    got = read(table(f"{ROW},{text}", more="rendering_npi"))
    assert got.column("SELECT provider_id FROM claim_line") == [number]
    assert not any("a word for nothing" in note for note in got.feed.notes)


def test_lines_of_nobody_are_set_aside(read, table):
    rows = [ROW.replace(",P,", f",{word},") for word in PERSONS]
    got = read(table(*rows, "D,1,Q,2024-07-01,99214,1,10,8"))
    assert got.column("SELECT reason_code FROM set_aside") == ["patient_id_missing"] * len(PERSONS)
    assert got.rows("SELECT claim_id, patient_key FROM claim_line") == [("D", 0)]


def test_short_and_odd_names_of_a_person_are_kept(read, table):
    persons = ["P", "1", "12", "A-1", "99999", "unknown7", "1e10", "123-45-6789", "NANCY", "é"]
    got = read(table(*(f"C{n}{ROW[1:]}".replace(",P,", f",{person},") for n, person in enumerate(persons))))
    assert got.column("SELECT patient_id FROM claim_line ORDER BY line_id") == persons


@pytest.mark.parametrize("number", ["1.23E+12", "0", "UNKNOWN"])
def test_a_void_of_a_number_that_is_none_takes_no_claim_away(read, table, number):
    rows = (
        f"A,1,P,2024-07-01,99213,1,10,5,{number},,1",
        f"B,1,P,2024-07-08,99214,1,20,15,{number},,1",
        f"D,1,P,2024-07-09,99215,1,20,15,7700000000001,{number},8",
    )
    got = read(table(*rows, more="payer_icn,original_ref,frequency_code"))
    assert got.column(
        "SELECT claim_id FROM claim_line WHERE state = 'audited' AND claim_id <> 'D' ORDER BY 1"
    ) == ["A", "B"]
    assert any("3 lines: the payer's number of the claim" in note for note in got.feed.notes)


def test_a_sound_number_still_voids(read, table):
    rows = (
        "A,1,P,2024-07-01,99213,1,10,5,2024070100012345,,1",
        "A2,1,P,2024-07-01,99213,1,10,5,20240701E0012,,1",
        "D,1,P,2024-07-01,99213,1,10,5,7700000000001,2024070100012345,8",
    )
    got = read(table(*rows, more="payer_icn,original_ref,frequency_code"))
    assert got.column("SELECT claim_id FROM claim_line WHERE state = 'audited'") == ["A2"]
    assert got.column("SELECT payer_icn FROM claim_line WHERE claim_id = 'A2'") == ["20240701E0012"]
