"""What every page that is written has in common: how templates are read, and what the page may load."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape


def page_environment(template_dir: Path) -> Environment:
    """Templates of a folder: whatever they are given is escaped, and a name they are not given is an error."""
    return Environment(
        loader=FileSystemLoader(template_dir),
        autoescape=select_autoescape(
            default=True, default_for_string=True, enabled_extensions=("j2", "html")
        ),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


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
