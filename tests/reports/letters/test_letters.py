"""Letter, memo and worksheet: every element is there or a marked blank, the sums are the report's, texts stay texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

from auditor.base.errors import InputRefused, InternalCheckFailed, UsageError
from auditor.base.money import format_usd
from auditor.reports import wording
from auditor.reports.claim_rows import claim_rows
from auditor.reports.document import ZERO, Amount, Breakdown
from auditor.reports.dress import COUNSEL, UNDRESSED, Dress
from auditor.reports.letters import words
from auditor.reports.letters.blanks import read_fill
from auditor.reports.letters.chosen import rule_ids
from auditor.reports.letters.clock import Entered
from auditor.reports.letters.memo import SHOWN, findings_memo
from auditor.reports.letters.provider_letter import BLANKS, provider_letter
from auditor.reports.letters.rendering import write_letter, write_memo, write_worksheet
from auditor.reports.letters.run_folder import PSEUDONYMS, RunFolder, read_run_folder
from auditor.reports.letters.service_days import service_days
from auditor.reports.letters.sixty_day import sixty_day_worksheet
from auditor.reports.theme import Theme
from tests.reports.conftest import TEMPLATES
from tests.reports.fakes import FINDING_COLUMNS, write_parquet
from tests.reports.letters.conftest import written

pytestmark = pytest.mark.slow  # each case lays out documents of a whole run

HOSTILE = "</td></style><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}\"'"
FILLED = {blank.key: f"told {blank.key}" for blank in BLANKS if blank.key != "sampling"}
Writer = Callable[[RunFolder, Path, Dress], None]


def letter_page(
    run: RunFolder, path: Path, dress: Dress = UNDRESSED, fill: dict[str, str] | None = None
) -> None:
    write_letter(provider_letter(run, run.document.by_provider[0].key, fill or {}), path, TEMPLATES, dress)


def memo_page(run: RunFolder, path: Path, dress: Dress = UNDRESSED) -> None:
    write_memo(findings_memo(run), path, TEMPLATES, dress)


def worksheet_page(run: RunFolder, path: Path, dress: Dress = UNDRESSED) -> None:
    write_worksheet(sixty_day_worksheet(run, Entered(identified=date(2026, 2, 2))), path, TEMPLATES, dress)


PAGES: list[Writer] = [letter_page, memo_page, worksheet_page]


class Read(HTMLParser):
    """What a browser would take for tags and for visible text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.style = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] == "style":
            self.style += data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def off_by_a_cent(entries: tuple[Breakdown, ...]) -> tuple[Breakdown, ...]:
    """The entries with one figure of the first off by a cent."""
    first, *rest = entries
    section, amount = next(iter(first.sections.items()))
    off = replace(amount, dollars=amount.dollars + Decimal("0.01"))
    return (replace(first, sections={**first.sections, section: off}), *rest)


def test_the_letter_has_every_element_or_a_marked_blank(run: RunFolder, tmp_path: Path) -> None:
    letter_page(run, tmp_path / "letter.html")
    page = Read(tmp_path / "letter.html")
    sums = run.document.by_provider[0]
    assert f"NPI {sums.key}" in page.text
    assert page.text.count(words.DRAFT_MARK) == 1
    for blank in BLANKS:
        assert f"[{blank.draft or blank.asks}]" in page.text
    editable = [tag for tag in page.tags if tag[1].get("contenteditable")]
    assert all(attrs["role"] == "textbox" and attrs["aria-label"] for _, attrs in editable)
    for asks in (
        "Section 1879",
        "Section 1870",
        "To be recovered",
        "Not recovered",
        "Denied",
        "Determination",
    ):
        assert f"{asks}:" in page.text
    for section in words.PRICED:
        assert format_usd(sums[section].dollars) in page.text
    assert wording.LIMITATION in page.text
    assert words.NO_EXTRAPOLATION in page.text


