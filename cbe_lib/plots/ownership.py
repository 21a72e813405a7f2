"""Ownership as figures: quadrants, renewal, room to act, what is fixed, student voice, reflection."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cbe_lib.framework import claim
from cbe_lib.plots import canvas
from cbe_lib.plots.small_print import small_print
from cbe_lib.themes.ownership import Autonomy, NonNegotiables, Quadrants, Reflection, Renewal, Voice

WIDE = (5.6, 4.0)
MOST_NAMED = 20
RULE = "Recommendation of the posts (A27), not a finding"
ROW = 0.2  # inches for a row with a name
CORNERS = {
    "owning and accepting": (0.98, 0.98, "right", "top"),
    "accepting, not owning": (0.98, 0.02, "right", "bottom"),
    "owning, not accepting": (0.02, 0.98, "left", "top"),
    "neither": (0.02, 0.02, "left", "bottom"),
}
MARKS = {"owning and accepting": "o", "accepting, not owning": "s", "owning, not accepting": "^", "neither": "v"}


def draw_quadrants(result: Quadrants, *, ax: Axes) -> Axes:
    """Which groups own the change, which only accept it, and which cannot be placed?

    Adds to `ax` each group at its mean acceptance and ownership, with both intervals; groups that cannot be placed are
    pale and open.

    Parameters
    ----------
    result : Quadrants
        From `cbe_lib.themes.ownership.quadrants`.
    ax : matplotlib Axes
        Added to and returned.

    Returns
    -------
    matplotlib Axes
        Acceptance to the right, ownership upwards, both 1 to 5.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import ownership
    >>> ax = draw_quadrants(ownership.quadrants(samples.state()["survey"]), ax=Figure().add_subplot())
    >>> (ax.get_xlabel(), ax.get_ylabel())
    ('Acceptance (1 to 5)', 'Ownership (1 to 5)')
    """
    known = result.table.dropna(subset=["ownership", "acceptance"])
    for placed in (False, True):
        rows = known[(known["quadrant"] != "cannot tell") == placed]
        color, width = (canvas.CURVE, 1.3) if placed else (canvas.FAINT, 0.8)
        x, y = rows["acceptance"].to_numpy(float), rows["ownership"].to_numpy(float)
        ax.hlines(y, rows["acceptance_low"], rows["acceptance_high"], color=color, linewidth=width)
        ax.vlines(x, rows["ownership_low"], rows["ownership_high"], color=color, linewidth=width)
        for name, mark in MARKS.items() if placed else {"cannot tell": "o"}.items():
            here = (rows["quadrant"] == name).to_numpy()
            face = canvas.CURVE if placed else "white"
            ax.plot(x[here], y[here], mark, color=color, markerfacecolor=face, markersize=6, zorder=3)
    ax.axhline(result.cut, color=canvas.PROJECTED, linestyle=(0, (5, 2.5)), linewidth=1.2)
    ax.axvline(result.cut, color=canvas.PROJECTED, linestyle=(0, (5, 2.5)), linewidth=1.2)
    for name, (x, y, across, up) in CORNERS.items():
        place = {"ha": across, "va": up, "fontsize": 8, "style": "italic", "color": canvas.INK}
        ax.text(x, y, name, transform=ax.transAxes, **place)
    drawn = known[[f"{scale}_{end}" for scale in ("ownership", "acceptance") for end in ("low", "high")]]
    reach = float(np.abs(drawn.to_numpy(float) - result.cut).max(initial=0.5)) + 0.15
    ax.set_xlim(result.cut - reach, result.cut + reach)
    ax.set_ylim(result.cut - reach, result.cut + reach)
    ax.set_xlabel("Acceptance (1 to 5)", fontsize=10, color=canvas.INK)
    canvas.measured(ax, "Ownership (1 to 5)")
    return ax


def quadrants_figure(result: Quadrants, *, size: tuple[float, float] = (5.4, 4.8)) -> Figure:
    """How many groups accept without owning? The picture of `draw_quadrants` as a detached figure.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import ownership
    >>> quadrants_figure(ownership.quadrants(samples.state()["survey"])).axes[0].get_title(loc="left")
    '3 of 16 groups accept without owning; 9 cannot be placed'
    """
    figure, ax = canvas.page(size=size)
    draw_quadrants(result, ax=ax)
    count = result.table["quadrant"].value_counts()
    title = (
        f"{count.get('accepting, not owning', 0)} of {len(result.table)} groups accept without owning; "
        f"{count.get('cannot tell', 0)} cannot be placed"
    )
    key = "Lines: intervals. Pale: an interval crosses the middle, so the group cannot be placed."
    return small_print(canvas.finish(figure, title), key, claim("A24").label)


def draw_renewal(result: Renewal, *, ax: Axes) -> Axes:
    """How long ago was each text renewed, and who is overdue? Adds a bar for each to `ax`, overdue ones dark."""
    place = "school_id" if result.of == "school" else "district_id"
    texts = result.table.drop_duplicates(place).dropna(subset=["months_since"]).sort_values("months_since")
    texts = texts.tail(MOST_NAMED)
    where, late = np.arange(len(texts)), texts["overdue"].to_numpy(dtype=bool)
    months = texts["months_since"].to_numpy(float)
    for overdue, color, label in ((False, canvas.BAND, "not yet due"), (True, canvas.CURVE, "overdue")):
        if (late == overdue).any():
            ax.barh(where[late == overdue], months[late == overdue], height=0.7, color=color, label=label)
    staff = result.table[result.table["people"] == "staff"].set_index(place)["estimate"].reindex(texts[place])
    for row, (month, share) in enumerate(zip(months, staff.to_numpy(float), strict=True)):
        if np.isfinite(share):
            ax.text(month + 0.8, row, f"{share:.0%}", va="center", fontsize=7.5, color=canvas.INK)
    named_rows(ax, texts[place].tolist())
    ax.set_xlim(0, max(months.max() * 1.12, 1.0) if len(months) else 1.0)
    ax.set_xlabel("Months since the last renewal", fontsize=10, color=canvas.INK)
    return ax


def renewal_figure(result: Renewal, *, width: float = 5.2) -> Figure:
    """Whose purpose is overdue? The picture of `draw_renewal` as a detached figure.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import ownership
    >>> tables = samples.state()
    >>> found = ownership.renewal(tables["principles"], tables["roster"], on="2016-06-30")
    >>> renewal_figure(found).axes[0].get_title(loc="left")
    '7 of 16 districts are overdue to renew their purpose'
    """
    texts = result.table.drop_duplicates("school_id" if result.of == "school" else "district_id")
    dated = texts.dropna(subset=["last"])
    figure, ax = rows_page(min(len(dated), MOST_NAMED), width)
    draw_renewal(result, ax=ax)
    title = f"{int(dated['overdue'].sum())} of {len(dated)} {result.of}s are overdue to renew their purpose"
    key = f"Read on {result.on.date()}. Beside the bars: share of staff who came after the renewal, where not hidden."
    return small_print(rows_finished(figure, title, keyed=True), key, claim("A25").label)


def draw_autonomy(result: Autonomy, *, ax: Axes) -> Axes:
    """In which groups do more people know their limits than use their room? Adds the gap of each to `ax`."""
    gaps = result.table[result.table["term"] == "say_do_gap"].dropna(subset=["estimate"])
    gaps = gaps.sort_values("estimate").tail(MOST_NAMED)
    where = np.arange(len(gaps))
    clear = ((gaps["conf_low"] > 0) | (gaps["conf_high"] < 0)).to_numpy()
    ax.hlines(where, 100 * gaps["conf_low"], 100 * gaps["conf_high"], color=canvas.CURVE, linewidth=1.3)
    for sure, face in ((False, "white"), (True, canvas.CURVE)):
        ax.plot(
            100 * gaps["estimate"][clear == sure], where[clear == sure], "o", color=canvas.CURVE, markerfacecolor=face
        )
    ax.axvline(0, color=canvas.PROJECTED, linestyle=(0, (5, 2.5)), linewidth=1.2)
    named_rows(ax, gaps[result.by].tolist())
    ax.set_xlabel("Know their limits less use their room (points)", fontsize=9.5, color=canvas.INK)
    return ax


def autonomy_figure(result: Autonomy, *, width: float = 5.2) -> Figure:
    """Where does room stay empty? The picture of `draw_autonomy` as a detached figure.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import ownership
    >>> found = ownership.autonomy(samples.state()["survey"], by="district_id")
    >>> autonomy_figure(found).axes[0].get_xlabel()
    'Know their limits less use their room (points)'
    """
    gaps = result.table[result.table["term"] == "say_do_gap"]
    shown = gaps.dropna(subset=["estimate"])
    figure, ax = rows_page(min(len(shown), MOST_NAMED), width)
    draw_autonomy(result, ax=ax)
    clear = int((shown["conf_low"] > 0).sum())
    if shown.empty:
        title = "Cannot tell whether room stays empty: every group is hidden"
    elif clear:
        title = f"In {clear} of {len(shown)} groups clearly more staff know their limits than use their room"
    else:
        title = f"No clear gap between knowing one's limits and using one's room ({len(shown)} groups)"
    hidden = f"Hidden groups: {len(gaps) - len(shown)}. Filled: the interval leaves zero out."
    return small_print(rows_finished(figure, title), hidden, claim("A26").label)


def draw_non_negotiables(result: NonNegotiables, *, ax: Axes) -> Axes:
    """Which things are in place in how many schools? Adds a bar for each thing to `ax`, its states side by side."""
    kinds = result.table.drop_duplicates("thing").set_index("thing")["kind"]
    counts = result.table.groupby(["thing", "state"]).size().unstack(fill_value=0).reindex(kinds.index[::-1])
    left, where = np.zeros(len(counts)), np.arange(len(counts))
    tones = {
        "in place": canvas.CURVE,
        "said, not shown": canvas.BAND,
        "missing": canvas.PROJECTED,
        "not chosen": "#e8e8e8",
    }
    for state, color in tones.items():
        if state in counts:
            size = counts[state].to_numpy(float)
            ax.barh(where, size, left=left, height=0.6, color=color, label=state)
            left = left + size
    named_rows(ax, [f"{thing}\n({kinds[thing]})" for thing in counts.index])
    ax.set_xlim(0, 1.02 * max(left.max(initial=0), 1))
    ax.set_xlabel("Schools", fontsize=10, color=canvas.INK)
    return ax


def non_negotiables_figure(result: NonNegotiables, *, width: float = 5.8) -> Figure:
    """How many schools have what was fixed for all? The picture of `draw_non_negotiables` as a detached figure.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import ownership
    >>> tables = samples.state()
    >>> states = ownership.codes_in_place(tables["principles"], tables["roster"])
    >>> found = ownership.non_negotiables(dict.fromkeys(states["thing"], "non-negotiable"), states)
    >>> non_negotiables_figure(found).axes[0].get_title(loc="left")
    '31 of 44 schools have every non-negotiable in place'
    """
    figure, ax = rows_page(2.2 * result.table["thing"].nunique(), width)
    draw_non_negotiables(result, ax=ax)
    whole = int((result.schools["in_place"] == result.schools["required"]).sum())
    title = f"{whole} of {len(result.schools)} schools have every non-negotiable in place"
    key = "In place: a day, and something that shows it."
    return small_print(rows_finished(figure, title, keyed=True), key, RULE)


def draw_voice(result: Voice, *, ax: Axes) -> Axes:
    """How far up the ladder do students reach? Adds to `ax` bars for heard and vote in each group, with intervals."""
    table = result.table if result.by else result.table.assign(group="all policy decisions")
    by = result.by or "group"
    names = table[by].drop_duplicates().tolist()
    where = np.arange(len(names))
    for rung, shift, color in (("heard", -0.19, canvas.BAND), ("vote", 0.19, canvas.CURVE)):
        rows = table[table["rung"] == rung].set_index(by).loc[names]
        share, low, high = (100 * rows[name].to_numpy(float) for name in ("estimate", "conf_low", "conf_high"))
        ax.barh(where + shift, share, height=0.36, color=color, label={"heard": "heard", "vote": "voted"}[rung])
        ax.hlines(where + shift, low, high, color=canvas.INK, linewidth=1.2)
    counts = table.drop_duplicates(by).set_index(by)["n"]
    named_rows(ax, [f"{name} ({counts[name]})" for name in names])
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlim(left=0)
    ax.set_xlabel("Policy decisions (%)", fontsize=10, color=canvas.INK)
    return ax


def voice_figure(result: Voice, *, width: float = 5.0) -> Figure:
    """In what share of decisions did students vote? The picture of `draw_voice` as a detached figure.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import ownership
    >>> figure = voice_figure(ownership.voice(samples.state()["decisions"]))
    >>> " ".join(figure.axes[0].get_title(loc="left").split())
    'Students voted in 11% of 858 policy decisions and were heard in 21%'
    """
    groups = result.table[result.by].nunique() if result.by else 1
    figure, ax = rows_page(2.4 * groups, width)
    draw_voice(result, ax=ax)
    count = result.table.groupby("rung")["count"].sum()
    whole = int(count.sum())
    title = (
        f"Students voted in {count['vote'] / whole:.0%} of {whole} policy decisions and were heard in "
        f"{count['heard'] / whole:.0%}"
    )
    key = "Lines: exact intervals. In brackets: number of decisions. The rest: students had no part."
    return small_print(rows_finished(figure, title, keyed=True), key, claim("A28").label)


def draw_reflection(result: Reflection, *, ax: Axes) -> Axes:
    """Does everyone reflect, month by month? Adds to `ax` the share that completed each round, a line a role.

    Over several districts the rounds of a month are taken together.
    """
    shown = result.table.dropna(subset=["estimate"])
    months = shown.assign(day=pd.to_datetime(shown["month"]))
    by = months.groupby(["role", "day"])[["invited", "completed"]].sum().astype(float)
    share = 100 * by["completed"] / by["invited"]
    colors = (canvas.CURVE, canvas.PROJECTED, canvas.TRUTH, canvas.INK)
    styles = zip(("-", "--", ":", "-."), ("o", "s", "^", "D"), colors, strict=True)
    for (role, rows), (line, mark, color) in zip(share.groupby(level="role"), styles, strict=False):
        days = rows.index.get_level_values("day")
        ax.plot(days, rows.to_numpy(float), mark + line, color=color, linewidth=1.4, markersize=4, label=role)
    ax.set_ylim(0, 105)
    dated(ax, "Month of the round")
    canvas.measured(ax, "Completed, of those invited (%)")
    return ax


def reflection_figure(result: Reflection, *, size: tuple[float, float] = WIDE) -> Figure:
    """Which role reflects least? The picture of `draw_reflection` as a detached figure.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> from cbe_lib.themes import ownership
    >>> found = ownership.reflection(samples.state()["reflections"].query("district_id == '00013'"))
    >>> reflection_figure(found).axes[0].get_title(loc="left").split(":")[0]
    'Completed over all rounds'
    """
    figure, ax = canvas.page(size=size)
    draw_reflection(result, ax=ax)
    by = result.table.dropna(subset=["estimate"]).groupby("role")[["completed", "invited"]].sum().astype(float)
    parts = ", ".join(f"{role} {share:.0%}" for role, share in (by["completed"] / by["invited"]).items())
    return canvas.finish(figure, f"Completed over all rounds: {parts or 'cannot tell'}", keyed=True)


def named_rows(ax: Axes, names: list[str]) -> None:
    """Name the rows on the left, without tick marks."""
    ax.set_yticks(range(len(names)), names, fontsize=8.5)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(-0.6, max(len(names), 1) - 0.4)


def rows_page(rows: float, width: float) -> tuple[Figure, Axes]:
    """Return a page that is as high as its rows need."""
    return canvas.page(size=(width, 1.5 + ROW * max(rows, 3)))


def rows_finished(figure: Figure, title: str, *, keyed: bool = False) -> Figure:
    """Finish a page of named rows: the longest name decides where the axes begin."""
    canvas.finish(figure, title, keyed=keyed)
    ax = figure.axes[0]
    width, height = figure.get_size_inches()
    letters = max((len(part) for label in ax.get_yticklabels() for part in label.get_text().split("\n")), default=0)
    left = 0.2 + 0.072 * letters
    box = ax.get_position()
    ax.set_position((left / width, box.y0, 1 - (left + 0.15) / width, box.height))
    lines = canvas.titled(ax, title, outdent=left - 0.15)
    top = height - 0.16 - canvas.TITLE_LINE * lines
    ax.set_position((left / width, box.y0, 1 - (left + 0.15) / width, top / height - box.y0))
    return figure


def dated(ax: Axes, label: str) -> None:
    """Label the horizontal axis with few dates."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=3, maxticks=8)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    ax.set_xlabel(label, fontsize=10, color=canvas.INK)
