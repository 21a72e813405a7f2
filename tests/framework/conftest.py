"""Instrument files written for a test: the packaged ones with a change, or small ones of another shape."""

import tomllib

import pytest
import tomli_w

from cbe_lib.framework.instrument import FOLDER

SMALL = """
title = "Two things to judge"
version = "0.1"
language = "en"
level = [
  {name = "not yet", rule = "Nothing is there."},
  {name = "begun", rule = "Some of it is there."},
  {name = "done", rule = "All of it is there."},
]

[[dimension]]
id = "A"
name = "Rooms"
question = "Are the rooms ready?"
[[dimension.criterion]]
id = "A.doors"
name = "Doors"
question = "Do the doors close?"
descriptors."not yet" = "No door closes."
descriptors.begun = "Half of the doors close."
descriptors.done = "Every door closes."
evidence = ["Try each door"]
listen_for = "They close it behind you."
warning_sign = "The doors are open."

[[dimension]]
id = "B"
name = "Yard"
question = "Is the yard ready?"
"""
YARD = """
[[dimension.criterion]]
id = "B.{0}"
name = "{0}"
question = "Is it there?"
descriptors = {{"not yet" = "None.", begun = "Some.", done = "Plenty."}}
evidence = ["Count"]
listen_for = "They count."
warning_sign = "They guess."
"""
SMALL += "".join(YARD.format(name) for name in ("trees", "benches", "shade"))


def packaged(name):
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


@pytest.fixture
def written(tmp_path):
    """Write text or a table as a TOML file, and return its path."""

    def write(content):
        path = tmp_path / "mine.toml"
        path.write_text(content if isinstance(content, str) else tomli_w.dumps(content), encoding="utf-8")
        return path

    return write
