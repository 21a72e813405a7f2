import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from cbe_lib.errors import CbeError
from cbe_lib.themes import language

GLOSSARY = {"proficient": ["mastered", "passing grade"], "habit": ["soft skill"]}


def levels(**rows):
    frame = pd.DataFrame({"level_id": list(rows), "predecessor_ids": [row[0] for row in rows.values()]})
    return frame.assign(subject="math", text=[row[1] for row in rows.values()])


def findings(**rows):
    table = language.continuum(levels(**rows)).table
    return list(table[["finding", "level_id", "other"]].itertuples(index=False, name=None))


def test_agreed_and_other_words_are_counted_in_each_document():
    text = {"handbook": "A passing grade is not proficient. PROFICIENT students mastered it.", "policy": "Soft skills."}
    table = language.terms(text, GLOSSARY).table.set_index(["term", "document"])
    assert table.loc[("proficient", "handbook"), ["agreed", "others"]].tolist() == [2, 2]
    assert table.loc[("proficient", "handbook"), "words"] == "mastered; passing grade"
    assert table.loc[("habit", "policy"), "others"] == 1
    assert table.loc[("habit", "handbook"), "reason"] == "not mentioned"


def test_parts_of_words_do_not_count():
    assert language.terms({"a": "habitat proficiently"}, GLOSSARY).table[["agreed", "others"]].to_numpy().sum() == 0


def test_one_word_for_two_terms_is_refused():
    with pytest.raises(CbeError, match="stands for two terms: 'mastered'"):
        language.terms({"a": "x"}, {"proficient": ["mastered"], "done": ["Mastered"]})


def test_no_documents_are_refused():
    with pytest.raises(CbeError, match="at least one entry each"):
        language.terms({}, GLOSSARY)


def test_holes_shortcuts_and_loose_ends_are_found():
    found = findings(A=("", "count"), B=("A", "add"), C=("A; B", "multiply"), D=("X", "divide"), E=("", "draw"))
    assert found == [("loose end", "E", ""), ("hole", "D", "X"), ("shortcut", "C", "A")]


def test_levels_that_share_most_words_overlap():
    found = findings(A=("", "add numbers up to ten"), B=("A", "add numbers up to twenty"))
    assert found == [("overlap", "B", "A")]


def test_a_clean_map_has_nothing_to_mend():
    found = language.continuum(levels(A=("", "count"), B=("A", "add")))
    assert found.table.empty
    assert "nothing to mend" in found.text
    assert found.order == ("A", "B")


def test_circles_are_refused_with_their_path():
    with pytest.raises(CbeError, match=r"in a circle: (A > B > A|B > A > B)"):
        language.continuum(levels(A=("B", "x"), B=("A", "y")))


def test_a_level_listed_twice_is_refused():
    twice = pd.concat([levels(A=("", "x"))] * 2)
    with pytest.raises(CbeError, match="Listed twice: A"):
        language.continuum(twice)


def students(slope, seed=1):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"shown": rng.normal(3, 1, 200), "habits": rng.normal(50, 10, 200)})
    return frame.assign(given=frame["shown"] + slope * frame["habits"] / 10 + rng.normal(0, 0.3, 200))


def test_habits_that_color_levels_are_found_with_their_size():
    frame = students(0.4, seed=2)
    row = language.habits(frame).table.set_index("term").loc["habits"]
    assert 0 < row["conf_low"] < 0.4 * frame["habits"].std() / 10 < row["conf_high"]


def test_habits_agree_with_the_same_regression_by_formula():
    frame = students(0.2)
    frame["z"] = (frame["habits"] - frame["habits"].mean()) / frame["habits"].std()
    other = smf.ols("given ~ shown + z", frame).fit()
    assert language.habits(frame).table["estimate"].iloc[0] == pytest.approx(other.params["z"])


def test_habits_kept_apart_are_called_so_95_times_in_100():
    texts = [language.habits(students(0.0, seed)).text for seed in range(100)]
    wrong = np.mean([text.startswith("Habits color") for text in texts])
    assert wrong <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 100)


def test_too_few_students_are_a_row_with_a_reason():
    found = language.habits(students(0.1).head(9))
    assert found.table["reason"].iloc[0].startswith("cannot tell")


def test_missing_numbers_are_counted():
    frame = students(0.1)
    frame.loc[:2, "given"] = np.nan
    assert language.habits(frame).notes == ("3 students left out: a number is missing.",)


def test_text_in_numbers_is_refused():
    with pytest.raises(CbeError, match="text where numbers are needed"):
        language.habits(students(0.1).astype({"given": object}).replace({"given": {students(0.1)["given"][0]: "A"}}))


def test_levels_all_alike_cannot_tell_whether_habits_color_them():
    assert language.habits(students(0.1).assign(given=3.0)).text.startswith("Cannot tell")


def test_levels_that_follow_the_evidence_exactly_are_not_called_colored():
    frame = students(0.0)
    assert language.habits(frame.assign(given=frame["shown"])).text.startswith("No sign")


def test_an_empty_map_is_refused():
    with pytest.raises(CbeError, match="`levels` has no rows"):
        language.continuum(levels(A=("", "x")).iloc[:0])
