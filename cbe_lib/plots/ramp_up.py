"""Figures of the theme of ramping up; the plan's own picture is in `plan_audit`."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from cbe_lib.framework import claim
from cbe_lib.plots import canvas
from cbe_lib.plots.small_print import small_print
from cbe_lib.themes.ramp_up.compliance import MEASURES, Compliance
from cbe_lib.themes.ramp_up.core_values import CoreValues
from cbe_lib.themes.ramp_up.slope import DepthByRampUp, Prepared
from cbe_lib.themes.ramp_up.spirit import MOTIONS, Spirit
from cbe_lib.themes.ramp_up.squeezed import Squeeze
from cbe_lib.themes.ramp_up.stages_of_change import Stages

WHERE = {"written": "texts", "decisions": "decisions", "survey": "people"}


def draw_depth_by_ramp_up(result: DepthByRampUp, *, ax: Axes) -> Axes:
    """Do districts with longer ramp-ups have shallower dips?

    Adds to `ax` a dot for each adopter with the interval of its depth, larger where it counts for more, and the line of
    the regression with its band.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import ramp_up
    >>> state = samples.state()
    >>> found = ramp_up.depth_by_ramp_up(state["outcomes"], state["districts"])
    >>> draw_depth_by_ramp_up(found, ax=Figure().add_subplot()).get_xlabel()
    'Months of ramp-up'
    """
    used = result.districts.dropna(subset=["index", "estimate"])
    x = used["index"].to_numpy(float)
    ax.vlines(x, used["conf_low"], used["conf_high"], color=canvas.FAINT, linewidth=1.2, label="one district")
    share = used["weight"].fillna(0.02).to_numpy(float)
    ax.scatter(x, used["estimate"], s=12 + 600 * share, color=canvas.INK, zorder=3)
    if result.model is not None:
        grid = np.linspace(x.min(), x.max(), 60)
        shown = result.model.get_prediction(np.column_stack([np.ones(60), grid - result.center]))
        low, high = shown.conf_int(alpha=1 - result.level).T
        ax.fill_between(grid, low, high, color=canvas.BAND, linewidth=0, zorder=0, label=f"{result.level:.0%} band")
        ax.plot(grid, shown.predicted_mean, color=canvas.CURVE, linewidth=2, label="line through all")
    ax.axhline(0, color=canvas.PROJECTED, linestyle=(0, (5, 2.5)), linewidth=1.2, label="no dip")
    ax.set_xlabel(_named(result.index), fontsize=9.5, color=canvas.INK)
    canvas.measured(ax, "Depth of the dip (points)")
    return ax


def _named(index: str) -> str:
    return "Months of ramp-up" if index == "ramp_up_months" else index.replace("_", " ").capitalize()


def depth_by_ramp_up_figure(result: DepthByRampUp, *, size: tuple[float, float] = (4.8, 4.2)) -> Figure:
    """Build the picture of `draw_depth_by_ramp_up` as a detached figure; its title states the finding."""
    figure, ax = canvas.page(size=size)
    draw_depth_by_ramp_up(result, ax=ax)
    slope = result.table.set_index("term").to_dict("index")["slope"]
    name = _named(result.index)
    if slope["reason"]:
        title = f"{name} and depth: {slope['reason']}"
    elif slope["conf_low"] <= 0 <= slope["conf_high"]:
        title = f"Cannot tell whether {name[0].lower() + name[1:]} goes with depth ({slope['n']} districts)"
    else:
        word = "shallower" if slope["estimate"] < 0 else "deeper"
        title = f"{name}: one more goes with dips {abs(slope['estimate']):.2f} points {word}"
    return small_print(canvas.finish(figure, title, keyed=True), claim("B13").label)


def draw_prepared(result: Prepared, *, ax: Axes) -> Axes:
    """Do districts that ramp up longer have more in place when they start? Adds dots and the fitted line to `ax`."""
    x, y = (result.districts[name].to_numpy(float) for name in ("index", "estimate"))
    ax.scatter(x, y, s=26, color=canvas.INK, zorder=3, label="one district")
    terms = result.table.set_index("term")
    if result.model is not None:
        grid = np.linspace(x.min(), x.max(), 2)
        line = terms.loc["share", "estimate"] + terms.loc["slope", "estimate"] * (grid - x.mean())
        ax.plot(grid, line, color=canvas.CURVE, linewidth=2, label="line through all")
    ax.set_ylim(-0.04, 1.04)
    ax.set_xlabel("Months of ramp-up", fontsize=9.5, color=canvas.INK)
    canvas.measured(ax, "Preparations in place (share)")
    return ax


def prepared_figure(result: Prepared, *, size: tuple[float, float] = canvas.PAGE) -> Figure:
    """Build the picture of `draw_prepared` as a detached figure; its title states the finding."""
    figure, ax = canvas.page(size=size)
    draw_prepared(result, ax=ax)
    slope = result.table.set_index("term").to_dict("index")["slope"]
    clear = slope["conf_low"] * slope["conf_high"] > 0
    title = (
        f"One more month of ramp-up goes with {100 * slope['estimate']:+.1f} percent points in place"
        if clear
        else "Cannot tell whether longer ramp-ups leave more in place"
    )
    return small_print(canvas.finish(figure, title, keyed=True), claim("B13").label)


def draw_squeeze(result: Squeeze, *, ax: Axes) -> Axes:
    """How much deeper may the dip be if the ramp-up is cut? Adds the added depth and its interval at each cut to `ax`.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from cbe_lib.themes import ramp_up
    >>> found = ramp_up.squeeze(12, slope=(-0.3, -0.5, -0.1), depth=(5, 3, 7))
    >>> draw_squeeze(found, ax=Figure().add_subplot()).get_xlabel()
    'Share of the ramp-up that is cut'
    """
    rows = result.table[result.table["term"] == "added_depth"]
    x = 100 * rows["cut"].to_numpy(float)
    low, high = rows["conf_low"].to_numpy(float), rows["conf_high"].to_numpy(float)
    ax.fill_between(x, low, high, color=canvas.BAND, linewidth=0)
    ax.plot(x, rows["estimate"], "o-", color=canvas.CURVE, linewidth=2, markersize=5)
    for place, value in zip(x, rows["estimate"], strict=True):
        note = {"xytext": (0, 5), "textcoords": "offset points", "ha": "center", "fontsize": 8.8}
        ax.annotate(f"+{value:.1f}", (place, value), **note, color=canvas.INK)
    ax.axhline(0, color=canvas.INK, linewidth=0.8)
    span = max(x.max() - x.min(), 10)
    ax.set_xlim(x.min() - 0.07 * span, x.max() + 0.07 * span)
    ax.set_xticks(x, [f"{cut:.0f}%" for cut in x])
    ax.set_xlabel("Share of the ramp-up that is cut", fontsize=9.5, color=canvas.INK)
    canvas.measured(ax, "Points deeper than with the whole ramp-up")
    return ax


def squeeze_figure(result: Squeeze, *, size: tuple[float, float] = (4.8, 4.2)) -> Figure:
    """Build the picture of `draw_squeeze` as a detached figure, with its assumptions printed below."""
    figure, ax = canvas.page(size=size)
    draw_squeeze(result, ax=ax)
    worst = result.table[result.table["term"] == "added_depth"].iloc[-1]
    title = f"If the link holds, cutting {worst['cut']:.0%} of the ramp-up adds about {worst['estimate']:.1f} points"
    canvas.finish(figure, title)
    band = f"Band: {result.level:.0%} of draws. Assumed: {'; '.join(result.assumptions)}."
    return small_print(figure, band, claim("B12").label)


def draw_spirit(result: Spirit, *, ax: Axes) -> Axes:
    """Which places have the structures but not the spirit? Adds a dot and two intervals for each place to `ax`.

    Filled dots lie in a quadrant with both intervals, hollow ones cannot be placed.
    """
    known = result.table.dropna(subset=["structure_low", "spirit_low"])
    for row in known.to_dict("records"):
        sure = row["quadrant"] != "cannot tell"
        line: dict[str, Any] = {"color": canvas.CURVE if sure else canvas.FAINT, "linewidth": 1.2, "zorder": 1 + sure}
        ax.plot([row["structure_low"], row["structure_high"]], [row["spirit"]] * 2, **line)
        ax.plot([row["structure"]] * 2, [row["spirit_low"], row["spirit_high"]], **line)
        face = canvas.CURVE if sure else "white"
        ax.plot(
            row["structure"], row["spirit"], "o", markersize=5.5, color=line["color"], markerfacecolor=face, zorder=3
        )
        if row["quadrant"] == MOTIONS:
            note: dict[str, Any] = {"xytext": (6, -11), "textcoords": "offset points", "fontsize": 8.3}
            ax.annotate(str(row["place"]), (row["structure"], row["spirit"]), **note, color=canvas.INK)
    ax.axvline(result.cuts[0], color=canvas.INK, linestyle=":", linewidth=1.1)
    ax.axhline(result.cuts[1], color=canvas.INK, linestyle=":", linewidth=1.1)
    ax.set_xlim(0.8, 4.2)
    if len(known):
        ax.set_ylim(min(known["spirit_low"].min(), result.cuts[1] - 0.7) - 0.15, known["spirit_high"].max() + 0.3)
    corners = ((0.98, 0.02, "right", "bottom", MOTIONS), (0.98, 0.98, "right", "top", "structure and spirit"))
    corners += ((0.02, 0.98, "left", "top", "spirit ahead"), (0.02, 0.02, "left", "bottom", "neither yet"))
    for x, y, ha, va, words in corners:
        style = {"fontsize": 8.3, "style": "italic", "color": canvas.INK}
        ax.text(x, y, words, transform=ax.transAxes, ha=ha, va=va, **style)
    ax.set_xlabel("Structure: mean level (1 to 4)", fontsize=9.5, color=canvas.INK)
    canvas.measured(ax, "Values and behavior (1 to 5)")
    return ax


def spirit_figure(result: Spirit, *, size: tuple[float, float] = (4.8, 4.4)) -> Figure:
    """Build the picture of `draw_spirit` as a detached figure; its title counts what can be told."""
    figure, ax = canvas.page(size=size)
    draw_spirit(result, ax=ax)
    counts = result.table["quadrant"].value_counts()
    motions, unknown = counts.get(MOTIONS, 0), counts.get("cannot tell", 0)
    title = f"{motions} of {len(result.table)} places go through the motions; for {unknown} nobody can tell"
    return small_print(canvas.finish(figure, title), claim("B08").label)


def draw_compliance(result: Compliance, role: str | None = None, *, ax: Axes) -> Axes:
    """Does doing it because told to give way? Adds both measures of a role by wave, with intervals, to `ax`.

    `role` is the one with most people if left out.
    """
    means = result.table[(result.table["term"] == "mean") & (result.table["role"] == (role or _most(result)))]
    waves = sorted(means["wave"].unique())
    styles = {MEASURES[0]: (canvas.PROJECTED, "s", -0.08), MEASURES[1]: (canvas.CURVE, "o", 0.08)}
    for name, (color, marker, shift) in styles.items():
        rows = means[means["measure"] == name].set_index("wave").reindex(waves)
        place = np.arange(len(waves)) + shift
        ax.vlines(place, rows["conf_low"], rows["conf_high"], color=color, linewidth=1.6)
        ax.plot(place, rows["estimate"], marker=marker, color=color, linewidth=1.4, markersize=5, label=name)
    ax.set_xticks(range(len(waves)), waves)
    ax.set_xlim(-0.5, len(waves) - 0.5)
    ax.set_xlabel("Wave (blank where few answered)", fontsize=9.5, color=canvas.INK)
    canvas.measured(ax, "Agreement (1 to 5)")
    return ax


def _most(result: Compliance) -> str:
    trends = result.table[result.table["term"] == "trend"]
    return str(trends["role"].iloc[int(trends["n"].fillna(0).astype(int).to_numpy().argmax())])


def compliance_figure(
    result: Compliance, role: str | None = None, *, size: tuple[float, float] = canvas.PAGE
) -> Figure:
    """Build the picture of `draw_compliance` as a detached figure; its title states the trend of the index."""
    figure, ax = canvas.page(size=size)
    chosen = role or _most(result)
    draw_compliance(result, chosen, ax=ax)
    table = result.table
    trend = table[(table["role"] == chosen) & (table["term"] == "trend") & (table["measure"] == MEASURES[2])].iloc[0]
    clear = trend["conf_low"] * trend["conf_high"] > 0
    word = ("grows" if trend["estimate"] > 0 else "gives way") if clear else "cannot tell whether it gives way"
    return small_print(canvas.finish(figure, f"Compliance, {chosen}: {word}", keyed=True), claim("B10").label)


def draw_core_values(result: CoreValues, *, ax: Axes) -> Axes:
    """Where are the core values written and cited? Adds a dot and an interval for each share to `ax`."""
    rows = result.table[result.table["unit"] == "share"].reset_index(drop=True)
    rows = rows.sort_values("value", kind="stable").reset_index(drop=True)
    place = np.arange(len(rows))
    ax.hlines(place, rows["conf_low"], rows["conf_high"], color=canvas.CURVE, linewidth=2.2)
    ax.plot(rows["estimate"], place, "o", color=canvas.CURVE, markersize=6)
    labels = [f"{textwrap.fill(v, 22)}\n({WHERE[w]})" for v, w in zip(rows["value"], rows["where"], strict=True)]
    ax.set_yticks(place, labels, fontsize=8.3)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel("Share that carries or cites it", fontsize=9.5, color=canvas.INK)
    return ax


def core_values_figure(result: CoreValues, *, size: tuple[float, float] = (4.8, 4.6)) -> Figure:
    """Build the picture of `draw_core_values` as a detached figure; its title names the value cited least."""
    figure, ax = canvas.page(size=size)
    draw_core_values(result, ax=ax)
    cited = result.table[result.table["where"] == "decisions"].sort_values("estimate")
    least = cited.iloc[0]
    title = f"Cited least: {least['value']}, in {least['estimate']:.0%} of decisions"
    canvas.finish(figure, title)
    return _indented(figure, claim("B08").label)


def draw_stages(result: Stages, *, ax: Axes) -> Axes:
    """How many of the planned hours belong to each stage? Adds a bar for each stage to `ax`."""
    hours = pd.to_numeric(result.table["hours"], errors="coerce").fillna(0).to_numpy(float)
    place = np.arange(len(hours))
    ax.barh(place, hours, color=canvas.CURVE, height=0.6)
    for where, (spent, districts) in enumerate(zip(hours, result.table["districts"], strict=True)):
        said = f" {spent:,.0f}" + ("" if pd.isna(districts) else f"; {districts} districts")
        ax.text(spent, where, said, va="center", fontsize=8.3, color=canvas.INK)
    ax.set_yticks(place, result.table["stage"], fontsize=9)
    ax.set_ylim(len(hours) - 0.5, -0.5)
    ax.set_xlim(0, max(hours.max(), 1) * 1.7)
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.set_xlabel("Planned working hours", fontsize=9.5, color=canvas.INK)
    return ax


def stages_figure(result: Stages, *, size: tuple[float, float] = (4.8, 2.9)) -> Figure:
    """Build the picture of `draw_stages` as a detached figure, with the source of the stages."""
    figure, ax = canvas.page(size=size)
    draw_stages(result, ax=ax)
    hours = pd.to_numeric(result.table["hours"], errors="coerce").fillna(0)
    share = (
        f"{hours.iloc[0] / hours.sum():.0%} of the planned hours are for ramping up" if hours.sum() else "No plan given"
    )
    canvas.finish(figure, share)
    return _indented(figure, "Stages after Sturgis (2015), CC BY 4.0; hours from the plans given")


def _indented(figure: Figure, line: str, left: float = 1.75) -> Figure:
    """Make room for long labels on the left of the first axes, and write the small print."""
    ax = figure.axes[0]
    width = figure.get_size_inches()[0]
    box = ax.get_position()
    across = box.x1 * width - 0.15 - left
    ax.set_position((left / width, box.y0, across / width, box.height))
    style: dict[str, Any] = {"loc": "left", "fontsize": 10.5, "fontweight": "bold", "color": canvas.INK}
    ax.set_title(ax.get_title(loc="left"), x=-(left - 0.15) / across, **style)
    return small_print(figure, line)
