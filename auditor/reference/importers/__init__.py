"""One importer a module. To add one: a module here with an instance named IMPORTER, and one test."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from auditor.reference.importers.interface import Importer


def _found() -> tuple[Importer, ...]:
    """The importers of all modules of this package, by module name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [import_module(f"{__name__}.{name}") for name in names]
    return tuple(module.IMPORTER for module in modules if hasattr(module, "IMPORTER"))


IMPORTERS: tuple[Importer, ...] = _found()

__all__ = ["IMPORTERS"]
