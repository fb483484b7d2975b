"""Blanks that are no blank of ASCII: a no-break or thin space, a mark of no width.

Word processors, web pages and Windows-1252 exports put them beside a value, where nobody sees them. They are made
plain where the text is staged, before anything is read or measured, so that every later step has one idea of a blank.
"""

from __future__ import annotations

_SPACES = "\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_NO_WIDTH = "\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"


def plain_blanks(x: str) -> str:
    """SQL: the VARCHAR `x` with every such blank as a plain one and marks of no width left out.

    Text of ASCII alone, which has as many bytes as characters, is passed through.
    """
    bare = f"regexp_replace(regexp_replace({x}, '[{_NO_WIDTH}]', '', 'g'), '[{_SPACES}]', ' ', 'g')"
    return f"CASE WHEN strlen({x}) = length({x}) THEN {x} ELSE {bare} END"
