"""`auditor rules`: list the rules, and run the tests that stand inside them."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.group()
def rules() -> None:
    """The rules: what there are, and whether each does what its own cases say."""


_FOLDERS = click.option(
    "--rulesets",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Folder of further rule packs (repeatable).",
)


@rules.command("list")
@_FOLDERS
@click.option(
    "--format", "shape", type=click.Choice(["table", "json"]), default="table", help="How to print."
)
def list_rules(rulesets: tuple[Path, ...], shape: str) -> None:
    """Print every rule with family, class and title."""
    from auditor.base.resources import resource_dir
    from auditor.rules.packs import load_packs

    found = load_packs([resource_dir("rulesets"), *rulesets])
    rows = [
        {
            "id": variant.id,
            "catalogue_id": variant.catalogue_id,
            "family": rule.family,
            "class": variant.class_rule.base,
            "severity": variant.severity,
            "status": rule.status,
            "title": variant.title,
            "file": rule.file,
        }
        for rule in found.rules
        for variant in rule.all_variants
    ]
    if shape == "json":
        click.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        click.echo(
            f"{row['id']:<16} {row['catalogue_id']:<8} {row['family']:<10} {row['class']:<9} {row['title']}"
        )


@rules.command("test")
@_FOLDERS
@click.argument("ids", nargs=-1)
def test_rules(rulesets: tuple[Path, ...], ids: tuple[str, ...]) -> None:
    """Run the inline cases of all rules and overrides, or of those named (IDS: rule ids or families).

    Exit 1 when a case does not hold.
    """
    from auditor.base.errors import UsageError
    from auditor.base.resources import resource_dir
    from auditor.rules.model import Override, Rule
    from auditor.rules.packs import load_packs
    from auditor.workbench.inline_tests import run_tests

    found = load_packs([resource_dir("rulesets"), *rulesets])
    names = {item.id: {item.id} for item in found.overrides}
    names |= {rule.id: {rule.family, *(variant.id for variant in rule.all_variants)} for rule in found.rules}
    unknown = set(ids) - set().union(*names.values())
    if unknown:
        raise UsageError(
            f"no rule or family is called {min(unknown)}",
            where="IDS",
            why="it meets none of the rules loaded",
            mend="see `auditor rules list`",
        )
    failed = total = 0
    items: tuple[Rule | Override, ...] = (*found.rules, *found.overrides)
    for item in items:
        if ids and not names[item.id] & set(ids):
            continue
        for result in run_tests(item, found):
            total += 1
            if result.problem:
                failed += 1
                click.echo(f"{result.rule_id}: {result.name}: {result.problem}", err=True)
    click.echo(f"{total - failed} of {total} cases hold.")
    if failed:
        raise SystemExit(1)
