"""Gaps by years since the rollout: one adopter beside comparison districts, or the mean of a panel."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cbe_lib.dip.comparison.result import Comparison
from cbe_lib.dip.panel import PanelFit
from cbe_lib.plots import canvas
from cbe_lib.plots.dip import finding


def draw_comparison(result: Comparison, *, ax: Axes) -> Axes:
    """Did the adopter leave its expected path further than districts that changed nothing ever do?

    Adds to `ax`: the adopter's gap to its expected path with a band for all years at once, and the gap of every
    comparison district as a thin grey line.

    Parameters
    ----------
    result : Comparison
        From `cbe_lib.dip.compare`.
    ax : matplotlib Axes
        Added to and returned.
    """
    others = result.placebos[~result.placebos["adopter"].astype(bool)]
    lines = [
        each[["event_year", "estimate"]].to_numpy(float)
        for _, each in others.sort_values("event_year").groupby("district", sort=False)
    ]
    grey = LineCollection(lines, colors=canvas.FAINT, linewidths=0.5, label="Comparison districts")
    ax.add_collection(grey)
    _draw_gap(ax, result.table, "Adopter", f"{result.level:.0%} band, all years")
    _dress(ax, result.table, result.unit)
    return ax


def comparison_figure(result: Comparison, *, size: tuple[float, float] = canvas.PAGE) -> Figure:
    """Build the picture of `draw_comparison` as a detached figure; its title states the finding."""
    figure, ax = canvas.page(size=size)
    draw_comparison(result, ax=ax)
    title = finding(result.terms, result.existence.p_value, result.unit, result.level)
    return canvas.finish(figure, title, keyed=True)


def draw_population(result: PanelFit, *, ax: Axes) -> Axes:
    """What is the common course of all districts in this panel, year by year after the rollout?"""
    _draw_gap(ax, result.population, "Mean of all districts", "Interval of the mean")
    _dress(ax, result.population, "points")
    return ax


def population_figure(result: PanelFit, *, size: tuple[float, float] = canvas.PAGE) -> Figure:
    """Build the picture of `draw_population` as a detached figure; its title states the lowest mean."""
    figure, ax = canvas.page(size=size)
    draw_population(result, ax=ax)
    return canvas.finish(figure, _lowest(result.population), keyed=True)


def _lowest(population: pd.DataFrame) -> str:
    known = population.dropna(subset=["estimate"])
    if known.empty:
        return "Cannot tell: no district could be fitted"
    low = known.sort_values("estimate").iloc[0]
    return f"Mean of all districts: lowest in year {low['event_year']:.0f}, at {low['estimate']:+.1f}"


def _draw_gap(ax: Axes, table: pd.DataFrame, name: str, band: str) -> None:
    year = table["event_year"].to_numpy(float)
    ax.fill_between(
        year,
        table["conf_low"].to_numpy(float),
        table["conf_high"].to_numpy(float),
        color=canvas.BAND,
        linewidth=0,
        alpha=0.85,
        label=band,
    )
    ax.plot(year, table["estimate"], "o-", color=canvas.CURVE, linewidth=2, markersize=4.5, label=name)


def _dress(ax: Axes, table: pd.DataFrame, unit: str) -> None:
    drawn = table[["estimate", "conf_low", "conf_high"]].to_numpy(float)
    finite = drawn[drawn == drawn]
    if finite.size:
        canvas.headroom(ax, min(float(finite.min()), 0), max(float(finite.max()), 0))
    ax.axhline(0, color=canvas.PROJECTED, linestyle=(0, (5, 2.5)), linewidth=1.2, label="Expected path")
    ax.axvline(0.5, color=canvas.INK, linestyle=":", linewidth=1.2)
    years = table["event_year"].astype(float)
    ax.set_xlim(years.min() - 0.4, years.max() + 0.4)
    ax.set_xlabel("Years since the last unaffected result", fontsize=10, color=canvas.INK)
    ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    canvas.measured(ax, f"Gap to expectation ({unit})")
