from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from auditor.base.errors import InputRefused
from auditor.reference import terms
from auditor.reference.terms import AMA_TERMS, Terms, accept_terms, terms_accepted

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_acceptance_is_recorded(tmp_path):
    library = tmp_path / "library"
    assert not terms_accepted(library)
    accept_terms(library, NOW.astimezone(timezone(timedelta(hours=-5))))
    assert terms_accepted(library)
    assert json.loads((library / "ama_terms.json").read_text()) == {
        "accepted_at": "2026-11-22T12:00:00+00:00",
        "terms_sha256": AMA_TERMS.version,
        "links": list(AMA_TERMS.links),
    }
    assert [path.name for path in library.iterdir()] == ["ama_terms.json"]


def test_other_words_are_asked_for_anew(tmp_path, monkeypatch):
    accept_terms(tmp_path, NOW)
    monkeypatch.setattr(terms, "AMA_TERMS", Terms(AMA_TERMS.text + " More.", AMA_TERMS.links))
    assert not terms_accepted(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"terms_sha256": 1}'])
def test_a_damaged_record_is_no_acceptance(tmp_path, content):
    (tmp_path / "ama_terms.json").write_text(content)
    assert not terms_accepted(tmp_path)


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputRefused, match="cannot be recorded"):
        accept_terms(tmp_path / "file" / "library", NOW)


def test_the_words_name_the_owner_and_both_pages():
    assert "American Medical Association" in AMA_TERMS.text
    assert AMA_TERMS.links == (
        "https://www.cms.gov/license/ama",
        "https://www.ama-assn.org/practice-management/cpt/ama-cpt-licensing-overview",
    )
