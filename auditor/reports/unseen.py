"""Characters of a text that nobody sees: some no file can hold, some turn round how the text beside them reads.

A claim number may bring one into a sentence, whose amounts would then stand the other way round.
"""

from __future__ import annotations

import re
from typing import Final

from markupsafe import Markup

REPLACED: Final = "\N{REPLACEMENT CHARACTER}"
TURNING: Final = "\u202a-\u202e\u2066-\u2069"
"""Embeddings, overrides and isolates of direction; marks of a single letter's direction turn nothing round."""
UNSEEN: Final = f"\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff{TURNING}"
"""Those, and what XML cannot hold: the inside of a character class."""
_UNSEEN: Final = re.compile(f"[{UNSEEN}]")
_TURNING_BYTES: Final = re.compile(rb"\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]")


def all_seen(text: str) -> str:
    """`text` with a sign in the place of every character that is not seen; what is markup stays markup."""
    if text.isprintable() or not _UNSEEN.search(text):
        return text
    said = _UNSEEN.sub(REPLACED, text)
    return Markup(said) if isinstance(text, Markup) else said


def none_turning(content: bytes) -> bytes:
    """UTF-8 with that sign in the place of every character that turns the text beside it."""
    return _TURNING_BYTES.sub(REPLACED.encode(), content)
