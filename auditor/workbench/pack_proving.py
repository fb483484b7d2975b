"""Whether a pack does what its own cases say, asked before it is signed: a signature vouches for what was tried."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from auditor.base.errors import InputRefused
from auditor.base.resources import resource_dir
from auditor.rules.model import Override, Rule
from auditor.rules.packs import load_packs
from auditor.rules.yaml_strict import MAX_BYTES, read_bytes, told
from auditor.workbench.finding_files import packs_around
from auditor.workbench.inline_tests import run_tests
from auditor.workbench.lint.running import lint, rule_files

_SHOWN = 10


def prove(folder: Path, rulesets: Sequence[Path] = ()) -> None:
    """Run lint and the inline cases over the pack in ``folder``, among the project's packs and ``rulesets``.

    Raises InputRefused (exit 3) that names the errors of lint, the cases that do not hold, or a broken pack.
    """
    files = rule_files([folder])
    folders = packs_around(files, [resource_dir("rulesets"), *rulesets])
    problems = [
        f"{told(item.file.name)}, line {item.spot.line}: {item.what} ({item.check})"
        for item in lint(files, folders)
        if item.severity == "error"
    ]
    if not problems:
        problems = _failing(files, folders)
    if problems:
        more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise InputRefused(
            "the pack is not signed",
            where=told(folder.name),
            why="; ".join(problem.rstrip(".") for problem in problems[:_SHOWN]) + more,
            mend="mend what `auditor rules lint` and `auditor rules test` say of the folder, or sign it as it is with "
            "--untested",
        )


def _failing(files: Sequence[Path], folders: Sequence[Path]) -> list[str]:
    """The cases in the files that do not hold. Raises InputRefused where a pack is broken."""
    hashes = {hashlib.sha256(read_bytes(path, MAX_BYTES)).hexdigest() for path in files}
    found = load_packs(folders)
    items: tuple[Rule | Override, ...] = (*found.rules, *found.overrides)
    return [
        f"{result.rule_id}: {result.name}: {result.problem}"
        for item in items
        if item.hash in hashes
        for result in run_tests(item, found)
        if result.problem
    ]
