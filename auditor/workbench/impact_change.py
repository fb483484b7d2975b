"""The change whose impact is asked: rules and overrides that are new, otherwise than in the run, or taken out.

Of the rule set of the run two are made: as it was and as it would be. The versions that the run used are told by their
SHA-256: among the rule files at hand, else from run.json, which keeps the text of every override, and of every rule
that found something. A rule that was edited where it lies and had found nothing is lost; then the run's own findings
must stand for it. A folder or pack is a change of the whole pack: what it lacks of the run's is taken out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

from auditor.base.errors import InputRefused, UsageError
from auditor.rules import model as m
from auditor.rules.overrides import as_filed, with_parameters
from auditor.rules.pack_tables import TableSpec
from auditor.rules.packs import RuleSet, load_packs
from auditor.rules.reading import tables_read
from auditor.workbench.impact_beside import check_beside
from auditor.workbench.impact_files import FileChange, file_changes
from auditor.workbench.impact_reading import Item, RuleFiles
from auditor.workbench.impact_run import EarlierRun

Kind = Literal["new", "not asked", "changed", "retired", "taken out"]

TOLD_ONLY: Final[Mapping[str, Any]] = {
    "catalogue_id": "", "version": 0, "title": "", "owner": "", "severity": "", "citations": (), "cites": (),
    "record_needed": (), "root_cause": "", "false_positives": (), "carc_analogue": "", "tests": (), "file": "",
    "hash": "", "related": (), "changelog": (), "approved_by": "", "status": "", "retired": None,
}  # fmt: skip
"""Parts of a rule, a variant or an override that decide nothing: a finding only repeats them, or not even that."""


@dataclass(frozen=True)
class Changed:
    """A rule or override before and after. ``before`` is None where it is new, or where the version is not at hand.

    ``was`` and ``now`` are the SHA-256 of its file in the run and in the change, empty where there is none; ``names``
    what an override names, on either side; ``retired`` that the change takes it out of use; ``parts`` what differs
    between the two files, where both are at hand; ``unasked`` that the run was limited to other rules.
    """

    id: str
    is_override: bool
    was: str
    now: str
    before: Item | None
    after: Item | None
    names: frozenset[str] = frozenset()
    retired: bool = False
    parts: tuple[FileChange, ...] = ()
    unasked: bool = False

    @property
    def kind(self) -> Kind:
        """What becomes of it."""
        if self.retired:
            return "retired"
        if not self.was:
            return "not asked" if self.unasked else "new"
        return "changed" if self.now else "taken out"

    @property
    def title(self) -> str:
        """Its title, that of the change first."""
        item = self.after or self.before
        return item.title if item is not None else ""

    @property
    def ids(self) -> frozenset[str]:
        """The ids under which a rule finds, on either side, as far as they are at hand."""
        rules = [item for item in (self.before, self.after) if isinstance(item, m.Rule)]
        return frozenset({self.id, *(variant.id for rule in rules for variant in rule.all_variants)})

    @property
    def lost(self) -> bool:
        """Whether the version that the run used is not at hand."""
        return bool(self.was) and self.before is None

    @cached_property
    def decides(self) -> bool:
        """Whether it can make any finding come, go or differ in more than words; True in doubt."""
        if self.was == self.now:
            return False
        if self.before is None or self.after is None or self.retired:
            return not (self.retired and not self.was)
        return bool(deciding(self.before) != deciding(self.after))

    @property
    def whole(self) -> bool:
        """Whether all findings of the rules that it is about may differ.

        An override that sets aside or lowers alters only the possible findings that it meets, and those are marked.
        """
        sides = [item for item in (self.before, self.after) if item is not None]
        marks = all(isinstance(item, m.Override) and item.action != "set_parameter" for item in sides)
        return self.lost or not marks


@dataclass(frozen=True)
class Change:
    """All of a change, with the rule set of the run as it was and as it would be.

    ``before`` lacks the rules of which the run's version is not at hand. ``differing`` says in words where rules at
    hand that are not of the change are not those of the run. ``tables`` are packs' own tables of other content than in
    the run, ``readers`` the rules that ask them; ``notes`` sentences on what at hand was passed over.
    """

    items: tuple[Changed, ...]
    before: RuleSet
    after: RuleSet
    differing: tuple[str, ...]
    tables: tuple[str, ...] = ()
    readers: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    @property
    def decides(self) -> bool:
        """Whether any part of it can change what is found."""
        return bool(self.readers) or any(item.decides for item in self.items)

    @property
    def lost(self) -> tuple[str, ...]:
        """Rules, overrides and tables of packs of which the run's version is not at hand."""
        known = {spec.name for spec in self.before.tables}
        tables = (f"table {name}" for name in self.tables if name not in known)
        return (*(item.id for item in self.items if item.lost), *tables)

    def touches(self, names: Collection[str], *, whole: bool) -> bool:
        """Whether the change alters findings of a rule with these names (its id, its variants', its family).

        ``whole``: any of them; else those alone that a changed override marks.
        """
        if whole and self.readers & set(names):
            return True
        return any(
            (item.names if item.is_override else {item.id}) & set(names)
            for item in self.items
            if item.decides and item.whole == whole
        )

    def marking(self, rules: RuleSet) -> frozenset[int]:
        """The numbers under which possible findings are marked by the changed overrides of a rule set."""
        mine = {item.id for item in self.items if item.is_override and item.decides and not item.whole}
        return frozenset(at for at, item in enumerate(rules.overrides, start=1) if item.id in mine)


