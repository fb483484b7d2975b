"""`auditor rules` for who writes rules: lint, fmt, new, schema, baseline."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli.rulesets import PackSource, rulesets_option

_FOLDERS = click.option(
    "--rulesets",
    multiple=True,
    type=PackSource(exists=True, file_okay=False),
    help="Folder of further rule packs (repeatable).",
)
_PATHS = click.argument("names", nargs=-1, metavar="[FILE | FOLDER | ID]...")


def _named(path: Path) -> str:
    """A rule file as the user would name it: from the working folder, else from the project's own rules."""
    from auditor.base.resources import resource_dir

    for place in (Path.cwd(), resource_dir("rulesets").parent):
        if path.resolve().is_relative_to(place):
            return path.resolve().relative_to(place).as_posix()
    return str(path)


@click.command()
@_PATHS
@_FOLDERS
@click.option(
    "--format", "shape", type=click.Choice(["table", "json"]), default="table", help="How to print."
)
@click.option("--strict", is_flag=True, help="Exit 1 for warnings too.")
@click.option(
    "--run/--no-run",
    default=None,
    help="Run the cases inside the files (default: only of files named one by one).",
)
@click.option("--checks", is_flag=True, help="List what is looked for, and end.")
def lint(
    names: tuple[str, ...],
    rulesets: tuple[Path, ...],
    shape: str,
    strict: bool,
    run: bool | None,
    checks: bool,
) -> None:
    """Say what is wrong in rule files, or would be: every file, every problem, with its place and how to mend it.

    Without names: all rules. Exit 1 when there is an error (with --strict: or a warning).
    """
    from auditor.base.resources import resource_dir
    from auditor.workbench.finding_files import files_meant
    from auditor.workbench.lint.rendering import as_json, as_text, summary
    from auditor.workbench.lint.running import CHECKS
    from auditor.workbench.lint.running import lint as look

    if checks:
        for check in CHECKS:
            click.echo(
                f"{check.id} {check.severity:<7} {check.name:<26} {check.why}; {check.recommendation}."
            )
        return
    folders = [resource_dir("rulesets"), *rulesets]
    meant = files_meant(names, folders)
    cases = meant.named if run is None else meant.files if run else ()
    messages = look(meant.files, folders, cases)
    if shape == "json":
        click.echo(as_json(messages, len(meant.files), _named))
    else:
        if messages:
            click.echo(as_text(messages, _named) + "\n")
        click.echo(summary(messages, len(meant.files)))
    if any(message.severity == "error" or strict for message in messages):
        raise SystemExit(1)


@click.command()
@_PATHS
@_FOLDERS
@click.option(
    "--check", is_flag=True, help="Change nothing; name the files that would be changed, and exit 1."
)
def fmt(names: tuple[str, ...], rulesets: tuple[Path, ...], check: bool) -> None:
    """Put rule files into the one layout: order of keys, blanks, line ends. Words and meaning stay as they are."""
    from auditor.base.errors import InputRefused
    from auditor.base.resources import resource_dir
    from auditor.workbench.finding_files import files_meant
    from auditor.workbench.formatting import format_file, write_formatted

    changed = refused = 0
    meant = files_meant(names, [resource_dir("rulesets"), *rulesets])
    for path in meant.files:
        try:
            text = format_file(path)
        except InputRefused as error:
            refused += 1
            click.echo(str(error), err=True)
            continue
        if text is None:
            continue
        changed += 1
        if check:
            click.echo(f"{_named(path)} is not in the layout.")
        else:
            write_formatted(path, text)
            click.echo(f"{_named(path)} put into the layout.")
    total = len(meant.files)
    click.echo(
        f"{total - changed - refused} of {total} files {'are' if check else 'were'} in the layout already."
    )
    if refused or (check and changed):
        raise SystemExit(1)


