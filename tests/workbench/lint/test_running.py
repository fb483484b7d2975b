"""Lint over files: several problems of one file, files that do not load, places, and how it is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.workbench.lint.messages import Message
from auditor.workbench.lint.rendering import as_json, as_text, summary
from auditor.workbench.lint.running import lint, rule_files
from tests.workbench.lint.lint_world import FILES, LINE, changed, told

RULESETS = Path("rulesets")
BAD = """\
id: MOD-BAD-001
catalogue_id: AM-06
title: A rule with much wrong
status: stabel
family: modifer
class: definite
severty: low
effective: {from: 2024-01-01, to: 2023-01-01}
citations:
  - {key: a, document: A, verfied: true}
match:
  lines: [line]
  when:
    all:
      - {line.modifers: {contains: "76"}}
      - {line.code: {one_of: ["99213"]}, line.units: "two"}
      - {line.code: 00100}
      - {is: nothing}
exposure: {direction: over, method: nothing}
explanation: "{line.cod} with {line.modifiers}"
tests: []
"""


def where(messages: list[Message]) -> list[tuple[str, int, int]]:
    return [(message.check, message.spot.line, message.spot.column) for message in messages]


def test_every_problem_of_a_file_that_does_not_load_is_told_in_its_place(tmp_path: Path) -> None:
    file = tmp_path / "MOD-BAD-001_bad.yaml"
    file.write_text(BAD, encoding="utf-8")
    errors = [message for message in lint([file]) if message.severity == "error"]
    assert where(errors) == [
        ("R004", 4, 9),
        ("R004", 5, 9),
        ("R002", 7, 1),
        ("R301", 8, 35),
        ("R002", 10, 27),
        ("R006", 15, 10),
        ("R006", 16, 10),
        ("R006", 16, 42),
        ("R001", 17, 21),
        ("R006", 18, 14),
        ("R004", 19, 37),
        ("R007", 20, 14),
        ("R501", 21, 1),
        ("R502", 21, 1),
    ]
    assert errors[2].mend == "did you mean `severity`?" and errors[5].mend == "did you mean `line.modifiers`?"


def test_a_file_that_cannot_be_read_does_not_keep_the_next_one_from_being_looked_at(tmp_path: Path) -> None:
    contents = {
        "A.yaml": b"id: [",
        "B.yaml": b"\xff\xfe\x00",
        "C.yaml": b"- 1\n- 2\n",
        "D.yaml": b"a: &a [1]\nb: *a\n",
        "E.yaml": b"id: !!python/object:os.system x\n",
        "F.yaml": b"id: " + b"x" * 1_100_000,
        "G.yaml": b"a: " + b"[" * 200 + b"]" * 200,
        "H.yaml": b"",
        "I.yaml": b"a: 1\n---\nb: 2\n",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "MOD-BAD-001_bad.yaml").write_text(BAD, encoding="utf-8")
    files = rule_files([tmp_path])
    messages = lint(files)
    first = {message.file.name: message.check for message in reversed(messages)}
    assert first == dict.fromkeys(contents, "R001") | {"MOD-BAD-001_bad.yaml": first["MOD-BAD-001_bad.yaml"]}
    assert len([message for message in messages if message.file.name in contents]) == len(contents)


def test_a_refusal_of_the_loader_is_told_once(tmp_path: Path) -> None:
    messages = told(tmp_path, "line", changed("line", ("{gt: 1}", "{gt: many}")))
    assert [message.check for message in messages] == ["R006"]
    messages = told(tmp_path, "line", changed("line", ("cites: [policy]", "cites: [polity]")))
    assert [(message.check, message.mend) for message in messages] == [("R009", "did you mean `policy`?")]


def test_a_message_shows_the_line_with_a_caret_under_the_place(tmp_path: Path) -> None:
    messages = told(tmp_path, "line", changed("line", ("root_cause:", "rot_cause:")))
    assert as_text(messages, lambda path: path.name) == (
        "error[R002] unknown-key: key `rot_cause` is not known\n"
        "  --> MOD-GOOD-001_good.yaml:47:1\n"
        "   |\n"
        "47 | rot_cause: contradictory modifiers\n"
        "   | ^^^^^^^^^\n"
        "   = why: nothing would read it\n"
        "   = mend: did you mean `root_cause`?"
    )
    assert summary(messages, 3) == "1 error in 1 of 3 files."


def test_a_long_line_is_shown_around_the_place(tmp_path: Path) -> None:
    long = changed("line", ("with {line.modifiers}", "x" * 150 + " {line.cod} " + "y" * 150))
    shown = as_text(told(tmp_path, "line", long), lambda path: path.name).splitlines()
    assert max(len(line) for line in shown) < 130
    for sign in ("\u202e", "\x1b"):
        text = as_text(told(tmp_path, "line", changed("line", ("owner: Tests", f"owner: {sign}x"))), str)
        assert sign not in text


def test_messages_for_an_editor_are_complete_json(tmp_path: Path) -> None:
    messages = told(tmp_path, "line", changed("line", ("severity: low", "severity: lo")))
    content = json.loads(as_json(messages, 1, lambda path: path.name))
    assert content["errors"] == 1 and content["warnings"] == 0 and content["files"] == 1
    assert content["messages"] == [
        {
            "file": "MOD-GOOD-001_good.yaml",
            "line": 9,
            "column": 11,
            "length": 2,
            "code": "R004",
            "name": "unknown-word",
            "severity": "error",
            "what": "severity `lo` is not known",
            "why": "the set is closed",
            "mend": "did you mean `low`?",
        }
    ]


def test_unreadable_words_are_all_told_and_the_rest_is_read_as_if_quoted(tmp_path: Path) -> None:
    text = changed("line", ('["93010", "93000"]', "[00100, 0x10, 1e5]"), ("[note]", "[on, 2024-13-01]"))
    messages = told(tmp_path, "line", text)
    words = [message.what.split("`")[1] for message in messages if message.check == "R001"]
    assert words == ["00100", "0x10", "1e5", "on", "2024-13-01"]


def test_the_same_files_give_the_same_messages(tmp_path: Path) -> None:
    first = told(tmp_path, "line", BAD)
    assert told(tmp_path, "line", BAD) == first


def test_pack_files_and_tables_are_no_rules(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "limits.yaml").write_text("columns: {}\n", encoding="utf-8")
    (tmp_path / "pack.yaml").write_text("id: mine\n", encoding="utf-8")
    (tmp_path / "MOD-GOOD-001_good.yaml").write_text(LINE, encoding="utf-8")
    assert [path.name for path in rule_files([tmp_path])] == ["MOD-GOOD-001_good.yaml"]


def test_files_of_one_id_are_both_told(tmp_path: Path) -> None:
    (tmp_path / "MOD-GOOD-001_again.yaml").write_text(FILES["line"][1], encoding="utf-8")
    (tmp_path / "MOD-GOOD-001_good.yaml").write_text(FILES["line"][1], encoding="utf-8")
    messages = lint(rule_files([tmp_path]))
    assert {(message.file.name, message.check) for message in messages} == {
        ("MOD-GOOD-001_again.yaml", "R104"),
        ("MOD-GOOD-001_good.yaml", "R104"),
    }


@pytest.mark.slow
def test_lint_of_a_file_with_any_line_taken_out_never_fails(tmp_path: Path) -> None:
    lines = LINE.splitlines(keepends=True)
    file = tmp_path / "MOD-GOOD-001_good.yaml"
    for at in range(len(lines)):
        file.write_text("".join([*lines[:at], *lines[at + 1 :]]), encoding="utf-8")
        lint([file])


@pytest.mark.slow
def test_lint_of_a_file_with_any_word_replaced_never_fails(tmp_path: Path) -> None:
    words = sorted({word for line in LINE.splitlines() for word in line.replace(":", " ").split()})
    file = tmp_path / "MOD-GOOD-001_good.yaml"
    for word in words:
        for other in ("[]", "{}", "3", "null", "[1, {a: b}]", '"x"'):
            file.write_text(LINE.replace(word, other), encoding="utf-8")
            lint([file])


@pytest.mark.slow
def test_every_shipped_rule_is_clean() -> None:
    messages = lint(rule_files([RULESETS]), [RULESETS])
    assert [(item.file.name, item.check, item.what) for item in messages] == []


def test_what_is_wrong_with_a_pack_is_told_once_and_its_rules_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text(
        "id: acme\ntitle: Acme\nversion: one\npublisher: A\n", encoding="utf-8"
    )
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "limits.yaml").write_text("title: Limits\ncolums: {}\n", encoding="utf-8")
    (tmp_path / "tables" / "limits.csv").write_text("code\n", encoding="utf-8")
    (tmp_path / "EM-PAIR-001_good.yaml").write_text(FILES["pair"][1], encoding="utf-8")
    (tmp_path / "MOD-GOOD-001_good.yaml").write_text(LINE, encoding="utf-8")
    messages = lint(rule_files([tmp_path]))
    assert [(message.check, message.file.name, message.spot.line) for message in messages] == [
        ("R008", "pack.yaml", 3),
        ("R008", "limits.yaml", 2),
    ]
    assert "`colums`" in messages[1].what and messages[1].source == "colums: {}"


def test_a_rule_may_read_the_tables_of_its_own_pack(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "limits.yaml").write_text(
        "title: Limits\nsource: The policy\ncolumns: {code: text, most: integer}\nkey: [code]\n",
        encoding="utf-8",
    )
    (tmp_path / "tables" / "limits.csv").write_text(
        "code,most,effective,deleted\n93010,1,2024-01-01,\n", encoding="utf-8"
    )
    text = changed(
        "line",
        (
            "  lines: [line]\n",
            "  lines: [line]\n  lookup: [{name: limits, as: limit, on: {code: line.code}}]\n",
        ),
        ("      - {is: repeated}\n", "      - {is: repeated}\n      - {limit.most: {le: 1}}\n"),
    )
    (tmp_path / "MOD-GOOD-001_good.yaml").write_text(text, encoding="utf-8")
    assert lint(rule_files([tmp_path])) == []


def test_a_file_that_cannot_be_part_of_a_pack_is_told(tmp_path: Path) -> None:
    (tmp_path / "MOD-GOOD-001_good.yaml").write_text(LINE, encoding="utf-8")
    (tmp_path / "EM-PAIR-001_good.yaml").write_text(FILES["pair"][1], encoding="utf-8")
    (tmp_path / "EM-LINK-001_link.yaml").symlink_to(tmp_path / "EM-PAIR-001_good.yaml")
    messages = lint([tmp_path / "MOD-GOOD-001_good.yaml"])
    assert [(message.check, message.file.name) for message in messages] == [("R008", "EM-LINK-001_link.yaml")]
    assert messages[0].source == "" and summary(messages, 1) == "1 error in 1 of 2 files."
