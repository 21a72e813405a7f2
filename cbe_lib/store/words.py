"""What people type, made fit to be stored: no invisible characters, no endless texts."""

from __future__ import annotations

import unicodedata

from cbe_lib.errors import CbeError
from cbe_lib.store.schema import NAME, TEXT


def line(typed: str, what: str, most: int = NAME, *, needed: bool = False) -> str:
    """Return a text of one line; raise CbeError if it is too long, or missing though needed."""
    return _fitting(" ".join(_visible(typed).split()), what, most, needed)


def text(typed: str, what: str, most: int = TEXT) -> str:
    """Return a text of any number of lines; raise CbeError if it is too long."""
    return _fitting("\n".join(_visible(each).rstrip() for each in typed.splitlines()).strip(), what, most, False)


def same_name(name: str) -> str:
    """Return what two spellings of one name have in common."""
    return unicodedata.normalize("NFKC", name).casefold()[:NAME]


def _visible(typed: str) -> str:
    kept = (letter if letter != "\t" else " " for letter in typed)
    return "".join(each for each in kept if unicodedata.category(each) not in ("Cc", "Cs") or each == "\n")


def _fitting(found: str, what: str, most: int, needed: bool) -> str:
    if needed and not found:
        raise CbeError.build(f"{what} is missing", advice="Fill it in")
    if len(found) > most:
        raise CbeError.build(
            f"{what} is too long", found=f"It has {len(found):,} letters; {most:,} fit", advice="Shorten it"
        )
    return found
