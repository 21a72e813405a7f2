"""Which letters the fonts of the PDF have, so that a name from anywhere can be printed."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

import matplotlib as mpl
from matplotlib.ft2font import FT2Font

MISSING = "\ufffd"


def fonts() -> Path:
    """Return the folder of the fonts that come with Matplotlib: DejaVu, for letters that the main font lacks."""
    return Path(mpl.get_data_path()) / "fonts" / "ttf"


@cache
def _covered() -> frozenset[int]:
    return frozenset(FT2Font(str(fonts() / "DejaVuSans.ttf")).get_charmap())


def printable(text: str) -> str:
    r"""Replace what no font here can draw, and drop what is no letter at all; line ends become blanks.

    Examples
    --------
    >>> printable("#set page, Жукова, 日本\n")
    '#set page, Жукова, �� '
    """
    return "".join(map(_letter, text))


@cache
def _letter(letter: str) -> str:
    kind = unicodedata.category(letter)
    if letter.isspace():
        return " "
    if kind in ("Cc", "Cf", "Cs", "Co", "Cn"):
        return ""
    return letter if ord(letter) in _covered() else MISSING
