"""`auditor rules`: list the rules, and run the tests that stand inside them."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.group()
def rules() -> None:
    """The rules: what there are, and whether each does what its own cases say."""


_FOLDERS = click.option(
    "--rulesets", multiple=True, type=click.Path(path_type=Path), help="Folder of further rule packs (repeatable)."
)


@rules.command("list")
@_FOLDERS
@click.option("--format", "shape", type=click.Choice(["table", "json"]), default="table", help="How to print.")
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
        click.echo(f"{row['id']:<16} {row['catalogue_id']:<8} {row['family']:<10} {row['class']:<9} {row['title']}")


@rules.command("test")
@_FOLDERS
@click.argument("ids", nargs=-1)
def test_rules(rulesets: tuple[Path, ...], ids: tuple[str, ...]) -> None:
    """Run the inline cases of all rules, or of those named; exit 1 when one does not hold."""
    from auditor.base.resources import resource_dir
    from auditor.rules.packs import load_packs
    from auditor.workbench.inline_tests import run_rule_tests

    found = load_packs([resource_dir("rulesets"), *rulesets])
    failed = total = 0
    for rule in found.rules:
        if ids and not {rule.id, rule.family} & set(ids):
            continue
        for result in run_rule_tests(rule, found):
            total += 1
            if result.problem:
                failed += 1
                click.echo(f"{result.rule_id}: {result.name}: {result.problem}", err=True)
    click.echo(f"{total - failed} of {total} cases hold.")
    if failed:
        raise SystemExit(1)
