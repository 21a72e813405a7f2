import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta, t

from cbe_lib import samples, survey
from cbe_lib.errors import CbeError
from cbe_lib.themes import ownership

OWN, ACCEPT = ("ownership_1", "ownership_2", "ownership_3"), ("acceptance_1", "acceptance_2", "acceptance_3")
ROOM = ("autonomy_clarity_1", "autonomy_clarity_2", "autonomy_clarity_3")
REVERSED = ("ownership_3",)


@pytest.fixture(scope="module")
def state():
    return samples.state()


def people(owning, accepting, district="a", school="a1", wave="2014"):
    """Answer the items of both scales with one level a person; reversed items the other way round."""
    rows = []
    for number, (own, accept) in enumerate(zip(owning, accepting, strict=True)):
        for items, level in ((OWN, own), (ACCEPT, accept)):
            rows += [(f"{district}{number}", item, 6 - level if item in REVERSED else level) for item in items]
    frame = pd.DataFrame(rows, columns=["respondent", "item_id", "answer"])
    return frame.assign(district_id=district, school_id=school, role="teacher", wave=wave)


def room(know, right, use, school="a1"):
    """Lay out answers to the three items; `school` names one school, or each person's."""
    each = pd.DataFrame(dict(zip(ROOM, (know, right, use), strict=True))).assign(school_id=school)
    each["respondent"] = each["school_id"] + each.index.astype("str")
    long = each.melt(["respondent", "school_id"], var_name="item_id", value_name="answer")
    return long.assign(district_id="a", role="teacher", wave="2014")


def roster(first_days, role="teacher", **columns):
    frame = pd.DataFrame({"from_date": first_days})
    frame = frame.assign(person_id=[f"p{k}" for k in range(len(frame))], district_id="a", school_id="a1", role=role)
    return frame.assign(**columns)


def texts(**columns):
    row = {"district_id": "a", "level": "district", "principle_id": "p", "text": "x", "adopted": "2010-01-01"}
    return pd.DataFrame([{**row, **columns}])


def rounds(**columns):
    row = {"reflection_id": "r1", "district_id": "a", "date": "2014-10-01", "role": "teacher", "invited": 20}
    return pd.DataFrame({**{key: [value] for key, value in row.items()}, "completed": [15], "coder": ["A"], **columns})


# ------------------------------------------------------------------------------------------------------- quadrants


def test_a_group_that_goes_along_without_owning_is_named():
    found = ownership.quadrants(people([2] * 8 + [1] * 4, [4] * 8 + [5] * 4)).table.iloc[0]
    assert found["quadrant"] == "accepting, not owning"


@pytest.mark.parametrize(
    ("owning", "accepting", "said"),
    [
        ([4] * 8 + [5] * 4, [4] * 8 + [5] * 4, "owns the change and accepts it"),
        ([2] * 8 + [1] * 4, [4] * 8 + [5] * 4, "accepts the change without owning it"),
        ([4] * 8 + [5] * 4, [2] * 8 + [1] * 4, "owns the change without accepting it"),
        ([2] * 8 + [1] * 4, [2] * 8 + [1] * 4, "neither owns the change nor accepts it"),
        ([2, 3, 4] * 4, [4] * 8 + [5] * 4, "cannot be placed: too few answers, too much disagreement, or too near"),
    ],
)
def test_the_sentence_about_one_group_speaks_of_one(owning, accepting, said):
    assert f"The one group of staff {said}" in ownership.quadrants(people(owning, accepting)).text


def test_the_sentence_about_two_groups_counts_one_as_one():
    two = pd.concat(
        [
            people([4] * 8 + [5] * 4, [4] * 8 + [5] * 4),
            people([2, 3, 4] * 4, [4] * 8 + [5] * 4, district="b"),
        ]
    )
    assert (
        "Of 2 groups of staff, 1 owns the change and accepts it, 0 accept it without owning it, and 1 cannot be placed"
        in ownership.quadrants(two).text
    )


