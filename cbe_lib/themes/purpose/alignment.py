"""Which district principles schools and classrooms carry on, once a person has confirmed the link."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cbe_lib import tables
from cbe_lib.errors import CbeError
from cbe_lib.framework import claim
from cbe_lib.results import Result
from cbe_lib.rubric.agreement import check_level
from cbe_lib.themes.decision_log.reading import listed, refuse_unknown, shares

BELOW = ("school", "classroom")
UNIT = ["district_id", "level", "school_id", "classroom_id"]
# Words that say nothing of what a principle is about.
_EMPTY_WORDS = """
a an and are as at be by do each for from have here his her how i in is it its not of on or our so that the their them
then there they this to us was we what when who will with you your
"""
EMPTY = frozenset(_EMPTY_WORDS.split())


@dataclass(frozen=True, repr=False)
class Alignment(Result):
    """How purpose is nested: see `alignment`.

    Attributes
    ----------
    coverage : DataFrame
        district_id, level, principle_id, n (school or classroom texts), count (with a confirmed link), estimate,
        conf_low, conf_high.
    proposals : DataFrame
        district_id, level, school_id, classroom_id, text, principle_id, district_text, similarity: links to look at.
        None of them counts before a person writes it into `links`.
    """

    coverage: pd.DataFrame
    proposals: pd.DataFrame


def alignment(principles: pd.DataFrame, *, least: float = 0.2, level: float = 0.95) -> Alignment:
    """Which district principles have come down into schools and into the codes that classes made?

    Only a link that a person has confirmed counts. Likeness of words merely proposes where to look: two texts may mean
    the same without sharing a word, and share words without meaning the same.

    Parameters
    ----------
    principles : DataFrame
        Table `principles` with texts of the district, of schools and of classrooms.
    least : float, 0 to 1
        Likeness from which a link is proposed.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    Alignment
        `.table`: district_id, level, school_id, classroom_id, principle_id (of the district), status (confirmed,
        proposed, absent), text (that carries or might carry it on), similarity.
        `.coverage`, `.proposals`: see there.

    Raises
    ------
    CbeError
        If `links` names what the district has not written, if no district has a text of its own, or for what
        `tables.validate` finds.

    Notes
    -----
    Likeness is the cosine of word counts weighted by inverse document frequency, endings of words cut off. Intervals
    are Wilson's, for the texts as a sample of such texts.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> own = samples.state()["principles"].query("district_id == '00013'")
    >>> alignment(own).table["status"].value_counts().to_dict()
    {'confirmed': 10, 'absent': 8, 'proposed': 2}
    """
    check_level(level)
    if not 0 <= least <= 1:
        raise CbeError.build("`least` must lie between 0 and 1", found=f"Found {least!r}")
    written = tables.validate(principles, "principles", complete=True).reset_index(drop=True)
    top = written[written["level"] == "district"]
    if top.empty:
        raise CbeError.build("`principles` holds no text of level 'district'", advice="Add what the district wrote")
    below = written[written["level"].isin(BELOW)]
    below = below.assign(link=listed(below["links"]))
    linked = below.explode("link").dropna(subset="link")
    refuse_unknown(written, linked.assign(principle_id=linked["link"]), top, "principles", "links")
    table = _pairs(top, below, least)
    text, notes = _told(table, below)
    return Alignment(
        table[[*UNIT, "principle_id", "status", "text", "similarity"]],
        text,
        notes,
        None,
        coverage=_coverage(table, level),
        proposals=_proposals(table),
    )


def _pairs(top: pd.DataFrame, below: pd.DataFrame, least: float) -> pd.DataFrame:
    """Set every school or classroom against every principle of its district, with the text that fits best."""
    keys = top[["district_id", "principle_id", "text"]].rename(columns={"text": "district_text"})
    pairs = below.drop(columns="principle_id").merge(keys, on="district_id")
    confirmed = np.array(
        [name in links for name, links in zip(pairs["principle_id"], pairs["link"], strict=True)], dtype=bool
    )
    pairs = pairs.assign(confirmed=confirmed, similarity=likeness(pairs["text"], pairs["district_text"]))
    order = pairs.sort_values(["confirmed", "similarity"], ascending=False, kind="stable")
    best = order.drop_duplicates([*UNIT, "principle_id"]).sort_values([*UNIT, "principle_id"], na_position="first")
    proposed = ~best["confirmed"] & (best["similarity"] >= least)
    status = np.select([best["confirmed"], proposed], ["confirmed", "proposed"], "absent")
    shown = best["text"].where(status != "absent")
    return best.assign(status=status, text=shown).reset_index(drop=True)


def likeness(first: pd.Series, second: pd.Series) -> np.ndarray:
    """Return how alike two columns of texts are in their words, row by row, from 0 to 1."""
    texts = pd.unique(pd.concat([first, second]).fillna(""))
    bags = [{_stem(word) for word in re.findall(r"[^\W\d_]+", text.casefold()) if word not in EMPTY} for text in texts]
    words = {word: place for place, word in enumerate(sorted(set().union(*bags)))}
    counts = np.zeros((len(texts), max(len(words), 1)))
    for row, bag in enumerate(bags):
        counts[row, [words[word] for word in bag]] = 1
    weighted = counts * np.log((1 + len(texts)) / (1 + counts.sum(axis=0)))
    length = np.linalg.norm(weighted, axis=1, keepdims=True)
    unit = np.divide(weighted, length, out=np.zeros_like(weighted), where=length > 0)
    place = {text: number for number, text in enumerate(texts)}
    left, right = (np.array([place[text] for text in column.fillna("")], dtype=int) for column in (first, second))
    both, back = np.unique(left * len(texts) + right, return_inverse=True)
    return (unit[both // max(len(texts), 1)] * unit[both % max(len(texts), 1)]).sum(axis=1)[back]


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending)
    return word


def _coverage(table: pd.DataFrame, level: float) -> pd.DataFrame:
    by = table.assign(hit=table["status"] == "confirmed").groupby(["district_id", "level", "principle_id"])["hit"]
    counted = by.agg(["size", "sum"])
    return shares(counted["sum"].astype(float), counted["size"].astype(float), level).reset_index()


def _proposals(table: pd.DataFrame) -> pd.DataFrame:
    columns = [*UNIT, "text", "principle_id", "district_text", "similarity"]
    found = table.loc[table["status"] == "proposed", columns]
    return found.sort_values("similarity", ascending=False, kind="stable", ignore_index=True)


def _told(table: pd.DataFrame, below: pd.DataFrame) -> tuple[str, tuple[str, ...]]:
    notes = [claim("A14").label + ".", "Proposed links rest on shared words alone and count for nothing by themselves."]
    if table.empty:
        return "Cannot tell how the purpose is nested: no school or classroom has written a text.", tuple(notes)
    share = (table["status"] == "confirmed").mean()
    absent = table[table["status"] == "absent"]["principle_id"].value_counts()
    text = (
        f"Of {len(table)} places where a school or class could carry on a district principle, {share:.0%} hold a link "
        "that a person has confirmed."
    )
    if len(absent):
        text += f" Most often absent: {absent.index[0]}."
    unlinked = int((below["link"].str.len() == 0).sum())
    text += (
        f" Texts without a confirmed link: {unlinked}. So the share can only be too low; read them with their authors."
    )
    return text, tuple(notes)
