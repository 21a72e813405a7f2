import pytest

from cbe_lib import framework
from cbe_lib.errors import CbeError

CLAIMS = framework.read_claims()
ARTICLES = framework.read_series()


def test_every_kind_of_claim_occurs():
    assert {claim.kind for claim in CLAIMS} == {"observation", "hypothesis", "recommendation"}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_what_confirms_a_claim_differs_from_what_refutes_it(claim):
    assert claim.confirmed_by != claim.refuted_by
    assert claim.id[0] in "AB"


def test_a_chart_says_what_kind_of_claim_it_rests_on():
    assert framework.claim("B12").label == "Hypothesis of the posts (B12), not a finding"


def test_an_unknown_claim_is_refused_with_the_known_ones():
    with pytest.raises(CbeError, match="no claim named 'B99'"):
        framework.claim("B99")


def test_the_series_has_its_23_articles_in_order():
    assert [article.number for article in ARTICLES] == list(range(1, 24))
    assert len({article.title for article in ARTICLES}) == 23


def test_stages_follow_the_contents_of_the_paper():
    last = {article.stage: article.number for article in ARTICLES}
    assert last == {"ramping up": 6, "designing": 15, "transitioning": 20, "improving": 22, "across": 23}
