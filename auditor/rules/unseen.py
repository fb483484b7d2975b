"""Characters that a reader of a rule file does not see, or takes for others: control and format characters, blanks that
are no blank, letters that are drawn as nothing.

Rests on the Unicode categories (``str.isprintable``: no Cc, Cf, Cs, Co, Cn, Zl, Zp, and of Zs the blank alone), and on
a list of characters that count as letters, marks or symbols and are drawn as nothing (Default_Ignorable_Code_Point of
the Unicode Character Database, and the empty pattern of Braille).
"""

from __future__ import annotations

import re
import unicodedata

_ALLOWED = "\n\t"
_DRAWN_AS_NOTHING = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def unseen_at(text: str) -> int:
    """The place of the first character that is refused, -1 where there is none."""
    if text.isprintable() and (text.isascii() or not _DRAWN_AS_NOTHING.search(text)):
        return -1
    for at, sign in enumerate(text):
        if sign not in _ALLOWED and (not sign.isprintable() or _DRAWN_AS_NOTHING.match(sign)):
            return at
    return -1


def shown(text: str) -> str:
    """The text with every such character written as its number."""
    if unseen_at(text) < 0:
        return text
    return "".join(number_of(sign) if unseen_at(sign) == 0 else sign for sign in text)


def number_of(sign: str) -> str:
    r"""A character as its number: ``\u00a0``."""
    return f"\\u{ord(sign):04x}"


def about(sign: str) -> tuple[str, str]:
    """Why a character is refused, by its name in Unicode, and how to mend it."""
    name = unicodedata.name(sign, "").lower()
    called = f"{name}: " if name else ""
    if unicodedata.category(sign) == "Zs":
        return f"{called}it looks like a blank and is none, so no text of a claim equals it", "write a blank"
    return f"{called}it is not seen, or makes the text look other than it is", "remove it"
