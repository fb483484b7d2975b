"""Medicare's or Medicaid's: which programme an NCCI file belongs to when its name does not say so.

The two publish tables of the same kinds in layouts that differ by a column. A file's name decides; where it is silent
its content does; and a name and a content that contradict each other refuse the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from auditor.base.errors import InputRefused
from auditor.reference.importers.interface import Importer, Part
from auditor.reference.names import name_facts

if TYPE_CHECKING:
    from auditor.reference.intake import Batch

PREFIX = "medicaid_"
# Stands in the public copies of Medicaid's files.
_SENTENCE = re.compile(r"not\s+be\s+used\s+by\s+state\s+medicaid\s+programs", re.IGNORECASE)

Shows = Callable[[Part], bool | None]
"""Whether a part's content shows Medicaid (True), Medicare (False) or neither (None)."""


def says_medicaid(lines: Iterable[str]) -> bool:
    """Whether the first lines of a file have the sentence by which Medicaid's are known."""
    return _SENTENCE.search(" ".join(lines)) is not None


def settle(importer: Importer, batches: Sequence[Batch], shows: Shows) -> None:
    """Make Medicaid's editions of those whose names tell no programme and whose content shows Medicaid."""
    for batch in batches:
        medicaid = importer.tables.get(PREFIX + batch.variant)
        told = any(name_facts(part.leaf.names, lambda _: ()).medicare for part in batch.parts)
        if medicaid is None or told or not batch.parts or not all(map(shows, batch.parts)):
            continue
        batch.variant, batch.table = PREFIX + batch.variant, medicaid.name
        same = (medicaid.name, batch.period, batch.revision)
        for other in batches:
            if other is not batch and (other.table, other.period, other.revision) == same:
                other.parts += batch.parts
                batch.parts = []
                break


def refuse_medicaid(variant: str, part: Part, shown: bool | None) -> None:
    """Raise InputRefused for a part that would be Medicare's by its name and shows Medicaid's layout."""
    if shown and not variant.startswith(PREFIX):
        raise InputRefused(
            "its columns are those of Medicaid's file, its name is that of Medicare's",
            where=part.leaf.place,
            why="Medicaid's edits do not hold for Medicare's claims",
            mend="Check which file it is; the name of Medicaid's has the word medicaid",
        )


def suspect_medicare(variant: str, part: Part, shown: bool | None) -> list[str]:
    """A suspicion for a part that is Medicaid's by its name and shows Medicare's layout."""
    if shown is False and variant.startswith(PREFIX):
        return [
            f"the columns of {part.leaf.name} are those of Medicare's file although its name says Medicaid"
        ]
    return []
