"""``pack.yaml``: what a pack is called, in which version, whose it is and what it needs."""

from __future__ import annotations

import re
from pathlib import Path

from auditor import __version__
from auditor.rules.pack_model import Depends, PackFacts, is_version, precedence
from auditor.rules.shapes import day, flag, known_keys, line_of, need, sections, text
from auditor.rules.yaml_strict import LineDict, parse_yaml, refuse

KEYS = (
    "id title version publisher description requires_auditor payer_scope invented depends changelog"
).split()
_ID = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*\Z")
MAX_ID = 64


def facts_of(path: Path, content: bytes) -> PackFacts:
    """The facts that a ``pack.yaml`` states.

    Raises InputRefused (exit 3) for what is missing, not known or not of its shape, and for a pack that asks for a
    later version of this program.
    """
    data = parse_yaml(path, content)
    known_keys(path, data, KEYS)
    facts = PackFacts(
        id=_id(path, data, "id"),
        title=_needed(path, data, "title"),
        version=_version(path, data, "version"),
        publisher=_needed(path, data, "publisher"),
        description=text(path, data, "description"),
        requires_auditor=_version(path, data, "requires_auditor") if data.get("requires_auditor") else "",
        payer_scope=text(path, data, "payer_scope"),
        invented=flag(path, data, "invented", False),
        depends=tuple(_depends(path, item) for item in sections(path, data, "depends")),
    )
    for item in sections(path, data, "changelog"):
        known_keys(path, item, ["version", "date", "change"])
        _version(path, item, "version")
        day(path, item, "date")
        text(path, item, "change")
    if facts.requires_auditor and precedence(facts.requires_auditor) > precedence(__version__):
        raise refuse(
            path, line_of(data, "requires_auditor"), f"the pack needs auditor {facts.requires_auditor} or later",
            f"this is {__version__}, which may not know all that its rules say", "install a later version of auditor",
        )  # fmt: skip
    return facts


def _depends(path: Path, item: LineDict) -> Depends:
    known_keys(path, item, ["id", "version"])
    return Depends(_id(path, item, "id"), _version(path, item, "version") if item.get("version") else "")


def _needed(path: Path, data: LineDict, key: str) -> str:
    if data.get(key) is None:
        raise refuse(
            path, line_of(data), f"`{key}` is missing", "a pack is not complete without it", f"add `{key}:`"
        )
    return text(path, data, key)


def _id(path: Path, data: LineDict, key: str) -> str:
    found = _needed(path, data, key)
    if len(found) > MAX_ID or not _ID.match(found):
        raise refuse(
            path, line_of(data, key), f"`{found}` is no id of a pack",
            f"it is small letters and digits in words joined by - or _, at most {MAX_ID} characters",
            "write it like `acme-health`",
        )  # fmt: skip
    return found


def _version(path: Path, data: LineDict, key: str) -> str:
    found = need(path, data, key)
    if not isinstance(found, str) or not is_version(found):
        raise refuse(
            path, line_of(data, key), f"`{found}` is no version", "a version has three numbers (semver.org)",
            f"write `{key}: 1.0.0`",
        )  # fmt: skip
    return found
