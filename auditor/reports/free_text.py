"""Texts in which names of files, sheets or values of the input may be quoted, made fit for a limited data set."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from auditor.base import marks
from auditor.base.pseudonyms import Pseudonyms

_QUOTED: Final = re.compile(r"(?<!\w)'.*'(?!\w)|\".*\"", re.DOTALL)
"""From the first quotation mark to the last, for a name may hold one; an apostrophe within a word is none."""
TOKEN: Final = re.compile(r"[^\W_][\w.\-/]*[^\W_]")
WORD_IN_SQL: Final = r"[\pL\pN][\pL\pN_./-]*[\pL\pN]"
"""What may be a number of a claim or patient within a text, in Python's words and in SQL's."""
LEAST_TOKEN: Final = 6
"""Shorter ones are codes and counts as often as numbers of claims; texts of findings mark theirs, whatever the size."""
_CODE: Final = re.compile(marks.CODE_FORM)
_MODIFIER: Final = re.compile(marks.MODIFIER_FORM)
_NPI: Final = re.compile(marks.NPI_FORM)


class FreeText:
    """Replaces what may identify somebody in a text of the run.

    `files` are labels by the names of input files; `known` pseudonyms by those numbers of claims and patients of the
    input that stand in some text of the run as a word.
    """

    def __init__(
        self, pseudonyms: Pseudonyms, files: Mapping[str, str], known: Mapping[str, str] | None = None
    ) -> None:
        self._pseudonyms = pseudonyms
        self._files = dict(sorted(files.items(), key=lambda item: -len(item[0])))
        self._known = known or {}

    def cleaned(self, text: str) -> str:
        """`text` without names of files, quoted values and numbers of claims and patients."""
        for name, label in self._files.items():
            text = text.replace(name, label)
        return self.unnumbered(_QUOTED.sub(f"'{marks.WITHHELD}'", text))

    def unnumbered(self, text: str) -> str:
        """`text` with pseudonyms in place of the numbers of claims and patients that stand in it as words."""
        return TOKEN.sub(lambda found: self._known.get(found[0], found[0]), text) if self._known else text

    def file(self, name: str) -> str:
        """The label of an input file; a name that is none of an input has a pseudonym."""
        return self._files.get(name) or self._pseudonyms.of("file", name)

    def told(self, text: str) -> str:
        """A sentence of a finding: each mark gives way to a pseudonym, or to its value where that is a code."""
        parts = marks.MARK.split(text)
        # Text, kind, value, text, kind, value, ... text.
        said = [
            self._marked(parts[at - 1], parts[at]) if at % 3 == 2 else self.unnumbered(parts[at])
            for at in range(len(parts))
            if at % 3 != 1
        ]
        return "".join(said).replace(marks.OPEN, marks.WITHHELD).replace(marks.CLOSE, "")

    def provider(self, number: str) -> str:
        """A provider's number: an NPI stays."""
        return number if _NPI.fullmatch(number) else self._pseudonyms.of(marks.PROVIDER, number)

    @staticmethod
    def code(value: str) -> str:
        """A code, or nothing that has not the form of one."""
        return value if _CODE.fullmatch(value) else marks.WITHHELD

    def _marked(self, kind: str, value: str) -> str:
        value = bytes.fromhex(value).decode("utf-8", "replace")
        if kind == marks.WORD:
            return self.code(value)
        if kind == marks.MODIFIER:
            return value if _MODIFIER.fullmatch(value) else marks.WITHHELD
        return self.provider(value) if kind == marks.PROVIDER else self._pseudonyms.of(kind, value)


def tokens(value: Any) -> set[str]:
    """The words of all texts in `value` (plain JSON) that may be numbers of claims or patients."""
    found: set[str] = set()

    def note(text: str) -> str:
        found.update(word for word in TOKEN.findall(text) if len(word) >= LEAST_TOKEN)
        return text

    walked(value, note)
    return {word for word in found if any(letter.isdigit() for letter in word)}


def walked(value: Any, change: Callable[[str], str], but: Iterable[str] = ()) -> Any:
    """Plain JSON with every text changed; keys, and what stands under the keys in `but`, stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        kept = frozenset(but)
        return {key: item if key in kept else walked(item, change, kept) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [walked(item, change, but) for item in value]
    return value
