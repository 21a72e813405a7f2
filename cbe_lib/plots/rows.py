"""A picture for results without one of their own: a line a row, a dot and its interval if there is one, else words."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cbe_lib.plots import canvas
from cbe_lib.results import Result

MOST_ROWS = 20
LABEL, LABEL_LINES, WORDS, WORDS_LINES, MEASURE = 26, 2, 37, 2, 36
LEFT, RIGHT, BELOW, LINE = 1.95, 0.15, 0.5, 0.165
FIRST_SENTENCE = re.compile(r"(?<=[\w)%]{2})\. (?=[A-Z\d]).*", re.DOTALL)
REASONS = ("reason", "note", "why")


@dataclass(frozen=True)
class Lines:
    """Which part of a result is drawn.

    label: columns that name a row; shown: a column of numbers, with conf_low and conf_high where there are any, or of
    words; measure: what the numbers are, with their unit, "" for words; frame: attribute that holds the rows; only: the
    one value of a column whose rows are drawn; least: where the axis begins, if that means something;
    blank: what an empty cell of words says.
    """

    label: tuple[str, ...]
    shown: str
    measure: str = ""
    frame: str = "table"
    only: tuple[str, str] | None = None
    least: float | None = None
    blank: str = ""


LINES = {
    "dip.Detectable": Lines(("term",), "estimate", "Smallest change that would be seen (points)"),
    "dip.Moderation": Lines(("term",), "estimate", "Depth of the dip (points)"),
    "dip.NaiveDips": Lines(("district",), "fall", "Deepest fall in a year (points)"),
    "dip.RolloutComparison": Lines(("rollout",), "depth", "Depth of the dip (points), by rollout year"),
    "privacy.Suppressed": Lines(("*words",), "suppressed_reason", blank="shown"),
    "rubric.Change": Lines(("district", "dimension"), "change", "Change between two visits (levels)", "dimensions"),
    "rubric.IntraclassCorrelation": Lines(("coefficient",), "estimate", "Intraclass correlation"),
    "rubric.Ordering": Lines(("first", "second"), "share_ahead", "Share of weightings with the first ahead", least=0),
    "rubric.Talks": Lines(("rater_a", "rater_b", "criterion"), "mean_difference", "Mean difference (levels)"),
    "scale.Summary": Lines(("what",), "count", "Series", least=0),
    "survey.Aggregation": Lines(("scale", "*group"), "rwg_j", "Agreement within the group (r_wg(j))", least=0),
    "survey.Flags": Lines(("rule", "role"), "count", "Respondents", least=0),
    "survey.ResponseRate": Lines(("*before invited",), "rate", "Share of those asked who answered", least=0),
    "survey.Scores": Lines(("scale", "*group"), "mean", "Mean answer"),
    "themes.CaseCard": Lines(("topic",), "record"),
    "themes.DefinitionCheck": Lines(("part",), "level"),
    "themes.Diagnosis": Lines(("part",), "finding"),
    "themes.EarlyWins": Lines(("indicator",), "finding"),
    "themes.Lessons": Lines(("criterion", "source"), "pieces", "Pieces of evidence", least=0),
    "themes.Reading": Lines(("author", "year"), "title"),
    "themes.Readiness": Lines(("preparation",), "state"),
    "themes.RepeatSurvey": Lines(("scale", "role"), "estimate", "Change a year (points of the scale)", "trend"),
    "themes.ServiceEffect": Lines(("term",), "estimate", "Hours for one more level", only=("term", "hours_per_level")),
}


def kind(result: Result) -> str:
    """Name the kind of a result by its package and class, since two packages may use one name."""
    named = (
        f"{each.__module__.split('.')[1]}.{each.__name__}"
        for each in type(result).__mro__[:-1]
        if "." in each.__module__
    )
    return next((name for name in named if name in LINES), "")


def draw_rows(result: Result, *, ax: Axes) -> Axes:
    """What does each row of this result say?

    Parameters
    ----------
    result : Result
        Of a kind in `LINES`.
    ax : matplotlib Axes
        Added to and returned.

    Returns
    -------
    matplotlib Axes
        A line for each of the first rows: a dot, and a bar over its interval where there is one; what cannot be told
        says so in words.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from cbe_lib import dip
    >>> ax = draw_rows(dip.detectable(6, 6, n_tested=750), ax=Figure().add_subplot())
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['year to year', 'dip']
    """
    lines = LINES[kind(result)]
    rows = _rows(result, lines)
    place = np.arange(len(rows))
    numbers = rows["number"].to_numpy(float)
    if lines.measure:
        known = ~np.isnan(numbers)
        _draw_intervals(ax, rows[known], place[known])
        ax.plot(numbers[known], place[known], "o", color=canvas.CURVE, markersize=6)
        if (rows["low"] < 0).any() and (rows["high"] > 0).any():
            ax.axvline(0, color=canvas.FAINT, linewidth=1, zorder=0)
        ax.set_xlabel(textwrap.fill(lines.measure, MEASURE), fontsize=9.5, color=canvas.INK)
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=bool((numbers[known] % 1 == 0).all())))
        ax.margins(x=0.08)
        if lines.least is not None:
            ax.set_xlim(left=lines.least - 0.03 * max([*numbers[known], 0.1]))
    else:
        ax.xaxis.set_visible(False)
        ax.spines["bottom"].set_visible(False)
    aside: dict[str, Any] = {
        "xycoords": ("axes fraction", "data"),
        "fontsize": 8.8,
        "va": "center",
        "color": canvas.INK,
    }
    for at, words in zip(place, rows["words"], strict=True):
        ax.annotate(words, (0.02, at), style="italic" if lines.measure else "normal", linespacing=1.1, **aside)
    ax.set_yticks(place, rows["label"])
    ax.tick_params(axis="y", length=0, labelsize=8.8, labelcolor=canvas.INK)
    ax.set_ylim(max(len(rows), 1) - 0.4, -0.6)
    ax.spines["left"].set_visible(False)
    return ax


def _draw_intervals(ax: Axes, rows: pd.DataFrame, place: np.ndarray) -> None:
    """Draw each interval; one without an end runs to the last number that is drawn, and an arrow points on."""
    ends = rows[["number", "low", "high"]].to_numpy(float)
    finite = ends[np.isfinite(ends)]
    if not len(finite):
        return
    bounds = {"low": finite.min(), "high": finite.max()}
    shown = rows[["low", "high"]].clip(bounds["low"], bounds["high"])
    ax.hlines(place, shown["low"], shown["high"], color=canvas.CURVE, linewidth=2.2)
    for side, arrow in (("low", "<"), ("high", ">")):
        endless = np.isinf(rows[side].to_numpy(float))
        ax.plot(shown[side][endless], place[endless], arrow, color=canvas.CURVE, markersize=6)


def rows_figure(result: Result, *, width: float = canvas.PAGE[0]) -> Figure:
    """What does each row of this result say? The picture of `draw_rows`, titled, as a detached figure.

    Examples
    --------
    >>> from cbe_lib import dip
    >>> print(rows_figure(dip.detectable(6, 6, n_tested=750)).axes[0].get_xlabel())
    Smallest change that would be seen
    (points)
    """
    lines = LINES[kind(result)]
    rows = _rows(result, lines)
    most = int((rows["label"].str.count("\n").clip(rows["words"].str.count("\n")) + 1).max()) if len(rows) else 1
    title = textwrap.wrap(_title(result, lines), int((width - 0.3) * canvas.LETTERS_PER_INCH))
    tall, top = max(len(rows), 1) * (most * LINE + 0.1), 0.2 + canvas.TITLE_LINE * len(title)
    below = BELOW + LINE * (len(lines.measure) // MEASURE) if lines.measure else 0.15
    figure = Figure(figsize=(width, tall + top + below))
    height, across = tall + top + below, width - LEFT - RIGHT
    ax = figure.add_axes((LEFT / width, below / height, across / width, tall / height))
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=9)
    draw_rows(result, ax=ax)
    place: dict[str, Any] = {"loc": "left", "x": -(LEFT - 0.15) / across, "y": 1 + 0.08 / tall}
    ax.set_title("\n".join(title), **place, fontsize=10.5, fontweight="bold", color=canvas.INK)
    return figure


def _rows(result: Result, lines: Lines) -> pd.DataFrame:
    """Return label, number, low, high, words for each row to draw."""
    frame: pd.DataFrame = getattr(result, lines.frame)
    if lines.only:
        frame = frame[frame[lines.only[0]] == lines.only[1]]
    frame = frame.head(MOST_ROWS).reset_index()
    number = pd.to_numeric(frame[lines.shown]).astype(float) if lines.measure else pd.Series(np.nan, frame.index)
    number = number.where(np.isfinite(number))
    low, high = (frame.get(name, number).astype(float).fillna(number) for name in ("conf_low", "conf_high"))
    reason = next((name for name in REASONS if name in frame), None)
    said = frame[reason] if reason else pd.Series("", frame.index)
    if not lines.measure:
        said = frame[lines.shown].where(frame[lines.shown].astype("string").fillna("") != "", said)
    words = said.astype("string").fillna("").replace("", lines.blank).where(number.isna(), "")
    return pd.DataFrame(
        {
            "label": [_wrapped(each, LABEL, LABEL_LINES) for each in _labels(frame, result, lines)],
            "number": number,
            "low": low,
            "high": high,
            "words": [_wrapped(each, WORDS, WORDS_LINES) for each in words],
        }
    )


def _labels(frame: pd.DataFrame, result: Result, lines: Lines) -> list[str]:
    columns: list[Any] = []
    for name in lines.label:
        if name == "*group":
            columns += getattr(result, "group", None) or list(frame.columns[2 : frame.columns.get_loc("n")])
        elif name == "*before invited":
            columns += list(frame.columns[1 : frame.columns.get_loc("invited")])
        elif name == "*words":
            columns += [each for each in frame.select_dtypes(exclude="number") if each != lines.shown]
        else:
            columns.append(name)
    return [", ".join(str(each).replace("_", " ") for each in row) for row in frame[columns].itertuples(index=False)]


def _wrapped(text: str, width: int, most: int) -> str:
    return "\n".join(textwrap.wrap(text, width, max_lines=most, placeholder="…"))


def _title(result: Result, lines: Lines) -> str:
    first = FIRST_SENTENCE.sub("", result.text).rstrip(".")
    left = len(getattr(result, lines.frame)) - MOST_ROWS
    return textwrap.shorten(first, 150, placeholder="…") + (
        f" ({MOST_ROWS} rows of {left + MOST_ROWS})" if left > 0 else ""
    )
