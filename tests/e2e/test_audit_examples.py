"""A compliance officer's situations: tiny claims files through the command line, with the starter edition."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

# Rows of the starter edition, 2024Q3: a pair no modifier lifts, one that a modifier may lift, a code payable
# once a day (MAI 2), and an add-on code with its primary.
NEVER_TOGETHER = ("45385", "45378")
UNLESS_MODIFIED = ("45385", "45380")
ONCE_A_DAY = "17000"
PRIMARY, ADDON = "17000", "17003"

Row = dict[str, str]

ONE_LINE: Row = {
    "claim_id": "C1",
    "line_no": "1",
    "payer_id": "PAYER",
    "patient_id": "P1",
    "birth_date": "1950-03-01",
    "sex": "F",
    "claim_type": "professional",
    "billing_npi": "1000000004",
    "billing_tin": "TIN1",
    "rendering_npi": "1000000012",
    "rendering_specialty": "10",
    "pos": "11",
    "date_from": "2024-08-05",
    "date_to": "2024-08-05",
    "code": "99213",
    "mod1": "",
    "mod2": "",
    "mod3": "",
    "mod4": "",
    "units": "1",
    "charge": "200.00",
    "allowed": "100.00",
    "paid": "80.00",
    "dx1": "Z0000",
    "dx_ptr": "1",
    "frequency_code": "1",
    "original_ref": "",
    "paid_date": "2024-09-20",
}


def row(**cells: str | int) -> Row:
    unknown = cells.keys() - ONE_LINE.keys()
    assert not unknown, unknown
    return ONE_LINE | {name: str(value) for name, value in cells.items()}


def as_csv(rows: Sequence[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


class Desk:
    """A folder of one user who has loaded no table of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def claims(self, *rows: Row, name: str = "claims.csv") -> Path:
        path = self.folder / name
        path.write_text(as_csv(rows), encoding="utf-8")
        return path

    def call(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("AUDITOR_")}
        environment |= {name: str(home) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
        return subprocess.run(
            [sys.executable, "-m", "auditor.cli", *map(str, words)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def audit(self, claims: Path, *options: str, out: str = "run") -> Path:
        done = self.call("audit", claims, "--out", self.folder / out, "--quiet", *options)
        assert done.returncode == 0, done.stderr[-4000:]
        return self.folder / out


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def read_findings(run: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(run / "findings.parquet").to_pylist()
    return rows


def read_run(run: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((run / "run.json").read_text(encoding="utf-8"))
    return document


# ---- what an edit finds: every situation is a patient of its own in one file ----------------------

LONG_AGO = {"date_from": "2023-02-01", "date_to": "2023-02-01", "paid_date": "2023-03-01"}
LATER = {"frequency_code": "7", "original_ref": "replaced-1", "paid_date": "2024-10-20"}

SITUATIONS: dict[str, list[dict[str, str]]] = {
    "split": [
        {"claim_id": "split-1", "code": NEVER_TOGETHER[0]},
        {"claim_id": "split-2", "code": NEVER_TOGETHER[1], "paid": "61.50"},
    ],
    "plain": [{"code": UNLESS_MODIFIED[0]}, {"code": UNLESS_MODIFIED[1]}],
    "lifted": [{"code": UNLESS_MODIFIED[0]}, {"code": UNLESS_MODIFIED[1], "mod1": "59"}],
    "never lifted": [{"code": NEVER_TOGETHER[0]}, {"code": NEVER_TOGETHER[1], "mod1": "59"}],
    "two of a day": [
        {"claim_id": "units-1", "code": ONCE_A_DAY},
        {"claim_id": "units-2", "code": ONCE_A_DAY},
    ],
    "lone add-on": [{"code": ADDON, "units": "3"}],
    "add-on": [{"code": PRIMARY}, {"code": ADDON, "units": "3"}],
    "long ago": [{"code": NEVER_TOGETHER[0], **LONG_AGO}, {"code": NEVER_TOGETHER[1], **LONG_AGO}],
    "replaced": [
        {"claim_id": "replaced-1", "code": NEVER_TOGETHER[0]},
        {"claim_id": "replaced-1", "code": NEVER_TOGETHER[1], "paid": "61.50"},
        {"claim_id": "replaced-2", "code": NEVER_TOGETHER[0], **LATER},
    ],
}


@pytest.fixture(scope="module")
def good_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One audit of all situations."""
    rows = [
        row(**{"claim_id": name, "patient_id": name, "line_no": str(number), **cells})
        for name, lines in SITUATIONS.items()
        for number, cells in enumerate(lines, 1)
    ]
    desk = Desk(tmp_path_factory.mktemp("situations"))
    return desk.audit(desk.claims(*rows))


def about(run: Path, patient: str) -> list[dict[str, Any]]:
    """Findings of ptp, mue and addon about one situation."""
    ours = {"ptp", "mue", "addon"}
    return [f for f in read_findings(run) if f["patient_id"] == patient and f["family"] in ours]


def test_a_pair_on_two_claims_is_found(good_run: Path) -> None:
    one, two = NEVER_TOGETHER
    (finding,) = about(good_run, "split")
    assert (finding["catalogue_id"], finding["verdict"], finding["class"]) == ("PTP-01", "fail", "definite")
    assert (finding["claim_id"], finding["line_no"], finding["code"]) == ("split-2", 2, two)
    assert finding["split_claim"] is True
    assert finding["exposure"] == finding["exposure_counted"] == Decimal("61.50")
    assert {(e["claim_id"], e["code"]) for e in finding["evidence"]} == {("split-1", one), ("split-2", two)}
    assert finding["citations"] and finding["reference_rows"] and one in finding["explanation"]


def test_modifier_59_lifts_a_pair_that_may_be_lifted(good_run: Path) -> None:
    (plain,) = about(good_run, "plain")
    assert (plain["catalogue_id"], plain["verdict"], plain["split_claim"]) == ("PTP-02", "fail", False)
    (lifted,) = about(good_run, "lifted")
    assert (lifted["verdict"], lifted["exposure_counted"] or 0) == ("bypassed", 0)
    assert "59" in lifted["reason"]


def test_modifier_59_does_not_lift_a_pair_of_indicator_0(good_run: Path) -> None:
    (finding,) = about(good_run, "never lifted")
    assert (finding["catalogue_id"], finding["verdict"]) == ("PTP-01", "fail")


def test_units_of_a_day_are_summed_over_two_claims(good_run: Path) -> None:
    found = about(good_run, "two of a day")
    found = [
        f for f in found if f["catalogue_id"] != "DUP-01"
    ]  # the second is alike in all, and found for that too
    assert [(f["catalogue_id"], f["class"]) for f in found] == [("MUE-02", "definite")] * 2
    assert {f["claim_id"] for f in found} == {"units-1", "units-2"}
    assert sum(f["exposure"] for f in found) == Decimal("80.00")
    assert sum(f["exposure_as_processed"] for f in found) == Decimal("160.00")


def test_an_add_on_without_its_primary_is_found(good_run: Path) -> None:
    (finding,) = about(good_run, "lone add-on")
    assert (finding["catalogue_id"], finding["verdict"], finding["code"]) == ("AOC-01", "fail", ADDON)
    assert about(good_run, "add-on") == []


def test_a_service_outside_the_quarter_of_the_edition_is_not_evaluated(good_run: Path) -> None:
    assert [f for f in about(good_run, "long ago") if f["verdict"] != "not_evaluated"] == []
    skipped = [c for c in read_run(good_run)["coverage"] if c["family"] == "ptp" and c["not_evaluated"]]
    assert skipped and all(c["reasons"] for c in skipped)


def test_a_replaced_claim_is_ignored(good_run: Path) -> None:
    assert about(good_run, "replaced") == []
    counts = read_run(good_run)["counts"]
    lines = sum(map(len, SITUATIONS.values()))
    assert (counts["lines_read"], counts["lines_superseded"], counts["lines_audited"]) == (
        lines,
        2,
        lines - 2,
    )


def test_the_starter_edition_is_named_in_a_banner(good_run: Path) -> None:
    assert any("starter" in banner.lower() for banner in read_run(good_run)["banners"])
    assert "starter" in (good_run / "audit.html").read_text(encoding="utf-8").lower()


# ---- what cannot be read --------------------------------------------------------------------------


def unknown_kind(path: Path) -> Path:
    path = path / "claims.bin"
    path.write_bytes(random.Random(1).randbytes(4096))
    return path


def empty(path: Path) -> Path:
    path = path / "claims.csv"
    path.write_bytes(b"")
    return path


def truncated_gzip(path: Path) -> Path:
    path = path / "claims.csv.gz"
    lines = as_csv([row(claim_id=f"C{n}", paid=f"{n}.17") for n in range(500)]).encode()
    whole = gzip.compress(lines)
    path.write_bytes(whole[: len(whole) // 2])
    return path


def without_patient(path: Path) -> Path:
    path = path / "claims.csv"
    renamed = {("patinet_id" if name == "patient_id" else name): cell for name, cell in row().items()}
    path.write_text(as_csv([renamed]), encoding="utf-8")
    return path


def zip_bomb(path: Path) -> Path:
    path = path / "claims.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as bundle:
        header = as_csv([row()]).encode()
        bundle.writestr("claims.csv", header + b"0" * 100_000_000)
    return path


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (unknown_kind, []),
        (empty, ["empty"]),
        (truncated_gzip, []),
        (without_patient, ["patient_id", "patinet_id"]),
        (zip_bomb, []),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
@pytest.mark.slow
def test_bad_input_is_refused_in_one_paragraph(
    desk: Desk, good_run: Path, make: Callable[[Path], Path], said: Sequence[str]
) -> None:
    kept = {path.name: path.read_bytes() for path in good_run.iterdir()}
    claims = make(desk.folder)
    done = desk.call("audit", claims, "--out", good_run)
    assert done.returncode == 3, done.stderr[-2000:]
    told = done.stderr.strip()
    assert told and "Traceback" not in told and "\n\n" not in told
    assert claims.name in told and all(word in told.lower() for word in said)
    assert {path.name: path.read_bytes() for path in good_run.iterdir()} == kept


@pytest.mark.slow
def test_a_refused_first_run_leaves_nothing(desk: Desk) -> None:
    done = desk.call("audit", empty(desk.folder), "--out", desk.folder / "run")
    assert done.returncode == 3
    assert not (desk.folder / "run").exists()


@pytest.mark.slow
def test_wrong_use_of_the_command_is_exit_2(desk: Desk) -> None:
    assert desk.call("audit", "--no-such-option").returncode == 2
    assert desk.call("audit", desk.folder / "absent.csv", "--out", desk.folder / "run").returncode in {2, 3}


# ---- odd values -----------------------------------------------------------------------------------

ODD: tuple[dict[str, str], ...] = (
    {"date_from": "1989-05-02", "date_to": "1989-05-02"},
    {"units": "-2"},
    {"paid": "500.00", "allowed": "100.00"},
    {"paid": "12O.00"},
    {"charge": "n/a"},
    {"date_from": "2024-02-30"},
    {"date_to": "2024-08-01"},
    {"paid": "-40.00"},
    {"code": ""},
    {"patient_id": ""},
    {"units": "lots"},
)


@pytest.mark.slow
def test_odd_values_do_not_stop_a_run_and_everything_ties(desk: Desk) -> None:
    rows = [row(claim_id=f"C{n}", **{"patient_id": f"P{n}", **odd}) for n, odd in enumerate(ODD)]
    rows.append(row(claim_id="fine", patient_id="fine"))
    run = desk.audit(desk.claims(*rows))
    document = read_run(run)
    counts, dollars, tie = document["counts"], document["dollars"], document["reconciliation"]
    assert counts["rows_read"] == counts["lines_read"] == len(rows)
    assert counts["lines_audited"] + counts["lines_superseded"] + counts["lines_set_aside"] == len(rows)
    assert counts["lines_set_aside"] == pq.read_table(run / "set_aside.parquet").num_rows > 0
    readable = [r["paid"] for r in rows if r["paid"] != "12O.00"]
    assert Decimal(dollars["paid_in"]) == sum(map(Decimal, readable))
    parts = [Decimal(tie[f"paid_{part}"]) for part in ("audited", "superseded", "set_aside")]
    assert sum(parts) == Decimal(tie["paid_in"]) == Decimal(dollars["paid_in"])
    assert tie["ties"] is True
    aside = pq.read_table(run / "set_aside.parquet").to_pylist()
    (impossible,) = [one for one in aside if one["source_pos"] == 1 + ODD.index({"date_from": "2024-02-30"})]
    assert impossible["source_file"] == "claims.csv"
    assert "date_from" in impossible["reason"] and "2024-02-30" not in impossible["reason"]


# ---- the same again -------------------------------------------------------------------------------


def some_claims(desk: Desk) -> Path:
    dice = random.Random(5)
    codes = [*NEVER_TOGETHER, *UNLESS_MODIFIED, PRIMARY, ADDON, "99213", "80053", "80048"]
    rows = [
        row(
            claim_id=f"C{n // 3}",
            line_no=n % 3 + 1,
            patient_id=f"P{n // 6}",
            code=dice.choice(codes),
            mod1=dice.choice(["", "", "59", "25"]),
            units=dice.choice([1, 1, 2]),
            paid=f"{dice.randint(10, 200)}.{dice.randint(0, 99):02}",
        )
        for n in range(240)
    ]
    return desk.claims(*rows)


@pytest.mark.slow
def test_the_same_input_gives_the_same_bytes_with_any_number_of_workers(desk: Desk) -> None:
    claims = some_claims(desk)
    first = desk.audit(claims, "--workers", "1", out="first")
    second = desk.audit(claims, "--workers", "1", out="second")
    third = desk.audit(claims, "--workers", "2", out="third")
    assert len(read_findings(first)) > 20
    for name in ("findings.parquet", "set_aside.parquet", "audit.html", "audit.xlsx"):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
    assert read_run(first)["run_id"] == read_run(second)["run_id"] == read_run(third)["run_id"]
    assert (first / "findings.parquet").read_bytes() == (third / "findings.parquet").read_bytes()


@pytest.mark.slow
def test_fail_on_gives_exit_1_and_still_writes_the_run(desk: Desk) -> None:
    one, two = NEVER_TOGETHER
    claims = desk.claims(row(code=one), row(line_no=2, code=two))
    done = desk.call("audit", claims, "--out", desk.folder / "run", "--quiet", "--fail-on", "definite")
    assert done.returncode == 1, done.stderr[-2000:]
    assert read_findings(desk.folder / "run")
