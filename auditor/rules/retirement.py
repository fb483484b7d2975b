"""The end of a rule: from when it is out of use, why, and what took its place."""

from __future__ import annotations

from pathlib import Path

from auditor.rules import model as m
from auditor.rules.shapes import day, known_keys, line_of, need, section, text
from auditor.rules.yaml_strict import LineDict, refuse


def retired_of(path: Path, data: LineDict) -> m.Retired | None:
    """The ``retired`` block of a rule file, None where there is none. Raises InputRefused (exit 3)."""
    if data.get("retired") is None:
        return None
    if data.get("status") != "deprecated":
        raise refuse(
            path, line_of(data, "retired"), "`retired` refused", "only a deprecated rule is out of use",
            "write `status: deprecated`",
        )  # fmt: skip
    block = section(path, data, "retired")
    known_keys(path, block, ["on", "because", "successor"])
    for key in ("on", "because"):
        need(path, block, key)
    since = day(path, block, "on")
    assert since is not None
    successor = text(path, block, "successor")
    if successor == data.get("id"):
        raise refuse(
            path, line_of(block, "successor"), "`successor` refused", "a rule does not follow itself",
            "name the rule that took its place, or leave it out",
        )  # fmt: skip
    return m.Retired(since, text(path, block, "because"), successor)
