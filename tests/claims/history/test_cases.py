"""Replacements and voids, each resolved to what finally stands, and what is said of it."""

from __future__ import annotations

from tests.claims.histories import Resolved, case, line, resolved

__all__ = ["resolved"]

# Replacements

TWICE_REPLACED = case(
    line("A", icn="I1"), line("B", "7", "I1", "I2"), line("C", "7", "I2", "I3"), in_every_order=True
)


def test_a_replacement_of_a_replacement_stands_in_whatever_order_the_rows_come(resolved: Resolved) -> None:
    for got in resolved(TWICE_REPLACED):
        assert got.finals == [("C", "I3", "7", None)]
        assert {(by, why) for _, by, why in got.superseded} == {("C", "replaced")}


BY_ICN = case(line("A", icn="I1"), line("A", icn="I2", code="99214"), line("C", "7", "I2", "I3"))


def test_a_reference_may_be_the_payers_number(resolved: Resolved) -> None:
    (got,) = resolved(BY_ICN)
    assert got.finals == [("A", "I1", "1", None), ("C", "I3", "7", None)]


LATER_FILE = case(line("A", "7"), late=(line("A"),))


def test_a_replacement_stands_although_its_original_lies_in_a_later_file(resolved: Resolved) -> None:
    (got,) = resolved(LATER_FILE)
    assert got.finals == [("A", None, "7", None)]


ONE_DAY = case(line("A", "7", "X", "I3", "2024-08-01", "2024-08-20"),
               line("A", "7", "X", "I2", "2024-08-01", "2024-08-10"), line("X", received="2024-07-05"))  # fmt: skip
ONE_DAY_ONLY = case(
    line("A", "7", "X", "I3", "2024-08-01"), line("A", "7", "X", "I2", "2024-08-01"), line("X")
)
NO_DAY = case(line("A", "7", "X", "I3"), line("A", "7", "X", "I2"), line("X"))


def test_of_two_replacements_of_a_day_the_one_paid_last_stands_else_the_last_in_the_source(
    resolved: Resolved,
) -> None:
    assert [next(resolved(one)).finals[0][1] for one in (ONE_DAY, ONE_DAY_ONLY, NO_DAY)] == ["I3", "I2", "I2"]


ODD_DAYS = case(line("A", received="2024-08-10"), line("A", "7", received="2024-08-01"), in_every_order=True)


def test_a_replacement_dated_before_its_only_original_replaces_it_all_the_same(resolved: Resolved) -> None:
    for got in resolved(ODD_DAYS):
        assert got.finals == [("A", None, "7", None)]


ADJUSTED = {code: case(line("A", icn="I1"), line("A", code, "", "I2")) for code in "6FGHIJKMPQ"}


def test_an_adjustment_that_the_payer_began_replaces_the_claim_of_its_number(resolved: Resolved) -> None:
    for code, one in ADJUSTED.items():
        assert next(resolved(one)).finals == [("A", "I2", code, None)]


BESIDE = {code: case(line("A"), line("A", code), line("A", code, "A", "I2")) for code in "23459ABD"}


def test_interim_late_and_final_bills_replace_nothing(resolved: Resolved) -> None:
    for one in BESIDE.values():
        (got,) = resolved(one)
        assert (len(got.finals), got.notes, got.superseded) == (3, [], [])


CIRCLE = case(line("A", "7", "B"), line("B", "7", "A"))


def test_circular_references_end_and_leave_one_version(resolved: Resolved) -> None:
    assert len(next(resolved(CIRCLE)).finals) == 1


# Voids

NEW_ORIGINAL = case(
    line("A", received="2024-07-05", on="2024-07-20"),
    line("A", "8", "A", "", "2024-08-01", "2024-08-05", "-80"),
    line("A", received="2024-09-01", on="2024-09-20"),
    in_every_order=True,
)


def test_a_void_and_a_new_original_under_the_number_leave_the_new_one_and_say_so(resolved: Resolved) -> None:
    for got in resolved(NEW_ORIGINAL):
        assert got.lines("paid, month(paid_date)") == [(8000, 9)]
        assert got.notes == [("billed_after_void", "A", "2024-08-05")]
        assert got.why == {"voided", "voids a claim"}


NEW_ICN = case(line("A", icn="I1", received="2024-07-05", on="2024-07-20"),
               line("A", "8", "I1", "I2", "2024-08-01", "2024-08-05", "0"),
               line("A", icn="I3", received="2024-09-01", on="2024-09-20"), in_every_order=True)  # fmt: skip
OTHER_ICN = case(line("A", icn="I1", received="2024-07-05", on="2024-07-20"),
                 line("A", "8", "I1", "I2", "2024-08-01", "2024-08-05", "0"),
                 line("A", icn="I0", received="2024-07-06", on="2024-07-20"), in_every_order=True)  # fmt: skip


def test_a_claim_number_taken_again_after_a_void_of_the_payers_number_says_so_too(resolved: Resolved) -> None:
    for got in resolved(NEW_ICN):
        assert got.finals == [("A", "I3", "1", "billed_after_void")]
    for got in resolved(OTHER_ICN):
        assert got.finals == [("A", "I0", "1", None)]


CORRECTED = case(line("A", icn="I1"), line("A", "8", "I1", "I2"), line("A", "7", "I1", "I3"),
                 line("A", "7", "I1", "I3", number=2, code="99214"))  # fmt: skip


def test_a_corrected_claim_after_a_void_is_marked_on_the_lines_that_were_voided_alone(
    resolved: Resolved,
) -> None:
    (got,) = resolved(CORRECTED)
    assert got.lines("code, version_note") == [("99213", "billed_after_void"), ("99214", None)]


