"""`auditor rules`: the group of commands, what rules there are, and whether the cases inside them hold."""

from __future__ import annotations

import difflib
import hashlib
import importlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path

import click

FURTHER: Mapping[str, str] = {
    "list": "auditor.cli.rules_pages:list_rules",
    "new": "auditor.cli.rules_author:new",
    "fmt": "auditor.cli.rules_author:fmt",
    "lint": "auditor.cli.rules_author:lint",
    "schema": "auditor.cli.rules_author:schema",
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
    "packs": "auditor.cli.rules_pack:packs",
}
"""Commands that stand in modules of their own, imported when they are asked for."""


class RulesGroup(click.Group):
    """The group of the rule author's commands; those of `FURTHER` are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands of this module, then the others in the order of an author's work."""
        return [*self.commands, *(name for name in FURTHER if self.get_command(ctx, name) is not None)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name with ``--debug``, or None where there is none."""
        if cmd_name in self.commands or cmd_name not in FURTHER:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = FURTHER[cmd_name].partition(":")
        if importlib.util.find_spec(module) is None:
            return None
        command: click.Command | None = getattr(importlib.import_module(module), attribute, None)
        if command is not None and not any("--debug" in parameter.opts for parameter in command.params):
            command.params.append(
                click.Option(
                    ["--debug"], is_flag=True, expose_value=False, help="Show a traceback on an error."
                )
            )
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, and names the nearest command when the one asked for does not exist."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise click.UsageError(f"{error.message}{hint}", ctx) from None


@click.group(cls=RulesGroup)
def rules() -> None:
    """The rules: what there are, whether each does what its own cases say, and how to write one."""


_FOLDERS = click.option(
    "--rulesets",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Folder of further rule packs (repeatable).",
)


@rules.command("test")
@_FOLDERS
@click.argument("names", nargs=-1, metavar="[FILE | FOLDER | ID]...")
def test_rules(rulesets: tuple[Path, ...], names: tuple[str, ...]) -> None:
    """Run the cases inside rule files: of all rules and overrides, or of those named by file, folder, id or family.

    A file that lies in no pack named is tested with the pack that it lies in. Exit 1 when a case does not hold.
    """
    from auditor.base.resources import resource_dir
    from auditor.rules.model import Override, Rule
    from auditor.rules.packs import load_packs
    from auditor.workbench.finding_files import files_meant, is_path, packs_around
    from auditor.workbench.inline_tests import run_tests

    folders = [resource_dir("rulesets"), *rulesets]
    paths = [name for name in names if is_path(name)]
    files = files_meant(paths, folders).files if paths else ()
    found = load_packs(packs_around(files, folders))
    hashes = {hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    called = {item.id: {item.id} for item in found.overrides}
    called |= {rule.id: {rule.family, *(variant.id for variant in rule.all_variants)} for rule in found.rules}
    ids = set(names) - set(paths)
    _check_known(ids, set().union(*called.values()), [rule.id for rule in found.retired])
    failed = total = 0
    items: tuple[Rule | Override, ...] = (*found.rules, *found.overrides)
    for item in items:
        if names and item.hash not in hashes and not called[item.id] & ids:
            continue
        for result in run_tests(item, found):
            total += 1
            if result.problem:
                failed += 1
                click.echo(f"{result.rule_id}: {result.name}: {result.problem}", err=True)
    click.echo(f"{total - failed} of {total} cases hold.")
    if failed:
        raise SystemExit(1)


def _check_known(ids: set[str], known: set[str], retired: list[str]) -> None:
    """Raises UsageError (exit 2) for the first id that meets no rule that is run."""
    from auditor.base.errors import UsageError

    for name in sorted(ids - known):
        near = difflib.get_close_matches(name, known, 1)
        raise UsageError(
            f"{name} is retired, so its cases are not run"
            if name in retired
            else f"no rule or family is called {name}",
            where="IDS",
            mend="name another one"
            if name in retired
            else f"did you mean {near[0]}?"
            if near
            else "see `auditor rules list`",
        )
