"""Numbers of persons, payers and claims that went through a float: 100.0 is 100."""

from pathlib import Path


def test_a_number_with_and_without_its_point_is_one_person(read, table):
    got = read(
        table(
            "7.0,1,100.0,2024-07-01,99213,1,10,8,12.0,900.0,123456782.0,1234567893.0",
            "8,1,100,2024-07-01,99214,1,10,8,12,901,123456782,1234567893",
            more="payer_id,payer_icn,billing_tin,rendering_npi",
        )
    )
    assert got.rows(
        "SELECT claim_id, patient_id, payer_id, payer_icn, billing_tin, rendering_npi FROM claim_line ORDER BY line_id"
    ) == [
        ("7", "100", "12", "900", "123456782", "1234567893"),
        ("8", "100", "12", "901", "123456782", "1234567893"),
    ]
    assert got.column("SELECT count(DISTINCT patient_key) FROM claim_line") == [1]
    assert any(
        note.startswith("1 line: a number of a person, payer or claim went") for note in got.feed.notes
    )


def test_what_is_no_number_keeps_its_point(read, table):
    got = read(table("A.0,1,100.5,2024-07-01,99213,1,10,8", "1.2.0,1,v1.0,2024-07-01,99213,1,10,8"))
    assert got.rows("SELECT claim_id, patient_id FROM claim_line ORDER BY line_id") == [
        ("A.0", "100.5"), ("1.2.0", "v1.0")
    ]  # fmt: skip
    assert not any("went through a spreadsheet" in note for note in got.feed.notes)


def test_a_replacement_finds_its_original_across_the_two_forms(read, table):
    got = read(
        table(
            "10.0,1,P,2024-07-01,99213,1,10,8,1,",
            "11.0,1,P,2024-07-01,99213,1,10,9,7,10",
            more="frequency_code,original_ref",
        )
    )
    assert got.rows("SELECT claim_id, state FROM claim_line ORDER BY line_id") == [
        ("10", "superseded"), ("11", "audited")
    ]  # fmt: skip


def test_a_crosswalk_written_by_the_same_tool_names_the_same_persons(read, table, tmp_path: Path):
    crosswalk = tmp_path / "crosswalk.csv"
    crosswalk.write_text("patient_id,person_id\n100.0,7\n")
    got = read(table("A,1,100.0,2024-07-01,99213,1,10,8"), crosswalk=crosswalk)
    assert got.rows("SELECT patient_id, given_patient_id FROM claim_line") == [("7", "100")]
