"""Three ways to stumble, in one district: purpose in use, leadership as announced, ownership beside acceptance."""

from __future__ import annotations

from functools import cache, partial

import ipywidgets
import pandas as pd
from matplotlib.figure import Figure

from cbe_lib.errors import CbeError
from cbe_lib.plots.stumbles import SIZE, stumbles_figure
from cbe_lib.themes import ownership
from cbe_lib.themes.decision_log.reading import read_log, share_table
from cbe_lib.widgets import sample_districts
from cbe_lib.widgets.panel import panel

FIRST, YEARS, LEVEL, MIDDLE = "00063", 4, 0.95, 3.0
MEASURES = {
    # measure: stumble, column of the decision log
    "cites a principle": ("purpose", "cited"),
    "as planned": ("leadership", "matched"),
    "passed up": ("leadership", "escalated"),
}
CLAIMS = ("A13", "A18", "A24")
HALF, NINE_IN_TEN = 0.5, 0.9
COLUMNS = ["stumble", "measure", "year", "n", "estimate", "conf_low", "conf_high", "reason"]


def stumbles(
    *, district: str = FIRST, years: int = YEARS, figure: Figure | None = None
) -> tuple[Figure, str, pd.DataFrame]:
    """Is the purpose used, are decisions taken as announced, and is the change owned or only accepted?

    Parameters
    ----------
    district : str
        Id of a district of the sample state with a rollout.
    years : int
        School years of the decision log to look at, 1 to 4, the first ones first.
    figure : matplotlib Figure, optional
        An earlier picture of this function, to be drawn over.

    Returns
    -------
    (Figure, str, DataFrame)
        The picture, what it says, and a row for each stumble: what was seen, how sure, what follows.

    Examples
    --------
    >>> figure, sentence, found = stumbles(district="00063", years=1)
    >>> found.set_index("Stumble")["Finding"].to_dict()
    {'Purpose': 'cannot tell', 'Leadership': 'seen: decided elsewhere', 'Ownership': 'seen: accepted, not owned'}
    """
    if years not in range(1, YEARS + 1):
        raise CbeError.build("`years` must be 1 to 4", found=f"Found {years!r}")
    name = sample_districts.name_of(district)
    log = _log()[_log()["district_id"] == district]
    first = int(log["year"].min())
    log = log[log["year"] < first + years]
    measures = _measures(log, _staff(district, first, years))
    found = _found(log, measures)
    picture = stumbles_figure(
        measures,
        _title(name, found),
        rollout=_rollout(district),
        years=range(first, first + YEARS),
        claim=f"Claims of the posts ({', '.join(CLAIMS)}): hypotheses, not findings.",
        figure=figure,
    )
    return picture, _sentence(name, found), found


def three_stumbles(*, prepared: bool = False) -> ipywidgets.VBox:
    """What do a district's decision log and surveys say of the three ways to stumble?

    Parameters
    ----------
    prepared : bool
        Draw every choice in the background beforehand, so that no later move waits (for pages).

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence, and picture with a table below it.

    Examples
    --------
    >>> explorer = three_stumbles()
    >>> [control.description for control in explorer.children[0].children]
    ['District', 'School years seen']
    """
    every = [
        {"district": district, "years": years} for district in sample_districts.names() for years in range(YEARS, 0, -1)
    ]
    return panel(
        partial(stumbles, figure=Figure(figsize=SIZE, dpi=72)),
        beforehand=every if prepared else (),
        district=sample_districts.chooser(FIRST),
        years=ipywidgets.IntSlider(YEARS, min=1, max=YEARS, description="School years seen"),
    )


@cache
def _log() -> pd.DataFrame:
    return read_log(sample_districts.table("decisions"))


@cache
def _waves() -> pd.DataFrame:
    """Place the staff of every district in each of its waves: `ownership.quadrants` reads one wave at a time."""
    answers = sample_districts.table("survey")
    wave = answers.groupby("district_id")["wave"].rank(method="dense").astype(int)
    parts = [ownership.quadrants(answers[wave == each], cut=MIDDLE, level=LEVEL).table.assign(wave=each)
             for each in range(1, wave.max() + 1)]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _staff(district: str, first: int, years: int) -> pd.DataFrame:
    """Return the waves of the first `years` school years, with the year of each: the log begins with the first."""
    waves = _waves()
    own = waves[(waves["district_id"] == district) & (waves["wave"] <= years)]
    return own.assign(year=first - 1 + own["wave"])


def _rollout(district: str) -> int:
    years = sample_districts.table("districts").set_index("district_id")["rollout_year"].to_dict()
    return int(years[district])


