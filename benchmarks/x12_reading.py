"""How fast, and in how much memory, an 837P file of any size is read into staged rows; see README.md in this folder.

    python benchmarks/x12_reading.py [--size 50MB --size 2GB] [--keep FILE] [--folder DIR]

A file of the size is made (synthetic, the same bytes every time, no person in it), then read in a process of its own:
separators, loops, diagnostics, rows, and the staging of them. Beside it stands a bare loop that only splits segments
and counts claims: the upper bound of what a reader in Python can do.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

CLAIMS_IN_TRANSACTION = 5000
_UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9}
_CODES = "99213 99214 99203 93000 36415 80053 85025 83036 20610 71046 97110 J1885 G0439 90471 96372".split()
_DIAGNOSES = "E119 I10 M545 J069 Z0000 R0789 N390 K219 F419 E785".split()
_MODIFIERS = ("", "", "", ":25", ":59", ":RT", ":26:59", ":GP")


def claims(first: int) -> Iterator[str]:
    """Segments of claim after claim, from number `first` on, all of one billing provider and payer."""
    number = first
    while True:
        # A multiplier that shares no factor with the moduli: values vary and repeat as in a feed.
        seed = number * 7919
        day = f"2024{seed % 12 + 1:02d}{seed % 28 + 1:02d}"
        count = 2 + seed % 2
        dollars = [50 + (seed >> 3) % 400 + place * 15 for place in range(count)]
        pointed = ":".join(str(n) for n in range(1, 1 + seed % 4 + 1))
        listed = "*".join(
            f"{'ABK' if place == 0 else 'ABF'}:{_DIAGNOSES[(seed + place * 3) % 10]}" for place in range(4)
        )
        lines = "".join(
            f"LX*{place + 1}~\nSV1*HC:{_CODES[(seed + place * 5) % 15]}{_MODIFIERS[(seed + place) % 8]}*{whole}.50*"
            f"UN*{1 + seed % 3}***{pointed}~\nDTP*472*D8*{day}~\nREF*6R*{number}-{place + 1}~\n"
            for place, whole in enumerate(dollars)
        )
        yield (
            f"HL*{number + 2}*1*22*0~\nSBR*P*18*GRP{seed % 97}******MB~\n"
            f"NM1*IL*1*MEMBER{number % 5000}*A****MI*M{number % 100_000:08d}~\nN3*{seed % 900} EXAMPLE STREET~\n"
            "N4*BALTIMORE*MD*21201~\n"
            f"DMG*D8*19{20 + seed % 80}{seed % 12 + 1:02d}{seed % 28 + 1:02d}*{'FM'[seed % 2]}~\n"
            f"NM1*PR*2*EXAMPLE PAYER*****PI*00{seed % 7}01~\n"
            f"CLM*C{number:09d}*{sum(dollars) + count // 2}.{count % 2 * 5}0***11:B:1*Y*A*Y*Y~\nHI*{listed}~\n"
            f"NM1*82*1*RENDERING*ONE****XX*1{seed % 400:08d}7~\nPRV*PE*PXC*207Q00000X~\n"
            f"NM1*77*2*EXAMPLE CLINIC*****XX*1{seed % 90:08d}5~\nN3*1 EXAMPLE SQUARE~\nN4*BALTIMORE*MD*21202~\n{lines}"
        )
        number += 1


def write(path: Path, size: int) -> int:
    """A file of about `size` bytes: one interchange and group, transactions of 5,000 claims. Returns its claims."""
    made = transactions = 0
    with path.open("w", encoding="ascii", newline="") as out:
        out.write(
            f"ISA*00*{'':10}*00*{'':10}*ZZ*{'SENDER':15}*ZZ*{'RECEIVER':15}*240101*1200*^*00501*000000001*0*T*:~\n"
            "GS*HC*SENDER*RECEIVER*20240101*1200*1*X*005010X222A1~\n"
        )
        source = claims(1)
        while out.tell() < size or not made:
            transactions += 1
            control = f"{transactions:06d}"
            head = (
                f"ST*837*{control}*005010X222A1~\nBHT*0019*00*{control}*20240101*1200*CH~\n"
                "NM1*41*2*SENDER*****46*SENDER~\nPER*IC*DESK*TE*5555550100~\nNM1*40*2*RECEIVER*****46*RECEIVER~\n"
                "HL*1**20*1~\nPRV*BI*PXC*207Q00000X~\nNM1*85*2*EXAMPLE GROUP*****XX*1000000004~\nN3*1 EXAMPLE SQUARE~\n"
                "N4*BALTIMORE*MD*212020001~\nREF*EI*990000001~\n"
            )
            segments = head.count("~") + 1
            out.write(head)
            for _ in range(CLAIMS_IN_TRANSACTION):
                text = next(source)
                segments += text.count("~")
                out.write(text)
                made += 1
                if out.tell() >= size:
                    break
            out.write(f"SE*{segments}*{control}~\n")
        out.write(f"GE*{transactions}*1~\nIEA*1*000000001~\n")
    return made


def read(path: Path, folder: Path) -> dict[str, object]:
    """Seconds, claims a second, lines, diagnostics and peak memory of one reading of `path`."""
    import duckdb

    from auditor.claims.feed import ReadOptions
    from auditor.claims.readers.x12 import X12Reader
    from auditor.claims.sources.intake import take_in

    source = take_in(path, folder)[0]
    con = duckdb.connect(config={"threads": 1, "memory_limit": "512MB"})
    started, processor = time.perf_counter(), time.process_time()
    reader = X12Reader()
    if reader.recognises(con, source) != "claims":
        raise SystemExit("the file made is not recognised")
    staged = reader.stage(con, source, ReadOptions(), folder, {})
    seconds = time.perf_counter() - started
    processor = time.process_time() - processor
    lines = con.execute(f"SELECT count(*) FROM ({staged.select})").fetchall()[0][0]
    assert staged.source_rows is not None
    return {
        "claims": staged.source_rows,
        "lines": lines,
        "diagnostics": staged.notes,
        "seconds": round(seconds, 2),
        "processor_seconds": round(processor, 2),
        "claims_per_second": round(staged.source_rows / seconds),
        "claims_per_processor_second": round(staged.source_rows / processor),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def bare(path: Path) -> dict[str, object]:
    """The bare loop: split at terminators, split each segment, count CLM."""
    started, found, rest = time.perf_counter(), 0, ""
    with path.open(encoding="ascii", newline="") as stream:
        while block := stream.read(1 << 20):
            *segments, rest = (rest + block).split("~")
            for segment in segments:
                if segment.strip().split("*")[0] == "CLM":
                    found += 1
    seconds = time.perf_counter() - started
    return {"claims": found, "seconds": round(seconds, 2), "claims_per_second": round(found / seconds)}


def _report(size: str, folder: Path, keep: Path | None) -> dict[str, object]:
    path = keep or folder / "made.837"
    made = write(path, int(float(size[:-2]) * _UNITS[size[-2:].upper()]))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        figures = pool.apply(read, (path, folder))
    if figures["claims"] != made:
        raise SystemExit(f"{made} claims were made and {figures['claims']} read")
    report = {"size": size, "bytes": path.stat().st_size, **figures, "bare_loop": bare(path)}
    if keep is None:
        path.unlink()
    return report


def main() -> None:
    """Print one JSON object a size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", action="append", help="50MB, 2GB ...; may be given several times")
    parser.add_argument("--keep", type=Path, help="where the file made is kept")
    parser.add_argument(
        "--folder", type=Path, help="where to work; else the system's folder for temporary files"
    )
    options = parser.parse_args()
    for size in options.size or ["50MB"]:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            print(json.dumps(_report(size, Path(folder), options.keep), indent=1))


if __name__ == "__main__":
    main()
