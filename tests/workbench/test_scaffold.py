"""A new rule file: in its folder, loadable, with cases that fail until it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.base.errors import InputRefused, UsageError
from auditor.rules.loader import load_rule
from auditor.rules.pack_manifest import facts_of
from auditor.workbench.formatting import format_file
from auditor.workbench.lint.running import lint
from auditor.workbench.scaffold import FORM_NAMES, make_rule, rule_text
from auditor.workbench.scaffold_texts import FORMS

EXPECTED_OF_OVERRIDE = {"R601", "R501"}
WRITTEN = {
    "catalogue_id: NEW-00": "catalogue_id: FQ-01",
    "What this rule finds, in one line": "A service that the policy does not pay",
    "owner: your name": "owner: The names of the plan",
    "The policy by its own title": "Policy CP-12",
    "chapter, section, page": "section 3",
    "edition or date of the text": "revision of July",
    "https://www.example.org/policy": "https://www.example.org/cp-12",
    "what kind of error it is": "not payable by policy",
    "When the finding would be wrong.": "The member has another plan.",
    "Say here what the": "The",
    "Replace the codes here and above, and": "By its codes",
    "REPLACE-PAYER": "ACME",
    '["00000"]': '["99999"]',
    '["00001"]': '["99998"]',
    '["00000", "00001"]': '["99998", "99999"]',
    '["999"]': '["470"]',
}
"""What an author writes in the place of the texts of a new rule."""


def made(folder: Path, rule_id: str = "MOD-NEW-001", **options: object) -> Path:
    return make_rule(rule_id, [folder], own_rules=folder / "rulesets", **options).file  # type: ignore[arg-type]


@pytest.mark.parametrize("form", FORM_NAMES)
def test_of_a_new_rule_lint_says_what_is_to_be_replaced_and_nothing_else(tmp_path: Path, form: str) -> None:
    file = made(tmp_path, form=form, into=tmp_path / "mine")
    load_rule(file)
    assert format_file(file) is None
    messages = lint([file])
    assert {item.check for item in messages} == {"R010"} | (
        EXPECTED_OF_OVERRIDE if form == "override" else set()
    )
    told = {item.what for item in messages if item.file == file}
    assert "`owner` is still “your name”" in told and any(
        "payer_id` is still “REPLACE-PAYER”" in what for what in told
    )
    assert len([item for item in messages if "REPLACE-PAYER" in item.what]) <= 3
    assert {item.what[:13] for item in messages if item.file.name == "pack.yaml"} == {
        "`publisher` i",
        "`description`",
    }


@pytest.mark.slow
@pytest.mark.parametrize("form", FORM_NAMES)
def test_two_cases_of_a_new_rule_fail_and_the_others_hold(tmp_path: Path, form: str) -> None:
    file = made(tmp_path, form=form, into=tmp_path / "mine")
    failing = [message for message in lint([file], [], [file]) if message.check == "R505"]
    assert len(failing) == (3 if form == "override" else 2)
    assert all("expected" in message.what and "found nothing" in message.what for message in failing)


@pytest.mark.slow
@pytest.mark.parametrize("form", [form for form in (*FORMS, "benchmark") if form != "coverage"])
def test_the_cases_hold_and_lint_is_silent_once_every_text_is_replaced(tmp_path: Path, form: str) -> None:
    file = made(tmp_path, form=form, into=tmp_path / "mine")
    text = file.read_text(encoding="utf-8")
    for old, new in WRITTEN.items():
        text = text.replace(old, new)
    if form == "benchmark":
        text = text.replace('above: {2024-01-01: {value: ["99998"]', 'above: {2024-01-01: {value: ["99999"]')
    (tmp_path / "mine" / "pack.yaml").unlink()
    file = file.rename(file.with_name("MOD-NEW-001_a_service.yaml"))
    file.write_text(text, encoding="utf-8")
    assert [(message.check, message.what) for message in lint([file], [], [file])] == []


def test_a_rule_that_all_payers_share_names_none(tmp_path: Path) -> None:
    (tmp_path / "rulesets").mkdir()
    for form in FORM_NAMES[:-1]:
        shared = rule_text("MOD-NEW-001", "modifier", form, "A title", shared=True)
        assert "payer_id, claim_type" in shared and "REPLACE-PAYER" not in shared
    own = made(tmp_path, "MOD-NEW-002").read_text(encoding="utf-8")
    assert "applies_to: {line_of_business: [medicare]}" in own and "REPLACE-PAYER" not in own


def test_the_file_stands_in_the_folder_of_its_family_and_is_named_by_its_title(tmp_path: Path) -> None:
    (tmp_path / "rulesets").mkdir()
    file = made(tmp_path, "NCCI-PTP-777", title="Column 2: paid, with Column 1!")
    assert (
        file.relative_to(tmp_path).as_posix()
        == "rulesets/ncci/ptp/NCCI-PTP-777_column_2_paid_with_column_1.yaml"
    )
    assert load_rule(file).title == "Column 2: paid, with Column 1!"


def test_a_folder_that_is_not_there_is_made_a_pack(tmp_path: Path) -> None:
    done = make_rule(
        "PAY-ACME-001", [], own_rules=tmp_path, form="override", into=tmp_path / "payers" / "2 Acme Health"
    )
    assert done.pack is not None
    facts = facts_of(done.pack, done.pack.read_bytes())
    assert facts.id == "pack-2-acme-health" and facts.version == "0.1.0"
    again = make_rule(
        "PAY-ACME-002", [], own_rules=tmp_path, form="line", family="payer", into=done.pack.parent
    )
    assert again.pack is None and again.file.parent == done.file.parent


def test_an_id_in_use_is_refused_with_the_next_one(tmp_path: Path) -> None:
    made(tmp_path, into=tmp_path / "mine")
    with pytest.raises(UsageError, match=r"MOD-NEW-001 is in use.*MOD-NEW-002"):
        made(tmp_path, into=tmp_path / "other")
    with pytest.raises(UsageError, match="in use"):
        make_rule("MOD-NEW-001", [], own_rules=tmp_path, into=tmp_path / "mine", title="Another")


@pytest.mark.parametrize(
    "rule_id", ["MOD-1", "mod-new-001", "MOD-NEW-1", "../MOD-NEW-001", "MOD-NEW-001\n", ""]
)
def test_an_id_that_is_none_is_refused_and_nothing_is_written(tmp_path: Path, rule_id: str) -> None:
    with pytest.raises(UsageError, match="no id of a rule"):
        made(tmp_path, rule_id, into=tmp_path / "mine")
    assert list(tmp_path.iterdir()) == []


def test_a_family_that_cannot_be_told_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--family"):
        made(tmp_path, "XYZ-NEW-001", into=tmp_path / "mine")
    with pytest.raises(UsageError, match="--into"):
        made(tmp_path, "PAY-NEW-001")


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    file = folder / "MOD-NEW-001_a_title.yaml"
    file.write_text("", encoding="utf-8")
    with pytest.raises((InputRefused, UsageError)):
        made(tmp_path, into=folder, title="A title")
    assert file.read_text(encoding="utf-8") == ""


@pytest.mark.parametrize(
    "title", ['Say "no": # to \\ it', "{curly}", "- dash", "yes", "12", "ends with:", "é ü"]
)
def test_any_title_is_read_back_as_it_was(tmp_path: Path, title: str) -> None:
    assert load_rule(made(tmp_path, into=tmp_path / "mine", title=title)).title == title


def test_the_editor_is_told_of_a_schema_that_lies_beside_or_above(tmp_path: Path) -> None:
    (tmp_path / "rule.schema.json").write_text("{}", encoding="utf-8")
    file = made(tmp_path, into=tmp_path / "mine" / "deep")
    assert file.read_text(encoding="utf-8").startswith(
        "# yaml-language-server: $schema=../../rule.schema.json\nid:"
    )
    load_rule(file)


def test_a_running_sum_says_beforehand_what_a_definite_class_would_need(tmp_path: Path) -> None:
    path = made(tmp_path, form="running", into=tmp_path / "mine")
    text, mend = path.read_text(encoding="utf-8"), "probable_when: [{line.is_span: true, reason: ...}]"
    assert f"`{mend}`" in text
    definite = text.replace("class: probable ", "class: definite ", 1)
    for written, wanted in ((definite, 1), (definite.replace("definite", f"{{is: definite, {mend}}}", 1), 0)):
        path.write_text(written, encoding="utf-8")
        assert [item.check for item in lint([path])].count("R408") == wanted