def _measures(log: pd.DataFrame, staff: pd.DataFrame) -> pd.DataFrame:
    parts = []
    for measure, (stumble, column) in MEASURES.items():
        known = log.dropna(subset=[column, "year"])
        counted = share_table(known[column], [known["year"]], LEVEL).reset_index()
        parts.append(counted.assign(stumble=stumble, measure=measure, reason=""))
    for measure in ("ownership", "acceptance"):
        ends = {measure: "estimate", f"{measure}_low": "conf_low", f"{measure}_high": "conf_high"}
        parts.append(staff.rename(columns=ends).assign(stumble="ownership", measure=measure))
    return pd.concat([part[COLUMNS] for part in parts], ignore_index=True)


def _found(log: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """Say for each stumble what was seen over all years looked at, and whether it is beyond doubt."""
    rows = [_purpose(log), _leadership(log), _ownership(measures)]
    return pd.DataFrame(rows, columns=["Stumble", "Finding", "What was seen"])


def _over_all(log: pd.DataFrame, column: str) -> pd.Series:
    known = log[column].dropna()
    return share_table(known, [pd.Series("all", known.index)], LEVEL).iloc[0]


def _spoken(row: pd.Series) -> str:
    return f"{row['estimate']:.0%} of {row['n']:.0f} (likely {row['conf_low']:.0%} to {row['conf_high']:.0%})"


def _purpose(log: pd.DataFrame) -> tuple[str, str, str]:
    cited = _over_all(log, "cited")
    finding = _beside(cited, HALF, "seen: seldom cited", "not seen: mostly cited")
    return "Purpose", finding, f"of the logged decisions, {_spoken(cited)} cite a principle"


def _leadership(log: pd.DataFrame) -> tuple[str, str, str]:
    kept, passed = _over_all(log, "matched"), _over_all(log, "escalated")
    finding = _beside(kept, NINE_IN_TEN, "seen: decided elsewhere", "not seen: decided as planned")
    told = f"the planned person took {_spoken(kept)}, and {_spoken(passed)} were passed up"
    return "Leadership", finding, told


def _beside(share: pd.Series, line: float, below: str, above: str) -> str:
    return below if share["conf_high"] < line else above if share["conf_low"] > line else "cannot tell"


def _ownership(measures: pd.DataFrame) -> tuple[str, str, str]:
    staff = measures[measures["stumble"] == "ownership"]
    last = staff[staff["year"] == staff["year"].max()].set_index("measure")
    reasons = [reason for reason in last["reason"].unique() if reason.startswith(("hidden", "cannot tell: members"))]
    if reasons or last["estimate"].isna().any():
        return "Ownership", "cannot tell", "; ".join(reasons) or "one of the two was not asked"
    own, accept = (last.loc[name] for name in ("ownership", "acceptance"))
    owned = _beside(own, MIDDLE, "low", "high")
    accepted = _beside(accept, MIDDLE, "low", "high")
    finding = {
        ("low", "high"): "seen: accepted, not owned",
        ("high", "high"): "not seen: owned and accepted",
        ("high", "low"): "not seen: owned, hardly accepted",
        ("low", "low"): "seen: neither owned nor accepted",
    }.get((owned, accepted), "cannot tell")
    told = " and ".join(_scored(str(name), row) for name, row in last.iterrows())
    return "Ownership", finding, f"{told} on a scale of 1 to 5, from {own['n']:.0f} staff in the last survey"


def _scored(name: str, row: pd.Series) -> str:
    return f"{name} stands at {row['estimate']:.1f} (likely {row['conf_low']:.1f} to {row['conf_high']:.1f})"


def _title(name: str, found: pd.DataFrame) -> str:
    seen = found.loc[found["Finding"].str.startswith("seen"), "Stumble"].tolist()
    unclear = found.loc[found["Finding"] == "cannot tell", "Stumble"].tolist()
    parts = [f"{', '.join(seen).lower()} to ask about"] if seen else []
    parts += [f"cannot tell for {', '.join(unclear).lower()}"] if unclear else []
    return f"{name}: {'; '.join(parts) or 'no stumble seen'}"


def _sentence(name: str, found: pd.DataFrame) -> str:
    told = " ".join(f"{row['Stumble']}, {row['Finding']}; {row['What was seen']}." for row in found.to_dict("records"))
    caution = f"Likely: {LEVEL:.0%} intervals. A log holds only what somebody logged: ask, do not conclude."
    return f"{name}. {told} {caution}"
