"""One page a rule inside the report: of the run, not of today's rules; linked from each finding; in the workbook."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from auditor.base.resources import resource_dir
from auditor.reports import AuditDocument, write_xlsx
from auditor.reports.rule_pages import MOST_PAGES, RulePage, Told, in_rows, page_of, paged
from auditor.rules.packs import load_packs
from auditor.rules.told import told
from tests.reports.conftest import document_of, unpacked
from tests.reports.conftest import page_of as html_of
from tests.reports.fakes import FakeRun, make_run

HOSTILE = "</script><img src=x onerror=alert(1)>{{7*7}}&\"'"


@pytest.fixture(scope="module")
def told_run(tmp_path_factory: pytest.TempPathFactory) -> FakeRun:
    """A run whose rules carry what the project's rules of the same id say."""
    fake = make_run(tmp_path_factory.mktemp("told"), 60, seed=3)
    known = {
        rule.id: json.loads(json.dumps(told(rule))) for rule in load_packs([resource_dir("rulesets")]).rules
    }
    rules = [entry | known.get(entry["id"], {}) for entry in fake.run["rules"]]
    return FakeRun({**fake.run, "rules": rules}, fake.findings, fake.set_aside, fake.rows)


@pytest.fixture(scope="module")
def document(told_run: FakeRun) -> AuditDocument:
    return document_of(told_run)


@pytest.fixture(scope="module")
def page(document: AuditDocument, tmp_path_factory: pytest.TempPathFactory) -> str:
    return html_of(document, tmp_path_factory.mktemp("page"))


def test_every_finding_has_the_page_of_its_rule_in_the_same_file(document: AuditDocument, page: str) -> None:
    register = unpacked(page)["head"]["register"]
    for finding in document.findings:
        assert f'id="rule-{register[finding.rule_id][3]}"' in page


def test_a_rules_page_says_its_logic_its_law_and_its_tests(document: AuditDocument, page: str) -> None:
    rule = next(rule for rule in document.rules if rule.id == "NCCI-PTP-001")
    own = page[page.index('id="rule-NCCI-PTP-001"') :]
    own = own[: own.index("</details>")]
    for heading, said in rule.page.logic:
        assert f"<h3>{heading}</h3>" in own and said
    assert '<svg class="flow"' in own and "<title" in own and "<desc" in own
    for name in rule.page.tests:
        assert name.replace("'", "&#39;") in own
    assert rule.page.history and rule.page.record_needed


def test_a_register_row_and_related_rules_link_to_pages_that_are_there(page: str) -> None:
    targets = set(re.findall(r'href="#(rule-[^"]+)"', page))
    assert targets and all(f'id="{target}"' in page for target in targets)


def test_pages_bring_nothing_from_a_network_and_no_style_or_script_of_their_own(page: str) -> None:
    own = page[page.index('<section id="rule-pages">') :]
    own = own[: own.index("</section>")]
    assert not re.search(r"<(script|style|img|link|iframe|object|use)\b|\bstyle=|\bon\w+=|\bsrc=", own)


def test_a_later_change_of_the_rules_does_not_change_an_old_report(told_run: FakeRun, tmp_path: Path) -> None:
    rules = [
        {**entry, "logic": [["What must hold", ["it was so then", "and so"]]]}
        for entry in told_run.run["rules"]
    ]
    fake = FakeRun({**told_run.run, "rules": rules}, told_run.findings, told_run.set_aside, told_run.rows)
    text = html_of(document_of(fake), tmp_path)
    assert "<h3>What must hold</h3><ul><li>it was so then<ul><li>and so</li></ul></li></ul>" in text


def test_a_run_of_an_older_version_says_that_it_kept_no_logic(tmp_path: Path) -> None:
    fake = make_run(tmp_path, 12)
    text = html_of(document_of(fake), tmp_path)
    assert "did not keep the rule&#39;s logic" in text or "did not keep the rule's logic" in text


