import pandas as pd
import pytest

from cbe_lib import dip, rubric, samples
from cbe_lib.errors import CbeError
from cbe_lib.themes import series


def scored(**levels):
    ratings = pd.DataFrame({"criterion_id": [name.replace("_", ".") for name in levels], "level": levels.values()})
    return rubric.score(ratings.assign(district_id="01", rater="Ana"))


def parts(**levels):
    return series.definition(scored(**levels), "01").table.set_index("part")


def test_claims_are_listed_by_kind():
    found = series.claims("observation")
    assert set(found.table["kind"]) == {"observation"}
    assert f"make {len(found.table)} claims" in found.text


def test_no_claim_is_called_a_finding():
    assert "None of them is a finding" in series.claims().text


def test_an_unknown_kind_of_claim_is_refused():
    with pytest.raises(
        CbeError, match=r"no kind of claim named 'fact'.*Known: observation, hypothesis, recommendation"
    ):
        series.claims("fact")


def test_articles_are_found_by_stage_and_tag():
    found = series.articles(stage="transitioning", tag="leading change").table
    assert found["number"].tolist() == [16, 17]


def test_an_unknown_tag_is_refused():
    with pytest.raises(CbeError, match="no tag named 'cheap'"):
        series.articles(tag="cheap")


def test_a_part_of_the_definition_is_as_strong_as_its_weakest_criterion():
    found = parts(D6_1="Proficient", D6_4="Exploring")
    assert found["level"]["Different paths and pace"] == "Exploring"
    assert found["level"]["Support in time"] == "Proficient"


def test_a_part_without_a_rated_criterion_says_so():
    found = parts(D6_1="Proficient")
    assert found["level"]["Progress on mastery"] == ""
    assert found["reason"]["Progress on mastery"].startswith("cannot tell")


def test_a_district_without_scores_is_refused():
    with pytest.raises(CbeError, match="no district with scores named '02'"):
        series.definition(scored(D6_1="Emerging"), "02")


def test_findings_stand_side_by_side_with_what_was_not_looked_at():
    alder = samples.load("three_districts").query("district_id == 'Alder Ridge (synthetic)'")
    curve = dip.fit(alder, 2014, n_tested="n_tested")
    found = series.diagnosis(curve=curve, purpose=None).table.set_index("part")
    assert found["finding"]["curve"] == curve.text
    assert found["reason"].tolist() == ["not looked at", "not looked at", "not looked at", ""]


def test_what_is_no_result_is_refused():
    with pytest.raises(CbeError, match=r"`purpose` must be a result of this library\. Found str"):
        series.diagnosis(purpose="fine")
