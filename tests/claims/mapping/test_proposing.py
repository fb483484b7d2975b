import pytest

from auditor.claims.mapping.column_map import POSITION, Split, Written
from auditor.claims.mapping.map_file import read_column_map, written_out
from auditor.claims.mapping.proposing import closing_of, propose, remarks_of

NPIS = ["1234567893", "1987654328", "1000000004", "1000000012"]


def columns(**cells):
    """A proposal for columns called by their names, `_` for a blank; each is given its cells."""
    headers = [name.replace("_", " ") for name in cells]
    rows = list(zip(*cells.values(), strict=True))
    return propose(headers, rows)


def fields(proposed):
    return {choice.column: choice.field for choice in proposed.choices}


def chosen(proposed, column):
    return next(choice for choice in proposed.choices if choice.column == column)


WORDS = ["a b", "c d", "e f", "g h"]


def test_names_come_first_with_why_and_how_sure():
    proposed = columns(claim_id=WORDS, Billed=["1.00"] * 4, Paid_Amnt=["1.00"] * 4, Colour=WORDS)
    assert [(c.field, c.why, c.confidence) for c in proposed.choices] == [
        ("claim_id", "exact name", "high"),
        ("charge", "synonym", "high"),
        ("paid", "near name (0.93)", "medium"),
        (None, "", "none"),
    ]


def test_contents_propose_where_no_name_does():
    proposed = columns(
        X1=["99213", "J1100", "0001T", "82040"],
        X2=["E11.9", "I10", "Z00.00", "E11.9; I10"],
        X3=["25", "59", "", "25 59"],
        X4=NPIS,
        X5=["2024-01-05"] * 4,
    )
    assert list(fields(proposed).values()) == ["code", "dx1", "modifiers", "rendering_npi", "date_from"]
    assert {choice.confidence for choice in proposed.choices} == {"medium"}
    assert all(choice.why.startswith("content: ") for choice in proposed.choices)


def test_ten_digits_with_wrong_check_digits_are_no_providers():
    assert fields(columns(X=["1234567890", "1987654321", "1000000000", "1000000001"])) == {"X": None}


def test_a_billing_provider_is_told_from_a_rendering_one_by_its_header():
    assert fields(columns(Group_No=NPIS, Who=NPIS)) == {"Group No": "billing_npi", "Who": "rendering_npi"}
    assert "Referrer" not in [c.column for c in columns(Referrer=NPIS).choices if c.field]


def test_a_subscriber_is_never_taken_for_the_patient():
    proposed = columns(subscriber_dob=["1950-01-02"] * 4, Insured_Sex=["F"] * 4, DOS=["2024-01-05"] * 4)
    assert fields(proposed) == {"subscriber dob": None, "Insured Sex": None, "DOS": "date_from"}
    assert "not the patient" in chosen(proposed, "subscriber dob").remark


def test_two_columns_for_one_field_are_a_conflict_and_the_first_is_proposed():
    proposed = columns(Billed=["1.00"] * 4, Charge_Amount=["2.00"] * 4)
    assert fields(proposed) == {"Billed": "charge", "Charge Amount": None}
    assert proposed.conflicts == (
        "'Billed' and 'Charge Amount' both seem to hold charge; the first is proposed",
    )


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["13/02/2024", "01/02/2024", "28/02/2024", "03/02/2024"], "DD/MM/YYYY"),
        (["02/13/2024", "01/02/2024", "02/28/2024", "03/02/2024"], ""),
        (["13.02.2024", "01.02.2024", "28.02.2024", "03.02.2024"], "DD.MM.YYYY"),
        (["02/13/24", "01/02/24", "02/28/24", "03/02/24"], "MM/DD/YY"),
        (["45301", "45302", "45303", "45304"], "excel"),
        (["2024-02-13 00:00:00"] * 4, ""),
        (["02132024"] * 4, "MMDDYYYY"),
        (["20240213"] * 4, ""),
    ],
)
def test_the_form_of_dates_is_told(cells, said):
    assert chosen(columns(DOS=cells), "DOS").written == Written(("DOS",), date_format=said)


def test_how_cells_are_written_goes_into_the_map():
    proposed = columns(
        CPT=["99213 - SOME WORDS", "J1100 - OTHER WORDS", "0001T - MORE WORDS", "82040 - LAST WORDS"],
        Billed=["1.120,50", "12,00", "5,5", "1,00"],
    )
    assert proposed.column_map.fields["code"] == Written(("CPT",), split=Split(" - ", 1))
    assert proposed.column_map.fields["charge"] == Written(("Billed",), decimal=",")


