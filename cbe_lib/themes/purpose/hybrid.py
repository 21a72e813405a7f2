"""The stress test for plans that keep parts of the old system."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cbe_lib import rubric, tables
from cbe_lib.errors import CbeError, require_columns, require_frame, rows_of, some
from cbe_lib.framework import claim
from cbe_lib.results import Result
from cbe_lib.themes.decision_log.reading import listed, read_log, refuse_unknown

EFFECTS = {-1: "undermines", 0: "neutral", 1: "supports"}
RATED = ["district_id", "proposal", "person_id", "principle_id", "effect", "reason"]


@dataclass(frozen=True, repr=False)
class HybridTest(Result):
    """Verdicts on hybrids: see `hybrid_test`.

    Attributes
    ----------
    effects : DataFrame
        district_id, proposal, principle_id, core, n (ratings), lowest, mean, undermines (how many say so), reasons.
    agreement : Agreement or None
        How far raters agree on the effects; None where nobody rated the same plan twice.
    """

    effects: pd.DataFrame
    agreement: rubric.Agreement | None


def hybrid_test(ratings: pd.DataFrame, principles: pd.DataFrame) -> HybridTest:
    """Should a plan that keeps part of the old system be adopted, limited in time, or rejected?

    What a plan does for other principles cannot make up for undermining a core one: the average is shown beside the
    verdict, and has no part in it.

    Parameters
    ----------
    ratings : DataFrame
        Either a row for each rating: proposal, principle_id, effect (-1 undermines, 0 neutral, 1 supports), and if
        known district_id, person_id, reason. Or table `decisions`, whose column hybrid_rating is read.
    principles : DataFrame
        Table `principles`; its column core says what nothing may undermine.

    Returns
    -------
    HybridTest
        `.table`: district_id, proposal, verdict (adopt, time-limit, reject, cannot tell), average (-1 to 1),
        core_undermined, others_undermined (names), unrated (core principles without a rating), raters, reason.
        `.effects`, `.agreement`: see there.

    Raises
    ------
    CbeError
        For effects other than -1, 0 and 1, principles that the district has not written, a person who rates one effect
        twice, a district without core principles, all told at once by kind.

    Notes
    -----
    reject: anyone says that a core principle is undermined. time-limit: another principle is undermined, or no core
    principle is supported. adopt: neither. cannot tell: a core principle was not rated, and nothing else rejects.
    One rater is enough to reject, so that talking begins; the column undermines of `.effects` tells how many said so.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> state = samples.state()
    >>> found = hybrid_test(state["decisions"], state["principles"]).table
    >>> bool(((found["verdict"] == "reject") == (found["core_undermined"] != "")).all())
    True
    """
    own = _own(principles)
    rated = _rated(require_frame(ratings, "ratings"), own)
    refuse_unknown(rated, rated, own, "ratings", "principle_id")
    effects = _effects(rated, own)
    table = _verdicts(effects)
    agreement = _agreement(rated)
    notes = [claim("A17").label + ".", "The average has no part in the verdict."]
    bare = int((rated["effect"].eq(-1) & rated["reason"].isna()).sum())
    if bare:
        notes.append(f"{bare} ratings of 'undermines' come without a reason: ask for it before the verdict is used.")
    if agreement is None:
        notes.append("Each effect was rated once, so whether others would rate alike cannot be told.")
    shown = effects.dropna(subset=["n"]).assign(n=lambda f: f["n"].astype(int))
    return HybridTest(
        table, _text(table), tuple(notes), None, effects=shown.reset_index(drop=True), agreement=agreement
    )


def _own(principles: pd.DataFrame) -> pd.DataFrame:
    written = tables.validate(principles, "principles", complete=True)
    own = written[written["level"] == "district"].drop_duplicates(["district_id", "principle_id"])
    core = own["core"].fillna(False).astype(bool)
    without = sorted(set(own["district_id"]) - set(own.loc[core, "district_id"]))
    if without or own.empty:
        raise CbeError.build(
            "The test needs core principles, which nothing may undermine",
            found=f"Found none for {some(without)}" if without else "Found no district principles",
            advice="Say yes in column core of `principles` for those that are",
        )
    return own.assign(core=core)[["district_id", "principle_id", "core"]]


def _rated(frame: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    if "hybrid_rating" in frame.columns:
        return _from_log(frame)
    frame = require_columns(frame, ["proposal", "principle_id", "effect"], "ratings")
    if "district_id" not in frame.columns and own["district_id"].nunique() > 1:
        raise CbeError.build("`ratings` has no column 'district_id', and `principles` has several districts")
    blank = pd.Series(None, frame.index, dtype="str")
    given = {name: frame[name] if name in frame.columns else blank for name in RATED}
    rated = pd.DataFrame(given)
    if "district_id" not in frame.columns:
        rated = rated.assign(district_id=own["district_id"].iloc[0])
    return _checked(rated.reset_index(drop=True))


def _from_log(decisions: pd.DataFrame) -> pd.DataFrame:
    log = read_log(decisions)
    rows = log[log["hybrid_rating"].notna()]
    pairs = rows.assign(pair=listed(rows["hybrid_rating"])).explode("pair")
    parts = pairs["pair"].str.rsplit(":", n=1, expand=True).reindex(columns=[0, 1]).astype("str")
    rated = pairs.assign(
        proposal=pairs["decision_id"] + ": " + pairs["text"].fillna(""),
        principle_id=parts[0].str.strip(),
        effect=pd.to_numeric(parts[1], errors="coerce"),
        person_id=None,
        reason=None,
    )
    return _checked(rated[RATED])


def _checked(rated: pd.DataFrame) -> pd.DataFrame:
    numbers = pd.to_numeric(rated["effect"], errors="coerce")
    bad, blank = ~numbers.isin(list(EFFECTS)), rated[["proposal", "principle_id"]].isna().any(axis=1)
    again = rated.duplicated(["district_id", "proposal", "person_id", "principle_id"], keep=False)
    problems = [
        f"{what} in {rows_of(rated, rows)}"
        + (f", found {some(map(repr, rated['effect'][rows].unique()))}" if told else "")
        for what, rows, told in (
            ("effect is not -1, 0 or 1", bad, True),
            ("proposal or principle_id is blank", blank, False),
            ("one person rates one effect twice", again, False),
        )
        if rows.any()
    ]
    if problems or rated.empty:
        raise CbeError.build(
            "The ratings cannot be used as they are" if problems else "There are no ratings of hybrids",
            found="; ".join(problems),
            advice="-1 stands for undermines, 0 for neutral, 1 for supports; one row for each person and principle",
        )
    return rated.assign(effect=numbers.astype(int))


def _effects(rated: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Lay every proposal out over all principles of its district; n is missing where nobody rated."""
    key = ["district_id", "proposal", "principle_id"]
    by = rated.assign(against=rated["effect"] == -1).groupby(key)
    found = by.agg(
        n=("effect", "size"), lowest=("effect", "min"), mean=("effect", "mean"), undermines=("against", "sum")
    )
    reasons = rated.dropna(subset=["reason"]).groupby(key)["reason"].agg(lambda cells: "; ".join(map(str, cells)))
    plans = rated[["district_id", "proposal"]].drop_duplicates().merge(own, on="district_id")
    found = found.join(reasons.rename("reasons")).reset_index()
    return plans.merge(found, on=key, how="left").assign(reasons=lambda f: f["reasons"].fillna(""))


