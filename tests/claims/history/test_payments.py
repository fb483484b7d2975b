"""Payments taken back, denials and bills sent again: what finally stands, and what is said of it."""

from __future__ import annotations

from tests.claims.histories import Resolved, case, line, resolved

__all__ = ["resolved"]

# Payments taken back

CORRECTIONS = {
    paid: case(line("A", on="2024-08-01", status="1"), line("A", on="2024-09-01", paid="-80", status="22"),
               line("A", on="2024-09-01", paid=paid, status="1"), in_every_order=True)
    for paid in ("80", "60")
}  # fmt: skip


def test_a_payment_taken_back_and_corrected_the_same_day_leaves_the_correction(resolved: Resolved) -> None:
    for paid, one in CORRECTIONS.items():
        for got in resolved(one):
            assert got.lines("paid, month(paid_date), version_note") == [(100 * int(paid), 9, None)]
            assert got.why == {"taken back by the payer", "takes a payment back"}


TAKEN_BACK = case(line("A", on="2024-08-01"), line("A", on="2024-09-01", paid="-80", status="22"))


def test_a_payment_taken_back_without_a_correction_leaves_nothing(resolved: Resolved) -> None:
    (got,) = resolved(TAKEN_BACK)
    assert got.finals == []
    assert got.superseded == [(1, "A", "taken back by the payer"), (1, None, "takes a payment back")]


ONE_OF_TWO = case(line("A", icn="I1", on="2024-08-01"), line("A", icn="I2", on="2024-08-01", code="99214"),
                  line("A", icn="I2", on="2024-09-01", paid="-80", status="22"))  # fmt: skip


def test_a_reversal_under_the_payers_number_takes_back_that_payment_and_no_other(resolved: Resolved) -> None:
    (got,) = resolved(ONE_OF_TWO)
    assert got.finals == [("A", "I1", "1", None)]


ONE_LINE = case(line("A", on="2024-08-01"), line("A", on="2024-08-01", number=2, code="85025", paid="30"),
                line("A", on="2024-09-01", number=2, code="85025", paid="-30", status="reversed"))  # fmt: skip


def test_a_reversal_of_one_line_takes_back_that_line_alone(resolved: Resolved) -> None:
    (got,) = resolved(ONE_LINE)
    assert got.lines("code, paid") == [("99213", 8000)]
    assert got.superseded == [
        (2, "A", "taken back by a line of the opposite amount"),
        (2, "A", "takes a line back"),
    ]


A_PART = case(line("A", on="2024-08-01"), line("A", on="2024-09-01", paid="-30", status="reversed"))


def test_a_reversal_of_a_part_of_a_line_stays_beside_it(resolved: Resolved) -> None:
    (got,) = resolved(A_PART)
    assert got.lines("paid") == [(8000,), (-3000,)]


UNREADABLE = case(line("A", on="2024-08-01"), line("A", on="2024-08-01", number=2, code="x y", paid="20"),
                  line("A", on="2024-09-01", paid="-100", status="22"))  # fmt: skip


def test_a_reversal_of_more_than_can_be_read_takes_back_the_claim(resolved: Resolved) -> None:
    (got,) = resolved(UNREADABLE)
    assert got.finals == []


NOTHING_PAID = case(line("A", on="2024-08-01", paid="0"),
                    line("A", on="2024-09-01", paid="0", charge="-100", status="22"),
                    line("A", on="2024-09-01", paid="50"))  # fmt: skip


def test_a_claim_of_nothing_paid_that_is_taken_back_is_known_by_its_charge(resolved: Resolved) -> None:
    (got,) = resolved(NOTHING_PAID)
    assert got.lines("paid") == [(5000,)]


NOT_FINAL = case(line("A", icn="I1", status="superseded"), line("A", icn="I2"), line("B", status="not final"))


def test_what_the_source_says_is_not_final_is_not_audited_and_touches_nothing_else(
    resolved: Resolved,
) -> None:
    (got,) = resolved(NOT_FINAL)
    assert got.finals == [("A", "I2", "1", None)]
    assert got.why == {"reversed by the payer, or not final"}


LINE_FEED = case(line("A", icn="1", on="2024-08-01"),
                 line("A", icn="2", on="2024-09-01", paid="-80", status="reversed"),
                 line("A", "7", "", "3", on="2024-09-01", paid="70"), in_every_order=True)  # fmt: skip


def test_a_cancellation_and_an_adjustment_of_one_day_leave_the_adjustment(resolved: Resolved) -> None:
    """As claim and claim line feeds write it: the one negated, the other a replacement without a reference."""
    for got in resolved(LINE_FEED):
        assert got.finals == [("A", "3", "7", None)]


