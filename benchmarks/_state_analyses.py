"""One plain analysis for each mechanism of the sample state, as `how` in its truth says."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
import statsmodels.api as sm

from cbe_lib.framework import read_survey

Tables = dict[str, pd.DataFrame]
ITEMS = {item.id: item for item in read_survey().items if "staff" in item.forms}


class Answer(NamedTuple):
    """An estimate with its standard error and degrees of freedom; no standard error where only bias is looked at."""

    estimate: float
    error: float = float("nan")
    df: float = float("inf")


def _fit(model, place: int = 1) -> Answer:
    result = model.fit(disp=0) if isinstance(model, sm.Logit) else model.fit()
    df = float("inf") if isinstance(model, sm.Logit | sm.GLM) else result.df_resid
    return Answer(float(np.asarray(result.params)[place]), float(np.asarray(result.bse)[place]), df)


def _ols(y, *columns) -> Answer:
    return _fit(sm.OLS(np.asarray(y, dtype=float), _design(*columns)))


def _logit(y, *columns) -> Answer:
    return _fit(sm.Logit(np.asarray(y, dtype=float), _design(*columns)))


def _design(*columns) -> np.ndarray:
    parts = [np.asarray(each, dtype=float) for each in columns]
    parts = [part[:, None] if part.ndim == 1 else part for part in parts]
    return np.column_stack([np.ones(len(parts[0])), *parts])


def _dummies(names: pd.Series) -> np.ndarray:
    return pd.get_dummies(names, drop_first=True).to_numpy(dtype=float)


def spring(days: pd.Series) -> pd.Series:
    """Return the spring in which the school year of a day ends."""
    return days.dt.year + (days.dt.month >= 8)


def prepared(tables: Tables) -> Tables:
    """Compute what several analyses share: depths, shares by school year, and staff scores."""
    out = {"adopters": _depths(tables), "scores": _scores(tables["survey"])}
    log = tables["decisions"].assign(year=spring(tables["decisions"]["date_raised"]))
    log["matched"] = log["decider_actual"] == log["decider_planned"]
    log["used"] = log["input_used"] == "yes"
    log["escalated"], log["cited"] = log["escalated_to"].notna(), log["principles_cited"].notna()
    log["checked"], log["board"] = log["checker_id"].notna(), log["level"] == "board"
    start = pd.to_datetime((log.groupby("district_id")["year"].transform("min") - 1).astype(str) + "-08-15")
    log["months"] = (log["date_raised"] - start).dt.days / (365.25 / 12)
    means = out["scores"].drop(columns=["respondent"]).groupby(["district_id", "year"], as_index=False).mean()
    before = means.assign(year=means["year"] + 1)
    notes = tables["corrections"].assign(year=spring(tables["corrections"]["date_noted"]))
    signs = tables["indicators"].assign(year=spring(tables["indicators"]["date"]))
    mail = tables["messages"].assign(year=spring(tables["messages"]["date"]))
    mail["horizon"] = mail["horizon_years"].notna()
    by = ["district_id", "year"]
    seats = tables["seats"][tables["seats"]["group"].notna()]
    person = (
        out["scores"]
        .merge(log.groupby(by, as_index=False)[["matched", "used"]].mean(), on=by)
        .merge(mail.groupby(by, as_index=False)["horizon"].mean(), on=by)
        .merge((seats["group"] == "Hispanic").groupby(seats["district_id"]).mean().rename("seats").reset_index())
        .merge(tables["districts"][["district_id", "starting_point", "rollout_year"]], on="district_id")
    )
    person["personalized"] = person["starting_point"] == "personalized"
    person["since"] = person["year"] - person["rollout_year"].astype(int)
    return out | {
        "log": log,
        "later": log.merge(before, on=by),
        "notes": notes.merge(before, on=by).merge(tables["districts"][["district_id", "strategy", "rollout_year"]]),
        "signs": signs.merge(before, on=by),
        "person": person,
    }


def _depths(tables: Tables) -> pd.DataFrame:
    rates = tables["outcomes"].query("level == 'district' and subgroup == 'all students'")
    rates = rates.assign(n=rates["n_tested"].astype(float))
    rate = rates.pivot_table(index="district_id", columns="year", values="value", aggfunc="mean")
    tested = rates.pivot_table(index="district_id", columns="year", values="n", aggfunc="sum")
    places = tables["districts"].set_index("district_id")
    rows = []
    for name, place in places[places["rollout_year"].notna()].iterrows():
        first = int(place["rollout_year"])
        change = rate[first + 1] - rate[[first - 1, first - 2]].mean(axis=1)
        others = change[places["rollout_year"].isna()].median()
        counted = tested.loc[name]
        spread = 4 + 2500 * (1 / counted[first + 1] + 1 / (2 * counted[first - 1]))
        rows.append({"district_id": name, "depth": others - change[name], "weight": 1 / spread})
    asked = tables["reflections"].query("coder == 'A'").groupby("district_id")[["completed", "invited"]].sum()
    done = (asked["completed"] / asked["invited"]).astype(float).rename("completion").reset_index()
    return pd.DataFrame(rows).merge(places.reset_index(), on="district_id").merge(done, on="district_id")


def _scores(survey: pd.DataFrame) -> pd.DataFrame:
    staff = survey[survey["item_id"].isin(list(ITEMS))]
    ends = staff["item_id"].map({name: item.low + item.high for name, item in ITEMS.items() if item.reverse})
    turned = staff["answer"].where(ends.isna(), ends - staff["answer"])
    frame = staff.assign(turned=turned, scale=staff["item_id"].map({k: v.scale for k, v in ITEMS.items()}))
    wide = frame.pivot_table(
        index=["respondent", "district_id", "wave"], columns="scale", values="turned"
    ).reset_index()
    wide.columns.name = None
    return wide.assign(year=wide["wave"].astype(int)).drop(columns="wave")


def _depth_on(column: Callable[[pd.DataFrame], pd.Series]) -> Callable[[Tables], Answer]:
    def analysis(t: Tables) -> Answer:
        frame = t["adopters"]
        model = sm.WLS(frame["depth"], _design(column(frame)), weights=frame["weight"])
        return _fit(model)

    return analysis


def _latency(t: Tables, *columns: str) -> Answer:
    notes = t["notes"].assign(one_year=t["notes"]["strategy"] == "one year")
    end = pd.to_datetime((notes["rollout_year"] + 2).astype(str) + "-06-30")
    days = (notes["date_changed"].fillna(end) - notes["date_noted"]).dt.days.astype(float)
    result = sm.PHReg(days, notes[list(columns)].astype(float), status=notes["date_changed"].notna()).fit()
    return Answer(result.params[0], result.bse[0])


def _catch_up(t: Tables) -> Answer:
    reading = t["progress"].query("subject == 'reading'").sort_values("level")
    each = reading.groupby("student_hash").agg(
        first=("date_reached", "first"), last=("date_reached", "last"),
        low=("level", "first"), high=("level", "last"), hours=("service_hours", "first"),
    )  # fmt: skip
    return _ols((each["high"] - each["low"]) / ((each["last"] - each["first"]).dt.days / 365.25), each["hours"])


def _mathematics(t: Tables) -> pd.DataFrame:
    rows = t["progress"].query("subject == 'mathematics'").sort_values("level").groupby("student_hash").tail(1)
    return rows.assign(gap=rows["level"] - rows["age_grade"], disabled=rows["subgroup"] == "students with disabilities")


def _variances(t: Tables) -> dict[str, float]:
    """Nested analysis of variance (method of moments), after taking out the groups within schools."""
    rows = _mathematics(t)
    within = rows[["gap", "disabled"]].astype(float)
    within = within - within.groupby(rows["school_id"]).transform("mean")
    slope = (within["gap"] * within["disabled"]).sum() / (within["disabled"] ** 2).sum()
    y = rows["gap"] - slope * rows["disabled"]
    school = y.groupby([rows["district_id"], rows["school_id"]]).agg(["mean", "size", "var"])
    student = (school["var"] * (school["size"] - 1)).sum() / (school["size"] - 1).sum()
    by = school.groupby(level=0)["mean"]
    m = by.size()
    between = ((school["mean"] - by.transform("mean")) ** 2).sum() / (len(school) - len(m))
    each = school["size"].mean()
    district = by.mean().var() - between * (1 / m).mean()
    return {"district_variance": district, "school_variance": between - student / each, "student_variance": student}


def _seats(group: str) -> Callable[[Tables], Answer]:
    def analysis(t: Tables) -> Answer:
        seats = t["seats"][t["seats"]["group"].notna()]
        first = t["student_groups"]["year"].min()
        share = t["student_groups"].query(f"year == {first}").merge(t["districts"][["district_id", "enrollment"]])
        share = share[share["group"] == group].assign(share=lambda f: (f["students"] / f["enrollment"]).astype(float))
        seats = seats.merge(share[["district_id", "share"]], on="district_id")
        gap = (seats["group"] == group) - seats["share"]
        return Answer(gap.mean(), gap.std() / np.sqrt(len(gap)), len(gap) - 1)

    return analysis


def _contact(t: Tables) -> Answer:
    """Person-years: each district and practice, every school year in which it was not in use on September 1."""
    used = t["practices"].pivot(index="district_id", columns="practice", values="from_date")
    moves = t["careers"].sort_values(["person_id", "from_date"])
    moves = moves.assign(origin=moves.groupby("person_id")["district_id"].shift()).dropna(subset="origin")
    place = {name: i for i, name in enumerate(used.index)}
    since = used.to_numpy()
    met, y, x = np.zeros(since.shape, dtype=bool), [], []
    for year in range(2007, 2021):
        september, august = np.datetime64(f"{year}-09-01"), np.datetime64(f"{year + 1}-09-01")
        for origin, target in moves[moves["from_date"].dt.year == year][["origin", "district_id"]].itertuples(
            index=False
        ):
            met[place[target]] |= since[place[origin]] < september
        at_risk = ~(since < september)
        y.append((since < august)[at_risk])
        x.append(met[at_risk])
    family = sm.families.Binomial(sm.families.links.CLogLog())
    return _fit(sm.GLM(np.concatenate(y).astype(float), _design(np.concatenate(x)), family=family))


def _waivers(t: Tables) -> Answer:
    rules = t["state_rules"][t["state_rules"]["answered"].notna()]
    thanks = t["state_actions"].dropna(subset="credited_on")
    pairs = rules.reset_index().merge(thanks[["state", "credited_on"]], on="state", how="left")
    count = (pairs["credited_on"] < pairs["asked"]).groupby(pairs["index"]).sum()
    return _logit(rules["waiver"] == "granted", count.loc[rules.index])


def _shift(tool: str) -> Callable[[Tables], Answer]:
    def analysis(t: Tables) -> Answer:
        change = t["discussions"].query(f"tool == '{tool}'").eval("after - before")
        return Answer(change.mean(), change.std() / np.sqrt(len(change)), len(change) - 1)

    return analysis


def _waited(t: Tables) -> Answer:
    rows = _mathematics(t).dropna(subset="date_moved")
    days = (rows["date_moved"] - rows["date_reached"]).dt.days
    return _ols(np.log(days), rows["level"] == rows["course_cap"])


def _capped(t: Tables) -> Answer:
    rows = _mathematics(t).dropna(subset="course_cap")
    share = (rows["level"] == rows["course_cap"]).mean()
    return Answer(share, np.sqrt(share * (1 - share) / len(rows)))


def _above(t: Tables) -> Answer:
    rows = _mathematics(t)
    above = (rows["gap"] >= 1).astype(float)
    groups = pd.factorize(rows["district_id"])[0]
    result = sm.OLS(above, np.ones(len(above))).fit(cov_type="cluster", cov_kwds={"groups": groups})
    return Answer(result.params.iloc[0], result.bse.iloc[0], groups.max())


def _disability(t: Tables) -> Answer:
    rows = _mathematics(t)
    return _ols(rows["gap"], rows["disabled"], _dummies(rows["school_id"]))


def _families(t: Tables) -> Answer:
    rows = (
        t["survey"]
        .query("item_id == 'family_purpose_clarity_1'")
        .merge(t["districts"][["district_id", "rollout_year"]])
    )
    return _ols(rows["answer"], rows["wave"].astype(int) - rows["rollout_year"].astype(int))


def _prepared(t: Tables) -> Answer:
    rows = t["preparations"].merge(t["districts"][["district_id", "ramp_up_months"]])
    model = sm.OLS(rows["date"].notna().astype(float), _design(rows["ramp_up_months"])).fit(cov_type="HC1")
    return Answer(model.params.iloc[1], model.bse.iloc[1])


def _since(frame: pd.DataFrame) -> np.ndarray:
    return _dummies(frame["since"])


ANALYSES: dict[str, Callable[[Tables], Answer]] = {
    "ramp_up_depth": _depth_on(lambda f: f["ramp_up_months"]),
    "enrollment_depth": _depth_on(lambda f: np.log2(f["enrollment"].astype(float))),
    "start_depth": _depth_on(lambda f: f["starting_point"] == "personalized"),
    "strategy_depth": _depth_on(lambda f: f["strategy"] == "one year"),
    "reflection_depth": _depth_on(lambda f: f["completion"]),
    "ramp_up_prepared": _prepared,
    "checker_match": lambda t: (lambda f: _logit(f["matched"], f["checked"], _dummies(f["district_id"])))(
        t["log"][~t["log"]["escalated"]]
    ),
    "match_trust": lambda t: _ols(t["person"]["trust_school"], t["person"]["matched"]),
    "match_followed": lambda t: (lambda f: _ols(f["process_followed"], f["matched"]))(
        t["person"].dropna(subset="process_followed")
    ),
    "seats_trust": lambda t: _ols(t["person"]["trust_school"], t["person"]["seats"], t["person"]["matched"]),
    "used_counted": lambda t: (lambda f: _ols(f["input_counted"], f["used"]))(
        t["person"].dropna(subset="input_counted")
    ),
    "trust_escalation": lambda t: _logit(t["later"]["escalated"], t["later"]["trust_school"], t["later"]["cited"]),
    "cited_escalation": lambda t: _logit(t["later"]["escalated"], t["later"]["cited"], t["later"]["trust_school"]),
    "month_citation": lambda t: _logit(
        t["log"]["cited"], t["log"]["months"], t["log"]["board"], _dummies(t["log"]["district_id"])
    ),
    "board_citation": lambda t: _logit(
        t["log"]["cited"], t["log"]["board"], t["log"]["months"], _dummies(t["log"]["district_id"])
    ),
    "start_confusion": lambda t: (lambda f: _ols(f["confusion"], f["personalized"], f["horizon"], _since(f)))(
        t["person"].dropna(subset="confusion")
    ),
    "horizon_confusion": lambda t: (lambda f: _ols(f["confusion"], f["horizon"], f["personalized"], _since(f)))(
        t["person"].dropna(subset="confusion")
    ),
    "start_grading": lambda t: (lambda f: _ols(f["grading_grasp"], f["personalized"]))(
        t["person"].dropna(subset="grading_grasp")
    ),
    "years_families": _families,
    "ownership_blame": lambda t: _logit(t["notes"]["blame"], t["notes"]["ownership"], t["notes"]["acceptance"]),
    "acceptance_blame": lambda t: _logit(t["notes"]["blame"], t["notes"]["acceptance"], t["notes"]["ownership"]),
    "safety_latency": lambda t: _latency(t, "safety"),
    "strategy_latency": lambda t: _latency(t, "one_year", "safety"),
    "time_wins": lambda t: (lambda f: _ols(f["value"], f["learning_time"]))(
        t["signs"].query("indicator == 'work returned within a week'")
    ),
    "time_attendance": lambda t: (lambda f: _ols(f["value"], f["learning_time"]))(
        t["signs"][
            (t["signs"]["indicator"] == "attendance") & ~t["signs"]["district_id"].isin(t["jump"]["district_id"])
        ]
    ),
    "hours_catch_up": _catch_up,
    **{
        part: lambda t, part=part: Answer(_variances(t)[part])
        for part in ("district_variance", "school_variance", "student_variance")
    },
    "above_share": _above,
    "disability_level": _disability,
    "cap_share": _capped,
    "cap_wait": _waited,
    "film_shift": _shift("film with questions"),
    "slides_shift": _shift("slide talk"),
    "film_talk": lambda t: _logit(t["discussions"]["talked"], t["discussions"]["tool"] == "film with questions"),
    "hispanic_seats": _seats("Hispanic"),
    "black_seats": _seats("Black"),
    "contact_adoption": _contact,
    "credit_waiver": _waivers,
}
