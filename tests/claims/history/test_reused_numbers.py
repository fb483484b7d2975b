import itertools

CLAIMS = "SELECT claim_key, list(line_no || ' ' || date_from ORDER BY line_no) FROM claim_line GROUP BY 1 ORDER BY 1"
NOTE = "1 claim numbers stand for several claims each; told apart by their days of service"


def row(line_no, day, code="99213", more=""):
    return f"ACCT,{line_no},P,2024-07-{day:02},{code},1,10,8{more}"


def test_an_account_number_used_for_claims_of_two_days_is_two_claims(read, table):
    got = read(table(row(1, 1), row(2, 1, "36415"), row(1, 9), row(2, 9, "36415")))
    assert got.aside() == []
    assert got.rows(CLAIMS) == [
        (0, ["1 2024-07-01", "2 2024-07-01"]),
        (2, ["1 2024-07-09", "2 2024-07-09"]),
    ]
    assert NOTE in got.feed.notes


def test_a_claim_of_several_days_stays_whole_beside_another_of_its_number(read, table):
    rows = [row(1, 1), row(2, 2), row(3, 2, "36415"), row(1, 20), row(2, 21)]
    for some in itertools.islice(itertools.permutations(rows), 0, None, 29):
        got = read(table(*some))
        assert got.aside() == []
        assert sorted(lines for _, lines in got.rows(CLAIMS)) == [
            ["1 2024-07-01", "2 2024-07-02", "3 2024-07-02"],
            ["1 2024-07-20", "2 2024-07-21"],
        ]


def test_claims_whose_days_lie_between_each_other_lose_no_line(read, table):
    got = read(table(row(1, 1), row(2, 3), row(1, 2), row(2, 4)))
    assert got.aside() == []
    assert got.tie.lines_audited == 4


def test_a_second_delivery_of_such_claims_changes_nothing(read, table):
    rows = [row(1, 1), row(2, 1, "36415"), row(1, 9)]
    got = read(table(*rows), table(*rows, row(1, 20)))
    assert got.rows("SELECT reason FROM set_aside") == [(f"repeats row {n} of file0.csv",) for n in (1, 2, 3)]
    assert [lines for _, lines in got.rows(CLAIMS)] == [
        ["1 2024-07-01", "2 2024-07-01"],
        ["1 2024-07-09"],
        ["1 2024-07-20"],
    ]


def test_another_line_of_the_same_day_and_number_is_still_set_aside(read, table):
    got = read(table(row(1, 1), row(1, 1, "99214"), row(1, 9)))
    assert got.aside() == [(2, "claim line key already used by row 1")]


def test_one_claim_of_several_days_is_no_reused_number(read, table):
    got = read(table(row(1, 1), row(2, 9), row(3, 20)))
    assert got.tie.claims == 1
    assert NOTE not in got.feed.notes


def test_bills_of_an_interval_under_one_number_are_told_apart(read, table):
    got = read(table(row(1, 1, more=",3"), row(1, 15, more=",3"), more="frequency_code"))
    assert got.aside() == []
    assert got.tie.claims == 2


def test_a_number_paid_on_one_day_for_two_claims(read, table):
    got = read(table(row(1, 1, more=",2024-08-01"), row(1, 9, more=",2024-08-01"), more="paid_date"))
    assert got.aside() == []
    assert got.tie.claims == 2


def test_replacements_are_not_told_apart_by_service(read, table):
    """A second replacement with another day corrects the first; both audited would count the claim twice."""
    got = read(table(row(1, 1, more=",7"), row(1, 9, more=",7"), more="frequency_code"))
    assert got.tie.lines_audited == 1
