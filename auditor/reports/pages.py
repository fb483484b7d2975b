"""What every page that is written has in common: where templates are found, and what the page may load."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup


def page_environment(template_dir: Path, own: Path | None = None) -> Environment:
    """Templates of a folder: whatever they are given is escaped, and a name they are not given is an error.

    A template of the same name in the folder `own` of the user's stands in the place of the project's.
    """
    folders = [template_dir] if own is None else [own, template_dir]
    return Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        autoescape=select_autoescape(
            default=True, default_for_string=True, enabled_extensions=("j2", "html")
        ),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def asset(name: str, template_dir: Path, own: Path | None = None) -> str:
    """The text of a stylesheet or script, from the user's folder where it is there.

    Raises ValueError when it holds what would end its element.
    """
    mine = own / name if own is not None else None
    path = mine if mine is not None and mine.is_file() else template_dir / name
    text = path.read_text(encoding="utf-8")
    if "</script" in text.lower() or "</style" in text.lower():
        raise ValueError(f"{path.name} must not hold a closing tag")
    return text


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
