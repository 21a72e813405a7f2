"""Load by month of one change beside several, gaps of representation, and the fit card."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from cbe_lib.errors import unknown_name
from cbe_lib.framework import claim
from cbe_lib.plots import canvas
from cbe_lib.plots.ownership import dated
from cbe_lib.plots.small_print import small_print
from cbe_lib.themes.integration import FitCard, IntegratedPlan, Representation
from cbe_lib.themes.integration.fit import LEVELS

ROW, BELOW, LEFT, RIGHT, TOP = 0.235, 0.5, 1.85, 0.2, 0.16
LONGEST = 30
PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
WAYS = ("integrated", "one after the other")


def draw_load(result: IntegratedPlan, *, ax: Axes, owner: str | None = None) -> Axes:
    """In which months is an owner overloaded, in one change and one after the other?

    Adds to `ax`: hours by month in one change (filled, with a range for each month), one after the other (line), and
    the overload line.

    Parameters
    ----------
    result : IntegratedPlan
        From `integration.integrated_plan`.
    ax : matplotlib Axes
        Added to and returned.
    owner : str, optional
        Whose load; the one with the highest month if left out.

    Raises
    ------
    CbeError
        For an owner that is not in the plans.
    """
    who = _owner(result, owner)
    one, other = (_by_month(result, way, who) for way in WAYS)
    busy = one[one["hours"] > 0]
    # One shape for all months, one for all ranges: a bar for each takes Matplotlib ten times as long.
    ax.stairs(one["hours"].to_numpy(), _edges(one.index), fill=True, color=canvas.BAND, label="In one change")
    middle = dates.date2num(busy.index) + 15
    ax.vlines(middle, busy["conf_low"].to_numpy(), busy["conf_high"].to_numpy(), color=canvas.CURVE, linewidth=0.8)
    later = {"color": canvas.PROJECTED, "linewidth": 1.5, "drawstyle": "steps-post"}
    ax.plot(_edges(other.index), np.append(other["hours"].to_numpy(), 0.0), label="One after the other", **later)
    line = {"color": canvas.TRUTH, "linewidth": 1.3, "linestyle": (0, (5, 2.5))}
    ax.axhline(result.limit, label=f"Overload line: {result.limit:g} hours", **line)
    top = max(float(one["conf_high"].max()), float(other["hours"].max()), result.limit)
    ax.set_ylim(0, 1.08 * top)
    dated(ax, "Month")
    ax.tick_params(axis="y", labelsize=7.5)
    canvas.measured(ax, f"Hours a month, {who}")
    return ax


def _owner(result: IntegratedPlan, owner: str | None) -> str:
    busiest = result.months[result.months["way"] == WAYS[0]].sort_values("hours")["owner_role"].iloc[-1]
    known = sorted(result.months["owner_role"].unique())
    if owner is not None and owner not in known:
        raise unknown_name("owner in the plans", owner, known)
    return owner or str(busiest)


def _edges(months: pd.Index) -> np.ndarray:
    """Give the first day of each month and of the one after the last, as Matplotlib counts days."""
    return dates.date2num([*months, months[-1] + pd.offsets.MonthBegin()])


def _by_month(result: IntegratedPlan, way: str, owner: str) -> pd.DataFrame:
    months = result.months[result.months["way"] == way]
    every = pd.date_range(months["month"].min(), months["month"].max(), freq="MS")
    own = months[months["owner_role"] == owner].set_index("month")[["hours", "conf_low", "conf_high"]]
    return own.reindex(every, fill_value=0.0)


def load_figure(result: IntegratedPlan, *, owner: str | None = None, size: tuple[float, float] = canvas.PAGE) -> Figure:
    """Whom would one change overload, and when? The picture of `draw_load`, titled, as a detached figure.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import integration
    >>> plan = samples.state()["plan"].query("district_id == '00013'")
    >>> both = integration.integrated_plan({"one": plan, "other": plan[plan["category"] == "vision"]})
    >>> load_figure(both, owner="design team").axes[0].get_title(loc="left").split(":")[0]
    'Design team'
    """
    figure, ax = canvas.page(size=size)
    draw_load(result, ax=ax, owner=owner)
    who = _owner(result, owner)
    own = result.months[(result.months["owner_role"] == who) & result.months["overloaded"]]["way"]
    one, other = (int((own == way).sum()) for way in WAYS)
    title = f"{who[:1].upper()}{who[1:]}: {_months(one)} over the line in one change, {_months(other)} in turn"
    return small_print(canvas.finish(figure, title, keyed=True), result.notes[0], claim("B16").label)


def _months(count: int) -> str:
    return "1 month" if count == 1 else f"{count} months"


def draw_gaps(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """How far does each share lie from that of the population? Adds a dot and an interval for each row to `ax`.

    Parameters
    ----------
    rows : DataFrame
        label, gap, gap_low, gap_high (shares), reason: rows without a gap show their reason.
    ax : matplotlib Axes
        Added to and returned.
    """
    place = np.arange(len(rows))
    known = rows["gap"].notna().to_numpy()
    low, high = 100 * rows["gap_low"].to_numpy(float), 100 * rows["gap_high"].to_numpy(float)
    clear = known & ((low > 0) | (high < 0))
    ax.axvline(0, color=canvas.PROJECTED, linestyle=(0, (5, 2.5)), linewidth=1.2)
    ax.hlines(place[known], low[known], high[known], color=canvas.CURVE, linewidth=2)
    gap = 100 * rows["gap"].to_numpy(float)
    mark = {"linestyle": "none", "marker": "o", "markersize": 6, "color": canvas.CURVE}
    ax.plot(gap[clear], place[clear], **mark)
    ax.plot(gap[known & ~clear], place[known & ~clear], **mark, markerfacecolor="white")
    for where in place[~known]:
        said = str(rows["reason"].iloc[where]).split(",")[0]
        ax.annotate(
            said,
            (0.02, where),
            xycoords=("axes fraction", "data"),
            fontsize=7.5,
            style="italic",
            va="center",
            bbox=PAPER,
        )
    names = [name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…" for name in rows["label"]]
    ax.set_yticks(place, names, fontsize=8.5)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:+.0f}" if value else "0"))
    return ax


def draw_representation(result: Representation, *, ax: Axes, people: Sequence[str] | None = None) -> Axes:
    """How far is each group's share of seats and staff from its share of students, and how sure is that?

    Parameters
    ----------
    result : Representation
        From `integration.representation`.
    ax : matplotlib Axes
        Added to and returned.
    people : sequence of str, optional
        Which rows: "seats", "voting seats", "teacher"; all if left out.
    """
    draw_gaps(_represented(result, people), ax=ax)
    ax.set_xlabel("Share less share of students (points)", fontsize=9.5, color=canvas.INK)
    return ax


def _represented(result: Representation, people: Sequence[str] | None) -> pd.DataFrame:
    known = list(dict.fromkeys(result.table["people"]))
    for name in people or ():
        if name not in known:
            raise unknown_name("row of the representation", name, known)
    rows = result.table[~result.table["reason"].str.startswith("cannot tell")]
    order = {name: place for place, name in enumerate(people or sorted(known, key=lambda name: name != "seats"))}
    rows = rows[rows["people"].isin(list(order))]
    rows = rows.sort_values("people", key=lambda names: names.map(order), kind="stable")
    return rows.assign(label=rows["people"] + ", " + rows["group"])


def representation_figure(
    result: Representation, *, people: Sequence[str] | None = None, width: float = canvas.PAGE[0]
) -> Figure:
    """Who is missing at the table? The picture of `draw_representation`, titled, as a detached figure.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import integration
    >>> state = samples.state()
    >>> found = integration.representation(state["seats"], state["student_groups"], state["districts"])
    >>> representation_figure(found, people=["seats"]).axes[0].get_title(loc="left").split()[:4]
    ['Seats', 'fall', 'short', 'of']
    """
    count = len(_represented(result, people))
    figure, ax = rows_page(count, width)
    draw_representation(result, ax=ax, people=people)
    seats = result.table[(result.table["people"] == "seats") & result.table["gap"].notna()]
    short = seats.loc[seats["gap_high"] < 0, "group"].tolist()
    told = (
        f"fall short of the share of students, beyond chance, for {', '.join(short)}" if short else "no clear shortfall"
    )
    title = f"Seats {told}" if short else f"Seats: {told}" if len(seats) else "Cannot tell: too few seats to show"
    kept = f"Filled: beyond chance; groups of fewer than {result.min_n} people are hidden"
    return rows_titled(figure, ax, title, kept, claim("B18").label)


def rows_page(count: int, width: float, *, right: float = RIGHT) -> tuple[Figure, Axes]:
    """Return a figure with axes for `count` rows that have names to their left."""
    tall = ROW * max(count, 2)
    height = tall + BELOW + TOP + 2 * canvas.TITLE_LINE
    figure = Figure(figsize=(width, height))
    ax = figure.add_axes((LEFT / width, BELOW / height, (width - LEFT - right) / width, tall / height))
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(labelsize=9)
    return figure, ax


def rows_titled(figure: Figure, ax: Axes, title: str, *lines: str) -> Figure:
    """Write the title above the rows, flush with the page, and `lines` in small letters below."""
    canvas.titled(ax, title, outdent=LEFT - 0.15)
    return small_print(figure, *lines)


def draw_fit(result: FitCard, *, ax: Axes) -> Axes:
    """Which questions are shown with evidence, and which are only said? Adds a row for each question to `ax`.

    Parameters
    ----------
    result : FitCard
        From `integration.fit_card`.
    ax : matplotlib Axes
        Added to and returned.
    """
    table = result.table
    place = np.arange(len(table))
    ax.barh(place, table["counts"], height=0.55, color=canvas.CURVE, label="with evidence")
    said = table["level"].notna().to_numpy() & (table["missing"] == "no evidence").to_numpy()
    levels = table["level"].fillna(0).to_numpy(float)
    ax.barh(
        place[said], levels[said], height=0.55, facecolor="none", edgecolor=canvas.INK, linestyle=":", label="said only"
    )
    line = {"color": canvas.TRUTH, "linewidth": 1.3, "linestyle": (0, (5, 2.5))}
    ax.axvline(float(result.factors["needed"].iloc[0]), **line)
    for where in place[(table["missing"] == "not answered").to_numpy()]:
        ax.text(0.05, where, "not answered", fontsize=7.5, style="italic", va="center", color=canvas.INK)
    for edge in np.flatnonzero(table["factor"].ne(table["factor"].shift()))[1:]:
        ax.axhline(edge - 0.5, color=canvas.FAINT, linewidth=0.8)
    ax.set_yticks(place, [f"{row.factor}: {row.question}" for row in table.itertuples()], fontsize=8.5)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set_xlim(0, 3.15)
    ax.set_xticks(range(len(LEVELS)), LEVELS, fontsize=8.5)
    return ax


def fit_figure(result: FitCard, *, width: float = canvas.PAGE[0]) -> Figure:
    """Do will, resources and helper capacity all reach what is needed? The picture of `draw_fit` as a detached figure.

    Examples
    --------
    >>> from cbe_lib.themes import integration
    >>> fit_figure(integration.fit_card({})).axes[0].get_title(loc="left")
    'Not yet: will, resources, helper capacity'
    """
    figure, ax = rows_page(len(result.table), width)
    draw_fit(result, ax=ax)
    short = result.factors.loc[~result.factors["fits"], "factor"]
    title = f"Not yet: {', '.join(short)}" if len(short) else "All three reach what is needed"
    key = "Filled: with evidence; dotted outline: said only; dashed line: needed for every question"
    return rows_titled(figure, ax, title, key, claim("B17").label)
