"""CCLF0: how many records each file of a delivery should have, held against what was read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from auditor.claims.sources.intake import Source

_COUNT = re.compile("[0-9]{1,18}")


def counts(sources: Sequence[Source]) -> dict[str, set[int]]:
    """The numbers of records that summaries give for each file, by its number: `1` for CCLF1."""
    found: dict[str, set[int]] = {}
    for source in sources:
        with source.path.open(encoding="utf-8-sig", errors="replace") as stream:
            for line in stream:
                cells = [cell.strip() for cell in line.split("|")]
                if len(cells) >= 3 and cells[0].upper().startswith("CCLF") and _COUNT.fullmatch(cells[2]):
                    found.setdefault(cells[0][4:].strip().upper(), set()).add(int(cells[2]))
    return found


def differences(
    told: Mapping[str, set[int]], read: Sequence[tuple[str, str, int]]
) -> list[tuple[str, str, str]]:
    """Diagnostics (name, severity, words) of files (number, name, records read) of which no summary tells so many."""
    return [
        (
            "record_count",
            "warning",
            f"{name}: {count:,} records were read, the summary (CCLF0) tells of "
            + " or ".join(f"{number:,}" for number in sorted(told[file])),
        )
        for file, name, count in read
        if file in told and count not in told[file]
    ]
