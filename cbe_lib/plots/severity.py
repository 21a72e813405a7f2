"""Districts, raters, criteria and levels on one scale: the severity map, after Wright."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cbe_lib.plots import canvas
from cbe_lib.rubric.calibration.result import Calibration

COLUMNS = ("Districts", "Raters", "Criteria", "Levels")
SIZE = (6.4, 5.0)
WIDTH = 0.34  # of a district's row of dots, to either side
MOST_NAMED = 12
MOST_LEVEL = 4
NEAR = 0.045  # of the height: names closer than this are pushed apart


def draw_severity(result: Calibration, *, ax: Axes) -> Axes:
    """Who is harsh, which criteria are hard, and where do the levels lie for these districts?

    Adds to `ax`, on one vertical scale in logits: a dot for each district; raters with their intervals, the clearly
    harsh or lenient ones heavy; criteria by difficulty; and the points where the next level becomes likelier.

    Parameters
    ----------
    result : Calibration
        From `cbe_lib.rubric.calibrate`.
    ax : matplotlib Axes
        Added to and returned.

    Returns
    -------
    matplotlib Axes
        Upwards: stronger districts, harsher raters, harder criteria, higher levels.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from cbe_lib import rubric
    >>> import pandas as pd
    >>> visit = pd.DataFrame({"site": [*range(8)] * 2, "on": "D1", "who": ["Ana"] * 8 + ["Ben"] * 8})
    >>> visit["level"] = [1, 2, 2, 3, 3, 1, 2, 3, 1, 1, 2, 3, 2, 1, 1, 3]
    >>> names = {"district": "site", "criterion": "on", "rater": "who", "rating": "level"}
    >>> found = rubric.calibrate(visit, **names, levels=[1, 2, 3])
    >>> [label.get_text() for label in draw_severity(found, ax=Figure().add_subplot()).get_xticklabels()]
    ['Districts', 'Raters', 'Criteria', 'Levels']
    """
    low, high = _span(result)
    ax.set_ylim(low, high)
    _draw_districts(ax, result.districts["estimate"].dropna().to_numpy(float))
    _draw_raters(ax, result.severity)
    _draw_named(ax, 2, result.criteria.dropna(subset=["estimate"]), "criterion")
    _draw_levels(ax, result.thresholds.dropna(subset=["estimate"]))
    ax.axhline(0, color=canvas.FAINT, linewidth=0.8, zorder=0)
    ax.set_xlim(-0.5, len(COLUMNS) - 0.35)
    ax.set_xticks(range(len(COLUMNS)), COLUMNS)
    ax.tick_params(axis="x", length=0)
    canvas.measured(ax, "Logits (upwards: stronger, harsher, harder, higher)")
    return ax


def severity_figure(result: Calibration, *, size: tuple[float, float] = SIZE) -> Figure:
    """Who is clearly harsh or lenient? The picture of `draw_severity` as a detached figure; its title answers.

    Examples
    --------
    >>> from cbe_lib import rubric
    >>> import pandas as pd
    >>> visit = pd.DataFrame({"site": [*range(8)] * 2, "on": "D1", "who": ["Ana"] * 8 + ["Ben"] * 8})
    >>> visit["level"] = [1, 2, 2, 3, 3, 1, 2, 3, 1, 1, 2, 3, 2, 1, 1, 3]
    >>> names = {"district": "site", "criterion": "on", "rater": "who", "rating": "level"}
    >>> severity_figure(rubric.calibrate(visit, **names, levels=[1, 2, 3])).axes[0].get_title(loc="left")
    'No rater is clearly harsh or lenient'
    """
    figure, ax = canvas.page(size=size)
    draw_severity(result, ax=ax)
    return canvas.finish(figure, finding(result))


def finding(result: Calibration) -> str:
    """Name the raters that stand out."""
    table = result.severity
    if table["estimate"].isna().all():
        return "Cannot tell how harsh the raters are"
    parts = [
        f"{', '.join(str(name) for name in names[:3])}{' and others' if len(names) > 3 else ''} {word}"
        for word in ("harsh", "lenient")
        if (names := table.loc[_flagged(table, word), "rater"].tolist())
    ]
    return f"Clearly {'; '.join(parts)}" if parts else "No rater is clearly harsh or lenient"


def _flagged(table: pd.DataFrame, word: str) -> pd.Series:
    return pd.Series([word in str(flag).split(", ") for flag in table["flag"]], index=table.index, dtype=bool)


def _span(result: Calibration) -> tuple[float, float]:
    tables = (result.severity, result.criteria, result.thresholds, result.districts)
    drawn = np.concatenate([table["estimate"].to_numpy(float) for table in tables])
    limits = result.severity[["conf_low", "conf_high"]].to_numpy(float).ravel()
    known = np.concatenate([drawn, limits])
    known = known[~np.isnan(known)]
    if not known.size:
        return -1.0, 1.0
    margin = 0.06 * max(float(np.ptp(known)), 1.0)
    return float(known.min()) - margin, float(known.max()) + margin


def _draw_districts(ax: Axes, levels: np.ndarray) -> None:
    """Draw a dot for each district, side by side where they are equally strong."""
    low, high = ax.get_ylim()
    bins = np.round((levels - low) / (high - low) * 45).astype(int)
    widest = int(np.bincount(bins).max()) if bins.size else 1
    step = min(0.07, 2 * WIDTH / widest)
    for each in np.unique(bins):
        count = int((bins == each).sum())
        across = (np.arange(count) - (count - 1) / 2) * step
        ax.plot(across, np.full(count, low + each / 45 * (high - low)), "o", color=canvas.CURVE, markersize=3.2)


def _draw_raters(ax: Axes, table: pd.DataFrame) -> None:
    bounded = table.dropna(subset=["conf_low", "conf_high"])
    stands_out = (_flagged(bounded, "harsh") | _flagged(bounded, "lenient")).to_numpy(bool)
    place = 1 + _abreast(len(bounded))
    for sure, width in ((False, 1.2), (True, 3.0)):
        rows = bounded[stands_out == sure]
        here = place[stands_out == sure]
        color = canvas.INK if sure else canvas.PROJECTED
        low, high = rows["conf_low"].to_numpy(float), rows["conf_high"].to_numpy(float)
        ax.vlines(here, low, high, color=color, linewidth=width)
        ax.plot(here, rows["estimate"].to_numpy(float), "D", color=color, markersize=4.5)
    if len(bounded) <= MOST_NAMED:
        names, heights = bounded["rater"].astype(str).tolist(), bounded["conf_high"].to_numpy(float)
        turned = 90 if len(names) > MOST_LEVEL else 0  # side by side, more names than this would overlap
        for name, x, y in zip(names, place, heights, strict=True):
            above = {"textcoords": "offset points", "ha": "center", "va": "bottom", "rotation": turned}
            ax.annotate(name, (x, y), (0, 3), fontsize=7.5, **above)


def _abreast(count: int) -> np.ndarray:
    return (np.arange(count) - (count - 1) / 2) * min(0.16, 0.8 / max(count, 1))


def _draw_named(ax: Axes, column: int, table: pd.DataFrame, name: str) -> None:
    heights = table["estimate"].to_numpy(float)
    ax.plot(np.full(len(heights), column - 0.2), heights, "s", color=canvas.TRUTH, markersize=3.5)
    if len(heights) <= MOST_NAMED:
        for label, y, written in zip(table[name].astype(str), heights, _apart(ax, heights), strict=True):
            ax.plot([column - 0.17, column - 0.1], [y, written], color=canvas.FAINT, linewidth=0.7)
            ax.text(column - 0.08, written, label, fontsize=7.5, color=canvas.INK, va="center")


def _draw_levels(ax: Axes, table: pd.DataFrame) -> None:
    heights = table["estimate"].to_numpy(float)
    for label, y, written in zip(table["level"].astype(str), heights, _apart(ax, heights), strict=True):
        ax.plot([2.65, 2.9], [y, y], color=canvas.INK, linewidth=1.4)
        ax.plot([2.9, 2.95], [y, written], color=canvas.FAINT, linewidth=0.7)
        ax.text(2.97, written, label, fontsize=7.5, color=canvas.INK, va="center")


def _apart(ax: Axes, heights: np.ndarray) -> np.ndarray:
    """Return heights of names, pushed upwards where they would overlap."""
    low, high = ax.get_ylim()
    written, free = heights.copy(), float("-inf")
    for each in np.argsort(heights, kind="stable"):
        written[each] = max(heights[each], free)
        free = written[each] + NEAR * (high - low)
    return written
