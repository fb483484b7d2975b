"""The look of an organisation's own reports: a small YAML file, read strictly.

    organisation: Example Clinic
    logo: logo.svg            # PNG or SVG; the path goes from the folder of this file
    accent: "#1f5a7a"         # in quotes, for # begins a remark
    accent_dark: "#86c0e0"    # on dark pages; made of the accent where it is left out
    fonts:
      text: [Source Sans 3, Calibri]
      headings: [Source Serif 4]
    footer: Confidential

Every key may be left out. A colour on which nobody could read is refused, with one that can be read beside it.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from auditor.base.errors import InputRefused
from auditor.reports.contrast import READABLE, contrast, is_colour, least_contrast, mixed, readable
from auditor.reports.logo import Logo, read_logo
from auditor.reports.user_yaml import read_user_yaml
from auditor.rules.yaml_strict import LineDict

PAPERS: Final = ("#ffffff", "#fbfaf7", "#f1efe9")
DARK_PAPERS: Final = ("#14171a", "#1b1f23", "#22272c")
"""What pages lay text on, by day and by night: the colours --sheet, --paper and --faint of their styles."""
ACCENT: Final = "#1f5a7a"
ACCENT_DARK: Final = "#86c0e0"
INK: Final = "#1d2226"
MOST_TEXT: Final = 300
MOST_FONTS: Final = 8
_KEYS: Final = ("organisation", "logo", "accent", "accent_dark", "fonts", "footer")
_FONT_KEYS: Final = ("text", "headings")
_FONT = re.compile(r"[A-Za-z][A-Za-z0-9 -]{0,59}\Z")
_SANS: Final = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
_SERIF: Final = 'Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, serif'


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme, checked: what renderers may lay out as it stands. Without a file it is that of the project.

    Colours are `#rrggbb`. `organisation` and `footer` are texts that a user wrote: escape them as any other.
    """

    organisation: str = ""
    logo: Logo | None = None
    accent: str = ACCENT
    accent_dark: str = ACCENT_DARK
    text_fonts: tuple[str, ...] = ()
    heading_fonts: tuple[str, ...] = ()
    footer: str = ""

    def css(self) -> str:
        """The theme as a block of custom properties, to stand behind the style of a page; empty when nothing differs.

        It holds colours and names of fonts that were held to letters, so that it can close no style element.
        """
        light, dark = [], ""
        if self.accent != ACCENT:
            light.append(f"--accent: {self.accent};")
        if self.text_fonts:
            light.append(f"--sans: {_stack(self.text_fonts)}, {_SANS};")
        if self.heading_fonts:
            light.append(f"--serif: {_stack(self.heading_fonts)}, {_SERIF};")
        if self.accent_dark != ACCENT_DARK:
            dark = f"@media (prefers-color-scheme: dark) {{ :root {{ --accent: {self.accent_dark}; }} }}\n"
        return (f":root {{ {' '.join(light)} }}\n" if light else "") + dark

    @property
    def book_accent(self) -> str:
        """The accent as a workbook names it: `1F5A7A`."""
        return _book(self.accent)

    @property
    def book_accent_ink(self) -> str:
        """What can be read on a cell filled with the accent: white or the ink, whichever stands out more."""
        return _book(max(("#ffffff", INK), key=lambda ink: contrast(ink, self.accent)))

    @property
    def book_tint(self) -> str:
        """A pale fill of the accent, for headings in ink."""
        return _book(mixed(self.accent, "#ffffff", 0.88))

    @property
    def book_font(self) -> str:
        """The font of a workbook's cells; a program that has not got it takes its own."""
        return self.text_fonts[0] if self.text_fonts else "Calibri"


PLAIN: Final = Theme()


def read_theme(path: Path | None) -> Theme:
    """The theme in the file at `path`; the project's own for None.

    Raises InputRefused (exit 3) naming file and line for what cannot be read, an unknown key, a colour that is none
    or has too little contrast, a name of a font that could be more than a name, and a logo that is not harmless.
    """
    if path is None:
        return PLAIN
    return _Reading(path).theme()


