"""Which rules ask for which field."""

from __future__ import annotations

from pathlib import Path

from auditor.profiles.feed_fields import Use, fields_used
from tests import tiny
from tests.profiles.rule_texts import block, rule_of, rule_text

ID = "PAY-TINY-001"
BOTH = Use((ID,), (ID,))
READ = Use((), (ID,))


def used(folder: Path, body: str) -> dict[str, Use]:
    return fields_used(tiny.pack(folder, tiny.rule(body)).rules)


def test_a_required_field_stands_under_both_and_a_read_one_under_one(tmp_path: Path) -> None:
    found = used(
        tmp_path,
        "requires: [claim_line.pos]\nmatch: {lines: [line], when: {line.pos: '11', line.sex: F}}\n",
    )
    assert (found["pos"], found["sex"]) == (BOTH, READ)
    assert "mac" not in found


def test_a_field_that_few_feeds_have_is_required_by_whoever_reads_it(tmp_path: Path) -> None:
    assert used(tmp_path, "match: {lines: [line], when: {line.ndc: '00409379501'}}\n")["ndc"] == BOTH


def test_what_lines_are_put_together_by_is_read(tmp_path: Path) -> None:
    found = used(tmp_path, "match: {lines: [a, b], same: [patient_id, provider_id, service_day]}\n"
                 'explanation: "{a.claim_id}"\nflag: [b]\n')  # fmt: skip
    assert found["patient_id"] == READ
    assert {"provider_id", "rendering_npi", "facility_npi", "billing_npi"} <= found.keys()


def test_a_scope_reads_what_the_setting_is_made_of(tmp_path: Path) -> None:
    found = used(
        tmp_path,
        "applies_to: {setting: [outpatient_hospital], payer_id: [ACME]}\nmatch: {lines: [line]}\n",
    )
    assert {"setting", "claim_type", "tob", "payer_id"} <= found.keys()


def test_a_benchmark_reads_its_measure_its_keys_and_its_peers(tmp_path: Path) -> None:
    text = rule_text(block("{method: beta_binomial}"))
    found = fields_used([rule_of(tmp_path, text)])
    assert {"rendering_npi", "code", "rendering_specialty"} <= found.keys()
    assert found["code"] == Use((), ("LVL-XMPL-001",))
