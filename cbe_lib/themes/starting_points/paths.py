"""Does it help to start from classrooms that are personalized already?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t
from statsmodels.regression.linear_model import OLS

from cbe_lib import survey as surveys
from cbe_lib import tables
from cbe_lib.errors import CbeError, unknown_name
from cbe_lib.framework import claim, read_survey
from cbe_lib.results import Result

SCALES = ("confusion", "grading_grasp")
NAMES = ("standard", "personalized")
EACH, FEWEST = 3, 8
TOGETHER = "cannot tell: what messages say goes with the starting point in every district"
COLUMNS = ["measure", "term", "estimate", "conf_low", "conf_high", "unit", "n", "reason"]
TOO_FEW = f"cannot tell: {EACH} districts on each path and {FEWEST} in all are needed"


@dataclass(frozen=True, repr=False)
class Paths(Result):
    """The two starting points side by side: see `paths`.

    Attributes
    ----------
    means : DataFrame
        measure, path, since, estimate, conf_low, conf_high, unit, districts, n (people), reason: mean over districts
        by wave, counted from the rollout year; not adjusted for messages.
    level : float
        Coverage that the intervals aim at.
    """

    means: pd.DataFrame
    level: float


def paths(
    survey: pd.DataFrame,
    districts: pd.DataFrame,
    *,
    messages: pd.DataFrame | None = None,
    plan: pd.DataFrame | None = None,
    scales: Iterable[str] = SCALES,
    min_n: int = 10,
    level: float = 0.95,
) -> Paths:
    """Is there less confusion, a better grasp of grading or less work where classrooms were personalized before?

    Parameters
    ----------
    survey : DataFrame
        Table `survey`; staff only.
    districts : DataFrame
        Table `districts` with starting_point and rollout_year; those without a rollout are left out.
    messages : DataFrame, optional
        Table `messages`: differences are then between districts whose messages name a horizon of years equally often.
    plan : DataFrame, optional
        Table `plan`: adds the working hours for 100 students.
    scales : iterable of str
        Scales of the survey.
    min_n : int
        A district's wave with fewer answering people is left out.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    Paths
        `.table`: measure, term, estimate, conf_low, conf_high, unit, n (districts), reason; personalized less standard.
        Terms: difference (over all waves), at -1, at 0 and so on (in the wave so many years from the rollout year),
        change (how much more the personalized path moved from its first wave to its last). Measures beside the scales:
        months of ramp-up, and working hours for 100 students. `.means`.

    Raises
    ------
    CbeError
        For an unknown scale, waves that are no years, and what `tables.validate` finds.

    Notes
    -----
    The mean answer of each district and wave, less the mean of all districts in that wave, is averaged by district;
    then least squares over districts with HC3 errors and t intervals. Districts are the units: a thousand answers from
    four districts are four. Districts did not draw lots for their start.

    References
    ----------
    MacKinnon, J. G. and White, H. (1985). Some heteroskedasticity-consistent covariance matrix estimators with
    improved finite sample properties. Journal of Econometrics, 29, 305-325.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> state = samples.state()
    >>> found = paths(state["survey"], state["districts"], messages=state["messages"])
    >>> found.table.query("term == 'difference'")["measure"].tolist()
    ['confusion', 'grading_grasp', 'months of ramp-up']
    """
    chosen = tuple(scales)
    _check(chosen, level)
    places = _places(tables.validate(districts, "districts", complete=True))
    answers = tables.validate(survey, "survey", complete=True)
    told = None if messages is None else _horizon(tables.validate(messages, "messages", complete=True))
    cells, left = _cells(answers, places, told, chosen, min_n)
    rows, means = [], []
    for scale in chosen:
        own = cells[cells["scale"] == scale]
        unit = _unit(scale)
        rows += [(scale, *row[:4], unit, *row[4:]) for row in _differences(own, told is not None, level)]
        means.append(_means(own, level).assign(measure=scale, unit=unit))
    rows += _effort(places, plan, level)
    table = pd.DataFrame(rows, columns=COLUMNS)
    order = ["measure", "path", "since", "estimate", "conf_low", "conf_high", "unit", "districts", "n", "reason"]
    notes = [claim("B14").label + "."]
    notes += [f"{left} waves of a district with fewer than {min_n} people left out."] if left else []
    notes += [] if told is not None else ["Not adjusted for what messages said, as none were given."]
    notes.append("Depth of the dip by starting point: ramp_up.depth_by_ramp_up with an index of its own.")
    found = pd.concat(means, ignore_index=True)[order]
    return Paths(table, _text(table, level), tuple(notes), None, means=found, level=level)


def _check(scales: tuple[str, ...], level: float) -> None:
    known = sorted({item.scale for item in read_survey().items if "staff" in item.forms})
    for scale in scales:
        if scale not in known:
            raise unknown_name("scale that staff are asked", scale, known)
    if not scales or not 0 < level < 1:
        raise CbeError.build("`scales` must name a scale or more, and `level` lie between 0 and 1")


def _unit(scale: str) -> str:
    item = next(item for item in read_survey().items if item.scale == scale and "staff" in item.forms)
    return f"points of {item.low} to {item.high}"


def _places(districts: pd.DataFrame) -> pd.DataFrame:
    kept = districts[districts["rollout_year"].notna() & districts["starting_point"].notna()]
    return kept.assign(
        personalized=(kept["starting_point"] == NAMES[1]).astype(float),
        rollout_year=kept["rollout_year"].astype("int64"),
    )


def _horizon(messages: pd.DataFrame) -> pd.DataFrame:
    """Return the share of messages that name a horizon, by district and spring of the school year."""
    year = messages["date"].dt.year + (messages["date"].dt.month >= 8)
    named = messages["horizon_years"].notna().groupby([messages["district_id"], year]).mean()
    return named.rename("horizon").rename_axis(["district_id", "year"]).reset_index()


def _cells(
    survey: pd.DataFrame, places: pd.DataFrame, told: pd.DataFrame | None, scales: tuple[str, ...], min_n: int
) -> tuple[pd.DataFrame, int]:
    """Return a row for each district, wave and scale: mean, n, since, personalized, horizon; and how many are small."""
    items = [item.id for item in read_survey().items if item.scale in scales and "staff" in item.forms]
    rows = survey[survey["item_id"].isin(items) & survey["district_id"].isin(places["district_id"])]
    rows = rows[rows["wave"].notna()]
    year = pd.to_numeric(rows["wave"], errors="coerce")
    if year.isna().any():
        raise CbeError.build(
            "`survey` must name its waves by the spring of the school year",
            found=f"Found {rows.loc[year.isna(), 'wave'].iloc[0]!r}",
            advice="Write 2014 for the school year 2013-14",
        )
    if rows.empty:
        blank = ["district_id", "scale", "mean", "n", "since", "personalized", "horizon"]
        return pd.DataFrame(columns=blank), 0
    people = surveys.scores(rows, group="wave", min_n=min_n).respondents.dropna(subset="score")
    cells = people.groupby(["district_id", "wave", "scale"])["score"].agg(["mean", "size"]).reset_index()
    cells = cells.rename(columns={"size": "n"}).merge(
        places[["district_id", "personalized", "rollout_year"]], on="district_id"
    )
    cells["year"] = cells["wave"].astype("int64")
    cells["since"] = cells["year"] - cells["rollout_year"]
    if told is None:
        cells["horizon"] = 0.0
    else:
        cells = cells.merge(told, on=["district_id", "year"], how="left").dropna(subset="horizon")
    small = cells["n"] < min_n
    return cells[~small], len(cells[small].drop_duplicates(["district_id", "wave"]))


def _differences(cells: pd.DataFrame, adjusted: bool, level: float) -> list[tuple]:
    """Return term, estimate, limits, n, reason, for all waves, each wave, and the move from the first to the last."""
    usual = cells.groupby("since")[["mean", "horizon"]].transform("mean")
    level_free = cells.assign(y=cells["mean"] - usual["mean"], x=cells["horizon"] - usual["horizon"])
    each = level_free.groupby("district_id").agg(y=("y", "mean"), x=("x", "mean"), z=("personalized", "first"))
    rows = [("difference", *_difference(each, adjusted, level))]
    waves = sorted(cells["since"].unique())
    for since in waves:
        now = cells[cells["since"] == since].rename(columns={"mean": "y", "horizon": "x", "personalized": "z"})
        rows.append((f"at {since:+d}" if since else "at 0", *_difference(now, adjusted, level)))
    if len(waves) > 1:
        wide = cells[cells["since"].isin([waves[0], waves[-1]])].pivot(
            index="district_id", columns="since", values=["mean", "horizon"]
        )
        moved = pd.DataFrame({k: wide[v, waves[-1]] - wide[v, waves[0]] for k, v in (("y", "mean"), ("x", "horizon"))})
        moved["z"] = each["z"].reindex(moved.index)
        rows.append(("change", *_difference(moved.dropna(), adjusted, level)))
    return rows


def _difference(frame: pd.DataFrame, adjusted: bool, level: float) -> tuple:
    count = len(frame)
    on = float(frame["z"].sum())
    if count < FEWEST or min(on, count - on) < EACH:
        return np.nan, np.nan, np.nan, count, TOO_FEW
    columns = [np.ones(count), frame["z"].to_numpy(float)]
    if adjusted and np.ptp(frame["x"].to_numpy(float)) > 1e-9:
        columns.append(frame["x"].to_numpy(float))
    design = np.column_stack(columns)
    if np.linalg.matrix_rank(design) < len(columns):
        return np.nan, np.nan, np.nan, count, TOGETHER
    fit = OLS(frame["y"].to_numpy(float), design).fit(cov_type="HC3", use_t=True)
    low, high = fit.conf_int(alpha=1 - level)[1]
    return float(fit.params[1]), float(low), float(high), count, ""


def _means(cells: pd.DataFrame, level: float) -> pd.DataFrame:
    rows = []
    for key, own in cells.groupby(["personalized", "since"]):
        on, since = np.asarray(key, dtype=int).tolist()
        count, mean = len(own), float(own["mean"].mean())
        width = t.ppf((1 + level) / 2, count - 1) * own["mean"].std() / np.sqrt(count) if count > 1 else np.nan
        reason = "" if count > 1 else "cannot tell how sure: one district"
        rows.append((NAMES[on], since, mean, mean - width, mean + width, count, int(own["n"].sum()), reason))
    columns = ["path", "since", "estimate", "conf_low", "conf_high", "districts", "n", "reason"]
    return pd.DataFrame(rows, columns=columns)


def _effort(places: pd.DataFrame, plan: pd.DataFrame | None, level: float) -> list[tuple]:
    months = places[["district_id", "personalized", "ramp_up_months"]].dropna()
    months = months.rename(columns={"ramp_up_months": "y", "personalized": "z"})
    rows = [("months of ramp-up", "difference", *_spread(months, level, "months"))]
    if plan is not None:
        tasks = tables.validate(plan, "plan", complete=True)
        tasks = tasks[(tasks["status"] != "dropped").fillna(True)]
        hours = tasks.groupby("district_id")["person_hours"].sum().rename("hours").reset_index()
        each = places.merge(hours, on="district_id")
        each = each[each["enrollment"].fillna(0) > 0]
        each = each.assign(y=100 * each["hours"] / each["enrollment"].astype("float64"), z=each["personalized"])
        rows.append(("hours for 100 students", "difference", *_spread(each, level, "hours")))
    return rows


def _spread(frame: pd.DataFrame, level: float, unit: str) -> tuple:
    estimate, low, high, count, reason = _difference(frame, False, level)
    return estimate, low, high, unit, count, reason


def _text(table: pd.DataFrame, level: float) -> str:
    rows = table[table["term"] == "difference"]
    told = []
    for row in rows.to_dict("records"):
        name = row["measure"].replace("_", " ")
        if row["reason"]:
            told.append(f"{name}: cannot tell, too few districts")
            continue
        interval = f"{row['conf_low']:+.1f} to {row['conf_high']:+.1f} {row['unit']}"
        clear = row["conf_low"] * row["conf_high"] > 0
        word = ("higher" if row["estimate"] > 0 else "lower") if clear else "cannot tell"
        told.append(f"{name}: {word} ({row['estimate']:+.1f}, {interval})")
    return (
        f"Where classrooms were personalized before, beside where they were not: {'; '.join(told)} "
        f"({level:.0%} intervals). Districts did not draw lots for their start, and may differ in other ways."
    )
