"""The self-check of an exercise: it names what is wrong and does not give the answer away."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from typing import Any

from cbe_lib.errors import CbeError

_KINDS = {"number": "one number", "text": "a word or a few words in quotes", "list": "a list of values in their order"}


def check(answer: Any, sealed: str, *, places: int = 2, wrong: Mapping[str, str] | None = None) -> str:
    """Is this answer to the exercise right, and if not, what is wrong with it?

    Parameters
    ----------
    answer : number, text or list
        What the student found; `...` where nothing has been filled in yet. Text is compared without regard to
        capital letters and spaces. A pandas Series or Index counts as a list.
    sealed : str
        What `seal` made of the right answer, so that reading the notebook does not give it away.
    places : int, default 2
        Digits after the point that count.
    wrong : mapping, optional
        Seals of answers that a common mistake leads to, with a sentence about the mistake.

    Returns
    -------
    str
        A sentence that says that the answer is right.

    Raises
    ------
    CbeError
        If it is not, with what can be said of the mistake: not filled in, of another kind, a share in place of
        a percentage or the other way round, the wrong sign, one of the common mistakes, the wrong number of values.

    Examples
    --------
    >>> sealed = seal(0.36)
    >>> check(0.3612, sealed)
    'That is right.'
    >>> check(36, sealed)
    Traceback (most recent call last):
        ...
    cbe_lib.errors.CbeError: The answer is a percentage where a share between 0 and 1 was asked for. ...
    """
    if answer is None or answer is ...:
        raise CbeError.build("This exercise has no answer yet", advice="Put yours in place of the dots")
    kind, _, rest = sealed.partition(":")
    found = _kind(answer)
    if found != kind:
        raise CbeError.build(
            f"The answer must be {_KINDS[kind]}",
            found=f"Found {_KINDS.get(found, 'something of type ' + type(answer).__name__)}",
            advice="Pick it out of what you computed",
        )
    odd = [type(value).__name__ for value in answer if not _simple(value)] if kind == "list" else []
    if odd:
        raise CbeError.build(
            f"The answer must be {_KINDS[kind]}, each a number or a text",
            found=f"The list holds a value of type {odd[0]}",
            advice="Take the numbers or the texts that were asked for",
        )
    if seal(answer, places) == sealed:
        return "That is right."
    raise CbeError.build(
        _mistake(answer, sealed, places, wrong or {}) or "This is not the answer yet",
        found="" if kind != "list" or _length(rest) == len(list(answer)) else f"Values expected: {_length(rest)}",
        advice="Look at the hint, change the cell above, and run both again",
    )


def seal(answer: Any, places: int = 2) -> str:
    """How is a right answer written into a notebook without giving it away?

    Parameters
    ----------
    answer : number, text or list
        The right answer.
    places : int, default 2
        Digits after the point that count.

    Returns
    -------
    str
        The kind of answer and a digest of it. Whoever is determined can still find a number by trying; the seal
        keeps an answer from being read by accident, no more.

    Examples
    --------
    >>> seal("Cedar Bend") == seal("cedar  bend")
    True
    >>> seal(0.361) == seal(0.36)
    True
    """
    kind = _kind(answer)
    if kind not in _KINDS:
        raise CbeError.build("Only a number, a text or a list can be sealed", found=f"Found a {type(answer).__name__}")
    values = list(answer) if kind == "list" else [answer]
    plain = "|".join(_plain(value, places) for value in values)
    digest = hashlib.sha256(f"{kind}|{plain}".encode()).hexdigest()[:12]
    return f"{kind}:{len(values)}:{digest}" if kind == "list" else f"{kind}:{digest}"


def _kind(answer: Any) -> str:
    if isinstance(answer, str):
        return "text"
    if (hasattr(answer, "item") and getattr(answer, "ndim", 1) == 0) or isinstance(answer, int | float):
        return "number"
    shallow = isinstance(answer, Iterable) and getattr(answer, "ndim", 1) == 1 and not isinstance(answer, Mapping)
    return "list" if shallow else "other"


def _simple(value: Any) -> bool:
    return _missing(value) or _kind(value) in ("number", "text")


def _missing(value: Any) -> bool:
    # By name, so that the check of an exercise does not load pandas.
    return (
        value is None or type(value).__name__ in ("NAType", "NaTType") or (_kind(value) == "number" and value != value)
    )


def _plain(value: Any, places: int) -> str:
    if isinstance(value, str):
        return " ".join(value.casefold().split())
    if _missing(value):
        return "missing"
    return f"{round(float(value), places) + 0.0:.{places}f}" if math.isfinite(value) else str(float(value))


def _length(rest: str) -> int:
    return int(rest.partition(":")[0])


def _mistake(answer: Any, sealed: str, places: int, wrong: Mapping[str, str]) -> str:
    """Say which mistake leads to this answer, or nothing."""
    known = wrong.get(seal(answer, places))
    if known or _kind(answer) != "number":
        return (known or "").rstrip(".")
    others = {
        answer / 100: "The answer is a percentage where a share between 0 and 1 was asked for",
        answer * 100: "The answer is a share where a percentage was asked for",
        -answer: "The answer has the wrong sign",
    }
    return next((text for other, text in others.items() if seal(other, places) == sealed), "")
