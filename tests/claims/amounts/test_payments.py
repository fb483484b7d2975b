import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.claims.amounts import payments

MORE = "claim_type,tob"


def inst(claim, number, charge, paid):
    return f"{claim},{number},P,2024-07-01,99213,1,{charge},{paid},I,131"


def test_a_payment_on_every_line_counts_once_and_is_shared_by_charge(read, table):
    got = read(
        table(
            inst("A", 1, 100, 90), inst("A", 2, 50, 90), inst("A", 3, 50, 90), inst("B", 1, 10, 5), more=MORE
        )
    )
    assert got.rows("SELECT claim_id, paid, paid_allocated FROM claim_line ORDER BY line_id") == [
        ("A", 4500, True),
        ("A", 2250, True),
        ("A", 2250, True),
        ("B", 500, False),
    ]
    assert got.feed.payment_method == "header_allocated"
    assert got.tie.paid_in == 9500
    assert any("1 claim has one payment for all their lines" in note for note in got.feed.notes)


def test_cents_that_rounding_leaves_go_to_the_largest_remainders(read, table):
    got = read(table(inst("A", 1, 1, 100), inst("A", 2, 1, 100), inst("A", 3, 4, 100), more=MORE))
    assert got.column("SELECT paid FROM claim_line ORDER BY line_id") == [1667, 1667, 6666]


def test_what_may_be_a_payment_of_each_line_is_left_alone(read, table):
    cases = [
        (inst("A", 1, 100, 90), inst("A", 2, 100, 90)),  # equal charges: equal payments are natural
        (inst("B", 1, 100, 90), inst("B", 2, 50, 80)),  # payments differ
        (inst("C", 1, 100, 0), inst("C", 2, 50, 0)),  # nothing was paid
        (inst("D", 1, 100, 40), inst("D", 2, 50, 40)),  # less than every charge
        (inst("F", 1, 50, 90),),  # a single line
        (
            "G,1,P,2024-07-01,99213,1,100,90,P,",
            "G,2,P,2024-07-01,99213,1,50,,P,",
        ),  # professional, none on the other
        (inst("H", 1, 100, 90), inst("H", 2, 50, 0)),  # one line alone is paid
        (inst("I", 1, 100, 90), inst("I", 2, 50, 90), inst("I", 3, 50, -90)),  # one is taken back
    ]
    got = read(table(*(row for case in cases for row in case), more=MORE))
    assert got.column("SELECT count(*) FROM claim_line WHERE paid_allocated") == [0]
    assert got.feed.payment_method == "line"


def test_a_payment_on_every_line_of_a_professional_claim_counts_once(read, table):
    rows = [f"H,{n},P,2024-07-01,99213,1,{charge},300,P," for n, charge in enumerate((200, 150, 50), 1)]
    got = read(table(*rows, more=MORE))
    assert got.column("SELECT paid FROM claim_line ORDER BY line_id") == [15000, 11250, 3750]
    assert got.tie.paid_in == 30000


@pytest.mark.slow
def test_a_line_paid_nothing_does_not_hide_a_repeated_payment(read, table):
    rows = [inst("A", 1, 100, 500), inst("A", 2, 700, 500), inst("A", 3, "", 500), inst("A", 4, 50, 0)]
    got = read(table(*rows, more=MORE))
    assert got.rows("SELECT paid, paid_allocated FROM claim_line ORDER BY line_id") == [
        (6250, True), (43750, True), (0, True), (0, False),
    ]  # fmt: skip
    assert got.tie.paid_in == 50000


@pytest.mark.slow
def test_denied_lines_get_no_share_of_a_repeated_payment(read, table):
    rows = [inst("A", 1, 100, 500) + ",N", inst("A", 2, 700, 500) + ",Y"]
    assert read(table(*rows, more=MORE + ",denied")).column(
        "SELECT paid FROM claim_line ORDER BY line_no"
    ) == [50000, 0]
    both = [inst("A", 1, 100, 500) + ",Y", inst("A", 2, 300, 500) + ",Y"]
    got = read(table(*both, more=MORE + ",denied"))
    assert got.column("SELECT paid FROM claim_line ORDER BY line_no") == [12500, 37500]


def test_a_payment_on_one_line_of_an_institutional_claim_is_shared_by_charge(read, table):
    got = read(table(inst("A", 1, 100, ""), inst("A", 2, 50, 90), inst("A", 3, 50, ""), more=MORE))
    assert got.column("SELECT paid FROM claim_line ORDER BY line_id") == [4500, 2250, 2250]
    assert got.column("SELECT count(*) FROM claim_line WHERE paid_allocated") == [3]


def test_a_blank_payment_beside_a_paid_line_is_a_payment_of_nothing(read, table):
    rows = ("G,1,P,2024-07-01,99213,1,100,90,P,", "G,2,P,2024-07-01,99214,1,50,,P,")
    got = read(table(*rows, more=MORE))
    assert got.column("SELECT paid FROM claim_line ORDER BY line_id") == [9000, 0]


def test_a_payment_in_odd_writing_beside_a_cell_of_blanks_ties_out(read, table):
    got = read(table(inst("A", 1, 100, '" "'), inst("A", 2, 50, '"$1,000.00"'), more=MORE))
    assert got.tie.paid_in == got.tie.paid_audited == 100_000
    assert got.column("SELECT paid FROM claim_line ORDER BY line_id") == [66_667, 33_333]


def test_rows_set_aside_do_not_count_the_payment_again(read, table):
    bad = "A,4,P,never,99213,1,10,90,I,131"
    got = read(table(inst("A", 1, 100, 90), inst("A", 2, 50, 90), inst("A", 2, 50, 90), bad, more=MORE))
    assert got.tie.paid_in == got.tie.paid_audited == 9000
    assert got.tie.lines_set_aside == 2


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(charges=st.lists(st.integers(1, 99_999), min_size=2, max_size=8), paid=st.integers(1, 999_999))
def test_shares_add_up_to_the_payment_and_stay_near_proportion(read, table, charges, paid):
    rows = [inst("A", n, f"{c / 100:.2f}", f"{paid / 100:.2f}") for n, c in enumerate(charges)]
    got = read(table(*rows, more=MORE))
    shares = got.column("SELECT paid FROM claim_line ORDER BY line_id")
    if got.feed.payment_method == "header_allocated":
        assert sum(shares) == paid == got.tie.paid_in
        assert all(abs(share - paid * c / sum(charges)) < 1 for share, c in zip(shares, charges, strict=True))
    else:
        assert shares == [paid] * len(charges)
        assert min(charges) == max(charges) or min(charges) >= paid


AMOUNT = st.none() | st.sampled_from([-500, 0, 100, 100, 2000])
LINE = st.tuples(
    st.sampled_from(["A", "B"]), AMOUNT, AMOUNT, st.sampled_from(["institutional", "professional"])
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.lists(LINE, min_size=1, max_size=8))
def test_the_quick_look_misses_no_payment_of_a_whole_claim(rows):
    with duckdb.connect() as con:
        con.execute("CREATE TABLE line (claim VARCHAR, paid BIGINT, charge BIGINT, claim_type VARCHAR)")
        con.executemany("INSERT INTO line VALUES (?, ?, ?, ?)", rows)
        missed = (
            f"SELECT claim FROM line GROUP BY 1 HAVING ({payments._HEADER_PAID}) "
            f"AND NOT coalesce(({payments.MAY_BE_HEADER_PAID}), false)"
        )
        assert con.execute(missed).fetchall() == []
