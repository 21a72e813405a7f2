"""Change between waves, and how far an order hangs on weights."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cbe_lib import CbeError, rubric
from cbe_lib.framework import Rules
from cbe_lib.rubric.scoring.paired import joint_levels
from cbe_lib.rubric.scoring.rater_error import RaterError, level_chances
from tests.rubric.score_tables import FULL, pieces, votes

FREE = replace(rubric.load(), rules=Rules())
LEVELS = ["Exploring", "Emerging", "Proficient", "Breakthrough"]


def two_waves(before, after, **later):
    first, second = votes(*before, wave=2023), votes(*after, **{"wave": 2025, **later})
    return pd.concat([first, second], ignore_index=True)


def changed(before, after, **later):
    return rubric.change(two_waves(before, after, **later), earlier=2023, later=2025).table.iloc[0]


def test_two_levels_up_in_the_eyes_of_all_raters_is_up():
    found = changed(["Exploring"] * 3, ["Proficient"] * 3)
    assert found[["earlier", "later", "change", "n_paired", "finding"]].tolist() == [
        *("Exploring", "Proficient", 2, 3, "up")
    ]


def test_one_of_three_raters_who_moves_is_not_enough():
    found = changed(["Emerging"] * 3, ["Emerging", "Emerging", "Proficient"])
    assert found["finding"] != "up"
    assert found["conf_low"] <= 0 <= found["conf_high"]


def test_turning_the_waves_round_turns_the_change_round():
    up, down = changed(["Emerging"] * 4, ["Breakthrough"] * 4), changed(["Breakthrough"] * 4, ["Emerging"] * 4)
    assert [up["change"], up["finding"]] == [2, "up"]
    assert [down["change"], down["finding"]] == [-2, "down"]


def test_raters_who_rated_both_waves_are_compared_with_themselves():
    rng = np.random.default_rng(5)
    severity, moved = rng.normal(0, 0.9, (12, 3)), np.tile([0, 1], 6)
    frames = []
    for wave in (2023, 2025):
        practice = 2.0 + moved * (wave == 2025)
        seen = np.clip(np.rint(practice[:, None] + severity + rng.normal(0, 0.15, (12, 3))), 1, 4).astype(int)
        for each, row in enumerate(seen):
            frames.append(votes(*[LEVELS[vote - 1] for vote in row], district_id=f"d{each:02d}", wave=wave))
    same = pd.concat(frames, ignore_index=True)
    other = same.assign(rater=same["rater"] + same["wave"].astype(str))
    width = []
    for given in (same, other):
        table = rubric.change(given, rubric=FREE, earlier=2023, later=2025).table.dropna(subset=["conf_low"])
        width.append((table["conf_high"] - table["conf_low"]).mean())
    assert width[0] < width[1]


def test_raters_of_different_waves_are_independent():
    error = RaterError(np.array([0.5]), np.array([1.0]))
    first, second = np.array([[0, 2, 1, 0]]), np.array([[0, 0, 2, 1]])
    joint = joint_levels(np.zeros((1, 4, 4), dtype=int), first, second, error)[0]
    expected = np.outer(level_chances(first, error)[0], level_chances(second, error)[0])
    assert joint == pytest.approx(expected, abs=0.01)


def test_a_criterion_without_a_level_cannot_be_compared():
    given = two_waves(["Emerging"] * 2, ["Emerging"] * 2, criterion_id="D1.2")
    table = rubric.change(given, earlier=2023, later=2025).table.set_index("criterion_id")
    assert table.loc["D1.1", "finding"] == "cannot tell: no level to report in the later wave"
    assert table.loc["D1.2", "finding"] == "cannot tell: no level to report in the earlier wave"


def test_one_rater_alone_cannot_tell_a_change():
    found = changed(["Exploring"], ["Breakthrough"])
    assert found["finding"].startswith("cannot tell: no interval")
    assert found["change"] == 3


def test_a_level_that_rose_for_more_evidence_says_so():
    given = two_waves(["Proficient"] * 3, ["Proficient"] * 3)
    given["date"] = given["wave"].astype(str) + "-06-01"
    found = rubric.change(given, pieces(*FULL), earlier=2023, later=2025).table.iloc[0]
    assert (found["earlier"], found["later"]) == ("Emerging", "Proficient")
    assert found["why"] == "what the evidence allows moved from Emerging to Breakthrough"


def test_the_change_of_a_dimension_is_that_of_its_median():
    given = pd.concat(
        [
            two_waves(["Exploring"] * 4, ["Proficient"] * 4).assign(criterion_id=name)
            for name in ("D1.1", "D1.2", "D1.3", "D1.4")
        ],
        ignore_index=True,
    )
    found = rubric.change(given, earlier=2023, later=2025).dimensions
    assert found.loc[0, ["earlier", "later", "change", "n_criteria", "finding"]].tolist() == [
        *("Exploring", "Proficient", 2, 4, "up")
    ]
    assert found.loc[1, "finding"].startswith("cannot tell")


def test_scores_and_ratings_give_the_same_change():
    given = two_waves(["Exploring", "Emerging"], ["Proficient", "Emerging"])
    whole = rubric.change(given, earlier=2023, later=2025).table
    pd.testing.assert_frame_equal(rubric.change(rubric.score(given), earlier="2023", later="2025").table, whole)


@pytest.mark.parametrize(
    ("waves", "message"),
    [
        ({"earlier": 2023, "later": 2024}, "no wave named '2024'"),
        ({"earlier": 2023, "later": 2023}, "the same wave"),
    ],
)
def test_waves_that_cannot_be_compared(waves, message):
    with pytest.raises(CbeError, match=message):
        rubric.change(two_waves(["Emerging"], ["Emerging"]), **waves)


def test_districts_of_one_wave_only_cannot_be_compared():
    with pytest.raises(CbeError, match="No district was rated in both waves"):
        rubric.change(two_waves(["Emerging"], ["Emerging"], district_id="Birch"), earlier=2023, later=2025)


def districts(**levels):
    """Each district's levels in D1, D2, ... in order."""
    frames = [
        votes(level, level, district_id=name, criterion_id=f"D{each + 1}.1")
        for name, given in levels.items()
        for each, level in enumerate(given)
    ]
    return rubric.score(pd.concat(frames, ignore_index=True))


