"""The dates of 42 CFR 401.305 as arithmetic on what a person enters; nothing here decides that anything was identified.

Days are calendar days: a date that falls on a weekend or holiday stays where it falls. The workbook's formulas
(`sixty_day_book.py`) say the same in the same order, and a test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Final

RETURN_DAYS: Final = 60
SUSPENSION_DAYS: Final = 180
LOOK_BACK_YEARS: Final = 6
AMENDED: Final = date(2025, 1, 1)
"""First day of the text this arithmetic follows."""

AFTER: Final = date(2000, 1, 1)
BEFORE: Final = date(2200, 1, 1)
"""What is entered lies between them, as the workbook asks: the year 0026, a slip, would give a deadline as well."""

NOT_ENTERED: Final = (
    "No date of identification is entered, so nothing is computed. Whether and when an overpayment was identified "
    "is for the organisation and its counsel."
)
OPEN_INVESTIGATION: Final = (
    "No end of the investigation is entered: the latest day is shown, as if it went on to day 180."
)
OUTLASTED: Final = "The investigation went on past day 180; the suspension ended on day 180."
TOO_LATE: Final = "The investigation began after day 60, so the days had run out: no suspension is counted."
OVER_BEFORE: Final = (
    "The investigation had ended when the overpayment was identified: no suspension is counted."
)
TURNED_ROUND: Final = (
    "The end of the investigation stands before its beginning: no suspension is counted. Look again."
)
END_ALONE: Final = (
    "An end of the investigation is entered and no beginning: no suspension is counted. Look again."
)
CREDIBLE_LATER: Final = "The credible information is dated after the identification. Look again."
EARLIER_TEXT: Final = (
    "The identification is before 2025-01-01, when another text was in force: this arithmetic "
    "is not of that text."
)
REMARKS: Final = (
    NOT_ENTERED, CREDIBLE_LATER, EARLIER_TEXT, END_ALONE, TURNED_ROUND, TOO_LATE, OVER_BEFORE, OPEN_INVESTIGATION,
    OUTLASTED,
)  # fmt: skip

INSIDE: Final = "inside"
OUTSIDE: Final = "outside, look again"
INSIDE_BY_SERVICE: Final = "inside (paid after the service)"
PAYMENT_NEEDED: Final = "enter the payment date"


@dataclass(frozen=True, slots=True)
class Entered:
    """What the user enters; every date may be missing.

    `credible_information`: when credible information was at hand. `identified`: when the overpayment was identified, a
    legal conclusion. `investigation_start`, `investigation_end`: of the good-faith investigation of related
    overpayments; its end is when it was concluded and the amounts were calculated. `cost_report_due`: when a
    corresponding cost report is due, where there is one.
    """

    credible_information: date | None = None
    identified: date | None = None
    investigation_start: date | None = None
    investigation_end: date | None = None
    cost_report_due: date | None = None

    def slips(self) -> Iterator[tuple[str, date]]:
        """The dates, by name, that can be none of these events."""
        for item in fields(self):
            day: date | None = getattr(self, item.name)
            if day is not None and not AFTER < day < BEFORE:
                yield item.name, day


@dataclass(frozen=True, slots=True)
class Clock:
    """What follows: the days by date, and what must be said of them. All None without a date of identification.

    `days_left` are those of the 60 that remain when the suspension ends; `deadline` is the later of the day the 60 days
    end, suspension counted, and the day the cost report is due.
    """

    day_60: date | None = None
    day_180: date | None = None
    suspended_from: date | None = None
    suspended_to: date | None = None
    days_left: int | None = None
    deadline: date | None = None
    remarks: tuple[str, ...] = ()


def clock(entered: Entered) -> Clock:
    """The dates that follow from `entered` (42 CFR 401.305(b)): 60 days, suspension up to day 180, cost report."""
    identified = entered.identified
    if identified is None:
        return Clock(remarks=(NOT_ENTERED,))
    day_60 = identified + timedelta(days=RETURN_DAYS)
    day_180 = identified + timedelta(days=SUSPENSION_DAYS)
    remarks = []
    if entered.credible_information is not None and entered.credible_information > identified:
        remarks.append(CREDIBLE_LATER)
    if identified < AMENDED:
        remarks.append(EARLIER_TEXT)
    span, said = _suspension(entered, identified, day_60, day_180)
    remarks += [said] if said else []
    last_day, left = day_60, None
    if span is not None:
        left = RETURN_DAYS - (span[0] - identified).days
        last_day = span[1] + timedelta(days=left)
    deadline = max(last_day, entered.cost_report_due or last_day)
    begun, ended = span or (None, None)
    return Clock(day_60, day_180, begun, ended, left, deadline, tuple(remarks))


def _suspension(
    entered: Entered, identified: date, day_60: date, day_180: date
) -> tuple[tuple[date, date] | None, str]:
    """From when to when the days stand still, and what must be said of it."""
    start, end = entered.investigation_start, entered.investigation_end
    if start is None:
        return None, END_ALONE if end is not None else ""
    if end is not None and end < start:
        return None, TURNED_ROUND
    if start > day_60:
        return None, TOO_LATE
    if end is not None and end < identified:
        return None, OVER_BEFORE
    begun = max(start, identified)
    if end is None:
        return (begun, day_180), OPEN_INVESTIGATION
    return (begun, min(end, day_180)), OUTLASTED if end > day_180 else ""


def years_after(day: date, years: int) -> date:
    """The same day `years` later; 29 February becomes 1 March where the year has none, so that no day is lost."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def look_back(identified: date | None, received: date | None, service: date | None) -> str:
    """Whether a payment lies within the six years of 42 CFR 401.305(f), in words; empty until a date is entered.

    `received` is the day of payment. Where it is not known, a service within the six years is enough, for it is paid
    after it was rendered; an earlier service says nothing.
    """
    if identified is None:
        return ""
    if received is not None:
        return INSIDE if identified <= years_after(received, LOOK_BACK_YEARS) else OUTSIDE
    if service is not None and identified <= years_after(service, LOOK_BACK_YEARS):
        return INSIDE_BY_SERVICE
    return PAYMENT_NEEDED