def test_the_letter_tells_each_finding_with_its_reason_once(run: RunFolder, tmp_path: Path) -> None:
    letter_page(run, tmp_path / "letter.html")
    text = Read(tmp_path / "letter.html").text
    npi = run.document.by_provider[0].key
    found = [f for f in run.document.findings if f.provider == npi]
    told = [finding for finding in found if finding.section in words.FOUND]
    assert told
    for finding in told:
        assert text.count(f"finding {finding.finding_id}") == 1
        assert " ".join(finding.explanation.split()) in text
    for finding in found:
        if finding not in told:
            assert finding.finding_id not in text
    other = next(f for f in run.document.findings if f.provider != npi and f.claim_id)
    assert other.claim_id not in text


def test_the_sums_by_claim_add_up_to_the_provider(run: RunFolder) -> None:
    for entry in run.document.by_provider[:4]:
        letter = provider_letter(run, entry.key, {})
        assert sum(claim.over_definite for claim in letter.claims) == entry["over_definite"].dollars
        assert sum(claim.over_probable for claim in letter.claims) == entry["over_probable"].dollars
        assert sum(claim.under for claim in letter.claims) == entry.under
        issues = sum(issue.sums[name].findings for issue in letter.issues for name in words.FOUND)
        assert issues == entry.findings


def test_a_number_of_two_payers_or_patients_is_of_two_claims(tmp_path: Path) -> None:
    fake = written(tmp_path, 40, seed=5)
    rows = [
        row
        for row in fake.rows
        if (row["verdict"], row["class"], row["direction"]) == ("fail", "definite", "over")
    ]
    rows = [row for row in rows if not row["at_risk"]][:3]
    for row, payer, patient in zip(rows, ("A", "A", "B"), ("P1", "P2", "P1"), strict=True):
        row |= {"claim_id": "C1", "payer_id": payer, "patient_id": patient, "rendering_npi": "1003000126"}
        row |= {"rule_id": "OWN-001", "line_of_business": "medicare", "root_cause": "one", "family": "ptp"}
    write_parquet(fake.findings, FINDING_COLUMNS, fake.rows)
    run = read_run_folder(tmp_path)
    alike = [claim for claim in provider_letter(run, "1003000126", {}).claims if claim.claim_id == "C1"]
    assert sorted(claim.over_definite for claim in alike) == sorted(
        Decimal(row["exposure_counted"]) for row in rows
    )
    assert findings_memo(run, ["OWN-001"]).rules[0].condition.claims == 3
    (group,) = sixty_day_worksheet(run, Entered(), ["OWN-001"]).groups
    assert group.claims == 3


@pytest.mark.parametrize("day", [date(26, 2, 2), date(9999, 12, 31), date(1999, 12, 31)])
@pytest.mark.parametrize("name", ["identified", "credible_information", "cost_report_due"])
def test_a_day_that_is_a_slip_of_the_pen_gives_no_worksheet(run: RunFolder, name: str, day: date) -> None:
    with pytest.raises(UsageError, match=f"--{name.replace('_', '-')}: {day.isoformat()} is no day"):
        sixty_day_worksheet(run, Entered(**{name: day}))


def test_a_signature_takes_the_draft_mark_and_only_from_a_whole_letter(
    run: RunFolder, tmp_path: Path
) -> None:
    path = tmp_path / "letter.html"
    letter_page(run, path, fill=FILLED)
    text = Read(path).text
    assert words.DRAFT_MARK not in text
    assert "For the sender" not in text
    assert all(value in text for value in FILLED.values())
    npi = run.document.by_provider[0].key
    with pytest.raises(InputRefused, match="rights"):
        provider_letter(run, npi, {k: v for k, v in FILLED.items() if k != "rights"}, "fill.yaml")
    with pytest.raises(InputRefused, match="signed_on"):
        provider_letter(run, npi, {"signed_by": "A. Reviewer"}, "fill.yaml")
    with pytest.raises(InputRefused, match="did you mean rights"):
        provider_letter(run, npi, {"right": "x"}, "fill.yaml")


def test_a_fill_file_holds_texts_and_dates(tmp_path: Path) -> None:
    path = tmp_path / "fill.yaml"
    path.write_text("provider_name: Example Clinic\nsigned_on: 2026-03-02\ncontact: null\n", encoding="utf-8")
    assert read_fill(path) == {"provider_name": "Example Clinic", "signed_on": "2026-03-02"}
    assert read_fill(None) == {}
    path.write_text("provider_name: [a]\n", encoding="utf-8")
    with pytest.raises(InputRefused, match=r"fill.yaml, line 1: a value is no text"):
        read_fill(path)
    path.write_text("- a\n", encoding="utf-8")
    with pytest.raises(InputRefused) as error:
        read_fill(path)
    assert "rule" not in str(error.value)