class _Reading:
    """One reading of a theme file: every fault is told with the file and the line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._top = read_user_yaml(path, "theme", "organisation: Example Clinic")

    def theme(self) -> Theme:
        self._known(self._top, _KEYS)
        logo = self._text("logo")
        accent = self._colour("accent", ACCENT, PAPERS, "#000000")
        # A theme that names an accent must not have another's at night.
        at_night = ACCENT_DARK if accent == ACCENT else readable(accent, DARK_PAPERS, "#ffffff")
        fonts = self._fonts()
        return Theme(
            organisation=self._text("organisation"),
            logo=read_logo(self._path.parent / logo) if logo else None,
            accent=accent,
            accent_dark=self._colour("accent_dark", at_night, DARK_PAPERS, "#ffffff"),
            text_fonts=fonts["text"],
            heading_fonts=fonts["headings"],
            footer=self._text("footer"),
        )

    def _refuse(self, where: LineDict, key: str, what: str, why: str, mend: str) -> InputRefused:
        line = where.key_lines.get(key, where.line)
        return InputRefused(what, where=f"{self._path.name}, line {line}", why=why, mend=mend)

    def _known(self, where: LineDict, keys: tuple[str, ...]) -> None:
        for key in where:
            if key not in keys:
                near = difflib.get_close_matches(key, keys, 1)
                raise self._refuse(
                    where, key, "the theme has a key that is none of a theme", f"the keys are {', '.join(keys)}",
                    f"did you mean {near[0]}?" if near else "remove it",
                )  # fmt: skip

    def _text(self, key: str) -> str:
        value: Any = self._top.get(key)
        if value is None:
            return ""
        if not isinstance(value, str) or not value.strip() or "\n" in value.strip() or len(value) > MOST_TEXT:
            raise self._refuse(
                self._top, key, f"{key} is no text of one line", f"it may have up to {MOST_TEXT} characters",
                f"write `{key}: \"...\"`, or leave it out",
            )  # fmt: skip
        return value.strip()

    def _colour(self, key: str, otherwise: str, papers: tuple[str, ...], towards: str) -> str:
        if key not in self._top:
            return otherwise
        value: Any = self._top[key]
        colour = value.lower() if isinstance(value, str) else ""
        if not is_colour(colour):
            raise self._refuse(
                self._top, key, f"{key} is no colour",
                "a colour is written #rrggbb, and without quotes # begins a remark", f'write `{key}: "{otherwise}"`',
            )  # fmt: skip
        found, paper = least_contrast(colour, papers)
        if found < READABLE:
            raise self._refuse(
                self._top, key, f"{key} {colour} cannot be read well: its contrast on {paper} is {found:.2f} to 1",
                f"links and headings need {READABLE} to 1 (WCAG 2.1 AA, 1.4.3)",
                f'the nearest that has it is "{readable(colour, papers, towards)}"',
            )  # fmt: skip
        return colour

    def _fonts(self) -> dict[str, tuple[str, ...]]:
        found: Any = self._top.get("fonts")
        if found is None:
            return dict.fromkeys(_FONT_KEYS, ())
        if not isinstance(found, LineDict):
            raise self._refuse(
                self._top, "fonts", "fonts is no mapping", f"its keys are {' and '.join(_FONT_KEYS)}",
                "write `fonts:` and under it `text: [Name, ...]`",
            )  # fmt: skip
        self._known(found, _FONT_KEYS)
        return {key: self._names(found, key) for key in _FONT_KEYS}

    def _names(self, fonts: LineDict, key: str) -> tuple[str, ...]:
        value: Any = fonts.get(key)
        names = value if isinstance(value, list) else [] if value is None else [value]
        if len(names) > MOST_FONTS or not all(isinstance(name, str) and _FONT.match(name) for name in names):
            raise self._refuse(
                fonts, key, f"fonts: {key} is no list of names of fonts",
                f"a name has letters, digits, blanks and hyphens; up to {MOST_FONTS} names",
                f"write `{key}: [Source Sans 3, Calibri]`",
            )  # fmt: skip
        return tuple(names)


def _stack(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _book(colour: str) -> str:
    return colour.removeprefix("#").upper()
