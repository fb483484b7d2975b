import pytest

from auditor.base.errors import InputRefused, UsageError
from auditor.claims.mapping.column_map import ColumnMap, Written
from auditor.claims.mapping.headers import map_headers, require_needed
from auditor.claims.model import FIELDS, SYNONYMS, plain_key

NEEDED = ["claim_id", "line_no", "patient_id", "date_from", "code", "units", "paid"]


def mapped(headers, column_map=None):
    return {
        field: places[0] for field, places in map_headers(headers, column_map or {}, "f.csv").columns.items()
    }


@pytest.mark.parametrize(
    ("header", "field"),
    [("Billed", "charge"), ("billed_amount", "charge"), ("CHARGE AMOUNT", "charge"), ("submitted-charge", "charge"),
     ("BILLED_CHARGES", "charge"), ("hcpcs", "code"), ("CPT", "code"), ("HCPCS_Code", "code"),
     ("procedure_code", "code"),
     ("PROC_CODE", "code"), ("Service Date", "date_from"), ("DOS", "date_from"), ("SERVICE_FROM", "date_from"),
     ("service_to", "date_to"), ("modifier_1", "mod1"), ("Modifier1", "mod1"), ("hcpcs_modifier_1", "mod1"),
     ("mod_1", "mod1"), ("QTY", "units"), ("service_unit_quantity", "units"), ("PLAN_PAID", "paid"),
     ("paid_amount", "paid"), ("person_id", "patient_id"), ("diagnosis_code_1", "dx1"), ("Dx 12", "dx12"),
     ("bill_type_code", "tob"), ("place_of_service_code", "pos"), ("revenue_center_code", "revenue_code"),
     ("claim_line_number", "line_no"), ("modifiers", "modifiers"), ("processing", "processing_ind")],
)  # fmt: skip
def test_headers_of_common_exports_map_by_themselves(header, field):
    assert mapped(["x", header]) == {field: 1}


def test_every_synonym_leads_to_its_field():
    for field in FIELDS:
        for word in (field.name, *field.synonyms):
            assert SYNONYMS[plain_key(word)] == field.name


def test_an_exact_name_beats_synonyms_which_stay_unmapped():
    header_map = map_headers(["billed", "Charge", "dos"], {}, "f.csv")
    assert header_map.columns == {"charge": (1,), "date_from": (2,)}
    assert header_map.unmapped == ("billed",)


def test_two_columns_for_one_field_are_an_error_that_names_both():
    with pytest.raises(InputRefused, match=r"'billed' \(column 1\) and 'charge_amount' \(column 3\)"):
        map_headers(["billed", "x", "charge_amount"], {}, "f.csv")
    with pytest.raises(InputRefused, match="two columns hold code"):
        map_headers(["code", "code"], {}, "f.csv")


def test_a_column_map_comes_first_and_frees_the_rest():
    assert mapped(["billed", "charge_amount"], {"charge": "charge_amount"}) == {"charge": 1}
    assert mapped(["code", "Other Code"], {"code": "other code"}) == {"code": 1}
    assert mapped(["code"], {"revenue_code": "code"}) == {"revenue_code": 0}


def test_a_column_map_that_names_nothing_is_refused_with_the_nearest():
    with pytest.raises(InputRefused, match="nearest header found is 'Proc Kode'"):
        map_headers(["Proc Kode"], {"code": "Proc Code"}, "f.csv")
    with pytest.raises(UsageError, match="Did you mean units"):
        map_headers(["a"], {"unitz": "a"}, "f.csv")


@pytest.mark.parametrize("gone", NEEDED)
def test_a_missing_needed_column_is_named(gone):
    headers = [name for name in NEEDED if name != gone]
    with pytest.raises(InputRefused) as caught:
        require_needed(map_headers(headers, {}, "f.csv"), headers, "f.csv")
    assert f"no column for {gone}" in str(caught.value)
    require_needed(map_headers(NEEDED, {}, "f.csv"), NEEDED, "f.csv")