def names_of(rule: m.Rule) -> frozenset[str]:
    """The names under which an override may name a rule."""
    return frozenset({rule.family, *(variant.id for variant in rule.all_variants)})


def deciding(item: Item) -> Any:
    """A rule or override without the parts that decide nothing; equal ones find the same."""
    own = {field.name for field in fields(item)}
    bare = replace(item, **{name: empty for name, empty in TOLD_ONLY.items() if name in own})
    if isinstance(bare, m.Override):
        return replace(bare, title="")
    return replace(bare, variants=tuple(_bare_variant(variant) for variant in bare.variants))


def _bare_variant(variant: m.Variant) -> m.Variant:
    own = {field.name for field in fields(variant)}
    return replace(variant, **{name: empty for name, empty in TOLD_ONLY.items() if name in own})


def read_change(
    run: EarlierRun, given: Sequence[Path], without: Sequence[str], folders: Sequence[Path], scratch: Path
) -> Change:
    """Read the files, folders and packs of a change, and take out the rules and overrides called ``without``.

    ``folders`` name the packs at hand; ``scratch`` takes rule files that have to be unpacked. Raises InputRefused (exit
    3) for a file that does not load or an id that stands twice, UsageError (exit 2) for an id to take out that the run
    does not have.
    """
    at_hand = load_packs(folders, isolate=True, as_of=run.as_of, scratch=scratch)
    files = RuleFiles(dict(at_hand.texts), {spec.name: spec for spec in at_hand.tables}, scratch)
    now = files.read(given)
    _check_without(run, without, now)
    check_beside(at_hand, folders, files, run.as_of)
    without = [*dict.fromkeys([*without, *_lacking(run, files.whole, now)])]
    were = {**run.rules, **run.overrides}
    of_run, differing = _of_run(run, at_hand, {*now, *without}, files)
    changed = []
    for id_ in [*now, *without]:
        before, after = of_run.get(id_), now.get(id_)
        if before is not None and before.hash != were[id_]:
            before = None
        names = frozenset(run.overridden.get(id_, ()))
        names |= {name for item in (before, after) if isinstance(item, m.Override) for name in item.rules}
        changed.append(
            Changed(
                id_,
                isinstance(after or before, m.Override) or id_ in run.overrides,
                were.get(id_, ""),
                after.hash if after is not None else "",
                before,
                after,
                names,
                _retires(after, run),
                _parts(before, after, files.texts),
                _unasked(after, run),
            )
        )
    gone = {*without, *(item.id for item in changed if item.retired)}
    after_items = [now.get(id_, item) for id_, item in of_run.items() if id_ not in gone]
    after_items += [item for id_, item in now.items() if id_ not in of_run and id_ not in gone]
    _check_ids(after_items)
    lost = {item.id for item in changed if item.lost}
    before_items = [item for id_, item in of_run.items() if id_ not in lost]
    tables, specs, differing_tables = files.tables_of(run)
    sides = [
        _rule_set(at_hand, items, own) for items, own in zip((before_items, after_items), specs, strict=True)
    ]
    readers = {rule.id for side in sides for rule in side.rules if tables_read([rule]) & set(tables)}
    return Change(
        tuple(changed),
        sides[0],
        sides[1],
        (*differing, *differing_tables),
        tables,
        frozenset(readers),
        (*_limits(run, changed), *_passed_over(run, at_hand, of_run, {*now, *without})),
    )


def _lacking(run: EarlierRun, whole: Mapping[str, Collection[str]], now: Collection[str]) -> list[str]:
    """The rules and overrides that the run had of the packs of the change, and that these have no longer."""
    return sorted(
        id_ for id_, pack in run.packs.items() if pack in whole and id_ not in whole[pack] and id_ not in now
    )


def _unasked(item: Item | None, run: EarlierRun) -> bool:
    """Whether a rule is none of those that the run was limited to."""
    if not isinstance(item, m.Rule) or not run.limited_to:
        return False
    return not (names_of(item) | {v.catalogue_id for v in item.all_variants}) & set(run.limited_to)


