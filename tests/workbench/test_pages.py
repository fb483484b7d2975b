"""A page for every rule: complete, deterministic, checked against the rule files, harmless to what else is there."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from auditor.base.errors import InputRefused
from auditor.base.resources import resource_dir
from auditor.reports.wording import BANNED
from auditor.rules.packs import RuleSet, load_packs
from auditor.workbench.pages import INDEX, differing, pages, rule_page, write_pages
from tests.rules.every_form import every_form

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "rules"


@pytest.fixture(scope="module")
def pack() -> RuleSet:
    return load_packs([resource_dir("rulesets")])


@pytest.fixture(scope="module")
def made(pack: RuleSet) -> dict[str, str]:
    return pages(pack)


def test_the_committed_pages_are_as_the_rule_files_are(made: dict[str, str]) -> None:
    assert differing(made, COMMITTED) == [], "run `auditor rules docs`"


def test_every_rule_and_override_has_a_page_and_stands_in_the_index(
    pack: RuleSet, made: dict[str, str]
) -> None:
    names = [rule.id for rule in (*pack.rules, *pack.retired)] + [item.id for item in pack.overrides]
    for name in names:
        assert f"[{name}]({name}.md)" in made[INDEX]
        assert made[f"{name}.md"].startswith(f"# {name}: ")
    for rule in pack.rules:
        assert made[f"{rule.id}.svg"].startswith("<svg") and f"({rule.id}.svg)" in made[f"{rule.id}.md"]


def test_the_pages_are_the_same_twice(pack: RuleSet, made: dict[str, str]) -> None:
    assert pages(pack) == made


def test_a_page_tells_the_law_with_what_was_read_and_every_test(pack: RuleSet, made: dict[str, str]) -> None:
    for rule in pack.rules:
        page = made[f"{rule.id}.md"]
        assert page.count("**verified**") == sum(item.verified for item in rule.citations)
        assert page.count("**authority not verified**") == sum(not item.verified for item in rule.citations)
        tests = page[page.index("## Tests") : page.index("## History")]
        assert tests.count("\n|") == len(rule.tests) + 2


def test_headings_of_pages_accuse_nobody(made: dict[str, str]) -> None:
    for name, text in made.items():
        for heading in re.findall(r"^#.*$", text, re.MULTILINE):
            assert not any(re.search(rf"\b{word}\b", heading, re.IGNORECASE) for word in BANNED), (
                name,
                heading,
            )


def test_links_between_pages_lead_somewhere(made: dict[str, str]) -> None:
    targets = {
        target for text in made.values() for target in re.findall(r"\]\(([^)#:]+\.(?:md|svg))\)", text)
    }
    known = {variant for variant in targets if variant not in made}
    assert known == set()


def test_writing_twice_writes_once_and_pages_of_rules_that_are_gone_go(
    made: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "deep" / "rules"
    assert write_pages(made, folder) == (len(made), 0)
    assert write_pages(made, folder) == (0, 0)
    fewer = {name: text for name, text in made.items() if not name.startswith("MOD-LAT-001")}
    assert write_pages(fewer, folder) == (0, 2)
    assert not (folder / "MOD-LAT-001.md").exists()


def test_what_others_wrote_into_the_folder_stays(made: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "tutorial.md").write_text("# Mine\n", encoding="utf-8")
    (tmp_path / "drawing.svg").write_text("<svg/>", encoding="utf-8")
    write_pages(made, tmp_path)
    assert differing(made, tmp_path) == []
    assert (tmp_path / "tutorial.md").read_text(encoding="utf-8") == "# Mine\n"


def test_a_changed_page_and_a_missing_one_are_named(made: dict[str, str], tmp_path: Path) -> None:
    write_pages(made, tmp_path)
    (tmp_path / "NCCI-PTP-001.md").write_text("other", encoding="utf-8")
    (tmp_path / "NCCI-MUE-001.svg").unlink()
    assert differing(made, tmp_path) == ["NCCI-MUE-001.svg", "NCCI-PTP-001.md"]


@pytest.mark.parametrize("name", ["../outside", "a/b", "", ".hidden", "A B", "A\nB", "con..d"])
def test_an_id_that_is_no_file_name_is_refused(pack: RuleSet, name: str) -> None:
    odd = dataclasses.replace(pack, rules=(dataclasses.replace(pack.rules[0], id=name),))
    with pytest.raises(InputRefused, match="cannot name a page"):
        pages(odd)


def test_text_of_a_rule_cannot_become_markup(tmp_path: Path) -> None:
    rule = dict(every_form(tmp_path))["line"]
    hostile = "<script>x</script> | a *b* [c](javascript:d) `e`\n# f"
    odd = dataclasses.replace(rule, title=hostile, root_cause=hostile, false_positives=(hostile,))
    odd = dataclasses.replace(odd, changelog=({"change": hostile},), tests=({"name": hostile, "lines": []},))
    page = rule_page(odd)
    assert not re.search(r"(?<!\\)<script|(?<!\\)\[c\]", page)
    assert "\n# f" not in page and re.search(r"(?<!\\)\| a", page) is None


def test_pages_of_every_form_are_made(tmp_path: Path) -> None:
    rules = tuple(rule for _, rule in every_form(tmp_path))
    found = pages(RuleSet(rules, (), ""))
    assert len(found) == 2 * len(rules) + 1
    assert all(rule.id in found[INDEX] for rule in rules)
