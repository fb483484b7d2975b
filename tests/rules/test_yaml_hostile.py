"""A rule file from anyone: whatever it holds, it is refused in a moment, with little memory, and no code runs."""

from __future__ import annotations

import os
import time
import tracemalloc
from pathlib import Path

import pytest

from auditor.base.errors import InputRefused
from auditor.rules.loader import load_rule
from auditor.rules.yaml_strict import MAX_BYTES, read_yaml

ALIASES = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(20)
)
HOSTILE = {
    "aliases that grow": (ALIASES.encode(), "alias refused"),
    "an alias": (b"id: &x [1]\ntitle: *x\n", "alias refused"),
    "an alias as a key": (b"id: x\n*x : 1\n", "alias refused"),
    "many anchors": (b"id: [" + b"&a x," * 100_000 + b"]", "alias refused"),
    "a call of the system": (b"id: !!python/object/apply:os.system ['exit 1']\n", "tag refused"),
    "an object": (b"id: !!python/object:os.environ {}\n", "tag refused"),
    "a name of Python": (b"id: !!python/name:os.system ''\n", "tag refused"),
    "bytes": (b"id: !!binary aGk=\n", "tag refused"),
    "a set": (b"id: !!set {a, b}\n", "tag refused"),
    "a tag of its own": (b"%TAG ! tag:example,2000:\n---\nid: !x y\n", "tag refused"),
    "a tag on the whole": (b"!!python/dict\nid: x\n", "tag refused"),
    "a tag on a key": (b"!!str id: x\n", "tag refused"),
    "a merge": (b"a: {x: 1}\nb:\n  <<: {y: 2}\n", "merge nothing"),
    "a file of 10 MB": (b"id: " + b"x" * 10_000_000, "larger than one megabyte"),
    "lists 400,000 deep": (b"id: " + b"[" * 400_000, "nested deeper than 50"),
    "lists of lines 100,000 deep": (b"id:\n" + b"- " * 100_000, "nested deeper than 50"),
    "mappings 100,000 deep": (b"id: " + b"{a: " * 100_000, "nested deeper than 50"),
    "keys within keys": (b"? " * 400_000, "key"),
    "a zero byte": (b"id: x\ntitle: \x00\n", "zero bytes"),
    "UTF-16": ("id: x\n".encode("utf-16"), "UTF-16"),
    "UTF-16 without a mark": ("id: x\n".encode("utf-16-le"), "zero bytes"),
    "Latin-1": ("id: caf\xe9\n".encode("latin-1"), "not UTF-8"),
    "a long key": (b"? " + b"x" * 900_000 + b"\n: 1\n", "longer than 200"),
    "a long key in quotes": (b'? "' + b"x" * 900_000 + b'"\n: 1\n', "longer than 200"),
    "a second key of one name": (b"id: x\nid: y\n", "stands twice"),
    "900,000 digits": (b"id: " + b"9" * 900_000, "more than 30 digits"),
    "900,000 decimals": (b"id: 1." + b"9" * 900_000, "more than 30 digits"),
    "900,000 digits of a doubtful number": (b"id: 0" + b"_" * 900_000, "another number"),
    "490,000 values": (b"id: [" + b"1," * 490_000 + b"]\n", "more than 100,000 values"),
    "a terminal's escape": (b'id: "\\e[31m"\n', "\\u001b refused"),
    "a text turned round": ("id: a\u202eb\n".encode(), "\\u202e refused"),
    "a text with nothing in it": ("id: a\u200bb\n".encode(), "\\u200b refused"),
    "half a character": (b'id: "\\ud800"\n', "not valid YAML"),
    "two documents": (b"id: x\n---\nid: y\n", "second document"),
    "a word of YAML": (b"id: =\n", "a meaning of its own"),
    "half a number of YAML 1.1": (b"id: 0o17\n", "another number"),
    "a time of YAML 1.1": (b"id: 190:20:30\n", "another number"),
    "no end": (b'id: "' + b"\\\n" * 400_000, "not valid YAML"),
    "nothing but colons": (b"a: " * 300_000, "not valid YAML"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_at_once_and_with_little_memory(name: str, tmp_path: Path) -> None:
    content, said = HOSTILE[name]
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)
    began = time.process_time()
    with pytest.raises(InputRefused) as caught:
        load_rule(path)
    assert time.process_time() - began < 1
    assert said in str(caught.value)
    assert caught.value.where.startswith("bad.yaml, line ") and caught.value.mend
    assert len(str(caught.value)) < 1_500 and str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["aliases that grow", "lists 400,000 deep", "a file of 10 MB"])
def test_reading_a_hostile_file_takes_a_bounded_amount_of_memory(name: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes(HOSTILE[name][0])
    tracemalloc.start()
    try:
        with pytest.raises(InputRefused):
            read_yaml(path)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 20 * MAX_BYTES


def test_no_code_runs_whatever_a_file_names(tmp_path: Path) -> None:
    proof = tmp_path / "ran"
    path = tmp_path / "bad.yaml"
    for call in ("os.system", "subprocess.check_output", "builtins.eval"):
        path.write_text(f"id: !!python/object/apply:{call} ['touch {proof}']\n", encoding="utf-8")
        with pytest.raises(InputRefused):
            load_rule(path)
    assert not proof.exists()


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe.yaml"
    os.mkfifo(path)
    with pytest.raises(InputRefused, match="no plain file"):
        read_yaml(path)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="the system has no such device")
def test_a_device_is_not_read() -> None:
    with pytest.raises(InputRefused, match="no plain file"):
        read_yaml(Path("/dev/zero"))


def test_a_folder_is_no_rule_file(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").mkdir()
    with pytest.raises(InputRefused, match="plain file"):
        read_yaml(tmp_path / "x.yaml")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match=r"absent.yaml"):
        read_yaml(tmp_path / "absent.yaml")


def test_a_mark_of_the_byte_order_is_taken_in_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_bytes(b"\xef\xbb\xbfid: x\n")
    assert read_yaml(path) == {"id": "x"}


def test_keys_and_values_of_yaml_1_1_stay_what_they_look_like(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text('on: {no: 1}\nversion: 1.2.3\ncode: "0123"\n"<<": merged\n', encoding="utf-8")
    assert read_yaml(path) == {"on": {"no": 1}, "version": "1.2.3", "code": "0123", "<<": "merged"}


def test_fifty_levels_are_read_and_one_more_is_not(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text("a: " + "[" * 49 + "]" * 49, encoding="utf-8")
    read_yaml(path)
    path.write_text("a: " + "[" * 50 + "]" * 50, encoding="utf-8")
    with pytest.raises(InputRefused, match="nested deeper"):
        read_yaml(path)
