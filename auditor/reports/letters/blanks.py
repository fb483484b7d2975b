"""What only the user knows: blanks that a document shows marked until a small YAML file fills them.

provider_name: Example Clinic
reason_for_review: Annual work plan
signed_by: A. Reviewer
signed_on: 2026-03-02
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from auditor.base.errors import InputRefused
from auditor.reports.user_yaml import read_user_yaml
from auditor.rules.yaml_strict import LineDict

MOST_TEXT: Final = 4_000


@dataclass(frozen=True, slots=True)
class Blank:
    """A place for the user: `key` in the file, what belongs there, a draft for it if there is one, and what was filled.

    One that is not `needed` may stay empty in a signed document.
    """

    key: str
    asks: str
    draft: str = ""
    value: str = ""
    needed: bool = True

    @property
    def open(self) -> bool:
        """Whether it is still to be filled."""
        return not self.value


def read_fill(path: Path | None) -> Mapping[str, str]:
    """The texts of a fill file by key; dates in ISO. Empty for None.

    Raises InputRefused (exit 3) for what is no mapping of texts and dates, and for texts beyond 4,000 characters.
    """
    if path is None:
        return {}
    top = read_user_yaml(path, "fill", "provider_name: Example Clinic")
    return {key: _text(path, top, key) for key in top if top[key] is not None}


def filled(blanks: Sequence[Blank], fill: Mapping[str, str], name: str) -> tuple[Blank, ...]:
    """`blanks` with what `fill` has for them; `name` is the file's. Raises InputRefused for a key that is none's."""
    keys = [blank.key for blank in blanks]
    for key in fill:
        if key not in keys:
            near = difflib.get_close_matches(key, keys, 1)
            raise InputRefused(
                "a key is none of this document's blanks",
                where=name,
                why=f"the keys are {', '.join(keys)}",
                mend=f"did you mean {near[0]}?" if near else "remove it",
            )
    return tuple(replace(blank, value=fill.get(blank.key, "")) for blank in blanks)


def _text(path: Path, top: LineDict, key: str) -> str:
    value: Any = top[key]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or len(value) > MOST_TEXT:
        raise InputRefused(
            "a value is no text",
            where=f"{path.name}, line {top.key_lines[key]}",
            why=f"a blank takes a text of up to {MOST_TEXT:,} characters or a date",
            mend=f"write `{key}: text`",
        )
    return value.strip()
