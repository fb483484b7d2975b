"""Packs: the rule files of the project's ``rulesets/`` and of what a user adds, as one checked set.

A pack is a folder with a ``pack.yaml``; what is wrong in one never stops the others. An id belongs to the pack that is
named first: a later one that uses it again is the broken one.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from auditor.base.errors import InputRefused, UsageError
from auditor.rules.model import FAMILIES, Override, Rule
from auditor.rules.overrides import with_parameters
from auditor.rules.pack_model import Depends, PackInfo, Unread, precedence
from auditor.rules.pack_reading import Reading
from auditor.rules.pack_sources import read_source
from auditor.rules.pack_tables import TableSpec, clash, known_tables
from auditor.rules.settings import check_settings


@dataclass(frozen=True)
class RuleSet:
    """Rules in the order of their strata, the overrides by id, and one hash over all of it.

    Of two overrides that set one parameter for a line, or lower one finding, the first by id has its way, in whatever
    order the packs were named. ``packs`` are those they come from, by id, and those that are broken and left out.
    ``retired`` are rules that are known but not run, so that an old finding can be explained. ``unread`` are the rules
    of broken packs that were asked for. ``notes`` are sentences for the run's notes, ``tables`` the packs' own tables
    by name, ``texts`` the rule files by their SHA-256.
    """

    rules: tuple[Rule, ...]
    overrides: tuple[Override, ...]
    hash: str
    packs: tuple[PackInfo, ...] = ()
    retired: tuple[Rule, ...] = ()
    unread: tuple[Unread, ...] = ()
    notes: tuple[str, ...] = ()
    tables: tuple[TableSpec, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def broken(self) -> tuple[PackInfo, ...]:
        """The packs that were left out."""
        return tuple(pack for pack in self.packs if pack.broken)

    def explaining(self, name: str) -> Rule | None:
        """The rule of that id, or the one with a variant of that id, retired ones included; None if there is none."""
        known = (*self.rules, *self.retired)
        return next((rule for rule in known if any(name == v.id for v in rule.all_variants)), None)

    def pack_of(self, id_: str) -> PackInfo | None:
        """The pack that a rule or an override belongs to."""
        return next((pack for pack in self.packs if id_ in pack.rule_ids or id_ in pack.override_ids), None)


def load_packs(
    folders: Sequence[Path],
    only: Sequence[str] = (),
    *,
    isolate: bool = False,
    as_of: date | None = None,
    scratch: Path | None = None,
) -> RuleSet:
    """Read the packs that ``folders`` name: folders, single-file packs, installed packs (``pack_sources``).

    ``only`` limits to rule ids, catalogue ids or families (an id of a variant brings its rule). Ids must be unique over
    all packs. A broken pack ends the reading with its first error, or, with ``isolate``, is left out and told in
    ``packs`` and ``unread``. A rule with a ``retired`` block is not run unless ``only`` names its id, or ``as_of`` is a
    day before it was retired. Single-file packs are unpacked into ``scratch``, for as long as the caller keeps it.

    Raises InputRefused (exit 3) for a name that no pack has, for a bad pack, and with ``isolate`` when nothing is left
    to run, or when all that ``only`` names stands in broken packs; UsageError (exit 2) for a name that meets no rule.
    """
    if scratch is None:
        with tempfile.TemporaryDirectory(prefix="auditor-packs-") as folder:
            return load_packs(folders, only, isolate=isolate, as_of=as_of, scratch=Path(folder))
    readings = _settled([reading for given in folders for reading in read_source(given, scratch)])
    broken = [reading for reading in readings if reading.error is not None]
    if broken and not isolate:
        assert broken[0].error is not None
        raise broken[0].error
    rules = [rule for reading in readings for rule in reading.rules]
    unread = [item for reading in broken for item in reading.info.unread]
    retired = [rule for rule in rules if _is_retired(rule, as_of) and not _named(rule, only)]
    rules = [rule for rule in rules if rule not in retired]
    if only:
        rules, unread = _limit(rules, unread, retired, broken, only)
    if broken and not rules:
        raise _nothing_left(broken, unread)
    overrides = tuple(
        sorted((item for reading in readings for item in reading.overrides), key=lambda item: item.id)
    )
    rules = with_parameters(rules, overrides)
    rules.sort(key=lambda rule: (rule.stratum, rule.id))
    specs = {name: spec for reading in readings for name, spec in reading.tables.items()}
    tables = tuple(specs[name] for name in sorted(specs))
    digest = hashlib.sha256(
        "".join(
            sorted(r.hash for r in rules)
            + sorted(o.hash for o in overrides)
            + sorted(f"{reading.info.name} {reading.info.hash}" for reading in broken)
            + [f"{spec.name} {spec.sha256}" for spec in tables]
        ).encode()
    ).hexdigest()
    return RuleSet(
        tuple(rules),
        overrides,
        digest,
        packs=tuple(sorted((reading.info for reading in readings), key=_place)),
        retired=tuple(sorted(retired, key=lambda rule: rule.id)),
        unread=tuple(sorted(unread, key=lambda item: (item.pack, item.id))),
        notes=tuple(
            sorted({note for reading in readings for note in reading.notes} | set(_unmet(overrides, unread)))
        ),
        tables=tables,
        texts={digest: text for reading in readings for digest, text in reading.texts.items()},
    )


def _place(info: PackInfo) -> tuple[object, ...]:
    return (info.id, precedence(info.version), info.version, info.hash, info.broken)


def _settled(readings: Sequence[Reading]) -> list[Reading]:
    """The packs in the order they were named, each that does not go with those before it left out; twins once."""
    settled: list[Reading] = []
    held: dict[str, tuple[Reading, str]] = {}
    for reading in readings:
        if any(_same(reading, other) for other in settled):
            continue
        reading = _renamed(reading, settled)
        if reading.error is None:
            error = _clash(reading, settled, held)
            if error is not None:
                reading = reading.broken(error)
            else:
                held |= {name: (reading, file) for name, file in reading.files.items()}
        settled.append(reading)
    return _with_settings(_with_dependencies(settled))


def _same(one: Reading, other: Reading) -> bool:
    """Whether a pack was named twice."""
    return (one.info.id, one.info.version, one.info.hash) == (
        other.info.id,
        other.info.version,
        other.info.hash,
    )


def _renamed(reading: Reading, settled: Sequence[Reading]) -> Reading:
    """A folder without ``pack.yaml`` takes another name where a pack has its own already."""
    taken = {other.info.id for other in settled}
    if reading.info.id not in taken or not _is_unnamed(reading):
        return reading
    name = next(
        f"{reading.info.id}_{n}" for n in range(2, len(settled) + 3) if f"{reading.info.id}_{n}" not in taken
    )
    unread = tuple(replace(item, pack=name) for item in reading.info.unread)
    return replace(
        reading, info=replace(reading.info, facts=replace(reading.info.facts, id=name), unread=unread)
    )


def _is_unnamed(reading: Reading) -> bool:
    return not reading.info.facts.publisher and precedence(reading.info.version) < precedence("0.0.0-0")


def _clash(
    reading: Reading, settled: Sequence[Reading], held: Mapping[str, tuple[Reading, str]]
) -> InputRefused | None:
    """Why a pack cannot stand beside those named before it."""
    info = reading.info
    for other in settled:
        if other.info.id == info.id and other.error is None:
            return InputRefused(
                f"pack id {info.id} stands twice",
                where=f"{other.info.name} and {info.name}",
                why="one of the two would answer for the other; the one named first is used",
                mend="name one of them only, or give yours an id of its own",
            )
    for name in reading.tables:
        for other in settled:
            if name in other.tables:
                return clash(name, f"pack {other.info.name}", f"pack {info.name}")
    for name, file in reading.files.items():
        if name in held:
            other, first = held[name]
            return InputRefused(
                what=f"rule id {name} stands twice",
                where=f"pack {other.info.name}, {first}, and pack {info.name}, {file}",
                why="an id is never reused; the pack named first keeps it",
                mend="give one of them a new id",
            )
    return None


def _with_dependencies(readings: list[Reading]) -> list[Reading]:
    """Leave out the packs whose own needs are not met, until no more fall."""
    while True:
        there = {reading.info.id: reading.info.version for reading in readings if reading.error is None}
        for at, reading in enumerate(readings):
            lacking = next(
                (
                    need
                    for need in (reading.info.facts.depends if reading.error is None else ())
                    if need.id not in there
                    or (need.version and precedence(there[need.id]) < precedence(need.version))
                ),
                None,
            )
            if lacking is not None:
                readings[at] = reading.broken(_unmet_need(reading, lacking, readings))
                break
        else:
            return readings


def _unmet_need(reading: Reading, need: Depends, readings: Sequence[Reading]) -> InputRefused:
    """Why a pack's need is not met: the pack is not named, of another version, or broken itself."""
    wanted = f"{need.id} {need.version}".strip() + (" or later" if need.version else "")
    own = [other for other in readings if other.info.id == need.id]
    broken = next((other for other in own if other.error is not None), None)
    if broken is not None:
        why, mend = "which is broken itself", f"mend the pack {broken.info.name} first: {broken.info.broken}"
    elif own:
        why, mend = f"and {own[0].info.name} is named", f"name a later version of {need.id}"
    else:
        why, mend = "which is not among those named", f"name it too with --rulesets {need.id}"
    return InputRefused(
        "pack refused", where=reading.info.name, why=f"it depends on the pack {wanted}, {why}", mend=mend
    )


