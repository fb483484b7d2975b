"""What a rule file may be called and whom it may be for: closed forms, refused where they could only be a slip.

A misspelt line of business would keep a rule from every claim in silence, and an id that is a path or a mark-up would
stand in file names and pages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from auditor.claims.columns import WORDS
from auditor.rules import model as m
from auditor.rules.shapes import day, known_keys, line_of, maybe_section, nearest, texts
from auditor.rules.yaml_strict import LineDict, refuse, told

_ID = re.compile(r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*\Z")
"""Looser than what lint asks of a new id (R101)."""
_LONGEST = 60
_SCOPE = ("line_of_business", "claim_type", "setting", "payer_id")


def check_id(path: Path, data: Mapping[str, Any]) -> None:
    """Whether the ``id`` of a file or variant, where it is a text, is of the form of ids. Raises InputRefused."""
    name = data.get("id")
    if isinstance(name, str) and (len(name) > _LONGEST or not _ID.match(name)):
        raise refuse(
            path, line_of(data, "id"), f"`{told(name[:_LONGEST])}` is no id",
            "an id is capital letters and digits in parts joined by -, for it is said on the phone and names a page",
            "write <FAMILY>-<TOPIC>-<NNN>, as in NCCI-PTP-001",
        )  # fmt: skip


def scope_of(path: Path, data: LineDict) -> m.Scope:
    """The ``applies_to`` block. Raises InputRefused for a word that no claim line can have."""
    block = maybe_section(path, data, "applies_to")
    known_keys(path, block, list(_SCOPE))
    found = {key: texts(path, block, key) for key in block}
    for key, values in found.items():
        for value in values if key in WORDS else ():
            if value not in WORDS[key]:
                raise refuse(
                    path, line_of(block, key), f"{key} `{told(value)}` is not known",
                    "no claim line has it, so the rule would be for none", nearest(value, WORDS[key]),
                )  # fmt: skip
    return m.Scope(**found)


def days_in_force(path: Path, data: LineDict) -> tuple[date | None, date | None]:
    """First and last day of the ``effective`` block. Raises InputRefused for one that ends before it begins."""
    block = maybe_section(path, data, "effective")
    first, last = day(path, block, "from"), day(path, block, "to")
    if first is not None and last is not None and last < first:
        raise refuse(
            path, line_of(block, "to"), f"`effective` ends on {last} and begins on {first}",
            "the rule would never be in force", "correct one date; both days are inside",
        )  # fmt: skip
    return first, last
