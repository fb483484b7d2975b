"""What the cells of a column seem to be, by their shapes: dates, provider numbers, codes, amounts.

A shape is a hint and no proof. It makes a proposal that a person looks at, never a reading.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from auditor.base.codes import is_hcpcs, is_icd10_cm, is_modifier, is_npi, normalise_icd10
from auditor.claims.mapping.column_map import EXCEL_DAYS
from auditor.claims.readers.first_look import (
    day_numbers,
    decimal_comma,
    is_accounting_zero,
    label_separator,
    pointed_thousands,
)
from auditor.claims.words import is_no_date

SURE: Final = 0.95
"""The share of cells of a shape from which a column is held to be of it."""
_PARTS: Final = re.compile(r"[ ,;|/]+")
_NUMBER: Final = re.compile(r"[-+(]?\$?\s*(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?[-)]?")
_COMMON_MODIFIERS: Final = frozenset(
    "22 24 25 26 27 50 51 52 53 54 55 56 57 58 59 62 73 74 76 77 78 79 80 81 82 90 91 95 AA AS AT EP ET F1 F2 F3 F4 F5 "
    "F6 F7 F8 F9 FA FQ FS FX G0 GA GC GE GN GO GP GT GQ GW GX GY GZ JW JZ KX LC LD LT NU QK QW QX QY QZ RR RT SG SL T1 "
    "T2 T3 T4 T5 T6 T7 T8 T9 TA TC TH UE XE XP XS XU".split()
)
_DATES: Final[tuple[tuple[str, str, str], ...]] = (
    # What it looks like, the format that a map says (blank: read without), a name for people.
    (r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}", "", "year first"),
    (r"(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", "", "YYYYMMDD"),
    (r"\d{1,2}[-\s]?[A-Za-z]{3}[-\s]?\d{4}", "", "DD-MON-YYYY"),
    (r"(0?[1-9]|1[0-2])[/-](0?[1-9]|[12]\d|3[01])[/-](19|20)\d{2}", "", "MM/DD/YYYY"),
    (r"(0?[1-9]|[12]\d|3[01])/(0?[1-9]|1[0-2])/(19|20)\d{2}", "DD/MM/YYYY", "DD/MM/YYYY"),
    (r"(0?[1-9]|[12]\d|3[01])-(0?[1-9]|1[0-2])-(19|20)\d{2}", "DD-MM-YYYY", "DD-MM-YYYY"),
    (r"(0?[1-9]|[12]\d|3[01])\.(0?[1-9]|1[0-2])\.(19|20)\d{2}", "DD.MM.YYYY", "DD.MM.YYYY"),
    (r"(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])/\d{2}", "MM/DD/YY", "MM/DD/YY"),
    (r"(0?[1-9]|1[0-2])-(0?[1-9]|[12]\d|3[01])-\d{2}", "MM-DD-YY", "MM-DD-YY"),
    (r"(0?[1-9]|[12]\d|3[01])/(0?[1-9]|1[0-2])/\d{2}", "DD/MM/YY", "DD/MM/YY"),
    (r"(0?[1-9]|[12]\d|3[01])\.(0?[1-9]|1[0-2])\.\d{2}", "DD.MM.YY", "DD.MM.YY"),
    (r"(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(19|20)\d{2}", "MMDDYYYY", "MMDDYYYY"),
)  # fmt: skip
_TIME: Final = re.compile(r"[T ]+\d{1,2}:.*$")


@dataclass(frozen=True)
class Content:
    """What a column holds: how many cells were looked at and how many are not blank, and the share of each shape.

    `dated` is the share of dates among the cells that are no filler of one. `date_format` is what a map must say for
    its dates to be read (blank: nothing), `date_name` what they look like; `separator` stands between a code and its
    description; `comma` says that amounts have a decimal comma, `pointed` that whole ones have a point before their
    thousands.
    """

    cells: int
    filled: int
    date: float = 0.0
    dated: float = 0.0
    date_format: str = ""
    date_name: str = ""
    npi: float = 0.0
    code: float = 0.0
    separator: str = ""
    modifier: float = 0.0
    several_modifiers: bool = False
    icd10: float = 0.0
    amount: float = 0.0
    cents: float = 0.0
    whole: float = 0.0
    comma: bool = False
    pointed: bool = False
    distinct: int = 0


def content_of(cells: Sequence[str]) -> Content:
    """Look at the cells of a column."""
    found = [cell.strip() for cell in cells if cell.strip()]
    if not found:
        return Content(len(cells), 0)
    days = [cell for cell in found if not is_no_date(cell)]
    dated, date_format, date_name = _dates(days or found)
    amounts = [cell for cell in found if not is_accounting_zero(cell)] or found
    separator = label_separator(found)
    codes = [cell.partition(separator)[0] if separator else cell for cell in found]
    comma = decimal_comma(amounts)
    modifiers = [list(filter(None, _PARTS.split(cell.upper()))) for cell in found]
    return Content(
        cells=len(cells),
        filled=len(found),
        date=dated * len(days) / len(found) if days else dated,
        dated=dated if days else 1.0,
        date_format=date_format,
        date_name=date_name,
        npi=_share(found, lambda cell: is_npi(cell.removesuffix(".0"))),
        code=_share(codes, _is_code),
        separator=separator,
        modifier=sum(all(part in _COMMON_MODIFIERS for part in parts) for parts in modifiers) / len(found),
        several_modifiers=any(
            len(parts) > 1 and all(map(is_modifier, parts)) for parts in modifiers
        ),
        icd10=_share(found, _is_diagnoses),
        amount=1.0 if comma else _share(amounts, _is_number),
        cents=1.0 if comma else _share(amounts, lambda cell: re.search(r"\.\d{1,2}\)?$|\$", cell) is not None),
        whole=_share(found, lambda cell: re.fullmatch(r"\d{1,3}(\.0+)?", cell) is not None),
        comma=comma,
        pointed=pointed_thousands(amounts),
        distinct=len(set(found)),
    )  # fmt: skip


def _share(cells: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, cells)) / len(cells)


def _is_number(cell: str) -> bool:
    return any(map(str.isdigit, cell)) and _NUMBER.fullmatch(cell) is not None


def _is_code(cell: str) -> bool:
    """Whether a cell holds a procedure code, alone or with its modifiers."""
    parts = [part for part in re.split(r"[ ,;:|-]+", cell.upper().removesuffix(".0")) if part]
    return bool(parts) and is_hcpcs(parts[0]) and all(map(is_modifier, parts[1:]))


def _is_diagnoses(cell: str) -> bool:
    """Whether a cell holds diagnoses of ICD-10-CM; without its dot one may look like a procedure code (J1100)."""
    parts = [part for part in _PARTS.split(cell) if part]
    codes = [normalise_icd10(part) for part in parts]
    told = any("." in part or not is_hcpcs(part.upper()) for part in parts)
    return bool(parts) and all(map(is_icd10_cm, codes)) and told


def _dates(cells: Sequence[str]) -> tuple[float, str, str]:
    """The share of cells that are dates, the format to say, and its name: of the form that fits most of them."""
    if day_numbers(cells):
        return 1.0, EXCEL_DAYS, "day numbers of a spreadsheet"
    bare = [_TIME.sub("", cell) for cell in cells]
    best = (0.0, "", "")
    for pattern, said, name in _DATES:
        compiled = re.compile(pattern)
        share = _share(bare, lambda cell, form=compiled: form.fullmatch(cell) is not None)  # type: ignore[misc]
        if share > best[0]:
            best = (share, said, name)
    return best