def _with_settings(readings: list[Reading]) -> list[Reading]:
    """Leave out the packs that set a parameter which no rule has, or to a value that its rule cannot hold."""
    rules = [rule for reading in readings for rule in reading.rules]
    texts = {digest: text for reading in readings for digest, text in reading.texts.items()}
    tables = known_tables({name: spec for reading in readings for name, spec in reading.tables.items()})
    for at, reading in enumerate(readings):
        try:
            with_parameters(rules, reading.overrides)
            check_settings(reading.overrides, rules, texts, tables)
        except InputRefused as error:
            readings[at] = reading.broken(error)
    return readings


def _is_retired(rule: Rule, as_of: date | None) -> bool:
    """Whether a rule is out of use: by its file, or on the day that the user asks about. No clock is asked."""
    return rule.retired is not None and (as_of is None or as_of >= rule.retired.on)


def _named(rule: Rule, only: Iterable[str]) -> bool:
    """Whether the user asks for this very rule."""
    return bool({variant.id for variant in rule.all_variants} & set(only))


def _limit(
    rules: list[Rule], unread: list[Unread], retired: list[Rule], broken: list[Reading], only: Sequence[str]
) -> tuple[list[Rule], list[Unread]]:
    chosen: list[Rule] = []
    lost: list[Unread] = []
    for name in only:
        found = [
            rule
            for rule in rules
            if name == rule.family or any(name in (v.id, v.catalogue_id) for v in rule.all_variants)
        ]
        gone = [item for item in unread if name == item.family or name in item.names]
        if not found and not gone:
            raise UsageError(
                what=f"no rule or family is called {name}",
                where="--rules",
                why="it meets none of the rules loaded" + _why_not(name, retired, broken),
                mend="see `auditor rules list`",
            )
        chosen += [rule for rule in found if rule not in chosen]
        lost += [item for item in gone if item not in lost]
    return chosen, lost


