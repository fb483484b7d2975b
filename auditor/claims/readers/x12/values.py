"""Amounts and dates of X12 judged for diagnostics; what is passed on stays the text that it is.

Source: X12.6 data types: R is digits with at most one point and a leading minus, no separators; D8 is CCYYMMDD, RD8 two
of them with a hyphen, DT and TM the same with hours and minutes.
"""

from __future__ import annotations

import re
from datetime import date

_AMOUNT = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_KEPT = 1 << 16
"""Values remembered; a feed repeats its charges and dates."""
_LONGEST = 40
"""Characters of an amount; X12 has eighteen at most, and Python turns no more than some thousand into a number."""


class Cents(dict[str, int | None]):
    """Text of an amount to cents, rounded half away from zero; None for a blank and for what is no X12 number."""

    def __missing__(self, text: str) -> int | None:
        """Judge a text that was not met before."""
        if len(self) >= _KEPT:
            self.clear()
        value = self[text] = _cents(text.strip())
        return value


def _cents(text: str) -> int | None:
    if len(text) > _LONGEST or _AMOUNT.fullmatch(text) is None:
        return None
    whole, _, fraction = text.lstrip("-").partition(".")
    digits = (fraction + "000")[:3]
    value = int(whole or "0") * 100 + int(digits[:2]) + (digits[2] >= "5")
    return -value if text.startswith("-") else value


class Days(dict[str, bool]):
    """Text of eight digits to whether it is a day of the calendar between 1900 and 9999."""

    def __missing__(self, text: str) -> bool:
        """Judge a text that was not met before."""
        if len(self) >= _KEPT:
            self.clear()
        value = self[text] = _is_day(text)
        return value


def _is_day(text: str) -> bool:
    if len(text) != 8 or not (text.isascii() and text.isdigit()) or text < "1900":
        return False
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


def period(form: str, text: str) -> tuple[str, str]:
    """First and last day of a DTP03 as texts; the last is blank for a single day. A time after a day is left out."""
    if form == "D8" and len(text) == 8:
        return text, ""
    if form in ("DT", "DTS"):
        return text[:8], ""
    if form in ("RD8", "RDT", "RD") or (len(text) == 17 and text[8] == "-"):
        middle = len(text) // 2
        first, last = (text[:middle], text[middle + 1 :]) if text[middle : middle + 1] == "-" else (text, "")
        return (first[:8], last[:8]) if form == "RDT" else (first, last)
    return text, ""


def money(cents: int) -> str:
    """Dollars with two decimals as text."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"
