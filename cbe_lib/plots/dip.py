"""The fitted dip of one series as a picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cbe_lib.dip.interrupted import InterruptedFit
from cbe_lib.dip.outcome import DipFit, stands_out
from cbe_lib.plots import canvas


def draw_dip(fit: DipFit, *, ax: Axes, measure: str | None = None) -> Axes:
    """Where did results stand against the path that the years before projected?

    Adds to `ax`: the observed points, the fitted curve with its interval, the projected baseline (dashed) and
    the rollout, whose line stands half a year before the first results that it can have affected.

    Parameters
    ----------
    fit : DipFit
        From `cbe_lib.dip.fit`.
    ax : matplotlib Axes
        Added to and returned; its title and labels are set.
    measure : str, optional
        What was measured, with its unit, for the vertical axis.

    Returns
    -------
    matplotlib Axes
        The axes that were given.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from cbe_lib import dip, samples
    >>> fit = dip.fit(samples.load("westminster").query("subject == 'reading'"), 2010)
    >>> draw_dip(fit, ax=Figure().add_subplot()).get_xlabel()
    'Spring of the school year'
    """
    curve = fit.curve
    year = curve["year"].to_numpy(float)
    ax.plot(year, curve["observed"], "o", color=canvas.INK, markersize=4.5, zorder=4, label="Observed")
    if curve["fitted"].notna().any():
        _draw_fitted(ax, year, curve, fit.level)
    _scale(ax, curve)
    draw_rollout(fit.rollout, ax=ax)
    canvas.years_axis(ax)
    canvas.measured(ax, measure or _measure(fit.unit))
    canvas.titled(ax, headline(fit))
    return ax


def _draw_fitted(ax: Axes, year: np.ndarray, curve: pd.DataFrame, level: float) -> None:
    low, high = (curve[name].to_numpy(float) for name in ("conf_low", "conf_high"))
    before = {"color": canvas.PROJECTED, "linestyle": (0, (5, 2.5)), "label": "Projected from before"}
    ax.plot(year, curve["fitted"], color=canvas.CURVE, linewidth=2, zorder=3, label="Fitted curve")
    ax.fill_between(
        year, low, high, color=canvas.BAND, linewidth=0, zorder=1, label=f"{level:.0%} interval of the effect"
    )
    ax.plot(year, curve["baseline"], zorder=2, **before)


def draw_interrupted(fit: InterruptedFit, *, ax: Axes) -> Axes:
    """What do the straight lines of the textbook regression look like on these results?"""
    curve = fit.curve
    ax.plot(curve["year"], curve["observed"], "o", color=canvas.INK, markersize=4.5, label="Observed")
    ax.plot(curve["year"], curve["fitted"], color=canvas.CURVE, linewidth=2, label="Straight lines fitted")
    dashed = {"color": canvas.PROJECTED, "linestyle": (0, (5, 2.5)), "label": "Projected from before"}
    ax.plot(curve["year"], curve["baseline"], **dashed)
    canvas.years_axis(ax)
    canvas.measured(ax, "Result")
    return ax


def interrupted_figure(fit: InterruptedFit, *, size: tuple[float, float] = canvas.PAGE) -> Figure:
    """Build the picture of `draw_interrupted` as a detached figure."""
    figure, ax = canvas.page(size=size)
    draw_interrupted(fit, ax=ax)
    change = fit.table.set_index("term")["estimate"]
    title = f"Textbook answer: a jump of {change['level_change']:+.1f}, then {change['trend_change']:+.1f} a year"
    return canvas.finish(figure, title, keyed=True)


def draw_rollout(rollout: int, *, ax: Axes, label: str = "rollout") -> Axes:
    """Mark the rollout between the last unaffected result and the first that it can have affected."""
    line = rollout - 0.5
    left, right = ax.get_xlim()
    to_the_right = right - line > 0.32 * (right - left)
    ax.axvline(line, color=canvas.INK, linestyle=":", linewidth=1.2, zorder=2)
    ax.text(
        line + (0.012 if to_the_right else -0.012) * (right - left),
        0.985,
        f"{label}: first results {rollout}",
        transform=ax.get_xaxis_transform(),
        ha="left" if to_the_right else "right",
        va="top",
        fontsize=9,
        color=canvas.INK,
    )
    return ax


def dip_figure(
    fit: DipFit,
    *,
    measure: str | None = None,
    size: tuple[float, float] = canvas.PAGE,
    truth: pd.DataFrame | None = None,
    figure: Figure | None = None,
) -> Figure:
    """Build the picture of one dip as a detached figure; its title states the finding.

    Parameters
    ----------
    fit : DipFit
        From `cbe_lib.dip.fit`.
    measure : str, optional
        What was measured, with its unit, for the vertical axis.
    size : (float, float), default (4.8, 3.7)
        Width and height in inches.
    truth : DataFrame, optional
        year and value: the path that a simulation was made from, drawn as a thin line with crosses.
    figure : matplotlib Figure, optional
        A figure made here before, to be drawn over: faster than a new one.

    Returns
    -------
    matplotlib Figure
        Known to no window and no pyplot state.

    Examples
    --------
    >>> from cbe_lib import dip, samples
    >>> fit = dip.fit(samples.load("westminster").query("subject == 'reading'"), 2010)
    >>> dip_figure(fit, measure="Students proficient (%)").axes[0].get_ylabel()
    'Students proficient (%)'
    """
    figure, ax = canvas.page(figure, size=size)
    if truth is not None:
        ax.plot(
            truth["year"],
            truth["value"],
            color=canvas.TRUTH,
            linewidth=1.2,
            marker="x",
            markersize=4.5,
            zorder=5,
            label="Planted truth",
        )
    draw_dip(fit, ax=ax, measure=measure)
    return canvas.finish(figure, headline(fit), keyed=True)


def headline(fit: DipFit) -> str:
    """State the finding about depth in one line, with how sure it is.

    Examples
    --------
    >>> from cbe_lib import dip, samples
    >>> fit = dip.fit(samples.load("westminster").query("subject == 'reading'"), 2010)
    >>> headline(fit)
    'Cannot tell: only 2 results before the rollout and 5 from it on'
    """
    return finding(fit.table, fit.existence.p_value, fit.unit, fit.level)


def finding(terms: pd.DataFrame, p_value: float, unit: str, level: float) -> str:
    """State what a table of terms and a test of existence say about depth, in one line."""
    depth: dict[Any, Any] = terms.set_index("term").loc["depth"].to_dict()
    if pd.isna(depth["estimate"]):
        reason = str(depth["note"]).lower().removeprefix("cannot tell: ").partition(";")[0]
        return f"Cannot tell: {reason or 'the depth could not be estimated'}"
    estimate, low, high = _in_words(depth["estimate"], depth["conf_low"], depth["conf_high"])
    if stands_out(p_value, level):
        return f"Down about {estimate} {unit} at the deepest, likely {low} to {high}"
    return f"Cannot tell: a dip of {low} to {high} {unit} would fit"


def _in_words(*numbers: float) -> list[str]:
    """Round to what the width of the interval supports: no decimals when it is 2 or wider."""
    _, low, high = numbers
    decimals = 0 if high - low >= 2 else 1 if high - low >= 0.2 else 3
    return [f"{number:.{decimals}f}" for number in numbers]


def _measure(unit: str) -> str:
    return "Result (%)" if unit == "points" else f"Result ({unit})"


def _scale(ax: Axes, curve: pd.DataFrame) -> None:
    drawn = curve[["observed", "fitted", "conf_low", "conf_high", "baseline"]].to_numpy(float)
    drawn = drawn[np.isfinite(drawn)]
    if drawn.size:
        canvas.headroom(ax, float(drawn.min()), float(drawn.max()))
    year = curve["year"].to_numpy(float)
    ax.set_xlim(year.min() - 0.6, year.max() + 0.6)
