import pytest

ROW = "C,1,P,2024-07-01,99213,1,10,8"

FAULTS = {
    "claim_id is blank": (",1,P,2024-07-01,99213,1,10,8", ""),
    "patient_id is blank, a word for nothing, a filler or cut by a spreadsheet": (
        "C,1,  ,2024-07-01,99213,1,10,8",
        "",
    ),
    "line_no is not a whole number": ("C,1A,P,2024-07-01,99213,1,10,8", ""),
    "date_from is blank": ("C,1,P,,99213,1,10,8", ""),
    "date_from is not a date": ("C,1,P,2024-13-01,99213,1,10,8", ""),
    "date_to is not a date": (ROW + ",soon", "date_to"),
    "date_to is before date_from": (ROW + ",2024-06-30", "date_to"),
    "the line spans more than 366 days": (ROW + ",2025-07-02", "date_to"),
    "code and revenue_code are both blank": ("C,1,P,2024-07-01,,1,10,8", ""),
    "units is not a number": ("C,1,P,2024-07-01,99213,few,10,8", ""),
    "charge is not a number": ("C,1,P,2024-07-01,99213,1,ten,8", ""),
    "paid is not a number": ("C,1,P,2024-07-01,99213,1,10,1O0.00", ""),
    "allowed is not a number": (ROW + ",x", "allowed"),
    "claim_type is none of professional, institutional, dental, dme": (ROW + ",pharmacy", "claim_type"),
    "the row is blank": (",,,,,,,", ""),
}


@pytest.mark.parametrize(("reason", "case"), FAULTS.items())
def test_a_row_that_is_no_claim_line_is_set_aside_with_its_reason(read, table, reason, case):
    row, more = case
    got = read(table(row, more=more))
    assert got.aside() == [(1, reason)]
    assert got.tie.lines_audited == 0


def test_set_aside_rows_keep_their_dollars_and_place(read, table):
    got = read(table(ROW, "C,x,P,2024-07-01,99214,1,20.50,(3.25)", "D,1,P,2024-07-01,99215,1,$7,1O0.00"))
    assert got.rows("SELECT source_pos, claim_id, line_no, charge, paid FROM set_aside ORDER BY 1") == [
        (2, "C", "x", 2050, -325),
        (3, "D", "1", 700, None),
    ]
    assert got.rows("SELECT line_id, source_pos FROM claim_line") == [(0, 1)]
    assert got.tie.paid_in == 800 - 325


def test_a_line_of_366_days_is_kept(read, table):
    got = read(table(ROW + ",2025-07-01", more="date_to"))
    assert got.rows("SELECT days, is_span FROM claim_line") == [(366, True)]


def test_blanks_that_are_no_fault(read, table):
    got = read(table("C,,P,2024-07-01,99213,,,5,", more="date_to"))
    assert got.rows("SELECT line_no, units, charge, date_to::VARCHAR FROM claim_line") == [
        (1, None, None, "2024-07-01")
    ]


def test_odd_amounts_are_kept(read, table):
    got = read(
        table(
            "C,1,P,2024-07-01,99213,-2,10,80", "C,2,P,1801-07-01,99213,1,10,8", "C,3,P,1965-07-01,99213,1,1,1"
        )
    )
    assert got.rows("SELECT units, paid > charge FROM claim_line WHERE line_no = 1") == [(-2, True)]
    assert got.aside() == [(2, "date_from is not a date")]
    assert got.tie.lines_audited == 2


@pytest.mark.parametrize(
    ("word", "kind", "setting"),
    [("P", "professional", "practitioner"), ("i", "institutional", None), ("D", "dental", "dental"),
     ("DME", "dme", "dme"),
     ("Professional", "professional", "practitioner"), ("837I", "institutional", None)],
)  # fmt: skip
def test_claim_types(read, table, word, kind, setting):
    assert read(table(f"{ROW},{word}", more="claim_type")).rows(
        "SELECT claim_type, setting FROM claim_line"
    ) == [(kind, setting)]


def test_claim_type_is_inferred_where_blank_and_noted_where_no_column(read, table):
    got = read(
        table("C,1,P,2024-07-01,99213,1,1,1,,131", "D,1,P,2024-07-01,99213,1,1,1,,", more="claim_type,tob")
    )
    assert got.column("SELECT claim_type FROM claim_line ORDER BY line_id") == [
        "institutional",
        "professional",
    ]
    got = read(table("C,1,P,2024-07-01,,1,1,1,0450", more="revenue_code"))
    assert got.column("SELECT claim_type FROM claim_line") == ["institutional"]
    assert any("no file has a column for claim_type" in note for note in got.feed.notes)


def test_settings_and_bill_types_of_institutional_lines(read, table):
    outpatient = ["131", "0131", "13I", "221", "851", "141", "341"]
    bills = {
        **dict.fromkeys(outpatient, "outpatient_hospital"),
        **dict.fromkeys(["111", "211", "811"], "inpatient"),
    }
    rows = [f"C{n},1,P,2024-07-01,99213,1,1,1,I,{bill}" for n, bill in enumerate(bills)]
    got = read(table(*rows, more="claim_type,tob"))
    assert got.column("SELECT setting FROM claim_line ORDER BY line_id") == list(bills.values())
    assert got.column("SELECT DISTINCT length(tob) FROM claim_line") == [3]


