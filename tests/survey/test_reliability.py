"""Alpha and omega: hand-worked, published and cross-package answers, the packaged survey, and refusals."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cbe_lib import survey
from cbe_lib.errors import CbeError
from tests.survey.conftest import one_trait, staff

REFERENCE = Path(__file__).parents[1] / "reference"
PINGOUIN = json.loads((REFERENCE / "survey" / "alpha.json").read_text())


def row(found, coefficient="cronbach_alpha"):
    return found.table.set_index("coefficient").loc[coefficient]


def close(value, tolerance):
    return pytest.approx(value, abs=tolerance, rel=0)


def test_alpha_by_hand():
    answers = pd.DataFrame({"a": [1, 2, 3, 4], "b": [2, 2, 4, 4]})
    # variances 5/3 and 4/3, of the sum 17/3: 2 x (1 - 3 / (17/3)) = 16/17
    assert row(survey.reliability(answers))["estimate"] == close(16 / 17, 1e-12)


def test_alpha_of_attitude_with_feldt_limits():
    known = json.loads((REFERENCE / "agreement" / "open_alpha_attitude.json").read_text())
    found = row(survey.reliability(pd.DataFrame(known["items"]), interval="feldt"))
    expected = [known["expected"][name] for name in ("alpha", "lo", "hi")]
    assert found[["estimate", "conf_low", "conf_high"]].tolist() == close(expected, known["tolerance"])


@pytest.mark.parametrize("known", PINGOUIN, ids=lambda known: f"{len(known['answers'])} respondents")
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_alpha_and_feldt_limits_agree_with_pingouin(known, level):
    found = row(survey.reliability(pd.DataFrame(known["answers"]), interval="feldt", level=level))
    assert found["estimate"] == close(known["alpha"], 1e-10)
    assert found[["conf_low", "conf_high"]].tolist() == close(known["limits"][str(level)], 6e-4)  # it rounds to 3


def test_omega_of_three_items_solves_their_three_covariances():
    answers = one_trait(np.random.default_rng(3), 400, [0.8, 0.7, 0.6])
    cov = answers.cov().to_numpy()
    loading = [np.sqrt(cov[a, b] * cov[a, c] / cov[b, c]) for a, b, c in ((0, 1, 2), (1, 0, 2), (2, 0, 1))]
    expected = sum(loading) ** 2 / cov.sum()
    assert row(survey.reliability(answers), "mcdonald_omega")["estimate"] == close(expected, 1e-5)


def test_omega_equals_alpha_where_items_are_alike():
    answers = one_trait(np.random.default_rng(4), 20_000, [0.7] * 4)
    table = survey.reliability(answers).table
    assert table["estimate"].diff().abs().iloc[1] < 0.002


def test_omega_limits_match_a_bootstrap():
    rng = np.random.default_rng(5)
    answers = one_trait(rng, 300, [0.8, 0.7, 0.5, 0.5], cuts=(0.02, 0.06, 0.15, 0.5))
    found = row(survey.reliability(answers), "mcdonald_omega")
    again = [
        row(survey.reliability(answers.iloc[rng.integers(0, 300, 300)].reset_index(drop=True)), "mcdonald_omega")
        for _ in range(150)
    ]
    spread = np.std([np.log(1 - each["estimate"]) for each in again])
    width = np.log((1 - found["conf_low"]) / (1 - found["conf_high"])) / (2 * 1.97)
    assert width == pytest.approx(spread, rel=0.2)


@pytest.mark.parametrize("coefficient", ["cronbach_alpha", "mcdonald_omega"])
def test_limits_hold_the_truth_about_as_often_as_they_say(coefficient):
    rng = np.random.default_rng(6)
    cuts = (0.03, 0.1, 0.3, 0.7)
    truth = row(survey.reliability(one_trait(rng, 200_000, [0.8, 0.6, 0.6, 0.5], cuts)), coefficient)["estimate"]
    tables = [row(survey.reliability(one_trait(rng, 100, [0.8, 0.6, 0.6, 0.5], cuts)), coefficient) for _ in range(100)]
    held = np.mean([each["conf_low"] <= truth <= each["conf_high"] for each in tables])
    assert 0.90 <= held <= 0.99


def test_reversed_items_are_turned():
    answers = one_trait(np.random.default_rng(7), 80, [0.7] * 4)
    flipped = answers.assign(q2=6 - answers["q2"])
    expected = survey.reliability(answers).table["estimate"].tolist()
    assert survey.reliability(flipped, reverse=["q2"]).table["estimate"].tolist() == pytest.approx(expected, abs=1e-6)


def test_an_item_that_runs_against_the_others_is_named():
    answers = one_trait(np.random.default_rng(7), 80, [0.8] * 4)
    found = survey.reliability(answers.assign(q2=6 - answers["q2"]))
    assert "'q2' runs against" in found.notes[0]


def test_packaged_survey_brings_its_scales_and_reversed_items():
    found = survey.reliability(staff(np.random.default_rng(8), 300))
    alphas = found.table[found.table["coefficient"] == "cronbach_alpha"].set_index("scale")
    assert len(alphas) == 15
    assert alphas.loc[["ownership", "safety", "trust_school"], "estimate"].between(0.5, 0.8).all()
    assert alphas.loc["confusion", "reason"].startswith("A scale of one item")


def test_each_role_is_judged_by_itself():
    answers = one_trait(np.random.default_rng(9), 200, [0.7] * 3).assign(role=["teacher", "family"] * 100)
    found = survey.reliability(answers, role="role").table.query("coefficient == 'cronbach_alpha'").set_index("role")
    for role in ("teacher", "family"):
        alone = row(survey.reliability(answers[answers["role"] == role].drop(columns="role")))
        assert found.loc[role, "estimate"] == close(alone["estimate"], 1e-12)


def test_items_that_a_role_was_not_asked_do_not_count_there():
    answers = one_trait(np.random.default_rng(9), 60, [0.7] * 4).assign(role=["staff", "student"] * 30)
    answers.loc[answers["role"] == "student", ["q2", "q3"]] = np.nan
    found = survey.reliability(answers, role="role").table.query("coefficient == 'cronbach_alpha'").set_index("role")
    assert found[["n", "k"]].loc["student"].tolist() == [30, 2]
    assert found[["n", "k"]].loc["staff"].tolist() == [30, 4]


def test_respondents_who_left_out_an_item_are_counted():
    answers = one_trait(np.random.default_rng(9), 60, [0.7] * 4)
    answers.loc[:4, "q1"] = np.nan
    found = survey.reliability(answers)
    assert row(found)["n"] == 55
    assert "5 of 60 respondents left out an item" in found.notes[0]


@pytest.mark.parametrize(
    ("answers", "coefficient", "reason"),
    [
        ({"a": [1, 2, 3, 4]}, "cronbach_alpha", "one item"),
        ({"a": [1, 2, 3, 4, 5], "b": [2, 1, 4, 5, 5]}, "mcdonald_omega", "cannot be told from two items"),
        ({"a": [1, 2, 3], "b": [3, 1, 2], "c": [2, 2, 1]}, "cronbach_alpha", "Only 3 complete answers to 3 items"),
        ({"a": [1, 2, 3, 4, 4], "b": [3, 3, 3, 3, 3]}, "cronbach_alpha", "same answer to 'b'"),
        ({"a": [1, 2, 3, 4, 4], "b": [4, 3, 2, 1, 1]}, "cronbach_alpha", "scores of all respondents are the same"),
        ({"a": [1, 2, 3, 4, 4], "b": [1, 2, 3, 4, 4]}, "cronbach_alpha", "agree perfectly"),
        ({"a": [1, 2, 3, 4, 4], "b": [1, 2, 3, 4, 4], "c": [2, 1, 3, 5, 4]}, "mcdonald_omega", "exact combinations"),
        ({"a": [np.nan] * 4, "b": [np.nan] * 4}, "cronbach_alpha", "Nobody"),
    ],
)
def test_what_cannot_be_estimated_is_a_row_with_a_reason(answers, coefficient, reason):
    assert reason in row(survey.reliability(pd.DataFrame(answers)), coefficient)["reason"]


def test_a_swallowed_item_leaves_omega_without_an_interval():
    answers = one_trait(np.random.default_rng(2), 30, [0.3, 0.3, 0.1])
    found = row(survey.reliability(answers), "mcdonald_omega")
    assert found["reason"].startswith("No interval: the factor takes up all of 'q")
    assert np.isnan(found["conf_low"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scales": {"s": ["q0", "q9"]}}, "no column 'q9'"),
        ({"scales": {"s": []}}, "must list its item columns"),
        ({"scales": {"s": "q0"}}, "must list its item columns"),
        ({"reverse": ["q7"]}, "`reverse` names 'q7'"),
        ({"low": 2, "high": 5}, "outside the scale in"),
        ({"low": 5, "high": 1}, "the lower first"),
        ({"level": 95}, "between 0 and 1"),
        ({"interval": "normal"}, "no interval named 'normal'"),
        ({"role": "rolle"}, "no column 'rolle'"),
    ],
)
def test_mistakes_are_named(options, message):
    with pytest.raises(CbeError, match=message):
        survey.reliability(one_trait(np.random.default_rng(1), 30, [0.7] * 3), **options)


def test_words_among_the_answers_are_refused_with_their_rows():
    with pytest.raises(CbeError, match=r"'a' holds what is not a number in 1 row \(index 1\). Found 'agree'"):
        survey.reliability(pd.DataFrame({"a": [1, "agree"], "b": [2, 3]}))


def test_the_sentence_names_the_least_consistent_scale():
    rng = np.random.default_rng(11)
    answers = one_trait(rng, 100, [0.9, 0.9, 0.3, 0.3])
    found = survey.reliability(answers, scales={"firm": ["q0", "q1"], "loose": ["q2", "q3"]})
    assert "least consistent is loose" in found.text
    assert "Consistency does not show" in found.text
