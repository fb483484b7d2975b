"""Writes small edit tables in the layouts in which CMS publishes them, for the product to import."""

from __future__ import annotations

import csv
import datetime as dt
import zipfile
from pathlib import Path

from .tables import OPEN, Tables

PTP_FILES = {
    "practitioner": ("ccipra-v302r0-f1", "medicare-ncci-2024q3-practitioner-ptp-edits-"),
    "outpatient_hospital": ("ccioph-v302r0-f1", "medicare-ncci-2024q3-hospital-ptp-edits-"),
}
PTP_PREAMBLE = (
    "CPT only copyright 2023 American Medical Association.  All rights reserved.\t\t\t\t\t\t",
    "Column1/Column2 Edits\t\t\t\t\t\t",
    "Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale",
    "\t\tprior to 1996\tDate\tDate\t0=not allowed\t",
    "\t\t\t\t*=no data\t1=allowed\t",
    "\t\t\t\t\t9=not applicable\t",
)
MUE_FILES = {
    "practitioner": ("PractitionerServices", "Practitioner Services MUE Values"),
    "outpatient_hospital": ("OutpatientHospitalServices", "Outpatient Hospital Services MUE Values"),
    "dme": ("DMESupplierServices", "DME Supplier Services MUE Values"),
}
MAI = {"1": "1 Line Edit", "2": "2 Date of Service Edit: Policy", "3": "3 Date of Service Edit: Clinical"}
AOC_HEADER = (
    "AOC_Edit_Type\tAdd-On_Code\tAOC_DelDT\tPrimary_Code\tPrimary_Code_DelDT\t"
    "AOC_Edit_EffDT\tAOC_Edit_DelDT\tSpecial_Instruction_Notes"
)


def write_official(tables: Tables, out: Path) -> list[Path]:
    """Write all tables below `out` and return the files; a table without rows gets no file."""
    out.mkdir(parents=True, exist_ok=True)
    return [*write_ptp(tables, out), *write_mue(tables, out), *write_addon(tables, out)]


def write_ptp(tables: Tables, out: Path) -> list[Path]:
    """Pair edits: one ZIP of tab separated text a setting."""
    written = []
    for setting, (member, archive) in PTP_FILES.items():
        rows = [
            f"{one}\t{two}\t\t{compact(row.effective)}\t"
            f"{'*' if row.deleted == OPEN else compact(row.deleted)}\t{row.indicator}\tMisuse of code"
            for (of, one, two), edits in sorted(tables.ptp.items())
            if of == setting
            for row in edits
        ]
        if not rows:
            continue
        target = out / f"{archive}{member}.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
            bundle.writestr(f"{member}.TXT", "".join(f"{line}\r\n" for line in (*PTP_PREAMBLE, *rows)))
        written.append(target)
    return written


def write_mue(tables: Tables, out: Path) -> list[Path]:
    """Unit edits: one CSV a setting, valid for the third quarter of 2024."""
    written = []
    for setting, (service, heading) in MUE_FILES.items():
        rows = [
            (code, row)
            for (of, code), limits in sorted(tables.mue.items())
            if of == setting
            for row in limits
        ]
        if not rows:
            continue
        target = out / f"MCR_MUE_{service}_Eff_07-01-2024.csv"
        with target.open("w", newline="", encoding="utf-8") as handle:
            writer = csv.writer(handle)
            writer.writerow(["CPT codes and data only are copyright 2023.\nAll rights reserved.", "", "", ""])
            writer.writerow(["HCPCS/\nCPT Code", heading, "MUE Adjudication Indicator", "MUE Rationale"])
            writer.writerows([code, row.value, MAI[row.mai], "Nature of Service"] for code, row in rows)
        written.append(target)
    return written


def write_addon(tables: Tables, out: Path) -> list[Path]:
    """Add-on edits: tab separated text with Julian dates."""
    if not tables.addon:
        return []
    target = out / "AOC_V2024Q2-MCR.txt"
    lines = [AOC_HEADER]
    for code, rows in sorted(tables.addon.items()):
        for row in rows:
            deleted = "" if row.deleted == OPEN else julian(row.deleted)
            lines.append(f"{row.edit_type}\t{code}\t\t{row.primary}\t\t{julian(row.effective)}\t{deleted}\t")
    target.write_text("".join(f"{line}\r\n" for line in lines), encoding="ascii", newline="")
    return [target]


def compact(day: dt.date) -> str:
    """YYYYMMDD."""
    return f"{day:%Y%m%d}"


def julian(day: dt.date) -> str:
    """Year and day of the year."""
    return f"{day:%Y%j}"
