"""What catching up may cost, where students stand against their age grade, and how the differences split."""

from __future__ import annotations

import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cbe_lib.framework import claim
from cbe_lib.plots import canvas
from cbe_lib.plots.small_print import small_print
from cbe_lib.themes.open_questions import CatchUpCost, Ceiling, Split

BIN, LEFT = 0.5, 1.3
PARTS = {
    "district": "between districts",
    "school": "between schools\nof a district",
    "student": "between students\nof a school",
}


def draw_fan(result: CatchUpCost, *, ax: Axes) -> Axes:
    """How much will have been spent by the end of each year, and how unsure is that?

    Parameters
    ----------
    result : CatchUpCost
        From `open_questions.catch_up_cost`.
    ax : matplotlib Axes
        The most likely course and the band of the plausible range are added to it, and it is returned.
    """
    fan = result.fan
    year = np.concatenate([[0], fan["year"]])
    low, middle, high = (np.concatenate([[0.0], fan[name]]) for name in ("conf_low", "estimate", "conf_high"))
    ax.fill_between(year, low, high, color=canvas.BAND, linewidth=0)
    ax.plot(year, middle, "o-", color=canvas.CURVE, markersize=4)
    ax.set_xlim(0, year[-1])
    ax.set_ylim(0, 1.06 * max(float(high[-1]), 1.0))
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.set_xlabel("Years from the start", fontsize=9, color=canvas.INK)
    ax.set_ylabel("Spent so far", fontsize=9, color=canvas.INK)
    ax.yaxis.set_major_locator(MaxNLocator(4))
    ax.yaxis.set_major_formatter(FuncFormatter(_dollars))
    return ax


def draw_tornado(result: CatchUpCost, *, ax: Axes) -> Axes:
    """Which doubt moves the total most?

    Adds to `ax` a bar for each input, from the total at its lowest to the total at its highest value while the others
    stay where they most likely are; the longest bar is on top.

    Parameters
    ----------
    result : CatchUpCost
        From `open_questions.catch_up_cost`.
    ax : matplotlib Axes
        Added to and returned.
    """
    rows = result.tornado
    for place, row in enumerate(rows.to_dict("records")):
        left, right = row["total_low"], row["total_high"]
        ax.barh(place, right - left, left=left, height=0.5, color=canvas.CURVE)
        for at, side, said in ((left, "right", row["low"]), (right, "left", row["high"])):
            ax.annotate(
                f"{said:.0f}",
                (at, place),
                (4 if side == "left" else -4, 0),
                textcoords="offset points",
                ha=side,
                va="center",
                fontsize=8.5,
            )
    ax.axvline(float(result.table["estimate"].iloc[-1]), color=canvas.INK, linewidth=1)
    ax.set_yticks(range(len(rows)), [textwrap.fill(str(name), 10) for name in rows["input"]], fontsize=9)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ends = rows[["total_low", "total_high"]].to_numpy(float)
    room = 0.2 * max(float(np.ptp(ends)), 1.0) if ends.size else 1.0
    ax.set_xlim(max(float(ends.min()) - room, -room) if ends.size else 0, float(ends.max()) + room if ends.size else 1)
    ax.xaxis.set_major_locator(MaxNLocator(3))
    ax.xaxis.set_major_formatter(FuncFormatter(_dollars))
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("Total, if this one doubt stands at either end", fontsize=9, color=canvas.INK)
    return ax


def cost_figure(result: CatchUpCost, *, size: tuple[float, float] = (4.8, 4.7)) -> Figure:
    """What may catching up cost, and which doubt matters most? Fan above, tornado below, as a detached figure.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import open_questions
    >>> costs = samples.state()["costs"].query("district_id == '00013'")
    >>> found = open_questions.catch_up_cost({"all": (40, 1.5)}, costs, service="tutoring")
    >>> cost_figure(found).axes[0].get_title(loc="left").split()[1].strip(chr(92))
    '$209'
    """
    width, height = size
    figure = Figure(figsize=size)
    across = (width - LEFT - 0.25) / width
    fan = figure.add_axes((LEFT / width, 2.35 / height, across, 1.65 / height))
    tornado = figure.add_axes((LEFT / width, 0.62 / height, across, 1.05 / height))
    for ax in (fan, tornado):
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(labelsize=8.5)
    draw_fan(result, ax=fan)
    draw_tornado(result, ax=tornado)
    total = result.table.iloc[-1]
    low, middle, high = (_dollars(total[name], None) for name in ("conf_low", "estimate", "conf_high"))
    most = f"; the largest doubt: {result.tornado['input'].iloc[0]}" if len(result.tornado) else ""
    title = f"About {middle}, plausibly {low} to {high}{most}"
    canvas.titled(
        fan, title.replace("$", r"\$"), outdent=LEFT - 0.15
    )  # else Matplotlib reads a formula between two of them
    return small_print(figure, result.notes[0], claim("B03").label)


def _dollars(amount: float, _place: object) -> str:
    if amount >= 999_500:
        return f"${amount / 1e6:.3g} million"
    return f"${amount / 1e3:.3g} thousand" if amount >= 1000 else f"${amount:.0f}"