PAID_LATE = case(line("A", received="2024-07-05", on="2024-08-20"),
                 line("A", "8", "A", "", "2024-07-20", "2024-07-25", "0"), in_every_order=True)  # fmt: skip
DAY_UNKNOWN = case(line("A", received="2024-07-05", on="2024-08-20"),
                   line("A", "8", "A", "", "2024-07-20", "", ""), in_every_order=True)  # fmt: skip
MONEY_BACK = case(line("A", received="2024-07-05", on="2024-08-20"),
                  line("A", "8", "A", "", "2024-07-20", "2024-07-25", "-80"), in_every_order=True)  # fmt: skip


def test_a_claim_paid_after_its_void_was_processed_is_audited_and_says_so(resolved: Resolved) -> None:
    for got in resolved(PAID_LATE):
        assert got.finals == [("A", None, "1", "paid_after_void")]
        assert got.notes == [("paid_after_void", "A", "2024-07-25")]


def test_a_void_of_unknown_day_or_that_took_the_money_back_voids_what_was_paid_later(
    resolved: Resolved,
) -> None:
    for one in (DAY_UNKNOWN, MONEY_BACK):
        for got in resolved(one):
            assert got.finals == []


SAME_DAY = case(line("A", received="2024-07-05"), line("A", "8", "A", "", "2024-07-05"), in_every_order=True)


def test_a_void_of_the_same_day_as_its_original_voids_it_in_either_order(resolved: Resolved) -> None:
    for got in resolved(SAME_DAY):
        assert got.finals == []


VOIDED_CHAIN = case(
    line("A", icn="I1"), line("A", "7", "I1", "I2"), line("V", "8", "I2", "I3"), in_every_order=True
)


def test_a_void_of_a_replacement_voids_the_whole_chain(resolved: Resolved) -> None:
    for got in resolved(VOIDED_CHAIN):
        assert got.finals == []
        assert sorted((by or "", why) for _, by, why in got.superseded) == [
            ("", "voids a claim"), ("V", "voided"), ("V", "voided"),
        ]  # fmt: skip


IN_THE_MIDDLE = case(line("A", icn="I1"), line("V", "8", "I1", "I2"), line("B", "7", "I1", "I3"))


def test_a_void_in_the_middle_is_named_for_what_it_voided(resolved: Resolved) -> None:
    (got,) = resolved(IN_THE_MIDDLE)
    assert got.finals == [("B", "I3", "7", "billed_after_void")]
    assert got.superseded == [(1, "V", "voided"), (1, None, "voids a claim")]


REFUSED = case(line("A"), line("A", "8", "A", paid="0", status="Denied"))


def test_a_void_that_the_payer_refused_voids_nothing_and_is_no_service(resolved: Resolved) -> None:
    (got,) = resolved(REFUSED)
    assert got.finals == [("A", None, "1", None)]
    assert got.superseded == [(1, None, "a void that the payer refused")]


BEFORE_THE_FEED = case(line("A", "8", "A", "", "2024-07-20", "2024-07-25", "-80"),
                       line("A", received="2024-09-01", on="2024-09-20"), in_every_order=True)  # fmt: skip


def test_a_void_whose_original_came_before_the_feed_leaves_a_later_claim_of_its_number(
    resolved: Resolved,
) -> None:
    for got in resolved(BEFORE_THE_FEED):
        assert got.finals == [("A", None, "1", "billed_after_void")]


# Replacements that the payer refused

DENIED = case(
    line("A", icn="I1", on="2024-08-01"),
    line("A", "7", "I1", "I2", on="2024-09-01", paid="0", status="denied"),
    in_every_order=True,
)


def test_a_replacement_that_the_payer_denied_replaces_nothing(resolved: Resolved) -> None:
    for got in resolved(DENIED):
        assert got.lines("payer_icn, denied") == [("I1", False), ("I2", True)]
        assert got.superseded == []
        assert got.notes == []


DENIED_BETWEEN = case(
    line("A", icn="I1", on="2024-08-01"),
    line("A", "7", "I1", "I2", on="2024-09-01", paid="0", status="rejected"),
    line("A", "7", "I2", "I3", on="2024-10-01"),
    in_every_order=True,
)


def test_the_next_replacement_replaces_both(resolved: Resolved) -> None:
    for got in resolved(DENIED_BETWEEN):
        assert got.finals == [("A", "I3", "7", None)]
        assert got.why == {"replaced"}


DENIED_AND_TAKEN = case(
    line("A", icn="I1", on="2024-08-01"),
    line("A", icn="I1", on="2024-09-01", paid="-80", status="reversed"),
    line("A", "7", "I1", "I2", on="2024-09-01", paid="0", status="denied"),
)


def test_nor_does_a_payment_stand_that_was_taken_back_for_a_replacement_that_was_denied(
    resolved: Resolved,
) -> None:
    (got,) = resolved(DENIED_AND_TAKEN)
    assert got.lines("payer_icn, denied") == [("I2", True)]


DENIED_THEN_VOID = case(
    line("A", icn="I1", on="2024-08-01"),
    line("A", "7", "I1", "I2", on="2024-09-01", paid="0", status="denied"),
    line("A", "8", "I1", "I3", on="2024-10-01", paid="0"),
)


def test_a_void_ends_the_claim_and_the_replacement_that_was_denied(resolved: Resolved) -> None:
    (got,) = resolved(DENIED_THEN_VOID)
    assert got.finals == []
