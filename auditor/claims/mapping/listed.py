"""The lists of a line as one text each, from the columns over which a file spreads them.

Modifiers, diagnoses, procedures and pointers may stand one a column, several in a cell, or both ways beside each other.
"""

from __future__ import annotations

import itertools
from typing import Final

from auditor.claims import forms
from auditor.claims.fields import Kind
from auditor.claims.model import FIELDS

_PLAIN_MODIFIERS: Final = "[0-9A-Z]{2}([ ,;:|/-]*[0-9A-Z]{2})*"
"""A cell of modifiers in which nothing must be mended before they are told apart."""


def columns(kind: Kind, have: frozenset[str]) -> list[str]:
    """The columns of a kind that a file has, in order: its diagnoses, its procedures."""
    return [field.name for field in FIELDS if field.kind == kind and field.name in have]


def modifiers(have: frozenset[str]) -> str:
    """SQL: the modifiers of a row. Where a column of all stands beside columns of one, each modifier counts once."""
    names = [field.name for field in FIELDS if field.name.startswith("mod") and field.name in have]
    single = [name for name in names if name != "modifiers"]
    if not single or len(single) == len(names):
        return forms.joined(names)
    alone = [f"nullif(upper(trim({name}, {forms.BLANKS})), '')" for name in single]
    every = f"upper(trim(modifiers, {forms.ASCII_BLANKS}))"
    others = (
        f"list_filter({forms.modifier_list(every)}, "
        f"lambda m: NOT coalesce(list_contains([{', '.join(alone)}], m), false))"
    )
    return (
        f"CASE WHEN coalesce({', '.join(single)}) IS NOT NULL AND regexp_full_match({every}, '{_PLAIN_MODIFIERS}') "
        f"THEN concat_ws(',', {', '.join(alone)}, nullif(array_to_string({others}, ','), '')) "
        f"ELSE {forms.joined(names)} END"
    )


def pointers(have: frozenset[str]) -> str:
    """SQL: the pointers of a row. They count the file's columns of diagnoses; where one is blank they move."""
    told = _pointers_told(columns("pointer", have))
    dx = columns("icd10", have)
    if len(dx) < 2 or told is None:
        return told or "CAST(NULL AS VARCHAR)"
    # A cell of blanks is as empty as none; what begins with a blank is below every visible character.
    gap = " OR ".join(f"({b} IS NOT NULL AND coalesce({a} < '!', true))" for a, b in itertools.pairwise(dx))
    present = "[" + ", ".join(f"trim({name}, {forms.BLANKS})" for name in dx) + "]"
    moved = (
        f"list_transform(list_filter({forms.pointers(told)}, lambda p: {present}[p] <> ''), "
        f"lambda p: CAST(len(list_filter({present}[1:p], lambda d: d <> '')) AS INTEGER))"
    )
    # The last colon keeps a single 12 from being read as 1 and 2.
    return f"CASE WHEN {gap} THEN array_to_string({moved}, ':') || ':' ELSE {told} END"


def _pointers_told(names: list[str]) -> str | None:
    """SQL: the pointers as they stand in the columns `names`; None where there are none.

    A cell of one among several columns holds one pointer: 12 is the twelfth diagnosis and not the first and second,
    which the colon at the end says. Letters of a cell are pointers each.
    """
    if not names or names == ["dx_ptr"]:
        return "dx_ptr" if names else None
    cells = [f"trim({name}, {forms.BLANKS})" for name in names]
    apart = [f"nullif(regexp_replace(upper({cell}), '([A-Z])', '\\1:', 'g'), '')" for cell in cells]
    several = f"concat_ws(':', {', '.join(apart)})"
    filled = ", ".join(f"nullif({cell}, '')" for cell in cells)
    plain = f"concat_ws(':', {filled})"
    return (
        f"CASE WHEN regexp_full_match({plain}, '[1-9](:[1-9])*') THEN {plain} "
        f"WHEN {several} <> '' THEN {several} || ':' END"
    )
