"""Stories: for each rule of the catalogue a few claims that break it, and the nearest claims that do not.

They are written from the text of the catalogue and of the law, never from the rule files, so that what an audit finds
in them says something about the rules. One module a family; each has a tuple `STORIES`.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache

from auditor.synth.stories.model import Story


@lru_cache(maxsize=1)
def all_stories() -> tuple[Story, ...]:
    """The stories of every module here, by catalogue id and name. Raises ValueError for a name used twice."""
    found: list[Story] = []
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        found += getattr(module, "STORIES", ())
    names = [(story.catalogue_id, story.name) for story in found]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two stories are called {name}")
    return tuple(sorted(found, key=lambda story: (story.catalogue_id, story.name)))
