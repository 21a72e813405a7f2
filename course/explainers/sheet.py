"""What the three films share: colors, a headline, a quiet chart, and how movements begin and end."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK, SOFT, LINE = "#1c1c1c", "#5a5a5a", "#8a8f98"
BLUE, ORANGE, SHADE = "#0b4f8a", "#b3470b", "#f0c9a8"


def eased(gone: float, start: float = 0.0, end: float = 1.0) -> float:
    """Tell how much of a movement is done that begins and ends softly.

    >>> [eased(gone) for gone in (0, 0.5, 1)]
    [0.0, 0.5, 1.0]
    """
    done = min(max((gone - start) / (end - start), 0.0), 1.0)
    return done * done * (3 - 2 * done)


def headline(figure: Figure, text: str) -> None:
    """Write the one thought of the moment above the picture."""
    figure.text(0.05, 0.93, text, fontsize=19, fontweight="bold", color=INK, va="center")
    figure.text(0.95, 0.035, "Invented numbers", fontsize=10, color=SOFT, ha="right", va="center")


def chart(figure: Figure, place: tuple[float, float, float, float], across: str, up: str) -> Axes:
    """Add axes without clutter, above the strip that captions need."""
    axes = figure.add_axes(place)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel(across, fontsize=12, color=SOFT)
    axes.set_ylabel(up, fontsize=12, color=SOFT)
    axes.tick_params(labelsize=11, colors=SOFT)
    return axes
