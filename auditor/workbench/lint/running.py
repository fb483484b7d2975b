"""Runs every check over rule files, with the rules around them; a file that cannot be read never stops the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from auditor.base.errors import InputRefused
from auditor.rules import model as m
from auditor.rules.loader import load_rule
from auditor.rules.pack_files import MANIFEST, find_packs
from auditor.workbench.lint import (
    both_ways,
    cascades,
    cases,
    cost,
    dates,
    evidence,
    feed,
    identity,
    logic,
    overrides,
    structure,
    unwritten,
    wording,
)
from auditor.workbench.lint.messages import Check, Found, Message
from auditor.workbench.lint.packs import PACK, Packs
from auditor.workbench.lint.source import read_source
from auditor.workbench.lint.subject import Around, Subject

_MODULES = (
    structure, unwritten, identity, logic, both_ways, dates, evidence, feed, cases, overrides, cascades, cost, wording
)  # fmt: skip
CHECKS: tuple[Check, ...] = tuple(
    sorted(
        [PACK, *(check for module in _MODULES for check in module.register.checks)],
        key=lambda check: check.id,
    )
)
"""Every check, in the order of the codes."""


def rule_files(paths: Iterable[Path]) -> list[Path]:
    """The rule files among files and folders: a folder's packs without their ``pack.yaml`` and tables."""
    found: dict[Path, None] = {}
    for path in paths:
        if not path.is_dir():
            found[path] = None
            continue
        for pack in find_packs(path):
            for name in pack.rule_files:
                found[pack.root / name] = None
    return list(found)


def lint(
    files: Sequence[Path], folders: Sequence[Path] = (), run_cases: Iterable[Path] = ()
) -> list[Message]:
    """What there is to say of ``files``, in the order of files and lines.

    ``folders`` hold the rules around them (a file that cannot be loaded there is passed over). ``run_cases`` are files
    whose inline cases are run.
    """
    around = Around(run_cases=frozenset(path.resolve() for path in run_cases))
    packs = Packs(around)
    subjects = [_subject(path, around, packs) for path in files]
    told = packs.told()
    own = {path.resolve() for path in files}
    for path in rule_files(folders):
        if path.resolve() not in own and path.name != MANIFEST:
            _add(around, _subject(path, around, packs))
    for subject in subjects:
        _add(around, subject)
    return [*told, *(message for subject in subjects for message in _messages(subject))]


def _subject(path: Path, around: Around, packs: Packs) -> Subject:
    subject = Subject(read_source(path), around, packs.tables(path))
    if subject.source.data is None:
        return subject
    try:
        loaded = load_rule(path, subject.tables)
    except InputRefused as error:
        subject.refusal = error
    except RecursionError:
        subject.refusal = InputRefused(
            "rule refused", why="its conditions are nested too deep", mend="write it flatter"
        )
    else:
        subject.rule = loaded if isinstance(loaded, m.Rule) else None
        subject.override = loaded if isinstance(loaded, m.Override) else None
    return subject


def _add(around: Around, subject: Subject) -> None:
    if subject.rule is not None:
        around.rules.append(subject.rule)
    if subject.override is not None:
        around.overrides.append(subject.override)
    for name in _ids(subject):
        around.holders.setdefault(name, []).append(subject.source.path)


def _ids(subject: Subject) -> list[str]:
    named = [subject.under("id"), *(item.get("id") for _, item in subject.mappings("variants"))]
    return [name for name in named if isinstance(name, str)]


def _messages(subject: Subject) -> list[Message]:
    found = sorted(_placed(subject), key=lambda item: (item.spot.line, item.spot.column, item.check))
    errors = [item for item in found if item.severity == "error" and item.check != "R009"]
    lines, facts = {item.spot.line for item in errors}, {item.what for item in errors}
    return [
        item
        for item in dict.fromkeys(found)
        if item.check != "R009" or not (item.spot.line in lines or item.what in facts)
    ]


def _placed(subject: Subject) -> Iterator[Message]:
    for check in CHECKS:
        for found in check.find(subject):
            yield _message(subject, check, found)


def _message(subject: Subject, check: Check, found: Found) -> Message:
    spot = subject.source.spot(found)
    return Message(
        file=subject.source.path,
        spot=spot,
        check=check.id,
        name=check.name,
        severity=check.severity,
        what=found.what,
        why=found.why or check.why,
        mend=found.mend or check.recommendation,
        source=subject.source.line(spot.line),
    )
