"""Codes that people type and tokens that browsers keep: neither can be found by trying."""

from __future__ import annotations

import hashlib
import secrets

# No vowels, so that no word comes about, and nothing that is mistaken for something else in handwriting.
LETTERS = "23456789bcdfghjkmnpqrstvwxyz"
GROUPS = (5, 4, 4)  # 28 ** 13 codes: 62 bits


def new_code() -> str:
    """Draw a session's code, to be read aloud and typed: "k7qz4-m2dw-x9tf"."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(size)) for size in GROUPS)


def tidy_code(typed: str) -> str:
    """Return a code as it is stored, however it was typed: capitals, blanks and hyphens do not matter."""
    letters = "".join(letter for letter in typed.lower() if letter.isalnum())[: sum(GROUPS) + 1]
    first, second = GROUPS[0], GROUPS[0] + GROUPS[1]
    return "-".join((letters[:first], letters[first:second], letters[second:]))


def new_token() -> str:
    """Draw a secret of 256 bits for a cookie or a personal link."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """Return what is stored of a token: who reads the database cannot use it."""
    return hashlib.sha256(token.encode()).hexdigest()
