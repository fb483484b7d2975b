"""What is odd on a line is said, and never makes the line more guilty than it is."""

ROW = "C{n},1,P,2024-07-01,99213,1,10,8,{rest}"


def rows(*rests):
    return [ROW.format(n=n, rest=rest) for n, rest in enumerate(rests)]


def counted(got, start):
    return [note for note in got.feed.notes if note.startswith(start)]


MODIFIERS = {
    "59,,,": ["59"], "059,,,": ["59"], "5.9E+01,25,,": ["59", "25"], "5E+01,,,": ["50"], "Mod59,,,": ["59"],
    "nan,,,": [],
    "N/A,59,,": ["59"], "none,LT,,": ["LT"], "2559,,,": ["25", "59"], "059,025,,": ["59", "25"], ",,,": [],
    "591,,,": ["591"], "25,59A,,": ["25", "59A"], "9 1,,,": ["9", "1"],
}  # fmt: skip


def test_a_modifier_that_cannot_be_read_leaves_the_modifiers_unknown(read, table):
    got = read(table(*rows(*MODIFIERS), more="mod1,mod2,mod3,mod4"))
    assert got.column("SELECT modifiers FROM claim_line ORDER BY line_id") == list(MODIFIERS.values())
    assert got.column("SELECT mods_truncated FROM claim_line ORDER BY line_id") == [False] * 11 + [True] * 3
    assert counted(got, "3 lines: a modifier is not of two characters")


def test_a_word_for_nothing_is_no_diagnosis_and_pointers_move(read, table):
    got = read(table(*rows("nan,E11.9,N/A,2", "nan,E11.9,,1", "E11.9,UNKNOWN,I10,1:3", "N/A,,,1", "E11.9,,,1"),
                     more="dx1,dx2,dx3,dx_ptr"))  # fmt: skip
    assert got.rows("SELECT dx, dx_ptr, pointed_dx FROM claim_line ORDER BY line_id") == [
        (["E119"], [1], ["E119"]),
        ([], [], []),
        (["E119", "I10"], [1, 2], ["E119", "I10"]),
        ([], [], []),
        (["E119"], [1], ["E119"]),
    ]
    assert counted(got, "4 lines: a diagnosis is a word for nothing")


def test_a_diagnosis_of_another_form_leaves_the_diagnoses_unknown(read, table):
    got = read(
        table(*rows("1E+10,E11.9,2", "250.00,,1", "E11.9,V2.,1", "E11.9; i10,,2"), more="dx1,dx2,dx_ptr")
    )
    assert got.rows("SELECT dx, pointed_dx FROM claim_line ORDER BY line_id") == [
        ([], []),
        ([], []),
        ([], []),
        (["E119", "I10"], ["I10"]),
    ]
    assert counted(got, "3 lines: a diagnosis is a word for nothing")


def test_unknown_words_of_payment_are_said(read, table):
    got = read(
        table(*rows("zed,", "Denied - duplicate,", "paid,2", "paid,N", "paid,denied"), more="status,denied")
    )
    assert got.column("SELECT denied FROM claim_line ORDER BY line_id") == [False, True, True, False, True]
    assert counted(got, "1 line: status is no word that is known")
    assert counted(got, "1 line: denied holds a word that is not known")


def test_minutes_are_no_units_however_they_are_written(read, table):
    got = read(table(*rows("MJ", "min", "MINUTES", "Minutes", "UN", ""), more="unit_basis"))
    assert got.column("SELECT units IS NULL FROM claim_line ORDER BY line_id") == [
        True,
        True,
        True,
        True,
        False,
        False,
    ]


def test_a_bill_type_that_is_none_does_not_make_an_inpatient(read, table):
    bills = ["0", "000", "N/A", "OP", "YY", "1", "131A", "unknown", "13 1", "0000", "111", "13", "0111"]
    got = read(table(*rows(*(f"I,{bill}" for bill in bills)), more="claim_type,tob"))
    wanted = [None] * 10 + ["inpatient", "outpatient_hospital", "inpatient"]
    assert got.column("SELECT setting FROM claim_line ORDER BY line_id") == wanted
    assert (
        got.column(
            "SELECT frequency_code FROM claim_line WHERE setting IS NULL AND frequency_code IS NOT NULL"
        )
        == []
    )
    assert counted(got, "5 lines: tob is no bill type")


def test_zeros_and_words_do_not_make_an_institutional_claim(read, table):
    rests = [",0,", ",,0", ",,0000", ",,N/A", ",000,nan", ",131,", ",,0450", ",OP,"]
    got = read(table(*rows(*rests), more="claim_type,tob,revenue_code"))
    assert (
        got.column("SELECT claim_type FROM claim_line ORDER BY line_id")
        == ["professional"] * 5 + ["institutional"] * 3
    )
    assert got.column("SELECT setting FROM claim_line WHERE tob = 'OP'") == [None]


def test_frequencies_in_words_make_versions(read, table):
    got = read(table("A,1,P,2024-07-01,99213,1,20,10,", "A,1,P,2024-07-01,99213,1,20,10,07",
                     "B,1,Q,2024-07-01,99213,1,20,10,", "B,1,Q,2024-07-01,99213,1,20,10,replacement",
                     "D,1,R,2024-07-01,99213,1,20,10,adjusted", more="frequency_code"))  # fmt: skip
    assert got.column("SELECT state FROM claim_line ORDER BY line_id") == [
        "superseded", "audited", "superseded", "audited", "audited",
    ]  # fmt: skip
    assert counted(got, "1 line: frequency_code is none that is known")


def test_lines_that_rules_see_less_of_are_kept_with_their_remark(read, table):
    got = read(table(*rows("591,UNKNOWN", "59,1234567893", "59A,1234567893"), more="mod1,rendering_npi"))
    assert got.rows("SELECT line_id, remark FROM claim_remark ORDER BY ALL") == [
        (0, "modifiers"),
        (0, "provider_placeholder"),
        (2, "modifiers"),
    ]