# Denials and bills sent again

NEW_NUMBER = case(line("A", paid="0", status="denied"), line("B"))


def test_a_denied_claim_billed_again_under_a_new_number_stays_denied_beside_the_paid_one(
    resolved: Resolved,
) -> None:
    (got,) = resolved(NEW_NUMBER)
    assert got.lines("claim_id, denied, version_note") == [("A", True, None), ("B", False, None)]


REBILLED = case(line("A", received="2024-07-05", on="2024-07-20", paid="0", status="denied"),
                line("A", received="2024-09-01", on="2024-09-20"), in_every_order=True)  # fmt: skip
REBILLED_UNDATED = case(line("A", paid="0", status="denied"), line("A"), in_every_order=True)


def test_a_denied_claim_billed_again_under_its_number_loses_no_payment(resolved: Resolved) -> None:
    for got in resolved(REBILLED):
        assert got.lines("denied, paid, version_note") == [(True, 0, None), (False, 8000, None)]
    for got in resolved(REBILLED_UNDATED):
        assert got.lines("denied, paid, version_note") == [(False, 8000, None)]


DENIED_COPY = case(line("A", received="2024-07-05", on="2024-07-20"),
                   line("A", received="2024-08-05", on="2024-08-20", paid="0", status="denied"))  # fmt: skip


def test_a_copy_that_the_payer_denied_leaves_the_paid_claim_as_it_is(resolved: Resolved) -> None:
    (got,) = resolved(DENIED_COPY)
    assert got.lines("denied, version_note") == [(False, None), (True, None)]


PAID_AGAIN = case(line("A", on="2024-07-20"), line("A", on="2024-08-20", paid="85"),
                  line("A", on="2024-07-20", number=2, code="85025", paid="5"), in_every_order=True)  # fmt: skip


def test_a_claim_paid_again_under_its_numbers_is_final_as_told_last_and_says_so(resolved: Resolved) -> None:
    for got in resolved(PAID_AGAIN):
        assert got.lines("paid, version_note") == [(8500, "paid_twice"), (500, None)]
        assert got.why == {"told again under the same claim number"}
        assert got.notes == [("paid_twice", "A", "2024-07-20")]


UNPAID_AGAIN = case(line("A", received="2024-07-05", paid=""), line("A", received="2024-08-05", paid=""))


def test_a_claim_told_again_without_any_payment_is_not_said_to_be_paid_twice(resolved: Resolved) -> None:
    (got,) = resolved(UNPAID_AGAIN)
    assert (len(got.finals), got.notes) == (1, [])


TWO_NUMBERS = case(line("A", icn="I1", on="2024-07-20"), line("A", icn="I2", on="2024-08-20"))
TWO_SERVICES = case(line("A", icn="I1"), line("A", icn="I2", code="99214"))


def test_one_claim_paid_under_two_numbers_of_the_payer_is_audited_twice_and_says_so(
    resolved: Resolved,
) -> None:
    (got,) = resolved(TWO_NUMBERS)
    assert got.finals == [("A", "I1", "1", None), ("A", "I2", "1", "paid_twice")]
    (other,) = resolved(TWO_SERVICES)
    assert [row[3] for row in other.finals] == [None, None]


REPLACED_PAYMENT = [line("A", icn="I1", on="2024-07-20"), line("A", "7", "I1", "I2", on="2024-08-20")]
OTHERS_TAKEN_BACK = [line("Z", on="2024-07-20"), line("Z", on="2024-08-20", paid="-80", status="22")]
SILENT_PAYER = case(*REPLACED_PAYMENT)
NOT_TAKEN_BACK = case(*REPLACED_PAYMENT, *OTHERS_TAKEN_BACK)
IS_TAKEN_BACK = case(
    *REPLACED_PAYMENT, *OTHERS_TAKEN_BACK, line("A", icn="I1", on="2024-08-20", paid="-80", status="22")
)


def test_a_replaced_payment_that_a_payer_of_reversals_never_took_back_is_said(resolved: Resolved) -> None:
    told = [next(resolved(one)).notes for one in (SILENT_PAYER, NOT_TAKEN_BACK, IS_TAKEN_BACK)]
    assert told == [[], [("paid_twice", "A", "2024-07-20")], []]


NOTHING_HERE = case(line("B", "7", "gone"), line("C"))


def test_a_replacement_of_nothing_that_is_here_says_so(resolved: Resolved) -> None:
    (got,) = resolved(NOTHING_HERE)
    assert got.notes == [("orphan_replacement", "gone", None)]
