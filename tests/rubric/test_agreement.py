"""Agreement: the promised table, what is undefined and why, what is refused, and words for a visit team."""

import numpy as np
import pandas as pd
import pytest

from cbe_lib import CbeError, rubric
from tests.rubric.conftest import agree, case, long_table, rows

LEVELS = [1, 2, 3, 4]
VISIT = long_table([[1, 1, 2], [2, 2, 2], [3, 3, 4], [4, 4, 4], [2, 3, 2], [1, 1, 1], [3, 4, 3], [2, 2, 3]])
PAIR = VISIT[VISIT["rater"] < 2]


def ratings_of(frame):
    return rubric.Ratings(frame, unit="unit", rater="rater", rating="rating", levels=LEVELS)


def test_the_table_has_the_promised_rows_and_columns():
    table = agree(VISIT, LEVELS).table
    columns = ["coefficient", "estimate", "std_error", "conf_low", "conf_high", "method", "reason"]
    assert table.columns.tolist() == columns
    assert table["coefficient"].tolist() == [
        "percent_agreement",
        "cohen_kappa",
        "fleiss_kappa",
        "conger_kappa",
        "krippendorff_alpha",
        "gwet_ac",
        "brennan_prediger",
    ]


def test_kappa_worked_by_hand():
    found = rows(agree(long_table([[1, 1], [1, 1], [1, 2], [2, 2]]), [1, 2], weights="identity"))
    assert found.loc["percent_agreement", "estimate"] == pytest.approx(3 / 4)
    assert found.loc["cohen_kappa", "estimate"] == pytest.approx((3 / 4 - 1 / 2) / (1 - 1 / 2))
    assert found.loc["fleiss_kappa", "estimate"] == pytest.approx((3 / 4 - 34 / 64) / (1 - 34 / 64))
    assert found.loc["gwet_ac", "estimate"] == pytest.approx((3 / 4 - 30 / 64) / (1 - 30 / 64))
    assert found.loc["brennan_prediger", "estimate"] == pytest.approx(1 / 2)


def test_cohens_kappa_takes_each_raters_habits_from_units_that_both_rated():
    alone = pd.DataFrame({"unit": [90, 91, 92], "rater": [0, 0, 1], "rating": [4, 4, 1]})
    both = rows(agree(PAIR, LEVELS)).loc["cohen_kappa", ["estimate", "std_error"]]
    more = rows(agree(pd.concat([PAIR, alone], ignore_index=True), LEVELS)).loc[
        "cohen_kappa", ["estimate", "std_error"]
    ]
    assert more.tolist() == pytest.approx(both.tolist())


def test_cohens_kappa_of_three_raters_is_a_row_with_a_reason():
    row = rows(agree(VISIT, LEVELS)).loc["cohen_kappa"]
    assert np.isnan(row["estimate"])
    assert "two raters; here there are 3" in row["reason"]


@pytest.mark.parametrize("interval", ["jackknife", "bootstrap"])
def test_jackknife_and_bootstrap_errors_are_near_the_linearized_ones(interval):
    frame = long_table(case("fleiss1971_conger_exact")["ratings"])
    other = rows(agree(frame, range(5), weights="identity", interval=interval))["std_error"]
    assert other.dropna().tolist() == pytest.approx(
        rows(agree(frame, range(5), weights="identity"))["std_error"].dropna().tolist(), rel=0.12
    )


