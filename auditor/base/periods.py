"""The time an edition of a CMS table is made for: a quarter, a calendar or fiscal year, or from a day on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from auditor.base.dates import OPEN_END, quarter_bounds

_YEAR = re.compile(r"(?:CY)?(\d{4})", re.IGNORECASE)
_FISCAL = re.compile(r"FY(\d{4})", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")

Kind = Literal["quarter", "year", "fiscal year", "day"]


@dataclass(frozen=True, order=True)
class Period:
    """First and last day, both inclusive, and the label under which the edition is known. Ordered by first day."""

    first: date
    last: date
    label: str

    @property
    def kind(self) -> Kind:
        """What the label is: quarter, year, fiscal year or day."""
        if _DAY.fullmatch(self.label):
            return "day"
        if _FISCAL.fullmatch(self.label):
            return "fiscal year"
        return "year" if _YEAR.fullmatch(self.label) else "quarter"

    @classmethod
    def parse(cls, text: str) -> Period:
        """`2024Q3`, `2024` (calendar year), `FY2025` (from 1 October 2024) or `2024-03-09` (from that day, open).

        Raises ValueError for anything else.
        """
        text = text.strip()
        year = _FISCAL.fullmatch(text)
        if year is not None and int(year[1]) > 1:
            return cls(date(int(year[1]) - 1, 10, 1), date(int(year[1]), 9, 30), f"FY{year[1]}")
        year = _YEAR.fullmatch(text)
        if year is not None and int(year[1]) > 0:
            return cls(date(int(year[1]), 1, 1), date(int(year[1]), 12, 31), year[1])
        try:
            if _DAY.fullmatch(text):
                return cls(date.fromisoformat(text), OPEN_END, text)
            return cls(*quarter_bounds(text), text.upper())
        except ValueError as error:
            raise ValueError(
                f"{text!r} is no period; write a quarter as 2024Q3, a year as 2024, a fiscal year as FY2025, "
                "or the first day as 2024-03-09"
            ) from error
