"""Which district should leaders visit: near enough, and surely further?"""

from __future__ import annotations

from functools import cache

import ipywidgets
from matplotlib.figure import Figure

from cbe_lib import samples
from cbe_lib.brief.matching import Hosts, hosts_of
from cbe_lib.brief.record import Record
from cbe_lib.errors import CbeError
from cbe_lib.plots.hosts import hosts_figure
from cbe_lib.widgets import sample_districts
from cbe_lib.widgets.panel import panel

NAMED = 3


def hosts_within(*, district: str = "00153", farthest: float = 1.5) -> tuple[Figure, str]:
    """Which synthetic districts have surely come further, and are no less alike than this?

    Parameters
    ----------
    district : str
        district_id of a district with a rollout in the sample state.
    farthest : float, above 0
        Largest distance in size and need, in standard deviations.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> hosts_within(farthest=1.2)[1].partition(":")[0]
    'For Brindelgarth (synthetic), 1 of 15 rated synthetic districts is near enough and surely further'
    """
    if not farthest > 0:
        raise CbeError.build("`farthest` must be above 0", found=f"Found {farthest!r}")
    name = sample_districts.name_of(district)
    found = _found(district)
    near = found.table[(found.table["standing"] == "further") & (found.table["distance"] <= farthest)]
    said = "; ".join(
        f"{row['name']}, distance {row['distance']:.1f}, further in {row['ahead']} of {row['n_rated']} dimensions"
        for row in near.head(NAMED).to_dict("records")
    )
    count = f"{len(near)} of {len(found.table)} rated synthetic districts {'is' if len(near) == 1 else 'are'}"
    opening = f"For {name}, {count} near enough and surely further"
    sentence = f"{opening}: {said}." if said else f"{opening}. Look farther, or have more raters look."
    return hosts_figure(found, farthest=farthest), f"{sentence} This is no ranking."


def hosts_explorer() -> ipywidgets.VBox:
    """How does the list of hosts change with who travels, and with how unlike a host may be?

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture.

    Examples
    --------
    >>> len(hosts_explorer().children)
    3
    """
    farthest = ipywidgets.FloatSlider(1.5, min=0.5, max=3, step=0.25, description="Largest distance")
    return panel(hosts_within, district=sample_districts.chooser("00153"), farthest=farthest)


@cache
def _record() -> Record:
    record = Record(samples.state(), "00153")
    _ = record.scores, record.rollouts  # worked out once, and handed on to every district
    return record


@cache
def _found(district: str) -> Hosts:
    return hosts_of(_record().of(district), NAMED)
