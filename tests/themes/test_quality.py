import pytest

from cbe_lib.errors import CbeError
from cbe_lib.themes import quality

ALL = dict.fromkeys(quality.EVIDENCE, "seen")


def test_a_claim_without_evidence_is_open():
    found = quality.speed_claim({})
    assert found.table["missing"].all()
    assert found.text.startswith("Cannot tell whether this was faster: 7 of the 7")


def test_a_claim_with_every_kind_of_evidence_is_not_called_true():
    found = quality.speed_claim(ALL, springs_after=5)
    assert not found.table["missing"].any()
    assert "whether the quality held" in found.text


def test_one_missing_piece_leaves_the_claim_open():
    assert "1 of the 7" in quality.speed_claim({**ALL, "same quality": " "}).text


def test_too_few_springs_do_not_count_as_later_years():
    found = quality.speed_claim(ALL, springs_after=3).table.set_index("evidence")["missing"]
    assert found[found].index.tolist() == ["later years"]


def test_unknown_evidence_is_refused_with_the_nearest_kind():
    with pytest.raises(CbeError, match=r"no kind of evidence named 'every groups'\. Did you mean 'every group'\?"):
        quality.speed_claim({"every groups": "x"})


@pytest.mark.parametrize("springs", [-1, True, "four"])
def test_an_impossible_number_of_springs_is_refused(springs):
    with pytest.raises(CbeError, match="`springs_after` must be a number, 0 or more"):
        quality.speed_claim(ALL, springs_after=springs)
