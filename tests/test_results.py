import dataclasses
import re
import sys
import types

import pandas as pd
import pytest

from cbe_lib.results import Result, rounded

TABLE = pd.DataFrame({"term": ["depth", "trough_year"], "estimate": [6.04949, 2016.0], "note": ["<b>", None]})
RESULT = Result(TABLE, "A dip of 6 points & more.", ("1 row < 2010 left out",), None)


def test_plain_text_shows_sentence_table_and_notes():
    text, table, notes = repr(RESULT).split("\n\n")
    assert text == RESULT.text
    assert "6.05" in table
    assert notes == "Notes\n- 1 row < 2010 left out"


def test_without_notes_there_is_no_heading_for_them():
    bare = dataclasses.replace(RESULT, notes=())
    assert "Notes" not in repr(bare) + bare._repr_html_()


def test_html_escapes_sentence_notes_and_cells():
    html = RESULT._repr_html_()
    assert "6 points &amp; more" in html
    assert "1 row &lt; 2010" in html
    assert '<td style="text-align: left">&lt;b&gt;</td>' in html


def test_two_dollar_signs_do_not_make_a_formula_in_a_notebook():
    html = dataclasses.replace(RESULT, text="Between $1 and $2.", notes=("$3 and $4",))._repr_html_()
    assert not re.search(r"\$[^<]*\$", html)
    assert "Between <span>$</span>1 and <span>$</span>2." in html


def test_html_and_text_show_the_same_numbers():
    for shown in (repr(RESULT), RESULT._repr_html_()):
        assert "6.05" in shown
        assert "6.049" not in shown


def test_a_result_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        RESULT.text = "another"  # pyright: ignore[reportAttributeAccessIssue]


def test_plot_hands_the_result_and_the_axes_to_plots(monkeypatch):
    calls = []
    fake = types.SimpleNamespace(draw=lambda result, ax: calls.append((result, ax)) or "figure")
    monkeypatch.setitem(sys.modules, "cbe_lib.plots", fake)
    assert RESULT.plot(ax="axes") == "figure"
    assert calls == [(RESULT, "axes")]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (6.049, "6.05"),
        (2016.0, "2016"),
        (1234.5, "1234.50"),
        (float("inf"), "not yet"),
        (float("-inf"), "none"),
        (float("nan"), ""),
        (None, ""),
        (pd.NA, ""),
        (12, "12"),
        ("cannot tell", "cannot tell"),
    ],
)
def test_a_cell_is_rounded_once(cell, shown):
    table = pd.DataFrame({"estimate": pd.Series([cell], dtype=object)})
    assert rounded(table).loc[0, "estimate"] == shown


def test_missing_whole_numbers_are_blank():
    assert rounded(pd.DataFrame({"n": pd.array([40, None], dtype="Int64")}))["n"].tolist() == ["40", ""]


def test_a_table_without_rows_can_be_shown():
    assert list(rounded(TABLE.iloc[:0]).columns) == list(TABLE.columns)
