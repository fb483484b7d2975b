"""The page: agrees with the document, holds everything of a finding, is closed, and takes hostile text as text."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from auditor.base.money import format_usd, to_cents
from auditor.reports import AuditDocument, payload, wording
from auditor.reports.document import SECTIONS, Amount
from tests.reports.conftest import document_of, numbered, page_of, unpacked
from tests.reports.fakes import FakeRun, make_run

HOSTILE = "</script><script>alert(1)</script>\u2028\"'><img src=x onerror=alert(1)>{{7*7}}"


class Tags(HTMLParser):
    """What a browser would take for tags, ids and visible text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def page(document: AuditDocument, tmp_path_factory: pytest.TempPathFactory) -> str:
    return page_of(document, tmp_path_factory.mktemp("page"))


def test_first_screen_shows_the_totals_of_the_document(document: AuditDocument, page: str) -> None:
    head = page[: page.index("<nav")]
    for section in ("over_definite", "over_probable", "at_risk"):
        assert f'<p class="big">{format_usd(document.totals[section].dollars)}</p>' in head
    assert f'<p class="big">{format_usd(document.totals.under)}</p>' in head
    assert document.run_id in head


def test_the_list_adds_up_to_the_totals(document: AuditDocument, page: str) -> None:
    data = unpacked(page)
    for place, section in enumerate(SECTIONS):
        cents = [a for a, s in zip(data["x_amount"], data["x_section"], strict=True) if s == place]
        assert len(cents) == document.totals[section].findings
        assert sum(cents) == to_cents(document.totals[section].dollars)


def test_every_finding_shows_its_citation_and_reference_row(document: AuditDocument, page: str) -> None:
    data = unpacked(page)
    head, details = data["head"], numbered(data, "d")
    assert head["n"] == len(details) == len(document.findings)
    for place, (finding, detail) in enumerate(zip(document.findings, details, strict=True)):
        assert data["x_id"][place] == finding.finding_id
        rule = head["words"]["rule"][data["x_rule"][place]]
        assert rule[:3] == [finding.rule_id, finding.rule_version, finding.rule_hash]
        assert detail[0] == finding.explanation
        assert [line[1:3] for line in detail[1]] == [[e.claim_id, e.line_no] for e in finding.evidence]
        references = [head["references"][number] for number in detail[2]]
        assert [row[:3] for row in references] == [
            [document.table_words(r.table), r.edition, r.key] for r in finding.reference_rows
        ]
        cited = [head["citations"][number] for number in detail[3]]
        assert [row[:3] for row in cited] == [[c.document, c.section, c.revision] for c in finding.citations]
        assert [bool(row[4]) for row in cited] == [c.verified for c in finding.citations]
        assert cited, "a finding without an authority"


def test_every_row_of_the_list_is_that_of_its_finding(document: AuditDocument, page: str) -> None:
    data = unpacked(page)
    words = data["head"]["words"] | {"patient": data["patients"]}
    for place, finding in enumerate(document.findings):
        named = {
            name: words[name][data[f"x_{name}"][place]]
            for name in ("claim", "patient", "code", "provider", "payer")
        }
        assert named == {
            "claim": finding.claim_id, "patient": finding.patient_id, "code": finding.code,
            "provider": finding.provider, "payer": finding.payer_id,
        }  # fmt: skip
        assert data["x_line"][place] == finding.line_no
        assert data["x_paid"][place] == (None if finding.paid is None else to_cents(finding.paid))


def test_every_claim_of_a_finding_is_at_hand_with_its_lines(document: AuditDocument, page: str) -> None:
    data = unpacked(page)
    shown, details = numbered(data, "k"), numbered(data, "d")
    assert [claim[:3] for claim in shown] == [[c.claim_id, c.patient_id, c.payer_id] for c in document.claims]
    for finding, detail in zip(document.findings, details, strict=True):
        numbers = detail[18]
        assert bool(numbers) == bool(finding.claim_id)
        if numbers:
            claim = shown[numbers[0]]
            assert claim[:3] == [finding.claim_id, finding.patient_id, finding.payer_id]
            (line,) = [line for line in claim[19] if line[0] == finding.line_no]
            assert line[5] == finding.code and line[11] == to_cents(finding.paid or Decimal(0))


def test_a_run_without_claim_lines_still_makes_a_page(fake: FakeRun, tmp_path: Path) -> None:
    bare = tmp_path / "findings.parquet"
    bare.write_bytes(fake.findings.read_bytes())
    data = unpacked(page_of(document_of(replace(fake, findings=bare)), tmp_path))
    assert "k0" not in data
    assert {tuple(detail[18]) for detail in data["d0"]} == {()}


