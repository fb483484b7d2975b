def test_the_claim_view_has_one_row_a_version(read, table):
    got = read(
        table(
            "A,1,P,2024-07-01,99213,1,10,8",
            "B,1,P,2024-07-02,99213,1,1,1",
            "A,2,P,2024-07-05,99214,1,10.50,8",
        )
    )
    assert got.rows(
        "SELECT claim_key, claim_id, lines, charge, paid, date_from::VARCHAR, date_to::VARCHAR FROM claim ORDER BY 1"
    ) == [
        (0, "A", 2, 2050, 1600, "2024-07-01", "2024-07-05"),
        (1, "B", 1, 100, 100, "2024-07-02", "2024-07-02"),
    ]


def test_the_diagnoses_of_a_claim_are_numbered(read, table):
    got = read(
        table(
            "A,1,P,2024-07-01,99213,1,10,8,E11.9,,I10", "B,1,P,2024-07-01,99213,1,10,8,,,", more="dx1,dx2,dx3"
        )
    )
    assert got.rows("SELECT * FROM claim_dx ORDER BY ALL") == [(0, 1, "E119"), (0, 2, "I10")]


def test_line_ids_follow_the_rows_and_leave_gaps_where_rows_are_set_aside(read, table):
    good = "{},1,P,2024-07-01,99213,1,10,8"
    rows = [good.format(n) if n % 3 else f"{n},1,P,never,99213,1,10,8" for n in range(30)]
    got = read(table(*rows))
    kept = [n for n in range(30) if n % 3]
    assert got.rows("SELECT line_id, source_pos FROM claim_line ORDER BY 1") == [(n, n + 1) for n in kept]


def test_code_keys_tell_codes_and_settings_apart_and_are_missing_with_them(read):
    head = "claim_id,line_no,patient_id,date_from,code,revenue_code,units,charge,paid,claim_type,tob\n"
    got = read(
        head
        + "1,1,P,2024-07-01,99213,,1,10,8,professional,\n1,2,P,2024-07-01,99214,,1,10,8,professional,\n"
        + "2,1,P,2024-07-01,99213,0510,1,10,8,institutional,131\n2,2,P,2024-07-01,,0510,1,10,8,institutional,131\n"
        + "3,1,P,2024-07-01,99213,0510,1,10,8,institutional,\n4,1,P,2024-07-01,99213,,1,10,8,professional,\n"
    )
    keys = [row[0] for row in got.rows("SELECT code_key FROM claim_line ORDER BY line_id")]
    assert keys == [0, 1, 2, None, None, 0]


LISTED = [
    # dx1, dx2, dx3, pointers; diagnoses, places, diagnoses pointed to
    ("e11.9,, I10 ,1:3", ["E119", "I10"], [1, 2], ["E119", "I10"]),
    (",,,", [], [], []),
    (" ,a01.0,,2", ["A010"], [1], ["A010"]),
    ("E119,I10,,AB", ["E119", "I10"], [1, 2], ["E119", "I10"]),
    ("E119,I10,J449,31", ["E119", "I10", "J449"], [3, 1], ["J449", "E119"]),
    ("E119,,,1:9", ["E119"], [1, 9], ["E119"]),
    ("E119,I10,,0", ["E119", "I10"], [], []),
]


def test_lists_are_made_of_the_texts_of_a_row(read):
    head = "claim_id,line_no,patient_id,date_from,code,units,charge,paid,dx1,dx2,dx3,dx_ptr\n"
    got = read(
        head + "".join(f"C{at},1,P,2024-07-01,99213,1,1,1,{row[0]}\n" for at, row in enumerate(LISTED))
    )
    assert got.rows("SELECT dx, dx_ptr, pointed_dx FROM claim_line ORDER BY line_id") == [
        (dx, places, pointed) for _, dx, places, pointed in LISTED
    ]
