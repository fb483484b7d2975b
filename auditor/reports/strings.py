"""The texts of the page out of one catalogue, `strings.yaml` beside the templates; a user's folder may change some.

A text that is not there, a value that it lacks and a text of the user's that the page never says are errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any, Final

from auditor.base.errors import InputRefused
from auditor.reports.user_yaml import read_user_yaml
from auditor.rules.yaml_strict import read_yaml

CATALOGUE: Final = "strings.yaml"
SCRIPT: Final = "script"
"""The part of the catalogue that the script of the page says."""
_UNITS: Final = "unit"

Text = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Strings:
    """The catalogue: texts by 'part.name'. Call it with a name and the values that the text has places for."""

    texts: Mapping[str, Text]

    def __call__(self, name: str, /, **values: object) -> str:
        """The text `name` with its values. Raises KeyError for a text or a value that is not there."""
        text = self.texts[name]
        if not isinstance(text, str):
            raise KeyError(name)
        return text.format_map(values)

    def listed(self, name: str) -> tuple[str, ...]:
        """The texts of a list. Raises KeyError where it is none."""
        texts = self.texts[name]
        if isinstance(texts, str):
            raise KeyError(name)
        return texts

    def counted(self, number: int, thing: str) -> str:
        """A number of things: `1 finding`, `0 findings`."""
        one, many = self.listed(f"{_UNITS}.{thing}")
        return f"{number:,} {one if number == 1 else many}"

    @property
    def script(self) -> dict[str, str]:
        """What the script says, by name."""
        head = f"{SCRIPT}."
        return {
            name.removeprefix(head): text
            for name, text in self.texts.items()
            if name.startswith(head) and isinstance(text, str)
        }


def read_strings(template_dir: Path, own: Path | None = None) -> Strings:
    """The catalogue of `template_dir`, with the texts that one in `own` changes.

    Raises InputRefused (exit 3) when a text of `own` is none of the page's, is no text, or has a place for a value
    that the page does not give.
    """
    texts = dict(_flat(read_yaml(template_dir / CATALOGUE)))
    if own is None or not (own / CATALOGUE).is_file():
        return Strings(texts)
    for name, text in _flat(read_user_yaml(own / CATALOGUE, "text", "run: Run {run}")).items():
        if name not in texts:
            raise _refused(
                name, "the page has no such text", "compare the names with the page's own strings.yaml"
            )
        if isinstance(text, str) != isinstance(texts[name], str) or len(_each(text)) != len(
            _each(texts[name])
        ):
            raise _refused(
                name, "it has another form than the page's text", "give a text for a text, a list for a list"
            )
        unknown = _places(text) - _places(texts[name])
        if unknown:
            raise _refused(
                name, f"it has places for values that the page does not give: {', '.join(sorted(unknown))}",
                f"the page gives {', '.join(sorted(_places(texts[name]))) or 'none'}",
            )  # fmt: skip
        texts[name] = text
    return Strings(texts)


def _refused(name: str, why: str, mend: str) -> InputRefused:
    return InputRefused(f"the text {name} cannot be used", where=CATALOGUE, why=why, mend=mend)


def _flat(top: Mapping[str, Any]) -> dict[str, Text]:
    """Texts by 'part.name'; a name may hold points of its own."""
    found: dict[str, Text] = {}
    for part, texts in top.items():
        if not isinstance(texts, Mapping):
            raise _refused(str(part), "it is no part with texts", "write the texts under their part, set in")
        for name, text in texts.items():
            if isinstance(text, list) and all(isinstance(item, str) for item in text):
                found[f"{part}.{name}"] = tuple(text)
            elif isinstance(text, str):
                found[f"{part}.{name}"] = text
            else:
                raise _refused(f"{part}.{name}", "it is no text", "put it in quotes")
    return found


def _each(text: Text) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else text


def _places(text: Text) -> set[str]:
    """The names of the values that a text has places for."""
    try:
        return {
            field for item in _each(text) for _, field, _, _ in Formatter().parse(item) if field is not None
        }
    except ValueError:
        return {"{"}
