HEADER = (
    "claim_id,claim_line_number,claim_type,person_id,member_id,payer,claim_start_date,claim_end_date,"
    "claim_line_start_date,claim_line_end_date,place_of_service_code,bill_type_code,revenue_center_code,"
    "service_unit_quantity,hcpcs_code,hcpcs_modifier_1,hcpcs_modifier_2,rendering_npi,billing_npi,paid_amount,"
    "charge_amount,diagnosis_code_1,diagnosis_code_2,plan"
)


def test_the_layout_is_recognised_and_line_dates_fall_back_to_the_claim(read):
    got = read(
        HEADER
        + "\nA,1,professional,P,M,medicare,2024-07-01,2024-07-03,,,11,,,2,99213,25,,1,2,10.5,20,E11.9,I10,x\n"
        "A,2,professional,P,M,medicare,2024-07-01,2024-07-03,2024-07-02,2024-07-02,11,,,2,99214,,,1,2,1,2,,,x\n"
        "B,1,institutional,,M2,medicare,2024-07-01,,,,,0131,0300,1,,,,1,2,1,2,,,x\n"
    )
    assert got.feed.files[0].format == "tuva"
    assert got.rows(
        "SELECT date_from::VARCHAR, days, patient_id, payer_id, tob, modifiers FROM claim_line ORDER BY line_id"
    ) == [
        ("2024-07-01", 3, "P", "medicare", None, ["25"]),
        ("2024-07-02", 1, "P", "medicare", None, []),
        ("2024-07-01", 1, "M2", "medicare", "131", []),
    ]
    assert got.column("SELECT frequency_code FROM claim_line WHERE claim_id = 'B'") == ["1"]
    assert got.feed.unmapped_columns == ()
    assert got.column("SELECT DISTINCT plan_id FROM claim_line") == ["x"]
    assert "2 lines: the line has no date of its own; the claim's is used" in got.feed.notes
    assert "dx_ptr" not in got.feed.fields


def test_a_column_map_adds_to_the_layout(read):
    got = read(HEADER + "\nA,1,professional,P,M,medicare,2024-07-01,,,,11,,,2,99213,25,,1,2,10.5,20,,,commercial\n",
               column_map={"line_of_business": "plan"})  # fmt: skip
    assert got.column("SELECT line_of_business FROM claim_line") == ["commercial"]


def test_plan_discharge_and_procedures_are_read_and_what_has_no_field_is_named(read):
    got = read(HEADER + ",discharge_disposition_code,procedure_code_type,procedure_code_1,procedure_code_2"
               "\nA,1,institutional,P,M,medicare,2024-07-01,,,,,0111,0300,2,,,,1,2,10.5,20,,,GOLD,1,icd-10-pcs,"
               "0DTJ4ZZ,4701\n")  # fmt: skip
    assert got.rows("SELECT plan_id, discharge_status, procedures FROM claim_line") == [
        ("GOLD", "01", ["0DTJ4ZZ"])
    ]
    assert got.feed.unmapped_columns == ("procedure_code_type",)
