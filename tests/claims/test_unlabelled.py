"""Rows of amounts that name no claim: totals without a label, and rows that lost what they belong to."""

ROWS = ("A,1,P,2024-07-01,99213,1,10.10,5", "A,2,P,2024-07-01,99214,1,2.90,2")


def test_a_row_whose_amounts_are_the_sums_above_is_a_total_and_counts_once(read, table):
    got = read(table(*ROWS, ",,,,,,13,7"))
    assert got.rows("SELECT source_pos, reason_code, charge, paid FROM set_aside") == [
        (3, "totals_row", None, None)
    ]
    assert (got.tie.charge_in, got.tie.paid_in, got.tie.lines_set_aside) == (1300, 700, 1)
    assert "file0.csv: 1 row is set aside (totals_row), by the amounts alone" in got.feed.notes


def test_subtotals_and_the_total_of_all_are_told(read, table):
    got = read(
        table(*ROWS, ",,,,,2,13,7", "B,1,P,2024-07-02,99213,1,$4.00,4", ",,,,,,4.00,4", ',,,,,3,"$17.00",11')
    )
    assert got.column("SELECT source_pos FROM set_aside WHERE reason_code = 'totals_row' ORDER BY 1") == [
        3,
        5,
        6,
    ]
    assert (got.tie.charge_in, got.tie.paid_in) == (1700, 1100)


def test_a_row_of_other_amounts_keeps_its_dollars_and_is_not_called_blank(read, table):
    got = read(table(*ROWS, ",,,,,,13,8", ",,,,,3,,", ",,,,,,-,"))
    assert [reason for _, reason in got.aside()] == [
        "the row has amounts, and neither a claim, a patient, a day nor a code that they are of"
    ] * 3
    assert (got.tie.charge_in, got.tie.paid_in, got.tie.paid_set_aside) == (2600, 1500, 800)


def test_a_total_is_told_by_each_file_and_not_by_the_order_of_files(read, table):
    got = read(table(*ROWS, ",,,,,,13,7"), table("C,1,P,2024-07-09,99213,1,1,1", ",,,,,,14,8"))
    assert got.rows("SELECT source_file, reason_code FROM set_aside ORDER BY 1") == [
        ("file0.csv", "totals_row"),
        ("file1.csv", "row_unidentified"),
    ]


def test_a_blank_row_is_still_called_blank(read, table):
    assert read(table(*ROWS, ",,,,,, ,")).aside() == [(3, "the row is blank")]