def test_an_unknown_provider_is_refused_without_a_guess(run: RunFolder) -> None:
    near = run.document.by_provider[0].key[:-1] + "x"
    with pytest.raises(UsageError) as error:
        provider_letter(run, near, {})
    assert "did you mean" not in str(error.value)


def test_a_document_whose_sums_differ_is_not_written(run: RunFolder) -> None:
    document = run.document
    providers = replace(document, by_provider=off_by_a_cent(document.by_provider))
    with pytest.raises(InternalCheckFailed, match="letter to"):
        provider_letter(replace(run, document=providers), document.by_provider[0].key, {})
    with pytest.raises(InternalCheckFailed, match="memo on"):
        findings_memo(replace(run, document=replace(document, by_rule=off_by_a_cent(document.by_rule))))
    off = Breakdown("", "", {**document.totals.sections, "over_definite": Amount(Decimal(1), 1)})
    with pytest.raises(InternalCheckFailed, match="60-day worksheet"):
        sixty_day_worksheet(replace(run, document=replace(document, totals=off)), Entered())


def test_the_memo_has_five_elements_a_rule_and_two_of_them_are_drafts(run: RunFolder, tmp_path: Path) -> None:
    memo_page(run, tmp_path / "memo.html")
    page = Read(tmp_path / "memo.html")
    rules = [entry for entry in run.document.by_rule if entry.findings]
    for element in ("Criteria", "Condition", "Cause", "Effect or potential effect", "Recommendation"):
        assert page.words.count(element) == len(rules)
    assert page.words.count(words.DRAFT) == 2 * len(rules)
    for entry in rules:
        assert all(
            format_usd(entry[name].dollars) in page.text for name in words.PRICED if entry[name].findings
        )
    assert all(text in page.text for text in wording.LIMITATIONS)


def test_the_memo_counts_what_it_does_not_list(run: RunFolder) -> None:
    memo = findings_memo(run, ["ncci-mue-001"])
    assert [rule.rule_id for rule in memo.rules] == ["NCCI-MUE-001"]
    condition, sums = memo.rules[0].condition, run.document.by_rule
    assert condition.findings == next(e for e in sums if e.key == "NCCI-MUE-001").findings > SHOWN
    assert (len(condition.largest), condition.more) == (SHOWN, condition.findings - SHOWN)
    amounts = [finding.amount for finding in condition.largest]
    assert amounts == sorted(amounts, reverse=True)
    assert memo.rules[0].causes == (("units of service", condition.findings),)


def test_rules_go_by_the_id_of_findings_first(run: RunFolder) -> None:
    assert rule_ids(run.document, ["ncci-ptp-001"]) == {"NCCI-PTP-001"}
    assert rule_ids(run.document, []) == frozenset()
    with pytest.raises(UsageError, match="did you mean NCCI-PTP-0"):
        rule_ids(run.document, ["NCCI-PTP-0011"])


def test_the_worksheet_groups_by_cause_and_leaves_nothing_out(run: RunFolder) -> None:
    sheet = sixty_day_worksheet(run, Entered())
    totals = run.document.totals
    assert sheet.over_definite == totals["over_definite"].dollars
    assert sheet.over_probable == totals["over_probable"].dollars
    assert len(sheet.lines) == totals["over_definite"].findings + totals["over_probable"].findings
    assert len({(group.cause, group.family) for group in sheet.groups}) == len(sheet.groups)
    assert {line.look_back for line in sheet.lines} == {""}
    costs = [group.over_definite for group in sheet.groups]
    assert costs == sorted(costs, reverse=True)


def test_the_worksheet_declares_nothing(run: RunFolder, tmp_path: Path) -> None:
    sheet = sixty_day_worksheet(run, Entered())
    write_worksheet(sheet, tmp_path / "sheet.html", TEMPLATES, UNDRESSED)
    text = Read(tmp_path / "sheet.html").text
    assert text.count("not computed") == 6
    assert "[date; a legal conclusion, with counsel]" in text
    assert words.REGULATION_READ in text


