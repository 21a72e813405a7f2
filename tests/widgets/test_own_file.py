import pytest

from cbe_lib import samples
from cbe_lib.errors import CbeError
from cbe_lib.widgets import own_data
from cbe_lib.widgets.own_file import uploaded_check

MESSY = samples.folder() / "messy_state_file.xlsx"


def controls(explorer):
    return {each.description: each for each in explorer.children[0].children}


def test_saying_how_long_ids_are_puts_zeros_back():
    explorer = own_data(MESSY)
    controls(explorer)["Digits of an id"].value = 7
    assert "leading zeros restored" in explorer.children[2].value


def test_an_uploaded_file_is_read_like_one_on_disk():
    upload = [{"name": "C:\\files\\messy_state_file.xlsx", "content": memoryview(MESSY.read_bytes())}]
    figure, sentence = uploaded_check(upload, id_width=7)
    assert sentence.startswith("messy_state_file.xlsx: ")
    assert figure.axes[0].get_title(loc="left").startswith("Still to correct")


def test_without_a_file_the_panel_asks_for_one():
    assert "No file has been chosen yet" in own_data().children[1].value


def test_a_file_that_is_no_table_becomes_a_sentence():
    with pytest.raises(CbeError, match=r"photo\.csv"):
        uploaded_check([{"name": "photo.csv", "content": b"\x89PNG\r\n\x1a\n" + bytes(300)}])