def test_the_nearest_header_is_named_with_the_missing_column():
    headers = ["claim_id", "line_no", "patnt_idd", "date_from", "code", "units", "paid", "colour"]
    with pytest.raises(
        InputRefused, match=r"no column for patient_id \(the nearest header found is 'patnt_idd'\)"
    ):
        require_needed(map_headers(headers, {}, "f.csv"), headers, "f.csv")


def test_a_file_without_headers_gives_nothing_of_its_first_line_away():
    headers = ["C77", "1", "Jane Roe", "2024-07-01", "99213"]
    with pytest.raises(InputRefused, match="none of the 5 columns") as caught:
        require_needed(map_headers(headers, {}, "f.csv"), headers, "f.csv")
    assert "Roe" not in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        "CLAIM0001,1,PATIENT7 JOHN,paid,80053,MEMBER99,2024-08-01,Service Fromm",
        "claim,2,PATIENTS,4,5",
        "Patients,paid",
    ],
)
def test_a_claim_with_a_known_word_in_it_is_no_header_and_is_not_repeated(line):
    headers = line.split(",")
    with pytest.raises(InputRefused, match="one without a header") as caught:
        require_needed(map_headers(headers, {}, "f.csv"), headers, "f.csv")
    assert not any(
        word in str(caught.value) for word in ("CLAIM0001", "MEMBER", "PATIENT", "Patients", "JOHN")
    )


def test_a_header_with_digits_is_never_repeated():
    headers = ["claim_id", "line_no", "MEMBER99", "date_from", "code", "units", "paid"]
    with pytest.raises(InputRefused, match="no column for patient_id") as caught:
        require_needed(map_headers(headers, {}, "f.csv"), headers, "f.csv")
    assert "MEMBER99" not in str(caught.value)
    with pytest.raises(InputRefused, match="no column of this file") as caught:
        map_headers(["MEMBER99"], {"patient_id": "member98"}, "f.csv")
    assert "MEMBER99" not in str(caught.value)


@pytest.mark.parametrize("other", ["allowed", "charge"])
def test_any_amount_and_a_revenue_code_will_do(other):
    headers = ["claim_id", "line_no", "patient_id", "date_from", "revenue_code", "units", other]
    require_needed(map_headers(headers, {}, "f.csv"), headers, "f.csv")


def test_headers_without_a_name_are_called_by_their_place():
    assert map_headers(["code", ""], {}, "f.csv").unmapped == ("column 2",)


def test_further_names_are_taken_where_no_usual_name_is_there():
    assert mapped(["Diagnosis", "Svc From", "Ins Paid"]) == {"dx1": 0, "date_from": 1, "paid": 2}
    assert mapped(["Diagnosis", "dx1"]) == {"dx1": 1}
    assert mapped(["Diagnosis", "ICD Code"]) == {}


def test_a_map_names_synonyms_constants_and_columns_to_ignore():
    said = ColumnMap(
        {"code": Written(("CPT", "Proc")), "claim_type": Written(constant="dme")},
        line_of_business="medicaid",
        ignore=("Billed",),
    )
    header_map = map_headers(["Proc", "Billed", "Charge_Amount"], said, "f.csv")
    assert header_map.columns == {"code": (0,), "claim_type": (), "charge": (2,)}
    assert header_map.fields == {"code", "claim_type", "charge", "line_of_business"}
    assert header_map.filled == {"line_of_business": "medicaid"}
    assert header_map.unmapped == ("Billed",)


def test_another_header_than_the_one_the_map_was_made_for_is_said():
    said = ColumnMap({"code": Written(("CPT",))}, made_for=("CPT", "Fee"))
    assert map_headers(["cpt", "fee "], said, "f.csv").notes == ()
    assert map_headers(["CPT", "Charges"], said, "f.csv").notes == (
        "f.csv: the column map was made for another header (no longer there: 'Fee'; new: 'Charges')",
    )


def test_a_subscribers_column_is_never_the_nearest():
    headers = ["claim_id", "line_no", "subscriber_id", "date_from", "code", "units", "paid"]
    with pytest.raises(InputRefused) as caught:
        require_needed(map_headers(headers, {}, "f.csv"), headers, "f.csv")
    assert "subscriber" not in str(caught.value)
