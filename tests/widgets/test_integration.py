import pytest

from cbe_lib import samples
from cbe_lib.errors import CbeError
from cbe_lib.widgets import integration
from cbe_lib.widgets.integration import fit_explorer, integration_explorer

MOVES = [
    ("Spared by sharing (%)", 12),
    ("Coordination (%)", 20),
    ("Overload line (hours)", 100),
    ("Whose months", "principal"),
]
FITS = [("Will", 1), ("Resources", 0), ("Helper capacity", 1), ("Only said", "money"), ("Needed", 1)]


@pytest.fixture(scope="module")
def plans():
    plan = samples.state("plan")["plan"].query("district_id == '00013'")
    return {"one": plan, "other": plan[plan["category"].isin(["vision", "community", "tech_data"])]}


@pytest.fixture(scope="module")
def shown(plans):
    return integration_explorer(plans)


def moved(explorer, label, value):
    controls, sentence, picture = explorer.children
    before = (sentence.value, picture.value.partition(">")[0])
    next(each for each in controls.children if each.description == label).value = value
    return sentence.value != before[0], picture.value.partition(">")[0] != before[1]


@pytest.mark.parametrize(("label", "value"), MOVES)
def test_each_control_of_the_plan_moves_the_picture_and_its_description(shown, label, value):
    assert moved(shown, label, value) == (True, True)


@pytest.mark.parametrize(("label", "value"), FITS)
def test_each_control_of_the_card_moves_the_picture_and_its_description(label, value):
    explorer = fit_explorer()
    controls = {control.description: control for control in explorer.children[0].children}
    controls["Helper capacity"].value = 2 if label != "Needed" else 1
    assert moved(explorer, label, value) == (True, True)


def test_strength_elsewhere_does_not_make_up_for_a_missing_factor():
    assert integration.fitted(helpers=0)[1].startswith("Not yet: helper capacity falls short")


def test_what_is_said_without_evidence_counts_as_nothing():
    assert "Missing: money (no evidence)" in integration.fitted(unproven="money")[1]


def test_an_owner_who_is_not_in_the_plans_is_refused(plans):
    laid = integration.laid_out(integration.dated(integration.joined(plans)), list(plans))
    with pytest.raises(CbeError, match="owner"):
        integration.in_one_change(laid, owner="nobody here")
