"""A small state, written by hand: enough for every section, and a version with the two needed tables only."""

import pandas as pd
import pytest

from cbe_lib import brief

NAMES = {"001": "Alder", "002": "Birch", "003": "Cedar"}
YEARS = range(2010, 2020)
GROUPS = {"all students": 60, "female": 34, "male": 26, "Hispanic": 12, "Black": 4, "White": 44}
LEVELS = {"D1.2": "Proficient", "D2.3": "Proficient", "D3.1": "Emerging", "D3.2": "Exploring", "D5.1": "Exploring"}


HOSTILE = [
    "<script>alert('x')</script>",
    "#set page(width: 1pt) *b* $x^2$ _i_ @ref",
    '"; DROP TABLE districts; --',
    "Wx4" * 66 + "Zz",
]


def results(district, rollout=None):
    rows = [
        (district, year, "8", "mathematics", group, 50.0 + year % 3, n, rollout)
        for year in YEARS
        for group, n in GROUPS.items()
    ]
    columns = ["district_id", "year", "grade", "subject", "subgroup", "value", "n_tested", "rollout_year"]
    return pd.DataFrame(rows, columns=columns).astype({"rollout_year": "Int64"})


def ratings(district, levels, raters=6):
    rows = [
        (district, id_, f"rater {rater}", level, "2018", "2018-05-02")
        for id_, level in levels.items()
        for rater in range(raters)
    ]
    return pd.DataFrame(rows, columns=["district_id", "criterion_id", "rater", "level", "wave", "date"])


def two_tables():
    districts = pd.DataFrame({"district_id": list(NAMES), "name": list(NAMES.values())})
    outcomes = pd.concat([results("001", 2014), results("002"), results("003")], ignore_index=True)
    return {"districts": districts, "outcomes": outcomes}


def with_ratings(bare):
    traits = {"enrollment": [800, 1600, 400], "lunch": [40.0, 50.0, 20.0], "synthetic": [True, True, True]}
    high = dict.fromkeys(LEVELS, "Breakthrough")
    both = pd.concat([ratings("001", LEVELS), ratings("002", high)], ignore_index=True)
    return {**bare, "districts": bare["districts"].assign(**traits), "ratings": both}


@pytest.fixture
def bare():
    """Districts and outcomes, as a user may have them, and nothing else."""
    return two_tables()


@pytest.fixture
def rated():
    """Add size, need and ratings: Alder low, Birch high, Cedar not rated."""
    return with_ratings(two_tables())


@pytest.fixture(scope="session")
def alder():
    """Build the brief of Alder from the two needed tables, once."""
    return brief.build("001", two_tables())


@pytest.fixture(scope="session")
def rated_alder():
    """Build the brief of Alder with ratings, once."""
    return brief.build("001", with_ratings(two_tables()))


@pytest.fixture(scope="session")
def among_hostile():
    """Build one brief whose district and whose neighbors have hostile names."""
    tables = with_ratings(two_tables())
    tables["districts"]["name"] = HOSTILE[:3]
    return brief.build("001", tables)


def said(content, number=None):
    """Put every word of a section, or of the whole brief, into one text."""
    return "\n".join(
        word
        for section in content.sections
        if number in (None, section.number)
        for part in section.parts
        for word in flat(part)
    )


def flat(part):
    if isinstance(part, brief.Grid):
        return [part.caption, *part.columns, *(cell for row in part.rows for cell in row)]
    if isinstance(part, brief.Picture):
        return [part.description, part.caption]
    return [str(value) for value in vars(part).values()]
