import pandas as pd
import pytest

from cbe_lib import simulate
from cbe_lib.scale import parts


@pytest.fixture(scope="session")
def outcomes():
    """60 districts in two patterns of years, and three that cannot be estimated."""
    early, _ = simulate.outcomes(40, rollout=2012, years=range(2004, 2018), shape="v", depth=8, seed=1)
    late, _ = simulate.outcomes(20, rollout=2013, years=range(2005, 2019), shape="v", depth=8, seed=2)
    late["district_id"] = "late " + late["district_id"]
    short = late[late["year"] < 2014].assign(district_id="short")
    flat = late[late["district_id"] == late["district_id"].iloc[0]].assign(district_id="flat", value=50.0)
    blank = late[late["district_id"] == late["district_id"].iloc[0]].assign(
        district_id="no rollout", rollout_year=pd.NA
    )
    short = short.drop_duplicates("year")
    return pd.concat([early, late, short, flat, blank], ignore_index=True)


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(parts, "ROWS_PER_PART", 250)


@pytest.fixture
def table(outcomes, tmp_path):
    path = tmp_path / "outcomes.parquet"
    outcomes.to_parquet(path)
    return path
