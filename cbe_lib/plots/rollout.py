"""Figures of rolling out: strategies, commitments, silences, two channels, and results before the start."""

from __future__ import annotations

import textwrap
from typing import Any

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from cbe_lib.framework import claim
from cbe_lib.plots import canvas
from cbe_lib.plots.dip import draw_rollout
from cbe_lib.themes.rollout import Before, Commitment, Messages, Strategies, TwoChannels

DRAWN = {
    "one year": {"color": canvas.CURVE, "linestyle": "-", "marker": "o"},
    "by cohort": {"color": canvas.PROJECTED, "linestyle": (0, (5, 2)), "marker": "s"},
    "by school": {"color": canvas.INK, "linestyle": ":", "marker": "^"},
}
STATES = {
    "standing": {"facecolor": canvas.CURVE},
    "weakened": {"facecolor": canvas.BAND, "hatch": "///", "edgecolor": canvas.CURVE, "linewidth": 0.0},
    "ended": {"facecolor": "white", "edgecolor": canvas.INK, "linewidth": 0.8},
}
MARKS = {"board vote": "o", "policy": "s", "budget": "D", "board election": "^", "new superintendent": "v"}
SMALL = {"fontsize": 7.6, "color": canvas.INK}
MOST_ROWS = 20


def draw_strategies(result: Strategies, *, ax: Axes) -> Axes:
    """How far below their path would students be, year by year, under each strategy?

    Parameters
    ----------
    result : Strategies
        From `cbe_lib.themes.rollout.strategies`.
    ax : matplotlib Axes
        Added to and returned: a line and a band for each strategy.
    """
    for name, each in result.curves.groupby("strategy", sort=False):
        style = DRAWN[str(name)]
        below = -each[["estimate", "conf_low", "conf_high"]].to_numpy(float)
        ax.fill_between(each["year"], below[:, 1], below[:, 2], color=style["color"], alpha=0.13, linewidth=0)
        ax.plot(each["year"], below[:, 0], linewidth=1.8, markersize=4, label=str(name), **style)
    ax.axhline(0, color=canvas.FAINT, linewidth=1)
    ax.set_xlabel("Springs since the last before the first switch", fontsize=10, color=canvas.INK)
    canvas.measured(ax, "Mean of all students below their path (points)")
    canvas.titled(ax, _least(result))
    return ax


def strategies_figure(
    result: Strategies, *, size: tuple[float, float] = (4.8, 5.6), figure: Figure | None = None
) -> Figure:
    """Build the picture of `draw_strategies` as a detached figure, or over `figure`, with every assumption below."""
    figure, ax = canvas.page(figure, size=size)
    draw_strategies(result, ax=ax)
    canvas.finish(figure, _least(result), keyed=True)
    used = [*_assumed(result), *result.notes[1:]]
    return _below(
        figure, [f"Bands: {result.level:.0%} of the cases assumed.", "Assumed (lowest, likely, highest):", *used]
    )


def _least(result: Strategies) -> str:
    first = result.differences.sort_values("least", kind="stable").iloc[-1]
    return f"If the assumptions hold: {first['strategy']} loses least in {first['least']:.0%} of cases"


def _assumed(result: Strategies) -> list[str]:
    rows = result.assumptions.to_dict("records")
    return [
        f"  {row['meaning']}: {row['low']:.3g}, {row['likely']:.3g}, {row['high']:.3g} {row['unit']}" for row in rows
    ]