def test_hostile_rules_stay_text(told_run: FakeRun, tmp_path: Path) -> None:
    rules = [
        {**entry, "logic": [[HOSTILE, [HOSTILE, HOSTILE]]],
         "steps": [{"kind": HOSTILE, "title": HOSTILE, "text": [HOSTILE]}],
         "tests": [HOSTILE], "owner": HOSTILE, "related": [{"id": HOSTILE, "type": HOSTILE}],
         "changelog": [{"version": HOSTILE, "change": HOSTILE}]}
        for entry in told_run.run["rules"]
    ]  # fmt: skip
    fake = FakeRun({**told_run.run, "rules": rules}, told_run.findings, told_run.set_aside, told_run.rows)
    text = html_of(document_of(fake), tmp_path)
    assert "<img" not in text and "</script><img" not in text and "{{7*7}}" in text


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"logic": None, "steps": {}, "tests": "x", "related": [None], "changelog": [3]},
        {"logic": [[], "x", ["A heading"], ["B", []]], "steps": [None, 4]},
    ],
)
def test_what_is_missing_or_malformed_in_run_json_stays_empty(entry: dict[str, Any]) -> None:
    found = page_of(entry)
    assert found.steps == () and found.related == () and found.history == () and found.tests == ()
    assert all(isinstance(said, tuple) for _, said in found.logic)
    assert page_of({}) == RulePage()


def test_sentences_under_others_are_set_in_by_their_depth() -> None:
    rows = in_rows([Told("a", (Told("b", (Told("c"),)),)), Told("d")])
    assert [row.lstrip("\N{NO-BREAK SPACE}") for row in rows] == ["a", "· b", "· c", "d"]
    assert len(rows[2]) - len(rows[2].lstrip("\N{NO-BREAK SPACE}")) > len(rows[1]) - len(
        rows[1].lstrip("\N{NO-BREAK SPACE}")
    )


def test_all_rules_with_findings_have_pages_and_others_as_far_as_there_is_room() -> None:
    rules = [(f"R{n:03d}", frozenset({f"R{n:03d}", f"V{n:03d}"})) for n in range(MOST_PAGES + 50)]
    assert paged(rules[:5], []) == {name for name, _ in rules[:5]}
    late = f"V{MOST_PAGES + 40:03d}"
    assert f"R{MOST_PAGES + 40:03d}" in paged(rules, [late])
    assert len(paged(rules, [late])) == MOST_PAGES
    assert len(paged(rules, [name for name, _ in rules])) == len(rules)


@pytest.fixture(scope="module")
def book(document: AuditDocument, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("book") / "audit.xlsx"
    write_xlsx(document, path)
    return path


def test_a_findings_rule_links_to_its_row_of_the_register_and_that_to_its_logic(
    document: AuditDocument, book: Path
) -> None:
    live = load_workbook(book)
    heads = [cell.value for cell in live["Rule register"][1]]
    logic_at = heads.index("Logic in words")
    for row, finding in zip(live["Finding lines"].iter_rows(min_row=2), document.findings, strict=True):
        found = re.fullmatch(r"=HYPERLINK\(\"#'Rule register'!A(\d+)\",\"(.+)\"\)", str(row[4].value))
        assert found is not None and found[2] == finding.rule_id
        line = live["Rule register"][int(found[1])]
        assert line[0].value == document.rule_index[finding.rule_id].id
        target = re.search(r"'Rule logic'!A(\d+)", str(line[logic_at].value))
        if target is not None:
            assert live["Rule logic"][f"A{target[1]}"].value == line[0].value
            assert live["Rule logic"][f"A{int(target[1]) - 1}"].value != line[0].value


def test_the_sheet_of_logic_holds_every_sentence(document: AuditDocument, book: Path) -> None:
    rows = list(load_workbook(book)["Rule logic"].iter_rows(min_row=2, values_only=True))
    wanted = [
        (rule.id, heading, row)
        for rule in document.rules
        for heading, said in rule.page.logic
        for row in in_rows(said)
    ]
    assert rows == wanted


def test_programs_that_read_values_see_the_rule_id(document: AuditDocument, book: Path) -> None:
    sheet = load_workbook(book, data_only=True)["Finding lines"]
    shown = [row[4] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert shown == [finding.rule_id for finding in document.findings]


def test_a_rule_id_that_could_break_a_formula_stays_text(told_run: FakeRun, tmp_path: Path) -> None:
    odd = 'X"),1/0&("'
    rules = [
        {**entry, "id": odd, "variants": []} if entry["id"] == "NCCI-PTP-001" else entry
        for entry in told_run.run["rules"]
    ]
    fake = FakeRun({**told_run.run, "rules": rules}, told_run.findings, told_run.set_aside, told_run.rows)
    path = tmp_path / "audit.xlsx"
    write_xlsx(document_of(fake), path)
    texts = [str(row[0].value) for row in load_workbook(path)["Rule register"].iter_rows(min_row=2)]
    assert odd in texts
    for row in load_workbook(path)["Finding lines"].iter_rows(min_row=2):
        assert odd not in str(row[4].value)