def test_a_district_ahead_everywhere_is_ahead_under_every_weighting():
    scores = districts(Alder=["Proficient", "Emerging"], Birch=["Emerging", "Exploring"])
    found = rubric.ordering(scores)
    assert found.table.loc[0, ["first", "second", "share_ahead"]].tolist() == ["Alder", "Birch", 1.0]
    assert found.order_changes == pytest.approx(0)


def test_two_dimensions_that_disagree_leave_the_order_to_the_weights():
    scores = districts(Alder=["Proficient", "Exploring"], Birch=["Exploring", "Emerging"])
    share = rubric.ordering(scores, draws=40_000).table.loc[0, "share_ahead"]
    # Ahead where 2 w1 > w2: of Dirichlet(1, ...) weights, w1 / (w1 + w2) is uniform, so that 2 in 3.
    assert share == pytest.approx(2 / 3, abs=0.01)
    assert "depends on the weights" in rubric.ordering(scores).table.loc[0, "sentence"]


def test_own_weights_decide_around_which_weighting_to_look():
    scores = districts(Alder=["Proficient", "Exploring"], Birch=["Exploring", "Proficient"])
    found = rubric.ordering(scores, {"D1": 9, "D2": 1}).table.loc[0, "share_ahead"]
    assert found > 0.8


def test_districts_without_a_common_dimension_cannot_be_compared():
    apart = pd.concat(
        [votes("Emerging", "Emerging"), votes("Emerging", "Emerging", district_id="Birch", criterion_id="D2.1")],
        ignore_index=True,
    )
    row = rubric.ordering(rubric.score(apart)).table.iloc[0]
    assert row["sentence"] == "Cannot tell: Alder and Birch have no rated dimension in common."


def test_no_ordering_prints_a_rank():
    found = rubric.ordering(districts(Alder=["Proficient"], Birch=["Emerging"]))
    assert not [name for name in found.table.columns if "rank" in name]
    assert "more about the weights than about the districts" in found.text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weights": {"D9": 1}}, "no dimension in weights named 'D9'"),
        ({"weights": {"D1": -1}}, "must be 0 or more"),
        ({"weights": "equal"}, "neither 'random' nor a mapping"),
        ({"draws": 5}, "100 or more"),
        ({"wave": "2020"}, "no wave named '2020'"),
    ],
)
def test_options_of_ordering_that_cannot_be_used(options, message):
    with pytest.raises(CbeError, match=message):
        rubric.ordering(districts(Alder=["Proficient"], Birch=["Emerging"]), **options)


def test_one_district_has_no_order():
    with pytest.raises(CbeError, match="two or more districts"):
        rubric.ordering(districts(Alder=["Proficient"]))
