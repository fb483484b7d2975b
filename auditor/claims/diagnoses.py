"""The diagnoses of a line and which of them it points to.

The common row, whose cells are all of ICD-10-CM's form, is told by one pattern over all of them and cut at its commas.
Other rows are read cell by cell. A word for nothing is no diagnosis. A code of another form (ICD-9, 1E+10) may have
been any diagnosis: then what the claim is for is not known, and the line is left with none rather than held to have
one that no policy covers.
"""

from __future__ import annotations

import itertools

from auditor.claims import forms
from auditor.claims.words import placeholder

_ICD10 = "[A-Z][0-9][0-9A-Z][.]?[0-9A-Z]{0,4}"


def sound(text: str) -> str:
    """SQL: true where the `joined` text holds nothing but codes of ICD-10-CM's form."""
    return f"({text} = '' OR regexp_full_match({text}, '{_ICD10}(?:,{_ICD10})*'))"


def codes(text: str, sound_row: str) -> str:
    """SQL: VARCHAR[] of codes without dots from the `joined` text; `sound_row` holds `sound(text)`."""
    cells = (
        f"list_filter(regexp_split_to_array({text}, '[ ,;|]+'), lambda t: t <> '' AND NOT {_nothing('t')})"
    )
    other = f"len(list_filter({cells}, lambda t: NOT regexp_full_match(t, '{_ICD10}'))) > 0"
    none = "CAST([] AS VARCHAR[])"
    return (
        f"CASE WHEN {text} = '' THEN {none} WHEN {sound_row} THEN string_split(replace({text}, '.', ''), ',') "
        f"WHEN {other} THEN {none} ELSE list_transform({cells}, lambda t: replace(t, '.', '')) END"
    )


def pointers(columns: list[str], sound_row: str) -> str:
    """SQL: INTEGER[] of places in `codes`.

    Pointers count the file's columns; where a column between is blank or no diagnosis they move with their own.
    """
    if not columns:
        return forms.pointers("dx_ptr")
    gap = " OR ".join(f"({a} IS NULL AND {b} IS NOT NULL)" for a, b in itertools.pairwise(columns))
    cells = ", ".join(f"coalesce({name} IS NOT NULL AND NOT {_nothing(name)}, false)" for name in columns)
    present = f"[{cells}]"
    moved = (
        f"list_transform(list_filter({forms.pointers('dx_ptr')}, lambda p: coalesce({present}[p], false)), "
        f"lambda p: CAST(len(list_filter({present}[1:p], lambda d: d)) AS INTEGER))"
    )
    return forms.pointers("dx_ptr", f"WHEN NOT {sound_row}{' OR ' + gap if gap else ''} THEN {moved}")


def _nothing(x: str) -> str:
    # 1E+10 is not nothing: it was a diagnosis.
    return f"(trim({x}) = '' OR {placeholder(x)} AND NOT contains({x}, '+'))"


def kept(codes_column: str, pointers_column: str, sound_row: str, pointed: bool) -> str:
    """SQL: the diagnoses of the line; none where its pointers name a cell that holds a word for nothing."""
    if not pointed:
        return codes_column
    return (
        f"CASE WHEN NOT {sound_row} AND dx_ptr IS NOT NULL AND len({pointers_column}) = 0 THEN CAST([] AS VARCHAR[]) "
        f"ELSE {codes_column} END"
    )
