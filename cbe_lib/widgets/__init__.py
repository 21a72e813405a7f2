"""Controls that move figures, in notebooks and on pages without code."""

from cbe_lib.widgets.dip import dip_explorer
from cbe_lib.widgets.own_data import own_data
from cbe_lib.widgets.panel import panel

__all__ = ["dip_explorer", "own_data", "panel"]
