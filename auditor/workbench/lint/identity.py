"""R1: what a rule is called and where it lies."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

from auditor.rules import model as m
from auditor.workbench import grammar
from auditor.workbench.formatting import RULE_ORDER, formatted, order_of
from auditor.workbench.lint.messages import Found, Keys, Register, Spot
from auditor.workbench.lint.subject import Subject

register = Register()
_ID = re.compile(grammar.ID_PATTERN)
_CATALOGUE = re.compile(r"[A-Z]{2,6}-(?:[A-Z0-9]{1,6}-)*[0-9]{1,4}[a-z]?\Z")


def _ids(subject: Subject) -> list[tuple[Keys, str]]:
    """The file's own id and those of its variants."""
    found: list[tuple[Keys, str]] = []
    for keys in [("id",), *((*keys, "id") for keys, _ in subject.mappings("variants"))]:
        value = subject.under(*keys)
        if isinstance(value, str):
            found.append((keys, value))
    return found


@register.check(
    "R101", "id-form", "error", "an id is said on the phone, sorted in lists and never changed",
    "write <FAMILY>-<TOPIC>-<NNN>, as in NCCI-PTP-001",
)  # fmt: skip
def id_form(subject: Subject) -> Iterator[Found]:
    """An id that is not of the form of ids."""
    for keys, name in _ids(subject):
        if not _ID.fullmatch(name):
            yield Found(keys, f"`{name}` is no id", value=True)


@register.check("R102", "file-name", "error", "a rule is found by its id", "rename the file")
def file_name(subject: Subject) -> Iterator[Found]:
    """A file whose name does not begin with the id of its rule."""
    name = subject.under("id")
    if not isinstance(name, str) or not _ID.fullmatch(name):
        return
    if not re.fullmatch(rf"{re.escape(name)}_[a-z0-9]+(_[a-z0-9]+)*\.yaml", subject.source.path.name):
        yield Found(
            ("id",), f"the file is called {subject.source.path.name}, its rule {name}", value=True,
            mend=f"rename it {name}_<what_it_finds>.yaml, in small letters joined by _",
        )  # fmt: skip


_FOLDERS = {
    "ptp": "ncci/ptp",
    "mue": "ncci/mue",
    "addon": "ncci/addon",
}
"""Families that lie in a folder of another name."""


def folder_of(family: str) -> str:
    """The folder, under `rulesets/`, of the project's own rules of a family."""
    return _FOLDERS.get(family, family)


@register.check(
    "R103", "folder", "warning", "a reader looks for a rule under its family, for a payer's under the payer",
    "move the file",
)  # fmt: skip
def folder(subject: Subject) -> Iterator[Found]:
    """A rule of the project that lies in another family's folder, or a payer's change outside `payers/`."""
    parts = subject.source.path.resolve().parent.parts
    if "rulesets" not in parts:
        return
    below = parts[len(parts) - parts[::-1].index("rulesets") :]
    if below[:1] == ("payers",):
        if len(below) < 2:
            yield Found(
                ("id",), "the file lies beside the payers, not in one of their folders", mend="make a folder"
            )
        return
    family = subject.under("family")
    if subject.is_override or family == "payer":
        yield Found(
            ("family",),
            "a payer's own file lies outside `payers/<payer>/`",
            mend="move it to rulesets/payers/<payer>/",
        )
    elif isinstance(family, str) and family in m.FAMILIES and "/".join(below) != folder_of(family):
        yield Found(
            ("family",), f"a rule of the family {family} lies in {'/'.join(below) or 'rulesets'}/",
            mend=f"move it to {folder_of(family)}/", value=True,
        )  # fmt: skip


@register.check(
    "R104", "id-twice", "error", "an id is never used twice: findings of two rules would be taken for one's",
    "give one of them a new id",
)  # fmt: skip
def id_twice(subject: Subject) -> Iterator[Found]:
    """An id that another file, or another variant of this one, has too."""
    own = [name for _, name in _ids(subject)]
    for at, (keys, name) in enumerate(_ids(subject)):
        if name in own[:at]:
            yield Found(keys, f"{name} stands twice in this file", value=True)
        others = [
            path for path in subject.around.holders.get(name, ()) if not _same(path, subject.source.path)
        ]
        if others:
            yield Found(keys, f"{name} is the id of {others[0].name} too", value=True)


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


@register.check(
    "R105", "catalogue-id", "warning", "the catalogue's row is printed in the coverage of an audit",
    "name the row, as in PTP-02",
)  # fmt: skip
def catalogue_id(subject: Subject) -> Iterator[Found]:
    """A catalogue id that cannot be one."""
    for keys in [("catalogue_id",), *((*keys, "catalogue_id") for keys, _ in subject.mappings("variants"))]:
        value = subject.under(*keys)
        if isinstance(value, str) and not _CATALOGUE.match(value):
            yield Found(keys, f"`{value}` is no row of a catalogue", value=True)


@register.check(
    "R106", "layout", "warning", "rules in one order are compared and reviewed faster",
    "run `auditor rules fmt` on the file",
)  # fmt: skip
def layout(subject: Subject) -> Iterator[Found]:
    """Keys in another order, or blanks, than fmt writes."""
    if subject.source.data is None or subject.source.refused or set(subject.data) - set(RULE_ORDER):
        return
    keys = list(subject.data)
    wanted = order_of(keys)
    for key, right in zip(keys, wanted, strict=True):
        if key != right:
            yield Found((key,), f"`{key}` stands where `{right}` comes first")
            return
    text = "\n".join(subject.source.lines) + "\n"
    try:
        mended = formatted(text)
    except ValueError:
        return
    if mended != text:
        lines, new = text.splitlines(), mended.splitlines()
        at = next((at for at, pair in enumerate(zip(lines, new, strict=False)) if pair[0] != pair[1]), 0)
        yield Found(Spot(at + 1, 1, max(1, len(lines[at]))), "blanks or comments are not as fmt writes them")


@register.check(
    "R107", "unknown-related", "warning", "the reader is sent to a rule that is not there",
    "correct the id, or load the pack that holds it with --rulesets",
)  # fmt: skip
def unknown_related(subject: Subject) -> Iterator[Found]:
    """A related rule that is not loaded."""
    for keys, item in subject.mappings("related"):
        name = item.get("id")
        if isinstance(name, str) and name not in subject.around.holders:
            near = difflib.get_close_matches(name, list(subject.around.holders), 1)
            yield Found(
                (*keys, "id"),
                f"no rule is called {name}",
                mend=f"did you mean `{near[0]}`?" if near else "",
                value=True,
            )
