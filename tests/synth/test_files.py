"""Shape of the files: rows, columns, identifiers, money, determinism."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.base.codes import is_hcpcs, is_icd10_cm, is_npi
from auditor.base.errors import UsageError
from auditor.synth import SynthOptions, Vocabulary, write_claims
from auditor.synth.layout import COLUMNS
from auditor.synth.seeds import KINDS
from tests.synth.conftest import read_csv, write
from tests.synth.small import vocabulary

PLAIN_FILE = """
claim_id line_no payer_id patient_id birth_date sex claim_type billing_npi rendering_npi
rendering_specialty pos date_from date_to code mod1 mod2 mod3 mod4 units charge allowed paid dx1
dx12 dx_ptr paid_date received_date frequency_code original_ref tob revenue_code drg service_state
service_zip locality mac line_of_business denied
""".split()


@pytest.fixture(scope="module")
def sound(demo):
    """Rows that no case broke."""
    broken = {(t["claim_id"], t["line_no"]) for t in demo.truth if t["verdict"] == "set_aside"}
    return [r for r in demo.rows if (r["claim_id"], int(r["line_no"])) not in broken]


def test_the_header_is_that_of_the_plain_file(demo):
    assert tuple(demo.rows[0]) == COLUMNS
    assert set(PLAIN_FILE) <= set(COLUMNS)
    assert len(COLUMNS) >= 50


@settings(max_examples=12, deadline=None)
@given(lines=st.integers(1, 700), seed=st.integers(0, 10**9), errors=st.sampled_from([0.0, 0.02, 0.3]))
def test_any_number_of_lines_is_met_exactly(tmp_path_factory, lines, seed, errors):
    out = tmp_path_factory.mktemp("count")
    write_claims(out, vocabulary(), SynthOptions(lines=lines, seed=seed, errors=errors))
    assert len(read_csv(out / "claims.csv")) == lines


def test_claims_have_lines_numbered_from_one(demo):
    lines = defaultdict(list)
    for row in demo.rows:
        lines[row["claim_id"]].append(int(row["line_no"]))
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in lines.values())
    assert len(lines) == demo.result.claims


def test_identifiers_are_invented_and_well_formed(demo):
    for name in ("billing_npi", "rendering_npi", "facility_npi"):
        npis = {row[name] for row in demo.rows} - {""}
        assert npis
        assert all(is_npi(npi) and npi.startswith("2") for npi in npis)
    assert all(row["billing_tin"].startswith("00") and len(row["billing_tin"]) == 9 for row in demo.rows)
    assert all(is_hcpcs(row["code"]) for row in demo.rows)
    assert all(is_icd10_cm(row["dx1"]) for row in demo.rows)


def test_money_is_never_negative_and_paid_never_above_allowed(sound):
    for row in sound:
        charge, allowed, paid = (Decimal(row[name]) for name in ("charge", "allowed", "paid"))
        assert charge >= allowed >= paid >= 0
        assert charge > 0
        assert paid.as_tuple().exponent == -2
        assert row["denied"] == "false" or paid == allowed == 0


def test_dates_lie_in_the_period_and_in_order(sound):
    first, last = date(2024, 7, 1), date(2024, 9, 30)
    for row in sound:
        a, b = date.fromisoformat(row["date_from"]), date.fromisoformat(row["date_to"])
        assert first <= a <= b <= last
        assert b < date.fromisoformat(row["received_date"]) < date.fromisoformat(row["paid_date"])


def test_pointers_point_at_diagnoses(sound):
    for row in sound:
        count = sum(bool(row[f"dx{n}"]) for n in range(1, 13))
        assert row["dx_ptr"]
        for pointer in row["dx_ptr"].replace(",", ":").split(":"):
            assert 1 <= (int(pointer) if pointer.isdigit() else ord(pointer) - 64) <= count


def test_the_shape_is_that_of_a_practice(demo):
    types = Counter(row["claim_type"] for row in demo.rows)
    assert 0.02 < types["institutional"] / len(demo.rows) < 0.15
    for row in demo.rows:
        hospital = row["claim_type"] == "institutional"
        assert (row["tob"], bool(row["revenue_code"]), bool(row["pos"])) == (
            ("131", True, False) if hospital else ("", False, True)
        )
    per_claim = len(demo.rows) / demo.result.claims
    assert 2 <= per_claim <= 4
    assert any(row["denied"] == "true" for row in demo.rows)
    assert any(row["date_from"] != row["date_to"] for row in demo.rows)
    assert any(row["dx12"] for row in demo.rows)


def test_replaced_and_voided_claims_name_an_earlier_claim_of_the_patient(demo):
    patients = {row["claim_id"]: row["patient_id"] for row in demo.rows}
    later = [row for row in demo.rows if row["frequency_code"] in "78"]
    assert {row["frequency_code"] for row in later} == {"7", "8"}
    assert all(patients[row["original_ref"]] == row["patient_id"] for row in later)
    assert all(Decimal(row["paid"]) == 0 for row in later if row["frequency_code"] == "8")


def test_truth_rows_point_at_lines_that_exist(demo):
    lines = {(row["claim_id"], int(row["line_no"])) for row in demo.rows}
    providers = {row["rendering_npi"] for row in demo.rows}
    for row in demo.truth:
        if row["claim_id"]:
            assert (row["claim_id"], row["line_no"]) in lines
        else:
            assert row["rendering_npi"] in providers
            assert row["class"] == "risk"


def test_every_kind_that_the_vocabulary_allows_is_seeded(demo):
    seeded = {row["kind"] for row in demo.truth}
    assert set(demo.result.kinds_left_out) == {"ptp-10"}
    assert {kind.name for kind in KINDS} - seeded == {"ptp-10"}
    assert len({kind.name for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("errors", [0.02, 0.07])
def test_the_error_rate_is_the_part_of_lines_with_a_finding(tmp_path, small_vocabulary, errors):
    written = write(tmp_path, small_vocabulary, lines=12_000, seed=2, errors=errors)
    flagged = {
        (t["claim_id"], t["line_no"])
        for t in written.truth
        if t["verdict"] in ("fail", "bypassed") and t["claim_id"]
    }
    assert len(flagged) == written.result.flagged_lines
    assert abs(len(flagged) / 12_000 - errors) < 0.001


def test_cases_do_not_share_a_day_of_a_patient_with_anything_else(demo):
    of_case = {(t["claim_id"]): t["case_id"] for t in demo.truth if t["claim_id"]}
    days = defaultdict(set)
    for row in demo.rows:
        days[row["patient_id"], row["date_from"]].add(of_case.get(row["claim_id"], row["claim_id"]))
    alone = [owners for owners in days.values() if any(owner.startswith("case-") for owner in owners)]
    # A case may hold a claim without a truth row (the other half of a pair on two claims); never another case.
    assert alone
    assert all(sum(owner.startswith("case-") for owner in owners) == 1 for owners in alone)


def test_the_same_seed_gives_the_same_bytes(tmp_path, small_vocabulary):
    for name in ("a", "b"):
        write(tmp_path / name, small_vocabulary, lines=3_000, seed=11, errors=0.05)
    for file in ("claims.csv", "truth.parquet"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    write(tmp_path / "c", small_vocabulary, lines=3_000, seed=12, errors=0.05)
    assert (tmp_path / "a" / "claims.csv").read_bytes() != (tmp_path / "c" / "claims.csv").read_bytes()
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == ["claims.csv", "truth.parquet"]


def test_parquet_holds_typed_columns(tmp_path, small_vocabulary):
    options = SynthOptions(lines=2_000, seed=6, errors=0.05, format="parquet")
    result = write_claims(tmp_path, small_vocabulary, options)
    assert result.claims_file.name == "claims.parquet"
    con = duckdb.connect()
    con.execute(f"SELECT * FROM read_parquet('{result.claims_file}')")
    types = {name: str(kind) for name, kind, *_ in con.description or ()}
    assert tuple(types) == COLUMNS
    assert types["date_from"] == "DATE"
    assert types["paid"] == "DECIMAL(18,2)"
    assert len(con.fetchall()) == 2_000
    con.execute(
        f"SELECT count(*) FROM read_parquet('{result.truth_file}') WHERE kind IN ('broken-amount', 'broken-units')"
    )
    assert con.fetchall() == [(0,)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"lines": 0},
        {"errors": 0.5},
        {"errors": -0.1},
        {"format": "xlsx"},
        {"period": (date(2024, 7, 1), date(2024, 7, 3))},
    ],
)
def test_options_out_of_bounds_are_refused(tmp_path, small_vocabulary, wrong):
    with pytest.raises(UsageError):
        write_claims(tmp_path / "out", small_vocabulary, SynthOptions(**{"lines": 10, "seed": 1, **wrong}))
    assert not (tmp_path / "out").exists()


def test_a_vocabulary_without_codes_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no code"):
        write_claims(tmp_path, Vocabulary(codes=()), SynthOptions(lines=10, seed=1))
