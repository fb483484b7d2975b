"""The profile of claims that were read: what is counted, and against what it must add up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest

from auditor.claims import ReadOptions, open_connection, read_claims, reconcile
from auditor.claims.profile import profiling as profile
from auditor.claims.profile.model import Amounts, ClaimsProfile, Coverage, TieOut
from auditor.claims.profile.profiling import profile_claims
from auditor.claims.remittance.match_rates import MatchRates
from tests.claims.conftest import Read, Reading

HEADER = (
    "claim_id,line_no,payer_id,patient_id,claim_type,tob,rendering_npi,date_from,code,revenue_code,mod1,mod2,units,"
    "charge,allowed,paid,dx1,ndc,frequency_code,original_ref"
)
ROWS = """\
A1,1,A,P1,P,,1234567893,2024-01-31,99213,,25,59,1,100,70,50.25,E11.9,00409379501,1,
A1,2,A,P1,P,,1234567893,2024-02-01,99214,,25,,1,200,80,60,I10,,1,
A2,1,A,P2,P,,,2024-03-29,99213,,,,1,,,,,,1,
A3,1,A,P2,P,,1234567893,2024-04-02,99213,,,,1,10,5,1,,,1,
A3,1,A,P2,P,,1234567893,2024-04-02,99213,,,,1,9,4,2,,,7,A3
B1,1,B,P1,I,131,1234567893,2024-02-02,,0450,,,1,40,,30,,,1,
B1,1,B,P1,I,131,1234567893,2024-02-02,,0450,,,1,40,,30,,,1,
B1,1,B,P1,I,131,1234567893,2024-02-02,,0450,,,3,40,,30,,,1,
N1,1,,P3,P,,1234567893,2024-01-03,99213,,,,1,1,1,1,,,1,
X1,1,A,,P,,,2024-01-31,99213,,,,1,30,25,20,,,1,
X2,1,A,,P,,,2024-01-31,99213,,,,1,30,25,20,,,1,
X3,1,A,P9,P,,,,99213,,,,1,30,25,,,,1,
"""
"""A replaced claim, a repeat and a second row of one key, and three rows that are no lines."""


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Read]:
    folder = tmp_path_factory.mktemp("feed")
    (folder / "feed.csv").write_text(f"{HEADER}\n{ROWS}", encoding="utf-8")
    with open_connection("1GB", 2, folder / "spill") as con:
        read = read_claims(con, [folder / "feed.csv"], ReadOptions())
        yield Read(con, read, reconcile(con, read))


@pytest.fixture(scope="module")
def found(feed: Read) -> ClaimsProfile:
    return profiled(feed)


def profiled(made: Read) -> ClaimsProfile:
    return profile_claims(made.con, made.feed, made.tie)


def covered(found: ClaimsProfile, field: str) -> Coverage:
    (item,) = [item for item in found.coverage if item.field == field]
    return item


def test_lines_and_dollars_by_month_add_up_to_the_whole(found: ClaimsProfile) -> None:
    assert [
        (m.month, m.amounts.lines, m.amounts.claims, m.amounts.charge, m.amounts.paid) for m in found.months
    ] == [
        ("2024-01", 2, 2, 10_100, 5_125),
        ("2024-02", 2, 2, 24_000, 9_000),
        ("2024-03", 1, 1, None, None),
        ("2024-04", 1, 1, 900, 200),
    ]
    assert found.whole == Amounts(6, 5, 35_000, 15_500, 14_325)
    assert (found.first, found.last) == (date(2024, 1, 3), date(2024, 4, 2))
    assert found.gaps == ()


def test_what_came_in_is_what_is_audited_superseded_and_set_aside(found: ClaimsProfile) -> None:
    assert found.tie_out == (
        TieOut("charge", 53_000, 35_000, 1_000, 17_000, 0),
        TieOut("allowed", None, 15_500, 500, 7_500),
        TieOut("paid", 24_425, 14_325, 100, 10_000, 0),
    )
    assert [tie.ties for tie in found.tie_out] == [True, None, True]
    counts = found.counts
    assert (
        counts["lines_read"]
        == 12
        == counts["lines_audited"] + counts["lines_superseded"] + counts["lines_set_aside"]
    )
    assert [(item.reason, item.lines, item.paid) for item in found.superseded] == [("replaced", 1, 100)]
    assert found.versions == (("1", "audited", 4), ("1", "superseded", 1), ("7", "audited", 1))


def test_a_sum_that_does_not_add_up_does_not_tie() -> None:
    tie = TieOut("paid", 100, 60, 20, 15)
    assert tie.ties is False
    assert replace(tie, joined=5).ties is True


def test_rows_set_aside_for_another_row_are_one_reason_whatever_its_number(found: ClaimsProfile) -> None:
    assert [(item.code, item.reason, item.lines, item.charge, item.paid) for item in found.set_aside] == [
        ("patient_id_missing", found.set_aside[0].reason, 2, 6_000, 4_000),
        ("date_from_missing", "date_from is blank", 1, 3_000, None),
        ("line_key_used", "claim line key already used by an earlier row", 1, 4_000, 3_000),
        ("line_repeated", "repeats an earlier row", 1, 4_000, 3_000),
    ]


def test_reasons_beyond_the_first_are_added_up(feed: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile, "REASONS", 1)
    told = profiled(feed).set_aside[1:]
    assert [(item.reason, item.lines, item.charge, item.paid) for item in told] == [
        ("3 further reasons", 3, 11_000, 6_000)
    ]


def test_a_field_is_covered_as_far_as_it_is_filled(found: ClaimsProfile) -> None:
    modifiers, dx, code = covered(found, "modifiers"), covered(found, "dx"), covered(found, "code")
    assert (modifiers.named, modifiers.filled, modifiers.lines, modifiers.distinct) == (True, 2, 6, 2)
    assert modifiers.by_type == {"institutional": (0, 1), "professional": (2, 5)}
    assert (dx.filled, dx.distinct) == (2, 2)
    assert (code.filled, code.distinct) == (5, 2)
    assert covered(found, "revenue_code").by_type == {"institutional": (1, 1), "professional": (0, 5)}


def test_a_field_that_no_file_has_is_named_and_not_filled(found: ClaimsProfile) -> None:
    for field in ("dx_ptr", "birth_date", "referring_npi", "icd9"):
        item = covered(found, field)
        assert (item.named, item.filled, item.distinct) == (False, 0, 0)
    made = covered(found, "line_of_business")
    assert (made.named, made.filled) == (False, 6)  # the reader's own word


def test_a_field_that_few_feeds_have_is_covered_where_a_file_has_it(found: ClaimsProfile) -> None:
    assert (covered(found, "ndc").named, covered(found, "ndc").filled) == (True, 1)


def test_payers_are_told_with_their_months_and_what_they_lack_of_the_feeds(found: ClaimsProfile) -> None:
    assert [(p.payer_id, p.line_of_business, p.amounts.lines, p.amounts.paid) for p in found.payers] == [
        ("A", "medicare", 4, 11_225),
        (None, "medicare", 1, 100),
        ("B", "medicare", 1, 3_000),
    ]
    assert [(gap.first, gap.last, gap.at_edge) for gap in found.payers[2].gaps] == [
        ("2024-01", "2024-01", True),
        ("2024-03", "2024-04", True),
    ]
    assert [month.month for month in found.payers[2].months] == ["2024-02"]
    assert found.counts["patients"] == 4 and found.counts["patients_across_payers"] == 3


def test_payers_beyond_the_first_are_added_up(
    feed: Read, found: ClaimsProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profile, "PAYERS", 1)
    payers = profiled(feed).payers
    assert [(p.payer_id, p.of, p.amounts.lines) for p in payers] == [("A", 1, 4), (None, 2, 2)]
    assert sum(p.amounts.paid or 0 for p in payers) == found.whole.paid


def test_lines_without_an_amount_or_a_provider_are_counted(found: ClaimsProfile) -> None:
    assert found.counts["lines_without_amount"] == 1
    assert found.counts["lines_without_provider"] == 2
    assert found.counts["providers"] == 1


@pytest.mark.slow
def test_what_the_history_of_a_claim_says_is_counted(feed: Read, read: Reading) -> None:
    made = read(f"{HEADER}\nA9,1,A,P2,P,,1234567893,2024-04-02,99213,,,,1,9,4,2,,,7,NOT-HERE\n")
    assert [(item.code, item.lines, item.paid) for item in profiled(made).history] == [
        ("orphan_replacement", 1, 200)
    ]
    assert profiled(feed).history == ()


def test_a_feed_of_which_nothing_can_be_audited_has_an_empty_profile(read: Reading) -> None:
    found = profiled(read(f"{HEADER}\nX1,1,A,,P,,,2024-01-31,99213,,,,1,30,25,20,,,1,\n"))
    assert found.whole == Amounts(0, 0, None, None, None)
    assert (found.first, found.last, found.months, found.payers, found.kinds) == (None, None, (), (), ())
    assert all(item.filled == 0 for item in found.coverage)
    assert [tie.set_aside for tie in found.tie_out if tie.name == "paid"] == [2_000]


def test_a_header_payment_is_told_with_what_it_comes_to(read: Reading) -> None:
    line = "C1,{n},A,P1,I,131,,2024-01-31,9921{n},0450,,,1,{n}00,,250,,,1,"
    found = profiled(read("\n".join([HEADER, line.format(n=1), line.format(n=3)]) + "\n"))
    assert (found.allocated.lines, found.allocated.claims, found.allocated.paid) == (2, 1, 25_000)


def test_diagnostics_are_told_once_a_kind_the_gravest_first(feed: Read) -> None:
    feed.con.execute(
        "INSERT INTO claim_diagnostic (source_file, name, severity, says, source_pos, byte_offset, claim_id) VALUES "
        "('b.837', 'se_count', 'warning', 'SE01 is not the number of segments', 40, 900, NULL), "
        "('a.837', 'se_count', 'warning', 'SE01 is not the number of segments', 7, 90, NULL), "
        "('a.837', 'truncated', 'error', 'the file ends inside a claim', 9, 120, 'C1')"
    )
    first, second = profiled(feed).diagnostics
    feed.con.execute("DELETE FROM claim_diagnostic")
    assert (first.name, first.times, first.claims, first.places) == ("truncated", 1, 1, (("a.837", 9, 120),))
    assert (second.times, second.claims, second.places) == (2, 0, (("a.837", 7, 90), ("b.837", 40, 900)))


@dataclass(frozen=True)
class _FeedWithRates:
    fields: frozenset[str]
    remittances: Any


def test_what_a_join_of_remittances_tells_is_told_on(feed: Read) -> None:
    columns = "source_file VARCHAR, source_pos BIGINT, claim_id VARCHAR, side VARCHAR, why VARCHAR"
    feed.con.execute(f"CREATE OR REPLACE TABLE remittance_unmatched ({columns})")
    feed.con.execute(
        "INSERT INTO remittance_unmatched SELECT 'a', 1, 'C', 'claim', 'no answer' FROM range(2)"
    )
    joined: Any = _FeedWithRates(
        feed.feed.fields, MatchRates(claims=3, claims_matched=2, paid_matched=12_345)
    )
    found = profile_claims(feed.con, joined, feed.tie)
    feed.con.execute("DROP TABLE remittance_unmatched")
    assert ("Claims that a remittance answers", "2 of 3 (66.6 %)") in found.remittances
    assert ("Paid on the lines that are joined", "$123.45") in found.remittances
    assert found.unmatched == (("claim", "no answer", 2),)


def test_the_same_claims_give_the_same_profile(feed: Read, found: ClaimsProfile) -> None:
    assert profiled(feed) == found
