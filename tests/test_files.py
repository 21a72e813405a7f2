import os

import pytest

from cbe_lib.errors import CbeError
from cbe_lib.files import whole


def test_a_file_appears_when_it_is_complete(tmp_path):
    with whole(tmp_path / "a.csv") as place:
        place.write_text("whole")
        assert not (tmp_path / "a.csv").exists()
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.csv", "whole")]


def test_the_place_keeps_the_ending_since_writers_go_by_it(tmp_path):
    with whole(tmp_path / "a.xlsx") as place:
        assert place.suffix == ".xlsx"
        place.touch()


def stopped(path, stop):
    with whole(path) as place:
        place.write_text("half")
        raise stop


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, ZeroDivisionError])
def test_whatever_stops_the_writing_leaves_the_former_file_and_no_other(tmp_path, stop):
    (tmp_path / "a.csv").write_text("former")
    with pytest.raises(stop):
        stopped(tmp_path / "a.csv", stop)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.csv", "former")]


def test_a_folder_that_is_not_there_is_said(tmp_path):
    said = r"a\.csv could not be written\. No such file or directory\. Check the folder"
    with pytest.raises(CbeError, match=said), whole(tmp_path / "none" / "a.csv") as place:
        place.write_text("x")


def test_a_link_is_followed_and_stays_a_link(tmp_path):
    (tmp_path / "real.csv").write_text("former")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    with whole(tmp_path / "link.csv") as place:
        place.write_text("new")
    assert ((tmp_path / "link.csv").is_symlink(), (tmp_path / "real.csv").read_text()) == (True, "new")


def test_a_device_is_written_to_and_not_replaced():
    with whole(os.devnull) as place:
        place.write_text("x")
    assert not place.is_file()