def _limits(run: EarlierRun, changed: Sequence[Changed]) -> list[str]:
    """That the run says nothing of a rule, because it was limited to others."""
    ids = [item.id for item in changed if item.kind == "not asked"]
    if not ids:
        return []
    were, what = ("were", "they find") if len(ids) > 1 else ("was", "it finds")
    return [
        f"The run was limited to {_few(run.limited_to)} with --rules; {_few(ids)} {were} not asked in it, so that all "
        f"{what} counts as added."
    ]


def _passed_over(
    run: EarlierRun, at_hand: RuleSet, of_run: Mapping[str, Item], of_change: Collection[str]
) -> list[str]:
    """What rules and overrides at hand do not stand on either side, because the run had others or none."""
    here: dict[str, Item] = {rule.id: rule for rule in at_hand.rules if rule.id not in of_change}
    here |= {item.id: item for item in at_hand.overrides if item.id not in of_change}
    were = {**run.rules, **run.overrides}
    others = [id_ for id_ in here if id_ in of_run and of_run[id_].hash == were[id_] != here[id_].hash]
    strange = [id_ for id_ in here if id_ not in were and not run.options.get("rules")]
    told = {
        "edited since the run, where the run's own version stands on both sides": others,
        "not in the run, and left out on both sides": strange,
    }
    return [f"At hand and {why}: {_few(ids)}." for why, ids in told.items() if ids]


def _few(ids: Iterable[str]) -> str:
    names = sorted(ids)
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _retires(item: Item | None, run: EarlierRun) -> bool:
    """Whether a rule of the change is out of use, by its file, on the day of the run."""
    if not isinstance(item, m.Rule) or item.retired is None:
        return False
    return run.as_of is None or run.as_of >= item.retired.on


def _parts(before: Item | None, after: Item | None, texts: Mapping[str, str]) -> tuple[FileChange, ...]:
    if before is None or after is None or before.hash not in texts or after.hash not in texts:
        return ()
    return file_changes(texts[before.hash], texts[after.hash])


def _of_run(
    run: EarlierRun, at_hand: RuleSet, of_change: Collection[str], files: RuleFiles
) -> tuple[dict[str, Item], list[str]]:
    """The rules and overrides of the run in the version that it used, as far as one is known.

    Those not of the change that are known in another version only stand there in that, and are told in words.
    """
    known: dict[str, Item] = {item.id: as_filed(item) for item in (*at_hand.rules, *at_hand.retired)}
    known |= {item.id: item for item in at_hand.overrides}
    found: dict[str, Item] = {}
    differing = []
    for id_, digest in {**run.rules, **run.overrides}.items():
        item = known.get(id_)
        if (item is None or item.hash != digest) and id_ in run.kept:
            item = files.restored(run.kept[id_], digest) or item
        if item is not None:
            found[id_] = item
        if id_ not in of_change and (item is None or item.hash != digest):
            differing.append(f"{id_} is {'not at hand' if item is None else 'another version'}")
    return found, sorted(differing)


def _check_without(run: EarlierRun, without: Sequence[str], now: Mapping[str, Item]) -> None:
    for id_ in without:
        if id_ in now:
            raise UsageError(
                f"{id_} is to be taken out, and stands in the change",
                where="--without",
                mend="leave out one of the two",
            )
        if id_ not in run.rules and id_ not in run.overrides:
            rule = next((rule for rule, names in run.variants.items() if id_ in names), None)
            raise UsageError(
                f"the run has no rule or override {id_}",
                where="--without",
                why=f"it is a name within {rule}" if rule else "",
                mend=f"take out {rule}" if rule else "run.json lists the rules of the run",
            )


def _check_ids(items: Iterable[Item]) -> None:
    """Every id of a rule, a variant or an override stands once."""
    seen: dict[str, str] = {}
    for item in items:
        ids = {variant.id for variant in item.all_variants} if isinstance(item, m.Rule) else {item.id}
        for id_ in sorted(ids):
            if id_ in seen:
                raise InputRefused(
                    f"rule id {id_} stands twice",
                    where=f"{seen[id_]} and {item.file}",
                    why="an id is never reused",
                    mend="give one of them a new id",
                )
            seen[id_] = item.file


def _rule_set(base: RuleSet, items: Iterable[Item], tables: Iterable[TableSpec]) -> RuleSet:
    """A rule set as :func:`load_packs` makes it, of these rules and overrides, with these tables of packs."""
    items = list(items)
    overrides = [item for item in items if isinstance(item, m.Override)]
    overrides.sort(key=lambda item: item.id)  # the first has its way, as in an audit
    rules = with_parameters([item for item in items if isinstance(item, m.Rule)], overrides)
    rules.sort(key=lambda rule: (rule.stratum, rule.id))
    own = tuple(sorted(tables, key=lambda spec: spec.name))
    return replace(base, rules=tuple(rules), overrides=tuple(overrides), tables=own, hash="")
