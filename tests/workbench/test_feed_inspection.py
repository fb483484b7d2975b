"""The inspection of a feed: what it says agrees with an audit of the same files, and nothing in it names a patient."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from auditor.base.resources import resource_dir
from auditor.pipeline import AuditOptions, run_audit
from auditor.workbench.feed_inspection import Inspection, inspect_claims
from auditor.workbench.feed_json import as_json
from auditor.workbench.feed_page import write_page
from auditor.workbench.feed_rows import headline, sections, warnings
from tests.claims_csv import row, some_claims, write_claims

STARTER = AuditOptions(use_starter=True, workers=1, threads=2)
FEW = replace(STARTER, rules=("ptp", "mue", "addon", "LVL-EM-001"))
ONE = replace(STARTER, rules=("ptp",))


@pytest.fixture(scope="module")
def claims(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return some_claims(tmp_path_factory.mktemp("claims") / "claims.csv")


@pytest.fixture(scope="module")
def found(claims: Path) -> Inspection:
    return inspect_claims([claims], FEW)


@pytest.fixture(scope="module")
def page(found: Inspection, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "inspect.html"
    write_page(found, path, resource_dir("templates"))
    return path.read_text(encoding="utf-8")


@pytest.mark.slow
def test_every_rule_can_look_at_as_many_lines_as_an_audit_says(claims: Path, tmp_path: Path) -> None:
    run, found = run_audit([claims], tmp_path / "run", STARTER).run, inspect_claims([claims], STARTER)
    told = {item["rule_id"]: item for item in as_json(found)["rules"]["list"]}
    assert told.keys() == {item["rule_id"] for item in run["coverage"]}
    for item in run["coverage"]:
        mine = told[item["rule_id"]]
        assert ((mine["eligible"] or 0), mine["evaluated"]) == (item["eligible"], item["evaluated"]), mine
        if item["unit"] == "claim lines":
            assert mine["dollars_evaluated"] == item["dollars_evaluated"]
    counts = as_json(found)["counts"]
    for name in ("rows_read", "lines_read", "lines_audited", "lines_superseded", "lines_set_aside", "claims"):
        assert counts[name] == run["counts"][name]
    assert as_json(found)["data_quality"] == run["data_quality"]


@pytest.mark.slow
def test_a_real_feed_is_counted_as_a_bare_reading_of_its_rows_counts_it(shared_data: Path) -> None:
    path = shared_data / "claims" / "tuva_seed" / "medical_claim_seed.csv"
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    values = as_json(inspect_claims([path], STARTER))
    charged = sum((Decimal(row["charge_amount"] or 0) for row in rows), Decimal(0))
    assert values["counts"]["lines_read"] == values["files"][0]["records"] == len(rows)
    assert Decimal(values["tie_out"][0]["read"]) == charged
    parts = ("audited", "superseded", "set_aside")
    assert sum(Decimal(values["tie_out"][0][part]) for part in parts) == charged
    assert {item["claim_type"] for item in values["claim_types"]} == {row["claim_type"] for row in rows}


def test_it_is_plain_json_and_adds_up(found: Inspection) -> None:
    values = json.loads(json.dumps(as_json(found), allow_nan=False))
    assert [tie["ties"] for tie in values["tie_out"]] == [True, None, True]
    assert sum(month["lines"] for month in values["months"]) == values["whole"]["lines"]
    assert sum(kind["lines"] for kind in values["claim_types"]) == values["whole"]["lines"]
    assert sum(values["rules"]["counts"].values()) == len(values["rules"]["list"])
    assert values["files"][0]["records"] == values["counts"]["rows_read"]
    by_field = {item["field"]: item for item in values["fields"]}
    assert by_field["modifiers"]["in_feed"] and not by_field["received_date"]["in_feed"]
    assert "NCCI-PTP-001" in by_field["modifiers"]["read_by"]


def test_what_no_table_answers_for_is_named_with_its_quarter(found: Inspection) -> None:
    asked = {(need["table"], need["quarter"]): need for need in as_json(found)["tables"]["asked"]}
    assert asked["ncci_mue_practitioner", "2023Q1"]["missing"] == 1
    assert asked["ncci_mue_practitioner", "2024Q3"]["missing"] == 0


def test_nothing_that_is_printed_names_a_patient_or_a_claim(found: Inspection, page: str) -> None:
    text = json.dumps(as_json(found)) + page + str(sections(found)) + headline(found) + str(warnings(found))
    assert not re.search(r"\bC-(P\d|bad|old|1st|2nd)|\bP-(r|old|bad)\b|\bP\d+\b", text)
    assert "1000000012" not in text


def test_the_same_claims_give_the_same_page(
    found: Inspection, page: str, claims: Path, tmp_path: Path
) -> None:
    again = inspect_claims([claims], FEW)
    assert as_json(again) == as_json(found)
    write_page(again, tmp_path / "again.html", resource_dir("templates"))
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == page


class _Reader(HTMLParser):
    """Every start tag with its attributes, and the ids."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_the_page_asks_nothing_of_any_network_and_runs_no_script(page: str) -> None:
    read = _Reader(page)
    assert not read.of("script") and not read.of("img") and not read.of("iframe")
    assert [link["href"] for link in read.of("link")] == ["data:,"]
    policy = next(meta["content"] for meta in read.of("meta") if meta.get("http-equiv"))
    assert policy is not None and policy.startswith("default-src 'none'; style-src 'sha256-")
    assert not any("style" in attributes for _, attributes in read.tags)
    assert not re.search(r"https?://", page.replace("http://www.w3.org", ""))


