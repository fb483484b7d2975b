import pytest

from auditor.base.errors import InternalCheckFailed
from auditor.claims import reconcile
from auditor.claims.checks import amount

ROWS = (
    "A,1,P,2024-07-01,99213,1,10,8",
    "A,2,P,2024-07-01,99214,1,$10.10,8.05",
    "B,1,Q,never,99213,1,1,(1.00)",
)


def test_counts_and_dollars(read, table):
    tie = read(table(*ROWS)).tie
    assert tie.ties
    assert (tie.rows_read, tie.lines_read, tie.lines_audited, tie.lines_superseded, tie.lines_set_aside) == (
        3,
        3,
        2,
        0,
        1,
    )
    assert (tie.claims, tie.patients) == (1, 1)
    assert (tie.paid_in, tie.paid_audited, tie.paid_set_aside) == (1505, 1605, -100)
    assert (tie.charge_in, tie.charge_audited, tie.charge_set_aside) == (2110, 2010, 100)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("DELETE FROM claim_row WHERE line_id = 0", r"\+1 lines, \$8.00 paid, \$10.00 charged"),
        ("UPDATE claim_row SET paid = paid + 1 WHERE line_id = 1", r"-\$0.01 paid"),
        ("UPDATE claim_row SET charge = charge - 1 WHERE line_id = 1", r"\$0.01 charged"),
        ("UPDATE claim_row SET state = 'set_aside' WHERE line_id = 1", "lines"),
        ("INSERT INTO claim_row SELECT * FROM claim_row WHERE line_id = 0", "-1 lines"),
        ("DELETE FROM set_aside", r"\+1 lines"),
        ("UPDATE set_aside SET paid = 0", r"-\$1.00 paid"),
    ],
)
def test_a_lost_line_or_cent_stops_the_run(read, table, damage, message):
    got = read(table(*ROWS))
    got.con.execute(damage)
    with pytest.raises(InternalCheckFailed, match=message) as caught:
        reconcile(got.con, got.feed)
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("text", ["1e" + "9" * 5000, "1e-" + "9" * 5000, "1" * 5000])
def test_an_amount_of_thousands_of_digits_is_none(text):
    assert amount(text) is None


@pytest.mark.parametrize(
    ("text", "cents"), [("1e1", 1000), ("1e+0_1", 1000), ("1e0", 100), ("1e-1", 10), ("1e99999", None)]
)
def test_powers_are_read(text, cents):
    assert amount(text) == cents
