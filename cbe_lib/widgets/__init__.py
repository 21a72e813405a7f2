"""Controls that move figures, in notebooks and on pages without code."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from cbe_lib.widgets.panel import panel

if TYPE_CHECKING:
    from cbe_lib.widgets.dip import dip_explorer
    from cbe_lib.widgets.own_file import own_data

__all__ = ["dip_explorer", "own_data", "panel"]

# Each module is loaded when one of its names is first asked for: a page pays for its own theme only.
# No module has the name of one of its functions, which its import would hide.
_MODULES = {
    "dip": ("dip_explorer",),
    "own_file": ("own_data",),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(importlib.import_module(f"cbe_lib.widgets.{module}"), name)
    raise AttributeError(f"module 'cbe_lib.widgets' has no attribute {name!r}; it has {', '.join(__all__)}")
