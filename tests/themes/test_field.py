import networkx as nx
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import beta, nchypergeom_fisher, ttest_1samp, ttest_ind

from cbe_lib import samples
from cbe_lib.errors import CbeError
from cbe_lib.themes import field
from cbe_lib.themes.field.risk import district_years, moves_of


@pytest.fixture(scope="module")
def state():
    return samples.state()


def careers(*spells):
    frame = pd.DataFrame(spells, columns=["person_id", "district_id", "from_date"])
    return frame.assign(role="teacher", from_date=pd.to_datetime(frame["from_date"]))


def practices(**since):
    frame = pd.DataFrame({"district_id": list(since), "practice": "p", "from_date": list(since.values())})
    return frame.assign(from_date=pd.to_datetime(frame["from_date"]))


MOVED = careers(("1", "a", "2006-08-01"), ("1", "b", "2009-08-01"), ("2", "b", "2006-08-01"), ("3", "c", "2006-08-01"))
USED = practices(a="2006-10-01", b="2011-01-15", c=None)


def years(spells=MOVED, used=USED):
    return district_years(spells, moves_of(spells), used)


def test_districts_are_at_risk_until_they_take_the_practice_up():
    cells = years()
    assert cells.groupby("year")["n"].sum().to_dict() == {2007: 2, 2008: 2, 2009: 2, 2010: 2}
    assert cells.loc[cells["taken_up"] == 1, ["year", "contact"]].to_numpy().tolist() == [[2010, True]]


def test_contact_begins_when_somebody_comes_from_a_place_that_has_the_practice():
    assert years().query("contact")["year"].tolist() == [2009, 2010]


def test_an_arrival_from_a_place_that_lacks_the_practice_is_no_contact():
    cells = years(used=practices(a="2010-01-01", b="2011-01-15", c=None))
    assert not cells["contact"].any()
    assert cells.query("arrived")["year"].tolist() == [2009, 2010]


def test_an_arrival_after_september_counts_from_the_next_school_year():
    later = MOVED.assign(from_date=MOVED["from_date"].replace(pd.Timestamp("2009-08-01"), pd.Timestamp("2009-10-01")))
    assert years(later).query("contact")["year"].tolist() == [2010]


def test_contact_model_is_that_of_single_district_years(state):
    found = field.diffusion(state["careers"], state["practices"])
    cells = found.yearly.set_index("contact")
    met = np.repeat([0.0, 1.0], [cells.loc[False, "n"], cells.loc[True, "n"]])
    taken = np.concatenate([np.arange(cells.loc[each, "n"]) < cells.loc[each, "taken_up"] for each in (False, True)])
    family = sm.families.Binomial(sm.families.links.CLogLog())
    single = sm.GLM(taken.astype(float), sm.add_constant(met), family=family).fit()
    row = found.table.set_index("term").loc["contact"]
    assert row["estimate"] == pytest.approx(single.params[1], abs=1e-6)
    assert [row["conf_low"], row["conf_high"]] == pytest.approx(single.conf_int()[1], abs=1e-5)


def test_the_planted_contact_is_found(state):
    found = field.diffusion(state["careers"], state["practices"])
    row = found.table.set_index("term").loc["contact"]
    assert row["conf_low"] < 1.1 < row["conf_high"]
    assert found.p_value < 0.001


def test_every_model_stands_beside_the_one_without_contact(state):
    models = field.diffusion(state["careers"], state["practices"]).models.set_index("model")
    assert models.loc["contact", "aic"] < models.loc["no contact", "aic"]
    assert models["contact"].notna().tolist() == [False, True, True, True]


def test_no_contact_at_all_cannot_tell():
    found = field.diffusion(MOVED, USED)
    assert found.text.startswith("Cannot tell whether practices travel")
    assert found.table["reason"].str.startswith("cannot tell").all()
    assert found.table["estimate"].isna().all()


def test_careers_of_other_districts_are_refused():
    with pytest.raises(CbeError, match="name no district in common"):
        field.diffusion(MOVED, practices(z=None))


def test_no_person_can_be_read_from_what_diffusion_returns(state):
    found = field.diffusion(state["careers"], state["practices"])
    for table in (found.table, found.models, found.yearly, found.network):
        assert "person_id" not in table
        assert "district_id" not in table


def participants(tool, before, after, talked):
    frame = pd.DataFrame({"before": before, "after": after, "talked": talked})
    return frame.assign(tool=tool, participant=[f"{tool}{place}" for place in range(len(frame))])


FILM = participants("film", [4.0] * 20, [5.0, 6.0, 4.0, 7.0] * 5, [True] * 14 + [False] * 6)
TALK = participants("talk", [4.0] * 16, [4.0, 5.0, 3.0, 4.0] * 4, [True] * 4 + [False] * 12)
BOTH = pd.concat([FILM, TALK])


