"""Worked examples of the reasoning, small enough to check by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from auditor.engine import Reasoner, Verdict
from auditor.engine.cases import Hops, Known
from tests.engine.naive import answer, candidates, hops, known

A, B, C, D, E = 11, 12, 13, 14, 15  # claim lines of one patient
FAIL, BYPASSED, SUPPRESSED, MOOT, NONE = (
    Verdict.FAIL,
    Verdict.BYPASSED,
    Verdict.SUPPRESSED,
    Verdict.MOOT,
    Verdict.NOT_CONCLUDED,
)


@pytest.fixture(scope="module")
def reasoner() -> Iterator[Reasoner]:
    with Reasoner(1) as reasoner:
        yield reasoner


def test_a_plain_candidate_fails_and_its_line_is_not_payable(reasoner):
    got = reasoner.reason(candidates({"line": B, "level": 2}), Hops.none(), Known.none())
    assert answer(got) == ([FAIL], [2], {B: 2})
    assert list(got.not_payable.cand) == [1]
    assert got.premises == {}


def test_lifted_comes_before_override_before_blocker(reasoner):
    rows = candidates(
        {"line": A, "lifted": 1, "override": 7, "unless": E},
        {"line": B, "override": 7, "unless": E},
        {"line": C, "unless": E},
        {"line": D, "unless": A},
    )
    got = reasoner.reason(rows, Hops.none(), known((1, E, 1)))
    assert answer(got) == ([BYPASSED, SUPPRESSED, MOOT, FAIL], [1, 1, 1, 1], {D: 1})
    assert got.premises == {2: (("override", 7),), 3: (("blocker", E),)}


def test_a_blocker_that_needs_a_record_blocks_nothing(reasoner):
    got = reasoner.reason(candidates({"line": B, "unless": A}), Hops.none(), known((1, A, 2)))
    assert answer(got) == ([FAIL], [1], {B: 1})


def test_a_blocker_of_the_same_stratum_blocks_nothing(reasoner):
    got = reasoner.reason(candidates({"line": A}, {"line": B, "unless": A}), Hops.none(), Known.none())
    assert answer(got)[0] == [FAIL, FAIL]


def test_indicators_and_candidates_that_do_not_conclude_leave_the_line_payable(reasoner):
    rows = candidates({"line": A, "level": 3}, {"line": B, "concludes": 0})
    assert answer(reasoner.reason(rows, Hops.none(), Known.none())) == ([FAIL, FAIL], [3, 1], {})


class TestAllPartnersFall:
    def test_a_over_b_over_c_leaves_c_probable(self, reasoner):
        rows = candidates({"line": B, "demote": A}, {"line": C, "demote": B})
        got = reasoner.reason(rows, Hops.none(), Known.none())
        assert answer(got) == ([FAIL, FAIL], [1, 2], {B: 1, C: 2})
        assert got.premises == {2: (("partner", B),)}

    def test_it_looks_at_the_verdicts_before_any_demotion(self, reasoner):
        rows = candidates({"line": B, "demote": A}, {"line": C, "demote": B}, {"line": D, "demote": C})
        assert answer(reasoner.reason(rows, Hops.none(), Known.none()))[1] == [1, 2, 2]

    def test_one_standing_partner_keeps_the_finding_definite(self, reasoner):
        rows = candidates({"line": B, "demote": A}, {"line": C, "demote": B}, {"line": C, "demote": E})
        assert answer(reasoner.reason(rows, Hops.none(), Known.none())) == ([FAIL] * 3, [1] * 3, {B: 1, C: 1})

    def test_a_bypassed_pair_is_no_partner(self, reasoner):
        rows = candidates(
            {"line": B, "demote": A}, {"line": C, "demote": B}, {"line": C, "demote": E, "lifted": 1}
        )
        assert answer(reasoner.reason(rows, Hops.none(), Known.none()))[1] == [1, 2, 1]

    def test_a_partner_whose_own_pair_is_bypassed_stands(self, reasoner):
        rows = candidates({"line": B, "demote": A, "lifted": 1}, {"line": C, "demote": B})
        assert answer(reasoner.reason(rows, Hops.none(), Known.none())) == ([BYPASSED, FAIL], [1, 1], {C: 1})

    def test_two_lines_that_fault_each_other_are_both_probable(self, reasoner):
        rows = candidates({"line": A, "demote": B}, {"line": B, "demote": A})
        assert answer(reasoner.reason(rows, Hops.none(), Known.none()))[1] == [2, 2]

    def test_another_definite_finding_keeps_the_line_not_payable_at_level_1(self, reasoner):
        rows = candidates({"line": B, "demote": A}, {"line": C, "demote": B}, {"line": C})
        assert answer(reasoner.reason(rows, Hops.none(), Known.none())) == (
            [FAIL] * 3,
            [1, 2, 1],
            {B: 1, C: 1},
        )


class TestCascade:
    def test_add_ons_fall_three_deep(self, reasoner):
        rows = candidates(
            {"line": D, "cascade": 1}, {"line": C, "cascade": 1}, {"line": B, "cascade": 1}, {"line": A}
        )
        got = reasoner.reason(rows, hops((1, 1, C), (2, 1, B), (3, 1, A)), Known.none())
        assert answer(got) == ([FAIL] * 4, [1] * 4, {A: 1, B: 1, C: 1, D: 1})
        assert got.premises == {1: (("primary", C),), 2: (("primary", B),), 3: (("primary", A),)}

    def test_add_ons_that_hang_on_each_other_stand(self, reasoner):
        rows = candidates({"line": A, "cascade": 1}, {"line": B, "cascade": 1})
        got = reasoner.reason(rows, hops((1, 1, B), (2, 1, A)), Known.none())
        assert answer(got) == ([NONE, NONE], [1, 1], {})

    def test_a_paid_unfaulted_primary_holds_it(self, reasoner):
        rows = candidates({"line": B, "cascade": 1}, {"line": A})
        got = reasoner.reason(rows, hops((1, 1, A), (1, 1, E)), Known.none())
        assert answer(got) == ([NONE, FAIL], [1, 1], {A: 1})

    def test_a_cascade_without_primaries_is_not_concluded(self, reasoner):
        got = reasoner.reason(candidates({"line": B, "cascade": 1}), Hops.none(), Known.none())
        assert answer(got)[0] == [NONE]

    def test_mixed_levels_make_it_probable_and_so_what_hangs_on_it(self, reasoner):
        rows = candidates(
            {"line": A},
            {"line": B, "level": 2},
            {"line": C, "cascade": 1},
            {"line": D, "cascade": 1},
        )
        got = reasoner.reason(rows, hops((3, 1, A), (3, 1, B), (4, 1, C)), Known.none())
        assert answer(got) == ([FAIL] * 4, [1, 2, 2, 2], {A: 1, B: 2, C: 2, D: 2})

    def test_a_denied_primary_makes_it_probable(self, reasoner):
        got = reasoner.reason(candidates({"line": B, "cascade": 1}), hops((1, 1, A)), known((1, A, 2)))
        assert answer(got) == ([FAIL], [2], {B: 2})

    def test_of_two_conclusions_on_a_primary_the_stronger_counts(self, reasoner):
        rows = candidates({"line": B, "cascade": 1})
        got = reasoner.reason(rows, hops((1, 1, A)), known((1, A, 2), (1, A, 1)))
        assert answer(got) == ([FAIL], [1], {B: 1})

    def test_a_demoted_primary_makes_it_probable(self, reasoner):
        rows = candidates({"line": B, "demote": A}, {"line": C, "demote": B}, {"line": D, "cascade": 1})
        got = reasoner.reason(rows, hops((3, 1, C)), Known.none())
        assert answer(got) == ([FAIL] * 3, [1, 2, 2], {B: 1, C: 2, D: 2})

    def test_a_cascade_that_is_probable_by_its_rule_stays_so(self, reasoner):
        rows = candidates({"line": A}, {"line": B, "cascade": 1, "level": 2})
        assert answer(reasoner.reason(rows, hops((2, 1, A)), Known.none()))[1] == [1, 2]

    def test_modifier_and_override_are_respected(self, reasoner):
        rows = candidates(
            {"line": A},
            {"line": B, "cascade": 1, "lifted": 1},
            {"line": C, "cascade": 1, "override": 3},
            {"line": D, "cascade": 1},
        )
        got = reasoner.reason(rows, hops((2, 1, A), (3, 1, A), (4, 1, B)), Known.none())
        assert answer(got)[0] == [FAIL, BYPASSED, SUPPRESSED, NONE]

    def test_an_excess_that_leaves_the_line_payable_in_part_brings_nothing_down(self, reasoner):
        rows = candidates({"line": A, "concludes": 0}, {"line": B, "cascade": 1})
        assert answer(reasoner.reason(rows, hops((2, 1, A)), Known.none()))[0] == [FAIL, NONE]


def test_a_case_knows_nothing_of_another(reasoner):
    rows = candidates(
        {"line": A}, {"line": 21, "case": 2, "cascade": 1}, {"line": 22, "case": 2, "unless": A}
    )
    got = reasoner.reason(rows, hops((2, 2, A)), known((1, A, 1)))
    assert answer(got)[0] == [FAIL, NONE, FAIL]


def test_the_order_in_which_things_are_told_does_not_matter(reasoner):
    rows = [
        {"cand": 1, "line": D, "cascade": 1, "case": 4},
        {"cand": 2, "line": C, "demote": B, "case": 4},
        {"cand": 3, "line": B, "demote": A, "case": 4},
        {"cand": 4, "line": 31, "case": 3, "unless": 32},
        {"cand": 5, "line": 32, "case": 3},
    ]
    told = known((4, E, 2), (3, 32, 1))
    one = reasoner.reason(candidates(*rows), hops((1, 4, C), (1, 4, E)), told)
    other = reasoner.reason(candidates(*reversed(rows)), hops((1, 4, E), (1, 4, C)), told)
    assert list(one.cand) == [1, 2, 3, 4, 5] and list(other.cand) == [5, 4, 3, 2, 1]
    assert list(one.verdict) == list(reversed(other.verdict)) == [FAIL, FAIL, FAIL, MOOT, FAIL]
    assert list(one.level) == list(reversed(other.level))
    assert one.not_payable == other.not_payable
    assert {cand: set(on) for cand, on in one.premises.items()} == {
        cand: set(on) for cand, on in other.premises.items()
    }


def test_a_long_chain_of_add_ons_in_one_large_case(reasoner):
    length = 1_500  # a batch of its own, and more matches than one action takes
    rows = candidates(
        {"line": 1},
        *({"line": n, "cascade": 1} for n in range(2, 40)),
        *({"line": 1_000 + n, "cascade": 1} for n in range(length)),
    )
    told = hops(*((n, 1, n - 1) for n in range(2, 40)), *((40 + n, 1, 1) for n in range(length)))
    got = reasoner.reason(rows, told, Known.none())
    assert set(got.verdict) == {FAIL} and set(got.level) == {1}
