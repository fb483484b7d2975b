"""`auditor rules`: the group of commands, what rules there are, and whether the cases inside them hold."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.cli.late_group import LateGroup
from auditor.cli.rulesets import rulesets_option

if TYPE_CHECKING:
    from auditor.rules.model import Rule
    from auditor.rules.packs import RuleSet

FURTHER: Mapping[str, str] = {
    "list": "auditor.cli.rules_pages:list_rules",
    "new": "auditor.cli.rules_author:new",
    "fmt": "auditor.cli.rules_author:fmt",
    "lint": "auditor.cli.rules_author:lint",
    "schema": "auditor.cli.rules_author:schema",
    "fields": "auditor.cli.rules_fields:fields",
    "baseline": "auditor.cli.rules_author:baseline",
    "impact": "auditor.cli.rules_impact:impact",
    "explain": "auditor.cli.rules_pages:explain",
    "compile": "auditor.cli.rules_pages:compile_rule",
    "show": "auditor.cli.rules_pages:show",
    "docs": "auditor.cli.rules_pages:docs",
    "pack": "auditor.cli.rules_pack:pack",
    "keygen": "auditor.cli.rules_pack:keygen",
    "verify": "auditor.cli.rules_pack:verify",
    "install": "auditor.cli.rules_pack:install",
    "distrust": "auditor.cli.rules_pack:distrust",
    "packs": "auditor.cli.rules_pack:packs",
}
"""Commands that stand in modules of their own, imported when they are asked for."""


@click.group(cls=LateGroup, late=FURTHER)
def rules() -> None:
    """The rules: what there are, whether each does what its own cases say, and how to write one."""


@rules.command("test")
@rulesets_option
@click.argument("names", nargs=-1, metavar="[FILE | FOLDER | ID]...")
def test_rules(rulesets: tuple[Path, ...], names: tuple[str, ...]) -> None:
    """Run the cases inside rule files: of all rules and overrides, or of those named by file, folder, id or family.

    A file that lies in no pack named is tested with the pack that it lies in. Exit 1 when a case does not hold, or what
    was named has none; 3 when a pack is broken, once the others are done.
    """
    from auditor.base.resources import resource_dir
    from auditor.cli.rulesets import end_for_broken, read_packs
    from auditor.rules.model import FAMILIES, Override
    from auditor.workbench.finding_files import files_meant, is_path, packs_around
    from auditor.workbench.inline_tests import run_tests

    folders = [resource_dir("rulesets"), *rulesets]
    paths = [name for name in names if is_path(name)]
    meant = files_meant(paths, folders) if paths else None
    files = meant.files if meant is not None else ()
    found = read_packs(packs_around(files, folders))
    hashes = {_digest(file) for file in files}
    alone = {_digest(file) for file in meant.named} if meant is not None else set()
    called = {item.id: {item.id} for item in found.overrides}
    called |= {rule.id: _names(rule) for rule in found.rules}
    ids = set(names) - set(paths)
    _check_known(ids, set().union(*called.values()), found)
    failed = total = without = 0
    items: tuple[Rule | Override, ...] = (*found.rules, *found.overrides)
    for item in items:
        if names and item.hash not in hashes and not called[item.id] & ids:
            continue
        if not item.tests and (item.hash in alone or called[item.id] & ids - set(FAMILIES)):
            without += 1
            click.echo(f"{item.id} has no cases, so nothing shows that it does what it says.", err=True)
        for result in run_tests(item, found):
            total += 1
            if result.problem:
                failed += 1
                click.echo(f"{result.rule_id}: {result.name}: {result.problem}", err=True)
    for rule in found.retired:
        if rule.hash in hashes:
            click.echo(_retired(rule.id, rule), err=True)
    click.echo(f"{total - failed} of {total} cases hold.")
    end_for_broken(found)
    if failed or without or (names and not total):
        raise SystemExit(1)


def _digest(file: Path) -> str:
    from auditor.rules.yaml_strict import MAX_BYTES, read_bytes

    return hashlib.sha256(read_bytes(file, MAX_BYTES)).hexdigest()


def _names(rule: Rule) -> set[str]:
    """What a rule may be called by: its family, its id and those of its variants."""
    return {rule.family, *(variant.id for variant in rule.all_variants)}


def _retired(name: str, rule: Rule) -> str:
    """That a rule is out of use, and since when."""
    since = rule.retired.on.isoformat() if rule.retired is not None else "an unknown day"
    return f"{name} is retired on {since}, so its cases are not run."


def _check_known(ids: set[str], known: set[str], found: RuleSet) -> None:
    """Raises UsageError (exit 2) for the first id that meets no rule that is run, nor one of a broken pack."""
    from auditor.base.errors import UsageError

    lost = {name for item in found.unread for name in (item.id, item.family, *item.names)}
    for name in sorted(ids - known - lost):
        retired = next((rule for rule in found.retired if name in _names(rule)), None)
        if retired is not None:
            what = _retired(name, retired) if name != retired.family else f"all rules of {name} are retired"
            raise UsageError(what.rstrip("."), where="IDS", mend="name another one")
        near = difflib.get_close_matches(name, known, 1)
        raise UsageError(
            f"no rule or family is called {name}",
            where="IDS",
            mend=f"did you mean {near[0]}?" if near else "see `auditor rules list`",
        )
