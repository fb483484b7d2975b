"""The claim that a remittance answers is found by its number and what contradicts or confirms it, never guessed.

All cases are claims of one feed, which is read once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.claims.remittance_pairs import Remittance
from tests.claims.remittance_world import BOTH, LATER, NEITHER, TWO, World

WORLD = World()


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    return WORLD.read(tmp_path_factory.mktemp("world"))


# The key of the claim.

NOT_THERE = WORLD.case([TWO], replace(TWO, id="C9"))


def test_a_remittance_of_a_claim_that_is_not_in_the_feed_is_set_aside_with_its_dollars(seen):
    assert seen.lines(NOT_THERE) == NEITHER
    assert seen.aside(NOT_THERE, "reason_code, paid") == [
        ("remittance_unmatched", 8_000),
        ("remittance_unmatched", 15_000),
    ]
    assert seen.unmatched(NOT_THERE) == [
        ("claim", "no remittance answers the claim"),
        ("remittance", "no claim of this number is in the feed"),
    ]


OTHER_PATIENT = WORLD.case([TWO], replace(TWO, member="X2"))
BEFORE = WORLD.case([replace(TWO, frequency="7", ref="OLD")], replace(TWO, icn="OLD"))
OTHER_PAYER = WORLD.case([TWO], Remittance((TWO,), payer="PAY2", payer_name="ANOTHER"))


@pytest.mark.parametrize(
    ("mark", "why"),
    [
        (OTHER_PATIENT, "the claim of this number is another patient's"),
        (BEFORE, "the claim of this number replaces the one that is answered"),
        (OTHER_PAYER, "the claim of this number went to another payer"),
    ],
    ids=["another patient", "the claim before", "another payer"],
)
def test_what_contradicts_is_not_joined(seen, mark, why):
    assert seen.lines(mark) == NEITHER
    assert ("remittance", why) in seen.unmatched(mark)
    assert sum(paid for (paid,) in seen.aside(mark, "paid")) == 23_000


PAYERS: tuple[dict[str, Any], ...] = (
    {"payer_name": "ANOTHER"},
    {"payer": "X", "payer_name": "Payer."},
    {"payer": ""},
    {"payer": "0PAY1"},
)
SAME_PAYER = [WORLD.case([TWO], Remittance((TWO,), **payer)) for payer in PAYERS]


@pytest.mark.parametrize("mark", SAME_PAYER, ids=["number", "name", "no number", "zeros before the number"])
def test_a_payer_is_the_same_by_its_number_or_its_name_or_where_it_gives_none(seen, mark):
    assert seen.lines(mark) == BOTH


FIGURES = WORLD.case([replace(TWO, member="123456789012")], replace(TWO, member="999456789012"))


def test_a_member_number_of_twelve_figures_is_no_mark_of_the_reader(seen):
    assert seen.lines(FIGURES) == NEITHER
    assert ("remittance", "the claim of this number is another patient's") in seen.unmatched(FIGURES)


LONGER = WORLD.case([TWO], replace(TWO, member="m1-01"))


def test_a_longer_member_number_is_the_same_patient(seen):
    assert seen.lines(LONGER) == BOTH


_OTHER = replace(TWO, member="X2", npi="1000000012")
PRACTICES = WORLD.case(
    [TWO, _OTHER, replace(TWO, npi="1000000020")],
    Remittance(
        (replace(_OTHER, icn="I2", lines=(replace(TWO.lines[0], paid=1), TWO.lines[1])),), npi="1000000012"
    ),
    Remittance(
        (replace(TWO, icn="I3", lines=(replace(TWO.lines[0], paid=2), TWO.lines[1])),), npi="1000000020"
    ),
)


def test_one_number_at_two_practices_is_told_by_patient_and_provider(seen):
    assert seen.lines(PRACTICES, "patient_id, billing_npi, paid")[::2] == [
        ("M1", "1000000004", None), ("X2", "1000000012", 1), ("M1", "1000000020", 2)]  # fmt: skip


_SECOND = replace(TWO, sequence="S", payer="PAY2", payer_name="SECOND", filing="CI")
COORDINATED = WORLD.case(
    [TWO, _SECOND],
    Remittance(
        (replace(_SECOND, status="2", icn="S1", lines=tuple(replace(line, paid=500) for line in TWO.lines)),),
        payer="PAY2",
        payer_name="SECOND",
    ),
    TWO,
)


def test_primary_and_secondary_claims_of_one_number_take_their_own_remittance(seen):
    assert seen.paid(COORDINATED) == [8_000, 15_000, 500, 500]


_OF_SECOND = replace(
    _SECOND, status="2", icn="S1", lines=tuple(replace(line, paid=500) for line in TWO.lines)
)
SECOND_BACK = WORLD.case(
    [TWO, _SECOND],
    TWO,
    Remittance((_OF_SECOND,), payer="PAY2", payer_name="SECOND"),
    Remittance((_OF_SECOND.reversal(),), payer="", payer_name="UNKNOWN", day=LATER),
)


def test_a_reversal_without_a_payer_is_of_the_claim_whose_payment_it_takes_back(seen):
    assert seen.lines(SECOND_BACK) == BOTH
    assert seen.lines(SECOND_BACK, "payer_sequence", "superseded") == [("S",)] * 2


UNNAMED = WORLD.case(
    [replace(TWO, payer="", payer_name="A"), replace(_SECOND, payer="", payer_name="B")],
    Remittance(
        (replace(_SECOND, status="2", icn="S1", lines=tuple(replace(line, paid=500) for line in TWO.lines)),),
        payer="",
        payer_name="C",
    ),
)


def test_the_place_of_the_payer_tells_two_claims_of_one_number_apart(seen):
    assert seen.paid(UNNAMED) == [None, None, 500, 500]


_FIXED = replace(TWO, lines=(replace(TWO.lines[0], charge=9_000, paid=7_000), TWO.lines[1]))
REPLACED = WORLD.case(
    [TWO, replace(_FIXED, frequency="7", ref="ICN1")],
    TWO,
    Remittance((TWO.reversal(), replace(_FIXED, icn="ICN2", frequency="7")), day=LATER),
)


def test_the_frequency_tells_the_replacement_from_the_original(seen):
    assert seen.lines(REPLACED) == [(1, 7_000), (2, 15_000)]
    assert seen.lines(REPLACED, "frequency_code, payer_icn[4:]", "superseded") == [("1", "ICN1")] * 2
    assert sum(paid or 0 for _, paid in seen.superseded(REPLACED)) == 0


FREQUENCIES = [
    WORLD.case(
        [TWO, replace(_FIXED, frequency="7", ref="ICN1")],
        replace(TWO, frequency=frequency),
        Remittance(
            (replace(TWO.reversal(), frequency=frequency), replace(_FIXED, icn="ICN2", frequency=frequency)),
            day=LATER,
        ),
    )
    for frequency in ("1", "")
]


@pytest.mark.parametrize("mark", FREQUENCIES, ids=["says original", "says nothing"])
def test_the_payers_number_tells_the_replacement_where_the_frequency_does_not(seen, mark):
    assert seen.lines(mark) == [(1, 7_000), (2, 15_000)]


_LAST = replace(TWO, lines=(replace(TWO.lines[0], paid=6_000), TWO.lines[1]))
REVERSED_AS_SEVEN = WORLD.case(
    [TWO, replace(TWO, frequency="7", ref="ICN1")],
    TWO,
    Remittance((replace(TWO.reversal(), frequency="7"), replace(TWO, icn="ICN2", frequency="7")), day=LATER),
)


def test_a_reversal_is_of_the_claim_whose_payment_it_takes_back_whatever_its_frequency(seen):
    assert seen.lines(REVERSED_AS_SEVEN, "frequency_code, paid") == [("7", 8_000), ("7", 15_000)]
    assert sum(paid or 0 for _, paid in seen.superseded(REVERSED_AS_SEVEN)) == 0


TWICE_REPLACED = WORLD.case(
    [TWO, replace(TWO, frequency="7", ref="ICN1"), replace(TWO, frequency="7", ref="ICN2")],
    TWO,
    Remittance((TWO.reversal(), replace(_FIXED, frequency="7", icn="ICN2")), day="20240215"),
    Remittance(
        (replace(_FIXED, frequency="7", icn="ICN2").reversal(), replace(_LAST, frequency="7", icn="ICN3")),
        day=LATER,
    ),
)


def test_a_claim_replaced_twice_takes_its_answers_in_turn(seen):
    assert seen.lines(TWICE_REPLACED, "original_ref[4:], payer_icn[4:], paid") == [
        ("ICN2", "ICN3", 6_000), ("ICN2", "ICN3", 15_000)]  # fmt: skip


RENUMBERED = WORLD.case(
    [TWO, replace(TWO, id="C2", frequency="7", ref="ICN1")],
    TWO,
    Remittance((TWO.reversal(), replace(TWO, id="C2", frequency="7", icn="ICN2")), day=LATER),
)


def test_the_remittance_links_a_replacement_of_another_number_to_what_it_replaces(seen):
    assert seen.lines(RENUMBERED, "claim_id, paid") == [
        (RENUMBERED + "C2", 8_000),
        (RENUMBERED + "C2", 15_000),
    ]
    assert (
        seen.lines(RENUMBERED, "claim_id, payer_icn[4:]", "superseded") == [(RENUMBERED + "C1", "ICN1")] * 2
    )


_TWIN = replace(TWO, payer="PAY2", payer_name="SECOND")
EITHER = WORLD.case([TWO, _TWIN], Remittance((TWO,), payer="", payer_name="UNKNOWN"))


def test_a_number_that_may_be_two_claims_is_not_guessed(seen):
    assert seen.paid(EITHER) == [None] * 4
    assert seen.aside(EITHER) == [("remittance_ambiguous",)] * 2
    assert ("remittance", "several claims of this number are possible") in seen.unmatched(EITHER)


BY_CHARGE = WORLD.case(
    [replace(_TWIN, lines=(replace(TWO.lines[0], charge=9_999), TWO.lines[1])), TWO],
    Remittance((TWO,), payer="", payer_name="UNKNOWN"),
)


def test_the_charge_of_the_claim_tells_two_of_one_number_apart(seen):
    assert seen.paid(BY_CHARGE) == [None, None, 8_000, 15_000]
