"""What is odd about a feed, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from auditor.claims import ClaimsFeed
from auditor.claims.feed import InputFile
from auditor.claims.profile.model import (
    Amounts,
    ClaimsProfile,
    Coverage,
    Diagnostic,
    Gap,
    Payer,
    TieOut,
    Told,
)
from auditor.profiles.feed_fields import Use
from auditor.profiles.feed_rules import Readiness
from auditor.reference import ReferenceState
from auditor.workbench.feed_inspection import Inspection
from auditor.workbench.feed_oddities import Oddity, oddities

NOTHING = Amounts(0, 0, None, None, None)
FILE = InputFile("a.csv", "csv", "0" * 64, 10, 5, 5)
FEED = ClaimsFeed(
    files=(FILE,),
    fields=frozenset({"paid", "allowed", "charge", "dx_ptr"}),
    notes=(),
    payment_method="line",
    line_of_business_defaulted=False,
    modifier_columns=4,
    partitions=1,
    unmapped_columns=(),
)
PROFILE = ClaimsProfile(
    counts={"lines_set_aside": 0, "lines_without_amount": 0, "lines_without_provider": 0},
    tie_out=(TieOut("paid", 0, 0, 0, 0),),
    first=None, last=None, whole=NOTHING, months=(), gaps=(), payers=(), kinds=(), coverage=(), set_aside=(),
    superseded=(), history=(), versions=(), diagnostics=(), allocated=NOTHING,
)  # fmt: skip
PLAIN = Inspection(FEED, PROFILE, (), {}, (), ReferenceState((), False, ()), ())


def of_feed(**fields: Any) -> tuple[Oddity, ...]:
    return oddities(replace(PLAIN, feed=replace(FEED, **fields)))


def of_profile(**fields: Any) -> tuple[Oddity, ...]:
    return oddities(replace(PLAIN, profile=replace(PROFILE, **fields)))


def test_a_feed_without_anything_odd_has_none() -> None:
    assert oddities(PLAIN) == ()


def test_a_file_that_was_passed_over_and_one_that_gave_no_line_are_named() -> None:
    passed = replace(FILE, name="b.txt", part="passed over", why="this holds drug events")
    empty = replace(FILE, name="c.837", lines=0)
    grave, mild = of_feed(files=(FILE, passed, empty), notes=("b.txt: not read: this holds drug events",))
    assert (grave.severity, grave.says) == ("error", "c.837 has 5 records and gave no claim line")
    assert (mild.severity, mild.says) == ("warning", "b.txt was passed over, as this holds drug events")


def test_files_passed_over_for_one_reason_are_told_together() -> None:
    passed = [replace(FILE, name=f"{n}.txt", part="passed over", why="it is no table") for n in range(9)]
    (found,) = of_feed(files=(FILE, *passed))
    assert found.says == (
        "9 files were passed over, as it is no table: 0.txt, 1.txt, 2.txt, 3.txt, 4.txt, 5.txt and 3 more"
    )


@pytest.mark.parametrize(
    ("note", "severity"),
    [
        ("NO LINE WAS AUDITED: of 3 rows, 3 are set aside", "error"),
        ("MORE THAN HALF of the 3 rows are set aside", "error"),
        ("b.csv: same content as a.csv, which was read already; not read again", "warning"),
        ("a.csv: 2 rows are malformed and set aside", "warning"),
        ("no file has a column for claim_type", "note"),
    ],
)
def test_what_reading_says_is_told_by_its_weight(note: str, severity: str) -> None:
    assert of_feed(notes=(note,)) == (Oddity("reading", severity, note),)  # type: ignore[arg-type]


def test_numbered_columns_that_are_not_used_are_told_as_one() -> None:
    (found,) = of_feed(unmapped_columns=("note", "poa_1", "poa_2", "poa_3", "a1", "a2"))
    assert found.says == "6 columns are not used: note, poa_1 to poa_3, a1, a2"


def test_a_feed_with_fewer_modifiers_than_a_claim_has_says_what_becomes_of_findings() -> None:
    (found,) = of_feed(modifier_columns=2)
    assert found.severity == "warning"
    assert found.says.startswith("a file has room for 2 modifiers a line, and a claim has 4")
    without = of_feed(modifier_columns=0)[0].says
    assert "has no modifiers" in without and without.endswith("are not evaluated on its lines")


def test_a_feed_without_pointers_or_paid_amounts_says_so() -> None:
    paid, pointers = of_feed(fields=frozenset({"charge"}))
    assert paid.says == "no file has paid, allowed; exposure rests on charge"
    assert "which diagnoses a line points to" in pointers.says


def test_a_diagnostic_is_told_with_its_times_and_its_first_places() -> None:
    (found,) = of_profile(
        diagnostics=(
            Diagnostic(
                "truncated", "error", "the file ends inside a claim", 2, 1, (("a", 9, 120), ("b", None, None))
            ),
        )
    )
    assert (found.severity, found.says) == ("error", "truncated: the file ends inside a claim (2 times)")
    assert found.places == ("a, at 9 (byte 120)", "b")


def test_months_without_lines_are_graver_where_the_months_beside_them_have_many() -> None:
    assert of_profile(gaps=(Gap("2024-02", "2024-03", 2, 0, 100),)) == (
        Oddity("months", "warning", "no line at all in 2 months: 2024-02 to 2024-03", 0),
    )
    assert of_profile(gaps=(Gap("2024-02", "2024-02", 1, 0, 3),))[0].severity == "note"


def test_thin_months_in_the_middle_and_at_the_edge_are_told_apart() -> None:
    middle, edge = of_profile(
        gaps=(Gap("2024-02", "2024-02", 1, 9, 100), Gap("2024-12", "2024-12", 1, 8, 90, at_edge=True))
    )
    assert (middle.severity, middle.lines) == ("warning", 9) and "2024-02 (9, around it 100)" in middle.says
    assert (edge.severity, edge.lines) == ("note", 8) and "where the feed begins or ends" in edge.says


def test_a_payer_is_told_of_the_months_that_it_lacks_and_the_feed_has() -> None:
    whole = Gap("2024-05", "2024-05", 1, 0, 100)
    own = Gap("2024-08", "2024-09", 2, 0, 40, at_edge=True)
    payer = Payer("ACME", "medicare", Amounts(40, 4, 1, 1, 1), 2, None, None, gaps=(whole, own))
    _, found = of_profile(gaps=(whole,), payers=(payer,))
    assert (found.kind, found.says) == ("payer", "ACME: no line at all in 2 months: 2024-08 to 2024-09")


def test_a_column_that_is_blank_throughout_is_told_with_the_rules_that_run_in_vain() -> None:
    blank = Coverage("billing_tin", "", True, 0, 9, 0)
    rule = Readiness("R-1", "", "payer", "runs", "claim lines", 9, 9, 0, 0, ())
    plain = replace(
        PLAIN, profile=replace(PROFILE, coverage=(blank, replace(blank, field="mac", named=False)))
    )
    (found,) = oddities(plain)
    assert (found.severity, found.says) == (
        "note",
        "a column is there and blank on every audited line: billing_tin",
    )
    (found,) = oddities(replace(plain, rules=(rule,), uses={"billing_tin": Use(("R-1", "R-2"), ())}))
    assert found.severity == "warning" and found.says.endswith("though they run: R-1")
    two = replace(PLAIN, profile=replace(PROFILE, coverage=(blank, replace(blank, field="mac"))))
    assert oddities(two)[0].says == "2 columns are there and blank on every audited line: billing_tin, mac"


def test_header_payments_rows_set_aside_and_versions_are_told_with_their_dollars() -> None:
    found = of_profile(
        allocated=Amounts(8, 3, 100, 100, 12_345),
        counts=dict(PROFILE.counts) | {"lines_set_aside": 4},
        tie_out=(TieOut("paid", 900, 400, 0, 500),),
        history=(Told("paid_after_void", "paid although the claim was voided", 2, None, 700),),
    )
    assert [(item.kind, item.severity, item.lines) for item in found] == [
        ("version", "warning", 2),
        ("set aside", "warning", 4),
        ("payment", "note", 8),
    ]
    assert "$7.00 paid" in found[0].says and "$5.00 paid" in found[1].says and "$123.45" in found[2].says
    assert found[1].says.startswith(
        "rows that would not be audited"
    )  # a repeated row is a claim line all the same
    (one,) = of_profile(allocated=Amounts(2, 1, 100, 100, 12_345))
    assert one.says.startswith("1 claim has one payment")


def test_a_data_quality_check_names_its_first_rows_by_file() -> None:
    places = [{"source_file": file, "source_pos": at} for file, at in (("a", 1), ("a", 1_200), ("b", 3))]
    check = {
        "catalogue_id": "DQ-05",
        "says": "units are negative",
        "treated": "kept",
        "lines": 7,
        "places": places,
    }
    (found,) = oddities(replace(PLAIN, checks=(check,)))
    assert (found.says, found.lines) == ("DQ-05 units are negative; kept", 7)
    assert found.places == ("a, row 1, 1,200", "b, row 3")


def test_claim_lines_without_a_remittance_are_counted() -> None:
    (found,) = of_profile(unmatched=(("claim_line", "no remittance answers it", 5),))
    assert (found.lines, found.says) == (5, "claim line: no remittance answers it")
