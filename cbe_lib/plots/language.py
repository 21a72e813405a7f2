"""A common language as figures: words by document, the map of levels, double-scored work, and habits beside levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cbe_lib.plots import canvas
from cbe_lib.plots.grid import draw_grid, grid_finished, grid_page
from cbe_lib.plots.small_print import small_print
from cbe_lib.themes.language import Continuum, Habits, Terms

WIDE = (5.6, 3.7)
LINKS = {"link": ("-", canvas.FAINT), "shortcut": ("--", canvas.PROJECTED), "hole": (":", canvas.TRUTH)}


def draw_terms(result: Terms, *, ax: Axes) -> Axes:
    """In which documents does a term go by other words?

    Adds to `ax` a grid: rows are terms, columns documents; each cell says how many uses are the agreed term.

    Examples
    --------
    >>> from cbe_lib.themes import language
    >>> found = language.terms({"handbook": "Mastered. Proficient."}, {"proficient": ["mastered"]})
    >>> [text.get_text() for text in draw_terms(found, ax=Figure().add_subplot()).texts]
    ['1 of 2']
    """
    rows, columns = (result.table[name].drop_duplicates().tolist() for name in ("term", "document"))
    placed = result.table.set_index(["term", "document"])
    shares = np.array([[placed.loc[(row, column), "share"] for column in columns] for row in rows], dtype=float)
    words = np.array([[_uses(placed.loc[(row, column)]) for column in columns] for row in rows])
    return draw_grid(ax, shares, words, rows=rows, columns=columns)


def _uses(row: pd.Series) -> str:
    whole = int(row["agreed"] + row["others"])
    return f"{int(row['agreed'])} of {whole}" if whole else "–"


def terms_figure(result: Terms) -> Figure:
    """How far do documents share their words? The picture of `draw_terms` as a detached figure.

    Examples
    --------
    >>> from cbe_lib.themes import language
    >>> found = language.terms({"handbook": "Mastered. Proficient."}, {"proficient": ["mastered"]})
    >>> terms_figure(found).axes[0].get_title(loc="left")
    '1 of 1 terms go by other words somewhere'
    """
    rows, columns = (result.table[name].drop_duplicates().tolist() for name in ("term", "document"))
    figure, ax = grid_page(rows, columns)
    draw_terms(result, ax=ax)
    mixed = int((result.table.groupby("term")["others"].sum() > 0).sum())
    key = "In each cell: uses of the agreed term, of all uses of it and of other words for it. –: not mentioned."
    return small_print(grid_finished(figure, f"{mixed} of {len(rows)} terms go by other words somewhere"), key)


def draw_continuum(result: Continuum, *, ax: Axes) -> Axes:
    """Which level builds on which, and where does the map need mending?

    Adds to `ax` a box for each level, further right the more levels it builds on, and an arrow for each link; shortcuts
    are dashed, links to a level that is not on the map dotted. Boxes with a heavy frame have a finding.

    Examples
    --------
    >>> from cbe_lib.themes import language
    >>> levels = pd.DataFrame({"level_id": ["A", "B"], "subject": "math", "predecessor_ids": ["", "A"]})
    >>> found = language.continuum(levels.assign(text=["count", "add"]))
    >>> [text.get_text() for text in draw_continuum(found, ax=Figure().add_subplot()).texts if text.get_text()]
    ['A', 'B']
    """
    places = _places(result)
    marked = set(result.table["level_id"])
    for row in result.links.to_dict("records"):
        line, color = LINKS[row["kind"]]
        bend = "arc3,rad=-0.35" if row["kind"] == "shortcut" else "arc3"
        arrow: dict[str, Any] = {"arrowstyle": "-|>", "linestyle": line, "color": color, "shrinkA": 13, "shrinkB": 13}
        arrow |= {"connectionstyle": bend, "linewidth": 1.4}
        ax.annotate("", xy=places[row["level_id"]], xytext=places[row["builds_on"]], arrowprops=arrow)
    for name, (x, y) in places.items():
        off = name not in result.order
        edge = canvas.TRUTH if off else canvas.PROJECTED if name in marked else canvas.CURVE
        box = {
            "boxstyle": "round,pad=0.3",
            "facecolor": "white",
            "edgecolor": edge,
            "linewidth": 2.2 if name in marked else 1,
        }
        ax.text(x, y, name, ha="center", va="center", fontsize=8.5, bbox=box | {"linestyle": ":" if off else "-"})
    across, up = (np.array(list(places.values()), dtype=float)[:, axis] for axis in (0, 1))
    ax.set_xlim(across.min() - 0.5, across.max() + 0.5)
    ax.set_ylim(up.min() - 0.6, up.max() + 0.6)
    ax.set_axis_off()
    return ax


def _places(result: Continuum) -> dict[str, tuple[float, float]]:
    """Give each level a column by the longest way that leads to it, and a row within the column."""
    column: dict[str, int] = {}
    before = result.links[result.links["kind"] != "hole"].groupby("level_id")["builds_on"].agg(list).to_dict()
    for name in result.order:
        column[name] = 1 + max((column[each] for each in before.get(name, [])), default=-1)
    for row in result.links[result.links["kind"] == "hole"].to_dict("records"):
        column.setdefault(row["builds_on"], column[row["level_id"]] - 1)
    rows: dict[int, int] = {}
    places = {}
    for name, x in column.items():
        rows[x] = rows.get(x, -1) + 1
        places[name] = (float(x), -float(rows[x]))
    # Neighbors half a row apart: an arrow that skips a column does not run through the box between.
    return {name: (x, y - 0.35 * (x % 2)) for name, (x, y) in places.items()}


def continuum_figure(result: Continuum) -> Figure:
    """What needs mending on the map of levels? The picture of `draw_continuum` as a detached figure.

    Examples
    --------
    >>> from cbe_lib.themes import language
    >>> levels = pd.DataFrame({"level_id": ["A", "B"], "subject": "math", "predecessor_ids": ["", "A"]})
    >>> continuum_figure(language.continuum(levels.assign(text=["count", "add"]))).axes[0].get_title(loc="left")
    'Nothing to mend on a map of 2 levels'
    """
    deepest = -min(y for _, y in _places(result).values())
    figure, ax = canvas.page(size=(6.2, 1.6 + 0.55 * deepest))
    draw_continuum(result, ax=ax)
    counts = result.table["finding"].value_counts()
    found = ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in counts.items())
    title = (
        f"{found} on a map of {len(result.order)} levels"
        if found
        else f"Nothing to mend on a map of {len(result.order)} levels"
    )
    canvas.finish(figure, title)
    box = ax.get_position()
    ax.set_position((0.02, 0.02, 0.96, box.y1 - 0.02))
    canvas.titled(ax, title)
    key = "Heavy frame: see the table. Dashed: a shortcut. Dotted: a level that is not on the map."
    return small_print(figure, key)


def draw_double_scored(counts: pd.DataFrame, *, ax: Axes) -> Axes:
    """Which levels did two teachers give to the same pieces of work?

    Parameters
    ----------
    counts : DataFrame
        Pieces of work: a row for each level of the first teacher, a column for each level of the second.
    ax : matplotlib Axes
        Added to and returned.

    Returns
    -------
    matplotlib Axes
        A grid; on the diagonal both gave the same level.

    Examples
    --------
    >>> counts = pd.DataFrame([[4, 1], [0, 5]], index=["low", "high"], columns=["low", "high"])
    >>> [text.get_text() for text in draw_double_scored(counts, ax=Figure().add_subplot()).texts]
    ['4', '1', '0', '5']
    """
    values = counts.to_numpy(float)
    rows, columns = list(map(str, counts.index)), list(map(str, counts.columns))
    words, ends = values.astype(int).astype(str), (0.0, max(float(values.max()), 1.0))
    draw_grid(ax, values, words, rows=rows, columns=columns, ends=ends)
    for place in range(len(counts)):
        frame: dict[str, Any] = {"fill": False, "edgecolor": canvas.TRUTH, "linewidth": 1.6}
        ax.add_patch(Rectangle((place - 0.47, place - 0.47), 0.94, 0.94, **frame))
    ax.set_ylabel("First teacher", fontsize=9.5, color=canvas.INK)
    ax.set_xlabel("Second teacher", fontsize=9.5, color=canvas.INK)
    return ax


def double_scored_figure(counts: pd.DataFrame) -> Figure:
    """On how many pieces of work do two teachers agree? The picture of `draw_double_scored` as a detached figure.

    Examples
    --------
    >>> counts = pd.DataFrame([[4, 1], [0, 5]], index=["low", "high"], columns=["low", "high"])
    >>> double_scored_figure(counts).axes[0].get_title(loc="left")
    'The same level on 9 of 10 pieces of work'
    """
    names = list(map(str, counts.index))
    figure, ax = canvas.page(size=(5.2, 1.75 + 0.36 * len(names)))
    draw_double_scored(counts, ax=ax)
    same = int(np.diag(counts.to_numpy()).sum())
    title = f"The same level on {same} of {int(counts.to_numpy().sum())} pieces of work"
    canvas.finish(figure, title)
    left = 0.5 + 0.072 * max(map(len, names))
    width, height = figure.get_size_inches()
    box = ax.get_position()
    ax.set_position((left / width, box.y0, 1 - (left + 0.15) / width, box.height))
    canvas.titled(ax, title, outdent=left - 0.15)
    ax.yaxis.set_label_coords(-(left - 0.2) / (width - left - 0.15), 0.5)
    ax.xaxis.set_label_coords(0.5, -0.32 / (box.height * height))
    return figure


def draw_habits(result: Habits, *, ax: Axes) -> Axes:
    """With the same evidence, do students with better habits get higher levels?

    Adds to `ax` a point for each student: habits to the right, the level given less what the evidence accounts for
    upwards; and the line whose slope is the estimate.

    Examples
    --------
    >>> from cbe_lib.themes import language
    >>> shown, work = np.tile([1.0, 2, 3, 4], 10), np.repeat(np.arange(10.0), 4)
    >>> found = language.habits(pd.DataFrame({"given": shown, "shown": shown, "habits": work}))
    >>> draw_habits(found, ax=Figure().add_subplot()).get_xlabel()
    'Habits of work (standard deviations from the mean)'
    """
    model = result.model
    habits = np.asarray(model.model.exog)[:, list(model.params.index).index("habits")]
    slope = float(model.params["habits"])
    left = np.asarray(model.resid) + slope * habits
    ax.plot(habits, left, "o", color=canvas.CURVE, alpha=0.45, markersize=3.5, markeredgewidth=0)
    ends = np.array([habits.min(), habits.max()])
    ax.plot(ends, slope * ends, color=canvas.PROJECTED, linewidth=2)
    ax.axhline(0, color=canvas.FAINT, linewidth=1, linestyle=(0, (5, 2.5)))
    ax.set_xlabel("Habits of work (standard deviations from the mean)", fontsize=9.5, color=canvas.INK)
    canvas.measured(ax, "Level given, less what the evidence accounts for")
    return ax


def habits_figure(result: Habits) -> Figure:
    """Do habits color levels? The picture of `draw_habits` as a detached figure; its title says how much.

    Examples
    --------
    >>> from cbe_lib.themes import language
    >>> few = pd.DataFrame({"given": [1.0], "shown": [1.0], "habits": [3.0]})
    >>> habits_figure(language.habits(few)).axes[0].get_title(loc="left")
    'Cannot tell whether habits color the levels'
    """
    figure, ax = canvas.page(size=WIDE)
    if result.model is None:
        return canvas.finish(figure, "Cannot tell whether habits color the levels")
    draw_habits(result, ax=ax)
    row = result.table.set_index("term").loc["habits"]
    likely = f"{row['conf_low']:.2f} to {row['conf_high']:.2f}"
    return canvas.finish(figure, f"One step of habits goes with {row['estimate']:.2f} levels ({likely})")
