"""Film: two students, four tests, and an average that hides what both can do."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course.explainers.sheet import BLUE, INK, LINE, ORANGE, SOFT, chart, eased, headline

WEEKS = np.array([3, 6, 9, 12])
ANA, BEN, GOAL = np.array([30, 55, 80, 95]), np.array([75, 75, 75, 75]), 80
HEADLINES = [
    "Two students, one course",
    "Ben: four times 75",
    "Ana: 30, 55, 80, 95",
    "The average over dates: Ben 75, Ana 65",
    "Today Ana can do it, Ben cannot yet",
    "Two questions, not one",
]


def draw(figure: Figure, line: int, gone: float) -> None:
    """Draw one moment."""
    headline(figure, HEADLINES[line])
    axes = _course(figure)
    _results(axes, BEN, "Ben", "s", BLUE, below=True, shown=(0, eased(gone, 0.1, 0.8), 1, 1, 1, 1)[line])
    _results(axes, ANA, "Ana", "o", ORANGE, below=False, shown=(0, 0, eased(gone, 0.1, 0.8), 1, 1, 1)[line])
    if line == 3:
        _averages(figure, eased(gone, 0.1, 0.6))
    if line == 4:
        _rings(axes, eased(gone, 0.1, 0.4))
    if line == 5:
        _answers(figure, gone)


def _course(figure: Figure) -> Axes:
    axes = chart(figure, (0.08, 0.27, 0.56, 0.58), "week of the course", "result of the test")
    axes.set(xlim=(0, 14), ylim=(0, 105), xticks=WEEKS)
    axes.axhline(GOAL, color=LINE, linestyle=(0, (6, 4)), linewidth=2)
    axes.text(0.2, GOAL + 2.5, "able to do the work", fontsize=11, color=SOFT)
    return axes


def _results(axes: Axes, results: np.ndarray, name: str, marker: str, color: str, below: bool, shown: float) -> None:
    """Draw as much of a student's course as has happened."""
    if not shown:
        return
    until = 3 + shown * 9
    seen = until >= WEEKS - 1e-9
    path = np.linspace(3, until, 60)
    axes.plot(path, np.interp(path, WEEKS, results), color=color, linewidth=2.5)
    axes.plot(WEEKS[seen], results[seen], marker, color=color, markersize=10, linestyle="")
    place = (0, -20) if below else (-14, 8)
    for week, result in zip(WEEKS[seen], results[seen], strict=True):
        axes.annotate(str(result), (week, result), place, textcoords="offset points", ha="center", color=color)
    axes.text(until + 0.65, np.interp(until, WEEKS, results), name, color=color, fontsize=13, va="center")


def _averages(figure: Figure, grown: float) -> None:
    axes = chart(figure, (0.73, 0.27, 0.22, 0.58), "", "average of four tests")
    heights = np.array([BEN.mean(), ANA.mean()]) * grown
    bars = axes.bar(["Ben", "Ana"], heights, color=[BLUE, ORANGE], width=0.6)
    bars[1].set_hatch("//")
    bars[1].set_edgecolor("white")
    axes.set_ylim(0, 105)
    if grown == 1:
        for bar, height in zip(bars, heights, strict=True):
            axes.text(bar.get_x() + 0.3, height + 2, f"{height:.0f}", ha="center", fontsize=14, color=INK)


def _rings(axes: Axes, grown: float) -> None:
    size = 14 + 12 * grown
    for result in (ANA[-1], BEN[-1]):
        axes.plot(12, result, "o", markersize=size, markerfacecolor="none", markeredgecolor=INK, markeredgewidth=2)


def _answers(figure: Figure, gone: float) -> None:
    rows = [(0.74, "Can do it?"), (0.65, "Ana: yes"), (0.57, "Ben: not yet"), (0.44, "Since when?")]
    rows += [(0.35, "Ana: week 9"), (0.27, "Ben: not yet")]
    for place, (height, text) in enumerate(rows):
        shown = eased(gone, 0.1 * place, 0.1 * place + 0.1)
        strong = "bold" if text.endswith("?") else "normal"
        color = INK if strong == "bold" else ORANGE if text.startswith("Ana") else BLUE
        figure.text(0.72, height, text, fontsize=17, fontweight=strong, color=color, alpha=shown, va="center")
