"""Shared leadership as figures: control chart, flows, processes, seats and proposals."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator

from cbe_lib.plots import canvas
from cbe_lib.plots.purpose import labelled
from cbe_lib.themes.decision_log.reading import LEVELS, shares
from cbe_lib.themes.leadership import Concentration, DecisionRights, Escalation, Gates, Integrity, Structures
from cbe_lib.themes.leadership.gates import GATES

TALL = (5.4, 4.6)
MOST_NAMED = 32
WIDTH = 0.06  # of the bars at either end of a flow
TONES = ("#e8e8e8", canvas.BAND, "#4f8fc4", canvas.CURVE)


def draw_escalation(result: Escalation, *, ax: Axes) -> Axes:
    """In which periods were more decisions passed up than is usual here?

    Adds to `ax`: the percentage by period, the limits as steps, the center, and a ring around what lies outside.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import leadership
    >>> found = leadership.escalation(samples.state()["decisions"], period="quarter")
    >>> draw_escalation(found, ax=Figure().add_subplot()).get_ylabel()
    'Decisions passed up (%)'
    """
    table = result.table
    days = table["start"].to_numpy()
    judged = table["low"].notna().to_numpy()
    for name in ("low", "high"):
        limit = 100 * table[name].to_numpy(float)
        label = "Limits" if name == "low" else None
        ax.plot(days, limit, drawstyle="steps-mid", color=canvas.PROJECTED, linewidth=1, label=label)
    ax.plot(days, 100 * table["center"], color=canvas.FAINT, linewidth=1.2, label="Usual share")
    ax.plot(
        days, 100 * table["estimate"], "o-", color=canvas.CURVE, linewidth=1, markersize=3.5, label="Share passed up"
    )
    out = table[table["signal"] != ""]
    ax.plot(out["start"], 100 * out["estimate"], "o", color=canvas.TRUTH, markersize=9, markerfacecolor="none",
            markeredgewidth=1.8, label="Outside the limits")  # fmt: skip
    if not judged.all():
        ax.axvline(days[judged][0] if judged.any() else days[-1], color=canvas.INK, linestyle=":", linewidth=1.2)
    locator = AutoDateLocator(minticks=3, maxticks=9)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    ax.set_xlabel("Day on which the question came up", fontsize=10, color=canvas.INK)
    canvas.measured(ax, "Decisions passed up (%)")
    return ax


def escalation_figure(result: Escalation, *, size: tuple[float, float] = (5.4, 4.0)) -> Figure:
    """Build the picture of `draw_escalation` as a detached figure; its title counts what lies outside."""
    figure, ax = canvas.page(size=size)
    draw_escalation(result, ax=ax)
    judged = result.table["low"].notna()
    above = int((result.table["signal"] == "above").sum())
    canvas.finish(figure, f"{above} of {judged.sum()} points above the limits of chance", keyed=True)
    every = f"about one in {result.run_length:.0f} signals by chance." if result.false_alarm > 0 else "none can signal."
    return labelled(figure, "A18", f"Of quiet points, {every}")


def draw_flow(result: Escalation, *, ax: Axes) -> Axes:
    """From which level to which do decisions move?

    Adds to `ax` the levels to which processes give decisions on the left, those where they were taken on the right, and
    a band between them as high as the number of decisions; bands that rise are dark.
    """
    flows = result.flows
    names = [name for name in LEVELS if name in {*flows["from_level"], *flows["to_level"]}]
    total = float(flows["n"].sum())
    gap = 0.04 * total
    left, right = (_stacked(flows.groupby(side)["n"].sum(), names, gap) for side in ("from_level", "to_level"))
    start, end = dict(left), dict(right)
    for row in flows.to_dict("records"):
        passed = row["to_level"] != row["from_level"]
        _band(
            ax,
            start[row["from_level"]],
            end[row["to_level"]],
            row["n"],
            canvas.CURVE if passed else canvas.BAND,
            passed,
        )
        if passed:
            ax.text(0.5, (start[row["from_level"]] + end[row["to_level"]] + row["n"]) / 2, f"{row['n']}", fontsize=8,
                    ha="center", va="center", color="white")  # fmt: skip
        start[row["from_level"]] += row["n"]
        end[row["to_level"]] += row["n"]
    for x, places, side in ((-WIDTH, left, "right"), (1, right, "left")):
        for name in places:
            height = (start if x < 0 else end)[name] - places[name]
            ax.add_patch(Rectangle((x, places[name]), WIDTH, height, color=canvas.INK, linewidth=0))
            at = x - 0.02 if x < 0 else x + WIDTH + 0.02
            ax.text(at, places[name] + height / 2, f"{name}\n{height:.0f}", ha=side, va="center", fontsize=8.5)
    ax.set_xlim(-0.35, 1.35)
    ax.set_ylim(-gap, total + gap * (len(names) + 1))
    ax.set_xticks([0, 1], ["By the process", "Taken in fact"], fontsize=9.5)
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return ax


def flow_figure(result: Escalation, *, size: tuple[float, float] = TALL) -> Figure:
    """Build the picture of `draw_flow` as a detached figure; its title states the share passed up."""
    figure, ax = canvas.page(size=size)
    draw_flow(result, ax=ax)
    flows = result.flows
    up = flows.loc[flows["from_level"] != flows["to_level"], "n"].sum()
    canvas.finish(figure, f"{up} of {flows['n'].sum()} decisions were passed up ({up / flows['n'].sum():.0%})")
    return labelled(figure, "A18")


def _stacked(count: pd.Series, names: list[str], gap: float) -> dict[str, float]:
    """Return where each level begins, the lowest level at the bottom."""
    heights = count.reindex(names, fill_value=0).astype(float)
    starts = heights.cumsum() - heights + gap * np.arange(len(names))
    return {name: start for name, start in starts.items() if heights[name] > 0}  # pyright: ignore


def _band(ax: Axes, start: float, end: float, height: float, color: str, front: bool) -> None:
    points = [(0, start), (0.5, start), (0.5, end), (1, end)]
    back = [(1, end + height), (0.5, end + height), (0.5, start + height), (0, start + height)]
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3]
    ax.add_patch(
        PathPatch(Path([*points, *back], codes), color=color, linewidth=0, alpha=0.85, zorder=2 if front else 1)
    )


def draw_integrity(result: Integrity, *, ax: Axes) -> Axes:
    """Where are decisions taken as announced: by the planned person, after input, with an answer?

    Adds to `ax` the index over all years of each district with its interval, lowest at the bottom.
    """
    index = result.table[result.table["part"] == "index"].groupby("district_id")[["count", "n"]].sum().astype(float)
    table = shares(index["count"], index["n"], 0.95).dropna(subset=["estimate"]).sort_values("estimate", kind="stable")
    _ranked(ax, table.index.tolist(), 100 * table[["estimate", "conf_low", "conf_high"]])
    ax.set_xlim(0, 100)
    ax.set_xlabel("Decisions taken as announced (%)", fontsize=10, color=canvas.INK)
    return ax


def integrity_figure(result: Integrity, *, size: tuple[float, float] = TALL) -> Figure:
    """Build the picture of `draw_integrity` as a detached figure; its title states the share over all."""
    figure, ax = canvas.page(size=size)
    draw_integrity(result, ax=ax)
    index = result.table[result.table["part"] == "index"][["count", "n"]].sum()
    title = f"{index['count'] / index['n']:.0%} of decisions were taken as announced" if index["n"] else "Cannot tell"
    return labelled(canvas.finish(figure, title), "A19")


def draw_decision_rights(result: DecisionRights, *, ax: Axes) -> Axes:
    """Do more people say that they know who decides than rules name a decider?

    Adds to `ax` the gap of each district with its interval; right of zero more say so than is written.
    """
    table = result.gap.dropna(subset=["gap"]).sort_values("gap", kind="stable")
    columns = table[["gap", "conf_low", "conf_high"]].set_axis(["estimate", "conf_low", "conf_high"], axis=1)
    _ranked(ax, table["district_id"].tolist(), 100 * columns.astype(float))
    ax.axvline(0, color=canvas.PROJECTED, linestyle=(0, (5, 2.5)), linewidth=1.2)
    ax.set_xlabel("Say that they know, less what is written (points)", fontsize=10, color=canvas.INK)
    return ax


def decision_rights_figure(result: DecisionRights, *, size: tuple[float, float] = TALL) -> Figure:
    """Build the picture of `draw_decision_rights` as a detached figure; its title counts complete processes."""
    figure, ax = canvas.page(size=size)
    draw_decision_rights(result, ax=ax)
    complete, kinds = int(result.table["complete"].sum()), len(result.table)
    return canvas.finish(figure, f"{complete} of {kinds} kinds of decision have a complete rule")


def draw_gates(result: Gates, *, ax: Axes) -> Axes:
    """How far has each process come through the three gates?

    Adds to `ax`, for one district, a row for each process with a filled mark at each gate passed, a ring at one that
    is not; for several, a bar for each district with its processes by the last gate passed.
    """
    table = result.table
    if table["district_id"].nunique() == 1 and len(table) <= MOST_NAMED:
        return _gate_marks(ax, table)
    count = pd.crosstab(table["district_id"], table["gate"]).reindex(columns=list(GATES), fill_value=0)
    place, left = np.arange(len(count)), np.zeros(len(count))
    for gate, tone in zip(GATES, TONES, strict=True):
        ax.barh(place, count[gate], left=left, color=tone, label=gate.capitalize(), height=0.75)
        left += count[gate].to_numpy()
    if len(count) <= MOST_NAMED:
        ax.set_yticks(place, count.index, fontsize=8)
    ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    ax.set_xlabel("Processes", fontsize=10, color=canvas.INK)
    return ax


def _gate_marks(ax: Axes, table: pd.DataFrame) -> Axes:
    place = np.arange(len(table))[::-1]
    for column, name in enumerate(("designed", "feedback", "used")):
        for y, passed in zip(place, table[name], strict=True):
            ax.plot(
                column, y, "o", color=canvas.CURVE, markersize=8, markerfacecolor=canvas.CURVE if passed else "white"
            )
    for y, n, count in zip(place, table["n"], table["count"], strict=True):
        ax.text(2.25, y, f"{count} of {n}", fontsize=8, va="center", color=canvas.INK)
    ax.set_xticks(range(3), ["Designed", "Feedback", "Used as written"], fontsize=9)
    ax.set_yticks(place, table["process_id"], fontsize=8)
    ax.set_xlim(-0.4, 2.7)
    ax.tick_params(length=0)
    return ax


def gates_figure(result: Gates, *, size: tuple[float, float] = (6.2, 5.0)) -> Figure:
    """Build the picture of `draw_gates` as a detached figure; its title counts the processes used as written."""
    figure, ax = canvas.page(size=size)
    draw_gates(result, ax=ax)
    through = int((result.table["gate"] == GATES[-1]).sum())
    bars = bool(ax.get_legend_handles_labels()[1])
    canvas.finish(figure, f"{through} of {len(result.table)} processes are through all three gates", keyed=bars)
    box, inches = ax.get_position(), 0.7 if bars else 1.5
    ax.set_position((inches / size[0], box.y0, 1 - (inches + 0.15) / size[0], box.height))
    return figure


def draw_structures(result: Structures, *, ax: Axes) -> Axes:
    """How does each district stand on the three investments?

    Adds to `ax` three marks for each district: seats filled, decisions with a checker, decisions that cite a principle.
    """
    wide = result.table.pivot(index="district_id", columns="investment", values="estimate")
    place = np.arange(len(wide))[::-1]
    marks = {
        "structures": ("s", "Seats filled"),
        "processes": ("o", "Checker named"),
        "purpose": ("^", "Principle cited"),
    }
    colors = (canvas.INK, canvas.CURVE, canvas.PROJECTED)
    for (name, (mark, label)), color in zip(marks.items(), colors, strict=True):
        ax.plot(100 * wide[name].to_numpy(float), place, mark, color=color, markersize=5.5, label=label)
    if len(wide) <= MOST_NAMED:
        ax.set_yticks(place, wide.index, fontsize=8)
    ax.grid(axis="y", color=canvas.FAINT, linewidth=0.4)
    ax.set_xlim(-2, 102)
    ax.set_xlabel("Share (%)", fontsize=10, color=canvas.INK)
    return ax


def structures_figure(result: Structures, *, size: tuple[float, float] = TALL) -> Figure:
    """Build the picture of `draw_structures` as a detached figure; its title counts structures without a checker."""
    figure, ax = canvas.page(size=size)
    draw_structures(result, ax=ax)
    without = int((~result.rosters["checker"].astype(bool)).sum())
    title = f"{without} of {len(result.rosters)} structures name nobody to check the process"
    return labelled(canvas.finish(figure, title, keyed=True), "A22")


def draw_concentration(result: Concentration, *, ax: Axes) -> Axes:
    """Where do proposals come from fewer teams than equal chances would bring?

    Adds to `ax` the index of each district with its interval, and as a pale bar where it lies if chances are equal.
    """
    table = result.table[result.table["reason"] == ""].sort_values("estimate", kind="stable")
    place = np.arange(len(table))
    equal = table[["equal_low", "equal_high"]].to_numpy(float)
    ax.barh(
        place, equal[:, 1] - equal[:, 0], left=equal[:, 0], color=canvas.BAND, height=0.7, label="If chances were equal"
    )
    _ranked(ax, table["district_id"].tolist(), table[["estimate", "conf_low", "conf_high"]].astype(float))
    ax.set_xlabel("Chance that two proposals come from one team", fontsize=10, color=canvas.INK)
    return ax


def concentration_figure(result: Concentration, *, size: tuple[float, float] = TALL) -> Figure:
    """Build the picture of `draw_concentration` as a detached figure; its title counts what lies beyond chance."""
    figure, ax = canvas.page(size=size)
    draw_concentration(result, ax=ax)
    known = result.table[result.table["reason"] == ""]
    beyond = int((known["estimate"] > known["equal_high"]).sum())
    title = f"{beyond} of {len(known)} districts: more concentrated than chance" if len(known) else "Cannot tell"
    return canvas.finish(figure, title, keyed=True)


def _ranked(ax: Axes, names: list, table: pd.DataFrame) -> None:
    """Draw an interval and a dot for each name, from the bottom up."""
    place = np.arange(len(table))
    ax.hlines(place, table["conf_low"], table["conf_high"], color=canvas.CURVE, linewidth=1.6)
    ax.plot(table["estimate"], place, "o", color=canvas.CURVE, markersize=4.5)
    ax.set_yticks(place if len(names) <= MOST_NAMED else [], names if len(names) <= MOST_NAMED else [], fontsize=8)