def test_group_means_have_t_intervals_over_respondents():
    owning = [2] * 8 + [1] * 4
    row = ownership.quadrants(people(owning, [4] * 12)).table.iloc[0]
    expected = t.interval(0.95, 11, np.mean(owning), np.std(owning, ddof=1) / np.sqrt(12))
    assert [row["ownership_low"], row["ownership_high"]] == pytest.approx(list(expected))


def test_a_group_whose_interval_holds_the_cut_cannot_be_placed():
    row = ownership.quadrants(people([2, 3, 4] * 4, [4] * 8 + [5] * 4)).table.iloc[0]
    assert (row["quadrant"], row["reason"]) == ("cannot tell", "cannot tell: an interval holds 3")


def test_a_group_that_disagrees_has_no_mean():
    row = ownership.quadrants(people([1, 5] * 6, [4] * 8 + [5] * 4)).table.iloc[0]
    assert np.isnan(row["ownership"])
    assert "members differ too much" in row["reason"]


def test_nine_people_are_hidden_with_their_number():
    row = ownership.quadrants(people([2] * 9, [4] * 9)).table.iloc[0]
    assert pd.isna(row["n"])
    assert row["reason"] == "hidden: fewer than 10 people"


def test_people_are_placed_only_beyond_the_noise_of_their_own_score():
    rng = np.random.default_rng(3)
    noisy = people([3] * 200, [3] * 200).assign(answer=rng.integers(1, 6, 1200))
    answers = pd.concat([noisy, people([1] * 20, [5] * 20, district="b")])
    answers.loc[answers["district_id"] == "b", "wave"] = "2014"
    share = ownership.quadrants(answers).people.set_index("district_id")["cannot tell"]
    assert share["a"] > 0.9


def test_standard_error_of_measurement_uses_the_reliability_of_the_survey(state):
    found = ownership.quadrants(state["survey"])
    rows = state["survey"][state["survey"]["item_id"].isin([*OWN, *ACCEPT])]
    last = rows[rows["wave"] == rows.groupby("district_id")["wave"].transform("max")]
    alpha = survey.reliability(last).table.query("coefficient == 'cronbach_alpha'").set_index("scale")["estimate"]
    assert f"ownership {alpha['ownership']:.2f}" in found.notes[0]


def test_only_the_last_wave_of_each_district_is_placed():
    both = pd.concat([people([4] * 12, [4] * 12), people([2] * 12, [4] * 12, wave="2015")])
    found = ownership.quadrants(both).table
    assert found["ownership"].tolist() == [2.0]


def test_planted_ownership_goes_with_less_blame_and_acceptance_does_not(state):
    blame = ownership.quadrants(state["survey"], state["corrections"]).blame.set_index("term")
    assert blame.loc["ownership", "conf_high"] < 0
    assert blame.loc["acceptance", "conf_low"] < 0 < blame.loc["acceptance", "conf_high"]


def test_blame_in_one_district_is_a_row_with_a_reason(state):
    one = state["corrections"].query("district_id == '00013'")
    blame = ownership.quadrants(state["survey"], one).blame
    assert blame["reason"].str.startswith("cannot tell: 1 districts").all()


def test_a_wave_that_is_not_there_is_refused():
    with pytest.raises(CbeError, match=r"no wave '1999'\. Known: 2014"):
        ownership.quadrants(people([2] * 12, [4] * 12), wave="1999")


def test_answers_to_other_scales_are_refused():
    with pytest.raises(CbeError, match="no answers of staff to acceptance, ownership"):
        ownership.quadrants(people([2], [2]).assign(item_id="safety_1"))


# --------------------------------------------------------------------------------------------------------- renewal


def test_months_and_due_date_count_from_the_last_revision():
    row = ownership.renewal(texts(revised="2012-01-01"), roster(["2011-01-01"] * 12), on="2015-01-01").table.iloc[0]
    assert row["months_since"] == pytest.approx(36, abs=0.1)
    assert str(row["due"].date()) == "2014-12-31"
    assert row["overdue"]


