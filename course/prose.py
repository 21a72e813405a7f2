"""How hard the prose of a lesson is to read, and which of its words have plainer ones."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

JARGON = Path(__file__).parent / "jargon.toml"
_NOT_READ = (
    re.compile(r"^## Sources.*", re.MULTILINE | re.DOTALL),
    re.compile(r"^(?: {4}|\t).*$", re.MULTILINE),  # formulas
    re.compile(r"^#.*$", re.MULTILINE),  # headings
    re.compile(r"^\|.*$", re.MULTILINE),  # tables
    re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL),
    re.compile(r"`[^`]*`|<code>.*?</code>"),
    re.compile(r"<[^>]+>"),
)
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_SENTENCE_END = re.compile(r"[.!?]+(?=\s|$)|\n\s*\n|\n\s*(?:[-*#]|\d+\.)\s")
_WORD = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(r"(?:[^laeiouyt]e|[^aeiouytd]ed|[^aeiouscxzgh]es)$")


def read(markdown: str) -> str:
    """Keep what a reader reads aloud: no code, no formula, no table, no list of sources."""
    for pattern in _NOT_READ:
        markdown = pattern.sub(" ", markdown)
    return _LINK.sub(r"\1", markdown).replace("*", "")


def grade(markdown: str) -> float:
    """Estimate the school grade at which the prose can be read, after Kincaid and others (1975).

    Grade = 0.39 words a sentence + 11.8 syllables a word - 15.59. The end of a list item ends a sentence.
    """
    text = read(markdown)
    words = _WORD.findall(text)
    sentences = [part for part in _SENTENCE_END.split(text) if _WORD.search(part)]
    if not words:
        return 0.0
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def syllables(word: str) -> int:
    """Count the syllables of an English word by its groups of vowels.

    >>> [syllables(word) for word in ("dip", "results", "recovery", "made", "table")]
    [1, 2, 4, 1, 2]
    """
    plain = re.sub(r"['’].*", "", word.lower())
    groups = len(_VOWELS.findall(plain))
    return max(1, groups - bool(_SILENT.search(plain)))


def jargon() -> dict[str, str]:
    """Give words that nobody needs here, each with a plain one."""
    return tomllib.loads(JARGON.read_text(encoding="utf8"))["plainer"]


def found_jargon(markdown: str) -> dict[str, str]:
    """Find such words in prose, with what to say instead."""
    text = read(markdown)
    return {word: plain for word, plain in jargon().items() if re.search(rf"\b{word}\b", text, re.IGNORECASE)}
