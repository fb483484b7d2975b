"""Reversals, corrections, repeats and payments of a whole claim: which answer stands, and where the others go.

All cases are claims of one feed, which is read once.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.claims.remittance_pairs import Claim, Line, Remittance
from tests.claims.remittance_world import BOTH, LATER, TWO, World

WORLD = World()


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    return WORLD.read(tmp_path_factory.mktemp("world"))


# Versions of an answer.

_LESS = replace(TWO, icn="ICN2", lines=(replace(TWO.lines[0], paid=7_000), TWO.lines[1]))
CORRECTED = WORLD.case([TWO], TWO, Remittance((TWO.reversal(), _LESS), day=LATER))


def test_a_correction_stands_and_the_reversal_with_what_it_takes_back_is_superseded(seen):
    assert seen.lines(CORRECTED, "paid, payer_icn[4:], state") == [
        (7_000, "ICN2", "audited"),
        (15_000, "ICN2", "audited"),
    ]
    assert seen.superseded(CORRECTED) == [
        ("taken back by the payer", 8_000), ("taken back by the payer", 15_000),
        ("takes a payment back", -15_000), ("takes a payment back", -8_000)]  # fmt: skip


ORDERS = [
    WORLD.case([TWO], *order)
    for order in ((TWO, TWO.reversal(), _LESS), (_LESS, TWO.reversal(), TWO), (TWO.reversal(), TWO, _LESS))
]


@pytest.mark.parametrize("mark", ORDERS)
def test_the_order_of_payment_and_reversal_does_not_matter_where_amounts_tell(seen, mark):
    assert seen.lines(mark) == [(1, 7_000), (2, 15_000)]


UNLIKE = WORLD.case(
    [TWO],
    TWO,
    Remittance((replace(TWO.reversal(), paid=-20_000, cas=(("CO", "45", -3_000),)), _LESS), day=LATER),
)


def test_a_reversal_of_another_amount_takes_back_the_one_payment_before_it(seen):
    assert seen.lines(UNLIKE) == [(1, 7_000), (2, 15_000)]
    assert sum(paid for _, paid in seen.superseded(UNLIKE)) == 3_000


_EARLY = replace(TWO.reversal(), paid=-20_000, cas=(("CO", "45", -3_000),))
BEFORE_IT = WORLD.case([TWO], Remittance((_EARLY,), day="20240101"), TWO)


def test_a_reversal_of_another_amount_takes_back_no_later_payment(seen):
    assert seen.lines(BEFORE_IT) == BOTH


OMITTED = WORLD.case(
    [TWO], TWO, Remittance((TWO.reversal(), replace(TWO, icn="ICN2", lines=TWO.lines[:1])), day=LATER)
)


def test_a_line_that_a_correction_does_not_name_is_taken_back(seen):
    assert seen.lines(OMITTED) == [(1, 8_000)]
    assert seen.lines(OMITTED, "line_no, paid, status", "superseded") == [(2, 0, "reversed")]


REVERSED = WORLD.case([TWO], TWO, Remittance((TWO.reversal(),), day=LATER))


def test_a_claim_whose_payment_was_taken_back_is_reversed_and_not_audited(seen):
    assert seen.lines(REVERSED) == []
    assert seen.lines(REVERSED, "status, paid", "superseded") == [("reversed", 0)] * 2
    assert sum(reason.startswith("reversed by the payer") for reason, _ in seen.superseded(REVERSED)) == 2


ORPHAN = WORLD.case([TWO], TWO.reversal())


def test_a_reversal_whose_payment_is_not_in_the_feed_reverses_the_claim(seen):
    assert seen.lines(ORPHAN) == []
    assert sum(paid for _, paid in seen.superseded(ORPHAN)) == -23_000
    assert "2 reversals take back no remittance of this feed" in seen.feed.notes


PART_BACK = WORLD.case(
    [Claim(lines=(Line(control="A1"), Line("99214", 20_000, 15_000, control="A2")))],
    Claim(lines=(Line(control="A1"),)),
    Claim(lines=(Line("99214", 20_000, 15_000, control="A2"),), icn="ICN2"),
    Remittance(
        (Claim(lines=(Line("99214", 20_000, 15_000, control="A2"),), icn="ICN2").reversal(),), day=LATER
    ),
)


def test_a_part_of_a_claim_that_was_taken_back_leaves_the_other_part(seen):
    assert seen.lines(PART_BACK) == [(1, 8_000)]
    assert seen.lines(PART_BACK, state="superseded") == [(2, 0)]


MORE = WORLD.case([TWO], TWO, Remittance((replace(_LESS, icn="ICN2"),), day=LATER))


def test_a_second_answer_without_a_reversal_is_the_one_that_stands(seen):
    assert seen.lines(MORE) == [(1, 7_000), (2, 15_000)]
    assert seen.superseded(MORE) == [
        ("a later remittance answers the same line", 8_000),
        ("a later remittance answers the same line", 15_000),
    ]


DENIED_FIRST = WORLD.case(
    [TWO],
    replace(TWO, status="4", lines=tuple(replace(line, paid=0, reason="16") for line in TWO.lines)),
    Remittance((replace(TWO, icn="ICN2"),), day=LATER),
)


def test_a_denial_and_a_later_payment_under_the_same_number(seen):
    assert seen.lines(DENIED_FIRST, "paid, denied") == [(8_000, False), (15_000, False)]


AGAIN = WORLD.case([TWO], TWO, TWO)


def test_a_remittance_that_was_delivered_twice_counts_once(seen):
    assert seen.lines(AGAIN) == BOTH
    assert seen.aside(AGAIN, "reason_code, paid") == [
        ("remittance_repeated", 8_000),
        ("remittance_repeated", 15_000),
    ]
    assert seen.con.execute(
        "SELECT count(*) FROM line_withheld WHERE starts_with(claim_id, ?)", [AGAIN]
    ).fetchone() == (0,)


SENT_TWICE = WORLD.case([TWO, TWO], TWO)


def test_a_claim_that_was_delivered_twice_is_paid_once(seen):
    assert seen.lines(SENT_TWICE) == BOTH
    assert seen.aside(SENT_TWICE) == [("line_repeated",)] * 2
    found = seen.con.execute(
        "SELECT count(*) FROM line_withheld WHERE starts_with(claim_id, ?)", [SENT_TWICE]
    )
    assert found.fetchall() == [(0,)]


# Payments of a whole claim.

_WHOLE = replace(TWO, lines=(), charge=30_000, paid=20_001, cas=(("CO", "45", 9_999),))
WHOLE = WORLD.case([TWO], _WHOLE)


def test_a_payment_of_a_whole_claim_is_shared_by_charge_and_never_multiplied(seen):
    assert seen.lines(WHOLE, "paid, paid_allocated, adjustments, status") == [
        (6_667, True, ["CO-45"], "paid"), (13_334, True, ["CO-45"], "paid")]  # fmt: skip
    assert seen.feed.payment_method == "header_allocated"


_THIRDS = Claim(lines=(Line("99213", 100), Line("99214", 100), Line("99215", 101)))
ROUNDED = WORLD.case([_THIRDS], replace(_THIRDS, lines=(), charge=301, paid=100, cas=(("CO", "45", 201),)))


def test_the_cent_that_rounding_leaves_goes_to_the_largest_remainder(seen):
    assert [paid for (paid,) in seen.lines(ROUNDED, "paid")] == [33, 33, 34]


WHOLE_OF_ONE = WORLD.case([Claim()], Claim(lines=(), charge=10_000, paid=9_000, cas=(("CO", "45", 1_000),)))


def test_a_payment_of_a_claim_of_one_line_is_that_lines(seen):
    assert seen.lines(WHOLE_OF_ONE, "paid, paid_allocated") == [(9_000, False)]


WHOLE_DENIED = WORLD.case([TWO], replace(_WHOLE, status="4", paid=0, cas=(("CO", "29", 30_000),)))


def test_a_denial_of_a_whole_claim_denies_its_lines(seen):
    assert (
        seen.lines(WHOLE_DENIED, "denied, paid, status, adjustments") == [(True, 0, "denied", ["CO-29"])] * 2
    )


WHOLE_REVERSED = WORLD.case([TWO], _WHOLE, Remittance((_WHOLE.reversal(),), day=LATER))


def test_a_reversed_payment_of_a_whole_claim_reverses_its_lines(seen):
    assert seen.lines(WHOLE_REVERSED) == []
    assert sum(paid for _, paid in seen.superseded(WHOLE_REVERSED)) == 0


WHOLE_THEN_LINES = WORLD.case([TWO], _WHOLE, Remittance((replace(TWO, icn="ICN2"),), day=LATER))


def test_lines_that_are_answered_later_supersede_a_payment_of_the_whole_claim(seen):
    assert seen.lines(WHOLE_THEN_LINES) == BOTH
    assert seen.superseded(WHOLE_THEN_LINES) == [("a later remittance answers the same line", 20_001)]


LINES_THEN_WHOLE = WORLD.case([TWO], TWO, Remittance((replace(_WHOLE, icn="ICN2"),), day=LATER))


def test_a_later_payment_of_the_whole_claim_supersedes_what_was_paid_for_its_lines(seen):
    assert seen.lines(LINES_THEN_WHOLE) == [(1, 6_667), (2, 13_334)]
    assert [paid for _, paid in seen.superseded(LINES_THEN_WHOLE)] == [8_000, 15_000]


WITHHELD = WORLD.case([TWO], replace(TWO, cas=(("CO", "253", 460),)))


def test_an_adjustment_of_the_whole_claim_is_shared_by_what_was_paid(seen):
    assert seen.lines(WITHHELD, "paid, paid_allocated") == [(7_840, True), (14_700, True)]


ADDED = WORLD.case(
    [TWO],
    replace(TWO, lines=tuple(replace(line, paid=0) for line in TWO.lines), cas=(("CO", "94", -15_000),)),
)


def test_what_the_payer_adds_to_lines_that_it_pays_nothing_is_shared_by_charge(seen):
    assert seen.lines(ADDED) == [(1, 5_000), (2, 10_000)]


_EQUAL = (Line(charge=4_000, paid=5_000), Line("99214", 12_000, 5_000))
EQUAL = WORLD.case([Claim(lines=_EQUAL)], Claim(lines=_EQUAL))


def test_one_payment_on_each_of_two_lines_is_two_payments(seen):
    assert seen.lines(EQUAL, "paid, paid_allocated") == [(5_000, False)] * 2


# Rows that have a fault of their own.

NO_PATIENT = WORLD.case([TWO], replace(TWO, member=""))


def test_a_remittance_without_a_patients_number_answers_its_claim_all_the_same(seen):
    assert seen.lines(NO_PATIENT) == BOTH


NO_DATES = WORLD.case([TWO], replace(TWO, lines=tuple(replace(line, day="") for line in TWO.lines)))


def test_a_remittance_without_dates_answers_by_control_number(seen):
    assert seen.lines(NO_DATES) == BOTH
