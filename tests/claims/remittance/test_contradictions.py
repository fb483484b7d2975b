"""Remittances that contradict themselves or the claim: reversals under another name, other payers, other line numbers.

All cases are claims of one feed, which is read once.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.claims import open_connection, read_claims
from tests.claims.remittance_pairs import Claim, Line, Remittance, pay
from tests.claims.remittance_world import LATER, World

WORLD = World()
PLAIN = Claim(lines=(Line(), Line("99214", 20_000, 15_000)))
TAKEN_BACK = replace(PLAIN.reversal(), status="1")
SECOND = replace(PLAIN, status="2", icn="SECOND", lines=(Line(paid=1_000), Line("99214", 20_000, 2_000)))


def by_name(*claims, name="BLUE CROSS"):
    """A remittance of a payer that gives no number."""
    return Remittance(claims, day=LATER, payer="", payer_name=name)


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    return WORLD.read(tmp_path_factory.mktemp("world"))


UNNAMED = WORLD.case([PLAIN], PLAIN, Remittance((TAKEN_BACK,), day=LATER))
CORRECTED = WORLD.case(
    [PLAIN], PLAIN,
    Remittance((TAKEN_BACK, replace(PLAIN, icn="ICN2", lines=(Line(paid=5_000), PLAIN.lines[1]))), day=LATER),
)  # fmt: skip


def test_a_payment_taken_back_without_status_22_is_not_paid_below_zero(seen):
    assert seen.lines(UNNAMED) == []
    assert seen.lines(UNNAMED, "paid, status", "superseded") == [(0, "reversed"), (0, "reversed")]


def test_what_corrects_it_stands(seen):
    assert seen.paid(CORRECTED) == [5_000, 15_000]
    assert seen.superseded(CORRECTED) == [
        ("taken back by the payer", 8_000), ("taken back by the payer", 15_000),
        ("takes a payment back", -15_000), ("takes a payment back", -8_000),
    ]  # fmt: skip


CROSSOVER = WORLD.case([PLAIN], PLAIN, by_name(SECOND))
ONLY_SECOND = WORLD.case([PLAIN], by_name(SECOND))
SAME_PAYER = WORLD.case([PLAIN], PLAIN, by_name(replace(SECOND, status="1"), name="PAYER OF MARYLAND"))
SECOND_BACK = WORLD.case([PLAIN], PLAIN, by_name(SECOND.reversal(icn="BACK")))


def test_a_second_payer_without_a_number_does_not_displace_what_the_first_paid(seen):
    assert seen.paid(CROSSOVER) == [8_000, 15_000]
    assert seen.aside(CROSSOVER, "reason_code, paid") == [
        ("remittance_unmatched", 1_000),
        ("remittance_unmatched", 2_000),
    ]
    assert seen.unmatched(CROSSOVER) == [("remittance", "the claim of this number went to another payer")]


def test_a_payer_that_spells_its_name_otherwise_still_answers(seen):
    assert seen.paid(ONLY_SECOND) == [1_000, 2_000]
    assert seen.paid(SAME_PAYER) == [1_000, 2_000]


def test_one_payer_does_not_take_back_what_another_paid(seen):
    assert seen.paid(SECOND_BACK) == [8_000, 15_000]


CROSSED = WORLD.case(
    [Claim(lines=(Line(control="1"), Line("99214", 20_000, 15_000, control="2")))],
    Claim(lines=(Line("99214", 20_000, 15_000, control="1"), Line(control="2"))),
)
CHANGED = WORLD.case(
    [Claim(lines=(Line(control="1"), Line("99214", 20_000, control="2")))],
    Claim(lines=(Line("99212", 20_000, 1_000, control="2"), Line(control="1"))),
)


def test_a_control_number_that_code_and_charge_contradict_joins_nothing(seen):
    assert seen.paid(CROSSED) == [8_000, 15_000]
    assert seen.joined(CROSSED) == [("code_modifiers_date_charge", 2)]


def test_a_control_number_joins_a_line_whose_code_the_payer_changed(seen):
    assert seen.paid(CHANGED) == [8_000, 1_000]


ORIGINAL = Claim(lines=(Line(),))
REPLACEMENT = Claim(lines=(Line("99212", 7_000, 6_000),), frequency="7", ref="ICN1")
REPLACED = WORLD.case(
    [ORIGINAL, REPLACEMENT], ORIGINAL,
    Remittance((ORIGINAL.reversal(), replace(REPLACEMENT, icn="ICN2", ref="")), day=LATER),
)  # fmt: skip
VOIDED = WORLD.case(
    [ORIGINAL, replace(ORIGINAL, frequency="8", ref="ICN1")], ORIGINAL,
    Remittance((ORIGINAL.reversal(),), day=LATER),
)  # fmt: skip


def test_a_replacement_of_a_payment_that_was_taken_back_is_no_orphan(seen):
    assert seen.lines(REPLACED, "paid, version_note") == [(6_000, None)]


def test_nor_is_a_void(seen):
    assert ("voids a claim", None) in seen.superseded(VOIDED)
    assert seen.lines(VOIDED) == []


ONE_LINE = WORLD.case(
    [PLAIN], PLAIN, Remittance((Claim(lines=(Line(charge=-10_000, paid=-8_000),), status="22"),), day=LATER)
)
LINE_BACK = Claim(lines=(Line(charge=-10_000, paid=-8_000),), status="22")
TWICE = WORLD.case(
    [PLAIN], PLAIN, Remittance((LINE_BACK,), day="20240210"),
    Remittance((replace(PLAIN, icn="ICN2"),), day="20240220"), Remittance((LINE_BACK,), day=LATER),
)  # fmt: skip
ALL_BUT_CENTS = WORLD.case(
    [PLAIN], PLAIN,
    Remittance((Claim(lines=(Line(charge=-10_000, paid=-7_900), Line("99214", -20_000, -15_000)), status="22"),),
               day=LATER),
)  # fmt: skip


def test_a_reversal_of_one_line_leaves_the_others_paid(seen):
    assert seen.lines(ONE_LINE) == [(2, 15_000)]
    assert seen.lines(ONE_LINE, "line_no, paid, status", "superseded") == [(1, 0, "reversed")]
    assert seen.superseded(ONE_LINE) == [
        ("reversed by the payer, or not final", 0),
        ("taken back by the payer", 8_000),
        ("takes a payment back", -8_000),
    ]


def test_a_line_paid_twice_and_taken_back_twice_is_not_paid(seen):
    assert seen.lines(TWICE) == [(2, 15_000)]
    assert seen.superseded(TWICE).count(("taken back by the payer", 8_000)) == 2


def test_a_reversal_of_every_line_takes_back_the_claim_though_its_amount_differs(seen):
    assert seen.lines(ALL_BUT_CENTS) == []


def test_a_line_taken_back_and_corrected_alone_in_its_remittance_is_the_earlier_one(tmp_path):
    correction = Claim(lines=(Line(paid=7_000),), icn="ICN2")
    back = replace(correction, icn="ICN1", status="22", lines=(Line(charge=-10_000, paid=-8_000),))
    (tmp_path / "1.835").write_text(pay(Remittance((PLAIN,))))
    (tmp_path / "2.835").write_text(pay(Remittance((back, correction), day=LATER)))
    con = open_connection("1GB", 2, tmp_path / "spill")
    read_claims(con, [tmp_path / "1.835", tmp_path / "2.835"])
    found = con.execute("SELECT code, paid FROM claim_line WHERE state = 'audited' ORDER BY code").fetchall()
    assert found == [("99213", 7_000), ("99214", 15_000)]
