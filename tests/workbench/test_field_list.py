"""The list of fields is that of the language: each with a type and a sentence, tables of packs among them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.base.errors import UsageError
from auditor.cli.main import main
from auditor.rules import fields
from auditor.rules.packs import load_packs
from auditor.workbench.field_list import field_list
from auditor.workbench.field_words import EVERY_ROW, ROLES, TABLES

TABLE = """\
title: Limits of the plan
columns: {plan: text, code: text, max_units: integer}
key: [plan, code]
code_column: code
source: Invented
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    (tmp_path / "tables").mkdir()
    (tmp_path / "pack.yaml").write_text(
        "id: acme\ntitle: Acme\nversion: 1.0.0\npublisher: Invented\n", encoding="utf-8"
    )
    (tmp_path / "tables" / "acme_limit.yaml").write_text(TABLE, encoding="utf-8")
    (tmp_path / "tables" / "acme_limit.csv").write_text(
        "plan,code,max_units,effective,deleted\nP,99213,2,2024-01-01,\n", encoding="utf-8"
    )
    return tmp_path


def test_every_field_of_the_language_is_listed_with_its_type_and_a_sentence() -> None:
    found = {item.name: item for item in field_list()}
    assert set(found) == {*ROLES, *fields.TABLE_FIELDS}
    for name, kinds in {role: known[1] for role, known in ROLES.items()}.items():
        assert {item.name: item.type for item in found[name].fields} == dict(kinds)
    for name, columns in fields.TABLE_FIELDS.items():
        assert {item.name: item.type for item in found[name].fields} == dict(columns)
        assert found[name].title == fields.TABLE_NAMES[name]
    said = [item.about for part in found.values() for item in part.fields]
    assert [about for about in said if not about.endswith(".") or len(about) < 4] == []


def test_no_words_are_kept_of_a_field_that_is_gone() -> None:
    assert [name for _, known, words in ROLES.values() for name in words if name not in known] == []
    for table, words in TABLES.items():
        assert set(words) | set(EVERY_ROW) == set(fields.TABLE_FIELDS[table])


def test_a_role_or_a_table_is_asked_by_name_and_the_nearest_is_offered() -> None:
    (line,) = field_list(name="claim_line")
    assert (line.name, line.kind) == ("line", "role")
    (table,) = field_list(name="mpfs_rvu")
    assert table.kind == "table" and "Published as" in " ".join(item.about for item in table.fields)
    with pytest.raises(UsageError, match="no kind of role and no table") as caught:
        field_list(name="ncci_mu")
    assert caught.value.mend == "did you mean ncci_mue?"


def test_the_tables_of_a_pack_are_listed_with_their_own_columns(pack: Path) -> None:
    (table,) = field_list(load_packs([pack]).tables, "acme_limit")
    assert table.title == "Limits of the plan (pack acme 1.0.0)"
    told = {item.name: (item.type, item.about) for item in table.fields}
    assert told["plan"] == ("text", "Names the row, together with code.")
    assert told["code"] == ("text", "The code that the row is about.")
    assert told["max_units"] == ("integer", "Max units, as the row says it.")
    assert told["effective"][0] == "date"


def test_the_command_prints_them_as_a_table_and_as_json(
    pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rules", "fields", "clock"]) == 0
    assert "earlier  integer  How many visits that count" in capsys.readouterr().out
    assert main(["rules", "fields", "--rulesets", str(pack)]) == 0
    told = capsys.readouterr().out
    assert (
        "modifiers " in told and "acme_limit" in told and "max_units" not in told.partition("Tables, each")[2]
    )
    assert main(["rules", "fields", "--format", "json", "--rulesets", str(pack)]) == 0
    rows = {item["name"]: item for item in json.loads(capsys.readouterr().out)}
    assert {"name": "max_units", "type": "integer", "about": "Max units, as the row says it."} in rows[
        "acme_limit"
    ]["fields"]
    assert main(["rules", "fields", "nothing_here"]) == 2