@click.command()
@click.argument("rule_id", metavar="ID")
@click.option("--family", help="The family (default: told from the id).")
@click.option(
    "--form", default="line", show_default=True, help="What the rule looks at; --form list explains."
)
@click.option(
    "--into", type=click.Path(path_type=Path, file_okay=False), help="Folder (default: that of the family)."
)
@click.option("--title", default="", help="One line: what is found.")
@_FOLDERS
def new(
    rule_id: str, family: str | None, form: str, into: Path | None, title: str, rulesets: tuple[Path, ...]
) -> None:
    """Write a new rule file with what each key is for, and cases that fail until the rule is written.

    With --into a folder that is not there, the folder is made a pack of its own.
    """
    from auditor.base.errors import UsageError
    from auditor.base.resources import resource_dir
    from auditor.rules.model import FAMILIES
    from auditor.workbench.scaffold import FORM_NAMES, make_rule
    from auditor.workbench.scaffold_texts import FORMS

    if form == "list":
        for name in FORM_NAMES:
            about = FORMS[name].about if name in FORMS else _OTHER_FORMS[name]
            click.echo(f"{name:<10} {about}")
        return
    for value, known, option in ((form, FORM_NAMES, "--form"), (family, FAMILIES, "--family")):
        if value is not None and value not in known:
            raise UsageError(f"`{value}` is not known", where=option, mend=f"one of: {', '.join(known)}")
    own = resource_dir("rulesets")
    made = make_rule(
        rule_id, [own, *rulesets], own_rules=own, family=family or "", form=form, into=into, title=title
    )
    if made.pack is not None:
        click.echo(f"{_named(made.pack)} written: the folder is a pack of its own.")
    click.echo(f"{_named(made.file)} written. Two of its cases fail until you put in what the policy says:")
    beside = "" if made.file.resolve().is_relative_to(own) else f" --rulesets {_named(made.file.parent)}"
    click.echo(f"  auditor rules lint {_named(made.file)}")
    click.echo(f"  auditor rules test {rule_id}{beside}")


_OTHER_FORMS = {
    "benchmark": "a provider's share held against peers: an indicator, class risk",
    "override": "a payer's change of what other rules say",
}


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write (default: print)."
)
def schema(out: Path | None) -> None:
    """Print a JSON Schema of the rule file, for completion and hover in an editor.

    Written as rule.schema.json beside or above rule files, `auditor rules new` names it in every new file.
    """
    import json

    from auditor.workbench.schema import rule_schema

    text = json.dumps(rule_schema(), indent=1) + "\n"
    if out is None:
        click.echo(text, nl=False)
        return
    out.write_text(text, encoding="utf-8")
    click.echo(f"{out} written.")


@click.command()
@click.argument("claims", nargs=-1, type=click.Path(path_type=Path, exists=True))
@rulesets_option
@click.option("--rules", "only", multiple=True, help="Only this rule id or family (repeatable).")
@click.option(
    "--lines",
    type=click.IntRange(0, 5_000_000),
    default=20_000,
    show_default=True,
    help="Synthetic clean claim lines; 0 leaves them out.",
)
@click.option("--library", type=click.Path(path_type=Path, file_okay=False), help="Reference library.")
@click.option(
    "--format", "shape", type=click.Choice(["table", "json"]), default="table", help="How to print."
)
def baseline(
    claims: tuple[Path, ...],
    rulesets: tuple[Path, ...],
    only: tuple[str, ...],
    lines: int,
    library: Path | None,
    shape: str,
) -> None:
    """Audit claims that are known to be clean, and tell every finding: there should be none.

    The corpus: synthetic claims without errors, clean_claims of the project's tests, and CLAIMS. Exit 1 when there is a
    definite finding, or any finding of a rule named with --rules; 3 when a pack is broken, for it would find nothing.
    """
    import json

    from auditor.base.resources import resource_dir
    from auditor.workbench.baseline import run_baseline

    own = resource_dir("rulesets").parent / "tests" / "clean_claims"
    kept = (
        tuple(path for path in sorted(own.glob("*")) if path.suffix in {".csv", ".parquet"})
        if own.is_dir()
        else ()
    )
    result = run_baseline((*kept, *claims), lines=lines, rulesets=rulesets, rules=only, library=library)
    if shape == "json":
        click.echo(json.dumps(result.as_dict(), indent=1))
    else:
        click.echo(result.as_text())
    if result.fails:
        raise SystemExit(1)
