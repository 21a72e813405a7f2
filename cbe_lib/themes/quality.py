"""Quality before speed: what a claim that a rollout was faster, or could be, would have to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real

import pandas as pd

from cbe_lib.errors import CbeError, unknown_name
from cbe_lib.framework import claim
from cbe_lib.results import Result

__all__ = ["EVIDENCE", "SpeedClaim", "speed_claim"]

EVIDENCE = {
    "what faster means": "Years from which event to which, fixed before anyone looked at the results.",
    "same quality": "Levels of the rubric at the end, given by two raters apart, with their agreement.",
    "comparable places": "Districts alike in size, need and starting point that took the usual time.",
    "every place counted": "All that tried the faster way, those that gave up among them.",
    "every group": "Results and levels for each student group large enough to report.",
    "later years": "Results at least four springs after the rollout, so that a dip could have shown.",
    "somebody else's eyes": "At least one source that neither sold nor chose the faster way.",
}
ENOUGH_SPRINGS = 4


@dataclass(frozen=True, repr=False)
class SpeedClaim(Result):
    """What a claim of a faster rollout shows, and what is missing: see `speed_claim`."""


def speed_claim(given: Mapping[str, object], *, springs_after: int | None = None) -> SpeedClaim:
    """Does this claim of a faster rollout come with the evidence that it needs?

    No evidence makes up for another that is missing: a claim stands on all seven or is open.

    Parameters
    ----------
    given : mapping
        For each kind of evidence in `EVIDENCE`, what the claim brings in a few words; leave out, or give "", for none.
    springs_after : int, optional
        Springs with results after the rollout, 0 or more; fewer than 4 do not count as "later years".

    Returns
    -------
    SpeedClaim
        `.table`: evidence, needed, given, missing (True or False).

    Raises
    ------
    CbeError
        For a kind of evidence that is not known, or a number of springs below 0.

    Examples
    --------
    >>> found = speed_claim({"what faster means": "from board vote to all grades"}, springs_after=2)
    >>> int(found.table["missing"].sum())
    6
    """
    for name in given:
        if name not in EVIDENCE:
            raise unknown_name("kind of evidence", name, EVIDENCE)
    brought = {name: str(given.get(name) or "").strip() for name in EVIDENCE}
    notes = [claim("B01").label + "."]
    if springs_after is not None:
        _check_springs(springs_after)
        if springs_after < ENOUGH_SPRINGS and brought["later years"]:
            brought["later years"] = ""
            notes.append(f"Only {springs_after} springs after the rollout: too few to count as later years.")
    rows = [(name, needed, brought[name], not brought[name]) for name, needed in EVIDENCE.items()]
    table = pd.DataFrame(rows, columns=["evidence", "needed", "given", "missing"])
    return SpeedClaim(table, _text(table.loc[table["missing"], "evidence"].tolist()), tuple(notes), None)


def _check_springs(springs: int) -> None:
    if isinstance(springs, bool) or not isinstance(springs, Real) or springs < 0:
        raise CbeError.build("`springs_after` must be a number, 0 or more", found=f"Found {springs!r}")


def _text(missing: list[str]) -> str:
    if not missing:
        return (
            "The claim brings every kind of evidence that it needs. Whether each is sound is for those to say who read "
            "it; the next question is whether the quality held."
        )
    count = f"{len(missing)} of the {len(EVIDENCE)} kinds of evidence"
    return (
        f"Cannot tell whether this was faster: {count} that the claim needs are missing ({', '.join(missing)}). "
        "One strong piece does not make up for another that is not there."
    )