def test_share_of_newcomers_has_the_exact_interval():
    days = ["2009-01-01"] * 9 + ["2011-06-01"] * 3
    row = ownership.renewal(texts(), roster(days), on="2012-01-01").table.iloc[0]
    assert (row["n"], row["arrived_after"], row["estimate"]) == (12, 3, 0.25)
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([beta.ppf(0.025, 3, 10), beta.ppf(0.975, 4, 9)])


def test_people_who_left_or_had_not_come_do_not_count():
    days = ["2009-01-01"] * 12 + ["2013-01-01", "2009-01-01"]
    left = [None] * 13 + ["2011-01-01"]
    row = ownership.renewal(texts(), roster(days, to_date=left), on="2012-01-01").table.iloc[0]
    assert row["n"] == 12


def test_a_later_revision_does_not_count_yet():
    row = ownership.renewal(texts(revised="2013-01-01"), roster(["2009-01-01"] * 12), on="2012-01-01").table.iloc[0]
    assert str(row["last"].date()) == "2010-01-01"


def test_schools_without_a_text_stay_with_a_reason():
    school = texts(level="school", school_id="a1")
    both = pd.concat([roster(["2009-01-01"] * 12), roster(["2009-01-01"] * 12, school_id="a2").assign(person_id="q")])
    both["person_id"] = [f"p{k}" for k in range(24)]
    found = ownership.renewal(school, both, on="2012-01-01", of="school").table.set_index("school_id")
    assert found.loc["a2", "reason"] == "cannot tell: no dated text by then"
    assert found.loc["a1", "reason"] == ""


def test_small_groups_of_newcomers_are_hidden():
    row = ownership.renewal(texts(), roster(["2011-01-01"] * 9), on="2012-01-01").table.iloc[0]
    assert row[["n", "arrived_after", "estimate"]].isna().all()


def test_families_and_staff_are_told_apart():
    both = pd.concat([roster(["2009-01-01"] * 12), roster(["2011-01-01"] * 12, role="family")])
    both["person_id"] = [f"p{k}" for k in range(24)]
    found = ownership.renewal(texts(), both, on="2012-01-01").table.set_index("people")["estimate"]
    assert found.to_dict() == {"families": 1.0, "staff": 0.0}


def test_people_without_a_first_day_are_counted_in_the_notes():
    found = ownership.renewal(texts(), roster(["2009-01-01"] * 12 + [None]), on="2012-01-01")
    assert "1 people without a first day" in found.notes[1]


@pytest.mark.parametrize("on", ["soon", 2014, None])
def test_a_day_that_is_none_is_refused(on):
    with pytest.raises(CbeError, match="`on` must be a day"):
        ownership.renewal(texts(), roster(["2009-01-01"]), on=on)


# -------------------------------------------------------------------------------------------------------- autonomy


def test_shares_and_the_gap_between_knowing_and_using_by_hand():
    found = ownership.autonomy(room([5] * 12 + [2] * 4, [4] * 16, [4] * 6 + [1] * 10)).table.set_index("term")
    assert found["estimate"].to_dict() == {
        "know_limits": 0.75,
        "limits_right": 1.0,
        "use_them": 0.375,
        "say_do_gap": 0.375,
    }


def test_gap_interval_is_the_adjusted_wald_interval():
    gap = (
        ownership.autonomy(room([5] * 12 + [2] * 4, [4] * 16, [4] * 6 + [1] * 10))
        .table.set_index("term")
        .loc["say_do_gap"]
    )
    idle, bold = 7 / 18, 1 / 18
    reach = 1.959964 * np.sqrt((idle + bold - (idle - bold) ** 2) / 18)
    assert [gap["conf_low"], gap["conf_high"]] == pytest.approx([idle - bold - reach, idle - bold + reach], abs=1e-5)


