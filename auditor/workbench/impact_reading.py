"""Reading rule files for an impact: those of the change, and those that run.json kept of the run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor.base.errors import InputRefused
from auditor.rules import model as m
from auditor.rules.loader import load_rule
from auditor.rules.overrides import as_filed
from auditor.rules.pack_files import TABLES, pack_folder
from auditor.rules.pack_reading import UNNAMED_VERSION
from auditor.rules.pack_sources import read_source
from auditor.rules.pack_tables import TableSpec, known_tables
from auditor.workbench.impact_run import EarlierRun

Item = m.Rule | m.Override
_TABLES = TABLES.rstrip("/")


def _no_part(path: Path, why: str) -> InputRefused:
    return InputRefused(
        "this is no rule and no table of a pack",
        where=path.name,
        why=why,
        mend=f"name a rule file, a file in the `{_TABLES}` of a pack, or the folder of the pack",
    )


@dataclass
class RuleFiles:
    """What is known of rule files: ``texts`` by SHA-256, and the tables of the packs at hand by name.

    ``given`` are the tables of the packs that the change names, ``whole`` the ids of all rules and overrides of each of
    these packs, by its id, and ``named`` the places of those that have a ``pack.yaml``. ``scratch`` takes files that
    have to be unpacked.
    """

    texts: dict[str, str]
    at_hand: Mapping[str, TableSpec]
    scratch: Path
    given: dict[str, TableSpec] = field(default_factory=dict)
    whole: dict[str, set[str]] = field(default_factory=dict)
    named: list[Path] = field(default_factory=list)

    def read(self, paths: Sequence[Path]) -> dict[str, Item]:
        """The rules and overrides in files, folders and packs, by id; a file of a pack's ``tables`` gives its table.

        Raises InputRefused (exit 3) for what does not load, for a place without any rule, and an id that stands twice.
        """
        found: dict[str, Item] = {}
        for path in paths:
            if path.parent.name == _TABLES and path.suffix in {".csv", ".yaml"} and path.is_file():
                self._take_table(path)
                continue
            items = self._items(path)
            if not items:
                raise InputRefused(
                    "there is no rule in it", where=path.name, mend="name a rule file or a pack"
                )
            for item in items:
                if item.id in found:
                    raise InputRefused(
                        f"{item.id} stands twice in the change",
                        where=f"{found[item.id].file} and {item.file}",
                        why="which of the two is meant cannot be told",
                        mend="name one of them",
                    )
                found[item.id] = item
        return found

    def _items(self, path: Path) -> list[Item]:
        if path.suffix in {".yaml", ".yml"} and not path.is_dir():
            if not path.is_file():
                raise InputRefused(
                    "there is no such file", where=path.name, mend="name the changed rule file"
                )
            item = load_rule(path, known_tables({**self.at_hand, **self.given}))
            self.texts[item.hash] = path.read_bytes().decode("utf-8-sig")
            return [item]
        if path.suffix == ".csv" and path.is_file():
            raise _no_part(path, "it lies in no `tables` folder of a pack")
        items: list[Item] = []
        readings = read_source(path, self.scratch)
        for reading in readings:
            if reading.error is not None:
                raise reading.error
            mine: list[Item] = [*map(as_filed, reading.rules), *reading.overrides]
            items += mine
            self.whole.setdefault(reading.info.id, set()).update(item.id for item in mine)
            self.texts.update(reading.texts)
            self.given.update(reading.tables)
        if all(reading.info.version != UNNAMED_VERSION for reading in readings):
            self.named.append(path)
        return items

    def _take_table(self, path: Path) -> None:
        """Take a table of a pack, named by its rows or its description, in the edition that the pack now has."""
        for reading in read_source(pack_folder(path), self.scratch):
            if path.stem in reading.tables:
                self.given[path.stem] = reading.tables[path.stem]
                return
            if reading.error is not None:
                raise reading.error
        raise _no_part(path, "the pack that it lies in has no such table")

    def restored(self, rule: Mapping[str, Any], digest: str) -> Item | None:
        """A rule or override of the run from the text that run.json keeps; None where it is not what the run used."""
        content = rule["text"].encode("utf-8")
        if hashlib.sha256(content).hexdigest() != digest:
            return None
        folder = self.scratch / "of-the-run" / digest
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / Path(str(rule.get("file") or "rule.yaml")).name
        path.write_bytes(content)
        try:
            item = load_rule(path, known_tables(self.at_hand))
        except InputRefused:
            return None  # written for another version of the program
        self.texts[digest] = rule["text"]
        return item

    def tables_of(
        self, run: EarlierRun
    ) -> tuple[tuple[str, ...], tuple[list[TableSpec], list[TableSpec]], list[str]]:
        """Tables of packs: the names of those that the change alters, all of them before and after, and what differs.

        What differs are tables at hand that the change does not name and that are not those of the run, in words.
        """
        was = run.pack_tables
        here = {name: (spec.sha256, spec.edition) for name, spec in self.at_hand.items()}
        changed = [n for n, spec in self.given.items() if was.get(n) != (spec.sha256, spec.edition)]
        same = {name: spec for name, spec in self.at_hand.items() if was.get(name) == here[name]}
        differing = [
            f"table {name} is {'another version' if name in here else 'not at hand'}"
            for name in sorted(was)
            if name not in self.given and here.get(name) != was[name]
        ]
        # Where the user accepts it, those at hand stand on both sides.
        others = {name: self.at_hand[name] for name in was if name in here and name not in self.given}
        before, after = {**others, **same}, {**others, **same, **self.given}
        return tuple(sorted(changed)), (list(before.values()), list(after.values())), differing
