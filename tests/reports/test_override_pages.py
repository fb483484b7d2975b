"""The page of each override that acted in a run or bears on a rule of it, in the page and in the workbook."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from auditor.reports import AuditDocument, write_xlsx
from auditor.reports.override_pages import override_pages
from auditor.rules import model as m
from auditor.rules.told import told_override
from tests.reports.conftest import document_of, unpacked
from tests.reports.conftest import page_of as html_of
from tests.reports.fakes import FakeRun, make_run

HOSTILE = "</script><img src=x onerror=alert(1)>{{7*7}}&\"'"
WHEN = m.Test(m.FieldRef("line", "plan_id", "line", "text"), "eq", "GOLD")


def override(name: str, rules: tuple[str, ...], **more: Any) -> dict[str, Any]:
    """An entry of run.json, as an audit writes it."""
    item = m.Override(
        id=name, rules=rules, when=WHEN, reason="The contract pays it", approved_by="The committee",
        expires=date(2026, 12, 31), effective_from=date(2024, 1, 1), title="A plan pays both", file="f.yaml",
        hash="ab" * 32, tests=({"name": "In the plan it is set aside", "lines": []},), **more,
    )  # fmt: skip
    own = {"id": name, "title": item.title, "rules": list(rules), "reason": item.reason,
           "approved_by": item.approved_by, "expires": "2026-12-31", "hash": item.hash}  # fmt: skip
    return json.loads(json.dumps(own | told_override(item)))


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> FakeRun:
    made = make_run(tmp_path_factory.mktemp("run"), 200, seed=5)
    made.run["overrides"] = [
        override("PAY-ACME-001", ("NCCI-PTP-001", "NCCI-PTP-004", "mue", "addon", "modifier", "coverage")),
        override("PAY-ACME-002", ("NCCI-MUE-001",), action="set_parameter", parameter="most_units", value=4),
        override("PAY-ACME-003", ("coverage",), action="reclassify", to="risk"),
        override("PAY-OTHER-001", ("NO-RULE-1",)),
    ]
    return made


@pytest.fixture(scope="module")
def document(fake: FakeRun) -> AuditDocument:
    return document_of(fake)


@pytest.fixture(scope="module")
def page(document: AuditDocument, tmp_path_factory: pytest.TempPathFactory) -> str:
    return html_of(document, tmp_path_factory.mktemp("page"))


def test_what_acted_or_bears_on_a_rule_of_the_run_has_a_page_and_nothing_else(
    fake: FakeRun, document: AuditDocument, page: str
) -> None:
    assert [item.id for item in document.overrides] == ["PAY-ACME-001", "PAY-ACME-002", "PAY-ACME-003"]
    acted = sum(row["verdict"] == "suppressed" for row in fake.rows)
    assert acted and document.overrides[0].suppressed == acted
    assert f"set aside {acted} finding" in page
    assert "PAY-OTHER-001" not in page


def test_the_page_says_scope_days_effect_reason_and_who_approved_it(page: str) -> None:
    own = page[page.index('id="override-PAY-ACME-002"') :]
    own = own[: own.index("</details>")]
    for said in ("the plan of the line is GOLD", "from 2024-01-01 to 2026-12-31", "“most units” is 4 for these lines",
                 "The contract pays it", "Approved by: The committee", "In the plan it is set aside",
                 "sets a value: “most units”", 'href="#rule-NCCI-MUE-001"', "ab" * 32):  # fmt: skip
        assert said in own, said
    assert "lowers findings to at risk" in page


def test_links_lead_from_findings_and_rules_to_the_page(document: AuditDocument, page: str) -> None:
    data = unpacked(page)["head"]
    assert data["overrides"]["PAY-ACME-001"] == "sets findings aside"
    assert data["register"]["NCCI-MUE-001"][4] == ["PAY-ACME-001", "PAY-ACME-002"]
    rule = page[page.index('id="rule-NCCI-MUE-001"') :]
    assert 'href="#override-PAY-ACME-002"' in rule[: rule.index("</details>")]
    targets = set(re.findall(r'href="#(override-[^"]+)"', page))
    assert targets and all(f'id="{target}"' in page for target in targets)


def test_the_workbook_holds_the_passages_and_findings_link_to_them(
    document: AuditDocument, tmp_path: Path
) -> None:
    path = tmp_path / "audit.xlsx"
    write_xlsx(document, path)
    book = load_workbook(path)
    rows = [
        row for row in book["Rule logic"].iter_rows(min_row=2, values_only=True) if row[0] == "PAY-ACME-001"
    ]
    assert rows[0][1:] == ("Override of a payer", "A plan pays both: sets findings aside")
    assert ("Why, and who approved it", "Approved by: The committee") in [row[1:] for row in rows]
    heads = [cell.value for cell in book["Finding lines"][1]]
    shown = [
        str(row[heads.index("Suppressed by")].value) for row in book["Finding lines"].iter_rows(min_row=2)
    ]
    links = {text for text in shown if "PAY-ACME-001" in text}
    assert len(links) == 1
    target = re.search(r"#'Rule logic'!A(\d+)", links.pop())
    assert target is not None
    first = book["Rule logic"][int(target[1])]
    assert (first[0].value, first[1].value) == ("PAY-ACME-001", "Override of a payer")
    changed = [cell.value for cell in book["Rule register"][1]].index("Overrides of payers")
    told = {row[0].value: row[changed].value for row in book["Rule register"].iter_rows(min_row=2)}
    assert "PAY-ACME-002 sets a value: “most units”" in str(told["NCCI-MUE-001"])


def test_a_run_of_an_older_version_still_gives_reason_approval_and_last_day() -> None:
    old = {key: value for key, value in override("X", ("mue",)).items() if key in
           {"id", "title", "rules", "reason", "approved_by", "expires", "hash"}}  # fmt: skip
    (made,) = override_pages([old], [("NCCI-MUE-001", "mue", ())], {})
    said = [item.text for _, items in made.logic for item in items]
    assert said == ["Those of mue", "To 2026-12-31", "The contract pays it", "Approved by: The committee"]


@pytest.mark.parametrize(
    "odd", [None, 5, {}, {"id": None, "rules": "mue"}, {"logic": {}, "rules": [None], "tests": 3}]
)
def test_what_is_malformed_in_run_json_gives_no_page(odd: Any) -> None:
    assert override_pages([odd], [("NCCI-MUE-001", "mue", ())], {}) == ()


def test_hostile_overrides_stay_text(fake: FakeRun, tmp_path: Path) -> None:
    odd = {**override(HOSTILE, ("mue",)), "title": HOSTILE, "action": HOSTILE, "logic": [[HOSTILE, HOSTILE]],
           "tests": [HOSTILE], "citations": [{"document": HOSTILE, "url": "javascript:alert(1)"}]}  # fmt: skip
    made = FakeRun({**fake.run, "overrides": [odd]}, fake.findings, fake.set_aside, fake.rows)
    text = html_of(document_of(made), tmp_path)
    assert "<img" not in text and "</script><img" not in text and 'href="javascript' not in text
    write_xlsx(document_of(made), tmp_path / "audit.xlsx")