def test_gap_interval_holds_the_truth_as_often_as_it_says():
    schools, each = 400, 25
    # both, knows only, uses only, neither: the gap is .15
    kind = np.random.default_rng(5).choice(4, schools * each, p=[0.4, 0.25, 0.1, 0.25])
    names = np.repeat([f"s{k:03d}-" for k in range(schools)], each)
    answers = room(np.where(kind < 2, 5, 1), np.full(len(kind), 3), np.where(kind % 2 == 0, 5, 1), school=names)
    table = ownership.autonomy(answers).table.query("term == 'say_do_gap'")
    held = table["conf_low"].le(0.15) & table["conf_high"].ge(0.15)
    assert 0.92 <= held.mean() <= 0.985


def test_people_who_skip_an_item_do_not_count():
    answers = room([5] * 12, [4] * 12, [4] * 12)
    found = ownership.autonomy(answers.iloc[1:]).table
    assert found["n"].unique().tolist() == [11]


def test_small_schools_are_hidden_and_large_ones_are_not():
    answers = pd.concat([room([5] * 12, [4] * 12, [4] * 12), room([5] * 9, [4] * 9, [4] * 9, school="a2")])
    found = ownership.autonomy(answers).table.groupby("school_id")["n"].first()
    assert found["a1"] == 12
    assert pd.isna(found["a2"])


def test_a_missing_item_is_named():
    with pytest.raises(CbeError, match="lacks an item on room to act"):
        ownership.autonomy(room([5], [5], [5]).query("item_id != 'autonomy_clarity_2'"))


# ------------------------------------------------------------------------------------------------- non-negotiables


THINGS = {"values": "non-negotiable", "code": "non-negotiable", "bands": "flexible"}


def states(*rows):
    return pd.DataFrame(rows, columns=["district_id", "school_id", "thing", "since", "evidence"])


def test_a_day_without_evidence_is_said_but_not_shown():
    found = ownership.non_negotiables(THINGS, states(("a", "a1", "values", "2014-01-01", " "))).table
    assert found.set_index("thing")["state"].to_dict() == {
        "values": "said, not shown",
        "code": "missing",
        "bands": "not chosen",
    }


def test_flexible_things_are_never_missing():
    rows = states(("a", "a1", "values", "2014-01-01", "text"), ("a", "a1", "code", "2014-01-01", "text"))
    school = ownership.non_negotiables(THINGS, rows).schools.iloc[0]
    assert (school["required"], school["in_place"], school["missing"]) == (2, 2, "")


def test_all_bad_states_are_refused_at_once():
    bad = states(
        ("a", "a1", "value", "2014-01-01", "x"), ("a", None, "code", None, "x"), ("a", "a1", "code", "soon", "x")
    )
    with pytest.raises(CbeError) as error:
        ownership.non_negotiables(THINGS, bad)
    for part in ("'value' looks like 'values'", "is blank in 1 row (index 1)", "since is not a day in 1 row (index 2)"):
        assert part in str(error.value)


def test_a_kind_that_is_none_is_refused():
    with pytest.raises(CbeError, match="values: 'fixed'"):
        ownership.non_negotiables({"values": "fixed"}, states())


def test_codes_are_read_from_the_written_principles(state):
    found = ownership.codes_in_place(state["principles"], state["roster"])
    schools = state["principles"].query("level == 'school'")[["district_id", "school_id"]].drop_duplicates()
    assert found.query("thing.str.startswith('values')")["since"].notna().sum() == len(schools)


# ----------------------------------------------------------------------------------------------------------- voice


def log(inputs, **columns):
    frame = pd.DataFrame({"student_input": inputs})
    frame = frame.assign(decision_id=[f"d{k}" for k in range(len(frame))], district_id="a", level="board")
    return frame.assign(date_raised="2014-01-01", input_used="no").assign(**columns)


