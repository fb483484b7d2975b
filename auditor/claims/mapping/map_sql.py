"""How a cell is written, by the user's column map, as SQL that makes of it what the canonical step reads.

A cell that is not written as the map says stays visibly wrong: a question mark is put before it, so that no later step
takes 03/04/2024 for a day of March where the map says that the day stands first.
"""

from __future__ import annotations

from typing import Final

from auditor.claims.forms import accounting_zero
from auditor.claims.mapping.column_map import EXCEL_DAYS, Written
from auditor.claims.mapping.date_format import digits_alone, directives
from auditor.claims.words import literal

_NOT_AS_SAID: Final = "'? ' || "
_COMMA_NUMBER: Final = "[-+(]?([0-9]{1,3}([.][0-9]{3})+|[0-9]*)(,[0-9]*)?[-)]?"
_FIRST_DAY, _LAST_DAY = 18264, 73050
"""Day numbers of 1950-01-01 and 2099-12-31: what lies beyond is no date but a number."""


def as_written(x: str, written: Written) -> str:
    """SQL: the VARCHAR `x`, a cell of a field that is `written` so, as the canonical step reads it."""
    if written.split is not None:
        x = _part(x, written.split.separator, written.split.part)
    if written.decimal == ",":
        x = _of_comma(x)
    if written.date_format == EXCEL_DAYS:
        return _of_day_number(x)
    if written.date_format:
        return _of_format(x, written.date_format)
    return x


def parts_beyond(x: str, separator: str, part: int) -> str:
    """SQL: true where a cell has more parts than `part`."""
    return f"coalesce({_part(x, separator, part + 1)}, '') <> ''"


def _part(x: str, separator: str, part: int) -> str:
    if not separator.strip():
        x, separator = f"regexp_replace(trim({x}), '[ \\t\\r\\n]+', ' ', 'g')", " "
    return f"nullif(trim(split_part({x}, {literal(separator)}, {part})), '')"


def _of_comma(x: str) -> str:
    """A number with a decimal comma as one with a point; `12.50` is then none, and `1.250` is 1250."""
    bare = f"regexp_replace({x}, '[ \\t$€'']', '', 'g')"
    return (
        f"CASE WHEN {x} IS NULL OR {bare} = '' OR {accounting_zero(bare)} THEN {x} "
        f"WHEN regexp_full_match({bare}, '{_COMMA_NUMBER}') "
        f"THEN replace(replace({bare}, '.', ''), ',', '.') ELSE {_NOT_AS_SAID}{x} END"
    )


def _of_format(x: str, date_format: str) -> str:
    told = directives(date_format)
    assert told is not None, "the loader of the map refuses what is no date format"
    bare = f"regexp_replace(trim({x}), '([.]0+|[T ]+[0-9]{{1,2}}:.*)$', '')"
    parsed = f"try_strptime({bare}, {literal(told)})"
    width = digits_alone(told)
    if width:  # a reader that is lenient takes seven digits for a date
        parsed = f"CASE WHEN regexp_full_match({bare}, '[0-9]{{{width}}}') THEN {parsed} END"
    return (
        f"CASE WHEN {x} IS NULL OR trim({x}) = '' THEN {x} "
        f"ELSE coalesce(strftime({parsed}, '%Y-%m-%d'), {_iso(bare)}, {_NOT_AS_SAID}{x}) END"
    )


def _of_day_number(x: str) -> str:
    number = f"TRY_CAST(trim({x}) AS DECIMAL(14,6))"
    day = (
        f"CASE WHEN {number} BETWEEN {_FIRST_DAY} AND {_LAST_DAY} "
        f"THEN strftime(DATE '1899-12-30' + CAST(floor({number}) AS INTEGER), '%Y-%m-%d') END"
    )
    return (
        f"CASE WHEN {x} IS NULL OR trim({x}) = '' THEN {x} "
        f"ELSE coalesce({day}, {_iso(f'trim({x})')}, {_NOT_AS_SAID}{x}) END"
    )


def _iso(bare: str) -> str:
    """The ISO form, which can be read one way alone and needs no format."""
    return f"CASE WHEN regexp_full_match({bare}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') THEN {bare} END"
