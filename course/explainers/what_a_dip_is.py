"""Film: a dip, and four falls that are something else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course.explainers.sheet import BLUE, INK, LINE, ORANGE, SHADE, SOFT, chart, eased, headline

YEARS = np.arange(2008, 2022)
CHANGE = 2013.5
TREND = 50 + 0.8 * (YEARS - 2008)
DIP = np.interp(YEARS, [2013, 2014, 2015, 2016, 2017, 2018], [0, -5, -8, -6, -3, 0])
WOBBLE = np.array([2, -3, 4, -6, 7, -2, 8, -7, 3, 9, -4, -9, 5, 1])
QUIET = np.array([0.4, -0.5, 0.2, 0.6, -0.4, 0.1, -0.3, 0.5, -0.2, 0.3, -0.6, 0.4, 0.2, -0.1])


@dataclass(frozen=True)
class Story:
    """One course of results with what it should be told apart from."""

    title: str
    results: np.ndarray
    expected: np.ndarray
    note: str


STORIES = [
    Story("A dip: below the line, and back", TREND + DIP + QUIET, TREND, ""),
    Story("Depth, lowest year, time to come back, cost", TREND + DIP + QUIET, TREND, ""),
    Story("Not a dip: luck", 55 + WOBBLE, np.full(14, 55.0), "40 students a year; nothing happens"),
    Story("Not a dip: everybody fell", TREND + 0.9 * DIP + QUIET, TREND, "the whole state"),
    Story(
        "Not a dip: one very good year before", 55 + QUIET + 10 * (YEARS == 2013), np.full(14, 55.0), "one good year"
    ),
    Story("Not a dip: a fall that stays", TREND + QUIET - 7 * (YEARS > CHANGE), TREND, "no way back in sight"),
]
QUESTIONS = ["What came before?", "What came after?", "How many students?", "What happened elsewhere?"]


def draw(figure: Figure, line: int, gone: float) -> None:
    """Draw one moment."""
    if line == len(STORIES):
        _questions(figure, gone)
        return
    story = STORIES[line]
    headline(figure, story.title)
    axes = _years(figure)
    shown = 14 if line == 1 else 2 + round(12 * eased(gone, 0.05, 0.65))
    axes.plot(YEARS, story.expected, color=LINE, linestyle=(0, (6, 4)), linewidth=2)
    if line == 1:
        _measured(axes, story, eased(gone, 0.1, 0.5))
    if line == 3:
        axes.plot(YEARS[:shown], (TREND + 0.8 * DIP)[:shown] - 9, color=SOFT, linewidth=2)
    axes.plot(YEARS[:shown], story.results[:shown], "o-", color=BLUE, linewidth=2.5, markersize=8)
    if shown == 14:
        _note(axes, line, story.note)


def _years(figure: Figure) -> Axes:
    axes = chart(figure, (0.09, 0.27, 0.86, 0.58), "spring of the year", "students proficient (%)")
    axes.set(xlim=(2007.5, 2021.8), ylim=(36, 72), xticks=YEARS[::2])
    axes.axvline(CHANGE, color=ORANGE, linewidth=1.5)
    axes.text(CHANGE + 0.1, 70, "the change", color=ORANGE, fontsize=12, va="center")
    return axes


def _measured(axes: Axes, story: Story, grown: float) -> None:
    inside = (YEARS >= 2013) & (YEARS <= 2018)
    axes.fill_between(YEARS[inside], story.results[inside], story.expected[inside], color=SHADE, alpha=grown)
    low = int(np.argmin(story.results - story.expected))
    if grown == 1:
        top, bottom = (YEARS[low], story.expected[low]), (YEARS[low], story.results[low])
        axes.annotate("", top, bottom, arrowprops={"arrowstyle": "<->", "color": INK, "linewidth": 2})
        axes.text(YEARS[low] + 0.15, story.results[low] - 2, "depth", fontsize=14, color=INK)
        axes.text(2016.2, 43.5, "shaded: cost in point-years", fontsize=13, color=INK)


def _note(axes: Axes, line: int, note: str) -> None:
    places = {2: (2014.2, 41), 3: (2018.1, 45), 4: (2008, 65.6), 5: (2016.5, 44.5)}
    if line in places:
        axes.text(*places[line], note, fontsize=14, color=SOFT if line == 3 else INK)


def _questions(figure: Figure, gone: float) -> None:
    headline(figure, "Before you say dip, ask")
    for place, question in enumerate(QUESTIONS):
        shown = eased(gone, 0.15 * place, 0.15 * place + 0.15)
        figure.text(0.12, 0.76 - 0.13 * place, f"{place + 1}   {question}", fontsize=24, color=INK, alpha=shown)
