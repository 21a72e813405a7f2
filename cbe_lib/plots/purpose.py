"""Purpose in use as figures: where principles are cited, carried on, and undermined."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cbe_lib.framework import claim
from cbe_lib.plots import canvas
from cbe_lib.themes.decision_log.reading import LEVELS
from cbe_lib.themes.purpose import Alignment, Citations, DoubtTrigger, HybridTest, Rulings

WIDE = (6.2, 3.7)
MONTHS = ("Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul")
SHADES = LinearSegmentedColormap.from_list("shades", ["#f5f8fb", canvas.BAND, canvas.CURVE])
THREE = LinearSegmentedColormap.from_list("three", [canvas.PROJECTED, "#f2f2f2", canvas.BAND])
MARKS = {-1: "−", 0: "0", 1: "+"}
MOST_PLANS = 12
LABEL_ROOM = 0.16  # inches for the line that names the claim


def draw_citations(result: Citations, *, ax: Axes) -> Axes:
    """At which level and in which months of the year do decisions cite a principle?

    Adds to `ax` a heat map: rows are levels, columns months of the school year, each cell the percentage that cites
    one, with the number of decisions in small letters.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import purpose
    >>> found = purpose.citations(samples.state()["decisions"])
    >>> [label.get_text() for label in draw_citations(found, ax=Figure().add_subplot()).get_yticklabels()]
    ['classroom', 'school', 'district', 'board']
    """
    heat = result.heat.assign(place=(result.heat["month"] - 8) % 12)
    levels = [name for name in LEVELS if name in set(heat["level"])]
    share, count = (heat.pivot(index="level", columns="place", values=name) for name in ("estimate", "n"))
    share, count = (frame.reindex(index=levels, columns=range(12)) for frame in (share, count))
    values = share.to_numpy(float)
    _grid(ax, values, levels, list(MONTHS), SHADES, (0, 1))
    for (row, column), n in np.ndenumerate(count.to_numpy(float)):
        if n == n:
            value = values[row, column]
            color = "white" if value > 0.7 else canvas.INK
            ax.text(column, row - 0.1, f"{value:.0%}", ha="center", va="center", fontsize=7.5, color=color)
            ax.text(column, row + 0.26, f"of {n:.0f}", ha="center", va="center", fontsize=6, color=color)
    ax.set_xlabel("Month of the school year", fontsize=10, color=canvas.INK)
    return ax


def citations_figure(result: Citations, *, size: tuple[float, float] = WIDE) -> Figure:
    """Build the picture of `draw_citations` as a detached figure; its title states the share over all."""
    figure, ax = canvas.page(size=size)
    draw_citations(result, ax=ax)
    whole = result.table.iloc[0]
    title = (
        f"{whole['estimate']:.0%} of {whole['n']} decisions cite a principle, likely {whole['conf_low']:.0%} to "
        f"{whole['conf_high']:.0%}"
    )
    return labelled(canvas.finish(figure, title), "A13")


def draw_shares(table: pd.DataFrame, *, ax: Axes, measure: str = "Decisions that cite it (%)") -> Axes:
    """In which groups is a principle cited, and how sure is each share?

    Adds to `ax` a dot with its interval for each row of `table`: value, n, estimate, conf_low, conf_high.
    """
    place = np.arange(len(table))[::-1]
    ax.hlines(place, 100 * table["conf_low"], 100 * table["conf_high"], color=canvas.CURVE, linewidth=1.8)
    ax.plot(100 * table["estimate"], place, "o", color=canvas.CURVE, markersize=5)
    names = [f"{value} ({n})" for value, n in zip(table["value"], table["n"], strict=True)]
    ax.set_yticks(place, names, fontsize=8.5)
    ax.set_xlim(0, 100)
    ax.set_ylim(-0.6, max(len(table), 1) - 0.4)
    ax.grid(axis="x", color=canvas.FAINT, linewidth=0.4)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(measure, fontsize=10, color=canvas.INK)
    return ax


def shares_figure(table: pd.DataFrame, title: str, *, width: float = 5.4) -> Figure:
    """How often is it cited, group by group? The picture of `draw_shares` as a detached figure.

    Examples
    --------
    >>> row = {"value": "board", "n": 18, "estimate": 0.56, "conf_low": 0.34, "conf_high": 0.75}
    >>> shares_figure(pd.DataFrame([row]), "Cited by the board").axes[0].get_yticklabels()[0].get_text()
    'board (18)'
    """
    figure, ax = canvas.page(size=(width, 1.5 + 0.28 * max(len(table), 4)))
    draw_shares(table, ax=ax)
    canvas.finish(figure, title)
    _widen_left(figure, 1.25)
    return labelled(figure, "A13", "In brackets: number of decisions.")


def draw_alignment(result: Alignment, *, ax: Axes) -> Axes:
    """Which district principles have confirmed links in schools and in classrooms?

    Adds to `ax` a heat map: rows are principles, columns school and classroom texts, over all districts given.
    """
    by = result.coverage.groupby(["principle_id", "level"])[["count", "n"]].sum()
    share = (by["count"] / by["n"]).unstack("level").reindex(columns=["school", "classroom"])
    count = by["n"].unstack("level").reindex(columns=["school", "classroom"])
    values = share.to_numpy(float)
    _grid(ax, values, share.index.tolist(), ["Schools", "Classrooms"], SHADES, (0, 1))
    for (row, column), n in np.ndenumerate(count.to_numpy(float)):
        if n == n:
            value = values[row, column]
            color = "white" if value > 0.7 else canvas.INK
            ax.text(column, row, f"{value:.0%} of {n:.0f}", ha="center", va="center", fontsize=8.5, color=color)
    return ax


def alignment_figure(result: Alignment, *, size: tuple[float, float] = canvas.PAGE) -> Figure:
    """Build the picture of `draw_alignment` as a detached figure; its title states the share with a link."""
    figure, ax = canvas.page(size=size)
    if result.coverage.empty:
        return labelled(canvas.finish(figure, "Cannot tell: no school or classroom has a text"), "A14")
    draw_alignment(result, ax=ax)
    share = result.coverage["count"].sum() / result.coverage["n"].sum()
    canvas.finish(figure, f"{share:.0%} of the places below hold a confirmed link")
    _widen_left(figure, 1.25)
    return labelled(figure, "A14")


def draw_hybrid(result: HybridTest, *, ax: Axes) -> Axes:
    """What would each plan do to each principle, and which plans fail?

    Adds to `ax` a grid: rows are plans, rejected ones first (the first dozen), columns principles, core ones marked
    with a star, each cell the lowest effect that anyone sees.
    """
    order = result.table.assign(place=result.table["verdict"].map({"reject": 0, "cannot tell": 1, "time-limit": 2}))
    plans = order.sort_values("place", kind="stable").head(MOST_PLANS)
    effects = result.effects.merge(plans[["district_id", "proposal"]], on=["district_id", "proposal"])
    core = effects.groupby("principle_id")["core"].any()
    columns = core.sort_values(ascending=False, kind="stable").index.tolist()
    lowest = effects.pivot(index=["district_id", "proposal"], columns="principle_id", values="lowest")
    lowest = lowest.reindex(index=pd.MultiIndex.from_frame(plans[["district_id", "proposal"]]), columns=columns)
    names = [
        f"{textwrap.shorten(p, 34, placeholder='…')}: {v}"
        for p, v in zip(plans["proposal"], plans["verdict"], strict=True)
    ]
    heads = [textwrap.fill(name.replace("-", " "), 9) + ("*" if core[name] else "") for name in columns]
    _grid(ax, lowest.to_numpy(float), names, heads, THREE, (-1, 1))
    for (row, column), value in np.ndenumerate(lowest.to_numpy(float)):
        if value == value:
            color = "white" if value < 0 else canvas.INK
            ax.text(column, row, MARKS[int(value)], ha="center", va="center", fontsize=10, color=color)
    ax.tick_params(axis="both", labelsize=7.5)
    return ax


def hybrid_figure(result: HybridTest, *, size: tuple[float, float] = (6.4, 4.4)) -> Figure:
    """Build the picture of `draw_hybrid` as a detached figure; its title counts the verdicts."""
    figure, ax = canvas.page(size=size)
    draw_hybrid(result, ax=ax)
    count = result.table["verdict"].value_counts()
    told = ", ".join(f"{number} {name}" for name, number in count.items())
    shown = f" (first {MOST_PLANS} shown)" if len(result.table) > MOST_PLANS else ""
    canvas.finish(figure, f"Hybrid plans: {told}{shown}")
    _widen_left(figure, 2.55)
    return labelled(figure, "A17", "* core: nothing may undermine it.")


def draw_rulings(result: Rulings, *, ax: Axes) -> Axes:
    """On which cases would people who apply the same principles rule alike?

    Adds to `ax` a bar for each case: the share of the ruling given most often.
    """
    table = result.table.sort_values("share", kind="stable")
    place = np.arange(len(table))
    ax.barh(place, 100 * table["share"], color=canvas.BAND, height=0.6)
    for y, row in enumerate(table.to_dict("records")):
        ax.text(1.5, y, f"{row['most']} ({row['n']} rulings)", va="center", fontsize=8, color=canvas.INK)
    ax.set_yticks(place, table["dilemma_id"].astype(str))
    ax.set_xlim(0, 100)
    ax.set_xlabel("Share of the ruling given most often (%)", fontsize=10, color=canvas.INK)
    return ax


def rulings_figure(result: Rulings, *, size: tuple[float, float] = canvas.PAGE) -> Figure:
    """Build the picture of `draw_rulings` as a detached figure; its title names the agreement beyond chance."""
    figure, ax = canvas.page(size=size)
    draw_rulings(result, ax=ax)
    table = result.agreement.table
    alpha = float(table.loc[table["coefficient"] == "krippendorff_alpha", "estimate"].iloc[0])
    title = f"Agreement beyond chance: {alpha:.2f}" if alpha == alpha else "Cannot tell how far people agree"
    canvas.finish(figure, title)
    _widen_left(figure, 1.1)
    return figure


def draw_doubt(result: DoubtTrigger, *, ax: Axes) -> Axes:
    """How near to their limits are confusion and the passing up of decisions?

    Adds to `ax` a point for each period: 0 is the usual, 1 the limit.
    """
    table = result.table.dropna(subset=["estimate", "high"])
    span = (table["high"] - table["center"]).where(lambda width: width > 0)
    reach = (table["estimate"] - table["center"]) / span
    place = np.arange(len(table))
    for signal, mark, color in (("escalation", "o", canvas.CURVE), ("confusion", "s", canvas.PROJECTED)):
        here = (table["signal"] == signal).to_numpy()
        ax.plot(place[here], reach[here], mark, color=color, markersize=5, label=signal.capitalize())
    ax.axhline(1, color=canvas.INK, linewidth=1.4, label="Limit")
    ax.axhline(0, color=canvas.FAINT, linewidth=1, linestyle=(0, (5, 2.5)), label="Usual")
    ax.set_xticks(place, table["period"], rotation=60, fontsize=7.5, ha="right", rotation_mode="anchor")
    canvas.measured(ax, "Distance to the limit (limit = 1)")
    return ax


def doubt_figure(result: DoubtTrigger, *, size: tuple[float, float] = (5.4, 4.0)) -> Figure:
    """Build the picture of `draw_doubt` as a detached figure; its title says what was crossed."""
    figure, ax = canvas.page(size=size)
    if result.table["estimate"].isna().all():
        return canvas.finish(figure, "Cannot tell whether doubts have grown")
    draw_doubt(result, ax=ax)
    crossed = int(result.table["crossed"].sum())
    title = f"{crossed} of {result.table['estimate'].notna().sum()} points above the limit"
    canvas.finish(figure, f"{title}: turn back to the purpose" if crossed else title, keyed=True)
    box = ax.get_position()
    ax.set_position((box.x0, box.y0 + 0.1, box.width, box.height - 0.1))
    return figure


def labelled(figure: Figure, name: str, more: str = "") -> Figure:
    """Make room below the chart, and write there what kind of claim it rests on."""
    width, height = figure.get_size_inches()
    tall = height + LABEL_ROOM

    def raised(y: float) -> float:
        return (y * height + LABEL_ROOM) / tall

    figure.set_size_inches(width, tall)
    for ax in figure.axes:
        box = ax.get_position()
        ax.set_position((box.x0, raised(box.y0), box.width, box.height * height / tall))
    for text in figure.texts:
        text.set_y(raised(text.get_position()[1]))
    for line in figure.artists:
        if isinstance(line, Line2D):
            line.set_ydata([raised(y) for y in np.asarray(line.get_ydata(), dtype=float)])
    label = f"{claim(name).label}. {more}".strip()
    figure.text(0.02, 0.07 / tall, label, fontsize=6.5, color=canvas.INK, va="bottom")
    return figure


def _grid(
    ax: Axes, values: np.ndarray, rows: list[str], columns: list[str], colors: LinearSegmentedColormap, ends: tuple
) -> None:
    masked = np.ma.masked_invalid(values)
    ax.pcolormesh(
        np.arange(len(columns) + 1) - 0.5, np.arange(len(rows) + 1) - 0.5, masked, cmap=colors, vmin=ends[0],
        vmax=ends[1], edgecolors="white", linewidth=1.2,
    )  # fmt: skip
    ax.set_xlim(-0.5, len(columns) - 0.5)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xticks(range(len(columns)), columns, fontsize=8.5)
    ax.set_yticks(range(len(rows)), rows, fontsize=8.5)
    ax.tick_params(length=0)


def _widen_left(figure: Figure, inches: float) -> None:
    """Move the left edge of the axes to make room for long names."""
    ax, width = figure.axes[0], figure.get_size_inches()[0]
    box = ax.get_position()
    ax.set_position((inches / width, box.y0, 1 - (inches + 0.15) / width, box.height))
    title = ax.get_title(loc="left")
    ax.set_title("", loc="left")
    # The title begins at the left margin, not at the axes.
    ax.set_title(title, loc="left", x=-(inches - 0.15) / (width - inches - 0.15), y=1.0, pad=7, fontsize=10.5,
                 fontweight="bold", color=canvas.INK)  # fmt: skip
