"""What a claim of speed still lacks, and how places change with the way of judging."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cbe_lib.errors import CbeError, require_frame
from cbe_lib.framework import claim
from cbe_lib.plots import canvas
from cbe_lib.plots.small_print import small_print
from cbe_lib.themes.quality import SpeedClaim

ROW, SIDE = 0.21, 1.35
LONGEST_NAME = 18
INVENTED = " (synthetic)"


def draw_speed_claim(result: SpeedClaim, *, ax: Axes) -> Axes:
    """Which kinds of evidence does a claim of speed bring, and which not?

    Adds to `ax` a row for each kind: a filled dot and what was given, or a hollow one and "missing".

    Parameters
    ----------
    result : SpeedClaim
        From `quality.speed_claim`.
    ax : matplotlib Axes
        Added to and returned.
    """
    for place, row in enumerate(result.table.to_dict("records")):
        face = "white" if row["missing"] else canvas.CURVE
        ax.plot(0.04, place, "o", color=canvas.CURVE, markerfacecolor=face, markersize=8)
        said = "missing" if row["missing"] else _short(str(row["given"]), 30)
        style = "italic" if row["missing"] else "normal"
        ax.text(0.1, place, said, fontsize=8.8, style=style, va="center", color=canvas.INK)
    ax.set_yticks(range(len(result.table)), list(result.table["evidence"]), fontsize=9)
    ax.set(xlim=(0, 1), ylim=(len(result.table) - 0.4, -0.6), xticks=[])
    ax.tick_params(axis="y", length=0)
    ax.spines[:].set_visible(False)
    return ax


def speed_claim_figure(result: SpeedClaim, *, width: float = canvas.PAGE[0]) -> Figure:
    """Is this claim of a faster rollout complete? The picture of `draw_speed_claim`, titled, as a detached figure.

    Examples
    --------
    >>> from cbe_lib.themes import quality
    >>> speed_claim_figure(quality.speed_claim({"same quality": "two raters"})).axes[0].get_title(loc="left")
    'Cannot tell: 6 of 7 kinds of evidence missing'
    """
    missing, kinds = int(result.table["missing"].sum()), len(result.table)
    left, below, above = 1.65, 0.12, 0.42
    tall = 0.27 * kinds
    height = tall + below + above
    figure = Figure(figsize=(width, height))
    ax = figure.add_axes((left / width, below / height, (width - left - 0.1) / width, tall / height))
    draw_speed_claim(result, ax=ax)
    complete = "Complete: now ask whether each piece is sound"
    title = f"Cannot tell: {missing} of {kinds} kinds of evidence missing" if missing else complete
    canvas.titled(ax, title, outdent=left - 0.15)
    return small_print(figure, claim("B01").label)


def draw_places(values: pd.DataFrame, *, ax: Axes, marked: str = "") -> Axes:
    """How do places change with the way of judging?

    Adds to `ax` a line for each row of `values`, from its place in one column to its place in the next; the highest
    number has place 1. It shows how far places hang on the way of judging; it is no list of who is best.

    Parameters
    ----------
    values : DataFrame
        A row for each district, named by the index; two or more columns of numbers, named as they are to be shown.
    ax : matplotlib Axes
        Added to and returned.
    marked : str
        The district to draw heavily.

    Examples
    --------
    >>> import pandas as pd
    >>> values = pd.DataFrame({"mean rating": [3.0, 2.8], "severity allowed for": [0.1, 0.6]}, index=["A", "B"])
    >>> [line.get_ydata().tolist() for line in draw_places(values, ax=Figure().add_subplot()).lines]
    [[1.0, 2.0], [2.0, 1.0]]
    """
    places = placed(values)
    # Names of districts that share a place stand below one another; their dots stay where they are.
    apart = {at: places.iloc[:, at].rank(method="first").to_dict() for at in (0, places.shape[1] - 1)}
    for name, row in places.iterrows():
        heavy = name == marked
        style = {"color": canvas.TRUTH if heavy else canvas.FAINT, "linewidth": 2.6 if heavy else 1.1}
        ax.plot(range(len(row)), row.to_numpy(float), "o-", markersize=6 if heavy else 3.5, **style)
        weight = "bold" if heavy else "normal"
        for at, side, step in ((0, "right", -0.06), (len(row) - 1, "left", 0.06)):
            said = _short(str(name).removesuffix(INVENTED), LONGEST_NAME)
            ax.text(at + step, apart[at][name], said, ha=side, va="center", fontsize=8.3, fontweight=weight)
    ax.set_xticks(range(places.shape[1]), [str(name) for name in places.columns], fontsize=9)
    ax.set(xlim=(-0.05, places.shape[1] - 0.95), ylim=(len(places) + 0.5, 0.5), yticks=[])
    ax.xaxis.tick_top()
    ax.tick_params(axis="x", length=0)
    ax.spines[:].set_visible(False)
    return ax


def places_figure(values: pd.DataFrame, *, marked: str = "", width: float = canvas.PAGE[0]) -> Figure:
    """How far do places hang on the way of judging? The picture of `draw_places`, titled, as a detached figure.

    Examples
    --------
    >>> import pandas as pd
    >>> values = pd.DataFrame({"mean rating": [3.0, 2.8], "severity allowed for": [0.1, 0.6]}, index=["A", "B"])
    >>> places_figure(values, marked="A").axes[0].get_title(loc="left")
    'A: place 1 by mean rating, 2 by severity allowed for'
    """
    places = placed(values)
    height = ROW * len(places) + 0.85
    figure = Figure(figsize=(width, height))
    box = (SIDE / width, 0.06 / height, (width - 2 * SIDE) / width, ROW * len(places) / height)
    ax = figure.add_axes(box)
    draw_places(values, ax=ax, marked=marked)
    wanted = places.loc[marked] if marked in places.index else None
    title = f"{_moved(places)} of {len(places)} change places with the way of judging"
    if wanted is not None:
        listed = ", ".join(f"{place:.0f} by {name}" for name, place in wanted.items())
        title = f"{marked}: place {listed}"
    wrapped = textwrap.wrap(title, int((width - 0.3) * canvas.LETTERS_PER_INCH))
    across, tall = width - 2 * SIDE, ROW * len(places)
    at = {"loc": "left", "x": -(SIDE - 0.15) / across, "y": 1 + 0.24 / tall}
    ax.set_title("\n".join(wrapped), **at, fontsize=10.5, fontweight="bold", color=canvas.INK)
    invented = places.index.astype(str).str.endswith(INVENTED).any()
    return small_print(figure, "Synthetic districts. No ranking.") if invented else figure


def placed(values: pd.DataFrame) -> pd.DataFrame:
    """Give each district its place in each column, 1 for the highest; those with the same number share the mean place.

    Examples
    --------
    >>> import pandas as pd
    >>> placed(pd.DataFrame({"mean": [3.0, 2.8, 2.8]}, index=["A", "B", "C"]))["mean"].tolist()
    [1.0, 2.5, 2.5]
    """
    frame = require_frame(values, "values")
    if frame.shape[1] < 1 or frame.empty or frame.isna().any(axis=None):
        raise CbeError.build("`values` needs a number in every row and column", found=f"Found {frame.shape}")
    return frame.rank(ascending=False)


def _moved(places: pd.DataFrame) -> int:
    return int(np.sum(places.nunique(axis=1) > 1))


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
