"""Ratings as long tables, and the worked examples that the coefficients must reproduce."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from cbe_lib import rubric

CASES = Path(__file__).parents[1] / "reference" / "agreement"


def case(name):
    return json.loads((CASES / f"open_{name}.json").read_text())


def long_table(matrix):
    wide = np.array(matrix, dtype=float)
    units, raters = wide.shape
    unit, rater = np.repeat(np.arange(units), raters), np.tile(np.arange(raters), units)
    return pd.DataFrame({"unit": unit, "rater": rater, "rating": wide.ravel()})


def from_counts(counts):
    """One rater after the other takes the next rating of each unit."""
    return long_table([np.repeat(np.arange(len(row)), row) for row in counts])


def from_square(table):
    """Two raters: a unit for each count in the table of first rater's level by second rater's."""
    pairs = [(first, second) for first, row in enumerate(table) for second, n in enumerate(row) for _ in range(n)]
    return long_table(pairs)


def agree(frame, levels, **options):
    return rubric.agreement(frame, unit="unit", rater="rater", rating="rating", levels=levels, **options)


def rows(result):
    return result.table.set_index("coefficient")