def test_the_ladder_adds_up_to_all_decisions():
    found = ownership.voice(log(["none"] * 5 + ["heard"] * 3 + ["vote"] * 2)).table
    assert found["estimate"].tolist() == [0.5, 0.3, 0.2]


def test_the_ladder_has_exact_intervals():
    row = ownership.voice(log(["none"] * 8 + ["vote"] * 2)).table.set_index("rung").loc["vote"]
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([beta.ppf(0.025, 2, 9), beta.ppf(0.975, 3, 8)])


def test_classroom_decisions_are_no_policy():
    decisions = log(["vote"] * 4, level=["classroom", "classroom", "board", "school"])
    assert ownership.voice(decisions, by=None).table["n"].tolist() == [2, 2, 2]


def test_partly_used_input_counts_as_a_change():
    found = ownership.voice(log(["vote"] * 4, input_used=["yes", "partly", "no", None])).changed.set_index("rung")
    assert (found.loc["vote", "n"], found.loc["vote", "count"]) == (3, 2)
    assert found.loc["heard", "reason"].startswith("cannot tell")


def test_decisions_that_do_not_say_are_counted_in_the_notes():
    assert "1 decisions do not say" in ownership.voice(log(["vote", None])).notes[1]


@pytest.mark.parametrize(
    ("options", "told"),
    [({"levels": ["boards"]}, "no level named 'boards'"), ({"by": "month"}, "no group named 'month'")],
)
def test_unknown_levels_and_groups_are_refused(options, told):
    with pytest.raises(CbeError, match=told):
        ownership.voice(log(["vote"]), **options)


def test_a_log_without_policy_decisions_is_refused():
    with pytest.raises(CbeError, match="No policy decision says"):
        ownership.voice(log(["vote"], level="classroom"))


# ------------------------------------------------------------------------------------------------------ reflection


def test_two_coders_of_one_round_count_its_people_once():
    both = pd.concat([rounds(), rounds(coder=["B"])])
    row = ownership.reflection(both).table.iloc[0]
    assert (row["invited"], row["completed"], row["estimate"]) == (20, 15, 0.75)


def test_a_long_silence_is_named():
    many = pd.concat(
        [rounds(reflection_id=[f"r{k}"], date=[day]) for k, day in enumerate(["2014-01-01", "2015-01-01"])]
    )
    found = ownership.reflection(many).cadence.iloc[0]
    assert (found["longest_gap"], found["too_long"]) == (365, True)


def test_rounds_of_few_people_are_hidden():
    row = ownership.reflection(rounds(invited=[9], completed=[8])).table.iloc[0]
    assert pd.isna(row["invited"])
    assert np.isnan(row["estimate"])


def test_impossible_rounds_are_refused_at_once():
    bad = pd.concat([rounds(completed=[21]), rounds(coder=["B"])], ignore_index=True)
    with pytest.raises(CbeError) as error:
        ownership.reflection(bad)
    assert "completed is above invited in 1 row (index 0)" in str(error.value)
    assert "coders of one round give other facts in 2 rows" in str(error.value)


def test_themes_count_where_coders_agree(state):
    found = ownership.reflection(state["reflections"])
    by = state["reflections"].groupby("reflection_id")["theme"].nunique()
    assert found.themes["rounds"].sum() == (by == 1).sum()


def test_themes_that_coders_read_differently_are_not_told(state):
    rng = np.random.default_rng(1)
    mixed = state["reflections"].copy()
    mixed["theme"] = rng.permutation(mixed["theme"].to_numpy())
    found = ownership.reflection(mixed)
    assert found.themes.empty
    assert "no theme is reported" in found.text


def test_one_coder_is_not_enough_for_themes():
    found = ownership.reflection(rounds(theme=["time"]))
    assert found.agreement is None
    assert "two coders are needed" in found.text


def test_reflections_without_a_row_are_refused():
    with pytest.raises(CbeError, match="reflections"):
        ownership.reflection(samples.state()["reflections"].head(0))