def measured(found, tool, name):
    table = found.table
    return table[(table["tool"] == tool) & (table["measure"] == name)].iloc[0]


def test_shift_is_the_mean_of_differences_with_a_t_interval():
    row = measured(field.discussion_shift(BOTH), "film", "shift")
    ends = ttest_1samp(FILM["after"] - FILM["before"], 0).confidence_interval()
    assert row["estimate"] == 1.5
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([ends.low, ends.high])


def test_share_who_talked_has_an_exact_interval():
    row = measured(field.discussion_shift(BOTH), "talk", "talked")
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([beta.ppf(0.025, 4, 13), beta.ppf(0.975, 5, 12)])


def test_tools_are_compared_by_welch():
    row = field.discussion_shift(BOTH).comparison.set_index("measure").loc["shift"]
    ends = ttest_ind(FILM["after"], TALK["after"], equal_var=False).confidence_interval()
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([ends.low, ends.high])


def test_log_odds_of_talking_are_the_slope_of_the_logit():
    found = field.discussion_shift(BOTH)
    row = found.comparison.set_index("measure").loc["talked"]
    assert row["estimate"] == pytest.approx(np.log(14 * 12 / (6 * 4)))
    assert found.model.params["film"] == pytest.approx(row["estimate"], abs=1e-6)


def test_at_the_ends_of_the_odds_the_count_is_a_tail_of_the_noncentral_hypergeometric():
    row = field.discussion_shift(BOTH).comparison.set_index("measure").loc["talked"]
    low, high = (nchypergeom_fisher(36, 20, 18, np.exp(row[end])) for end in ("conf_low", "conf_high"))
    assert low.sf(13) == pytest.approx(0.025, abs=1e-6)
    assert high.cdf(14) == pytest.approx(0.025, abs=1e-6)


def test_a_tool_with_few_people_is_hidden_with_a_reason():
    found = field.discussion_shift(pd.concat([FILM, TALK.head(9)]))
    row = measured(found, "talk", "shift")
    assert pd.isna(row["n"])
    assert row["reason"] == "hidden: fewer than 10 people"
    assert found.comparison["estimate"].isna().all()
    assert found.before_after.set_index("tool").loc["talk"].isna().all()


def test_when_nobody_talked_odds_cannot_be_told():
    row = (
        field.discussion_shift(BOTH.assign(talked=BOTH["tool"] == "film")).comparison.set_index("measure").loc["talked"]
    )
    assert row["reason"] == "cannot tell: with one of the tools everybody talked, or nobody"


def test_people_without_a_score_afterwards_are_counted():
    lost = BOTH.assign(after=BOTH["after"].where(BOTH["after"] > 3))
    found = field.discussion_shift(lost)
    assert any(note.startswith("4 participants gave no score afterwards") for note in found.notes)
    assert measured(found, "talk", "shift")["n"] == 12


def test_an_unknown_tool_to_compare_with_gets_a_suggestion():
    with pytest.raises(CbeError, match="Did you mean 'talk'"):
        field.discussion_shift(BOTH, against="tlak")


def test_the_film_moves_people_and_the_slides_do_not(state):
    text = field.discussion_shift(state["discussions"]).text
    assert "Film with questions: a shift" in text
    assert "Slide talk: no shift shown" in text


def ties(*pairs, kind="advice"):
    return pd.DataFrame(pairs, columns=["from_id", "to_id"]).assign(kind=kind, from_date="2014-08-15")


STAR = ties(("H", "A"), ("H", "B"), ("H", "C"), ("H", "d"), ("A", "H"), ("B", "A"), ("C", "e"))


def placed(found, name):
    return found.table.set_index("name").loc[name]


def test_ties_count_each_pair_once():
    row = placed(field.helper_network(STAR), "H")
    assert row[["ties", "helpers", "districts"]].tolist() == [4, 3, 1]


def test_brokerage_is_betweenness(state):
    found = field.helper_network(state["ties"])
    graph = nx.from_pandas_edgelist(state["ties"], "from_id", "to_id")
    expected = nx.betweenness_centrality(graph)
    known = found.table.dropna(subset="brokerage")
    assert known["brokerage"].tolist() == pytest.approx([expected[name] for name in known["name"]])


def test_whoever_only_receives_is_a_district():
    found = field.helper_network(STAR).table.set_index("name")["kind"]
    assert found[["A", "C", "d", "e"]].tolist() == ["helper", "helper", "district", "district"]


def test_a_place_that_rests_on_two_ties_cannot_be_told():
    row = placed(field.helper_network(STAR), "A")
    assert np.isnan(row["brokerage"])
    assert row["reason"] == "cannot tell: its place rests on 2 ties"


def test_webs_apart_are_numbered_by_size():
    found = field.helper_network(pd.concat([STAR, ties(("X", "y"))]))
    assert found.whole.set_index("measure").loc["components", "estimate"] == 2
    assert placed(found, "X")["component"] == 2