def test_the_bootstrap_follows_its_seed():
    first, again, other = (agree(VISIT, LEVELS, interval="bootstrap", seed=seed).table for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first["std_error"].equals(other["std_error"])


def test_a_higher_level_gives_wider_limits():
    usual, wide = (rows(agree(VISIT, LEVELS, level=level)).dropna() for level in (0.9, 0.99))
    assert (wide["conf_low"] < usual["conf_low"]).all()
    assert (wide["conf_high"] > usual["conf_high"]).all()


def test_without_a_difference_the_lower_limit_is_what_so_few_units_could_hide():
    row = rows(agree(long_table([[1, 1]] * 5 + [[4, 4]] * 5), LEVELS)).loc["percent_agreement"]
    assert row[["conf_low", "conf_high"]].tolist() == pytest.approx([0.05 ** (1 / 10), 1])
    assert row["method"] == "exact bound"
    assert "10 units" in row["reason"]


KAPPAS = ["cohen_kappa", "fleiss_kappa", "conger_kappa", "krippendorff_alpha"]


def test_three_units_give_no_lower_limit_below_what_kappas_and_alpha_can_be():
    found = rows(agree(long_table([[4, 4], [4, 4], [4, 3]]), LEVELS))["conf_low"]
    assert found[["fleiss_kappa", "krippendorff_alpha"]].tolist() == [-1, -1]


def test_without_a_difference_the_lower_limit_ends_at_minus_one_too():
    found = rows(agree(long_table([[4, 4], [4, 4], [3, 3]]), LEVELS)).loc[KAPPAS]
    assert (found["conf_low"] == -1).all()
    assert (found["estimate"] == 1).all()


def test_raters_who_always_hold_the_opposite_stand_at_the_least_that_a_coefficient_can_be():
    found = rows(agree(long_table([[1, 4], [4, 1]] * 5), LEVELS, weights="quadratic"))
    assert found.loc["cohen_kappa", ["estimate", "conf_low"]].tolist() == pytest.approx([-1, -1])
    assert found.loc["brennan_prediger", ["estimate", "conf_low"]].tolist() == pytest.approx([-2.6, -2.6])


def test_limits_that_lie_higher_are_left_as_they_were():
    assert rows(agree(VISIT, LEVELS)).loc["fleiss_kappa", "conf_low"] > 0


def test_credit_that_is_no_squared_distance_has_no_such_end():
    odd = [[1, 0, 1], [0, 1, 1], [1, 1, 1]]
    ratings = [[1, 2], [2, 1], [1, 1], *[[3, 3]] * 9]
    assert rows(agree(long_table(ratings), [1, 2, 3], weights=odd)).loc["fleiss_kappa", "estimate"] < -1


def test_one_rater_is_told_as_the_reason():
    result = agree(VISIT[VISIT["rater"] == 0], LEVELS)
    assert result.table["reason"].str.contains("one rater").all()
    assert result.text.startswith("Cannot tell")


def test_raters_who_never_meet_are_told_as_the_reason():
    apart = pd.DataFrame({"unit": [1, 2, 3, 4], "rater": [0, 0, 1, 1], "rating": [1, 2, 1, 2]})
    assert agree(apart, LEVELS).table["reason"].str.contains("No unit has ratings from two raters").all()


def test_groups_of_raters_without_a_shared_unit_are_noted():
    other = VISIT.assign(unit=VISIT["unit"] + 100, rater=VISIT["rater"] + 100)
    notes = agree(pd.concat([VISIT, other], ignore_index=True), LEVELS).notes
    assert any("2 groups" in note for note in notes)


def test_missing_ratings_are_counted():
    frame = VISIT.assign(rating=VISIT["rating"].where(VISIT.index != 3))
    assert "1 row without a rating left out." in agree(frame, LEVELS).notes


def test_positions_count_steps_and_values_count_distances():
    frame = PAIR.assign(rating=PAIR["rating"].map({1: 1, 2: 2, 3: 3, 4: 10}))
    stepped = agree(frame, [1, 2, 3, 10]).table
    pd.testing.assert_frame_equal(stepped, agree(PAIR, LEVELS).table)
    valued = rows(agree(frame, [1, 2, 3, 10], spacing="values"))
    place = np.array([1, 2, 3, 10])
    own = rows(agree(PAIR, LEVELS, weights=1 - np.subtract.outer(place, place) ** 2 / 81))
    assert valued["estimate"].tolist() == pytest.approx(own["estimate"].tolist())


def test_coded_ratings_give_what_the_frame_gives():
    pd.testing.assert_frame_equal(rubric.agreement(ratings_of(VISIT)).table, agree(VISIT, LEVELS).table)


@pytest.mark.parametrize("dtype", ["float", "Int64", "category", "object"])
def test_how_whole_numbers_are_stored_does_not_matter(dtype):
    frame = VISIT.assign(rating=VISIT["rating"].astype(int).astype(dtype))
    pd.testing.assert_frame_equal(agree(frame, LEVELS).table, agree(VISIT, LEVELS).table)


@pytest.mark.parametrize("column", ["unit", "rater"])
def test_categories_nobody_used_do_not_matter(column):
    frame = VISIT.assign(**{column: pd.Categorical(VISIT[column], categories=range(-5, 30))})
    pd.testing.assert_frame_equal(agree(frame, LEVELS).table, agree(VISIT, LEVELS).table)


@pytest.mark.parametrize(
    ("bad", "found"), [(2.5, "2.5"), (7, "7"), (np.inf, "inf")], ids=["fraction", "undeclared", "infinite"]
)
def test_what_is_no_declared_level_is_refused_with_its_row(bad, found):
    frame = VISIT.assign(rating=VISIT["rating"].where(VISIT.index != 4, bad))
    with pytest.raises(CbeError, match=rf"not declared levels in 1 row \(index 4\).*{found}.*levels are 1, 2, 3, 4"):
        agree(frame, LEVELS)


def test_text_is_not_taken_for_a_number():
    with pytest.raises(CbeError, match="not declared levels"):
        agree(VISIT.assign(rating=VISIT["rating"].astype(int).astype(str)), LEVELS)


def test_two_ratings_of_one_unit_by_one_rater_are_refused():
    with pytest.raises(CbeError, match=r"more than one rating in 2 rows \(index 0, 24\)"):
        agree(pd.concat([VISIT, VISIT.iloc[[0]]], ignore_index=True), LEVELS)


@pytest.mark.parametrize("column", ["unit", "rater"])
def test_a_rating_of_nothing_or_by_nobody_is_refused(column):
    with pytest.raises(CbeError, match=rf"'{column}' is empty in 1 row \(index 2\)"):
        agree(VISIT.assign(**{column: VISIT[column].where(VISIT.index != 2)}), LEVELS)


@pytest.mark.parametrize("levels", [[1], [1, 1], [], "low", None, [1, np.nan], 4])
def test_levels_must_be_declared(levels):
    with pytest.raises(CbeError, match="levels"):
        agree(VISIT, levels)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weights": "cubic"}, "no weights named 'cubic'"),
        ({"weights": np.eye(3)}, "4 x 4 matrix"),
        ({"weights": np.ones((4, 4))}, "symmetric"),
        ({"weights": np.triu(np.ones((4, 4)))}, "symmetric"),
        ({"interval": "jacknife"}, "Did you mean 'jackknife'"),
        ({"spacing": "steps"}, "no spacing"),
        ({"level": 95}, "between 0 and 1"),
        ({"seed": -1}, "whole number"),
    ],
)
def test_unknown_options_are_refused(options, message):
    with pytest.raises(CbeError, match=message):
        agree(VISIT, LEVELS, **options)


