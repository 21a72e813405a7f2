"""The self-check of exercises."""

import numpy as np
import pandas as pd
import pytest

from cbe_lib import CbeError
from cbe_lib.exercises import check, seal


@pytest.mark.parametrize(
    ("right", "same"),
    [
        (3, 3.0),
        (0.361, np.float64(0.3599)),
        (True, 1),
        (-0.0, 0),
        ("Cedar Bend", " cedar  BEND "),
        (["a", "b"], pd.Series(["A", "b"])),
        ([1, 2.5], np.array([1, 2.5])),
        ([1, None], [1.0, float("nan")]),
        ([1, None], pd.Series([1, None], dtype="Int64")),
        (float("inf"), np.inf),
    ],
)
def test_the_same_answer_in_another_dress_is_right(right, same):
    assert check(same, seal(right)) == "That is right."


@pytest.mark.parametrize(
    ("right", "given", "named"),
    [
        (0.36, ..., "no answer yet"),
        (0.36, None, "no answer yet"),
        (0.36, 36, "a percentage where a share"),
        (36, 0.36, "a share where a percentage"),
        (-2.5, 2.5, "wrong sign"),
        (0.36, "0.36", "must be one number. Found a word"),
        (0.36, pd.DataFrame({"a": [0.36]}), "must be one number. Found something of type DataFrame"),
        ("alder", ["alder"], "must be a word"),
        ([1, 2], [1, 2, 3], "Values expected: 2"),
        ([1], [pd.DataFrame()], "holds a value of type DataFrame"),
        ([1], [pd.Timestamp("2020-01-01")], "holds a value of type Timestamp"),
        (4, 5, "not the answer yet"),
    ],
)
def test_a_mistake_is_named(right, given, named):
    with pytest.raises(CbeError, match=named):
        check(given, seal(right))


def test_a_common_mistake_is_told_by_its_own_seal():
    with pytest.raises(CbeError, match="You counted the missing rows too"):
        check(12, seal(10), wrong={seal(12): "You counted the missing rows too."})


@pytest.mark.parametrize(("right", "shown"), [(36.17, "36"), ("Cedar", "cedar"), ([1, 7], "7|")])
def test_neither_seal_nor_refusal_gives_the_answer_away(right, shown):
    sealed = seal(right)
    assert shown not in sealed.partition(":")[2].casefold() or len(shown) < 3
    wrong = {"number": 1, "text": "x", "list": [0, 0]}[sealed.partition(":")[0]]
    with pytest.raises(CbeError) as refused:
        check(wrong, sealed)
    assert shown not in str(refused.value).casefold()


def test_a_table_cannot_be_sealed():
    with pytest.raises(CbeError, match="a number, a text or a list"):
        seal(pd.DataFrame({"a": [1]}))
