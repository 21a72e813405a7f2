"""Three stumbles side by side: purpose in use, leadership as announced, ownership beside acceptance, by year."""

from __future__ import annotations

import textwrap
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from cbe_lib.plots import canvas

SIZE = (4.8, 6.2)
LEFT, RIGHT, TOP, BOTTOM, GAP = 0.5, 0.12, 0.42, 0.7, 0.44
SMALL: dict[str, Any] = {"fontsize": 8, "color": canvas.INK}
# panel: heading, limits of the axis, ticks, the line that is looked at, its name
PANELS = {
    "purpose": ("1 Purpose: ● decisions that cite a principle (%)", (0, 100), (0, 50, 100), 50, "half"),
    "leadership": ("2 Leadership: ● as planned, □ passed up (%)", (0, 100), (0, 50, 90), 90, "9 in 10 as planned"),
    "ownership": ("3 Staff: ● own the change, □ accept it (1 to 5)", (1, 5), (1, 3, 5), 3, "middle of the scale"),
}
STYLES: tuple[dict[str, Any], ...] = (
    {"marker": "o", "color": canvas.CURVE, "markerfacecolor": canvas.CURVE},
    {"marker": "s", "color": canvas.PROJECTED, "markerfacecolor": "white"},
)
APART = 0.09


def stumbles_figure(
    measures: pd.DataFrame, title: str, *, rollout: int, years: range, claim: str, figure: Figure | None = None
) -> Figure:
    """What do the decision log and the surveys of one district say of the three stumbles, year by year?

    Parameters
    ----------
    measures : DataFrame
        stumble (purpose, leadership, ownership), measure, year, estimate, conf_low, conf_high: shares between 0 and 1,
        scores between 1 and 5. Rows without an estimate are not drawn.
    title : str
        The finding.
    rollout : int
        Spring of the first results that the change can have affected.
    years : range
        School years on the axis.
    claim : str
        What kind of claim the picture rests on, in small letters below it.
    figure : matplotlib Figure, optional
        An earlier picture of this function, to be drawn over.

    Examples
    --------
    >>> cited = pd.DataFrame({"stumble": ["purpose"], "measure": "cited", "year": 2014, "estimate": 0.4,
    ...                       "conf_low": 0.2, "conf_high": 0.7})
    >>> len(stumbles_figure(cited, "Alder", rollout=2014, years=range(2013, 2017), claim="A hypothesis").axes)
    3
    """
    figure = figure or Figure(figsize=SIZE, dpi=72)
    axes = figure.axes or _empty(figure)
    lines = textwrap.wrap(title, int((SIZE[0] - 0.24) * canvas.LETTERS_PER_INCH))
    _arrange(figure, axes, len(lines))
    for ax, (name, (_, limits, _, line, said)) in zip(axes, PANELS.items(), strict=True):
        canvas.emptied(ax)
        draw_stumble(measures[measures["stumble"] == name], percent=limits == (0, 100), ax=ax)
        ax.axhline(line, color=canvas.INK, linestyle=(0, (5, 2.5)), linewidth=1)
        ax.axvline(rollout - 0.5, color=canvas.INK, linestyle=":", linewidth=1.2)
        ax.text(years[-1] + 0.47, line, said, ha="right", va="bottom", fontsize=7.5, color=canvas.INK)
        ax.set_xlim(years[0] - 0.5, years[-1] + 0.5)
        ax.xaxis.set_major_locator(FixedLocator(list(years)))
    _words(figure, lines, claim)
    return figure


def draw_stumble(measures: pd.DataFrame, *, percent: bool, ax: Axes) -> Axes:
    """Add each measure of one stumble to `ax`: a mark and an interval for each year."""
    factor = 100 if percent else 1
    known = measures.dropna(subset=["estimate"])
    for place, (_, each) in enumerate(known.groupby("measure", sort=False)):
        year = each["year"].to_numpy(float) + (place - 0.5) * APART
        middle, low, high = (factor * each[name].to_numpy(float) for name in ("estimate", "conf_low", "conf_high"))
        ax.vlines(year, low, high, color=STYLES[place]["color"], linewidth=2)
        ax.plot(year, middle, linestyle="None", markersize=6, zorder=3, **STYLES[place])
    return ax


def _empty(figure: Figure) -> list[Axes]:
    axes = [figure.add_axes((0.1, 0.1 + 0.3 * place, 0.8, 0.2)) for place in (2, 1, 0)]
    for ax, (_, limits, ticks, _, _) in zip(axes, PANELS.values(), strict=True):
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(labelsize=9, labelbottom=ax is axes[-1])
        ax.set_ylim(*limits)
        ax.yaxis.set_major_locator(FixedLocator(list(ticks)))
    return axes


def _arrange(figure: Figure, axes: list[Axes], lines: int) -> None:
    """Give each panel a third of what title and small print leave."""
    width, height = figure.get_size_inches()
    top = TOP + canvas.TITLE_LINE * lines
    each = (height - top - BOTTOM - 2 * GAP) / 3
    for place, ax in enumerate(axes):
        low = height - top - (place + 1) * each - place * GAP
        ax.set_position((LEFT / width, low / height, (width - LEFT - RIGHT) / width, each / height))


def _words(figure: Figure, title: list[str], claim: str) -> None:
    width, height = figure.get_size_inches()
    bold: dict[str, Any] = {"fontsize": 10.5, "fontweight": "bold", "color": canvas.INK, "va": "top"}
    figure.text(0.12 / width, 1 - 0.08 / height, "\n".join(title), linespacing=1.3, **bold)
    first = height - TOP - canvas.TITLE_LINE * len(title)
    each = (first - BOTTOM - 2 * GAP) / 3
    for place, (heading, *_) in enumerate(PANELS.values()):
        figure.text(0.12 / width, (first - place * (each + GAP) + 0.08) / height, heading, fontsize=9, color=canvas.INK)
    figure.text(0.5, 0.3 / height, "Spring of the school year; dotted line: rollout", ha="center", **SMALL)
    figure.text(0.12 / width, 0.08 / height, claim, fontsize=7.2, color=canvas.INK)
