"""Which transactions a file holds, and what is not for this reader."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from auditor.base.errors import InputRefused
from auditor.claims.feed import ReadOptions
from auditor.claims.readers.interface import NotClaims
from auditor.claims.readers.x12 import X12Reader, transactions
from auditor.claims.readers.x12.transactions import kinds_of
from tests.claims.readers.x12.files import (
    claim,
    group,
    interchange,
    source_of,
    stage,
    text,
    transaction,
    whole,
)

REMITTANCE = ["ST*835*0001", "BPR*I*10*C*CHK", "TRN*1*1*1", "LX*1", "CLP*C1*1*100*80", "SE*6*0001"]
ENROLMENT = ["ST*834*0001*005010X220A1", "BGN*00*1*20240101", "INS*Y*18", "NM1*IL*1*A*B", "SE*5*0001"]


def alone(one: list[str], code: str = "BE") -> str:
    return text(interchange(group(one, code=code)))


def test_kinds_are_counted_over_all_interchanges(tmp_path: Path):
    mixed = interchange(group(transaction(claim()), transaction(claim())), group(REMITTANCE, code="HP"))
    content = text(mixed) + alone(ENROLMENT)
    kinds = kinds_of(source_of(content, tmp_path))
    assert kinds is not None
    assert dict(kinds.counts) == {"837": 2, "835": 1, "834": 1}
    assert (kinds.claims, kinds.remittances) == (True, True)
    assert kinds.others() == "834 (enrolment): 1"


def test_kinds_are_counted_right_over_the_seams_of_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    content = text(interchange(group(*[transaction(claim()) for _ in range(20)])))
    for size in (100, 137, 1000):
        monkeypatch.setattr(transactions, "_BLOCK_BYTES", size)
        transactions._kinds.cache_clear()
        kinds = kinds_of(source_of(content, tmp_path))
        assert kinds is not None and dict(kinds.counts) == {"837": 20}


def test_a_state_and_a_word_are_no_transaction(tmp_path: Path):
    content = text(whole("N4*TOWN*ST*837*1", "NM1*QC*1*BEST*837*ST", claim()))
    kinds = kinds_of(source_of(content, tmp_path))
    assert kinds is not None and dict(kinds.counts) == {"837": 1}


def test_a_separator_of_several_bytes_is_known(tmp_path: Path):
    kinds = kinds_of(source_of(text(whole(claim()), "§"), tmp_path))
    assert kinds is not None and dict(kinds.counts) == {"837": 1} and kinds.claims


def test_other_transactions_are_refused_by_their_name(tmp_path: Path):
    with pytest.raises(NotClaims) as caught:
        X12Reader().recognises(duckdb.connect(), source_of(alone(ENROLMENT), tmp_path))
    assert "834 (enrolment): 1" in str(caught.value)
    assert "made.837" in str(caught.value)


def test_remittances_alone_are_left_to_their_reader(tmp_path: Path):
    assert X12Reader().recognises(duckdb.connect(), source_of(alone(REMITTANCE, "HP"), tmp_path)) is None


def test_other_content_is_left_to_other_readers(tmp_path: Path):
    source = source_of("claim_id,line_no\nC1,1\n", tmp_path)
    assert X12Reader().recognises(duckdb.connect(), source) is None


def test_an_837_without_claims_is_refused_with_that_reason(tmp_path: Path):
    with pytest.raises(NotClaims, match="no claim"):
        X12Reader().recognises(duckdb.connect(), source_of(text(whole()), tmp_path))


def test_the_claims_of_a_mixed_file_are_read_and_the_others_noted(tmp_path: Path):
    mixed = interchange(
        group(REMITTANCE, code="HP"), group(transaction(claim())), group(ENROLMENT, code="BE")
    )
    found = stage(mixed, tmp_path)
    assert found.staged is not None
    assert found.values("claim_id") == ["C1"]
    assert any("1 remittance (835)" in note for note in found.staged.notes)
    assert any("834 (enrolment): 1" in note for note in found.staged.notes)
    assert found.names == ["rendering_is_billing"]


def test_a_claim_segment_that_cannot_be_cut_is_never_an_empty_success(tmp_path: Path):
    # The transaction is of another kind, and its claim segment belongs to no segment that is cut.
    content = alone(ENROLMENT).replace("INS*Y*18~", "INS*Y*18:CLM*C1*100~")
    source = source_of(content, tmp_path)
    reader = X12Reader()
    assert reader.recognises(duckdb.connect(), source) == "claims"
    with pytest.raises(InputRefused, match="none of them could be read"):
        reader.stage(duckdb.connect(), source, ReadOptions(), tmp_path, {})