def test_spacing_by_value_needs_numbers():
    named = VISIT.assign(rating=VISIT["rating"].map(dict(enumerate("abcd", start=1))))
    with pytest.raises(CbeError, match="rising numbers"):
        agree(named, list("abcd"), spacing="values")


def test_a_frame_needs_its_columns_named():
    with pytest.raises(CbeError, match="needs rater=, levels="):
        rubric.agreement(VISIT, unit="unit", rating="rating")


def test_other_levels_than_the_coded_ones_are_refused():
    with pytest.raises(CbeError, match="coded with other levels"):
        rubric.agreement(ratings_of(VISIT), levels=[1, 2, 3])


def test_the_callers_frame_is_left_alone():
    before = VISIT.copy()
    agree(VISIT, LEVELS)
    pd.testing.assert_frame_equal(VISIT, before)


def test_the_text_gives_the_interval_and_the_caution():
    result = agree(VISIT, LEVELS)
    row = rows(result).loc["gwet_ac"]
    assert (
        f"{row['estimate']:.2f} (Gwet's AC, 95% interval {row['conf_low']:.2f} to {row['conf_high']:.2f})"
        in result.text
    )
    assert "does not show that the raters are right" in result.text.replace("also ", "")


def test_the_text_quotes_alpha_where_the_two_differ():
    mostly_one = long_table([[3, 3]] * 30 + [[3, 2], [2, 3], [4, 3]])
    assert "Krippendorff's alpha is" in agree(mostly_one, LEVELS).text


def test_bands_come_with_probabilities_that_add_to_one():
    benchmark = agree(VISIT, LEVELS).benchmark
    assert benchmark.columns.tolist() == ["coefficient", "level_of_agreement", "probability", "at_least"]
    assert benchmark.groupby("coefficient")["probability"].sum().tolist() == pytest.approx([1] * 6)


def test_the_chance_of_lying_above_the_lower_limit_is_the_limits_own():
    result = agree(VISIT, LEVELS)
    row = rows(result).loc["gwet_ac"]
    bands = result.benchmark.query("coefficient == 'gwet_ac'").set_index("level_of_agreement")["at_least"]
    below = [name for name, start in rubric.result.BANDS.items() if start <= row["conf_low"]]
    assert bands[below].min() >= 0.975


def test_bands_are_given_for_no_coefficient_without_a_standard_error():
    assert agree(long_table([[1, 1]] * 5 + [[4, 4]] * 5), LEVELS).benchmark.empty


@pytest.mark.parametrize("coefficient", ["krippendorff_alpha", "conger_kappa", "gwet_ac"])
def test_limits_hold_the_truth_where_nearly_all_units_are_on_one_level(coefficient):
    truth = rows(agree(nearly_all_on_one_level(0, 100_000), LEVELS)).loc[coefficient, "estimate"]
    found = [rows(agree(nearly_all_on_one_level(seed, 20), LEVELS)).loc[coefficient] for seed in range(1, 201)]
    told = [row for row in found if not np.isnan(row["conf_low"])]
    assert np.mean([row["conf_low"] <= truth <= row["conf_high"] for row in told]) >= 0.93


def nearly_all_on_one_level(seed, units):
    rng = np.random.default_rng(seed)
    seen = 0.8 * rng.normal(size=(units, 1)) + 0.6 * rng.normal(size=(units, 3))
    return long_table(np.searchsorted([-2.05, -1.55, 1.75], seen) + 1)
