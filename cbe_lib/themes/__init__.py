"""Every idea of the posts as a working analysis: one module for each theme, named like its notebook."""

import importlib
from typing import Any

__all__ = [
    "agency",
    "field",
    "integration",
    "language",
    "leadership",
    "learning",
    "open_questions",
    "ownership",
    "pace",
    "purpose",
    "quality",
    "ramp_up",
    "rollout",
    "series",
    "starting_points",
    "teachers",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return importlib.import_module(f"cbe_lib.themes.{name}")
    raise AttributeError(f"module 'cbe_lib.themes' has no attribute {name!r}; it has {', '.join(__all__)}")
