"""The dates of 42 CFR 401.305 as arithmetic: by hand for the cases that matter, and by their properties for all."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.reports.letters import clock as c
from auditor.reports.letters.clock import Clock, Entered, clock, look_back, years_after

D = date


def test_nothing_is_computed_before_somebody_says_that_it_was_identified() -> None:
    every_other = Entered(D(2026, 1, 5), None, D(2026, 1, 10), D(2026, 2, 1), D(2026, 5, 31))
    assert clock(every_other) == clock(Entered()) == Clock(remarks=(c.NOT_ENTERED,))


def test_without_an_investigation_it_is_sixty_days() -> None:
    made = clock(Entered(identified=D(2026, 1, 15)))
    assert (made.day_60, made.deadline) == (D(2026, 3, 16), D(2026, 3, 16))
    assert (made.suspended_from, made.suspended_to, made.days_left, made.remarks) == (None, None, None, ())


@pytest.mark.parametrize(
    ("identified", "day_60", "day_180"),
    [
        (D(2028, 1, 1), D(2028, 3, 1), D(2028, 6, 29)),  # over a leap day
        (D(2028, 2, 29), D(2028, 4, 29), D(2028, 8, 27)),  # on a leap day
        (D(2026, 1, 1), D(2026, 3, 2), D(2026, 6, 30)),  # no leap day
        (D(2025, 12, 3), D(2026, 2, 1), D(2026, 6, 1)),  # day 60 is a Sunday, and stays one
        (D(2025, 11, 2), D(2026, 1, 1), D(2026, 5, 1)),  # and a holiday
    ],
)
def test_days_are_calendar_days(identified: date, day_60: date, day_180: date) -> None:
    made = clock(Entered(identified=identified))
    assert (made.day_60, made.day_180, made.deadline) == (day_60, day_180, day_60)


def test_an_investigation_begun_before_leaves_all_sixty_days() -> None:
    """Identified 2 February; the investigation ran from 20 January to 3 March: 60 days from 3 March."""
    made = clock(Entered(None, D(2026, 2, 2), D(2026, 1, 20), D(2026, 3, 3)))
    assert (made.suspended_from, made.suspended_to, made.days_left) == (D(2026, 2, 2), D(2026, 3, 3), 60)
    assert made.deadline == D(2026, 5, 2)


def test_days_used_before_the_investigation_are_gone() -> None:
    """Twelve days pass, then the days stand still for 31; the 48 that are left go on."""
    made = clock(Entered(None, D(2026, 2, 2), D(2026, 2, 14), D(2026, 3, 17)))
    assert (made.suspended_from, made.days_left) == (D(2026, 2, 14), 48)
    assert made.deadline == D(2026, 3, 17) + timedelta(days=48) == D(2026, 5, 4)


def test_the_suspension_ends_on_day_180_of_the_identification() -> None:
    """Not of the beginning of the investigation: 180 days from 2 February, then what was left of the 60."""
    made = clock(Entered(None, D(2026, 2, 2), D(2026, 2, 14), D(2026, 12, 31)))
    assert made.suspended_to == D(2026, 8, 1)
    assert made.deadline == D(2026, 9, 18)
    assert made.remarks == (c.OUTLASTED,)


def test_an_investigation_that_goes_on_shows_the_latest_day() -> None:
    made = clock(Entered(None, D(2026, 2, 2), D(2026, 2, 2)))
    assert (made.suspended_to, made.deadline) == (D(2026, 8, 1), D(2026, 2, 2) + timedelta(days=240))
    assert made.remarks == (c.OPEN_INVESTIGATION,)


def test_day_sixty_is_the_last_on_which_an_investigation_may_begin() -> None:
    in_time = clock(Entered(None, D(2026, 2, 2), D(2026, 4, 3), D(2026, 4, 20)))
    assert (in_time.days_left, in_time.deadline) == (0, D(2026, 4, 20))
    late = clock(Entered(None, D(2026, 2, 2), D(2026, 4, 4), D(2026, 4, 20)))
    assert (late.suspended_from, late.deadline, late.remarks) == (None, D(2026, 4, 3), (c.TOO_LATE,))


@pytest.mark.parametrize(
    ("start", "end", "remark"),
    [
        (D(2026, 1, 2), D(2026, 1, 20), c.OVER_BEFORE),
        (D(2026, 2, 20), D(2026, 2, 10), c.TURNED_ROUND),
        (None, D(2026, 2, 10), c.END_ALONE),
    ],
)
def test_what_suspends_nothing_is_said(start: date | None, end: date, remark: str) -> None:
    made = clock(Entered(None, D(2026, 2, 2), start, end))
    assert (made.suspended_from, made.deadline, made.remarks) == (None, D(2026, 4, 3), (remark,))


def test_a_later_cost_report_moves_the_day_and_an_earlier_one_does_not() -> None:
    assert clock(Entered(identified=D(2026, 2, 2), cost_report_due=D(2026, 5, 31))).deadline == D(2026, 5, 31)
    assert clock(Entered(identified=D(2026, 2, 2), cost_report_due=D(2026, 3, 1))).deadline == D(2026, 4, 3)


def test_odd_dates_are_remarked_and_computed_all_the_same() -> None:
    made = clock(Entered(D(2024, 12, 30), D(2024, 12, 20)))
    assert made.deadline == D(2025, 2, 18)
    assert made.remarks == (c.CREDIBLE_LATER, c.EARLIER_TEXT)


DAYS = st.one_of(st.none(), st.dates(D(2024, 6, 1), D(2029, 12, 31)))


@given(DAYS, DAYS, DAYS, DAYS, DAYS)
def test_the_day_lies_between_day_60_and_day_240_unless_a_cost_report_is_later(
    credible: date | None, identified: date | None, start: date | None, end: date | None, due: date | None
) -> None:
    made = clock(Entered(credible, identified, start, end, due))
    if identified is None:
        assert made.deadline is None
        return
    assert made.deadline is not None
    assert made.day_60 is not None
    latest = identified + timedelta(days=c.RETURN_DAYS + c.SUSPENSION_DAYS)
    assert made.day_60 <= made.deadline <= max(latest, due or latest)
    assert due is None or made.deadline >= due
    assert set(made.remarks) <= set(c.REMARKS)


def test_six_years_on_from_a_leap_day_lose_no_day() -> None:
    assert years_after(D(2024, 2, 29), 6) == D(2030, 3, 1)
    assert years_after(D(2022, 2, 28), 6) == D(2028, 2, 28)
    assert years_after(D(2022, 2, 28), 8) == D(2030, 2, 28)


@pytest.mark.parametrize(
    ("identified", "received", "service", "said"),
    [
        (None, D(2024, 1, 1), D(2024, 1, 1), ""),
        (D(2030, 7, 1), D(2024, 7, 1), None, c.INSIDE),  # the sixth anniversary still counts
        (D(2030, 7, 2), D(2024, 7, 1), None, c.OUTSIDE),
        (D(2030, 7, 2), D(2024, 7, 1), D(2024, 7, 2), c.OUTSIDE),  # the payment decides where it is known
        (D(2030, 3, 1), D(2024, 2, 29), None, c.INSIDE),
        (D(2030, 7, 1), None, D(2024, 7, 1), c.INSIDE_BY_SERVICE),
        (D(2030, 7, 2), None, D(2024, 7, 1), c.PAYMENT_NEEDED),
        (D(2030, 7, 2), None, None, c.PAYMENT_NEEDED),
    ],
)
def test_look_back(identified: date | None, received: date | None, service: date | None, said: str) -> None:
    assert look_back(identified, received, service) == said
