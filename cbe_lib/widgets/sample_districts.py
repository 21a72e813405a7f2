"""The districts of the sample state that changed, for panels that let a reader choose one."""

from __future__ import annotations

from functools import cache

import ipywidgets
import pandas as pd

from cbe_lib import samples
from cbe_lib.errors import unknown_name


@cache
def table(name: str) -> pd.DataFrame:
    """Read one table of the sample state, once."""
    return samples.state(name)[name]


@cache
def names() -> dict[str, str]:
    """Return the name of every district with a rollout, by its id and in alphabetical order."""
    changed = table("districts").dropna(subset=["rollout_year"]).sort_values("name")
    return dict(changed[["district_id", "name"]].itertuples(index=False))


def name_of(district: str) -> str:
    """Return the name of a district with a rollout; raise CbeError for any other."""
    if district not in names():
        raise unknown_name("district with a rollout in the sample state", district, names())
    return names()[district]


def chooser(district: str) -> ipywidgets.Dropdown:
    """Build the control that chooses one of these districts."""
    options = [(name, id_) for id_, name in names().items()]
    return ipywidgets.Dropdown(options=options, value=district, description="District")
