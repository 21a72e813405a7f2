"""Building the field: spread with people or by the book, a film and its comparison, a web with a helper missing."""

from __future__ import annotations

import ipywidgets
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cbe_lib.errors import CbeError
from cbe_lib.plots.field import courses_figure, network_figure, shift_figure
from cbe_lib.themes import field
from cbe_lib.widgets import sample_districts
from cbe_lib.widgets.panel import panel

DISTRICTS, STATES, YEARS, STARTED = 36, 60, 14, 0.08
DRAWS, CLOSE = 15, 0.15
NOBODY = "nobody"
WAYS = ("with people", "by the book")


def two_ways(*, times: float = 3.0, moves: int = 10, usual: float = 3.5) -> tuple[Figure, str]:
    """How would a practice spread if it traveled with people, and how if it did not?

    Parameters
    ----------
    times : float, 1 or more
        How many times as likely a district takes up the practice in a year once somebody has come who knows it.
    moves : int
        Moves between districts in a year for each 36 districts.
    usual : float
        Percent of districts that take it up in a year on their own.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> two_ways(times=1.0)[1].split(":")[0]
    'Assumed'
    """
    # By the book, newcomers make no difference, but as many districts take it up over the years.
    shares = {WAYS[0]: _spread(times, moves, usual)}
    shares[WAYS[1]] = _spread(1.0, moves, _matching(shares[WAYS[0]]))
    parts = [
        pd.DataFrame(
            {
                "year": range(YEARS + 1),
                "way": way,
                "share": used.mean(axis=1),
                "low": np.quantile(used, 0.05, axis=1),
                "high": np.quantile(used, 0.95, axis=1),
            }
        )
        for way, used in shares.items()
    ]
    middle = [float(part["share"].iloc[YEARS // 2]) for part in parts]
    apart = abs(middle[0] - middle[1]) >= CLOSE
    text = (
        f"Assumed: a yearly chance of {usual:g}%, {times:g} times as high once somebody has come, {moves} moves a "
        f"year; {DISTRICTS} synthetic districts, {STATES} states. By the book, the yearly chance is set so that as "
        f"many use it in the end. Halfway {middle[0]:.0%} use it with people and {middle[1]:.0%} by the book: "
        f"{'the courses differ' if apart else 'one state alone could not tell the two apart'}. Who came from where, "
        "and when, tells more than the curve."
    )
    return courses_figure(pd.concat(parts)), text


def _spread(times: float, moves: int, usual: float) -> np.ndarray:
    """Return the share of districts that use the practice: a row a year, a column a state."""
    rng = np.random.default_rng(0)
    used = rng.random((STATES, DISTRICTS)) < STARTED
    met = np.zeros_like(used)
    shares = [used.mean(axis=1)]
    every = np.arange(STATES)[:, None]
    for _ in range(YEARS):
        origin, target = rng.integers(0, DISTRICTS, (2, STATES, max(moves, 1)))
        if moves:
            np.logical_or.at(met, (every, target), used[every, origin])
        chance = 1 - (1 - usual / 100) ** np.where(met, times, 1.0)
        used = used | (rng.random(used.shape) < chance)
        shares.append(used.mean(axis=1))
    return np.array(shares)


def _matching(shares: np.ndarray) -> float:
    """Return the yearly chance, percent, without contact that ends with as many users."""
    left = (1 - float(shares[-1].mean())) / (1 - float(shares[0].mean()))
    return 100 * (1 - max(left, 1e-6) ** (1 / YEARS))


def film_and_talk(*, people: int = 60, film: float = 0.9, twice: float = 0.3, draw: int = 1) -> tuple[Figure, str]:
    """Can a film be told from being asked twice?

    Parameters
    ----------
    people : int
        Participants for each tool.
    film, twice : float
        How far the film moves a score of 0 to 10, and how far being asked a second time does, for everybody.
    draw : int
        Another number is other people.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> "Film less talk" in film_and_talk()[1]
    True
    """
    rng = np.random.default_rng(draw)
    before = np.clip(np.round(rng.normal(4.5, 1.2, 2 * people)), 0, 10)
    moved = np.repeat([film + twice, twice], people)
    after = np.clip(np.round(before + rng.normal(moved, 1.0)), 0, 10)
    rows = pd.DataFrame({"tool": np.repeat(["film", "slide talk"], people), "before": before, "after": after})
    rows["participant"] = [f"T{each}" for each in range(2 * people)]
    rows["talked"] = rng.random(2 * people) < np.repeat([0.5, 0.25], people)
    found = field.discussion_shift(rows)
    shift = found.comparison.set_index("measure").loc["shift"].to_dict()
    told = (
        f"Film less talk: {shift['estimate']:+.1f} points ({shift['conf_low']:+.1f} to {shift['conf_high']:+.1f}); "
        f"planted: {film:+.1f}. "
        if not shift["reason"]
        else f"Film less talk: {shift['reason']}. "
    )
    return shift_figure(found), f"{2 * people} synthetic people. {told}{found.text}"


def web_without(*, left_out: str = NOBODY, missing: int = 20) -> tuple[Figure, str]:
    """Does the web of helpers hold if one of them goes, or if ties were never reported?

    Parameters
    ----------
    left_out : str
        Name of a helper that stops, or "nobody".
    missing : int, 1 to 99
        Percent of ties that may not have been reported.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Raises
    ------
    CbeError
        If no share of ties, or all of them, may be missing.

    Examples
    --------
    >>> web_without()[1].split(" helpers")[0]
    'Synthetic state. 8'
    """
    if not 1 <= missing <= 99:
        raise CbeError.build("Ties not reported must be 1% to 99%", found=f"Found {missing}%")
    rows = sample_districts.table("ties")
    rows = rows[(rows["from_id"] != left_out) & (rows["to_id"] != left_out)]
    found = field.helper_network(rows, missing=missing / 100, draws=DRAWS)
    return network_figure(found), f"Synthetic state. {found.text}"


def spread_explorer() -> ipywidgets.VBox:
    """Does a practice travel with people or by the book? Controls, sentence and picture.

    Examples
    --------
    >>> explorer = spread_explorer()
    >>> len(explorer.children[0].children)
    3
    """
    return panel(
        two_ways,
        times=ipywidgets.FloatSlider(3.0, min=1, max=8, step=0.5, description="Times as likely"),
        moves=ipywidgets.IntSlider(10, min=0, max=40, description="Moves a year"),
        usual=ipywidgets.FloatSlider(3.5, min=0.5, max=15, step=0.5, description="Yearly chance (%)"),
    )


def film_explorer() -> ipywidgets.VBox:
    """Can a film be told from being asked twice? Controls, sentence and picture.

    Examples
    --------
    >>> explorer = film_explorer()
    >>> len(explorer.children[0].children)
    4
    """
    return panel(
        film_and_talk,
        people=ipywidgets.SelectionSlider(options=[8, 20, 60, 150], value=60, description="People a tool"),
        film=ipywidgets.FloatSlider(0.9, min=0, max=2, step=0.1, description="The film moves"),
        twice=ipywidgets.FloatSlider(0.3, min=0, max=2, step=0.1, description="Asking twice moves"),
        draw=ipywidgets.IntSlider(1, min=1, max=20, description="Try again: draw"),
    )


def web_explorer() -> ipywidgets.VBox:
    """Does the web of helpers hold without one of them? Controls, sentence and picture.

    Examples
    --------
    >>> explorer = web_explorer()
    >>> explorer.children[0].children[1].value = 0
    >>> "Not possible" in explorer.children[1].value
    True
    """
    helpers = sorted(sample_districts.table("ties")["from_id"].unique())
    return panel(
        web_without,
        left_out=ipywidgets.Dropdown(options=[NOBODY, *helpers], value=NOBODY, description="Who stops"),
        missing=ipywidgets.IntSlider(20, min=0, max=60, step=5, description="Ties unreported (%)"),
    )
