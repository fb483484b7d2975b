"""How the editions of a table share out the service dates, by what had been published when."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.base.dates import OPEN_BEGIN, OPEN_END
from auditor.base.periods import Period
from auditor.reference import Answer, Edition
from auditor.reference.editions import choose
from auditor.reference.importers import IMPORTERS
from auditor.reference.importers.interface import Answering
from tests.reference.made_editions import day, edition, of_kind

PTP = "ncci_ptp_practitioner"
NONE: frozenset[str] = frozenset()
Q2, Q3, Q4 = "2024Q2", "2024Q3", "2024Q4"


def answers(*editions: Edition, as_of: str | None = None, carry: frozenset[str] = NONE) -> list[tuple]:
    chosen = choose(editions, as_of=None if as_of is None else day(as_of), carry_forward=carry)
    return [(a.edition.edition_id, a.date_from.isoformat(), a.date_to.isoformat()) for a in chosen]


# ---- history -------------------------------------------------------------------------------------


def ptp(label: str, published: str, **more) -> Edition:
    return edition(PTP, label, day(published), valid_from=day("1996-01-01"), **more)


def test_of_a_history_the_newest_answers_from_its_first_row_to_the_end_of_its_period():
    assert answers(ptp(Q3, "2024-07-01"), ptp(Q2, "2024-04-01")) == [
        ("2024Q3-2024-07-01-r0", "1996-01-01", "2024-09-30")
    ]


def test_of_a_history_a_replacement_answers_from_the_day_of_its_publication_on():
    both = (ptp(Q3, "2024-07-01"), ptp(Q3, "2024-08-20", revision=1))
    assert answers(*both, as_of="2024-06-30") == []
    assert [a[0] for a in answers(*both, as_of="2024-07-01")] == ["2024Q3-2024-07-01-r0"]
    assert [a[0] for a in answers(*both, as_of="2024-08-19")] == ["2024Q3-2024-07-01-r0"]
    assert [a[0] for a in answers(*both, as_of="2024-08-20")] == ["2024Q3-2024-08-20-r1"]
    assert [a[0] for a in answers(*both)] == ["2024Q3-2024-08-20-r1"]


def test_a_late_correction_of_an_older_period_does_not_push_the_newer_one_out():
    both = (ptp(Q3, "2024-07-01"), ptp(Q2, "2024-08-20", revision=1))
    assert [a[0] for a in answers(*both)] == ["2024Q3-2024-07-01-r0"]


def test_a_history_is_carried_beyond_its_period_only_by_name():
    for name in (PTP, "ncci_ptp"):
        assert answers(ptp(Q3, "2024-07-01"), carry=frozenset({name}))[0][2] == OPEN_END.isoformat()
    assert answers(ptp(Q3, "2024-07-01"), carry=frozenset({"ncci_ptp_hospital"}))[0][2] == "2024-09-30"


# ---- period --------------------------------------------------------------------------------------


def test_of_periods_each_has_its_newest_publication_and_nothing_else():
    table = of_kind("period")
    first, second, third = (
        edition(table, Q2, day("2024-04-01")),
        edition(table, Q2, day("2024-05-10"), revision=1),
        edition(table, Q4, day("2024-09-01")),
    )
    assert answers(third, second, first) == [
        (second.edition_id, "2024-04-01", "2024-06-30"),
        (third.edition_id, "2024-10-01", "2024-12-31"),
    ]
    assert answers(third, second, first, as_of="2024-05-09") == [
        (first.edition_id, "2024-04-01", "2024-06-30")
    ]


# ---- until_next ----------------------------------------------------------------------------------


def test_until_the_next_begins_an_edition_answers_at_most_to_its_own_end():
    table = of_kind("until_next")
    end = day("2024-12-31")
    january = edition(table, "2024Q1", day("2024-01-01"), valid_to=end)
    july = edition(table, "2024Q3", day("2024-07-01"), valid_to=end)
    later = edition(table, "2025Q2", day("2025-04-01"), valid_to=day("2025-12-31"))
    assert answers(july, later, january) == [
        (january.edition_id, "2024-01-01", "2024-06-30"),
        (july.edition_id, "2024-07-01", "2024-12-31"),
        (later.edition_id, "2025-04-01", "2025-12-31"),
    ]
    assert answers(july, later, january, as_of="2024-06-30") == [
        (january.edition_id, "2024-01-01", "2024-12-31")
    ]


def test_until_next_a_correction_published_later_takes_the_place_of_the_edition_that_it_corrects():
    table = of_kind("until_next")
    january = edition(table, "2024Q1", day("2024-01-01"), valid_to=day("2024-12-31"))
    july = edition(table, "2024Q3", day("2024-07-01"), valid_to=day("2024-12-31"))
    corrected = edition(table, "2024Q1", day("2024-08-20"), revision=1, valid_to=day("2024-12-31"))
    assert [a[:2] for a in answers(july, corrected, january)] == [
        (corrected.edition_id, "2024-01-01"),
        (july.edition_id, "2024-07-01"),
    ]
    assert answers(july, corrected, january, as_of="2024-08-19")[0][0] == january.edition_id


def test_until_next_an_edition_known_by_its_day_is_open_at_the_end():
    table = of_kind("until_next")
    one, two = (edition(table, d, day(d)) for d in ("2024-01-01", "2024-07-01"))
    assert [a[1:] for a in answers(two, one)] == [
        ("2024-01-01", "2024-06-30"),
        ("2024-07-01", "9999-12-31"),
    ]


# ---- rows and documents --------------------------------------------------------------------------


def test_by_rows_the_newest_answers_from_its_first_day_and_is_open_at_the_end():
    table = of_kind("rows")
    old = edition(table, Q2, day("2024-04-01"), valid_from=day("1996-01-01"))
    new = edition(table, Q3, day("2024-07-01"), valid_from=day("2024-07-01"))
    assert answers(new, old) == [(new.edition_id, "2024-07-01", "9999-12-31")]
    assert answers(new, old, as_of="2024-06-30") == [(old.edition_id, "1996-01-01", "9999-12-31")]


def test_every_publication_of_documents_answers_once_it_is_out():
    table = of_kind("documents")
    one = edition(table, "2024-01-01", day("2024-01-01"), valid_from=day("2015-10-01"))
    two = edition(table, "2024-06-01", day("2024-06-01"), valid_from=day("2020-01-01"))
    assert [a[0] for a in answers(two, one)] == [one.edition_id, two.edition_id]
    assert [a[0] for a in answers(two, one, as_of="2024-05-31")] == [one.edition_id]


@pytest.mark.parametrize("kind", ["history", "rows", "documents"])
def test_an_edition_without_a_first_day_answers_from_ever(kind):
    table = of_kind(kind)
    label = "2024-07-01" if kind == "documents" else Q3
    found = choose([edition(table, label, day("2024-07-01"))], as_of=None, carry_forward=NONE)
    assert [a.date_from for a in found] == [OPEN_BEGIN]


# ---- ties ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["history", "period", "until_next", "rows"])
def test_of_one_period_and_day_revision_then_import_then_id_decide_whatever_the_order(kind):
    table = of_kind(kind)

    def of(name: str, revision: int = 1, imported_at: str = "2026-01-01") -> Edition:
        return edition(
            table,
            Q3,
            day("2024-07-01"),
            revision=revision,
            imported_at=imported_at,
            edition_id=name,
            valid_from=day("2024-07-01"),
        )

    plain, revised = of("b", 0, "2025-01-01"), of("a", 1, "2025-01-01")
    again, twin = of("0"), of("1")
    for order in ([plain, revised, again, twin], [twin, again, revised, plain]):
        assert [a[0] for a in answers(*order[:2])] == [max(order[:2], key=lambda e: e.newest).edition_id]
        assert [a[0] for a in answers(*order)] == ["1"]
        assert [a[0] for a in answers(*(e for e in order if e is not twin))] == ["0"]
        assert [a[0] for a in answers(*(e for e in order if e in (plain, revised)))] == ["a"]


# ---- any set of editions -------------------------------------------------------------------------

FROM, TO = dt.date(2023, 1, 1), dt.date(2025, 6, 30)
QUARTERS = st.sampled_from([f"{year}Q{quarter}" for year in (2023, 2024) for quarter in (1, 2, 3, 4)])
LABELS = st.one_of(
    QUARTERS,
    st.sampled_from(["2023", "2024", "FY2024"]),
    st.dates(FROM, TO).map(lambda d: d.isoformat()),
)
DAYS = st.dates(FROM, TO)


@st.composite
def editions(draw: st.DrawFn, kind: Answering) -> list[Edition]:
    table, labels = of_kind(kind), QUARTERS if kind == "period" else LABELS
    made = []
    for number in range(draw(st.integers(0, 7))):
        label = draw(labels)
        begins = Period.parse(label).first
        to_year = kind == "until_next" and draw(st.booleans())
        made.append(
            edition(
                table,
                label,
                draw(DAYS),
                revision=draw(st.integers(0, 2)),
                edition_id=f"{number}",
                valid_from=begins if kind != "history" else draw(DAYS),
                valid_to=dt.date(begins.year, 12, 31) if to_year else None,
            )
        )
    return made


def expected(kind: str, known: list[Edition], on: dt.date) -> str | None:
    """The edition that answers for a day, one edition after the other, without spans."""
    best: Edition | None = None
    for one in known:
        period = Period.parse(one.edition)
        if kind == "period" and not period.first <= on <= period.last:
            continue
        if kind == "until_next" and period.first > on:
            continue
        order = (period.first, one.published, one.revision, one.imported_at, one.edition_id)
        if best is None or order > (
            Period.parse(best.edition).first,
            best.published,
            best.revision,
            best.imported_at,
            best.edition_id,
        ):
            best = one
    if best is None:
        return None
    last = best.valid_to or Period.parse(best.edition).last
    begun = kind != "history" or (best.valid_from is not None and best.valid_from <= on)
    return best.edition_id if begun and on <= last else None


@pytest.mark.parametrize("kind", ["period", "until_next", "history"])
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_on_any_day_at_most_one_edition_answers_the_right_one_and_none_of_the_future(
    kind: Answering, data: st.DataObject
) -> None:
    made = data.draw(editions(kind))
    as_of = data.draw(st.one_of(st.none(), DAYS))
    on = data.draw(DAYS)
    chosen = choose(made, as_of=as_of, carry_forward=NONE)
    assert all(as_of is None or a.edition.published <= as_of for a in chosen)
    answering: list[str | None] = [a.edition.edition_id for a in chosen if a.date_from <= on <= a.date_to]
    assert len(answering) <= 1
    known = [e for e in made if as_of is None or e.published <= as_of]
    assert (answering or [None]) == [expected(kind, known, on)]
    edges = Counter(edge for a in chosen for edge in {a.date_from, a.date_to} if a.date_from <= a.date_to)
    assert all(count == 1 for count in edges.values())


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_was_published_later_never_changes_an_answer_as_of_before(data: st.DataObject) -> None:
    kinds: tuple[Answering, ...] = ("period", "until_next", "history")
    kind = data.draw(st.sampled_from(kinds))
    made = data.draw(editions(kind))
    as_of = data.draw(DAYS)

    def told(of: list[Edition]) -> tuple[Answer, ...]:
        return choose(of, as_of=as_of, carry_forward=NONE)

    assert told(made) == told([e for e in made if e.published <= as_of])


def test_tables_that_answer_by_periods_are_published_for_one_kind_of_period():
    """Else the editions of two kinds would answer for one day: a quarter, and the year around it."""
    of_periods = [i for i in IMPORTERS if any(t.answers == "period" for t in i.tables.values())]
    assert of_periods
    assert [len(importer.periods) for importer in of_periods] == [1] * len(of_periods)
