"""What every page that is written has in common: where templates are found, and what the page may load."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import walk_tb

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
    select_autoescape,
)
from markupsafe import Markup

from auditor.base.errors import AuditorError, InputRefused
from auditor.reports.unseen import all_seen


def page_environment(template_dir: Path, own: Path | None = None) -> Environment:
    """Templates of a folder: whatever they are given is escaped and seen, and a name they are not given is an error.

    A template of the same name in the folder `own` of the user's stands in the place of the project's.
    """
    folders = [template_dir] if own is None else [own, template_dir]
    return Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        autoescape=select_autoescape(
            default=True, default_for_string=True, enabled_extensions=("j2", "html")
        ),
        undefined=StrictUndefined,
        finalize=lambda value: all_seen(value) if isinstance(value, str) else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@contextmanager
def told_of_own(own: Path | None) -> Iterator[None]:
    """Turn what fails in a file of the user's folder `own` into InputRefused (exit 3) naming file and line.

    Only what Jinja says of a template is quoted, for another error may quote a claim.
    """
    try:
        yield
    except AuditorError:
        raise
    except Exception as error:
        place = _place(error, own) if own is not None else ""
        if not place:
            raise
        raise InputRefused(
            "a template of your own cannot be used",
            where=place,
            why=(error.message or "") if isinstance(error, TemplateError) else type(error).__name__,
            mend="compare it with the project's own, or leave --templates out",
        ) from error


def _place(error: Exception, own: Path) -> str:
    """Where in `own` an error arose; nothing when it arose elsewhere."""
    if isinstance(error, UnicodeDecodeError):  # the project's own are UTF-8
        return own.name
    places = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    if isinstance(error, TemplateSyntaxError) and error.filename:
        places.append((error.filename, error.lineno))
    for name, line in reversed(places):
        if Path(name).is_relative_to(own):
            return f"{Path(name).relative_to(own)}, line {line}"
    return ""


def asset(name: str, template_dir: Path, own: Path | None = None) -> str:
    """The text of a stylesheet or script, from the user's folder where it is there.

    Raises InputRefused when one of the user's holds what would end its element, ValueError when another does.
    """
    mine = own / name if own is not None else None
    path = mine if mine is not None and mine.is_file() else template_dir / name
    with told_of_own(own if path is mine else None):
        text = path.read_text(encoding="utf-8")
    if "</script" not in text.lower() and "</style" not in text.lower():
        return text
    if path is mine:
        raise InputRefused(
            "a style or script may not hold </style or </script",
            where=name,
            why="it would end its element in the page",
            mend="remove it",
        )
    raise ValueError(f"{path.name} must not hold a closing tag")


def embedded(*texts: str) -> Markup:
    """Texts of stylesheets or scripts one after another, to stand in an element as they are."""
    return Markup("\n" + "\n".join(texts))


def content_policy(style: str, script: str = "") -> str:
    """A content security policy that allows this style, and this script where there is one, by hash; nothing else."""
    scripts = f"script-src {_allowed(script)}; " if script else ""
    return (
        f"default-src 'none'; {scripts}style-src {_allowed(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _allowed(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
