"""Learning as figures: how long problems stay open, safety, state rules and actions, and wins beyond the noise."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cbe_lib.errors import unknown_name
from cbe_lib.framework import claim
from cbe_lib.plots import canvas
from cbe_lib.plots.ownership import WIDE, dated, named_rows, rows_finished, rows_page
from cbe_lib.plots.small_print import small_print
from cbe_lib.themes.learning import Constraints, Latency, Recognition, Safety, SmallWins

STYLES = (("-", canvas.CURVE), ("--", canvas.PROJECTED), (":", canvas.TRUTH), ("-.", canvas.INK))
STANDING = {
    "granted": canvas.CURVE,
    "waiting": canvas.BAND,
    "refused": canvas.PROJECTED,
    "nobody asked": "#e0e0e0",
}
TAG_ROWS = {"compliance": 0, "neutral": 1, "innovation": 2}


def draw_latency(result: Latency, *, ax: Axes) -> Axes:
    """What share of noted problems is still open after so many days?

    Adds to `ax` a Kaplan-Meier curve with its band for each group, the first four at most, and the end of a term.

    Parameters
    ----------
    result : Latency
        From `cbe_lib.themes.learning.correction_latency`.
    ax : matplotlib Axes
        Added to and returned.

    Returns
    -------
    matplotlib Axes
        Days to the right, percentage still open upwards.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import learning
    >>> found = learning.correction_latency(samples.state()["corrections"])
    >>> draw_latency(found, ax=Figure().add_subplot()).get_ylabel()
    'Problems still open (%)'
    """
    names = result.curves["group"].drop_duplicates().tolist()[: len(STYLES)]
    for name, (line, color) in zip(names, STYLES, strict=False):
        curve = result.curves[result.curves["group"] == name]
        days = np.concatenate([[0.0], curve["days"].to_numpy(float)])
        share, low, high = (
            100 * np.concatenate([[1.0], curve[column].fillna(0.0).to_numpy(float)])
            for column in ("estimate", "conf_low", "conf_high")
        )
        ax.fill_between(days, low, high, step="post", color=color, alpha=0.15, linewidth=0)
        ax.plot(days, share, line, drawstyle="steps-post", color=color, linewidth=1.6, label=name)
    ax.axvline(result.term_days, color=canvas.INK, linestyle=(0, (1, 2)), linewidth=1.2)
    ax.text(result.term_days, 101, " a term", fontsize=8, color=canvas.INK, va="bottom")
    ax.set_xlim(left=0)
    ax.set_ylim(0, 108)
    ax.set_xlabel("Days since the problem was noted", fontsize=10, color=canvas.INK)
    canvas.measured(ax, "Problems still open (%)")
    return ax


def latency_figure(result: Latency, *, size: tuple[float, float] = WIDE) -> Figure:
    """How much is still open after a term? The picture of `draw_latency` as a detached figure.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import learning
    >>> found = learning.correction_latency(samples.state()["corrections"])
    >>> latency_figure(found).axes[0].get_title(loc="left").split(" ")[:3]
    ['After', '90', 'days']
    """
    figure, ax = canvas.page(size=size)
    draw_latency(result, ax=ax)
    still = result.table[result.table["term"] == "open_after_term"]
    known = still.dropna(subset=["estimate"])
    if known.empty:
        title = "Cannot tell how much is still open after a term"
    elif len(still) == 1:
        row = known.iloc[0]
        likely = f"({row['conf_low']:.0%} to {row['conf_high']:.0%})"
        title = f"After {result.term_days:g} days {row['estimate']:.0%} of problems are still open {likely}"
    else:
        low, high = known["estimate"].min(), known["estimate"].max()
        title = f"After {result.term_days:g} days {low:.0%} to {high:.0%} of problems are still open, group by group"
    band = f"Bands: {result.level:.0%} intervals, day by day. Open problems count for the days they were watched."
    return small_print(canvas.finish(figure, title, keyed=len(still) > 1), band, claim("A30").label)


def draw_safety(result: Safety, *, ax: Axes) -> Axes:
    """How safe do staff feel to err, wave by wave? Adds to `ax` a line for each group, with intervals.

    More than four groups are drawn alike and without names.
    """
    shown = result.table.dropna(subset=["estimate"])
    groups = list(shown.groupby(list(result.by), sort=True))
    waves = sorted(shown["wave"].unique())
    many = len(groups) > len(STYLES)
    for place, (name, rows) in enumerate(groups):
        line, color = ("-", canvas.CURVE) if many else STYLES[place]
        shift = 0.5 * (place - (len(groups) - 1) / 2) / max(len(groups), 1)
        x = np.array([waves.index(wave) for wave in rows["wave"]]) + shift
        label = None if many else ", ".join(map(str, name))
        ax.vlines(x, rows["conf_low"], rows["conf_high"], color=color, linewidth=0.8 if many else 1.3)
        ax.plot(x, rows["estimate"], line, marker="o", color=color, linewidth=0.8, markersize=3.5, label=label)
    ax.set_xticks(range(len(waves)), waves)
    ax.set_xlim(-0.6, max(len(waves), 1) - 0.4)
    ax.set_xlabel("Wave of the survey", fontsize=10, color=canvas.INK)
    ax.set_ylim(1, 5)
    canvas.measured(ax, "Safe to make mistakes (1 to 5)")
    return ax


def safety_figure(result: Safety, *, size: tuple[float, float] = WIDE) -> Figure:
    """Is it safe to err? The picture of `draw_safety` as a detached figure.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import learning
    >>> found = learning.safety(samples.state()["survey"].query("district_id == '00103'"))
    >>> safety_figure(found).axes[0].get_title(loc="left")
    'Safety to err lies between 2.0 and 2.4 of 5'
    """
    figure, ax = canvas.page(size=size)
    draw_safety(result, ax=ax)
    known = result.table["estimate"].dropna()
    title = (
        f"Safety to err lies between {known.min():.1f} and {known.max():.1f} of 5"
        if len(known)
        else "Cannot tell how safe staff feel to err"
    )
    hidden = int(result.table["estimate"].isna().sum())
    key = f"Vertical lines: intervals. Hidden, or too divided for a mean: {hidden} groups and waves."
    keyed = len(ax.get_legend_handles_labels()[1]) > 0
    return small_print(canvas.finish(figure, title, keyed=keyed), key, claim("A30").label)


def draw_constraints(result: Constraints, *, ax: Axes) -> Axes:
    """Who holds which rules, and where do waivers stand? Adds a bar for each holder to `ax`."""
    counts = (
        result.table.fillna({"holder": "(not stated)"}).groupby(["holder", "standing"]).size().unstack(fill_value=0)
    )
    counts = counts.loc[counts.sum(axis=1).sort_values(kind="stable").index]
    left, where = np.zeros(len(counts)), np.arange(len(counts))
    for standing, color in STANDING.items():
        if standing in counts:
            size = counts[standing].to_numpy(float)
            ax.barh(where, size, left=left, height=0.62, color=color, label=standing)
            left = left + size
    named_rows(ax, [str(name) for name in counts.index])
    ax.set_xlabel("State rules", fontsize=10, color=canvas.INK)
    return ax


def constraints_figure(result: Constraints, *, width: float = 5.4) -> Figure:
    """How many rules has nobody asked to waive? The picture of `draw_constraints` as a detached figure.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import learning
    >>> figure = constraints_figure(learning.constraints(samples.state()["state_rules"]))
    >>> " ".join(figure.axes[0].get_title(loc="left").split())
    'Of 72 rules in the way, nobody has asked to waive 13; 22 waivers are granted'
    """
    figure, ax = rows_page(1.6 * len(result.holders), width)
    draw_constraints(result, ax=ax)
    count = result.table["standing"].value_counts()
    title = (
        f"Of {len(result.table)} rules in the way, nobody has asked to waive {count.get('nobody asked', 0)}; "
        f"{count.get('granted', 0)} waivers are granted"
    )
    return small_print(rows_finished(figure, title, keyed=True), claim("A31").label)


def draw_recognition(result: Recognition, *, ax: Axes) -> Axes:
    """Which way did state actions point over time, and which risks were credited? Adds a timeline to `ax`."""
    table = result.table
    row = table["tag"].map(TAG_ROWS).astype(float)
    # Actions of one quarter stand one above the other.
    quarter = table["date"].dt.to_period("Q").astype("str") + table["tag"]
    height = row + 0.14 * (quarter.groupby(quarter).cumcount() % 4) - 0.2
    credited = table["credited"].fillna(False).astype(bool)
    risk = table["tag"] == "innovation"
    kinds = (
        (~risk, "o", canvas.FAINT, canvas.FAINT, None),
        (risk & credited, "o", canvas.CURVE, canvas.CURVE, "credited in public"),
        (risk & ~credited, "o", canvas.TRUTH, "white", "not credited yet"),
    )
    for picked, mark, color, face, label in kinds:
        style = {"color": color, "markerfacecolor": face, "markersize": 5.5, "markeredgewidth": 1.4}
        ax.plot(table["date"][picked], height[picked], mark, label=label, **style)
    named_rows(ax, list(TAG_ROWS))
    dated(ax, "Day of the action")
    return ax


def recognition_figure(result: Recognition, *, width: float = 5.6) -> Figure:
    """How many risk-takers wait for credit? The picture of `draw_recognition` as a detached figure.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import learning
    >>> found = learning.recognition(samples.state()["state_actions"])
    >>> recognition_figure(found).axes[0].get_title(loc="left")
    '15 of 39 state actions that made room are not credited yet'
    """
    figure, ax = rows_page(9, width)
    draw_recognition(result, ax=ax)
    made = int((result.table["tag"] == "innovation").sum())
    title = f"{len(result.uncredited)} of {made} state actions that made room are not credited yet"
    return small_print(rows_finished(figure, title, keyed=True), claim("A34").label)


def draw_small_wins(result: SmallWins, *, ax: Axes, district: str | None = None, indicator: str | None = None) -> Axes:
    """Which values of one sign lie beyond what the year before lets one expect?

    Parameters
    ----------
    result : SmallWins
        From `cbe_lib.themes.learning.small_wins`.
    ax : matplotlib Axes
        Added to and returned.
    district, indicator : str, optional
        Which series; if left out, the one with the smallest q-value.

    Returns
    -------
    matplotlib Axes
        The values in order of time, the mean of the years before, the limits for one value, a ring around each outside.

    Raises
    ------
    CbeError
        If there is no such series.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import learning
    >>> found = learning.small_wins(samples.state()["indicators"])
    >>> draw_small_wins(found, ax=Figure().add_subplot()).get_ylabel()
    'Attendance (percent)'
    """
    series = _series(result, district, indicator)
    points = result.points.merge(series.to_frame().T[["district_id", "indicator"]])
    last = points[points["year"] == points["year"].max()]
    ax.plot(points["date"], points["value"], "o-", color=canvas.CURVE, linewidth=1, markersize=4, label="Values")
    ax.plot(points["date"], points["center"], color=canvas.FAINT, linewidth=1.3, label="Mean of the years before")
    for name in ("low", "high"):
        label = "Limits for one value" if name == "low" else None
        ax.plot(last["date"], last[name], color=canvas.PROJECTED, linewidth=1.2, linestyle=(0, (5, 2.5)), label=label)
    out = points[points["signal"] != ""]
    ring = {"markersize": 9, "markerfacecolor": "none", "markeredgewidth": 1.8, "color": canvas.TRUTH}
    ax.plot(out["date"], out["value"], "o", label="Outside the limits", **ring)
    dated(ax, "Day of the value")
    unit = f" ({series['unit']})" if isinstance(series["unit"], str) else ""
    canvas.measured(ax, f"{str(series['indicator']).capitalize()}{unit}")
    return ax


def small_wins_figure(
    result: SmallWins,
    *,
    district: str | None = None,
    indicator: str | None = None,
    size: tuple[float, float] = WIDE,
) -> Figure:
    """Is this win real? The picture of `draw_small_wins` as a detached figure; its title answers.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import learning
    >>> figure = small_wins_figure(learning.small_wins(samples.state()["indicators"]))
    >>> " ".join(figure.axes[0].get_title(loc="left").split())
    'Attendance in 00203: real, for the better (+3.8, likely +2.7 to +4.8)'
    """
    figure, ax = canvas.page(size=size)
    draw_small_wins(result, ax=ax, district=district, indicator=indicator)
    row = _series(result, district, indicator)
    named = f"{str(row['indicator']).capitalize()} in {row['district_id']}: {row['verdict']}"
    change = f" ({row['change']:+.1f}, likely {row['conf_low']:+.1f} to {row['conf_high']:+.1f})"
    canvas.finish(figure, named if np.isnan(row["change"]) else named + change, keyed=True)
    rate = f"Chance that one value of an unchanged sign lies outside its limits: {result.false_alarm:.0%}."
    return small_print(figure, rate)


def _series(result: SmallWins, district: str | None, indicator: str | None) -> pd.Series:
    """Pick the row of the table of one series."""
    rows = result.table
    for column, name in (("district_id", district), ("indicator", indicator)):
        if name is not None:
            known = rows[column].drop_duplicates().tolist()
            rows = rows[rows[column] == name]
            if rows.empty:
                raise unknown_name(column, name, known)
    return rows.sort_values("q_value", na_position="last", kind="stable").iloc[0]
