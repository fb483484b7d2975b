"""What a reader does not see is refused wherever it stands in a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.base.errors import InputRefused
from auditor.rules.unseen import shown, unseen_at
from auditor.rules.yaml_strict import read_yaml

UNSEEN = [
    chr(number)
    for number in (
        0xA0, 0x2002, 0x3000, 0x2060, 0xAD, 0x61C, 0x180E, 0x3164, 0xFFA0, 0x115F, 0xFE0F, 0x180B, 0x34F, 0x2028,
        0x2029, 0x85, 0x200B, 0x202E, 0x2066, 0xFEFF, 0xE000, 0x378, 0x2800, 0x7F, 0xE0041, 0xE0100, 0x10FFFD,
    )
]  # fmt: skip


def read(tmp_path: Path, text: str) -> object:
    path = tmp_path / "one.yaml"
    path.write_bytes(text.encode())
    return read_yaml(path)


@pytest.mark.parametrize("sign", UNSEEN, ids=[f"{ord(sign):04x}" for sign in UNSEEN])
@pytest.mark.parametrize(
    "line",
    [
        'payer_id: ["SYN-PAYER{}"]',
        "payer_id: SYN{}PAYER",
        "pay{}er: x",
        "explanation: Of{}10 dollars",
        "x: 1 # a{}b",
    ],
)
def test_an_unseen_character_is_refused_with_its_line_and_column(
    tmp_path: Path, sign: str, line: str
) -> None:
    text = line.format(sign)
    with pytest.raises(InputRefused) as caught:
        read(tmp_path, f"id: x\r\ntitle: é, 漢字 and ✓\n{text}\n")
    assert caught.value.what == f"character \\u{ord(sign):04x} refused"
    assert caught.value.where == "one.yaml, line 3"
    assert f"column {text.index(sign) + 1}, " in caught.value.why
    assert str(caught.value).isprintable()


def test_an_unseen_character_written_as_its_number_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(InputRefused) as caught:
        read(tmp_path, 'payer_id: "SYN-PAYER\\u00a0"\n')
    assert "no-break space" in caught.value.why and caught.value.mend == "write a blank"


@pytest.mark.parametrize("written", ['"SYN-PAYER "', "' 59'", '"\\t59"', '" "'])
def test_a_code_in_quotes_with_a_blank_at_its_end_is_refused(tmp_path: Path, written: str) -> None:
    with pytest.raises(InputRefused, match="a blank stands at an end of it"):
        read(tmp_path, f"payer_id: [{written}]\n")


def test_sentences_and_lines_of_every_system_are_read(tmp_path: Path) -> None:
    text = 'a: "Two words "\r\nb: >-\r\n  Text\tof\r\n  lines\r\nc: ""\r\n'
    assert read(tmp_path, text) == {"a": "Two words ", "b": "Text\tof lines", "c": ""}
    assert unseen_at("a\tb\nc") == -1 and shown("a\u00a0b") == "a\\u00a0b"
