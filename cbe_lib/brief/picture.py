"""The one picture of the brief: what was seen, what was expected, and when the change began."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cbe_lib.dip.comparison.result import Comparison
from cbe_lib.dip.outcome import DipFit
from cbe_lib.plots import canvas
from cbe_lib.plots.dip import draw_rollout

WIDTH, CHART, BELOW, KEY_LINE = 3.5, 1.66, 0.44, 0.165
LETTERS = 8.5
NEEDS = 0.56  # of the width, for the words at the rollout
DASHED: Any = (0, (5, 2.5))


def curve_figure(
    rows: pd.DataFrame, rollout: int | None, compared: Comparison | None, alone: DipFit | None, others: pd.DataFrame
) -> tuple[Figure, str]:
    """Draw the results of a district, and return the figure with the sentence that says what is in it.

    Parameters
    ----------
    rows : DataFrame
        year and value of this district.
    rollout : int or None
        First results that the change can have affected.
    compared, alone : Comparison or None, DipFit or None
        What is drawn as expectation: the comparison if there is one, else the district's own years before.
    others : DataFrame
        Districts without a rollout, whose yearly mean is drawn in grey; may be empty.
    """
    figure = Figure(figsize=(WIDTH, CHART))
    ax = figure.add_subplot()
    ax.spines[["top", "right"]].set_visible(False)
    drawn = [rows["value"].to_numpy(float)]
    said = "Dots are results."
    if len(others):
        mean = others.groupby("year")["value"].mean()
        mean = mean[mean.index.isin(rows["year"])]
        ax.plot(mean.index, mean, color="#8a8a8a", linewidth=1.2, zorder=1, label="Mean, no rollout")
        drawn.append(mean.to_numpy(float))
        said += f" Grey is the mean of {others['district_id'].nunique()} districts without a rollout."
    if compared is not None and rollout is not None:
        drawn += _expected(ax, rows, rollout, compared)
        said += " Dashes are what was expected, with a 95% band for all years at once."
    elif alone is not None and alone.curve["fitted"].notna().any():
        drawn += _fitted(ax, alone)
        said += " The line is the fitted curve with its interval, dashes the path projected from before."
    ax.plot(rows["year"], rows["value"], "o", color=canvas.INK, markersize=4.5, zorder=4, label="Results here")
    _dress(ax, rows, rollout, np.concatenate(drawn))
    _place(figure, ax)
    return figure, said


def _expected(ax: Axes, rows: pd.DataFrame, rollout: int, found: Comparison) -> list[np.ndarray]:
    """Draw what was expected from the rollout on: the result less its gap, and so for both ends of the band."""
    gaps = found.table[found.table["event_year"] >= 0].dropna(subset=["estimate"])
    gaps = gaps.assign(year=gaps["event_year"] + rollout - 1).merge(rows[["year", "value"]], on="year")
    year, value = gaps["year"].to_numpy(float), gaps["value"].to_numpy(float)
    middle, low, high = (value - gaps[name].to_numpy(float) for name in ("estimate", "conf_high", "conf_low"))
    ax.fill_between(year, low, high, color=canvas.BAND, linewidth=0, zorder=0, label="95% band")
    ax.plot(year, middle, color=canvas.PROJECTED, linestyle=DASHED, linewidth=1.6, zorder=2, label="Expected")
    return [low, middle, high]


def _fitted(ax: Axes, fit: DipFit) -> list[np.ndarray]:
    curve = fit.curve
    low, middle, high = (curve[name].to_numpy(float) for name in ("conf_low", "fitted", "conf_high"))
    ax.fill_between(curve["year"], low, high, color=canvas.BAND, linewidth=0, zorder=0, label="95% interval")
    ax.plot(curve["year"], middle, color=canvas.CURVE, linewidth=2, zorder=3, label="Fitted")
    ax.plot(curve["year"], curve["baseline"], color=canvas.PROJECTED, linestyle=DASHED, zorder=2, label="Projected")
    return [low, middle, high, curve["baseline"].to_numpy(float)]


def _dress(ax: Axes, rows: pd.DataFrame, rollout: int | None, drawn: np.ndarray) -> None:
    drawn = drawn[np.isfinite(drawn)]
    canvas.headroom(ax, float(drawn.min()), float(drawn.max()), 0.2)
    low, high = ax.get_ylim()
    ax.set_ylim(max(low, -4), min(high, 104 + 0.2 * (high - low)))
    ax.set_xlim(rows["year"].min() - 0.6, rows["year"].max() + 0.6)
    if rollout is not None:
        draw_rollout(rollout, ax=ax)
        _turn_inward(ax, rollout - 0.5)
    canvas.years_axis(ax)
    canvas.measured(ax, "Percent")
    for label in (ax.xaxis.label, ax.yaxis.label):
        label.set(fontsize=LETTERS)
    ax.tick_params(labelsize=LETTERS)


def _turn_inward(ax: Axes, line: float) -> None:
    """Put the words at the rollout to the left of it where a figure this narrow has no room to the right."""
    left, right = ax.get_xlim()
    if right - line < NEEDS * (right - left):
        ax.texts[-1].set(ha="right", x=line - 0.012 * (right - left))


def _place(figure: Figure, ax: Axes) -> None:
    """Put the key below the axes, as many lines as it needs, and make the figure as high as that takes."""
    entries = len(ax.get_legend_handles_labels()[0])
    below = BELOW + KEY_LINE * -(-entries // 2) + 0.06
    height = CHART + below + 0.05
    figure.set_size_inches(WIDTH, height)
    ax.set_position((0.5 / WIDTH, below / height, (WIDTH - 0.55) / WIDTH, CHART / height))
    figure.legend(
        loc="lower left", bbox_to_anchor=(0, 0), ncols=2, fontsize=LETTERS, frameon=False, handlelength=1.8,
        columnspacing=1.2, labelspacing=0.25, borderpad=0.1,
    )  # fmt: skip
