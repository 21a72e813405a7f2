"""A district's profile: the level of every criterion on ordered bands, with what is uncertain, held down or missing."""

from __future__ import annotations

import textwrap
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from cbe_lib.errors import CbeError, unknown_name
from cbe_lib.plots import canvas
from cbe_lib.rubric.scoring.result import Scores
from cbe_lib.rubric.scoring.summary import ends

WIDTH = 4.8
SMALLEST = 8.9  # points: 9 pixels on a phone that is 390 wide
ROW, HEAD_ROW = 0.2, 1.35
LEFT, RIGHT, BELOW, LEVELS_LINE = 2.52, 0.36, 0.8, 0.18
MARGIN = 0.12
LONGEST_NAME = 37
LIGHTEST, DARKEST = 0.96, 0.76
KEY = {
    "level": "level",
    "interval": "{:.0%} interval",
    "held": "held down: little evidence",
    "raters": "where raters put it",
    "against": "× evidence against, pieces",
}


def draw_profile(scores: Scores, district: Any = None, wave: Any = None, *, ax: Axes) -> Axes:
    """On which level does each criterion stand, and how sure is that?

    Adds to `ax` a row for each criterion, grouped by dimension: a dot on the level, a bar over its interval, a hollow
    dot where the evidence holds the level down, joined by dots to the level that raters gave, and the number of
    pieces of evidence against the practice. What is not rated says so in words.

    Parameters
    ----------
    scores : Scores
        From `cbe_lib.rubric.score`.
    district, wave : label, optional
        Needed where there are several.
    ax : matplotlib Axes
        Added to and returned.

    Examples
    --------
    >>> import pandas as pd
    >>> from matplotlib.figure import Figure
    >>> from cbe_lib import rubric
    >>> visit = pd.DataFrame({"district_id": "Alder", "criterion_id": "D1.1", "rater": ["a", "b"], "level": "Emerging"})
    >>> ax = draw_profile(rubric.score(visit), ax=Figure().add_subplot())
    >>> [label.get_text() for label in ax.get_yticklabels()][:2]
    ['D1 Purpose in use', 'D1.1 Clear, nested purpose']
    """
    table, dimensions = chosen(scores, district, wave)
    places = _places(table)
    _bands(ax, table, places, len(scores.rubric.levels))
    _levels(ax, scores.rubric.levels)
    _labels(ax, table, dimensions, places, scores)
    for row, place in zip(table.to_dict("records"), places["criterion"], strict=True):
        _draw_criterion(ax, row, place, scores.rubric.levels)
    return ax


def profile_figure(scores: Scores, district: Any = None, wave: Any = None, *, width: float = WIDTH) -> Figure:
    """Which dimensions of this district are strongest and weakest? The picture of `draw_profile`, titled.

    Examples
    --------
    >>> import pandas as pd
    >>> from cbe_lib import rubric
    >>> visit = pd.DataFrame({"district_id": "Alder", "criterion_id": ["D1.1", "D2.1"], "rater": "a",
    ...                       "level": ["Emerging", "Proficient"]})
    >>> print(profile_figure(rubric.score(visit)).axes[0].get_title(loc="left"))
    Alder: weakest Purpose in use (Emerging), strongest
    Shared leadership (Proficient), as far as one rater can tell
    """
    table, dimensions = chosen(scores, district, wave)
    rows = ROW * (len(table) + HEAD_ROW * len(dimensions))
    title = textwrap.wrap(_heading(table, dimensions), int((width - 0.3) * canvas.LETTERS_PER_INCH))
    height = rows + 0.2 + canvas.TITLE_LINE * len(title) + 2 * LEVELS_LINE + BELOW
    figure = Figure(figsize=(width, height))
    across = width - LEFT - RIGHT
    ax = figure.add_axes((LEFT / width, BELOW / height, across / width, rows / height))
    draw_profile(scores, district, wave, ax=ax)
    place = {"loc": "left", "x": -(LEFT - MARGIN) / across, "y": 1 + 2.2 * LEVELS_LINE / rows}
    ax.set_title("\n".join(title), **place, fontsize=10.5, fontweight="bold", color=canvas.INK)
    _key(figure, scores.level)
    return figure


