"""Group means only where members agree and groups differ."""

import numpy as np
import pandas as pd
import pytest

from cbe_lib import survey
from cbe_lib.errors import CbeError
from cbe_lib.survey import within

SAFETY = {"scales": {"safety": ["a", "b"]}, "low": 1, "high": 5}


def schools(rng, means, people=30, spread=0.6):
    rows = [
        {"school_id": name, "a": a, "b": b}
        for name, mean in means.items()
        for a, b in np.clip(np.round(mean + spread * rng.normal(size=(people, 2))), 1, 5)
    ]
    return pd.DataFrame(rows)


def only(found):
    return found.table.set_index("school_id")


def test_rwg_by_hand():
    # two items with variances 1 and 1/3 (mean 2/3) against 2: r = 1 - 1/3; 2r / (2r + 1/3) = 0.8
    items = np.array([[1.0, 2], [2, 2], [3, 3]])
    assert within.rwg(items, 2.0) == pytest.approx(2 * (2 / 3) / (2 * (2 / 3) + 1 / 3))


@pytest.mark.parametrize(("answers", "variance"), [(5, 2.0), (7, 4.0), (11, 10.0)])
def test_uniform_null_variances_of_the_literature(answers, variance):
    assert within.uniform_variance(answers) == variance


def test_slightly_skewed_null_of_james_demaree_and_wolf():
    assert within.skewed_variance(5) == pytest.approx(1.34)


def test_members_who_differ_more_than_chance_agree_not_at_all():
    assert within.rwg(np.array([[1.0], [5.0], [1.0], [5.0]]), 2.0) == 0


def test_icc_by_hand():
    # means 1.5, 3.5, 5.5; between mean square 8, within 0.5; ICC(1) = 7.5 / 8.5, ICC(2) = 7.5 / 8
    found = within.between(np.array([1.0, 2, 3, 4, 5, 6]), np.array([0, 0, 1, 1, 2, 2]))
    assert (found.icc1, found.icc2) == pytest.approx((7.5 / 8.5, 7.5 / 8))


def test_icc_recovers_the_share_between_groups_of_unequal_size():
    rng = np.random.default_rng(3)
    group = np.repeat(np.arange(400), rng.integers(5, 40, 400))
    score = np.sqrt(0.2) * rng.normal(size=400)[group] + np.sqrt(0.8) * rng.normal(size=group.size)
    assert within.between(score, group).icc1 == pytest.approx(0.2, abs=0.02)


def test_schools_that_agree_and_differ_have_means():
    found = only(survey.aggregation(schools(np.random.default_rng(1), {"Elm": 4, "Oak": 2}), **SAFETY))
    assert found["justified"].all()
    assert found["mean"].round(0).to_dict() == {"Elm": 4, "Oak": 2}


def test_a_divided_school_has_no_mean_and_the_reason_says_so():
    people = pd.DataFrame({"school_id": "Elm", "a": [1, 5] * 20, "b": [1, 5] * 20})
    both = pd.concat([people, schools(np.random.default_rng(1), {"Oak": 4, "Ash": 2})])
    table = survey.scores(both, **SAFETY).table.set_index("school_id")
    assert np.isnan(table.loc["Elm", "mean"])
    assert "differ too much" in table.loc["Elm", "reason"]
    assert table.loc["Oak", "mean"] == pytest.approx(4, abs=0.3)


def test_schools_that_do_not_differ_have_no_means():
    found = only(survey.aggregation(schools(np.random.default_rng(1), {"Elm": 3, "Oak": 3, "Ash": 3}), **SAFETY))
    assert found["reason"].str.contains("do not differ beyond chance").all()


def test_random_schools_seldom_get_a_mean():
    rng = np.random.default_rng(2)
    names = [f"school {place}" for place in range(6)]
    justified = [
        survey.aggregation(schools(rng, dict.fromkeys(names, 3.5)), **SAFETY).table["justified"].any()
        for _ in range(60)
    ]
    assert np.mean(justified) <= 0.1


def test_one_school_alone_cannot_be_justified():
    found = only(survey.aggregation(schools(np.random.default_rng(1), {"Elm": 4}), **SAFETY))
    assert "one group only" in found.loc["Elm", "reason"]


def test_small_groups_are_hidden():
    people = pd.concat(
        [schools(np.random.default_rng(1), {"Elm": 4, "Oak": 2}), schools(np.random.default_rng(1), {"Yew": 5}, 9)]
    )
    row = only(survey.aggregation(people, **SAFETY)).loc["Yew"]
    assert np.isnan(row["mean"])
    assert "Fewer than 10" in row["reason"]


def test_group_means_carry_t_intervals():
    people = schools(np.random.default_rng(1), {"Elm": 4, "Oak": 2})
    row = survey.scores(people, **SAFETY).table.set_index("school_id").loc["Elm"]
    score = people.query("school_id == 'Elm'")[["a", "b"]].mean(axis=1)
    half = 2.04523 * score.std() / np.sqrt(30)  # t with 29 degrees of freedom
    assert row[["conf_low", "conf_high"]].tolist() == pytest.approx(
        [score.mean() - half, score.mean() + half], abs=1e-5
    )


def test_scores_turn_reversed_items_and_need_half_of_the_items():
    people = pd.DataFrame({"school_id": "Elm", "a": [5, 4, np.nan], "b": [1, np.nan, np.nan], "c": [4, np.nan, 2]})
    found = survey.scores(people, scales={"s": ["a", "b", "c"]}, reverse=["b"], low=1, high=5).respondents
    assert found["score"].tolist() == pytest.approx([14 / 3, np.nan, np.nan], nan_ok=True)
    assert found["reason"].tolist() == ["", *["Answered 1 of 3 items; half are needed."] * 2]


def test_items_of_another_roles_form_do_not_count_against_a_respondent():
    people = pd.DataFrame({"role": ["staff"] * 2 + ["student"] * 2, "a": [1, 2, np.nan, np.nan], "b": [1, 2, 3, 4]})
    found = survey.scores(people.assign(c=people["a"]), group="role", scales={"s": list("abc")}, low=1, high=5)
    assert found.respondents["score"].tolist() == [1, 2, 3, 4]


def test_ends_must_be_known():
    with pytest.raises(CbeError, match="ends of the answers to scale 'safety' are not known"):
        survey.scores(schools(np.random.default_rng(1), {"Elm": 4}), scales={"safety": ["a", "b"]})


def test_group_column_must_exist():
    with pytest.raises(CbeError, match="no column 'school'"):
        survey.aggregation(schools(np.random.default_rng(1), {"Elm": 4}), group="school", **SAFETY)
