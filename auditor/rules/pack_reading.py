"""One pack from its folder to rules: what is wrong with it is kept, not raised, so that the others can be read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from auditor.base.errors import AuditorError, InputRefused
from auditor.rules import model as m
from auditor.rules.loader import loaded_of
from auditor.rules.pack_files import MANIFEST, TABLES, PackFolder, contents, pack_hash
from auditor.rules.pack_manifest import facts_of
from auditor.rules.pack_model import PackFacts, PackInfo, Signature, Unread
from auditor.rules.pack_tables import TableSpec, known_tables, load_pack_tables
from auditor.rules.yaml_strict import parse_yaml, told

UNNAMED_VERSION = "0"
_LONGEST = 120
_ID_LINE = re.compile(r"^(id|title|family): *[\"']?([^\"'#\n]{1,120})", re.MULTILINE)
Vouch = Callable[[Mapping[str, bytes]], Signature]


@dataclass(frozen=True)
class Reading:
    """What was read of one pack; ``error`` is the first thing wrong with it. ``texts`` are its rule files by hash."""

    info: PackInfo
    rules: tuple[m.Rule, ...]
    overrides: tuple[m.Override, ...]
    texts: Mapping[str, str]
    files: Mapping[str, str]
    """File by the id that stands in it: of rules, their variants and overrides."""
    tables: Mapping[str, TableSpec] = field(default_factory=dict)
    error: AuditorError | None = None
    notes: tuple[str, ...] = ()

    def broken(self, error: AuditorError) -> Reading:
        """The same pack left out because of ``error``."""
        known = [unread_of(self.info.id, rule) for rule in self.rules]
        unread = self.info.unread or tuple(sorted(known, key=lambda item: item.id))
        info = replace(self.info, broken=str(error), unread=unread, rule_ids=(), override_ids=())
        return replace(self, info=info, rules=(), overrides=(), texts={}, files={}, tables={}, error=error)


def read_pack(
    pack: PackFolder,
    source: Literal["bundled", "folder", "file", "installed"],
    vouch: Vouch | None = None,
) -> Reading:
    """Read a pack: ``pack.yaml``, every rule file, its tables. Raises nothing.

    ``vouch`` is given the files of a signed pack and says who signed them, or raises InputRefused.
    """
    name = told(pack.root.name) or "rules"
    facts = PackFacts(id=name, title=name, version=UNNAMED_VERSION)
    errors: list[AuditorError] = [pack.fault] if pack.fault is not None else []
    signature = Signature("bundled" if source == "bundled" else "none")
    files: dict[str, bytes] = {}
    digests: dict[str, str] = {}
    try:
        for file, content in contents(pack):
            digests[file] = hashlib.sha256(content).hexdigest()
            if vouch is not None or file.endswith(".yaml"):
                files[file] = content
    except InputRefused as error:
        errors.append(error)
    if vouch is not None and not errors:
        try:
            signature = vouch(files)
        except InputRefused as error:
            errors.append(error)
            signature = Signature("broken")
    if MANIFEST in files:
        try:
            facts = facts_of(Path(MANIFEST), files[MANIFEST])
        except InputRefused as error:
            error.where = f"{name}/{error.where}"  # every pack has a file of that name
            errors.append(error)
            facts = _guessed(facts, files[MANIFEST])
    tables, table_error = _tables(pack, facts)
    if table_error is not None:
        errors.append(table_error)
    made = _Made(facts.id, known_tables(tables))
    for file in pack.rule_files:
        if file in files:
            errors += made.take(pack.root / file, files[file], digests[file])
    info = PackInfo(
        facts=facts,
        hash=pack_hash(digests),
        source=source,
        signature=signature,
        rule_ids=tuple(sorted(rule.id for rule in made.rules)),
        overrides=len(made.overrides),
        override_ids=tuple(sorted(item.id for item in made.overrides)),
        tables=tuple(sorted(tables)),
        unread=tuple(sorted(made.unread, key=lambda item: item.id)),
        unnamed=made.unnamed,
    )
    reading = Reading(
        info,
        tuple(made.rules),
        tuple(made.overrides),
        made.texts,
        made.files,
        tables=tables,
        notes=_notes(info, pack),
    )
    if not errors:
        return replace(reading, info=replace(info, unread=()))
    return reading.broken(errors[0])


class _Made:
    """What the rule files of one pack make."""

    def __init__(self, pack: str, tables: Mapping[str, Mapping[str, str]]) -> None:
        self.pack, self._tables = pack, tables
        self.rules: list[m.Rule] = []
        self.overrides: list[m.Override] = []
        self.texts: dict[str, str] = {}
        self.files: dict[str, str] = {}
        self.unread: list[Unread] = []
        self.unnamed = 0

    def take(self, path: Path, content: bytes, digest: str) -> list[AuditorError]:
        """Read one file; what is wrong with it."""
        try:
            loaded = loaded_of(path, content, self._tables)
        except AuditorError as error:
            self._lost(path, content)
            return [error]
        except Exception as error:
            self._lost(path, content)
            return [_fault_of_ours(path, error)]
        ids = [loaded.id]
        if isinstance(loaded, m.Rule):
            ids += [variant.id for variant in loaded.variants]
            self.rules.append(loaded)
            self.unread.append(unread_of(self.pack, loaded))
        else:
            self.overrides.append(loaded)
        self.texts[digest] = content.decode("utf-8")
        errors: list[AuditorError] = []
        for name in ids:
            if name in self.files:
                errors.append(twice(name, self.files[name], path.name))
            self.files[name] = path.name
        return errors

    def _lost(self, path: Path, content: bytes) -> None:
        """Remember what can be read of a file that is no rule."""
        found, override = _outline(path, content)
        if override:
            return
        if found.get("id"):
            names = (found["id"], *found.get("names", "").split("\n"))
            self.unread.append(
                Unread(
                    self.pack,
                    found["id"],
                    found.get("title", ""),
                    found.get("family", ""),
                    path.name,
                    tuple(filter(None, names)),
                )
            )
        else:
            self.unnamed += 1


def unread_of(pack: str, rule: m.Rule) -> Unread:
    """A rule that was read and is left out with its pack."""
    names = {name for variant in rule.all_variants for name in (variant.id, variant.catalogue_id)}
    return Unread(pack, rule.id, rule.title, rule.family, rule.file, tuple(sorted(names)), rule)


def _outline(path: Path, content: bytes) -> tuple[dict[str, str], bool]:
    """Id, title, family and names of a file that is no rule, as far as they can be read; whether it is an override."""
    try:
        data = parse_yaml(path, content)
    except InputRefused:
        text = content[:4_000].decode("utf-8", "replace")
        lines = {key: told(value.strip()) for key, value in reversed(_ID_LINE.findall(text))}
        return lines, re.search(r"^override:", text, re.MULTILINE) is not None
    found = {
        key: told(data[key][:_LONGEST])
        for key in ("id", "title", "family")
        if isinstance(data.get(key), str) and data[key].strip()
    }
    variants = data.get("variants")
    holders = [data, *(item for item in (variants if isinstance(variants, list) else []))]
    names = [
        str(item[key])[:_LONGEST]
        for item in holders
        if isinstance(item, dict)
        for key in ("id", "catalogue_id")
        if isinstance(item.get(key), str)
    ]
    return found | {"names": "\n".join(names)}, "override" in data


def _guessed(facts: PackFacts, content: bytes) -> PackFacts:
    """Id and version of a ``pack.yaml`` that is refused, as far as they can be read: for the message only."""
    try:
        data = parse_yaml(Path(MANIFEST), content)
    except InputRefused:
        return facts
    texts = {
        key: told(data[key][:_LONGEST])
        for key in ("title", "version", "publisher")
        if isinstance(data.get(key), str)
    }
    return replace(facts, **texts)  # type: ignore[arg-type]


def _tables(pack: PackFolder, facts: PackFacts) -> tuple[Mapping[str, TableSpec], AuditorError | None]:
    """The pack's own tables, and what is wrong with them."""
    if pack.fault is not None or not any(name.startswith(TABLES) for name in pack.files):
        return {}, None
    try:
        return load_pack_tables(pack.root, facts.name), None
    except AuditorError as error:
        return {}, error
    except Exception as error:
        return {}, _fault_of_ours(pack.root / TABLES, error)


