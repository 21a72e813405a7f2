"""rubric.load: the packaged instrument, one of another shape, and how a rubric shows itself."""

import pickle
import time

import pandas as pd
import pytest

from cbe_lib import CbeError, rubric
from cbe_lib.framework import Rules
from cbe_lib.framework.instrument import FOLDER
from tests.framework.conftest import SMALL

RUBRIC = rubric.load()


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def test_table_has_a_row_a_criterion_and_a_column_a_level():
    table = RUBRIC.table
    levels = ["Exploring", "Emerging", "Proficient", "Breakthrough"]
    first = ["dimension", "dimension_name", "criterion_id", "criterion"]
    assert table.columns.tolist() == [*first, *levels, "evidence", "listen_for", "warning_sign"]
    assert table["criterion_id"].tolist() == [criterion.id for criterion in RUBRIC.criteria]
    assert table.loc[1, levels].tolist() == list(RUBRIC.criterion("D1.2").descriptors)


def test_a_criterion_is_found_by_its_id():
    assert RUBRIC.criterion("D6.3").dimension == "D6"


def test_an_unknown_criterion_names_the_nearest():
    with pytest.raises(CbeError, match=r"no criterion named 'd6.33'.*Did you mean 'D6.3'"):
        RUBRIC.criterion("d6.33")


def test_a_rubric_of_another_shape_loads(small):
    found = rubric.load(small)
    assert found.levels == ("not yet", "begun", "done")
    assert [len(dimension.criteria) for dimension in found.dimensions] == [1, 3]
    assert found.criterion("A.doors").descriptors == (
        "No door closes.",
        "Half of the doors close.",
        "Every door closes.",
    )
    assert found.table.shape == (4, 10)


def test_a_path_may_be_text(small):
    assert rubric.load(str(small)) == rubric.load(small)


def test_rules_that_are_left_out_are_not_applied(small):
    assert rubric.load(small).rules == Rules()


def test_own_rules_are_kept(small):
    small.write_text(f'{SMALL}\n[rules]\nnot_all_schools_cap = "begun"\ntentative_below = 0.5\n', encoding="utf-8")
    assert rubric.load(small).rules == Rules(not_all_schools_cap="begun", tentative_below=0.5)


def test_windows_line_ends_and_byte_order_marks_do_not_matter(tmp_path):
    path = tmp_path / "windows.toml"
    path.write_bytes(b"\xef\xbb\xbf" + (FOLDER / "rubric.toml").read_bytes().replace(b"\n", b"\r\n"))
    assert rubric.load(path) == RUBRIC


def test_text_over_several_lines_is_one_line(small):
    small.write_text(SMALL.replace('"Do the doors close?"', '"""\nDo the\n  doors close?"""'), encoding="utf-8")
    assert rubric.load(small).criterion("A.doors").question == "Do the doors close?"


def test_levels_are_those_that_agreement_declares():
    visit = pd.DataFrame({"unit": [1, 1, 2, 2], "rater": list("abab"), "rating": RUBRIC.levels})
    coded = rubric.Ratings(visit, unit="unit", rater="rater", rating="rating", levels=RUBRIC.levels)
    assert coded.level.tolist() == [0, 1, 2, 3]


def test_plain_display_is_a_line_for_the_whole_and_one_a_dimension():
    lines = repr(RUBRIC).splitlines()
    assert lines[0].endswith("8 dimensions, 32 criteria, levels Exploring < Emerging < Proficient < Breakthrough")
    assert len(lines) == 9


def test_html_display_escapes_what_a_course_may_write(small):
    small.write_text(SMALL.replace('"Rooms"', '"<b>Rooms</b> & halls"'), encoding="utf-8")
    shown = rubric.load(small)._repr_html_()
    assert "&lt;b&gt;Rooms&lt;/b&gt; &amp; halls" in shown
    assert "trees; benches; shade" in shown


def test_a_rubric_can_be_sent_to_a_worker():
    assert pickle.loads(pickle.dumps(RUBRIC)) == RUBRIC


def test_loading_takes_at_most_30_ms():
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        rubric.load()
        seconds.append(time.perf_counter() - start)
    assert min(seconds) <= 0.030
