"""The small YAML files that a user writes for reports: read as strictly as rule files, told of in their own words."""

from __future__ import annotations

from pathlib import Path

from auditor.base.errors import InputRefused
from auditor.rules.yaml_strict import LineDict, read_yaml


def read_user_yaml(path: Path, kind: str, example: str) -> LineDict:
    """The mapping in the file at `path`; `kind` is what messages call it ("theme"), `example` a first line of one.

    Raises InputRefused (exit 3) naming file and line, as `read_yaml` does.
    """
    try:
        return read_yaml(path)
    except InputRefused as error:
        mend = f"write one `key: value` a line, such as `{example}`"
        raise InputRefused(
            _said(error.what, kind),
            where=error.where,
            why=_said(error.why, kind),
            mend=mend if "rule" in error.mend or "`id:`" in error.mend else error.mend,
        ) from None


def _said(text: str, kind: str) -> str:
    return text.replace("rule file", f"{kind} file").replace("for a rule", f"for a {kind}")