def test_a_name_that_its_cells_belie_is_not_sure_enough():
    proposed = columns(DOS=WORDS, Paid=["yes", "no", "no", "yes"])
    assert [choice.is_taken for choice in proposed.choices] == [False, False]
    assert "only 0% of its cells look like it" in chosen(proposed, "DOS").remark


def test_a_birth_date_of_two_digit_years_is_not_taken():
    assert not chosen(columns(DOB=["02/13/50"] * 4), "DOB").is_taken


def test_lines_without_numbers_take_their_position():
    proposed = columns(Visit_No=WORDS, DOS=["2024-01-05"] * 4)
    assert proposed.column_map.fields["line_no"] == Written(constant=POSITION)
    assert ("line_no",) not in proposed.lacking
    assert ("patient_id",) in proposed.lacking


def test_columns_without_a_name_or_of_one_name_are_named_and_not_taken():
    proposed = propose(["CPT", "CPT", ""], [["99213", "99213", "2024-01-05"]] * 4)
    assert [choice.field for choice in proposed.choices] == [None, None, None]


def test_the_file_that_is_written_reads_back_as_the_map(tmp_path):
    proposed = columns(
        Visit_No=WORDS, CPT=["99213"] * 4, Fee=WORDS, subscriber_dob=WORDS, DOS=["13.02.2024"] * 4
    )
    path = tmp_path / "m.yaml"
    path.write_text(
        written_out(proposed.column_map, remarks_of(proposed), closing_of(proposed)), encoding="utf-8"
    )
    assert read_column_map(path) == proposed.column_map
    text = path.read_text(encoding="utf-8")
    assert "# synonym, confidence high" in text
    assert '# charge: "Fee"' in text
    assert "Needed and not found: patient_id" in text
    assert not any(word in text for word in WORDS)


def test_a_table_without_rows_is_proposed_by_names_alone():
    proposed = propose(["claim_id", "DOS"], [])
    assert [choice.field for choice in proposed.choices] == ["claim_id", "date_from"]


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("Patient_Zip", "12345"), ("Patient_Age", "45"), ("Patient_SSN", "123456789"), ("Patient_Name", "A B"),
        ("Patient_Paid", "5.00"), ("Unpaid_Amount", "5.00"), ("Disallowed_Amount", "5.00"), ("Not_Allowed", "5.00"),
        ("Patient_Paid_Amount", "5.00"), ("Rendering_Provider_Name", "A B"), ("Billing_Provider_Zip", "12345"),
        ("Claim_Line_Status_Date", "2024-07-01"), ("Charge_Date", "2024-07-01"),
    ],
)  # fmt: skip
def test_a_name_that_says_another_thing_is_not_nearly_it(header, cell):
    choice = columns(claim_id=["A", "B", "C", "D"], **{header: [cell] * 4}).choices[1]
    assert not (choice.is_taken and choice.why.startswith("near name")), choice.field


def test_from_and_thru_are_days_of_service():
    proposed = columns(Pat=WORDS, From=["07/01/2024"] * 4, Thru=["07/02/2024"] * 4)
    assert list(fields(proposed).values()) == ["patient_id", "date_from", "date_to"]
    doubtful = columns(From=WORDS).choices[0]
    assert not doubtful.is_taken


def test_points_before_thousands_are_proposed_for_amounts_and_not_for_units():
    cells = ["1.000", "2.500", "12.000", "100"]
    proposed = columns(Charge=cells, Units=cells)
    assert proposed.column_map.fields["charge"] == Written(("Charge",), decimal=",")
    assert proposed.column_map.fields["units"] == Written(("Units",))


def test_fillers_of_a_last_day_do_not_hide_that_the_others_are_dates():
    days = ["9999-12-31", "9999-12-31", "9999-12-31", "25/07/2024", "13/08/2024"]
    proposed = columns(date_from=["25/07/2024"] * 5, date_to=days)
    assert chosen(proposed, "date to").written == Written(("date to",), date_format="DD/MM/YYYY")
    assert chosen(columns(date_to=["00/00/0000"] * 4), "date to").is_taken


def test_columns_of_single_pointers_are_proposed_by_their_numbers():
    proposed = columns(Diag_Ptr_1=["1"] * 4, Diag_Ptr_2=["2"] * 4)
    assert fields(proposed) == {"Diag Ptr 1": "dx_ptr1", "Diag Ptr 2": "dx_ptr2"}


def test_names_under_a_provider_are_not_proposed_as_numbers():
    proposed = columns(Rendering_Provider=["Ada L", "Grace H", "Ada L", "Mary S"], Billing_Provider=NPIS)
    assert not chosen(proposed, "Rendering Provider").is_taken
    assert chosen(proposed, "Billing Provider").is_taken
