"""Figures of the theme of starting points."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cbe_lib.framework import claim
from cbe_lib.plots import canvas
from cbe_lib.plots.small_print import small_print
from cbe_lib.themes.starting_points.alike import CLOSE, Alike
from cbe_lib.themes.starting_points.paths import NAMES, Paths

LOOK = {NAMES[0]: (canvas.PROJECTED, "s", -0.04), NAMES[1]: (canvas.CURVE, "o", 0.04)}


def draw_paths(result: Paths, measure: str | None = None, *, ax: Axes) -> Axes:
    """How do the two starting points move from wave to wave? Adds a line with intervals for each to `ax`.

    `measure` is the first scale of the result if left out.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import starting_points
    >>> state = samples.state()
    >>> found = starting_points.paths(state["survey"], state["districts"])
    >>> draw_paths(found, ax=Figure().add_subplot()).get_legend_handles_labels()[1]
    ['standard start', 'personalized start']
    """
    name = measure or str(result.means["measure"].iloc[0])
    own = result.means[result.means["measure"] == name]
    for path, (color, marker, shift) in LOOK.items():
        rows = own[own["path"] == path].sort_values("since")
        place = rows["since"].to_numpy(float) + shift
        ax.vlines(place, rows["conf_low"], rows["conf_high"], color=color, linewidth=1.7)
        ax.plot(place, rows["estimate"], marker=marker, color=color, linewidth=1.6, label=f"{path} start")
    waves = sorted(own["since"].unique())
    ax.set_xticks(waves, [f"{wave:+d}" if wave else "rollout" for wave in waves])
    if waves:
        ax.set_xlim(waves[0] - 0.4, waves[-1] + 0.4)
    ax.set_xlabel("Years from the rollout year", fontsize=9.5, color=canvas.INK)
    unit = own["unit"].iloc[0] if len(own) else ""
    canvas.measured(ax, f"{name.replace('_', ' ').capitalize()} ({unit})")
    return ax


def paths_figure(result: Paths, measure: str | None = None, *, size: tuple[float, float] = (4.8, 3.9)) -> Figure:
    """Build the picture of `draw_paths` as a detached figure; its title states the adjusted difference."""
    figure, ax = canvas.page(size=size)
    name = measure or str(result.means["measure"].iloc[0])
    draw_paths(result, name, ax=ax)
    row = result.table[(result.table["measure"] == name) & (result.table["term"] == "difference")].iloc[0]
    said = name.replace("_", " ").capitalize()
    if row["reason"]:
        title = f"{said}: {row['reason']}"
    elif row["conf_low"] <= 0 <= row["conf_high"]:
        title = f"{said}: cannot tell whether the starting point makes a difference"
    else:
        word = "more" if row["estimate"] > 0 else "less"
        title = f"{said}: {abs(row['estimate']):.1f} points {word} from a personalized start"
    return small_print(canvas.finish(figure, title, keyed=True), claim("B14").label)


def draw_alike(result: Alike, *, ax: Axes) -> Axes:
    """How near are the chosen districts on each variable? Adds their gap and that of all others to `ax`.

    Gaps are mine less theirs in standard deviations; the band holds what is called balanced.
    """
    rows = result.balance[result.balance["reason"] == ""].reset_index(drop=True)
    place = np.arange(len(rows))
    ax.axvspan(-CLOSE, CLOSE, color="0.9", linewidth=0, zorder=0)
    ax.axvline(0, color=canvas.INK, linewidth=0.8)
    ax.plot(rows["gap_others"], place, "s", color=canvas.FAINT, markersize=6, label="all others")
    ax.plot(rows["gap_matched"], place, "o", color=canvas.CURVE, markersize=6.5, label="chosen districts")
    ax.set_yticks(place, rows["variable"].str.removeprefix("log2_").str.replace("_", " "), fontsize=8.5)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    reach = float(rows[["gap_matched", "gap_others"]].abs().max().max()) if len(rows) else 1.0
    ax.set_xlim(-max(1.0, reach) * 1.1, max(1.0, reach) * 1.1)
    ax.set_xlabel("Mine less theirs (standard deviations)", fontsize=9.5, color=canvas.INK)
    return ax


def alike_figure(result: Alike, *, size: tuple[float, float] = (4.8, 3.9), left: float = 1.3) -> Figure:
    """Build the picture of `draw_alike` as a detached figure; its title counts the variables in balance."""
    figure, ax = canvas.page(size=size)
    draw_alike(result, ax=ax)
    known = result.balance[result.balance["reason"] == ""]
    near = f"near on {int(known['balanced'].sum())} of {len(known)} variables"
    title = f"{len(result.table)} districts most like mine: {near}"
    canvas.finish(figure, title, keyed=True)
    box, width = ax.get_position(), size[0]
    ax.set_position((left / width, box.y0, box.x1 - left / width, box.height))
    style: dict[str, Any] = {"loc": "left", "fontsize": 10.5, "fontweight": "bold", "color": canvas.INK}
    ax.set_title(ax.get_title(loc="left"), x=-(left - 0.15) / (box.x1 * width - left), **style)
    return small_print(figure, claim("B15").label)
