"""The product's ptp, mue and addon findings are those of the twin, line for line and cent for cent."""

from __future__ import annotations

import itertools
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from .brute_force import audit
from .compare import differences, explain
from .findings import Finding
from .generate import SEEDS, claim_file, tiny_tables
from .layouts import compact
from .lines import read_rows
from .product import build_library, call_well, claim_row, run_product, write_claims
from .starter import starter_tables
from .tables import OPEN, Tables, from_parquet

OFTEN_PAIRED = [
    *("11042", "12002", "20610", "36415", "45378", "45380", "45385", "64450", "73100", "73110", "76942"),
    *("80048", "80053", "88305", "88312", "93000", "93010", "96372", "97597", "97602", "99213", "99214"),
]


def claims_in(folder: Path) -> Path:
    """The claims file that `auditor synth` wrote."""
    found = [
        path
        for path in sorted(folder.iterdir())
        if path.name.startswith("claims") and path.suffix in {".csv", ".gz", ".parquet"}
    ]
    assert found, f"no claims among {sorted(path.name for path in folder.iterdir())}"
    return found[0]


def agree(run: Path, rows: list[dict[str, str]], tables: Tables) -> list[Finding]:
    """Fail with the differences shown, or return the twin's findings."""
    twin = audit(rows, tables)
    report = differences(run, twin)
    assert not report, explain(report, rows)
    return twin


def synthetic(tmp_path: Path, lines: int, seed: int, *options: str | Path) -> Path:
    out = tmp_path / "synthetic"
    call_well(tmp_path / "home", "synth", "--out", out, "--lines", lines, "--seed", seed, "--quiet", *options)
    return claims_in(out)


# ---- random claims and tiny tables ----------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_library(tiny_tables(), tmp_path_factory.mktemp("tiny"))


def random_claims(examples: int) -> settings:
    """Not shrunk: patients do not bear on one another, and a failure shows those concerned."""
    return settings(
        max_examples=examples,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.large_base_example,
        ],
    )


def agree_on(seeds: list[int], narrow: bool, library: Path, out: Path) -> None:
    rows = claim_file(seeds, narrow)
    agree(run_product(rows, library, out), rows, tiny_tables())


