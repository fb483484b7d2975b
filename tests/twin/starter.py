"""The starter edition as the twin reads it: its published rows, valid in the quarter that they cite."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from .tables import OPEN, QUARTER, Addon, Mue, Ptp, Tables

FOLDER = Path(__file__).resolve().parents[2] / "auditor" / "reference" / "starter"
SETTINGS = {"practitioner": "practitioner", "hospital": "outpatient_hospital"}


def starter_tables() -> Tables:
    """All rows of the starter edition; it vouches for no day outside the third quarter of 2024."""
    tables = Tables(ptp_answers=QUARTER, addon_answers=QUARTER)
    for name, setting in SETTINGS.items():
        for row in rows_of(f"ncci_ptp_{name}.csv"):
            edit = Ptp(day(row["effective"]), day(row["deleted"]), row["modifier_indicator"])
            tables.ptp[setting, row["column_1"], row["column_2"]].append(edit)
        for row in rows_of(f"ncci_mue_{name}.csv"):
            tables.mue[setting, row["code"]].append(Mue(int(row["value"]), row["mai"]))
    for row in rows_of("ncci_aoc.csv"):
        deleted = min(day(row[name]) for name in ("addon_deleted", "primary_deleted", "edit_deleted"))
        edge = Addon(row["edit_type"], row["primary_code"], day(row["effective"]), deleted)
        tables.addon[row["addon"]].append(edge)
    return tables


def rows_of(name: str) -> Iterator[dict[str, str]]:
    """The rows of one table."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as handle:
        yield from csv.DictReader(handle)


def day(text: str) -> dt.date:
    """An ISO date; blank is open."""
    return dt.date.fromisoformat(text) if text else OPEN
