import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from cbe_lib import plots
from cbe_lib.errors import CbeError
from cbe_lib.plots import canvas


def texts(figure):
    return [text for text in figure.findobj(lambda artist: hasattr(artist, "get_text")) if text.get_text()]


def boxes_of_drawn_texts(figure):
    drawing = FigureCanvasAgg(figure)
    drawing.draw()
    ax = figure.axes[0]
    ticks = [tick.label1 for axis in (ax.xaxis, ax.yaxis) for tick in axis._update_ticks()]
    others = [*ax.texts, ax.xaxis.label, ax.yaxis.label, ax._left_title, *figure.texts]
    return [text.get_window_extent(drawing.get_renderer()) for text in [*ticks, *others]]


def labels(ax):
    return ax.get_legend_handles_labels()[1]


def test_result_plots_itself_as_a_detached_figure(fit):
    assert type(fit.plot()) is Figure


def test_plot_draws_into_given_axes_and_returns_them(fit):
    ax = Figure().add_subplot()
    assert fit.plot(ax=ax) is ax
    assert ax.lines


def test_no_figure_is_known_to_pyplot(fit):
    import matplotlib.pyplot as plt

    fit.plot()
    assert plt.get_fignums() == []


def test_other_things_have_no_picture():
    with pytest.raises(CbeError, match="no picture of a dict"):
        plots.draw({})


def test_title_states_a_clear_finding_with_its_interval(fit):
    assert plots.headline(fit) == "Down about 6 points at the deepest, likely 3 to 9"


def test_title_does_not_claim_a_dip_that_noise_would_show(made_fit):
    headline = plots.headline(made_fit(depth=(3.0, 0.0, 7.4), p_value=0.3))
    assert headline == "Cannot tell: a dip of 0 to 7 points would fit"


def test_title_gives_the_reason_when_nothing_was_estimated(made_fit):
    fit = made_fit(depth=(np.nan,) * 3, p_value=np.nan, note="cannot tell: only 2 results before; at least 3")
    assert plots.headline(fit) == "Cannot tell: only 2 results before"


def test_narrow_intervals_are_given_with_decimals(made_fit):
    fit = made_fit(depth=(0.061, 0.012, 0.093), unit="units")
    assert plots.headline(fit) == "Down about 0.061 units at the deepest, likely 0.012 to 0.093"


def test_picture_shows_data_curve_interval_and_projection(fit):
    assert labels(fit.plot().axes[0]) == [
        "Observed",
        "Fitted curve",
        "95% interval of the effect",
        "Projected from before",
    ]


def test_observed_points_are_those_of_the_data(fit):
    observed = fit.plot().axes[0].lines[0]
    np.testing.assert_array_equal(observed.get_xdata(), fit.curve["year"])
    np.testing.assert_array_equal(observed.get_ydata(), fit.curve["observed"])


def test_projection_is_dashed(fit):
    lines = {line.get_label(): line for line in fit.plot().axes[0].lines}
    assert lines["Projected from before"].is_dashed()


def test_rollout_stands_between_the_results_and_is_labelled(fit):
    ax = fit.plot().axes[0]
    assert any(set(line.get_xdata()) == {2009.5} for line in ax.lines)
    assert [text.get_text() for text in ax.texts] == ["rollout: first results 2010"]


def test_without_an_estimate_only_the_data_are_drawn(made_fit):
    fit = made_fit(depth=(np.nan,) * 3, note="cannot tell: too few years")
    fit.curve[["fitted", "conf_low", "conf_high", "baseline"]] = np.nan
    assert labels(fit.plot().axes[0]) == ["Observed"]


def test_truth_is_drawn_only_when_asked_for(fit):
    truth = pd.DataFrame({"year": [2009, 2010], "value": [60.0, 55.0]})
    assert "Planted truth" in labels(plots.dip_figure(fit, truth=truth).axes[0])


def test_drawing_over_a_figure_leaves_nothing_of_the_last_picture(fit, made_fit):
    figure = plots.dip_figure(made_fit(depth=(9, 8, 10)))
    again = plots.dip_figure(fit, figure=figure)
    fresh = plots.dip_figure(fit)
    assert again is figure
    assert [text.get_text() for text in texts(again)] == [text.get_text() for text in texts(fresh)]
    assert len(again.axes[0].lines) == len(fresh.axes[0].lines)
    assert len(again.artists) == len(fresh.artists)


@pytest.mark.parametrize("rollout", [2004, 2010, 2014])
def test_no_label_is_cut_off_or_covers_another(made_fit, rollout):
    figure = plots.dip_figure(made_fit(rollout=rollout), measure="Grade 8 students proficient in reading (%)")
    boxes = boxes_of_drawn_texts(figure)
    width, height = figure.canvas.get_width_height()
    assert all(box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height for box in boxes)
    assert [pair for pair in itertools.combinations(boxes, 2) if pair[0].overlaps(pair[1])] == []


def test_colors_differ_in_greyscale():
    grey = [np.dot(to_rgb(color), [0.299, 0.587, 0.114]) for color in (canvas.CURVE, canvas.BAND, "white")]
    assert np.diff(grey).min() > 0.2
