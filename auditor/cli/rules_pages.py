"""`auditor rules explain | compile | show | list | docs`: what a rule says, what it becomes, and its page."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli.rulesets import end_for_broken, read_packs
from auditor.cli.rulesets import rulesets_option as folders_option

if TYPE_CHECKING:
    from auditor.rules.condition_words import Said
    from auditor.rules.model import Override, Rule
    from auditor.rules.packs import RuleSet

_CLASSES = ("definite", "probable", "risk")
_STATUSES = ("draft", "experimental", "stable", "deprecated")

_full_option = click.option(
    "--full", is_flag=True, help="Write long lists out; else they are shortened with a count."
)


def _pack(rulesets: Iterable[Path]) -> RuleSet:
    from auditor.base.resources import resource_dir

    return read_packs([resource_dir("rulesets"), *rulesets])


def _named(pack: RuleSet, name: str) -> Rule | Override:
    """The rule or override of that id; the id of a variant names its rule. Raises UsageError with the nearest."""
    import difflib

    from auditor.base.errors import UsageError

    items: dict[str, Rule | Override] = {item.id: item for item in pack.overrides}
    items |= {variant.id: rule for rule in (*pack.retired, *pack.rules) for variant in rule.all_variants}
    upper = {key.upper(): item for key, item in items.items()}
    if name.upper() in upper:
        return upper[name.upper()]
    near = difflib.get_close_matches(name.upper(), list(items), 1)
    raise UsageError(
        f"no rule is called {name}",
        where="ID",
        why="it meets none of the rules loaded",
        mend=f"did you mean {near[0]}?" if near else "see `auditor rules list`",
    )


@click.command()
@folders_option
@click.argument("name", metavar="ID")
@click.option(
    "--run",
    "run_dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Output folder of an audit: ID is then a finding, or the beginning of its id.",
)
@click.option(
    "--claims",
    multiple=True,
    type=click.Path(path_type=Path),
    help="With --run: the claims of that run, to know every field of the lines (repeatable).",
)
@_full_option
def explain(
    rulesets: tuple[Path, ...], name: str, run_dir: Path | None, claims: tuple[Path, ...], full: bool
) -> None:
    """Say in words what the rule ID does, or with --run why the finding ID was made."""
    from auditor.base.errors import UsageError

    if run_dir is None and claims:
        raise UsageError("--claims goes with --run", mend="name the output folder of the audit with --run")
    pack = _pack(rulesets)
    if run_dir is not None:
        from auditor.workbench.reasoned import explain_finding

        click.echo(explain_finding(pack, run_dir, name, claims, full=full), nl=False)
        return
    from auditor.rules.model import Rule
    from auditor.rules.phrasing import phrase, phrase_override

    item = _named(pack, name)
    click.echo(f"{item.id}: {item.title}")
    for passage in phrase(item, full=full) if isinstance(item, Rule) else phrase_override(item, full=full):
        click.echo(f"\n{passage.heading}")
        _say(passage.said, 1)
    if not full:
        click.echo("\nLists of many values are shortened; --full writes them out.")


def _say(said: Iterable[Said], depth: int) -> None:
    for item in said:
        click.echo(f"{'  ' * depth}- {item.text}")
        _say(item.parts, depth + 1)


@click.command("compile")
@folders_option
@click.argument("name", metavar="ID")
def compile_rule(rulesets: tuple[Path, ...], name: str) -> None:
    """Print what the rule ID becomes: its SQL, and the facts and rules of the engine."""
    from auditor.base.errors import UsageError
    from auditor.rules.model import Rule
    from auditor.workbench.compiled import as_text, compile_one

    pack = _pack(rulesets)
    item = _named(pack, name)
    if not isinstance(item, Rule):
        raise UsageError(
            f"{item.id} is an override",
            why="it finds nothing of its own",
            mend="compile one of the rules it names",
        )
    click.echo(as_text(item, compile_one(item, pack)), nl=False)


@click.command()
@folders_option
@click.argument("name", metavar="ID")
@_full_option
def show(rulesets: tuple[Path, ...], name: str, full: bool) -> None:
    """Print the page of the rule ID."""
    from auditor.rules.model import Rule
    from auditor.workbench.pages import override_page, rule_page

    item = _named(_pack(rulesets), name)
    text = rule_page(item, picture=False, full=full) if isinstance(item, Rule) else override_page(item)
    if not sys.stdout.isatty():
        click.echo(text, nl=False)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(text.replace("<br>", "; ")))


@click.command("list")
@folders_option
@click.option("--family", multiple=True, help="Only rules of this family (repeatable).")
@click.option(
    "--class", "classes", multiple=True, type=click.Choice(_CLASSES), help="Only of this class (repeatable)."
)
@click.option(
    "--status", multiple=True, type=click.Choice(_STATUSES), help="Only of this status (repeatable)."
)
@click.option("--payer", help="Only rules and overrides that name this payer.")
@click.option("--pack", "pack_id", help="Only the rules of this pack.")
@click.option(
    "--format", "shape", type=click.Choice(["table", "json"]), default="table", help="How to print."
)
def list_rules(
    rulesets: tuple[Path, ...],
    family: tuple[str, ...],
    classes: tuple[str, ...],
    status: tuple[str, ...],
    payer: str | None,
    pack_id: str | None,
    shape: str,
) -> None:
    """Print every rule with family, class and title; the options narrow it down.

    Exit 3 when a pack is broken, once the rules of the others are printed.
    """
    from auditor.base.errors import UsageError
    from auditor.rules.model import FAMILIES

    unknown = [name for name in family if name not in FAMILIES]
    if unknown:
        raise UsageError(
            f"no family is called {unknown[0]}", where="--family", mend=f"one of {', '.join(FAMILIES)}"
        )
    pack = _pack(rulesets)
    if pack_id is not None and pack_id not in {item.id for item in pack.packs}:
        known = ", ".join(item.id for item in pack.packs)
        raise UsageError(f"no pack is called {pack_id}", where="--pack", mend=f"packs here: {known}")
    rows = [
        row
        for row in _rows(pack)
        if (not family or row["family"] in family)
        and (not classes or row["class"] in classes)
        and (not status or row["status"] in status)
        and (payer is None or payer in row["payers"])
        and (pack_id is None or row["pack"] == pack_id)
    ]
    if shape == "json":
        click.echo(json.dumps(rows, indent=1))
    else:
        for row in rows:
            old = f" (retired on {row['retired']})" if row["retired"] else ""
            shown = row["class"] or row["action"]
            click.echo(
                f"{row['id']:<16} {row['catalogue_id']:<8} {row['family']:<10} {shown:<13} {row['title']}{old}"
            )
        if not rows:
            click.echo("No rule meets that.", err=True)
    end_for_broken(pack)


def _rows(pack: RuleSet) -> list[dict[str, Any]]:
    rows = [
        {
            "id": variant.id,
            "catalogue_id": variant.catalogue_id,
            "family": rule.family,
            "class": variant.class_rule.base,
            "severity": variant.severity,
            "status": rule.status,
            "retired": rule.retired.on.isoformat() if rule in pack.retired and rule.retired else "",
            "action": "",
            "title": variant.title,
            "payers": list(rule.scope.payer_id),
            "pack": _pack_id(pack, rule.id),
            "file": rule.file,
        }
        for rule in (*pack.rules, *pack.retired)
        for variant in rule.all_variants
    ]
    return rows + [
        {
            "id": item.id,
            "catalogue_id": "",
            "family": "override",
            "class": "",
            "severity": "",
            "status": "",
            "retired": "",
            "action": item.action,
            "title": item.title,
            "payers": _payers(item),
            "pack": _pack_id(pack, item.id),
            "file": item.file,
        }
        for item in pack.overrides
    ]


def _pack_id(pack: RuleSet, rule_id: str) -> str:
    found = pack.pack_of(rule_id)
    return found.id if found is not None else ""


def _payers(override: Override) -> list[str]:
    """The payers that an override's condition names."""
    from auditor.rules.conditions import tests_of

    named: list[str] = []
    for test in tests_of(override.when):
        if test.field.name == "payer_id":
            values = test.value if isinstance(test.value, tuple) else (test.value,)
            named += [value for value in values if isinstance(value, str)]
    return named


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8", errors="replace") == text


