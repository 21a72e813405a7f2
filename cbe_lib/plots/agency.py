"""Agency and instruction as figures: fit of practices, time for assessment, permissions, and a scale under strain."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from cbe_lib.plots import canvas
from cbe_lib.plots.grid import AGAINST, draw_grid, grid_finished, grid_page
from cbe_lib.plots.small_print import small_print
from cbe_lib.themes.agency import CHOICES, AssessmentBalance, Coherence, Permissions

MARKS = {-1: "−", 0: "0", 1: "+"}
ROOM = LinearSegmentedColormap.from_list("room", ["#d9d9d9", "#f5f8fb", canvas.BAND])
SHORT = {"not allowed": "no", "on request": "on request", "student decides": "yes"}


def draw_coherence(result: Coherence, *, ax: Axes) -> Axes:
    """Which practices carry which principles, and which work against them?

    Adds to `ax` a grid: rows are principles, columns practices; + carries, 0 has no bearing, − works against.

    Examples
    --------
    >>> from cbe_lib.themes import agency
    >>> ratings = pd.DataFrame({"principle": "errors teach", "practice": ["retakes", "zeros"], "fit": [1, -1]})
    >>> [text.get_text() for text in draw_coherence(agency.coherence(ratings), ax=Figure().add_subplot()).texts]
    ['+', '−']
    """
    grid = result.grid
    values = grid.to_numpy(float)
    words = np.array([["" if value != value else MARKS[int(np.sign(value))] for value in row] for row in values])
    names = {"rows": list(map(str, grid.index)), "columns": list(map(str, grid.columns))}
    return draw_grid(ax, values, words, **names, ends=(-1, 1), colors=AGAINST)


def coherence_figure(result: Coherence) -> Figure:
    """Does the teaching fit its principles? The picture of `draw_coherence` as a detached figure.

    Examples
    --------
    >>> from cbe_lib.themes import agency
    >>> ratings = pd.DataFrame({"principle": "errors teach", "practice": ["retakes", "zeros"], "fit": [1, -1]})
    >>> coherence_figure(agency.coherence(ratings)).axes[0].get_title(loc="left")
    '1 of 1 principles are contradicted by a practice'
    """
    figure, ax = grid_page(list(map(str, result.grid.index)), list(map(str, result.grid.columns)))
    draw_coherence(result, ax=ax)
    against = int((result.table["status"] == "contradicted").sum())
    title = f"{against} of {len(result.table)} principles are contradicted by a practice"
    return small_print(
        grid_finished(figure, title), "+ carries it, 0 has no bearing, − works against it; blank: not rated."
    )


def draw_balance(result: AssessmentBalance, *, ax: Axes) -> Axes:
    """Where does time for assessment go, beside the limits that were set?

    Adds to `ax` a bar for each purpose and, behind it, the range that the norms allow.

    Examples
    --------
    >>> from cbe_lib.themes import agency
    >>> given = pd.DataFrame({"name": ["quiz"], "purpose": ["to learn from"], "minutes": [40]})
    >>> found = agency.assessment_balance(given)
    >>> [label.get_text() for label in draw_balance(found, ax=Figure().add_subplot()).get_yticklabels()]
    ['to learn from', 'to move on', 'to report']
    """
    table, place = result.table, np.arange(len(result.table))
    wide = 100 * (table["high"] - table["low"])
    ax.barh(place, wide, left=100 * table["low"], height=0.8, color="#e4e4e4", label="range of the norms")
    inside = (table["status"] == "within").to_numpy()
    for within, color, label in ((True, canvas.CURVE, "within"), (False, canvas.PROJECTED, "outside")):
        rows = inside == within
        if not rows.any():
            continue
        ax.barh(place[rows], 100 * table["share"][rows], height=0.4, color=color, label=label)
    for where, row in enumerate(table.to_dict("records")):
        ax.text(100 * row["share"] + 1.5, where, f"{row['share']:.0%}", va="center", fontsize=8.5, color=canvas.INK)
    ax.set_yticks(place, table["purpose"], fontsize=9)
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set_xlim(0, 108)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("Share of the minutes of assessment (%)", fontsize=9.5, color=canvas.INK)
    return ax


def balance_figure(result: AssessmentBalance) -> Figure:
    """Is assessment balanced? The picture of `draw_balance` as a detached figure.

    Examples
    --------
    >>> from cbe_lib.themes import agency
    >>> given = pd.DataFrame({"name": ["quiz"], "purpose": ["to learn from"], "minutes": [40]})
    >>> balance_figure(agency.assessment_balance(given)).axes[0].get_title(loc="left").splitlines()
    ['To learn from: above; to move on: below; to report:', 'within']
    """
    figure, ax = canvas.page(size=(5.2, 2.7))
    draw_balance(result, ax=ax)
    told = "; ".join(f"{row.purpose}: {row.status}" for row in result.table.itertuples())
    canvas.finish(figure, told[:1].upper() + told[1:], keyed=True)
    width, box = figure.get_size_inches()[0], ax.get_position()
    ax.set_position((1.15 / width, box.y0, 1 - 1.3 / width, box.height))
    canvas.titled(ax, told[:1].upper() + told[1:], outdent=1.0)
    return figure


def draw_permissions(result: Permissions, *, ax: Axes) -> Axes:
    """What does each policy let students choose?

    Adds to `ax` a grid: rows are areas, columns policies; yes means that the student decides.

    Examples
    --------
    >>> from cbe_lib.themes import agency
    >>> rules = pd.DataFrame({"policy": ["P1", "P2"], "area": "pace", "allows": ["student decides", "not allowed"]})
    >>> [text.get_text() for text in draw_permissions(agency.permissions(rules), ax=Figure().add_subplot()).texts]
    ['yes', 'no']
    """
    matrix = result.matrix.reindex(result.table["area"])
    said = matrix.map(lambda word: CHOICES.index(word) if isinstance(word, str) else np.nan).to_numpy(float)
    words = matrix.map(lambda word: SHORT[word] if isinstance(word, str) else "").to_numpy()
    rows = [
        f"{row.area} *" if row.status == "policies disagree" else str(row.area) for row in result.table.itertuples()
    ]
    columns = list(map(str, matrix.columns))
    return draw_grid(ax, said, words, rows=rows, columns=columns, ends=(0, 2), colors=ROOM)


def permissions_figure(result: Permissions) -> Figure:
    """Where do students decide? The picture of `draw_permissions` as a detached figure.

    Examples
    --------
    >>> from cbe_lib.themes import agency
    >>> rules = pd.DataFrame({"policy": ["P1", "P2"], "area": "pace", "allows": ["student decides", "not allowed"]})
    >>> permissions_figure(agency.permissions(rules)).axes[0].get_title(loc="left").splitlines()
    ['Students decide in 0 of 1 areas; policies disagree', 'on 1']
    """
    rows, columns = [f"{area} *" for area in result.table["area"]], list(map(str, result.matrix.columns))
    figure, ax = grid_page(rows, columns)
    draw_permissions(result, ax=ax)
    status = result.table["status"].value_counts()
    title = (
        f"Students decide in {status.get('open', 0)} of {len(result.table)} areas; policies disagree on "
        f"{status.get('policies disagree', 0)}"
    )
    return small_print(grid_finished(figure, title), "* policies disagree. Blank: the policy says nothing about it.")


def draw_scale(schools: pd.DataFrame, *, ax: Axes) -> Axes:
    """How near does a survey come to what is true of each school?

    Parameters
    ----------
    schools : DataFrame
        truth, estimate, conf_low, conf_high: a row for each school.
    ax : matplotlib Axes
        Added to and returned.

    Returns
    -------
    matplotlib Axes
        The truth to the right, what the survey says upwards; a perfect survey lies on the dashed line.

    Examples
    --------
    >>> schools = pd.DataFrame({"truth": [3.0, 4], "estimate": [3.2, 3.9], "conf_low": [3, 3.6], "conf_high": [4, 5]})
    >>> draw_scale(schools, ax=Figure().add_subplot()).get_xlabel()
    'True agency of the school (1 to 5)'
    """
    truth, seen = schools["truth"].to_numpy(float), schools["estimate"].to_numpy(float)
    ax.vlines(truth, schools["conf_low"], schools["conf_high"], color=canvas.CURVE, linewidth=1.3, label="95% interval")
    ax.plot(truth, seen, "o", color=canvas.CURVE, markersize=5, label="what the survey says")
    ends = np.array([truth.min() - 0.1, truth.max() + 0.1])
    ax.plot(ends, ends, color=canvas.FAINT, linewidth=1.3, linestyle=(0, (5, 2.5)), label="a perfect survey")
    first = int(np.argmax(seen))
    ax.plot(truth[first], seen[first], "o", color=canvas.TRUTH, markersize=9, fillstyle="none", label="looks best")
    ax.set_xlabel("True agency of the school (1 to 5)", fontsize=9.5, color=canvas.INK)
    canvas.measured(ax, "Mean of the answers (1 to 5)")
    return ax


def scale_figure(schools: pd.DataFrame) -> Figure:
    """Does the school that looks best have the most agency? The picture of `draw_scale` as a detached figure.

    Examples
    --------
    >>> schools = pd.DataFrame({"truth": [3.0, 4], "estimate": [3.2, 3.9], "conf_low": [3, 3.6], "conf_high": [4, 5]})
    >>> scale_figure(schools).axes[0].get_title(loc="left")
    'The school that looks best is number 1 of 2 in truth'
    """
    figure, ax = canvas.page()
    draw_scale(schools, ax=ax)
    place = int(schools["truth"].rank(ascending=False).to_numpy()[np.argmax(schools["estimate"].to_numpy())])
    return canvas.finish(figure, f"The school that looks best is number {place} of {len(schools)} in truth", keyed=True)
