"""What is told of a text that is not YAML: what its author did, on which line, and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from auditor.base.errors import InputRefused
from auditor.rules import yaml_strict

FAULTS = {
    "a tab before a key": ("id: A\nmatch:\n\tlines: [a]\n", 3, "by a tab", "blanks"),
    "a tab among keys": ("id: A\nmatch:\n  lines: [a]\n\twhen: x\n", 4, "by a tab", "blanks"),
    "a colon in a text": (
        "id: A\ncite:\n  verified_note: Read: page 4\n", 3, "a colon and a blank", '`verified_note: "Read: page 4"`',
    ),
    "a colon in a long text": (f"id: A\nx: {'a' * 80}: b\n", 2, "a colon and a blank", "put the text in quotes, or"),
    "a colon within braces": ("c: {note: Read: page 4, x: 1}\n", 1, "a colon and a blank", '"Read: page 4"'),
    "a text that begins with a field": ("a: 1\nexplanation: {line.code} was paid\n", 2, "ends with `}`", "`>-`"),
    "such a text on the next line": ("a: 1\ntext:\n  {line.code} was paid\n  once.\n", 3, "text follows", "`>-`"),
    "a text that goes on at the margin": ("a: 1\nb: The line\nwas paid\nc: 2\n", 3, "neither `key: value`", "`>-`"),
    "a line without a colon": ("id: A\ntitle\nroot: x\n", 2, "neither `key: value`", "a blank after it"),
    "a quote not closed": ('id: A\ntitle: "abc\nroot: x\n', 2, "never closed", "close the quote"),
    "a single quote not closed": ("id: A\ntitle: 'abc\nroot: x\n", 2, "never closed", "close the quote"),
    "a comma left out": ('id: A\ncodes: ["99213" "99214"]\n', 2, "neither a comma", "close every quote"),
    "a quote closed too early": ('id: A\ntitle: "abc" def\n', 2, "follows a closing quote", "one pair of quotes"),
    "a bracket not closed": ('id: A\ncodes: ["99213"\nroot: x\n', 2, "`[` is never closed", "`]`"),
    "a brace not closed": ("id: A\nx: {a: 1\nroot: x\n", 2, "`{` is never closed", "`}`"),
    "a key set in": ("id: A\n  b: 1\n", 2, "part of the one above", "where the key above begins"),
    "a key between two margins": ("id:\n  a: 1\n b: 1\n", 3, "indented otherwise", "where the key above begins"),
    "a key in a list": ("id: A\nlist:\n  - a\n  b: 1\n", 4, "in a list", "`- `"),
    "a sign that begins a text": ("id: @abc\n", 1, "cannot begin with `@`", '"@abc"'),
    "a text beside its sign": ("id: A\nx: >-abc\n", 2, "follows `>-`", "next line"),
    "a backslash": ('id: "a\\d"\n', 1, "backslash", "single quotes"),
    "two commas": ("id: [a, , b]\n", 1, "nothing stands before `,`", "remove the comma"),
    "a bracket too many": ("id: A\n]\n", 2, "closes nothing", "remove it"),
}  # fmt: skip


@pytest.mark.parametrize("loader", [yaml_strict._LOADER, yaml.SafeLoader], ids=["as built", "in Python"])
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_by_line_in_words_with_its_mend(
    name: str, loader: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yaml_strict, "_LOADER", loader)
    text, line, why, mend = FAULTS[name]
    with pytest.raises(InputRefused, match="not valid YAML") as refused:
        yaml_strict.parse_yaml(Path("rule.yaml"), text.encode())
    told = refused.value
    assert told.where == f"rule.yaml, line {line}"
    assert why in told.why and mend in told.mend, (told.why, told.mend)
    for word in ("token", "mapping", "scalar", "expected", "context"):
        assert word not in f"{told.why} {told.mend}"


def test_a_tab_after_a_text_is_no_fault_of_indentation() -> None:
    assert yaml_strict.parse_yaml(Path("rule.yaml"), b"id: A\ntitle: a\tb\n") == {"id": "A", "title": "a\tb"}
