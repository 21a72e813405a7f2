"""Starting points: what goes with a personalized start, and which districts are like mine?"""

from __future__ import annotations

from functools import cache

import ipywidgets
import pandas as pd
from matplotlib.figure import Figure

from cbe_lib.errors import unknown_name
from cbe_lib.plots.starting_points import alike_figure, paths_figure
from cbe_lib.themes.starting_points import paths
from cbe_lib.themes.starting_points.alike import picked, variables
from cbe_lib.themes.starting_points.paths import SCALES, Paths
from cbe_lib.widgets import sample_districts
from cbe_lib.widgets.panel import panel

FEWEST = 10
"""Trust of fewer people is not used."""


def two_starts(*, measure: str = "confusion", equal_messages: bool = True) -> tuple[Figure, str]:
    """How do the synthetic districts with a personalized start differ from the others, on this measure?

    Parameters
    ----------
    measure : {"confusion", "grading_grasp"}
        Scale of the staff survey.
    equal_messages : bool
        Compare districts whose messages name a horizon of years equally often.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> two_starts()[1].partition(" (")[0]
    'Confusion from a personalized start, beside a standard one: -1.6 points of 0 to 10'
    """
    if measure not in SCALES:
        raise unknown_name("measure of the two starts", measure, SCALES)
    found = _starts()[equal_messages]
    rows = found.table[(found.table["measure"] == measure) & (found.table["term"] == "difference")]
    row = rows.to_dict("records")[0]
    among = "whose messages name a horizon equally often" if equal_messages else "whatever their messages said"
    sentence = (
        f"{measure.replace('_', ' ').capitalize()} from a personalized start, beside a standard one: "
        f"{row['estimate']:+.1f} {row['unit']} (95% interval {row['conf_low']:+.1f} to {row['conf_high']:+.1f}), among "
        f"{row['n']} synthetic districts {among}. They did not draw lots for their start, and may differ in other ways."
    )
    return paths_figure(found, measure), sentence


def paths_explorer() -> ipywidgets.VBox:
    """Does the answer about starting points hang on what is measured, and on what is held equal?

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture.

    Examples
    --------
    >>> explorer = paths_explorer()
    >>> explorer.children[0].children[0].value
    'confusion'
    """
    measures = [(name.replace("_", " "), name) for name in SCALES]
    return panel(
        two_starts,
        measure=ipywidgets.Dropdown(options=measures, value=SCALES[0], description="Measure"),
        equal_messages=ipywidgets.Checkbox(True, description="Messages held equal", indent=False),
    )


def like_mine(
    *, district: str = "00113", n: int = 3, trust: bool = True, groups: bool = False
) -> tuple[Figure, str, pd.DataFrame]:
    """Which synthetic districts are most like this one, and how near are they?

    Parameters
    ----------
    district : str
        district_id of one with a rollout in the sample state.
    n : int
        How many districts.
    trust : bool
        Match on trust too: inside the school, and between school and community.
    groups : bool
        Match on shares of student groups too.

    Returns
    -------
    (Figure, str, DataFrame)
        The picture, what it says, and the districts with their distance.

    Examples
    --------
    >>> figure, sentence, chosen = like_mine(trust=False)
    >>> chosen["District"].iloc[0]
    'Peldacombe (synthetic)'
    """
    sample_districts.name_of(district)
    found = picked(sample_districts.table("districts"), _known(trust, groups), district, n, asked=trust)
    chosen = found.table[["name", "distance"]].set_axis(["District", "Distance (standard deviations)"], axis=1)
    return alike_figure(found), found.text, chosen.round(2)


def alike_explorer() -> ipywidgets.VBox:
    """Which districts are like mine, and what does matching on more cost?

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence, and picture with a table below it.

    Examples
    --------
    >>> explorer = alike_explorer()
    >>> explorer.children[0].children[0].value
    '00113'
    """
    return panel(
        like_mine,
        district=sample_districts.chooser("00113"),
        n=ipywidgets.IntSlider(3, min=1, max=10, description="How many"),
        trust=ipywidgets.Checkbox(True, description="Match on trust", indent=False),
        groups=ipywidgets.Checkbox(False, description="Match on student groups", indent=False),
    )


@cache
def _starts() -> dict[bool, Paths]:
    """Compare both ways at once, so that no later move waits."""
    survey, districts, messages = (sample_districts.table(name) for name in ("survey", "districts", "messages"))
    return {equal: paths(survey, districts, messages=messages if equal else None) for equal in (True, False)}


@cache
def _known(trust: bool, groups: bool) -> tuple[pd.DataFrame, dict[str, str], dict[str, dict[str, float]]]:
    tables = [sample_districts.table(name) for name in ("districts", "survey", "student_groups")]
    return variables(tables[0], tables[1] if trust else None, tables[2] if groups else None, FEWEST)
