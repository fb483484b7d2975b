"""The one layout of a rule file: what moves, what stays, and that nothing changes its meaning."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.base.errors import InputRefused
from auditor.rules.loader import RULE_KEYS
from auditor.rules.yaml_strict import parse_yaml
from auditor.workbench.formatting import KEY_ORDER, _blocks, format_file, formatted, order_of, write_formatted
from auditor.workbench.lint.running import rule_files

SHIPPED = rule_files([Path("rulesets")])


def test_every_key_of_a_rule_file_has_its_place() -> None:
    assert set(KEY_ORDER) == set(RULE_KEYS) and len(KEY_ORDER) == len(RULE_KEYS)


def test_keys_move_with_all_that_stands_under_them_and_the_comments_above() -> None:
    text = (
        "# of the whole file\n"
        "\n"
        "title: A title   # here\n"
        "# of the class,\n"
        "# in two lines\n"
        "class:\n"
        "  is: definite\n"
        "  # inside\n"
        "id: MOD-A-001\n"
        "tests: []\n"
        "# at the end\n"
    )
    assert formatted(text) == (
        "# of the whole file\n"
        "\n"
        "id: MOD-A-001\n"
        "title: A title   # here\n"
        "# of the class,\n"
        "# in two lines\n"
        "class:\n"
        "  is: definite\n"
        "  # inside\n"
        "tests: []\n"
        "# at the end\n"
    )


def test_the_line_for_the_editor_stays_at_the_top() -> None:
    text = "# yaml-language-server: $schema=rule.schema.json\ntitle: A\nid: X\n"
    assert formatted(text).splitlines() == [text.splitlines()[0], "id: X", "title: A"]


def test_blanks_at_line_ends_go_and_comments_get_one_after_their_sign() -> None:
    text = 'id: X  \r\ntitle: "a  #b"   \r\n#comment\r\nowner: a#b   #c\r\n\r\n\r\n'
    assert formatted(text) == 'id: X\ntitle: "a  #b"\n# comment\nowner: a#b   # c\n'


def test_blocks_of_text_keep_their_own_blanks_and_signs() -> None:
    text = "title: |\n  two blanks  \n  #no comment\n\n  end\nid: X\n"
    assert formatted(text) == "id: X\ntitle: |\n  two blanks  \n  #no comment\n\n  end\n"


def test_keys_that_the_layout_does_not_know_stand_last_in_their_order() -> None:
    assert order_of(["zzz", "title", "aaa", "id"]) == ["id", "title", "zzz", "aaa"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name[:14])
def test_every_shipped_rule_stands_in_the_layout(path: Path) -> None:
    assert format_file(path) is None


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(SHIPPED), st.randoms(use_true_random=False))
@pytest.mark.slow
def test_a_shuffled_rule_finds_back_to_its_layout_and_says_the_same(path: Path, random: object) -> None:
    text = path.read_text(encoding="utf-8")
    head, blocks, tail = _blocks(text.split("\n")[:-1])
    assert tail == []
    shuffled = list(blocks)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    mixed = "\n".join([*head, *(line for block in shuffled for line in block.lines)]) + "\n"
    once = formatted(mixed)
    assert once == formatted(text) and formatted(once) == once
    assert parse_yaml(path, once.encode()) == parse_yaml(path, text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "tests: []\nid: >+\n  kept\n\n\ntitle: A\n",
        "{id: X, title: A}\n",
        '"id": X\ntitle: A\n? tests\n: []\n',
    ],
)
def test_a_file_whose_meaning_would_change_is_left_alone_and_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "MOD-A-001_a.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        made = format_file(file)
    except InputRefused as error:
        assert "MOD-A-001_a.yaml" in str(error)
    else:
        assert parse_yaml(file, (made or text).encode()) == parse_yaml(file, text.encode())
    assert file.read_text(encoding="utf-8") == text


def test_a_file_is_replaced_in_one_step_with_its_rights(tmp_path: Path) -> None:
    file = tmp_path / "MOD-A-001_a.yaml"
    file.write_text("title: A\nid: X\n", encoding="utf-8")
    file.chmod(0o640)
    text = format_file(file)
    assert text == "id: X\ntitle: A\n"
    write_formatted(file, text)
    assert file.read_text(encoding="utf-8") == text and file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir()] == [file.name] and format_file(file) is None