def _verdicts(effects: pd.DataFrame) -> pd.DataFrame:
    against, core = effects["lowest"] == -1, effects["core"].astype(bool)
    marked = effects.assign(
        core_undermined=_names(effects, against & core),
        others_undermined=_names(effects, against & ~core),
        unrated=_names(effects, core & effects["n"].isna()),
        supported=core & (effects["mean"] > 0),
    )
    by = marked.groupby(["district_id", "proposal"], sort=False)
    named = {name: (name, _joined) for name in ("core_undermined", "others_undermined", "unrated")}
    table = by.agg(average=("mean", "mean"), **named, raters=("n", "max"), supported=("supported", "any")).reset_index()
    told = [
        (table["core_undermined"] != "", "reject", "a core principle is undermined"),
        (table["unrated"] != "", "cannot tell", "a core principle was not rated"),
        (table["others_undermined"] != "", "time-limit", "another principle is undermined"),
        (~table["supported"].astype(bool), "time-limit", "no core principle is supported"),
    ]
    holds, verdicts, reasons = ([each[place] for each in told] for place in range(3))
    holds = [np.asarray(each, dtype=bool) for each in holds]
    table = table.assign(
        verdict=np.select(holds, verdicts, "adopt"),
        reason=np.select(holds, reasons, "nothing is undermined and a core principle is supported"),
        raters=table["raters"].fillna(0).astype(int),
    )
    return table[["district_id", "proposal", "verdict", "average", *named, "raters", "reason"]]


def _names(effects: pd.DataFrame, hit: pd.Series) -> list[str]:
    return [name if here else "" for name, here in zip(effects["principle_id"], hit, strict=True)]


def _joined(names: pd.Series) -> str:
    return ", ".join(name for name in names if name)


def _agreement(rated: pd.DataFrame) -> rubric.Agreement | None:
    unit = rated["district_id"] + " " + rated["proposal"].astype("str") + " " + rated["principle_id"]
    people = rated.assign(unit=unit).dropna(subset=["person_id"])
    if not people.duplicated("unit").any():
        return None
    return rubric.agreement(people, unit="unit", rater="person_id", rating="effect", levels=list(EFFECTS))


def _text(table: pd.DataFrame) -> str:
    count = table["verdict"].value_counts()
    told = ", ".join(
        f"{name} {count[name]}" for name in ("adopt", "time-limit", "reject", "cannot tell") if name in count
    )
    masked = int(((table["verdict"] == "reject") & (table["average"] > 0)).sum())
    plans = f"{len(table)} hybrid plan{'' if len(table) == 1 else 's'}"
    text = f"Verdicts on {plans}: {told}."
    if masked:
        text += f" Passed on average, but rejected for undermining a core principle: {masked}."
    return text + " The verdict is as good as the ratings: those who bear the plan should rate it, and say why."