@random_claims(5)
@given(seeds=SEEDS, narrow=st.sampled_from([False, False, True]))
@pytest.mark.slow
def test_random_claims(
    seeds: list[int], narrow: bool, tiny_library: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    agree_on(seeds, narrow, tiny_library, tmp_path_factory.mktemp("random"))


@pytest.mark.slow
@random_claims(20)
@given(seeds=SEEDS, narrow=st.sampled_from([False, False, True]))
def test_more_random_claims(
    seeds: list[int], narrow: bool, tiny_library: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    agree_on(seeds, narrow, tiny_library, tmp_path_factory.mktemp("more"))


@pytest.mark.slow
def test_a_larger_random_file(tiny_library: Path, tmp_path: Path) -> None:
    """One file of 4,000 patients, in which every rule occurs."""
    rows = claim_file(list(range(4000)))
    twin = agree(run_product(rows, tiny_library, tmp_path), rows, tiny_tables())
    assert min(Counter(finding.catalogue_id for finding in twin).values()) > 10


@pytest.mark.slow
def test_partitions_change_nothing(tiny_library: Path, tmp_path: Path) -> None:
    rows = claim_file(list(range(300)))
    agree(run_product(rows, tiny_library, tmp_path, partitions=5), rows, tiny_tables())


@pytest.mark.slow
def test_the_order_of_lines_is_without_meaning(tiny_library: Path, tmp_path: Path) -> None:
    rows = [row for row in claim_file(list(range(300))) if row["frequency_code"] == "1"]
    agree(run_product(rows[::-1], tiny_library, tmp_path), rows, tiny_tables())


# ---- synthetic claims, as a user runs them --------------------------------------------------------


@pytest.mark.slow
def test_3000_synthetic_lines_with_the_starter_edition(tmp_path: Path) -> None:
    claims = synthetic(tmp_path, 3000, 7)
    run = tmp_path / "run"
    call_well(tmp_path / "home", "audit", claims, "--out", run, "--quiet")
    twin = agree(run, read_rows(claims), starter_tables())
    assert {"ptp", "mue", "addon"} == {finding.family for finding in twin}
    assert sum(finding.verdict == "fail" for finding in twin) >= 20


@pytest.fixture(scope="module")
def official(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the full tables of the shared data in the official layouts."""
    writer = shared_data.parent / "tools" / "write_official_layout.py"
    if not writer.is_file():
        pytest.skip("the tool that writes the official layouts is absent: expected beside the shared data")
    folder = tmp_path_factory.mktemp("full") / "official"
    tables = ["--only", "ptp", "mue", "aoc", "--reference", str(shared_data / "reference")]
    subprocess.run([sys.executable, str(writer), str(folder), *tables], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def full_library(official: Path) -> Path:
    """The full tables imported through the command line."""
    library = official.parent / "library"
    files = sorted(official.iterdir())
    call_well(official.parent / "home", "tables", "import", *files, "--library", library)
    return library


@pytest.mark.slow
def test_the_twin_reads_the_dates_of_the_official_files(official: Path, shared_data: Path) -> None:
    values = pq.read_table(shared_data / "reference" / "ncci_mue_practitioner_2024q3.parquet")
    some = set(sorted(values["hcpcs_code"].to_pylist())[::7])
    tables = from_parquet(shared_data / "reference", some)
    printed: Counter[tuple[str, str, str, str, str, str]] = Counter()
    for archive in official.glob("*.zip"):
        setting = "outpatient_hospital" if "hospital" in archive.name else "practitioner"
        with zipfile.ZipFile(archive) as bundle:
            lines = bundle.read(bundle.namelist()[0]).decode("latin-1").splitlines()
        for cells in (line.split("\t") for line in lines):
            if cells[0] in some and cells[1] in some:
                printed[setting, cells[0], cells[1], cells[3], cells[4], cells[5]] += 1
    ours = Counter(
        (*pair, compact(row.effective), "*" if row.deleted == OPEN else compact(row.deleted), row.indicator)
        for pair, rows in tables.ptp.items()
        for row in rows
    )
    assert len(printed) > 30_000
    assert ours == printed


@pytest.mark.slow
def test_100000_synthetic_lines_with_the_full_tables(
    full_library: Path, shared_data: Path, tmp_path: Path
) -> None:
    claims = synthetic(tmp_path, 100_000, 11, "--library", full_library)
    run = tmp_path / "run"
    call_well(tmp_path / "home", "audit", claims, "--out", run, "--library", full_library, "--quiet")
    rows = read_rows(claims)
    tables = from_parquet(shared_data / "reference", {row["code"].strip().upper() for row in rows})
    assert len(rows) >= 100_000
    twin = agree(run, rows, tables)
    reached = Counter(finding.catalogue_id for finding in twin if finding.verdict == "fail")
    assert {"PTP-01", "PTP-02", "PTP-05", "MUE-02", "MUE-03", "AOC-01"} <= reached.keys()
    assert sum(reached.values()) >= 500


@pytest.mark.slow
def test_random_pairs_of_the_full_tables(full_library: Path, shared_data: Path, tmp_path: Path) -> None:
    """Claims made of the tables' own rows, so that reversed, restored and deleted pairs are met as well."""
    tables = from_parquet(shared_data / "reference", OFTEN_PAIRED)
    days = [f"{year}-{day}" for year in (1996, 2005, 2012, 2018, 2024) for day in ("01-01", "06-30", "07-01")]
    hospital = {"claim_type": "institutional", "tob": "131"}
    rows = []
    for number, (place, day, mods) in enumerate(itertools.product(({}, hospital), days, ("", "59", "RT"))):
        cells = {"claim_id": f"C{number}", "patient_id": f"P{number}", "date_from": day, **place}
        for position, code in enumerate(OFTEN_PAIRED, 1):
            marked = mods if position % 3 == 0 else ""
            rows.append(claim_row(line_no=position, code=code, mods=marked, **cells))
    claims = write_claims(rows, tmp_path / "claims.csv")
    run = tmp_path / "run"
    call_well(tmp_path / "home", "audit", claims, "--out", run, "--library", full_library, "--quiet")
    assert len(agree(run, rows, tables)) > 1000
