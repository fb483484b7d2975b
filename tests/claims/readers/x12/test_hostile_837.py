"""837 files in which a wrong provider, patient or line would be read without a word."""

from __future__ import annotations

import pytest

from tests.claims.readers.x12.files import BILLING, LINE, SUBSCRIBER, claim, read, whole

SECOND_BILLING = ("HL*5**20*1", "NM1*85*2*OTHER*****XX*1000000012", "N4*BALTIMORE*MD*212020001")
DAY = "DTP*472*D8*20240105"


def subscriber(own: str, parent: str, member: str) -> tuple[str, ...]:
    return (f"HL*{own}*{parent}*22*0", SUBSCRIBER[1], f"NM1*IL*1*ONE*ANN****MI*{member}", *SUBSCRIBER[3:])


def test_providers_before_all_subscribers_are_told_by_the_parent_that_hl_names():
    got = read(whole(*subscriber("6", "1", "M1"), claim(), *subscriber("7", "5", "M2"), claim(),
                     levels=(*BILLING, *SECOND_BILLING)))  # fmt: skip
    assert got.values("billing_npi") == ["1000000004", "1000000012"]
    assert got.names == ["hl_order", "rendering_is_billing"]


def test_a_parent_that_is_not_the_provider_before_is_noticed():
    got = read(whole(*subscriber("2", "1", "M1"), claim(), *SECOND_BILLING, *subscriber("6", "1", "M2"), claim(),
                     levels=BILLING))  # fmt: skip
    assert got.values("billing_npi") == ["1000000004", "1000000012"]
    assert "hl_parent" in got.names


def test_a_dependent_of_another_subscriber_than_the_one_before_is_noticed():
    got = read(whole(*subscriber("2", "1", "M1"), *subscriber("3", "1", "M2"), "HL*4*2*23*0", "PAT*19",
                     "NM1*QC*1*ONE*TED", "DMG*D8*20100203*M", claim(), levels=BILLING))  # fmt: skip
    assert "hl_parent" in got.names


def test_numbers_of_levels_that_begin_anew_for_each_provider_are_no_oddity():
    again = (BILLING[0], *SECOND_BILLING[1:])
    got = read(whole(*SUBSCRIBER, claim(), *again, *SUBSCRIBER, claim(), levels=BILLING))
    assert got.values("billing_npi") == ["1000000004", "1000000012"]
    assert got.names == ["rendering_is_billing"]


def test_dependents_that_bear_the_number_of_the_subscriber_are_told_apart():
    kids = [(f"HL*{n}*2*23*0", "PAT*19", f"NM1*QC*1*ONE*{name}****MI*M1", "DMG*D8*20100203*M", *claim())
            for n, name in ((3, "TED"), (4, "TIM"))]  # fmt: skip
    ted, tim = read(whole(*kids[0], *kids[1])).values("patient_id")
    assert ted != tim
    assert ted.startswith("M1-") and tim.startswith("M1-")


@pytest.mark.parametrize("named", ["NM1*82*1*DOE*JOHN", "NM1*82*1*DOE*JOHN****24*990000002"])
def test_a_rendering_provider_without_an_npi_is_not_the_billing_provider(named):
    got = read(whole(claim(named, "REF*G2*77")))
    assert "rendering_npi" not in got.row
    assert got.names == ["rendering_without_npi"]


def test_nor_is_that_of_a_line_the_one_of_the_claim():
    lines = (*LINE, "NM1*82*1*ROE*JANE", "LX*2", "SV1*HC:99214*0*UN*1***1", DAY)
    got = read(whole(claim("NM1*82*1*DOE*JOHN****XX*1000000020", lines=lines)))
    assert got.values("rendering_npi") == [None, "1000000020"]
    assert got.names == ["rendering_without_npi"]


def test_line_numbers_that_begin_anew_after_999_repeat_no_line():
    lines = [one for n in range(1002) for one in (f"LX*{n % 999 + 1}", "SV1*HC:99213*1*UN*1***1", DAY)]
    got = read(whole(claim(clm="CLM*C1*1002***11:B:1", lines=tuple(lines))))
    assert got.values("line_no") == [str(n) for n in range(1, 1003)]
    assert "line_number" in got.names and not got.aside


def test_a_name_that_holds_the_separator_does_not_shift_the_number_after_it():
    levels = (BILLING[0], "NM1*85*2*GRO*UP*****XX*1000000004", *BILLING[3:], SUBSCRIBER[0], SUBSCRIBER[1],
              "NM1*IL*1*O*NE*ANN****MI*M1", SUBSCRIBER[3], "NM1*PR*2*PA*YER*****PI*PAY1")  # fmt: skip
    row = (got := read(whole(claim(), levels=levels))).row
    assert (row["patient_id"], row["billing_npi"], row["payer_id"]) == ("M1", "1000000004", "PAY1")
    assert [one[0] for one in got.told].count("name_shifted") == 3


def test_an_amount_of_thousands_of_digits_is_passed_on_and_said():
    amount = "1" * 5000
    got = read(whole(claim(clm=f"CLM*C1*{amount}***11:B:1")))
    assert "bad_number" in got.names and len(got.values("line_no")) == 1
