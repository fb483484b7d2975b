"""Totals that NCCI files state of themselves, and sheets that are longer or shorter than they say."""

import io
import time
import tracemalloc
import zipfile
from dataclasses import replace

import pytest

from tests.reference.layouts import AOC_HEADER, MUE_TITLES, PTP_HEADER, PTP_ROWS, mue_text, ptp_text
from tests.reference.test_aoc import ROWS as AOC_ROWS
from tests.reference.test_aoc import fixed, tab
from tests.reference.test_ncci_bad_files import accepted
from tests.reference.test_sheets import MAIN, made

PTP = "ccipra-v302r0-f1.txt"
MUE = "MCR_MUE_PractitionerServices_Eff_07-01-2024.csv"
AOC = "AOC_V2024Q2-MCR.txt"
MUE_ROWS = [("36416", 0, "3 x", "CMS Policy"), ("99291", 1, "2 x", "x"), ("A0425", 250, "1 x", "x")]
MUE_HEADER = ("HCPCS/CPT Code", MUE_TITLES["practitioner"], "MUE Adjudication Indicator", "MUE Rationale")


def book(rows, *, dimension=None, empty_after=0, empty_before=0):
    """A workbook of one sheet with its rows numbered; empty ones before and after them."""
    lines = [f'<row r="{n}"/>' for n in range(1, empty_before + 1)]
    for n, row in enumerate(rows, start=empty_before + 1):
        cells = "".join(
            f'<c r="{letter}{n}" t="inlineStr"><is><t>{cell}</t></is></c>'
            for letter, cell in zip("ABCDEFGH", row, strict=False)
        )
        lines.append(f'<row r="{n}">{cells}</row>')
    last = empty_before + len(rows)
    lines += [f'<row r="{n}"/>' for n in range(last + 1, last + empty_after + 1)]
    ref = "" if dimension is None else f'<dimension ref="{dimension}"/>'
    return made(f'<worksheet xmlns="{MAIN}">{ref}<sheetData>{"".join(lines)}</sheetData></worksheet>')


PTP_BOOK = [*(line.split("\t") for line in PTP_HEADER), *PTP_ROWS]
BOOKS: dict[str, tuple[list, int]] = {
    PTP: (PTP_BOOK, 4),
    MUE: ([MUE_HEADER, *MUE_ROWS], 3),
    AOC: ([AOC_HEADER, *AOC_ROWS], 4),
}


@pytest.mark.parametrize("name", BOOKS)
def test_a_sheet_that_ends_before_its_dimension_is_suspicious(desk, name):
    rows, count = BOOKS[name]
    path = desk.write(f"{name[:-4]}.xlsx", book(rows, dimension="A1:H20"))
    assert accepted(desk, path, f"says that it has 20 rows but ends at row {len(rows)}").rows == count


@pytest.mark.parametrize(
    ("name", "dimension", "empty"),
    [
        (PTP, "A1:H20", 20),
        (MUE, "A1:H20", 20),
        (AOC, "A1:H20", 20),
        (PTP, "A1", 0),
        (MUE, "A1:H1048576", 0),
        (AOC, None, 0),
    ],
)
def test_a_dimension_that_counts_empty_rows_is_not(desk, name, dimension, empty):
    rows, count = BOOKS[name]
    path = desk.write(f"{name[:-4]}.xlsx", book(rows, dimension=dimension, empty_after=empty))
    assert desk.take(path)[0].edition.rows == count


def test_a_sheet_filled_to_its_last_row_is_suspicious(desk):
    xml = zipfile.ZipFile(io.BytesIO(book(PTP_BOOK))).read("xl/worksheets/one.xml").decode()
    full = made(xml.replace('<row r="10">', '<row r="1048576">'))
    accepted(desk, desk.write("ccipra-v302r0.xlsx", full), "as many rows as a sheet can have")


def test_a_hundred_thousand_empty_rows_cost_little(desk):
    content = book(PTP_BOOK, empty_before=50_000, empty_after=50_000, dimension="A1:G100010")
    begun = time.perf_counter()
    edition = desk.take(desk.write("ccipra-v302r0.xlsx", content))[0].edition
    assert (edition.rows, edition.rejected) == (4, {})
    assert time.perf_counter() - begun < 5


@pytest.mark.slow
def test_a_million_empty_rows_take_seconds_and_no_memory(desk):
    path = desk.write("ccipra-v302r0.xlsx", book(PTP_BOOK, empty_before=500_000, empty_after=500_000))
    tracemalloc.start()
    begun = time.perf_counter()
    edition = desk.take(path)[0].edition
    seconds, peak = time.perf_counter() - begun, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert edition.rows == 4
    assert (seconds < 60, peak < 64 << 20) == (True, True)


TOTALS = {
    "ptp, above": (PTP, ptp_text(header=["Record count: {n}\t\t\t\t\t\t", *PTP_HEADER]), 4),
    "ptp, below": (PTP, ptp_text() + "Total records: {n}\r\n", 4),
    "ptp, cells": (PTP, ptp_text() + "TOTAL\t{n}\t\t\t\t\t\r\n", 4),
    "mue": (MUE, mue_text(MUE_ROWS) + '"Total records: {n}",,,\n', 3),
    "aoc, tab": (AOC, tab(AOC_ROWS) + "Total edits = {n}\r\n", 4),
    "aoc, fixed": (AOC, "Number of records {n}\r\n" + fixed(AOC_ROWS), 4),
}


@pytest.mark.parametrize("case", TOTALS)
def test_a_total_that_a_file_states_is_compared(desk, case):
    name, text, rows = TOTALS[case]
    sound = desk.take(desk.write(name, text.replace("{n}", str(rows))))[0].edition
    assert (sound.rows, sound.rejected, sound.accepted) == (rows, {}, ())
    elsewhere = replace(desk, library=desk.folder / "library")
    path = desk.write(name, text.replace("{n}", "2,400"))
    edition = accepted(elsewhere, path, f"states a total of 2,400 rows but has {rows}")
    assert edition.rejected == {}


def test_a_total_of_all_parts_may_stand_in_one(desk):
    one = desk.write(PTP, ptp_text(PTP_ROWS[:2]))
    two = desk.write(PTP.replace("f1", "f2"), ptp_text(PTP_ROWS[2:]) + "Total records: 4\r\n")
    assert desk.take(one, two)[0].edition.accepted == ()


def test_words_that_are_no_total_are_a_row_of_another_shape(desk):
    edition = desk.take(desk.write(PTP, ptp_text() + "Total of all things\r\n"))[0].edition
    assert edition.rejected == {"not a row of the published layout": 1}
