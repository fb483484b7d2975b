"""Pseudonyms: the same under one key, none without it; its file is kept to its owner, never in the output."""

from __future__ import annotations

import hashlib
import re
import stat
from pathlib import Path

import pytest

from auditor.base.errors import InputRefused, UsageError
from auditor.base.pseudonyms import Pseudonyms, fresh_key, key_from

KEY = b"a key of this test, 32 characters"


def test_the_same_number_has_one_pseudonym_under_one_key_and_another_under_another() -> None:
    one, again, other = Pseudonyms(KEY), Pseudonyms(KEY), Pseudonyms(KEY + b"!")
    assert one.of("claim", "C1") == again.of("claim", "C1")
    assert one.of("claim", "C1") != other.of("claim", "C1")
    assert one.of("claim", "C1") != one.of("claim", "C2")


def test_a_claim_and_a_patient_of_one_number_are_told_apart() -> None:
    made = Pseudonyms(KEY)
    assert made.of("claim", "7")[2:] != made.of("patient", "7")[2:]
    assert made.hexadecimal("a", "b:c") != made.hexadecimal("a:b", "c")


def test_a_pseudonym_is_no_hash_that_can_be_made_without_the_key() -> None:
    told = Pseudonyms(KEY).hexadecimal("finding", "0123456789abcdef", 64)
    assert told != hashlib.sha256(b"0123456789abcdef").hexdigest()
    assert told != hashlib.sha256(b"7:finding:0123456789abcdef").hexdigest()


def test_its_form_holds_neither_formula_nor_markup() -> None:
    for value in ("=1+1", "<script>", "", "\x00", "Müller \ud800"):
        assert re.fullmatch(r"[CPNXF]-[A-Z2-7]{16}", Pseudonyms(KEY).of("patient", value))


def test_the_key_does_not_show_in_what_is_printed_of_it() -> None:
    assert "key of this test" not in repr(Pseudonyms(KEY)) + str(vars(Pseudonyms)) + f"{Pseudonyms(KEY)!s}"


def test_a_new_key_is_written_for_its_owner_alone_and_read_again(tmp_path: Path) -> None:
    file = tmp_path / "key"
    made = key_from(file, tmp_path / "out")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert key_from(file, tmp_path / "out") == made
    assert len(made) >= 32 and made != key_from(tmp_path / "other", tmp_path / "out")


def test_blanks_around_a_key_are_none_of_it(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"  " + KEY + b" \r\n")
    assert key_from(file, tmp_path / "out") == KEY


@pytest.mark.parametrize("content", [b"", b"4711", KEY + b"\n" + KEY])
def test_a_file_that_holds_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(InputRefused, match="no key") as told:
        key_from(tmp_path / "key", tmp_path / "out")
    assert content.decode() not in str(told.value) or not content


@pytest.mark.parametrize("place", ["out/key", "out/deep/key", "elsewhere/../out/key"])
def test_a_key_in_the_output_folder_is_refused_before_it_is_written(tmp_path: Path, place: str) -> None:
    (tmp_path / "out" / "deep").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(UsageError, match="output folder"):
        key_from(tmp_path / place, tmp_path / "out")
    assert not (tmp_path / place).exists()


def test_a_key_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="cannot be read or written"):
        key_from(tmp_path / "no such folder" / "key", tmp_path / "out")


def test_fresh_keys_differ() -> None:
    assert fresh_key() != fresh_key() and len(fresh_key()) == 32
