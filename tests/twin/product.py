"""Runs the product on the twin's claims and tables: through its public functions, or its command line."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from .layouts import write_official
from .tables import Tables

DEFAULTS = {
    "claim_id": "C1",
    "line_no": "1",
    "payer_id": "PAYER",
    "line_of_business": "medicare",
    "patient_id": "P1",
    "claim_type": "professional",
    "billing_npi": "1000000004",
    "billing_tin": "TIN1",
    "rendering_npi": "1000000012",
    "rendering_specialty": "11",
    "facility_npi": "",
    "pos": "11",
    "tob": "",
    "date_from": "2024-07-15",
    "date_to": "",
    "code": "",
    "mod1": "",
    "mod2": "",
    "mod3": "",
    "mod4": "",
    "units": "1",
    "charge": "200.00",
    "allowed": "120.00",
    "paid": "100.00",
    "denied": "false",
    "frequency_code": "1",
    "original_ref": "",
    "paid_date": "",
}


def claim_row(**cells: str | int) -> dict[str, str]:
    """One row of the plain claims file; `mods="RT 59"` goes to mod1 and mod2, a lone date is both ends."""
    row = dict(DEFAULTS)
    modifiers = str(cells.pop("mods", "")).split()
    row |= {f"mod{n}": modifier for n, modifier in enumerate(modifiers, 1)}
    row |= {name: str(value) for name, value in cells.items()}
    row["date_to"] = row["date_to"] or row["date_from"]
    unknown = row.keys() - DEFAULTS.keys()
    if unknown:
        raise ValueError(f"no such columns: {sorted(unknown)}")
    return row


def write_claims(rows: Sequence[Mapping[str, str]], path: Path) -> Path:
    """Write rows as a plain claims file whose columns are those of the first row."""
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def build_library(tables: Tables, folder: Path) -> Path:
    """A library that holds exactly `tables`, made of files in the official layouts."""
    from auditor.base.progress import NullProgress
    from auditor.reference import import_files

    library = folder / "library"
    import_files(library, write_official(tables, folder / "official"), accept=True, progress=NullProgress())
    return library


def run_product(
    rows: Sequence[Mapping[str, str]],
    library: Path,
    folder: Path,
    partitions: int | None = None,
    rules: tuple[str, ...] = ("ptp", "mue", "addon"),
) -> Path:
    """Audit `rows` in this process, by the families that the twin knows, and return the folder of results."""
    from auditor.pipeline import AuditOptions, run_audit

    folder.mkdir(parents=True, exist_ok=True)
    out = folder / "run"
    options = AuditOptions(library=library, workers=1, partitions=partitions, rules=rules, reports=False)
    run_audit([write_claims(rows, folder / "claims.csv")], out, options)
    return out


def call(home: Path, *words: str | int | Path) -> subprocess.CompletedProcess[str]:
    """Call `auditor` as a user would, with an empty home folder: no library of the user's own serves."""
    home.mkdir(parents=True, exist_ok=True)
    ours = {"HOME": home, "XDG_DATA_HOME": home / "data", "XDG_CONFIG_HOME": home / "config"}
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AUDITOR_")}
    return subprocess.run(
        [sys.executable, "-m", "auditor.cli", *map(str, words)],
        env=environment | {name: str(path) for name, path in ours.items()},
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )


def call_well(home: Path, *words: str | int | Path) -> str:
    """Call `auditor`, expect exit code 0, and return what it printed."""
    done = call(home, *words)
    assert done.returncode == 0, (
        f"auditor {' '.join(map(str, words))}: {done.returncode}\n{done.stderr[-4000:]}"
    )
    return done.stdout
