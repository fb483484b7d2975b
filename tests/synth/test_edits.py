from __future__ import annotations

from datetime import date

import pytest

from auditor.synth.edits import EditBook, covered, is_covered
from auditor.synth.vocabulary import PRACTITIONER, AddOn, CoverageRow, Limit, Pair, Vocabulary

OPEN, OLD = date(9999, 12, 31), date(2000, 1, 1)
QUARTER = (date(2024, 7, 1), date(2024, 9, 30))


def book(*pairs, limits=None, addons=(), coverage=(), codes="11111 22222 33333 44444"):
    vocabulary = Vocabulary(
        codes=tuple(codes.split()),
        pairs={PRACTITIONER: [Pair(*p) for p in pairs]},
        limits={PRACTITIONER: limits or {}},
        addons=[AddOn(*a) for a in addons],
        coverage=coverage,
    )
    return EditBook(vocabulary, PRACTITIONER, QUARTER)


def test_a_pair_keeps_codes_apart_in_both_directions():
    edits = book(("11111", "22222", OLD, OPEN, "1"))
    assert not edits.apart(("11111", "22222"))
    assert not edits.apart(("33333", "22222", "11111"))
    assert edits.apart(("11111", "33333"))


@pytest.mark.parametrize(
    ("effective", "deleted", "indicator", "apart", "listed"),
    [
        (OLD, OPEN, "0", False, ("pairs",)),
        (OLD, date(2024, 6, 30), "0", True, ("deleted",)),
        (OLD, date(2024, 7, 1), "0", False, ()),  # its last day is in force, so it is neither
        (date(2024, 9, 30), OPEN, "0", False, ()),
        (date(2024, 10, 1), OPEN, "0", True, ()),
        (date(2024, 8, 1), date(2024, 8, 1), "9", True, ("tombstones",)),
    ],
)
def test_rows_are_sorted_by_their_dates(effective, deleted, indicator, apart, listed):
    edits = book(("11111", "22222", effective, deleted, indicator))
    assert edits.apart(("11111", "22222")) is apart
    assert tuple(n for n in ("pairs", "deleted", "tombstones") if getattr(edits, n)) == listed


def test_a_deleted_row_beside_one_in_force_is_no_near_miss():
    edits = book(
        ("11111", "22222", OLD, date(2010, 1, 1), "0"), ("22222", "11111", date(2010, 1, 2), OPEN, "1")
    )
    assert edits.deleted == []
    assert [(p.column_1, p.column_2) for p in edits.pairs] == [("22222", "11111")]


def test_pairs_with_codes_that_break_another_edit_are_not_listed():
    edits = book(
        ("11111", "22222", OLD, OPEN, "0"),
        ("11111", "33333", OLD, OPEN, "0"),
        limits={"22222": Limit(0, "3")},
        addons=[("1", "33333", "44444", OLD, OPEN)],
    )
    assert edits.pairs == []
    assert edits.codes == ("11111", "44444")


def test_an_add_on_is_billable_only_with_rows_in_force_throughout():
    edits = book(addons=[("1", "33333", "44444", OLD, OPEN), ("1", "22222", "44444", date(2024, 8, 1), OPEN)])
    assert edits.addons("1") == ["33333"]
    assert not edits.billable_addon("22222")


ANY = [CoverageRow("A", "1", "11111", a, b, 1, "any", True, "*") for a, b in (("E10", "E119"), ("I10", None))]
ALL = [
    CoverageRow("B", "1", "11111", dx, None, group, "all", True, "*")
    for group, dx in ((1, "B351"), (2, "M79671"))
]


def test_covered_gives_diagnoses_that_satisfy_every_policy():
    assert covered(ANY) == [["E10"], ["I10"]]
    assert all({"B351", "M79671"} == set(way) for way in covered(ALL))
    assert all({"B351", "M79671"} < set(way) and {"E10", "I10"} & set(way) for way in covered(ANY + ALL))


@pytest.mark.parametrize(
    ("diagnosis", "inside"),
    [
        ("E10", True),
        ("E1165", True),
        ("E119", True),
        ("E1199", True),
        ("E13", False),
        ("I10", True),
        ("I100", False),
    ],
)
def test_ranges_hold_what_begins_with_their_last_code(diagnosis, inside):
    assert is_covered(ANY, diagnosis) is inside
