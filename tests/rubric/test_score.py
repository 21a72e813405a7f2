"""Scoring: the level, its interval, every cap with its reason, and evidence against the practice."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from cbe_lib import rubric
from cbe_lib.framework import Rules
from cbe_lib.rubric.scoring.rater_error import HALF_WIDTH, SLIP, RaterError, learn, level_chances, shortest
from tests.rubric.score_tables import FULL, own_rubric, pieces, votes

COLUMNS = [
    *("district", "wave", "dimension", "criterion_id", "level", "position", "uncapped", "allowed", "conf_low"),
    *("conf_high", "likely", "n_raters", "votes", "n_evidence", "cap", "why", "contradicted", "status"),
]
TOP = ["Breakthrough"] * 3


def row(ratings, evidence=None, **options):
    """The row of the first criterion."""
    return rubric.score(ratings, evidence, **options).table.iloc[0]


def test_the_table_has_a_row_for_each_criterion_of_the_rubric():
    table = rubric.score(votes("Emerging"), pieces({})).table
    assert table.columns.tolist() == COLUMNS
    assert table["criterion_id"].tolist() == [criterion.id for criterion in rubric.load().criteria]


@pytest.mark.parametrize(
    ("given", "level"),
    [
        (["Emerging", "Proficient", "Proficient"], "Proficient"),
        (["Exploring", "Emerging", "Breakthrough"], "Emerging"),
        (["Emerging", "Proficient"], "Emerging"),
        (["Exploring", "Breakthrough", "Breakthrough", "Exploring"], "Exploring"),
    ],
)
def test_the_level_is_the_middle_vote_the_lower_of_two(given, level):
    assert row(votes(*given), pieces(*FULL))["level"] == level


def test_a_consensus_gives_the_level_and_the_votes_stay_beside_it():
    given = votes("Emerging", "Emerging", "Proficient", "Proficient", consensus=[False, False, False, True])
    found = row(given, pieces(*FULL))
    assert (found["level"], found["votes"], found["n_raters"]) == ("Proficient", "2 Emerging, 1 Proficient", 3)
    assert "level by consensus; the votes alone give Emerging" in found["why"]
    assert found["conf_low"] <= 2
    assert found["conf_high"] >= 3


def test_no_dated_evidence_is_not_rated_rather_than_the_lowest_level():
    found = row(votes("Proficient", "Proficient"), pieces({"date": None}, {"date": None, "criterion_id": "D1.2"}))
    assert (found["level"], found["status"], found["uncapped"]) == ("", "not rated", "Proficient")
    assert found["why"] == "no dated evidence (1 undated, which does not count)"
    assert pd.isna(found["position"])


def test_nr_and_blank_are_no_votes():
    found = rubric.score(votes("NR", "", None, "nr"), pieces(*FULL))
    assert found.table.loc[0, ["status", "why"]].tolist() == ["not rated", "no rater gave a level"]
    assert "4 rows without a level (NR or blank) left out." in found.notes


def test_without_evidence_levels_are_ratings_only_and_caps_are_not_checked():
    found = rubric.score(votes(*TOP))
    assert found.table.loc[0, ["level", "status", "cap", "allowed"]].tolist() == [
        "Breakthrough",
        "ratings only",
        "",
        "",
    ]
    assert "unsupported" in found.notes[0]
    assert "ratings only" in found.text


def test_full_evidence_lets_the_highest_level_stand():
    found = rubric.score(votes(*TOP), pieces(*FULL), schools={"Alder": 1})
    assert found.table.loc[0, "allowed"] == "Emerging"  # neither piece names a school
    sampled = pieces(*({**piece, "school_id": "North"} for piece in FULL))
    assert row(votes(*TOP), sampled, schools={"Alder": ["North"]})["level"] == "Breakthrough"


@pytest.mark.parametrize(
    ("evidence", "options", "level", "cap", "reason"),
    [
        (
            [{"kind": "interview"}, {"kind": "survey", "role_group": "student"}],
            {},
            "Emerging",
            "self-report alone",
            "held at Emerging: self-report alone: all 2 pieces of supporting evidence are interview or survey (E1, E2)",
        ),
        (
            [{}, {"kind": "observation"}],
            {},
            "Emerging",
            "one role group",
            "held at Emerging: only one role group is behind the supporting evidence; two are needed (E1, E2)",
        ),
        (
            [{"school_id": "North"}, {"school_id": "South", "role_group": "student"}],
            {"schools": {"Alder": 3}},
            "Emerging",
            "not all schools",
            "held at Emerging: 2 of 3 schools sampled; all are needed (E1, E2)",
        ),
        (
            [{"date": "2024-03-01"}, {"role_group": "peer reviewer"}],
            {},
            "Proficient",
            "too few years",
            "held at Proficient: supporting evidence spans 1.1 years; 2 are needed for the highest level (E1, E2)",
        ),
        (
            [{"date": "2022-05-01"}, {"role_group": "board"}],
            {},
            "Proficient",
            "no outside look",
            "held at Proficient: no outside reviewer or peer reviewer among raters or supporting evidence; the highest "
            "level needs one (E1, E2)",
        ),
        (
            [{"supports": "-"}, {"supports": "-", "role_group": "student"}],
            {},
            "Emerging",
            "self-report alone; one role group",
            "held at Emerging: no dated evidence speaks for the practice",
        ),
    ],
)
def test_each_cap_holds_and_says_why(evidence, options, level, cap, reason):
    found = row(votes(*TOP), pieces(*evidence), **options)
    assert (found["level"], found["cap"], found["uncapped"]) == (level, cap, "Breakthrough")
    assert reason in found["why"]


def test_two_years_to_the_day_are_enough_and_a_year_of_days_less_is_not():
    outside = {"role_group": "outside reviewer"}
    for start, level in (("2023-05-01", "Breakthrough"), ("2023-06-01", "Proficient")):
        assert row(votes(*TOP), pieces({"date": start}, outside), as_of="2025-05-01")["level"] == level


def test_evidence_that_says_since_when_counts_from_then():
    found = row(votes(*TOP), pieces({"since": "2020-09-01"}, {"role_group": "outside reviewer"}))
    assert found["level"] == "Breakthrough"


def test_an_outside_rater_counts_as_an_outside_look():
    given = votes(*TOP, role=["", "Outside reviewer", ""])
    assert row(given, pieces({"date": "2022-05-01"}, {"role_group": "board"}))["level"] == "Breakthrough"


def test_the_list_of_caps_keeps_those_that_a_stricter_one_hides():
    caps = rubric.score(votes(*TOP), pieces({})).caps
    assert caps[["cap", "allowed", "decisive"]].to_numpy().tolist() == [
        ["one role group", "Emerging", True],
        ["too few years", "Proficient", False],
        ["no outside look", "Proficient", False],
    ]
    assert caps["evidence"].tolist() == ["E1"] * 3


def test_a_low_level_is_not_capped():
    found = rubric.score(votes("Exploring", "Emerging"), pieces({"kind": "interview"}))
    assert found.caps.empty
    assert found.table.loc[0, "cap"] == ""


def test_a_rule_that_the_rubric_does_not_have_is_not_applied():
    own = own_rubric()
    found = row(votes("High", criterion_id="A1"), pieces({"criterion_id": "A1", "kind": "interview"}), rubric=own)
    assert (found["level"], found["cap"], found["status"]) == ("High", "", "scored")


def test_a_rubric_of_another_shape_caps_by_its_own_rules():
    own = own_rubric(self_report_kinds=("Rumor",), self_report_cap="Low")
    scored = rubric.score(votes("High", criterion_id="B1"), pieces({"criterion_id": "B1", "kind": "rumor"}), rubric=own)
    found = scored.table.set_index("criterion_id").loc["B1"]
    assert (found["level"], found["dimension"], found["uncapped"]) == ("Low", "B", "High")


def test_interval_of_a_capped_level_ends_at_the_cap():
    found = row(votes(*TOP), pieces({}))
    assert (found["conf_low"], found["conf_high"], found["likely"]) == (2, 2, "Emerging")


def test_evidence_against_is_shown_and_does_not_move_the_level():
    against = {"supports": "-", "text": "Students had not heard of it"}
    found = rubric.score(votes("Proficient", "Proficient"), pieces(*FULL, against))
    assert found.table.loc[0, ["level", "contradicted"]].tolist() == ["Proficient", 1]
    assert "evidence against it: E3" in found.table.loc[0, "why"]
    assert found.contradictions[["evidence_id", "text", "level"]].to_numpy().tolist() == [
        ["E3", "Students had not heard of it", "Proficient"]
    ]


def test_unknown_number_of_schools_is_said_and_not_held_against_a_district():
    found = rubric.score(votes("Proficient", "Proficient"), pieces(*FULL))
    assert found.table.loc[0, "level"] == "Proficient"
    assert any("Cannot check whether all schools were sampled in Alder" in note for note in found.notes)


def test_evidence_counts_for_waves_that_had_it():
    given = pd.concat(
        [votes("Proficient", "Proficient", wave=wave, date=f"{wave}-06-01") for wave in (2023, 2025)], ignore_index=True
    )
    found = rubric.score(given, pieces(*FULL)).table.query("criterion_id == 'D1.1'")
    assert found[["wave", "level", "n_evidence"]].to_numpy().tolist() == [
        ["2023", "Emerging", 1],
        ["2025", "Proficient", 2],
    ]


def test_one_rater_has_an_interval_where_others_disagree_elsewhere():
    alone = votes("Emerging", criterion_id="D2.1")
    others = pd.concat([votes("Emerging", "Proficient", criterion_id=each) for each in ("D1.1", "D1.2", "D1.3")])
    table = rubric.score(pd.concat([alone, others], ignore_index=True)).table.set_index("criterion_id")
    assert table.loc["D2.1", "conf_low"] < table.loc["D2.1", "conf_high"]
    bare = row(votes("Emerging"))
    assert pd.isna(bare["conf_low"])
    assert "no criterion was rated by two raters, so the interval cannot be told" in bare["why"]


def test_more_raters_who_agree_leave_less_doubt():
    spread = pd.concat([votes("Emerging", "Proficient", criterion_id=f"D{each}.2") for each in range(1, 9)])
    widths = []
    for raters in (1, 3, 9):
        given = pd.concat([spread, votes(*["Emerging"] * raters)], ignore_index=True)
        found = row(given)
        widths.append(found["conf_high"] - found["conf_low"])
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > widths[-1] == 0


def test_chances_of_levels_are_those_of_the_written_model():
    def vote_chance(vote, place, spread):
        low, high = (-np.inf, 0.5, 1.5, np.inf)[vote : vote + 2]
        return (1 - SLIP) * (norm.cdf((high - place) / spread) - norm.cdf((low - place) / spread)) + SLIP / 3

    def weight(level):
        def likelihood(place):
            return vote_chance(0, place, 0.6) * vote_chance(1, place, 0.6) ** 2

        return quad(likelihood, level - HALF_WIDTH, level + HALF_WIDTH)[0]

    expected = np.array([weight(level) for level in range(3)])
    found = level_chances(np.array([[1, 2, 0]]), RaterError(np.array([0.6]), np.array([1.0])))
    assert found[0] == pytest.approx(expected / expected.sum(), abs=1e-3)  # midpoints of nine strips


@pytest.mark.parametrize("spread", [0.3, 0.6, 1.0])
def test_the_error_of_raters_is_recovered(spread):
    rng = np.random.default_rng(7)
    place = rng.integers(0, 6, 4000) + rng.uniform(-HALF_WIDTH, HALF_WIDTH, 4000)
    vote = np.clip(np.rint(place[:, None] + spread * rng.normal(size=(4000, 3))), 0, 5).astype(int)
    counts = (vote[:, :, None] == np.arange(6)).sum(axis=1)
    assert learn(counts).mean == pytest.approx(spread, rel=0.15)


def test_the_shortest_run_that_holds_enough_is_the_interval():
    chance = np.array([[0.96, 0.04, 0, 0], [0.5, 0.3, 0.17, 0.03], [0.25, 0.25, 0.25, 0.25]])
    assert np.transpose(shortest(chance, 0.95)).tolist() == [[0, 0], [0, 2], [0, 3]]


def test_dimension_is_the_lower_median_with_range_and_weakest_criterion():
    levels = {"D1.1": "Exploring", "D1.2": "Emerging", "D1.3": "Proficient", "D1.4": "Breakthrough"}
    given = pd.concat([votes(level, level, criterion_id=name) for name, level in levels.items()], ignore_index=True)
    found = rubric.score(given).dimensions.iloc[0]
    assert found[["median", "lowest", "highest", "weakest", "n_rated"]].tolist() == [
        *("Emerging", "Exploring", "Breakthrough", "D1.1", 4)
    ]


def test_a_dimension_without_ratings_says_so():
    found = rubric.score(votes("Emerging", "Emerging")).dimensions.iloc[1]
    assert found[["median", "n_rated", "status", "why"]].tolist() == [
        *("", 0, "not rated", "4 of 4 criteria not rated or not to be reported")
    ]


def test_no_table_holds_a_mean_over_dimensions():
    found = rubric.score(votes("Emerging", "Emerging"))
    assert len(found.dimensions) == 8
    assert not {"mean", "score", "total", "average"} & {*found.table.columns, *found.dimensions.columns}


@pytest.mark.parametrize(("noise", "status"), [(0, "scored"), (1, "tentative"), (3, "do not report")])
def test_agreement_decides_whether_a_level_is_reported(noise, status):
    own = own_rubric(criteria=(40,), levels=("1", "2", "3", "4"), tentative_below=0.67, do_not_report_below=0.4)
    rng = np.random.default_rng(3)
    true = np.tile([1, 2, 3, 4], 10)
    shifts = rng.integers(-noise, noise + 1, (40, 2)) if noise else np.zeros((40, 2), dtype=int)
    given = np.clip(true[:, None] + shifts, 1, 4)
    frame = pd.concat([votes(*pair, criterion_id=f"A{each + 1}") for each, pair in enumerate(given.tolist())])
    evidence = pieces(*({"criterion_id": f"A{each + 1}"} for each in range(40)))
    found = rubric.score(frame.reset_index(drop=True), evidence, rubric=own)
    assert set(found.table["status"]) == {status}
    assert set(found.agreement["basis"]) == {"all criteria together"}


def test_levels_cannot_be_called_more_than_tentative_where_agreement_cannot_be_checked():
    found = row(votes("Emerging", "Emerging"), pieces(*FULL))
    assert found["status"] == "tentative"
    assert "agreement cannot be checked" in found["why"]


def test_too_few_double_ratings_are_noted():
    frame = pd.concat([votes("Emerging", criterion_id=f"A{each + 1}") for each in range(10)], ignore_index=True)
    own = own_rubric(criteria=(10,), levels=("Exploring", "Emerging"), double_share=0.2)
    assert "0% of the units have two raters; the rubric asks for 20% or more." in rubric.score(frame, rubric=own).notes


def test_votes_that_were_not_blind_are_noted():
    found = rubric.score(votes("Emerging", "Emerging", blind=[True, False]))
    assert any("1 vote was not blind" in note for note in found.notes)


def test_text_names_the_weakest_dimension_with_the_caution():
    low = votes("Exploring", "Exploring", "Exploring")
    high = votes("Breakthrough", "Breakthrough", "Breakthrough", criterion_id="D2.1")
    text = rubric.score(pd.concat([low, high], ignore_index=True)).text
    assert "Weakest Purpose in use (Exploring), strongest Shared leadership (Breakthrough)" in text
    assert "95% interval" in text


def test_rules_without_numbers_still_score():
    own = own_rubric(highest_needs_roles=("visitor",), highest_cap="Middle")
    assert own.rules == Rules(highest_needs_roles=("visitor",), highest_cap="Middle")
    found = row(votes("High", criterion_id="A1"), pieces({"criterion_id": "A1"}), rubric=own)
    assert (found["level"], found["cap"]) == ("Middle", "no outside look")
