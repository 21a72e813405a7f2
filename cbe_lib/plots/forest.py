"""Coefficients with their intervals, one below the other: how far agreement or consistency is known."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cbe_lib.errors import unknown_name
from cbe_lib.plots import canvas
from cbe_lib.rubric.by import AgreementBy
from cbe_lib.rubric.result import Agreement, reaches
from cbe_lib.survey.result import Reliability

ROW, BELOW, LEFT, RIGHT = 0.24, 0.56, 1.75, 0.86
SHADED_TOP, BARE_TOP = 0.44, 0.2
LONGEST_NAME, LONGEST_REASON = 25, 40
LIMITS = (0.4, 0.67)
SHADES = ("0.86", "0.93", "white")
NAMES = {
    "percent_agreement": "Percent agreement",
    "cohen_kappa": "Cohen's kappa",
    "fleiss_kappa": "Fleiss's kappa",
    "conger_kappa": "Conger's kappa",
    "krippendorff_alpha": "Krippendorff's alpha",
    "gwet_ac": "Gwet's AC",
    "brennan_prediger": "Brennan and Prediger",
    "cronbach_alpha": "Cronbach's alpha",
    "mcdonald_omega": "McDonald's omega",
}
Drawable = Agreement | AgreementBy | Reliability


def draw_forest(result: Drawable, *, ax: Axes, coefficient: str | None = None) -> Axes:
    """How far is the agreement in each group known, and how probable is it that a level may be reported?

    Adds to `ax` a row for each group (or coefficient, or scale): a dot at the estimate and a bar over its interval;
    what is undefined says so in words. For agreement, shades mark where nothing should be reported and where results
    are tentative, and each row ends in the probability that its agreement lies beyond both.

    Parameters
    ----------
    result : Agreement, AgreementBy or Reliability
        From `rubric.agreement`, `rubric.agreement_by` or `survey.reliability`.
    ax : matplotlib Axes
        Added to and returned.
    coefficient : str, optional
        Which coefficient to draw for each group; Krippendorff's or Cronbach's alpha if left out. All, for `agreement`.

    Examples
    --------
    >>> import pandas as pd
    >>> from matplotlib.figure import Figure
    >>> from cbe_lib import rubric
    >>> visit = pd.DataFrame({"site": [*range(8)] * 2, "who": list("aaaaaaaabbbbbbbb")})
    >>> visit["level"] = [1, 2, 3, 4] * 3 + [1, 2, 4, 4]
    >>> found = rubric.agreement(visit, unit="site", rater="who", rating="level", levels=[1, 2, 3, 4])
    >>> [label.get_text() for label in draw_forest(found, ax=Figure().add_subplot()).get_yticklabels()][:2]
    ['Percent agreement', "Cohen's kappa"]
    """
    rows = _rows(result, coefficient)
    place = np.arange(len(rows))
    low = _lowest(rows)
    if not isinstance(result, Reliability):
        _shade(ax, _limits(result), low)
    for where, row in zip(place, rows.to_dict("records"), strict=True):
        _draw_row(ax, float(where), row, low)
    names = [name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…" for name in rows["label"].map(str)]
    ax.set_yticks(place, names)
    ax.tick_params(axis="y", length=0, labelsize=8.8, labelcolor=canvas.INK)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(low, 1.02)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(_measure(result, coefficient), fontsize=9.5, color=canvas.INK)
    return ax


def forest_figure(result: Drawable, *, coefficient: str | None = None, width: float = canvas.PAGE[0]) -> Figure:
    """Where is agreement high enough to report a level? The picture of `draw_forest`, titled, as a detached figure.

    Examples
    --------
    >>> import pandas as pd
    >>> from cbe_lib import survey
    >>> answers = pd.DataFrame({"safe": [1, 2, 4, 5, 3, 2], "trust": [2, 2, 5, 4, 3, 1], "fear": [1, 2, 4, 4, 3, 3]})
    >>> found = survey.reliability(answers, scales={"safety": list(answers)})
    >>> print(forest_figure(found).axes[0].get_title(loc="left"))
    Consistency of safety: 0.92, likely 0.17 to 0.99
    """
    rows = _rows(result, coefficient)
    title = textwrap.wrap(_title(result, rows), int((width - 0.3) * canvas.LETTERS_PER_INCH))
    tall, top = ROW * max(len(rows), 2), BARE_TOP if isinstance(result, Reliability) else SHADED_TOP
    height = tall + BELOW + top + canvas.TITLE_LINE * len(title)
    figure = Figure(figsize=(width, height))
    across = width - LEFT - RIGHT
    ax = figure.add_axes((LEFT / width, BELOW / height, across / width, tall / height))
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=9)
    draw_forest(result, ax=ax, coefficient=coefficient)
    place = {"loc": "left", "x": -(LEFT - 0.15) / across, "y": 1 + (top - 0.1) / tall}
    ax.set_title("\n".join(title), **place, fontsize=10.5, fontweight="bold", color=canvas.INK)
    return figure


def _rows(result: Drawable, coefficient: str | None) -> pd.DataFrame:
    """Return label, estimate, limits, reason and the probability of reaching the upper limit, a row to draw each."""
    table = result.table
    if isinstance(result, Agreement):
        return _of_coefficients(result)
    name = coefficient or _usual(result)
    if name not in set(table["coefficient"]):
        raise unknown_name("coefficient", name, table["coefficient"].unique())
    rows = table[table["coefficient"] == name]
    if isinstance(result, AgreementBy):
        return rows.assign(label=rows[result.by])
    several = rows[rows["k"] > 1]
    rows = rows if several.empty else several  # a scale of one item has no consistency to draw
    name = rows["scale"].str.replace("_", " ")
    return rows.assign(label=name if rows["role"].nunique() == 1 else name + ", " + rows["role"], probability=np.nan)


def _of_coefficients(result: Agreement) -> pd.DataFrame:
    chance = [
        reaches(row, LIMITS[1], result.units, result.level)
        if row["std_error"] > 0 and row["coefficient"] != "percent_agreement"
        else np.nan
        for row in result.table.to_dict("records")
    ]
    return result.table.assign(label=result.table["coefficient"].map(NAMES), probability=chance)


def _usual(result: Drawable) -> str:
    return "cronbach_alpha" if isinstance(result, Reliability) else "krippendorff_alpha"


def _limits(result: Drawable) -> tuple[float, float]:
    return (result.do_not_report_below, result.tentative_below) if isinstance(result, AgreementBy) else LIMITS


def _lowest(rows: pd.DataFrame) -> float:
    """Return where the axis begins: at 0, or lower where an interval reaches there, but not below -1."""
    known = rows["conf_low"].fillna(rows["estimate"]).dropna()
    return max(-1.0, min(0.0, float(np.floor(10 * known.min()) / 10))) if len(known) else 0.0


def _shade(ax: Axes, limits: tuple[float, float], low: float) -> None:
    edges = (low, *limits, 1.02)
    for left, right, shade in zip(edges[:-1], edges[1:], SHADES, strict=True):
        ax.axvspan(left, right, color=shade, linewidth=0, zorder=0)
    above: dict[str, Any] = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "fontsize": 7.8}
    words = ("do not report", "tentative", "")
    for left, right, said in zip(edges[:-1], edges[1:], words, strict=True):
        ax.annotate(said, ((left + right) / 2, 1), xytext=(0, 3), ha="center", color=canvas.INK, **above)
    head = f"chance of\n{limits[1]:g} or more"
    ax.annotate(head, (1.02, 1), xytext=(4, 3), ha="left", color=canvas.INK, linespacing=1.1, **above)


def _draw_row(ax: Axes, place: float, row: dict, low: float) -> None:
    if row["estimate"] != row["estimate"]:
        said = textwrap.shorten(row["reason"], LONGEST_REASON, placeholder="…")
        ax.text(low + 0.01, place, said, fontsize=7.8, style="italic", va="center", color=canvas.INK)
        return
    if row["conf_low"] == row["conf_low"]:
        span = [max(row["conf_low"], low), row["conf_high"]]
        ax.plot(span, [place] * 2, color=canvas.CURVE, linewidth=2.2, solid_capstyle="butt", zorder=2)
        if row["conf_low"] < low:
            ax.plot([low], [place], "<", color=canvas.CURVE, markersize=5, clip_on=False, zorder=3)
    face = canvas.CURVE if row["conf_low"] == row["conf_low"] else "white"
    ax.plot([row["estimate"]], [place], "o", color=canvas.CURVE, markerfacecolor=face, markersize=6, zorder=3)
    if row["probability"] == row["probability"]:
        right: dict[str, Any] = {"xytext": (6, 0), "textcoords": "offset points", "annotation_clip": False}
        ax.annotate(_percent(row["probability"]), (1.02, place), **right, fontsize=8.8, va="center", color=canvas.INK)


def _percent(probability: float) -> str:
    if probability >= 0.995:
        return ">99%"
    return "<1%" if probability < 0.005 else f"{probability:.0%}"


def _measure(result: Drawable, coefficient: str | None) -> str:
    if isinstance(result, Agreement):
        return f"Agreement, with {result.level:.0%} intervals"
    name = coefficient or _usual(result)
    return f"{NAMES[name]}, with {result.level:.0%} intervals"


def _title(result: Drawable, rows: pd.DataFrame) -> str:
    known = rows.dropna(subset=["conf_low"])
    if isinstance(result, Agreement):
        known = known[known["coefficient"] == "gwet_ac"]
    if known.empty:
        return "Cannot tell: no interval could be drawn"
    weakest = known.sort_values("estimate", kind="stable").iloc[0]
    numbers = f"{weakest['estimate']:.2f}, likely {max(weakest['conf_low'], -1):.2f} to {weakest['conf_high']:.2f}"
    if isinstance(result, Agreement):
        return f"Agreement beyond chance (Gwet's AC): {numbers}"
    if isinstance(result, Reliability):
        which = "Least consistent: " if len(known) > 1 else "Consistency of "
        return f"{which}{weakest['label']}: {numbers}" if len(known) == 1 else f"{which}{weakest['label']} ({numbers})"
    ready = int(rows["status"].eq("report").sum())
    return f"Ready to report: {ready} of {len(rows)}. Weakest: {weakest['label']} ({numbers})"
