"""Whatever rows a table holds, an analysis gives a result or one clear error: no traceback, no warning."""

import contextlib
import importlib
import inspect

import pandas as pd
import pytest

from cbe_lib import samples, themes
from cbe_lib.errors import CbeError

# What an analysis calls a table where it takes one of several.
OTHER_NAMES = {
    "learning.constraints": {"rules": "state_rules"},
    "learning.recognition": {"actions": "state_actions"},
    "learning.safety": {"answers": "survey"},
    "ownership.autonomy": {"answers": "survey"},
    "ownership.quadrants": {"answers": "survey"},
    "purpose.hybrid_test": {"ratings": "decisions"},
    "rollout.repeat_survey": {"answers": "survey"},
}
STATE = samples.state()


def analyses():
    """Collect the functions of all themes that take nothing but tables of the sample state."""
    for theme in themes.__all__:
        module = importlib.import_module(f"cbe_lib.themes.{theme}")
        for name in module.__all__:
            function = getattr(module, name)
            if not inspect.isfunction(function):
                continue
            named = OTHER_NAMES.get(f"{theme}.{name}", {})
            asked = inspect.signature(function).parameters
            given = {each: named.get(each, each) for each in asked if named.get(each, each) in STATE}
            given.pop("rollout", None) if (theme, name) == ("rollout", "before") else None
            if given and all(each in given for each, what in asked.items() if what.default is what.empty):
                yield pytest.param(function, given, id=f"{theme}.{name}")


def small(name):
    """Give some rows of two districts, or the first rows of a table without districts."""
    frame = STATE[name]
    if "district_id" in frame:
        frame = frame[frame["district_id"].isin(STATE["rollout"]["district_id"].unique()[:2])]
    return frame.head(120).reset_index(drop=True)


def constant(frame):
    filled = {name: frame[name].iloc[0] for name in frame.select_dtypes("number") if len(frame)}
    return frame.assign(**filled)


def blanked(frame):
    return frame.assign(**{name: frame[name].mask(frame[name].notna()) for name in frame if frame[name].isna().any()})


ODD = {
    "empty": lambda frame: frame.head(0),
    "one row": lambda frame: frame.head(1),
    "constant": constant,
    "blank": blanked,
}


@pytest.mark.parametrize(("function", "given"), list(analyses()))
@pytest.mark.parametrize("odd", ODD)
def test_odd_rows_give_a_result_or_one_clear_error(function, given, odd):
    usual = {each: small(name) for each, name in given.items()}
    for changed in given:
        with contextlib.suppress(CbeError):
            found = function(**{**usual, changed: ODD[odd](usual[changed])})
            assert isinstance(found, pd.DataFrame) or (found.text and "nan" not in found.text.split())
