"""Imports that are stopped half-way, and imports at once: nothing half-imported is visible, the next one goes on.

Disks that are full are real errors of the operating system here (a limit on the size of a file), processes that die are
killed, and imports at once are processes of their own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from auditor.base.errors import InputRefused
from auditor.reference import Library
from tests.reference.layouts import Desk, mue_text, ptp_text, zipped

pytest.importorskip("resource", reason="limits on files and signals are those of Unix")

ROWS = [(f"{n:05d}", "99999", "", "20200101", "*", "1", "x") for n in range(8)]
VALUES = [(f"{n:05d}", 2, "2", "") for n in range(8)]
PATIENCE = 60


def files_of(desk: Desk) -> list[Path]:
    return [
        desk.write("ccipra-v302r0-f1.txt", ptp_text(ROWS)),
        desk.write("a_Eff_07-01-2024.csv", mue_text(VALUES)),
    ]


def found(library: Path) -> list[tuple[str, int]]:
    """What a reader of the library sees, each edition read whole."""
    editions = Library.open(library).editions()
    for edition in editions:
        for part in edition.parts:
            assert part.path.is_file()
    return [(edition.table, edition.rows) for edition in editions]


def complete(library: Path) -> bool:
    return found(library) == [("ncci_mue_practitioner", 8), ("ncci_ptp_practitioner", 8)]


def work_folders(library: Path) -> list[Path]:
    return list(library.glob(".importing-*"))


def child(script: str, *arguments: object) -> subprocess.Popen[str]:
    """Python running `script` beside this process, its pipes open."""
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


# ---- a full disk -----------------------------------------------------------------------------------

LIMITED = """
import json, resource, sys
from pathlib import Path
from auditor.base.errors import AuditorError
from auditor.reference import Library, import_files

hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
told = []
for limit, library, notes, *files in json.loads(sys.stdin.read()):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        import_files(Path(library), [Path(file) for file in files], notes=notes)
        answer = "imported"
    except AuditorError as error:
        answer = f"{error.exit_code} {error}"
    except BaseException as error:
        answer = f"fault {error!r}"
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    told.append(answer)
print(json.dumps(told))
"""


@pytest.mark.slow
def test_a_full_disk_at_any_point_leaves_nothing_and_the_next_import_goes_on(
    desk: Desk, tmp_path: Path
) -> None:
    """The limit falls below the copy, a member, the rows, the manifest, and what comes after a first good edition."""
    ptp, mue = files_of(desk)
    packed = desk.write(
        "edits.zip", zipped({"ccipra-v302r0-f1.txt": (ptp_text(ROWS) + " " * 50_000).encode()})
    )
    whole = Desk(desk.folder, tmp_path / "whole")
    long = ["a remark " * 2000]
    rows, more = (
        {e.table: e.parts[0].path for e in (r.edition for r in whole.take(ptp, mue, notes=notes))}
        for notes in ([], long)
    )
    sizes = {name: path.stat().st_size for name, path in rows.items()}
    small, large = sorted(sizes, key=lambda name: sizes[name])
    manifest = (more[large].parent / "manifest.json").stat().st_size
    assert sizes[large] < manifest
    assert sizes[small] < sizes[large]
    order = {"ncci_ptp_practitioner": ptp, "ncci_mue_practitioner": mue}
    points = {
        "the copy": (100, [], ptp),
        "a member": (20_000, [], packed),
        "the rows": (sizes["ncci_ptp_practitioner"] - 1, [], ptp),
        "the end of the rows": (sizes[large] - 1, [], order[small], order[large]),
        "the manifest": (manifest - 1, long, order[large]),
    }
    assert ptp.stat().st_size < sizes["ncci_ptp_practitioner"] - 1
    libraries = {name: tmp_path / f"library {at}" for at, name in enumerate(points)}
    asked = [
        [limit, str(libraries[name]), notes, *map(str, files)]
        for name, (limit, notes, *files) in points.items()
    ]
    process = child(LIMITED)
    out, err = process.communicate(json.dumps(asked), timeout=PATIENCE)
    assert process.returncode == 0, err
    for (name, library), answer in zip(libraries.items(), json.loads(out), strict=True):
        assert answer.startswith("3 "), (name, answer)
        assert "\n" not in answer
        assert found(library) == [], name
        assert [path.name for path in library.rglob("*")] == [], name
        again = Desk(desk.folder, library)
        again.take(ptp, mue)
        assert complete(library), name
        assert work_folders(library) == []


def test_when_the_second_edition_cannot_be_put_in_place_the_first_is_taken_out_again(desk: Desk) -> None:
    desk.library.mkdir()
    in_the_way = desk.library / "ncci_mue_practitioner"
    in_the_way.write_text("no folder")
    with pytest.raises(InputRefused, match="nothing was imported"):
        desk.take(*files_of(desk))
    assert found(desk.library) == []
    in_the_way.unlink()
    desk.take(*files_of(desk))
    assert complete(desk.library)


# ---- a process that dies ---------------------------------------------------------------------------

KILLED = """
import sys
from pathlib import Path
from auditor.reference import importing

