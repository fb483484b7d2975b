"""Ranges of codes, ``"99202-99499"``: what lies in one, in Python and in SQL, and which text is no range at all.

The order of codes is that of texts, ends included, among codes of one length. That order alone would mix kinds of codes
of one length: 00500 (anaesthesia) stands between 0042T and 0999T (Category III), and 1000F (Category II) between 10000
and 69999. So a range whose ends end in one and the same letter holds only codes that end in it, and one whose ends are
digits throughout holds only digits. Ends of which neither is true are refused where the texts between them would be of
several kinds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_DIGITS = re.compile(r"[0-9]+")
_LETTER = re.compile(r"[A-Za-z]")


def fault_of(item: str) -> tuple[str, str] | None:
    """Why a text is no range, and how to mend it; None for a range in order and for a single code."""
    first, dash, last = item.partition("-")
    if not dash:
        return None
    if len(first) != len(last) or not first or first > last:
        return "it holds no code", "write the first and the last code, of one length"
    if first[:-1] == last[:-1] or _kind(first) == _kind(last):
        return None
    return (
        "its ends are of unlike kinds, and codes of several kinds lie between them",
        'write one range for each kind, its ends alike: "0042T-0999T", "00100-01999", "A0021-A9999"',
    )


def _kind(code: str) -> tuple[str, bool]:
    """The letter that a code ends in, if any, and whether it begins with a letter."""
    return code[-1] if _LETTER.match(code[-1]) else "", _LETTER.match(code) is not None


def lies_in(code: str, ranges: Sequence[str]) -> bool:
    """Whether a code lies in one of several ranges, or is one of the single codes among them."""
    singles, spans = _taken_apart(tuple(ranges))
    if code in singles:
        return True
    length = len(code)
    return any(
        length == size and first <= code <= last and ends.fullmatch(code) is not None
        for size, first, last, ends in spans
    )


@lru_cache(maxsize=4096)
def _taken_apart(
    ranges: tuple[str, ...],
) -> tuple[frozenset[str], tuple[tuple[int, str, str, re.Pattern[str]], ...]]:
    """The single codes, and of each range its codes' length, its ends, and what all its codes look like."""
    spans = []
    for item in ranges:
        first, dash, last = item.partition("-")
        if dash:
            digits = _DIGITS.fullmatch(first) and _DIGITS.fullmatch(last)
            like = _DIGITS if digits else re.compile(".*" + re.escape(shared_letter(first, last)), re.DOTALL)
            spans.append((len(first), first, last, like))
    return frozenset(item for item in ranges if "-" not in item), tuple(spans)


def shared_letter(first: str, last: str) -> str:
    """The letter that both ends of a range end in, empty where there is none."""
    same = bool(first) and bool(last) and first[-1] == last[-1] and _LETTER.match(first[-1]) is not None
    return first[-1] if same else ""


def ranges_sql(field: str, ranges: Sequence[str]) -> str:
    """The SQL of :func:`lies_in` for any of several literal ranges and single codes; never NULL."""
    singles = [item for item in ranges if "-" not in item]
    tests = [f"{field} IN ({', '.join(quoted(item) for item in singles)})"] if singles else []
    of_digits: dict[int, list[str]] = {}
    for item in ranges:
        first, dash, last = item.partition("-")
        between = f"{field} BETWEEN {quoted(first)} AND {quoted(last)}"
        letter = shared_letter(first, last)
        if dash and _DIGITS.fullmatch(first) and _DIGITS.fullmatch(last):
            of_digits.setdefault(len(first), []).append(between)
        elif dash:
            ending = f" AND ends_with({field}, {quoted(letter)})" if letter else ""
            tests.append(f"({between} AND length({field}) = {len(first)}{ending})")
    for length, any_of in of_digits.items():
        # The pattern costs more than the comparisons, so it is asked only where one of them holds.
        digits = f"regexp_full_match({field}, '[0-9]{{{length}}}')"
        tests.append(f"CASE WHEN {' OR '.join(any_of)} THEN {digits} ELSE FALSE END")
    return f"coalesce({' OR '.join(tests)}, FALSE)" if tests else "FALSE"


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
