"""Small PPRRVU files in the layouts that CMS publishes, with invented descriptions."""

from __future__ import annotations

import csv
import io

import duckdb

from auditor.reference.importers.mpfs import COLUMNS

# The five lines of the split header, as (place, words); 2026 puts PRIC IND at place 23.
SPLIT = (
    {28: "NON-FACILITY", 29: "FACILITY"},
    {4: "NOT USED", 25: "PHYSICIAN", 27: "DIAGNOSTIC", 28: "PE USED", 29: "PE USED", 30: "MP USED"},
    {4: "FOR", 7: "NON-FAC", 9: "FACILITY ", 25: "SUPERVISION OF", 27: "IMAGING", 28: "FOR OPPS", 29: "FOR OPPS",
     30: "FOR OPPS"},
    dict(enumerate((
        ",,,STATUS,MEDICARE ,WORK,NON-FAC,NA,FACILITY,NA,MP,NON-FACILITY,FACILITY,PCTC,GLOB,PRE,INTRA,POST,MULT,BILAT,"
        "ASST,CO-,TEAM,ENDO,CONV,DIAGNOSTIC,CALCULATION,FAMILY,PAYMENT,PAYMENT,PAYMENT").split(","))),
    dict(enumerate((
        "HCPCS,MOD,DESCRIPTION,CODE,PAYMENT,RVU,PE RVU,INDICATOR,PE RVU,INDICATOR,RVU,TOTAL,TOTAL,IND,DAYS,OP,OP,OP,"
        "PROC,SURG,SURG,SURG,SURG,BASE,FACTOR,PROCEDURES,FLAG,INDICATOR,AMOUNT,AMOUNT,AMOUNT").split(","))),
)  # fmt: skip
# Stands for the mark of a service without a global period, which looks like one of unfinished work.
_MARK = "X" * 3
_NEVER = "0.00,0.00,,0.00,,0.00,0.00,0.00,9,##,0.00,0.00,0.00,9,9,9,9,9,,32.3465,09,0,99,0.00,0.00,0.00"
_CUT = "2.38,,0.56,13.46,7.51,0,000,0.00,0.00,0.00,3,0,1,0,0,45378,32.3465,09,0,99,0.00,0.00,0.00"
_OPEN = "5.99,,1.99,15.94,15.94,0,090,0.09,0.81,0.10,2,1,2,1,0,,32.3465,09,0,99,0.00,0.00,0.00"
_PART = "12.14,NA,0.01,12.15,12.15,1,##,0.00,0.00,0.00,0,0,0,0,0,,32.3465,03,0,99,0.00,0.00,0.00"
ROWS = [
    f"00100,,Invented words,J,,{_NEVER}",
    f"45385,,Other words,A,,4.57,8.33,,{_CUT}",
    f"49505,,More words,A,,7.96,5.99,NA,{_OPEN}",
    "91133,26,Words,A,,0.66,0.30,,0.30,,0.02,0.98,0.98,1,##,0.00,0.00,0.00,0,0,0,0,0,,32.3465,09,0,99,0.00,0.00,0.00",
    f"91133,TC,Words,A,,0.00,12.14,,{_PART}",
    "92015,,Words,N,+,0.38,0.17,,0.15,,0.02,0.57,0.55,9,##,0.00,0.00,0.00,9,9,9,9,9,,32.3465,09,0,99,0.00,0.00,0.00",
    "92132,,Words,A,,0.29,0.58,,0.58,NA,0.02,0.89,0.89,1,##,0.00,0.00,0.00,7,2,0,0,0,,32.3465,09,0,99,1.95,1.95,0.05",
]
ROWS = [row.replace("##", _MARK) for row in ROWS]
CELLS = [row.split(",") for row in ROWS]
STORED = [c.name for c in COLUMNS if c.name not in ("description", "restored")]
SHOWN = ", ".join(STORED)


def priced(rows, indicator, factor):
    """Rows as 2026 has them: PRIC IND after TEAM SURG, another conversion factor."""
    return [[*row[:23], indicator, *row[23:24], factor, *row[25:]] for row in rows]


