"""Analysis and teaching of the implementation dip in competency-based school districts.

The public names below are loaded when first used, so that `import cbe_lib` stays fast.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cbe_lib import (
        brief,
        dip,
        ingest,
        plots,
        privacy,
        rubric,
        samples,
        scale,
        simulate,
        store,
        survey,
        tables,
        themes,
        widgets,
    )
    from cbe_lib.errors import CbeError

__version__ = "0.1.0"
__all__ = [
    "CbeError",
    "brief",
    "dip",
    "ingest",
    "plots",
    "privacy",
    "rubric",
    "samples",
    "scale",
    "simulate",
    "store",
    "survey",
    "tables",
    "themes",
    "widgets",
]


def __getattr__(name: str) -> Any:
    if name == "CbeError":
        return importlib.import_module("cbe_lib.errors").CbeError
    if name in __all__:
        return importlib.import_module(f"cbe_lib.{name}")
    raise AttributeError(f"module 'cbe_lib' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
