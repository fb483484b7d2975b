"""Rules of the house that a machine can check, over every text file of the repository."""

import ast
import csv
import io
import re
import shlex
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import click
import pytest

from auditor.cli.main import auditor

ROOT = Path(__file__).resolve().parent.parent
TEXT = {".py", ".md", ".yaml", ".yml", ".csv", ".toml", ".sh", ".j2", ".js", ".css", ".html", ".txt", ""}
LONGEST_MODULE = 450

# Written in halves, so that this file does not find itself.
BANNED_WORDS = ["fra" + "ud"]
# These hold the words that no report may use.
WORD_LISTS = ("auditor/reports/wording.py:", "tests/reports/test_wording.py:")
UNFINISHED = ["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK", "raise NotImplemented" + "Error"]
MACHINE_PATHS = ["/wo" + "rk/", "/tm" + "p/", "/ro" + "ot/", "/fa" + "rm/", "/ho" + "me/"]
# Fragments that stand in the AMA's descriptors and in no plain sentence of ours.
DESCRIPTOR_MARKS = [
    "list separately in " + "addition to",
    "separate " + "procedure)",
    "when " + "performed)",
    "medically appropriate " + "history",
    "office or other " + "outpatient visit",
    "must be met or " + "exceeded",
    "physician or other qualified health care " + "professional",
]
DESCRIPTOR_COLUMNS = re.compile(
    r"^((long|short|full|consumer|clinician)[ _])?desc(r|riptors?|riptions?)?$", re.I
)


@cache
def repository_files():
    """Every text file that git knows or would add, as (path from the root, its text)."""
    listing = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(listing, check=True, capture_output=True, text=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout: which files belong to the repository cannot be told")
    paths = [ROOT / name for name in sorted(set(names)) if name]
    return [
        (path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for path in paths
        if path.suffix in TEXT and path.is_file()
    ]


def occurrences(words, *, pattern=r"\b{}\b", flags=0, suffixes=None):
    """Places ``file:line`` where one of `words` stands."""
    search = re.compile("|".join(pattern.format(re.escape(word)) for word in words), flags)
    return [
        f"{name}:{number}: {line.strip()[:80]}"
        for name, text in repository_files()
        if name != "LICENSE" and (suffixes is None or Path(name).suffix in suffixes)
        for number, line in enumerate(text.splitlines(), 1)
        if search.search(line)
    ]


def test_the_listing_sees_the_repository():
    names = {name for name, _ in repository_files()}
    assert {"README.md", "Makefile", "auditor/cli/main.py", "tests/test_code_health.py"} <= names
    assert not [name for name in names if name.startswith(".venv")]


def test_no_module_is_long():
    lengths = {name: text.count("\n") for name, text in repository_files() if name.endswith(".py")}
    assert {name: n for name, n in lengths.items() if n > LONGEST_MODULE} == {}


def test_no_banned_word():
    found = occurrences(BANNED_WORDS, pattern="{}", flags=re.IGNORECASE)
    assert [place for place in found if not place.startswith(WORD_LISTS)] == []


def test_no_path_of_a_developers_machine():
    allowed = re.compile(r"tmp_path|tempfile")
    assert [o for o in occurrences(MACHINE_PATHS, pattern=r"(?<![\w.]){}") if not allowed.search(o)] == []


def test_nothing_is_marked_unfinished():
    code = {".py", ".j2", ".js", ".sh", ""}
    # An indicator of the fee schedule ("the concept does not apply") looks like one of the marks.
    indicator = UNFINISHED[2]
    marks = [mark for mark in UNFINISHED if mark != indicator]
    assert occurrences(marks, suffixes=code | {".yaml", ".yml"}) == []
    found = occurrences([indicator], suffixes=code)
    assert [m for m in found if not re.search(rf"""['" ]{indicator}['" ]""", m)] == []


def test_no_module_is_called_utils():
    names = [Path(name).stem for name, _ in repository_files() if name.endswith(".py")]
    assert {"util", "utils", "helpers", "common", "misc"} & set(names) == set()


# ---- AMA descriptors -----------------------------------------------------------------------------


def test_no_phrase_of_a_cpt_descriptor():
    assert occurrences(DESCRIPTOR_MARKS, pattern="{}", flags=re.IGNORECASE) == []


def test_no_table_of_codes_has_a_column_of_descriptions():
    columns = []
    for name, text in repository_files():
        if name.endswith(".csv"):
            header = next(csv.reader(io.StringIO(text)), [])
            columns += [f"{name}: {column}" for column in header if DESCRIPTOR_COLUMNS.match(column.strip())]
    assert columns == []


def test_the_guard_would_see_a_column_of_descriptions():
    assert DESCRIPTOR_COLUMNS.match("Long Description")
    assert DESCRIPTOR_COLUMNS.match("descriptor")
    assert not DESCRIPTOR_COLUMNS.match("rationale")


# ---- the command line says what it does ----------------------------------------------------------


def commands(group: click.Group, context: click.Context, words=("auditor",)):
    """Every command below `group`, as (words, command)."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*words, name), command
        if isinstance(command, click.Group):
            below = click.Context(command, info_name=name, parent=context)
            yield from commands(command, below, (*words, name))


def all_commands():
    return list(commands(auditor, click.Context(auditor, info_name="auditor")))


def test_every_command_says_what_it_does():
    assert [" ".join(words) for words, command in all_commands() if not command.get_short_help_str()] == []


def test_every_option_has_help():
    without = [
        f"{' '.join(words)} {'/'.join(parameter.opts)}"
        for words, command in all_commands()
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.help
    ]
    assert without == []


# ---- what the documents promise exists -----------------------------------------------------------

DOCUMENTS = ["README.md", "CONTRIBUTING.md"]


def fenced_lines(name):
    """Lines inside code fences of a document, a trailing backslash joined with the next line."""
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", (ROOT / name).read_text(encoding="utf-8"), re.S | re.M)
    return [line.strip() for block in blocks for line in block.replace("\\\n", " ").splitlines()]


def documented_calls(name):
    """Calls of the program in a document's code blocks, as words after ``auditor``."""
    lines = [re.sub(r"^(\$ )?(\.venv/bin/)?(?=auditor )", "", line) for line in fenced_lines(name)]
    return [shlex.split(line, comments=True)[1:] for line in lines if re.match(r"auditor [a-z-]", line)]


def unknown_words(call):
    """Words of a documented call that name no command or option of the program."""
    command: click.Command = auditor
    context, words = click.Context(auditor), list(call)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        below = command.get_command(context, words[0])
        if below is None:
            return words[:1]
        command, context = below, click.Context(below, parent=context)
        words.pop(0)
    options = {"--help", "--version"}
    for parameter in command.params:
        options |= {*parameter.opts, *parameter.secondary_opts}
    return [word for word in words if word.startswith("--") and word.split("=")[0] not in options]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_commands_and_options_in_the_documents_exist(name):
    unknown = {" ".join(call): unknown_words(call) for call in documented_calls(name)}
    assert {call: words for call, words in unknown.items() if words} == {}


def test_the_readme_shows_the_program():
    assert documented_calls("README.md")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_make_targets_in_the_documents_exist(name):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))
    text = (ROOT / name).read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.M))
    assert named - targets == set()
    assert {"demo", "test"} <= targets


