"""What the tests of the dip engine share: one series, and a search for numbers that are missing without a reason."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cbe_lib.dip import detectability, existence

# 60.5 + 0.4 a year, noise written down once, and a dip of 3, 6, 5, 3 and 1 points from 2010 on.
YEARS = np.arange(2004, 2018)
NOISE = np.array([0.4, -0.6, 0.9, -0.2, -0.9, 0.5, 0.2, -0.4, 0.7, 0.1, -0.8, 0.6, -0.1, 0.3])
DIP = np.array([0, 0, 0, 0, 0, 0, 3, 6, 5, 3, 1, 0, 0, 0])
ROLLOUT = 2010


@pytest.fixture(autouse=True, scope="session")
def tables_of_the_existence_test_are_kept_for_the_session_only(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CBE_CACHE_DIR", str(tmp_path_factory.mktemp("existence")))
        yield


@pytest.fixture(scope="module")
def small_tables():
    """Tables of the existence test a quarter of their size, for tests that a rough p-value serves."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(existence, "NULL_SERIES", 1500)
        for kept in (existence.null_table, detectability.power_curve):
            kept.cache_clear()
        yield
    for kept in (existence.null_table, detectability.power_curve):
        kept.cache_clear()


@pytest.fixture
def outcomes():
    return pd.DataFrame({"year": YEARS, "value": 60.5 + 0.4 * (YEARS - 2004) + NOISE - DIP})


@pytest.fixture
def flat():
    """The same noise without a dip."""
    return pd.DataFrame({"year": YEARS, "value": 60.5 + 0.4 * (YEARS - 2004) + NOISE})


@pytest.fixture(scope="session")
def reference():
    """Values worked out apart from this library, with their sources in the file."""
    table = pd.read_csv(Path(__file__).parents[1] / "reference" / "dip.csv", dtype={"setting": int})
    return table.set_index(["name", "setting"])["value"]


def without_reason(result):
    """List every row of every table of a result that holds a NaN and no reason for it."""
    tables = {name: table for name, table in vars(result).items() if isinstance(table, pd.DataFrame)}
    found = []
    for name, table in tables.items():
        reason = table["note"] if "note" in table else pd.Series("", table.index)
        silent = table.drop(columns="note", errors="ignore").isna().any(axis=1) & (reason.str.strip() == "")
        found += [(name, row) for row in table.index[silent]]
    existence = getattr(result, "existence", None)
    if existence is not None and np.isnan([existence.p_value, existence.statistic]).any() and not existence.note:
        found.append(("existence", 0))
    return found


@pytest.fixture(name="without_reason")
def without_reason_fixture():
    return without_reason
