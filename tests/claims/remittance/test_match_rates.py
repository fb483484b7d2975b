"""The figures of a join of remittances, in words."""

from __future__ import annotations

from auditor.claims.remittance.match_rates import MatchRates


def test_shares_are_cut_so_that_only_all_is_the_whole() -> None:
    told = dict(MatchRates(claims=10_000, claims_matched=9_999, lines=3, lines_matched=3).figures())
    assert told["Claims that a remittance answers"] == "9,999 of 10,000 (99.9 %)"
    assert told["Claim lines that a remittance answers"] == "3 of 3 (100.0 %)"


def test_keys_stand_in_the_order_in_which_they_are_asked() -> None:
    rates = MatchRates(
        claims=5,
        by_claim_key={"charge": 1, "number": 3},
        by_line_key={"submitted_code": 1, "control_number": 7},
    )
    assert [says for says, _ in rates.figures() if " told by " in says] == [
        "Claims told by the claim number alone, which one claim has",
        "Claims told by the claim number and the charge",
        "Lines told by the line control number (REF 6R)",
        "Lines told by the code that was sent (SVC06)",
    ]


def test_remittances_alone_and_nothing_at_all() -> None:
    assert MatchRates().figures() == ()
    assert MatchRates(remittances=2, service_lines=5, reversals=1).figures() == (
        ("Remittances without claims beside them, audited as they stand", "2"),
        ("Service lines of these", "5"),
        ("Reversals", "1"),
    )