def test_other_lines_of_business_are_counted_and_left_out(tmp_path: Path) -> None:
    written(tmp_path, 60, seed=2)
    run = read_run_folder(tmp_path)
    sheet = sixty_day_worksheet(run, Entered(), ["NCCI-MUE-001"])
    moved = replace(run.document.findings, path=_as_commercial(tmp_path))
    other = replace(run, document=replace(run.document, findings=moved))
    with pytest.raises(UsageError, match="Medicare"):
        sixty_day_worksheet(other, Entered(), ["NCCI-MUE-001"])
    assert sheet.left_out == ()


def _as_commercial(folder: Path) -> Path:
    import duckdb

    path = folder / "other.parquet"
    source = f"(SELECT * REPLACE ('commercial' AS line_of_business) FROM '{folder / 'findings.parquet'}')"
    with duckdb.connect() as con:
        con.execute(f"COPY {source} TO '{path}'")
    return path


@pytest.mark.parametrize("write", PAGES)
def test_pages_are_closed_and_take_hostile_text_as_text(tmp_path: Path, write: Writer) -> None:
    written(tmp_path / "run", 60, seed=4, hostile=HOSTILE)
    path = tmp_path / "page.html"
    write(read_run_folder(tmp_path / "run"), path, Dress(counsel=f"For {HOSTILE}"))
    page = Read(path)
    assert not [tag for tag, _ in page.tags if tag in ("script", "img", "iframe", "object", "form")]
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on") or name == "style"]
    assert "alert(1)" in page.text
    assert "{{7*7}}" in page.text
    policy = next(attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv"))
    assert policy is not None
    assert "default-src 'none'; style-src 'sha256-" in policy
    assert all(
        (attrs["href"] or "").startswith(("https://", "data:,")) for _, attrs in page.tags if "href" in attrs
    )


@pytest.mark.parametrize("write", PAGES)
def test_pages_keep_to_the_words(run: RunFolder, tmp_path: Path, write: Writer) -> None:
    write(run, tmp_path / "page.html", UNDRESSED)
    text = Read(tmp_path / "page.html").text
    assert wording.banned_in(text) == []
    assert not re.search(r"overpayments? identified|confirmed overpayment", text, re.IGNORECASE)


@pytest.mark.parametrize("write", PAGES)
def test_the_header_of_counsel_and_the_theme_stand_on_every_page(
    run: RunFolder, tmp_path: Path, write: Writer
) -> None:
    dress = Dress(Theme(organisation="Clinic <b>A</b>", accent="#7a1f5a", footer="Confidential"), COUNSEL)
    write(run, tmp_path / "page.html", dress)
    page = Read(tmp_path / "page.html")
    raw = (tmp_path / "page.html").read_text(encoding="utf-8")
    head = raw[
        raw.index("<thead><tr><td><header") : raw.index("</thead>")
    ]  # repeated by browsers on each printed page
    assert COUNSEL in head
    assert "Clinic <b>A</b>" in page.text
    assert "Confidential" in raw[raw.index("<tfoot>") : raw.index("</tfoot>")]
    assert "--accent: #7a1f5a;" in page.style
    assert "creates no privilege by itself" in page.text
    write(run, tmp_path / "plain.html", UNDRESSED)
    assert COUNSEL not in (tmp_path / "plain.html").read_text(encoding="utf-8")


def test_own_templates_stand_before_the_programs(run: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letters.css").write_text("body { color: #123456; }", encoding="utf-8")
    (tmp_path / "letters" / "memo.html.j2").write_text(
        "{{ memo.rules|length }} {{ style }}", encoding="utf-8"
    )
    memo_page(run, tmp_path / "memo.html", Dress(templates=tmp_path))
    assert "color: #123456" in (tmp_path / "memo.html").read_text(encoding="utf-8")
    letter_page(run, tmp_path / "letter.html", Dress(templates=tmp_path))
    assert "Results of a review" in (tmp_path / "letter.html").read_text(encoding="utf-8")
    (tmp_path / "letters" / "letters.css").write_text("</style><script>", encoding="utf-8")
    with pytest.raises(InputRefused, match="style"):
        letter_page(run, tmp_path / "letter.html", Dress(templates=tmp_path))


def test_a_broken_template_of_the_users_is_told_as_theirs(run: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "memo.html.j2").write_text("\n{% for %}", encoding="utf-8")
    with pytest.raises(InputRefused, match=r"letters/memo.html.j2, line 2: a template of your own"):
        memo_page(run, tmp_path / "memo.html", Dress(templates=tmp_path))


@pytest.mark.parametrize("write", [letter_page])
def test_the_same_run_gives_the_same_bytes(run: RunFolder, tmp_path: Path, write: Writer) -> None:
    write(run, tmp_path / "a.html", UNDRESSED)
    write(run, tmp_path / "b.html", UNDRESSED)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_a_folder_for_a_board_gives_nothing_and_one_for_others_says_whose_numbers(tmp_path: Path) -> None:
    written(tmp_path / "board", 20, told={"profile": "board"})
    with pytest.raises(UsageError, match="--profile board"):
        read_run_folder(tmp_path / "board")
    written(tmp_path / "external", 20, told={"options": {"profile": "external"}})
    run = read_run_folder(tmp_path / "external")
    letter_page(run, tmp_path / "letter.html")
    assert PSEUDONYMS in Read(tmp_path / "letter.html").text
    written(tmp_path / "unheard", 20, told={"profile": {"name": "press"}})
    with pytest.raises(UsageError, match="press"):
        read_run_folder(tmp_path / "unheard")


def test_a_folder_without_an_audit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="no run"):
        read_run_folder(tmp_path)
    written(tmp_path / "run", 5)
    (tmp_path / "run" / "findings.parquet").unlink()
    with pytest.raises(InputRefused, match="no findings"):
        read_run_folder(tmp_path / "run")


def test_a_line_of_several_days_is_told_with_its_last_day(run: RunFolder, tmp_path: Path) -> None:
    document, longer = run.document, tmp_path / "claim_lines.parquet"
    duckdb.execute(
        f"COPY (SELECT * REPLACE (CAST(date_from + INTERVAL 2 DAY AS DATE) AS date_to) "
        f"FROM read_parquet('{document.claims.path}')) TO '{longer}' (FORMAT parquet)"
    )
    given = replace(run, document=replace(document, claims=claim_rows(longer)))
    letter_page(given, tmp_path / "letter.html")
    npi = document.by_provider[0].key
    told = next(f for f in document.findings if f.provider == npi and f.section in words.FOUND and f.claim_id)
    assert told.service_date is not None
    said = f"{told.service_date.isoformat()} to {(told.service_date + timedelta(days=2)).isoformat()}"
    assert said in Read(tmp_path / "letter.html").text
    assert service_days(document, [told]).of(told) == told.service_date.isoformat()
    memo = findings_memo(given, [told.rule_id])
    assert all(" to " in memo.days.of(finding) for finding in memo.rules[0].condition.largest)


def test_the_list_of_claims_has_every_claim_of_the_letter(run: RunFolder, tmp_path: Path) -> None:
    for entry in run.document.by_provider[:4]:
        letter = provider_letter(run, entry.key, {})
        write_letter(letter, tmp_path / "letter.html", TEMPLATES, UNDRESSED)
        text = Read(tmp_path / "letter.html").text
        listed = text.split("4. List of claims")[1].split("5. Sampling")[0]
        assert letter.claims and all(claim.claim_id in listed for claim in letter.claims)
        assert "Social Security Act" in listed


def test_a_finding_without_an_amount_is_not_told_as_nought_dollars(run: RunFolder, tmp_path: Path) -> None:
    npi = run.document.by_provider[0].key
    letter = provider_letter(run, npi, {})
    none = [replace(issue, sums=replace(issue.sums, sections={
        name: replace(amount, dollars=ZERO) for name, amount in issue.sums.sections.items()
    })) for issue in letter.issues]  # fmt: skip
    write_letter(replace(letter, issues=tuple(none)), tmp_path / "letter.html", TEMPLATES, UNDRESSED)
    told = Read(tmp_path / "letter.html").text.split("2. What was found")[1].split("3. Each claim")[0]
    assert "without an amount of its own" in told and "$0.00" not in told
