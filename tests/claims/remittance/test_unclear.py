"""Remittances that contradict themselves or can be read only in part: no payment is made up, and none is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.base.errors import InputRefused
from auditor.claims.refusals import NotClaims
from auditor.claims.remittance.joining import WHY
from tests.claims.remittance_pairs import Claim, Line, Remittance, bill, pay, remit
from tests.claims.remittance_world import LATER

pytestmark = pytest.mark.slow

PLAIN = Claim(lines=(Line(), Line("99214", 20_000, 15_000)))
UNSIGNED = replace(PLAIN, status="22")
CORRECTED = replace(PLAIN, icn="ICN2", lines=(Line(paid=5_000), PLAIN.lines[1]))


def paid(got):
    return got.rows("SELECT line_no, paid FROM claim_line WHERE state = 'audited' ORDER BY line_no")


# A reversal whose amounts are above zero.


@pytest.mark.parametrize("beside", [(), (bill(PLAIN),)])
def test_a_reversal_without_its_sign_takes_back_the_payment_of_its_amounts(read, beside):
    got = read(*beside, remit(PLAIN), remit(UNSIGNED, CORRECTED, day=LATER))
    assert paid(got) == [(1, 5_000), (2, 15_000)]
    assert (got.tie.paid_audited, got.tie.paid_superseded, got.tie.paid_set_aside) == (20_000, 0, 0)
    assert got.rows(
        "SELECT name, severity FROM claim_diagnostic WHERE starts_with(name, 'reversal') ORDER BY name"
    ) == [
        ("reversal_positive", "warning"),
        ("reversal_sign_turned", "warning"),
    ]


@pytest.mark.parametrize("beside", [(), (bill(PLAIN),)])
@pytest.mark.parametrize("other", [{"icn": "OTHER"}, {"lines": (Line(),)}, {"id": "C9"}])
def test_one_of_which_no_payment_is_in_the_feed_is_set_aside_and_is_no_payment(read, beside, other):
    got = read(*beside, remit(PLAIN), remit(replace(UNSIGNED, **other), day=LATER))
    assert paid(got) == [(1, 8_000), (2, 15_000)]
    assert set(got.column("SELECT reason_code FROM set_aside")) == {"reversal_positive"}
    assert got.tie.paid_set_aside == (8_000 if "lines" in other else 23_000)


def test_a_payment_that_was_taken_back_once_is_not_taken_back_by_a_reversal_without_its_sign(read):
    got = read(remit(PLAIN), remit(PLAIN.reversal(), UNSIGNED, CORRECTED, day=LATER))
    assert paid(got) == [(1, 5_000), (2, 15_000)]
    assert got.column("SELECT reason_code FROM set_aside") == ["reversal_positive"] * 2


# A status that says denied, of what was paid.


@pytest.mark.parametrize("status", ["4", "23"])
def test_a_payment_is_a_payment_whatever_the_status_says(read, status):
    partly = replace(PLAIN, status=status, lines=(Line(), Line("99214", 20_000, 0, reason="50")))
    got = read(bill(PLAIN), remit(partly))
    assert got.rows("SELECT line_no, paid, denied FROM claim_line ORDER BY line_no") == [
        (1, 8_000, False),
        (2, 0, True),
    ]
    assert got.column("SELECT severity FROM claim_diagnostic WHERE name = 'denied_paid'") == ["warning"]


# An answer that could not be read for a line.

_ANSWER = remit(PLAIN)
_CUT = {
    "amount": _ANSWER.replace("SVC*HC:99214*200*150*", "SVC*HC:99214*200*15O*"),
    "inside the line": _ANSWER[: _ANSWER.index("SVC*HC:99214*200") + 14],
    "before its date": _ANSWER[: _ANSWER.index("SVC*HC:99214*200") + 30],
    "before the line": _ANSWER[: _ANSWER.index("SVC*HC:99214*200")],
}


@pytest.mark.parametrize("said", _CUT.values(), ids=_CUT)
def test_a_line_whose_answer_could_not_be_read_is_not_paid_nothing(read, said):
    got = read(bill(PLAIN), said)
    assert got.rows("SELECT line_no, paid, allowed FROM claim_line ORDER BY line_no") == [
        (1, 8_000, 8_000),
        (2, None, None),
    ]
    assert got.column("SELECT why FROM remittance_unmatched WHERE side = 'claim_line'") == [WHY["unread"]]
    assert got.tie.paid_set_aside in (0, 15_000)


def test_a_line_that_a_whole_answer_does_not_name_is_paid_nothing(read):
    got = read(bill(PLAIN), remit(replace(PLAIN, lines=(Line(),))))
    assert paid(got) == [(1, 8_000), (2, 0)]


def test_a_line_whose_correction_could_not_be_read_is_not_reversed(read):
    later = remit(PLAIN.reversal(), replace(PLAIN, icn="ICN2"), day=LATER)
    got = read(bill(PLAIN), remit(PLAIN), later.replace("99214*200*150", "99214*200*15O"))
    assert paid(got) == [(1, 8_000), (2, None)]


def test_a_reversal_of_one_line_whose_payment_is_not_in_the_feed_leaves_the_other(read):
    got = read(bill(PLAIN), remit(replace(PLAIN, lines=(Line(),)).reversal()))
    assert paid(got) == [(2, None)]
    assert got.rows("SELECT line_no, status FROM claim_line WHERE state = 'superseded'") == [(1, "reversed")]


# A remittance that answers no claim.


def test_a_remittance_of_provider_adjustments_alone_is_passed_over_beside_claims(read):
    got = read(bill(PLAIN), pay(Remittance((), plb=5_000)))
    assert paid(got) == [(1, None), (2, None)]
    assert any("not read" in note and "1 provider adjustments of $50.00" in note for note in got.feed.notes)
    (says,) = got.column("SELECT says FROM claim_diagnostic WHERE name = 'holds_no_claim'")
    assert "$50.00" in says
    assert got.feed.remittances is None


def test_alone_it_is_refused_with_what_to_do(read):
    with pytest.raises(NotClaims, match=r"\$50\.00 in all.*Give it with the claims"):
        read(pay(Remittance((), plb=5_000)))


def test_one_that_is_cut_off_before_any_claim_is_refused_beside_claims_too(read):
    with pytest.raises(InputRefused, match="cut off before any claim"):
        read(bill(PLAIN), _ANSWER[: _ANSWER.index("LX*1") - 8])
