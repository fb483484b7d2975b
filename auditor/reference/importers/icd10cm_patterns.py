"""The ICD-10-CM codes that a note of the tabular list names, as ranges of beginnings of codes.

A pattern (from, to) holds for a code whose beginning, as long as `from`, is not before `from`, and whose beginning, as
long as `to`, is not after `to` (as in the coverage table): `(Z79.-)` is Z79 to Z79, `(A15-A19)` is A15 to A19.

A range that is a section or chapter is what stands in it: M05-M14 holds M1A, which becomes a pattern of its own.
`E08-E13 with .42` becomes a pattern for every category. A note is read wholly or not at all: conditions on a character
(`with fifth or sixth character 5`) cannot be told as beginnings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

Pattern = tuple[str, str]

# The second character is a letter in QA0 only, so far.
_CODE = r"[A-Z](?:\d[0-9A-Z]|[A-Z]\d)(?:\.[0-9A-Z]{1,4})?"
_DASH = r"\.?-?"
_ITEM = re.compile(rf"({_CODE}){_DASH}(?:\s?-\s?|\s+to\s+)({_CODE}){_DASH}|({_CODE}){_DASH}")
_TAIL = re.compile(r"\.([0-9A-Z]{1,4})(?:-\.([0-9A-Z]{1,4}))?-?")
_SEPARATOR = re.compile(r"\s*(?:,|;|\bor\b|\band\b)\s*")
_WITH = re.compile(r",?\s+with\s+(?:final characters?\s+)?(?=\.)")
_BRACKET = re.compile(r"\(([^()]*)\)")
_MENTION = re.compile(rf"(?<![0-9A-Za-z.]){_CODE}(?![0-9A-Za-z])")
# A code at the end of a note without brackets, unless a preposition joins it to the words before.
_AT_END = re.compile(
    rf"(?:^|\s)(?:classified\s+(?:in|to)|classifiable\s+to|categor(?:y|ies)|"
    rf"(?!(?:in|to|of|with|from|for|than|and|or|see|code|codes)\s)[^\s,.;:]+)\s+"
    rf"((?:{_CODE}){_DASH}(?:-(?:{_CODE}){_DASH})?)$"
)


class Categories:
    """The categories (codes of three characters) in the order of the tabular list, and its blocks of them."""

    def __init__(self, names: Iterable[str], blocks: Mapping[str, Sequence[str]]) -> None:
        """`blocks` are the categories of each chapter and section, by its range (`M05-M14`)."""
        self._order = list(dict.fromkeys(names))
        self._at = {name: place for place, name in enumerate(self._order)}
        self._sorted = sorted(self._order)
        self._rank = {name: rank for rank, name in enumerate(self._sorted)}
        self._blocks = blocks

    def __contains__(self, name: str) -> bool:
        return name in self._at

    def within(self, first: str, last: str) -> list[str]:
        """The categories that a pattern holds."""
        return [name for name in self._sorted if first <= name <= last]

    def ranges(self, names: Iterable[str]) -> list[Pattern]:
        """The fewest ranges of beginnings that hold these categories and no other of the list."""
        found: list[list[str]] = []
        for rank in sorted({self._rank[name] for name in names}):
            name = self._sorted[rank]
            if found and self._rank[found[-1][1]] == rank - 1:
                found[-1][1] = name
            else:
                found.append([name, name])
        return [(first, last) for first, last in found]

    def resolve(self, first: str, last: str) -> list[Pattern] | None:
        """A range of codes without dots as patterns; None when it cannot be told.

        A range that is a block of the list is that block; any other goes by the order of the list. Where that order
        and the one of letters and digits differ, one that does not begin and end with numbered categories stays open.
        """
        block = self._blocks.get(f"{first}-{last}")
        if block:
            return self.ranges(block)
        begin, end = self._at.get(first[:3]), self._at.get(last[:3])
        if begin is None or end is None or first > last:
            return None
        listed = self._order[begin : end + 1]
        if sorted(listed) == self.within(first[:3], last[:3]):
            return [(first, last)]
        numbered = len(first) == len(last) == 3 and (first[1:] + last[1:]).isdecimal()
        return self.ranges(listed) if listed and numbered else None


def patterns_of(note: str, categories: Categories) -> list[Pattern] | None:
    """All patterns that a note names: empty when it names no code, None when it cannot be read wholly."""
    note = " ".join(note.split())
    found: list[Pattern] = []
    rest = note
    for match in _BRACKET.finditer(note):
        patterns = _expression(match[1], categories)
        if patterns is not None:
            found += patterns
            rest = rest.replace(match[0], " ", 1)
    left = [mention for mention in _MENTION.findall(rest) if mention[:3] in categories or "." in mention]
    if not left:
        return list(dict.fromkeys(found))
    end = _AT_END.search(note)
    if found or end is None or len(_MENTION.findall(end[1])) != len(left):
        return None
    return _expression(end[1], categories)


def _expression(text: str, categories: Categories) -> list[Pattern] | None:
    """A list of codes and ranges, perhaps with endings; None when it is anything else."""
    head, *tails = _WITH.split(text.strip(" ,"), maxsplit=1)
    items = [_item(part, categories) for part in _parts(head)]
    bases = [pattern for item in items if item is not None for pattern in item]
    if not items or any(item is None for item in items):
        return None
    return _with_tails(bases, tails[0], categories) if tails else bases


def _parts(text: str) -> Sequence[str]:
    return [part for part in _SEPARATOR.split(text.strip()) if part]


def _item(text: str, categories: Categories) -> list[Pattern] | None:
    match = _ITEM.fullmatch(text.strip())
    if match is None:
        return None
    if match[3] is not None:
        code = match[3].replace(".", "")
        return [(code, code)] if code[:3] in categories else None
    return categories.resolve(match[1].replace(".", ""), match[2].replace(".", ""))


def _with_tails(bases: Sequence[Pattern], text: str, categories: Categories) -> list[Pattern] | None:
    """Every category of the bases with every ending: `E08-E13 with .51-.52` is E0851 to E0852, E0951 to ..."""
    tails = [_TAIL.fullmatch(part) for part in _parts(text)]
    found: list[Pattern] = []
    for first, last in bases:
        if len(first) != 3 or len(last) != 3 or not tails:
            return None
        run = categories.within(first, last)
        for name in run:
            for tail in tails:
                if tail is None:
                    return None
                found.append((name + tail[1], name + (tail[2] or tail[1])))
        if not run:
            return None
    return found