def chosen(scores: Scores, district: Any, wave: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of one district and wave; raise CbeError if it is not clear which."""
    table, dimensions = scores.table, scores.dimensions
    for column, name in (("district", district), ("wave", wave)):
        known = table[column].unique().tolist()
        if name is None and len(known) > 1:
            listed = ", ".join(map(repr, known[:5]))
            raise CbeError.build(
                f"These scores hold several {column}s", found=listed, advice=f"Pass {column}= one of them"
            )
        wanted = known[0] if name is None else str(name)
        if wanted not in known:
            raise unknown_name(column, name, known)
        table, dimensions = table[table[column] == wanted], dimensions[dimensions[column] == wanted]
    return table.reset_index(drop=True), dimensions.reset_index(drop=True)


def _heading(table: pd.DataFrame, dimensions: pd.DataFrame) -> str:
    wave = table["wave"].iloc[0]
    who = f"{table['district'].iloc[0]}{f', {wave}' if wave else ''}"
    finding = ends(dimensions)
    if finding:
        return f"{who}: {finding}"
    rated = int(table["position"].notna().sum())
    return f"{who}: {rated} of {len(table)} criteria rated, too few dimensions to compare"


def _places(table: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the vertical place of each criterion and of each heading, downward from 0."""
    first = ~table["dimension"].duplicated().to_numpy()
    criterion = np.arange(len(table)) + np.cumsum(first) * HEAD_ROW + 0.5
    return {"criterion": criterion, "heading": criterion[first] - 0.5 - HEAD_ROW / 2 + 0.1}


def _bands(ax: Axes, table: pd.DataFrame, places: dict[str, np.ndarray], levels: int) -> None:
    shades = np.linspace(LIGHTEST, DARKEST, levels)
    for _, rows in table.groupby("dimension", sort=False):
        top, bottom = places["criterion"][rows.index[[0, -1]]] + [-0.5, 0.5]
        for level, shade in enumerate(shades, start=1):
            ax.add_patch(Rectangle((level - 0.5, top), 1, bottom - top, color=str(shade), linewidth=0, zorder=0))
    ax.set_xlim(0.5, levels + 0.5)
    ax.set_ylim(places["criterion"][-1] + 0.5, 0)
    ax.spines[:].set_visible(False)


def _levels(ax: Axes, levels: tuple[str, ...]) -> None:
    """Name the levels on top, on two lines in turn, so that long names do not meet."""
    ax.xaxis.tick_top()
    ax.set_xticks(
        range(1, len(levels) + 1), [f"{name}\n" if place % 2 == 0 else name for place, name in enumerate(levels)]
    )
    ax.tick_params(axis="x", length=0, labelsize=SMALLEST, pad=1, labelcolor=canvas.INK)


def _labels(
    ax: Axes, table: pd.DataFrame, dimensions: pd.DataFrame, places: dict[str, np.ndarray], scores: Scores
) -> None:
    names = {criterion.id: criterion.name for criterion in scores.rubric.criteria}
    rows = [
        (place, f"{id_} {names[id_]}", "normal")
        for place, id_ in zip(places["criterion"], table["criterion_id"], strict=True)
    ]
    heads = zip(places["heading"], dimensions["dimension"], dimensions["name"], strict=True)
    rows += [(place, f"{id_} {name}", "bold") for place, id_, name in heads]
    rows.sort()
    ax.set_yticks(
        [place for place, _, _ in rows], [textwrap.shorten(text, LONGEST_NAME, placeholder="…") for _, text, _ in rows]
    )
    for tick, (_, _, weight) in zip(ax.get_yticklabels(), rows, strict=True):
        tick.set(fontweight=weight, fontsize=SMALLEST, color=canvas.INK)
    ax.tick_params(axis="y", length=0, pad=4)
    for place, median, status in zip(places["heading"], dimensions["median"], dimensions["status"], strict=True):
        said = f"median {median}" if median else status
        ax.text(0.55, place, said, fontsize=SMALLEST, fontweight="bold", va="center", color=canvas.INK)


def _draw_criterion(ax: Axes, row: Mapping[Hashable, Any], place: float, levels: tuple[str, ...]) -> None:
    if row["contradicted"]:
        ax.annotate(
            f"×{row['contradicted']}",
            (len(levels) + 0.5, place),
            xytext=(4, 0),
            textcoords="offset points",
            fontsize=SMALLEST,
            fontweight="bold",
            va="center",
            color=canvas.TRUTH,
            annotation_clip=False,
        )
    if row["status"] in ("not rated", "do not report"):
        said = "raters agree too little" if row["status"] == "do not report" else _why_not(row)
        ax.text(0.55, place, said, fontsize=SMALLEST, style="italic", va="center", color=canvas.INK)
        return
    if not pd.isna(row["conf_low"]):
        span = [row["conf_low"] - 0.32, row["conf_high"] + 0.32]
        ax.plot(span, [place] * 2, color=canvas.CURVE, linewidth=4.5, alpha=0.45, solid_capstyle="butt", zorder=2)
    held = bool(row["cap"])
    if held:
        given = levels.index(row["uncapped"]) + 1
        ax.plot([row["position"], given], [place] * 2, ":", color=canvas.INK, linewidth=1.2, zorder=3)
        ax.plot([given], [place], "|", color=canvas.INK, markersize=7, markeredgewidth=1.6, zorder=3)
    face = "white" if held else canvas.CURVE
    ax.plot([row["position"]], [place], "o", markersize=6, color=canvas.CURVE, markerfacecolor=face, zorder=4)


def _why_not(row: Mapping[Hashable, Any]) -> str:
    return "not rated: " + ("no dated evidence" if row["uncapped"] else "no rating")


def _key(figure: Figure, level: float) -> None:
    dot: dict[str, Any] = {"marker": "o", "markersize": 6, "linestyle": "", "color": canvas.CURVE}
    samples = {
        "level": Line2D([], [], **dot),
        "held": Line2D([], [], **dot, markerfacecolor="white"),
        "interval": Line2D([], [], color=canvas.CURVE, linewidth=4.5, alpha=0.45),
        "raters": Line2D([], [], color=canvas.INK, linestyle=":", marker="|", markersize=7, markeredgewidth=1.6),
        "against": Line2D([], [], linestyle=""),
    }
    figure.legend(
        list(samples.values()),
        [KEY[name].format(level) for name in samples],
        loc="lower left",
        bbox_to_anchor=(MARGIN / figure.get_size_inches()[0], 0),
        ncols=2,
        frameon=False,
        fontsize=SMALLEST,
        handlelength=1.8,
        columnspacing=1.2,
        labelspacing=0.35,
        borderpad=0.2,
    )
