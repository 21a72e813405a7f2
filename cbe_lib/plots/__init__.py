"""Results as figures: `draw_*` adds to given axes, `*_figure` builds a detached Matplotlib Figure."""

from __future__ import annotations

from typing import Any

from cbe_lib.dip.comparison.result import Comparison
from cbe_lib.dip.interrupted import InterruptedFit
from cbe_lib.dip.outcome import DipFit
from cbe_lib.dip.panel import PanelFit
from cbe_lib.errors import CbeError
from cbe_lib.plots.dip import dip_figure, draw_dip, draw_interrupted, headline, interrupted_figure
from cbe_lib.plots.dip_lessons import (
    detectability_figure,
    draw_detectability,
    draw_false_alarms,
    false_alarm_figure,
    gallery_figure,
)
from cbe_lib.plots.gaps import comparison_figure, draw_comparison, draw_population, population_figure
from cbe_lib.plots.intervals import draw_intervals, intervals_figure
from cbe_lib.plots.picture import svg
from cbe_lib.plots.two_channels import two_channels_figure

__all__ = [
    "detectability_figure",
    "dip_figure",
    "draw",
    "draw_detectability",
    "draw_dip",
    "draw_false_alarms",
    "draw_intervals",
    "false_alarm_figure",
    "gallery_figure",
    "headline",
    "intervals_figure",
    "svg",
    "two_channels_figure",
]

_FIGURES = {
    DipFit: (dip_figure, draw_dip),
    InterruptedFit: (interrupted_figure, draw_interrupted),
    Comparison: (comparison_figure, draw_comparison),
    PanelFit: (population_figure, draw_population),
}


def draw(result: Any, ax: Any = None) -> Any:
    """Draw any result of this library: into `ax` if given (returned), else as a new detached Figure.

    Raises
    ------
    CbeError
        If there is no picture for this kind of result.

    Examples
    --------
    >>> from cbe_lib import dip, samples
    >>> reading = samples.load("westminster").query("subject == 'reading'")
    >>> draw(dip.fit(reading, 2010)).axes[0].get_ylabel()
    'Result (%)'
    """
    for kind, (figure, into) in _FIGURES.items():
        if isinstance(result, kind):
            return figure(result) if ax is None else into(result, ax=ax)
    raise CbeError.build(
        f"There is no picture of a {type(result).__name__}",
        advice="Its numbers are in .table; results with a picture are " + ", ".join(kind.__name__ for kind in _FIGURES),
    )
