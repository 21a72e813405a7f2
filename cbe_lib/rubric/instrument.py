"""The rubric that raters hold in their hands, as data."""

from __future__ import annotations

from os import PathLike

from cbe_lib.framework import Rubric, read_rubric


def load(path: str | PathLike[str] | None = None) -> Rubric:
    """What exactly do raters judge, and which evidence tells one level from the next?

    Without a path, the rubric of this library: 8 dimensions with 4 criteria each, on the levels Exploring, Emerging,
    Proficient and Breakthrough. A course or a district may copy the file, edit it and load its own version: any number
    of dimensions, criteria and levels (two or more), and its own rules of evidence. Everything that reads a rubric
    reads such a version alike.

    Parameters
    ----------
    path : str or path, optional
        TOML file of your own, UTF-8. The comments at the top of the packaged file, `cbe_lib/framework/rubric.toml`,
        say how to edit it.

    Returns
    -------
    Rubric
        `.dimensions`, `.criteria` and `.criterion(id)`; `.levels`, lowest first, and `.level_rules`; `.rules`, the
        caps on levels and the agreement that raters must reach; `.table`: dimension, dimension_name, criterion_id,
        criterion, one column a level, evidence, listen_for, warning_sign.

    Raises
    ------
    CbeError
        When the file cannot be read, and when it misses or repeats something, holds keys that mean nothing, or names
        levels that it does not declare: every problem of the file in one message, each with its place and the remedy.

    Notes
    -----
    A rule that the file leaves out is not applied. The descriptors are written for this library from its own list of
    what tells levels apart; no item of a licensed instrument is in it. They have not been validated against outcomes:
    report the agreement of your own raters (`rubric.agreement`) beside any level, and name the version.

    Examples
    --------
    >>> from cbe_lib import rubric
    >>> instrument = rubric.load()
    >>> len(instrument.dimensions), len(instrument.criteria)
    (8, 32)
    >>> instrument.criterion("D1.2").name
    'Purpose used in decisions'
    >>> instrument.rules.self_report_cap
    'Emerging'
    """
    return read_rubric(path)
