import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from cbe_lib import samples
from cbe_lib.errors import CbeError
from cbe_lib.themes import rollout


@pytest.fixture(scope="module")
def state():
    return samples.state()


def register(*events, kind="board vote", district="a"):
    days, effects = zip(*events, strict=True)
    frame = pd.DataFrame({"date": days, "effect": effects, "kind": kind, "district_id": district})
    return frame.assign(commitment_id=[f"{district}{k}" for k in range(len(frame))])


def stood(*events, until="2014-06-30", **options):
    return rollout.commitment(register(*events, **options), until=until)


def row(found):
    return found.table.iloc[0]


def test_a_commitment_that_nothing_ends_stood_every_year():
    found = row(stood(("2010-01-10", "makes"), ("2012-05-05", "none")))
    assert found[["years", "unbroken", "estimate", "state"]].tolist() == [4, 4, 1.0, "standing"]


def test_years_count_from_the_day_of_adoption_and_only_whole_ones():
    assert row(stood(("2010-07-01", "makes")))["years"] == 3


def test_a_year_with_a_break_is_not_unbroken_even_if_renewed():
    found = row(stood(("2010-01-10", "makes"), ("2012-03-01", "ends"), ("2012-04-01", "renews")))
    assert found[["unbroken", "estimate"]].tolist() == [3, 0.75]


def test_after_an_end_nothing_stands_until_it_is_made_again():
    found = stood(("2010-01-10", "makes"), ("2011-03-01", "ends"), ("2011-09-01", "weakens"))
    assert row(found)["estimate"] == 0.25
    assert found.timeline["state"].tolist() == ["standing", "ended"]


def test_a_weakened_commitment_counts_in_the_index_and_not_in_the_strict_one():
    found = row(stood(("2010-01-10", "makes"), ("2012-02-01", "weakens"), ("2013-01-09", "renews")))
    assert found[["estimate", "strict"]].tolist() == [1.0, 0.5 + 0.25]


def test_changes_of_people_that_it_outlived_are_counted():
    events = pd.concat(
        [
            register(("2010-01-10", "makes")),
            register(("2011-05-05", "none"), ("2012-05-05", "ends"), kind="board election"),
        ]
    ).assign(commitment_id=list("123"))
    assert row(rollout.commitment(events))[["changes", "outlived"]].tolist() == [2, 1]


def test_without_a_commitment_or_a_whole_year_there_is_a_reason_and_no_index():
    never, young = stood(("2010-01-10", "none")), stood(("2014-01-10", "makes"))
    assert row(never)["reason"] == "nothing on record makes a commitment"
    assert row(young)["reason"] == "cannot tell: less than a year since"
    assert np.isnan(row(young)["estimate"])


def test_events_after_the_last_day_are_left_out_and_counted():
    found = stood(("2010-01-10", "makes"), ("2015-01-10", "ends"))
    assert row(found)["estimate"] == 1
    assert "1 events after that day left out." in found.notes