def test_files_named_in_the_documents_exist():
    missing = []
    for name in [*DOCUMENTS, "benchmarks/README.md"]:
        text = (ROOT / name).read_text(encoding="utf-8")
        links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", text)
        missing += [f"{name}: {link}" for link in links if not (ROOT / name).parent.joinpath(link).exists()]
    assert missing == []


# ---- dependencies --------------------------------------------------------------------------------

DISTRIBUTION_OF = {
    "durable": "durable-rules",
    "durable_rules_engine": "durable-rules",
    "msoffcrypto": "msoffcrypto-tool",
    "yaml": "pyyaml",
}


def test_the_imports_of_the_package_are_its_declared_dependencies():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    # The extras that a user may install; the others are for developers.
    wanted = project["dependencies"] + project["optional-dependencies"]["password"]
    declared = {re.split(r"[<>=!~\[; ]", d)[0].lower() for d in wanted}
    imported = set()
    for name, text in repository_files():
        if not (name.startswith("auditor/") and name.endswith(".py")):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
    foreign = imported - set(sys.stdlib_module_names) - {"auditor"}
    assert {DISTRIBUTION_OF.get(name, name.lower()) for name in foreign} == declared


def test_no_folders_name_is_taken_for_a_column() -> None:
    """DuckDB makes columns of folders called `name=value`, which a user may have, unless it is told not to."""
    reads = re.compile(r"(?<![_.])read_(?:parquet|csv)\(")
    bare = [
        f"{path.relative_to(ROOT)}: {found.group()}"
        for path in sorted((ROOT / "auditor").rglob("*.py"))
        for text in [path.read_text(encoding="utf-8")]
        for found in reads.finditer(text)
        if "hive_partitioning=false" not in text[found.start() : found.start() + 160].replace(" ", "")
    ]
    assert bare == []
