import io
import zipfile

import pytest

from cbe_lib import samples
from cbe_lib.errors import CbeError
from cbe_lib.widgets import own_data
from cbe_lib.widgets.own_file import MOST_UNPACKED, uploaded_check

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


def test_without_a_file_a_made_up_one_is_shown_and_named_as_such():
    assert "No file has been chosen yet, so this is a made-up one" in own_data().children[1].value


def test_a_file_that_is_too_large_is_refused():
    with pytest.raises(CbeError, match="9 million bytes; at most 8"):
        uploaded_check([{"name": "large.csv", "content": bytes(9_000_000)}])


def test_a_small_workbook_that_unpacks_to_gigabytes_is_refused_before_it_is_read():
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
        book.writestr("xl/worksheets/sheet1.xml", bytes(MOST_UNPACKED))
    assert len(bomb.getvalue()) < 200_000
    with pytest.raises(CbeError, match="Unpacked it has 128 MB; at most 128 MB are read"):
        uploaded_check([{"name": "bomb.xlsx", "content": bomb.getvalue()}])


def test_a_file_is_written_nowhere_but_into_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CbeError):
        uploaded_check([{"name": "../../evil.csv", "content": b"__import__('os')"}])
    assert list(tmp_path.rglob("*")) == []


def test_a_file_that_is_no_table_becomes_a_sentence():
    with pytest.raises(CbeError, match=r"photo\.csv"):
        uploaded_check([{"name": "photo.csv", "content": b"\x89PNG\r\n\x1a\n" + bytes(300)}])
