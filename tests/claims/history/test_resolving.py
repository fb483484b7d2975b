"""Replacements, voids and reversals. Each case: rows as (claim, frequency, reference, control number, received)."""

import pytest

MORE = "frequency_code,original_ref,payer_icn,received_date"


def line(claim, frequency="1", ref="", icn="", received="", number=1, paid=10):
    return f"{claim},{number},P,2024-07-01,99213,1,20,{paid},{frequency},{ref},{icn},{received}"


def states(got):
    return got.column("SELECT state FROM claim_line ORDER BY line_id")


def superseded(got):
    return got.rows("SELECT source_pos, by_claim_id, reason FROM superseded ORDER BY 1")


def test_a_replacement_supersedes_by_claim_number(read, table):
    got = read(table(line("A"), line("B", "7", "A"), more=MORE))
    assert states(got) == ["superseded", "audited"]
    assert superseded(got) == [(1, "B", "replaced")]
    assert (got.tie.paid_audited, got.tie.paid_superseded, got.tie.paid_in) == (1000, 1000, 2000)


def test_a_replacement_supersedes_by_the_payers_number(read, table):
    got = read(table(line("A", icn="ICN1"), line("B", "7", "ICN1", "ICN2"), more=MORE))
    assert states(got) == ["superseded", "audited"]


def test_the_same_claim_number_with_another_frequency(read, table):
    got = read(
        table(
            line("A"),
            line("A", number=2),
            line("A", "7", "unknown"),
            line("A", "7", "unknown", number=2),
            more=MORE,
        )
    )
    assert states(got) == ["superseded", "superseded", "audited", "audited"]
    assert got.tie.claims == 1


def test_the_last_of_two_replacements_is_final(read, table):
    got = read(table(line("C", "7", "B"), line("A"), line("B", "7", "A"), more=MORE))
    assert states(got) == ["superseded", "superseded", "audited"]
    dated = read(table(line("C", "7", "B", "", "2024-03-01"), line("A", "1", "", "", "2024-01-01"),
                       line("B", "7", "A", "", "2024-02-01"), more=MORE))  # fmt: skip
    assert states(dated) == ["audited", "superseded", "superseded"]


def test_one_claim_number_replaced_twice_is_told_apart_by_date(read, table):
    got = read(table(line("A", received="2024-01-01"), line("A", "7", "A", "", "2024-02-01"),
                     line("A", "7", "A", "", "2024-03-01"), more=MORE))  # fmt: skip
    assert states(got) == ["superseded", "superseded", "audited"]


def test_a_void_leaves_no_final_version(read, table):
    got = read(table(line("A"), line("B", "7", "A"), line("C", "8", "B", paid=-10), more=MORE))
    assert states(got) == ["superseded"] * 3
    assert superseded(got) == [(1, "C", "voided"), (2, "C", "voided"), (3, None, "voids a claim")]
    assert got.tie.claims == 0


def test_a_new_claim_after_a_void_is_final(read, table):
    got = read(table(line("A"), line("A", "8", "A"), line("B", "7", "A"), more=MORE))
    assert states(got) == ["superseded", "superseded", "audited"]


def test_an_orphan_replacement_is_kept_and_noted(read, table):
    got = read(table(line("B", "7", "gone"), line("Z"), more=MORE))
    assert states(got) == ["audited", "audited"]
    assert any("replacements name no claim" in note for note in got.feed.notes)


def test_an_orphan_void_is_not_audited(read, table):
    got = read(table(line("B", "8", "gone"), more=MORE))
    assert states(got) == ["superseded"]
    assert superseded(got) == [(1, None, "voids a claim that is not in the feed")]


def test_the_frequency_may_stand_in_the_bill_type_alone(read, table):
    got = read(
        table(
            "A,1,P,2024-07-01,99213,1,2,1,I,131,",
            "B,1,P,2024-07-01,99213,1,2,1,I,0137,A",
            more="claim_type,tob,original_ref",
        )
    )
    assert states(got) == ["superseded", "audited"]


def test_chains_run_across_files(read, table):
    got = read(table(line("B", "7", "A"), more=MORE), table(line("A"), more=MORE))
    assert states(got) == ["audited", "superseded"]


def test_other_payers_claims_are_not_meant(read, table):
    got = read(table(line("A") + ",X", line("B", "7", "A") + ",Y", more=MORE + ",payer_id"))
    assert states(got) == ["audited", "audited"]


@pytest.mark.slow
def test_other_patients_claims_are_not_meant(read, table):
    for frequency in ("7", "8"):
        rows = [line("123"), line("900", frequency, "123").replace(",P,", ",Q,")]
        got = read(table(*rows, more=MORE))
        assert states(got) == ["audited", "audited" if frequency == "7" else "superseded"]
    same = [line("123"), line("123", "7").replace(",P,", ",Q,")]
    assert states(read(table(*same, more=MORE))) == ["audited", "audited"]


def test_other_sources_claims_are_not_meant(read, table):
    got = read(table(line("A") + ",X", line("B", "7", "A") + ",Y", more=MORE + ",source_system"))
    assert states(got) == ["audited", "audited"]


def test_a_reference_that_resolves_leaves_namesakes_alone(read, table):
    got = read(table(line("A", icn="I1"), line("A", icn="I2"), line("A", "7", "I1", "I3"), more=MORE))
    assert states(got) == ["superseded", "audited", "audited"]


def test_a_long_chain_ends_in_its_last_link(read, table):
    rows = [line("C0"), *(line(f"C{n}", "7", f"C{n - 1}") for n in range(1, 40))]
    got = read(table(*rows, more=MORE))
    assert states(got) == ["superseded"] * 39 + ["audited"]


@pytest.mark.slow
def test_a_reversed_payment_and_its_correction(read, table):
    more = "status,paid_date"
    got = read(
        table(
            "A,1,P,2024-07-01,99213,1,20,10,paid,2024-08-01",
            "A,1,P,2024-07-01,99213,1,-20,-10,reversed,2024-09-01",
            "A,1,P,2024-07-01,99213,1,20,6,paid,2024-09-02",
            "B,1,P,2024-07-01,99213,1,20,6,paid,2024-09-02",
            more=more,
        )
    )
    assert states(got) == ["superseded", "superseded", "audited", "audited"]
    assert got.tie.paid_audited == 1200


def test_a_claim_marked_as_reversed_is_not_audited_and_touches_no_other_line(read, table):
    got = read(
        table("A,1,P,2024-07-01,99213,1,20,10,reversed", "A,2,P,2024-07-01,99213,1,20,10,paid", more="status")
    )
    assert states(got) == ["superseded", "audited"]
    assert superseded(got) == [(1, None, "reversed by the payer, or not final")]
