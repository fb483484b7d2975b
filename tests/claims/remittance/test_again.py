"""Payments that are made again, and answers for a part of what was paid as a whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.claims.remittance_pairs import Claim, Line, Remittance, bill, pay, remit
from tests.claims.remittance_world import LATER

pytestmark = pytest.mark.slow

PLAIN = Claim(lines=(Line(), Line("99214", 20_000, 15_000)))
BOTH = [(1, 8_000), (2, 15_000)]
WHOLE = replace(PLAIN, lines=(), charge=30_000, paid=23_000, cas=(("CO", "45", 7_000),))
FIRST = replace(PLAIN, icn="ICN2", lines=(Line(),))
SECOND = replace(PLAIN, icn="ICN3", lines=PLAIN.lines[1:])
ALONE_OR_NOT = pytest.mark.parametrize("beside", [(), (bill(PLAIN),)])


def paid(got):
    return got.rows("SELECT line_no, paid FROM claim_line WHERE state = 'audited' ORDER BY line_no")


@ALONE_OR_NOT
def test_what_was_paid_taken_back_and_paid_again_under_one_number_is_paid(read, beside):
    got = read(*beside, remit(PLAIN, PLAIN.reversal(), PLAIN))
    assert paid(got) == BOTH
    assert got.rows("SELECT reason, paid FROM superseded ORDER BY ALL") == [
        ("taken back by the payer", 8_000), ("taken back by the payer", 15_000),
        ("takes a payment back", -15_000), ("takes a payment back", -8_000),
    ]  # fmt: skip


@ALONE_OR_NOT
def test_nor_is_it_paid_more_when_the_file_is_delivered_twice(read, beside):
    said = (PLAIN, PLAIN.reversal(), PLAIN)
    got = read(*beside, remit(*said), remit(*said, count=99))
    assert paid(got) == BOTH


@pytest.mark.parametrize(
    "files",
    [
        ((PLAIN, PLAIN.reversal()), (PLAIN, PLAIN.reversal())),
        ((PLAIN,), (PLAIN.reversal(),), (PLAIN,)),
    ],
)
def test_a_payment_that_is_delivered_again_after_it_was_taken_back_is_not_paid(read, files):
    answers = [remit(*said, count=90 + number) for number, said in enumerate(files)]
    got = read(bill(PLAIN), *answers)
    assert paid(got) == []


def test_alike_payments_of_two_lines_are_no_repeats_of_each_other(read):
    pair = Claim(lines=(Line(control="A1"), Line("99214", control="A2")))
    parts = [replace(pair, lines=(line,)) for line in pair.lines]
    got = read(bill(pair), remit(*parts))
    assert paid(got) == [(1, 8_000), (2, 8_000)]


def test_a_later_answer_for_one_line_leaves_the_others_their_share_of_the_whole(read):
    got = read(bill(PLAIN), remit(WHOLE), remit(FIRST, day=LATER))
    assert paid(got) == [(1, 8_000), (2, 15_333)]
    assert got.column("SELECT payer_icn FROM claim_line ORDER BY line_no") == ["ICN2", "ICN1"]
    assert got.rows("SELECT reason, paid FROM superseded") == [
        ("a later remittance answers the same line", 7_667)
    ]
    assert (got.tie.paid_in, got.tie.paid_audited, got.tie.paid_superseded) == (31_000, 23_333, 7_667)
    assert (got.tie.lines_read, got.tie.lines_audited, got.tie.lines_joined) == (4, 2, 2)


def test_a_later_answer_for_every_line_supersedes_the_whole(read):
    got = read(bill(PLAIN), remit(WHOLE), remit(FIRST, SECOND, day=LATER))
    assert paid(got) == BOTH
    assert got.rows("SELECT paid FROM superseded") == [(23_000,)]


@ALONE_OR_NOT
def test_a_reversal_without_service_lines_takes_back_the_claim_of_its_amounts(read, beside):
    got = read(*beside, remit(PLAIN), remit(WHOLE.reversal(), day=LATER))
    assert paid(got) == []
    assert got.tie.paid_set_aside == 0


def test_one_of_other_amounts_takes_back_nothing_of_remittances_alone(read):
    less = replace(WHOLE, paid=22_000, cas=(("CO", "45", 8_000),))
    got = read(remit(PLAIN), remit(less.reversal(), day=LATER))
    assert paid(got) == BOTH
    assert got.rows("SELECT reason_code, paid FROM set_aside") == [("remittance_whole", -22_000)]


def test_a_reversal_without_service_lines_leaves_the_payment_that_corrects_it(read):
    got = read(
        pay(Remittance((PLAIN,)), Remittance((WHOLE.reversal(), replace(PLAIN, icn="ICN2")), day=LATER))
    )
    assert paid(got) == BOTH
    assert got.column("SELECT DISTINCT payer_icn FROM claim_line WHERE state = 'audited'") == ["ICN2"]


def test_a_line_shows_the_number_under_which_it_was_answered_and_the_claim_stays_one(read):
    got = read(bill(PLAIN), remit(FIRST, SECOND))
    assert got.rows("SELECT line_no, paid, payer_icn FROM claim_line ORDER BY line_no") == [
        (1, 8_000, "ICN2"),
        (2, 15_000, "ICN3"),
    ]
    assert got.column("SELECT count(DISTINCT claim_key) FROM claim_line") == [1]


def test_lines_of_two_versions_that_were_answered_under_one_number_are_told_apart(read):
    # The version billed again has the payer's number of a line of the first.
    again = replace(PLAIN, frequency="5", icn="ICN2", lines=(Line("99212", 5_000, 4_000),))
    got = read(bill(PLAIN, again), remit(FIRST, SECOND, again))
    assert got.column("SELECT payer_icn FROM claim_line WHERE line_no = 1 ORDER BY code") == ["ICN2", "ICN2"]
    assert got.column("SELECT count(*) FROM claim_shared") == [2]


NOTES = "SELECT line_no, version_note, other_version, other_version_date FROM claim_line ORDER BY line_no"


def test_a_line_that_one_payer_pays_on_two_days_is_noted_as_paid_twice(read):
    again = replace(PLAIN, icn="ICN2", lines=(replace(PLAIN.lines[0], paid=7_500), PLAIN.lines[1]))
    got = read(bill(PLAIN), remit(PLAIN), remit(again, day=LATER))
    (first, second) = got.rows(NOTES)
    assert first[:3] == (1, "paid_twice", "C1") and second[:3] == (2, "paid_twice", "C1")
    assert str(first[3]) < "2024-03-01"
    assert paid(got) == [(1, 7_500), (2, 15_000)]


def test_a_payment_that_was_taken_back_first_is_no_second_one(read):
    again = replace(PLAIN, icn="ICN2", lines=(replace(PLAIN.lines[0], paid=7_500), PLAIN.lines[1]))
    got = read(bill(PLAIN), remit(PLAIN), remit(PLAIN.reversal(), again, day=LATER))
    assert got.column("SELECT DISTINCT version_note FROM claim_line") == [None]


def test_a_denial_before_the_payment_and_another_line_are_no_second_payment(read):
    denied = replace(PLAIN, status="4", lines=tuple(replace(line, paid=0) for line in PLAIN.lines))
    got = read(bill(PLAIN), remit(denied), remit(FIRST, day="20240210"), remit(SECOND, day=LATER))
    assert got.column("SELECT DISTINCT version_note FROM claim_line") == [None]


def test_a_reversal_takes_back_no_later_payment_of_the_same_amounts(read):
    """What it takes back was paid before the feed begins."""
    got = read(bill(PLAIN), remit(PLAIN.reversal(), day="20240201"), remit(PLAIN, day=LATER))
    assert paid(got) == BOTH


def test_a_reversal_of_no_day_or_of_the_same_day_takes_the_payment_back(read):
    got = read(bill(PLAIN), remit(PLAIN.reversal(), day=LATER), remit(PLAIN, day=LATER))
    assert paid(got) == []
