"""What payers' policies ask of a claim: plan, prior authorisation, discharge status, procedures."""

import pytest

from auditor.claims.model import MAX_PROCEDURES, PROCEDURES

ROW = "C,1,P,2024-07-01,99213,1,10,8"


@pytest.mark.parametrize(
    ("header", "field"),
    [("Plan", "plan_id"), ("PLAN_CODE", "plan_id"), ("Prior Authorization", "prior_auth"),
     ("authorization_number", "prior_auth"), ("Discharge Status Code", "discharge_status"),
     ("PTNT_DSCHRG_STUS_CD", "discharge_status")],
)  # fmt: skip
def test_headers_of_common_exports_are_known(read, table, header, field):
    got = read(table(ROW + ",20", more=header))
    assert got.column(f"SELECT {field} FROM claim_line") == ["20"]
    assert field in got.feed.fields


@pytest.mark.parametrize("header", ["px1", "Px 1", "ICD_PRCDR_CD1", "icd_procedure_code_1", "pcs_1"])
def test_the_first_procedure_has_the_names_of_common_exports(read, table, header):
    got = read(table(ROW + ",0DTJ4ZZ", more=header))
    assert got.column("SELECT procedures FROM claim_line") == [["0DTJ4ZZ"]]
    assert "procedures" in got.feed.fields


def test_a_numbered_procedure_code_is_not_taken_for_one_of_icd_10_pcs(read, table):
    """Many professional exports call a CPT code so."""
    assert read(table(ROW + ",99213", more="procedure_code_1")).feed.unmapped_columns == ("procedure_code_1",)


def test_without_columns_the_fields_are_missing_and_not_of_the_feed(read, table):
    got = read(table(ROW))
    assert got.rows("SELECT plan_id, prior_auth, discharge_status, procedures FROM claim_line") == [
        (None, None, None, [])
    ]
    assert not {"plan_id", "prior_auth", "discharge_status", "procedures", "px1"} & got.feed.fields


def test_all_procedures_stand_in_order_without_blanks(read, table):
    codes = [f"0DTJ4{'0123456789ABCDEFGHJKLMNPQ'[n]}Z" for n in range(MAX_PROCEDURES)]
    cells = [*codes[:3], "", " ", *codes[5:]]
    got = read(table(f"{ROW},{','.join(cells)}", more=",".join(PROCEDURES)))
    assert got.column("SELECT procedures FROM claim_line") == [codes[:3] + codes[5:]]


def test_what_is_no_procedure_is_left_out_and_another_kind_of_code_is_told(read, table):
    rests = ["0DTJ4ZZ,NONE,", "0dtj4zz, 02100Z9 ,", "4701,0DTJ4ZZ,", "44970,,", "N/A,0,", "0DTJ4ZO,,"]
    rows = [f"C{n},1,P,2024-07-01,99213,1,10,8,{rest}" for n, rest in enumerate(rests)]
    got = read(table(*rows, more="px1,px2,px3"))
    assert got.column("SELECT procedures FROM claim_line ORDER BY line_id") == [
        ["0DTJ4ZZ"], ["0DTJ4ZZ", "02100Z9"], ["0DTJ4ZZ"], [], [], [],
    ]  # fmt: skip
    assert [note for note in got.feed.notes if "ICD-10-PCS" in note] == [
        "3 lines: a procedure is of no ICD-10-PCS form (ICD-9, CPT) and is left out"
    ]


def test_a_filler_is_no_authorisation_but_a_mangled_number_shows_that_there_was_one(read, table):
    given = ["A123", " 007 ", "NONE", "n/a", "0", "0000000000", "1.23E+11", "1.23e+11", ""]
    rows = [f"C{n},1,P,2024-07-01,99213,1,10,8,{value}" for n, value in enumerate(given)]
    assert read(table(*rows, more="prior_auth")).column(
        "SELECT prior_auth FROM claim_line ORDER BY line_id"
    ) == ["A123", "007", None, None, None, None, "1.23E+11", "1.23e+11", None]


def test_a_discharge_status_has_its_lost_zero_given_back(read, table):
    given = ["1", "01", "1.0", "30", "0", "00", "NONE", ""]
    rows = [f"C{n},1,P,2024-07-01,99213,1,10,8,{value}" for n, value in enumerate(given)]
    assert read(table(*rows, more="discharge_status")).column(
        "SELECT discharge_status FROM claim_line ORDER BY line_id"
    ) == ["01", "01", "01", "30", None, None, None, None]


def test_lines_that_differ_in_a_procedure_are_no_repeats(read, table):
    got = read(table(ROW + ",0DTJ4ZZ", ROW + ",0DTJ4ZZ", ROW + ",02100Z9", more="px1"))
    assert [reason for _, reason in got.aside()] == ["repeats row 1", "claim line key already used by row 1"]


def test_a_row_set_aside_and_the_claim_keep_what_could_be_read(read, table):
    got = read(table(ROW + ",GOLD,20,0DTJ4ZZ", ROW.replace("C,1", "D,x") + ",GOLD,20,0DTJ4ZZ",
                     more="plan_id,discharge_status,px1"))  # fmt: skip
    assert got.rows("SELECT plan_id, discharge_status, procedures FROM line_withheld") == [
        ("GOLD", "20", ["0DTJ4ZZ"])
    ]
    assert got.rows("SELECT plan_id, discharge_status FROM claim") == [("GOLD", "20")]


def test_a_second_file_without_the_columns_leaves_them_missing(read, table):
    other = table(ROW.replace("C,1,P", "D,1,Q"))
    got = read(table(ROW + ",GOLD,0DTJ4ZZ", more="plan,px1"), other)
    assert got.rows("SELECT plan_id, procedures FROM claim_line ORDER BY line_id") == [
        ("GOLD", ["0DTJ4ZZ"]),
        (None, []),
    ]
