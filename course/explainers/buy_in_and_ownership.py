"""Film: two districts with the same support and different ownership meet a hard year. A hypothesis, drawn."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course.explainers.sheet import BLUE, INK, LINE, ORANGE, SOFT, chart, eased, headline

PEOPLE = 40
LEFT, RIGHT = (0.08, 0.27, 0.36, 0.54), (0.58, 0.27, 0.36, 0.54)
HEADLINES = [
    "Accepting a change, and owning it",
    "District one: a finished plan is sold",
    "District two: people write the purpose",
    "A hard year, where people only accepted",
    "A hard year, where people own the change",
    "Ask about both, before the hard year",
]


def _spread(accepting: int, owning: int, seed: int) -> np.ndarray:
    """Place forty people so that as many as named accept and own; nobody owns what he does not accept."""
    draws = np.random.default_rng(seed)
    right = np.where(
        np.arange(PEOPLE) < accepting, draws.uniform(0.58, 0.95, PEOPLE), draws.uniform(0.08, 0.45, PEOPLE)
    )
    upper = np.where(np.arange(PEOPLE) < owning, draws.uniform(0.58, 0.95, PEOPLE), draws.uniform(0.08, 0.45, PEOPLE))
    return np.column_stack([right, upper])


START, SOLD, WRITTEN = _spread(4, 2, 1), _spread(36, 4, 2), _spread(30, 28, 3)
SOLD_AFTER, WRITTEN_AFTER = _spread(8, 4, 4), _spread(27, 26, 3)


def draw(figure: Figure, line: int, gone: float) -> None:
    """Draw one moment."""
    headline(figure, HEADLINES[line])
    moved = eased(gone, 0.15, 0.8)
    one = [START, _between(START, SOLD, moved), SOLD, _between(SOLD, SOLD_AFTER, moved), SOLD_AFTER, SOLD][line]
    two = [START, START, _between(START, WRITTEN, moved), WRITTEN]
    two += [_between(WRITTEN, WRITTEN_AFTER, moved), WRITTEN]
    _district(figure, LEFT, "District one", one, "o", ORANGE, counted=line > 0)
    if line != 0:
        _district(figure, RIGHT, "District two", two[line], "s", BLUE, counted=line > 1)
    if line in (3, 4):
        figure.text(0.95, 0.93, "hypothesis", fontsize=14, color=SOFT, style="italic", ha="right", va="center")


def _between(start: np.ndarray, end: np.ndarray, done: float) -> np.ndarray:
    return start + (end - start) * done


def _district(
    figure: Figure,
    place: tuple[float, float, float, float],
    name: str,
    people: np.ndarray,
    marker: str,
    color: str,
    counted: bool,
) -> Axes:
    axes = chart(figure, place, "accepts the change  →", "feels that it is theirs  →")
    axes.set(xlim=(0, 1), ylim=(0, 1), xticks=[], yticks=[])
    axes.axvline(0.5, color=LINE, linewidth=1)
    axes.axhline(0.5, color=LINE, linewidth=1)
    axes.plot(people[:, 0], people[:, 1], marker, color=color, markersize=8, alpha=0.8, linestyle="")
    support, owned = (people > 0.5).sum(axis=0)
    told = f": {support} of {PEOPLE} accept, {owned} own it" if counted else ""
    axes.set_title(name + told, fontsize=13, color=INK, loc="left")
    return axes
