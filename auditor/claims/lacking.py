"""What a feed lacks of modifiers, units and diagnosis pointers, as every report tells it (catalogue DQ-06)."""

from __future__ import annotations

from collections.abc import Collection

from auditor.claims.model import MODIFIER_COLUMNS_OF_A_CLAIM


def lacking_told(fields: Collection[str], modifier_columns: int) -> tuple[str, ...]:
    """Sentences about a feed with the fields `fields`, whose poorest file has so many columns of modifiers."""
    told = []
    if "modifiers" not in fields:
        told.append("the claims carry no modifiers; rules that rest on them are not evaluated")
    elif modifier_columns < MODIFIER_COLUMNS_OF_A_CLAIM:
        told.append(
            f"a file carries {modifier_columns} of {MODIFIER_COLUMNS_OF_A_CLAIM} modifiers a line; a finding on its "
            "lines that a missing one could lift needs a record"
        )
    if "units" not in fields:
        told.append("the claims carry no units; rules that count them are not evaluated")
    if "dx_ptr" not in fields and "dx" in fields:
        told.append(
            "the claims do not say which diagnoses a line is for; rules of coverage take all of the claim's, and what "
            "they find needs a record"
        )
    return tuple(told)
