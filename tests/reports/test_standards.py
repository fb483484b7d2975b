"""What a report states of itself: every element, with the figures of the run, and no word that must not be used."""

from __future__ import annotations

from auditor.reports import AuditDocument, wording

HEADINGS = (
    "Objective", "Scope", "Methodology", "Reliability of the data", "Sampling design", "Elements of a finding",
    "Limitations", "Statement on auditing standards", "Views of responsible officials", "Confidential information",
    "Report and return (42 CFR 401.305)",
)  # fmt: skip


def test_every_element_stands_in_order(document: AuditDocument) -> None:
    assert tuple(element.heading for element in document.standards) == HEADINGS
    assert all(element.texts and all(element.texts) for element in document.standards)


def test_scope_and_methodology_carry_the_values_of_the_run(document: AuditDocument) -> None:
    told = {element.heading: " ".join(element.texts) for element in document.standards}
    assert f"{document.reconciliation.parts[0].lines:,} lines" in told["Scope"]
    assert f"{document.scope.patients:,} patients" in told["Scope"]
    assert f"{len(document.rules)} rules" in told["Methodology"]
    assert document.rules_asked is not None
    assert f"{document.rules_asked[1]} of them could be evaluated" in told["Methodology"]
    assert "Every line was held against" not in told["Methodology"]
    assert f"Cases: {dict(document.engine)['checked']}; differences: 0" in told["Methodology"]
    assert wording.share(*document.evaluated) in told["Methodology"]
    assert f"{len(document.reconciliation.checks)} checks" in told["Reliability of the data"]


def test_what_only_people_can_say_is_a_draft(document: AuditDocument) -> None:
    drafts = {element.heading for element in document.standards if element.draft}
    assert drafts == {"Objective", "Statement on auditing standards", "Views of responsible officials"}


def test_no_word_of_it_accuses_or_decides(document: AuditDocument) -> None:
    texts = [text for element in document.standards for text in element.texts]
    assert not [word for text in texts for word in wording.banned_in(text)]
