"""R010: texts of a new file that nobody has replaced yet, in rules, overrides and the file of a pack."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from auditor.rules.yaml_strict import refuse
from auditor.workbench.lint.messages import Found, Keys, Register
from auditor.workbench.lint.source import source_of, texts_in
from auditor.workbench.lint.subject import Subject
from auditor.workbench.scaffold_texts import CODES_TO_REPLACE, PARTS_TO_REPLACE, TO_REPLACE

register = Register()
_PARTS = re.compile("|".join(rf"\b{re.escape(part)}\b" for part in PARTS_TO_REPLACE))
_SHOWN = 60


@register.check(
    "R010", "unwritten", "error",
    "`rules new` wrote it for the author to replace, and it would be printed as it is",
    "write what is so, or remove the key where it may be left out",
)  # fmt: skip
def unwritten(subject: Subject) -> Iterator[Found]:
    """A text that is still the one of a new file."""
    for keys, text in unwritten_in(subject.data):
        yield Found(keys, told_of(keys, text), value=True)


def unwritten_in(data: Mapping[str, Any], keys: Keys = ()) -> Iterator[tuple[Keys, str]]:
    """The texts of a file, with their places, that are still those of a new one; of its cases each text once."""
    told: set[str] = set()
    for own, text in texts_in(data, keys):
        short = " ".join(text.split())
        starts = [found.start() for found in _PARTS.finditer(short)]
        code = own[:1] == ("parameters",) and short in CODES_TO_REPLACE
        if not (code or starts or short in TO_REPLACE) or (own[0] == "tests" and short in told):
            continue
        told.add(short)
        yield own, short[min(starts, default=0) :]


def told_of(keys: Keys, text: str) -> str:
    """What is said of such a text: its key and its first words."""
    name = next((key for key in reversed(keys) if isinstance(key, str)), "text")
    return f"`{name}` is still “{text[:_SHOWN]}{'...' if len(text) > _SHOWN else ''}”"


def refuse_unwritten(path: Path, content: bytes) -> None:
    """Raises InputRefused (exit 3), with the first of them, for a file that still has texts of a new one."""
    source = source_of(path, content)
    for keys, text in unwritten_in(source.data) if source.data is not None else ():
        spot = source.spot(Found(keys, "", value=True))
        raise refuse(path, spot.line, told_of(keys, text), UNWRITTEN.why, UNWRITTEN.recommendation)


UNWRITTEN = register.checks[0]
"""The check itself: what it says of a rule is said of the file of a pack too."""