def draw_commitment(result: Commitment, *, ax: Axes) -> Axes:
    """When did the written commitment stand, when was it weakened or ended, and what happened then?

    Parameters
    ----------
    result : Commitment
        From `cbe_lib.themes.rollout.commitment`.
    ax : matplotlib Axes
        Added to and returned: a bar for each district and a mark for each event, the first 20 districts.
    """
    names = result.table["district_id"].tolist()[:MOST_ROWS]
    rows = {name: len(names) - 1 - place for place, name in enumerate(names)}
    for span in result.timeline[result.timeline["district_id"].isin(names)].itertuples():
        left, right = mdates.date2num([span.from_date, span.to_date])
        ax.barh(rows[span.district_id], right - left, left=left, height=0.5, **STATES[str(span.state)])
    shown = result.events[result.events["district_id"].isin(names)]
    for kind, each in shown.groupby("kind", sort=False):
        row = each["district_id"].map(rows).to_numpy(float)
        ax.plot(each["date"].to_numpy(), row, MARKS[str(kind)], color="white", markeredgecolor=canvas.INK, markersize=5)
    ax.set_yticks(list(rows.values()), names, fontsize=8.5)
    ax.set_ylim(-0.7, len(names) - 0.3)
    ax.use_sticky_edges = False
    ax.margins(x=0.02)
    ax.xaxis.set_major_locator(mdates.YearLocator(max(1, _years(result.timeline) // 6)))
    ax.xaxis.set_major_formatter(mdates.DateFormatter("%Y"))
    canvas.titled(ax, _stood(result))
    return ax


def commitment_figure(result: Commitment, *, size: tuple[float, float] | None = None) -> Figure:
    """Build the picture of `draw_commitment` as a detached figure, with a key of states and events."""
    count = min(len(result.table), MOST_ROWS)
    figure, ax = canvas.page(size=size or (4.8, 2.4 + 0.2 * count))
    draw_commitment(result, ax=ax)
    canvas.finish(figure, _stood(result))
    marks: list[Any] = [Patch(**style, label=state) for state, style in STATES.items()]
    bare = {"color": "white", "linestyle": "None", "markeredgecolor": canvas.INK, "markersize": 5}
    marks += [Line2D([], [], marker=mark, label=kind, **bare) for kind, mark in MARKS.items()]
    left = len(result.table) - count
    more = [f"{left} more districts are in the table."] if left else []
    _below(figure, [*more, claim("A07").label], key=marks)
    return figure


def _years(timeline: pd.DataFrame) -> int:
    return int((timeline["to_date"].max() - timeline["from_date"].min()).days // 365) if len(timeline) else 1


def _stood(result: Commitment) -> str:
    known = result.table[result.table["reason"] == ""]
    if len(known) == 1:
        row = known.iloc[0]
        return f"A written commitment stood in {row['unbroken']} of {row['years']} years"
    return f"The written commitment has not ended in {(known['estimate'] == 1).sum()} of {len(known)} districts"


def draw_messages(result: Messages, *, ax: Axes, district: str | None = None) -> Axes:
    """When did each audience hear, when did a message name a horizon, and where was the longest silence?

    Parameters
    ----------
    result : Messages
        From `cbe_lib.themes.rollout.messages`.
    ax : matplotlib Axes
        Added to and returned: a line for each audience, full marks where a horizon is named.
    district : str, optional
        Which district; left out, the first.
    """
    days = _of(result.days, result, district)
    names = [name for name in dict.fromkeys(days["audience"]) if name != "all"]
    rows = {name: len(names) - 1 - place for place, name in enumerate(names)}
    gaps = _of(result.gaps, result, district)
    for name in names:
        _silence(ax, gaps[gaps["audience"] == name], rows[name])
    for named, fill in ((True, canvas.CURVE), (False, "white")):
        each = days[(days["named"] == named) & days["audience"].isin(names)]
        row = each["audience"].map(rows).to_numpy(float)
        said = "names a horizon of years" if named else "names none"
        style = {"markerfacecolor": fill, "markeredgecolor": canvas.INK, "markersize": 6, "label": said}
        ax.plot(each["date"].to_numpy(), row, "o", **style)
    ax.set_yticks(list(rows.values()), names, fontsize=8)
    ax.set_ylim(-0.6, len(names) - 0.2)
    ax.xaxis.set_major_locator(mdates.AutoDateLocator(minticks=3, maxticks=8))
    ax.xaxis.set_major_formatter(mdates.DateFormatter("%b %Y"))
    ax.tick_params(axis="x", labelsize=7.5)
    canvas.titled(ax, _silent(gaps))
    return ax


def messages_figure(
    result: Messages, *, district: str | None = None, size: tuple[float, float] = canvas.PAGE
) -> Figure:
    """Build the picture of `draw_messages` as a detached figure; its title states the longest silence."""
    figure, ax = canvas.page(size=size)
    draw_messages(result, ax=ax, district=district)
    canvas.finish(figure, _silent(_of(result.gaps, result, district)), keyed=True)
    return _below(figure, [claim("A08").label])


def _of(frame: pd.DataFrame, result: Messages, district: str | None) -> pd.DataFrame:
    return frame[frame["district_id"] == (district or result.table["district_id"].iloc[0])]


def _silence(ax: Axes, gaps: pd.DataFrame, row: int) -> None:
    if gaps.empty:
        return
    ax.hlines(row, gaps["from_date"].min(), gaps["to_date"].max(), color=canvas.FAINT, linewidth=1, zorder=1)
    longest = gaps.sort_values("weeks", kind="stable").iloc[-1]
    ax.hlines(row, longest["from_date"], longest["to_date"], color=canvas.PROJECTED, linewidth=3, zorder=1)
    middle = longest["from_date"] + (longest["to_date"] - longest["from_date"]) / 2
    place = {"textcoords": "offset points", "xytext": (0, 5), "ha": "center"}
    ax.annotate(f"{longest['weeks']:.0f} weeks", (mdates.date2num(middle), row), **place, **SMALL)


def _silent(gaps: pd.DataFrame) -> str:
    each = gaps[gaps["audience"] != "all"]
    if each.empty:
        return "Too few messages to speak of gaps"
    longest = each.sort_values("weeks", kind="stable").iloc[-1]
    return f"Longest silence: {longest['weeks']:.0f} weeks, for {longest['audience']}"


def draw_two_channels(result: TwoChannels, *, ax: Axes) -> Axes:
    """Did results fall, did confusion rise, or both, on one axis of time?

    Parameters
    ----------
    result : TwoChannels
        From `cbe_lib.themes.rollout.two_channels`.
    ax : matplotlib Axes
        Its place is shared by two panels, results above and confusion below; it is returned.
    """
    ax.set_axis_off()
    above, below = ax.inset_axes((0, 0.52, 1, 0.46)), ax.inset_axes((0, 0, 1, 0.44))
    for each in (above, below):
        each.spines[["top", "right"]].set_visible(False)
        each.tick_params(labelsize=8.5)
    _results(above, result)
    _confusion(below, result)
    years = [*result.fit.curve["year"], *result.confusion["year"]]
    for each in (above, below):
        each.set_xlim(min(years) - 0.6, max(years) + 0.6)
    draw_rollout(result.fit.rollout, ax=above)
    below.axvline(result.fit.rollout - 0.5, color=canvas.INK, linestyle=":", linewidth=1.2)
    above.tick_params(labelbottom=False)
    canvas.years_axis(below)
    return ax


def two_channels_result_figure(result: TwoChannels, *, size: tuple[float, float] = (4.8, 5.2)) -> Figure:
    """Build the picture of `draw_two_channels` as a detached figure; its title states the verdict."""
    figure, ax = canvas.page(size=size)
    draw_two_channels(result, ax=ax)
    canvas.finish(figure, result.text.split(".")[0])
    return _below(figure, [claim("A02").label, f"Bars and band: {result.fit.level:.0%} intervals."])


def _results(ax: Axes, result: TwoChannels) -> None:
    curve = result.fit.curve
    year, seen = curve["year"].to_numpy(float), curve["observed"].to_numpy(float)
    ax.plot(year, seen, "o", color=canvas.INK, markersize=4)
    drawn = [seen]
    if curve["fitted"].notna().any():
        low, high = (curve[name].to_numpy(float) for name in ("conf_low", "conf_high"))
        ax.fill_between(year, low, high, color=canvas.BAND, linewidth=0, zorder=1)
        ax.plot(year, curve["fitted"], color=canvas.CURVE, linewidth=1.8)
        ax.plot(year, curve["baseline"], color=canvas.PROJECTED, linestyle=(0, (5, 2.5)), linewidth=1.2)
        drawn += [low, high]
    values = np.concatenate(drawn)
    canvas.headroom(ax, float(np.nanmin(values)), float(np.nanmax(values)), share=0.25)
    canvas.measured(ax, "Results (%)")


def _confusion(ax: Axes, result: TwoChannels) -> None:
    known = result.confusion.dropna(subset=["estimate"])
    middle, low, high = (known[name].to_numpy(float) for name in ("estimate", "conf_low", "conf_high"))
    style = {"color": canvas.PROJECTED, "linewidth": 1.6, "markersize": 4, "capsize": 3}
    ax.errorbar(known["year"], middle, yerr=[middle - low, high - middle], fmt="s-", **style)
    ax.set_ylim(0, 10)
    canvas.measured(ax, "Confusion of staff (0 to 10)")


def draw_before(result: Before, *, ax: Axes) -> Axes:
    """Where did results stand before the rollout, and how far apart were student groups?

    Parameters
    ----------
    result : Before
        From `cbe_lib.themes.rollout.before`.
    ax : matplotlib Axes
        Added to and returned: a line of points for each subject, grade and test of the first district.
    """
    points = result.points[result.points["district_id"] == result.points["district_id"].iloc[0]]
    marks = "os^Dv<>PX"
    for place, (key, each) in enumerate(points.groupby(["subject", "grade"], sort=True)):
        color = (canvas.CURVE, canvas.PROJECTED, canvas.INK, canvas.TRUTH)[place % 4]
        for turn, (_, test) in enumerate(each.groupby("test_regime", sort=False)):
            name: dict[str, Any] = {"label": _called(key)} if not turn else {}
            # Lines of two tests are never joined.
            ax.plot(
                test["year"], test["value"], f"{marks[place % 9]}-", color=color, linewidth=1.5, markersize=4, **name
            )
    for line in _changes(result, points["district_id"].iloc[0]):
        ax.axvline(line - 0.5, color=canvas.INK, linestyle=":", linewidth=1.2)
        ax.annotate("new test", (line - 0.45, 0.98), xycoords=("data", "axes fraction"), va="top", **SMALL)
    canvas.years_axis(ax)
    canvas.measured(ax, "Students proficient (%)")
    return ax


def before_figure(result: Before, *, size: tuple[float, float] = (4.8, 6.2)) -> Figure:
    """Build the dashboard of one district: results before the rollout, and gaps of student groups with intervals."""
    figure = Figure(figsize=size)
    above, below = figure.subplots(2, 1, height_ratios=(1.1, 1))
    for ax in (above, below):
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(labelsize=8.5)
    draw_before(result, ax=above)
    above.legend(fontsize=8, frameon=False, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.2))
    district = result.points["district_id"].iloc[0]
    gaps = result.table[(result.table["district_id"] == district) & (result.table["term"] == "gap")]
    _draw_gaps(below, gaps.dropna(subset=["conf_low"]))
    figure.subplots_adjust(0.34, 0.09, 0.97, 0.91, hspace=0.62)
    above.set_position((0.14, above.get_position().y0, 0.83, above.get_position().height))
    figure.suptitle(_stands(result, district), x=0.02, y=0.985, ha="left", fontsize=10.5, fontweight="bold")
    return figure


def _draw_gaps(ax: Axes, gaps: pd.DataFrame) -> None:
    row = np.arange(len(gaps))[::-1]
    names = [f"{each['subgroup']} ({_called((each['subject'], each['grade']))})" for _, each in gaps.iterrows()]
    ax.hlines(row, gaps["conf_low"], gaps["conf_high"], color=canvas.CURVE, linewidth=1.6)
    ax.plot(gaps["estimate"], row, "o", color=canvas.INK, markersize=4)
    ax.axvline(0, color=canvas.FAINT, linewidth=1)
    ax.set_yticks(row, [name if len(name) < 26 else name.replace(" (", "\n(") for name in names], fontsize=7.5)
    ax.set_ylim(-0.7, max(len(gaps) - 0.3, 0.5))
    ax.set_xlabel("Gap to all other students (points, 95% interval)" if len(gaps) else "No gap can be told", fontsize=9)


def _called(key: Any) -> str:
    subject, grade = key
    return f"{subject} {grade}".strip() or "results"


def _changes(result: Before, district: str) -> list[int]:
    rows = result.table[(result.table["district_id"] == district) & (result.table["term"] == "across_tests")]
    return sorted(set(rows["first_year"].astype(int)))


def _stands(result: Before, district: str) -> str:
    rows = result.table[(result.table["district_id"] == district) & (result.table["term"] == "level")]
    known = rows["estimate"].dropna()
    if known.empty:
        return "Before the rollout: too few years to tell"
    return f"Before the rollout: {known.min():.0f} to {known.max():.0f}% were proficient"


def _below(figure: Figure, lines: list[str], key: list[Any] | None = None) -> Figure:
    """Make room below what is drawn and write small lines there, with a key of `key` above them."""
    width, height = figure.get_size_inches()
    lines = [part for line in lines for part in textwrap.wrap(line, int(16.5 * width), drop_whitespace=False)]
    ax, words = figure.axes[0], 0.135 * len(lines) + 0.08
    more = 0.17 * (-(-len(key) // 4)) + 0.1 if key else 0.0
    shift = (words + more) / height
    place = ax.get_position()
    for text in figure.texts:
        text.set_y(text.get_position()[1] + shift)
    for artist in figure.artists:
        if isinstance(artist, Line2D):
            artist.set_ydata(np.asarray(artist.get_ydata()) + shift)
    ax.set_position((place.x0, place.y0 + shift, place.width, place.height - shift))
    label = ax.xaxis.get_label()
    ax.xaxis.set_label_coords(0.5, -0.29 / (height * (place.height - shift)), transform=ax.transAxes)
    label.set_visible(True)
    if key:
        figure.legend(handles=key, loc="lower left", bbox_to_anchor=(0.02, words / height), ncols=4, **_LEGEND)
    figure.text(0.12 / width, 0.05 / height, "\n".join(lines), va="bottom", linespacing=1.25, **SMALL)
    return figure


_LEGEND: dict[str, Any] = {
    "fontsize": 7.6,
    "frameon": False,
    "handletextpad": 0.4,
    "columnspacing": 1.0,
    "borderpad": 0,
}
