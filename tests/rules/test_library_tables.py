"""The library's tables as a rule may name them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from auditor.reference.columns import own_columns
from auditor.rules.fields import ANSWERING_TABLE, TABLE_FIELDS, TABLE_KEYS, TABLE_NAMES
from auditor.rules.pack_tables import RESERVED

ASKED_BEFORE = {"ncci_ptp", "ncci_mue", "ncci_aoc", "ncci_aoc_code", "coverage_policy"}


def test_a_rule_may_name_every_table_of_the_library() -> None:
    assert set(TABLE_FIELDS) == ASKED_BEFORE | set(own_columns())
    assert len(TABLE_FIELDS) == len(ASKED_BEFORE) + len(own_columns())


def test_fields_have_the_types_of_their_columns_with_edition_and_days() -> None:
    fee = TABLE_FIELDS["mpfs_rvu"]
    assert (fee["code"], fee["work_rvu"], fee["glob_days"]) == ("text", "number", "text")
    assert (fee["edition"], fee["effective"], fee["deleted"]) == ("text", "date", "date")
    assert TABLE_FIELDS["icd10cm"]["billable"] == "flag"
    assert TABLE_FIELDS["mcd_lcd"]["lcd_version"] == "integer"


def test_texts_that_are_kept_on_request_only_are_no_fields() -> None:
    assert "description" not in TABLE_FIELDS["mpfs_rvu"]
    assert "description" in TABLE_FIELDS["hcpcs_level2"]


def test_keys_and_names_are_those_of_the_table() -> None:
    assert TABLE_KEYS["mpfs_rvu"] == ("code", "modifier")
    assert TABLE_NAMES["mpfs_rvu"] == "Physician fee schedule relative values"
    assert all(set(TABLE_KEYS[name]) <= set(fields) for name, fields in TABLE_FIELDS.items())
    assert set(TABLE_KEYS) == set(TABLE_FIELDS) == set(TABLE_NAMES) - {"coverage"}


def test_a_table_answers_under_its_own_name_if_it_has_no_other() -> None:
    assert (ANSWERING_TABLE["ncci_aoc_code"], ANSWERING_TABLE["mpfs_rvu"]) == ("ncci_aoc", "mpfs_rvu")


def test_a_name_that_is_no_table_is_not_there() -> None:
    assert "mpfs" not in TABLE_FIELDS and TABLE_NAMES.get("mpfs", "") == ""
    with pytest.raises(KeyError):
        TABLE_FIELDS["mpfs"]


def test_no_column_is_called_by_a_word_that_sql_keeps_for_itself() -> None:
    assert [name for columns in own_columns().values() for name in columns if name in RESERVED] == []


def test_rules_that_name_no_such_table_do_not_load_the_importers() -> None:
    code = (
        "import sys, auditor.rules.packs as p; from auditor.base.resources import resource_dir; "
        "p.load_packs([resource_dir('rulesets') / 'modifier']); "
        "sys.exit(any(name.startswith('auditor.reference.importers') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
