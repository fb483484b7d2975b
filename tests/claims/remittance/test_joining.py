"""What a claim line takes from its remittance, and the key by which it is found.

All cases are claims of one feed, which is read once.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.claims.remittance.joining import WHY
from tests.claims.remittance_pairs import Claim, Line, Remittance
from tests.claims.remittance_world import BOTH, TWO, World

WORLD = World()


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    return WORLD.read(tmp_path_factory.mktemp("world"))


TAKES = WORLD.case(
    [Claim(lines=(Line(control="A1", mods=("25",)),))],
    Claim(lines=(Line(paid=7_000, control="A1", group="PR", reason="1", more=("AMT*B6*90", "LQ*HE*N130")),),
          more=("DTM*050*20240110",)),
)  # fmt: skip


def test_a_claim_line_takes_what_its_remittance_says(seen):
    assert seen.lines(
        TAKES,
        "paid, allowed, patient_resp, payer_icn[4:], status, denied, paid_date::VARCHAR, "
        "received_date::VARCHAR, "
        "adjustments, remark_codes, modifiers, dx, charge, paid_allocated",
    ) == [
        (7_000, 9_000, 3_000, "ICN1", "paid", False, "2024-02-01", "2024-01-10", ["PR-1"], ["N130"], ["25"],
         ["E119", "I10"], 10_000, False)
    ]  # fmt: skip


DENIED = WORLD.case([TWO], replace(TWO, lines=(replace(TWO.lines[0], paid=0, reason="97"), TWO.lines[1])))


def test_a_denied_line_is_denied_and_keeps_its_reason(seen):
    assert seen.lines(DENIED, "denied, status, allowed, adjustments") == [
        (True, "denied", 0, ["CO-97"]), (False, "paid", 15_000, ["CO-45"])]  # fmt: skip


# The key of the line.

_ALIKE = tuple(Line(control=f"A{n}", paid=n * 100) for n in range(1, 5))
CONTROLLED = WORLD.case([Claim(lines=_ALIKE)], Claim(lines=_ALIKE[::-1]))


def test_lines_are_found_by_their_control_number_in_any_order(seen):
    assert seen.paid(CONTROLLED) == [100, 200, 300, 400]
    assert seen.joined(CONTROLLED) == [("control_number", 4)]


_NUMBERED = tuple(Line(paid=n * 100, pointer=str(1 + n % 2)) for n in range(1, 4))
NUMBERED = WORLD.case(
    [Claim(lines=_NUMBERED)],
    Claim(lines=tuple(replace(line, control=f"000{n}") for n, line in enumerate(_NUMBERED, 1))[::-1]),
)


def test_the_number_of_a_line_serves_where_the_claim_gave_no_control_number(seen):
    assert seen.paid(NUMBERED) == [100, 200, 300]
    assert seen.joined(NUMBERED) == [("line_number", 3)]


ONE_NUMBER_TWICE = WORLD.case(
    [Claim(lines=(Line(control="A1", paid=1), Line("99214", control="A1", paid=2)))],
    Claim(lines=(Line(control="A1", paid=1), Line("99214", control="A1", paid=2))),
)


def test_a_control_number_that_two_lines_share_tells_neither(seen):
    assert seen.paid(ONE_NUMBER_TWICE) == [1, 2]
    assert seen.joined(ONE_NUMBER_TWICE) == [("code_modifiers_date_charge", 2)]


OWN_NUMBERS = WORLD.case(
    [Claim(lines=(Line("99213", paid=1), Line("99214", paid=2)))],
    Claim(lines=(Line("99213", paid=1, control="2"), Line("99214", paid=2, control="1"))),
)


def test_numbers_that_are_the_payers_own_and_no_lines_are_passed_over(seen):
    assert seen.paid(OWN_NUMBERS) == [1, 2]


PLACES = WORLD.case(
    [Claim(lines=(Line(control="X1", pointer="1"), Line(control="X2", pointer="2")))],
    Claim(lines=(Line(paid=1, control="1"), Line(paid=2, control="2"))),
)


def test_the_number_of_a_line_says_nothing_where_the_claim_gave_control_numbers(seen):
    assert seen.aside(PLACES) == [("remittance_ambiguous",)] * 2


_UNNUMBERED = (
    Line(mods=("25", "59"), paid=1), Line(mods=("25",), paid=2), Line(charge=9_000, paid=3),
    Line(day="20240106", paid=4),
    Line("G0463", paid=5),
)  # fmt: skip
UNNUMBERED = WORLD.case(
    [Claim(lines=_UNNUMBERED)], Claim(lines=(replace(_UNNUMBERED[0], mods=("59", "25")), *_UNNUMBERED[:0:-1]))
)


def test_without_numbers_a_line_is_found_by_code_modifiers_date_and_charge(seen):
    assert seen.paid(UNNUMBERED) == [1, 2, 3, 4, 5]
    assert seen.joined(UNNUMBERED) == [("code_modifiers_date_charge", 5)]


DROPPED = WORLD.case(
    [Claim(lines=(Line(mods=("25",)), Line("99214", mods=("59",))))],
    Claim(lines=(Line(paid=1), Line("99214", paid=2))),
)


def test_a_payer_that_drops_modifiers_is_followed_where_one_line_alone_is_meant(seen):
    assert seen.paid(DROPPED) == [1, 2]
    assert seen.joined(DROPPED) == [("code_date_charge", 2)]


SIDES = WORLD.case(
    [Claim(lines=(Line(mods=("RT",), pointer="1"), Line(mods=("LT",), pointer="2"), Line("99214")))],
    Claim(lines=(Line(paid=9_000), Line(paid=0, reason="18"), Line("99214", paid=1))),
)


def test_lines_that_differ_elsewhere_and_are_paid_differently_are_not_guessed(seen):
    assert seen.paid(SIDES) == [None, None, 1]
    assert seen.aside(SIDES, "reason_code, paid") == [
        ("remittance_ambiguous", 0),
        ("remittance_ambiguous", 9_000),
    ]
    assert seen.unmatched(SIDES) == [
        ("claim_line", WHY["unread"])] * 2 + [
        ("remittance_line", "several lines of the claim are possible, and they differ")] * 2  # fmt: skip


SAME = WORLD.case([Claim(lines=(Line(), Line()))], Claim(lines=(Line(paid=9_000), Line(paid=0, reason="18"))))


def test_lines_that_are_the_same_take_their_payments_in_order(seen):
    assert seen.paid(SAME) == [9_000, 0]
    assert seen.aside(SAME) == []


TOO_MANY = WORLD.case([Claim(lines=(Line(), Line()))], Claim(lines=tuple(Line(paid=n) for n in (1, 2, 3))))


def test_more_payments_than_equal_lines_are_not_guessed(seen):
    assert seen.aside(TOO_MANY) == [("remittance_ambiguous",)] * 3


PAID_ALIKE = WORLD.case(
    [Claim(lines=(Line(pointer="1"), Line(pointer="2")))], Claim(lines=(Line(paid=500), Line(paid=500)))
)


def test_lines_that_differ_and_are_all_paid_alike_take_that(seen):
    assert seen.paid(PAID_ALIKE) == [500, 500]


FEWER = WORLD.case([Claim(lines=(Line(pointer="1"), Line(pointer="2")))], Claim(lines=(Line(paid=500),)))


def test_one_payment_that_may_be_of_either_of_two_lines_is_of_neither(seen):
    assert seen.paid(FEWER) == [None, None]
    assert seen.aside(FEWER, "reason_code, paid") == [("remittance_ambiguous", 500)]


STRANGE = WORLD.case([TWO], replace(TWO, lines=(*TWO.lines, Line("J0100", 5_000, 4_000))))


def test_a_service_line_that_is_none_of_the_claims_is_set_aside(seen):
    assert seen.lines(STRANGE) == BOTH
    assert seen.aside(STRANGE, "reason_code, paid") == [("remittance_line_unmatched", 4_000)]
    assert seen.unmatched(STRANGE) == [
        ("remittance_line", "no line of the claim is the one that is answered")
    ]


CHANGED = WORLD.case(
    [Claim(lines=(Line("80053"), Line("82040", 3_000)))],
    Claim(lines=(Line("80050", paid=100, sent="80053"), Line("80050", 3_000, 0, sent="82040", reason="97"))),
)


def test_a_code_that_the_payer_changed_is_found_by_the_code_that_was_sent(seen):
    assert seen.lines(CHANGED, "code, paid, denied") == [("80053", 100, False), ("82040", 0, True)]


DIVIDED_CODE = WORLD.case(
    [Claim(lines=(Line("80053"), Line("99213", 500, 1)))],
    Claim(
        lines=(
            Line("82040", 10_000, 100, sent="80053"),
            Line("82247", 0, 50, sent="80053"),
            Line("99213", 500, 1),
        )
    ),
)


def test_a_code_that_the_payer_divided_is_added_up(seen):
    assert seen.paid(DIVIDED_CODE) == [150, 1]


DIVIDED = WORLD.case(
    [Claim(lines=(Line(control="A1", units="5"),))],
    Claim(lines=(Line(charge=6_000, paid=100, control="A1", units="3"),
                 Line(charge=4_000, paid=0, control="A1", reason="119"))),
)  # fmt: skip


def test_a_line_that_the_payer_divided_is_added_up(seen):
    assert seen.lines(DIVIDED, "paid, units, denied, adjustments, status") == [
        (100, 5, False, ["CO-45", "CO-119"], "paid")]  # fmt: skip


_CODES = tuple(Line(code, paid=n) for n, code in enumerate(("99213", "99214", "99215"), 1))
PARTS = WORLD.case(
    [Claim(lines=_CODES)],
    Claim(lines=_CODES[:1]),
    Remittance((Claim(lines=_CODES[1:], icn="ICN2"),), day="20240215"),
)


def test_a_claim_answered_in_parts_takes_every_part_and_stays_one_claim(seen):
    assert seen.paid(PARTS) == [1, 2, 3]
    assert len({key for (key,) in seen.lines(PARTS, "claim_key")}) == 1


EQUAL_PARTS = WORLD.case(
    [Claim(lines=(Line(), Line()))], *(Claim(lines=(Line(paid=n),), icn=f"I{n}") for n in (10, 20))
)


def test_equal_lines_of_a_claim_answered_in_parts_are_not_counted_twice(seen):
    assert seen.paid(EQUAL_PARTS) == [10, 20]
    assert seen.superseded(EQUAL_PARTS) == []
