"""How a report is dressed: the theme, a header of counsel on wish, a user's own templates before the project's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from auditor.base.errors import UsageError
from auditor.reports.theme import PLAIN, Theme

COUNSEL: Final = "Prepared at the direction of counsel"
COUNSEL_NOTE: Final = (
    "The header is the user's choice and creates no privilege by itself; whether one applies is for counsel."
)
MOST_HEADER: Final = 160


@dataclass(frozen=True, slots=True)
class Dress:
    """What a user may choose of a report's look; nothing here changes what it says.

    `counsel` is printed at the head of every page when it is not empty. Templates of the folder `templates` stand
    before those of the same name that come with the program.
    """

    theme: Theme = PLAIN
    counsel: str = ""
    templates: Path | None = None

    def template_dirs(self, own: Path) -> tuple[Path, ...]:
        """Where templates are looked for, in this order; `own` is the program's folder."""
        return (own,) if self.templates is None else (self.templates, own)


UNDRESSED: Final = Dress()


def counsel_css(text: str) -> str:
    """A style that prints `text` at the head of every page; nothing for ''.

    Every character but letters and digits of ASCII is written by its number, so that no text can end the style.
    """
    if not text:
        return ""
    said = "".join(
        letter if letter.isascii() and letter.isalnum() else f"\\{ord(letter):06x}" for letter in text
    )
    return f'@page {{ @top-center {{ content: "{said}"; font: 600 8pt sans-serif; }} }}\n'


def counsel_header(text: str | None) -> str:
    """The header as it is printed: the words usual for it for None or '', else the user's own.

    Raises UsageError for a text of several lines or more than 160 characters, and for the name of a file that is
    there: it was meant as something else.
    """
    text = (text or "").strip() or COUNSEL
    if len(text) > MOST_HEADER or not text.isprintable():
        raise UsageError(
            "the header of counsel is no line of text",
            where="--counsel-header",
            mend=f"write one line of up to {MOST_HEADER} characters, or no text for the usual words",
        )
    if Path(text).exists():
        raise UsageError(
            f"--counsel-header took {text} as its text, and that is a file or folder",
            why="the text of the header may follow the option, so what follows it is taken for one",
            mend="put the option at the end of the command, or write --counsel-header=TEXT",
        )
    return text
