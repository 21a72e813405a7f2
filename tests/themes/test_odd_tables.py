"""Whatever rows a table holds, an analysis gives a result or one clear error: no traceback, no warning."""

import contextlib

import pandas as pd
import pytest

from cbe_lib.errors import CbeError
from tests.themes.every_analysis import STATE, analyses


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


@pytest.mark.parametrize(("function", "given"), [pytest.param(*rest, id=name) for name, *rest in analyses()])
@pytest.mark.parametrize("odd", ODD)
def test_odd_rows_give_a_result_or_one_clear_error(function, given, odd):
    usual = {each: small(name) for each, name in given.items()}
    for changed in given:
        with contextlib.suppress(CbeError):
            found = function(**{**usual, changed: ODD[odd](usual[changed])})
            assert isinstance(found, pd.DataFrame) or (found.text and "nan" not in found.text.split())
