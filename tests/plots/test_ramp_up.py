"""Pictures of ramping up: what they show, what they say, and the kind of claim below them."""

import io

import pytest
from matplotlib.figure import Figure

from cbe_lib import samples
from cbe_lib.plots import plan_audit, ramp_up
from cbe_lib.themes import ramp_up as theme


@pytest.fixture(scope="module")
def state():
    return samples.state()


@pytest.fixture(scope="module")
def slope(state):
    return theme.depth_by_ramp_up(state["outcomes"], state["districts"])


@pytest.fixture(scope="module")
def audited(state):
    return theme.audit(state["plan"].query("district_id == '00203'"))


def title(figure):
    return figure.axes[0].get_title(loc="left").replace("\n", " ")


def below(figure):
    return figure.texts[-1].get_text().replace("\n", " ")


def inside(figure):
    figure.savefig(io.BytesIO(), format="png")
    boxes = [text.get_window_extent() for text in figure.texts]
    boxes += [label.get_window_extent() for ax in figure.axes for label in [*ax.get_yticklabels(), ax.xaxis.label]]
    return all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 and box.y0 >= 0 for box in boxes)


def test_the_plan_shows_a_bar_for_each_task_and_stacked_shares(audited):
    figure = plan_audit.audit_figure(audited)
    above, shares = figure.axes
    assert len(above.patches) == 13
    assert len(shares.patches) == 2 * 13
    assert [label.get_text() for label in shares.get_yticklabels()] == ["hours", "money"]


def test_the_plan_names_what_gets_nothing_and_whom_nobody_owns(audited):
    figure = plan_audit.audit_figure(audited)
    assert title(figure).startswith("Ramping up gets 2% of the hours; nothing for shared vision")
    assert [text.get_text() for text in figure.axes[0].texts] == ["× no owner"] * 4
    assert "Observation of the posts (B06), not a finding" in below(figure)


def test_nothing_of_the_plan_is_cut(audited):
    assert inside(plan_audit.audit_figure(audited))


def test_depths_are_dots_with_a_line_and_its_claim(slope):
    figure = ramp_up.depth_by_ramp_up_figure(slope)
    assert "points shallower" in title(figure)
    assert len(figure.axes[0].collections[1].get_offsets()) == 16
    assert below(figure) == "Hypothesis of the posts (B13), not a finding"


def test_an_unclear_slope_says_cannot_tell(state):
    found = theme.depth_by_ramp_up(state["outcomes"], state["districts"], index="lunch")
    assert title(ramp_up.depth_by_ramp_up_figure(found)).startswith("Cannot tell whether lunch goes with depth")


def test_the_squeeze_prints_its_assumptions(slope):
    figure = ramp_up.squeeze_figure(theme.squeeze(12, slope=slope))
    assert "Assumed: 12 months of ramp-up planned; slope" in below(figure)
    assert below(figure).endswith("Hypothesis of the posts (B12), not a finding")
    assert inside(figure)


def test_places_that_cannot_be_told_are_hollow(state):
    found = theme.operations_and_spirit(state["ratings"], state["survey"])
    ax = ramp_up.draw_spirit(found, ax=Figure().add_subplot())
    hollow = sum(line.get_markerfacecolor() == "white" for line in ax.lines if line.get_marker() == "o")
    known = found.table.dropna(subset=["structure_low", "spirit_low"])
    assert hollow == (known["quadrant"] == "cannot tell").sum()
    assert "00063" in [text.get_text() for text in ax.texts]


def test_compliance_of_the_role_with_most_people_is_drawn(state):
    figure = ramp_up.compliance_figure(theme.compliance(state["survey"]))
    assert title(figure).startswith("Compliance, teacher:")
    assert figure.axes[0].get_legend_handles_labels()[1] == ["because required", "for students"]


def test_the_value_cited_least_is_in_the_title(state):
    figure = ramp_up.core_values_figure(theme.core_values(state["decisions"], principles=state["principles"]))
    assert title(figure) == "Cited least: errors teach, in 16% of decisions"
    assert inside(figure)


def test_stages_name_their_source(state):
    figure = ramp_up.stages_figure(theme.stages(state["plan"], state["districts"]))
    assert title(figure) == "28% of the planned hours are for ramping up"
    assert below(figure).startswith("Stages after Sturgis (2015), CC BY 4.0")
    assert inside(figure)


def test_preparations_are_shares_from_0_to_1(state):
    figure = ramp_up.prepared_figure(theme.prepared_by_ramp_up(state["preparations"], state["districts"]))
    assert figure.axes[0].get_ylim() == (-0.04, 1.04)
    assert "percent points in place" in title(figure)
