"""The web of helpers, scores before and after a tool, practices that travel, and the funders' card."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from cbe_lib.framework import claim
from cbe_lib.plots import canvas
from cbe_lib.plots.integration import draw_gaps, rows_page, rows_titled
from cbe_lib.plots.small_print import small_print
from cbe_lib.themes.field import Diffusion, DiscussionShift, FunderScorecard, HelperNetwork

INNER, OUTER, EDGE = 0.55, 1.0, 1.34
MOST_LABELS = 32
SIDE = 4.8


def draw_network(result: HelperNetwork, *, ax: Axes) -> Axes:
    """Who is tied to whom, and through whom do others reach each other?

    Adds to `ax`: helpers on the inner circle (larger: more brokerage), districts on the outer one beside the helpers
    that they are tied to; dark ties carry a shared practice. District names are left out above 32.

    Parameters
    ----------
    result : HelperNetwork
        From `field.helper_network`.
    ax : matplotlib Axes
        Added to and returned.
    """
    place = positions(result)
    for shared, style in (
        (False, {"colors": canvas.FAINT, "linewidths": 0.8}),
        (True, {"colors": canvas.CURVE, "linewidths": 1.6}),
    ):
        ties = result.ties.loc[result.ties["shared_practice"] == shared, ["one", "other"]]
        ends = [[place[one], place[other]] for one, other in ties.itertuples(index=False, name=None)]
        ax.add_collection(LineCollection(ends, **style, zorder=1), autolim=False)
    kinds = dict(zip(result.table["name"], result.table["kind"], strict=True))
    size = 330 + 900 * result.table.set_index("name")["brokerage"].fillna(0)
    helpers = [name for name in place if kinds[name] == "helper"]
    others = [name for name in place if kinds[name] != "helper"]
    inner, outer = (np.array([place[name] for name in names]).reshape(-1, 2) for names in (helpers, others))
    ax.scatter(*inner.T, s=size[helpers], color=canvas.CURVE, edgecolors="white", zorder=3)
    ax.scatter(*outer.T, s=46, marker="s", color=canvas.BAND, edgecolors=canvas.INK, linewidths=0.7, zorder=3)
    for name in helpers:
        x, y = place[name]
        ax.text(x, y, name, ha="center", va="center", fontsize=7.5, color="white", fontweight="bold", zorder=4)
    for name in others if len(others) <= MOST_LABELS else ():
        _label(ax, name, place[name])
    ax.set(xlim=(-EDGE, EDGE), ylim=(-EDGE + 0.1, EDGE - 0.1), aspect="equal", xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    return ax


def _label(ax: Axes, name: str, place: np.ndarray) -> None:
    x, y = 1.07 * place
    side = "left" if x > 0.15 else "right" if x < -0.15 else "center"
    ax.text(x, y, name, ha=side, va="center" if side != "center" else "bottom" if y > 0 else "top", fontsize=7.5)


def positions(result: HelperNetwork) -> dict[str, np.ndarray]:
    """Where does each name stand? Helpers of one circle side by side, districts near their helpers.

    Examples
    --------
    >>> import pandas as pd
    >>> from cbe_lib.themes import field
    >>> ties = pd.DataFrame({"from_id": ["A", "A"], "to_id": ["B", "d"], "kind": "advice", "from_date": "2014-08-01"})
    >>> sorted(positions(field.helper_network(ties)))
    ['A', 'B', 'd']
    """
    graph = nx.Graph(list(result.ties[["one", "other"]].itertuples(index=False, name=None)))
    kinds = result.table.set_index("name")["kind"]
    web = graph.subgraph([name for name in graph if kinds[name] == "helper"])
    circles = nx.community.greedy_modularity_communities(web) if web.number_of_edges() else [set(web)]
    helpers = [name for circle in sorted(circles, key=min) for name in sorted(circle)]
    angle = {name: 2 * np.pi * place / len(helpers) for place, name in enumerate(helpers)}
    place = {name: INNER * np.array([np.cos(each), np.sin(each)]) for name, each in angle.items()}
    others = sorted(
        (name for name in graph if kinds[name] != "helper"), key=lambda name: (_toward(graph, name, place), name)
    )
    start = _toward(graph, others[0], place) if others else 0.0
    for number, name in enumerate(others):
        each = start + 2 * np.pi * number / len(others)
        place[name] = OUTER * np.array([np.cos(each), np.sin(each)])
    return place


def _toward(graph: nx.Graph, name: str, place: dict[str, np.ndarray]) -> float:
    x, y = np.mean([place[other] for other in graph[name] if other in place], axis=0)
    return float(np.arctan2(y, x) % (2 * np.pi))


def network_figure(result: HelperNetwork) -> Figure:
    """Who ties the field together? The picture of `draw_network`, titled, as a detached figure.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import field
    >>> network_figure(field.helper_network(samples.state()["ties"])).axes[0].get_title(loc="left")
    'H01 ties the web together'
    """
    height = SIDE * (2 * EDGE - 0.2) / (2 * EDGE) + 0.5
    figure = Figure(figsize=(SIDE, height))
    ax = figure.add_axes((0.02, 0.0, 0.96, 1 - 0.5 / height))
    draw_network(result, ax=ax)
    clear = f"{result.clear_broker} ties the web together"
    title = clear if result.clear_broker else "Who ties the web together cannot be told from these ties"
    canvas.titled(ax, title)
    key = "Circles: helpers, larger with more brokerage; squares: districts; dark ties: a shared practice"
    return small_print(figure, key, claim("B21").label)


def draw_shift(result: DiscussionShift, *, ax: Axes) -> Axes:
    """How far did scores move from before to after each tool, and how sure is that?

    Adds to `ax` a row for each tool: mean before (open), after (filled), and the interval of the shift laid around
    the mean after; tools with too few people say so.

    Parameters
    ----------
    result : DiscussionShift
        From `field.discussion_shift`.
    ax : matplotlib Axes
        Added to and returned.
    """
    shift = result.table[result.table["measure"] == "shift"].set_index("tool")
    means = result.before_after
    for where, row in enumerate(means.to_dict("records")):
        if np.isnan(row["before"]):
            said = str(shift["reason"][row["tool"]])
            ax.annotate(
                said, (0.02, where), xycoords=("axes fraction", "data"), fontsize=8, style="italic", va="center"
            )
            continue
        low, high = row["before"] + shift.loc[row["tool"], ["conf_low", "conf_high"]].to_numpy(float)
        ax.annotate("", (row["after"], where - 0.13), (row["before"], where - 0.13), arrowprops={"arrowstyle": "->"})
        ax.hlines(where, low, high, color=canvas.CURVE, linewidth=3)
        ax.plot(row["after"], where, "o", color=canvas.CURVE, markersize=7)
        ax.plot(row["before"], where, "o", color=canvas.CURVE, markerfacecolor="white", markersize=7)
    ax.set_yticks(range(len(means)), list(means["tool"]), fontsize=8.5)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(means) - 0.5, -0.5)
    known = means[["before", "after"]].to_numpy(float)
    if np.isfinite(known).any():
        ax.set_xlim(max(np.nanmin(known) - 1, -0.2), min(np.nanmax(known) + 1, 10.2))
    ax.set_xlabel("Mean score, 0 to 10", fontsize=9.5, color=canvas.INK)
    return ax


def shift_figure(result: DiscussionShift, *, width: float = canvas.PAGE[0]) -> Figure:
    """Which tool moved people? The picture of `draw_shift`, titled, as a detached figure.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import field
    >>> found = field.discussion_shift(samples.state()["discussions"])
    >>> shift_figure(found).axes[0].get_title(loc="left").split()[:4]
    ['A', 'shift', 'with', 'film']
    """
    figure, ax = rows_page(3 * len(result.before_after), width)
    draw_shift(result, ax=ax)
    talked = result.table[(result.table["measure"] == "talked") & result.table["estimate"].notna()]
    said = [f"{row.tool} {row.estimate:.0%} ({row.conf_low:.0%} to {row.conf_high:.0%})" for row in talked.itertuples()]
    key = "Open: before; filled: after; bar: likely range of the shift."
    talk = f"Talked within a week: {'; '.join(said)}." if said else ""
    return rows_titled(figure, ax, _moved(result), key, talk, claim("B20").label)


def _moved(result: DiscussionShift) -> str:
    shift = result.table[(result.table["measure"] == "shift") & result.table["estimate"].notna()]
    clear = (shift["conf_low"] > 0) | (shift["conf_high"] < 0)
    moved = [f"{row.tool} ({row.estimate:+.1f})" for row in shift[clear].itertuples()]
    still = shift.loc[~clear, "tool"].tolist()
    if shift.empty:
        return "Cannot tell: too few people to show"
    parts = [f"a shift with {', '.join(moved)}"] if moved else []
    parts += (
        [f"none shown with {', '.join(still)}" if moved else f"no shift shown with {', '.join(still)}"] if still else []
    )
    joined = "; ".join(parts)
    return joined[:1].upper() + joined[1:]


def draw_diffusion(result: Diffusion, *, ax: Axes) -> Axes:
    """How often is a practice taken up in a year, without and with somebody who knew it?

    Parameters
    ----------
    result : Diffusion
        From `field.diffusion`.
    ax : matplotlib Axes
        Two dots with exact intervals are added to it, and it is returned.
    """
    rows = result.yearly
    for where, row in enumerate(rows.to_dict("records")):
        ax.vlines(where, row["conf_low"], row["conf_high"], color=canvas.CURVE, linewidth=2.4)
        ax.plot(where, row["estimate"], "o", color=canvas.CURVE, markersize=8)
        said = f"{row['taken_up']} of {row['n']}\ndistrict-years"
        ax.annotate(said, (where, row["estimate"]), (12, 0), textcoords="offset points", fontsize=8.5, va="center")
    names = {False: "Nobody has come\nfrom a district that had it", True: "Somebody has"}
    ax.set_xticks(range(len(rows)), [names[bool(met)] for met in rows["contact"]], fontsize=9)
    ax.set_xlim(-0.5, max(len(rows), 2) - 0.3)
    ax.set_ylim(0, 1.12 * max(float(rows["conf_high"].max()), 0.01) if len(rows) else 1)
    canvas.measured(ax, "Taken up in a year")
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    return ax


def diffusion_figure(result: Diffusion, *, size: tuple[float, float] = canvas.PAGE) -> Figure:
    """Do practices travel with people? The picture of `draw_diffusion`, titled, as a detached figure.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import field
    >>> state = samples.state()
    >>> found = field.diffusion(state["careers"], state["practices"])
    >>> diffusion_figure(found).axes[0].get_title(loc="left").split()[:4]
    ['After', 'contact,', 'practices', 'are']
    """
    figure, ax = canvas.page(size=size)
    draw_diffusion(result, ax=ax)
    ratio = result.table[result.table["term"] == "hazard_ratio"].to_dict("records")[0]
    numbers = f"{ratio['estimate']:.1f} times the rate ({ratio['conf_low']:.1f} to {ratio['conf_high']:.1f})"
    title = "Cannot tell whether practices travel with people" if ratio["reason"] else ""
    canvas.finish(figure, title or f"After contact, practices are taken up at {numbers}")
    return small_print(figure, "Districts may hire people for what they are about to do.", claim("B11").label)


def draw_courses(courses: pd.DataFrame, *, ax: Axes) -> Axes:
    """How might a practice spread, with people or by the book alone?

    Parameters
    ----------
    courses : DataFrame
        year, way, share, low, high: for each year and way of spreading the mean share of districts that use the
        practice, and the range of nine in ten invented states.
    ax : matplotlib Axes
        A line and a band for each way are added to it, and it is returned.
    """
    looks = [(canvas.CURVE, canvas.BAND, "-"), (canvas.PROJECTED, "#ecd6bd", (0, (5, 2.5)))]
    for (way, rows), (line, band, style) in zip(courses.groupby("way", sort=False), looks, strict=False):
        ax.fill_between(rows["year"], rows["low"], rows["high"], color=band, alpha=0.6, linewidth=0)
        ax.plot(rows["year"], rows["share"], color=line, linestyle=style, linewidth=2, label=str(way))
    ax.set_xlim(courses["year"].min(), courses["year"].max())
    ax.set_ylim(0, 1)
    ax.set_xlabel("Years from the start", fontsize=10, color=canvas.INK)
    canvas.measured(ax, "Districts that use the practice")
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    return ax


def courses_figure(courses: pd.DataFrame, *, size: tuple[float, float] = canvas.PAGE) -> Figure:
    """With people or by the book? The picture of `draw_courses`, titled, as a detached figure.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [(0, "with people", 0.1, 0.0, 0.2), (9, "with people", 0.8, 0.6, 0.9)]
    >>> courses = pd.DataFrame(rows, columns=["year", "way", "share", "low", "high"])
    >>> courses_figure(courses).axes[0].get_title(loc="left")
    'After 9 years: 80% with people'
    """
    figure, ax = canvas.page(size=size)
    draw_courses(courses, ax=ax)
    end = courses[courses["year"] == courses["year"].max()]
    listed = ", ".join(f"{row.share:.0%} {row.way}" for row in end.itertuples())
    canvas.finish(figure, f"After {end['year'].iloc[0]} years: {listed}", keyed=True)
    return small_print(figure, "Invented states; bands hold nine in ten of them.", claim("B11").label)


def draw_scorecard(result: FunderScorecard, *, ax: Axes, body: str = "staff") -> Axes:
    """How far are staff (or boards) from the population, organization by organization? By name, never by rank.

    Parameters
    ----------
    result : FunderScorecard
        From `field.funder_scorecard`.
    ax : matplotlib Axes
        Added to and returned.
    body : str
        "staff" or "board".
    """
    draw_gaps(_scored(result, body), ax=ax)
    ax.set_xlabel("Share less share of the population (points)", fontsize=9.5, color=canvas.INK)
    return ax


def _scored(result: FunderScorecard, body: str) -> pd.DataFrame:
    """Keep what may be shown; of a body that may not be, one row that says so."""
    rows = result.table[result.table["body"] == body]
    shown = rows[rows["gap"].notna()]
    if shown.empty:
        nothing = {"label": body, "gap": np.nan, "gap_low": np.nan, "gap_high": np.nan, "reason": "all hidden"}
        return pd.DataFrame([nothing])
    return shown.assign(label=shown["helper_id"] + ", " + shown["group"])


def scorecard_figure(result: FunderScorecard, *, body: str = "staff", width: float = canvas.PAGE[0]) -> Figure:
    """Do helping organizations mirror the population? The picture of `draw_scorecard`, titled, as a detached figure.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import field
    >>> found = field.funder_scorecard(samples.state()["helpers"])
    >>> scorecard_figure(found).axes[0].get_title(loc="left").split()[:4]
    ['Staff', 'beside', 'the', 'population:']
    """
    figure, ax = rows_page(len(_scored(result, body)), width)
    draw_scorecard(result, ax=ax, body=body)
    rows = result.table[result.table["body"] == body]
    shown = rows[rows["gap"].notna()]
    clear = int(shown["finding"].isin(["below", "above"]).sum())
    title = f"{body.capitalize()} beside the population: {clear} of {len(shown)} shown shares differ beyond chance"
    kept = f"{len(rows) - len(shown)} of {len(rows)} shares are hidden: fewer than {result.min_n} people. No ranking."
    return rows_titled(figure, ax, title, kept, claim("B21").label)