def draw_ceiling(result: Ceiling, *, ax: Axes) -> Axes:
    """Where do students stand against their age grade, and how many of them where their course ends?

    Parameters
    ----------
    result : Ceiling
        From `open_questions.ceiling`.
    ax : matplotlib Axes
        Bars of students by level less age grade are added to it, the dark part standing at the last level of its
        course; and it is returned. Nothing is drawn where the shares are hidden.
    """
    ax.set_xlabel("Level less age grade", fontsize=9.5, color=canvas.INK)
    if result.table["reason"].iloc[0]:
        ax.text(0.5, 0.5, result.table["reason"].iloc[0], ha="center", transform=ax.transAxes, style="italic")
        return ax
    gaps, there = result.gaps.astype(float), np.nan_to_num(result.at_cap) > 0
    edges = np.arange(np.floor(gaps.min()), np.ceil(gaps.max()) + 2 * BIN, BIN)
    every, capped = np.histogram(gaps, edges)[0], np.histogram(gaps[there], edges)[0]
    middle = (edges[:-1] + edges[1:]) / 2
    ax.bar(middle, every, BIN * 0.92, color=canvas.BAND, edgecolor=canvas.CURVE, linewidth=0.7, label="students")
    ax.bar(middle, capped, BIN * 0.92, color=canvas.CURVE, label="their course ends here")
    ax.axvline(0, color=canvas.INK, linewidth=1)
    ax.axvline(1, color=canvas.TRUTH, linewidth=1.3, linestyle=(0, (5, 2.5)), label="one level above")
    ax.set_xlim(edges[0], edges[-1])
    canvas.measured(ax, "Students")
    return ax


def ceiling_figure(result: Ceiling, *, size: tuple[float, float] = canvas.PAGE) -> Figure:
    """Is the ceiling off? The picture of `draw_ceiling`, titled, as a detached figure.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import open_questions
    >>> found = open_questions.ceiling(samples.state()["progress"])
    >>> ceiling_figure(found).axes[0].get_title(loc="left").replace(chr(10), " ").split(";")[0]
    '16% stand a level or more above their age grade (10% to 24%)'
    """
    figure, ax = canvas.page(size=size)
    draw_ceiling(result, ax=ax)
    terms = result.table.set_index("term")
    above, cap = terms.loc["at_or_above_1"].to_dict(), terms.loc["at_cap"].to_dict()
    if above["reason"]:
        return small_print(canvas.finish(figure, "Cannot tell where students stand"), claim("B04").label)
    span = f"{above['conf_low']:.0%} to {above['conf_high']:.0%}"
    title = f"{above['estimate']:.0%} stand a level or more above their age grade ({span})"
    title += "" if cap["reason"] else f"; {cap['estimate']:.0%} of those whose course ends stand at its end"
    return small_print(canvas.finish(figure, title, keyed=True), f"{above['n']} students.", claim("B04").label)


def draw_split(result: Split, *, ax: Axes) -> Axes:
    """How much of the differences lies between districts, schools and students, and how sure is each part?

    Parameters
    ----------
    result : Split
        From `open_questions.variance_split`.
    ax : matplotlib Axes
        A dot with its interval for each part is added to it, and it is returned.
    """
    rows = result.table.set_index("part").loc[list(PARTS)]
    for place, row in enumerate(rows.to_dict("records")):
        ax.hlines(place, row["conf_low"], row["conf_high"], color=canvas.CURVE, linewidth=3)
        ax.plot(row["estimate"], place, "o", color=canvas.CURVE, markersize=8)
        said = f"{row['share']:.0%}"
        ax.annotate(said, (row["estimate"], place), (0, 8), textcoords="offset points", ha="center", fontsize=9)
    ax.set_yticks(range(len(rows)), list(PARTS.values()), fontsize=9)
    ax.set_ylim(len(rows) - 0.5, -0.6)
    ax.set_xlim(left=-0.02)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("Variance (levels squared), 95% intervals", fontsize=9, color=canvas.INK)
    return ax


def split_figure(result: Split, *, width: float = canvas.PAGE[0]) -> Figure:
    """Is it a matter of districts, schools or students? The picture of `draw_split`, titled, as a detached figure.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import open_questions
    >>> found = open_questions.variance_split(samples.state()["progress"])
    >>> split_figure(found).axes[0].get_title(loc="left").split(",")[0].replace(chr(10), " ")
    'Most lies between students of a school (62%)'
    """
    left, tall, below, above = 1.3, 1.65, 0.5, 0.6
    height = tall + below + above
    figure = Figure(figsize=(width, height))
    ax = figure.add_axes((left / width, below / height, (width - left - 0.2) / width, tall / height))
    ax.spines[["top", "right", "left"]].set_visible(False)
    draw_split(result, ax=ax)
    rows = result.table.set_index("part").loc[list(PARTS)]
    most = str(rows["share"].idxmax())
    name = PARTS[most].replace("\n", " ")
    known = "may be nothing" if rows["conf_low"].iloc[0] <= 0 else "is more than nothing"
    title = f"Most lies {name} ({rows['share'][most]:.0%}), and the part of districts {known}"
    canvas.titled(ax, title, outdent=left - 0.15)
    return small_print(figure, claim("B05").label)
