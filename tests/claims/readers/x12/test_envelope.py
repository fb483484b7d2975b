"""Control counts and numbers: what does not agree is said, and everything is read."""

from __future__ import annotations

import pytest

from tests.claims.readers.x12.files import ISA, claim, group, interchange, read, text, transaction, whole

QUIET = {"rendering_is_billing"}


def numbered(number: int) -> list[str]:
    return claim(clm=f"CLM*C{number}*100***11:B:1*Y*A*Y*Y")


def names(segments: list[str] | str) -> list[str]:
    return [name for name in read(segments).names if name not in QUIET]


def test_a_file_in_order_says_nothing():
    made = interchange(
        group(transaction(claim(), control="0001"), transaction(claim(), control="0002")),
        group(transaction(claim())),
    )
    assert names(made) == []


def test_a_wrong_number_of_segments_is_said_at_the_se():
    found = read(whole(claim(), count=99))
    told = [one for one in found.told if one[0] == "segment_count"]
    assert [(one[1], one[3]) for one in told] == [("warning", 21)]
    assert found.values("claim_id") == ["C1"]


@pytest.mark.parametrize(
    ("wrong", "right", "name"),
    [
        ("GE*1*1", "GE*2*1", "transaction_count"),
        ("IEA*1*000000001", "IEA*3*000000001", "group_count"),
        ("SE*19*0001", "SE*19*0002", "transaction_control"),
        ("GE*1*1", "GE*1*7", "group_control"),
        ("IEA*1*000000001", "IEA*1*000000002", "interchange_control"),
        ("GE*1*1", "GE*one*1", "count_unreadable"),
        ("SE*19*0001", "SE**0001", "count_unreadable"),
        ("SE*19*0001", f"SE*{'9' * 5000}*0001", "count_unreadable"),
    ],
)
def test_what_does_not_agree_is_said(wrong: str, right: str, name: str):
    segments = whole(claim())
    assert wrong in segments
    found = read([right if segment == wrong else segment for segment in segments])
    assert name in found.names
    assert found.values("claim_id") == ["C1"]


def test_zeros_before_a_control_number_are_nothing():
    segments = [("IEA*1*1" if segment.startswith("IEA") else segment) for segment in whole(claim())]
    assert names(segments) == []


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("SE", ["se_missing", "claim_cut_off"]),
        ("GE", ["ge_missing"]),
        ("IEA", ["iea_missing"]),
        ("ST", ["st_missing", "envelope_order"]),
        ("GS", ["envelope_order"]),
        ("ISA", ["no_isa", "envelope_order"]),
    ],
)
def test_a_missing_header_or_trailer_is_said_and_the_claims_are_read(missing: str, expected: list[str]):
    segments = [segment for segment in whole(claim()) if segment.split("*")[0] != missing]
    found = read(segments)
    assert found.values("claim_id") == ["C1"]
    assert set(expected) <= set(found.names)


def test_a_file_that_ends_after_a_segment_says_that_its_last_claim_may_lack_lines():
    segments = whole(numbered(1), numbered(2))
    found = read(segments[: segments.index("LX*1", 20) + 2])
    told = {(one[0], one[5]) for one in found.told}
    assert ("claim_cut_off", "C2") in told and ("claim_cut_off", "C1") not in told
    assert {"se_missing", "ge_missing", "iea_missing"} <= set(found.names)
    assert found.values("claim_id") == ["C1", "C2"]


def test_several_interchanges_groups_and_transactions_are_all_read():
    first = interchange(
        group(transaction(numbered(1)), transaction(numbered(2), control="0002")),
        group(transaction(numbered(3)), control="2"),
    )
    second = interchange(group(transaction(numbered(4))), isa=ISA.replace("000000001", "000000002"))
    found = read(text(first) + text(second, "|", ">", "'", "!"))
    assert found.values("claim_id") == ["C1", "C2", "C3", "C4"]
    assert [name for name in found.names if name not in QUIET] == []


def test_no_party_of_a_transaction_holds_in_the_next():
    bare = transaction(numbered(2), levels=())
    found = read(interchange(group(transaction(numbered(1)), bare)))
    second = found.rows[1]
    assert not {"patient_id", "billing_npi", "payer_id", "birth_date"} & set(second)
    assert "patient_unknown" in found.names


def test_claims_in_a_transaction_of_another_name_are_read_and_said():
    for kind in ("838", "999", ""):
        found = read(whole(claim(), kind=kind))
        assert found.values("claim_id") == ["C1"]
        assert "transaction_type" in found.names


def test_a_diagnostic_that_comes_often_is_told_a_thousand_times_and_then_counted():
    lines = tuple(
        part
        for number in range(1, 1203)
        for part in (f"LX*{number}", "SV1*HC:99213*1,0*UN*1***1", "DTP*472*D8*20240105")
    )
    found = read(whole(claim(lines=lines)))
    told = [one for one in found.told if one[0] == "bad_number"]
    assert len(told) == 1001
    assert told[-1][2].endswith("(and 202 more)")