def _notes(info: PackInfo, pack: PackFolder) -> tuple[str, ...]:
    notes = []
    if not pack.named:
        notes.append(
            f"The folder {info.id} has no pack.yaml: its rules are taken as the pack {info.id}, version 0, of nobody."
        )
    if info.signature.state == "unknown signer":
        why = info.signature.why or "which nobody here has accepted"
        notes.append(f"The pack {info.name} is signed with the key {info.signature.signer}, {why}.")
    if pack.others:
        listed = ", ".join(told(name) for name in pack.others[:5])
        more = f" and {len(pack.others) - 5} more" if len(pack.others) > 5 else ""
        notes.append(f"No part of the pack {info.id}, and not read: {listed}{more}.")
    return tuple(notes)


def twice(name: str, first: str, second: str) -> InputRefused:
    """The refusal of an id that stands in two places."""
    return InputRefused(
        what=f"rule id {told(name)} stands twice",
        where=f"{first} and {second}",
        why="an id is never reused",
        mend="give one of them a new id",
    )


def _fault_of_ours(path: Path, error: Exception) -> InputRefused:
    made = InputRefused(
        f"rule file refused ({type(error).__name__})",
        where=told(path.name),
        why="it has something in it that the reader of rules did not foresee, which is a fault of the program",
        mend="report it with the file, and compare with a neighbouring rule meanwhile",
    )
    made.__cause__ = error
    return made