def titled(rows=CELLS, *, title="2025 National Physician Fee Schedule Relative Value File October Release",
           released="RELEASED 09/11/2025", pric=False, split=SPLIT):  # fmt: skip
    """The ten lines above the data, then the rows."""
    width = 32 if pric else 31
    lines = [
        ["", "", text] for text in (title, "CPT codes and descriptions only are copyright.", "Dental.", " ")
    ]
    lines.append(["", "", released])
    for at, words in enumerate(split):
        line = [""] * width
        for place, text in words.items():
            line[place + (1 if pric and place >= 23 else 0)] = text
        if pric and at == 3:
            line[23] = "PRIC"
        if pric and at == 4:
            line[23] = "IND"
        lines.append(line)
    return [*([*line, *[""] * (width - len(line))] for line in lines), *rows]


def text(lines, end="\r\n"):
    out = io.StringIO()
    csv.writer(out, lineterminator=end).writerows(lines)
    return out.getvalue()


def record(cells):
    """One record of the fixed-width text of 171 characters."""
    (code, mod, told, status, unused, work, nonfac, na_nonfac, fac, na_fac, mp, total_nonfac, total_fac, pctc, days,
     pre, intra, post, mult, bilat, asst, co, team, endo, factor, supervision, flag, family, *opps) = cells  # fmt: skip
    percents = "".join(f"{p.removeprefix('0'):>3}" for p in (pre, intra, post))
    return (
        f"{code}{mod:2}{told:50}{status}{unused:1}{work:>6} {nonfac:>6}{na_nonfac:2} {fac:>6}{na_fac:2} {mp:>5} "
        f"{total_nonfac:>6}{total_fac:>6}{pctc}{days}{percents}{mult}{bilat}{asst}{co}{team}{'':7}{endo:5}{factor:>8} "
        f"{supervision}{flag} {family}    {opps[0]:>6} {opps[1]:>6} {opps[2]:>6}"
    )


def fixed(rows=CELLS):
    heads = ["HDR INVENTED NOTICE".ljust(50)] * 7
    return "".join(line + "\r\n" for line in (*heads, *map(record, rows)))


PUBLISHED = [c.name for c in COLUMNS if c.name not in ("pric_ind", "restored")]
FIGURES = {c.name for c in COLUMNS if c.kind == "decimal"}
SHEET = [
    *titled()[:10],
    *([float(c) if PUBLISHED[at] in FIGURES else c for at, c in enumerate(row)] for row in CELLS),
]
NUMBERS = [
    *titled()[:10],
    *(
        [float(c) if PUBLISHED[at] in FIGURES else int(c) if c.isdigit() else c for at, c in enumerate(row)]
        for row in CELLS
    ),
]


def spoil(at, value, row=1):
    rows = [list(cells) for cells in CELLS]
    rows[row][at] = value
    return rows


def two_files(month="January", code="45385"):
    title = f"2026 National Physician Fee Schedule Relative Value File {month} Release"
    rows = [[code, *CELLS[1][1:]], CELLS[2]]
    return {
        f"PPRRVU2026_{month[:3]}_{kind}.csv": text(
            titled(priced(rows, ind, cf), title=title, released="RELEASED 12/29/2025", pric=True)
        ).encode()
        for kind, ind, cf in (("nonQPP", "9", "33.4009"), ("QPP", "1", "33.5675"))
    }


def real_rows(shared_data, release, source):
    """The rows of one release, as cells in the order of the csv."""
    names = {"code": "hcpcs", "modifier": "mod"}
    picked = ", ".join(
        "''" if c.name == "description"
        else f"printf('%.{4 if c.name == 'conv_factor' else 2}f', {c.name})" if c.kind == "decimal"
        else f"coalesce({names.get(c.name, c.name)}, '')"
        for c in COLUMNS if c.name not in ("pric_ind", "restored")
    )  # fmt: skip
    path = shared_data / "reference" / source
    return duckdb.execute(
        f"SELECT {picked} FROM '{path}' WHERE release = ? ORDER BY hcpcs", [release]
    ).fetchall()
