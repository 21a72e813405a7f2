"""A grid of named rows and columns with a word and a shade in each cell."""

from __future__ import annotations

import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure

from cbe_lib.plots import canvas
from cbe_lib.plots.ownership import rows_finished

SHADES = LinearSegmentedColormap.from_list("shades", ["#f5f8fb", canvas.BAND, canvas.CURVE])
AGAINST = LinearSegmentedColormap.from_list("against", [canvas.PROJECTED, "#f2f2f2", canvas.BAND])
COLUMN, ROW, LETTER = 0.9, 0.3, 0.072
DARK = 0.5  # brightness below which letters are white


def draw_grid(
    ax: Axes,
    values: np.ndarray,
    words: np.ndarray,
    *,
    rows: list[str],
    columns: list[str],
    ends: tuple[float, float] = (0.0, 1.0),
    colors: Colormap = SHADES,
) -> Axes:
    """Add a cell for each value to `ax`, shaded between `ends`, with its word in it; the first row stands on top."""
    masked = np.ma.masked_invalid(np.asarray(values, dtype=float))
    edges = (np.arange(len(columns) + 1) - 0.5, np.arange(len(rows) + 1) - 0.5)
    ax.pcolormesh(*edges, masked, cmap=colors, vmin=ends[0], vmax=ends[1], edgecolors="white", linewidth=1.2)
    shares = (masked.filled(ends[0]) - ends[0]) / (ends[1] - ends[0])
    for (row, column), word in np.ndenumerate(words):
        red, green, blue, _ = colors(float(shares[row, column]))
        dark = 0.3 * red + 0.59 * green + 0.11 * blue < DARK and not np.ma.getmaskarray(masked)[row, column]
        ax.text(column, row, word, ha="center", va="center", fontsize=8, color="white" if dark else canvas.INK)
    ax.set_xlim(-0.5, len(columns) - 0.5)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xticks(range(len(columns)), [textwrap.fill(name, 13) for name in columns], fontsize=8)
    ax.set_yticks(range(len(rows)), rows, fontsize=8.5)
    ax.tick_params(length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
    return ax


def grid_page(rows: list[str], columns: list[str]) -> tuple[Figure, Axes]:
    """Return a page as large as the rows and columns of a grid need."""
    left = 0.2 + LETTER * max(map(len, rows), default=0)
    return canvas.page(size=(max(left + COLUMN * len(columns) + 0.2, 4.8), 1.25 + ROW * max(len(rows), 2)))


def grid_finished(figure: Figure, title: str) -> Figure:
    """Finish a page with a grid: its longest row name decides where it begins."""
    return rows_finished(figure, title)
