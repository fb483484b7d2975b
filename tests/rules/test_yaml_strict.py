"""Plain YAML and nothing else: what a value is read as, and what is no rule file at all."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.base.errors import InputRefused
from auditor.rules.loader import load_rule
from auditor.rules.yaml_strict import read_yaml


def read(tmp_path: Path, text: str) -> Any:
    path = tmp_path / "one.yaml"
    path.write_text(text, encoding="utf-8")
    return read_yaml(path)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("99213", 99213),
        ("-5", -5),
        ("0", 0),
        ("10.50", Decimal("10.50")),
        ("2024-07-01", date(2024, 7, 1)),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("G0402", "G0402"),
        ("0001U", "0001U"),
        ('"00100"', "00100"),
        ("'59'", "59"),
        ('"yes"', "yes"),
        ('"2024-07-01"', "2024-07-01"),
        ("LT", "LT"),
        ("some words", "some words"),
        ("[1, a]", [1, "a"]),
        ("{a: {b: 1}}", {"a": {"b": 1}}),
    ],
)
def test_what_a_value_is_read_as(tmp_path: Path, written: str, value: Any) -> None:
    assert read(tmp_path, f"key: {written}\n") == {"key": value}


@pytest.mark.parametrize(
    "written",
    [
        "00100",
        "on",
        "Off",
        "YES",
        "n",
        "1e5",
        "1_000",
        "0x1F",
        "12:30",
        ".inf",
        ".nan",
        "+5",
        "2024-13-01",
        "1.",
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(tmp_path: Path, written: str) -> None:
    with pytest.raises(InputRefused) as caught:
        read(tmp_path, f"first: 1\nkey: [{written}]\n")
    assert caught.value.where == "one.yaml, line 2" and written in caught.value.what and caught.value.mend


def test_mappings_know_the_lines_of_their_keys(tmp_path: Path) -> None:
    found = read(tmp_path, "# a remark\nid: x\nmatch:\n  when:\n    code: z\nlist:\n  - {a: 1}\n")
    assert (found.line, found.key_lines) == (2, {"id": 2, "match": 3, "list": 6})
    assert found["match"]["when"].key_lines == {"code": 5} and found["list"][0].line == 7


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet="abc:{}[],-\n '\"&*!#|>0123456789.~", max_size=40))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        assert isinstance(read_yaml(path), dict)
    except InputRefused as error:
        assert error.where.startswith("any.yaml, line ")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "mapping"),
        (b"- a\n- b\n", "mapping"),
        (b"id: [\n", "not valid YAML"),
        (b"id: \xff\xfe\n", "UTF-8"),
        pytest.param(b"a: " + b"[" * 5000 + b"]" * 5000, "not valid YAML", id="deep"),
        pytest.param(b"id: x\n" + b"#" * 1_000_001, "megabyte", id="large"),
        (b"? [a, b]\n: c\n", "key"),
    ],
)
def test_what_is_no_rule_file_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)
    with pytest.raises(InputRefused) as caught:
        load_rule(path)
    assert caught.value.where.startswith("bad.yaml, line ")
    assert said in str(caught.value)
