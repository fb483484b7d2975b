"""Feeds with remittances: alone, in any order, in one file with their claims; what a run tells of the join."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.claims.readers.x12 import files
from tests.claims.remittance_pairs import Claim, Line, Remittance, bill, remit

TWO = Claim(lines=(Line(control="A1"), Line("99214", 20_000, 15_000, control="A2")))


def paid(got):
    return got.rows("SELECT claim_id, line_no, paid FROM claim_line WHERE state = 'audited' ORDER BY line_id")


def test_a_feed_of_remittances_alone_is_audited_from_its_own_lines(read):
    whole = replace(TWO, id="C2", lines=(), charge=30_000, paid=20_001, cas=(("CO", "45", 9_999),))
    equal = Claim("C3", lines=(Line(charge=4_000, paid=5_000), Line("99214", 12_000, 5_000)))
    got = read(remit(replace(TWO, cas=(("CO", "253", 460),)), whole, equal))
    assert paid(got) == [("C1", 1, 7_840), ("C1", 2, 14_700), ("C3", 1, 5_000), ("C3", 2, 5_000)]
    assert got.rows("SELECT claim_id, reason_code, charge, paid FROM set_aside") == [
        ("C2", "remittance_whole", 30_000, 20_001)]  # fmt: skip
    rates = got.feed.remittances
    assert (rates.remittances, rates.service_lines, rates.lines, rates.shared_amounts) == (3, 4, 0, 1)
    assert got.column("SELECT count(*) FROM remittance_unmatched") == [0]
    assert got.tie.paid_in == 23_000 - 460 + 20_001 + 10_000


def test_claims_without_remittances_have_no_match_rates(read):
    got = read(bill(TWO))
    assert got.feed.remittances is None
    assert paid(got) == [("C1", 1, None), ("C1", 2, None)]


def test_the_order_of_the_files_does_not_matter_and_the_rates_are_told(read):
    other = replace(TWO, id="C2")
    got = read(remit(TWO, plb=1_234), bill(TWO, other))
    assert paid(got) == [("C1", 1, 8_000), ("C1", 2, 15_000), ("C2", 1, None), ("C2", 2, None)]
    tie = got.tie
    assert (tie.rows_read, tie.lines_read, tie.lines_audited, tie.lines_joined) == (3, 6, 4, 2)
    assert (tie.charge_in, tie.charge_audited, tie.charge_joined) == (90_000, 60_000, 30_000)
    rates = got.feed.remittances
    assert (rates.claims, rates.claims_matched, rates.lines, rates.lines_matched) == (2, 1, 4, 2)
    assert (rates.by_claim_key, rates.by_line_key) == ({"number": 1}, {"control_number": 2})
    assert (rates.paid_matched, rates.paid_unmatched) == (23_000, 0)
    told = "1 of 1 remittances are joined to 1 of 2 claims, and 2 of 2 of their lines to 2 of 4 claim lines"
    assert told in got.feed.notes
    assert any("1 provider adjustments (PLB) of $12.34" in note for note in got.feed.notes)


def test_claims_and_their_remittance_may_stand_in_one_file(read):
    claims = [segment for segment in bill(TWO).split("~\n") if segment][2:-2]
    both = files.interchange(
        files.group(claims),
        files.group(Remittance((TWO,)).segments(), version="005010X221A1", code="HP", control="2"),
    )
    got = read(files.text(both))
    assert paid(got) == [("C1", 1, 8_000), ("C1", 2, 15_000)]
    assert [(file.rows, file.lines) for file in got.feed.files] == [(2, 4)]


def test_claims_of_another_format_are_joined_and_those_with_payments_keep_them(read, table):
    rows = table(
        "C1,1,M1,2024-01-05,99213,1,100,", "C1,2,M1,2024-01-05,99214,1,200,",
        "C2,1,M1,2024-01-05,99213,1,100,70", "C2,2,M1,2024-01-05,99214,1,200,140",
    )  # fmt: skip
    got = read(rows, remit(TWO, replace(TWO, id="C2", icn="ICN2"), payer=""))
    assert paid(got) == [("C1", 1, 8_000), ("C1", 2, 15_000), ("C2", 1, 7_000), ("C2", 2, 14_000)]
    assert got.column("SELECT DISTINCT reason_code FROM set_aside") == ["remittance_beside"]
    assert got.tie.paid_in == 23_000 + 21_000 + 23_000


def test_a_payment_that_is_no_number_stays_set_aside(read):
    got = read(bill(TWO), remit(TWO).replace("SVC*HC:99213*100*80*", "SVC*HC:99213*100*8O*"))
    assert got.column("SELECT reason_code FROM set_aside") == ["paid_invalid"]
    assert paid(got) == [("C1", 1, None), ("C1", 2, 15_000)]


@pytest.mark.slow
def test_the_same_files_in_other_wrappings_give_the_same_lines(read):
    plain = read(bill(TWO), remit(TWO))
    again = remit(TWO).replace("~\n", "~").replace("000000001", "000000002")
    got = read(bill(TWO), remit(TWO), again, bill(TWO).replace("~\n", "\n"))
    assert paid(got) == paid(plain)
    assert got.tie.paid_audited == plain.tie.paid_audited


def test_lines_of_a_hospital_are_found_by_revenue_code_and_their_payments_are_their_own(read):
    claim = Claim(lines=(Line("0120", 10_000, 8_000), Line("99214", 20_000, 15_000), Line("0250", 5_000, 0)))
    sent = bill(claim).replace("005010X222A1", "005010X223A3").replace("11:B:1", "13:A:1")
    for code, revenue in (("0120", "0120"), ("99214", "0450"), ("0250", "0250")):
        procedure = "HC:99214" if code == "99214" else ""
        for amount in ("100", "200", "50"):
            old = f"SV1*HC:{code}*{amount}*UN*1***1"
            sent = sent.replace(old, f"SV2*{revenue}*{procedure}*{amount}*UN*1")
    assert sent.count("SV2*") == 3
    answered = remit(replace(claim, lines=claim.lines[:1])).replace("SVC*HC:0120*", "SVC*NU:0120*")
    got = read(sent, answered)
    assert got.rows("SELECT revenue_code, paid, paid_allocated FROM claim_line ORDER BY line_no") == [
        ("0120", 8_000, False), ("0450", 0, False), ("0250", 0, False)]  # fmt: skip
    assert got.column("SELECT DISTINCT setting FROM claim_line") == ["outpatient_hospital"]
