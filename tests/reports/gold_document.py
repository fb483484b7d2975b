"""The gold files of the document: a small invented audit as `audit.json`, its rows, and `audit.md`.

After a change that is meant: ``python -m tests.reports.gold_document``, and read the difference before keeping it.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from auditor.reports.as_json import as_plain, write_json
from auditor.reports.markdown import write_markdown
from tests.reports.conftest import document_of
from tests.reports.fakes import make_run

GOLD = Path(__file__).parent / "gold"
NAMES = ("audit.json", "rows.json", "audit.md")


def write_gold(folder: Path) -> None:
    """Write the three files of the invented audit into `folder`."""
    with tempfile.TemporaryDirectory() as scratch:
        document = document_of(make_run(Path(scratch), 12, seed=9, set_aside=2))
        write_json(document, folder / "audit.json")
        write_markdown(document, folder / "audit.md")
        rows = {"findings": list(document.findings), "set_aside": list(document.set_aside)}
        (folder / "rows.json").write_text(json.dumps(as_plain(rows), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    GOLD.mkdir(exist_ok=True)
    write_gold(GOLD)