@click.command()
@folders_option
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("docs/rules"),
    show_default=True,
    help="Folder of the pages.",
)
@click.option(
    "--check", is_flag=True, help="Write nothing; exit 1 when a page is missing, differs or is of no rule."
)
def docs(rulesets: tuple[Path, ...], out: Path, check: bool) -> None:
    """Write a page for every rule, with its diagram, an index by family, and the tables of rules beside them.

    Exit 3 when a pack is broken, once the pages of the others are written; no page is removed then.
    """
    from auditor.workbench.pages import differing, pages, write_pages
    from auditor.workbench.rule_tables import beside

    pack = _pack(rulesets)
    made = pages(pack)
    tables = {path: text for path, text in beside(out, pack).items() if not _holds(path, text)}
    if pack.broken and out.is_dir():
        spared = [name for name in differing(made, out) if name not in made]
        made |= {name: (out / name).read_text(encoding="utf-8", errors="replace") for name in spared}
    if not check:
        written, removed = write_pages(made, out)
        for path, text in tables.items():
            path.write_text(text, encoding="utf-8", newline="\n")
            click.echo(f"{path}: the table of rules is new.")
        click.echo(
            f"{len(made):,} files in {out}: {written:,} written, {removed:,} removed, the rest as they were."
        )
        end_for_broken(pack)
        return
    stale = differing(made, out)
    for name in stale:
        why = "is missing" if not (out / name).exists() else "differs" if name in made else "is of no rule"
        click.echo(f"{name} {why}", err=True)
    for path in tables:
        click.echo(f"{path}: the table of rules differs", err=True)
    stale += [str(path) for path in tables]
    if stale:
        click.echo(f"{len(stale):,} pages are not as the rules are. Run `auditor rules docs`.", err=True)
    end_for_broken(pack)
    if stale:
        raise SystemExit(1)
    click.echo(f"{len(made):,} files are as the rules are.")