def test_the_order_of_rows_plays_no_part(state):
    events = state["commitments"]
    shuffled = rollout.commitment(events.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(shuffled.table, rollout.commitment(events).table)


def test_a_last_day_that_is_no_day_is_refused():
    with pytest.raises(CbeError, match="`until` is not a day"):
        stood(("2010-01-10", "makes"), until="soon")


def log(horizons, audience="staff", days=("2013-09-02", "2013-09-16", "2013-11-25")):
    frame = pd.DataFrame({"district_id": "a", "audience": audience, "date": days, "horizon_years": horizons})
    return frame.assign(message_id=[str(k) for k in range(len(frame))])


def test_the_share_that_names_a_horizon_has_an_exact_interval():
    found = row(rollout.messages(log([4, None, 5])))
    exact = binomtest(2, 3).proportion_ci(0.95, "exact")
    assert found[["estimate", "conf_low", "conf_high"]].tolist() == pytest.approx([2 / 3, exact.low, exact.high])


@pytest.mark.parametrize(("horizons", "limits"), [([None] * 3, (0, 0.7076)), ([4.0] * 3, (0.2924, 1))])
def test_none_and_all_have_exact_intervals_too(horizons, limits):
    assert row(rollout.messages(log(horizons)))[["conf_low", "conf_high"]].tolist() == pytest.approx(limits, abs=1e-4)


def test_a_horizon_of_one_year_is_not_one_of_years():
    assert row(rollout.messages(log([1, 2, 3])))["named"] == 2


def test_gaps_are_weeks_between_messages_to_one_audience():
    found = rollout.messages(log([None] * 3)).table.set_index("audience").loc["staff"]
    assert found[["median_gap", "longest_gap"]].tolist() == [6, 10]


def test_an_audience_that_one_district_never_wrote_to_is_a_row_with_a_reason():
    two = pd.concat([log([4] * 3), log([4] * 3, audience="board").assign(district_id="b", message_id=list("xyz"))])
    found = rollout.messages(two).table.set_index(["district_id", "audience"])
    assert found.loc[("a", "board"), "reason"] == "no message on record"


def test_one_message_makes_no_gap():
    found = row(rollout.messages(log([4], days=["2013-09-02"])))
    assert found["reason"] == "one message: no gap"


def test_without_answers_nothing_is_said_about_confusion():
    found = rollout.messages(log([4] * 3))
    assert found.effect["reason"].tolist() == ["cannot tell: no answers given"]
    assert found.text.endswith("not known from the log.")


def test_the_sample_state_shows_the_planted_link_of_messages_and_confusion(state):
    effect = rollout.messages(state["messages"], answers=state["survey"], districts=state["districts"]).effect
    assert effect["conf_low"].item() < -2 < effect["conf_high"].item() < 0


def test_an_empty_log_is_refused():
    with pytest.raises(CbeError, match="`messages` holds no rows"):
        rollout.messages(log([4] * 3).iloc[:0])


def signs(before, after, better="up", indicator="attendance"):
    dates = [
        *pd.date_range("2012-09-01", periods=len(before), freq="28D"),
        *pd.date_range("2013-09-01", periods=len(after), freq="28D"),
    ]
    return pd.DataFrame(
        {
            "district_id": "a",
            "indicator": indicator,
            "date": dates,
            "value": [*before, *after],
            "unit": "percent",
            "better": better,
        }
    )


OLD = [90.0, 91, 89, 90, 91, 89]


def test_a_change_beyond_noise_is_a_win_or_a_loss_by_what_is_better():
    higher = [value + 4 for value in OLD]
    assert row(rollout.early_wins(signs(OLD, higher)))["finding"] == "a win"
    assert row(rollout.early_wins(signs(OLD, higher, better="down")))["finding"] == "a loss"
    assert row(rollout.early_wins(signs(OLD, OLD)))["finding"] == "within noise"


def test_independent_values_have_the_welch_interval():
    from scipy.stats import ttest_ind

    new = [92.0, 90, 93, 91, 92, 90]  # neighbors are unlike, so nothing is widened
    expected = ttest_ind(new, OLD, equal_var=False).confidence_interval(0.95)
    found = row(rollout.early_wins(signs(OLD, new)))
    assert found[["conf_low", "conf_high"]].tolist() == pytest.approx([expected.low, expected.high])


def test_values_that_follow_each_other_alike_widen_the_interval():
    rising, mixed = [90.0, 90, 90, 92, 92, 92], [90.0, 92, 90, 92, 90, 92]
    wide, plain = (row(rollout.early_wins(signs(each, each))) for each in (rising, mixed))
    assert wide["conf_high"] > 1.4 * plain["conf_high"]


def test_more_indicators_ask_for_more():
    one = row(rollout.early_wins(signs(OLD, OLD)))
    two = row(rollout.early_wins(pd.concat([signs(OLD, OLD), signs(OLD, OLD, indicator="tardies")])))
    assert two["conf_high"] > one["conf_high"]


def test_few_values_or_none_that_differ_cannot_tell():
    few, flat = rollout.early_wins(signs(OLD[:3], OLD)), rollout.early_wins(signs([90.0] * 5, [90.0] * 5))
    assert row(few)["reason"].startswith("cannot tell: fewer than 4")
    assert row(flat)["reason"].startswith("cannot tell: the values")


def test_the_sample_state_has_one_real_win_in_attendance(state):
    found = rollout.early_wins(state["indicators"]).table
    wins = found[found["finding"] == "a win"]
    assert wins[["district_id", "indicator"]].to_numpy().tolist() == [["00203", "attendance"]]