point, library, *files = sys.argv[1:]

def here(*_, **__):
    print("here", flush=True)
    sys.stdin.read()

def before(function):
    return lambda *given, **named: (here(), function(*given, **named))[1]

def after(function):
    return lambda *given, **named: (function(*given, **named), here())[0]

if point == "unpacked":
    importing.sort_files = before(importing.sort_files)
elif point == "rows written":
    importing.parts.write = after(importing.parts.write)
elif point == "manifest written":
    importing.manifest.write = after(importing.manifest.write)
elif point == "first in place":
    importing._renamed = after(importing._renamed)
importing.import_files(Path(library), [Path(file) for file in files])
"""
POINTS = ("unpacked", "rows written", "manifest written", "first in place")


@pytest.mark.slow
def test_a_killed_import_leaves_nothing_half_and_the_next_one_goes_on(desk: Desk, tmp_path: Path) -> None:
    files = files_of(desk)
    libraries = {point: tmp_path / point for point in POINTS}
    processes = {point: child(KILLED, point, library, *files) for point, library in libraries.items()}
    try:
        for point, process in processes.items():
            assert process.stdout is not None
            assert process.stdout.readline() == "here\n", process.communicate(timeout=PATIENCE)
            assert len(work_folders(libraries[point])) == 1
    finally:
        for process in processes.values():
            process.kill()
            process.communicate(timeout=PATIENCE)
    for point, library in libraries.items():
        # A whole edition may be there already, never a part of one.
        whole = [("ncci_ptp_practitioner", 8)] if point == "first in place" else []
        assert found(library) == whole, point
        reports = Desk(desk.folder, library).take(*files)
        assert [report.already for report in reports] == [point == "first in place", False]
        assert complete(library), point


def test_an_import_killed_at_work_as_it_happens_to_be_is_not_seen(desk: Desk) -> None:
    """No point is chosen: it dies as soon as its work folder is seen to hold something."""
    many = [
        (f"{n:05d}", f"{m:05d}", "", "20200101", "*", "1", "x")
        for n in range(500)
        for m in range(90_000, 90_100)
    ]
    path = desk.write("ccipra-v302r0-f1.txt", ptp_text(many))
    script = (
        "import sys; from pathlib import Path; from auditor.reference import import_files; "
        "import_files(Path(sys.argv[1]), [Path(sys.argv[2])])"
    )
    process = child(script, desk.library, path)
    for _ in range(PATIENCE * 200):
        if any(any(folder.iterdir()) for folder in work_folders(desk.library)):
            break
        try:
            process.wait(timeout=0.005)
        except subprocess.TimeoutExpired:
            continue
        break
    process.kill()
    process.communicate(timeout=PATIENCE)
    assert found(desk.library) in ([], [("ncci_ptp_practitioner", 50_000)])
    desk.take(path)
    assert found(desk.library) == [("ncci_ptp_practitioner", 50_000)]


# ---- imports at once -------------------------------------------------------------------------------

AT_ONCE = """
import json, sys
from pathlib import Path
from auditor.reference import import_files

library, *files = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
reports = import_files(Path(library), [Path(file) for file in files])
print(json.dumps([[report.edition.edition_id, report.already] for report in reports]))
"""


def at_once(library: Path, *groups: Sequence[Path]) -> list[list[list]]:
    """Import each group of files in a process of its own, all begun at the same moment; what each reports."""
    processes = [child(AT_ONCE, library, *files) for files in groups]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", process.communicate(timeout=PATIENCE)
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        told = []
        for process in processes:
            out, err = process.communicate(timeout=PATIENCE)
            assert process.returncode == 0, err
            told.append(json.loads(out))
        return told
    finally:
        for process in processes:
            process.kill()


@pytest.mark.slow
def test_processes_that_import_the_same_and_different_files_at_once_do_no_harm(desk: Desk) -> None:
    ptp, mue = files_of(desk)
    told = at_once(desk.library, [ptp, mue], [mue, ptp], [ptp], [mue])
    assert complete(desk.library)
    ids = {edition.edition_id for edition in Library.open(desk.library).editions()}
    reported = [tuple(entry) for process in told for entry in process]
    assert {edition_id for edition_id, _ in reported} == ids
    # Each edition was put in place by one of them; the others found it there.
    assert sorted(edition_id for edition_id, already in reported if not already) == sorted(ids)
    assert work_folders(desk.library) == []
    alone = Desk(desk.folder, desk.folder.parent / "alone")
    alone.take(ptp, mue)
    for path in alone.library.rglob("rows*.parquet"):
        assert path.read_bytes() == (desk.library / path.relative_to(alone.library)).read_bytes()


def test_an_import_does_not_sweep_the_work_of_one_that_is_going_on(desk: Desk) -> None:
    ptp, mue = files_of(desk)
    process = child(KILLED, "rows written", desk.library, ptp)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n", process.communicate(timeout=PATIENCE)
        desk.take(mue)
        assert len(work_folders(desk.library)) == 1
        _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, err
    finally:
        process.kill()
    assert complete(desk.library)