def test_same_document_same_bytes(fake: FakeRun, tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    run = {**fake.run, "stages": [{"name": "read", "seconds": 99.5, "rows": 1}], "engine": {"seconds": 1.5}}
    changed = FakeRun(
        {**run, "engine": {**fake.run["engine"], "seconds": 7}}, fake.findings, fake.set_aside, fake.rows
    )
    assert page_of(document_of(fake), tmp_path / "a") == page_of(document_of(changed), tmp_path / "b")


def test_policy_allows_the_style_and_script_of_the_page_and_no_other(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    said = policy[1].replace("&#39;", "'")
    assert "default-src 'none'" in said
    assert "unsafe" not in said
    for kind, tag in (("script-src", "<script>"), ("style-src", "<style>")):
        content = page.split(tag, 1)[1].split("</" + tag[1:], 1)[0]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in said


def test_page_asks_nothing_of_a_network_and_has_no_inline_handler(page: str) -> None:
    for tag, attributes in Tags(page).tags:
        assert not any(name.startswith("on") or name == "style" for name in attributes), (tag, attributes)
        assert (
            tag not in ("iframe", "object", "embed", "base", "img", "form")
            or attributes.get("id") == "filters"
        )
        if tag == "link":
            assert attributes["href"] == "data:,"
        assert "src" not in attributes


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    fake = make_run(tmp_path, 30, hostile=HOSTILE)
    page = page_of(document_of(fake), tmp_path)
    parsed = Tags(page)
    scripts = [attributes for tag, attributes in parsed.tags if tag == "script"]
    assert len([attributes for attributes in scripts if attributes.get("type") is None]) == 1
    assert not any(tag == "img" for tag, _ in parsed.tags)
    assert any(HOSTILE in text for text in parsed.text), "the banner is shown, as text"
    assert HOSTILE in unpacked(page)["head"]["words"]["claim"][0]


def test_only_web_addresses_become_links(fake: FakeRun, tmp_path: Path) -> None:
    run = {**fake.run, "rules": [{"id": "X", "citations": [{"document": "D", "url": "javascript:alert(1)"}]}]}
    page = page_of(document_of(FakeRun(run, fake.findings, fake.set_aside, fake.rows)), tmp_path)
    assert "javascript:" not in page
    assert payload.safe_url("https://www.cms.gov") and not payload.safe_url("data:text/html,x")


def test_no_banned_word_on_the_page(page: str) -> None:
    assert wording.banned_in(page) == []
    texts = str(unpacked(page)["app"])
    assert wording.banned_in(texts) == []


def test_the_words_of_the_classes_stand_on_the_page(page: str) -> None:
    assert wording.LIMITATION in page
    assert page.index(wording.LIMITATION, page.index('id="by-provider"')) > 0
    for words in wording.CLASS_WORDS.values():
        assert words in page
    assert wording.UNVERIFIED in page


def test_empty_run_opens_with_a_plain_word(tmp_path: Path) -> None:
    page = page_of(document_of(make_run(tmp_path, 0, set_aside=0)), tmp_path)
    assert "gave no finding" in page
    assert "was not found to be correct" in page
    assert "No line was set aside" in page


def test_only_set_aside_lists_every_line(tmp_path: Path) -> None:
    page = page_of(document_of(make_run(tmp_path, 0, set_aside=9)), tmp_path)
    assert len(unpacked(page)["aside"]) == 9
    assert "9 lines were not audited" in page


def test_a_cap_is_said(document: AuditDocument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payload, "PAGE_FINDINGS", 100)
    monkeypatch.setattr("auditor.reports.html.PAGE_FINDINGS", 100)
    page = page_of(document, tmp_path)
    assert unpacked(page)["head"]["n"] == 100
    assert f"the first 100 of {len(document.findings)} rows" in page


def test_carried_forward_is_said_once(tmp_path: Path) -> None:
    document = document_of(make_run(tmp_path, 5, carried=True))
    assert page_of(document, tmp_path).count("beyond the quarter of its publication") == 1
    told = replace(document, banners=(*document.banners, "ncci_ptp 2024Q3 was carried forward."))
    assert "beyond the quarter of its publication" not in page_of(told, tmp_path)


def test_one_finding_is_not_told_as_findings(document: AuditDocument, tmp_path: Path) -> None:
    (first, *_) = document.by_month
    sections = {"over_definite": Amount(findings=1, lines=1)}
    one = replace(document, by_month=(replace(first, sections=sections),))
    head = page_of(one, tmp_path).partition("<nav")[0]
    assert "\u00b7 1 finding</small>" in head


def test_the_first_screen_counts_the_rules_that_could_be_evaluated(
    document: AuditDocument, tmp_path: Path
) -> None:
    first, *rest = document.coverage
    idle = replace(first, evaluated=0)
    page = page_of(replace(document, coverage=(idle, *rest)), tmp_path)
    rules = len(document.rules)
    evaluated = sum(entry.evaluated > 0 for entry in rest)
    assert f"held against {evaluated} of {rules} rules and" in page


def test_where_it_lies_names_the_class_of_every_figure(document: AuditDocument, page: str) -> None:
    asked = re.search(r'<h2 id="where-rules">.*?</ol>', page, re.DOTALL)
    assert asked is not None
    items = asked[0].split("<li>")[1:]
    for entry, item in zip(document.by_rule, items, strict=False):
        figures = [
            (entry["over_definite"].dollars, "claims-evident"), (entry["over_probable"].dollars, "record needed"),
            (entry.under, "underpayment"), (entry["at_risk"].dollars, "at risk"),
        ]  # fmt: skip
        for dollars, words in figures:
            assert (words in item) == bool(dollars)
            assert not dollars or format_usd(dollars) in item