def test_tables_and_chart_can_be_read_without_seeing_them(page: str, found: Inspection) -> None:
    read = _Reader(page)
    ids = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {str(a["href"])[1:] for a in read.of("a")} <= set(ids)
    assert all(th.get("scope") in ("col", "row") for th in read.of("th"))
    (chart,) = [svg for svg in read.of("svg") if svg.get("role") == "img"]
    assert set(str(chart["aria-labelledby"]).split()) <= set(ids)
    assert page.count("<table") == sum(len(section.tables) for section in sections(found))
    assert page.count('<th scope="row"') == sum(
        len(table.rows) for section in sections(found) for table in section.tables
    )


def test_a_name_with_marks_of_html_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    claims = write_claims(tmp_path / "a<b>.csv", [row(payer_id="<script>alert(1)</script>")])
    write_page(inspect_claims([claims], ONE), tmp_path / "p.html", resource_dir("templates"))
    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)" in page and "<script" not in page and "a&lt;b&gt;.csv" in page


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Inspection:
    """A file in which every row is wrong, each for another reason."""
    faults: list[dict[str, Any]] = [
        {"claim_id": ""}, {"patient_id": ""}, {"line_no": "x"}, {"date_from": ""}, {"date_from": "2024-02-31"},
        {"date_to": "2024-01-01"}, {"date_to": "2029-01-01"}, {"code": ""}, {"code": "9921"}, {"units": "one"},
        {"charge": "1O0"}, {"paid": "8O"}, {"claim_type": "Z"},
    ]  # fmt: skip
    path = tmp_path_factory.mktemp("wrong") / "wrong.csv"
    return inspect_claims([write_claims(path, [row(**fault) for fault in faults])], ONE)


def test_a_file_in_which_everything_is_wrong_says_so_first_and_loses_no_dollar(wrong: Inspection) -> None:
    values = as_json(wrong)
    assert warnings(wrong)[0].startswith("NO LINE WAS AUDITED")
    assert values["counts"]["lines_set_aside"] == values["counts"]["lines_read"] == 13
    assert len(values["set_aside"]) == 13 and all(item["lines"] == 1 for item in values["set_aside"])
    assert [tie["set_aside"] for tie in values["tie_out"] if tie["name"] == "paid"] == ["960.00"]
    assert values["rules"]["counts"]["nothing in scope"] == len(values["rules"]["list"])
    assert values["period"] == {"from": None, "to": None}


def test_a_page_of_nothing_has_no_chart_and_every_section(wrong: Inspection, tmp_path: Path) -> None:
    write_page(wrong, tmp_path / "p.html", resource_dir("templates"))
    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert "<svg" not in page and "NO LINE WAS AUDITED" in page
    assert all(f'<section id="{section.name}">' in page for section in sections(wrong))