def _why_not(name: str, retired: Sequence[Rule], broken: Sequence[Reading]) -> str:
    """What else is known of a name that no rule has."""
    old = [
        rule.id
        for rule in retired
        if name == rule.family or any(name == variant.catalogue_id for variant in rule.all_variants)
    ]
    if old:
        return f"; it is that of a retired rule, which runs only when it is named itself: {', '.join(old)}"
    if broken:
        packs = ", ".join(reading.info.name for reading in broken)
        return f", and not all rules of the broken packs could be read ({packs}: {broken[0].info.broken})"
    return ""


def _nothing_left(broken: Sequence[Reading], unread: Sequence[Unread]) -> InputRefused:
    """Every rule that was asked for stands in a broken pack."""
    wanted = {item.pack for item in unread}
    first = next((reading for reading in broken if reading.info.id in wanted), broken[0])
    return InputRefused(
        "nothing is left to run: every rule asked for stands in a pack that is broken",
        where=f"pack {first.info.name}",
        why=first.info.broken,
        mend="mend the pack, or leave it out",
    )


def _unmet(overrides: Iterable[Override], unread: Sequence[Unread]) -> list[str]:
    """Overrides that name a rule of a broken pack."""
    packs = {name: item.pack for item in unread for name in (item.id, *item.names) if name not in FAMILIES}
    return [
        f"Override {override.id} names {name}, a rule of the pack {packs[name]}, which is broken and left out."
        for override in overrides
        for name in override.rules
        if name in packs
    ]


__all__ = ["PackInfo", "RuleSet", "Unread", "load_packs"]
