def test_a_repeated_line_is_set_aside_and_names_the_first(read, table):
    row = "C,1,P,2024-07-01,99213,1,10,8"
    got = read(table(row, "C,2,P,2024-07-01,99214,1,10,8", row))
    assert got.aside() == [(3, "repeats row 1")]
    assert got.tie.paid_set_aside == 800
    assert got.rows("SELECT line_id, source_pos FROM claim_line ORDER BY 1") == [(0, 1), (1, 2)]


def test_another_line_under_the_same_key_is_set_aside(read, table):
    got = read(table("C,1,P,2024-07-01,99213,1,10,8", "C,1,P,2024-07-01,99214,1,10,7.50"))
    assert got.aside() == [(2, "claim line key already used by row 1")]
    assert got.tie.paid_set_aside == 750


def test_a_repeat_in_another_file_names_the_file(read, table):
    row = "C,1,P,2024-07-01,99213,1,10,8"
    got = read(table(row), table("D,1,P,2024-07-01,99213,1,10,8", row))
    assert got.rows("SELECT source_file, source_pos, reason FROM set_aside") == [
        ("file1.csv", 2, "repeats row 1 of file0.csv")
    ]


def test_a_faulty_row_does_not_occupy_its_key(read, table):
    got = read(table("C,1,P,never,99213,1,10,8", "C,1,P,2024-07-01,99213,1,10,8"))
    assert got.aside() == [(1, "date_from is not a date")]


def test_the_same_claim_number_of_two_payers_or_control_numbers_is_two_claims(read, table):
    got = read(table("C,1,P,2024-07-01,99213,1,10,8,X,", "C,1,P,2024-07-01,99213,1,10,8,Y,",
                     "C,1,P,2024-07-01,99213,1,10,8,Y,ICN", more="payer_id,payer_icn"))  # fmt: skip
    assert got.column("SELECT claim_key FROM claim_line ORDER BY line_id") == [0, 1, 2]
    assert got.column("SELECT patient_key FROM claim_line ORDER BY line_id") == [0, 1, 1]


def test_blank_line_numbers_take_the_position_in_the_claim(read, table):
    got = read(
        table("C,,P,2024-07-01,99213,1,10,8", "D,,P,2024-07-01,99213,1,10,8", "C,,P,2024-07-01,99213,1,10,8",
              "E,7,P,2024-07-01,99213,1,10,8", "E,,P,2024-07-01,99213,1,10,8")
    )  # fmt: skip
    assert got.rows("SELECT claim_id, line_no FROM claim_line ORDER BY line_id") == [
        ("C", 1),
        ("D", 1),
        ("C", 2),
        ("E", 7),
        ("E", 8),
    ]


def test_claims_of_many_lines_and_high_numbers(read, table):
    rows = [f"C,{n},P,2024-07-01,99213,1,10,8" for n in (*range(120), 61, 62, 119, 100000, 100000)]
    got = read(table(*rows))
    assert got.aside() == [
        (121, "repeats row 62"),
        (122, "repeats row 63"),
        (123, "repeats row 120"),
        (125, "repeats row 124"),
    ]
    assert got.tie.lines_audited == 121


def test_the_same_claim_number_of_two_patients_lines_of_business_or_sources_is_two_claims(read, table):
    rows = ["1,1,P,2024-07-01,99213,1,10,8,medicare,A", "1,1,Q,2024-07-01,99214,1,10,8,medicare,A",
            "1,1,P,2024-07-01,99213,1,10,8,medicaid,A", "1,1,P,2024-07-01,99213,1,10,8,medicare,B",
            "1,2,P,2024-07-01,99213,1,10,8,medicare,B"]  # fmt: skip
    got = read(table(*rows, more="line_of_business,data_source"))
    assert got.aside() == []
    assert got.column("SELECT claim_key FROM claim_line ORDER BY line_id") == [0, 1, 2, 3, 3]
    assert got.tie.claims == 4


def test_two_practices_in_two_files_may_count_their_claims_alike(read, table):
    got = read(table("1,1,P,2024-07-01,99213,1,10,8"), table("1,1,Q,2024-07-01,99214,1,10,8"))
    assert got.aside() == []
    assert got.tie.claims == 2