def test_shared_practices_are_counted():
    found = field.helper_network(pd.concat([STAR, ties(("H", "A"), ("H", "z"), kind="shared practice")]))
    assert placed(found, "H")["shared_practices"] == 2
    row = found.whole.set_index("measure").loc["shared"]
    assert (row["estimate"], row["n"]) == (pytest.approx(2 / 7), 7)


def test_the_planted_bridge_is_a_clear_broker(state):
    assert field.helper_network(state["ties"]).clear_broker == "H01"


def test_a_ring_has_no_clear_broker():
    ring = ties(*[(f"H{k}", f"H{(k + step) % 8}") for k in range(8) for step in (1, 2)])
    found = field.helper_network(ring)
    assert found.clear_broker == ""
    assert "not clear enough" in found.text


def test_the_same_seed_gives_the_same_ranges(state):
    one, other = (field.helper_network(state["ties"], seed=3).table for _ in range(2))
    pd.testing.assert_frame_equal(one, other)


def test_ties_to_oneself_are_refused():
    with pytest.raises(CbeError, match="ties H to itself"):
        field.helper_network(pd.concat([STAR, ties(("H", "H"))]))


def helpers(**staff):
    rows = [(name, group, count) for name, counts in staff.items() for group, count in counts.items()]
    frame = pd.DataFrame(rows, columns=["helper_id", "group", "staff"])
    return frame.assign(reference_share=frame["group"].map({"x": 40.0, "y": 60.0}))


CARD = helpers(H1={"x": 12, "y": 48}, H2={"x": 20, "y": 30})


def scored(found, helper, group):
    table = found.table
    return table[(table["helper_id"] == helper) & (table["group"] == group)].iloc[0]


def test_composition_is_held_against_the_reference_with_exact_intervals():
    row = scored(field.funder_scorecard(CARD), "H1", "x")
    assert row["gap"] == pytest.approx(0.2 - 0.4)
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([beta.ppf(0.025, 12, 49), beta.ppf(0.975, 13, 48)])
    assert row["finding"] == "below"


def test_all_organizations_together_add_up():
    row = scored(field.funder_scorecard(CARD), "all helpers", "x")
    assert (row["count"], row["of"]) == (32, 110)


def test_few_people_and_what_would_give_them_away_are_hidden():
    found = field.funder_scorecard(helpers(H1={"x": 4, "y": 48}, H2={"x": 20, "y": 30}, H3={"x": 20, "y": 30}))
    rows = found.table[found.table["helper_id"] == "H1"]
    assert rows["estimate"].isna().all()
    assert rows["reason"].str.startswith("hidden").all()
    assert found.table["estimate"].isna().sum() > 2


def test_very_many_organizations_are_shown_together_only():
    many = pd.concat([CARD.assign(helper_id=CARD["helper_id"] + str(place)) for place in range(31)])
    found = field.funder_scorecard(many)
    assert set(found.table["helper_id"]) == {"all helpers"}
    assert scored(found, "all helpers", "x")["count"] == 31 * 32


def test_organizations_stand_by_name_not_by_rank():
    found = field.funder_scorecard(CARD)
    assert found.table["helper_id"].is_monotonic_increasing
    assert "rank" not in found.table
    assert "This is no ranking" in found.text


def test_reference_shares_that_contradict_themselves_are_refused():
    with pytest.raises(CbeError, match="'x' has several"):
        field.funder_scorecard(CARD.assign(reference_share=[40.0, 60.0, 45.0, 55.0]))


def test_without_a_reference_the_gap_has_a_reason():
    row = scored(field.funder_scorecard(CARD.assign(reference_share=np.nan)), "H1", "x")
    assert row["estimate"] == 0.2
    assert row["reason"] == "cannot tell: no share of the reference population"


@pytest.mark.parametrize(("function", "claim"), [("diffusion", "B11"), ("discussion_shift", "B20")])
def test_notes_say_what_kind_of_claim_it_is(function, claim):
    found = field.discussion_shift(BOTH) if function == "discussion_shift" else field.diffusion(MOVED, USED)
    assert f"({claim}), not a finding" in found.notes[0]


def test_a_talk_after_which_all_answer_alike_has_no_interval():
    told = samples.state()["discussions"].assign(before=3, after=5)
    row = field.discussion_shift(told, against="slide talk").comparison.query("measure == 'shift'").iloc[0]
    assert row["estimate"] == 0
    assert "answered alike" in row["reason"]


def test_ties_are_left_out_as_often_as_asked(state):
    found = field.helper_network(state["ties"], draws=8)
    assert "8 draws" in found.notes[1]
    shares = found.table["highest"].dropna() * 8
    assert shares.round(9).isin(range(9)).all()
