"""What all importers together declare."""

from collections import Counter
from pathlib import Path

from auditor.reference.importers import IMPORTERS
from auditor.reference.sources import SOURCES
from auditor.reference.tables import TABLES


def test_every_stored_table_has_one_importer():
    names = Counter(table.name for importer in IMPORTERS for table in importer.tables.values())
    assert {name: n for name, n in names.items() if n > 1} == {}
    assert set(names) == set(TABLES)


def test_titles_tell_tables_and_importers_apart():
    assert len({table.title for table in TABLES.values()}) == len(TABLES)
    assert len({importer.title for importer in IMPORTERS}) == len(IMPORTERS)


def test_what_can_be_fetched_is_a_table_of_the_library():
    assert {table for source in SOURCES.values() for table in source.tables} - set(TABLES) == set()


def test_rows_of_every_table_can_be_told_apart():
    assert [name for name, table in TABLES.items() if not table.key] == []


def test_the_page_on_the_library_lists_every_table_as_it_is():
    page = (Path(__file__).resolve().parents[2] / "docs" / "library.md").read_text(encoding="utf-8")
    rows = {
        cells[1].strip("` "): (cells[2].strip(), cells[3].strip(), cells[4].strip())
        for line in page.splitlines()
        if line.startswith("| `")
        for cells in [line.split("|")]
    }
    spoken = {"rebuilt file": "rebuilt"}
    assert rows == {
        name: (table.title, table.answers.replace("_", " "), spoken.get(table.basis, table.basis))
        for name, table in TABLES.items()
    }