def test_two_digits_of_a_bill_type_and_a_frequency_make_three(read, table):
    got = read(table(ROW + ",I,13,1", more="claim_type,tob,frequency_code"))
    assert got.rows("SELECT tob, frequency_code FROM claim_line") == [("131", "1")]


def test_the_provider_of_a_line_depends_on_its_type(read, table):
    rows = ["P,R,B,F", "I,R,B,F", "I,R,B,", "DME,R,B,F", "DME,,B,F", "P,,B,F", "D,R,B,F"]
    got = read(table(*(f"C{n},1,P,2024-07-01,99213,1,1,1,{row}" for n, row in enumerate(rows)),
                     more="claim_type,rendering_npi,billing_npi,facility_npi"))  # fmt: skip
    assert got.column("SELECT provider_id FROM claim_line ORDER BY line_id") == [
        "R",
        "F",
        "B",
        "R",
        "B",
        None,
        "R",
    ]
    assert got.column("SELECT provider_key FROM claim_line ORDER BY line_id") == [0, 1, 2, 0, 2, None, 0]


def test_denied_by_flag_or_by_status(read, table):
    rows = [
        f"C{n},1,P,2024-07-01,99213,1,1,1,{row}"
        for n, row in enumerate(["Y,", ",Denied", "N,paid", ",", "true,paid"])
    ]
    got = read(table(*rows, more="denied,status"))
    assert got.column("SELECT denied FROM claim_line ORDER BY line_id") == [True, True, False, False, True]


def test_pointers_follow_their_diagnosis_over_a_blank_column(read, table):
    got = read(
        table(
            f"{ROW},E11.9,,I10,1:3",
            "D,1,P,2024-07-01,99213,1,1,1,E11.9,I10,,2:9",
            "E,1,P,2024-07-01,99213,1,1,1,E11.9,,I10,2",
            more="dx1,dx2,dx3,dx_ptr",
        )
    )
    assert got.rows("SELECT dx, dx_ptr, pointed_dx FROM claim_line ORDER BY line_id") == [
        (["E119", "I10"], [1, 2], ["E119", "I10"]),
        (["E119", "I10"], [2, 9], ["I10"]),
        (["E119", "I10"], [], []),
    ]


def test_all_diagnoses_are_pointed_at_on_an_institutional_line(read, table):
    got = read(table(f"{ROW},I,E11.9,I10", more="claim_type,dx1,dx2"))
    assert got.column("SELECT pointed_dx FROM claim_line") == [["E119", "I10"]]


def test_modifiers_of_columns_and_of_cells(read, table):
    assert read(table(f"{ROW},25,,lt,", more="mod1,mod2,mod3,mod4")).column(
        "SELECT modifiers FROM claim_line"
    ) == [["25", "LT"]]
    assert read(table(f'{ROW},"25 59"', more="modifiers")).column("SELECT modifiers FROM claim_line") == [
        ["25", "59"]
    ]


def test_what_is_mended_or_taken_as_blank_is_noted(read, table):
    got = read(
        table(
            "C,1.0,P,20240701,99213.0,1,1,1,not a date,MJ,1234567893.0",
            more="birth_date,unit_basis,billing_npi",
        )
    )
    assert got.rows("SELECT line_no, code, units, birth_date, billing_npi FROM claim_line") == [
        (1, "99213", None, None, "1234567893")
    ]
    assert [note for note in got.feed.notes if note.startswith("1 line")] == [
        "1 line: codes in a spreadsheet's form (99213.0) were mended",
        "1 line: units are minutes, which are not units of service; taken as blank",
        "1 line: birth_date is not a date; taken as blank",
    ]


def test_words_for_nothing_are_nothing(read, table):
    got = read(table("C,1,P,2024-07-01,99213,NULL,\\N,5"))
    assert got.rows("SELECT units, charge FROM claim_line") == [(None, None)]


@pytest.mark.parametrize(
    ("status", "denied"),
    [
        ("Not denied", False), ("Paid - denied in part", False), ("Partially denied", False), ("Partial denial", False),
        ("Denied", True), ("Line denied", True), ("Partially denied, then void", True),
    ],
)  # fmt: skip
def test_a_status_that_says_not_denied_or_in_part_is_no_denial(read, table, status, denied):
    got = read(table(f'C,1,P,2024-07-01,99213,1,10,5,"{status}"', more="status"))
    assert got.column("SELECT denied FROM claim_line") == [denied]


@pytest.mark.parametrize(
    ("word", "kind"), [("HCFA 1500", "professional"), ("CMS 1500", "professional"), ("1500", "professional"),
                       ("UB 04", "institutional"), ("CMS-1450", "institutional")],
)  # fmt: skip
def test_forms_are_told_however_they_are_written(read, table, word, kind):
    got = read(table(f"C,1,P,2024-07-01,99213,1,10,5,{word}", more="claim_type"))
    assert got.column("SELECT claim_type FROM claim_line") == [kind]
