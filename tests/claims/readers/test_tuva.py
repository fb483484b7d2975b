import pytest

from auditor.base.errors import InputRefused

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


PERSONS = (
    "person_id,member_id,gender,birth_date,death_date,enrollment_start_date,enrollment_end_date,payer,payer_type,"
    "data_source\n"
)


def line(claim: str, person: str, day: str, payer: str = "p1") -> str:
    return f"{claim},1,professional,{person},M,{payer},{day},,,,11,,,1,99213,,,1000000001,2,1,2,,,x\n"


@pytest.mark.slow
def test_eligibility_tells_birth_sex_death_and_the_line_of_business_of_the_day(read):
    got = read(
        HEADER + "\n" + line("A", "P", "2017-05-01") + line("B", "P", "2018-05-01") + line("C", "P", "2019-05-01")
        + line("D", "Q", "2018-05-01") + line("E", "R", "2018-05-01", "p2") + line("F", "S", "2018-05-01"),
        PERSONS
        + "P,M,female,1950-01-02,,2017-01-01,2017-12-31,p1,commercial,x\n"
        "P,M,female,1950-01-02,2018-12-01,2018-01-01,2018-12-31,p1,medicare,x\n"
        "Q,M,male,1960-01-02,,2018-01-01,,p1,self-insured,x\n"
        "R,M,male,1961-01-02,,2018-01-01,2018-12-31,p1,medicare,x\n"
        "R,M,male,1961-01-02,,2018-01-01,2018-12-31,p2,medicaid,x\n"
        "S,M,male,1962-01-02,,2018-01-01,2018-12-31,p3,medicare,x\n"
        "S,M,male,1962-01-02,,2018-01-01,2018-12-31,p4,medicaid,x\n",
        line_of_business="other",
    )  # fmt: skip
    assert got.rows(
        "SELECT claim_id, birth_date::VARCHAR, sex, death_date::VARCHAR, line_of_business::VARCHAR, source_pos "
        "FROM claim_line ORDER BY 1"
    ) == [
        ("A", "1950-01-02", "F", "2018-12-01", "commercial", 1),
        ("B", "1950-01-02", "F", "2018-12-01", "medicare", 2),
        ("C", "1950-01-02", "F", "2018-12-01", "other", 3),
        ("D", "1960-01-02", "M", None, "commercial", 4),
        ("E", "1961-01-02", "M", None, "medicaid", 5),
        ("F", "1962-01-02", "M", None, "other", 6),
    ]
    assert got.rows("SELECT name, left(says, 2) FROM claim_diagnostic") == [("enrolment", "2 ")]
    assert [(file.part, file.lines) for file in got.feed.files] == [("claims", 6), ("eligibility", 0)]


def test_malformed_rows_are_set_aside_with_eligibility_beside_them_too(read):
    got = read(
        HEADER + "\n" + line("A", "P", "2017-05-01") + "B,1,professional\n" + line("C", "P", "2017-05-02"),
        PERSONS + "P,M,female,1950-01-02,,2017-01-01,,p1,commercial,x\n",
    )
    assert got.rows("SELECT claim_id, source_pos, sex FROM claim_line ORDER BY 1") == [
        ("A", 1, "F"),
        ("C", 3, "F"),
    ]
    assert [place for place, _ in got.aside()] == [2]


def test_code_sets_presence_on_admission_and_shares_of_the_patient_are_read(read):
    more = (
        ",diagnosis_code_type,diagnosis_poa_1,diagnosis_poa_2,drg_code_type,drg_code,coinsurance_amount,"
        "copayment_amount"
    )
    row = "{},1,institutional,P,M,medicare,2024-07-01,,,,,0111,0300,2,,,,1,2,10.5,20,{},{},x,{},{},{},{},{},{},{}\n"
    got = read(
        HEADER + more + "\n"
        + row.format("A", "E11.9", "I10", "icd-10-cm", "Y", "", "ms-drg", "470", "1.50", "2.25")
        + row.format("B", "25000", "", "ICD-9-CM", "", "", "apr-drg", "1401", "", "")
        + row.format("C", "", "I10", "icd-10-pcs", "", "N", "", "470", "1.50", "")
    )  # fmt: skip
    assert got.rows(
        "SELECT dx, icd9, poa, drg, patient_resp, dx_version FROM claim_line ORDER BY claim_id"
    ) == [
        (["E119", "I10"], [], ["Y", "-"], "470", 375, "10"),
        ([], ["25000"], [], None, None, "9"),
        (["I10"], [], ["N"], "470", 150, "10"),
    ]


def test_diagnoses_said_to_be_procedures_are_read_and_noticed(read):
    got = read(
        HEADER
        + ",diagnosis_code_type\nA,1,professional,P,M,p,2024-07-01,,,,11,,,2,99213,25,,1,2,10.5,20,E11.9,I10,x,"
        "icd-10-pcs\n"
    )
    assert got.column("SELECT dx FROM claim_line") == [["E119", "I10"]]
    assert got.rows("SELECT name, severity, left(says, 2) FROM claim_diagnostic") == [
        ("dx_type", "warning", "1 ")
    ]


def test_drugs_and_eligibility_alone_are_no_claims(read):
    with pytest.raises(InputRefused, match="drugs dispensed"):
        read("claim_id,claim_line_number,person_id,dispensing_date,ndc_code,data_source\n1,1,1,1,1,1\n")
    with pytest.raises(InputRefused, match="holds eligibility"):
        read(PERSONS + "P,M,female,1950-01-02,,2017-01-01,,p1,commercial,x\n")
