"""One importer a table. To add one: a module here, its class in IMPORTERS, one test."""

from __future__ import annotations

from auditor.reference.importers.aoc import AocImporter
from auditor.reference.importers.coverage import CoverageImporter
from auditor.reference.importers.interface import Importer
from auditor.reference.importers.mue import MueImporter
from auditor.reference.importers.ptp import PtpImporter

IMPORTERS: tuple[Importer, ...] = (PtpImporter(), MueImporter(), AocImporter(), CoverageImporter())

__all__ = ["IMPORTERS"]
